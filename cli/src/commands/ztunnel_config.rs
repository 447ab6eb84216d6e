//! `meshctl ztunnel-config`: what a node proxy knows, live or from a file (`spec/cli.md` 2, 3).

pub mod log;
mod per_node;
mod source;

use crate::cluster::Cluster;
use crate::context::Context;
use crate::enrolment::facts::{PodRow, Whose};
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::list::ListArgs;
use crate::render::output::{Formats, Output};
use crate::ztunnel::connections::Direction;
use crate::ztunnel::dump::Dump;
use crate::ztunnel::tables::{self, WorkloadFilter, WorkloadRow};
use crate::ztunnel::{certificates, connections};
use clap::{Args, Subcommand};
use serde_json::Value;
use source::{Shown, Source};
use std::collections::HashMap;

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    (
        "ztunnel-config workload",
        super::schema::of::<Vec<crate::ztunnel::dump::Workload>>,
    ),
    (
        "ztunnel-config service",
        super::schema::of::<Vec<crate::ztunnel::dump::Service>>,
    ),
    (
        "ztunnel-config policy",
        super::schema::of::<Vec<crate::ztunnel::dump::Policy>>,
    ),
    (
        "ztunnel-config certificate",
        super::schema::of::<Vec<per_node::OfNode<crate::ztunnel::dump::Certificate>>>,
    ),
    (
        "ztunnel-config connections",
        super::schema::of::<Vec<per_node::OfNode<crate::ztunnel::dump::WorkloadState>>>,
    ),
];

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
    Certificate(CertificateArgs),
    /// Show live connections
    #[command(alias = "cons")]
    Connections(ConnectionArgs),
    /// Show everything
    All(AllArgs),
    /// Read or change the log levels of the node proxies
    #[command(alias = "o")]
    Log(log::Log),
}

#[derive(Debug, Args)]
struct WorkloadArgs {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    shown: Shown,
    /// Only workloads of this namespace
    #[arg(long, value_name = "NAME", add = crate::completers::namespaces())]
    workload_namespace: Option<String>,
    /// Only workloads on this node
    #[arg(long, value_name = "NAME", add = crate::completers::nodes())]
    workload_node: Option<String>,
    /// Only workloads with this address, or with one in this network
    #[arg(long, value_name = "IP")]
    address: Option<String>,
}

#[derive(Debug, Args)]
struct ServiceArgs {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    shown: Shown,
    /// Only services of this namespace
    #[arg(long, value_name = "NAME", add = crate::completers::namespaces())]
    service_namespace: Option<String>,
}

#[derive(Debug, Args)]
struct PolicyArgs {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    shown: Shown,
    /// Only policies of this namespace
    #[arg(long, value_name = "NAME", add = crate::completers::namespaces())]
    policy_namespace: Option<String>,
}

#[derive(Debug, Args)]
struct CertificateArgs {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    shown: Shown,
    /// Ask the ztunnel of every node
    #[arg(long, conflicts_with_all = ["pod", "node", "file"])]
    all_nodes: bool,
}

#[derive(Debug, Args)]
struct ConnectionArgs {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    shown: Shown,
    /// Ask the ztunnel of every node
    #[arg(long, conflicts_with_all = ["pod", "node", "file"])]
    all_nodes: bool,
    /// Only workloads of this namespace
    #[arg(long, value_name = "NAME", add = crate::completers::namespaces())]
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
    /// Output format
    #[arg(short, long, default_value = "short", value_parser = Formats(&["short", "json", "yaml", "jsonpath="]))]
    output: Output,
    /// Put a heading before each table
    #[arg(long)]
    with_headers: bool,
}

impl ZtunnelConfig {
    /// Runs the command.
    ///
    /// # Errors
    /// The dump cannot be had or read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::Workload(args) => Box::pin(args.run(context)).await,
            What::Service(args) => Box::pin(args.run(context)).await,
            What::Policy(args) => Box::pin(args.run(context)).await,
            What::Certificate(args) => Box::pin(args.run(context)).await,
            What::Connections(args) => Box::pin(args.run(context)).await,
            What::All(args) => Box::pin(args.run(context)).await,
            What::Log(command) => Box::pin(command.run(context)).await,
        }
    }
}

