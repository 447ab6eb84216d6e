//! `meshctl report mtls`: the share of connections that are encrypted, from the counters of the node proxies.

use super::{FORMATS, form};
use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::prometheus::{Sample, samples};
use crate::render;
use crate::render::output::Output;
use crate::render::page::chart::Chart;
use crate::render::page::{Block, Page};
use crate::ztunnel::select::Places;
use clap::Args;
use mesh_wire::well_known::port;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The counter that is read.
const OPENED: &str = "istio_tcp_connections_opened_total";
const EXAMPLES: &str = "Examples:
  meshctl report mtls                        every namespace
  meshctl report mtls -n shop                connections from or to one
  meshctl report mtls --strict               exit 1 when a connection was not encrypted
  meshctl report mtls -f metrics.txt -o html from what a proxy's /metrics said

Counters begin when a proxy starts; both ends of a connection count it, and it is taken once.";

/// Arguments of `meshctl report mtls`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Mtls {
    /// Metrics that were saved from proxies, instead of asking them
    #[arg(short, long = "file", value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    files: Vec<String>,
    /// Exit 1 when a connection was not encrypted
    #[arg(long)]
    strict: bool,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = FORMATS)]
    output: Output,
}

/// Connections between two namespaces.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Pair {
    source_namespace: String,
    destination_namespace: String,
    encrypted: u64,
    plaintext: u64,
    /// In percent.
    encrypted_share: f64,
}

/// Two workloads that spoke in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Peers {
    source: String,
    destination: String,
    connections: u64,
}

/// The report; all numbers are measured.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    encrypted: u64,
    plaintext: u64,
    encrypted_share: f64,
    pairs: Vec<Pair>,
    plaintext_peers: Vec<Peers>,
}

impl Mtls {
    /// Runs the command.
    ///
    /// # Errors
    /// Nobody can be asked, or a file cannot be read. Exit 1 also when a proxy did not answer: the rest is printed.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut failed = None;
        let counted = if self.files.is_empty() {
            fetch(context, &mut failed).await?
        } else {
            read(&self.files)?
        };
        let document = judge(&counted, context.globals.namespace.as_deref());
        render::print(&form(&self.output, &document, &page(&document))?)?;
        if let Some(failure) = failed {
            return Err(failure);
        }
        Ok(if self.strict && document.plaintext > 0 {
            Exit::Error
        } else {
            Exit::Ok
        })
    }
}

fn read(files: &[String]) -> Result<Vec<Sample>, Failure> {
    let mut counted = Vec::new();
    for text in crate::objects::read(files)? {
        counted.extend(samples(&text.text).map_err(|error| {
            Failure::unparsable(format!("cannot read the metrics of `{}`", text.name))
                .caused_by(&error)
                .hint("it must be the answer of a node proxy's /metrics")
        })?);
    }
    Ok(counted)
}

/// What each proxy says, and why one says nothing.
async fn fetch(context: &Context, failed: &mut Option<Failure>) -> Result<Vec<Sample>, Failure> {
    let cluster = Cluster::connect(context).await?;
    let places = Places {
        system: context.istio_namespace(),
        given: None,
    };
    let pods = cluster.ztunnels(&places).await?;
    if pods.is_empty() {
        return Err(Failure::new("no node proxy could be asked")
            .because(format!("no ztunnel pod in namespace `{}`", places.system))
            .hint("is the mesh installed? `meshctl check` tells"));
    }
    let mut counted = Vec::new();
    for pod in &pods {
        let ask = PodRequest {
            namespace: meta(pod, "namespace"),
            pod: meta(pod, "name"),
            port: port::STATS,
            path: "/metrics",
        };
        let answer = cluster.fetch_from_pod(&ask).await;
        if let Some(body) = context.messages.answered(answer, failed) {
            counted.extend(samples(&String::from_utf8_lossy(&body)).unwrap_or_default());
        }
    }
    Ok(counted)
}

/// Who spoke with whom, encrypted or not.
type Flow = (String, String, String, String, bool);

/// Connections by workloads. Both ends count a connection, so of the two counts the larger one is taken.
fn judge(counted: &[Sample], namespace: Option<&str>) -> Document {
    let mut ends: BTreeMap<Flow, BTreeMap<String, u64>> = BTreeMap::new();
    for sample in counted.iter().filter(|one| one.name == OPENED) {
        let flow = flow(sample);
        if namespace.is_some_and(|wanted| flow.0 != wanted && flow.2 != wanted) {
            continue;
        }
        let reporter = sample.label("reporter").to_owned();
        *ends.entry(flow).or_default().entry(reporter).or_default() += sample.count();
    }
    let mut pairs: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut peers = Vec::new();
    for ((source_namespace, source, destination_namespace, destination, is_encrypted), counts) in ends {
        let count = counts.values().copied().max().unwrap_or_default();
        let pair = pairs
            .entry((source_namespace.clone(), destination_namespace.clone()))
            .or_default();
        if is_encrypted {
            pair.0 += count;
        } else if count > 0 {
            pair.1 += count;
            peers.push(Peers {
                source: format!("{source_namespace}/{source}"),
                destination: format!("{destination_namespace}/{destination}"),
                connections: count,
            });
        }
    }
    peers.sort_by(|a, b| {
        (b.connections, &a.source, &a.destination).cmp(&(a.connections, &b.source, &b.destination))
    });
    let (encrypted, plaintext) = pairs
        .values()
        .fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    Document {
        encrypted,
        plaintext,
        encrypted_share: share(encrypted, plaintext),
        pairs: pairs
            .into_iter()
            .filter(|(_, (encrypted, plaintext))| encrypted + plaintext > 0)
            .map(
                |((source_namespace, destination_namespace), (encrypted, plaintext))| Pair {
                    source_namespace,
                    destination_namespace,
                    encrypted,
                    plaintext,
                    encrypted_share: share(encrypted, plaintext),
                },
            )
            .collect(),
        plaintext_peers: peers,
    }
}

