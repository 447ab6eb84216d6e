//! Workloads, services and policies: filters and tables (`spec/cli.md` 2.2, 3.2–3.4).

use super::dump::{Destination, Dump, Policy, Service, Workload};
use crate::render::table::Table;
use ipnet::IpNet;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// Which workloads are wanted; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct WorkloadFilter {
    /// Name, case-insensitive.
    pub name: Option<String>,
    /// Namespace, case-insensitive.
    pub namespace: Option<String>,
    /// Node, case-insensitive.
    pub node: Option<String>,
    /// One of the workload's addresses, or a network that holds one.
    pub address: Option<String>,
}

impl WorkloadFilter {
    /// Whether a workload is wanted.
    #[must_use]
    pub fn wants(&self, workload: &Workload) -> bool {
        same(self.name.as_ref(), &workload.name)
            && same(self.namespace.as_ref(), &workload.namespace)
            && same(self.node.as_ref(), &workload.node)
            && self
                .address
                .as_ref()
                .is_none_or(|wanted| has_address(workload, wanted))
    }
}

fn same(wanted: Option<&String>, value: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
}

fn has_address(workload: &Workload, wanted: &str) -> bool {
    let network = wanted
        .contains('/')
        .then(|| wanted.parse::<IpNet>().ok())
        .flatten();
    let holds = |ip: &String| {
        ip.eq_ignore_ascii_case(wanted)
            || network.is_some_and(|network| ip.parse::<IpAddr>().is_ok_and(|ip| network.contains(&ip)))
    };
    workload.workload_ips.iter().flatten().any(holds)
}

/// Names of waypoints by what points to them; the first service wins.
struct Waypoints<'a>(HashMap<String, &'a str>);

impl<'a> Waypoints<'a> {
    fn of(dump: &'a Dump) -> Self {
        let mut names = HashMap::new();
        for service in &dump.services {
            let host = format!("{}/{}", service.namespace, service.hostname);
            names.entry(host).or_insert(service.name.as_str());
            for vip in service.vips.iter().flatten() {
                names.entry(vip.clone()).or_insert(service.name.as_str());
            }
        }
        Self(names)
    }

    fn name(&self, waypoint: Option<&Destination>) -> String {
        let Some(waypoint) = waypoint.filter(|waypoint| !waypoint.destination.is_empty()) else {
            return "None".to_owned();
        };
        self.0
            .get(&waypoint.destination)
            .map_or("NA", |name| name)
            .to_owned()
    }
}

/// The workload table, sorted by the one string `namespace.name`, then by node (C2).
#[must_use]
pub fn workloads(dump: &Dump, filter: &WorkloadFilter) -> String {
    let waypoints = Waypoints::of(dump);
    let mut rows: Vec<&Workload> = dump
        .workloads
        .iter()
        .filter(|workload| filter.wants(workload))
        .collect();
    rows.sort_by_cached_key(|row| (format!("{}.{}", row.namespace, row.name), row.node.clone()));
    let mut table = Table::new(
        1,
        &["NAMESPACE", "POD NAME", "ADDRESS", "NODE", "WAYPOINT", "PROTOCOL"],
    );
    for row in rows {
        let addresses = row
            .workload_ips
            .iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(",");
        table.row(vec![
            row.namespace.clone(),
            row.name.clone(),
            if addresses.is_empty() {
                row.hostname.clone()
            } else {
                addresses
            },
            row.node.clone(),
            waypoints.name(row.waypoint.as_ref()),
            row.protocol.clone(),
        ]);
    }
    table.render()
}

/// The services of a namespace, sorted by namespace, name and hostname (C2).
#[must_use]
pub fn sorted_services<'a>(dump: &'a Dump, namespace: Option<&String>) -> Vec<&'a Service> {
    let mut rows: Vec<&Service> = dump
        .services
        .iter()
        .filter(|service| same(namespace, &service.namespace))
        .collect();
    rows.sort_by_key(|row| (&row.namespace, &row.name, &row.hostname));
    rows
}

