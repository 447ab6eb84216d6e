//! The words between runtime, plugin and agent.

use super::*;
use proptest::prelude::*;

#[test]
fn the_request_has_the_fields_of_the_field() {
    // cni-agent 6 step 9
    let previous = json!({"cniVersion": "1.0.0", "ips": [
        {"interface": 2, "address": "10.0.0.5/32", "gateway": "10.0.0.1"}, {"address": "fd00::5/64"}]});
    let request = AddRequest {
        netns: "/var/run/netns/cni-1".to_owned(),
        pod_name: "a".to_owned(),
        pod_namespace: "shop".to_owned(),
        ips: addresses(&previous),
        pod_uid: None,
    };
    let expected = json!({"Netns": "/var/run/netns/cni-1", "PodName": "a", "PodNamespace": "shop", "IPs": [
        {"Interface": 2, "Address": {"IP": "10.0.0.5", "Mask": "/////w=="}, "Gateway": "10.0.0.1"},
        {"Interface": null, "Address": {"IP": "fd00::5", "Mask": "//////////8AAAAAAAAAAA=="}, "Gateway": null}]});
    assert_eq!(serde_json::to_value(&request).unwrap(), expected);
    assert_eq!(
        request.addresses(),
        ["10.0.0.5".parse::<IpAddr>().unwrap(), "fd00::5".parse().unwrap()]
    );
}

#[test]
fn results_of_old_versions_are_read() {
    let old = json!({"cniVersion": "0.2.0", "ip4": {"ip": "10.0.0.5/24", "gateway": "10.0.0.1"}, "ip6": {"ip": "fd00::5/64"}});
    let found: Vec<String> = addresses(&old).into_iter().map(|one| one.address.ip).collect();
    assert_eq!(found, ["10.0.0.5", "fd00::5"]);
}

#[test]
fn requests_without_addresses_are_read() {
    for text in [
        r#"{"Netns":"n","PodName":"a","PodNamespace":"b"}"#,
        r#"{"Netns":"n","PodName":"a","PodNamespace":"b","IPs":null}"#,
    ] {
        assert!(serde_json::from_str::<AddRequest>(text).unwrap().ips.is_empty());
    }
}

#[test]
fn pods_are_named_by_the_runtime() {
    let arguments =
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=a-1;K8S_POD_INFRA_CONTAINER_ID=x;K8S_POD_UID=u";
    let names = pod_names(arguments).unwrap();
    assert_eq!(
        (
            names.namespace.as_str(),
            names.name.as_str(),
            names.uid.as_deref()
        ),
        ("shop", "a-1", Some("u"))
    );
    assert_eq!(pod_names("").unwrap(), PodNames::default());
}

#[test]
fn names_that_are_none_are_refused() {
    // security N8
    let long = "a".repeat(254);
    for bad in ["../etc", "a/b", "a\0b", "..", long.as_str(), "a b"] {
        let failure = pod_names(&format!("K8S_POD_NAME={bad}")).unwrap_err();
        assert_eq!(failure.code, INVALID_CONFIGURATION, "{bad}");
    }
}

#[test]
fn the_previous_result_is_passed_on_unchanged() {
    let text = r#"{"cniVersion":"0.4.0","type":"istio-cni","unknown":{"x":1},"prevResult":{"cniVersion":"0.4.0","dns":{},"ips":[],"zzz":1}}"#;
    let settings = Settings::parse(text.as_bytes()).unwrap();
    assert_eq!(
        settings.result(),
        r#"{"cniVersion":"0.4.0","dns":{},"ips":[],"zzz":1}"#
    );
    let settings = Settings::parse(br#"{"cniVersion":"0.4.0"}"#).unwrap();
    assert_eq!(settings.result(), r#"{"cniVersion":"0.4.0"}"#);
    assert_eq!(Settings::parse(b"{").unwrap_err().code, INVALID_CONFIGURATION);
}

proptest! {
    #[test]
    fn foreign_text_never_panics(text in "\\PC{0,200}") {
        let _ = (pod_names(&text), Settings::parse(text.as_bytes()), is_name(&text));
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = addresses(&value);
        }
        let _ = addresses(&json!({"ips": [{"address": text}]}));
    }
}
