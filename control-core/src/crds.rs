//! The custom resources that the control plane reads, with only the fields it acts on (`crds.md`).
//!
//! Enumerations are plain strings: one object with a value from the future must not fail a whole list.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::TypeMeta;
use kube::{CustomResource, Resource};
use serde::{Deserialize, Serialize};

/// Label selector of policies; only `matchLabels` exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSelector {
    /// Labels that must all be present.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
}

/// An AuthorizationPolicy. Without a `spec` it allows nothing in its namespace.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
#[resource(inherit = AuthorizationPolicyKind)]
pub struct AuthorizationPolicy {
    /// Version and kind.
    #[serde(flatten, default)]
    pub types: Option<TypeMeta>,
    /// Name and the like.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is wanted.
    #[serde(default)]
    pub spec: AuthorizationPolicySpec,
    /// What it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ObjectStatus>,
}

/// A PeerAuthentication. Without a `spec` it says nothing.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
#[resource(inherit = PeerAuthenticationKind)]
pub struct PeerAuthentication {
    /// Version and kind.
    #[serde(flatten, default)]
    pub types: Option<TypeMeta>,
    /// Name and the like.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is wanted.
    #[serde(default)]
    pub spec: PeerAuthenticationSpec,
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
    root = "AuthorizationPolicyKind",
    plural = "authorizationpolicies",
    namespaced,
    status = "ObjectStatus",
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
    root = "PeerAuthenticationKind",
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
    /// Conditions.
    pub conditions: Vec<StoredCondition>,
}

/// `status` where only conditions matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectStatus {
    /// Conditions.
    pub conditions: Vec<StoredCondition>,
}

/// A condition as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StoredCondition {
    /// Type.
    pub r#type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// A number, or a number as text: old writers stored that.
    pub observed_generation: serde_json::Value,
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
    status = "ObjectStatus",
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

/// `spec` of a Gateway, as far as waypoints and network gateways need it (`crds.md` 8).
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "gateway.networking.k8s.io",
    version = "v1",
    kind = "Gateway",
    plural = "gateways",
    namespaced,
    status = "GatewayStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySpec {
    /// The class.
    pub gateway_class_name: String,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// Addresses that are given: somebody else runs it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<serde_json::Value>,
    /// What those who run it are to heed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure: Option<Infrastructure>,
}

/// `spec.infrastructure` of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Infrastructure {
    /// For every object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// For every object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Where more is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters_ref: Option<ParametersRef>,
}

/// An object of the Gateway's namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParametersRef {
    /// Its group; empty is the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u32,
    /// Free text; `HBONE` and `istio.io/PROXY` matter.
    pub protocol: String,
    /// TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<ListenerTls>,
    /// Who may attach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_routes: Option<AllowedRoutes>,
}

/// TLS of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListenerTls {
    /// `Terminate` or `Passthrough`.
    pub mode: String,
}

/// Who may attach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AllowedRoutes {
    /// By namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<RouteNamespaces>,
}

/// Namespaces that may attach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteNamespaces {
    /// `Same`, `All` or `Selector`.
    pub from: String,
    /// By labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<crate::model::selector::Selector>,
}

/// `status` of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GatewayStatus {
    /// Where it can be reached.
    pub addresses: Vec<StatusAddress>,
    /// What it is told about itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<StoredCondition>,
}

/// One address of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusAddress {
    /// `IPAddress` or `Hostname`.
    pub r#type: String,
    /// The address.
    pub value: String,
}

/// `spec` of a `GatewayClass`.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "gateway.networking.k8s.io",
    version = "v1",
    kind = "GatewayClass",
    plural = "gatewayclasses",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayClassSpec {
    /// Who runs its Gateways.
    pub controller_name: String,
}
