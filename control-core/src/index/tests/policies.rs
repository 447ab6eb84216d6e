//! Policies and strictness (`control-plane.md` 12, `authorization.md` 6).

use serde_json::{Value, json};

use super::{Mesh, pod, policy, strictness};
use crate::index::event::Kind;
use crate::index::fate::{ALLOWS_NOTHING, DENIES_NOTHING, Outcome, sum};
use crate::model::ObjectName;
use crate::model::condition::{Condition, StatusOf};
use crate::model::policy::Action;

const STATIC: &str = "istio-system/istio_converted_static_strict";
const OLD: &str = "2026-01-01T00:00:00Z";
const NEW: &str = "2026-02-01T00:00:00Z";

fn accepted(mesh: &Mesh, namespace: &str) -> Condition {
    let all = mesh.conditions(&StatusOf::Policy(ObjectName::new(namespace, "p")));
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

#[test]
fn cp_c12_authz_c14_an_allow_rule_that_needs_http_is_omitted_and_denies() {
    let spec = json!({ "rules": [{ "to": [{ "operation": { "paths": ["/a"], "ports": ["80"] } }] }] });
    let mesh = Mesh::default().with(&policy("app", "p", spec));
    let sent = mesh.policy("app/p").unwrap();
    assert!(sent.rules.is_empty() && sent.action == 0);
    let condition = accepted(&mesh, "app");
    assert_eq!(
        (condition.is_true, condition.reason.as_str(), condition.generation),
        (true, "UnsupportedValue", Some(3))
    );
    assert!(
        condition.message.contains("paths") && condition.message.contains("waypoint"),
        "{}",
        condition.message
    );
}

#[test]
fn authz_c14_a_deny_rule_keeps_its_ports_and_says_what_is_left() {
    let deny =
        |operation: Value| json!({ "action": "DENY", "rules": [{ "to": [{ "operation": operation }] }] });
    let mesh = Mesh::default().with(&policy(
        "app",
        "p",
        deny(json!({ "methods": ["GET"], "ports": ["80"] })),
    ));
    let sent = mesh.policy("app/p").unwrap();
    assert_eq!(sent.rules[0].clauses[0].matches[0].destination_ports, [80]);
    assert!(accepted(&mesh, "app").message.contains("remaining terms"));
    let mesh = Mesh::default().with(&policy("app", "p", deny(json!({ "methods": ["GET"] }))));
    let sent = mesh.policy("app/p").unwrap();
    assert_eq!(
        sent.rules[0].clauses[0].matches,
        [mesh_wire::security::Match::default()]
    );
    let message = accepted(&mesh, "app").message;
    assert!(
        message.contains("has no effect") && message.contains(DENIES_NOTHING),
        "{message}"
    );
}

#[test]
fn every_rule_says_what_became_of_it() {
    let spec = json!({ "rules": [
        { "to": [{ "operation": { "methods": ["GET"] } }] },
        { "to": [{ "operation": { "ports": ["80"] } }] },
        { "to": [{ "operation": { "ports": ["http"] } }] },
    ] });
    let mesh = Mesh::default().with(&policy("app", "p", spec));
    let name = ObjectName::new("app", "p");
    let (action, fates) = mesh.index.fates(&name).unwrap();
    let told: Vec<_> = fates
        .iter()
        .map(|fate| (fate.number, fate.sent_as, fate.outcome))
        .collect();
    let expected = [
        (0, None, Outcome::Omitted),
        (1, Some(0), Outcome::Whole),
        (2, Some(1), Outcome::Inert),
    ];
    assert_eq!((action, told.as_slice()), (Action::Allow, expected.as_slice()));
    assert_eq!(fates[0].unseen, ["methods"]);
    assert!(fates[2].effects()[0].contains("`http` of ports is skipped"));
    // the numbers are those of the resource
    assert_eq!(mesh.policy("app/p").unwrap().rules.len(), 2);
    assert_eq!(sum(action, &fates), None);
    assert_eq!(sum(action, &fates[..1]), Some(ALLOWS_NOTHING));
    assert_eq!(mesh.index.fates(&ObjectName::new("app", "other")), None);
}

#[test]
fn cp_c14_scopes() {
    let selector = json!({ "selector": { "matchLabels": { "app": "web" } } });
    let mesh = Mesh::default()
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&policy("istio-system", "g", json!({})))
        .with(&policy("istio-system", "s", selector.clone()))
        .with(&policy("app", "n", json!({})))
        .with(&policy("app", "s", selector))
        .with(&policy(
            "app",
            "other",
            json!({ "selector": { "matchLabels": { "app": "x" } } }),
        ));
    let scope = |key: &str| mesh.policy(key).unwrap().scope;
    assert_eq!(
        (scope("istio-system/g"), scope("app/n"), scope("app/s")),
        (0, 1, 2)
    );
    assert_eq!(
        mesh.pod("web").authorization_policies,
        ["app/s", "istio-system/s"]
    );
}

