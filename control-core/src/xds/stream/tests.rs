//! The stream machine against a client that loses, refuses, reconnects and demands (`xds.md` 5 to 7 and 11).

#![expect(
    clippy::needless_pass_by_value,
    reason = "messages and objects are written where they are used"
)]

use std::collections::{BTreeMap, BTreeSet};

use mesh_wire::xds::{DeltaDiscoveryResponse, Resource as WireResource};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::index::Index;
use crate::index::changes::Changes;
use crate::translate::event;

/// A server's whole state and one client of it.
struct World {
    index: Index,
    store: Store,
    stream: Stream,
    /// What the stream has not been told.
    dirty: Option<Arc<Dirty>>,
    /// name → version, or the body of a policy.
    held: BTreeMap<(Type, String), Vec<u8>>,
    demands: Option<BTreeSet<String>>,
    salt: u64,
}

fn mark(resource: &WireResource) -> Vec<u8> {
    let body = resource
        .resource
        .as_ref()
        .map(|any| any.value.clone())
        .unwrap_or_default();
    [resource.version.as_bytes(), body.as_ref()].concat()
}

impl World {
    fn new(demands: Option<BTreeSet<String>>) -> Self {
        let mut world = Self {
            index: Index::default(),
            store: Store::default(),
            stream: Stream::new("n1".into(), 0),
            dirty: None,
            held: BTreeMap::new(),
            demands,
            salt: 0,
        };
        world.connect(true);
        world
    }

    /// A new stream; the client says what it holds, or has forgotten.
    fn connect(&mut self, remembers: bool) {
        self.salt += 1;
        self.stream = Stream::new("n1".into(), self.salt);
        self.dirty = None;
        if !remembers {
            self.held.clear();
        }
        for kind in [Type::Authorization, Type::Address] {
            let held = self.held.keys().filter(|(of, _)| *of == kind);
            let versions = held.map(|(_, name)| (name.clone(), self.version_of(kind, name)));
            let on_demand = kind == Type::Address && self.demands.is_some();
            let names: Vec<String> = if on_demand { vec!["*".into()] } else { Vec::new() };
            let request = DeltaDiscoveryRequest {
                type_url: kind.url().into(),
                initial_resource_versions: versions.collect(),
                resource_names_subscribe: names.clone(),
                resource_names_unsubscribe: names,
                ..DeltaDiscoveryRequest::default()
            };
            self.request(request);
        }
        for key in self.demands.clone().unwrap_or_default() {
            self.demand(key);
        }
    }

    fn version_of(&self, kind: Type, name: &str) -> String {
        let held = &self.held[&(kind, name.to_owned())];
        let current = self.store.address(name).filter(|_| kind == Type::Address);
        // the client echoes the version it accepted; only the server's current one is of interest
        match current {
            Some(one) if held.starts_with(one.version.as_bytes()) => one.version.to_string(),
            _ => "old".into(),
        }
    }

    fn demand(&mut self, key: String) {
        let request = DeltaDiscoveryRequest {
            type_url: ADDRESS.into(),
            resource_names_subscribe: vec![key],
            ..DeltaDiscoveryRequest::default()
        };
        self.request(request);
    }

    fn request(&mut self, request: DeltaDiscoveryRequest) {
        match self.stream.on_request(request, &self.store) {
            Outcome::Reply(response) => self.take(response.to_wire(), true),
            other => panic!("not answered: {other:?}"),
        }
    }

    fn take(&mut self, response: DeltaDiscoveryResponse, accepts: bool) {
        let kind = Type::of(&response.type_url).unwrap();
        let mut answer = DeltaDiscoveryRequest {
            type_url: response.type_url.clone(),
            response_nonce: response.nonce.clone(),
            ..DeltaDiscoveryRequest::default()
        };
        if accepts {
            for resource in &response.resources {
                self.held.insert((kind, resource.name.clone()), mark(resource));
            }
        } else {
            answer.error_detail = Some(mesh_wire::xds::Status::default());
        }
        // removals cannot be refused
        for name in &response.removed_resources {
            self.held.remove(&(kind, name.clone()));
        }
        // an answer is never answered; one to the first of two responses in a row is stale
        let is_quiet = match self.stream.on_request(answer, &self.store) {
            Outcome::Acknowledged | Outcome::Stale => accepts,
            Outcome::Refused(_) => !accepts,
            Outcome::Reply(_) | Outcome::UnknownType => false,
        };
        assert!(is_quiet);
    }

