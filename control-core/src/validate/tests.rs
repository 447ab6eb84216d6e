//! Objects → verdicts.

use serde_json::{Value, json};

use super::validate;

fn object(kind: &str, spec: &Value) -> Value {
    let group = match kind {
        "AuthorizationPolicy" | "PeerAuthentication" => "security.istio.io/v1",
        _ => "networking.istio.io/v1",
    };
    json!({ "apiVersion": group, "kind": kind, "metadata": { "name": "p", "namespace": "app" }, "spec": spec })
}

#[track_caller]
fn refused(kind: &str, spec: &Value, part: &str) {
    let text = validate(&object(kind, spec)).unwrap_err().text;
    assert!(text.starts_with("configuration is invalid: "), "{text}");
    assert!(text.contains(part), "{text}");
}

#[track_caller]
fn accepted(kind: &str, spec: &Value, warning: &str) {
    let warnings = validate(&object(kind, spec)).unwrap();
    if warning.is_empty() {
        assert!(warnings.is_empty(), "{warnings:?}");
    } else {
        assert!(warnings.iter().any(|one| one.contains(warning)), "{warnings:?}");
    }
}

#[test]
fn cp_c13_deny_needs_rules_and_allow_does_not() {
    for rules in [json!(null), json!([])] {
        refused(
            "AuthorizationPolicy",
            &json!({ "action": "DENY", "rules": rules }),
            "DENY needs rules",
        );
        accepted("AuthorizationPolicy", &json!({ "rules": rules }), "");
    }
    accepted("AuthorizationPolicy", &json!({}), "");
    let text = validate(&object("AuthorizationPolicy", &json!({ "action": "DENY" })))
        .unwrap_err()
        .text;
    assert!(
        text.starts_with("configuration is invalid: invalid policy p.app:"),
        "{text}"
    );
}

fn source(source: &Value) -> Value {
    json!({ "rules": [{ "from": [{ "source": source }] }] })
}

fn operation(operation: &Value) -> Value {
    json!({ "rules": [{ "to": [{ "operation": operation }] }] })
}

fn when(when: &Value) -> Value {
    json!({ "rules": [{ "when": [when] }] })
}

#[test]
fn attachment_and_action_of_policies() {
    let target = json!({ "kind": "Service", "name": "a" });
    for (spec, part) in [
        (json!({ "selector": {}, "targetRef": target }), "only one of"),
        (
            json!({ "selector": { "matchLabels": { "a*": "b" } } }),
            "wildcards",
        ),
        (json!({ "selector": { "matchLabels": { "": "b" } } }), "empty key"),
        (json!({ "targetRefs": [{ "kind": "Service" }] }), "no name"),
        (
            json!({ "targetRefs": [{ "kind": "Service", "name": "a", "namespace": "b" }] }),
            "namespace",
        ),
        (
            json!({ "targetRefs": [{ "kind": "Pod", "name": "a" }] }),
            "can be targets",
        ),
        (json!({ "action": "CUSTOM" }), "needs rules"),
        (json!({ "action": "CUSTOM", "rules": [{}] }), "provider.name"),
        (json!({ "provider": { "name": "x" } }), "only for action CUSTOM"),
        (json!({ "action": "MAYBE" }), "unknown action"),
        (json!({ "rules": [null] }), "rules[0] cannot be null"),
        (json!({ "rules": [{ "from": [{}] }] }), "source cannot be empty"),
    ] {
        refused("AuthorizationPolicy", &spec, part);
    }
    let several = json!({ "action": "DENY", "provider": { "name": "x" } });
    let text = validate(&object("AuthorizationPolicy", &several))
        .unwrap_err()
        .text;
    assert!(
        text.contains("DENY needs rules") && text.contains("provider"),
        "{text}"
    );
}