#[test]
fn an_empty_selector_is_inert_and_says_so() {
    let mesh = Mesh::default()
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&policy("app", "p", json!({ "selector": {} })));
    assert_eq!(mesh.policy("app/p").unwrap().scope, 2);
    assert!(mesh.pod("web").authorization_policies.is_empty());
    assert!(!accepted(&mesh, "app").is_true);
}

#[test]
fn authz_c16_authz_c17_what_is_sent() {
    let rule = Mesh::default().with(&policy("app", "p", json!({ "rules": [{}] })));
    assert!(rule.policy("app/p").unwrap().rules[0].clauses.is_empty());
    let target = json!({ "targetRefs": [{ "kind": "Service", "name": "web" }] });
    let mesh = Mesh::default().with(&policy("app", "p", target));
    assert_eq!(mesh.policy("app/p"), None);
    assert_eq!(accepted(&mesh, "app").reason, "TargetNotFound");
    for action in ["AUDIT", "CUSTOM"] {
        let mesh = Mesh::default().with(&policy("app", "p", json!({ "action": action, "rules": [{}] })));
        assert_eq!(mesh.policy("app/p"), None);
        assert!(!accepted(&mesh, "app").is_true && accepted(&mesh, "app").message.contains(action));
    }
    let mut dry = policy("app", "p", json!({}));
    dry["metadata"]["annotations"] = json!({ "istio.io/dry-run": "true" });
    let mesh = Mesh::default().with(&dry);
    assert_eq!(mesh.policy("app/p"), None);
    assert!(accepted(&mesh, "app").message.contains("app/p"));
}

