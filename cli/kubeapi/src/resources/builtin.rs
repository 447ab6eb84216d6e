//! The built-in resources, as one table.

use super::{Backing, Resource, Subresource, collection_name};

const FULL: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
const CREATE: &[&str] = &["create"];
const READ: &[&str] = &["get", "list"];
const EDIT: &[&str] = &["get", "patch", "update"];

/// One line of the table: group/version, kind, plural, short names, categories, scope, subresources.
struct Row(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    char,
    &'static str,
);

#[rustfmt::skip]
const STORED: &[Row] = &[
    Row("v1", "ConfigMap", "configmaps", "cm", "", 'n', ""),
    Row("v1", "Endpoints", "endpoints", "ep", "", 'n', ""),
    Row("v1", "Event", "events", "ev", "", 'n', ""),
    Row("v1", "LimitRange", "limitranges", "limits", "", 'n', ""),
    Row("v1", "Namespace", "namespaces", "ns", "", 'c', "status finalize"),
    Row("v1", "Node", "nodes", "no", "", 'c', "status"),
    Row("v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", "", 'n', "status"),
    Row("v1", "PersistentVolume", "persistentvolumes", "pv", "", 'c', "status"),
    Row("v1", "Pod", "pods", "po", "all", 'n', "status binding eviction log exec attach portforward"),
    Row("v1", "PodTemplate", "podtemplates", "", "", 'n', ""),
    Row("v1", "ReplicationController", "replicationcontrollers", "rc", "all", 'n', "status scale"),
    Row("v1", "ResourceQuota", "resourcequotas", "quota", "", 'n', "status"),
    Row("v1", "Secret", "secrets", "", "", 'n', ""),
    Row("v1", "ServiceAccount", "serviceaccounts", "sa", "", 'n', "token"),
    Row("v1", "Service", "services", "svc", "all", 'n', "status"),
    Row("apps/v1", "ControllerRevision", "controllerrevisions", "", "", 'n', ""),
    Row("apps/v1", "DaemonSet", "daemonsets", "ds", "all", 'n', "status"),
    Row("apps/v1", "Deployment", "deployments", "deploy", "all", 'n', "status scale"),
    Row("apps/v1", "ReplicaSet", "replicasets", "rs", "all", 'n', "status scale"),
    Row("apps/v1", "StatefulSet", "statefulsets", "sts", "all", 'n', "status scale"),
    Row("batch/v1", "CronJob", "cronjobs", "cj", "all", 'n', "status"),
    Row("batch/v1", "Job", "jobs", "", "all", 'n', "status"),
    Row("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", "all", 'n', "status"),
    Row("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", "", 'n', "status"),
    Row("networking.k8s.io/v1", "IngressClass", "ingressclasses", "", "", 'c', ""),
    Row("networking.k8s.io/v1", "Ingress", "ingresses", "ing", "", 'n', "status"),
    Row("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", "netpol", "", 'n', ""),
    Row("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", "", "", 'n', ""),
    Row("coordination.k8s.io/v1", "Lease", "leases", "", "", 'n', ""),
    Row("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", "", "", 'c', ""),
    Row("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", "", "", 'c', ""),
    Row("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", "", "", 'n', ""),
    Row("rbac.authorization.k8s.io/v1", "Role", "roles", "", "", 'n', ""),
    Row("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "", "api-extensions", 'c', ""),
    Row("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", "", "api-extensions", 'c', "status"),
    Row("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "", "api-extensions", 'c', ""),
    Row("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "", "api-extensions", 'c', ""),
    Row("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "crd,crds", "api-extensions", 'c', "status"),
    Row("apiregistration.k8s.io/v1", "APIService", "apiservices", "", "api-extensions", 'c', "status"),
    Row("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", "pc", "", 'c', ""),
    Row("storage.k8s.io/v1", "StorageClass", "storageclasses", "sc", "", 'c', ""),
    Row("storage.k8s.io/v1", "CSIDriver", "csidrivers", "", "", 'c', ""),
    Row("storage.k8s.io/v1", "CSINode", "csinodes", "", "", 'c', ""),
    Row("storage.k8s.io/v1", "VolumeAttachment", "volumeattachments", "", "", 'c', "status"),
    Row("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", "", "", 'c', ""),
    Row("certificates.k8s.io/v1", "CertificateSigningRequest", "certificatesigningrequests", "csr", "", 'c', "status approval"),
    Row("events.k8s.io/v1", "Event", "events", "ev", "", 'n', ""),
];

/// Answered by code: group/version, kind, plural, scope, verbs.
#[rustfmt::skip]
const VIRTUAL: &[(&str, &str, &str, char, &[&str])] = &[
    ("v1", "Binding", "bindings", 'n', CREATE),
    ("v1", "ComponentStatus", "componentstatuses", 'c', READ),
    ("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", 'c', CREATE),
    ("authentication.k8s.io/v1", "TokenReview", "tokenreviews", 'c', CREATE),
    ("authorization.k8s.io/v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", 'n', CREATE),
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", 'c', CREATE),
    ("authorization.k8s.io/v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", 'c', CREATE),
    ("authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", 'c', CREATE),
    ("metrics.k8s.io/v1beta1", "NodeMetrics", "nodes", 'c', READ),
    ("metrics.k8s.io/v1beta1", "PodMetrics", "pods", 'n', READ),
];

/// The built-in resources in the order of discovery.
pub(super) fn all() -> Vec<Resource> {
    let stored = STORED.iter().map(stored);
    let virtuals = VIRTUAL.iter().map(virtual_resource);
    stored.chain(virtuals).collect()
}

fn split(group_version: &str) -> (String, String) {
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    (group.to_owned(), version.to_owned())
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|word| (*word).to_owned()).collect()
}

fn listed(text: &str) -> Vec<String> {
    text.split(',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn stored(row: &Row) -> Resource {
    let Row(group_version, kind, plural, short, categories, scope, subresources) = row;
    let (group, version) = split(group_version);
    // both event APIs show the same objects
    let collection = match *plural {
        "events" => collection_name("", "events"),
        _ => collection_name(&group, plural),
    };
    Resource {
        kind: (*kind).to_owned(),
        list_kind: format!("{kind}List"),
        plural: (*plural).to_owned(),
        singular: kind.to_lowercase(),
        short_names: listed(short),
        categories: listed(categories),
        namespaced: *scope == 'n',
        verbs: words(FULL),
        subresources: subresources
            .split_whitespace()
            .map(|name| subresource(kind, name))
            .collect(),
        backing: Backing::Stored,
        collection,
        custom: None,
        group,
        version,
    }
}

fn subresource(parent: &str, name: &str) -> Subresource {
    let own = |kind: &str, verbs: &[&str]| Subresource {
        name: name.to_owned(),
        kind: kind.to_owned(),
        group_version: None,
        verbs: words(verbs),
    };
    let foreign = |kind: &str, group: &str, version: &str, verbs: &[&str]| Subresource {
        group_version: Some((group.to_owned(), version.to_owned())),
        ..own(kind, verbs)
    };
    match name {
        "scale" => foreign("Scale", "autoscaling", "v1", EDIT),
        "eviction" => foreign("Eviction", "policy", "v1", CREATE),
        "token" => foreign("TokenRequest", "authentication.k8s.io", "v1", CREATE),
        "binding" => own("Binding", CREATE),
        "finalize" => own(parent, &["update"]),
        "log" => own(parent, &["get"]),
        "exec" => own("PodExecOptions", &["create", "get"]),
        "attach" => own("PodAttachOptions", &["create", "get"]),
        "portforward" => own("PodPortForwardOptions", &["create", "get"]),
        _ => own(parent, EDIT),
    }
}

fn virtual_resource(
    (group_version, kind, plural, scope, verbs): &(&str, &str, &str, char, &[&str]),
) -> Resource {
    let (group, version) = split(group_version);
    Resource {
        kind: (*kind).to_owned(),
        list_kind: format!("{kind}List"),
        plural: (*plural).to_owned(),
        singular: if group == "metrics.k8s.io" {
            String::new()
        } else {
            kind.to_lowercase()
        },
        short_names: if *plural == "componentstatuses" {
            vec!["cs".to_owned()]
        } else {
            Vec::new()
        },
        categories: Vec::new(),
        namespaced: *scope == 'n',
        verbs: words(verbs),
        subresources: Vec::new(),
        backing: Backing::Virtual,
        collection: collection_name(&group, plural),
        custom: None,
        group,
        version,
    }
}
