//! Workloads, services and policies: filters and tables (`spec/cli.md` 2.2, 3.2–3.4).

use super::dump::{Destination, Dump, Policy, Service, Workload};
use crate::render::list::List;
use ipnet::IpNet;
use serde::{Serialize, Serializer};
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

/// A workload and what is found about it elsewhere; its document is the workload alone.
#[derive(Debug, Clone)]
pub struct WorkloadRow {
    workload: Workload,
    waypoint: String,
    /// Whether it is in the mesh, as the cluster says; a dump alone does not know.
    pub captured: Option<String>,
}

impl Serialize for WorkloadRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.workload.serialize(serializer)
    }
}

impl WorkloadRow {
    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> (String, String) {
        (self.workload.namespace.clone(), self.workload.name.clone())
    }
}

/// The workloads that are wanted, in dump order.
#[must_use]
pub fn workloads(dump: &Dump, filter: &WorkloadFilter) -> Vec<WorkloadRow> {
    let waypoints = Waypoints::of(dump);
    let wanted = dump.workloads.iter().filter(|workload| filter.wants(workload));
    wanted
        .map(|workload| WorkloadRow {
            waypoint: waypoints.name(workload.waypoint.as_ref()),
            workload: workload.clone(),
            captured: None,
        })
        .collect()
}

/// The order of the table: by the one string `namespace.name`, then by node (C2). Documents keep the dump's.
pub fn sort_workloads(rows: &mut [WorkloadRow]) {
    rows.sort_by_cached_key(|row| {
        let one = &row.workload;
        (format!("{}.{}", one.namespace, one.name), one.node.clone())
    });
}

/// The list of workloads (`spec/cli.md` 3.2).
#[must_use]
pub fn workload_list(rows: Vec<WorkloadRow>) -> List<WorkloadRow> {
    let header = ["NAMESPACE", "POD NAME", "ADDRESS", "NODE", "WAYPOINT", "PROTOCOL"];
    let wide = [
        "SERVICE ACCOUNT",
        "IDENTITY",
        "STATUS",
        "CAPTURED",
        "POLICIES",
        "NETWORK",
        "CLUSTER",
    ];
    List::new(&header, rows, workload_cells)
        .wide(&wide)
        .gap(1)
        .named(|row| format!("workload/{}", row.workload.name))
}

fn workload_cells(row: &WorkloadRow) -> Vec<String> {
    let one = &row.workload;
    let addresses = one.workload_ips.as_deref().unwrap_or_default().join(",");
    let trust_domain = Some(one.trust_domain.as_str()).filter(|domain| !domain.is_empty());
    vec![
        one.namespace.clone(),
        one.name.clone(),
        if addresses.is_empty() {
            one.hostname.clone()
        } else {
            addresses
        },
        one.node.clone(),
        row.waypoint.clone(),
        one.protocol.clone(),
        shown(&one.service_account),
        format!(
            "spiffe://{}/ns/{}/sa/{}",
            trust_domain.unwrap_or("cluster.local"),
            one.namespace,
            one.service_account
        ),
        shown(&one.status),
        row.captured.clone().unwrap_or_else(|| "<unknown>".to_owned()),
        one.authorization_policies.len().to_string(),
        shown(&one.network),
        shown(&one.cluster_id),
    ]
}

/// A cell of our own columns.
fn shown(text: &str) -> String {
    if text.is_empty() { "<none>" } else { text }.to_owned()
}

/// A service and what is found about it elsewhere; its document is the service alone.
#[derive(Debug, Clone)]
pub struct ServiceRow {
    service: Service,
    waypoint: String,
    /// Healthy endpoints of all.
    endpoints: (usize, usize),
}

impl Serialize for ServiceRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.service.serialize(serializer)
    }
}

impl ServiceRow {
    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> (String, String) {
        (self.service.namespace.clone(), self.service.name.clone())
    }
}