/// The service table.
#[must_use]
pub fn services(dump: &Dump, namespace: Option<&String>) -> String {
    let waypoints = Waypoints::of(dump);
    let healthy: HashSet<&str> = dump
        .workloads
        .iter()
        .filter(|workload| workload.status == "Healthy")
        .map(|workload| workload.uid.as_str())
        .collect();
    let mut table = Table::new(
        1,
        &[
            "NAMESPACE",
            "SERVICE NAME",
            "SERVICE VIP",
            "WAYPOINT",
            "ENDPOINTS",
        ],
    );
    for row in sorted_services(dump, namespace) {
        let vips = row
            .vips
            .iter()
            .flatten()
            .map(|vip| vip.split_once('/').map_or(vip.as_str(), |(_, ip)| ip));
        let endpoints = row.endpoints.iter().flatten();
        let well = endpoints
            .clone()
            .filter(|(_, endpoint)| healthy.contains(endpoint.workload_uid.as_str()));
        table.row(vec![
            row.namespace.clone(),
            row.name.clone(),
            vips.collect::<Vec<_>>().join(","),
            waypoints.name(row.waypoint.as_ref()),
            format!("{}/{}", well.count(), endpoints.count()),
        ]);
    }
    table.render()
}

/// The policies of a namespace, sorted by namespace and name.
#[must_use]
pub fn sorted_policies<'a>(dump: &'a Dump, namespace: Option<&String>) -> Vec<&'a Policy> {
    let mut rows: Vec<&Policy> = dump
        .policies
        .iter()
        .filter(|policy| same(namespace, &policy.namespace))
        .collect();
    rows.sort_by_key(|row| (&row.namespace, &row.name));
    rows
}

/// The policy table.
#[must_use]
pub fn policies(dump: &Dump, namespace: Option<&String>) -> String {
    let mut table = Table::new(1, &["NAMESPACE", "POLICY NAME", "ACTION", "SCOPE"]);
    for row in sorted_policies(dump, namespace) {
        table.row(vec![
            row.namespace.clone(),
            row.name.clone(),
            row.action.clone(),
            row.scope.clone(),
        ]);
    }
    table.render()
}

/// A policy as a document: of each match only the known keys.
#[must_use]
pub fn policy_document(policy: &Policy) -> Policy {
    const KEYS: [&str; 6] = [
        "namespaces",
        "principals",
        "sourceIps",
        "destinationIps",
        "destinationPorts",
        "serviceAccounts",
    ];
    let is_known = |key: &str| {
        KEYS.iter().any(|known| {
            let negated = key
                .get(..3)
                .is_some_and(|start| start.eq_ignore_ascii_case("not"));
            key.eq_ignore_ascii_case(known) || (negated && key[3..].eq_ignore_ascii_case(known))
        })
    };
    let keep = |one: &Value| match one {
        Value::Object(map) => {
            let known: Map<String, Value> = map
                .iter()
                .filter(|(key, value)| is_known(key) && !is_empty(value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            Value::Object(known)
        }
        other => other.clone(),
    };
    let clauses = |clause: &Value| map_items(clause, keep);
    let rules = map_items(&policy.rules, |rule| map_items(rule, clauses));
    Policy {
        rules,
        ..policy.clone()
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn map_items(value: &Value, change: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(change).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn c2_workloads_sort_by_one_string_and_c3_waypoints_resolve_by_host_and_vip() {
        let expected = "\
NAMESPACE    POD NAME ADDRESS          NODE WAYPOINT PROTOCOL
istio-system b        b.example             wp       HBONE
istio        a        10.0.1.1         N0   NA       TCP
istio        a        10.0.0.1,fd00::1 N1   s        TCP
";
        assert_eq!(workloads(&dump(), &WorkloadFilter::default()), expected);
    }

    #[test]
    fn c4_only_known_healthy_workloads_count_as_healthy() {
        let expected = "\
NAMESPACE SERVICE NAME SERVICE VIP      WAYPOINT ENDPOINTS
b         s            10.9.0.1,fd00::9 None     1/3
b         s            10.9.0.2         None     0/0
w         wp                            None     0/0
";
        assert_eq!(services(&dump(), None), expected);
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
        let rules =
            serde_json::json!([[[{"notPrincipals": [{"Exact": "a"}], "later": [1], "sourceIps": []}]]]);
        let policy = Policy {
            name: String::new(),
            namespace: String::new(),
            scope: String::new(),
            action: String::new(),
            rules,
        };
        let expected = serde_json::json!([[[{"notPrincipals": [{"Exact": "a"}]}]]]);
        assert_eq!(policy_document(&policy).rules, expected);
    }
}
