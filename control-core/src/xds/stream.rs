//! One client's side of the discovery stream, as a value (`xds.md` 5 to 7 and 11).
//!
//! Requests and changes go in, responses come out; nothing here waits, sleeps or knows a socket.
//! What a client holds is remembered only where a removal depends on it: a wildcard subscriber is
//! simply told every changed key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arcstr::ArcStr;
use mesh_wire::xds::DeltaDiscoveryRequest;

use super::resource::{Resource, ResourceKind};
use super::response::{Content, Listed, Response};
use super::store::{Dirty, Part, Store};

/// Type URL of addresses.
pub const ADDRESS: &str = "type.googleapis.com/istio.workload.Address";
/// Type URL of bare workloads.
pub const WORKLOAD: &str = "type.googleapis.com/istio.workload.Workload";
/// Type URL of policies.
pub const AUTHORIZATION: &str = "type.googleapis.com/istio.security.Authorization";

/// The types on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Workloads and services.
    Address,
    /// Workloads alone.
    Workload,
    /// Policies.
    Authorization,
}

impl Type {
    /// Reads a type URL.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        match url {
            ADDRESS => Some(Self::Address),
            WORKLOAD => Some(Self::Workload),
            AUTHORIZATION => Some(Self::Authorization),
            _ => None,
        }
    }

    /// Its type URL.
    #[must_use]
    pub fn url(self) -> &'static str {
        match self {
            Self::Address => ADDRESS,
            Self::Workload => WORKLOAD,
            Self::Authorization => AUTHORIZATION,
        }
    }

    /// The short name used in metrics.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Workload => "workload",
            Self::Authorization => "authorization",
        }
    }
}

/// What a request led to.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Send this.
    Reply(Response),
    /// An acknowledgement.
    Acknowledged,
    /// The client refused the last response of the type.
    Refused(String),
    /// An answer to an older response; ignored.
    Stale,
    /// A type that is not served; ignored.
    UnknownType,
}

/// One type's subscription.
#[derive(Clone, Debug, Default)]
struct Subscription {
    is_wildcard: bool,
    /// Keys as demanded.
    keys: BTreeSet<String>,
    /// Canonical names sent; every resource sent is part of the subscription.
    names: BTreeSet<ArcStr>,
    status: SyncStatus,
}

/// What is known about a subscription, for the debug endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SyncStatus {
    /// Nonce of the last response.
    pub sent: ArcStr,
    /// Nonce last acknowledged.
    pub acked: ArcStr,
    /// Why the last response was refused.
    pub error: Option<ArcStr>,
}

/// A client's stream.
#[derive(Clone, Debug)]
pub struct Stream {
    node: ArcStr,
    salt: u64,
    responses: u64,
    types: BTreeMap<Type, Subscription>,
}

impl Stream {
    /// A fresh stream of the client on `node`; `salt` makes its nonces unlike those of others.
    #[must_use]
    pub fn new(node: ArcStr, salt: u64) -> Self {
        Self {
            node,
            salt,
            responses: 0,
            types: BTreeMap::new(),
        }
    }

    /// Whether the client has asked for the type yet.
    #[must_use]
    pub fn is_subscribed(&self, kind: Type) -> bool {
        self.types.contains_key(&kind)
    }

    /// Nonces and errors of a type that the client asked for.
    #[must_use]
    pub fn status(&self, kind: Type) -> Option<&SyncStatus> {
        self.types.get(&kind).map(|one| &one.status)
    }

    /// Takes a request in. An initial request and one that names new keys are always answered.
    pub fn on_request(&mut self, request: DeltaDiscoveryRequest, store: &Store) -> Outcome {
        let Some(kind) = Type::of(&request.type_url) else {
            return Outcome::UnknownType;
        };
        let Some(known) = self.types.get_mut(&kind) else {
            return self.open(kind, request, store);
        };
        if let Some(refusal) = request.error_detail {
            // Never resent: the same content would be refused again (`xds.md` 7).
            known.status.error = Some(refusal.message.as_str().into());
            return Outcome::Refused(refusal.message);
        }
        if !request.response_nonce.is_empty() {
            if request.response_nonce != known.status.sent.as_str() {
                return Outcome::Stale;
            }
            known.status.acked = known.status.sent.clone();
            known.status.error = None;
        }
        for key in &request.resource_names_unsubscribe {
            known.keys.remove(key);
            known.names.remove(key.as_str());
        }
        if request.resource_names_subscribe.is_empty() {
            return Outcome::Acknowledged;
        }
        let answer = known.demand(kind, &request.resource_names_subscribe, &Held::new(), store);
        Outcome::Reply(self.respond(kind, answer))
    }

