//! Bodies as clients send them.

use proptest::prelude::*;
use serde_json::json;

use super::{ProtobufError, decode};

/// A length-delimited field.
fn field(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend(content);
    bytes
}

fn varint(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, api_version), field(2, kind)].concat();
    [
        b"k8s\0".to_vec(),
        field(1, type_meta),
        field(2, raw),
        field(3, ""),
        field(4, ""),
    ]
    .concat()
}

#[test]
fn a_config_map_keeps_what_is_set_and_drops_what_is_zero() {
    let entry = [field(1, "a"), field(2, "b")].concat();
    let metadata = [
        field(1, "x"),
        field(2, ""),
        field(3, "default"),
        varint(7, 0),
        field(8, ""),
    ]
    .concat();
    let raw = [field(1, metadata), field(2, entry)].concat();
    assert_eq!(
        decode(&body("v1", "ConfigMap", &raw)),
        Ok(
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x", "namespace": "default" }, "data": { "a": "b" } })
        )
    );
}

#[test]
fn inlined_optional_and_mixed_fields_are_as_in_json() {
    let target_port = [varint(1, 1), varint(2, 0), field(3, "http")].concat();
    let port = [
        field(1, "web"),
        field(2, ""),
        varint(3, 80),
        field(4, target_port),
        varint(5, 0),
    ]
    .concat();
    let service = [field(1, field(1, "s")), field(2, field(1, port))].concat();
    assert_eq!(
        decode(&body("v1", "Service", &service)).unwrap()["spec"]["ports"],
        json!([{ "name": "web", "port": 80, "targetPort": "http" }])
    );
    let volume = [field(1, "v"), field(2, field(2, ""))].concat();
    let template = field(2, field(1, volume));
    let spec = [varint(1, 0), field(3, template)].concat();
    let deployment = decode(&body("apps/v1", "Deployment", &field(2, spec))).unwrap();
    assert_eq!(deployment["spec"]["replicas"], 0, "a pointer to zero is a value");
    assert_eq!(
        deployment["spec"]["template"]["spec"]["volumes"],
        json!([{ "name": "v", "emptyDir": {} }])
    );
}

#[test]
fn bytes_quantities_and_bare_lists_are_as_in_json() {
    let entry = [field(1, "k"), field(2, [0, 1, 2])].concat();
    assert_eq!(
        decode(&body("v1", "Secret", &field(2, entry))).unwrap()["data"],
        json!({ "k": "AAEC" })
    );
    let hard = [field(1, "pods"), field(2, field(1, "10"))].concat();
    assert_eq!(
        decode(&body("v1", "ResourceQuota", &field(2, field(1, hard)))).unwrap()["spec"]["hard"],
        json!({ "pods": "10" })
    );
    let extra = [
        field(1, "scopes"),
        field(2, [field(1, "a"), field(1, "b")].concat()),
    ]
    .concat();
    assert_eq!(
        decode(&body(
            "authorization.k8s.io/v1",
            "SubjectAccessReview",
            &field(2, field(5, extra))
        ))
        .unwrap()["spec"]["extra"],
        json!({ "scopes": ["a", "b"] })
    );
}

#[test]
fn what_is_unknown_or_broken_is_refused() {
    assert!(matches!(
        decode(&body("v1", "Nonsense", b"")),
        Err(ProtobufError::UnknownKind { .. })
    ));
    // a part of an object is no object
    assert!(matches!(
        decode(&body("v1", "PodSpec", b"")),
        Err(ProtobufError::UnknownKind { .. })
    ));
    assert!(matches!(decode(b"{}"), Err(ProtobufError::Malformed { .. })));
    assert!(matches!(
        decode(&body("v1", "ConfigMap", &[0x0a, 0x05, 1])),
        Err(ProtobufError::Malformed { .. })
    ));
    assert!(matches!(
        decode(&body("v1", "ConfigMap", &varint(1, 1))),
        Err(ProtobufError::Malformed { .. })
    ));
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(kind in prop_oneof![Just("Pod"), Just("Secret"), Just("Event")], raw in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(decode(&body("v1", kind, &raw)));
    }
}
