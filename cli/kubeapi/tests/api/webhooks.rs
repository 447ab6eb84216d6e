//! Admission webhooks: asked over real TLS, obeyed, and never silently skipped.

use crate::common::{Cluster, config_map};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

type Decide = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// A webhook's server with an authority of its own.
struct Server {
    address: SocketAddr,
    authority: String,
    seen: Arc<Mutex<Vec<Value>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// `decide` makes the `response` of a request, but for its uid.
    async fn start(decide: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let decide: Decide = Arc::new(decide);
        let (acceptor, noted) = (TlsAcceptor::from(Arc::new(tls)), Arc::clone(&seen));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, decide, noted) = (acceptor.clone(), Arc::clone(&decide), Arc::clone(&noted));
                connections.spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service =
                        service_fn(move |request| answer(request, Arc::clone(&decide), Arc::clone(&noted)));
                    let connection = hyper::server::conn::http1::Builder::new();
                    drop(connection.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        Self {
            address,
            authority: made.cert.pem(),
            seen,
            _tasks: tasks,
        }
    }

    /// The requests so far.
    fn seen(&self) -> Vec<Value> {
        self.seen.lock().expect("the requests").clone()
    }

    fn webhook(&self, change: &Value) -> Value {
        let mut webhook = json!({
            "name": "judge.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {
                "url": format!("https://{}/judge", self.address),
                "caBundle": ByteString(self.authority.clone().into_bytes()),
            },
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
                        "operations": ["CREATE", "UPDATE", "DELETE"] }],
            "objectSelector": { "matchExpressions": [{ "key": "unseen", "operator": "DoesNotExist" }] },
        });
        for (field, value) in change.as_object().expect("fields") {
            webhook[field] = value.clone();
        }
        webhook
    }
}

async fn answer(
    request: Request<Incoming>,
    decide: Decide,
    seen: Arc<Mutex<Vec<Value>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let review: Value = serde_json::from_slice(&body).expect("a review");
    let mut response = decide(&review["request"]);
    response["uid"] = review["request"]["uid"].clone();
    let mut noted = review["request"].clone();
    noted["path"] = path.into();
    seen.lock().expect("the requests").push(noted);
    let review =
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response });
    Ok(Response::new(Full::new(Bytes::from(review.to_string()))))
}

async fn validating(client: Client, webhook: Value) {
    let configuration = json!({ "metadata": { "name": "judge" }, "webhooks": [webhook] });
    let configuration: ValidatingWebhookConfiguration =
        serde_json::from_value(configuration).expect("a configuration");
    let api: Api<ValidatingWebhookConfiguration> = Api::all(client);
    api.create(&PostParams::default(), &configuration)
        .await
        .expect("it is stored");
}

async fn mutating(client: Client, webhooks: Vec<Value>) {
    let configuration = json!({ "metadata": { "name": "judge" }, "webhooks": webhooks });
    let configuration: MutatingWebhookConfiguration =
        serde_json::from_value(configuration).expect("a configuration");
    let api: Api<MutatingWebhookConfiguration> = Api::all(client);
    api.create(&PostParams::default(), &configuration)
        .await
        .expect("it is stored");
}

fn maps(client: Client) -> Api<ConfigMap> {
    Api::namespaced(client, "default")
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, kube::Error>, code: u16, words: &str) {
    let Err(kube::Error::Api(status)) = outcome else {
        panic!("not refused: {outcome:?}")
    };
    assert_eq!(status.code, code, "{status:?}");
    assert!(status.message.contains(words), "{status:?}");
}

