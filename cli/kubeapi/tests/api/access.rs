//! Who is let in and what they may do: `real-kubernetes.md` §6, behaviour 9, and RBAC.

use k8s_openapi::api::authentication::v1::{
    BoundObjectReference, TokenRequest, TokenRequestSpec, TokenReview, TokenReviewSpec,
};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRole, Role, RoleBinding};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::json;

use crate::common::{Cluster, config_map, pod};

fn code(error: &kube::Error) -> u16 {
    match error {
        kube::Error::Api(status) => status.code,
        other => panic!("not a Status: {other}"),
    }
}

async fn token(cluster: &Cluster, audiences: &[&str], pod: Option<&str>) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.admin(), "default");
    let bound = pod.map(|name| BoundObjectReference {
        kind: Some("Pod".into()),
        name: Some(name.into()),
        ..BoundObjectReference::default()
    });
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
            bound_object_ref: bound,
            expiration_seconds: None,
        },
        ..TokenRequest::default()
    };
    let answer = accounts
        .create_token_request("default", &PostParams::default(), &request)
        .await
        .unwrap();
    answer.status.unwrap().token
}

async fn review(cluster: &Cluster, token: &str, audiences: &[&str]) -> TokenReview {
    let reviews: Api<TokenReview> = Api::all(cluster.admin());
    let audiences = audiences.iter().map(|audience| (*audience).to_owned()).collect();
    let review = TokenReview {
        spec: TokenReviewSpec {
            token: Some(token.to_owned()),
            audiences: Some(audiences),
        },
        ..TokenReview::default()
    };
    reviews.create(&PostParams::default(), &review).await.unwrap()
}

#[tokio::test]
async fn nobody_in_particular_may_only_ask_for_version_and_health() {
    let cluster = Cluster::start().await;
    let anonymous = cluster.with_token(None).await;
    assert!(anonymous.apiserver_version().await.is_ok());
    let maps: Api<ConfigMap> = Api::namespaced(anonymous, "default");
    assert_eq!(code(&maps.list(&ListParams::default()).await.unwrap_err()), 403);
    let stranger = cluster.with_token(Some("a.b.c")).await;
    assert_eq!(code(&stranger.apiserver_version().await.unwrap_err()), 401);
}

#[tokio::test]
async fn an_account_may_what_its_bindings_say_and_no_more() {
    let cluster = Cluster::start().await;
    let token = token(&cluster, &[], None).await;
    let account = cluster.with_token(Some(&token)).await;
    let maps: Api<ConfigMap> = Api::namespaced(account.clone(), "default");
    let refused = maps.list(&ListParams::default()).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("system:serviceaccount:default:default"),
        "{refused}"
    );
    let bindings: Api<RoleBinding> = Api::namespaced(cluster.admin(), "default");
    let binding = json!({
        "metadata": { "name": "viewers" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view" },
        "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": "default" }],
    });
    bindings
        .create(&PostParams::default(), &serde_json::from_value(binding).unwrap())
        .await
        .unwrap();
    assert!(maps.list(&ListParams::default()).await.is_ok());
    assert_eq!(
        code(
            &maps
                .create(&PostParams::default(), &config_map("a", "1"))
                .await
                .unwrap_err()
        ),
        403
    );
    let secrets: Api<Secret> = Api::namespaced(account.clone(), "default");
    assert_eq!(
        code(&secrets.list(&ListParams::default()).await.unwrap_err()),
        403
    );
    let elsewhere: Api<ConfigMap> = Api::namespaced(account, "kube-system");
    assert_eq!(
        code(&elsewhere.list(&ListParams::default()).await.unwrap_err()),
        403
    );
}

#[tokio::test]
async fn nobody_grants_more_than_they_have() {
    let cluster = Cluster::start().await;
    let token = token(&cluster, &[], None).await;
    let admin: Api<RoleBinding> = Api::namespaced(cluster.admin(), "default");
    let binding = json!({
        "metadata": { "name": "admins" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin" },
        "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": "default" }],
    });
    admin
        .create(&PostParams::default(), &serde_json::from_value(binding).unwrap())
        .await
        .unwrap();
    let account = cluster.with_token(Some(&token)).await;
    let roles: Api<Role> = Api::namespaced(account.clone(), "default");
    let role = |name: &str, resource: &str| -> Role {
        serde_json::from_value(json!({
            "metadata": { "name": name }, "rules": [{ "apiGroups": [""], "resources": [resource], "verbs": ["get"] }],
        }))
        .unwrap()
    };
    assert!(
        roles
            .create(&PostParams::default(), &role("own", "pods"))
            .await
            .is_ok()
    );
    assert_eq!(
        code(
            &roles
                .create(&PostParams::default(), &role("more", "nodes"))
                .await
                .unwrap_err()
        ),
        403
    );
    let patch = json!({ "rules": [{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }] });
    let refused = roles
        .patch("own", &PatchParams::default(), &Patch::Merge(&patch))
        .await
        .unwrap_err();
    assert_eq!(code(&refused), 403);
}

