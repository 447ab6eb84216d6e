//! The cluster's own objects: who may do what, and cluster DNS.

use crate::addresses;
use crate::error::{Failure, Named, Result};
use crate::life::Report;
use k8s_openapi::api::core::v1::{Node, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{ApiResource, DynamicObject, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::{Api, Client, Config, ResourceExt};
use mesh_kubeapi::ApiServer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Who the controllers are.
pub(super) const CONTROLLERS: &str = "system:kube-controller-manager";
/// The group of the controllers' certificate; what it may do is a role like any other.
pub(super) const CONTROLLERS_GROUP: &str = "system:controllers";
/// Longer than any machine needs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client with a certificate of its own, over the API's inside address.
pub(super) async fn client_of(api: &ApiServer, user: &str, group: &str) -> Result<Client> {
    let what = || format!("cannot make a client for `{user}`");
    let credential = api.credential(user, group).named(what)?;
    let text = api
        .pki()
        .kubeconfig("sandbox", &format!("https://{}", addresses::api()), &credential);
    let kubeconfig = Kubeconfig::from_yaml(&text).named(what)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .named(what)?;
    Client::try_from(config).named(what)
}

/// The administrator's client.
pub(super) async fn admin(api: &ApiServer) -> Result<Client> {
    client_of(api, "kubernetes-admin", "system:masters").await
}

/// Makes the objects that every sandbox starts with.
pub(super) async fn furnish(admin: &Client) -> Result<()> {
    for object in objects() {
        let subject = format!("{} {}", object["kind"], object["metadata"]["name"]);
        let what = || format!("cannot make {subject}");
        let object: DynamicObject = serde_json::from_value(object.clone()).named(what)?;
        let types = object
            .types
            .clone()
            .ok_or_else(|| Failure::new(format!("no kind for {subject}")))?;
        let kind = GroupVersionKind::try_from(types).named(what)?;
        let resource = ApiResource::from_gvk(&kind);
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) => Api::namespaced_with(admin.clone(), &namespace, &resource),
            None => Api::all_with(admin.clone(), &resource),
        };
        match api.create(&PostParams::default(), &object).await {
            Err(kube::Error::Api(refused)) if refused.code == 409 => {}
            other => drop(other.named(what)?),
        }
    }
    Ok(())
}

/// Waits until every node is ready and cluster DNS answers.
pub(super) async fn until_ready(admin: &Client, nodes: u8) -> Result<()> {
    let started = Instant::now();
    let api: Api<Node> = Api::all(admin.clone());
    let mut seen = 0;
    while seen < usize::from(nodes) {
        let list = api
            .list(&ListParams::default())
            .await
            .named(|| "cannot list the nodes".to_owned())?;
        let ready = list.items.iter().filter(|node| is_ready(node)).count();
        if ready > seen {
            seen = ready;
            Report::Progress(format!("{ready} of {nodes} nodes are ready")).send();
        }
        check(started, &format!("{seen} of {nodes} nodes are ready"))?;
        sleep(Duration::from_millis(20)).await;
    }
    let slices: Api<EndpointSlice> = Api::namespaced(admin.clone(), "kube-system");
    loop {
        let list = slices
            .list(&ListParams::default().labels("kubernetes.io/service-name=kube-dns"))
            .await;
        let list = list.named(|| "cannot read the endpoints of cluster DNS".to_owned())?;
        let endpoints = list.items.iter().flat_map(|slice| &slice.endpoints);
        if endpoints
            .filter_map(|one| one.conditions.as_ref())
            .any(|conditions| conditions.ready == Some(true))
        {
            Report::Progress("cluster DNS answers".to_owned()).send();
            return Ok(());
        }
        check(started, "cluster DNS does not answer")?;
        sleep(Duration::from_millis(20)).await;
    }
}

fn check(started: Instant, state: &str) -> Result<()> {
    if started.elapsed() < PATIENCE {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the sandbox is not ready after {} s: {state}",
        PATIENCE.as_secs()
    )))
}

