//! `meshctl ztunnel-config`: what a node proxy knows, live or from a file (`spec/cli.md` 2, 3).

pub mod log;

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{self, data};
use crate::ztunnel::connections::{self, Direction};
use crate::ztunnel::dump::{Dump, Workload};
use crate::ztunnel::select::{Choice, Places};
use crate::ztunnel::tables::{self, WorkloadFilter};
use crate::ztunnel::{certificates, dump::Policy};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use std::io::{IsTerminal, Read};

const EXAMPLES: &str = "Examples:
  meshctl zc workloads                      every workload the mesh knows
  meshctl zc workloads web-0.shop           one pod, as its own node's proxy sees it
  meshctl zc services --service-namespace shop
  meshctl zc certificates --node worker-1   the identities a node holds
  meshctl zc all -f dump.json -o json       from a file, without a cluster";

/// Arguments of `meshctl ztunnel-config`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct ZtunnelConfig {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show workloads, their addresses and protocols
    #[command(aliases = ["workloads", "w"])]
    Workload(WorkloadArgs),
    /// Show services, their addresses and endpoints
    #[command(aliases = ["services", "svc", "s"])]
    Service(ServiceArgs),
    /// Show authorization policies
    #[command(aliases = ["policies", "pol", "p"])]
    Policy(PolicyArgs),
    /// Show certificates and their validity
    #[command(aliases = ["certificates", "certs", "cert"])]
    Certificate(Source),
    /// Show live connections
    #[command(alias = "cons")]
    Connections(ConnectionArgs),
    /// Show everything
    All(AllArgs),
    /// Read or change the log levels of the node proxies
    #[command(alias = "o")]
    Log(log::Log),
}

/// Where the dump comes from and how it is printed.
#[derive(Debug, Args)]
struct Source {
    /// A ztunnel pod, or an ordinary pod whose node's ztunnel is asked
    #[arg(conflicts_with_all = ["node", "file"])]
    pod: Option<String>,
    /// Ask the ztunnel of this node
    #[arg(long, conflicts_with = "file")]
    node: Option<String>,
    /// Read the dump from a file; - is standard input
    #[arg(short, long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    file: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "short")]
    output: Format,
    /// The admin port inside the pod
    #[arg(long, default_value_t = 15000, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    proxy_admin_port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "table")]
    Short,
    Json,
    Yaml,
}

#[derive(Debug, Args)]
struct WorkloadArgs {
    #[command(flatten)]
    source: Source,
    /// Only workloads of this namespace
    #[arg(long, value_name = "NAME")]
    workload_namespace: Option<String>,
    /// Only workloads on this node
    #[arg(long, value_name = "NAME")]
    workload_node: Option<String>,
    /// Only workloads with this address, or with one in this network
    #[arg(long, value_name = "IP")]
    address: Option<String>,
}

#[derive(Debug, Args)]
struct ServiceArgs {
    #[command(flatten)]
    source: Source,
    /// Only services of this namespace
    #[arg(long, value_name = "NAME")]
    service_namespace: Option<String>,
}

#[derive(Debug, Args)]
struct PolicyArgs {
    #[command(flatten)]
    source: Source,
    /// Only policies of this namespace
    #[arg(long, value_name = "NAME")]
    policy_namespace: Option<String>,
}

#[derive(Debug, Args)]
struct ConnectionArgs {
    #[command(flatten)]
    source: Source,
    /// Only workloads of this namespace
    #[arg(long, value_name = "NAME")]
    workload_namespace: Option<String>,
    /// Only one direction
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// Leave addresses as they are
    #[arg(long)]
    raw: bool,
}

#[derive(Debug, Args)]
struct AllArgs {
    #[command(flatten)]
    source: Source,
    /// Put a heading before each table
    #[arg(long)]
    with_headers: bool,
}

/// A dump and what it was asked for.
struct Answer {
    text: Vec<u8>,
    dump: Dump,
    target: Option<(String, String)>,
}

impl ZtunnelConfig {
    /// Runs the command.
    ///
    /// # Errors
    /// The dump cannot be had or read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let text = match self.what {
            What::Workload(args) => workloads(context, args).await?,
            What::Service(args) => {
                let answer = args.source.fetch(context, false).await?;
                let namespace = args.service_namespace.as_ref();
                let rows = tables::sorted_services(&answer.dump, namespace);
                args.source
                    .render(&rows, || tables::services(&answer.dump, namespace))?
            }
            What::Policy(args) => {
                let answer = args.source.fetch(context, false).await?;
                let namespace = args.policy_namespace.as_ref();
                let rows: Vec<Policy> = tables::sorted_policies(&answer.dump, namespace)
                    .into_iter()
                    .map(tables::policy_document)
                    .collect();
                args.source
                    .render(&rows, || tables::policies(&answer.dump, namespace))?
            }
            What::Certificate(source) => {
                let answer = source.fetch(context, true).await?;
                let now = jiff::Timestamp::now();
                source.render(&answer.dump.certificates, || {
                    certificates::certificates(&answer.dump, now)
                })?
            }
            What::Connections(args) => open_connections(context, args).await?,
            What::All(args) => all(context, args).await?,
            What::Log(command) => return Box::pin(command.run(context)).await,
        };
        render::print(&text)?;
        Ok(Exit::Ok)
    }
}

