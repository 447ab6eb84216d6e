//! One client's side of the delta discovery protocol, as a value: subscribe, ACK, NACK, resume.
//!
//! Pure: [`Stream::open`] gives the first requests of a connection, [`Stream::on_part`] and [`Stream::on_end`] turn
//! a response, as it comes, into state updates and exactly one reply, [`Stream::demand`] asks for one address.
//! Held versions survive reconnects.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use arcstr::ArcStr;
use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use mesh_wire::xds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, Node, Status};
use prost::{DecodeError, Message};

use crate::state::Update;
use crate::state::from_wire::{Reason, Reject};
use crate::xds::held::Held;
use crate::xds::incoming::{Incoming, Read, Want, Whole};

/// The name that stands for everything, and, subscribed and unsubscribed at once, for nothing.
const WILDCARD: &str = "*";

/// Which addresses a node proxy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All of the mesh.
    #[default]
    Everything,
    /// Those of this node, and those that somebody asked for (`XDS_ON_DEMAND`).
    OnDemand,
}

/// The types a node proxy watches, in the order of their first requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Workloads and services.
    Address,
    /// Policies.
    Authorization,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Address, Self::Authorization];

    /// The type URL.
    #[must_use]
    pub fn type_url(self) -> &'static str {
        match self {
            Self::Address => ADDRESS_TYPE,
            Self::Authorization => AUTHORIZATION_TYPE,
        }
    }

    fn of(type_url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_url() == type_url)
    }
}

/// What a response leads to.
#[derive(Debug)]
pub struct Outcome {
    /// Changes in order, removals last.
    pub updates: Vec<Update>,
    /// What was refused.
    pub rejects: Vec<Reject>,
    /// The one reply.
    pub reply: DeltaDiscoveryRequest,
    /// Demanded keys that this response answers, found or not.
    pub answered: Vec<ArcStr>,
    /// The bytes of the resources that came in it.
    pub payload: usize,
}

/// Why a response cannot be taken in; the stream ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no such message.
    #[error("{0}")]
    Malformed(DecodeError),
    /// Its resources are not of the type that they say. The next stream does not believe them.
    #[error("resources are labelled as of another type than the response")]
    Mislabelled,
}

/// What is known of one type.
#[derive(Debug, Default)]
struct Known {
    versions: Held,
    is_answered: bool,
}

/// The protocol's memory.
#[derive(Debug)]
pub struct Stream {
    node: Node,
    scope: Scope,
    addresses: Known,
    policies: Known,
    demanded: HashSet<ArcStr>,
    incoming: Incoming,
    /// Whether resources have said that they are what they were not.
    has_been_misled: bool,
}

impl Stream {
    /// A client that holds nothing yet.
    #[must_use]
    pub fn new(node: Node, scope: Scope) -> Self {
        Self {
            node,
            scope,
            addresses: Known::default(),
            policies: Known::default(),
            demanded: HashSet::new(),
            incoming: Incoming::default(),
            has_been_misled: false,
        }
    }

    /// The first requests of a new connection, with what is held. What has come of a response on the last one is
    /// void.
    #[must_use]
    pub fn open(&mut self) -> Vec<DeltaDiscoveryRequest> {
        self.incoming.clear();
        Kind::ALL.map(|kind| self.initial(kind)).into()
    }

    fn initial(&self, kind: Kind) -> DeltaDiscoveryRequest {
        let held = self.known(kind).versions.iter();
        let mut versions: HashMap<String, String> = held
            .map(|(name, version)| (name.to_owned(), version.to_owned()))
            .collect();
        let mut names = Vec::new();
        if self.is_demanded(kind) {
            names.push(WILDCARD.to_owned());
            versions.extend(self.demanded.iter().map(|key| (key.to_string(), String::new())));
        }
        DeltaDiscoveryRequest {
            node: Some(self.node.clone()),
            type_url: kind.type_url().to_owned(),
            resource_names_subscribe: names.clone(),
            resource_names_unsubscribe: names,
            initial_resource_versions: versions,
            ..DeltaDiscoveryRequest::default()
        }
    }

    fn is_demanded(&self, kind: Kind) -> bool {
        kind == Kind::Address && self.scope == Scope::OnDemand
    }

    /// Asks for one address: `<network>/<ip>`, `<namespace>/<hostname>` or a uid.
    pub fn demand(&mut self, key: ArcStr) -> DeltaDiscoveryRequest {
        let request = DeltaDiscoveryRequest {
            type_url: ADDRESS_TYPE.to_owned(),
            resource_names_subscribe: vec![key.to_string()],
            ..DeltaDiscoveryRequest::default()
        };
        self.demanded.insert(key);
        request
    }

    /// Gives up on a demand that nobody waits for any more.
    pub fn forget_demand(&mut self, key: &str) {
        self.demanded.remove(key);
    }

