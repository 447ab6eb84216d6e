//! The objects, in memory, under one lock and one revision counter.
//!
//! Every write happens inside [`Store::write`]; a request's checks and its effect are one step, so there is no
//! window in which another request sees half of it. Watches read the same bounded log that writes append to,
//! which is why no event can be lost or repeated between a list and the watch that follows it.
//! Absent on purpose: what a field means. That is admission's and the verbs' business.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use crate::object;

/// Which collection: `pods`, `deployments.apps`.
pub(crate) type Collection = Arc<str>;

/// An object's place within its collection. Cluster-scoped objects have an empty namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    pub(crate) fn of(object: &Value) -> Self {
        Self::new(object::namespace(object), object::name(object))
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    Modified,
    Deleted,
}

/// One entry of a collection's log.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) kind: ChangeKind,
    pub(crate) object: Arc<Value>,
    /// What was there before; decides how a selector sees the change.
    pub(crate) previous: Option<Arc<Value>>,
}

/// The asked-for revision is older than the log reaches back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compacted;

struct Drawer {
    objects: BTreeMap<Key, Arc<Value>>,
    log: VecDeque<Change>,
    /// Changes up to and including this revision are no longer in the log.
    compacted: u64,
    tip: watch::Sender<u64>,
}

struct Inner {
    revision: u64,
    /// Nothing is known of what was before this revision.
    base: u64,
    drawers: HashMap<Collection, Drawer>,
    history: usize,
}

/// The whole state of the API.
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

impl Store {
    /// An empty store whose revisions start after `revision`; each collection remembers `history` changes.
    pub(crate) fn new(revision: u64, history: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                revision,
                base: revision,
                drawers: HashMap::new(),
                history,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with the store to itself.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> T) -> T {
        let mut inner = self.lock();
        work(&mut Tx { inner: &mut inner })
    }

    /// One object.
    pub(crate) fn find(&self, collection: &str, key: &Key) -> Option<Arc<Value>> {
        self.write(|tx| tx.find(collection, key))
    }

    /// A collection (or one namespace of it) and the revision at which it was so.
    pub(crate) fn list(&self, collection: &str, namespace: Option<&str>) -> (u64, Vec<Arc<Value>>) {
        self.write(|tx| (tx.revision(), tx.list(collection, namespace)))
    }

    /// The current revision.
    pub(crate) fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// Tells when a collection has grown.
    pub(crate) fn subscribe(&self, collection: &Collection) -> watch::Receiver<u64> {
        self.lock().drawer(collection).tip.subscribe()
    }

    /// What happened after `revision`, and the revision up to which that is complete.
    pub(crate) fn changes_since(
        &self,
        collection: &Collection,
        revision: u64,
    ) -> Result<(u64, Vec<Change>), Compacted> {
        let mut inner = self.lock();
        let now = inner.revision;
        let drawer = inner.drawer(collection);
        if revision < drawer.compacted || revision > now {
            return Err(Compacted);
        }
        let start = drawer.log.partition_point(|change| change.revision <= revision);
        Ok((now, drawer.log.iter().skip(start).cloned().collect()))
    }

    /// Forgets all history, as a compaction of a real server does.
    pub(crate) fn compact(&self) {
        let mut inner = self.lock();
        let revision = inner.revision;
        inner.base = revision;
        for drawer in inner.drawers.values_mut() {
            drawer.log.clear();
            drawer.compacted = revision;
        }
    }
}

impl Inner {
    fn drawer(&mut self, collection: &str) -> &mut Drawer {
        if !self.drawers.contains_key(collection) {
            let drawer = Drawer {
                objects: BTreeMap::new(),
                log: VecDeque::new(),
                compacted: self.base,
                tip: watch::Sender::new(self.revision),
            };
            self.drawers.insert(Arc::from(collection), drawer);
        }
        self.drawers.get_mut(collection).expect("inserted above")
    }

    fn record(&mut self, collection: &str, change: Change) {
        let history = self.history;
        let revision = change.revision;
        let drawer = self.drawer(collection);
        drawer.log.push_back(change);
        while drawer.log.len() > history {
            if let Some(old) = drawer.log.pop_front() {
                drawer.compacted = old.revision;
            }
        }
        drawer.tip.send_replace(revision);
    }
}

/// The store, held by one piece of work.
pub(crate) struct Tx<'a> {
    inner: &'a mut Inner,
}

impl Tx<'_> {
    pub(crate) fn revision(&self) -> u64 {
        self.inner.revision
    }

    pub(crate) fn find(&self, collection: &str, key: &Key) -> Option<Arc<Value>> {
        self.inner.drawers.get(collection)?.objects.get(key).cloned()
    }

    pub(crate) fn list(&self, collection: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let Some(drawer) = self.inner.drawers.get(collection) else {
            return Vec::new();
        };
        match namespace {
            None => drawer.objects.values().cloned().collect(),
            Some(namespace) => drawer
                .objects
                .range(Key::new(namespace, "")..)
                .take_while(|(key, _)| key.namespace == namespace)
                .map(|(_, object)| Arc::clone(object))
                .collect(),
        }
    }

    /// Stores an object under its own name with a new revision. An equal object is left alone, as a real server
    /// does: no revision, no event.
    pub(crate) fn put(&mut self, collection: &str, mut object: Value) -> Arc<Value> {
        let key = Key::of(&object);
        let previous = self.find(collection, &key);
        if let Some(previous) = &previous {
            object::meta(&mut object).insert("resourceVersion".to_owned(), object::version(previous).into());
            if **previous == object {
                return Arc::clone(previous);
            }
        }
        let revision = self.next();
        object::meta(&mut object).insert("resourceVersion".to_owned(), revision.to_string().into());
        let object = Arc::new(object);
        self.inner
            .drawer(collection)
            .objects
            .insert(key, Arc::clone(&object));
        let kind = if previous.is_some() {
            ChangeKind::Modified
        } else {
            ChangeKind::Added
        };
        self.inner.record(
            collection,
            Change {
                revision,
                kind,
                object: Arc::clone(&object),
                previous,
            },
        );
        object
    }

    /// Removes an object; the deletion has a revision of its own, which the returned last state carries.
    pub(crate) fn remove(&mut self, collection: &str, key: &Key) -> Option<Arc<Value>> {
        let previous = self.inner.drawers.get_mut(collection)?.objects.remove(key)?;
        let revision = self.next();
        let mut last = (*previous).clone();
        object::meta(&mut last).insert("resourceVersion".to_owned(), revision.to_string().into());
        let object = Arc::new(last);
        let change = Change {
            revision,
            kind: ChangeKind::Deleted,
            object: Arc::clone(&object),
            previous: Some(previous),
        };
        self.inner.record(collection, change);
        Some(object)
    }

    fn next(&mut self) -> u64 {
        self.inner.revision += 1;
        self.inner.revision
    }
}
