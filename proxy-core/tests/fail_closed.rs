//! Policy that cannot be read, has not come, comes late or in part lets nobody in.
//!
//! Hundreds of generated cases, each through the real discovery client on a stream of its own, against a
//! server in this process that speaks TLS and gRPC (`spec/security.md` A4 to A7, `spec/xds.md` §7,
//! `spec/authorization.md` [S]). Every case has a twin without the fault that does let somebody in, so that
//! nothing is refused for another reason.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "fail_closed/cases.rs"]
mod cases;
#[path = "fail_closed/faults.rs"]
mod faults;
#[path = "shared/random.rs"]
mod random;
#[allow(dead_code, reason = "not every user signs all kinds of certificates")]
#[path = "shared/root.rs"]
mod root;
#[path = "fail_closed/server.rs"]
mod server;

use std::pin::pin;
use std::sync::Arc;

use cases::{Case, Step, UID};
use mesh_wire::identity::Identity;
use mesh_wire::xds::Node;
use prometheus_client::registry::Registry;
use proxy_core::authz::Connection;
use proxy_core::live::Live;
use proxy_core::state::MeshState;
use proxy_core::telemetry::metrics::Metrics;
use proxy_core::xds::client::XdsClient;
use server::Server;
use tokio_util::sync::CancellationToken;

/// Callers of every sort: known and unknown, with and without identity, of both families.
fn callers() -> Vec<Connection> {
    let identity = |domain, namespace, account| Some(Identity::new(domain, namespace, account).unwrap());
    let call = |source: &str, identity, destination: &str| Connection {
        source: source.parse().unwrap(),
        identity,
        destination: destination.parse().unwrap(),
    };
    vec![
        call(
            "10.0.0.9",
            identity("cluster.local", "shop", "client"),
            "10.0.0.1:80",
        ),
        call(
            "10.0.0.9",
            identity("cluster.local", "data", "job"),
            "10.0.0.1:8080",
        ),
        call("192.0.2.7", identity("other", "shop", "client"), "10.0.0.1:80"),
        call("10.0.0.9", None, "10.0.0.1:80"),
        call(
            "fd00::9",
            identity("cluster.local", "shop", "client"),
            "[fd00::1]:80",
        ),
        call("fd00::9", None, "[fd00::1]:443"),
    ]
}

/// How many callers get in. A pod that the mesh does not know is served by nobody.
fn let_in(live: &Live) -> usize {
    let Some(workload) = live.read(|mesh| mesh.find_workload(UID).cloned()) else {
        return 0;
    };
    let is_let_in = |caller: &Connection| {
        let verdict = live.decide(&workload, caller);
        verdict.is_some_and(|verdict| verdict.outcome.is_ok())
    };
    callers().iter().filter(|caller| is_let_in(caller)).count()
}

/// A session of a client that knows nothing: how many get in after the first steps, and after the others.
async fn session(server: &Server, first: &[Step], then: &[Step]) -> (usize, usize) {
    let live = Arc::new(Live::new(MeshState::new(Some("node-1".into()))));
    let metrics = Metrics::register(&mut Registry::default(), "1.31.0");
    let client = XdsClient::new(server.address(), Node::default(), live.clone(), metrics);
    let play = server.next_client();
    let mut running = pin!(client.run(None, CancellationToken::new()));
    let mut seen = Vec::new();
    for steps in [first, then] {
        tokio::select! {
            () = &mut running => unreachable!("nobody stops the client"),
            () = play.steps(steps) => {}
        }
        seen.push(let_in(&live));
    }
    (seen[0], seen[1])
}

async fn check(server: &Server, case: &Case) {
    let (closed, opened) = session(server, &case.closed, &case.opened).await;
    assert_eq!(closed, 0, "{}: somebody is let in", case.what);
    assert!(
        case.opened.is_empty() || opened > 0,
        "{}: stays closed",
        case.what
    );
    if let Some(twin) = &case.twin {
        let (allowed, _) = session(server, twin, &[]).await;
        assert!(allowed > 0, "{}: closed without the fault, too", case.what);
    }
}

/// `security.md` A4 to A7.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_a4_a5_a6_policy_that_is_broken_missing_late_or_partial_lets_nobody_in() {
    let server = Server::start().await;
    let cases = cases::all();
    let mut kinds = std::collections::BTreeMap::<_, usize>::new();
    for case in &cases {
        check(&server, case).await;
        *kinds.entry(case.kind).or_default() += 1;
    }
    assert!(cases.len() >= 400, "{kinds:?}");
    assert!(kinds.values().all(|count| *count >= 20), "{kinds:?}");
}
