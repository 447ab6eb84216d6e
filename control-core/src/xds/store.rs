//! What is published: the state that every stream answers from.
//!
//! It changes only in [`Store::apply`], between pushes, so that a stream's answer and the pushes around
//! it never disagree. Pure: the lock around it is the publisher's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use arcstr::ArcStr;
use smallvec::SmallVec;

use super::resource::{Resource, ResourceKind};
use super::response::Segment;
use super::stream::{Type, is_of};
use crate::index::Index;
use crate::index::changes::Changes;

/// More changed keys than this are encoded for each client while they are sent: once for all of them, they would be kept
/// until the next push.
const MOST_SHARED: usize = 4096;

/// Changed keys that a client has not been told about yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    /// Address names.
    pub addresses: BTreeSet<ArcStr>,
    /// Policy names.
    pub policies: BTreeSet<ArcStr>,
}

impl Dirty {
    /// The keys among the changes that streams are told of.
    #[must_use]
    pub fn of(changes: &Changes) -> Self {
        let (addresses, policies) = (changes.addresses.clone(), changes.policies.clone());
        Self { addresses, policies }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.policies.is_empty()
    }

    /// Adds later keys to these.
    pub fn merge(&mut self, later: &Self) {
        self.addresses.extend(later.addresses.iter().cloned());
        self.policies.extend(later.policies.iter().cloned());
    }
}

/// What changes are told as, one response each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Policies that came or changed.
    PoliciesHere,
    /// Addresses.
    Addresses,
    /// Addresses, to those who want bare workloads.
    Workloads,
    /// Policies that went.
    PoliciesGone,
}

impl Part {
    /// The order that keeps references resolvable (`xds.md` 11).
    pub const IN_ORDER: [Self; 4] = [
        Self::PoliciesHere,
        Self::Addresses,
        Self::Workloads,
        Self::PoliciesGone,
    ];

    /// The type of what it tells of.
    #[must_use]
    pub fn kind(self) -> Type {
        match self {
            Self::PoliciesHere | Self::PoliciesGone => Type::Authorization,
            Self::Addresses => Type::Address,
            Self::Workloads => Type::Workload,
        }
    }

    /// Its names among the changed ones.
    #[must_use]
    pub fn names(self, dirty: &Dirty, store: &Store) -> Vec<ArcStr> {
        let policies = |is_here: bool| {
            let names = dirty.policies.iter();
            let names = names.filter(move |name| store.policy(name).is_some() == is_here);
            names.cloned().collect()
        };
        match self {
            Self::PoliciesHere => policies(true),
            Self::PoliciesGone => policies(false),
            Self::Addresses | Self::Workloads => dirty.addresses.iter().cloned().collect(),
        }
    }
}

/// The last push, as everybody who follows all of a type is told it: encoded by the first who asks.
#[derive(Debug, Default)]
struct Last {
    dirty: Arc<Dirty>,
    segments: [OnceLock<Arc<Segment>>; Part::IN_ORDER.len()],
}

/// Names in order; nearly always one.
type Names = SmallVec<[ArcStr; 1]>;

/// Published resources and the other ways to find them.
#[derive(Debug, Default)]
pub struct Store {
    addresses: BTreeMap<ArcStr, Arc<Resource>>,
    policies: BTreeMap<ArcStr, Arc<Resource>>,
    /// alias → names.
    aliases: HashMap<ArcStr, Names>,
    /// service → its workloads.
    endpoints: HashMap<ArcStr, BTreeSet<ArcStr>>,
    /// node → its workloads.
    on_node: HashMap<ArcStr, BTreeSet<ArcStr>>,
    last: Last,
}

impl Store {
    /// Takes over what the index has for the changed keys, which clients are then told of.
    pub fn apply(&mut self, changes: &Changes, index: &Index) -> Arc<Dirty> {
        for name in &changes.addresses {
            if let Some(old) = self.addresses.remove(name) {
                self.unlink(&old);
            }
            if let Some(new) = index.address(name) {
                self.link(new);
                self.addresses.insert(name.clone(), new.clone());
            }
        }
        for name in &changes.policies {
            match index.policy(name) {
                Some(new) => self.policies.insert(name.clone(), new.clone()),
                None => self.policies.remove(name),
            };
        }
        let dirty = Arc::new(Dirty::of(changes));
        self.last = Last {
            dirty: dirty.clone(),
            ..Last::default()
        };
        dirty
    }

