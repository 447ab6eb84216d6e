//! The roles and bindings every cluster starts with, as clients rely on them.

use serde_json::{Value, json};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
}

fn role(name: &str, labels: &Value, rules: &[Value]) -> Value {
    let mut labels = labels.clone();
    labels["kubernetes.io/bootstrapping"] = "rbac-defaults".into();
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": { "name": name, "labels": labels, "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" } },
        "rules": rules,
    })
}

fn aggregate(name: &str, by: &str, also: &Value) -> Value {
    let mut role = role(name, also, &[]);
    role["rules"] = Value::Null;
    role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": { by: "true" } }] });
    role
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

/// The default cluster roles.
pub(crate) fn cluster_roles() -> Vec<Value> {
    let none = json!({});
    let mut roles = vec![
        role(
            "cluster-admin",
            &none,
            &[
                rule(&["*"], &["*"], &["*"]),
                json!({ "nonResourceURLs": ["*"], "verbs": ["*"] }),
            ],
        ),
        role(
            "system:discovery",
            &none,
            &[json!({ "verbs": ["get"], "nonResourceURLs": [
            "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/",
        ] })],
        ),
        role(
            "system:public-info-viewer",
            &none,
            &[json!({ "verbs": ["get"], "nonResourceURLs": [
            "/healthz", "/livez", "/readyz", "/version", "/version/",
        ] })],
        ),
        role(
            "system:basic-user",
            &none,
            &[
                rule(
                    &["authorization.k8s.io"],
                    &["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
                    &["create"],
                ),
                rule(&["authentication.k8s.io"], &["selfsubjectreviews"], &["create"]),
            ],
        ),
        role(
            "system:service-account-issuer-discovery",
            &none,
            &[json!({ "verbs": ["get"], "nonResourceURLs": [
            "/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/",
        ] })],
        ),
        role(
            "system:auth-delegator",
            &none,
            &[
                rule(&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
                rule(&["authorization.k8s.io"], &["subjectaccessreviews"], &["create"]),
            ],
        ),
        node_role(),
    ];
    roles.extend(user_roles());
    roles
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

/// What a node's agent does, apart from what the node authorizer decides by its pods.
fn node_role() -> Value {
    role(
        "system:node",
        &json!({}),
        &[
            rule(
                &[""],
                &["nodes"],
                &["create", "get", "list", "watch", "patch", "update"],
            ),
            rule(&[""], &["nodes/status"], &["patch", "update"]),
            rule(&[""], &["pods"], &["create", "delete", "get", "list", "watch"]),
            rule(&[""], &["pods/status"], &["patch", "update"]),
            rule(&[""], &["pods/eviction"], &["create"]),
            rule(&[""], &["services", "endpoints", "namespaces"], READ),
            rule(&["discovery.k8s.io"], &["endpointslices"], READ),
            rule(
                &["", "events.k8s.io"],
                &["events"],
                &["create", "patch", "update"],
            ),
            rule(
                &["coordination.k8s.io"],
                &["leases"],
                &["create", "delete", "get", "patch", "update"],
            ),
            rule(&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
            rule(
                &["authorization.k8s.io"],
                &["subjectaccessreviews", "localsubjectaccessreviews"],
                &["create"],
            ),
            rule(
                &["certificates.k8s.io"],
                &["certificatesigningrequests"],
                &["create", "get", "list", "watch"],
            ),
            rule(
                &["storage.k8s.io"],
                &["csidrivers", "csinodes", "volumeattachments"],
                READ,
            ),
            rule(&["node.k8s.io"], &["runtimeclasses"], READ),
        ],
    )
}

/// `admin`, `edit`, `view` and the roles they aggregate.
fn user_roles() -> Vec<Value> {
    const TO: &str = "rbac.authorization.k8s.io/aggregate-to-";
    let to = |who: &str| json!({ (format!("{TO}{who}")): "true" });
    let core = [
        "configmaps",
        "endpoints",
        "persistentvolumeclaims",
        "pods",
        "replicationcontrollers",
        "services",
    ];
    let apps = [
        "daemonsets",
        "deployments",
        "deployments/scale",
        "replicasets",
        "replicasets/scale",
        "statefulsets",
        "statefulsets/scale",
    ];
    let net = ["ingresses", "networkpolicies"];
    let view = [
        rule(&[""], &core, READ),
        rule(
            &[""],
            &[
                "serviceaccounts",
                "bindings",
                "events",
                "limitranges",
                "resourcequotas",
                "namespaces",
            ],
            READ,
        ),
        rule(
            &[""],
            &[
                "pods/log",
                "pods/status",
                "namespaces/status",
                "replicationcontrollers/scale",
                "services/status",
            ],
            READ,
        ),
        rule(&["apps"], &apps, READ),
        rule(
            &["apps"],
            &[
                "controllerrevisions",
                "daemonsets/status",
                "deployments/status",
                "replicasets/status",
                "statefulsets/status",
            ],
            READ,
        ),
        rule(
            &["autoscaling"],
            &["horizontalpodautoscalers", "horizontalpodautoscalers/status"],
            READ,
        ),
        rule(
            &["batch"],
            &["cronjobs", "jobs", "cronjobs/status", "jobs/status"],
            READ,
        ),
        rule(
            &["policy"],
            &["poddisruptionbudgets", "poddisruptionbudgets/status"],
            READ,
        ),
        rule(&["networking.k8s.io"], &net, READ),
        rule(&["discovery.k8s.io"], &["endpointslices"], READ),
    ];
    let edit = [
        rule(
            &[""],
            &[
                "pods/attach",
                "pods/exec",
                "pods/portforward",
                "secrets",
                "services/proxy",
            ],
            READ,
        ),
        rule(
            &[""],
            &[
                "pods",
                "pods/attach",
                "pods/exec",
                "pods/portforward",
                "serviceaccounts",
                "configmaps",
                "endpoints",
            ],
            WRITE,
        ),
        rule(
            &[""],
            &[
                "persistentvolumeclaims",
                "replicationcontrollers",
                "replicationcontrollers/scale",
                "secrets",
                "services",
                "events",
            ],
            WRITE,
        ),
        rule(&[""], &["pods/eviction", "serviceaccounts/token"], &["create"]),
        rule(&[""], &["serviceaccounts"], &["impersonate"]),
        rule(&["apps"], &apps, WRITE),
        rule(&["autoscaling"], &["horizontalpodautoscalers"], WRITE),
        rule(&["batch"], &["cronjobs", "jobs"], WRITE),
        rule(&["policy"], &["poddisruptionbudgets"], WRITE),
        rule(&["networking.k8s.io"], &net, WRITE),
        rule(&["coordination.k8s.io"], &["leases"], &[READ, WRITE].concat()),
    ];
    let admin = [
        rule(
            &["authorization.k8s.io"],
            &["localsubjectaccessreviews"],
            &["create"],
        ),
        rule(
            &["rbac.authorization.k8s.io"],
            &["rolebindings", "roles"],
            &[READ, WRITE].concat(),
        ),
    ];
    let metrics = json!({ (format!("{TO}view")): "true", (format!("{TO}edit")): "true", (format!("{TO}admin")): "true" });
    vec![
        aggregate("admin", &format!("{TO}admin"), &json!({})),
        aggregate("edit", &format!("{TO}edit"), &to("admin")),
        aggregate("view", &format!("{TO}view"), &to("edit")),
        role("system:aggregate-to-admin", &to("admin"), &admin),
        role("system:aggregate-to-edit", &to("edit"), &edit),
        role("system:aggregate-to-view", &to("view"), &view),
        role(
            "system:aggregated-metrics-reader",
            &metrics,
            &[rule(&["metrics.k8s.io"], &["pods", "nodes"], READ)],
        ),
    ]
}
