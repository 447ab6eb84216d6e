//! A signer outside of the control plane, behind the `CertificateSigningRequest` API (`ca.md` 8).
//!
//! The signer here is a program of its own kind: it watches the API as any signer does, reads requests with OpenSSL, and
//! signs them with OpenSSL and a root of its own.

use std::path::Path;
use std::process::Command;

use futures::StreamExt;
use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{Api, ListParams, PostParams, WatchEvent, WatchParams};
use mesh_wire::ca::istio_certificate_service_client::IstioCertificateServiceClient;
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use rcgen::SanType;
use serde_json::json;
use tonic::{Code, Status};

use super::client::{certificate, channel, channel_as, csr};
use super::plane::{Cluster, Plane, SYSTEM};

const SIGNER: &str = "example.com/mesh";
const WEB: &str = "spiffe://cluster.local/ns/app/sa/web";

fn openssl(folder: &Path, line: &str) -> String {
    let done = Command::new("openssl")
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}

/// The root of the signer.
fn make_root(folder: &Path) -> String {
    openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 -subj /O=elsewhere",
    );
    std::fs::read_to_string(folder.join("ca.crt")).unwrap()
}

/// Signs every approved request of its name, and denies others by its rule.
async fn run(client: Client, folder: std::path::PathBuf) {
    let api: Api<CertificateSigningRequest> = Api::all(client);
    let version = api
        .list(&ListParams::default())
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    let params = WatchParams::default().fields(&format!("spec.signerName={SIGNER}"));
    let mut changes = api.watch(&params, &version).await.unwrap().boxed();
    while let Some(change) = changes.next().await {
        let (WatchEvent::Added(mut object) | WatchEvent::Modified(mut object)) = change.unwrap() else {
            continue;
        };
        let status = object.status.get_or_insert_default();
        let is_approved = status
            .conditions
            .iter()
            .flatten()
            .any(|one| one.type_ == "Approved");
        if !is_approved || status.certificate.is_some() {
            continue;
        }
        std::fs::write(folder.join("asked.csr"), &object.spec.request.0).unwrap();
        let days = "-days 1 -copy_extensions copyall";
        openssl(
            &folder,
            &format!("x509 -req -in asked.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out leaf.crt {days}"),
        );
        status.certificate = Some(ByteString(std::fs::read(folder.join("leaf.crt")).unwrap()));
        let name = object.metadata.name.clone().unwrap();
        // whoever asked may have gone
        let _ = api.replace_status(&name, &PostParams::default(), &object).await;
    }
}

fn csr_for(identity: &str) -> String {
    csr_by(&rcgen::KeyPair::generate().unwrap(), identity)
}

fn csr_by(key: &rcgen::KeyPair, identity: &str) -> String {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.subject_alt_names = vec![SanType::URI(identity.try_into().unwrap())];
    parameters.serialize_request(key).unwrap().pem().unwrap()
}

/// Whoever has a certificate of that signer renews it by showing it, as with our own root (`ca.md` 5).
async fn is_known_by_its_certificate(
    cluster: &Cluster,
    plane: &Plane,
    folder: &Path,
    ask: &impl AsyncFn(String, &str) -> Result<IstioCertificateResponse, Status>,
) {
    let (address, bundle) = (plane.addresses.secure_grpc.unwrap(), cluster.bundle("app").await);
    let key = rcgen::KeyPair::generate().unwrap();
    let chain = ask(csr_by(&key, WEB), WEB).await.unwrap().cert_chain;
    let renew = async |chain: &str, key: &str| {
        let channel = channel_as(address, &bundle, (chain, key)).await;
        let request = IstioCertificateRequest {
            csr: csr_for(WEB),
            validity_duration: 3600,
            metadata: None,
        };
        let mut client = IstioCertificateServiceClient::new(channel.map_err(|_| Code::Unavailable)?);
        let renewed = client.create_certificate(request).await;
        renewed
            .map_err(|status| status.code())
            .map(|answer| answer.into_inner().cert_chain)
    };
    let renewed = renew(&chain[0], &key.serialize_pem()).await.unwrap();
    std::fs::write(folder.join("got.crt"), &renewed[0]).unwrap();
    assert!(openssl(folder, "x509 -in got.crt -noout -ext subjectAltName").contains(WEB));

    // what the same root vouches for elsewhere is nobody here
    std::fs::write(
        folder.join("asked.csr"),
        csr_by(&key, "spiffe://elsewhere/ns/app/sa/web"),
    )
    .unwrap();
    let line = "x509 -req -in asked.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out leaf.crt -days 1 -copy_extensions copyall";
    openssl(folder, line);
    let elsewhere = std::fs::read_to_string(folder.join("leaf.crt")).unwrap();
    assert_eq!(
        renew(&elsewhere, &key.serialize_pem()).await,
        Err(Code::Unauthenticated)
    );
}

