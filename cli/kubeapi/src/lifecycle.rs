//! What happens to objects by themselves: garbage collection, the end of namespaces and of definitions.
//!
//! One task, woken by deletions and by new owners; it looks at everything and acts until nothing is left to do.
//! The state is small, and a full look cannot miss what a chain of notifications could.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::api::Api;
use crate::auth::access::{CLUSTER_ROLES, effective_rules};
use crate::object;
use crate::resources::{Backing, Resource, crd};
use crate::store::{Key, Tx};
use crate::verbs::delete::{self, Options};

/// Even without a wake-up, a look once in a while.
const EVERY: Duration = Duration::from_secs(30);

/// How long a terminating namespace keeps its content, so that a client which deletes the namespace and then what is
/// in it (`kubectl delete -f`) meets the objects it names.
const NAMESPACE_LINGERS: Duration = Duration::from_millis(400);

/// How long events are kept.
const EVENTS_LAST: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// The finalizer of definitions whose objects must go first.
pub(crate) const CRD_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Runs until the server stops.
pub(crate) async fn run(api: Arc<Api>) {
    let mut ending = Ending::default();
    loop {
        tokio::select! {
            biased;
            () = api.stop.cancelled() => return,
            () = api.housekeeping.notified() => {}
            () = tokio::time::sleep(if ending.is_empty() { EVERY } else { NAMESPACE_LINGERS }) => {}
        }
        // each pass holds the store briefly; passes repeat until one changes nothing
        while api.store.write(|tx| pass(&api, tx, &mut ending)) {
            tokio::task::yield_now().await;
        }
    }
}

/// When each terminating namespace was first seen so, by uid.
type Ending = BTreeMap<String, Instant>;

type Stored = BTreeMap<String, Arc<Resource>>;

fn pass(api: &Api, tx: &mut Tx<'_>, ending: &mut Ending) -> bool {
    let resources: Stored = api
        .registry
        .all()
        .into_iter()
        .filter(|resource| resource.backing == Backing::Stored)
        .map(|resource| (resource.collection.to_string(), resource))
        .collect();
    let before = tx.revision();
    end_namespaces(api, tx, &resources, ending);
    end_definitions(api, tx, &resources);
    aggregate_roles(tx);
    forget_events(tx);
    collect(api, tx, &resources);
    tx.revision() != before
}

fn delete(api: &Api, tx: &mut Tx<'_>, resource: &Resource, object: &Arc<Value>, options: &Options) {
    // what cannot be deleted now is met again on the next pass
    if let Err(error) = delete::remove(api, tx, resource, object, options) {
        tracing::debug!(
            object = object::name(object),
            message = error.message,
            "not collected"
        );
    }
}

/// A terminating namespace loses its content, then its finalizer, then itself.
fn end_namespaces(api: &Api, tx: &mut Tx<'_>, resources: &Stored, ending: &mut Ending) {
    let namespaces = tx.list("namespaces", None);
    ending.retain(|uid, _| namespaces.iter().any(|namespace| object::uid(namespace) == uid));
    for namespace in namespaces
        .iter()
        .filter(|namespace| object::is_terminating(namespace))
    {
        let since = ending
            .entry(object::uid(namespace).to_owned())
            .or_insert_with(Instant::now);
        if since.elapsed() < NAMESPACE_LINGERS {
            continue;
        }
        let name = object::name(namespace);
        let mut left = 0;
        for resource in resources.values().filter(|resource| resource.namespaced) {
            for object in tx.list(&resource.collection, Some(name)) {
                if !object::is_terminating(&object) {
                    delete(api, tx, resource, &object, &Options::background());
                }
            }
            left += tx.list(&resource.collection, Some(name)).len();
        }
        if left > 0 {
            continue;
        }
        let mut done = (**namespace).clone();
        object::map_at(&mut done, &["spec"]).remove("finalizers");
        tx.put("namespaces", done.clone());
        if object::finalizers(&done).is_empty() {
            tx.remove("namespaces", &Key::new("", name));
        }
    }
}

/// A terminating definition loses its objects, then its finalizer, then itself and its routes.
fn end_definitions(api: &Api, tx: &mut Tx<'_>, resources: &Stored) {
    let definitions = tx.list(crd::CRDS, None);
    for definition in definitions
        .iter()
        .filter(|definition| object::is_terminating(definition))
    {
        if !object::finalizers(definition).contains(&CRD_FINALIZER) {
            continue;
        }
        let collection = object::name(definition);
        if let Some(resource) = resources.get(collection) {
            for object in tx.list(collection, None) {
                if !object::is_terminating(&object) {
                    delete(api, tx, resource, &object, &Options::background());
                }
            }
        }
        if !tx.list(collection, None).is_empty() {
            continue;
        }
        if without_finalizer(tx, crd::CRDS, definition, CRD_FINALIZER) {
            api.registry.set_custom(collection, Vec::new());
        }
    }
}

/// Takes a finalizer away; removes the object when it was the last. Says whether the object is gone.
fn without_finalizer(tx: &mut Tx<'_>, collection: &str, object: &Value, finalizer: &str) -> bool {
    let mut freed = object.clone();
    let mut finalizers = object::list(&freed, &["metadata", "finalizers"]).to_vec();
    finalizers.retain(|name| name != finalizer);
    let last = finalizers.is_empty();
    if last {
        object::remove(&mut freed, &["metadata", "finalizers"]);
    } else {
        object::set(&mut freed, &["metadata", "finalizers"], finalizers);
    }
    // a namespace ends only when its content has
    let has_content = collection == "namespaces" && !object::list(&freed, &["spec", "finalizers"]).is_empty();
    let waits =
        has_content || object::int(&freed, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0) > 0;
    tx.put(collection, freed);
    let gone = last && object::is_terminating(object) && !waits;
    if gone {
        tx.remove(collection, &Key::of(object));
    }
    gone
}

