//! The facts that the index holds, and what a change of one of them touches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;

use super::authorization::PolicyFacts;
use super::clusters::{Hidden, remote_settings};
use super::endpoint_slice::SliceFacts;
use super::event::{Event, Kind, Object, Settings};
use super::gateway::{ClassFacts, GatewayFacts};
use super::lookup::{Fact, Unit};
use super::namespace::{NamespaceFacts, NodeFacts};
use super::peer_authentication::PeerAuthFacts;
use super::pod::{PodFacts, Shape};
use super::service::ServiceFacts;
use super::service_entry::ServiceEntryFacts;
use super::shared::Shared;
use super::workload_entry::WorkloadEntryFacts;
use crate::model::ObjectName;
use crate::model::condition::{Condition, StatusOf};

/// Facts of one namespaced kind.
pub(crate) type Table<T> = BTreeMap<ObjectName, T>;

/// The rows of one namespace.
pub(crate) fn in_namespace<'a, T>(
    table: &'a Table<T>,
    namespace: &ArcStr,
) -> impl Iterator<Item = (&'a ObjectName, &'a T)> + use<'a, T> {
    let namespace = namespace.clone();
    table
        .range(ObjectName::new(namespace.clone(), ArcStr::new())..)
        .take_while(move |(name, _)| name.namespace == namespace)
}

/// An object that wants a host name. The order is the order of preference (`control-plane.md` 7.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    /// A Kubernetes Service beats every entry.
    pub(crate) is_entry: bool,
    pub(crate) created: i64,
    pub(crate) object: ObjectName,
    pub(crate) revision: Option<String>,
}

/// All facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) settings: Settings,
    /// These are facts of another cluster.
    pub(crate) is_remote: bool,
    /// Other clusters by id; only of ours.
    pub(crate) remotes: BTreeMap<ArcStr, Inputs>,
    /// What other networks hide behind their gateways.
    pub(crate) hidden: Hidden,
    pub(crate) namespaces: BTreeMap<ArcStr, NamespaceFacts>,
    pub(crate) nodes: BTreeMap<ArcStr, NodeFacts>,
    pub(crate) pods: Table<PodFacts>,
    pub(crate) services: Table<ServiceFacts>,
    pub(crate) slices: Table<SliceFacts>,
    pub(crate) policies: Table<PolicyFacts>,
    pub(crate) peer_auths: Table<PeerAuthFacts>,
    pub(crate) service_entries: Table<ServiceEntryFacts>,
    pub(crate) workload_entries: Table<WorkloadEntryFacts>,
    pub(crate) gateways: Table<GatewayFacts>,
    pub(crate) classes: BTreeMap<ArcStr, ClassFacts>,
    /// network → gateways that lead into it.
    pub(crate) ways: BTreeMap<ArcStr, BTreeSet<ObjectName>>,
    /// Gateway → the pods that run it, with their accounts.
    pub(crate) instances: BTreeMap<ObjectName, BTreeMap<ObjectName, ArcStr>>,
    /// pod → slice → (service, uid).
    pub(crate) pod_refs: BTreeMap<ObjectName, BTreeMap<ObjectName, (ObjectName, String)>>,
    pub(crate) claims: BTreeMap<ArcStr, BTreeSet<Claim>>,
    /// What many objects have alike.
    pub(crate) shapes: Shared<Arc<Shape>>,
    pub(crate) names: Shared<ArcStr>,
    /// Objects that cannot be read, and why.
    pub(crate) unreadable: BTreeMap<(Kind, ObjectName), String>,
}

/// What one event touched.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) facts: BTreeSet<Fact>,
    pub(crate) units: BTreeSet<Unit>,
    /// Pods whose grants may differ.
    pub(crate) pods: BTreeSet<ObjectName>,
    /// Pods of other clusters whose grants may differ.
    pub(crate) remote_pods: BTreeSet<(ArcStr, ObjectName)>,
    /// Other clusters of which everything may differ.
    pub(crate) clusters: BTreeSet<ArcStr>,
    /// Entries whose addresses may have to change.
    pub(crate) entries: BTreeSet<ObjectName>,
    /// Namespaces that need a look by whoever writes into them.
    pub(crate) namespaces: BTreeSet<ArcStr>,
}

