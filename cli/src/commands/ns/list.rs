//! `meshctl ns list`: namespaces and how much of each is in the mesh.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::enrolment::facts::{NamespaceRow, Whose};
use crate::enrolment::judge;
use crate::exit::{Exit, Failure};
use crate::render::list::{self, ListArgs, SelectArgs, WatchArgs};
use clap::Args;
use mesh_node::enroll::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// Arguments of `meshctl ns list`.
#[derive(Debug, Args)]
pub struct List {
    /// Also namespaces that have nothing to do with the mesh
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    shown: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    select: SelectArgs,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Row {
    namespace: String,
    mode: Option<String>,
    enrolled: usize,
    waypoint: Option<String>,
    pods: usize,
    captured: usize,
    excluded: usize,
    problems: usize,
    labels: Labels,
}

impl From<&NamespaceRow> for Row {
    fn from(namespace: &NamespaceRow) -> Self {
        let tally = namespace.tally();
        Self {
            namespace: namespace.name.clone(),
            mode: judge::mode(&namespace.labels).map(str::to_owned),
            enrolled: tally.enrolled,
            waypoint: judge::waypoint(&namespace.labels).map(str::to_owned),
            pods: tally.pods,
            captured: tally.captured,
            excluded: tally.excluded,
            problems: tally.problems,
            labels: namespace.labels.clone(),
        }
    }
}

const HEADER: [&str; 8] = [
    "NAMESPACE",
    "MODE",
    "ENROLLED",
    "WAYPOINT",
    "PODS",
    "CAPTURED",
    "EXCLUDED",
    "PROBLEMS",
];

impl List {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let fetch = async || {
            let facts = cluster
                .fetch_enrolment(&context.istio_namespace(), Whose::All)
                .await?;
            for silent in &facts.silent {
                context.messages.warn(silent);
            }
            Ok(self.list(&facts.namespaces))
        };
        self.shown.show(context, self.watch, fetch).await?;
        Ok(Exit::Ok)
    }

    fn list(&self, namespaces: &[NamespaceRow]) -> list::List<Row> {
        let selector = self.select.selector.as_ref();
        let rows: Vec<Row> = namespaces
            .iter()
            .filter(|one| selector.is_none_or(|selector| selector.matches(&one.labels)))
            .map(Row::from)
            .filter(|row| self.all_namespaces || row.mode.is_some() || row.enrolled > 0 || row.problems > 0)
            .collect();
        list::List::new(&HEADER, rows, cells)
            .wide(&["LABELS"])
            .named(|row| format!("namespace/{}", row.namespace))
            .or_say("No namespace is in the mesh.")
    }
}

fn cells(row: &Row) -> Vec<String> {
    let labels: Vec<String> = row
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    vec![
        row.namespace.clone(),
        shown(row.mode.as_ref()),
        row.enrolled.to_string(),
        shown(row.waypoint.as_ref()),
        row.pods.to_string(),
        row.captured.to_string(),
        row.excluded.to_string(),
        row.problems.to_string(),
        labels.join(","),
    ]
}

fn shown(value: Option<&String>) -> String {
    value.map_or_else(|| "<none>".to_owned(), Clone::clone)
}
