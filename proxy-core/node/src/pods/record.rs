//! A pod as this agent needs it: a few fields of the object, the rest is never kept.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;
use kube::core::{ApiResource, Object};
use mesh_wire::well_known::annotation;
use serde::{Deserialize, Serialize};

use super::Uid;
use crate::enroll::{self, Labels, PodFacts, PodNetwork, Stage};

/// What of a pod's specification matters here.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimSpec {
    service_account_name: String,
    host_network: bool,
}

/// What of a pod's status matters here.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimStatus {
    phase: String,
    #[serde(rename = "podIP")]
    pod_ip: String,
    #[serde(rename = "podIPs")]
    pod_ips: Vec<SlimIp>,
    container_statuses: Vec<SlimContainer>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct SlimContainer {
    state: SlimState,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct SlimState {
    running: Option<SlimRunning>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct SlimRunning {
    started_at: String,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct SlimIp {
    ip: String,
}

/// A pod object without what is not needed.
pub type SlimPod = Object<SlimSpec, SlimStatus>;

/// How pods are asked for.
#[must_use]
pub fn resource() -> ApiResource {
    ApiResource::erase::<Pod>(&())
}

/// What the agent says about a pod in its annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirection {
    /// Rules in place, the proxy serves it.
    Enabled,
    /// Rules in place, the proxy does not serve it yet.
    Pending,
}

impl Redirection {
    /// As annotations spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => annotation::REDIRECTION_ENABLED,
            Self::Pending => annotation::REDIRECTION_PENDING,
        }
    }

    /// What an annotation says; anything unknown must be written anew.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Pending]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodRecord {
    /// Its uid.
    pub uid: Uid,
    /// What decides about it.
    pub facts: PodFacts,
    /// Its service account.
    pub account: String,
    /// Its addresses, if it has any yet.
    pub addresses: Vec<IpAddr>,
    /// When the last of its containers was started; empty while none runs. Times of the API sort as text.
    pub started: String,
    /// How often, since it is known here, its sandbox may have become another one.
    pub doubts: u64,
}

impl Default for PodRecord {
    fn default() -> Self {
        Self {
            uid: "".into(),
            facts: PodFacts::default(),
            account: String::new(),
            addresses: Vec::new(),
            started: String::new(),
            doubts: 0,
        }
    }
}

impl PodRecord {
    /// Reads an object; none without a uid.
    #[must_use]
    pub fn read(pod: SlimPod) -> Option<Self> {
        let (meta, spec) = (pod.metadata, pod.spec);
        let status = pod.status.unwrap_or_default();
        let mut addresses: Vec<IpAddr> = status
            .pod_ips
            .iter()
            .filter_map(|one| one.ip.parse().ok())
            .collect();
        let running = status.container_statuses.into_iter();
        let started = running.filter_map(|one| Some(one.state.running?.started_at));
        let started = started.max().unwrap_or_default();
        if let (true, Ok(address)) = (addresses.is_empty(), status.pod_ip.parse()) {
            addresses.push(address);
        }
        Some(Self {
            uid: meta.uid?.into(),
            facts: PodFacts {
                namespace: meta.namespace.unwrap_or_default(),
                name: meta.name.unwrap_or_default(),
                labels: meta.labels.unwrap_or_default(),
                annotations: kept(meta.annotations.unwrap_or_default()),
                stage: match status.phase.as_str() {
                    "Succeeded" | "Failed" => Stage::Finished,
                    _ => Stage::Live,
                },
                network: if spec.host_network {
                    PodNetwork::Host
                } else {
                    PodNetwork::Own
                },
            },
            account: match spec.service_account_name.as_str() {
                "" => mesh_wire::well_known::name::DEFAULT_ACCOUNT.to_owned(),
                name => name.to_owned(),
            },
            addresses,
            started,
            doubts: 0,
        })
    }

