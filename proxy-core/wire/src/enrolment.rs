//! What a node agent tells of its pods at `GET /enrolment`: the four signals of `spec/cli.md` 8.2 and their
//! age. (pure)
//!
//! Ages are in whole seconds. A field that an older agent does not send reads as its default.

use serde::{Deserialize, Serialize};

/// The whole document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Report {
    /// Version of the agent.
    pub version: String,
    /// Its node.
    pub node: String,
    /// How many proxies are connected to it.
    pub proxies: usize,
    /// Pods of the node that it knows of.
    pub pods: Vec<Pod>,
}

/// One pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    /// UID of the object.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Where it stands, once it was looked at.
    pub state: Option<String>,
    /// Since when.
    pub state_seconds: Option<u64>,
    /// What is in the way.
    pub error: Option<String>,
    /// Signal 1.
    pub intent: Intent,
    /// Signal 2: the value of the annotation that says it is captured.
    pub annotation: Option<String>,
    /// For how long it has said so, as far as the agent has seen.
    pub annotation_seconds: Option<u64>,
    /// Signal 3.
    pub proxy: Proxy,
    /// Signal 4.
    pub rules: Rules,
    /// Inode of its network namespace.
    pub network_namespace: Option<u64>,
}

/// Whether a pod is to be captured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Intent {
    /// Whether it is.
    pub capture: bool,
    /// Why not.
    pub reason: Option<String>,
    /// For how long it has been so, as far as the agent has seen.
    pub age_seconds: Option<u64>,
}

/// What the proxy acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Proxy {
    /// Whether it serves the pod; unknown until it was asked.
    pub serves: Option<bool>,
    /// When that was learnt.
    pub age_seconds: Option<u64>,
}

/// What was found in the pod's network namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// Whether the rules are there.
    pub in_place: bool,
    /// When they were seen.
    pub age_seconds: Option<u64>,
    /// Whether all of the proxy's sockets listen there.
    pub listeners: bool,
    /// Connections from before it joined that go on beside the mesh.
    pub preserved_connections: usize,
    /// Connections that went beside the mesh while the rules were away, as far as they were seen.
    pub bypassed_connections: u64,
    /// What those had carried by then, in bytes.
    pub bypassed_bytes: u64,
}

impl Report {
    /// One pod, by its name.
    #[must_use]
    pub fn find(&self, namespace: &str, name: &str) -> Option<&Pod> {
        self.pods
            .iter()
            .find(|pod| pod.name == name && pod.namespace == namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_signals_are_null_and_not_false() {
        let text = serde_json::to_string(&Pod::default()).unwrap();
        assert!(
            text.contains(r#""proxy":{"serves":null,"ageSeconds":null}"#)
                && text.contains(r#""rules":{"inPlace":false,"ageSeconds":null,"listeners":false,"preservedConnections":0,"bypassedConnections":0,"bypassedBytes":0}"#),
            "{text}"
        );
    }

    #[test]
    fn what_an_older_agent_does_not_send_is_no_error() {
        let report: Report = serde_json::from_str(r#"{"pods":[{"namespace":"a","name":"b"}]}"#).unwrap();
        assert!(!report.find("a", "b").unwrap().rules.in_place);
        assert_eq!(report.find("b", "a"), None);
    }
}
