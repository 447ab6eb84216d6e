//! May this caller have that identity (`ca.md` 6, `security.md` K3)?
//!
//! Pure. A node proxy gets the identities of pods that are bound to its own node, and nothing else.

use std::collections::{BTreeMap, HashMap};

use arcstr::ArcStr;
use mesh_wire::identity::Identity;

use super::shortened;
use crate::index::pod::{Phase, PodFacts};
use crate::model::ObjectName;

/// Proof that a caller may have an identity. Only this module makes one; signing consumes one.
#[derive(Debug)]
pub struct Grant(Identity);

impl Grant {
    /// The identity granted.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.0
    }
}

/// The pod that a token is bound to, as its review says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPod {
    /// Pod name.
    pub name: String,
    /// Pod uid.
    pub uid: String,
}

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub identity: Identity,
    /// Which pod its token is bound to, if any.
    pub pod: Option<BoundPod>,
    /// The cluster that vouched for it; empty for ours.
    pub cluster: ArcStr,
}

/// What grants are judged by.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Accounts that may ask for the identities of their node.
    pub trusted: Vec<ObjectName>,
    /// Ids of other trust domains are never granted.
    pub trust_domains: Vec<String>,
}

impl Rules {
    /// Reads `CA_TRUSTED_NODE_ACCOUNTS`: a comma list of `namespace/account`; malformed items are left out.
    #[must_use]
    pub fn accounts(list: &str) -> Vec<ObjectName> {
        list.split(',')
            .filter_map(|item| item.trim().split_once('/'))
            .filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty() && !name.contains('/'))
            .map(|(namespace, name)| ObjectName::new(namespace, name))
            .collect()
    }
}

/// Why an impersonation is refused. Callers all get the same text; this goes to the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is not a node proxy's.
    #[error("`{0}` is not a trusted node account")]
    Untrusted(Identity),
    /// Not a SPIFFE id of the mesh's form.
    #[error("`{0}` is not a workload identity")]
    Malformed(String),
    /// Another trust domain's id.
    #[error("`{0}` is not in our trust domain")]
    ForeignDomain(Identity),
    /// The token names no pod.
    #[error("the token is not bound to a pod")]
    Unbound,
    /// The pod is unknown, another one, or runs as somebody else.
    #[error("pod `{0}` is not the caller's")]
    NotThePod(ObjectName),
    /// No such pod on the caller's node.
    #[error("no pod of `{identity}` is bound to node `{node}`")]
    NotOnNode {
        /// The id asked for.
        identity: Identity,
        /// The caller's node.
        node: ArcStr,
    },
}

impl Refusal {
    /// Whether waiting for the cache may help: pods and nodes are learned a moment later than tokens.
    #[must_use]
    pub fn may_heal(&self) -> bool {
        matches!(self, Self::NotThePod(_) | Self::NotOnNode { .. })
    }

    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Untrusted(_) => {
                Some("list the node proxy's account in CA_TRUSTED_NODE_ACCOUNTS as namespace/account")
            }
            Self::Unbound => Some("mount a projected token, which is bound to its pod"),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
struct Place {
    uid: ArcStr,
    account: ArcStr,
    node: ArcStr,
}

/// Which pods there are, where, and as whom.
#[derive(Debug, Default)]
pub struct Directory {
    pods: BTreeMap<ObjectName, Place>,
    bound: HashMap<(ArcStr, ObjectName), usize>,
}

impl Directory {
    /// The pod is now this, or gone. Failed pods lend their identity to nobody.
    pub fn set(&mut self, name: &ObjectName, facts: Option<&PodFacts>) {
        if let Some(old) = self.pods.remove(name) {
            let key = (old.node, ObjectName::new(name.namespace.clone(), old.account));
            if let Some(count) = self.bound.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.bound.remove(&key);
                }
            }
        }
        if let Some(facts) = facts.filter(|facts| facts.phase != Phase::Failed) {
            let (account, node) = (facts.shape.service_account.clone(), facts.node.clone());
            let key = (
                node.clone(),
                ObjectName::new(name.namespace.clone(), account.clone()),
            );
            *self.bound.entry(key).or_default() += 1;
            self.pods.insert(
                name.clone(),
                Place {
                    uid: facts.uid.clone(),
                    account,
                    node,
                },
            );
        }
    }

    fn is_bound(&self, node: &ArcStr, account: ObjectName) -> bool {
        !node.is_empty() && self.bound.contains_key(&(node.clone(), account))
    }
}

