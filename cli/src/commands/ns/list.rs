//! `meshctl ns list`: namespaces and how much of each is in the mesh.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::enrolment::facts::{NamespaceRow, Whose};
use crate::enrolment::judge;
use crate::exit::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{self, data};
use clap::{Args, ValueEnum};
use serde::Serialize;

/// Arguments of `meshctl ns list`.
#[derive(Debug, Args)]
pub struct List {
    /// Also namespaces that have nothing to do with the mesh
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    /// No header row
    #[arg(long)]
    no_headers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "short")]
    Table,
    Json,
    Yaml,
    Name,
}

#[derive(Debug, Serialize)]
struct Row {
    namespace: String,
    mode: Option<String>,
    enrolled: usize,
    waypoint: Option<String>,
    pods: usize,
    captured: usize,
    excluded: usize,
    problems: usize,
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
        }
    }
}

impl List {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let facts = cluster
            .fetch_enrolment(&context.istio_namespace(), Whose::All)
            .await?;
        for silent in &facts.silent {
            context.messages.warn(silent);
        }
        let rows: Vec<Row> = facts
            .namespaces
            .iter()
            .map(Row::from)
            .filter(|row| self.all_namespaces || row.mode.is_some() || row.enrolled > 0 || row.problems > 0)
            .collect();
        if rows.is_empty() && matches!(self.output, Format::Table | Format::Name) {
            context.messages.line("No namespace is in the mesh.");
            return Ok(Exit::Ok);
        }
        render::print(&self.render(&rows)?)?;
        Ok(Exit::Ok)
    }

    fn render(&self, rows: &[Row]) -> Result<String, Failure> {
        match self.output {
            Format::Json => data::json(rows),
            Format::Yaml => data::yaml(rows),
            Format::Name => {
                let lines: Vec<String> = rows
                    .iter()
                    .map(|row| format!("namespace/{}\n", row.namespace))
                    .collect();
                Ok(lines.concat())
            }
            Format::Table => {
                let header = [
                    "NAMESPACE",
                    "MODE",
                    "ENROLLED",
                    "WAYPOINT",
                    "PODS",
                    "CAPTURED",
                    "EXCLUDED",
                    "PROBLEMS",
                ];
                let mut table = Table::with_header(3, &header, self.no_headers);
                for row in rows {
                    table.row(vec![
                        row.namespace.clone(),
                        shown(row.mode.as_ref()),
                        row.enrolled.to_string(),
                        shown(row.waypoint.as_ref()),
                        row.pods.to_string(),
                        row.captured.to_string(),
                        row.excluded.to_string(),
                        row.problems.to_string(),
                    ]);
                }
                Ok(table.render())
            }
        }
    }
}

fn shown(value: Option<&String>) -> String {
    value.map_or_else(|| "<none>".to_owned(), Clone::clone)
}