#[test]
fn a_policy_without_spec_denies_its_namespace() {
    let object = json!({ "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                         "metadata": { "name": "p", "namespace": "app" } });
    let sent = Mesh::default().with(&object).policy("app/p").unwrap();
    assert_eq!((sent.scope, sent.action, sent.rules.len()), (1, 0, 0));
}

#[test]
fn terms_become_matches_and_bad_values_never_widen_an_allow() {
    let source = json!({ "principals": ["*", "a*", "*b", "c"], "notNamespaces": ["n"], "serviceAccounts": ["sa", "ns/sa"],
                         "ipBlocks": ["10.1.2.3/8", "fd00::1", "bad"] });
    let spec = json!({ "rules": [{ "from": [{ "source": source }],
        "when": [{ "key": "destination.port", "values": ["80"], "notValues": ["81"] }] }] });
    let sent = Mesh::default()
        .with(&policy("app", "p", spec))
        .policy("app/p")
        .unwrap();
    let [from, when] = sent.rules[0].clauses.as_slice() else {
        panic!("{sent:?}")
    };
    let from = &from.matches[0];
    assert_eq!(
        (
            from.principals.len(),
            from.not_namespaces.len(),
            from.source_ips.len()
        ),
        (4, 1, 2)
    );
    assert_eq!(from.source_ips[0].address.as_ref(), [10, 1, 2, 3]);
    assert_eq!(from.service_accounts[0].namespace, "app");
    assert_eq!(
        (
            when.matches[0].destination_ports[0],
            when.matches[0].not_destination_ports[0]
        ),
        (80, 81)
    );
    let bad = json!({ "rules": [{ "from": [{ "source": { "ipBlocks": ["bad"], "namespaces": ["n"] } }] }] });
    let mesh = Mesh::default().with(&policy("app", "p", bad));
    assert_eq!(
        mesh.policy("app/p").unwrap().rules[0].clauses[0].matches,
        [mesh_wire::security::Match::default()]
    );
    assert!(accepted(&mesh, "app").message.contains("allows nothing"));
}

fn web_with(objects: &[Value]) -> Mesh {
    let mut mesh = Mesh::default().with(&pod("web", "10.0.0.2", &json!({})));
    for object in objects {
        mesh.put(object);
    }
    // cp_c19: every reference resolves
    for key in mesh.pod("web").authorization_policies {
        assert!(mesh.policy(&key).is_some(), "{key} dangles");
    }
    mesh
}

#[track_caller]
fn check(objects: &[Value], expected: &[&str]) {
    assert_eq!(web_with(objects).pod("web").authorization_policies, expected);
}

fn mode(mode: &str) -> Value {
    json!({ "mtls": { "mode": mode } })
}

fn ports(mode: Option<&str>, ports: Value) -> Value {
    let mut spec = json!({ "selector": { "matchLabels": { "app": "web" } }, "portLevelMtls": ports });
    if let Some(mode) = mode {
        spec["mtls"] = json!({ "mode": mode });
    }
    spec
}

const OWN: &str = "app/converted_peer_authentication_w";

#[test]
fn cp_c15_cp_c16_cp_c20_authz_c15_strictness_by_level() {
    check(&[strictness("app", "a", OLD, mode("STRICT"))], &[STATIC]);
    check(&[strictness("istio-system", "m", OLD, mode("STRICT"))], &[STATIC]);
    let mesh = json!({ "selector": { "matchLabels": { "app": "web" } }, "mtls": { "mode": "STRICT" } });
    check(&[strictness("istio-system", "m", OLD, mesh)], &[]);
    check(
        &[
            strictness("app", "new", NEW, mode("STRICT")),
            strictness("app", "old", OLD, mode("PERMISSIVE")),
        ],
        &[],
    );
    check(
        &[
            strictness("app", "new", NEW, mode("PERMISSIVE")),
            strictness("app", "old", OLD, mode("STRICT")),
        ],
        &[STATIC],
    );
    let mut mesh = web_with(&[strictness("app", "a", OLD, mode("PERMISSIVE"))]);
    assert!(mesh.policy(STATIC).is_some());
    mesh.remove(Kind::PeerAuthentication, "app", "a");
    assert_eq!(mesh.policy(STATIC), None);
}

#[test]
fn cp_c17_an_unset_workload_setting_with_an_open_port_keeps_the_others_strict() {
    let strict = strictness("istio-system", "m", OLD, mode("STRICT"));
    let own = strictness(
        "app",
        "w",
        OLD,
        ports(None, json!({ "9090": { "mode": "PERMISSIVE" } })),
    );
    let unset = strictness("app", "n", OLD, mode("UNSET"));
    for objects in [
        vec![strict.clone(), own.clone()],
        vec![strict.clone(), own.clone(), unset],
    ] {
        let mesh = web_with(&objects);
        assert_eq!(mesh.pod("web").authorization_policies, [OWN]);
        let converted = mesh.policy(OWN).unwrap();
        assert_eq!(
            (converted.action, converted.scope, converted.rules.len()),
            (1, 2, 1)
        );
        let clauses = &converted.rules[0].clauses;
        assert_eq!(clauses[0].matches[0].not_destination_ports, [9090]);
        assert_eq!(clauses[1].matches[0].not_principals.len(), 1);
    }
    // DISABLE alone stays static: fails closed
    let own = strictness(
        "app",
        "w",
        OLD,
        ports(None, json!({ "9090": { "mode": "DISABLE" } })),
    );
    check(&[strict, own], &[STATIC]);
}

#[test]
fn cp_c18_a_permissive_workload_setting_with_a_strict_port_denies_plain_text_there() {
    let strict = strictness("istio-system", "m", OLD, mode("STRICT"));
    let own = strictness(
        "app",
        "w",
        OLD,
        ports(Some("PERMISSIVE"), json!({ "9090": { "mode": "STRICT" } })),
    );
    let mesh = web_with(&[strict, own]);
    assert_eq!(mesh.pod("web").authorization_policies, [OWN]);
    let one = &mesh.policy(OWN).unwrap().rules[0].clauses[0].matches[0];
    assert_eq!(
        (one.destination_ports.as_slice(), one.not_principals.len()),
        ([9090].as_slice(), 1)
    );
}

#[test]
fn the_rest_of_the_table_of_strictness() {
    let own = |mode: Option<&str>, port: &str| {
        strictness("app", "w", OLD, ports(mode, json!({ "80": { "mode": port } })))
    };
    let strict = strictness("istio-system", "m", OLD, mode("STRICT"));
    check(&[own(Some("STRICT"), "STRICT")], &[STATIC]);
    check(&[own(Some("STRICT"), "DISABLE")], &[OWN]);
    check(&[own(Some("DISABLE"), "PERMISSIVE"), strict.clone()], &[]);
    check(&[own(None, "STRICT")], &[OWN]);
    check(&[own(None, "STRICT"), strict], &[STATIC]);
    check(&[own(None, "PERMISSIVE")], &[]);
}
