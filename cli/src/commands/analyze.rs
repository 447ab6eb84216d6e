//! `meshctl analyze`: what is accepted and does not do what its author thinks (`spec/cli.md` 7).

use super::input;
use crate::analysis::suppression::Suppression;
use crate::analysis::{self, ANALYZERS, Level, Message, World};
use crate::cluster::Cluster;
use crate::context::{Context, parse_duration};
use crate::exit::{Exit, Failure};
use crate::objects::{self, Sourced, Text};
use crate::render::output::{Formats, Output};
use crate::render::table::Table;
use crate::render::{self, message};
use crate::validation::Schemas;
use clap::{ArgAction, Args, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  meshctl analyze                                  the namespace of the context
  meshctl analyze -A                               the whole cluster
  meshctl analyze new.yaml                         a file as if it were applied
  meshctl analyze --use-kube=false manifests/      files alone, without a cluster
  meshctl analyze -A -S 'MESH0007=Pod *.monitoring' --failure-threshold Warning
  meshctl analyze -L                               what is looked for";

/// Arguments of `meshctl analyze`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Analyze {
    /// Files, folders, or - for standard input, laid over the cluster's objects
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,
    /// Whether the cluster is asked
    #[arg(short = 'k', long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    use_kube: bool,
    /// Every namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    limits: Limits,
    /// Print findings that are at least this bad
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "Info",
        value_name = "LEVEL"
    )]
    output_threshold: Threshold,
    /// Only these analyzers
    #[arg(long = "analyzer", value_name = "NAME")]
    analyzers: Vec<String>,
    /// List the analyzers
    #[arg(short = 'L', long)]
    list_analyzers: bool,
    /// A mesh configuration to use instead of the installed one
    #[arg(long = "meshConfigFile", value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    mesh_config: Option<String>,
    /// How long the cluster may take
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = limit)]
    timeout: Duration,
    #[command(flatten)]
    reading: Reading,
    /// Output format
    #[arg(short, long, default_value = "log", value_parser = Formats(&["log", "json", "yaml", "jsonpath="]))]
    output: Output,
}

/// How files are read.
#[derive(Debug, Args)]
struct Reading {
    /// Pass over files that cannot be parsed
    #[arg(long)]
    ignore_unknown: bool,
    /// Accepted; folders are always walked whole
    #[arg(short = 'R', long, hide = true)]
    recursive: bool,
}

/// Which findings count.
#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Exit 79 when a finding is at least this bad
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "Error",
        value_name = "LEVEL"
    )]
    failure_threshold: Threshold,
    /// Hide findings: CODE=Kind name.namespace, with * for anything
    #[arg(short = 'S', long = "suppress", value_name = "CODE=OBJECT", value_parser = Suppression::parse, add = crate::completers::codes())]
    suppress: Vec<Suppression>,
}

impl Limits {
    /// From where on findings fail.
    pub(super) fn failure_threshold(&self) -> Level {
        self.failure_threshold.into()
    }

    /// Whether a finding is suppressed.
    pub(super) fn hides(&self, one: &Message) -> bool {
        self.suppress.iter().any(|suppression| suppression.hides(one))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Threshold {
    Info,
    Warning,
    Error,
}

impl From<Threshold> for Level {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Info => Self::Info,
            Threshold::Warning => Self::Warning,
            Threshold::Error => Self::Error,
        }
    }
}

/// One finding as a document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Row {
    code: &'static str,
    level: String,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    message: String,
    documentation_url: String,
}

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("analyze", super::schema::of::<Vec<Row>>)];

fn limit(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "not a duration: write it like 30s or 2m".to_owned())
}

/// What was read.
#[derive(Default)]
struct Read {
    objects: Vec<Sourced>,
    /// Namespace that findings are limited to; none is all.
    namespace: Option<String>,
    has_unparsable: bool,
}

