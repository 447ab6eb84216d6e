//! What the index could not use, and why. Never silence, never a panic.

use std::fmt;

/// One thing about an object that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The field or element.
    pub subject: String,
    /// Why it cannot be used.
    pub reason: &'static str,
}

impl Reject {
    /// A reject about `subject`.
    pub fn new(subject: impl Into<String>, reason: &'static str) -> Self {
        Self {
            subject: subject.into(),
            reason,
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`: {}", self.subject, self.reason)
    }
}
