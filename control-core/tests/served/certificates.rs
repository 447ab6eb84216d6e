//! Certificates over the wire: who gets which, and what is in them.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tonic::Code;
use x509_parser::prelude::FromDer;

use super::client::{certificate, channel, csr};
use super::plane::{Cluster, SYSTEM};

const WEB: &str = "spiffe://cluster.local/ns/app/sa/web";

#[tokio::test]
async fn a_node_proxy_gets_certificates_for_pods_of_its_node_alone() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let bundle = cluster.bundle("app").await;
    let channel = channel(plane.addresses.secure_grpc.unwrap(), &bundle).await;
    let token = cluster.proxy_token().await;
    let ask = |identity: &'static str| certificate(channel.clone(), &token, identity, (csr(), 0));

    // ca_c13: no such pod yet, then there is one
    let refused = ask(WEB).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(refused.message(), "request impersonation authentication failure");
    cluster.account("app", "web").await;
    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    let chain = ask(WEB).await.unwrap().cert_chain;
    // ca_c17: a self-signed CA gives leaf and roots
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[1], bundle);
    check_leaf(&chain[0], WEB);

    // ca_c12: everybody else is told the same
    cluster.account("app", "other").await;
    let other = cluster.token("app", "web", Some("web"), "istio-ca").await;
    let stranger = certificate(channel.clone(), &other, WEB, (csr(), 0))
        .await
        .unwrap_err();
    assert_eq!(
        (stranger.code(), stranger.message()),
        (refused.code(), refused.message())
    );
    let foreign = ask("spiffe://elsewhere/ns/app/sa/web").await.unwrap_err();
    assert_eq!(foreign.message(), refused.message());
    // and its own identity is anybody's right
    let own = certificate(channel.clone(), &other, "", (csr(), 0))
        .await
        .unwrap();
    check_leaf(&own.cert_chain[0], WEB);
    plane.stop().await.unwrap();
}

#[track_caller]
fn check_leaf(pem: &str, identity: &str) {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(&der).unwrap();
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    assert!(names.critical);
    let uri = x509_parser::extensions::GeneralName::URI(identity);
    assert_eq!(names.value.general_names, [uri]);
    let life = leaf.validity().not_after.timestamp() - leaf.validity().not_before.timestamp();
    // ca_c15, ca_c16: 24 h, back-dated by two minutes
    assert_eq!(life, 24 * 3600 + 120);
    assert!(!leaf.is_ca());
}

#[tokio::test]
async fn ca_c11_ca_c15_ca_c20_bad_requests_have_the_codes_of_the_field() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let bundle = cluster.bundle(SYSTEM).await;
    let channel = channel(plane.addresses.secure_grpc.unwrap(), &bundle).await;
    let token = cluster.proxy_token().await;
    let ask = |token: String, asked: (String, i64)| {
        let channel = channel.clone();
        async move { certificate(channel, &token, "", asked).await.unwrap_err() }
    };
    let nobody = ask("garbage".into(), (csr(), 0)).await;
    assert_eq!(nobody.code(), Code::Unauthenticated);
    assert_eq!(nobody.message(), "request authenticate failure");
    let long = ask(token.clone(), (csr(), 91 * 24 * 3600)).await;
    assert_eq!(long.code(), Code::InvalidArgument);
    let garbage = ask(token.clone(), ("garbage".into(), 0)).await;
    assert_eq!(garbage.code(), Code::InvalidArgument);
    assert!(
        garbage.message().starts_with("CSR signing error"),
        "{}",
        garbage.message()
    );
    let monitoring = plane.addresses.monitoring.unwrap();
    let (_, metrics) = plane.get(monitoring, "/metrics").await;
    assert!(
        metrics.contains("\ncitadel_server_authentication_failure_count 1\n"),
        "{metrics}"
    );
    plane.stop().await.unwrap();
}
