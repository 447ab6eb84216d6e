//! What is still missing before this process may be called ready.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use tokio::sync::watch;

use crate::http::{Answer, status, text};

/// The named tasks that are pending. Clones share them.
#[derive(Debug, Clone)]
pub struct Readiness {
    pending: Arc<watch::Sender<BTreeSet<String>>>,
}

/// One task; pending from its registration on.
#[derive(Debug)]
pub struct Task {
    name: String,
    readiness: Readiness,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            pending: Arc::new(watch::Sender::new(BTreeSet::new())),
        }
    }
}

impl Readiness {
    /// Nothing is pending.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a task, which is pending at once.
    #[must_use]
    pub fn register(&self, name: &str) -> Task {
        let task = Task {
            name: name.to_owned(),
            readiness: self.clone(),
        };
        task.reopen();
        task
    }

    /// The names of what is pending, sorted.
    #[must_use]
    pub fn pending(&self) -> Vec<String> {
        self.pending.borrow().iter().cloned().collect()
    }

    /// Whether nothing is pending.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.pending.borrow().is_empty()
    }

    /// Waits until nothing is pending.
    pub async fn ready(&self) {
        let mut pending = self.pending.subscribe();
        // the sender lives as long as `self`, so this cannot fail
        let _ = pending.wait_for(BTreeSet::is_empty).await;
    }

    /// The text and status that the field's probes know (proxy-ops.md 3).
    #[must_use]
    pub fn report(&self) -> (StatusCode, String) {
        let pending = self.pending();
        if pending.is_empty() {
            (StatusCode::OK, "ready\n".to_owned())
        } else {
            let names = pending.join(", ");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("not ready, pending: {names}\n"),
            )
        }
    }

    /// Answers a probe: `GET /healthz/ready`, 405 for other methods, 404 for other paths.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Answer {
        match (request.uri().path(), request.method()) {
            ("/healthz/ready", &Method::GET) => {
                let (code, body) = self.report();
                text(code, body)
            }
            ("/healthz/ready", _) => status(StatusCode::METHOD_NOT_ALLOWED),
            _ => status(StatusCode::NOT_FOUND),
        }
    }
}

impl Task {
    /// It is done.
    pub fn done(&self) {
        self.readiness
            .pending
            .send_if_modified(|pending| pending.remove(&self.name));
    }

    /// It is pending again.
    pub fn reopen(&self) {
        self.readiness
            .pending
            .send_if_modified(|pending| pending.insert(self.name.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pending_tasks_are_named_in_order_until_done() {
        // proxy-ops 1
        let readiness = Readiness::new();
        let manager = readiness.register("workload proxy manager");
        let state = readiness.register("state manager");
        let (code, body) = readiness.report();
        assert_eq!(code, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            body,
            "not ready, pending: state manager, workload proxy manager\n"
        );
        state.done();
        manager.done();
        readiness.ready().await;
        assert_eq!(readiness.report(), (StatusCode::OK, "ready\n".to_owned()));
        state.reopen();
        assert!(!readiness.is_ready());
    }

    #[test]
    fn other_methods_and_paths_are_refused() {
        let readiness = Readiness::new();
        let ask = |method: Method, path: &str| {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Bytes::new())
                .unwrap();
            readiness.answer(&request).status().as_u16()
        };
        assert_eq!(ask(Method::GET, "/healthz/ready"), 200);
        assert_eq!(ask(Method::HEAD, "/healthz/ready"), 405);
        assert_eq!(ask(Method::POST, "/healthz/ready"), 405);
        assert_eq!(ask(Method::GET, "/"), 404);
    }
}