/// The services of a namespace, sorted by namespace, name and hostname (C2).
#[must_use]
pub fn services(dump: &Dump, namespace: Option<&String>) -> Vec<ServiceRow> {
    let waypoints = Waypoints::of(dump);
    let healthy: HashSet<&str> = dump
        .workloads
        .iter()
        .filter(|workload| workload.status == "Healthy")
        .map(|workload| workload.uid.as_str())
        .collect();
    let mut rows: Vec<&Service> = dump
        .services
        .iter()
        .filter(|service| same(namespace, &service.namespace))
        .collect();
    rows.sort_by_key(|row| (&row.namespace, &row.name, &row.hostname));
    let row = |service: &Service| {
        let endpoints = service.endpoints.iter().flatten();
        let well = endpoints
            .clone()
            .filter(|(_, endpoint)| healthy.contains(endpoint.workload_uid.as_str()));
        ServiceRow {
            endpoints: (well.count(), endpoints.count()),
            waypoint: waypoints.name(service.waypoint.as_ref()),
            service: service.clone(),
        }
    };
    rows.into_iter().map(row).collect()
}

/// The list of services (`spec/cli.md` 3.3).
#[must_use]
pub fn service_list(rows: Vec<ServiceRow>) -> List<ServiceRow> {
    let header = [
        "NAMESPACE",
        "SERVICE NAME",
        "SERVICE VIP",
        "WAYPOINT",
        "ENDPOINTS",
    ];
    List::new(&header, rows, service_cells)
        .wide(&["HOSTNAME", "PORTS"])
        .gap(1)
        .named(|row| format!("service/{}", row.service.hostname))
}

fn service_cells(row: &ServiceRow) -> Vec<String> {
    let vips = row.service.vips.iter().flatten();
    let vips = vips.map(|vip| vip.split_once('/').map_or(vip.as_str(), |(_, ip)| ip));
    let ports = row.service.ports.iter().flatten();
    let ports: Vec<String> = ports.map(|(port, target)| format!("{port}:{target}")).collect();
    vec![
        row.service.namespace.clone(),
        row.service.name.clone(),
        vips.collect::<Vec<_>>().join(","),
        row.waypoint.clone(),
        format!("{}/{}", row.endpoints.0, row.endpoints.1),
        shown(&row.service.hostname),
        shown(&ports.join(",")),
    ]
}

/// A policy and how many workloads it is for; its document is the policy alone.
#[derive(Debug, Clone)]
pub struct PolicyRow {
    policy: Policy,
    selects: usize,
}

impl Serialize for PolicyRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        policy_document(&self.policy).serialize(serializer)
    }
}

impl PolicyRow {
    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> (String, String) {
        (self.policy.namespace.clone(), self.policy.name.clone())
    }
}

/// The policies of a namespace, sorted by namespace and name.
#[must_use]
pub fn policies(dump: &Dump, namespace: Option<&String>) -> Vec<PolicyRow> {
    let mut rows: Vec<&Policy> = dump
        .policies
        .iter()
        .filter(|policy| same(namespace, &policy.namespace))
        .collect();
    rows.sort_by_key(|row| (&row.namespace, &row.name));
    let row = |policy: &Policy| {
        let name = format!("{}/{}", policy.namespace, policy.name);
        let selects = dump.workloads.iter().filter(|one| match policy.scope.as_str() {
            "Global" => true,
            "Namespace" => one.namespace == policy.namespace,
            _ => one.authorization_policies.contains(&name),
        });
        PolicyRow {
            selects: selects.count(),
            policy: policy.clone(),
        }
    };
    rows.into_iter().map(row).collect()
}

/// The list of policies (`spec/cli.md` 3.4).
#[must_use]
pub fn policy_list(rows: Vec<PolicyRow>) -> List<PolicyRow> {
    let cells = |row: &PolicyRow| {
        let one = &row.policy;
        vec![
            one.namespace.clone(),
            one.name.clone(),
            one.action.clone(),
            one.scope.clone(),
            one.rules.as_array().map_or(0, Vec::len).to_string(),
            row.selects.to_string(),
            one.is_dry_run.to_string(),
        ]
    };
    List::new(&["NAMESPACE", "POLICY NAME", "ACTION", "SCOPE"], rows, cells)
        .wide(&["RULES", "SELECTS", "DRY RUN"])
        .gap(1)
        .named(|row| format!("policy/{}", row.policy.name))
}

/// A policy as a document: of each match only the known keys.
fn policy_document(policy: &Policy) -> Policy {
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
mod tests;
