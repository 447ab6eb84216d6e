//! `meshctl top`: what the mesh itself costs, per component and node (`metrics.k8s.io`).

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::{label, meta};
use crate::render;
use crate::render::list::{List, ListArgs, SelectArgs, WatchArgs};
use clap::{Args, ValueEnum};
use mesh_wire::well_known::label::GATEWAY_NAME;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("top", super::schema::of::<Report>)];

const EXAMPLES: &str = "Examples:
  meshctl top                 CPU and memory of each part of the mesh, node by node
  meshctl top --by component  one row for each component
  meshctl top --by node -o json";

/// Arguments of `meshctl top`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Top {
    /// One row for each of these
    #[arg(long, value_enum, default_value = "pod")]
    by: By,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    select: SelectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Pod,
    Component,
    Node,
}

/// What one pod uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Usage {
    component: String,
    node: String,
    pod: String,
    pub(super) used: Option<Used>,
}

/// CPU in nanocores and memory in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) cpu: u64,
    pub(super) memory: u64,
}

/// One row of the report.
#[derive(Debug, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pod: Option<String>,
    pods: usize,
    cpu_millicores: Option<u64>,
    memory_bytes: Option<u64>,
}

/// The report.
#[derive(Debug, Serialize, JsonSchema)]
struct Report {
    items: Vec<Row>,
    total: Row,
}

impl Top {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or has no metrics.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        if self.watch.watch {
            let fetch = async || Ok(self.list(self.look(context, &cluster).await?.items));
            self.list.show(context, self.watch, fetch).await?;
            return Ok(Exit::Ok);
        }
        let report = self.look(context, &cluster).await?;
        if report.items.is_empty() && !self.list.output.is_document() {
            let system = context.istio_namespace();
            context
                .messages
                .line(&format!("No resources found in {system} namespace."));
            return Ok(Exit::Ok);
        }
        if let Some(text) = self.list.output.document(&report)? {
            render::print(&text)?;
            return Ok(Exit::Ok);
        }
        let word = Some("total".to_owned());
        let (component, node) = match self.by {
            By::Node => (None, word),
            By::Pod | By::Component => (word, None),
        };
        let total = Row {
            component,
            node,
            ..report.total
        };
        self.list.print(context, self.list(report.items).total(total))?;
        Ok(Exit::Ok)
    }

    async fn look(&self, context: &Context, cluster: &Cluster) -> Result<Report, Failure> {
        let mut pods = fetch_mesh_pods(cluster, &context.istio_namespace()).await?;
        let selector = self.select.selector.as_ref();
        pods.retain(|pod| selector.is_none_or(|selector| selector.wants(pod)));
        let usages = fetch_usages(cluster, &pods).await?;
        if usages.iter().any(|usage| usage.used.is_none()) {
            context
                .messages
                .warn("some pods have no metrics yet; a metrics server needs some seconds after a start");
        }
        Ok(judge(&usages, self.by))
    }

    fn list(&self, rows: Vec<Row>) -> List<Row> {
        let list = match self.by {
            By::Pod => List::new(&["COMPONENT", "NODE", "POD", "CPU", "MEMORY"], rows, |row| {
                let texts = [&row.component, &row.node, &row.pod];
                cells(texts.map(|text| text.clone().unwrap_or_default()).to_vec(), row)
            }),
            By::Component => List::new(&["COMPONENT", "PODS", "CPU", "MEMORY"], rows, |row| {
                cells(
                    vec![row.component.clone().unwrap_or_default(), row.pods.to_string()],
                    row,
                )
            }),
            By::Node => List::new(&["NODE", "PODS", "CPU", "MEMORY"], rows, |row| {
                cells(
                    vec![row.node.clone().unwrap_or_default(), row.pods.to_string()],
                    row,
                )
            }),
        };
        list.named(|row| match (&row.pod, &row.component, &row.node) {
            (Some(pod), _, _) => format!("pod/{pod}"),
            (None, Some(component), _) => format!("component/{component}"),
            (None, None, node) => format!("node/{}", node.as_deref().unwrap_or_default()),
        })
    }
}

fn cells(mut cells: Vec<String>, row: &Row) -> Vec<String> {
    let unknown = || "<unknown>".to_owned();
    cells.push(row.cpu_millicores.map_or_else(unknown, |cpu| format!("{cpu}m")));
    cells.push(row.memory_bytes.map_or_else(unknown, memory));
    cells
}

/// The mesh's pods: those of the system namespace, and waypoints anywhere.
pub(super) async fn fetch_mesh_pods(cluster: &Cluster, system: &str) -> Result<Vec<Value>, Failure> {
    let mut pods = cluster.list(&format!("/api/v1/namespaces/{system}/pods")).await?;
    pods.retain(|pod| component(pod).is_some());
    let selector = crate::install::wait::encode(GATEWAY_NAME);
    let waypoints = cluster
        .list(&format!("/api/v1/pods?labelSelector={selector}"))
        .await?;
    pods.extend(
        waypoints
            .into_iter()
            .filter(|pod| meta(pod, "namespace") != system),
    );
    pods.retain(|pod| pod["status"]["phase"] == "Running");
    Ok(pods)
}

pub(super) fn component(pod: &Value) -> Option<String> {
    if let Some(gateway) = label(pod, GATEWAY_NAME) {
        return Some(format!("waypoint {gateway}"));
    }
    if label(pod, "k8s-app") == Some("istio-cni-node") {
        return Some("istio-cni-node".to_owned());
    }
    label(pod, "app")
        .filter(|app| matches!(*app, "istiod" | "ztunnel"))
        .map(str::to_owned)
}