    /// What the annotation says now.
    #[must_use]
    pub fn redirection(&self) -> Option<Redirection> {
        self.annotation().and_then(Redirection::read)
    }

    /// The annotation, whatever it says.
    #[must_use]
    pub fn annotation(&self) -> Option<&str> {
        self.facts
            .annotations
            .get(annotation::REDIRECTION)
            .map(String::as_str)
    }

    /// Follows what was known: what was so at `before` may not be so any more when containers were started again, or
    /// when somebody asks for another look.
    pub fn follow(&mut self, before: &Self) {
        self.doubts = before.doubts + u64::from(self.is_doubtful_since(before));
    }

    fn is_doubtful_since(&self, before: &Self) -> bool {
        let asked = |pod: &Self| pod.facts.annotations.get(annotation::LOOK_AGAIN).cloned();
        let has_restarted = !before.started.is_empty() && self.started > before.started;
        has_restarted || asked(self) != asked(before)
    }

    /// Whether it succeeded or failed.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.facts.stage == Stage::Finished
    }
}

/// The annotations that somebody here reads; others hold whole objects, and may be larger than all else together.
fn kept(mut all: Labels) -> Labels {
    all.retain(|key, _| enroll::ANNOTATIONS.contains(&key.as_str()));
    if let Some(status) = all.get_mut(annotation::SIDECAR_STATUS) {
        // that it is there is enough
        status.clear();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_that_matter_are_read_and_the_rest_is_ignored() {
        let object = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "shop", "uid": "u", "managedFields": [{"manager": "x"}],
                "annotations": {"ambient.istio.io/redirection": "pending", "sidecar.istio.io/status": "{}",
                    "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
            "spec": {"containers": [{"name": "c"}], "hostNetwork": true},
            "status": {"phase": "Failed", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}],
                "containerStatuses": [{"name": "d", "state": {"waiting": {}}},
                    {"name": "c", "state": {"running": {"startedAt": "2026-01-01T00:00:01Z"}}}]},
        });
        let pod = PodRecord::read(serde_json::from_value(object).unwrap()).unwrap();
        assert_eq!((&*pod.uid, pod.account.as_str()), ("u", "default"));
        assert_eq!(pod.addresses.len(), 2);
        assert_eq!(pod.started, "2026-01-01T00:00:01Z");
        assert!(pod.is_finished());
        assert_eq!(pod.facts.network, PodNetwork::Host);
        assert_eq!(pod.redirection(), Some(Redirection::Pending));
        let kept: Vec<&str> = pod.facts.annotations.keys().map(String::as_str).collect();
        assert_eq!(kept, ["ambient.istio.io/redirection", "sidecar.istio.io/status"]);
    }

    #[test]
    fn a_restart_or_a_wish_makes_the_sandbox_doubtful() {
        let at = |started: &str, wish: Option<&str>| {
            let mut pod = PodRecord {
                started: started.to_owned(),
                ..PodRecord::default()
            };
            if let Some(wish) = wish {
                pod.facts
                    .annotations
                    .insert(annotation::LOOK_AGAIN.to_owned(), wish.to_owned());
            }
            pod
        };
        let before = at("2026-01-01T00:00:01Z", None);
        assert!(at("2026-01-01T00:00:02Z", None).is_doubtful_since(&before));
        assert!(at("2026-01-01T00:00:01Z", Some("now")).is_doubtful_since(&before));
        // the first start follows the plugin; nobody runs while a container waits to be restarted
        assert!(!before.is_doubtful_since(&at("", None)));
        assert!(!at("", None).is_doubtful_since(&before) && !before.is_doubtful_since(&before));
    }

    #[test]
    fn a_pod_that_has_just_been_made_has_no_status() {
        let object = json!({"metadata": {"name": "a", "uid": "u"}, "spec": {"containers": []}});
        let pod = PodRecord::read(serde_json::from_value(object).unwrap()).unwrap();
        assert!(pod.addresses.is_empty() && !pod.is_finished());
    }
}
