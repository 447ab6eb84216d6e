//! The admission endpoint that the API server asks about configuration objects (`control-plane.md` 17.1).
//!
//! [`review`] is pure. Around it: TLS with our own certificate, and the limits of `security.md` X9.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mesh_sys::http::{Answer, json, text};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::ca::serving::Serving;
use crate::listen::{Secured, accept_tls, queue};
use crate::metrics::{Metrics, label};
use crate::validate::{Refusal, validate};

const MAX_BODY: usize = 3 * 1024 * 1024;
const MAX_DEPTH: usize = 64;
const HEADERS: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: usize = 128;

/// What a review comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewed {
    /// The answer's body.
    pub body: Value,
    /// Why it was refused, if it was.
    pub refusal: Option<Refusal>,
}

/// Answers one review. A review that cannot be read is refused, not failed.
#[must_use]
pub fn review(body: &[u8]) -> Reviewed {
    let undecodable = |text: String| {
        let reason = "admission_decode_error";
        answer("admission.k8s.io/v1", "", Err(Refusal { text, reason }))
    };
    let review: Value = match serde_json::from_slice(body) {
        Ok(review) => review,
        Err(error) => return undecodable(format!("cannot decode the admission review: {error}")),
    };
    if is_deeper(&review, MAX_DEPTH) {
        return undecodable("cannot decode the admission review: it is nested too deeply".to_owned());
    }
    let Some(request) = review.get("request").filter(|request| request.is_object()) else {
        return undecodable("cannot decode the admission review: it has no request".to_owned());
    };
    let of = |key: &str| request.get(key).and_then(Value::as_str).unwrap_or_default();
    let version = review
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or("admission.k8s.io/v1");
    let verdict = match of("operation") {
        "CREATE" | "UPDATE" => judge(request),
        _ => Ok(Vec::new()),
    };
    answer(version, of("uid"), verdict)
}

fn judge(request: &Value) -> Result<Vec<String>, Refusal> {
    let mut object = request.get("object").cloned().unwrap_or_default();
    // older servers leave the namespace to the request
    if let Some(namespace) = request.get("namespace")
        && let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        meta.entry("namespace").or_insert_with(|| namespace.clone());
    }
    validate(&object)
}

fn answer(version: &str, uid: &str, verdict: Result<Vec<String>, Refusal>) -> Reviewed {
    let mut response = json!({ "uid": uid, "allowed": verdict.is_ok() });
    let refusal = match verdict {
        Ok(warnings) => {
            if !warnings.is_empty() {
                response["warnings"] = json!(warnings);
            }
            None
        }
        Err(refusal) => {
            response["status"] =
                json!({ "status": "Failure", "message": refusal.text, "reason": "Invalid", "code": 422 });
            Some(refusal)
        }
    };
    Reviewed {
        body: json!({ "apiVersion": version, "kind": "AdmissionReview", "response": response }),
        refusal,
    }
}

fn is_deeper(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| is_deeper(item, left - 1)),
        Value::Object(map) => left == 0 || map.values().any(|item| is_deeper(item, left - 1)),
        _ => false,
    }
}

/// The endpoint.
#[derive(Clone, Debug)]
pub struct Webhook {
    metrics: Metrics,
}

impl Webhook {
    /// An endpoint that counts.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }

    /// Serves until `stop`.
    pub async fn run(&self, listener: TcpListener, serving: Arc<Serving>, stop: CancellationToken) {
        let (accepted, mut incoming) = queue();
        let mut connections = JoinSet::new();
        connections.spawn(accept_tls(
            listener,
            move || serving.webhook(),
            accepted,
            stop.clone(),
        ));
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = connections.join_next() => continue,
                next = incoming.recv() => next,
            };
            let Some(Ok(secured)) = next else { continue };
            // past the limit connections wait in the queue
            let Ok(place) = places.clone().acquire_owned().await else {
                break;
            };
            let webhook = self.clone();
            let stop = stop.clone();
            connections.spawn(async move {
                let _place = place;
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {}
                    () = webhook.connection(secured) => {}
                }
            });
        }
        while connections.join_next().await.is_some() {}
    }

    async fn connection(&self, secured: Secured) {
        let service = service_fn(|request: Request<Incoming>| async {
            let answer = match timeout(WHOLE, self.respond(request)).await {
                Ok(answer) => answer,
                Err(_) => text(StatusCode::REQUEST_TIMEOUT, "the review took too long\n"),
            };
            if answer.status() != StatusCode::OK {
                let status = label("status", answer.status().as_str());
                self.metrics.no_reviews.get_or_create_owned(&status).inc();
            }
            Ok::<_, Infallible>(answer)
        });
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEADERS);
        if let Err(error) = builder.serve_connection(TokioIo::new(secured), service).await {
            debug!(%error, "a webhook connection failed");
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let is_validation = path == "/validate" || path.starts_with("/validate/");
        let is_injection = path == "/inject" || path.starts_with("/inject/");
        if !is_validation && !is_injection {
            return text(StatusCode::NOT_FOUND, "not found\n");
        }
        if parts.method != Method::POST {
            return text(StatusCode::METHOD_NOT_ALLOWED, "reviews are posted\n");
        }
        let kind = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        if kind.and_then(|kind| kind.split(';').next()).map(str::trim) != Some("application/json") {
            return text(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "invalid Content-Type, want `application/json`\n",
            );
        }
        let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
            return text(StatusCode::PAYLOAD_TOO_LARGE, "the review is larger than 3 MiB\n");
        };
        let body = body.to_bytes();
        if body.is_empty() {
            return text(StatusCode::BAD_REQUEST, "no body found\n");
        }
        let reviewed = if is_validation {
            self.validated(&body)
        } else {
            uninjected(&body)
        };
        json(StatusCode::OK, reviewed.body.to_string())
    }

    fn validated(&self, body: &Bytes) -> Reviewed {
        let reviewed = review(body);
        match &reviewed.refusal {
            None => {
                self.metrics.validated.inc();
            }
            Some(refusal) => {
                self.metrics
                    .invalid
                    .get_or_create_owned(&label("reason", refusal.reason))
                    .inc();
                info!(reason = refusal.reason, text = refusal.text, "refused an object");
            }
        }
        reviewed
    }
}

/// There are no sidecars here: every pod is admitted as it is.
fn uninjected(body: &[u8]) -> Reviewed {
    let review: Value = serde_json::from_slice(body).unwrap_or_default();
    let uid = review
        .get("request")
        .and_then(|request| request.get("uid"))
        .and_then(Value::as_str);
    answer("admission.k8s.io/v1", uid.unwrap_or_default(), Ok(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(operation: &str, spec: &Value) -> Reviewed {
        let object = json!({
            "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
            "metadata": { "name": "p" }, "spec": spec,
        });
        let request = json!({ "uid": "u1", "operation": operation, "namespace": "app", "object": object });
        let review =
            json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request });
        review_of(&review)
    }

    fn review_of(value: &Value) -> Reviewed {
        review(value.to_string().as_bytes())
    }

    #[test]
    fn writes_are_judged_and_the_rest_passes() {
        let bad = json!({ "mtls": { "mode": "LOOSE" } });
        let refused = ask("CREATE", &bad);
        assert_eq!(refused.body["response"]["uid"], "u1");
        assert_eq!(refused.body["response"]["allowed"], false);
        let message = refused.body["response"]["status"]["message"].as_str().unwrap();
        assert!(message.starts_with("configuration is invalid: "), "{message}");
        assert_eq!(ask("DELETE", &bad).body["response"]["allowed"], true);
        assert_eq!(ask("UPDATE", &json!({})).body["response"]["allowed"], true);
    }

    #[test]
    fn hostile_reviews_are_refused() {
        // security X9
        let mut deep = json!({});
        for _ in 0..70 {
            deep = json!({ "x": deep });
        }
        for body in ["{", "[]", "null", "{\"request\":7}", "\u{0}", &deep.to_string()] {
            let reviewed = review(body.as_bytes());
            assert_eq!(reviewed.body["response"]["allowed"], false, "{body}");
        }
        let deeper = "[".repeat(100_000);
        assert!(review(deeper.as_bytes()).refusal.is_some());
    }
}
