//! Lines and counters against the recordings of the field.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mesh_sys::logging::{Format, Queue, layer};
use mesh_sys::metrics::Metrics as Exposition;
use tracing_subscriber::layer::SubscriberExt;

use super::*;
use crate::datapath::error::ProxyError;
use crate::state::workload::Locality;
use crate::telemetry::access_log::Totals;
use crate::telemetry::connection::Tracked;
use crate::telemetry::metrics::Metrics;
use crate::testing::{identity, pod, service};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged meanwhile, without the time.
fn logged(format: Format, work: impl FnOnce()) -> Vec<String> {
    let sink = Sink::default();
    let queue = Queue::start(sink.clone()).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer(format, queue.clone()));
    tracing::subscriber::with_default(subscriber, work);
    queue.finish();
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    let without_time = |line: &str| match format {
        Format::Plain => line.split_once('\t').unwrap().1.to_owned(),
        Format::Json => line.to_owned(),
    };
    text.lines().map(without_time).collect()
}

fn recording(name: &str) -> String {
    let path = format!("{}/../tests/fixtures/ztunnel/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// The recorded line that holds all of `parts`, without the time.
fn recorded(parts: &[&str]) -> String {
    let text = recording("access-log.txt");
    let line = text
        .lines()
        .find(|line| parts.iter().all(|part| line.contains(part)));
    line.unwrap().split_once('\t').unwrap().1.to_owned()
}

fn workload(name: &str, account: &str, address: &str) -> Arc<Workload> {
    let mut workload = pod(&format!("shop/{name}"), &[address]);
    workload.identity = identity("shop", account);
    workload.labels.canonical_name = account.into();
    workload.labels.workload_name = account.into();
    Arc::new(workload)
}

pub(super) fn outbound() -> Facts {
    Facts {
        reporter: Reporter::Source,
        source_address: "10.88.0.11:40001".parse().unwrap(),
        source: Side::Known(workload("client-0", "client", "10.88.0.11")),
        source_identity: Some(identity("shop", "client")),
        destination_address: "10.88.0.12:15008".parse().unwrap(),
        hbone_address: Some("10.88.0.12:8080".into()),
        service: Some(Arc::new(service("shop/web.shop.svc.cluster.local", &[], &[]))),
        destination: Side::Known(workload("web-1", "web", "10.88.0.12")),
        destination_identity: Some(identity("shop", "web")),
    }
}

fn plain_inbound() -> Facts {
    Facts {
        reporter: Reporter::Destination,
        source_address: "10.88.0.20:40003".parse().unwrap(),
        source: Side::Unknown,
        source_identity: None,
        destination_address: "10.88.0.12:8080".parse().unwrap(),
        hbone_address: None,
        destination_identity: None,
        ..outbound()
    }
}

fn totals(up: u64, down: u64, milliseconds: u64) -> Totals {
    Totals {
        up,
        down,
        duration: Duration::from_millis(milliseconds),
    }
}

#[test]
fn access_lines_are_those_of_the_recording() {
    let lines = logged(Format::Plain, || {
        access_log::opened(&outbound());
        access_log::complete(&outbound(), totals(5, 5, 328), None);
        access_log::complete(&plain_inbound(), totals(5, 5, 214), None);
    });
    let port = "src.addr=10.88.0.11:40001";
    assert_eq!(lines[0], recorded(&["connection opened", port]));
    assert_eq!(lines[1], recorded(&["connection complete", port]));
    assert_eq!(
        lines[2],
        recorded(&["connection complete", "src.addr=10.88.0.20:40003"])
    );
}

#[test]
fn ops_c10_a_refusal_is_an_error_line_with_its_reason() {
    let reason = "connection closed due to policy rejection: explicitly denied by: shop/no-plain";
    let lines = logged(Format::Plain, || {
        access_log::complete(&plain_inbound(), totals(0, 0, 0), Some(reason));
    });
    assert!(
        lines[0].starts_with("error\taccess\tconnection complete\t"),
        "{}",
        lines[0]
    );
    assert!(
        lines[0].ends_with(&format!("duration=\"0ms\" error=\"{reason}\"")),
        "{}",
        lines[0]
    );
}

#[test]
fn ops_c12_json_lines_are_objects() {
    let lines = logged(Format::Json, || {
        access_log::complete(&outbound(), totals(420, 9_001, 12), None);
        access_log::failed(
            "10.0.0.1:1".parse().unwrap(),
            "10.0.0.2:2".parse().unwrap(),
            Reporter::Source,
            "x \"y\"\n",
        );
    });
    let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(line["level"], "info");
    assert_eq!(line["scope"], "access");
    assert_eq!(line["message"], "connection complete");
    assert_eq!(line["src.identity"], "spiffe://cluster.local/ns/shop/sa/client");
    assert_eq!(line["dst.identity"], "spiffe://cluster.local/ns/shop/sa/web");
    assert!(line["time"].is_string());
    let failed: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(failed["error"], "x \"y\"\n");
}

#[test]
fn ops_c13_bytes_are_told_from_the_pods_view() {
    let line = |facts: &Facts| {
        logged(Format::Plain, || {
            access_log::complete(facts, totals(420, 9_001, 1), None);
        })
        .remove(0)
    };
    assert!(line(&outbound()).contains("bytes_sent=420 bytes_recv=9001"));
    assert!(line(&plain_inbound()).contains("bytes_sent=9001 bytes_recv=420"));
}

fn exposed(work: impl FnOnce(&Arc<Metrics>)) -> String {
    let exposition = Exposition::new();
    let metrics = exposition.register(|registry| Metrics::register(registry, "1.31.0"));
    work(&metrics);
    exposition.render()
}

fn sample<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(&format!("{name}{{")));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
}

