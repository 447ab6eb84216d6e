//! The connection table (`spec/cli.md` 3.6).

use super::dump::{Connection, Connections, Dump, WorkloadState};
use crate::render::list::List;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;

/// Which side of a connection is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Direction {
    /// Connections that arrive
    Inbound,
    /// Connections that leave
    Outbound,
}

/// What is shown and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Namespace, case-sensitive.
    pub namespace: Option<String>,
    /// Name of one workload.
    pub name: Option<String>,
    /// Both if not given.
    pub direction: Option<Direction>,
    /// Addresses stay as they are.
    pub is_raw: bool,
}

impl Options {
    fn wants(&self, state: &WorkloadState) -> bool {
        self.namespace
            .as_ref()
            .is_none_or(|namespace| *namespace == state.info.namespace)
            && self.name.as_ref().is_none_or(|name| *name == state.info.name)
    }
}

/// The states asked for, sorted by namespace and name, one direction only if so asked.
#[must_use]
pub fn states(dump: &Dump, options: &Options) -> Vec<WorkloadState> {
    let wanted = dump.workload_state.values().filter(|state| options.wants(state));
    let mut states: Vec<WorkloadState> = wanted
        .map(|state| {
            let Connections { inbound, outbound } = state.connections.clone();
            let connections = match options.direction {
                Some(Direction::Inbound) => Connections {
                    inbound,
                    outbound: Some(Vec::new()),
                },
                Some(Direction::Outbound) => Connections {
                    inbound: Some(Vec::new()),
                    outbound,
                },
                None => Connections { inbound, outbound },
            };
            WorkloadState {
                connections,
                ..state.clone()
            }
        })
        .collect();
    states.sort_by(|a, b| (&a.info.namespace, &a.info.name).cmp(&(&b.info.namespace, &b.info.name)));
    states
}

/// Names of addresses: services before workloads (C6).
struct Names(HashMap<String, String>);

impl Names {
    fn of(dump: &Dump) -> Self {
        let mut names = HashMap::new();
        for workload in &dump.workloads {
            if let Some(ip) = workload.workload_ips.iter().flatten().next() {
                names.insert(ip.clone(), format!("{}.{}", workload.name, workload.namespace));
            }
        }
        for service in &dump.services {
            if let Some(vip) = service.vips.iter().flatten().next() {
                let ip = vip.split_once('/').map_or(vip.as_str(), |(_, ip)| ip);
                names.insert(ip.to_owned(), service.hostname.clone());
            }
        }
        Self(names)
    }

    fn name(&self, address: &str) -> String {
        let Some((host, port)) = address.rsplit_once(':') else {
            return address.to_owned();
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.0
            .get(bare)
            .map_or_else(|| address.to_owned(), |name| format!("{name}:{port}"))
    }
}

/// One connection as a row of the table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    workload: String,
    direction: &'static str,
    local: String,
    remote: String,
    remote_target: String,
    protocol: String,
}

impl Row {
    /// The same with the node whose proxy has it, where several were asked.
    #[must_use]
    pub fn of_node(self, node: Option<String>) -> Self {
        Self { node, ..self }
    }
}

/// The rows of these states, inbound before outbound.
#[must_use]
pub fn rows(dump: &Dump, options: &Options) -> Vec<Row> {
    let names = Names::of(dump);
    let name = |address: &str| {
        if options.is_raw {
            address.to_owned()
        } else {
            names.name(address)
        }
    };
    let mut rows = Vec::new();
    for state in states(dump, options) {
        let workload = format!("{}.{}", state.info.name, state.info.namespace);
        let row = |direction, [local, remote, remote_target]: [String; 3], one: &Connection| Row {
            node: None,
            workload: workload.clone(),
            direction,
            local,
            remote,
            remote_target,
            protocol: one.protocol.clone(),
        };
        for one in state.connections.inbound.iter().flatten() {
            let ends = [name(&one.actual_dst), name(&one.src), one.original_dst.clone()];
            rows.push(row("Inbound", ends, one));
        }
        for one in state.connections.outbound.iter().flatten() {
            let ends = [name(&one.src), name(&one.actual_dst), name(&one.original_dst)];
            rows.push(row("Outbound", ends, one));
        }
    }
    rows
}

/// The list of connections; the first column is the node's.
#[must_use]
pub fn list(rows: Vec<Row>) -> List<Row> {
    let header = [
        "NODE",
        "WORKLOAD",
        "DIRECTION",
        "LOCAL",
        "REMOTE",
        "REMOTE TARGET",
        "PROTOCOL",
    ];
    let cells = |row: &Row| {
        vec![
            row.node.clone().unwrap_or_default(),
            row.workload.clone(),
            row.direction.to_owned(),
            row.local.clone(),
            row.remote.clone(),
            row.remote_target.clone(),
            row.protocol.clone(),
        ]
    };
    List::new(&header, rows, cells)
        .gap(1)
        .named(|row| format!("connection/{}-{}-{}", row.direction, row.local, row.remote))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::list::ListArgs;

    #[test]
    fn cli_c06_services_come_before_workloads_ports_are_kept_and_inbound_targets_untouched() {
        let text = r#"{"workloads": [{"name": "w", "namespace": "n", "workloadIps": ["fd00::1"]},
              {"name": "both", "namespace": "n", "workloadIps": ["10.0.0.1"]}],
            "services": [{"hostname": "s.n.svc", "vips": ["/10.0.0.1"]}],
            "workloadState": {"u": {"info": {"name": "w", "namespace": "n"}, "connections": {
              "inbound": [{"src": "10.0.0.1:9", "originalDst": "10.0.0.1:80", "actualDst": "[fd00::1]:80",
                           "protocol": "HBONE"}],
              "outbound": [{"src": "[fd00::2]:1", "originalDst": "10.0.0.1:80", "actualDst": "[fd00::1]:15008",
                            "protocol": "TCP"}]}}}}"#;
        let dump = Dump::from_wire(text.as_bytes()).unwrap();
        let cells = |options: &Options| -> Vec<Vec<String>> {
            let list = list(rows(&dump, options)).without_first(true);
            let table = ListArgs::plain().render(list).unwrap();
            table
                .lines()
                .skip(1)
                .map(|line| line.split_whitespace().map(Into::into).collect())
                .collect()
        };
        let named = cells(&Options::default());
        assert_eq!(
            named[0],
            ["w.n", "Inbound", "w.n:80", "s.n.svc:9", "10.0.0.1:80", "HBONE"]
        );
        assert_eq!(
            named[1],
            ["w.n", "Outbound", "[fd00::2]:1", "w.n:15008", "s.n.svc:80", "TCP"]
        );
        let raw = cells(&Options {
            is_raw: true,
            ..Default::default()
        });
        assert_eq!(
            raw[0],
            [
                "w.n",
                "Inbound",
                "[fd00::1]:80",
                "10.0.0.1:9",
                "10.0.0.1:80",
                "HBONE"
            ]
        );
        let one = Options {
            direction: Some(Direction::Outbound),
            ..Default::default()
        };
        assert_eq!(cells(&one).len(), 1);
    }
}
