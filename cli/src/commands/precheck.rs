//! `meshctl precheck`: may the mesh be installed here, or upgraded? (`spec/cli.md` 6)

use super::install::{Input, fetch_target};
use crate::checks::judge;
use crate::checks::report::{self, Outcome};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::plan;
use crate::render;
use crate::render::output::{Formats, Output};
use clap::{Args, ValueEnum};
use futures::{StreamExt, TryStreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many questions are under way at once.
const CONCURRENCY: usize = 8;
/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("precheck", super::schema::of::<Vec<Row>>)];

const EXAMPLES: &str = "Examples:
  meshctl precheck                 before an installation
  meshctl precheck -o json
  meshctl precheck --skip-controlplane";

/// Arguments of `meshctl precheck`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Precheck {
    #[command(flatten)]
    input: Input,
    /// Leave out what concerns the control plane: permissions
    #[arg(long)]
    skip_controlplane: bool,
    /// The version that is installed now, as X.Y; accepted, every check holds for any
    #[arg(long, value_name = "VERSION")]
    from_version: Option<String>,
    /// Print findings that are at least this bad
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "Warning",
        value_name = "LEVEL"
    )]
    output_threshold: Level,
    /// Output format
    #[arg(short, long, default_value = "log", value_parser = Formats(&["log", "json", "yaml", "jsonpath="]))]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, JsonSchema)]
#[value(rename_all = "PascalCase")]
enum Level {
    Info,
    Warning,
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Row {
    code: String,
    level: Level,
    origin: String,
    message: String,
    documentation_url: String,
}

impl Precheck {
    /// Runs the command; exit 1 when there is a warning or an error.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        self.input.settle(context, None)?;
        let cluster = Cluster::connect(context).await?;
        let facts = cluster.fetch_checked(&context.istio_namespace()).await?;
        let mut rows: Vec<Row> = judge::before(&facts)
            .categories
            .iter()
            .flat_map(|category| {
                category
                    .checks
                    .iter()
                    .map(move |check| (category.name.clone(), check))
            })
            .filter(|(_, check)| check.result != Outcome::Success)
            .map(|(category, check)| Row {
                code: code(check.id).to_owned(),
                level: match check.result {
                    Outcome::Error => Level::Error,
                    Outcome::Warning | Outcome::Success => Level::Warning,
                },
                origin: category.into_owned(),
                message: format!(
                    "{}: {}",
                    check.description,
                    check.error.clone().unwrap_or_default()
                ),
                documentation_url: check.hint.clone().unwrap_or_default(),
            })
            .collect();
        if !self.skip_controlplane {
            rows.append(&mut self.permissions(context, &cluster).await?);
        }
        rows.sort_by(|a, b| (b.level, &a.code, &a.message).cmp(&(a.level, &b.code, &b.message)));
        let shown: Vec<&Row> = rows
            .iter()
            .filter(|row| row.level >= self.output_threshold)
            .collect();
        let text = || shown.iter().map(|row| line(row)).collect::<Vec<_>>().concat();
        render::print(&self.output.render(&shown, text)?)?;
        if rows.iter().any(|row| row.level >= Level::Warning) {
            return Ok(Exit::Error);
        }
        context
            .messages
            .done("No issues found when checking the cluster: it is ready for the mesh");
        Ok(Exit::Ok)
    }

    /// Asks whether each kind of object that an installation creates may be created.
    async fn permissions(&self, context: &Context, cluster: &Cluster) -> Result<Vec<Row>, Failure> {
        let target = fetch_target(cluster).await?;
        let platform = cluster.fetch_platform(&target).await?;
        let settings = self.input.settle(context, platform)?;
        let plan = plan::render(&settings, &target, self.input.manifests.as_ref())?;
        let mut kinds = BTreeSet::new();
        for object in plan.objects() {
            let api = object["apiVersion"].as_str().unwrap_or_default();
            let kind = object["kind"].as_str().unwrap_or_default();
            // a kind that comes with the installation is not there to ask about
            if let Some(resource) = cluster.fetch_resource(api, kind).await? {
                let group = api.split_once('/').map_or("", |(group, _)| group);
                let namespace = if resource.is_namespaced {
                    plan.namespace.as_str()
                } else {
                    ""
                };
                kinds.insert((group.to_owned(), resource.plural, namespace.to_owned()));
            }
        }
        let asked = stream::iter(kinds)
            .map(|kind| async move {
                let review = review(&kind);
                let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
                let send: (&str, &Value) = ("application/json", &review);
                let answer = Box::pin(cluster.send("cannot ask for permissions", "POST", path, send)).await?;
                Ok::<_, Failure>((kind, answer["status"]["allowed"] == true))
            })
            .buffered(CONCURRENCY)
            .try_collect::<Vec<_>>();
        let refused = Box::pin(asked).await?.into_iter().filter(|(_, may)| !may);
        Ok(refused.map(|(kind, _)| missing(&kind)).collect())
    }
}

type Kind = (String, String, String);

fn review((group, plural, namespace): &Kind) -> Value {
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": {
            "verb": "create", "group": group, "resource": plural, "namespace": namespace,
        } },
    })
}

fn missing((group, plural, namespace): &Kind) -> Row {
    let group = if group.is_empty() { "core" } else { group };
    let place = if namespace.is_empty() {
        "the cluster".to_owned()
    } else {
        format!("namespace {namespace}")
    };
    Row {
        code: "IST0141".to_owned(),
        level: Level::Error,
        origin: "permissions".to_owned(),
        message: format!("missing permission to create {plural} of {group} in {place}"),
        documentation_url: report::documentation("precheck"),
    }
}

/// The field's code of a check, where it has one.
fn code(id: &'static str) -> &'static str {
    match id {
        "kubernetes-version" => "IST0142",
        other => other,
    }
}

fn line(row: &Row) -> String {
    format!(
        "{:?} [{}] ({}) {}\n",
        row.level, row.code, row.origin, row.message
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        precheck: Precheck,
    }

    #[tokio::test]
    async fn who_may_do_everything_is_asked_about_everything_and_lacks_nothing() {
        let world = World::start().await;
        let line = Line::try_parse_from(["precheck"]).unwrap();
        let missing = line
            .precheck
            .permissions(&world.context, &world.cluster)
            .await
            .unwrap();
        assert_eq!(missing, []);
        // somebody without a role may not, and the same question says so
        let mut context = world.context.clone();
        context.globals.impersonate = Some("nobody".to_owned());
        let cluster = Cluster::connect(&context).await.unwrap();
        let missing = line.precheck.permissions(&context, &cluster).await;
        match missing {
            Ok(rows) => assert!(
                rows.iter().any(|row| row.message.contains("daemonsets of apps")),
                "{rows:?}"
            ),
            // discovery itself may be refused already
            Err(failure) => assert!(!failure.causes.is_empty()),
        }
    }

    #[test]
    fn codes_of_the_field_are_kept() {
        assert_eq!(code("kubernetes-version"), "IST0142");
        let kind = (
            "apps".to_owned(),
            "daemonsets".to_owned(),
            "istio-system".to_owned(),
        );
        let expected = "Error [IST0141] (permissions) missing permission to create daemonsets of apps in namespace istio-system\n";
        assert_eq!(line(&missing(&kind)), expected);
    }
}
