//! `meshctl drift`: what in the cluster is not as it was meant, who made it so, and what to do (`spec/cli.md` 11).

use super::install::{Input, fetch_target};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::drift::{Cause, Drift};
use crate::install::meant::{self, Meant};
use crate::install::plan::Target;
use crate::install::{record, values};
use crate::render::output::{Output, REPORT};
use crate::{render, yaml};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The documents of this command.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("drift", super::schema::of::<Report>)];
/// Longer values are cut in the text for people.
const MAX_SHOWN: usize = 60;

const EXAMPLES: &str = "Examples:
  meshctl drift                          against what install or Helm recorded
  meshctl drift -f mesh.yaml             against these values
  meshctl drift --argocd ztunnel         against an Argo CD application, as Argo CD applies it
  meshctl drift -o json | jq '.drift[] | select(.cause == \"manual\")'

Exit code 0: nothing differs, 1: something does, 2: it could not be found out.";

/// Arguments of `meshctl drift`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DriftCommand {
    #[command(flatten)]
    input: Input,
    /// Compare with what this Argo CD application means to apply
    #[arg(long, value_name = "APPLICATION", conflicts_with_all = ["filename", "set"])]
    argocd: Option<String>,
    /// A checkout of the repository that the application has its values in
    #[arg(long, value_name = "DIR", requires = "argocd", value_hint = clap::ValueHint::DirPath)]
    repository: Option<PathBuf>,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = REPORT)]
    output: Output,
}

/// What differs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Report {
    /// Where what was meant is kept.
    compared_with: Vec<String>,
    /// How many objects were compared.
    objects: usize,
    /// Everything that differs.
    drift: Vec<Drift>,
    /// For `spec.ignoreDifferences` of an Argo CD application: what others go on writing.
    ignore_differences: Vec<Value>,
}

impl DriftCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked (2), or nothing says what was meant.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let failed = |failure: Failure| Failure {
            // a comparison that failed is told apart from one that found something; bad usage stays what it is
            exit: match failure.exit {
                Exit::Error => Exit::DiffError,
                exit => exit,
            },
            ..failure
        };
        let report = self.compare(context).await.map_err(failed)?;
        render::print(&self.output.render(&report, || text(&report))?)?;
        if report.drift.is_empty() {
            context.messages.done(&format!(
                "{} objects are as meant by {}",
                report.objects,
                report.compared_with.join(", ")
            ));
            return Ok(Exit::Ok);
        }
        Ok(Exit::Error)
    }

    async fn compare(&self, context: &Context) -> Result<Report, Failure> {
        let given = self.input.settle(context, None)?;
        let cluster = Cluster::connect(context).await?;
        let target = fetch_target(&cluster).await?;
        let all = self
            .fetch_meant(context, &cluster, &target, &given.revision)
            .await?;
        let mut report = Report {
            compared_with: Vec::new(),
            objects: 0,
            drift: Vec::new(),
            ignore_differences: Vec::new(),
        };
        for meant in &all {
            report.compared_with.push(meant.keeper.clone());
            report.objects += meant.plan.objects().count();
            report.drift.append(&mut meant.fetch_drift(&cluster).await?);
        }
        report
            .drift
            .sort_by(|a, b| (a.cause, &a.object, &a.field).cmp(&(b.cause, &b.object, &b.field)));
        report.ignore_differences = meant::ignore_rules(&report.drift);
        Ok(report)
    }

    async fn fetch_meant(
        &self,
        context: &Context,
        cluster: &Cluster,
        target: &Target,
        revision: &str,
    ) -> Result<Vec<Meant>, Failure> {
        let (system, folder) = (context.istio_namespace(), self.input.manifests.as_ref());
        if let Some(name) = &self.argocd {
            let known = cluster.fetch_applications(&system).await?;
            let Some(application) = known.iter().find(|one| one.name == *name) else {
                let names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
                return Err(
                    Failure::new(format!("no application `{name}` installs a chart of the mesh")).because(
                        format!("those that install into `{system}` are: {}", names.join(", ")),
                    ),
                );
            };
            return Ok(vec![Meant::argocd(
                application,
                target,
                (folder, self.repository.as_deref()),
            )?]);
        }
        if self.input.is_given() {
            let platform = cluster.fetch_platform(target).await?;
            let settings = self.input.settle(context, platform)?;
            let plan = record::render(&settings, target, folder)?;
            return Ok(vec![Meant::ours(plan, "the given values")]);
        }
        let owner = values::owner(revision);
        let all = Meant::fetch_recorded(cluster, &system, &owner, (target, folder)).await?;
        if all.is_empty() {
            return Err(Failure::new(format!("nothing in `{system}` says what was meant"))
                .because("neither `meshctl install` nor Helm left its input there")
                .hint("pass -f with the values, or --argocd with the name of an application"));
        }
        Ok(all)
    }
}

/// The report for people: causes, below them objects, below them fields.
fn text(report: &Report) -> String {
    let mut text = String::new();
    for cause in Cause::ALL {
        let mut found = report.drift.iter().filter(|one| one.cause == cause).peekable();
        if found.peek().is_none() {
            continue;
        }
        _ = writeln!(text, "{}:", cause.text());
        let mut last = "";
        for one in found {
            if one.object != last || one.field.is_none() {
                _ = writeln!(text, "  {}", one.object);
                last = &one.object;
            }
            if let Some(field) = &one.field {
                _ = writeln!(
                    text,
                    "    {field}: {} -> {}",
                    shown(one.live.as_ref()),
                    shown(one.wanted.as_ref())
                );
            }
            if let Some(manager) = &one.manager {
                let when = one
                    .time
                    .as_ref()
                    .map(|time| format!(" at {time}"))
                    .unwrap_or_default();
                _ = writeln!(text, "      by {manager}{when}");
            }
            _ = writeln!(text, "      {}", one.proposal);
        }
    }
    if !report.ignore_differences.is_empty() {
        let rules = json!({"spec": {"ignoreDifferences": report.ignore_differences}});
        _ = write!(
            text,
            "\nfor an Argo CD application that is to leave these alone:\n{}",
            yaml::to_string(&rules)
        );
    }
    text
}

/// A value on one line, cut.
fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "(none)".to_owned();
    };
    let text = value.to_string();
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
