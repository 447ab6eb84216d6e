//! One client's side of the delta discovery protocol, as a value: subscribe, ACK, NACK, resume.
//!
//! Pure: [`Stream::open`] gives the first requests of a connection, [`Stream::on_response`] turns a
//! response into state updates and exactly one reply, [`Stream::demand`] asks for one address. Held
//! versions survive reconnects.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use arcstr::ArcStr;
use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use mesh_wire::xds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, Node, Resource, Status};

use crate::state::Update;
use crate::state::from_wire::{self, Reason, Reject, Texts};

const MAX_NAME: usize = 1024;
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
}

#[derive(Debug, Default)]
struct Held {
    versions: HashMap<ArcStr, ArcStr>,
    answered: bool,
}

/// The protocol's memory.
#[derive(Debug)]
pub struct Stream {
    node: Node,
    scope: Scope,
    addresses: Held,
    policies: Held,
    demanded: HashSet<ArcStr>,
}

impl Stream {
    /// A client that holds nothing yet.
    #[must_use]
    pub fn new(node: Node, scope: Scope) -> Self {
        Self {
            node,
            scope,
            addresses: Held::default(),
            policies: Held::default(),
            demanded: HashSet::new(),
        }
    }

    /// The first requests of a new connection, with what is held.
    #[must_use]
    pub fn open(&self) -> Vec<DeltaDiscoveryRequest> {
        Kind::ALL.map(|kind| self.initial(kind)).into()
    }

    fn initial(&self, kind: Kind) -> DeltaDiscoveryRequest {
        let held = self.held(kind).versions.iter();
        let mut versions: HashMap<String, String> = held
            .map(|(name, version)| (name.to_string(), version.to_string()))
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
        (self.scope == Scope::OnDemand || self.addresses.answered) && self.policies.answered
    }

    /// Drops what the next connection would claim to hold: the server could not take the list.
    pub fn forget_versions(&mut self) {
        self.addresses.versions.clear();
        self.policies.versions.clear();
    }

    /// Folds one response in.
    pub fn on_response(&mut self, response: DeltaDiscoveryResponse) -> Outcome {
        let reply = DeltaDiscoveryRequest {
            type_url: response.type_url.clone(),
            response_nonce: response.nonce.clone(),
            ..DeltaDiscoveryRequest::default()
        };
        let Some(kind) = Kind::of(&response.type_url) else {
            return not_asked_for(reply);
        };
        let answered = self.answered(kind, &response);
        let (mut updates, mut rejects) = (Vec::new(), Rejects::default());
        let mut texts = Texts::default();
        for resource in response.resources {
            match read(kind, &resource, &mut texts) {
                Ok(update) => {
                    let (name, version) = (resource.name.into(), texts.share(&resource.version));
                    self.held_mut(kind).versions.insert(name, version);
                    updates.push(update);
                }
                Err(reject) => {
                    let unread = || Update::PolicyUnread(reject.name.clone());
                    let instead = reject.stand_in.clone();
                    updates.extend(instead.or_else(|| (kind == Kind::Authorization).then(unread)));
                    rejects.push(reject);
                }
            }
        }
        for name in response.removed_resources {
            self.held_mut(kind).versions.remove(name.as_str());
            updates.push(match kind {
                Kind::Address => Update::AddressGone(name.into()),
                Kind::Authorization => Update::PolicyGone(name.into()),
            });
        }
        self.held_mut(kind).answered = true;
        let rejects = rejects.in_order();
        Outcome {
            updates,
            reply: DeltaDiscoveryRequest {
                error_detail: nack(&rejects),
                ..reply
            },
            rejects,
            answered,
        }
    }

    /// The demands that a response settles: by name, by alias, or as removed.
    fn answered(&mut self, kind: Kind, response: &DeltaDiscoveryResponse) -> Vec<ArcStr> {
        if !self.is_demanded(kind) || self.demanded.is_empty() {
            return Vec::new();
        }
        let resources = response.resources.iter();
        let keys = resources.flat_map(|one| std::iter::once(&one.name).chain(&one.aliases));
        let keys = keys.chain(&response.removed_resources);
        keys.filter_map(|key| self.demanded.take(key.as_str())).collect()
    }

    fn held(&self, kind: Kind) -> &Held {
        match kind {
            Kind::Address => &self.addresses,
            Kind::Authorization => &self.policies,
        }
    }

    fn held_mut(&mut self, kind: Kind) -> &mut Held {
        match kind {
            Kind::Address => &mut self.addresses,
            Kind::Authorization => &mut self.policies,
        }
    }
}

/// A response of a type that nobody subscribed to is refused whole (`security.md` X6).
fn not_asked_for(reply: DeltaDiscoveryRequest) -> Outcome {
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

fn read(kind: Kind, resource: &Resource, texts: &mut Texts) -> Result<Update, Reject> {
    let refused = |reason| Reject {
        name: resource.name.as_str().into(),
        reason,
        stand_in: None,
    };
    if resource.name.len() > MAX_NAME {
        return Err(refused(Reason::TooMany {
            limit: MAX_NAME,
            what: "bytes in a name",
        }));
    }
    let any = resource
        .resource
        .as_ref()
        .ok_or_else(|| refused(Reason::MissingResource))?;
    match kind {
        Kind::Address => from_wire::address(&resource.name, &any.value, texts),
        Kind::Authorization => from_wire::authorization(&resource.name, &any.value),
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