    /// What everybody who follows all of the type is told of these changes; `None` if they are not those of the last push, or
    /// too many.
    #[must_use]
    pub fn shared(&self, part: Part, dirty: &Arc<Dirty>) -> Option<Arc<Segment>> {
        let count = dirty.addresses.len().max(dirty.policies.len());
        if !Arc::ptr_eq(&self.last.dirty, dirty) || count > MOST_SHARED {
            return None;
        }
        let segment = self.last.segments[part as usize].get_or_init(|| {
            let kind = part.kind();
            let (mut here, mut gone) = (Vec::new(), Vec::new());
            for name in part.names(dirty, self) {
                match self.find(kind, &name) {
                    Some(resource) => here.push(resource),
                    None => gone.push(name.to_string()),
                }
            }
            Arc::new(Segment::new(kind, here.into_iter(), gone))
        });
        Some(segment.clone())
    }

    /// A resource of a type by its canonical name.
    #[must_use]
    pub fn find(&self, kind: Type, name: &str) -> Option<&Arc<Resource>> {
        match kind {
            Type::Authorization => self.policy(name),
            Type::Address | Type::Workload => self.address(name).filter(|one| is_of(kind, one)),
        }
    }

    fn link(&mut self, resource: &Resource) {
        for alias in &resource.aliases {
            let names = self.aliases.entry(alias.clone()).or_default();
            if let Err(at) = names.binary_search(&resource.name) {
                names.insert(at, resource.name.clone());
            }
        }
        for service in &resource.services {
            self.endpoints
                .entry(service.clone())
                .or_default()
                .insert(resource.name.clone());
        }
        if !resource.node.is_empty() {
            self.on_node
                .entry(resource.node.clone())
                .or_default()
                .insert(resource.name.clone());
        }
    }

    fn unlink(&mut self, resource: &Resource) {
        for alias in &resource.aliases {
            if let Some(names) = self.aliases.get_mut(alias) {
                names.retain(|name| *name != resource.name);
                if names.is_empty() {
                    self.aliases.remove(alias);
                }
            }
        }
        for service in &resource.services {
            drop_from(&mut self.endpoints, service, &resource.name);
        }
        drop_from(&mut self.on_node, &resource.node, &resource.name);
    }

    /// An address by its canonical name.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<&Arc<Resource>> {
        self.addresses.get(name)
    }

    /// A policy by its name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&Arc<Resource>> {
        self.policies.get(name)
    }

    /// Every address.
    pub fn addresses(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.addresses.values()
    }

    /// Every policy.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.policies.values()
    }

    /// What a demanded key finds: workload by uid, workloads by address, service by name, service by
    /// address; a service brings its workloads (`xds.md` 5). Empty for an unknown key.
    #[must_use]
    pub fn find_demanded(&self, key: &str) -> Vec<Arc<Resource>> {
        let is_workload = |one: &&Arc<Resource>| one.kind == ResourceKind::Workload;
        let is_service = |one: &&Arc<Resource>| one.kind == ResourceKind::Service;
        if let Some(workload) = self.addresses.get(key).filter(is_workload) {
            return vec![workload.clone()];
        }
        let named = self
            .aliases
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|name| self.addresses.get(name));
        let named: Vec<&Arc<Resource>> = named.collect();
        let workloads: Vec<Arc<Resource>> = named.iter().copied().filter(is_workload).cloned().collect();
        if !workloads.is_empty() {
            return workloads;
        }
        let by_name = self.addresses.get(key).filter(is_service).into_iter();
        let by_address = named.iter().copied().filter(is_service);
        let services: Vec<&Arc<Resource>> = by_name.chain(by_address).collect();
        let mut found: Vec<Arc<Resource>> = services.iter().copied().cloned().collect();
        for service in services {
            found.extend(self.endpoints_of(&service.name));
        }
        found
    }

    /// Workloads of a service.
    pub fn endpoints_of(&self, service: &ArcStr) -> impl Iterator<Item = Arc<Resource>> {
        self.members(&self.endpoints, service)
    }

    /// Workloads of a node.
    pub fn on_node(&self, node: &ArcStr) -> impl Iterator<Item = Arc<Resource>> {
        self.members(&self.on_node, node)
    }

    fn members<'a>(
        &'a self,
        table: &'a HashMap<ArcStr, BTreeSet<ArcStr>>,
        key: &ArcStr,
    ) -> impl Iterator<Item = Arc<Resource>> + use<'a> {
        table
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|name| self.addresses.get(name))
            .cloned()
    }
}

fn drop_from(table: &mut HashMap<ArcStr, BTreeSet<ArcStr>>, key: &ArcStr, name: &ArcStr) {
    if let Some(names) = table.get_mut(key) {
        names.remove(name);
        if names.is_empty() {
            table.remove(key);
        }
    }
}
