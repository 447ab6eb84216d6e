//! One call of a webhook: where to, TLS by its own authority, a bounded answer in bounded time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::{Request, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rand::seq::IndexedRandom;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Webhook;
use crate::api::Api;
use crate::object;
use crate::store::Key;

/// Longer answers are not read.
const LIMIT: usize = 3 << 20;

/// Why a webhook could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("{0}")]
    Configuration(String),
    #[error("{0}")]
    NoEndpoint(String),
    #[error("cannot connect to {0}")]
    Connect(SocketAddr, #[source] std::io::Error),
    #[error("TLS with `{0}` failed")]
    Tls(String, #[source] std::io::Error),
    #[error("the connection failed")]
    Http(#[from] hyper::Error),
    #[error("the answer has the code {0}")]
    Code(u16),
    #[error("the answer is longer than {LIMIT} bytes or broke off")]
    Body,
    #[error("the answer is not JSON")]
    Json(#[from] serde_json::Error),
    #[error("context deadline exceeded ({} s)", .0.as_secs())]
    Late(Duration),
}

/// Where a call goes.
#[derive(Debug)]
struct Destination {
    addresses: Vec<SocketAddr>,
    /// The name in its certificate.
    name: String,
    path: String,
}

/// Sends the review and returns the answer.
pub(super) async fn send(api: &Api, webhook: &Webhook, review: &Value) -> Result<Value, SendError> {
    let patience = Duration::from_secs(webhook.timeout_seconds());
    let sent = tokio::time::timeout(patience, exchange(api, webhook, review)).await;
    sent.unwrap_or(Err(SendError::Late(patience)))
}

async fn exchange(api: &Api, webhook: &Webhook, review: &Value) -> Result<Value, SendError> {
    let config = webhook.0.get("clientConfig").unwrap_or(&Value::Null);
    let tls = tls(config)?;
    let destination = destination(api, config).await?;
    let address = *destination
        .addresses
        .choose(&mut rand::rng())
        .ok_or_else(|| SendError::NoEndpoint(format!("no address for `{}`", destination.name)))?;
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| SendError::Connect(address, error))?;
    let name = ServerName::try_from(destination.name.clone())
        .map_err(|_| SendError::Configuration(format!("`{}` is not a server's name", destination.name)))?;
    let stream = TlsConnector::from(tls)
        .connect(name, stream)
        .await
        .map_err(|error| SendError::Tls(destination.name.clone(), error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to a webhook ended");
        }
        std::future::pending().await
    };
    let request = Request::post(&destination.path)
        .header(header::HOST, &destination.name)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .body(Full::new(Bytes::from(review.to_string())))
        .map_err(|error| SendError::Configuration(error.to_string()))?;
    let answer = async {
        let response = sender.send_request(request).await?;
        if !response.status().is_success() {
            return Err(SendError::Code(response.status().as_u16()));
        }
        let body = Limited::new(response.into_body(), LIMIT).collect().await;
        Ok(serde_json::from_slice(
            &body.map_err(|_| SendError::Body)?.to_bytes(),
        )?)
    };
    tokio::select! {
        biased;
        answer = answer => answer,
        never = connection => never,
    }
}

/// Trust in the webhook's own authority and in nothing else.
fn tls(config: &Value) -> Result<Arc<ClientConfig>, SendError> {
    let broken = |why: &str| SendError::Configuration(format!("caBundle: {why}"));
    let bundle = object::text(config, &["caBundle"]).unwrap_or_default();
    let pem = crate::base64::decode(bundle).ok_or_else(|| broken("not base64"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| broken(&error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| broken(&error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(broken("it holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

async fn destination(api: &Api, config: &Value) -> Result<Destination, SendError> {
    if let Some(service) = config.get("service") {
        return of_service(api, service);
    }
    let url = object::text(config, &["url"]).unwrap_or_default();
    let unusable = || SendError::Configuration(format!("url `{url}`: not an https address"));
    let uri: Uri = url.parse().map_err(|_| unusable())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https"));
    let host = host.ok_or_else(unusable)?.trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(443);
    let addresses = tokio::net::lookup_host((host.as_str(), port))
        .await
        .map_err(|error| SendError::NoEndpoint(format!("cannot resolve `{host}`: {error}")))?;
    Ok(Destination {
        addresses: addresses.collect(),
        path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        name: host,
    })
}

/// A Service's ready endpoints: this server is outside of the nodes, where service addresses mean nothing.
fn of_service(api: &Api, service: &Value) -> Result<Destination, SendError> {
    let text = |field: &str| object::text(service, &[field]).unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    let port = object::int(service, &["port"]).unwrap_or(443);
    let none = |why: &str| SendError::NoEndpoint(format!("service \"{namespace}/{name}\": {why}"));
    let found = api.store.find("services", &Key::new(namespace, name));
    let found = found.ok_or_else(|| none("not found"))?;
    let ports = object::list(&found, &["spec", "ports"]);
    let port = ports
        .iter()
        .find(|one| object::int(one, &["port"]) == Some(port))
        .ok_or_else(|| none(&format!("no port {port}")))?;
    let port_name = object::text(port, &["name"]).unwrap_or_default();
    let (_, slices) = api.store.list("endpointslices.discovery.k8s.io", Some(namespace));
    let mut addresses = Vec::new();
    for slice in &slices {
        if object::label(slice, "kubernetes.io/service-name") == Some(name) {
            addresses.extend(ready_addresses(slice, port_name));
        }
    }
    if addresses.is_empty() {
        return Err(none("no endpoints available"));
    }
    let path = text("path");
    Ok(Destination {
        addresses,
        name: format!("{name}.{namespace}.svc"),
        path: if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        },
    })
}

fn ready_addresses(slice: &Value, port_name: &str) -> Vec<SocketAddr> {
    let ports = object::list(slice, &["ports"]);
    let number = ports
        .iter()
        .find(|port| object::text(port, &["name"]).unwrap_or_default() == port_name)
        .and_then(|port| u16::try_from(object::int(port, &["port"])?).ok());
    let Some(number) = number else { return Vec::new() };
    let endpoints = object::list(slice, &["endpoints"]).iter();
    let ready = endpoints
        .filter(|one| object::at(one, &["conditions", "ready"]).and_then(Value::as_bool) != Some(false));
    ready
        .flat_map(|one| object::list(one, &["addresses"]))
        .filter_map(|address| Some(SocketAddr::new(address.as_str()?.parse().ok()?, number)))
        .collect()
}
