//! The seam between the certificate service and whatever signs: our own root, or a signer outside of this process.

use super::authority::{self, CheckedCsr, SignError};
use super::grant::Grant;
use super::root::{Root, now};

/// A request whose signature has been checked, and what is asked for besides the identity.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The public key.
    pub csr: &'a CheckedCsr,
    /// The request as it came.
    pub pem: &'a str,
    /// Its life in seconds.
    pub seconds: i64,
    /// The signer that the caller names (`CertSigner`); empty for the usual one.
    pub signer: &'a str,
}

/// Signs for identities that were granted: leaf, intermediates one in each element, roots all in the last (`ca.md` 7).
#[tonic::async_trait]
pub trait Signer: std::fmt::Debug + Send + Sync {
    /// The chain for a granted identity.
    async fn sign(&self, order: Order<'_>, grant: Grant) -> Result<Vec<String>, SignError>;
}

#[tonic::async_trait]
impl Signer for Root {
    async fn sign(&self, order: Order<'_>, grant: Grant) -> Result<Vec<String>, SignError> {
        authority::sign(order.csr, grant, order.seconds, &self.material(), now())
    }
}
