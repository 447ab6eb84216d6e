//! `meshctl get-config`: what the mesh was installed with, to change and to install again (`spec/cli.md` 4).

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::record;
use crate::install::values;
use crate::render;
use crate::render::data;
use crate::render::output::{Formats, Output};
use crate::yaml;
use clap::Args;
use serde_json::Value;

const EXAMPLES: &str = "Examples:
  meshctl get-config > mesh.yaml                      what the last install was made with
  meshctl get-config | meshctl install -f - --set global.logging.level=default:debug
  meshctl get-config --revision canary -o json

Of an installation by Helm, the values of each release are printed, a document each.";

/// Arguments of `meshctl get-config`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GetConfig {
    /// Revision of the control plane; `default` means none
    #[arg(short, long, value_name = "NAME")]
    revision: Option<String>,
    /// Output format
    #[arg(short, long, default_value = "yaml", value_parser = Formats(&["yaml", "json", "jsonpath="]))]
    output: Output,
}

impl GetConfig {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or nothing is recorded there.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let revision = self.revision.as_deref().filter(|one| *one != "default");
        let owner = values::owner(revision.unwrap_or_default());
        if let Some(document) = record::fetch(&cluster, &system, &owner).await? {
            let text = || yaml::to_string(&document);
            render::print(&self.output.render(&document, text)?)?;
            return Ok(Exit::Ok);
        }
        let releases = record::fetch_releases(&cluster, &system).await?;
        if releases.is_empty() {
            return Err(Failure::new(format!("no installation of `{owner}` is recorded in `{system}`"))
                .because("neither `meshctl install` nor Helm left its input there")
                .hint("Argo CD and Flux keep theirs in Git; `meshctl version` shows whether a mesh is there"));
        }
        let named: Value = releases
            .iter()
            .map(|release| (release.name.clone(), release.values.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let text = if let Some(text) = self.output.document(&named)? {
            text
        } else {
            // one stream of values files reads better than one mapping of them
            let one = |release: &record::HelmRelease| -> Result<String, Failure> {
                let values = data::yaml(&release.values)?;
                Ok(format!(
                    "# values of the Helm release {} (chart {})\n{values}",
                    release.name,
                    release.component.chart()
                ))
            };
            let all: Result<Vec<String>, Failure> = releases.iter().map(one).collect();
            all?.join("---\n")
        };
        render::print(&text)?;
        Ok(Exit::Ok)
    }
}
