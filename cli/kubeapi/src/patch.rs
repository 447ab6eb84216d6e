//! The three patch formats of the API that do not know owners.
//!
//! All are pure: the object as stored and the patch's body in, the patched object out. What the
//! result means (validation, generation, managed fields) is decided by whoever stores it.

pub mod json;
pub mod merge;
pub mod strategic;

/// Why a patch could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The body is not a patch of its format.
    #[error("{0}")]
    Malformed(String),
    /// A well-formed patch that does not fit the object, such as a failed `test`.
    #[error("{0}")]
    DoesNotApply(String),
}

impl PatchError {
    /// HTTP code and `reason` of the `Status` that reports this error.
    #[must_use]
    pub fn code_and_reason(&self) -> (u16, &'static str) {
        match self {
            Self::Malformed(_) => (400, "BadRequest"),
            Self::DoesNotApply(_) => (422, "Invalid"),
        }
    }
}