impl Analyze {
    /// Runs the command; exit 79 when a finding reaches the threshold, 65 when a file cannot be parsed.
    ///
    /// # Errors
    /// The cluster or a file cannot be read, or the namespace is not there.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.list_analyzers {
            let mut table = Table::new(5, &["ANALYZER", "DESCRIPTION"]);
            for (name, _, about) in ANALYZERS {
                table.row(vec![name.to_owned(), about.to_owned()]);
            }
            render::print(&table.render())?;
            return Ok(Exit::Ok);
        }
        if !self.use_kube && self.files.is_empty() {
            return Err(Failure::usage("nothing to analyze")
                .hint("name files or folders, or leave --use-kube=false out"));
        }
        for one in self.limits.suppress.iter().filter(|one| !one.is_known()) {
            context.messages.warn(&format!("there is no code `{}`", one.code));
        }
        let read = self.read(context).await?;
        let found = self.judge(context, &read)?;
        self.print(&found)?;
        let worst = found.iter().map(|one| one.code.level).max();
        if worst.is_some_and(|level| level >= self.limits.failure_threshold.into()) {
            context
                .messages
                .line(&format!("Error: findings when analyzing {}", self.about(&read)));
            return Ok(Exit::Findings);
        }
        let is_unparsable = read.has_unparsable && !self.reading.ignore_unknown;
        if found.is_empty() && !is_unparsable {
            context.messages.done(&format!(
                "No validation issues found when analyzing {}.",
                self.about(&read)
            ));
        }
        Ok(if is_unparsable { Exit::Unparsable } else { Exit::Ok })
    }

    async fn read(&self, context: &Context) -> Result<Read, Failure> {
        let mut read = Read::default();
        if self.use_kube {
            let cluster = Cluster::connect(context).await?;
            let asked = Box::pin(self.ask(&cluster, context));
            let gathered = tokio::time::timeout(self.timeout, asked).await;
            read.objects = gathered.map_err(|_| {
                Failure::timed_out("cannot read the cluster's objects")
                    .because(format!("no answer within {:?}", self.timeout))
                    .hint("raise --timeout")
            })??;
            if !self.all_namespaces {
                let given = context.globals.namespace.clone();
                let namespace = given.unwrap_or_else(|| cluster.default_namespace().to_owned());
                let path = format!("/api/v1/namespaces/{namespace}");
                if cluster.get(&path).await?.is_none() {
                    return Err(Failure::new(format!("there is no namespace `{namespace}`")));
                }
                read.namespace = Some(namespace);
            }
        } else if !self.all_namespaces {
            read.namespace.clone_from(&context.globals.namespace);
        }
        if self.output == Output::Table {
            objects::announce(&self.files);
        }
        for name in &self.files {
            let path = Path::new(name);
            if name != "-" && path.is_file() && !objects::has_objects(path) {
                context
                    .messages
                    .line(&format!("skipping `{name}`: neither .yaml, .yml nor .json"));
                continue;
            }
            for text in objects::read(std::slice::from_ref(name))? {
                self.take(&text, &mut read);
            }
        }
        if let Some(path) = &self.mesh_config {
            read.objects.push(mesh_config(context, path)?);
        }
        read.objects = objects::overlay(std::mem::take(&mut read.objects));
        Ok(read)
    }

    fn take(&self, text: &Text, read: &mut Read) {
        match objects::parse(text) {
            Ok(mut found) => read.objects.append(&mut found),
            Err(failure) => {
                read.has_unparsable = true;
                if !self.reading.ignore_unknown {
                    let _ = message::failure(&failure);
                }
            }
        }
    }

    async fn ask(&self, cluster: &Cluster, context: &Context) -> Result<Vec<Sourced>, Failure> {
        let mut all = cluster.fetch_mesh_objects(&context.istio_namespace()).await?;
        let more = [
            ("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"),
            ("apps/v1", "deployments", "Deployment"),
            ("apps/v1", "statefulsets", "StatefulSet"),
            ("apps/v1", "daemonsets", "DaemonSet"),
            ("gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute"),
            ("gateway.networking.k8s.io/v1", "grpcroutes", "GRPCRoute"),
        ];
        for (version, plural, kind) in more {
            let path = format!("/apis/{version}/{plural}");
            all.append(&mut cluster.fetch_listed(&path, version, kind).await?);
        }
        Ok(all)
    }

    /// The findings that are neither of other namespaces nor suppressed.
    fn judge(&self, context: &Context, read: &Read) -> Result<Vec<Message>, Failure> {
        let schemas = Schemas::embedded()
            .map_err(|error| Failure::new("cannot read the mesh's definitions").caused_by(&error))?;
        let system = context.istio_namespace();
        let translated = input::translate_silently(context, &read.objects)?;
        let world = World {
            objects: &read.objects,
            translated: &translated,
            schemas: &schemas,
            system: &system,
        };
        let mut found = analysis::analyze(&world, &self.analyzers);
        found.retain(|one| {
            let is_inside = read.namespace.as_ref().is_none_or(|namespace| {
                let subject = &one.subject;
                subject.origin.is_some()
                    || subject.namespace == *namespace
                    || (subject.namespace.is_empty() && subject.name == *namespace)
            });
            is_inside && !self.limits.hides(one)
        });
        Ok(found)
    }

    fn print(&self, found: &[Message]) -> Result<(), Failure> {
        let least: Level = self.output_threshold.into();
        let rows: Vec<Row> = found
            .iter()
            .filter(|one| one.code.level >= least)
            .map(row)
            .collect();
        render::print(&self.output.render(&rows, || rows.iter().map(line).collect())?)
    }

    fn about(&self, read: &Read) -> String {
        if !self.use_kube {
            return self.files.join(", ");
        }
        match &read.namespace {
            Some(namespace) => format!("namespace {namespace}"),
            None => "all namespaces".to_owned(),
        }
    }
}

/// A mesh configuration of a file in the place of the installed one.
fn mesh_config(context: &Context, path: &str) -> Result<Sourced, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read `{path}`")).caused_by(&error))?;
    Ok(Sourced::live(serde_json::json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": mesh_wire::well_known::name::MESH_CONFIG_MAP,
            "namespace": context.istio_namespace(),
        },
        "data": { "mesh": text },
    })))
}

fn row(one: &Message) -> Row {
    Row {
        code: one.code.code,
        level: one.code.level.to_string(),
        origin: one.subject.title(),
        reference: one.subject.origin.as_ref().map(|origin| match origin.line {
            0 => origin.file.clone(),
            line => format!("{}:{line}", origin.file),
        }),
        message: one.text.clone(),
        documentation_url: one.code.url(),
    }
}

/// `Level [CODE] (Kind name.namespace file:line) message`.
fn line(row: &Row) -> String {
    let place = row
        .reference
        .as_ref()
        .map_or_else(String::new, |at| format!(" {at}"));
    format!(
        "{} [{}] ({}{place}) {}\n",
        row.level, row.code, row.origin, row.message
    )
}
