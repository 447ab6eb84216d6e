//! `metrics.k8s.io`, so that `kubectl top` works: an aggregated API that asks the kubelets when it is asked.
//!
//! The network of a cluster is private to it, so the caller's front-proxy certificate is not looked at.

use crate::addresses::SUPERVISOR;
use crate::pki::Credential;
use bytes::Bytes;
use futures::future::try_join_all;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};
use mesh_sandbox::error::{Failure, Named, Result};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Where the API server finds it.
pub(crate) const PORT: u16 = 4443;
const VERSION: &str = "metrics.k8s.io/v1beta1";
/// The window of a kubelet's own measurement.
const WINDOW: &str = "10s";

/// Listens, and returns what serves.
pub(crate) async fn listen(
    client: Client,
    credential: &Credential,
) -> Result<impl Future<Output = Result<()>> + Send + use<>> {
    let what = || "cannot serve metrics.k8s.io".to_owned();
    let certificate = CertificateDer::from_pem_slice(credential.certificate.as_bytes()).named(what)?;
    let key = PrivateKeyDer::from_pem_slice(credential.key.as_bytes()).named(what)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .named(what)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((SUPERVISOR, PORT)).await.named(what)?;
    Ok(serve(listener, acceptor, client))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, client: Client) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (acceptor, client) = (acceptor.clone(), client.clone());
        connections.spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request| {
                let client = client.clone();
                async move { Ok::<_, Infallible>(answer(&client, &request).await) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(client: &Client, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().trim_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let selector = label_selector(request.uri().query().unwrap_or_default());
    let found = match parts.as_slice() {
        ["apis", "metrics.k8s.io", "v1beta1"] => Ok(resources()),
        ["apis", "metrics.k8s.io", "v1beta1", rest @ ..] => read(client, rest, &selector).await,
        _ => Err(None),
    };
    let (status, body) = match found {
        Ok(body) => (StatusCode::OK, body),
        Err(None) => (
            StatusCode::NOT_FOUND,
            failure(404, "NotFound", "there is no such metric"),
        ),
        Err(Some(error)) => {
            tracing::warn!("metrics: {}", error.chain());
            (
                StatusCode::SERVICE_UNAVAILABLE,
                failure(503, "ServiceUnavailable", &error.chain()),
            )
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

fn failure(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
           "message": message})
}

fn resources() -> Value {
    let one = |name: &str, kind: &str, namespaced: bool| json!({"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]});
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": VERSION,
           "resources": [one("nodes", "NodeMetrics", false), one("pods", "PodMetrics", true)]})
}

fn label_selector(query: &str) -> String {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("labelSelector="))
        .unwrap_or_default();
    decode(value)
}

/// Percent-decoding; what is not encoded properly stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = &tail[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `nodes[/NAME]`, `pods`, `namespaces/NS/pods[/NAME]`; `Err(None)` is "not found".
async fn read(client: &Client, parts: &[&str], selector: &str) -> Result<Value, Option<Failure>> {
    let params = ListParams::default().labels(selector);
    let (items, name, kind) = match parts {
        ["nodes", name @ ..] => (nodes(client, &params).await?, name, "NodeMetrics"),
        ["pods"] => (
            pods(client, Api::all(client.clone()), &params).await?,
            &[][..],
            "PodMetrics",
        ),
        ["namespaces", namespace, "pods", name @ ..] => {
            let api = Api::namespaced(client.clone(), namespace);
            (pods(client, api, &params).await?, name, "PodMetrics")
        }
        _ => return Err(None),
    };
    match name {
        [] => {
            Ok(json!({"kind": format!("{kind}List"), "apiVersion": VERSION, "metadata": {}, "items": items}))
        }
        [name] => items
            .into_iter()
            .find(|item| item["metadata"]["name"] == *name)
            .ok_or(None),
        _ => Err(None),
    }
}

async fn nodes(client: &Client, params: &ListParams) -> Result<Vec<Value>> {
    let api: Api<Node> = Api::all(client.clone());
    let list = api
        .list(params)
        .await
        .named(|| "cannot list the nodes".to_owned())?;
    let summaries = try_join_all(
        list.items
            .iter()
            .map(|node| async move { Ok::<_, Failure>((node, summary(client, &node.name_any()).await?)) }),
    );
    let one = |(node, summary): (&Node, Value)| {
        json!({
            "kind": "NodeMetrics", "apiVersion": VERSION,
            "metadata": {"name": node.name_any(), "labels": node.labels(), "creationTimestamp": now()},
            "timestamp": now(), "window": WINDOW, "usage": usage(&summary["node"]),
        })
    };
    Ok(summaries.await?.into_iter().map(one).collect())
}

async fn pods(client: &Client, api: Api<Pod>, params: &ListParams) -> Result<Vec<Value>> {
    let list = api
        .list(params)
        .await
        .named(|| "cannot list the pods".to_owned())?;
    let mut hosts: Vec<String> = list
        .items
        .iter()
        .filter_map(|pod| pod.spec.as_ref()?.node_name.clone())
        .collect();
    hosts.sort();
    hosts.dedup();
    let summaries = try_join_all(hosts.iter().map(|name| summary(client, name))).await?;
    let mut measured = BTreeMap::new();
    for pod in summaries
        .iter()
        .filter_map(|summary| summary["pods"].as_array())
        .flatten()
    {
        measured.insert(pod["podRef"]["uid"].as_str().unwrap_or_default(), pod);
    }
    let one = |pod: &Pod| {
        let found = measured.get(pod.uid()?.as_str())?;
        let containers: Vec<Value> = found["containers"]
            .as_array()?
            .iter()
            .map(|container| json!({"name": container["name"], "usage": usage(container)}))
            .collect();
        Some(json!({
            "kind": "PodMetrics", "apiVersion": VERSION,
            "metadata": {"name": pod.name_any(), "namespace": pod.namespace(), "labels": pod.labels(),
                         "creationTimestamp": now()},
            "timestamp": now(), "window": WINDOW, "containers": containers,
        }))
    };
    Ok(list.items.iter().filter_map(one).collect())
}

/// What a kubelet measured. A node that is off has no figures, and is no reason to hide the others'.
async fn summary(client: &Client, node: &str) -> Result<Value> {
    let what = || format!("cannot ask the kubelet of {node}");
    let request = http::Request::get(format!("/api/v1/nodes/{node}/proxy/stats/summary"))
        .body(Vec::new())
        .named(what)?;
    match client.request_text(request).await {
        Ok(text) => serde_json::from_str(&text).named(what),
        Err(error) => {
            tracing::warn!(%error, node, "a kubelet does not answer");
            Ok(Value::Null)
        }
    }
}

fn usage(measured: &Value) -> Value {
    let cpu = measured["cpu"]["usageNanoCores"].as_u64().unwrap_or_default();
    let memory = measured["memory"]["workingSetBytes"].as_u64().unwrap_or_default();
    json!({"cpu": format!("{cpu}n"), "memory": format!("{}Ki", memory / 1024)})
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_decoded() {
        for (query, expected) in [
            ("labelSelector=app%3Dweb%2Ctier+in+%28a%29", "app=web,tier in (a)"),
            ("limit=5", ""),
            ("labelSelector=a%3", "a%3"),
        ] {
            assert_eq!(label_selector(query), expected);
        }
    }
}