    /// Whether every type has been answered once. A rejected resource does not hold this back
    /// (`security.md` X4): one odd object must not keep a whole node from starting. Addresses that come on
    /// demand are not waited for.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        (self.scope == Scope::OnDemand || self.addresses.is_answered) && self.policies.is_answered
    }

    /// Drops what the next connection would claim to hold: the server could not take the list.
    pub fn forget_versions(&mut self) {
        self.addresses.versions.clear();
        self.policies.versions.clear();
    }

    /// Takes in some whole fields of a response.
    pub fn on_part(&mut self, part: &[u8]) -> Result<(), Unreadable> {
        let want = Want {
            keys: self.scope == Scope::OnDemand,
            early: !self.has_been_misled,
        };
        self.incoming.part(part, want).map_err(Unreadable::Malformed)
    }

    /// All parts of a response have come: folds it in.
    pub fn on_end(&mut self) -> Result<Outcome, Unreadable> {
        let whole = self.incoming.end().map_err(Unreadable::Malformed)?;
        let reply = DeltaDiscoveryRequest {
            type_url: whole.envelope.type_url.clone(),
            response_nonce: whole.envelope.nonce.clone(),
            ..DeltaDiscoveryRequest::default()
        };
        let Some(kind) = Kind::of(&whole.envelope.type_url) else {
            return Ok(not_asked_for(reply, whole.payload));
        };
        if whole.is_mislabelled(kind) {
            self.has_been_misled = true;
            return Err(Unreadable::Mislabelled);
        }
        Ok(self.fold(kind, whole, reply))
    }

    /// Folds one response in that is at hand as a whole.
    pub fn on_response(&mut self, response: &DeltaDiscoveryResponse) -> Outcome {
        let bytes = response.encode_to_vec();
        match self.on_bytes(&bytes) {
            Err(Unreadable::Mislabelled) => self.on_bytes(&bytes),
            taken => taken,
        }
        .unwrap_or_else(|_| unreachable!("what was encoded here is read, and labels are believed once"))
    }

    fn on_bytes(&mut self, whole: &[u8]) -> Result<Outcome, Unreadable> {
        self.on_part(whole)?;
        self.on_end()
    }

    fn fold(&mut self, kind: Kind, mut whole: Whole, reply: DeltaDiscoveryRequest) -> Outcome {
        let removed = std::mem::take(&mut whole.envelope.removed_resources);
        let answered = self.answered(kind, &whole.keys, &removed);
        let (payload, count) = (whole.payload, whole.len());
        let (mut updates, mut rejects) = (Vec::with_capacity(count + removed.len()), Rejects::default());
        let known = match kind {
            Kind::Address => &mut self.addresses,
            Kind::Authorization => &mut self.policies,
        };
        if kind == Kind::Address {
            known.versions.reserve(count);
        }
        self.incoming
            .read(whole, kind, |Read { held, result }| match result {
                Ok(update) => {
                    match (held, &update) {
                        (Some((name, version)), _) => known.versions.put(name, version),
                        (None, Update::Workload(record)) => known.versions.put_workload(record),
                        (None, _) => {}
                    }
                    updates.push(update);
                }
                Err(reject) => {
                    let unread = || Update::PolicyUnread(reject.name.clone());
                    let instead = reject.stand_in.clone();
                    updates.extend(instead.or_else(|| (kind == Kind::Authorization).then(unread)));
                    rejects.push(reject);
                }
            });
        for name in removed {
            known.versions.remove(&name);
            updates.push(match kind {
                Kind::Address => Update::AddressGone(name.into()),
                Kind::Authorization => Update::PolicyGone(name.into()),
            });
        }
        known.is_answered = true;
        let rejects = rejects.in_order();
        Outcome {
            updates,
            reply: DeltaDiscoveryRequest {
                error_detail: nack(&rejects),
                ..reply
            },
            rejects,
            answered,
            payload,
        }
    }

    /// The demands that a response settles: by name, by alias, or as removed.
    fn answered(&mut self, kind: Kind, keys: &[ArcStr], removed: &[String]) -> Vec<ArcStr> {
        if !self.is_demanded(kind) {
            return Vec::new();
        }
        let keys = keys.iter().map(ArcStr::as_str);
        let keys = keys.chain(removed.iter().map(String::as_str));
        keys.filter_map(|key| self.demanded.take(key)).collect()
    }

    fn known(&self, kind: Kind) -> &Known {
        match kind {
            Kind::Address => &self.addresses,
            Kind::Authorization => &self.policies,
        }
    }
}

/// A response of a type that nobody subscribed to is refused whole (`security.md` X6).
fn not_asked_for(reply: DeltaDiscoveryRequest, payload: usize) -> Outcome {
    tracing::error!(type_url = %reply.type_url, "response of a type nobody asked for");
    let detail = Status {
        message: "nobody asked for this type".to_owned(),
        ..Status::default()
    };
    Outcome {
        updates: Vec::new(),
        rejects: Vec::new(),
        reply: DeltaDiscoveryRequest {
            error_detail: Some(detail),
            ..reply
        },
        answered: Vec::new(),
        payload,
    }
}

/// Refused resources in list order, then those that could not be decoded at all (`xds.md` §7).
#[derive(Default)]
struct Rejects {
    refused: Vec<Reject>,
    undecodable: Vec<Reject>,
}

impl Rejects {
    fn push(&mut self, reject: Reject) {
        match reject.reason {
            Reason::Decode(_) | Reason::MissingResource => self.undecodable.push(reject),
            _ => self.refused.push(reject),
        }
    }

    fn in_order(self) -> Vec<Reject> {
        self.refused.into_iter().chain(self.undecodable).collect()
    }
}

fn nack(rejects: &[Reject]) -> Option<Status> {
    if rejects.is_empty() {
        return None;
    }
    let parts: Vec<String> = rejects
        .iter()
        .map(|reject| format!("{}: {}", reject.name, reject.reason))
        .collect();
    Some(Status {
        message: parts.join("; "),
        ..Status::default()
    })
}