#[test]
fn terms_of_policies() {
    let many: Vec<String> = (0..17).map(|at| format!("a{at}")).collect();
    for (spec, part) in [
        (source(&json!({})), "sets no field"),
        (operation(&json!({ "methods": [] })), "sets no field"),
        (
            source(&json!({ "serviceAccounts": ["a"], "notNamespaces": ["b"] })),
            "cannot be combined",
        ),
        (source(&json!({ "serviceAccounts": many })), "more than 16"),
        (
            source(&json!({ "serviceAccounts": ["a/b/c"] })),
            "is not `account`",
        ),
        (source(&json!({ "serviceAccounts": ["*"] })), "wildcards"),
        (
            source(&json!({ "notIpBlocks": ["10.0.0.0/33"] })),
            "no address or CIDR",
        ),
        (source(&json!({ "principals": [""] })), "empty value"),
        (source(&json!({ "trustDomains": ["a*b"] })), "no trust domain"),
        (operation(&json!({ "ports": ["65536"] })), "no port"),
        (operation(&json!({ "notPorts": ["+1"] })), "no port"),
        (operation(&json!({ "paths": ["/a/{**}/b"] })), "must be last"),
        (operation(&json!({ "paths": ["/a/{x}"] })), "whole segments"),
        (when(&json!({ "values": ["a"] })), "no key"),
        (
            when(&json!({ "key": "source.ip" })),
            "neither values nor notValues",
        ),
        (
            when(&json!({ "key": "source.ip", "values": ["x"] })),
            "cannot be used",
        ),
        (
            when(&json!({ "key": "destination.labels[app]", "values": ["x"] })),
            "unknown key",
        ),
        (
            when(&json!({ "key": "request.headers", "values": ["x"] })),
            "unknown key",
        ),
    ] {
        refused("AuthorizationPolicy", &spec, part);
    }
}

#[test]
fn policies_pass_with_what_to_know() {
    let policy = |spec: Value, warning| accepted("AuthorizationPolicy", &spec, warning);
    policy(json!({ "selector": {} }), "empty selector");
    policy(json!({ "rules": [{ "from": [] }] }), "restricts nothing");
    let http = json!({ "action": "DENY", "rules": [{ "to": [{ "operation": { "methods": ["GET"] } }] }] });
    policy(http, "HTTP attributes only");
    let l4 = json!({ "action": "DENY", "rules": [{ "to": [{ "operation": { "ports": ["80"], "paths": ["/a/{*}/{**}"] } }] }] });
    policy(l4, "");
    policy(
        json!({ "rules": [{ "when": [{ "key": "request.headers[x]", "values": ["y"] }] }] }),
        "",
    );
}

#[test]
fn peer_authentications() {
    let check = |spec: Value, part| refused("PeerAuthentication", &spec, part);
    let selector = json!({ "matchLabels": { "a": "b" } });
    check(
        json!({ "portLevelMtls": { "80": { "mode": "STRICT" } } }),
        "needs a selector",
    );
    check(json!({ "selector": selector, "portLevelMtls": {} }), "empty");
    check(
        json!({ "selector": selector, "portLevelMtls": { "0": {} } }),
        "no port",
    );
    check(
        json!({ "selector": selector, "portLevelMtls": { "65536": {} } }),
        "no port",
    );
    check(json!({ "mtls": { "mode": "LOOSE" } }), "unknown mode");
    accepted(
        "PeerAuthentication",
        &json!({ "selector": selector, "portLevelMtls": { "80": { "mode": "DISABLE" } } }),
        "",
    );
    accepted("PeerAuthentication", &json!({ "mtls": { "mode": "STRICT" } }), "");
}