    fn change(&mut self, changes: &Changes) {
        let dirty = self.store.apply(changes, &self.index);
        match &mut self.dirty {
            Some(earlier) => Arc::make_mut(earlier).merge(&dirty),
            None => self.dirty = Some(dirty),
        }
    }

    /// Delivers what is due; several changes merge.
    fn flush(&mut self, accepts: bool) {
        let dirty = self.dirty.take().unwrap_or_default();
        // one push is encoded once for all; what is told of several is the same, put together for this client
        let apart = Arc::new(Dirty::clone(&dirty));
        let to_alone = told(&mut self.stream.clone(), &apart, &self.store);
        let responses = told(&mut self.stream, &dirty, &self.store);
        assert_eq!(to_alone, responses);
        // policies that came before addresses, policies that went after them (xds 11)
        let order: Vec<(bool, bool)> = responses
            .iter()
            .map(|one| (one.type_url == AUTHORIZATION, one.resources.is_empty()))
            .collect();
        let mut sorted = order.clone();
        sorted.sort_by_key(|(is_policy, is_removal)| match (is_policy, is_removal) {
            (true, false) => 0,
            (false, _) => 1,
            (true, true) => 2,
        });
        assert_eq!(order, sorted);
        for response in responses {
            self.take(response, accepts);
        }
    }

    /// What the client should hold: everything, or what it demanded and what is on its node.
    fn expected(&self) -> BTreeSet<(Type, String)> {
        let policies = self
            .store
            .policies()
            .map(|one| (Type::Authorization, one.name.to_string()));
        let mut expected: BTreeSet<_> = policies.collect();
        let addresses: Vec<_> = match &self.demands {
            None => self.store.addresses().cloned().collect(),
            Some(keys) => {
                let demanded = keys.iter().flat_map(|key| self.store.find_demanded(key));
                demanded.chain(self.store.on_node(&"n1".into())).collect()
            }
        };
        expected.extend(addresses.iter().map(|one| (Type::Address, one.name.to_string())));
        expected
    }

    /// Whatever is held is current, and nothing is missing.
    fn check(&self) {
        for (kind, name) in self.expected() {
            assert!(self.held.contains_key(&(kind, name.clone())), "{name} is missing");
        }
        for ((kind, name), held) in &self.held {
            let current = match kind {
                Type::Authorization => self.store.policy(name),
                _ => self.store.address(name),
            };
            let current = current.unwrap_or_else(|| panic!("{name} is stale"));
            assert_eq!(*held, mark(&to_wire(*kind, current)), "{name} is old");
        }
        if self.demands.is_none() {
            assert_eq!(
                self.held.keys().cloned().collect::<BTreeSet<_>>(),
                self.expected()
            );
        }
    }
}

fn to_wire(kind: Type, resource: &Arc<Resource>) -> WireResource {
    let listed = Listed {
        resources: vec![resource.clone()],
        ..Listed::default()
    };
    let response = Response {
        kind,
        nonce: ArcStr::new(),
        content: Content::Listed(listed),
    };
    response.to_wire().resources.remove(0)
}

/// What a stream tells of changes, by name.
fn told(stream: &mut Stream, dirty: &Arc<Dirty>, store: &Store) -> Vec<DeltaDiscoveryResponse> {
    let in_order = |response: Response| {
        let mut response = response.to_wire();
        response.resources.sort_by(|one, other| one.name.cmp(&other.name));
        response.removed_resources.sort();
        response
    };
    stream
        .on_changes(dirty, store)
        .into_iter()
        .map(in_order)
        .collect()
}

#[derive(Clone, Debug)]
enum Step {
    Pod(u8, u8, bool),
    Service(u8, bool),
    Policy(u8, bool),
    Flush,
    Refuse,
    Reconnect(bool),
    Demand(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_u8, 0..3_u8, any::<bool>()).prop_map(|(name, ip, there)| Step::Pod(name, ip, there)),
        2 => (0..2_u8, any::<bool>()).prop_map(|(name, there)| Step::Service(name, there)),
        3 => (0..3_u8, any::<bool>()).prop_map(|(name, there)| Step::Policy(name, there)),
        4 => Just(Step::Flush),
        1 => Just(Step::Refuse),
        1 => any::<bool>().prop_map(Step::Reconnect),
        2 => (0..8_u8).prop_map(Step::Demand),
    ]
}

fn key(at: u8) -> String {
    match at {
        0..3 => format!("/10.0.0.{at}"),
        3 | 4 => format!("app/s{}.app.svc.cluster.local", at - 3),
        5 => "/10.96.0.1".into(),
        6 => "Kubernetes//Pod/app/p1".into(),
        _ => "app/nobody".into(),
    }
}

