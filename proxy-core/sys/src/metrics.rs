//! Metrics in the text form of Prometheus, with the content types the field's scrapers ask for (proxy-ops.md 6).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::http::{Answer, content, status};

const OPEN_METRICS: &str = "application/openmetrics-text;charset=utf-8;version=1.0.0";
const PLAIN: &str = "text/plain; charset=utf-8";

/// The process's metrics. Clones share them.
#[derive(Clone, Default)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// An empty registry without a prefix.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers families; at start only.
    pub fn register<T>(&self, add: impl FnOnce(&mut Registry) -> T) -> T {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything as text, ending in `# EOF`.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // a String refuses nothing; a collector that fails cuts the text, which scrapers notice by the
        // missing end mark
        let _ = encode(&mut text, &registry);
        text
    }

    /// Answers `/metrics` and `/stats/prometheus` of any method; 404 for other paths.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Answer {
        if !matches!(request.uri().path(), "/metrics" | "/stats/prometheus") {
            return status(StatusCode::NOT_FOUND);
        }
        let accept = request
            .headers()
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        let open = accept.is_some_and(|accept| accept.contains("application/openmetrics-text"));
        content(
            StatusCode::OK,
            if open { OPEN_METRICS } else { PLAIN },
            self.render(),
        )
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;

    use super::*;

    #[test]
    fn counters_have_their_suffix_and_empty_families_are_left_out() {
        // proxy-ops 20
        let metrics = Metrics::new();
        let seen = Counter::<u64>::default();
        let empty = Family::<Vec<(String, String)>, Counter>::default();
        metrics.register(|registry| {
            registry.register("seen", "What was seen", seen.clone());
            registry.register("unused", "Never counted", empty);
        });
        seen.inc();
        let text = metrics.render();
        assert!(text.contains("\nseen_total 1\n"), "{text}");
        assert!(!text.contains("unused"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn the_accept_header_chooses_the_content_type() {
        let ask = |accept: &str, path: &str| {
            let request = Request::builder()
                .uri(path)
                .header("accept", accept)
                .body(Bytes::new());
            Metrics::new().answer(&request.unwrap())
        };
        let kind = |answer: &Answer| {
            answer.headers()[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(kind(&ask("text/plain", "/metrics")), PLAIN);
        let both = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
        assert_eq!(kind(&ask(both, "/stats/prometheus")), OPEN_METRICS);
        assert_eq!(ask("*/*", "/").status(), StatusCode::NOT_FOUND);
    }
}
