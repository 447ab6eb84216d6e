//! The custom resources that the control plane reads, with only the fields it acts on (`crds.md`).
//!
//! Enumerations are plain strings: one object with a value from the future must not fail a whole list.

use std::collections::BTreeMap;

use kube::CustomResource;
use serde::{Deserialize, Serialize};

/// Label selector of policies; only `matchLabels` exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSelector {
    /// Labels that must all be present.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
}

/// What a policy is attached to instead of workloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetRef {
    /// API group, empty for core.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Must be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// `spec` of an AuthorizationPolicy.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "security.istio.io",
    version = "v1",
    kind = "AuthorizationPolicy",
    plural = "authorizationpolicies",
    namespaced,
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthorizationPolicySpec {
    /// Workloads by label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// Older single form of `targetRefs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// Attachment to waypoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_refs: Vec<TargetRef>,
    /// ALLOW when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// For CUSTOM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// Any one must match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Option<Rule>>,
}

/// An external authorizer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provider {
    /// Its name in the mesh configuration.
    pub name: String,
}

/// One rule: from AND to AND when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Option<RuleFrom>>,
    /// Operations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Option<RuleTo>>,
    /// Conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Option<Condition>>,
}

/// Holder of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleFrom {
    /// The source.
    pub source: Option<Source>,
}

/// Holder of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleTo {
    /// The operation.
    pub operation: Option<Operation>,
}

/// Who may connect. Every field is a list; unknown fields are pruned by the definition's schema.
pub type Source = BTreeMap<String, Vec<String>>;
/// What may be asked for. Every field is a list.
pub type Operation = BTreeMap<String, Vec<String>>;

/// A `when` entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// The attribute.
    pub key: String,
    /// Any of these.
    pub values: Vec<String>,
    /// None of these.
    pub not_values: Vec<String>,
}

/// `spec` of a PeerAuthentication.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "security.istio.io",
    version = "v1",
    kind = "PeerAuthentication",
    plural = "peerauthentications",
    namespaced,
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct PeerAuthenticationSpec {
    /// Workloads by label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<WorkloadSelector>,
    /// The mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtls: Option<MutualTls>,
    /// Modes of single ports; keys are numbers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub port_level_mtls: BTreeMap<String, Option<MutualTls>>,
}

/// Holder of a mode.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MutualTls {
    /// UNSET when absent.
    pub mode: Option<String>,
}

/// `spec` of a ServiceEntry.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "ServiceEntry",
    plural = "serviceentries",
    namespaced,
    status = "ServiceEntryStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceEntrySpec {
    /// One service each.
    pub hosts: Vec<String>,
    /// Virtual addresses.
    pub addresses: Vec<String>,
    /// Ports.
    pub ports: Vec<EntryPort>,
    /// NONE when absent.
    pub resolution: Option<String>,
    /// Inline endpoints.
    pub endpoints: Vec<WorkloadEntrySpec>,
    /// Selects pods and `WorkloadEntry` objects.
    pub workload_selector: Option<EntrySelector>,
    /// Extra identities.
    pub subject_alt_names: Vec<String>,
}

/// `status` of a ServiceEntry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceEntryStatus {
    /// Allocated addresses.
    pub addresses: Vec<EntryAddress>,
}

/// One allocated address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntryAddress {
    /// The address.
    pub value: String,
    /// The host it belongs to.
    pub host: String,
}

/// One port of a ServiceEntry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntryPort {
    /// Service port.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Protocol hint.
    pub protocol: String,
    /// Port at the endpoint.
    pub target_port: Option<u32>,
}

/// Label selector of a ServiceEntry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntrySelector {
    /// Labels that must all be present.
    pub labels: BTreeMap<String, String>,
}

/// `spec` of a WorkloadEntry, also used for inline endpoints.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "networking.istio.io",
    version = "v1",
    kind = "WorkloadEntry",
    plural = "workloadentries",
    namespaced,
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadEntrySpec {
    /// Address or host name.
    pub address: String,
    /// Target ports by name.
    pub ports: BTreeMap<String, u32>,
    /// Labels for selection.
    pub labels: BTreeMap<String, String>,
    /// Network.
    pub network: String,
    /// `region/zone/subzone`.
    pub locality: String,
    /// Load-balancing weight.
    pub weight: u32,
    /// Account of its identity.
    pub service_account: String,
}
