//! `meshctl ci`: everything that can be said of manifests before they are applied, with one exit code.

pub mod report;

use super::analyze::Limits;
use super::authz::sets;
use super::authz::test as expectations;
use super::input::{self, Prepared};
use crate::analysis::{self, World};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::objects::{self, Sourced};
use crate::render;
use crate::render::output::{Formats, Output};
use crate::simulate::pairs::{self, Change};
use crate::validation::Schemas;
use clap::Args;
use report::{Finding, Report};
use std::path::PathBuf;

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("ci", super::schema::of::<report::Report>)];

const EXAMPLES: &str = "Examples:
  meshctl ci manifests/                                        definitions and findings
  meshctl ci manifests/ --tests expectations.yaml              and who may reach whom
  meshctl ci manifests/ --junit-file ci.xml --sarif-file ci.sarif
  meshctl ci manifests/ -o markdown >> $GITHUB_STEP_SUMMARY    as a comment on a change
  meshctl ci change.yaml --overlay                             as if applied to the cluster
  meshctl ci manifests/ --base git:main:manifests/             and whose verdict a merge would change

Exit codes, the first that is true: 65 a file cannot be read as YAML, 79 a finding reaches the threshold,
80 an expectation is not met, 0 all is well";

/// Arguments of `meshctl ci`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Ci {
    /// Files, folders, or - for standard input
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,
    /// Expectations to check, as `meshctl authz test` takes them
    #[arg(long, alias = "expectations", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    tests: Vec<String>,
    /// Lay the files over the objects of the cluster
    #[arg(long)]
    overlay: bool,
    /// List the pairs whose verdict differs from this set: a file, a folder, a snapshot, git:REVISION:PATH, or live
    #[arg(long, value_name = "SET", value_hint = clap::ValueHint::AnyPath)]
    base: Option<String>,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    written: Written,
    /// Output format
    #[arg(short, long, default_value = "table")]
    #[arg(value_parser = Formats(&["table", "json", "yaml", "jsonpath=", "junit", "sarif", "markdown"]))]
    output: Output,
}

/// Forms of the report that are written besides.
#[derive(Debug, Args)]
struct Written {
    /// Also write the report as `JUnit`
    #[arg(long = "junit-file", value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    junit: Option<PathBuf>,
    /// Also write the findings as SARIF
    #[arg(long = "sarif-file", value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    sarif: Option<PathBuf>,
    /// Also write the report as Markdown
    #[arg(long = "markdown-file", value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    markdown: Option<PathBuf>,
}

impl Ci {
    /// Runs the command.
    ///
    /// # Errors
    /// A file cannot be opened, expectations cannot be read (65), or the cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        if !self.output.is_document() {
            objects::announce(&self.files);
        }
        let tests = expectations::read_all(&self.tests)?;
        let mut findings = Vec::new();
        let mut own = Vec::new();
        for text in objects::read(&self.files)? {
            match objects::parse(&text) {
                Ok(mut found) => own.append(&mut found),
                Err(failure) => findings.push(Finding::unparsable(&text.name, &failure)),
            }
        }
        let count = own.len();
        let objects = self.fetch(context, own).await?;
        let changes = self.compare(context, &objects).await?;
        findings.append(&mut self.analyze(context, &objects)?);
        let expected = if tests.is_empty() {
            Vec::new()
        } else {
            expectations::judge_all(&Prepared::of(context, objects)?, context, tests)
        };
        let report = Report::new(count, findings, expected, self.limits.failure_threshold()).with(changes);
        self.write(&report)?;
        render::print(&self.form(&report)?)?;
        if report.passed {
            context.messages.done(&report.summary());
        } else {
            context.messages.line(&format!("Error: {}", report.summary()));
        }
        Ok(report.exit())
    }

    async fn fetch(&self, context: &Context, own: Vec<Sourced>) -> Result<Vec<Sourced>, Failure> {
        let mut all = Vec::new();
        if self.overlay {
            let cluster = Cluster::connect(context).await?;
            all = Box::pin(cluster.fetch_mesh_objects(&context.istio_namespace())).await?;
        }
        all.extend(own);
        Ok(objects::overlay(all))
    }

    /// The pairs whose verdict differs from the base; nothing without one.
    async fn compare(&self, context: &Context, objects: &[Sourced]) -> Result<Option<Vec<Change>>, Failure> {
        let Some(base) = &self.base else {
            return Ok(None);
        };
        let base = Prepared::of(context, Box::pin(sets::fetch(context, base)).await?)?;
        let own = Prepared::of(context, objects.to_vec())?;
        Ok(Some(pairs::changes(&base.mesh(), &own.mesh())))
    }

    /// Findings about the files' own objects.
    fn analyze(&self, context: &Context, objects: &[Sourced]) -> Result<Vec<Finding>, Failure> {
        let schemas = Schemas::embedded()
            .map_err(|error| Failure::new("cannot read the mesh's definitions").caused_by(&error))?;
        let system = context.istio_namespace();
        let world = World {
            objects,
            translated: &input::translate_silently(context, objects)?,
            schemas: &schemas,
            system: &system,
        };
        let found = analysis::analyze(&world, &[]);
        let wanted = found
            .iter()
            .filter(|one| one.subject.origin.is_some() && !self.limits.hides(one));
        Ok(wanted.map(Finding::from).collect())
    }

    fn form(&self, report: &Report) -> Result<String, Failure> {
        Ok(match self.output {
            Output::Junit => report.junit()?,
            Output::Sarif => render::data::json(&report.sarif())?,
            Output::Markdown => report.markdown(),
            _ => self.output.render(report, || report.text())?,
        })
    }

    fn write(&self, report: &Report) -> Result<(), Failure> {
        let put = |path: &Option<PathBuf>, text: &dyn Fn() -> Result<String, Failure>| match path {
            None => Ok(()),
            Some(path) => std::fs::write(path, text()?).map_err(|error| {
                Failure::new(format!("cannot write `{}`", path.display())).caused_by(&error)
            }),
        };
        put(&self.written.junit, &|| report.junit())?;
        put(&self.written.sarif, &|| render::data::json(&report.sarif()))?;
        put(&self.written.markdown, &|| Ok(report.markdown()))
    }
}
