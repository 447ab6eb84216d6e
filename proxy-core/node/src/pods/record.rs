//! A pod as this agent needs it: a few fields of the object, the rest is never kept.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;
use kube::core::{ApiResource, Object};
use mesh_wire::well_known::annotation;
use serde::{Deserialize, Serialize};

use super::Uid;
use crate::enroll::{PodFacts, PodNetwork, Stage};

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
}

impl Default for PodRecord {
    fn default() -> Self {
        Self {
            uid: "".into(),
            facts: PodFacts::default(),
            account: String::new(),
            addresses: Vec::new(),
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
        if let (true, Ok(address)) = (addresses.is_empty(), status.pod_ip.parse()) {
            addresses.push(address);
        }
        Some(Self {
            uid: meta.uid?.into(),
            facts: PodFacts {
                namespace: meta.namespace.unwrap_or_default(),
                name: meta.name.unwrap_or_default(),
                labels: meta.labels.unwrap_or_default(),
                annotations: meta.annotations.unwrap_or_default(),
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

    /// Whether it succeeded or failed.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.facts.stage == Stage::Finished
    }
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
                "annotations": {"ambient.istio.io/redirection": "pending"}},
            "spec": {"containers": [{"name": "c"}], "hostNetwork": true},
            "status": {"phase": "Failed", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]},
        });
        let pod = PodRecord::read(serde_json::from_value(object).unwrap()).unwrap();
        assert_eq!((&*pod.uid, pod.account.as_str()), ("u", "default"));
        assert_eq!(pod.addresses.len(), 2);
        assert!(pod.is_finished());
        assert_eq!(pod.facts.network, PodNetwork::Host);
        assert_eq!(pod.redirection(), Some(Redirection::Pending));
    }

    #[test]
    fn a_pod_that_has_just_been_made_has_no_status() {
        let object = json!({"metadata": {"name": "a", "uid": "u"}, "spec": {"containers": []}});
        let pod = PodRecord::read(serde_json::from_value(object).unwrap()).unwrap();
        assert!(pod.addresses.is_empty() && !pod.is_finished());
    }
}