#[tokio::test]
async fn a_validating_webhook_allows_and_denies_every_kind_of_write() {
    let cluster = Cluster::start().await;
    let server = Server::start(|request| {
        let object = if request["object"].is_null() { &request["oldObject"] } else { &request["object"] };
        if object["data"]["k"] == "bad" || request["operation"] == "DELETE" {
            json!({ "allowed": false, "status": { "message": "not like this", "code": 403, "reason": "Forbidden" } })
        } else {
            json!({ "allowed": true, "warnings": ["looked at"] })
        }
    })
    .await;
    validating(cluster.admin(), server.webhook(&json!({}))).await;
    let maps = maps(cluster.admin());
    maps.create(&PostParams::default(), &config_map("fine", "good"))
        .await
        .expect("allowed");
    let denied = "admission webhook \"judge.example.com\" denied the request: not like this";
    refused(
        maps.create(&PostParams::default(), &config_map("worse", "bad"))
            .await,
        403,
        denied,
    );
    assert!(maps.get_opt("worse").await.expect("an answer").is_none());
    let patch = Patch::Merge(json!({ "data": { "k": "bad" } }));
    refused(
        maps.patch("fine", &PatchParams::default(), &patch).await,
        403,
        denied,
    );
    let apply = Patch::Apply(json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": { "k": "bad" } }));
    refused(
        maps.patch("new", &PatchParams::apply("test"), &apply).await,
        403,
        denied,
    );
    refused(maps.delete("fine", &DeleteParams::default()).await, 403, denied);
    assert_eq!(
        maps.get("fine").await.expect("it is there").data.expect("data")["k"],
        "good"
    );
    let seen = server.seen();
    let operations: Vec<_> = seen
        .iter()
        .map(|one| one["operation"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(operations, ["CREATE", "CREATE", "UPDATE", "CREATE", "DELETE"]);
    assert_eq!(seen[0]["path"], "/judge");
    assert_eq!(seen[2]["oldObject"]["data"]["k"], "good");
    assert_eq!(seen[2]["userInfo"]["username"], "kubernetes-admin");
    assert_eq!(seen[4]["object"], Value::Null);
}

#[tokio::test]
async fn mutating_webhooks_see_each_others_work_and_the_result_is_stored() {
    let cluster = Cluster::start().await;
    let add = |key: &'static str| {
        move |request: &Value| {
            let count = request["object"]["data"]
                .as_object()
                .map_or(0, serde_json::Map::len);
            let patch = json!([{ "op": "add", "path": format!("/data/{key}"), "value": count.to_string() }]);
            let patch = ByteString(patch.to_string().into_bytes());
            json!({ "allowed": true, "patchType": "JSONPatch", "patch": patch })
        }
    };
    let (first, second) = (
        Server::start(add("first")).await,
        Server::start(add("second")).await,
    );
    let hooks = vec![
        first.webhook(&json!({ "name": "first.example.com", "reinvocationPolicy": "IfNeeded" })),
        second.webhook(&json!({ "name": "second.example.com" })),
    ];
    mutating(cluster.admin(), hooks).await;
    let maps = maps(cluster.admin());
    let stored = maps
        .create(&PostParams::default(), &config_map("made", "v"))
        .await
        .expect("stored");
    let data = stored.data.expect("data");
    // the first was asked again, since the second changed what it had seen
    assert_eq!((data["first"].as_str(), data["second"].as_str()), ("3", "2"));
    assert_eq!(maps.get("made").await.expect("stored").data.expect("data"), data);
    let mut unseen = config_map("unseen", "v");
    unseen.metadata.labels = Some([("unseen".to_owned(), String::new())].into());
    let unseen = maps
        .create(&PostParams::default(), &unseen)
        .await
        .expect("stored");
    assert_eq!(unseen.data.expect("data").len(), 1);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_asked_refuses_unless_its_policy_ignores() {
    let cluster = Cluster::start().await;
    let server = Server::start(|_| json!({ "allowed": true })).await;
    let dead = json!({ "clientConfig": {
        "service": { "namespace": "default", "name": "nowhere", "path": "/x" },
        "caBundle": ByteString(server.authority.clone().into_bytes()),
    } });
    validating(cluster.admin(), server.webhook(&dead)).await;
    let maps = maps(cluster.admin());
    let outcome = maps.create(&PostParams::default(), &config_map("a", "v")).await;
    refused(outcome, 500, "failed calling webhook \"judge.example.com\"");
    let api: Api<ValidatingWebhookConfiguration> = Api::all(cluster.admin());
    let ignore = json!([{ "op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore" }]);
    let ignore = Patch::Json::<()>(serde_json::from_value(ignore).expect("a patch"));
    api.patch("judge", &PatchParams::default(), &ignore)
        .await
        .expect("configurations are not reviewed");
    maps.create(&PostParams::default(), &config_map("a", "v"))
        .await
        .expect("ignored");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_not_trusted() {
    let cluster = Cluster::start().await;
    let (server, stranger) = (
        Server::start(|_| json!({ "allowed": true })).await,
        Server::start(|_| json!({ "allowed": true })).await,
    );
    let mut webhook = server.webhook(&json!({}));
    webhook["clientConfig"]["caBundle"] = json!(ByteString(stranger.authority.clone().into_bytes()));
    validating(cluster.admin(), webhook).await;
    let outcome = maps(cluster.admin())
        .create(&PostParams::default(), &config_map("a", "v"))
        .await;
    refused(outcome, 500, "TLS with `127.0.0.1` failed");
    assert!(server.seen().is_empty());
}
