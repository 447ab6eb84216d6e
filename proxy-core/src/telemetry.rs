//! What is told about connections: one access-log line and a few counters each (`spec/proxy-ops.md` §6, §8).
//!
//! Facts about peers come from the mesh state and verified certificates first; baggage only labels
//! what is otherwise unknown, and never reaches policy (`security.md` I7).

pub mod access_log;
pub mod connection;
pub mod events;
pub mod flood;
pub mod labels;
pub mod metrics;
pub mod profile;
mod series;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use arcstr::ArcStr;
use mesh_wire::headers::Baggage;
use mesh_wire::identity::Identity;

use crate::state::service::Service;
use crate::state::workload::Workload;

/// Which side of the connection this proxy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reporter {
    /// The client's.
    Source,
    /// The server's.
    Destination,
}

impl Reporter {
    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }

    /// The access log's word.
    #[must_use]
    pub fn direction(self) -> &'static str {
        match self {
            Self::Source => "outbound",
            Self::Destination => "inbound",
        }
    }
}

/// How a connection ended, as the metric says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    /// In order.
    Ok,
    /// Policy.
    Deny,
    /// Any other failure.
    Connect,
    /// TLS.
    TlsFailure,
    /// HTTP/2.
    H2Failure,
    /// Probably a NetworkPolicy.
    NetworkPolicy,
    /// No certificate.
    IdentityError,
    /// Revoked.
    Revoked,
}

impl Flag {
    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "-",
            Self::Deny => "DENY",
            Self::Connect => "CONNECT",
            Self::TlsFailure => "TLS_FAILURE",
            Self::H2Failure => "H2_HANDSHAKE_FAILURE",
            Self::NetworkPolicy => "NETWORK_POLICY",
            Self::IdentityError => "IDENTITY_ERROR",
            Self::Revoked => "CERT_REVOKED",
        }
    }
}

/// What is known of one end.
#[derive(Debug, Clone, Default)]
pub enum Side {
    /// A workload of the mesh.
    Known(Arc<Workload>),
    /// Only what it says of itself.
    Told(Box<Baggage>),
    /// Nothing.
    #[default]
    Unknown,
}

impl Side {
    /// A workload, if there is one.
    #[must_use]
    pub fn of(workload: Option<Arc<Workload>>) -> Self {
        workload.map_or(Self::Unknown, Self::Known)
    }
}

/// Everything that is told about one connection.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Our side.
    pub reporter: Reporter,
    /// The client's socket.
    pub source_address: SocketAddr,
    /// The client.
    pub source: Side,
    /// The client's identity, if it is authenticated.
    pub source_identity: Option<Identity>,
    /// The next hop.
    pub destination_address: SocketAddr,
    /// `:authority` of the tunnel.
    pub hbone_address: Option<ArcStr>,
    /// The addressed service.
    pub service: Option<Arc<Service>>,
    /// The server.
    pub destination: Side,
    /// The server's identity, if it is authenticated.
    pub destination_identity: Option<Identity>,
}

impl Facts {
    /// Whether both ends are authenticated.
    #[must_use]
    pub fn is_mutual_tls(&self) -> bool {
        self.hbone_address.is_some()
    }
}
