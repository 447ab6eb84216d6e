//! Why a connection ended badly; texts are those of the field, tools match on them (`spec/proxy-ops.md` §8).

use std::io;
use std::sync::Arc;

use arcstr::ArcStr;

use crate::authz::Denied;
use crate::datapath::registry::CloseReason;
use crate::datapath::splice::SpliceError;
use crate::hbone::client::OpenError;
use crate::identity::IdentityError;
use crate::route::RouteError;
use crate::route::inbound::InboundError;
use crate::telemetry::Flag;
use crate::tls::revocation::is_revocation;
use crate::xds::demands::NotAnswered;

/// Everything that can end a connection.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// A socket failed while going out.
    #[error("io error: {0}")]
    Io(#[source] io::Error),
    /// The application did not take the connection.
    #[error("connection failed: {0}")]
    Application(#[source] io::Error),
    /// TCP to 15008 timed out.
    #[error("connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: {0}")]
    MaybeNetworkPolicy(#[source] io::Error),
    /// A tunnel could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No certificate.
    #[error("identity error: {0}")]
    Identity(#[from] IdentityError),
    /// Policy, at the start.
    #[error("connection closed due to policy rejection: {0}")]
    Rejected(#[from] Denied),
    /// The proxy itself closed it.
    #[error(transparent)]
    Closed(#[from] CloseReason),
    /// No route.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The tunnel asks for something it cannot have.
    #[error(transparent)]
    Inbound(#[from] InboundError),
    /// The pod is not in the mesh.
    #[error("failed to fetch information about local workload: {0}")]
    UnknownSource(String),
    /// Agent and mesh disagree about the pod (`security.md` I10).
    #[error("workload_conflict: {0}")]
    Conflict(String),
    /// The first sync is not there yet (`security.md` A7).
    #[error("policy_pending: the mesh is not known yet")]
    NotSynced,
    /// The client's address is another workload's (`security.md` I2).
    #[error("source_mismatch: {0} is not an address of this pod")]
    SourceMismatch(std::net::IpAddr),
    /// No descriptors are left for connections.
    #[error("no descriptors left for another connection")]
    Descriptors,
    /// Not CONNECT.
    #[error("expected method CONNECT, got {0}")]
    Method(String),
    /// Unusable authority.
    #[error("no valid authority pseudo header: {0}")]
    Authority(String),
    /// HTTP/2.
    #[error("h2 failed: {0}")]
    Http2(#[source] crate::hbone::error::Error),
    /// Copying.
    #[error(transparent)]
    Splice(#[from] SpliceError),
    /// Nobody said what the destination is.
    #[error(transparent)]
    NotAnswered(#[from] NotAnswered),
    /// A name could not be looked up.
    #[error("{0}")]
    Resolve(String),
    /// Another connection's attempt, which this one waited for.
    #[error(transparent)]
    Shared(Arc<ProxyError>),
}

impl ProxyError {
    /// Whether the endpoint could not be reached at all: another one may be.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Io(_) | Self::MaybeNetworkPolicy(_) | Self::Open(OpenError::HandshakeTimeout) => true,
            // a wrong certificate is invalid data, and no reason to try elsewhere
            Self::Open(OpenError::Io(error)) => error.kind() != io::ErrorKind::InvalidData,
            Self::Open(OpenError::Status(status)) => *status == http::StatusCode::SERVICE_UNAVAILABLE,
            Self::Shared(error) => error.is_unreachable(),
            _ => false,
        }
    }

    /// The policy that refused, if one did.
    #[must_use]
    pub fn policy(&self) -> Option<&ArcStr> {
        match self {
            Self::Rejected(Denied::By(policy) | Denied::Pending(policy)) => Some(policy),
            _ => None,
        }
    }

    /// The metric's word.
    #[must_use]
    pub fn flag(&self) -> Flag {
        match self {
            Self::Rejected(_)
            | Self::NotSynced
            | Self::Conflict(_)
            | Self::Closed(CloseReason::PolicyChange | CloseReason::Conflict) => Flag::Deny,
            Self::Closed(CloseReason::PeerRevoked) => Flag::Revoked,
            Self::Open(OpenError::Io(error)) if is_revocation(error) => Flag::Revoked,
            Self::MaybeNetworkPolicy(_) => Flag::NetworkPolicy,
            Self::Identity(_) => Flag::IdentityError,
            Self::Shared(error) => error.flag(),
            Self::Open(OpenError::Tls(_)) => Flag::TlsFailure,
            Self::Open(OpenError::Http2(_) | OpenError::Stale(_)) | Self::Http2(_) => Flag::H2Failure,
            _ => Flag::Connect,
        }
    }
}
