//! `/debug/pprof/`: where the proxy spends its processor time. Off unless `PROFILING=true`, from loopback only, and
//! one at a time (`spec/security.md` M1, M3). Absent on purpose: profiles of the heap; the allocator is built
//! without what they need, since it would cost every proxy something.

use bytes::Bytes;
use http::{Request, StatusCode};
use mesh_sys::http::{Answer, is_local, pieces, status, text};
use mesh_sys::sampler::SamplerError;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::telemetry::profile::{Profiler, Wanted};

const HEAP: &str = "heap profiling not active; activate with /debug/pprof/heap/profiling?activate=true";

/// `/debug/pprof/profile`.
pub(super) fn cpu(is_enabled: bool, tasks: &TaskTracker, request: &Request<Bytes>) -> Answer {
    let wanted = match Wanted::parse(request.uri().query().unwrap_or_default()) {
        Ok(wanted) => wanted,
        Err(reason) => return text(StatusCode::BAD_REQUEST, format!("{reason}\n")),
    };
    if !is_local(request) {
        return status(StatusCode::FORBIDDEN);
    }
    if !is_enabled {
        let reason = "profiling is off; it is on where the proxy starts with PROFILING=true\n";
        return text(StatusCode::FORBIDDEN, reason);
    }
    let profiler = match Profiler::start(wanted) {
        Ok(profiler) => profiler,
        Err(error @ SamplerError::Busy) => return text(StatusCode::TOO_MANY_REQUESTS, format!("{error}\n")),
        Err(error) => return text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    };
    let (sender, body) = mpsc::channel(1);
    tasks.spawn(async move {
        // one who no longer waits ends it
        tokio::select! {
            profile = profiler.run() => { sender.send(profile.into()).await.ok(); }
            () = sender.closed() => {}
        }
    });
    pieces("application/octet-stream", body)
}

/// `/debug/pprof/heap`: never active.
pub(super) fn heap() -> Answer {
    let mut answer = status(StatusCode::INTERNAL_SERVER_ERROR);
    *answer.body_mut() = mesh_sys::http::Body::Whole(HEAP.into());
    answer
}

/// `/debug/pprof/heap/profiling`.
pub(super) fn heap_profiling(request: &Request<Bytes>) -> Answer {
    let query = request.uri().query().unwrap_or_default();
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("activate="));
    match asked {
        None | Some("false") => text(StatusCode::OK, "heap profiling active: false\n"),
        Some("true") => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "this proxy takes no heap profiles\n",
        ),
        Some(other) => text(
            StatusCode::BAD_REQUEST,
            format!("invalid activate value {other:?}; expected true or false\n"),
        ),
    }
}
