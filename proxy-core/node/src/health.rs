//! What others may ask the agent: health, readiness, metrics, and how each pod stands.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use mesh_sys::http::{Answer, json, status, text};
use mesh_sys::metrics::Metrics;
use mesh_wire::enrolment::Report;
use mesh_wire::well_known::PRODUCT_VERSION;
use tokio::sync::watch;

use crate::capture::Keeper;

/// What must be so before the node is ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The plugin is in place.
    pub installed: Arc<watch::Sender<bool>>,
    /// The agent answers the plugin and serves proxies.
    pub agent: Arc<watch::Sender<bool>>,
}

impl Ready {
    /// Nothing is ready; without capture only the installation counts.
    #[must_use]
    pub fn new(captures: bool) -> Self {
        Self {
            installed: Arc::new(watch::Sender::new(false)),
            agent: Arc::new(watch::Sender::new(!captures)),
        }
    }

    /// Answers the kubelet.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>, note: &str) -> Answer {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/healthz") => text(StatusCode::OK, "ok\n"),
            (&Method::GET | &Method::HEAD, "/readyz") => self.readyz(note),
            (_, "/healthz" | "/readyz") => status(StatusCode::METHOD_NOT_ALLOWED),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    fn readyz(&self, note: &str) -> Answer {
        let missing: Vec<&str> = [
            ("the CNI plugin is not in place", &self.installed),
            ("the agent is not ready", &self.agent),
        ]
        .into_iter()
        .filter_map(|(what, flag)| (!*flag.borrow()).then_some(what))
        .collect();
        if missing.is_empty() {
            text(StatusCode::OK, format!("ready\n{note}"))
        } else {
            text(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("not ready: {}\n{note}", missing.join(", ")),
            )
        }
    }
}

/// Pods that wait, for the text of `/readyz`: they never make the node unready.
#[must_use]
pub fn note(keeper: Option<&Keeper>) -> String {
    let Some(keeper) = keeper else {
        return String::new();
    };
    let waiting = keeper
        .views()
        .into_iter()
        .filter(|(_, view)| view.is_wanted() && view.unverified_for().is_some());
    match waiting.count() {
        0 => String::new(),
        count => format!("{count} pods of the mesh are not verified; see /enrolment\n"),
    }
}

/// Answers `/metrics`, with gauges of this moment.
#[must_use]
pub fn scraped(metrics: &Metrics, keeper: Option<&Keeper>, request: &Request<Bytes>) -> Answer {
    if let Some(keeper) = keeper {
        keeper.account();
    }
    metrics.answer(request)
}

/// Answers `GET /enrolment`.
#[must_use]
pub fn enrolment(keeper: &Keeper, node: &str, request: &Request<Bytes>) -> Answer {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/enrolment") => {
            let report = Report {
                version: PRODUCT_VERSION.to_owned(),
                node: node.to_owned(),
                proxies: keeper.proxies(),
                pods: keeper
                    .views()
                    .iter()
                    .map(|(uid, view)| view.report(uid))
                    .collect(),
            };
            match serde_json::to_string(&report) {
                Ok(body) => json(StatusCode::OK, body),
                Err(_) => status(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
        (_, "/enrolment") => status(StatusCode::METHOD_NOT_ALLOWED),
        _ => status(StatusCode::NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_needs_plugin_and_agent_and_tells_what_is_missing() {
        // cni-agent 14
        let ready = Ready::new(true);
        let ask = |path: &str| {
            let request = Request::builder().uri(path).body(Bytes::new()).unwrap();
            ready.answer(&request, "").status().as_u16()
        };
        assert_eq!((ask("/healthz"), ask("/readyz"), ask("/")), (200, 503, 404));
        ready.installed.send_replace(true);
        assert_eq!(ask("/readyz"), 503);
        ready.agent.send_replace(true);
        assert_eq!(ask("/readyz"), 200);
        ready.installed.send_replace(false);
        assert_eq!(ask("/readyz"), 503);
    }
}
