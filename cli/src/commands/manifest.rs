//! `meshctl manifest`: what would be installed, as files; no cluster needed (`spec/cli.md` 4, 11).

use super::install::{Input, fetch_target};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::chart::{Chart, Release, overlay};
use crate::install::export::{self, Files, Format, Layout, Waves};
use crate::install::plan::{self, Target};
use crate::install::values;
use crate::render;
use crate::yaml;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "Examples:
  meshctl manifest generate | kubectl apply --server-side -f -
  meshctl manifest generate --format argocd --out platform/
  meshctl manifest template ztunnel --set logLevel=debug
  meshctl manifest template ./charts/shop -f values.yaml --name-template shop -n shop";

/// Arguments of `meshctl manifest`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Manifest {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print or write everything that `install` would apply
    Generate(Generate),
    /// Render one chart, built-in or from a folder, as `helm template` does
    Template(Template),
}

/// Where and as what files are written.
#[derive(Debug, Clone, Args)]
pub struct Output {
    /// What the files are for
    #[arg(long, value_enum, default_value = "yaml")]
    format: Format,
    /// The folder they go to
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Sync wave of a component, as COMPONENT=N
    #[arg(long, value_name = "COMPONENT=N")]
    sync_wave: Vec<String>,
    /// The repository that the files go to, so that applications read their values from it
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    /// Also allow the egress that older runbooks list: 15012 and 15017 towards the control plane
    #[arg(long)]
    runbook_egress: bool,
}

/// Arguments of `meshctl manifest generate`.
#[derive(Debug, Args)]
pub struct Generate {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    /// Write the stream to a file
    #[arg(short, long = "output", value_name = "PATH", conflicts_with = "out", value_hint = clap::ValueHint::FilePath)]
    path: Option<PathBuf>,
    /// Ask the current cluster for its version and platform
    #[arg(long)]
    cluster_specific: bool,
    /// Accepted; nothing is asked or installed here
    #[arg(long, hide = true)]
    force: bool,
}

/// Arguments of `meshctl manifest template`.
#[derive(Debug, Args)]
struct Template {
    /// base, istiod, cni, ztunnel, or a folder with a chart
    chart: String,
    /// Values files; later ones win
    #[arg(short = 'f', long, value_name = "PATH", value_delimiter = ',', value_hint = clap::ValueHint::FilePath)]
    values: Vec<PathBuf>,
    /// One value, after the files: PATH=VALUE
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// The release's name
    #[arg(long = "name-template", default_value = "release-name", value_name = "NAME")]
    release: String,
    /// The version of Kubernetes that is rendered for
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
}

impl Manifest {
    /// Runs the command.
    ///
    /// # Errors
    /// Bad input, or a chart that does not render.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Generate(command) => Box::pin(command.run(context)).await,
            Verb::Template(command) => command.run(context),
        }
    }
}

impl Generate {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let (mut target, mut platform) = (Target::default(), None);
        if self.cluster_specific {
            let cluster = Cluster::connect(context).await?;
            target = fetch_target(&cluster).await?;
            platform = cluster.fetch_platform(&target).await?;
        }
        let settings = self.input.settle(context, platform)?;
        let plan = plan::render(&settings, &target, self.input.manifests.as_ref())?;
        if let Some(path) = &self.path {
            write(path, &export::stream(&plan))?;
            return Ok(Exit::Ok);
        }
        let files = export::files(self.output.format, &settings, &plan, &self.output.layout()?);
        self.output.deliver(&files, context)?;
        Ok(Exit::Ok)
    }
}

impl Output {
    /// Whether anything but the default was asked for.
    #[must_use]
    pub fn is_asked_for(&self) -> bool {
        self.format != Format::Yaml || self.out.is_some()
    }

    /// The chosen format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What the flags say about the files.
    ///
    /// # Errors
    /// A wave that cannot be read.
    pub fn layout(&self) -> Result<Layout, Failure> {
        let mut waves = Waves::default();
        for wave in &self.sync_wave {
            waves
                .set(wave)
                .map_err(|why| Failure::usage(format!("invalid value `{wave}` for --sync-wave: {why}")))?;
        }
        Ok(Layout {
            waves,
            repository: self.repo.clone(),
            has_runbook_egress: self.runbook_egress,
        })
    }

    /// Writes the files to the folder, or prints them as one stream.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn deliver(&self, files: &Files, context: &Context) -> Result<(), Failure> {
        let Some(folder) = &self.out else {
            let documents: Vec<&str> = files.values().map(String::as_str).collect();
            return render::print(&documents.join("---\n"));
        };
        for (path, text) in files {
            write(&folder.join(path), text)?;
        }
        context
            .messages
            .done(&format!("{} files written to {}", files.len(), folder.display()));
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::new(format!("cannot write `{}`", path.display())).caused_by(&error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}

impl Template {
    fn run(self, context: &Context) -> Result<Exit, Failure> {
        let failed = |error: &dyn std::error::Error| {
            Failure::new(format!("cannot render `{}`", self.chart)).caused_by(error)
        };
        let folder = Path::new(&self.chart);
        let chart = if folder.is_dir() {
            Chart::read(folder)
        } else {
            Chart::embedded(&self.chart)
        };
        let chart = chart.map_err(|error| {
            failed(&error).hint("name a built-in chart, or a folder that holds Chart.yaml")
        })?;
        let mut all = json!({});
        for path in &self.values {
            overlay(&mut all, &read_values(path)?);
        }
        for set in &self.set {
            values::apply_set(&mut all, set)?;
        }
        let target = Target::default();
        let release = Release {
            name: self.release.clone(),
            namespace: context
                .globals
                .namespace
                .clone()
                .unwrap_or_else(|| "default".to_owned()),
            is_upgrade: false,
            kubernetes: self.kube_version.clone().unwrap_or(target.kubernetes),
            api_versions: target.api_versions,
        };
        let rendered = chart.render(&all, &release).map_err(|error| failed(&error))?;
        let documents: Vec<String> = rendered
            .iter()
            .map(|one| format!("---\n# Source: {}\n{}", one.source, yaml::to_string(&one.object)))
            .collect();
        render::print(&documents.concat())?;
        Ok(Exit::Ok)
    }
}

fn read_values(path: &Path) -> Result<Value, Failure> {
    let title = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read `{title}`")).caused_by(&error))?;
    let values = yaml::from_str(&text)
        .map_err(|error| Failure::unparsable(format!("cannot read `{title}`: not YAML")).caused_by(&error))?;
    if values.is_null() {
        return Ok(json!({}));
    }
    if values.is_object() {
        return Ok(values);
    }
    Err(Failure::unparsable(format!(
        "cannot read `{title}`: it is no mapping of values"
    )))
}
