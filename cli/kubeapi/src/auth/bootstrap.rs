//! The roles and bindings every cluster starts with, as clients rely on them.

use serde_json::{Value, json};

/// One rule as text: groups (`core` is the empty one), resources, verbs (`read` and `write` stand for several).
type Rule = (&'static str, &'static str, &'static str);

const TO: &str = "rbac.authorization.k8s.io/aggregate-to-";

const BASIC_USER: &[Rule] = &[
    (
        "authorization.k8s.io",
        "selfsubjectaccessreviews selfsubjectrulesreviews",
        "create",
    ),
    ("authentication.k8s.io", "selfsubjectreviews", "create"),
];

const AUTH_DELEGATOR: &[Rule] = &[
    ("authentication.k8s.io", "tokenreviews", "create"),
    ("authorization.k8s.io", "subjectaccessreviews", "create"),
];

/// What a node's agent does, apart from what the node authorizer decides by its pods.
const NODE: &[Rule] = &[
    ("core", "nodes", "create patch update read"),
    ("core", "nodes/status pods/status", "patch update"),
    ("core", "pods", "create delete read"),
    ("core", "pods/eviction", "create"),
    ("core", "services endpoints namespaces", "read"),
    ("discovery.k8s.io", "endpointslices", "read"),
    ("core events.k8s.io", "events", "create patch update"),
    ("coordination.k8s.io", "leases", "create delete get patch update"),
    ("authentication.k8s.io", "tokenreviews", "create"),
    (
        "authorization.k8s.io",
        "subjectaccessreviews localsubjectaccessreviews",
        "create",
    ),
    ("certificates.k8s.io", "certificatesigningrequests", "create read"),
    ("storage.k8s.io", "csidrivers csinodes volumeattachments", "read"),
    ("node.k8s.io", "runtimeclasses", "read"),
];

const APPS: &str =
    "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale";

const VIEW: &[Rule] = &[
    (
        "core",
        "configmaps endpoints persistentvolumeclaims pods replicationcontrollers services",
        "read",
    ),
    (
        "core",
        "serviceaccounts bindings events limitranges resourcequotas namespaces pods/log pods/status",
        "read",
    ),
    (
        "core",
        "namespaces/status replicationcontrollers/scale services/status",
        "read",
    ),
    ("apps", APPS, "read"),
    (
        "apps",
        "controllerrevisions daemonsets/status deployments/status replicasets/status statefulsets/status",
        "read",
    ),
    (
        "autoscaling",
        "horizontalpodautoscalers horizontalpodautoscalers/status",
        "read",
    ),
    ("batch", "cronjobs jobs cronjobs/status jobs/status", "read"),
    (
        "policy",
        "poddisruptionbudgets poddisruptionbudgets/status",
        "read",
    ),
    ("networking.k8s.io", "ingresses networkpolicies", "read"),
    ("discovery.k8s.io", "endpointslices", "read"),
];

const EDIT: &[Rule] = &[
    (
        "core",
        "pods/attach pods/exec pods/portforward secrets services/proxy",
        "read",
    ),
    (
        "core",
        "pods pods/attach pods/exec pods/portforward serviceaccounts configmaps endpoints events",
        "write",
    ),
    (
        "core",
        "persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets services",
        "write",
    ),
    ("core", "pods/eviction serviceaccounts/token", "create"),
    ("core", "serviceaccounts", "impersonate"),
    ("apps", APPS, "write"),
    ("autoscaling", "horizontalpodautoscalers", "write"),
    ("batch", "cronjobs jobs", "write"),
    ("policy", "poddisruptionbudgets", "write"),
    ("networking.k8s.io", "ingresses networkpolicies", "write"),
    ("coordination.k8s.io", "leases", "read write"),
];

const ADMIN: &[Rule] = &[
    ("authorization.k8s.io", "localsubjectaccessreviews", "create"),
    ("rbac.authorization.k8s.io", "rolebindings roles", "read write"),
];

const METRICS: &[Rule] = &[("metrics.k8s.io", "pods nodes", "read")];

const DISCOVERY_PATHS: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];

