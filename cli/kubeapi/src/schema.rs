//! What the API knows about the types it stores.
//!
//! One reader ([`node`]) walks the schemas of built-in kinds ([`builtin`], from k8s-openapi plus the
//! table of list topologies) and of CRDs ([`crd`]). On it rest pruning, defaulting and validation of
//! custom objects, strategic merge patches, server-side apply, and the OpenAPI documents.
//! Absent on purpose: CEL rules; [`crd::warnings`] says so to whoever stores one.

pub mod builtin;
pub mod crd;
pub mod default;
pub mod format;
pub mod node;
pub mod prune;
pub mod validate;

/// One entry of `details.causes` of a `Status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Such as `FieldValueInvalid`.
    pub reason: &'static str,
    /// The path, such as `spec.ports[0].port`.
    pub field: String,
    /// The text after the path, such as `Required value`.
    pub message: String,
}

impl Cause {
    /// The path and the text, as they appear in the message of an `Invalid` status.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}: {}", self.field, self.message)
    }
}