/// The facts that were replaced, if there were any.
struct Old<T>(Option<T>);

/// Stores the new facts; `None` when that changes nothing.
fn replace<K: Ord, T: PartialEq>(table: &mut BTreeMap<K, T>, key: K, new: Option<T>) -> Option<Old<T>> {
    match new {
        Some(new) if table.get(&key) == Some(&new) => None,
        Some(new) => Some(Old(table.insert(key, new))),
        None => table.remove(&key).map(|old| Old(Some(old))),
    }
}

impl Inputs {
    /// Takes an event in and says what it touched.
    pub(crate) fn apply(&mut self, event: Event, touched: &mut Touched) {
        match event {
            Event::Put(mut name, object) => {
                name.namespace = self.names.share(name.namespace);
                self.unreadable.remove(&(object.kind(), name.clone()));
                self.put(name, *object, touched);
            }
            Event::Remove(kind, name) => self.remove(kind, name, touched),
            Event::Unreadable(kind, name, reason) => {
                self.unreadable.insert((kind, name), reason);
            }
            Event::Listed(kind, seen) => {
                for name in self.names(kind).difference(&seen) {
                    self.remove(kind, name.clone(), touched);
                }
            }
            Event::Settings(settings) => {
                if self.settings != settings {
                    for (cluster, remote) in &mut self.remotes {
                        remote.settings = remote_settings(&settings, cluster);
                    }
                    self.settings = settings;
                    touched.facts.insert(Fact::Settings);
                    touched.namespaces.extend(self.namespaces.keys().cloned());
                }
            }
            Event::Remote(cluster, event) => self.apply_remote(&cluster, *event, touched),
            Event::Cluster(cluster, facts) => self.set_cluster(cluster, Some(*facts), touched),
            Event::ClusterGone(cluster) => self.set_cluster(cluster, None, touched),
        }
    }

    fn names(&self, kind: Kind) -> BTreeSet<ObjectName> {
        let unreadable = self.unreadable.keys().filter(|(of, _)| *of == kind);
        let mut names = self.readable(kind);
        names.extend(unreadable.map(|(_, name)| name.clone()));
        names
    }

    fn readable(&self, kind: Kind) -> BTreeSet<ObjectName> {
        let cluster = |name: &ArcStr| ObjectName::new(ArcStr::new(), name.clone());
        match kind {
            Kind::Namespace => self.namespaces.keys().map(cluster).collect(),
            Kind::Node => self.nodes.keys().map(cluster).collect(),
            Kind::Pod => self.pods.keys().cloned().collect(),
            Kind::Service => self.services.keys().cloned().collect(),
            Kind::EndpointSlice => self.slices.keys().cloned().collect(),
            Kind::AuthorizationPolicy => self.policies.keys().cloned().collect(),
            Kind::PeerAuthentication => self.peer_auths.keys().cloned().collect(),
            Kind::ServiceEntry => self.service_entries.keys().cloned().collect(),
            Kind::WorkloadEntry => self.workload_entries.keys().cloned().collect(),
            Kind::Gateway => self.gateways.keys().cloned().collect(),
            Kind::GatewayClass => self.classes.keys().map(cluster).collect(),
        }
    }

