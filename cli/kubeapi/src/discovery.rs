//! Everything that is not a resource: discovery, version, health, OpenAPI, token issuer.

mod documents;
pub(crate) mod openapi;

use ::http::{HeaderMap, Method, Request, Response, header};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::api::Api;
use crate::auth::token::ISSUER;
use crate::http::{self as wire, Body};
use crate::status::ApiError;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The version this server says it is: the API of Kubernetes 1.33, and whose.
pub(crate) const GIT_VERSION: &str = concat!("v1.33.0+meshctl.", env!("CARGO_PKG_VERSION"));

/// Answers a request for a path.
pub(crate) fn answer(api: &Api, path: &str, request: &Request<Incoming>) -> Result<Response<Body>, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::method_not_allowed(path));
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let aggregated = wants_aggregated(request.headers());
    match segments.as_slice() {
        [] => Ok(wire::json(
            200,
            &json!({ "paths": ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"] }),
        )),
        ["api"] if aggregated => Ok(wire::json_as(
            200,
            &documents::aggregated(&api.registry, true),
            AGGREGATED,
        )),
        ["apis"] if aggregated => Ok(wire::json_as(
            200,
            &documents::aggregated(&api.registry, false),
            AGGREGATED,
        )),
        ["api"] => Ok(wire::json(200, &core_versions(api))),
        ["apis"] => Ok(wire::json(200, &documents::groups(&api.registry))),
        ["api", version] => resources(api, "", version),
        ["apis", group] => documents::group(&api.registry, group)
            .map(|group| wire::json(200, &group))
            .ok_or_else(ApiError::no_such_path),
        ["apis", group, version] => resources(api, group, version),
        ["version"] => Ok(wire::json(200, &version())),
        ["healthz" | "livez" | "readyz", ..] => Ok(wire::text(200, "ok")),
        ["openapi", "v3"] => Ok(wire::json(200, &openapi::index(&api.registry))),
        ["openapi", "v3", rest @ ..] => {
            let document =
                openapi::document(&api.registry, &rest.join("/")).ok_or_else(ApiError::no_such_path)?;
            Ok(wire::json_text(document.as_bytes().to_vec()))
        }
        ["openid", "v1", "jwks"] => Ok(wire::json_as(200, &api.signer.jwks(), "application/jwk-set+json")),
        [".well-known", "openid-configuration"] => Ok(wire::json(200, &issuer())),
        _ => Err(ApiError::no_such_path()),
    }
}

fn wants_aggregated(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.split(',').any(|range| {
        let has = |part: &str| range.split(';').any(|own| own.trim() == part);
        has("application/json")
            && has("as=APIGroupDiscoveryList")
            && has("g=apidiscovery.k8s.io")
            && has("v=v2")
    })
}

fn core_versions(api: &Api) -> Value {
    let address = api
        .config
        .endpoint
        .map_or_else(|| "127.0.0.1".to_owned(), |endpoint| endpoint.to_string());
    json!({
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": address }],
    })
}

fn resources(api: &Api, group: &str, version: &str) -> Result<Response<Body>, ApiError> {
    let list = documents::resources(&api.registry, group, version).ok_or_else(ApiError::no_such_path)?;
    Ok(wire::json(200, &list))
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "33", "gitVersion": GIT_VERSION, "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none", "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, match std::env::consts::ARCH { "x86_64" => "amd64", "aarch64" => "arm64", other => other }),
    })
}

fn issuer() -> Value {
    json!({
        "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/openid/v1/jwks"), "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
    })
}