pub(super) async fn fetch_usages(cluster: &Cluster, pods: &[Value]) -> Result<Vec<Usage>, Failure> {
    let mut metrics: HashMap<(String, String), Used> = HashMap::new();
    let mut namespaces: Vec<&str> = pods.iter().map(|pod| meta(pod, "namespace")).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for namespace in namespaces {
        let path = format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods");
        let found = cluster.get(&path).await?.ok_or_else(|| {
            Failure::new("the cluster has no metrics")
                .because("the API `metrics.k8s.io` is not served")
                .hint("install metrics-server, as `kubectl top` needs it too")
        })?;
        for item in found["items"].as_array().into_iter().flatten() {
            metrics.insert((namespace.to_owned(), meta(item, "name").to_owned()), used(item));
        }
    }
    let usages = pods.iter().map(|pod| {
        let key = (meta(pod, "namespace").to_owned(), meta(pod, "name").to_owned());
        Usage {
            component: component(pod).unwrap_or_default(),
            node: pod["spec"]["nodeName"].as_str().unwrap_or("<none>").to_owned(),
            used: metrics.get(&key).copied(),
            pod: key.1,
        }
    });
    Ok(usages.collect())
}

fn used(item: &Value) -> Used {
    let containers = item["containers"].as_array().into_iter().flatten();
    containers.fold(Used::default(), |sum, container| {
        let quantity = |key: &str| container["usage"][key].as_str().and_then(quantity).unwrap_or(0);
        Used {
            cpu: sum.cpu + quantity("cpu"),
            memory: sum.memory + quantity("memory") / 1_000_000_000,
        }
    })
}

/// A quantity in billionths: `12m`, `3456n`, `10Mi`, `2`.
pub(super) fn quantity(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u128 = text[..digits].parse().ok()?;
    let scale: u128 = match &text[digits..] {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "" => 1_000_000_000,
        "k" => 1_000_000_000_000,
        "M" => 1_000_000_000_000_000,
        "G" => 1_000_000_000_000_000_000,
        "Ki" => 1_000_000_000 << 10,
        "Mi" => 1_000_000_000 << 20,
        "Gi" => 1_000_000_000 << 30,
        _ => return None,
    };
    u64::try_from(number.checked_mul(scale)?).ok()
}

fn judge(usages: &[Usage], by: By) -> Report {
    let mut groups: BTreeMap<(String, String, String), Vec<&Usage>> = BTreeMap::new();
    for usage in usages {
        let key = match by {
            By::Pod => (usage.component.clone(), usage.node.clone(), usage.pod.clone()),
            By::Component => (usage.component.clone(), String::new(), String::new()),
            By::Node => (String::new(), usage.node.clone(), String::new()),
        };
        groups.entry(key).or_default().push(usage);
    }
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let rows = groups.into_iter().map(|((component, node, pod), members)| Row {
        component: some(component),
        node: some(node),
        pod: some(pod),
        ..sum(&members)
    });
    Report {
        items: rows.collect(),
        total: sum(&usages.iter().collect::<Vec<_>>()),
    }
}

/// The sum; unknown when a part is.
fn sum(usages: &[&Usage]) -> Row {
    let total = usages.iter().try_fold(Used::default(), |sum, usage| {
        let used = usage.used?;
        Some(Used {
            cpu: sum.cpu + used.cpu,
            memory: sum.memory + used.memory,
        })
    });
    Row {
        component: None,
        node: None,
        pod: None,
        pods: usages.len(),
        cpu_millicores: total.map(|used| used.cpu.div_ceil(1_000_000)),
        memory_bytes: total.map(|used| used.memory),
    }
}

/// As `kubectl top` writes it, but with one decimal: the parts are small.
pub(super) fn memory(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{}Mi", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(component: &str, node: &str, used: Option<(u64, u64)>) -> Usage {
        Usage {
            component: component.to_owned(),
            node: node.to_owned(),
            pod: format!("{component}-{node}"),
            used: used.map(|(cpu, memory)| Used { cpu, memory }),
        }
    }

    #[test]
    fn quantities_are_read_as_metrics_servers_write_them() {
        for (text, expected) in [
            ("12m", 12_000_000),
            ("345n", 345),
            ("2", 2_000_000_000),
            ("1u", 1000),
        ] {
            assert_eq!(quantity(text), Some(expected), "{text}");
        }
        assert_eq!(quantity("10Mi"), Some(10 * (1 << 20) * 1_000_000_000));
        assert_eq!(quantity("x"), None);
        assert_eq!(quantity("1Zi"), None);
    }

    #[test]
    fn rows_are_summed_by_component_and_by_node() {
        let usages = [
            usage("ztunnel", "n1", Some((1_500_000, 10 << 20))),
            usage("ztunnel", "n2", Some((500_000, 5 << 20))),
            usage("istiod", "n1", Some((100, 3 << 19))),
        ];
        let report = judge(&usages, By::Component);
        assert_eq!(report.items.len(), 2);
        assert_eq!(
            (report.items[1].pods, report.items[1].cpu_millicores),
            (2, Some(2))
        );
        assert_eq!(report.items[1].memory_bytes, Some(15 << 20));
        assert_eq!(judge(&usages, By::Node).items.len(), 2);
        assert_eq!(report.total.pods, 3);
        assert_eq!(memory(3 << 19), "1.5Mi");
    }

    #[test]
    fn a_sum_with_an_unknown_part_is_unknown() {
        let report = judge(
            &[usage("ztunnel", "n1", None), usage("ztunnel", "n2", Some((1, 1)))],
            By::Component,
        );
        assert_eq!(report.total.memory_bytes, None);
    }
}
