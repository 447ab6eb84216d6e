//! `meshctl ns status`: each pod of a namespace with the four signals (`spec/cli.md` 8.2).

use crate::cluster::Cluster;
use crate::commands::describe::pod::{Doctor, Told};
use crate::context::Context;
use crate::enrolment::diagnose::is_odd;
use crate::enrolment::facts::{Ages, NamespaceRow, PodRow, Whose};
use crate::enrolment::judge::State;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::list::{self, ListArgs, SelectArgs, WatchArgs};
use crate::render::output::Output;
use clap::Args;
use mesh_wire::well_known::annotation::REDIRECTION;
use schemars::JsonSchema;
use serde::Serialize;

/// Arguments of `meshctl ns status`.
#[derive(Debug, Args)]
pub struct Status {
    /// The namespaces; that of -n or of the context unless given
    #[arg(value_name = "NAMESPACE", add = crate::completers::namespaces())]
    namespaces: Vec<String>,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    select: SelectArgs,
    /// Ask for each pod that is not in why, up to the first "no"
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Row {
    namespace: String,
    pod: String,
    node: String,
    state: String,
    intent: bool,
    annotation: String,
    held: String,
    tunnelled: String,
    redirected: String,
    /// How old each signal is, in seconds.
    ages: Ages,
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
            ages: pod.ages,
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
        let (mut has_problem, mut told) = (false, Vec::new());
        let fetch = async || {
            let looked = Box::pin(self.look(context, &cluster, &names)).await?;
            has_problem = looked.has_problem;
            told = looked
                .rows
                .iter()
                .filter_map(|row| row.explanation.as_ref().map(Told::text))
                .collect();
            Ok(list::List::new(&HEADER, looked.rows, cells)
                .named(|row| format!("pod/{}", row.pod))
                .or_say(format!("No resources found in {} namespace.", names.join(", "))))
        };
        self.list.show(context, self.watch, fetch).await?;
        if self.list.output == Output::Table {
            let texts: Vec<String> = told.into_iter().map(|text| format!("\n{text}")).collect();
            render::print(&texts.concat())?;
        }
        Ok(if has_problem { Exit::Error } else { Exit::Ok })
    }

    async fn look(&self, context: &Context, cluster: &Cluster, names: &[String]) -> Result<Look, Failure> {
        let mut facts = cluster
            .fetch_enrolment(&context.istio_namespace(), Whose::These(names))
            .await?;
        for silent in &facts.silent {
            context.messages.warn(silent);
        }
        if let Some(selector) = &self.select.selector {
            for namespace in &mut facts.namespaces {
                namespace.pods.retain(|pod| selector.matches(&pod.facts.labels));
            }
        }
        let pods = || {
            facts
                .namespaces
                .iter()
                .flat_map(|namespace| namespace.pods.iter().map(move |pod| (namespace, pod)))
        };
        let mut rows: Vec<Row> = pods().map(|(namespace, pod)| Row::new(namespace, pod)).collect();
        if self.explain {
            let doctor = Doctor::fetch(cluster, context, facts.clone()).await?;
            for (row, (namespace, pod)) in rows.iter_mut().zip(pods()) {
                row.explanation = is_odd(pod.state).then(|| doctor.ask(namespace, pod));
            }
        }
        let has_problem = pods().any(|(_, pod)| pod.state.is_problem());
        Ok(Look { rows, has_problem })
    }
}

/// What one look found.
struct Look {
    rows: Vec<Row>,
    has_problem: bool,
}

const HEADER: [&str; 9] = [
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

fn cells(row: &Row) -> Vec<String> {
    vec![
        row.namespace.clone(),
        row.pod.clone(),
        row.node.clone(),
        row.state.clone(),
        aged(&row.annotation, row.ages.annotation),
        aged(&row.held, row.ages.held),
        aged(&row.tunnelled, row.ages.tunnelled),
        aged(&row.redirected, row.ages.redirected),
        row.reason.clone().unwrap_or_default(),
    ]
}

/// A signal and how old it is.
fn aged(signal: &str, seconds: Option<u64>) -> String {
    match seconds {
        None => signal.to_owned(),
        Some(seconds @ 0..120) => format!("{signal} ({seconds}s)"),
        Some(seconds @ 120..7200) => format!("{signal} ({}m)", seconds / 60),
        Some(seconds) => format!("{signal} ({}h)", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_shown_with_its_age() {
        let shown = [None, Some(0), Some(119), Some(120), Some(7200)].map(|age| aged("yes", age));
        assert_eq!(shown, ["yes", "yes (0s)", "yes (119s)", "yes (2m)", "yes (2h)"]);
    }
}
