//! What people look at: readiness, version, metrics, and the state behind `/debug` (`control-plane.md` 18).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use mesh_sys::http::{Answer, Remote, content, json, status, text};
use mesh_sys::logging::{Levels, Reset};
use mesh_sys::metrics::Metrics as Exposition;
use mesh_sys::readiness::Readiness;
use mesh_wire::well_known::{COMPAT_VERSION, PRODUCT_VERSION};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::authn::{Authenticator, bearer};
use crate::fold::{Input, look};
use crate::remote::Remotes;
use crate::watch::mesh::Mesh;
use crate::xds::publish::Publisher;

mod pages;

/// What the endpoints are made of. Clones share it.
#[derive(Clone, Debug)]
pub struct Debug {
    readiness: Readiness,
    levels: Levels,
    inputs: mpsc::Sender<Input>,
    state: Arc<OnceLock<State>>,
}

/// What there is under `/debug`.
const ENDPOINTS: [&str; 11] = [
    "/debug/ambientz",
    "/debug/authorizationz",
    "/debug/clusterz",
    "/debug/config_dump?proxyID=",
    "/debug/connections",
    "/debug/effectz",
    "/debug/endpointShardz",
    "/debug/mesh",
    "/debug/networkz",
    "/debug/registryz",
    "/debug/syncz",
];

/// What exists only after the start.
#[derive(Debug)]
pub struct State {
    /// Who is connected.
    pub publisher: Arc<Publisher>,
    /// The cluster's id.
    pub cluster: String,
    /// The mesh configuration.
    pub mesh: Mesh,
    /// Who is asking.
    pub authn: Arc<Authenticator>,
    /// Whether callers from elsewhere must say who they are.
    pub checks_callers: bool,
    /// Other clusters.
    pub remotes: Remotes,
    /// Namespaces besides the root one whose callers may look.
    pub namespaces: Vec<String>,
}

impl State {
    /// Loopback is free; others need a token of an account in the root namespace, or in one that is named.
    /// Accounts of other namespaces see what proxies of their own namespace are sent, and nothing else.
    async fn admit(&self, request: &Request<Bytes>) -> Result<(), Answer> {
        let from = request.extensions().get::<Remote>();
        if !self.checks_callers || from.is_some_and(|from| from.0.ip().to_canonical().is_loopback()) {
            return Ok(());
        }
        let header = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|header| header.to_str().ok());
        let refused = || {
            text(
                StatusCode::UNAUTHORIZED,
                "authenticate with a token of audience istio-ca\n",
            )
        };
        let token = header
            .and_then(|header| bearer(header).ok())
            .ok_or_else(refused)?;
        let caller = self
            .authn
            .authenticate_token(token)
            .await
            .map_err(|_| refused())?;
        let namespace = caller.identity.namespace();
        let may = *namespace == self.mesh.borrow().root_namespace
            || self.namespaces.iter().any(|one| one == namespace)
            || asked_namespace(request).is_some_and(|asked| asked == namespace);
        may.then_some(())
            .ok_or_else(|| text(StatusCode::FORBIDDEN, "not for accounts of this namespace\n"))
    }
}

impl Debug {
    /// Endpoints of a server that has no state yet.
    #[must_use]
    pub fn new(readiness: Readiness, levels: Levels, inputs: mpsc::Sender<Input>) -> Self {
        Self {
            readiness,
            levels,
            inputs,
            state: Arc::default(),
        }
    }

    /// There is a state to show now.
    pub fn publish(&self, state: State) {
        // set once, at the start
        let _ = self.state.set(state);
    }

