//! What the field's proxy did on the same input (`tests/fixtures/ztunnel`), and what this one does.
//!
//! Where `spec/security.md` is stricter the expected value is ours, and the test says so.

#![expect(
    clippy::unwrap_used,
    reason = "a recording that cannot be read fails its test"
)]

#[path = "recordings/base64.rs"]
mod base64;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use mesh_wire::dump::ConfigDump;
use mesh_wire::names::ADDRESS_TYPE;
use mesh_wire::xds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, Status};
use prost::Message;
use proxy_core::admin::dump::mesh;
use proxy_core::app;
use proxy_core::authz::{self, Connection};
use proxy_core::config::Config;
use proxy_core::state::from_wire::{self, Texts};
use proxy_core::state::workload::Workload;
use proxy_core::state::{MeshState, Update};
use proxy_core::xds::stream::{Kind, Scope, Stream};
use serde_json::Value;

fn recording(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../tests/fixtures/ztunnel", name]
        .iter()
        .collect();
    std::fs::read_to_string(path).unwrap()
}

fn lines(name: &str) -> Vec<Value> {
    recording(name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn message<M: Message + Default>(line: &Value) -> M {
    M::decode(base64::decode(line["base64"].as_str().unwrap()).as_slice()).unwrap()
}

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn node_of_the_recording() -> mesh_wire::xds::Node {
    let environment = environment(&[
        ("INSTANCE_IP", "10.88.0.1"),
        ("POD_NAME", "ztunnel-abcde"),
        ("POD_NAMESPACE", "istio-system"),
        ("NODE_NAME", "node-1"),
        ("ISTIO_META_ISTIO_VERSION", "1.31.0"),
        ("ISTIO_META_FOO", "x"),
        ("ISTIO_METAJSON_BAR", r#"{"a":1,"b":[true,"s"]}"#),
    ]);
    app::node(&Config::load(&environment).unwrap().names)
}

/// Texts that differ from the recording for a reason.
fn expected_nack(text: &str) -> String {
    // 1.31 does not know the third protocol at all (README of the recordings)
    let legacy = "unknown enum: unsupported tunnel protocol: legacy istio mtls";
    text.replace(legacy, "decode error: unknown enumeration value 2")
}

/// xds conformance 1, 2, 3, 5, 6, 7, 8, 13; workload-api conformance 2, 3.
#[test]
fn every_request_is_the_one_of_the_recording() {
    let mut stream = Stream::new(node_of_the_recording(), Scope::Everything);
    let mut requests = lines("xds-requests.jsonl")
        .into_iter()
        .filter(|line| line["request"].is_object());
    let mut next = || -> DeltaDiscoveryRequest { message(&requests.next().unwrap()) };
    let responses = lines("xds-responses.jsonl");
    let mut state = MeshState::new(None);
    for number in [0, 1] {
        for request in stream.open() {
            assert_eq!(request, next());
        }
        for line in responses.iter().filter(|line| line["stream"] == number) {
            let outcome = stream.on_response(&message::<DeltaDiscoveryResponse>(line));
            state.apply(outcome.updates);
            let mut expected = next();
            if !Kind::ALL.iter().any(|kind| kind.type_url() == expected.type_url) {
                // the field acknowledges what it did not ask for; security X6 refuses it
                expected.error_detail = Some(Status {
                    message: "nobody asked for this type".to_owned(),
                    ..Status::default()
                });
            }
            if let Some(error) = &mut expected.error_detail {
                error.message = expected_nack(&error.message);
            }
            assert_eq!(outcome.reply, expected, "{}", line["label"]);
        }
    }
    assert!(stream.is_synced());
    assert!(
        state.find_workload("east//Pod/shop/good-0").is_none(),
        "was removed"
    );
}

/// proxy-ops conformance 2, 3, 4.
#[test]
fn the_dump_of_the_recorded_mesh_is_the_recorded_dump() {
    let mut stream = Stream::new(node_of_the_recording(), Scope::Everything);
    let mut state = MeshState::new(Some("node-1".into()));
    for line in lines("mesh-input.jsonl")
        .iter()
        .filter(|line| line["label"] == "before config_dump")
    {
        let outcome = stream.on_response(&message(line));
        assert!(outcome.rejects.is_empty(), "{:?}", outcome.rejects);
        state.apply(outcome.updates);
    }
    let recorded: Value = serde_json::from_str(&recording("config_dump.json")).unwrap();
    let (workloads, services, policies, staged_services) = mesh::of(&state);
    let dump = ConfigDump {
        workloads,
        services,
        policies,
        staged_services,
        ..ConfigDump::default()
    };
    let ours = serde_json::to_value(dump).unwrap();
    assert_eq!(
        sorted_services(&ours["workloads"]),
        sorted_services(&recorded["workloads"])
    );
    for key in ["services", "policies", "stagedServices"] {
        assert_eq!(ours[key], recorded[key], "{key}");
    }
}

/// A workload's services have no order in the recording.
fn sorted_services(workloads: &Value) -> Value {
    let mut workloads = workloads.clone();
    for workload in workloads.as_array_mut().unwrap() {
        if let Some(services) = workload.get_mut("services").and_then(Value::as_array_mut) {
            services.sort_by_key(ToString::to_string);
        }
    }
    workloads
}

/// Keys of the dump's `config` are those of the recording, so that tools find what they look for.
#[test]
fn the_dumped_settings_have_the_keys_of_the_recording() {
    let recorded: Value = serde_json::from_str(&recording("config_dump.json")).unwrap();
    let config = Config::load(&BTreeMap::new()).unwrap();
    let ours = proxy_core::admin::dump::settings(&config);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    // the settings of a resolver that this proxy does not have
    let foreign = ["dnsResolverCfg", "dnsResolverOpts"];
    let expected: Vec<String> = keys(&recorded["config"])
        .into_iter()
        .filter(|key| !foreign.contains(&key.as_str()))
        .collect();
    assert_eq!(keys(&ours), expected);
}

fn protected_workload(case: &Value) -> Workload {
    let strings = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let workload = mesh_wire::workload::Workload {
        uid: "east//Pod/data/db-0".to_owned(),
        name: "db-0".to_owned(),
        namespace: case["workloadNamespace"].as_str().unwrap().to_owned(),
        authorization_policies: strings(&case["workloadPolicies"]),
        ..Default::default()
    };
    let address = mesh_wire::workload::Address {
        r#type: Some(mesh_wire::workload::address::Type::Workload(workload)),
    };
    match from_wire::address("w", &address.encode_to_vec(), &mut Texts::default()) {
        Ok(Update::Workload(record)) => record.open(),
        other => panic!("{other:?}"),
    }
}

/// authorization conformance 1 (rows 1–41), 2, 11, 12.
#[test]
fn every_decision_is_the_recorded_one_or_the_stricter_one() {
    // rows where security.md A5 and A6 decide: a policy that is out of range, or was never received
    let stricter = ["35", "port>16bit"];
    let cases: Vec<Value> = serde_json::from_str(&recording("authz-decisions.json")).unwrap();
    assert_eq!(cases.len(), 53);
    for case in cases {
        let row = case["row"].as_str().unwrap();
        let mut mesh = MeshState::new(None);
        for bytes in case["policyBytes"].as_array().unwrap() {
            let bytes = base64::decode(bytes.as_str().unwrap());
            let update = match from_wire::authorization("p", &bytes) {
                Ok(update) => Some(update),
                Err(reject) => reject.stand_in,
            };
            mesh.apply(update);
        }
        let workload = Arc::new(protected_workload(&case));
        let connection = Connection {
            source: case["source"].as_str().unwrap().parse().unwrap(),
            identity: case["identity"].as_str().map(|text| text.parse().unwrap()),
            destination: case["destination"].as_str().unwrap().parse().unwrap(),
        };
        let is_allowed = authz::decide(&mesh, &workload, &connection).outcome.is_ok();
        let expected = !stricter.contains(&row) && case["decision"] == "allow";
        assert_eq!(is_allowed, expected, "row {row}: {case}");
    }
}

/// proxy-ops conformance 17, 18, 19: what the field's proxy answered itself, and what it forwarded.
#[test]
fn names_are_answered_or_forwarded_as_in_the_recording() {
    use proxy_core::dns::answer::{Answer, Family, Question, answer};
    let mut stream = Stream::new(node_of_the_recording(), Scope::Everything);
    let mut state = MeshState::new(Some("node-1".into()));
    for line in lines("mesh-input.jsonl") {
        let outcome = stream.on_response(&message(&line));
        state.apply(outcome.updates);
    }
    let queries: Vec<Value> = serde_json::from_str(&recording("dns.json")).unwrap();
    let mut compared = 0;
    for query in queries {
        let family = match query["type"].as_str().unwrap() {
            "A" => Family::V4,
            "AAAA" => Family::V6,
            _ => continue,
        };
        let name = query["query"].as_str().unwrap().to_ascii_lowercase();
        let client = match query["from"].as_str().unwrap() {
            "client" => state.find_local("client-0", "shop", "client"),
            _ => state.find_local("db-0", "data", "db"),
        };
        let answered = answer(
            &state,
            &Question {
                name: name.trim_end_matches('.'),
                family,
                client: client.unwrap(),
                domain: "cluster.local",
                preferred_namespace: None,
                ipv6: true,
            },
        );
        let is_ours = query["response"]["flags"].as_str().unwrap().contains("AA");
        let Answer::Records { alias, mut addresses } = answered else {
            assert!(!is_ours, "{query}");
            continue;
        };
        assert!(is_ours, "{query}");
        addresses.sort();
        let records: Vec<&str> = query["response"]["answer"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record.as_str().unwrap())
            .collect();
        let last = |record: &&str| record.rsplit(' ').next().unwrap().to_owned();
        let recorded_alias = records.iter().find(|record| record.contains(" CNAME ")).map(last);
        assert_eq!(alias.map(|alias| alias + "."), recorded_alias, "{query}");
        let mut recorded: Vec<std::net::IpAddr> = records
            .iter()
            .filter(|record| !record.contains(" CNAME "))
            .map(|record| last(record).parse().unwrap())
            .collect();
        recorded.sort();
        assert_eq!(addresses, recorded, "{query}");
        compared += 1;
    }
    assert!(compared > 15, "{compared}");
}

/// A change of the address type is a change of what the recordings prove.
#[test]
fn the_recordings_are_about_the_types_we_watch() {
    let first = lines("xds-requests.jsonl")
        .into_iter()
        .find(|line| line["request"].is_object())
        .unwrap();
    assert_eq!(first["request"]["typeUrl"], ADDRESS_TYPE);
}
