//! What the field's node proxy and control plane send and accept, byte by byte.
//!
//! Every recorded message is read, written again, and must neither lose nor gain anything: a wrong field
//! number would drop or add bytes. Map entries come in any order on the wire, so lengths and values are
//! compared where bytes cannot be.

#![expect(
    clippy::unwrap_used,
    reason = "a recording that cannot be read fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[path = "conformance/points.rs"]
mod points;

use mesh_wire::zds::{WorkloadRequest, WorkloadResponse, ZdsHello, workload_request, workload_response};
use mesh_wire::{ca, dump, names, security, workload, xds, zds};
use prost::Message;
use serde_json::Value;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/ztunnel")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn lines(name: &str) -> Vec<Value> {
    fixture(name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Base64 with padding; the recordings hold nothing else.
fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("{other} in base64"),
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(digit).collect();
    let mut out = Vec::new();
    for group in digits.chunks(4) {
        let bits = group
            .iter()
            .fold(0u32, |bits, digit| bits << 6 | u32::from(*digit))
            << (6 * (4 - group.len()));
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    out
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// Reads and writes a message; nothing may be lost or gained.
#[track_caller]
fn reread<M: Message + Default + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> M {
    let message = M::decode(bytes).unwrap();
    let again = message.encode_to_vec();
    assert_eq!(again.len(), bytes.len(), "{message:?}");
    assert_eq!(M::decode(again.as_slice()).unwrap(), message);
    message
}

#[test]
fn recorded_discovery_requests_are_read_whole() {
    let mut types = BTreeSet::new();
    for line in lines("xds-requests.jsonl")
        .iter()
        .filter(|line| line["base64"].is_string())
    {
        let request: xds::DeltaDiscoveryRequest = reread(&base64(line["base64"].as_str().unwrap()));
        let expected = &line["request"];
        assert_eq!(request.type_url, expected["typeUrl"].as_str().unwrap_or_default());
        assert_eq!(
            request.response_nonce,
            expected["responseNonce"].as_str().unwrap_or_default()
        );
        let subscribed: Vec<_> = expected["resourceNamesSubscribe"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        assert!(request.resource_names_subscribe.iter().eq(subscribed), "{line}");
        let versions = expected["initialResourceVersions"]
            .as_object()
            .into_iter()
            .flatten();
        let versions: Vec<_> = versions
            .map(|(name, version)| (name, version.as_str().unwrap()))
            .collect();
        assert_eq!(request.initial_resource_versions.len(), versions.len());
        for (name, version) in versions {
            assert_eq!(request.initial_resource_versions[name], version);
        }
        let message = request
            .error_detail
            .as_ref()
            .map(|status| status.message.as_str());
        assert_eq!(message, expected["errorDetail"]["message"].as_str(), "{line}");
        if let Some(node) = &request.node {
            // xds C2
            assert_eq!(node.id, expected["node"]["id"].as_str().unwrap());
            assert_eq!(node.id.split('~').count(), 4);
        }
        types.insert(request.type_url);
    }
    assert!(
        types.contains(names::ADDRESS_TYPE) && types.contains(names::AUTHORIZATION_TYPE),
        "{types:?}"
    );
}

#[test]
fn recorded_discovery_responses_are_read_whole() {
    let mut seen = [0; 3];
    for line in lines("xds-responses.jsonl")
        .iter()
        .chain(&lines("mesh-input.jsonl"))
    {
        let Some(text) = line["base64"].as_str() else {
            continue;
        };
        // some recordings hold bytes that no message has, on purpose; they are named by the refusals
        let response = xds::DeltaDiscoveryResponse::decode(base64(text).as_slice()).unwrap();
        assert_eq!(response.type_url, line["typeUrl"].as_str().unwrap());
        for resource in &response.resources {
            let Some(any) = &resource.resource else { continue };
            if response.type_url == names::AUTHORIZATION_TYPE {
                seen[0] += usize::from(security::Authorization::decode(any.value.as_slice()).is_ok());
                continue;
            }
            match workload::Address::decode(any.value.as_slice()).map(|address| address.r#type) {
                Ok(Some(workload::address::Type::Workload(held))) => {
                    assert_eq!(held.uid, resource.name);
                    seen[1] += 1;
                }
                Ok(Some(workload::address::Type::Service(held))) => {
                    let key = names::NamespacedHostname::new(held.namespace, held.hostname);
                    assert_eq!(key.to_string(), resource.name);
                    seen[2] += 1;
                }
                Ok(None) | Err(_) => {}
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 1), "{seen:?}");
}

#[test]
fn every_kind_of_match_has_the_number_of_the_field() {
    let policies = lines("mesh-input.jsonl")
        .into_iter()
        .filter(|line| line["typeUrl"] == names::AUTHORIZATION_TYPE);
    let mut forms = None;
    for line in policies {
        let response =
            xds::DeltaDiscoveryResponse::decode(base64(line["base64"].as_str().unwrap()).as_slice());
        for resource in response.unwrap().resources {
            let policy: security::Authorization = reread(&resource.resource.unwrap().value);
            if policy.name == "forms" {
                forms = Some(policy);
            }
        }
    }
    let forms = forms.expect("the recording has a policy with every kind of match");
    let matched = &forms.rules[0].clauses[0].matches[0];
    assert_eq!((matched.namespaces.len(), matched.not_namespaces.len()), (4, 1));
    assert_eq!((matched.principals.len(), matched.not_principals.len()), (1, 1));
    assert_eq!((matched.source_ips.len(), matched.not_source_ips.len()), (1, 1));
    assert_eq!(
        (matched.destination_ips.len(), matched.not_destination_ips.len()),
        (1, 1)
    );
    assert_eq!(
        (&matched.destination_ports[..], &matched.not_destination_ports[..]),
        (&[1][..], &[2][..])
    );
    assert_eq!(
        (matched.service_accounts.len(), matched.not_service_accounts.len()),
        (1, 1)
    );
}

#[test]
fn recorded_signing_requests_are_read_whole() {
    let recorded: Value = serde_json::from_str(&fixture("ca-request.json")).unwrap();
    for call in recorded["requests"].as_array().unwrap() {
        let request: ca::IstioCertificateRequest = reread(&base64(call["base64"].as_str().unwrap()));
        assert_eq!(request.csr, call["request"]["csr"].as_str().unwrap());
        // ca 2
        let identity = &request.metadata.unwrap().fields["ImpersonatedIdentity"];
        let Some(prost_types::value::Kind::StringValue(identity)) = &identity.kind else {
            panic!()
        };
        assert!(
            identity.parse::<mesh_wire::identity::Identity>().is_ok(),
            "{identity}"
        );
    }
}

/// Whether a packet of this direction has the payload that the recording names.
fn is_as_decoded(from_agent: bool, hello: bool, packet: &[u8], decoded: &Value) -> bool {
    let has = |key: &str| decoded.get(key).is_some();
    if from_agent {
        let payload = WorkloadRequest::decode(packet).unwrap().payload;
        if payload.is_some() {
            reread::<WorkloadRequest>(packet);
        }
        return match payload {
            Some(workload_request::Payload::Add(add)) => {
                has("add") && decoded["add"]["uid"].as_str().unwrap_or_default() == add.uid
            }
            Some(workload_request::Payload::Del(del)) => {
                has("del") && decoded["del"]["uid"].as_str().unwrap_or_default() == del.uid
            }
            Some(workload_request::Payload::Keep(keep)) => {
                has("keep") && decoded["keep"]["uid"].as_str().unwrap_or_default() == keep.uid
            }
            Some(workload_request::Payload::SnapshotSent(_)) => has("snapshotSent"),
            None => !["add", "del", "keep", "snapshotSent"].iter().any(|key| has(key)),
        };
    }
    if hello {
        return packet == zds::hello() && reread::<ZdsHello>(packet).version() == zds::Version::V1;
    }
    let Some(workload_response::Payload::Ack(ack)) = reread::<WorkloadResponse>(packet).payload else {
        return false;
    };
    decoded["ack"]["error"].as_str().unwrap_or_default() == ack.error
}

#[test]
fn recorded_zds_packets_are_read_whole() {
    let mut first = BTreeSet::new();
    let mut packets = 0;
    for line in lines("zds-exchange.jsonl") {
        let (Some(text), Some(conn)) = (line["hex"].as_str(), line["conn"].as_u64()) else {
            continue;
        };
        // bytes that the recording itself could not decode are there to be refused
        if !line["decoded"].is_object() {
            continue;
        }
        let from_agent = line["dir"] == "agent->proxy";
        // inpod-zds C1: hello is the first packet of a connection
        let hello = !from_agent && first.insert(conn);
        assert!(
            is_as_decoded(from_agent, hello, &hex(text), &line["decoded"]),
            "{line}"
        );
        packets += 1;
    }
    assert!(packets > 20, "{packets}");
}

#[test]
fn the_recorded_dump_is_written_again_byte_by_byte() {
    // proxy-ops 2, 3, 4
    let recorded = fixture("config_dump.json");
    let dump: dump::ConfigDump = serde_json::from_str(&recorded).unwrap();
    let written = dump.to_text().unwrap();
    for (number, (ours, theirs)) in written.lines().zip(recorded.lines()).enumerate() {
        assert_eq!(ours, theirs, "line {}", number + 1);
    }
    assert_eq!(written, recorded);
    let keys: serde_json::Map<String, Value> = serde_json::from_str(&written).unwrap();
    assert_eq!(keys.len(), 9);
}

/// Names of functions below a folder of the repository: tests of Rust, checks of Python.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let skipped = ["target", "gen", "fixtures"];
            if !skipped.iter().any(|name| path.ends_with(name)) {
                functions(&path, found);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "py") {
            let text = fs::read_to_string(&path).unwrap();
            let words: Vec<&str> = text.split_whitespace().collect();
            let after = |pair: &[&str]| match pair {
                ["fn" | "def", name] => name.split('(').next().map(str::to_owned),
                _ => None,
            };
            found.extend(words.windows(2).filter_map(after));
            // suites over a real kernel name their tests in texts
            found.extend(text.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
}

#[test]
fn every_point_of_the_contracts_is_held_by_a_test_or_listed_as_open() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = fs::read_to_string(root.join("tests/conformance/points.txt")).unwrap();
    let all = points::read(&list).unwrap();
    let ids: BTreeSet<&str> = all.iter().map(|point| point.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "a point stands twice");
    let mut tests = BTreeSet::new();
    for folder in ["proxy-core", "control-core", "cli", "tests"] {
        functions(&root.join(folder), &mut tests);
    }
    let held = points::held(&all, tests.iter().map(String::as_str));
    let mut wrong = Vec::new();
    for point in &all {
        let is_held = !held[&point.id].is_empty();
        match (&point.missing, is_held) {
            (None, false) => wrong.push(format!("{}: no test holds it: {}", point.id, point.title)),
            (Some(_), true) => wrong.push(format!("{}: listed as open, but a test holds it", point.id)),
            _ => {}
        }
        let absent = point.further.iter().filter(|name| !tests.contains(*name));
        wrong.extend(absent.map(|name| format!("{}: there is no test {name}", point.id)));
        if !["proxy", "control", "node", "cli"].contains(&point.who.as_str()) {
            wrong.push(format!("{}: who is `{}`?", point.id, point.who));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_tests_name_says_which_points_it_holds() {
    let named = |test: &str| points::named_by(test).into_iter().collect::<Vec<_>>();
    assert_eq!(named("xds_c07_one_bad"), ["xds 7"]);
    assert_eq!(
        named("hbone_c04_c05_security_t10_unfit"),
        ["hbone 4", "hbone 5", "security T10"]
    );
    assert_eq!(named("ca_c04_they_are_and_ca_c05_too"), ["ca 4", "ca 5"]);
    assert_eq!(named("the_ca_is_down_c07"), Vec::<String>::new());
    assert_eq!(named("security_9_many"), Vec::<String>::new());
}
