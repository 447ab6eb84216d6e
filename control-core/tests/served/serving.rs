//! What proves this server to others: its own certificate, and the bundle in webhook configurations.

use control_core::ca::material::{Pem, self_signed};
use control_core::ca::root::now;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Resource;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::client::presented;
use super::plane::{Cluster, Plane, SYSTEM, eventually};

/// So that a change of the stored root is seen soon.
const CHECK: (&str, &str) = ("CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL", "1s");

/// Stores a new signer whose bundle also holds the old root, and gives that signer.
async fn rotate(cluster: &Cluster, bundle: &str) -> Pem {
    let fresh = self_signed("cluster.local", now(), 3600).unwrap();
    let data = json!({ "stringData": {
        "ca-cert.pem": fresh.cert, "ca-key.pem": fresh.key.as_str(),
        "root-cert.pem": format!("{bundle}{}", fresh.root) } });
    let secrets: Api<Secret> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    secrets
        .patch("istio-ca-secret", &PatchParams::default(), &Patch::Merge(&data))
        .await
        .unwrap();
    fresh
}

async fn names(plane: &Plane, bundle: &str) -> Vec<String> {
    let der = presented(plane.addresses.secure_grpc.unwrap(), bundle)
        .await
        .unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        other => panic!("{other:?}"),
    };
    names.value.general_names.iter().map(text).collect()
}

#[tokio::test]
async fn the_own_certificate_follows_its_names_and_its_root() {
    let cluster = Cluster::start().await;
    let hosts = ("ISTIOD_CUSTOM_HOST", "mesh.example,istiod.other.svc");
    let plane = cluster.ready_plane(&[hosts, CHECK, ("REVISION", "blue")]).await;
    let bundle = cluster.bundle(SYSTEM).await;
    let always = [
        "mesh.example",
        "istiod.other.svc",
        "istiod.istio-system.svc",
        "istiod-remote.istio-system.svc",
        "istio-pilot.istio-system.svc",
        "istiod-blue.istio-system.svc",
    ];
    let mut first = names(&plane, &bundle).await;
    first.sort();
    let mut expected = always.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(first, expected);

    let mesh = json!({ "metadata": { "name": "istio-blue" }, "data": {
        "mesh": "defaultConfig: {discoveryAddress: 'plane.mesh.svc:15012'}" } });
    cluster.put::<ConfigMap>(SYSTEM, mesh).await;
    let renamed = eventually("the new name is in it", || async {
        let names = names(&plane, &bundle).await;
        names.iter().any(|one| one == "plane.mesh.svc").then_some(names)
    })
    .await;
    assert!(always.iter().all(|name| renamed.iter().any(|one| one == name)));

    // who trusts the new root alone is served too, as soon as it signs
    let fresh = rotate(&cluster, &bundle).await;
    eventually("the new root signs it", || {
        presented(plane.addresses.secure_grpc.unwrap(), &fresh.root)
    })
    .await;
    plane.stop().await.unwrap();
}

/// A configuration of two webhooks, for a revision.
fn configuration(name: &str, revision: &str, webhooks: [&str; 2]) -> Value {
    let webhooks = webhooks.map(|name| {
        json!({ "name": name, "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Ignore",
            "clientConfig": { "service": { "name": "istiod", "namespace": SYSTEM, "path": "/validate" } } })
    });
    json!({ "metadata": { "name": name, "labels": { "istio.io/rev": revision } }, "webhooks": webhooks })
}

async fn create<K>(cluster: &Cluster, object: Value)
where
    K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + std::fmt::Debug,
{
    let api: Api<K> = Api::all(cluster.admin.clone());
    let object = serde_json::from_value(object).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
}

/// Its webhooks, as they are stored.
async fn webhooks<K>(cluster: &Cluster, name: &str) -> Vec<Value>
where
    K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + std::fmt::Debug,
{
    let api: Api<K> = Api::all(cluster.admin.clone());
    let object = serde_json::to_value(api.get(name).await.unwrap()).unwrap();
    object["webhooks"].as_array().unwrap().clone()
}

/// The bundle as a configuration holds it.
fn held(webhook: &Value) -> Option<String> {
    let value = webhook["clientConfig"]["caBundle"].clone();
    let bytes: Option<k8s_openapi::ByteString> = serde_json::from_value(value).unwrap();
    bytes.map(|bytes| String::from_utf8(bytes.0).unwrap())
}

#[tokio::test]
async fn the_bundle_is_in_webhook_configurations_of_the_revision_and_follows_the_root() {
    let cluster = Cluster::start().await;
    let ours = configuration("ours", "default", ["one.istio.io", "two.istio.io"]);
    create::<ValidatingWebhookConfiguration>(&cluster, ours).await;
    let others = configuration("others", "blue", ["one.istio.io", "two.istio.io"]);
    create::<ValidatingWebhookConfiguration>(&cluster, others).await;
    let injects = configuration("injects", "default", ["a.sidecar-injector.istio.io", "else.io"]);
    create::<MutatingWebhookConfiguration>(&cluster, injects).await;
    let injector = ("INJECTION_WEBHOOK_CONFIG_NAME", "istio-sidecar-injector");
    let plane = cluster.ready_plane(&[CHECK, injector]).await;
    let bundle = cluster.bundle(SYSTEM).await;

    let has = async |bundle: &str| {
        let both = webhooks::<ValidatingWebhookConfiguration>(&cluster, "ours").await;
        let [injector, _] = &webhooks::<MutatingWebhookConfiguration>(&cluster, "injects").await[..] else {
            panic!("two were made");
        };
        let all = both.iter().chain([injector]);
        all.map(held).all(|one| one.as_deref() == Some(bundle))
    };
    let holds = async |bundle: &str| has(bundle).await.then_some(());
    eventually("all have the bundle", || holds(&bundle)).await;
    // nothing else is touched: neither other fields, nor webhooks that are not ours
    for one in webhooks::<ValidatingWebhookConfiguration>(&cluster, "ours").await {
        assert_eq!(one["failurePolicy"], "Ignore");
        assert_eq!(one["clientConfig"]["service"]["path"], "/validate");
    }
    let other = &webhooks::<MutatingWebhookConfiguration>(&cluster, "injects").await[1];
    assert_eq!(held(other), None);
    for one in webhooks::<ValidatingWebhookConfiguration>(&cluster, "others").await {
        assert_eq!(held(&one), None);
    }

    let fresh = rotate(&cluster, &bundle).await;
    let both = format!("{bundle}{}", fresh.root);
    eventually("they follow the root", || holds(&both)).await;
    // an edit is undone, and what came later is found
    let api: Api<ValidatingWebhookConfiguration> = Api::all(cluster.admin.clone());
    api.delete("ours", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    let again = configuration("ours", "default", ["one.istio.io", "two.istio.io"]);
    create::<ValidatingWebhookConfiguration>(&cluster, again).await;
    eventually("a new one has it too", || holds(&both)).await;
    plane.stop().await.unwrap();
}
