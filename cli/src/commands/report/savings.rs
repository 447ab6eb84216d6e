//! `meshctl report savings`: the parts on each node against a sidecar in each pod, and where that would be cheaper.
//!
//! Either kind of mesh has a control plane, so it is left out of the comparison. What our parts reserve and use is
//! measured; a sidecar is a model, whose numbers are flags.

use super::resources::{Cost, PodCost, fetch, mebibytes, sum};
use super::{FORMATS, form};
use crate::cluster::Cluster;
use crate::commands::top;
use crate::context::Context;
use crate::enrolment::facts::Whose;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::output::Output;
use crate::render::page::chart::Chart;
use crate::render::page::{Block, Page};
use clap::Args;
use mesh_wire::well_known::name;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

const EXAMPLES: &str = "Examples:
  meshctl report savings                        the pods that are in the mesh now
  meshctl report savings --pods 2000            if there were so many
  meshctl report savings --sidecar-memory 256Mi -o html > savings.html

A sidecar's defaults are what the field's injector requests (100m, 128Mi) and about what a small one is
seen to use (60Mi); give the numbers of your own, which `kubectl top pods --containers` shows.";

/// Arguments of `meshctl report savings`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Savings {
    /// How many pods to compare for; those that are in the mesh unless given
    #[arg(long, value_name = "COUNT")]
    pods: Option<u64>,
    /// CPU that a sidecar requests
    #[arg(long, default_value = "100m", value_name = "QUANTITY", value_parser = cpu)]
    sidecar_cpu: u64,
    /// Memory that a sidecar requests
    #[arg(long, default_value = "128Mi", value_name = "QUANTITY", value_parser = bytes)]
    sidecar_memory: u64,
    /// Memory that a sidecar uses
    #[arg(long, default_value = "60Mi", value_name = "QUANTITY", value_parser = bytes)]
    sidecar_used_memory: u64,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = FORMATS)]
    output: Output,
}

fn quantity(text: &str) -> Result<u64, String> {
    top::quantity(text)
        .filter(|value| *value > 0)
        .ok_or_else(|| "not a quantity above zero: write it like 100m, 0.5 is 500m, or 128Mi".to_owned())
}

/// In thousandths.
fn cpu(text: &str) -> Result<u64, String> {
    quantity(text).map(|value| value.div_ceil(1_000_000))
}

fn bytes(text: &str) -> Result<u64, String> {
    quantity(text).map(|value| value.div_ceil(1_000_000_000))
}

/// Where a number is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Origin {
    Measured,
    Modelled,
}

impl Origin {
    fn text(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Modelled => "modelled",
        }
    }
}

/// A number and where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
struct Number {
    value: u64,
    origin: Origin,
}

/// One resource: the mesh's parts on all nodes against sidecars in all pods.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Line {
    what: &'static str,
    /// `bytes` or `millicores`.
    unit: &'static str,
    mesh: Number,
    one_sidecar: Number,
    all_sidecars: Number,
    /// Negative when sidecars would be cheaper.
    saved: i64,
    /// From so many pods on, sidecars cost more.
    crossover_pods: u64,
}

/// The report.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    nodes: Number,
    pods: Number,
    lines: Vec<Line>,
}

impl Savings {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or no mesh runs there.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let costs = fetch(context, &cluster).await?;
        let pods = if let Some(value) = self.pods {
            Number {
                value,
                origin: Origin::Modelled,
            }
        } else {
            let facts = cluster
                .fetch_enrolment(&context.istio_namespace(), Whose::All)
                .await?;
            let captured: usize = facts.namespaces.iter().map(|one| one.tally().captured).sum();
            measured(captured as u64)
        };
        let document = self.judge(&costs, pods);
        render::print(&form(&self.output, &document, &page(&document))?)?;
        Ok(Exit::Ok)
    }

    fn judge(&self, costs: &[PodCost], pods: Number) -> Document {
        let on_nodes: Vec<&PodCost> = costs
            .iter()
            .filter(|cost| [name::NODE_AGENT, name::NODE_PROXY].contains(&cost.component.as_str()))
            .collect();
        let nodes: BTreeSet<&String> = on_nodes.iter().map(|cost| &cost.node).collect();
        let mesh: Cost = sum("nodes", &on_nodes);
        let mut lines = vec![
            line(
                ("memory reserved", "bytes"),
                mesh.memory_reserved_bytes,
                self.sidecar_memory,
                pods,
            ),
            line(
                ("CPU reserved", "millicores"),
                mesh.cpu_reserved_millicores,
                self.sidecar_cpu,
                pods,
            ),
        ];
        if let Some(used) = mesh.memory_used_bytes {
            lines.push(line(
                ("memory used", "bytes"),
                used,
                self.sidecar_used_memory,
                pods,
            ));
        }
        Document {
            nodes: measured(nodes.len() as u64),
            pods,
            lines,
        }
    }
}

fn measured(value: u64) -> Number {
    Number {
        value,
        origin: Origin::Measured,
    }
}

fn line((what, unit): (&'static str, &'static str), mesh: u64, sidecar: u64, pods: Number) -> Line {
    let modelled = |value| Number {
        value,
        origin: Origin::Modelled,
    };
    let all = sidecar.saturating_mul(pods.value);
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    Line {
        what,
        unit,
        mesh: measured(mesh),
        one_sidecar: modelled(sidecar),
        all_sidecars: modelled(all),
        saved: signed(all).saturating_sub(signed(mesh)),
        // the first whole number of pods whose sidecars cost more than the mesh
        crossover_pods: mesh / sidecar + 1,
    }
}