    fn open(&mut self, kind: Type, request: DeltaDiscoveryRequest, store: &Store) -> Outcome {
        let names_all = |list: &[String]| list.iter().any(|name| name == "*");
        let mut fresh = Subscription::default();
        // Fixed by the first request: nothing named, or everything named and not taken back.
        let subscribes = &request.resource_names_subscribe;
        fresh.is_wildcard = subscribes.is_empty()
            || (names_all(subscribes) && !names_all(&request.resource_names_unsubscribe));
        let held = request.initial_resource_versions;
        let answer = if fresh.is_wildcard {
            everything(kind, &held, store)
        } else {
            let keys: Vec<String> = subscribes
                .iter()
                .chain(held.keys())
                .filter(|key| *key != "*")
                .cloned()
                .collect();
            let mut answer = fresh.demand(kind, &keys, &held, store);
            if kind != Type::Authorization {
                let local = store.on_node(&self.node).filter(|one| !is_held(one, &held));
                answer.add(local.collect(), &mut fresh.names);
            }
            answer
        };
        self.types.insert(kind, fresh);
        Outcome::Reply(self.respond(kind, answer))
    }

    /// Responses for changes, in the order that keeps references resolvable: policies that came or
    /// changed, addresses, policies that went (`xds.md` 11).
    pub fn on_changes(&mut self, dirty: &Arc<Dirty>, store: &Store) -> Vec<Response> {
        let parts = Part::IN_ORDER.into_iter();
        parts.filter_map(|part| self.push(part, dirty, store)).collect()
    }

    fn push(&mut self, part: Part, dirty: &Arc<Dirty>, store: &Store) -> Option<Response> {
        let kind = part.kind();
        let subscription = self.types.get_mut(&kind)?;
        let shared = subscription
            .is_wildcard
            .then(|| store.shared(part, dirty))
            .flatten();
        let content = match shared {
            Some(segment) if segment.is_empty() => return None,
            Some(segment) => Content::Shared(segment),
            None => {
                let answer = subscription.select(kind, &part.names(dirty, store), &self.node, store);
                if answer.is_empty() {
                    return None;
                }
                Content::Listed(self.listed(kind, answer))
            }
        };
        Some(self.send(kind, content))
    }

    fn respond(&mut self, kind: Type, answer: Answer) -> Response {
        let listed = self.listed(kind, answer);
        self.send(kind, Content::Listed(listed))
    }

    fn listed(&self, kind: Type, answer: Answer) -> Listed {
        let Answer {
            mut resources,
            removed,
            ..
        } = answer;
        resources.retain(|one| is_of(kind, one));
        Listed {
            resources,
            removed,
            with_aliases: self.types.get(&kind).is_some_and(|one| !one.is_wildcard),
        }
    }

    fn send(&mut self, kind: Type, content: Content) -> Response {
        self.responses += 1;
        let nonce = arcstr::format!("{:016x}-{}", self.salt, self.responses);
        if let Some(subscription) = self.types.get_mut(&kind) {
            subscription.status.sent = nonce.clone();
        }
        Response { kind, nonce, content }
    }
}

/// What a client says it holds: name → version.
type Held = HashMap<String, String>;

/// What goes into one response.
#[derive(Debug, Default)]
struct Answer {
    resources: Vec<Arc<Resource>>,
    removed: Vec<String>,
    /// Names among the resources.
    added: BTreeSet<ArcStr>,
}

