//! The admin interface against the recordings of the field.

use http::Method;
use http_body_util::BodyExt;
use mesh_sys::logging::Filter;
use mesh_sys::netns::{NetNamespace, Worker};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::Config;
use crate::identity::Signer;
use crate::identity::store::IdentityStore;
use crate::live::Live;
use crate::telemetry::metrics::Metrics;
use crate::testing::{mesh, pod, service};

fn admin() -> Admin {
    admin_with(&[])
}

fn admin_with(settings: &[(&str, &str)]) -> Admin {
    let settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = Config::load(&settings.collect()).unwrap();
    let mesh = mesh![
        pod("web", &["10.0.0.1"]),
        service("shop/web.shop.svc.cluster.local", &["10.96.0.1"], &[(80, 8080)]),
    ];
    let stop = CancellationToken::new();
    let shared = Arc::new(Shared {
        own_ports: config.own_ports(),
        live: Arc::new(Live::new(mesh)),
        identities: Arc::new(IdentityStore::new(Signer::None, stop)),
        metrics: Arc::new(Metrics::unregistered()),
        descriptors: Arc::new(crate::datapath::descriptors::Descriptors::of_process()),
        config,
    });
    let home = NetNamespace::current().unwrap().id();
    let filter = Filter::default()
        .with("hickory_server::server=off")
        .and_then(|filter| filter.with("info,access=debug,dns=debug"))
        .unwrap();
    Admin {
        pods: Arc::new(PodTasks::new(shared.clone(), Worker::start().unwrap(), home)),
        shared,
        levels: Levels::detached(filter),
        shutdown: Shutdown::new(),
        listeners: TaskTracker::new(),
        local: Arc::default(),
    }
}

async fn ask(admin: &Admin, method: &str, path: &str) -> (u16, String, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:15000")
        .body(Bytes::new())
        .unwrap();
    let answer = admin.answer(&request);
    let kind = answer
        .headers()
        .get("content-type")
        .map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, kind, String::from_utf8_lossy(&body).into_owned())
}

fn body_is_binary(exchange: &Value) -> bool {
    exchange["body"] == "(binary)"
}

/// Every recorded exchange on 15000 but the pages that are our own text, and profiles that were given out.
#[tokio::test]
async fn ops_c05_ops_c06_ops_c07_exchanges_are_those_of_the_recording() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/ztunnel/admin.json"
    );
    let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let admin = admin();
    let mut compared = 0;
    for exchange in &recorded {
        let (method, target) = exchange["request"].as_str().unwrap().split_once(' ').unwrap();
        let Some(path) = target.strip_prefix(":15000") else {
            continue;
        };
        // heap profiles are never active, and a profile needs a setting
        if path.ends_with("profile?seconds=1") || path.ends_with("activate=true") || body_is_binary(exchange)
        {
            continue;
        }
        let (status, kind, body) = ask(&admin, method, path).await;
        assert_eq!(u64::from(status), exchange["status"], "{method} {path}");
        assert_eq!(
            kind,
            exchange["headers"]["content-type"].as_str().unwrap_or_default(),
            "{method} {path}"
        );
        if path != "/" && path != "/config_dump" {
            assert_eq!(body, exchange["body"].as_str().unwrap(), "{method} {path}");
        }
        compared += 1;
    }
    assert!(compared > 25, "{compared}");
}

#[tokio::test]
async fn security_m1_what_changes_state_must_come_from_loopback_and_no_page() {
    let admin = admin();
    let ask = |host: &str, origin: Option<&str>, path: &str| {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        admin
            .answer(&request.body(Bytes::new()).unwrap())
            .status()
            .as_u16()
    };
    for path in ["/quitquitquit", "/logging?level=debug"] {
        assert_eq!(ask("evil.example", None, path), 403);
        assert_eq!(ask("127.0.0.1:15000", Some("http://evil.example"), path), 403);
    }
    assert!(!admin.shutdown.token().is_cancelled());
    assert_eq!(ask("127.0.0.1:15000", None, "/quitquitquit"), 200);
    assert!(admin.shutdown.token().is_cancelled());
}

#[tokio::test]
async fn ops_c02_the_dump_has_the_fields_keys_and_holds_no_secret() {
    let (_, kind, body) = ask(&admin(), "GET", "/config_dump").await;
    assert_eq!(kind, "application/json");
    let dump: Value = serde_json::from_str(&body).unwrap();
    let keys: Vec<&String> = dump.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "certificates",
            "config",
            "policies",
            "services",
            "stagedServices",
            "staticConfig",
            "version",
            "workloadState",
            "workloads"
        ]
    );
    assert!(dump["workloads"][0].get("waypoint").is_none());
    assert_eq!(dump["services"][0]["ports"]["80"], 8080);
    assert_eq!(dump["services"][0]["vips"][0], "/10.96.0.1");
    assert!(!body.contains("PRIVATE KEY") && !body.contains("Bearer"));
}

#[tokio::test]
async fn events_stream_to_who_asks_for_them() {
    use http_body_util::BodyExt;
    let admin = admin();
    assert_eq!(ask(&admin, "POST", "/events").await.0, 405);
    let (status, _, reason) = ask(&admin, "GET", "/events?kind=x").await;
    assert_eq!(
        (status, reason.as_str()),
        (400, "`kind=x`: expected open, close, denied, failed\n")
    );
    let request = Request::builder()
        .uri("/events?kind=failed")
        .body(Bytes::new())
        .unwrap();
    let answer = admin.answer(&request);
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let mut body = answer.into_body();
    let (client, server) = ("10.0.0.9:1".parse().unwrap(), "10.0.0.1:2".parse().unwrap());
    let reporter = crate::telemetry::Reporter::Source;
    admin
        .shared
        .metrics
        .failed(client, server, reporter, "no healthy upstream");
    let mut seen = String::new();
    while !seen.contains("no healthy upstream") {
        let frame = body.frame().await.unwrap().unwrap();
        seen.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap()));
    }
    drop(body);
    admin.listeners.close();
    admin.listeners.wait().await;
    assert!(!admin.shared.metrics.events.is_heard());
}

#[tokio::test]
async fn security_m3_profiles_are_off_unless_enabled_and_taken_one_at_a_time() {
    let path = "/debug/pprof/profile?seconds=1&frequency=1000";
    let (status, _, body) = ask(&admin(), "GET", path).await;
    assert_eq!((status, body.contains("PROFILING=true")), (403, true), "{body}");
    let admin = admin_with(&[("PROFILING", "true")]);
    let request = |host: &str, path: &str| {
        let request = Request::builder().uri(path).header("host", host);
        request.body(Bytes::new()).unwrap()
    };
    assert_eq!(admin.answer(&request("evil.example", path)).status(), 403);
    let first = admin.answer(&request("localhost:15000", path));
    assert_eq!(first.status(), 200);
    let (status, _, body) = ask(&admin, "GET", path).await;
    assert_eq!((status, body.as_str()), (429, "another profile is being taken\n"));
    let profile = first.into_body().collect().await.unwrap().to_bytes();
    assert!(profile.len() > 100, "{profile:?}");
    // one whose reader has gone ends, long before its time
    let long = "/debug/pprof/profile?seconds=300";
    drop(admin.answer(&request("localhost:15000", long)));
    for _ in 0..500 {
        if admin.listeners.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the profile goes on");
}
