//! `meshctl verify`, alias `verify-install`: is what was installed still so, ready, and well? (`spec/cli.md` 6)

pub mod mtls;
pub mod ns;

use super::install::{Input, duration, fetch_target};
use crate::checks::judge;
use crate::checks::report::{Category, Outcome, Report};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::apply::{self, Change, Pair};
use crate::install::component::{Component, title_of};
use crate::install::{plan, ready};
use crate::render;
use crate::render::junit::{self, Case};
use crate::render::output::{Formats, Output};
use clap::{Args, Subcommand};
use mesh_wire::well_known::field_manager;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(2);
const EXAMPLES: &str = "Examples:
  meshctl verify                          with the values of the last install
  meshctl verify -f mesh.yaml --wait=1m   the one made with these values
  meshctl verify -o junit > verify.xml
  meshctl verify ns shop                  every pod of a namespace that should be in is in, and works
  meshctl verify mtls --from shop --to api.shop   a captured connection is TLS to the right peer";

/// Arguments of `meshctl verify`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Verify {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    input: Input,
    /// How long to wait for what may still become ready
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "5m")]
    wait: Duration,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = Formats(&["table", "short", "json", "yaml", "jsonpath=", "junit", "wide"]))]
    output: Output,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check that everything in a namespace that should be in the mesh is in, and works
    Ns(ns::VerifyNs),
    /// Make a marked connection, capture it, and show that it is TLS to the right peer
    Mtls(mtls::VerifyMtls),
}

/// What one look found.
struct Look {
    report: Report,
    /// Only readiness is missing, which time may bring.
    is_waiting: bool,
}

impl Verify {
    /// Whether the command takes interrupts itself.
    #[must_use]
    pub fn is_mtls(&self) -> bool {
        matches!(self.what, Some(What::Mtls(_)))
    }

    /// Runs the command; exit 1 when something differs or fails, 124 when it is not ready in time.
    ///
    /// # Errors
    /// Bad values, or the cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            Some(What::Ns(command)) => return Box::pin(command.run(context)).await,
            Some(What::Mtls(command)) => return Box::pin(command.run(context)).await,
            None => {}
        }
        self.input.settle(context, None)?;
        let cluster = Cluster::connect(context).await?;
        let begin = Instant::now();
        let look = loop {
            let look = Box::pin(self.look(context, &cluster)).await?;
            if look.report.success || !look.is_waiting || begin.elapsed() + PAUSE > self.wait {
                break look;
            }
            tokio::time::sleep(PAUSE).await;
        };
        render::print(&match self.output {
            Output::Junit => junit::document("verify", &cases(&look.report))?,
            _ => self
                .output
                .render(&look.report, || look.report.text(self.output == Output::Short))?,
        })?;
        if look.report.success {
            return Ok(Exit::Ok);
        }
        if look.is_waiting && !self.wait.is_zero() {
            return Err(Failure::timed_out(format!("not ready after {:?}", self.wait))
                .hint("the report above names what is missing"));
        }
        Ok(Exit::Error)
    }

    async fn look(&self, context: &Context, cluster: &Cluster) -> Result<Look, Failure> {
        let target = fetch_target(cluster).await?;
        let platform = cluster.fetch_platform(&target).await?;
        let settings = self.input.settle_recorded(context, cluster, platform).await?;
        let plan = plan::render(&settings, &target, self.input.manifests.as_ref())?;
        let mut categories = Vec::new();
        let (mut is_same, mut is_ready) = (true, true);
        for part in &plan.parts {
            let pairs = apply::fetch_pairs(cluster, part.objects.clone()).await;
            // a kind that is not served is an object that is not there
            let (absent, changed) = match &pairs {
                Ok(pairs) => compare(cluster, pairs).await?,
                Err(failure) => (vec![failure.message.clone()], Vec::new()),
            };
            let unready = pairs.as_deref().map(unready).unwrap_or_default();
            is_same &= absent.is_empty() && changed.is_empty();
            is_ready &= unready.is_empty();
            categories.push(category(part.component, &absent, &changed, &unready));
        }
        let facts = cluster.fetch_checked(&context.istio_namespace()).await?;
        let checks = judge::installed(&facts, jiff::Timestamp::now());
        let is_hopeless = checks.is_hopeless();
        categories.extend(checks.categories);
        let report = Report::new(categories);
        Ok(Look {
            is_waiting: is_same && !is_hopeless && (!is_ready || !report.success),
            report,
        })
    }
}

/// Objects that are not there, and such that are not as rendered.
async fn compare(cluster: &Cluster, pairs: &[Pair]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut absent, mut changed) = (Vec::new(), Vec::new());
    for pair in pairs {
        match Box::pin(apply::plan_change(cluster, pair, field_manager::CLI)).await? {
            Change::Nothing => {}
            Change::Create => absent.push(title_of(&pair.wanted)),
            Change::Update(_) => changed.push(title_of(&pair.wanted)),
        }
    }
    Ok((absent, changed))
}

fn unready(pairs: &[Pair]) -> Vec<String> {
    let lives = pairs.iter().filter_map(|pair| pair.live.as_ref());
    lives
        .filter_map(|live| Some(format!("{}: {}", title_of(live), ready::blocker(live)?)))
        .collect()
}

fn category(component: Component, absent: &[String], changed: &[String], unready: &[String]) -> Category {
    let mut category = Category::new(component.title());
    let list = |items: &[String]| (!items.is_empty()).then(|| items.join("\n"));
    category.check("verify-exists", "every object is there", list(absent));
    category.check("verify-unchanged", "every object is as rendered", list(changed));
    category.check("verify-ready", "every object is ready", list(unready));
    category
}

/// One case for each check; a warning is no failure.
pub(super) fn cases(report: &Report) -> Vec<Case> {
    let checks = report
        .categories
        .iter()
        .flat_map(|category| category.checks.iter().map(move |check| (category, check)));
    checks
        .map(|(category, check)| Case {
            name: format!("{}: {}", category.name, check.description),
            failure: (check.result == Outcome::Error)
                .then(|| check.error.clone().unwrap_or_else(|| "failed".to_owned())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        verify: Verify,
    }

    async fn run(world: &World, words: &str) -> Result<Exit, Failure> {
        let line = Line::try_parse_from(std::iter::once("verify").chain(words.split(' '))).unwrap();
        Box::pin(line.verify.run(&world.context)).await
    }

    #[tokio::test]
    async fn an_empty_cluster_is_not_verified_and_waiting_would_not_help() {
        let world = World::start().await;
        assert_eq!(run(&world, "--wait=0 -o short").await.unwrap(), Exit::Error);
        // objects that are absent do not come by waiting, so this returns at once
        assert_eq!(run(&world, "--wait=5m -o junit").await.unwrap(), Exit::Error);
    }

    #[test]
    fn each_failed_check_is_a_failed_case() {
        let absent = ["Service istiod".to_owned()];
        let report = Report::new(vec![category(Component::Pilot, &absent, &[], &[])]);
        let cases = cases(&report);
        let failed: Vec<_> = cases.iter().filter_map(|case| case.failure.as_deref()).collect();
        assert_eq!(
            (cases.len(), failed.as_slice()),
            (3, ["Service istiod"].as_slice())
        );
    }
}
