//! Which node proxy to ask (`spec/cli.md` 1.2, 2.1), and asking it.

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::exit::Failure;
use bytes::Bytes;
use serde_json::Value;
use std::cmp::Reverse;

/// What the operator named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// `deployment` of `deployment/web`.
    pub kind: Option<String>,
    /// The name.
    pub name: String,
    /// The qualifier; it beats `-n`.
    pub namespace: Option<String>,
}

impl ObjectName {
    /// Splits `NAME`, `NAME.NS`, `TYPE/NAME`, `TYPE/NAME.NS` (C28). Types may hold dots.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let (kind, rest) = match word.rsplit_once('/') {
            Some((kind, rest)) => (Some(kind.to_owned()), rest),
            None => (None, word),
        };
        let (name, namespace) = match rest.rsplit_once('.') {
            Some((name, namespace)) if !name.is_empty() && !namespace.is_empty() => {
                (name, Some(namespace.to_owned()))
            }
            _ => (rest, None),
        };
        Self {
            kind,
            name: name.to_owned(),
            namespace,
        }
    }
}

/// What was given on the command line to choose by.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The positional pod.
    pub pod: Option<String>,
    /// `--node`.
    pub node: Option<String>,
    /// The data differs from node to node: with nothing given there must be exactly one proxy.
    pub is_per_node: bool,
}

/// The proxy to ask, and the ordinary pod that was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The proxy's namespace.
    pub namespace: String,
    /// The proxy's pod.
    pub pod: String,
    /// The proxy's node.
    pub node: String,
    /// Name and namespace of the ordinary pod, if one was named.
    pub target: Option<(String, String)>,
}

/// Where names are looked up.
#[derive(Debug, Clone)]
pub struct Places {
    /// `--istioNamespace`.
    pub system: String,
    /// `-n`, if given.
    pub given: Option<String>,
}

impl Cluster {
    /// Finds the proxy to ask.
    ///
    /// # Errors
    /// There is none, the pod is unknown or not scheduled, or the choice is ambiguous.
    pub async fn choose_ztunnel(&self, choice: &Choice, places: &Places) -> Result<Chosen, Failure> {
        if let Some(node) = &choice.node {
            return self.ztunnel_of_node(node, places, None).await;
        }
        if let Some(word) = &choice.pod {
            return self.ztunnel_of_pod(word, places).await;
        }
        let pods = self.ztunnels(places).await?;
        if choice.is_per_node && pods.len() != 1 {
            return Err(
                Failure::usage("ztunnel pod name or --node must be set").because(format!(
                    "there are {} ztunnel pods, and each knows only its own node",
                    pods.len()
                )),
            );
        }
        let pod = pods.first().ok_or_else(|| no_ztunnel(&places.system))?;
        Ok(chosen(pod, None))
    }

    async fn ztunnel_of_pod(&self, word: &str, places: &Places) -> Result<Chosen, Failure> {
        let named = ObjectName::parse(word);
        if let Some(kind) = named
            .kind
            .as_deref()
            .filter(|kind| !matches!(*kind, "pod" | "pods" | "po"))
        {
            return Err(
                Failure::usage(format!("`{kind}` cannot be resolved to a node proxy"))
                    .hint("name a pod, as NAME or NAME.NAMESPACE"),
            );
        }
        let mut namespaces = vec![places.system.clone(), self.default_namespace().to_owned()];
        if let Some(namespace) = named.namespace.clone().or_else(|| places.given.clone()) {
            namespaces = vec![namespace];
        }
        namespaces.dedup();
        for namespace in &namespaces {
            let path = format!("/api/v1/namespaces/{namespace}/pods/{}", named.name);
            let Some(pod) = self.get(&path).await? else {
                continue;
            };
            if is_ztunnel(&pod) {
                return Ok(chosen(&pod, None));
            }
            let node = pod["spec"]["nodeName"]
                .as_str()
                .filter(|node| !node.is_empty())
                .ok_or_else(|| {
                    Failure::new(format!(
                        "pod `{namespace}/{}` is not scheduled to a node yet",
                        named.name
                    ))
                })?;
            let target = (named.name.clone(), namespace.clone());
            return self.ztunnel_of_node(node, places, Some(target)).await;
        }
        let searched = namespaces
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(" or ");
        Err(
            Failure::new(format!("pod `{}` not found in namespace {searched}", named.name))
                .hint("name it as NAME.NAMESPACE"),
        )
    }

    async fn ztunnel_of_node(
        &self,
        node: &str,
        places: &Places,
        target: Option<(String, String)>,
    ) -> Result<Chosen, Failure> {
        let pods = self.ztunnels(places).await?;
        let pod = pods.iter().find(|pod| pod["spec"]["nodeName"] == *node);
        let pod = pod.ok_or_else(|| {
            Failure::new(format!("no ztunnel pod on node `{node}`"))
                .hint("`kubectl get nodes` lists the nodes")
        })?;
        Ok(chosen(pod, target))
    }

    /// Every node proxy, the best to ask first.
    ///
    /// # Errors
    /// The pods cannot be listed.
    pub async fn ztunnels(&self, places: &Places) -> Result<Vec<Value>, Failure> {
        let system = format!(
            "/api/v1/namespaces/{}/pods?labelSelector=app%3Dztunnel",
            places.system
        );
        let mut pods = self.list(&system).await?;
        if pods.is_empty() {
            // ours: a proxy installed elsewhere is found by its label
            pods = self.list("/api/v1/pods?labelSelector=app%3Dztunnel").await?;
        }
        pods.sort_by_cached_key(preference);
        Ok(pods)
    }