impl WorkloadArgs {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let output = &self.shown.list.output;
        let fetch = async || {
            let answer = self.source.fetch(context, false).await?;
            let mut filter = WorkloadFilter {
                name: None,
                namespace: self.workload_namespace.clone(),
                node: self.workload_node.clone(),
                address: self.address.clone(),
            };
            if let Some((name, namespace)) = answer.target {
                (filter.name, filter.namespace) = (Some(name), Some(namespace));
            }
            let mut rows = tables::workloads(&answer.dump, &filter);
            let pods = "/api/v1/pods";
            let labelled = self.shown.labelled(context, &self.source, pods).await?;
            rows.retain(|row| labelled.has(&row.key()));
            if output.is_tabular() {
                tables::sort_workloads(&mut rows);
            }
            if *output == Output::Wide && self.source.file.is_none() {
                say_captured(context, &mut rows).await?;
            }
            Ok(tables::workload_list(rows))
        };
        self.shown.show(context, &self.source, fetch).await
    }
}

/// Fills in whether each workload is in the mesh, by all four signals.
async fn say_captured(context: &Context, rows: &mut [WorkloadRow]) -> Result<(), Failure> {
    let cluster = Cluster::connect(context).await?;
    let facts = cluster
        .fetch_enrolment(&context.istio_namespace(), Whose::All)
        .await?;
    let pods = facts.namespaces.iter().flat_map(|namespace| {
        let state = |pod: &PodRow| {
            (
                (namespace.name.clone(), pod.facts.name.clone()),
                pod.state.to_string(),
            )
        };
        namespace.pods.iter().map(state)
    });
    let states: HashMap<(String, String), String> = pods.collect();
    for row in rows {
        row.captured = states.get(&row.key()).cloned();
    }
    Ok(())
}

impl ServiceArgs {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let fetch = async || {
            let answer = self.source.fetch(context, false).await?;
            let mut rows = tables::services(&answer.dump, self.service_namespace.as_ref());
            let services = "/api/v1/services";
            let labelled = self.shown.labelled(context, &self.source, services).await?;
            rows.retain(|row| labelled.has(&row.key()));
            Ok(tables::service_list(rows))
        };
        self.shown.show(context, &self.source, fetch).await
    }
}

impl PolicyArgs {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let fetch = async || {
            let answer = self.source.fetch(context, false).await?;
            let mut rows = tables::policies(&answer.dump, self.policy_namespace.as_ref());
            let policies = "/apis/security.istio.io/v1/authorizationpolicies";
            let labelled = self.shown.labelled(context, &self.source, policies).await?;
            rows.retain(|row| labelled.has(&row.key()));
            Ok(tables::policy_list(rows))
        };
        self.shown.show(context, &self.source, fetch).await
    }
}

impl AllArgs {
    /// All tables, unfiltered; JSON is the dump exactly as received (`spec/cli.md` 3.7).
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        self.source.announce(&self.output, false)?;
        let answer = self.source.fetch(context, false).await?;
        if self.output == Output::Json {
            render::print(&String::from_utf8_lossy(&answer.text))?;
            return Ok(Exit::Ok);
        }
        let value: Value = serde_json::from_slice(&answer.text).unwrap_or_default();
        let text = match self.output.document(&value)? {
            Some(text) => text,
            None => self.tables(&answer.dump)?,
        };
        render::print(&text)?;
        Ok(Exit::Ok)
    }

    fn tables(&self, dump: &Dump) -> Result<String, Failure> {
        let plain = ListArgs::plain();
        let mut workloads = tables::workloads(dump, &WorkloadFilter::default());
        tables::sort_workloads(&mut workloads);
        let certificates = certificates::rows(&dump.certificates, jiff::Timestamp::now());
        let open = connections::rows(dump, &connections::Options::default());
        let sections = [
            ("WORKLOAD", plain.render(tables::workload_list(workloads))?),
            (
                "SERVICE",
                plain.render(tables::service_list(tables::services(dump, None)))?,
            ),
            (
                "POLICY",
                plain.render(tables::policy_list(tables::policies(dump, None)))?,
            ),
            (
                "SECRET",
                plain.render(certificates::list(certificates).without_first(true))?,
            ),
            (
                "CONNECTIONS",
                plain.render(connections::list(open).without_first(true))?,
            ),
        ];
        let mut text = String::new();
        for (heading, table) in sections {
            text.push('\n');
            if self.with_headers {
                text.push_str("------ ");
                text.push_str(heading);
                text.push_str(" INFO ------\n\n");
            }
            text.push_str(&table);
        }
        Ok(text)
    }
}
