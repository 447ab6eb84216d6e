//! The admin interface on loopback: dump, log level, shutdown (`spec/proxy-ops.md` §4).

mod control;
pub mod dump;
mod profiles;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use mesh_sys::http::{Answer, content, json, pieces, status, text};
use mesh_sys::logging::Levels;
use mesh_sys::shutdown::Shutdown;
use mesh_wire::dump::StaticConfig;
use tokio_util::task::TaskTracker;

use crate::datapath::Shared;
use crate::inpod::listeners::PodTasks;
use crate::telemetry::events::{Filter, Listener};

/// Answers admin requests.
#[derive(Debug, Clone)]
pub struct Admin {
    /// The proxy's parts.
    pub shared: Arc<Shared>,
    /// The pods.
    pub pods: Arc<PodTasks>,
    /// Log levels.
    pub levels: Levels,
    /// The wish to stop.
    pub shutdown: Shutdown,
    /// Those who listen to events, and who wait for a profile.
    pub listeners: TaskTracker,
    /// What came from a file.
    pub local: Arc<StaticConfig>,
}

impl Admin {
    /// One answer.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Answer {
        match request.uri().path() {
            "/" => content(StatusCode::OK, "text/html; charset=utf-8", INDEX),
            "/config_dump" => match dump::of(&self.shared, &self.pods, &self.local).to_text() {
                Ok(text) => json(StatusCode::OK, text),
                Err(_) => status(StatusCode::INTERNAL_SERVER_ERROR),
            },
            "/logging" => control::logging(&self.levels, request),
            "/events" => self.events(request),
            "/debug/pprof/profile" => {
                profiles::cpu(self.shared.config.process.profiling, &self.listeners, request)
            }
            "/debug/pprof/heap" => profiles::heap(),
            "/debug/pprof/heap/profiling" => profiles::heap_profiling(request),
            "/quitquitquit" => control::quit(&self.shutdown, request),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// A stream of events that ends with the request (decision 20).
    fn events(&self, request: &Request<Bytes>) -> Answer {
        if request.method() != Method::GET {
            return status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let filter = match Filter::parse(request.uri().query().unwrap_or_default()) {
            Ok(filter) => filter,
            Err(reason) => return text(StatusCode::BAD_REQUEST, format!("{reason}\n")),
        };
        let Some(listener) = self.shared.metrics.events.listen() else {
            return text(StatusCode::TOO_MANY_REQUESTS, "too many listeners\n");
        };
        let (lines, body) = Listener::pieces();
        self.listeners.spawn(listener.run(filter, lines));
        pieces("application/x-ndjson", body)
    }
}

const INDEX: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head><title>Node proxy</title></head>
<body>
<h1>Node proxy</h1>
<ul>
<li><a href=\"config_dump\">config_dump</a>: what this proxy knows and does</li>
<li>logging: POST shows the log level; POST with ?level= changes it, with ?reset goes back</li>
<li><a href=\"events\">events</a>: connections as they open, close or are denied, one JSON object a line;
?namespace=, ?workload=, ?direction= and ?kind= filter</li>
<li><a href=\"debug/pprof/profile\">debug/pprof/profile</a>: a profile of processor time, where PROFILING=true;
?seconds= (10) and ?frequency= (100 a second of processor time)</li>
<li>quitquitquit: POST shuts the proxy down</li>
</ul>
</body>
</html>
";