#[tokio::test]
async fn an_external_signer_signs_what_was_granted_and_nothing_else() {
    let cluster = Cluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    let root = make_root(folder.path());
    for account in ["web", "db"] {
        cluster.account("app", account).await;
        cluster.pod("app", account, account, ("n1", "10.0.0.9")).await;
    }
    let mesh = json!({ "caCertificates": [{ "pem": root, "certSigners": [SIGNER] }] }).to_string();
    let map = json!({ "metadata": { "name": "istio" }, "data": { "mesh": mesh } });
    cluster.put::<ConfigMap>(SYSTEM, map).await;
    let mut signer = tokio::task::JoinSet::new();
    signer.spawn(run(cluster.admin.clone(), folder.path().to_owned()));
    let plane = cluster
        .ready_plane(&[
            ("EXTERNAL_CA", "ISTIOD_RA_KUBERNETES_API"),
            ("K8S_SIGNER", SIGNER),
        ])
        .await;
    // proxies trust us by our own root, and workloads by the signer's
    let bundle = cluster.bundle("app").await;
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 2, "{bundle}");
    let channel = channel(plane.addresses.secure_grpc.unwrap(), &bundle).await;
    let token = cluster.proxy_token().await;
    let ask =
        async |csr: String, identity: &str| certificate(channel.clone(), &token, identity, (csr, 3600)).await;

    let chain = ask(csr_for(WEB), WEB).await.unwrap().cert_chain;
    assert_eq!(chain.len(), 2, "the leaf, and the roots of its signer");
    std::fs::write(folder.path().join("got.crt"), &chain[0]).unwrap();
    std::fs::write(folder.path().join("roots.crt"), &chain[1]).unwrap();
    assert!(openssl(folder.path(), "verify -CAfile roots.crt got.crt").contains("OK"));
    assert!(openssl(folder.path(), "x509 -in got.crt -noout -issuer").contains("elsewhere"));
    assert!(openssl(folder.path(), "x509 -in got.crt -noout -ext subjectAltName").contains(WEB));

    is_known_by_its_certificate(&cluster, &plane, folder.path(), &ask).await;

    // a signer that copies what a request says must not be handed a request for somebody else
    let db = "spiffe://cluster.local/ns/app/sa/db";
    for (csr, why) in [(csr_for(db), "another identity"), (csr(), "none")] {
        let refused = ask(csr, WEB).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{why}: {refused:?}");
        assert!(refused.message().contains("CSR signing error"), "{refused:?}");
    }
    let stranger = ask(
        csr_for("spiffe://cluster.local/ns/app/sa/nobody"),
        "spiffe://cluster.local/ns/app/sa/nobody",
    )
    .await;
    assert_eq!(
        stranger.unwrap_err().code(),
        Code::Unauthenticated,
        "grants are ours"
    );
    // nothing is left of what was asked
    let requests: Api<CertificateSigningRequest> = Api::all(cluster.admin.clone());
    assert_eq!(
        requests.list(&ListParams::default()).await.unwrap().items.len(),
        0
    );

    // the signer ends: callers are told to come again, and the server goes on
    signer.shutdown().await;
    let late = ask(csr_for(WEB), WEB).await.unwrap_err();
    assert_eq!(late.code(), Code::Internal, "{late:?}");
    plane.stop().await.unwrap();
}
