//! What a node proxy tells of connections at `GET /events`: one JSON object a line. (pure)
//!
//! A field that a proxy does not send is absent. Lines of the kinds `alive` and `skipped` are no events.

use std::borrow::Cow;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The destination is decided.
    Open,
    /// It ended.
    Close,
    /// Policy refused or ended it.
    Denied,
    /// Refused before anything was known of it.
    Failed,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Close, Self::Denied, Self::Failed];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// One end of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct End {
    /// `ip:port`.
    pub address: String,
    /// Workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<ArcStr>,
    /// Namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<ArcStr>,
    /// SPIFFE id, of authenticated ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<ArcStr>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When, as RFC 3339 in UTC.
    pub time: String,
    /// What.
    pub kind: Kind,
    /// `inbound` or `outbound`, from the view of the pod whose proxy tells.
    pub direction: Cow<'static, str>,
    /// The client.
    pub source: End,
    /// The server, or the next hop towards it.
    pub destination: End,
    /// What the tunnel is asked for: the address or name behind the next hop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<ArcStr>,
    /// The hostname of the addressed service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ArcStr>,
    /// Whether both ends are authenticated.
    #[serde(default)]
    pub mutual_tls: bool,
    /// Bytes from client to server so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_up: Option<u64>,
    /// Bytes from server to client so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_down: Option<u64>,
    /// How long it lived, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The policy that refused, as `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<ArcStr>,
    /// Why it ended badly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Event {
    /// An event of which no more is known.
    #[must_use]
    pub fn new(time: String, kind: Kind, direction: &'static str, (source, destination): (End, End)) -> Self {
        Self {
            time,
            kind,
            direction: direction.into(),
            source,
            destination,
            target: None,
            service: None,
            mutual_tls: false,
            bytes_up: None,
            bytes_down: None,
            duration_ms: None,
            policy: None,
            reason: None,
        }
    }

    /// The port that the client wants: of the target behind the tunnel, not of the tunnel.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let address = self.target.as_deref().unwrap_or(&self.destination.address);
        address.rsplit_once(':')?.1.parse().ok()
    }
}