    /// Port 8080.
    pub async fn answer_http(&self, request: &Request<Bytes>, with_debug: bool) -> Answer {
        match request.uri().path() {
            "/ready" => self.ready(),
            "/version" => version(),
            path if with_debug && path.starts_with("/debug") => self.debug(request).await,
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// Port 15014.
    pub async fn answer_monitoring(&self, request: &Request<Bytes>, metrics: &Exposition) -> Answer {
        match request.uri().path() {
            "/metrics" => metrics.answer(request),
            "/version" => version(),
            "/ready" => self.ready(),
            path if path.starts_with("/debug") => self.debug(request).await,
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// Port 9876, on loopback: log levels, version, process.
    #[must_use]
    pub fn answer_introspection(&self, request: &Request<Bytes>) -> Answer {
        if !mesh_sys::http::is_local(request) {
            return status(StatusCode::FORBIDDEN);
        }
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/scopej") => pretty(&json!({ "level": self.levels.current() })),
            (&Method::PUT | &Method::POST, "/scopej") => self.set_levels(request),
            (&Method::GET, "/versionj") => version(),
            (&Method::GET, "/procj") => pretty(&json!({ "pid": std::process::id() })),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// `{"level": "…", "reset": true}`, either of which may be left out: back to the start first, then the clauses.
    fn set_levels(&self, request: &Request<Bytes>) -> Answer {
        let asked = serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
        let reset = match asked["reset"].as_bool() {
            Some(true) => Reset::First,
            _ => Reset::Keep,
        };
        let level = asked["level"].as_str();
        if level.is_none() && reset == Reset::Keep {
            return text(
                StatusCode::BAD_REQUEST,
                "expected {\"level\": \"…\"} or {\"reset\": true}\n",
            );
        }
        match self.levels.change(reset, level.unwrap_or_default()) {
            Ok(()) => status(StatusCode::ACCEPTED),
            Err(error) => text(StatusCode::BAD_REQUEST, format!("{error}\n")),
        }
    }

    fn ready(&self) -> Answer {
        let pending = self.readiness.pending();
        if pending.is_empty() {
            return text(StatusCode::OK, "ready\n");
        }
        let names = pending.join(", ");
        text(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready, pending: {names}\n"),
        )
    }

    async fn debug(&self, request: &Request<Bytes>) -> Answer {
        let Some(state) = self.state.get() else {
            return text(StatusCode::SERVICE_UNAVAILABLE, "not started yet\n");
        };
        if let Err(refusal) = state.admit(request).await {
            return refusal;
        }
        let published = &state.publisher;
        match request.uri().path() {
            "/debug" | "/debug/" | "/debug/list" => pretty(&json!(ENDPOINTS)),
            "/debug/ambientz" => pretty(&published.read(pages::ambient)),
            "/debug/authorizationz" => pretty(&published.read(pages::policies)),
            // nothing is answered here before the own cluster is followed
            "/debug/clusterz" => {
                let own = json!({ "id": state.cluster, "type": "config", "syncStatus": "synced" });
                let all: Vec<Value> = std::iter::once(own).chain(state.remotes.rows()).collect();
                pretty(&json!(all))
            }
            "/debug/config_dump" => config_dump(published, request),
            "/debug/connections" => pretty(&pages::connections(published)),
            "/debug/effectz" => match look(&self.inputs, crate::index::Index::verdicts).await {
                Some(verdicts) => pretty(&json!(verdicts)),
                None => status(StatusCode::SERVICE_UNAVAILABLE),
            },
            "/debug/endpointShardz" => pretty(&published.read(pages::endpoints)),
            "/debug/mesh" => pretty(&state.mesh.borrow().all.clone()),
            "/debug/networkz" => pretty(&published.read(pages::networks)),
            "/debug/registryz" => pretty(&published.read(pages::services)),
            "/debug/syncz" => pretty(&pages::syncz(published)),
            _ => status(StatusCode::NOT_FOUND),
        }
    }
}

/// The proxy that a dump is asked of.
fn asked_proxy(request: &Request<Bytes>) -> Option<&str> {
    let query = request.uri().query().unwrap_or_default();
    let asked = query.split('&').find_map(|one| one.strip_prefix("proxyID="));
    asked.filter(|proxy| !proxy.is_empty())
}

/// The namespace of the one proxy that a request is about, if it is about one.
fn asked_namespace(request: &Request<Bytes>) -> Option<&str> {
    let is_dump = request.uri().path() == "/debug/config_dump";
    let proxy = asked_proxy(request).filter(|_| is_dump)?;
    // a whole node id, or its third part alone
    let name = proxy.split('~').nth(2).unwrap_or(proxy);
    name.rsplit_once('.').map(|(_, namespace)| namespace)
}

fn config_dump(publisher: &Publisher, request: &Request<Bytes>) -> Answer {
    let Some(proxy) = asked_proxy(request) else {
        return text(StatusCode::BAD_REQUEST, "say which: ?proxyID=<pod>.<namespace>\n");
    };
    match pages::config_dump(publisher, proxy) {
        Some(dump) => pretty(&dump),
        None => text(StatusCode::NOT_FOUND, "this proxy is not connected here\n"),
    }
}

fn version() -> Answer {
    text(
        StatusCode::OK,
        format!("{COMPAT_VERSION}-meshctl-{PRODUCT_VERSION}\n"),
    )
}

fn pretty(value: &Value) -> Answer {
    match serde_json::to_vec_pretty(value) {
        Ok(body) => json(StatusCode::OK, body),
        Err(error) => content(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn scopes(debug: &Debug, method: Method, body: &str) -> (StatusCode, String) {
        use http_body_util::BodyExt;
        let request = Request::builder()
            .method(method)
            .uri("/scopej")
            .header(header::HOST, "localhost:9876")
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        let (parts, body) = debug.answer_introspection(&request).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn levels_are_changed_and_go_back_to_the_first_ones() {
        let (inputs, _) = mpsc::channel(1);
        let levels = Levels::detached("info,xds=warn".parse().unwrap());
        let debug = Debug::new(Readiness::new(), levels, inputs);
        for (body, status, expected) in [
            (
                r#"{"level": "debug,ca=trace"}"#,
                StatusCode::ACCEPTED,
                "xds=warn,ca=trace,debug",
            ),
            (
                r#"{"level": "xds=error", "reset": true}"#,
                StatusCode::ACCEPTED,
                "xds=error,info",
            ),
            (r#"{"reset": true}"#, StatusCode::ACCEPTED, "xds=warn,info"),
            (r#"{"level": "loud"}"#, StatusCode::BAD_REQUEST, "xds=warn,info"),
            (r#"{"reset": false}"#, StatusCode::BAD_REQUEST, "xds=warn,info"),
            ("", StatusCode::BAD_REQUEST, "xds=warn,info"),
        ] {
            let (answered, text) = scopes(&debug, Method::PUT, body).await;
            assert_eq!(answered, status, "{body}: {text}");
            let (_, text) = scopes(&debug, Method::GET, "").await;
            assert!(text.contains(&format!("\"{expected}\"")), "{body}: {text}");
        }
    }
}
