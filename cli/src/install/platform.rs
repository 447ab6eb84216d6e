//! What kind of cluster this is: where it keeps its CNI files depends on it. (`spec/cli.md` 4)

use super::component::meta;
use super::plan::Target;
use crate::cluster::Cluster;
use crate::exit::Failure;
use serde_json::Value;

impl Cluster {
    /// The platform, as the charts name it; none when nothing special is needed or known.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_platform(&self, target: &Target) -> Result<Option<&'static str>, Failure> {
        let nodes = self.list("/api/v1/nodes?limit=5").await?;
        Ok(detect(target, &nodes))
    }
}

/// Decides from the version, the served groups and a few nodes.
#[must_use]
pub fn detect(target: &Target, nodes: &[Value]) -> Option<&'static str> {
    let version = &target.kubernetes;
    if target
        .api_versions
        .iter()
        .any(|one| one.starts_with("security.openshift.io/"))
    {
        return Some("openshift");
    }
    if version.contains("-gke") {
        return Some("gke");
    }
    if version.contains("-eks") {
        return Some("eks");
    }
    let provider = |prefix: &str| {
        nodes.iter().any(|node| {
            node["spec"]["providerID"]
                .as_str()
                .is_some_and(|id| id.starts_with(prefix))
        })
    };
    let labelled = |key: &str| {
        nodes
            .iter()
            .any(|node| node["metadata"]["labels"].get(key).is_some())
    };
    if version.contains("+k3s") {
        let is_k3d = nodes.iter().any(|node| meta(node, "name").starts_with("k3d-"));
        return Some(if is_k3d { "k3d" } else { "k3s" });
    }
    if labelled("microk8s.io/cluster") {
        return Some("microk8s");
    }
    if labelled("minikube.k8s.io/version") {
        return Some("minikube");
    }
    if provider("kind://") {
        return Some("kind");
    }
    if provider("azure://") || labelled("kubernetes.azure.com/cluster") {
        return Some("aks");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(version: &str, node: Value, expected: Option<&str>) {
        let target = Target {
            kubernetes: version.to_owned(),
            ..Target::default()
        };
        assert_eq!(detect(&target, &[node]), expected, "{version}");
    }

    #[test]
    fn platforms_are_told_apart() {
        check("v1.33.1", json!({}), None);
        check("v1.33.1-gke.100", json!({}), Some("gke"));
        check("v1.33.1-eks-1", json!({}), Some("eks"));
        check("v1.33.1+k3s1", json!({"metadata": {"name": "a"}}), Some("k3s"));
        check(
            "v1.33.1+k3s1",
            json!({"metadata": {"name": "k3d-a-server-0"}}),
            Some("k3d"),
        );
        check(
            "v1.33.1",
            json!({"metadata": {"labels": {"microk8s.io/cluster": "true"}}}),
            Some("microk8s"),
        );
        check(
            "v1.33.1",
            json!({"metadata": {"labels": {"minikube.k8s.io/version": "v1"}}}),
            Some("minikube"),
        );
        check(
            "v1.33.1",
            json!({"spec": {"providerID": "kind://docker/kind/a"}}),
            Some("kind"),
        );
        check(
            "v1.33.1",
            json!({"spec": {"providerID": "azure:///x"}}),
            Some("aks"),
        );
    }
}
