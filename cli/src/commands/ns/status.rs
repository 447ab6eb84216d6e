//! `meshctl ns status`: each pod of a namespace with the four signals (`spec/cli.md` 8.2).

use crate::cluster::Cluster;
use crate::commands::describe::pod::{Doctor, Told};
use crate::context::Context;
use crate::enrolment::diagnose::is_odd;
use crate::enrolment::facts::{NamespaceRow, PodRow, Whose};
use crate::enrolment::judge::State;
use crate::exit::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{self, data};
use clap::{Args, ValueEnum};
use mesh_wire::well_known::annotation::REDIRECTION;
use serde::Serialize;

/// Arguments of `meshctl ns status`.
#[derive(Debug, Args)]
pub struct Status {
    /// The namespaces; that of -n or of the context unless given
    #[arg(value_name = "NAMESPACE")]
    namespaces: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    /// No header row
    #[arg(long)]
    no_headers: bool,
    /// Ask for each pod that is not in why, up to the first "no"
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "short")]
    Table,
    Json,
    Yaml,
}

#[derive(Debug, Serialize)]
struct Row {
    namespace: String,
    pod: String,
    node: String,
    state: String,
    intent: bool,
    annotation: String,
    held: String,
    tunnelled: String,
    redirected: String,
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Told>,
}

impl Row {
    fn new(namespace: &NamespaceRow, pod: &PodRow) -> Self {
        let annotation = pod.facts.annotations.get(REDIRECTION);
        Self {
            namespace: namespace.name.clone(),
            pod: pod.facts.name.clone(),
            node: if pod.node.is_empty() {
                "<none>".to_owned()
            } else {
                pod.node.clone()
            },
            state: pod.state.to_string(),
            intent: !matches!(pod.state, State::Excluded(_) | State::Outside | State::Leaving),
            annotation: annotation.cloned().unwrap_or_else(|| "<none>".to_owned()),
            held: pod.claims.held.to_string(),
            tunnelled: pod.claims.tunnelled.to_string(),
            redirected: pod.claims.redirected.to_string(),
            reason: pod.error.clone(),
            explanation: None,
        }
    }
}

impl Status {
    /// Runs the command; exit 1 when a pod needs an operator.
    ///
    /// # Errors
    /// An unknown namespace, or the cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let mut names = super::distinct(&self.namespaces)?;
        if names.is_empty() {
            let given = context.globals.namespace.clone();
            names.push(given.unwrap_or_else(|| cluster.default_namespace().to_owned()));
        }
        let facts = cluster
            .fetch_enrolment(&context.istio_namespace(), Whose::These(&names))
            .await?;
        for silent in &facts.silent {
            context.messages.warn(silent);
        }
        let pods = || {
            facts
                .namespaces
                .iter()
                .flat_map(|namespace| namespace.pods.iter().map(move |pod| (namespace, pod)))
        };
        let mut rows: Vec<Row> = pods().map(|(namespace, pod)| Row::new(namespace, pod)).collect();
        if self.explain {
            let doctor = Doctor::fetch(&cluster, context, facts.clone()).await?;
            for (row, (namespace, pod)) in rows.iter_mut().zip(pods()) {
                row.explanation = is_odd(pod.state).then(|| doctor.ask(namespace, pod));
            }
        }
        if rows.is_empty() && self.output == Format::Table {
            context
                .messages
                .line(&format!("No resources found in {} namespace.", names.join(", ")));
            return Ok(Exit::Ok);
        }
        render::print(&self.render(&rows)?)?;
        let has_problem = pods().any(|(_, pod)| pod.state.is_problem());
        Ok(if has_problem { Exit::Error } else { Exit::Ok })
    }

    fn render(&self, rows: &[Row]) -> Result<String, Failure> {
        match self.output {
            Format::Json => data::json(rows),
            Format::Yaml => data::yaml(rows),
            Format::Table => {
                let header = [
                    "NAMESPACE",
                    "POD",
                    "NODE",
                    "STATE",
                    "ANNOTATION",
                    "PROXY HOLDS",
                    "HBONE",
                    "REDIRECTED",
                    "REASON",
                ];
                let mut table = Table::with_header(3, &header, self.no_headers);
                for row in rows {
                    table.row(vec![
                        row.namespace.clone(),
                        row.pod.clone(),
                        row.node.clone(),
                        row.state.clone(),
                        row.annotation.clone(),
                        row.held.clone(),
                        row.tunnelled.clone(),
                        row.redirected.clone(),
                        row.reason.clone().unwrap_or_default(),
                    ]);
                }
                let mut text = table.render();
                for told in rows.iter().filter_map(|row| row.explanation.as_ref()) {
                    text.push('\n');
                    text.push_str(&told.text());
                }
                Ok(text)
            }
        }
    }
}