/// Events are kept for an hour, as on a real cluster.
fn forget_events(tx: &mut Tx<'_>) {
    let oldest = jiff::Timestamp::now() - EVENTS_LAST;
    for event in tx.list("events", None) {
        let times = [
            ["series", "lastObservedTime"].as_slice(),
            &["lastTimestamp"],
            &["metadata", "creationTimestamp"],
        ];
        let seen = times
            .iter()
            .filter_map(|path| object::text(&event, path)?.parse::<jiff::Timestamp>().ok())
            .max();
        if seen.is_some_and(|seen| seen < oldest) {
            tx.remove("events", &Key::of(&event));
        }
    }
}

/// Roles that aggregate others show the rules they include.
fn aggregate_roles(tx: &mut Tx<'_>) {
    for role in tx.list(CLUSTER_ROLES, None) {
        if object::at(&role, &["aggregationRule"]).is_some() {
            let mut whole = (*role).clone();
            object::set(&mut whole, &["rules"], effective_rules(tx, &role));
            tx.put(CLUSTER_ROLES, whole);
        }
    }
}

/// A stored object and what it is.
type Known = (Arc<Resource>, Arc<Value>);

/// Garbage collection by owner references.
fn collect(api: &Api, tx: &mut Tx<'_>, resources: &Stored) {
    let mut all: Vec<Known> = Vec::new();
    for (collection, resource) in resources {
        let objects = tx.list(collection, None).into_iter();
        all.extend(objects.map(|object| (Arc::clone(resource), object)));
    }
    let living: HashSet<&str> = all.iter().map(|(_, object)| object::uid(object)).collect();
    let mut owners = Owners {
        foreground: waiting(&all, "foregroundDeletion"),
        orphaning: waiting(&all, "orphan"),
        blocked: HashSet::new(),
    };
    for (resource, object) in &all {
        match owners.judge(&living, object) {
            Fate::Stay => {}
            Fate::Orphaned => orphan(tx, resource, object, &owners.orphaning),
            Fate::Collect(options) => delete(api, tx, resource, object, &options),
        }
    }
    for (resource, object) in &all {
        let Some(finalizer) = owners.released(object::uid(object)) else {
            continue;
        };
        // read again: this pass may have changed it
        if let Some(now) = tx.find(&resource.collection, &Key::of(object)) {
            without_finalizer(tx, &resource.collection, &now, finalizer);
        }
    }
}

/// The uids of owners that are on their way out, by what they wait for.
struct Owners<'a> {
    foreground: HashSet<&'a str>,
    orphaning: HashSet<&'a str>,
    /// Those of `foreground` whose dependents still block them.
    blocked: HashSet<&'a str>,
}

enum Fate {
    Stay,
    Orphaned,
    Collect(Options),
}

impl Owners<'_> {
    /// What becomes of one object; notes which owners it blocks.
    fn judge(&mut self, living: &HashSet<&str>, object: &Value) -> Fate {
        let references = object::list(object, &["metadata", "ownerReferences"]);
        let uid = |reference: &Value| object::text(reference, &["uid"]).unwrap_or_default().to_owned();
        if references.is_empty() {
            return Fate::Stay;
        }
        let uids: Vec<String> = references.iter().map(uid).collect();
        if uids.iter().any(|uid| self.orphaning.contains(uid.as_str())) {
            return Fate::Orphaned;
        }
        for (reference, uid) in references.iter().zip(&uids) {
            let blocks = reference.get("blockOwnerDeletion") == Some(&Value::Bool(true));
            if let (true, Some(uid)) = (blocks, self.foreground.get(uid.as_str())) {
                self.blocked.insert(uid);
            }
        }
        let waited = |uid: &String| self.foreground.contains(uid.as_str());
        let solid = uids
            .iter()
            .any(|uid| living.contains(uid.as_str()) && !waited(uid));
        if solid || object::is_terminating(object) {
            Fate::Stay
        } else if uids.iter().any(waited) {
            Fate::Collect(Options::foreground())
        } else {
            Fate::Collect(Options::background())
        }
    }

    /// The finalizer an object no longer needs.
    fn released(&self, uid: &str) -> Option<&'static str> {
        if self.foreground.contains(uid) && !self.blocked.contains(uid) {
            Some("foregroundDeletion")
        } else {
            self.orphaning.contains(uid).then_some("orphan")
        }
    }
}

fn waiting<'a>(all: &'a [Known], finalizer: &str) -> HashSet<&'a str> {
    let held = all.iter().filter(|(_, object)| {
        object::is_terminating(object) && object::finalizers(object).contains(&finalizer)
    });
    held.map(|(_, object)| object::uid(object)).collect()
}

/// Cuts an object from owners that leave it behind.
fn orphan(tx: &mut Tx<'_>, resource: &Resource, object: &Value, leaving: &HashSet<&str>) {
    let mut free = object.clone();
    let mut owners = object::list(&free, &["metadata", "ownerReferences"]).to_vec();
    owners.retain(|reference| !leaving.contains(object::text(reference, &["uid"]).unwrap_or_default()));
    if owners.is_empty() {
        object::remove(&mut free, &["metadata", "ownerReferences"]);
    } else {
        object::set(&mut free, &["metadata", "ownerReferences"], owners);
    }
    tx.put(&resource.collection, free);
}
