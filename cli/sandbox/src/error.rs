//! What failed, in words a person can act on.
//!
//! Every failure of the sandbox names the operation and its subject; the cause is linked, not printed into the message.

use std::error::Error as StdError;

/// A failure of the sandbox: what was tried, why it did not work, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    what: String,
    hint: Option<String>,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Results of this crate.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure without a deeper cause.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
            source: None,
        }
    }

    /// The same failure with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The message and every cause below it, in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        mesh_sys::program::chain(self)
    }
}

/// Names the operation that an error belongs to.
pub trait Named<T> {
    /// Turns the error into a [`Failure`] that says what was tried.
    fn named(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> Named<T> for std::result::Result<T, E> {
    fn named(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure {
            what: what(),
            hint: None,
            source: Some(error.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_the_whole_chain() {
        let failure =
            Err::<(), _>(std::io::Error::other("disk full")).named(|| "cannot write `x`".to_owned());
        assert_eq!(failure.unwrap_err().chain(), "cannot write `x`: disk full");
    }
}
