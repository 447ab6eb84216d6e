//! `meshctl report resources`: what each part of the mesh uses and reserves.

use super::{FORMATS, form};
use crate::cluster::Cluster;
use crate::commands::top::{self, Used};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::output::Output;
use crate::render::page::chart::Chart;
use crate::render::page::{Block, Page};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

const EXAMPLES: &str = "Examples:
  meshctl report resources
  meshctl report resources -o html > cost.html
  meshctl report resources -o jsonpath={.total.memoryReservedBytes}";

/// Arguments of `meshctl report resources`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Resources {
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = FORMATS)]
    output: Output,
}

/// A part of the mesh: all its pods, or all pods of a node. Everything is measured: used is what the metrics API says,
/// reserved what the pods request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// What it is.
    pub name: String,
    /// How many pods.
    pub pods: usize,
    /// In thousandths of a CPU; nothing if nobody knows.
    pub cpu_used_millicores: Option<u64>,
    /// In bytes; nothing if nobody knows.
    pub memory_used_bytes: Option<u64>,
    /// In thousandths of a CPU.
    pub cpu_reserved_millicores: u64,
    /// In bytes.
    pub memory_reserved_bytes: u64,
}

/// The report.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    components: Vec<Cost>,
    nodes: Vec<Cost>,
    total: Cost,
}

/// One pod of the mesh.
#[derive(Debug, Clone)]
pub(super) struct PodCost {
    pub(super) component: String,
    pub(super) node: String,
    used: Option<Used>,
    reserved: Used,
}

impl Resources {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or no mesh runs there.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let pods = fetch(context, &cluster).await?;
        let document = Document {
            components: group(&pods, |pod| &pod.component),
            nodes: group(&pods, |pod| &pod.node),
            total: sum("total", &pods.iter().collect::<Vec<_>>()),
        };
        render::print(&form(&self.output, &document, &page(&document))?)?;
        Ok(Exit::Ok)
    }
}

/// The mesh's pods with what they use and reserve. Without a metrics API nobody knows what they use, which is said.
pub(super) async fn fetch(context: &Context, cluster: &Cluster) -> Result<Vec<PodCost>, Failure> {
    let system = context.istio_namespace();
    let pods = top::fetch_mesh_pods(cluster, &system).await?;
    if pods.is_empty() {
        return Err(Failure::new(format!("no mesh runs in namespace `{system}`"))
            .hint("is it installed? `meshctl check` tells"));
    }
    let used: Vec<Option<Used>> = match top::fetch_usages(cluster, &pods).await {
        Ok(usages) => usages.into_iter().map(|usage| usage.used).collect(),
        Err(failure) => {
            context
                .messages
                .warn(&format!("nobody knows what is used: {}", failure.message));
            vec![None; pods.len()]
        }
    };
    let cost = |(pod, used): (&Value, Option<Used>)| PodCost {
        component: top::component(pod).unwrap_or_default(),
        node: pod["spec"]["nodeName"].as_str().unwrap_or("<none>").to_owned(),
        used,
        reserved: reserved(pod),
    };
    Ok(pods.iter().zip(used).map(cost).collect())
}

/// What a pod's containers request together.
fn reserved(pod: &Value) -> Used {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers.fold(Used::default(), |sum, container| {
        let requests = &container["resources"]["requests"];
        let quantity = |key: &str| requests[key].as_str().and_then(top::quantity).unwrap_or(0);
        Used {
            cpu: sum.cpu + quantity("cpu"),
            memory: sum.memory + quantity("memory") / 1_000_000_000,
        }
    })
}

fn group(pods: &[PodCost], key: fn(&PodCost) -> &String) -> Vec<Cost> {
    let mut groups: BTreeMap<&String, Vec<&PodCost>> = BTreeMap::new();
    for pod in pods {
        groups.entry(key(pod)).or_default().push(pod);
    }
    groups.into_iter().map(|(name, pods)| sum(name, &pods)).collect()
}

/// The sum; what is used is unknown when it is of one pod.
pub(super) fn sum(name: &str, pods: &[&PodCost]) -> Cost {
    let used = pods.iter().try_fold(Used::default(), |sum, pod| {
        let used = pod.used?;
        Some(Used {
            cpu: sum.cpu + used.cpu,
            memory: sum.memory + used.memory,
        })
    });
    let cpu: u64 = pods.iter().map(|pod| pod.reserved.cpu).sum();
    Cost {
        name: name.to_owned(),
        pods: pods.len(),
        cpu_used_millicores: used.map(|used| used.cpu.div_ceil(1_000_000)),
        memory_used_bytes: used.map(|used| used.memory),
        cpu_reserved_millicores: cpu.div_ceil(1_000_000),
        memory_reserved_bytes: pods.iter().map(|pod| pod.reserved.memory).sum(),
    }
}