const PUBLIC_PATHS: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];

const ISSUER_PATHS: &[&str] = &["/.well-known/openid-configuration", "/openid/v1/jwks"];

fn rule((groups, resources, verbs): &Rule) -> Value {
    let groups: Vec<&str> = groups
        .split(' ')
        .map(|group| if group == "core" { "" } else { group })
        .collect();
    let resources: Vec<&str> = resources.split(' ').collect();
    let verbs: Vec<&str> = verbs
        .split(' ')
        .flat_map(|verb| match verb {
            "read" => vec!["get", "list", "watch"],
            "write" => vec!["create", "delete", "deletecollection", "patch", "update"],
            other => vec![other],
        })
        .collect();
    json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
}

fn paths(paths: &[&str]) -> Value {
    json!({ "verbs": ["get"], "nonResourceURLs": paths })
}

/// A role; `aggregated` names the roles that include it.
fn role(name: &str, aggregated: &[&str], rules: &[Value]) -> Value {
    let mut labels = json!({ "kubernetes.io/bootstrapping": "rbac-defaults" });
    for into in aggregated {
        labels[format!("{TO}{into}")] = "true".into();
    }
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {
            "name": name, "labels": labels,
            "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
        },
        "rules": rules,
    })
}

fn from_rules(name: &str, aggregated: &[&str], rules: &[Rule]) -> Value {
    role(name, aggregated, &rules.iter().map(rule).collect::<Vec<_>>())
}

fn aggregate(name: &str, into: &[&str]) -> Value {
    let mut role = role(name, into, &[]);
    let by = format!("{TO}{name}");
    role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": { by: "true" } }] });
    role
}

/// The default cluster roles.
pub(crate) fn cluster_roles() -> Vec<Value> {
    let everything = vec![
        json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }),
        json!({ "nonResourceURLs": ["*"], "verbs": ["*"] }),
    ];
    vec![
        role("cluster-admin", &[], &everything),
        role("system:discovery", &[], &[paths(DISCOVERY_PATHS)]),
        role("system:public-info-viewer", &[], &[paths(PUBLIC_PATHS)]),
        role(
            "system:service-account-issuer-discovery",
            &[],
            &[paths(ISSUER_PATHS)],
        ),
        from_rules("system:basic-user", &[], BASIC_USER),
        from_rules("system:auth-delegator", &[], AUTH_DELEGATOR),
        from_rules("system:node", &[], NODE),
        aggregate("admin", &[]),
        aggregate("edit", &["admin"]),
        aggregate("view", &["edit"]),
        from_rules("system:aggregate-to-admin", &["admin"], ADMIN),
        from_rules("system:aggregate-to-edit", &["edit"], EDIT),
        from_rules("system:aggregate-to-view", &["view"], VIEW),
        from_rules(
            "system:aggregated-metrics-reader",
            &["view", "edit", "admin"],
            METRICS,
        ),
    ]
}

fn binding(name: &str, groups: &[&str]) -> Value {
    let subjects: Vec<Value> = groups
        .iter()
        .map(|group| json!({ "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": group }))
        .collect();
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {
            "name": name, "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" },
            "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
        },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name },
        "subjects": subjects,
    })
}

/// The default cluster role bindings.
pub(crate) fn cluster_role_bindings() -> Vec<Value> {
    vec![
        binding("cluster-admin", &["system:masters"]),
        binding("system:discovery", &["system:authenticated"]),
        binding("system:basic-user", &["system:authenticated"]),
        binding(
            "system:public-info-viewer",
            &["system:authenticated", "system:unauthenticated"],
        ),
        binding(
            "system:service-account-issuer-discovery",
            &["system:serviceaccounts"],
        ),
        binding("system:node", &["system:nodes"]),
    ]
}