impl Answer {
    fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.removed.is_empty()
    }

    fn add(&mut self, found: Vec<Arc<Resource>>, names: &mut BTreeSet<ArcStr>) {
        for resource in found {
            names.insert(resource.name.clone());
            if self.added.insert(resource.name.clone()) {
                self.resources.push(resource);
            }
        }
    }
}

impl Subscription {
    /// Answers demanded keys; an unknown key comes back as removed.
    fn demand(&mut self, kind: Type, keys: &[String], held: &Held, store: &Store) -> Answer {
        let mut answer = Answer::default();
        for key in keys.iter().filter(|key| *key != "*") {
            let found = match kind {
                Type::Authorization => store.policy(key).cloned().into_iter().collect(),
                Type::Address | Type::Workload => store.find_demanded(key),
            };
            if !self.is_wildcard {
                self.keys.insert(key.clone());
            }
            if found.is_empty() {
                answer.removed.push(key.clone());
            }
            let (kept, fresh): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| is_held(one, held));
            self.names.extend(kept.iter().map(|one| one.name.clone()));
            answer.add(fresh, &mut self.names);
        }
        if self.is_wildcard {
            self.names.clear();
        }
        answer
    }

    /// The part of changed keys that concerns this subscription.
    fn select(&mut self, kind: Type, changed: &[ArcStr], node: &ArcStr, store: &Store) -> Answer {
        let mut answer = Answer::default();
        let current = |name: &ArcStr| store.find(kind, name);
        // a service that comes into view makes its workloads wanted, so services are first
        let is_service = |name: &&ArcStr| current(name).is_some_and(|one| one.kind == ResourceKind::Service);
        let (services, others): (Vec<_>, Vec<_>) = changed.iter().partition(is_service);
        for name in services.into_iter().chain(others) {
            match current(name) {
                Some(resource) if self.is_wildcard => answer.resources.push(resource.clone()),
                Some(resource) if self.wants(resource, node) => {
                    let is_new = self.names.insert(resource.name.clone());
                    answer.add(vec![resource.clone()], &mut self.names);
                    if is_new && resource.kind == ResourceKind::Service {
                        answer.add(store.endpoints_of(&resource.name).collect(), &mut self.names);
                    }
                }
                None if self.is_wildcard => answer.removed.push(name.to_string()),
                None if self.names.remove(name) || self.keys.contains(name.as_str()) => {
                    answer.removed.push(name.to_string());
                }
                _ => {}
            }
        }
        answer
    }

    fn wants(&self, resource: &Resource, node: &ArcStr) -> bool {
        self.names.contains(&resource.name)
            || self.keys.contains(resource.name.as_str())
            || resource
                .aliases
                .iter()
                .any(|alias| self.keys.contains(alias.as_str()))
            || resource
                .services
                .iter()
                .any(|service| self.names.contains(service))
            || (!node.is_empty() && resource.node == *node)
    }
}

/// Whether the client already has exactly this; an empty version never counts.
fn is_held(resource: &Resource, held: &Held) -> bool {
    !resource.version.is_empty()
        && held
            .get(resource.name.as_str())
            .is_some_and(|version| *version == resource.version.as_str())
}

/// The initial answer to a wildcard subscriber: what differs from what it holds, and what is gone.
fn everything(kind: Type, held: &Held, store: &Store) -> Answer {
    let resources: Vec<Arc<Resource>> = match kind {
        Type::Authorization => store.policies().cloned().collect(),
        Type::Address | Type::Workload => store
            .addresses()
            .filter(|one| is_of(kind, one) && !is_held(one, held))
            .cloned()
            .collect(),
    };
    let is_gone = |name: &&String| store.find(kind, name).is_none();
    let mut removed: Vec<String> = held.keys().filter(is_gone).cloned().collect();
    removed.sort_unstable();
    Answer {
        resources,
        removed,
        added: BTreeSet::new(),
    }
}

/// Whether a type has resources like this one.
pub(super) fn is_of(kind: Type, resource: &Resource) -> bool {
    match kind {
        Type::Address => resource.kind != ResourceKind::Policy,
        Type::Workload => resource.kind == ResourceKind::Workload,
        Type::Authorization => resource.kind == ResourceKind::Policy,
    }
}

#[cfg(test)]
mod tests;