    fn put(&mut self, name: ObjectName, object: Object, touched: &mut Touched) {
        match object {
            Object::Namespace(facts) => self.set_namespace(name.name, Some(facts), touched),
            Object::Node(facts) => self.set_node(name.name, Some(facts), touched),
            Object::Pod(facts) => self.set_pod(name, Some(facts), touched),
            Object::Service(facts) => self.set_service(name, Some(facts), touched),
            Object::EndpointSlice(facts) => self.set_slice(name, Some(facts), touched),
            Object::AuthorizationPolicy(facts) => self.set_policy(name, Some(facts), touched),
            Object::PeerAuthentication(facts) => self.set_peer_auth(name, Some(facts), touched),
            Object::ServiceEntry(facts) => self.set_service_entry(name, Some(facts), touched),
            Object::WorkloadEntry(facts) => self.set_workload_entry(name, Some(facts), touched),
            Object::Gateway(facts) => self.set_gateway(name, Some(facts), touched),
            Object::GatewayClass(facts) => self.set_class(name.name, Some(facts), touched),
        }
    }

    /// Every derivation there is.
    pub(crate) fn units(&self) -> BTreeSet<Unit> {
        let mut units = BTreeSet::from([Unit::StaticStrict]);
        units.extend(self.pods.keys().cloned().map(Unit::Pod));
        units.extend(self.services.keys().cloned().map(Unit::Service));
        units.extend(self.slices.keys().cloned().map(Unit::Slice));
        units.extend(self.policies.keys().cloned().map(Unit::Policy));
        units.extend(self.peer_auths.keys().cloned().map(Unit::PeerAuth));
        units.extend(self.service_entries.keys().cloned().map(Unit::ServiceEntry));
        units.extend(self.workload_entries.keys().cloned().map(Unit::WorkloadEntry));
        units.extend(self.gateways.keys().cloned().map(Unit::Gateway));
        for (cluster, remote) in &self.remotes {
            units.extend(
                remote
                    .units()
                    .into_iter()
                    .filter_map(|unit| unit.seen_from_home(cluster)),
            );
        }
        units
    }

    fn remove(&mut self, kind: Kind, name: ObjectName, touched: &mut Touched) {
        self.unreadable.remove(&(kind, name.clone()));
        match kind {
            Kind::Namespace => self.set_namespace(name.name, None, touched),
            Kind::Node => self.set_node(name.name, None, touched),
            Kind::Pod => self.set_pod(name, None, touched),
            Kind::Service => self.set_service(name, None, touched),
            Kind::EndpointSlice => self.set_slice(name, None, touched),
            Kind::AuthorizationPolicy => self.set_policy(name, None, touched),
            Kind::PeerAuthentication => self.set_peer_auth(name, None, touched),
            Kind::ServiceEntry => self.set_service_entry(name, None, touched),
            Kind::WorkloadEntry => self.set_workload_entry(name, None, touched),
            Kind::Gateway => self.set_gateway(name, None, touched),
            Kind::GatewayClass => self.set_class(name.name, None, touched),
        }
    }

    fn set_namespace(&mut self, name: ArcStr, facts: Option<NamespaceFacts>, touched: &mut Touched) {
        if replace(&mut self.namespaces, name.clone(), facts).is_some() {
            touched.namespaces.insert(name.clone());
            touched.facts.insert(Fact::Namespace(name));
        }
    }

    fn set_node(&mut self, name: ArcStr, facts: Option<NodeFacts>, touched: &mut Touched) {
        if replace(&mut self.nodes, name.clone(), facts).is_some() {
            touched.facts.insert(Fact::Node(name));
        }
    }

    fn set_pod(&mut self, name: ObjectName, mut facts: Option<PodFacts>, touched: &mut Touched) {
        if let Some(facts) = &mut facts {
            facts.shape = self.shapes.share(facts.shape.clone());
            facts.node = self.names.share(facts.node.clone());
        }
        let fresh = facts.as_ref().and_then(|facts| facts.runs(&name));
        if let Some(Old(old)) = replace(&mut self.pods, name.clone(), facts) {
            let old = old.and_then(|facts| facts.runs(&name));
            if old != fresh {
                self.move_instance(&name, old, fresh, touched);
            }
            touched.pods.insert(name.clone());
            touched.units.insert(Unit::Pod(name));
        }
    }