    /// Every proxy.
    ///
    /// # Errors
    /// There is none.
    pub async fn all_ztunnels(&self, places: &Places) -> Result<Vec<Chosen>, Failure> {
        let pods = self.ztunnels(places).await?;
        if pods.is_empty() {
            return Err(no_ztunnel(&places.system));
        }
        Ok(pods.iter().map(|pod| chosen(pod, None)).collect())
    }

    /// The dump of a proxy.
    ///
    /// # Errors
    /// The pod does not run, or does not answer.
    pub async fn fetch_dump(&self, chosen: &Chosen, port: u16) -> Result<Bytes, Failure> {
        let ask = PodRequest {
            namespace: &chosen.namespace,
            pod: &chosen.pod,
            port,
            path: "/config_dump",
        };
        let path = format!("/api/v1/namespaces/{}/pods/{}", chosen.namespace, chosen.pod);
        let pod = self.get(&path).await?.unwrap_or_default();
        match pod["status"]["phase"].as_str() {
            Some("Running") => self.fetch_from_pod(&ask).await,
            phase => Err(Failure::new(format!(
                "pod `{}/{}` is not running",
                chosen.namespace, chosen.pod
            ))
            .because(format!("its phase is {}", phase.unwrap_or("unknown")))),
        }
    }
}

fn no_ztunnel(namespace: &str) -> Failure {
    Failure::new(format!(
        "no ztunnel pod in namespace `{namespace}` or anywhere else"
    ))
    .hint("is the mesh installed? `meshctl install` installs it")
}

fn chosen(pod: &Value, target: Option<(String, String)>) -> Chosen {
    let text = |key: &str| pod["metadata"][key].as_str().unwrap_or_default().to_owned();
    Chosen {
        namespace: text("namespace"),
        pod: text("name"),
        node: pod["spec"]["nodeName"].as_str().unwrap_or_default().to_owned(),
        target,
    }
}

/// The label decides if present; without it the name does.
fn is_ztunnel(pod: &Value) -> bool {
    match pod["metadata"]["labels"]["app"].as_str() {
        Some(app) => app == "ztunnel",
        None => pod["metadata"]["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("ztunnel")),
    }
}

/// The order in which `kubectl logs` would choose: assigned, running, ready, longest ready, most
/// restarts, oldest.
fn preference(pod: &Value) -> impl Ord + use<> {
    let is_assigned = pod["spec"]["nodeName"]
        .as_str()
        .is_some_and(|node| !node.is_empty());
    let phase = match pod["status"]["phase"].as_str() {
        Some("Running") => 0,
        Some("Pending") => 2,
        _ => 1,
    };
    let conditions = pod["status"]["conditions"].as_array();
    let ready = conditions
        .into_iter()
        .flatten()
        .find(|one| one["type"] == "Ready" && one["status"] == "True");
    let since = ready
        .and_then(|one| one["lastTransitionTime"].as_str())
        .unwrap_or("~")
        .to_owned();
    let containers = pod["status"]["containerStatuses"].as_array();
    let restarts = containers
        .into_iter()
        .flatten()
        .filter_map(|one| one["restartCount"].as_u64())
        .max();
    let created = pod["metadata"]["creationTimestamp"]
        .as_str()
        .unwrap_or("~")
        .to_owned();
    (
        !is_assigned,
        phase,
        ready.is_none(),
        since,
        Reverse(restarts.unwrap_or_default()),
        created,
    )
}

#[cfg(test)]
mod live;
#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(word: &str, kind: Option<&str>, name: &str, namespace: Option<&str>) {
        let expected = ObjectName {
            kind: kind.map(ToOwned::to_owned),
            name: name.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
        };
        assert_eq!(ObjectName::parse(word), expected);
    }

    #[test]
    fn cli_c28_names_have_types_and_qualifiers() {
        check("web", None, "web", None);
        check("web.shop", None, "web", Some("shop"));
        check("a.b.shop", None, "a.b", Some("shop"));
        check("deployment/web.shop", Some("deployment"), "web", Some("shop"));
        check(
            "gateway.gateway.networking.k8s.io/web.prod",
            Some("gateway.gateway.networking.k8s.io"),
            "web",
            Some("prod"),
        );
        check(
            "gateway.gateway.networking.k8s.io/web",
            Some("gateway.gateway.networking.k8s.io"),
            "web",
            None,
        );
    }

    #[test]
    fn ready_pods_are_preferred_and_the_label_decides_what_is_a_proxy() {
        let pod = |phase: &str, ready: bool| {
            let ready = if ready { "True" } else { "False" };
            json!({"spec": {"nodeName": "n"}, "status": {"phase": phase,
                "conditions": [{"type": "Ready", "status": ready}]}})
        };
        let mut pods = [pod("Pending", false), pod("Running", false), pod("Running", true)];
        pods.sort_by_cached_key(preference);
        assert_eq!(pods[0], pod("Running", true));
        assert!(is_ztunnel(&json!({"metadata": {"name": "ztunnel-x"}})));
        assert!(!is_ztunnel(
            &json!({"metadata": {"name": "ztunnel-x", "labels": {"app": "y"}}})
        ));
    }
}
