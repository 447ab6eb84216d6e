//! `meshctl check`: is the mesh well, or the cluster ready for it? (`spec/cli.md` 6.1)

use super::install::duration;
use crate::checks::facts::Facts;
use crate::checks::judge;
use crate::checks::report::Report;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::output::{Formats, Output};
use crate::render::{self, junit};
use clap::Args;
use std::time::{Duration, Instant};

/// How long a round of checks rests before the next.
const PAUSE: Duration = Duration::from_secs(2);
const EXAMPLES: &str = "Examples:
  meshctl check                 the whole mesh
  meshctl check --pre           may it be installed here?
  meshctl check --proxy -n shop the data plane of a namespace
  meshctl check --wait=0 -o json";

/// Arguments of `meshctl check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// Before an installation
    #[arg(long, conflicts_with_all = ["proxy", "crds"])]
    pre: bool,
    /// Only the data plane
    #[arg(long, conflicts_with = "crds")]
    proxy: bool,
    /// Only the definitions
    #[arg(long)]
    crds: bool,
    /// How long to wait for what may still become well
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    wait: Duration,
    #[command(flatten)]
    choice: Choice,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = Formats(&["table", "short", "json", "yaml", "jsonpath=", "junit", "wide"]))]
    output: Output,
}

/// Which checks count, and how much.
#[derive(Debug, Args)]
struct Choice {
    /// Only these checks or categories
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Not these checks or categories
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    skip: Vec<String>,
    /// Warnings are errors
    #[arg(long)]
    strict: bool,
}

impl Check {
    /// Runs the command; exit 1 when a check failed.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let begin = Instant::now();
        let report = loop {
            let facts = cluster.fetch_checked(&context.istio_namespace()).await?;
            let report = self.judge(facts, context);
            if report.success || report.is_hopeless() || self.pre || begin.elapsed() + PAUSE > self.wait {
                break report;
            }
            tokio::time::sleep(PAUSE).await;
        };
        render::print(&match self.output {
            Output::Junit => junit::document("check", &super::verify::cases(&report))?,
            _ => self
                .output
                .render(&report, || report.text(self.output == Output::Short))?,
        })?;
        Ok(if report.success { Exit::Ok } else { Exit::Error })
    }

    fn judge(&self, mut facts: Facts, context: &Context) -> Report {
        if let (true, Some(namespace)) = (self.proxy, &context.globals.namespace) {
            facts.enrolment.namespaces.retain(|one| one.name == *namespace);
        }
        let report = if self.pre {
            judge::before(&facts)
        } else if self.proxy {
            judge::data_plane(&facts)
        } else if self.crds {
            judge::definitions(&facts)
        } else {
            judge::installed(&facts, jiff::Timestamp::now())
        };
        report.chosen(&self.choice.only, &self.choice.skip, self.choice.strict)
    }
}