    fn move_instance(
        &mut self,
        pod: &ObjectName,
        old: Option<Instance>,
        fresh: Option<Instance>,
        touched: &mut Touched,
    ) {
        if let Some((gateway, _)) = old {
            if let Some(pods) = self.instances.get_mut(&gateway) {
                pods.remove(pod);
                if pods.is_empty() {
                    self.instances.remove(&gateway);
                }
            }
            touched.facts.insert(Fact::InstancesOf(gateway));
        }
        if let Some((gateway, account)) = fresh {
            self.instances
                .entry(gateway.clone())
                .or_default()
                .insert(pod.clone(), account);
            touched.facts.insert(Fact::InstancesOf(gateway));
        }
    }

    fn set_service(&mut self, name: ObjectName, facts: Option<ServiceFacts>, touched: &mut Touched) {
        let host = super::service::hostname(&name, &self.settings);
        let created = facts.as_ref().map(|facts| facts.created);
        if let Some(Old(old)) = replace(&mut self.services, name.clone(), facts) {
            let claim = |created| Claim {
                is_entry: false,
                created,
                object: name.clone(),
                revision: None,
            };
            if let Some(old) = old {
                self.unclaim(&host, &claim(old.created), touched);
            }
            if let Some(created) = created {
                self.claim(host, claim(created), touched);
            }
            touched.facts.insert(Fact::ServicesOf(name.namespace.clone()));
            touched.facts.insert(Fact::Service(name.clone()));
            touched.units.insert(Unit::Service(name));
        }
    }

    fn set_slice(&mut self, name: ObjectName, facts: Option<SliceFacts>, touched: &mut Touched) {
        let fresh = facts
            .as_ref()
            .map(|facts| (facts.service.clone(), facts.refs.clone()));
        if let Some(Old(old)) = replace(&mut self.slices, name.clone(), facts) {
            let old = old.map(|facts| (facts.service, facts.refs));
            if old != fresh {
                self.drop_refs(&name, old, touched);
                self.add_refs(&name, fresh, touched);
            }
            touched.units.insert(Unit::Slice(name));
        }
    }

    fn drop_refs(&mut self, slice: &ObjectName, refs: Option<SliceRefs>, touched: &mut Touched) {
        for (pod, _) in refs.into_iter().flat_map(|(_, pods)| pods) {
            if let Some(slices) = self.pod_refs.get_mut(&pod) {
                slices.remove(slice);
                if slices.is_empty() {
                    self.pod_refs.remove(&pod);
                }
            }
            touched.units.insert(Unit::Pod(pod));
        }
    }

    fn add_refs(&mut self, slice: &ObjectName, refs: Option<SliceRefs>, touched: &mut Touched) {
        let Some((service, pods)) = refs else { return };
        for (pod, uid) in pods {
            touched.units.insert(Unit::Pod(pod.clone()));
            self.pod_refs
                .entry(pod)
                .or_default()
                .insert(slice.clone(), (service.clone(), uid));
        }
    }

    fn set_policy(&mut self, name: ObjectName, facts: Option<PolicyFacts>, touched: &mut Touched) {
        let now = facts
            .as_ref()
            .and_then(|facts| facts.reference(&self.settings))
            .cloned();
        if let Some(Old(old)) = replace(&mut self.policies, name.clone(), facts) {
            // Workloads only hold references; a change of rules does not touch them.
            let before = old
                .as_ref()
                .and_then(|old| old.reference(&self.settings))
                .cloned();
            if before != now {
                touched.facts.insert(Fact::PoliciesOf(name.namespace.clone()));
            }
            touched.units.insert(Unit::Policy(name));
        }
    }

    fn set_peer_auth(&mut self, name: ObjectName, facts: Option<PeerAuthFacts>, touched: &mut Touched) {
        if replace(&mut self.peer_auths, name.clone(), facts).is_some() {
            touched.facts.insert(Fact::PeerAuthsOf(name.namespace.clone()));
            touched.facts.insert(Fact::AnyPeerAuth);
            touched.units.insert(Unit::StaticStrict);
            touched.units.insert(Unit::PeerAuth(name));
        }
    }

