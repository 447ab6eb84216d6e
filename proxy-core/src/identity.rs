//! The certificates this node holds: asked for, checked, kept, renewed (`spec/ca.md` §2–4).

pub mod ca_client;
pub mod certificate;
pub mod csr;
pub mod fake_ca;
pub mod prefetch;
pub mod store;

#[cfg(test)]
mod tests;

use mesh_wire::identity::Identity;

use crate::identity::ca_client::CaClient;
use crate::identity::certificate::{BadReply, WorkloadCertificate};
use crate::identity::fake_ca::FakeCa;

/// Why there is no certificate; the texts are those of the field (`identity error: …`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The CA could not be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The CA refused.
    #[error("signing gRPC error ({code}): {message}")]
    Refused {
        /// The status code as a sentence.
        code: &'static str,
        /// The CA's text.
        message: String,
    },
    /// The key or request could not be made.
    #[error("failed to create CSR: {0}")]
    Csr(String),
    /// The answer is unusable.
    #[error("{0}")]
    BadReply(#[from] BadReply),
    /// No CA is configured.
    #[error("no CA is configured")]
    NoCa,
    /// Nobody here needs it any more.
    #[error("the identity is no longer needed")]
    Forgotten,
    /// The held one is past its end.
    #[error("own_cert_expired: the certificate of {0} has expired")]
    Expired(String),
}

/// Who signs.
#[derive(Debug)]
pub enum Signer {
    /// The control plane's CA.
    Ca(Box<CaClient>),
    /// Self-made certificates (`FAKE_CA`).
    Fake(Box<FakeCa>),
    /// Nobody.
    None,
    /// What a test says.
    #[cfg(test)]
    #[expect(private_interfaces, reason = "made and used by this crate's tests alone")]
    Scripted(std::sync::Arc<tests::Script>),
}

impl Signer {
    async fn sign(&self, identity: &Identity) -> Result<WorkloadCertificate, IdentityError> {
        match self {
            Self::Ca(client) => client.sign(identity).await,
            Self::Fake(ca) => ca.sign(identity),
            Self::None => Err(IdentityError::NoCa),
            #[cfg(test)]
            Self::Scripted(script) => script.sign(identity).await,
        }
    }
}