fn change(world: &mut World, kind: &str, name: &str, body: Option<serde_json::Value>) {
    let api = match kind {
        "AuthorizationPolicy" => "security.istio.io/v1",
        _ => "v1",
    };
    let mut object = json!({ "apiVersion": api, "kind": kind, "metadata": { "name": name, "namespace": "app", "labels": { "app": "s0" } } });
    let is_there = body.is_some();
    for (field, value) in body.iter().flat_map(|body| body.as_object().unwrap()) {
        object[field] = value.clone();
    }
    let mut made = event(&object).unwrap().unwrap();
    if !is_there && let crate::index::event::Event::Put(name, facts) = made {
        made = crate::index::event::Event::Remove(facts.kind(), name);
    }
    let changes = world.index.apply(made);
    world.change(&changes);
}

fn run(steps: Vec<Step>, on_demand: bool) {
    let mut world = World::new(on_demand.then(BTreeSet::new));
    let mut refused = false;
    for step in steps {
        match step {
            Step::Pod(name, ip, there) => {
                let node = if name == 0 { "n1" } else { "n2" };
                let body = json!({ "spec": { "nodeName": node, "containers": [] }, "status": { "phase": "Running", "podIP": format!("10.0.0.{ip}") } });
                change(&mut world, "Pod", &format!("p{name}"), there.then_some(body));
            }
            Step::Service(name, there) => {
                let body = json!({ "spec": { "clusterIP": format!("10.96.0.{name}"), "selector": { "app": format!("s{name}") } } });
                change(&mut world, "Service", &format!("s{name}"), there.then_some(body));
            }
            Step::Policy(name, there) => {
                change(
                    &mut world,
                    "AuthorizationPolicy",
                    &format!("a{name}"),
                    there.then(|| json!({ "spec": {} })),
                );
            }
            Step::Flush => world.flush(true),
            Step::Refuse => {
                world.flush(false);
                refused = true;
            }
            Step::Reconnect(remembers) => {
                world.connect(remembers);
                refused = false;
                world.check();
            }
            Step::Demand(at) => {
                if let Some(keys) = &mut world.demands {
                    let key = key(at);
                    if keys.insert(key.clone()) {
                        world.demand(key);
                    }
                }
            }
        }
    }
    world.flush(true);
    if !refused {
        world.check();
    }
    // whatever was lost or refused, a new stream makes it good
    world.connect(true);
    world.check();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn xds_c08_xds_c09_xds_c13_a_wildcard_client_ends_up_with_exactly_what_is_published(steps in vec(step(), 0..60)) {
        run(steps, false);
    }

    #[test]
    fn xds_c16_a_demanding_client_is_kept_up_to_date_on_what_it_asked_for(steps in vec(step(), 0..60)) {
        run(steps, true);
    }
}

#[test]
fn xds_c11_an_initial_request_is_answered_with_nothing_to_say() {
    let world = World::new(None);
    assert!(world.held.is_empty());
}

#[test]
fn xds_c16_xds_c17_demands_bring_members_with_aliases_and_unknown_keys_come_back() {
    let mut world = World::new(Some(BTreeSet::new()));
    change(
        &mut world,
        "Service",
        "s0",
        Some(json!({ "spec": { "clusterIP": "10.96.0.1", "selector": { "app": "s0" } } })),
    );
    let pod = json!({ "spec": { "nodeName": "n2", "containers": [] }, "status": { "phase": "Running", "podIP": "10.0.0.1" } });
    change(&mut world, "Pod", "p1", Some(pod));
    let ask = |world: &mut World, key: &str| {
        let request = DeltaDiscoveryRequest {
            type_url: ADDRESS.into(),
            resource_names_subscribe: vec![key.into()],
            ..DeltaDiscoveryRequest::default()
        };
        match world.stream.on_request(request, &world.store) {
            Outcome::Reply(response) => response.to_wire(),
            other => panic!("{other:?}"),
        }
    };
    let found = ask(&mut world, "/10.96.0.1");
    let names: Vec<(&str, Vec<String>)> = found
        .resources
        .iter()
        .map(|one| (one.name.as_str(), one.aliases.clone()))
        .collect();
    assert_eq!(
        names,
        [
            ("app/s0.app.svc.cluster.local", vec!["/10.96.0.1".to_owned()]),
            ("Kubernetes//Pod/app/p1", vec!["/10.0.0.1".to_owned()]),
        ]
    );
    let unknown = ask(&mut world, "/10.9.9.9");
    assert_eq!(
        (unknown.resources.len(), unknown.removed_resources),
        (0, vec!["/10.9.9.9".to_owned()])
    );
}