fn label_names(line: &str) -> Vec<&str> {
    let inside = line.split_once('{').unwrap().1.rsplit_once('}').unwrap().0;
    inside
        .split("\",")
        .map(|pair| pair.split('=').next().unwrap())
        .collect()
}

#[test]
fn ops_c09_one_connection_is_counted_once_with_the_recorded_labels() {
    let located = |side: &Side| match side {
        Side::Known(workload) => {
            let mut workload = Workload::clone(workload);
            workload.locality = Locality {
                region: "r1".into(),
                zone: "z1".into(),
                subzone: "".into(),
            };
            Side::Known(Arc::new(workload))
        }
        other => other.clone(),
    };
    let facts = Facts {
        source: located(&outbound().source),
        ..outbound()
    };
    let text = exposed(|metrics| {
        let tracked = Tracked::open(facts, metrics.clone());
        tracked.bytes().add_up(420);
        tracked.bytes().add_down(9_001);
        tracked.complete();
    });
    let recorded = recording("metrics.txt");
    let name = "istio_tcp_connections_opened_total";
    assert_eq!(
        label_names(sample(&text, name)),
        label_names(sample(&recorded, name))
    );
    let ends = [
        (name, " 1"),
        ("istio_tcp_connections_closed_total", " 1"),
        ("istio_tcp_received_bytes_total", " 420"),
        ("istio_tcp_sent_bytes_total", " 9001"),
    ];
    for (name, end) in ends {
        assert!(sample(&text, name).ends_with(end), "{}", sample(&text, name));
        assert!(sample(&text, name).contains("connection_security_policy=\"mutual_tls\""));
    }
    assert!(!text.contains("istio_tcp_connections_failed_total"));
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn ops_c10_a_denied_connection_is_closed_and_failed() {
    let text = exposed(|metrics| {
        Tracked::open(plain_inbound(), metrics.clone()).fail(&ProxyError::NotSynced);
    });
    for name in [
        "istio_tcp_connections_closed_total",
        "istio_tcp_connections_failed_total",
    ] {
        let line = sample(&text, name);
        assert!(
            line.contains("response_flags=\"DENY\"") && line.ends_with(" 1"),
            "{line}"
        );
    }
    assert!(sample(&text, "istio_tcp_connections_opened_total").contains("response_flags=\"-\""));
}

#[test]
fn ops_c11_unknown_sides_are_unknown_and_localities_need_a_known_one() {
    let nobody = Facts {
        destination: Side::Unknown,
        service: None,
        ..plain_inbound()
    };
    let text = exposed(|metrics| Tracked::open(nobody, metrics.clone()).complete());
    let line = sample(&text, "istio_tcp_connections_opened_total");
    assert!(line.contains("source_workload=\"unknown\"") && line.contains("destination_service=\"unknown\""));
    assert!(!line.contains("source_region"), "{line}");
    let text = exposed(|metrics| Tracked::open(plain_inbound(), metrics.clone()).complete());
    assert!(sample(&text, "istio_tcp_connections_opened_total").contains("source_region=\"unknown\""));
}

#[test]
fn a_dropped_connection_still_tells_its_end() {
    let text = exposed(|metrics| drop(Tracked::open(outbound(), metrics.clone())));
    assert!(sample(&text, "istio_tcp_connections_closed_total").ends_with(" 1"));
}

/// Names, types and help of the recording, as far as this proxy has those families.
#[test]
fn families_have_the_fields_names_and_help() {
    let text = exposed(|metrics| {
        Tracked::open(outbound(), metrics.clone()).fail(&ProxyError::Io(io::ErrorKind::TimedOut.into()));
        drop(metrics.sockets(Reporter::Source));
    });
    let recorded = recording("metrics.txt");
    let ours: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("# HELP istio_tcp"))
        .collect();
    assert!(ours.len() >= 5);
    for line in ours {
        assert!(recorded.lines().any(|other| other == line), "{line}");
    }
}

#[test]
fn security_m5_series_stay_bounded_and_the_rest_is_one() {
    const PODS: u64 = 20_000;
    let exposition = Exposition::new();
    let metrics = exposition.register(|registry| Metrics::register(registry, "1.31.0"));
    for number in 0..PODS {
        let tracked = Tracked::open(
            Facts {
                destination: Side::Known(pod(&format!("data/p{number}"), &["10.0.0.1"]).into()),
                ..outbound()
            },
            metrics.clone(),
        );
        tracked.bytes().add_up(1);
        tracked.complete();
    }
    let text = exposition.render();
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    assert!((40_000..=50_000).contains(&series), "{series}");
    let of = |name: &str| {
        let values = text
            .lines()
            .filter(|line| line.starts_with(name))
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
        values.sum::<u64>()
    };
    // nothing is lost, it is only told less finely
    for name in ["connections_opened", "connections_closed", "received_bytes"] {
        assert_eq!(of(&format!("istio_tcp_{name}_total")), PODS, "{name}");
    }
    let rest = text.lines().find(|line| {
        line.starts_with("istio_tcp_connections_opened") && line.contains("destination_workload=\"other\"")
    });
    assert!(rest.unwrap().contains("reporter=\"source\""), "{rest:?}");
}
