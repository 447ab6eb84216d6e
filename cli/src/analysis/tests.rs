//! Each code fires where it should and stays silent where it must.

use super::*;
use crate::objects::{self, Text};
use crate::translation;
use control_core::index::event::Settings;

fn codes(text: &str) -> Vec<(&'static str, String)> {
    let objects = objects::parse(&Text {
        name: "x.yaml".to_owned(),
        text: text.to_owned(),
    })
    .unwrap();
    let translated = translation::translate(&objects, Settings::default());
    let schemas = Schemas::embedded().unwrap();
    let world = World {
        objects: &objects,
        translated: &translated,
        schemas: &schemas,
        system: "istio-system",
    };
    let found = analyze(&world, &[]);
    found.into_iter().map(|one| (one.code.code, one.text)).collect()
}

/// `code` is found in the first text and not in the second; no other code of ours is found in the second.
#[track_caller]
fn check(code: &str, fires: &str, silent: &str) {
    let found = codes(fires);
    assert!(
        found.iter().any(|(one, _)| *one == code),
        "{code} does not fire: {found:?}"
    );
    let found = codes(silent);
    assert!(
        !found.iter().any(|(one, _)| *one == code),
        "{code} fires: {found:?}"
    );
}

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}\n---\n\
    apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\nspec: {containers: []}\n---\n";

fn shop(more: &str) -> String {
    format!("{SHOP}{more}")
}

fn policy(spec: &str) -> String {
    shop(&format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
    ))
}

#[test]
fn ist0106_and_ist0133_are_the_verdict_of_validate() {
    check(
        "IST0106",
        &policy("{rules: [{form: []}]}"),
        &policy("{rules: [{from: []}]}"),
    );
    check(
        "IST0133",
        &policy("{action: DENY}"),
        &policy("{action: DENY, rules: [{}]}"),
    );
}

#[test]
fn ist0101_a_target_that_is_not_there() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {clusterIP: 10.0.0.1}\n---\n";
    let spec = "{targetRefs: [{kind: Service, name: web}], rules: [{}]}";
    let there = policy(spec).replace("apiVersion: security", &format!("{service}apiVersion: security"));
    check("IST0101", &policy(spec), &there);
}

#[test]
fn ist0127_a_selector_without_workloads() {
    let of = |app: &str| {
        policy(&format!(
            "{{selector: {{matchLabels: {{app: {app}}}}}, rules: [{{}}]}}"
        ))
    };
    check("IST0127", &of("ghost"), &of("web"));
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ghost, namespace: shop}\n\
        spec: {template: {metadata: {labels: {app: ghost}}}}\n---\n";
    check("IST0127", &of("ghost"), &format!("{template}{}", of("ghost")));
}

#[test]
fn ist0166_a_selector_for_a_waypoint() {
    check(
        "IST0166",
        &policy("{selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: wp}}, rules: [{}]}"),
        &policy("{selector: {matchLabels: {app: web}}, rules: [{}]}"),
    );
}

#[test]
fn ist0167_a_policy_that_is_not_enforced_at_all() {
    check(
        "IST0167",
        &policy("{action: AUDIT, rules: [{}]}"),
        &policy("{action: DENY, rules: [{}]}"),
    );
    let strict = |name: &str, day: u8| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
             metadata: {{name: {name}, namespace: shop, creationTimestamp: '2026-01-0{day}T00:00:00Z'}}\nspec: {{mtls: {{mode: STRICT}}}}\n---\n"
        )
    };
    check(
        "IST0167",
        &shop(&(strict("a", 1) + &strict("b", 2))),
        &shop(&strict("a", 1)),
    );
}

#[test]
fn mesh0003_an_l7_only_deny_denies_nothing() {
    let l7 = policy("{action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}");
    check(
        "MESH0003",
        &l7,
        &policy("{action: DENY, rules: [{to: [{operation: {ports: ['80']}}]}]}"),
    );
    let found = codes(&l7);
    let text = &found.iter().find(|(code, _)| *code == "MESH0003").unwrap().1;
    assert!(
        text.starts_with("this policy denies nothing at the node proxy"),
        "{text}"
    );
}

const GATEWAY: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: shop}\n\
    spec: {gatewayClassName: istio-waypoint, listeners: []}\n";

fn asking(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop, labels: {{istio.io/use-waypoint: {name}}}}}\nspec: {{clusterIP: 10.0.0.1}}\n---\n"
    )
}

#[test]
fn mesh0001_and_mesh0002_waypoints_and_who_asks_for_them() {
    let both = shop(&(asking("wp") + GATEWAY));
    check("MESH0001", &shop(&asking("wp")), &both);
    check("MESH0001", &shop(&asking("wp")), &shop(&asking("none")));
    check("MESH0002", &shop(GATEWAY), &both);
    let other = GATEWAY.replace("istio-waypoint", "nginx");
    check("MESH0001", &shop(&(asking("wp") + &other)), &both);
    check("MESH0002", &shop(GATEWAY), &shop(&other));
}

