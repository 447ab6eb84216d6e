//! Policies from recordings allow what was seen, and nothing else.

use super::*;
use crate::objects::{self, Sourced};
use crate::simulate::forecast::forecast;
use crate::translation::{self, Translated};
use arcstr::ArcStr;
use control_core::index::event::Settings;
use proptest::prelude::*;
use proxy_core::authz::{self, Connection};
use proxy_core::state::MeshState;

fn world(more: &[Value]) -> (Translated, MeshState) {
    let path = format!("{}/../tests/fixtures/mesh/shop.yaml", env!("CARGO_MANIFEST_DIR"));
    let mut all = objects::read_objects(&[path]).unwrap();
    all.extend(more.iter().cloned().map(Sourced::live));
    let translated = translation::translate(&forecast(all, "istio-system"), Settings::default());
    let (state, rejects) = translation::received(&translated.index);
    assert!(rejects.is_empty(), "{rejects:?}");
    (translated, state)
}

fn mesh((translated, state): &(Translated, MeshState)) -> Mesh<'_> {
    Mesh {
        state,
        index: &translated.index,
        network: ArcStr::new(),
    }
}

/// An inbound connection as the proxy of `api-1` tells of it.
fn event(source: &str, account: Option<&str>, port: u16) -> String {
    let identity = account.map(|account| format!("spiffe://cluster.local/ns/shop/sa/{account}"));
    let source = json!({"address": format!("{source}:4000"), "identity": identity});
    let destination = json!({"address": "10.244.2.7:15008", "namespace": "shop", "workload": "api-1"});
    json!({
        "time": "2026-11-24T10:00:00Z", "kind": "open", "direction": "inbound",
        "source": source, "destination": destination, "target": format!("10.244.2.7:{port}"),
    })
    .to_string()
}

const ACCOUNTS: [Option<&str>; 4] = [Some("web"), Some("api"), Some("ghost"), None];
const ADDRESSES: [&str; 2] = ["10.244.1.5", "10.244.1.9"];
const PORTS: [u16; 4] = [8080, 8081, 9090, 9091];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_is_allowed_that_was_not_observed(
        used in prop::collection::vec((0..ACCOUNTS.len(), 0..ADDRESSES.len(), 0..PORTS.len()), 1..12)
    ) {
        let lines: Vec<Seen> = used
            .iter()
            .map(|(account, address, port)| match read(&event(ADDRESSES[*address], ACCOUNTS[*account], PORTS[*port])) {
                Line::Seen(seen) => seen,
                other => panic!("{other:?}"),
            })
            .collect();
        let before = world(&[]);
        let proposals = propose(&mesh(&before), &lines, Stage::Enforced);
        let policies: Vec<Value> = proposals.all.iter().map(|one| one.policy.clone()).collect();
        let after = world(&policies);
        let api = after.1.workloads().find(|one| one.name == "api-1").unwrap();
        for (account, name) in ACCOUNTS.iter().enumerate() {
            for (address, source) in ADDRESSES.iter().enumerate() {
                for (port, number) in PORTS.iter().enumerate() {
                    // an identity is allowed from anywhere, plain text from its address
                    let was_seen = used.iter().any(|one| {
                        one.0 == account && one.2 == port && (name.is_some() || one.1 == address)
                    });
                    let connection = Connection {
                        source: source.parse().unwrap(),
                        identity: name.map(|name| Identity::new("cluster.local", "shop", name).unwrap()),
                        destination: SocketAddr::new(api.addresses[0], *number),
                    };
                    // a pod with an identity also has an address, so where that spoke plain text it is allowed as well
                    let by_address = used.iter().any(|one| {
                        ACCOUNTS[one.0].is_none() && one.1 == address && one.2 == port
                    });
                    let is_allowed = authz::decide(&after.1, api, &connection).outcome.is_ok();
                    prop_assert_eq!(is_allowed, was_seen || by_address, "{:?} {} {}", name, source, number);
                }
            }
        }
    }
}

#[test]
fn other_lines_are_passed_over_and_bad_ones_are_counted() {
    let seen = |line: &str| read(line);
    assert_eq!(seen(""), Line::Other);
    assert_eq!(seen(r#"{"kind":"alive"}"#), Line::Other);
    assert_eq!(seen("2026-11-24T10:00:00Z info xds connected"), Line::Other);
    assert_eq!(
        seen(&event("10.0.0.1", Some("web"), 80).replace("inbound", "outbound")),
        Line::Other
    );
    assert_eq!(
        seen(&event("10.0.0.1", Some("web"), 80).replace("open", "denied")),
        Line::Other
    );
    assert_eq!(seen(&event("nowhere", Some("web"), 80)), Line::Unreadable);
    let log = "info\taccess\tconnection complete\tsrc.addr=10.244.1.5:4000 src.identity=\"spiffe://cluster.local/ns/shop/sa/web\" \
        dst.addr=10.244.2.7:15008 dst.hbone_addr=10.244.2.7:8080 dst.workload=\"api-1\" dst.namespace=\"shop\" direction=\"inbound\" bytes_sent=1";
    assert_eq!(seen(log), seen(&event("10.244.1.5", Some("web"), 8080)));
    assert_eq!(seen(&format!("{log} error=\"policy rejection\"")), Line::Other);
    assert_eq!(seen(&log.replace("dst.workload", "dst.nobody")), Line::Unreadable);
}

#[test]
fn a_first_stage_is_a_dry_run_and_every_rule_is_explained() {
    let world = world(&[]);
    let line = event("10.244.1.5", Some("web"), 8080);
    let Line::Seen(seen) = read(&line) else {
        panic!("{line}")
    };
    let gone = Seen {
        workload: ("shop".to_owned(), "api-0".to_owned()),
        ..seen.clone()
    };
    let proposals = propose(&mesh(&world), &[seen.clone(), gone, seen], Stage::DryRun);
    assert_eq!(proposals.gone, ["shop/api-0".to_owned()].into());
    let [one] = proposals.all.as_slice() else {
        panic!("{proposals:?}")
    };
    assert_eq!(one.policy["metadata"]["annotations"]["istio.io/dry-run"], "true");
    assert_eq!(
        one.policy["spec"]["selector"]["matchLabels"],
        json!({"app": "api"})
    );
    assert_eq!(
        one.rules,
        ["2 connections of cluster.local/ns/shop/sa/web to port 8080"]
    );
    assert_eq!(
        one.rules.len(),
        one.policy["spec"]["rules"].as_array().unwrap().len()
    );
}