fn flow(sample: &Sample) -> Flow {
    let text = |key: &str| {
        let label = sample.label(key);
        if label.is_empty() { "unknown" } else { label }.to_owned()
    };
    (
        text("source_workload_namespace"),
        text("source_workload"),
        text("destination_workload_namespace"),
        text("destination_workload"),
        sample.label("connection_security_policy") == "mutual_tls",
    )
}

/// In percent, one decimal; everything if nothing was said.
fn share(encrypted: u64, plaintext: u64) -> f64 {
    let all = encrypted.saturating_add(plaintext);
    if all == 0 {
        return 100.0;
    }
    let tenths = u128::from(encrypted) * 1000 / u128::from(all);
    f64::from(u32::try_from(tenths).unwrap_or_default()) / 10.0
}

fn page(document: &Document) -> Page {
    let mut blocks = Vec::new();
    if document.pairs.is_empty() {
        blocks.push(Block::Text("No proxy has counted a connection yet.".to_owned()));
    } else {
        blocks.push(Block::Heading("By namespaces (measured)".to_owned()));
        let bars = document.pairs.iter().map(|pair| {
            let label = format!("{} → {}", pair.source_namespace, pair.destination_namespace);
            (label, pair.encrypted_share)
        });
        blocks.push(Block::Chart(Chart::Bars {
            title: "Encrypted connections".to_owned(),
            unit: "%",
            bars: bars.collect(),
        }));
        let rows = document.pairs.iter().map(|pair| {
            vec![
                pair.source_namespace.clone(),
                pair.destination_namespace.clone(),
                pair.encrypted.to_string(),
                pair.plaintext.to_string(),
                format!("{:.1}%", pair.encrypted_share),
            ]
        });
        let header = vec!["FROM", "TO", "ENCRYPTED", "PLAINTEXT", "SHARE"];
        blocks.push(Block::Table(header, rows.collect()));
    }
    if !document.plaintext_peers.is_empty() {
        blocks.push(Block::Heading("Plaintext peers (measured)".to_owned()));
        let rows = document.plaintext_peers.iter().map(|peers| {
            vec![
                peers.source.clone(),
                peers.destination.clone(),
                peers.connections.to_string(),
            ]
        });
        blocks.push(Block::Table(
            vec!["SOURCE", "DESTINATION", "CONNECTIONS"],
            rows.collect(),
        ));
    }
    Page {
        title: "Encryption in the mesh".to_owned(),
        lead: format!(
            "{:.1}% of {} connections were encrypted; {} were not",
            document.encrypted_share,
            document.encrypted + document.plaintext,
            document.plaintext
        ),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(reporter: &str, from: &str, to: &str, policy: &str, count: u64) -> String {
        let (source_namespace, source) = from.split_once('/').unwrap();
        let (destination_namespace, destination) = to.split_once('/').unwrap();
        format!(
            "{OPENED}{{reporter=\"{reporter}\",source_workload=\"{source}\",source_workload_namespace=\"{source_namespace}\",\
             destination_workload=\"{destination}\",destination_workload_namespace=\"{destination_namespace}\",\
             connection_security_policy=\"{policy}\"}} {count}\n"
        )
    }

    #[test]
    fn a_connection_that_both_ends_count_is_one() {
        let one = line("source", "a/x", "b/y", "mutual_tls", 3)
            + &line("destination", "unknown/unknown", "b/y", "unknown", 1);
        let other = line("destination", "a/x", "b/y", "mutual_tls", 3)
            + &line("source", "b/y", "c/out", "unknown", 2);
        let document = judge(&samples(&(one + &other)).unwrap(), None);
        assert_eq!((document.encrypted, document.plaintext), (3, 3));
        let told: Vec<&str> = document
            .plaintext_peers
            .iter()
            .map(|one| one.source.as_str())
            .collect();
        assert_eq!(told, ["b/y", "unknown/unknown"]);
        assert!((document.encrypted_share - 50.0).abs() < 0.01);
    }

    #[test]
    fn a_namespace_is_that_of_either_end() {
        let text =
            line("source", "a/x", "b/y", "mutual_tls", 1) + &line("source", "c/x", "d/y", "mutual_tls", 1);
        assert_eq!(judge(&samples(&text).unwrap(), Some("b")).pairs.len(), 1);
    }

    #[test]
    fn the_recorded_counters_of_a_proxy_are_read() {
        let text = include_str!("../../../../tests/fixtures/ztunnel/metrics.txt");
        let document = judge(&samples(text).unwrap(), None);
        assert!(document.encrypted > 0 && document.plaintext > 0, "{document:?}");
        assert!(page(&document).html().unwrap().contains("shop → shop"));
    }

    #[test]
    fn without_a_connection_nothing_was_in_the_clear() {
        assert!((share(0, 0) - 100.0).abs() < 0.01);
        assert!((share(1, 2) - 33.3).abs() < 0.01);
    }
}
