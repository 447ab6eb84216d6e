//! What happens to objects by themselves: garbage collection, the end of namespaces and of definitions.
//!
//! One task, woken by deletions and by new owners; it looks at everything and acts until nothing is left to do.
//! The state is small, and a full look cannot miss what a chain of notifications could.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::Api;
use crate::object;
use crate::resources::{Backing, Resource, crd};
use crate::store::{Key, Tx};
use crate::verbs::delete::{self, Options};

/// Even without a wake-up, a look once in a while.
const EVERY: Duration = Duration::from_secs(30);

/// The finalizer of definitions whose objects must go first.
pub(crate) const CRD_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Runs until the server stops.
pub(crate) async fn run(api: Arc<Api>) {
    loop {
        tokio::select! {
            biased;
            () = api.stop.cancelled() => return,
            () = api.housekeeping.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        // each pass holds the store briefly; passes repeat until one changes nothing
        while api.store.write(|tx| pass(&api, tx)) {
            tokio::task::yield_now().await;
        }
    }
}

type Stored = BTreeMap<String, Arc<Resource>>;

fn pass(api: &Api, tx: &mut Tx<'_>) -> bool {
    let resources: Stored = api
        .registry
        .all()
        .into_iter()
        .filter(|resource| resource.backing == Backing::Stored)
        .map(|resource| (resource.collection.to_string(), resource))
        .collect();
    let before = tx.revision();
    end_namespaces(api, tx, &resources);
    end_definitions(api, tx, &resources);
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
fn end_namespaces(api: &Api, tx: &mut Tx<'_>, resources: &Stored) {
    let namespaces = tx.list("namespaces", None);
    for namespace in namespaces
        .iter()
        .filter(|namespace| object::is_terminating(namespace))
    {
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
    let waits = object::int(&freed, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0) > 0;
    tx.put(collection, freed);
    let gone = last && object::is_terminating(object) && !waits;
    if gone {
        tx.remove(collection, &Key::of(object));
    }
    gone
}

/// Garbage collection by owner references.
fn collect(api: &Api, tx: &mut Tx<'_>, resources: &Stored) {
    let mut all: Vec<(Arc<Resource>, Arc<Value>)> = Vec::new();
    for (collection, resource) in resources {
        all.extend(
            tx.list(collection, None)
                .into_iter()
                .map(|object| (Arc::clone(resource), object)),
        );
    }
    let living: HashSet<&str> = all.iter().map(|(_, object)| object::uid(object)).collect();
    let foreground: HashSet<&str> = waiting(&all, "foregroundDeletion");
    let orphaning: HashSet<&str> = waiting(&all, "orphan");
    let mut blocked: HashSet<&str> = HashSet::new();
    for (resource, object) in &all {
        let owners = object::list(object, &["metadata", "ownerReferences"]);
        let owner = |reference: &Value| object::text(reference, &["uid"]).unwrap_or_default().to_owned();
        if owners.is_empty() {
            continue;
        }
        if owners
            .iter()
            .any(|reference| orphaning.contains(owner(reference).as_str()))
        {
            orphan(tx, resource, object, &orphaning);
            continue;
        }
        let solid = owners.iter().any(|reference| {
            let uid = owner(reference);
            living.contains(uid.as_str()) && !foreground.contains(uid.as_str())
        });
        for reference in owners {
            let blocks = reference
                .get("blockOwnerDeletion")
                .and_then(Value::as_bool)
                .unwrap_or(false);
            if let (true, Some(uid)) = (blocks, foreground.get(owner(reference).as_str())) {
                blocked.insert(uid);
            }
        }
        if !solid && !object::is_terminating(object) {
            let waited = owners
                .iter()
                .any(|reference| foreground.contains(owner(reference).as_str()));
            let options = if waited {
                Options::foreground()
            } else {
                Options::background()
            };
            delete(api, tx, resource, object, &options);
        }
    }
    for (resource, object) in &all {
        let uid = object::uid(object);
        let finalizer = match (
            foreground.contains(uid) && !blocked.contains(uid),
            orphaning.contains(uid),
        ) {
            (true, _) => "foregroundDeletion",
            (_, true) => "orphan",
            _ => continue,
        };
        // read again: this pass may have changed it
        if let Some(now) = tx.find(&resource.collection, &Key::of(object)) {
            without_finalizer(tx, &resource.collection, &now, finalizer);
        }
    }
}

fn waiting<'a>(all: &'a [(Arc<Resource>, Arc<Value>)], finalizer: &str) -> HashSet<&'a str> {
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
