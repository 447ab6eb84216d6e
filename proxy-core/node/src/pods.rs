//! This node's pods and the cluster's namespaces, as the API server last told.
//!
//! [`Store`] is what is known; [`watch`] fills it and says which pods somebody has to look at again. It decides nothing.

pub mod annotate;
pub mod herald;
pub mod netns;
pub mod record;
pub mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch as signal;

use crate::enroll::{self, Labels, Rules, Verdict};
use record::PodRecord;

/// A pod's uid.
pub type Uid = Arc<str>;

/// A pod with the decision about it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The pod.
    pub pod: Arc<PodRecord>,
    /// Whether it is to be captured.
    pub verdict: Verdict,
}

#[derive(Debug, Default)]
struct Known {
    pods: BTreeMap<Uid, Arc<PodRecord>>,
    names: BTreeMap<(String, String), Uid>,
    namespaces: BTreeMap<String, Labels>,
}

/// What is known. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    rules: Arc<Rules>,
    known: Arc<Mutex<Known>>,
    synced: Arc<signal::Sender<(bool, bool)>>,
}

impl Store {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules: Arc::new(rules),
            known: Arc::default(),
            synced: Arc::new(signal::Sender::new((false, false))),
        }
    }

    /// Waits until pods and namespaces were listed once.
    pub async fn synced(&self) {
        let mut seen = self.synced.subscribe();
        // the sender lives as long as `self`
        let _ = seen.wait_for(|(pods, namespaces)| *pods && *namespaces).await;
    }

    /// A pod by its uid, judged by the labels of now.
    #[must_use]
    pub fn find(&self, uid: &str) -> Option<Judged> {
        let known = self.known();
        known.pods.get(uid).map(|pod| self.judge(&known, pod))
    }

    /// A pod by its name.
    #[must_use]
    pub fn find_named(&self, namespace: &str, name: &str) -> Option<Judged> {
        let known = self.known();
        let uid = known.names.get(&(namespace.to_owned(), name.to_owned()))?;
        known.pods.get(uid).map(|pod| self.judge(&known, pod))
    }

    /// All pods of the node.
    #[must_use]
    pub fn all(&self) -> Vec<Judged> {
        let known = self.known();
        known.pods.values().map(|pod| self.judge(&known, pod)).collect()
    }

    /// The uids of all pods of the node.
    #[must_use]
    pub fn uids(&self) -> Vec<Uid> {
        self.known().pods.keys().cloned().collect()
    }

    fn judge(&self, known: &Known, pod: &Arc<PodRecord>) -> Judged {
        let verdict = match known.namespaces.get(&pod.facts.namespace) {
            Some(labels) => enroll::decide(&pod.facts, labels, &self.rules),
            // a namespace that is gone takes its pods along
            None => enroll::decide(&pod.facts, &Labels::new(), &self.rules),
        };
        Judged {
            pod: pod.clone(),
            verdict,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pod appeared or changed; whether anything we look at did.
    #[must_use]
    pub fn put_pod(&self, mut pod: PodRecord) -> bool {
        let mut known = self.known();
        if let Some(before) = known.pods.get(&pod.uid) {
            pod.follow(before);
        }
        let name = (pod.facts.namespace.clone(), pod.facts.name.clone());
        let uid = pod.uid.clone();
        known.names.insert(name, uid.clone());
        let pod = Arc::new(pod);
        known.pods.insert(uid, pod.clone()) != Some(pod)
    }

    /// A pod is gone.
    pub fn remove_pod(&self, uid: &str) {
        let mut known = self.known();
        if let Some(pod) = known.pods.remove(uid) {
            let name = (pod.facts.namespace.clone(), pod.facts.name.clone());
            if known.names.get(&name).is_some_and(|other| **other == *uid) {
                known.names.remove(&name);
            }
        }
    }

    /// These are all pods there are; tells which went or changed.
    #[must_use]
    pub fn replace_pods(&self, pods: Vec<PodRecord>) -> Vec<Uid> {
        let mut touched = self.uids();
        touched.retain(|uid| !pods.iter().any(|pod| pod.uid == *uid));
        for uid in &touched {
            self.remove_pod(uid);
        }
        for pod in pods {
            let uid = pod.uid.clone();
            if self.put_pod(pod) {
                touched.push(uid);
            }
        }
        self.synced.send_modify(|(pods, _)| *pods = true);
        touched
    }

    /// A namespace appeared or changed its labels; tells whose verdict may differ now.
    pub fn put_namespace(&self, name: &str, labels: Labels) -> Vec<Uid> {
        let mut known = self.known();
        if known.namespaces.get(name) == Some(&labels) {
            return Vec::new();
        }
        if self.rules.excluded.contains(name) && enroll::namespace_matches(&labels, &self.rules) {
            tracing::warn!(
                namespace = name,
                "namespace is labeled for ambient mesh but is excluded"
            );
        }
        known.namespaces.insert(name.to_owned(), labels);
        pods_of(&known, name)
    }

    /// A namespace is gone.
    #[must_use]
    pub fn remove_namespace(&self, name: &str) -> Vec<Uid> {
        let mut known = self.known();
        known.namespaces.remove(name);
        pods_of(&known, name)
    }

    /// These are all namespaces there are.
    #[must_use]
    pub fn replace_namespaces(&self, namespaces: BTreeMap<String, Labels>) -> Vec<Uid> {
        let before: Vec<String> = self.known().namespaces.keys().cloned().collect();
        let gone = before.iter().filter(|name| !namespaces.contains_key(*name));
        let mut touched: Vec<Uid> = gone.flat_map(|name| self.remove_namespace(name)).collect();
        for (name, labels) in namespaces {
            touched.extend(self.put_namespace(&name, labels));
        }
        self.synced.send_modify(|(_, namespaces)| *namespaces = true);
        touched
    }
}

fn pods_of(known: &Known, namespace: &str) -> Vec<Uid> {
    let inside = |pod: &&Arc<PodRecord>| pod.facts.namespace == namespace;
    known
        .pods
        .values()
        .filter(inside)
        .map(|pod| pod.uid.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enroll::Reason;
    use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE};

    fn pod(uid: &str, namespace: &str, name: &str) -> PodRecord {
        let mut pod = PodRecord {
            uid: uid.into(),
            ..PodRecord::default()
        };
        namespace.clone_into(&mut pod.facts.namespace);
        name.clone_into(&mut pod.facts.name);
        pod
    }

    fn ambient() -> Labels {
        [(DATAPLANE_MODE.to_owned(), AMBIENT.to_owned())].into()
    }

    #[test]
    fn a_label_of_the_namespace_touches_its_pods() {
        // cni-agent 7
        let store = Store::new(Rules::default());
        let _ = store.replace_pods(vec![
            pod("1", "shop", "a"),
            pod("2", "shop", "b"),
            pod("3", "other", "a"),
        ]);
        let _ = store.replace_namespaces(
            [
                ("shop".to_owned(), Labels::new()),
                ("other".to_owned(), Labels::new()),
            ]
            .into(),
        );
        assert_eq!(
            store.find("1").unwrap().verdict,
            Verdict::Leave(Reason::NotSelected)
        );
        let touched = store.put_namespace("shop", ambient());
        assert_eq!(touched, ["1".into(), "2".into()] as [Uid; 2]);
        assert_eq!(store.find("1").unwrap().verdict, Verdict::Capture);
        assert!(store.put_namespace("shop", ambient()).is_empty());
    }

    #[test]
    fn a_relist_tells_what_went_and_what_changed() {
        let store = Store::new(Rules::default());
        assert_eq!(
            store
                .replace_pods(vec![pod("1", "shop", "a"), pod("2", "shop", "b")])
                .len(),
            2
        );
        let mut changed = pod("2", "shop", "b");
        changed.facts.labels = ambient();
        assert_eq!(
            store.replace_pods(vec![changed]),
            ["1".into(), "2".into()] as [Uid; 2]
        );
        assert!(store.find("1").is_none());
    }

    #[test]
    fn a_name_belongs_to_the_newest_pod() {
        let store = Store::new(Rules::default());
        assert!(store.put_pod(pod("old", "shop", "a")) && store.put_pod(pod("new", "shop", "a")));
        store.remove_pod("old");
        assert_eq!(&*store.find_named("shop", "a").unwrap().pod.uid, "new");
    }
}