/// Bytes as MiB, for charts.
pub(super) fn mebibytes(bytes: u64) -> f64 {
    let tenths = bytes / ((1 << 20) / 10);
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

fn page(document: &Document) -> Page {
    let table = |costs: &[Cost]| {
        let rows = costs.iter().map(|cost| {
            let unknown = || "<unknown>".to_owned();
            vec![
                cost.name.clone(),
                cost.pods.to_string(),
                cost.cpu_used_millicores
                    .map_or_else(unknown, |cpu| format!("{cpu}m")),
                cost.memory_used_bytes.map_or_else(unknown, top::memory),
                format!("{}m", cost.cpu_reserved_millicores),
                top::memory(cost.memory_reserved_bytes),
            ]
        });
        let header = vec![
            "NAME",
            "PODS",
            "CPU USED",
            "MEMORY USED",
            "CPU RESERVED",
            "MEMORY RESERVED",
        ];
        Block::Table(header, rows.collect())
    };
    let chart = |title: &str, costs: &[Cost]| {
        let is_known = costs.iter().all(|cost| cost.memory_used_bytes.is_some());
        let value = |cost: &Cost| {
            cost.memory_used_bytes
                .filter(|_| is_known)
                .unwrap_or(cost.memory_reserved_bytes)
        };
        let what = if is_known { "used" } else { "reserved" };
        Block::Chart(Chart::Bars {
            title: format!("Memory {what} {title}"),
            unit: "MiB",
            bars: costs
                .iter()
                .map(|cost| (cost.name.clone(), mebibytes(value(cost))))
                .collect(),
        })
    };
    let mut components = document.components.clone();
    components.push(document.total.clone());
    Page {
        title: "What the mesh costs".to_owned(),
        lead: format!(
            "{} pods of the mesh reserve {} of memory and {}m of CPU",
            document.total.pods,
            top::memory(document.total.memory_reserved_bytes),
            document.total.cpu_reserved_millicores
        ),
        blocks: vec![
            Block::Heading("By component (measured)".to_owned()),
            chart("by component", &document.components),
            table(&components),
            Block::Heading("By node (measured)".to_owned()),
            chart("by node", &document.nodes),
            table(&document.nodes),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_of_all_containers_are_reserved() {
        let pod = json!({"spec": {"containers": [
            {"resources": {"requests": {"cpu": "200m", "memory": "512Mi"}}},
            {"resources": {"requests": {"memory": "1Mi"}}}, {}]}});
        let found = reserved(&pod);
        assert_eq!((found.cpu, found.memory), (200_000_000, 513 << 20));
    }

    #[test]
    fn costs_are_summed_and_one_unknown_usage_makes_the_sum_unknown() {
        let pod = |component: &str, node: &str, used: Option<u64>| PodCost {
            component: component.to_owned(),
            node: node.to_owned(),
            used: used.map(|memory| Used {
                cpu: 1_500_000,
                memory,
            }),
            reserved: Used {
                cpu: 100_000_000,
                memory: 1 << 20,
            },
        };
        let pods = [
            pod("ztunnel", "a", Some(5 << 20)),
            pod("ztunnel", "b", None),
            pod("istiod", "a", Some(7 << 20)),
        ];
        let components = group(&pods, |pod| &pod.component);
        assert_eq!(components[1].memory_used_bytes, None);
        assert_eq!(
            (components[1].pods, components[1].memory_reserved_bytes),
            (2, 2 << 20)
        );
        let nodes = group(&pods, |pod| &pod.node);
        assert_eq!(
            (nodes[0].memory_used_bytes, nodes[0].cpu_used_millicores),
            (Some(12 << 20), Some(3))
        );
        let document = Document {
            total: sum("total", &pods.iter().collect::<Vec<_>>()),
            components,
            nodes,
        };
        let page = page(&document);
        assert!(page.text().contains("<unknown>"), "{}", page.text());
        assert!(page.html().unwrap().contains("Memory reserved by component"));
    }
}