/// The pods of every cluster.
#[derive(Debug, Default)]
pub struct Directories {
    home: Directory,
    remotes: BTreeMap<ArcStr, Directory>,
    /// Of a cluster that is not known.
    nobody: Directory,
}

impl Directories {
    /// Our own cluster's.
    pub fn home(&mut self) -> &mut Directory {
        &mut self.home
    }

    /// Another cluster's.
    pub fn of(&mut self, cluster: &ArcStr) -> &mut Directory {
        self.remotes.entry(cluster.clone()).or_default()
    }

    /// Those of the cluster that a caller is from; nobody is in a cluster that is not known.
    pub(super) fn find(&self, cluster: &ArcStr) -> &Directory {
        if cluster.is_empty() {
            return &self.home;
        }
        self.remotes.get(cluster).unwrap_or(&self.nobody)
    }
}

/// A caller may always have its own identity.
#[must_use]
pub fn own(caller: &Caller) -> Grant {
    Grant(caller.identity.clone())
}

/// Judges a request for another identity.
pub fn impersonate(
    requested: &str,
    caller: &Caller,
    rules: &Rules,
    pods: &Directory,
) -> Result<Grant, Refusal> {
    let who = &caller.identity;
    let account = ObjectName::new(who.namespace(), who.service_account());
    if !rules.trusted.contains(&account) {
        return Err(Refusal::Untrusted(who.clone()));
    }
    let identity: Identity = requested
        .parse()
        .map_err(|_| Refusal::Malformed(shortened(requested)))?;
    if !rules
        .trust_domains
        .iter()
        .any(|domain| domain == identity.trust_domain())
    {
        return Err(Refusal::ForeignDomain(identity));
    }
    let bound = caller.pod.as_ref().ok_or(Refusal::Unbound)?;
    let name = ObjectName::new(who.namespace(), bound.name.as_str());
    let place = pods.pods.get(&name);
    let place =
        place.filter(|place| place.uid == bound.uid.as_str() && place.account == who.service_account());
    let node = place
        .map(|place| place.node.clone())
        .ok_or(Refusal::NotThePod(name))?;
    let wanted = ObjectName::new(identity.namespace(), identity.service_account());
    if !pods.is_bound(&node, wanted) {
        return Err(Refusal::NotOnNode { identity, node });
    }
    Ok(Grant(identity))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::pod::Shape;

    fn pod(uid: &str, account: &str, node: &str) -> PodFacts {
        PodFacts {
            uid: uid.into(),
            shape: Arc::new(Shape {
                service_account: account.into(),
                ..Shape::default()
            }),
            node: node.into(),
            ..PodFacts::default()
        }
    }

    fn directory() -> Directory {
        let mut pods = Directory::default();
        pods.set(
            &ObjectName::new("istio-system", "zt-1"),
            Some(&pod("u1", "ztunnel", "n1")),
        );
        pods.set(&ObjectName::new("app", "web"), Some(&pod("u2", "web", "n1")));
        pods.set(&ObjectName::new("app", "far"), Some(&pod("u3", "far", "n2")));
        let failed = PodFacts {
            phase: Phase::Failed,
            ..pod("u4", "dead", "n1")
        };
        pods.set(&ObjectName::new("app", "dead"), Some(&failed));
        pods
    }

    fn caller(account: &str, uid: &str) -> Caller {
        Caller {
            identity: format!("spiffe://cluster.local/ns/istio-system/sa/{account}")
                .parse()
                .unwrap(),
            pod: Some(BoundPod {
                name: "zt-1".into(),
                uid: uid.into(),
            }),
            cluster: ArcStr::new(),
        }
    }

    fn ask(requested: &str, caller: &Caller) -> Result<String, Refusal> {
        let trusted = Rules::accounts("istio-system/ztunnel, bad, /x");
        let rules = Rules {
            trusted,
            trust_domains: vec!["cluster.local".into()],
        };
        impersonate(requested, caller, &rules, &directory()).map(|grant| grant.identity().to_string())
    }

    const WEB: &str = "spiffe://cluster.local/ns/app/sa/web";

    #[test]
    fn a_node_proxy_gets_identities_of_its_node() {
        assert_eq!(ask(WEB, &caller("ztunnel", "u1")).as_deref(), Ok(WEB));
    }

    #[test]
    fn ca_c12_only_listed_accounts_impersonate() {
        assert!(matches!(
            ask(WEB, &caller("other", "u1")),
            Err(Refusal::Untrusted(_))
        ));
    }

    #[test]
    fn ca_c13_identities_of_other_nodes_are_refused_and_may_heal() {
        for account in ["far", "dead", "nobody"] {
            let refusal = ask(
                &format!("spiffe://cluster.local/ns/app/sa/{account}"),
                &caller("ztunnel", "u1"),
            );
            assert!(matches!(&refusal, Err(Refusal::NotOnNode { .. })), "{account}");
            assert!(refusal.unwrap_err().may_heal());
        }
    }

    #[test]
    fn ca_c14_a_stale_pod_uid_is_refused() {
        // security K3: same name, new uid
        assert!(matches!(
            ask(WEB, &caller("ztunnel", "old")),
            Err(Refusal::NotThePod(_))
        ));
        let unbound = Caller {
            pod: None,
            ..caller("ztunnel", "u1")
        };
        assert_eq!(ask(WEB, &unbound), Err(Refusal::Unbound));
    }

    #[test]
    fn pods_of_one_cluster_are_nobody_in_another() {
        let mut pods = Directories::default();
        let east = ArcStr::from("east");
        pods.of(&east).set(
            &ObjectName::new("istio-system", "zt-1"),
            Some(&pod("u1", "ztunnel", "n1")),
        );
        pods.of(&east)
            .set(&ObjectName::new("app", "web"), Some(&pod("u2", "web", "n1")));
        let rules = Rules {
            trusted: Rules::accounts("istio-system/ztunnel"),
            trust_domains: vec!["cluster.local".into()],
        };
        let judge = |cluster: &str| {
            let caller = Caller {
                cluster: cluster.into(),
                ..caller("ztunnel", "u1")
            };
            impersonate(WEB, &caller, &rules, pods.find(&caller.cluster)).map(drop)
        };
        assert_eq!(judge("east"), Ok(()));
        for other in ["", "west"] {
            assert!(matches!(judge(other), Err(Refusal::NotThePod(_))), "{other}");
        }
    }

    #[test]
    fn foreign_domains_and_malformed_ids_are_refused() {
        let proxy = caller("ztunnel", "u1");
        assert!(matches!(
            ask("spiffe://other/ns/app/sa/web", &proxy),
            Err(Refusal::ForeignDomain(_))
        ));
        for id in [
            "",
            "spiffe://cluster.local/ns/app",
            "SPIFFE://cluster.local/ns/app/sa/web",
            "x",
        ] {
            assert!(matches!(ask(id, &proxy), Err(Refusal::Malformed(_))), "{id}");
        }
    }

    #[test]
    fn counts_follow_pods_that_come_and_go() {
        let mut pods = Directory::default();
        let (a, b) = (ObjectName::new("app", "a"), ObjectName::new("app", "b"));
        let node = ArcStr::from("n1");
        let account = ObjectName::new("app", "web");
        pods.set(&a, Some(&pod("1", "web", "n1")));
        pods.set(&b, Some(&pod("2", "web", "n1")));
        pods.set(&a, None);
        assert!(pods.is_bound(&node, account.clone()));
        pods.set(&b, Some(&pod("2", "web", "n2")));
        assert!(!pods.is_bound(&node, account));
    }
}