#[test]
fn ist0171_a_waypoint_that_is_not_programmed() {
    let status = |value: &str| {
        shop(&format!(
            "{GATEWAY}status: {{conditions: [{{type: Programmed, status: '{value}', message: no image}}]}}\n"
        ))
    };
    check("IST0171", &status("False"), &status("True"));
}

#[test]
fn mesh0005_a_route_of_a_service_without_waypoint() {
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\n\
        spec: {parentRefs: [{kind: Service, name: web}]}\n---\n";
    check(
        "MESH0005",
        &shop(&(asking("none") + route)),
        &shop(&(asking("wp") + route + GATEWAY)),
    );
    let edge = route.replace("kind: Service", "kind: Gateway");
    check(
        "MESH0005",
        &shop(&(asking("none") + route)),
        &shop(&(asking("none") + &edge)),
    );
}

fn namespace_with(labels: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: n, labels: {{{labels}}}}}\n")
}

#[test]
fn mesh0006_and_mesh0008_labels_of_namespaces() {
    check(
        "MESH0006",
        &namespace_with("istio.io/dataplane-mode: ambient, istio-injection: enabled"),
        &namespace_with("istio.io/dataplane-mode: ambient, istio-injection: disabled"),
    );
    for odd in [
        "istio.io/dataplane-mode: Ambient",
        "istio.io/dataplane_mode: ambient",
    ] {
        check(
            "MESH0008",
            &namespace_with(odd),
            &namespace_with("istio.io/dataplane-mode: none"),
        );
    }
}

#[test]
fn mesh0007_mesh0009_and_mesh0010_pods_that_stay_out() {
    let pod = |more: &str, spec: &str| {
        shop(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: odd, namespace: shop{more}}}\nspec: {{{spec}}}\n"
        ))
    };
    check(
        "MESH0007",
        &pod("", "hostNetwork: true"),
        &pod("", "hostNetwork: false"),
    );
    check(
        "MESH0007",
        &pod("", "hostNetwork: true"),
        &pod(", labels: {istio.io/dataplane-mode: none}", "hostNetwork: true"),
    );
    check(
        "MESH0010",
        &pod(", annotations: {sidecar.istio.io/status: x}", ""),
        &pod("", ""),
    );
    let deployment = |template: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: shop, labels: {{istio.io/dataplane-mode: none}}}}\n\
             spec: {{template: {{metadata: {{labels: {{{template}}}}}}}}}\n"
        )
    };
    check(
        "MESH0009",
        &deployment("app: d"),
        &deployment("istio.io/dataplane-mode: none"),
    );
}

#[test]
fn mesh0004_a_network_policy_without_the_tunnel() {
    let policy = |port: u16| {
        shop(&format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: in, namespace: shop}}\n\
             spec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{{podSelector: {{}}}}], ports: [{{port: {port}, protocol: TCP}}]}}]}}\n"
        ))
    };
    check("MESH0004", &policy(8080), &policy(15008));
    check(
        "MESH0004",
        &policy(8080),
        &policy(8080).replace("ambient", "none"),
    );
}

#[test]
fn cli_c19_ambient_namespaces_raise_no_injection_codes() {
    for code in ["IST0102", "IST0103", "IST0110", "IST0111"] {
        assert!(code::ALL.iter().all(|one| one.code != code));
    }
    assert_eq!(codes(SHOP), []);
}

#[test]
fn every_code_is_once_and_every_analyzer_has_a_name() {
    let mut seen = std::collections::BTreeSet::new();
    assert!(code::ALL.iter().all(|one| seen.insert(one.code)));
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    for one in code::ALL {
        let url = one.url();
        let anchor = url.rsplit_once('#').unwrap().1;
        assert!(
            readme.contains(&format!("id=\"{anchor}\"")),
            "{anchor} leads nowhere"
        );
    }
    let names: std::collections::BTreeSet<_> = ANALYZERS.iter().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), ANALYZERS.len());
    // an analyzer that is named runs alone
    let objects = objects::parse(&Text {
        name: "x".to_owned(),
        text: namespace_with("istio.io/dataplane-mode: Ambient"),
    })
    .unwrap();
    let translated = translation::translate(&objects, Settings::default());
    let schemas = Schemas::embedded().unwrap();
    let world = World {
        objects: &objects,
        translated: &translated,
        schemas: &schemas,
        system: "istio-system",
    };
    assert_eq!(analyze(&world, &["ambient.policyanalyzer".to_owned()]), []);
    assert_eq!(
        analyze(&world, &["ambient.EnrolmentAnalyzer".to_owned()]).len(),
        1
    );
}