#[test]
fn service_and_workload_entries() {
    let port = |name: &str, number: u32| json!({ "name": name, "number": number, "protocol": "TCP" });
    let entry = |spec: Value, part| refused("ServiceEntry", &spec, part);
    entry(json!({}), "at least one host");
    entry(json!({ "hosts": ["*"] }), "match everything");
    entry(
        json!({ "hosts": ["a.b"], "workloadSelector": {}, "resolution": "STATIC", "endpoints": [{ "address": "1.1.1.1" }] }),
        "only one of",
    );
    entry(
        json!({ "hosts": ["a.b"], "ports": [port("x", 80), port("y", 80)] }),
        "number 80 is used twice",
    );
    entry(
        json!({ "hosts": ["a.b"], "ports": [port("x", 80), port("x", 81)] }),
        "`x` is used twice",
    );
    entry(
        json!({ "hosts": ["a.b"], "ports": [port("x", 70000)] }),
        "no port",
    );
    entry(
        json!({ "hosts": ["a.b"], "addresses": ["10.0.0.0/8"], "resolution": "DNS" }),
        "needs resolution NONE or STATIC",
    );
    entry(
        json!({ "hosts": ["a.b"], "endpoints": [{ "address": "1.1.1.1" }] }),
        "takes no endpoints",
    );
    entry(
        json!({ "hosts": ["a.b"], "resolution": "STATIC", "endpoints": [{ "address": "x.y" }] }),
        "needs an IP",
    );
    entry(json!({ "hosts": ["*.b"], "resolution": "DNS" }), "cannot resolve");
    entry(
        json!({ "hosts": ["a.b"], "resolution": "DYNAMIC_DNS" }),
        "needs wildcard hosts",
    );
    entry(
        json!({ "hosts": ["a.b", "c.d"], "resolution": "DNS", "ports": [port("x", 80)] }),
        "HTTP or TLS",
    );
    accepted(
        "ServiceEntry",
        &json!({ "hosts": ["a.b"], "resolution": "DNS", "ports": [port("x", 80)] }),
        "",
    );
    let workload = |spec: Value, part| refused("WorkloadEntry", &spec, part);
    workload(json!({}), "unless network is set");
    workload(json!({ "address": "unix://x" }), "absolute path");
    workload(json!({ "address": "a_b!c" }), "no address and no host name");
    workload(json!({ "address": "1.1.1.1", "ports": { "x": 0 } }), "no port");
    accepted(
        "WorkloadEntry",
        &json!({ "address": "unix:///x" }),
        "node proxies",
    );
    accepted("WorkloadEntry", &json!({ "network": "n" }), "");
}

#[test]
fn other_kinds_and_forms() {
    let kind = |kind: &str| object(kind, &json!({}));
    assert!(validate(&kind("VirtualService")).unwrap()[0].contains("no effect in this mesh"));
    assert!(
        validate(&kind("Unheard"))
            .unwrap_err()
            .text
            .starts_with("unrecognized type ")
    );
    assert!(
        validate(&json!([]))
            .unwrap_err()
            .text
            .starts_with("cannot decode configuration: ")
    );
    let mut odd = kind("PeerAuthentication");
    odd["spec"] = json!("x");
    assert!(
        validate(&odd)
            .unwrap_err()
            .text
            .starts_with("error decoding configuration: ")
    );
    let mut extra = kind("PeerAuthentication");
    extra["extra"] = json!(1);
    assert_eq!(
        validate(&extra).unwrap_err().text,
        "unknown field \"extra\" on PeerAuthentication resource app/p"
    );
    let mut dry = kind("AuthorizationPolicy");
    dry["metadata"]["annotations"] = json!({ "istio.io/dry-run": "maybe" });
    assert!(validate(&dry).unwrap_err().text.contains("must be a boolean"));
    dry["metadata"]["annotations"] = json!({ "istio.io/dry-run": "true" });
    assert!(validate(&dry).is_ok());
    dry["kind"] = json!("PeerAuthentication");
    assert!(
        validate(&dry)
            .unwrap_err()
            .text
            .contains("only for AuthorizationPolicy")
    );
    let mut internal = kind("PeerAuthentication");
    internal["metadata"]["annotations"] = json!({ "internal.istio.io/parents": "x" });
    assert!(validate(&internal).is_err());
}