fn is_ready(node: &Node) -> bool {
    let conditions = node
        .status
        .iter()
        .filter_map(|status| status.conditions.as_ref())
        .flatten();
    conditions
        .into_iter()
        .any(|one| one.type_ == "Ready" && one.status == "True")
}

fn objects() -> Vec<Value> {
    let mut objects = controller_roles();
    objects.extend(enforcer_role());
    objects.extend(dns());
    objects
}

fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": groups, "resources": resources, "verbs": verbs})
}

fn role_and_binding(name: &str, rules: &[Value], subject: &Value) -> [Value; 2] {
    let api = "rbac.authorization.k8s.io";
    let version = format!("{api}/v1");
    [
        json!({"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}),
        json!({"apiVersion": version, "kind": "ClusterRoleBinding", "metadata": {"name": name},
               "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name}, "subjects": [subject]}),
    ]
}

fn controller_roles() -> Vec<Value> {
    let read = ["get", "list", "watch"];
    let write = ["create", "delete", "get", "list", "patch", "update", "watch"];
    let rules = [
        rule(&[""], &["nodes", "services"], &read),
        rule(&[""], &["pods", "endpoints"], &write),
        rule(&[""], &["pods/binding"], &["create"]),
        rule(&[""], &["pods/status"], &["patch", "update"]),
        rule(&["discovery.k8s.io"], &["endpointslices"], &write),
        // an endpoint slice of a protected service needs this where it is enforced
        rule(&["discovery.k8s.io"], &["endpointslices/restricted"], &["create"]),
        rule(
            &["apps"],
            &["deployments", "daemonsets", "statefulsets", "replicasets"],
            &write,
        ),
        rule(
            &["apps"],
            &[
                "deployments/status",
                "daemonsets/status",
                "statefulsets/status",
                "replicasets/status",
            ],
            &["patch", "update"],
        ),
        rule(&["batch"], &["jobs"], &write),
        rule(&["batch"], &["jobs/status"], &["patch", "update"]),
    ];
    let subject = json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": CONTROLLERS});
    role_and_binding(CONTROLLERS, &rules, &subject).to_vec()
}

/// Nodes enforce network policies, for which a kubelet's own role is not enough.
fn enforcer_role() -> [Value; 2] {
    let read = ["get", "list", "watch"];
    let rules = [
        rule(&[""], &["namespaces", "pods"], &read),
        rule(&["networking.k8s.io"], &["networkpolicies"], &read),
    ];
    let subject = json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:nodes"});
    role_and_binding("meshctl:network-policies", &rules, &subject)
}

fn dns() -> Vec<Value> {
    let labels = json!({"k8s-app": "kube-dns"});
    let image = format!("{}meshctl:{}", crate::programs::HUB, env!("CARGO_PKG_VERSION"));
    let read = ["list", "watch"];
    let rules = [
        rule(&[""], &["services"], &read),
        rule(&["discovery.k8s.io"], &["endpointslices"], &read),
    ];
    let subject = json!({"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"});
    let mut objects = role_and_binding("system:coredns", &rules, &subject).to_vec();
    let service: Value = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns",
            "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}},
        "spec": {"clusterIP": addresses::DNS_VIP.to_string(), "selector": labels, "ports": [
            {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
        ]},
    });
    debug_assert!(serde_json::from_value::<Service>(service.clone()).is_ok());
    objects.extend([
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "coredns", "namespace": "kube-system"}}),
        service,
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "coredns", "namespace": "kube-system", "labels": labels},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": "coredns", "dnsPolicy": "Default", "terminationGracePeriodSeconds": 1,
                    "priorityClassName": "system-cluster-critical", "tolerations": [{"operator": "Exists"}],
                    "containers": [{
                        "name": "coredns", "image": image, "args": ["sandbox", "__dns"],
                        "ports": [{"name": "dns", "containerPort": 53, "protocol": "UDP"},
                                  {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"}],
                        "readinessProbe": {"tcpSocket": {"port": 53}, "periodSeconds": 5},
                        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
                    }],
                },
            }},
        }),
    ]);
    objects
}
