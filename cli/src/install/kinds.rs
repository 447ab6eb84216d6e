//! The kinds our charts and controllers make: where prune and uninstall look. (pure)

use serde_json::Value;

/// One kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// `apiVersion`.
    pub api_version: &'static str,
    /// `kind`.
    pub kind: &'static str,
}

const fn kind(api_version: &'static str, kind: &'static str) -> Kind {
    Kind { api_version, kind }
}

/// In the order in which they are removed: what acts first, then what it needs; definitions are not here.
pub const REMOVABLE: [Kind; 19] = [
    kind(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
    ),
    kind("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    kind(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicyBinding",
    ),
    kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    kind("apps/v1", "DaemonSet"),
    kind("apps/v1", "Deployment"),
    kind("autoscaling/v2", "HorizontalPodAutoscaler"),
    kind("policy/v1", "PodDisruptionBudget"),
    kind("v1", "Service"),
    kind("networking.k8s.io/v1", "NetworkPolicy"),
    kind("v1", "ResourceQuota"),
    kind("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition"),
    kind("v1", "ConfigMap"),
    kind("v1", "Secret"),
    kind("rbac.authorization.k8s.io/v1", "RoleBinding"),
    kind("rbac.authorization.k8s.io/v1", "Role"),
    kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    kind("rbac.authorization.k8s.io/v1", "ClusterRole"),
    kind("v1", "ServiceAccount"),
];

/// Definitions.
pub const DEFINITION: Kind = kind("apiextensions.k8s.io/v1", "CustomResourceDefinition");

/// The step of an object.
#[must_use]
pub fn rank_of(object: &Value) -> u8 {
    rank(object["kind"].as_str().unwrap_or_default())
}

/// In which step an object is written: what others need comes first (`spec/cli.md` 4).
fn rank(kind: &str) -> u8 {
    match kind {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "ServiceAccount" | "ClusterRole" | "Role" => 2,
        "ClusterRoleBinding" | "RoleBinding" => 3,
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => 4,
        "ConfigMap" | "Secret" | "ResourceQuota" => 5,
        "HorizontalPodAutoscaler" => 7,
        "Service" => 8,
        _ => 6,
    }
}
