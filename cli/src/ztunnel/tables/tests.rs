//! Tables of a dump: order, waypoints, endpoints, filters, scopes.

use super::*;
use crate::render::list::ListArgs;

fn dump() -> Dump {
    let text = r#"{"workloads": [
        {"uid": "1", "namespace": "istio", "name": "a", "workloadIps": ["10.0.0.1", "fd00::1"], "node": "N1",
         "protocol": "TCP", "status": "Healthy", "waypoint": {"destination": "/10.9.0.1"}},
        {"uid": "2", "namespace": "istio-system", "name": "b", "hostname": "b.example", "protocol": "HBONE",
         "waypoint": {"destination": "w/wp.w.svc"}},
        {"uid": "3", "namespace": "istio", "name": "a", "workloadIps": ["10.0.1.1"], "node": "N0",
         "protocol": "TCP", "waypoint": {"destination": "x/gone"}}],
      "services": [
        {"namespace": "b", "name": "s", "hostname": "2", "vips": ["net/10.9.0.2"]},
        {"namespace": "b", "name": "s", "hostname": "1", "vips": ["/10.9.0.1", "/fd00::9"],
         "endpoints": {"1": {"workloadUid": "1"}, "2": {"workloadUid": "2"}, "9": {"workloadUid": "9"}}},
        {"namespace": "w", "name": "wp", "hostname": "wp.w.svc"}]}"#;
    Dump::from_wire(text.as_bytes()).unwrap()
}

#[test]
fn cli_c02_c03_workloads_sort_by_one_string_and_waypoints_resolve_by_host_and_vip() {
    let expected = "\
NAMESPACE    POD NAME ADDRESS          NODE WAYPOINT PROTOCOL
istio-system b        b.example             wp       HBONE
istio        a        10.0.1.1         N0   NA       TCP
istio        a        10.0.0.1,fd00::1 N1   s        TCP
";
    let mut rows = workloads(&dump(), &WorkloadFilter::default());
    sort_workloads(&mut rows);
    assert_eq!(ListArgs::plain().render(workload_list(rows)).unwrap(), expected);
}

#[test]
fn cli_c04_only_known_healthy_workloads_count_as_healthy() {
    let expected = "\
NAMESPACE SERVICE NAME SERVICE VIP      WAYPOINT ENDPOINTS
b         s            10.9.0.1,fd00::9 None     1/3
b         s            10.9.0.2         None     0/0
w         wp                            None     0/0
";
    let rows = services(&dump(), None);
    assert_eq!(ListArgs::plain().render(service_list(rows)).unwrap(), expected);
}

#[track_caller]
fn check(filter: &WorkloadFilter, expected: &[&str]) {
    let dump = dump();
    let uids: Vec<&str> = dump
        .workloads
        .iter()
        .filter(|workload| filter.wants(workload))
        .map(|w| w.uid.as_str())
        .collect();
    assert_eq!(uids, expected);
}

#[test]
fn filters_are_anded_and_ignore_case() {
    let some = |text: &str| Some(text.to_owned());
    check(
        &WorkloadFilter {
            namespace: some("ISTIO"),
            ..Default::default()
        },
        &["1", "3"],
    );
    check(
        &WorkloadFilter {
            namespace: some("istio"),
            node: some("n1"),
            ..Default::default()
        },
        &["1"],
    );
    check(
        &WorkloadFilter {
            address: some("10.0.0.1"),
            ..Default::default()
        },
        &["1"],
    );
    check(
        &WorkloadFilter {
            address: some("10.0.0"),
            ..Default::default()
        },
        &[],
    );
    check(
        &WorkloadFilter {
            address: some("10.0.0.0/16"),
            ..Default::default()
        },
        &["1", "3"],
    );
    check(
        &WorkloadFilter {
            name: some("b"),
            ..Default::default()
        },
        &["2"],
    );
}

#[test]
fn unknown_keys_of_a_match_are_dropped() {
    let rules = serde_json::json!([[[{"notPrincipals": [{"Exact": "a"}], "later": [1], "sourceIps": []}]]]);
    let policy = Policy {
        name: String::new(),
        namespace: String::new(),
        scope: String::new(),
        action: String::new(),
        rules,
        is_dry_run: false,
    };
    let expected = serde_json::json!([[[{"notPrincipals": [{"Exact": "a"}]}]]]);
    assert_eq!(policy_document(&policy).rules, expected);
}

#[test]
fn a_policy_counts_the_workloads_of_its_scope() {
    let text = r#"{"workloads": [
        {"uid": "1", "namespace": "a", "name": "x", "authorizationPolicies": ["a/one"]},
        {"uid": "2", "namespace": "a", "name": "y"}, {"uid": "3", "namespace": "b", "name": "z"}],
      "policies": [{"namespace": "a", "name": "all", "scope": "Namespace", "rules": [[], []], "dryRun": true},
        {"namespace": "a", "name": "one", "scope": "WorkloadSelector"}, {"namespace": "r", "name": "g", "scope": "Global"}]}"#;
    let dump = Dump::from_wire(text.as_bytes()).unwrap();
    let told: Vec<(usize, bool)> = policies(&dump, None)
        .iter()
        .map(|row| (row.selects, row.policy.is_dry_run))
        .collect();
    assert_eq!(told, [(2, true), (1, false), (3, false)]);
}