async fn workloads(context: &Context, args: WorkloadArgs) -> Result<String, Failure> {
    let answer = args.source.fetch(context, false).await?;
    let mut filter = WorkloadFilter {
        name: None,
        namespace: args.workload_namespace,
        node: args.workload_node,
        address: args.address,
    };
    if let Some((name, namespace)) = answer.target {
        (filter.name, filter.namespace) = (Some(name), Some(namespace));
    }
    let rows: Vec<&Workload> = answer
        .dump
        .workloads
        .iter()
        .filter(|row| filter.wants(row))
        .collect();
    args.source
        .render(&rows, || tables::workloads(&answer.dump, &filter))
}

async fn open_connections(context: &Context, args: ConnectionArgs) -> Result<String, Failure> {
    let answer = args.source.fetch(context, true).await?;
    let mut options = connections::Options {
        namespace: args.workload_namespace,
        name: None,
        direction: args.direction,
        is_raw: args.raw,
    };
    if let Some((name, namespace)) = answer.target {
        (options.name, options.namespace) = (Some(name), Some(namespace));
    }
    let rows = connections::states(&answer.dump, &options);
    args.source
        .render(&rows, || connections::connections(&answer.dump, &options))
}

/// All tables, unfiltered; JSON is the dump exactly as received (`spec/cli.md` 3.7).
async fn all(context: &Context, args: AllArgs) -> Result<String, Failure> {
    let answer = args.source.fetch(context, false).await?;
    match args.source.output {
        Format::Json => return Ok(String::from_utf8_lossy(&answer.text).into_owned()),
        Format::Yaml => {
            let value: Value = serde_json::from_slice(&answer.text).unwrap_or_default();
            return Ok(crate::yaml::to_string(&value));
        }
        Format::Short => {}
    }
    let dump = &answer.dump;
    let sections = [
        ("WORKLOAD", tables::workloads(dump, &WorkloadFilter::default())),
        ("SERVICE", tables::services(dump, None)),
        ("POLICY", tables::policies(dump, None)),
        ("SECRET", certificates::certificates(dump, jiff::Timestamp::now())),
        (
            "CONNECTIONS",
            connections::connections(dump, &connections::Options::default()),
        ),
    ];
    let mut text = String::new();
    for (heading, table) in sections {
        text.push('\n');
        if args.with_headers {
            text.push_str("------ ");
            text.push_str(heading);
            text.push_str(" INFO ------\n\n");
        }
        text.push_str(&table);
    }
    Ok(text)
}

impl Source {
    fn render<T: serde::Serialize>(
        &self,
        rows: &T,
        table: impl FnOnce() -> String,
    ) -> Result<String, Failure> {
        match self.output {
            Format::Short => Ok(table()),
            Format::Json => data::json(rows),
            Format::Yaml => data::yaml(rows),
        }
    }

    /// From the file, or from the proxy that the flags choose.
    async fn fetch(&self, context: &Context, is_per_node: bool) -> Result<Answer, Failure> {
        let (text, target, origin) = if let Some(path) = &self.file {
            (read_file(self, path)?, None, format!("`{path}`"))
        } else {
            let cluster = Cluster::connect(context).await?;
            let choice = Choice {
                pod: self.pod.clone(),
                node: self.node.clone(),
                is_per_node,
            };
            let places = Places {
                system: context.istio_namespace(),
                given: context.globals.namespace.clone(),
            };
            let chosen = cluster.choose_ztunnel(&choice, &places).await?;
            let text = cluster.fetch_dump(&chosen, self.proxy_admin_port).await?.to_vec();
            (
                text,
                chosen.target,
                format!("pod `{}/{}`", chosen.namespace, chosen.pod),
            )
        };
        let dump = Dump::from_wire(&text).map_err(|error| {
            Failure::unparsable(format!("cannot read the dump of {origin}"))
                .caused_by(&error)
                .hint("it must be the answer of a node proxy's /config_dump")
        })?;
        Ok(Answer { text, dump, target })
    }
}

fn read_file(source: &Source, path: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{path}`")).caused_by(&error);
    if path != "-" {
        return std::fs::read(path).map_err(failed);
    }
    if std::io::stdin().is_terminal() && source.output == Format::Short {
        crate::render::message::Messages {
            is_quiet: false,
            has_colour: false,
        }
        .line("reading the dump from standard input");
    }
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}