    fn set_service_entry(
        &mut self,
        name: ObjectName,
        facts: Option<ServiceEntryFacts>,
        touched: &mut Touched,
    ) {
        let fresh = facts
            .as_ref()
            .map(|facts| facts.claims(&name))
            .unwrap_or_default();
        if let Some(Old(old)) = replace(&mut self.service_entries, name.clone(), facts) {
            for (host, claim) in old.map(|old| old.claims(&name)).unwrap_or_default() {
                self.unclaim(&host, &claim, touched);
            }
            for (host, claim) in fresh {
                self.claim(host, claim, touched);
            }
            touched.facts.insert(Fact::EntriesOf(name.namespace.clone()));
            touched.entries.insert(name.clone());
            touched.units.insert(Unit::ServiceEntry(name));
        }
    }

    fn set_workload_entry(
        &mut self,
        name: ObjectName,
        facts: Option<WorkloadEntryFacts>,
        touched: &mut Touched,
    ) {
        if replace(&mut self.workload_entries, name.clone(), facts).is_some() {
            touched.units.insert(Unit::WorkloadEntry(name));
        }
    }

    fn set_gateway(&mut self, name: ObjectName, facts: Option<GatewayFacts>, touched: &mut Touched) {
        let is_remote = self.is_remote;
        let fresh = facts
            .as_ref()
            .and_then(|facts| facts.leads_into(self.is_remote).cloned());
        if let Some(Old(old)) = replace(&mut self.gateways, name.clone(), facts) {
            if let Some(network) = old.as_ref().and_then(|old| old.leads_into(is_remote)) {
                touched.facts.insert(Fact::GatewaysInto(network.clone()));
                if let Some(names) = self.ways.get_mut(network) {
                    names.remove(&name);
                    if names.is_empty() {
                        self.ways.remove(network);
                    }
                }
            }
            if let Some(network) = fresh {
                touched.facts.insert(Fact::GatewaysInto(network.clone()));
                self.ways.entry(network).or_default().insert(name.clone());
            }
            touched.facts.insert(Fact::Gateway(name.clone()));
            touched.units.insert(Unit::Gateway(name));
        }
    }

    fn set_class(&mut self, name: ArcStr, facts: Option<ClassFacts>, touched: &mut Touched) {
        if replace(&mut self.classes, name.clone(), facts).is_some() {
            touched.facts.insert(Fact::Class(name));
        }
    }

    /// The conditions that an object holds now.
    pub(crate) fn present(&self, of: &StatusOf) -> &[Condition] {
        let found = match of {
            StatusOf::Service(name) => self.services.get(name).map(|facts| &facts.conditions),
            StatusOf::ServiceEntry(name) => self.service_entries.get(name).map(|facts| &facts.conditions),
            StatusOf::WorkloadEntry(name) => self.workload_entries.get(name).map(|facts| &facts.conditions),
            StatusOf::Policy(name) => self.policies.get(name).map(|facts| &facts.conditions),
            StatusOf::Gateway(name) => self.gateways.get(name).map(|facts| &facts.conditions),
        };
        found.map(Vec::as_slice).unwrap_or_default()
    }

    fn claim(&mut self, host: ArcStr, claim: Claim, touched: &mut Touched) {
        touched.facts.insert(Fact::Host(host.clone()));
        self.claims.entry(host).or_default().insert(claim);
    }

    fn unclaim(&mut self, host: &ArcStr, claim: &Claim, touched: &mut Touched) {
        touched.facts.insert(Fact::Host(host.clone()));
        if let Some(claims) = self.claims.get_mut(host) {
            claims.remove(claim);
            if claims.is_empty() {
                self.claims.remove(host);
            }
        }
    }
}

/// A Gateway, and the account of a pod that runs it.
type Instance = (ObjectName, ArcStr);
/// The service of a slice and the pods it names, with their uids.
type SliceRefs = (ObjectName, Vec<(ObjectName, String)>);