#[tokio::test]
async fn a_review_tells_who_a_token_is_and_for_whom() {
    let cluster = Cluster::start().await;
    let token = token(&cluster, &["istio-ca"], None).await;
    let status = review(&cluster, &token, &["istio-ca", "other"])
        .await
        .status
        .unwrap();
    assert_eq!(status.authenticated, Some(true));
    assert_eq!(status.audiences.unwrap(), ["istio-ca"]);
    let user = status.user.unwrap();
    assert_eq!(
        user.username.as_deref(),
        Some("system:serviceaccount:default:default")
    );
    assert!(
        user.groups
            .unwrap()
            .contains(&"system:serviceaccounts:default".to_owned())
    );
    let wrong = review(&cluster, &token, &["other"]).await.status.unwrap();
    assert_ne!(wrong.authenticated, Some(true));
    // a token for others does not open this API
    let client = cluster.with_token(Some(&token)).await;
    assert_eq!(code(&client.apiserver_version().await.unwrap_err()), 401);
}

#[tokio::test]
async fn a_pod_token_names_pod_and_node_and_dies_with_the_pod() {
    let cluster = Cluster::start().await;
    let nodes: Api<k8s_openapi::api::core::v1::Node> = Api::all(cluster.admin());
    let node = serde_json::from_value(json!({ "metadata": { "name": "n1" } })).unwrap();
    nodes.create(&PostParams::default(), &node).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(cluster.admin(), "default");
    let mut wanted = pod("a");
    wanted.spec.as_mut().unwrap().node_name = Some("n1".into());
    pods.create(&PostParams::default(), &wanted).await.unwrap();
    let token = token(&cluster, &["istio-ca"], Some("a")).await;
    let extra = review(&cluster, &token, &["istio-ca"])
        .await
        .status
        .unwrap()
        .user
        .unwrap()
        .extra
        .unwrap();
    assert_eq!(extra["authentication.kubernetes.io/pod-name"], ["a"]);
    assert_eq!(extra["authentication.kubernetes.io/node-name"], ["n1"]);
    pods.delete("a", &DeleteParams::default().grace_period(0))
        .await
        .unwrap();
    assert_ne!(
        review(&cluster, &token, &["istio-ca"])
            .await
            .status
            .unwrap()
            .authenticated,
        Some(true)
    );
}

#[tokio::test]
async fn aggregated_roles_show_what_they_include() {
    let cluster = Cluster::start().await;
    let roles: Api<ClusterRole> = Api::all(cluster.admin());
    let made = json!({
        "metadata": { "name": "mesh-view", "labels": { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
        "rules": [{ "apiGroups": ["security.istio.io"], "resources": ["*"], "verbs": ["get"] }],
    });
    roles
        .create(&PostParams::default(), &serde_json::from_value(made).unwrap())
        .await
        .unwrap();
    let includes = |role: Option<&ClusterRole>| {
        let shown = role.and_then(|role| role.rules.as_ref());
        shown
            .into_iter()
            .flatten()
            .any(|rule| rule.api_groups.as_deref() == Some(&["security.istio.io".to_owned()]))
    };
    kube::runtime::wait::await_condition(roles, "view", includes)
        .await
        .unwrap();
}

#[tokio::test]
async fn impersonation_needs_the_right_to_it() {
    let cluster = Cluster::start().await;
    let request = |user: &str| {
        http::Request::get("/api/v1/namespaces/default/secrets")
            .header("Impersonate-User", user)
            .body(Vec::new())
            .unwrap()
    };
    let refused = cluster.admin().request_text(request("jane")).await.unwrap_err();
    assert!(refused.to_string().contains("\"jane\""), "{refused}");
    let token = token(&cluster, &[], None).await;
    let account = cluster.with_token(Some(&token)).await;
    let refused = account.request_text(request("jane")).await.unwrap_err();
    assert!(refused.to_string().contains("impersonate"), "{refused}");
}