impl Line {
    fn shown(&self, value: u64) -> String {
        if self.unit == "bytes" {
            top::memory(value)
        } else {
            format!("{value}m")
        }
    }

    fn scaled(&self, value: u64) -> f64 {
        if self.unit == "bytes" {
            mebibytes(value)
        } else {
            f64::from(u32::try_from(value).unwrap_or(u32::MAX))
        }
    }

    fn number(&self, number: Number) -> String {
        format!("{} ({})", self.shown(number.value), number.origin.text())
    }

    /// What each kind of mesh costs with ever more pods on these nodes.
    fn chart(&self, pods: u64) -> Chart {
        let most = pods.max(self.crossover_pods.saturating_mul(2)).max(10);
        let count = |value: u64| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
        let mesh = self.scaled(self.mesh.value);
        let one = self.scaled(self.one_sidecar.value);
        Chart::Lines {
            title: format!("{} by pods in the mesh", capitalized(self.what)),
            across: "pods",
            unit: if self.unit == "bytes" { "MiB" } else { "m" },
            lines: vec![
                (
                    "this mesh, on the nodes that there are (measured)".to_owned(),
                    vec![(0.0, mesh), (count(most), mesh)],
                ),
                (
                    "a sidecar in each pod (modelled)".to_owned(),
                    vec![(0.0, 0.0), (count(most), one * count(most))],
                ),
            ],
            mark: Some((
                (mesh / one, mesh),
                format!(
                    "sidecars cost more from {} {} on",
                    self.crossover_pods,
                    if self.crossover_pods == 1 { "pod" } else { "pods" }
                ),
            )),
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn page(document: &Document) -> Page {
    let rows = document.lines.iter().map(|line| {
        let saved = line.shown(line.saved.unsigned_abs());
        vec![
            line.what.to_owned(),
            line.number(line.mesh),
            line.number(line.one_sidecar),
            line.number(line.all_sidecars),
            if line.saved < 0 {
                format!("-{saved}")
            } else {
                saved
            },
            match line.crossover_pods {
                1 => "1 pod".to_owned(),
                count => format!("{count} pods"),
            },
        ]
    });
    let header = vec![
        "WHAT",
        "THIS MESH",
        "ONE SIDECAR",
        "ALL SIDECARS",
        "SAVED",
        "CROSSOVER",
    ];
    let mut blocks = vec![
        Block::Heading("The parts on the nodes against a sidecar in each pod".to_owned()),
        Block::Table(header, rows.collect()),
        Block::Text(
            "Measured: read from this cluster. Modelled: a sidecar as the flags describe it, times the number of pods. \
             The control plane, which either kind of mesh has, is left out. What a sidecar uses of CPU depends on \
             traffic and is not modelled."
                .to_owned(),
        ),
    ];
    blocks.extend(
        document
            .lines
            .iter()
            .map(|line| Block::Chart(line.chart(document.pods.value))),
    );
    let saved = document.lines.first();
    let saved = saved.map_or_else(String::new, |line| {
        let word = if line.saved < 0 { "more" } else { "less" };
        format!(
            ", this mesh reserves {} {word} memory than sidecars would",
            line.shown(line.saved.unsigned_abs())
        )
    });
    Page {
        title: "This mesh and sidecars".to_owned(),
        lead: format!(
            "With {} pods ({}) on {} nodes (measured){saved}",
            document.pods.value,
            document.pods.origin.text(),
            document.nodes.value
        ),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u64) -> Number {
        measured(value)
    }

    #[test]
    fn sidecars_cost_more_from_the_crossover_on_and_not_before() {
        for (mesh, sidecar) in [(1000, 128), (1024, 128), (1, 128), (0, 60)] {
            let crossover = line(("memory", "bytes"), mesh, sidecar, number(1)).crossover_pods;
            let at = |pods: u64| line(("memory", "bytes"), mesh, sidecar, number(pods)).saved;
            assert!(at(crossover) > 0, "{mesh} {sidecar}");
            assert!(at(crossover - 1) <= 0, "{mesh} {sidecar}");
        }
    }

    #[test]
    fn each_number_says_where_it_is_from() {
        let document = Document {
            nodes: number(3),
            pods: number(40),
            lines: vec![line(
                ("memory reserved", "bytes"),
                600 << 20,
                128 << 20,
                number(40),
            )],
        };
        let page = page(&document);
        let text = page.text();
        for expected in [
            "With 40 pods (measured) on 3 nodes (measured), this mesh reserves 4520.0Mi less memory",
            "600.0Mi (measured)",
            "128.0Mi (modelled)",
            "5120.0Mi (modelled)",
            "5 pods",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(page.html().unwrap().contains("sidecars cost more from 5 pods on"));
        let json = serde_json::to_value(&document).unwrap();
        assert_eq!(json["lines"][0]["oneSidecar"]["origin"], "modelled");
    }

    #[test]
    fn quantities_of_flags_are_those_of_kubernetes() {
        assert_eq!(
            (cpu("100m"), cpu("2"), bytes("128Mi")),
            (Ok(100), Ok(2000), Ok(128 << 20))
        );
        assert!(cpu("0").is_err() && bytes("lots").is_err());
    }
}
