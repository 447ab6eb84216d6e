//! `meshctl argocd status`: a row for each object that is out of sync, or for an application that is not.

use super::Folders;
use crate::argocd::Application;
use crate::cluster::Cluster;
use crate::commands::install::fetch_target;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::drift::{Cause, Drift};
use crate::install::meant::Meant;
use crate::render::list::{List, ListArgs};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

/// Arguments of `meshctl argocd status`.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    folders: Folders,
    #[command(flatten)]
    list: ListArgs,
}

/// One application, or one object of it that is out of sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub(super) application: String,
    pub(super) namespace: String,
    pub(super) wave: i64,
    pub(super) sync: String,
    pub(super) health: String,
    /// `Kind/namespace/name`; none where nothing is out of sync.
    pub(super) out_of_sync: Option<String>,
    /// Applying would change nothing that anybody meant; none where it cannot be told.
    pub(super) is_cosmetic: Option<bool>,
    /// Why it is out of sync.
    pub(super) cause: Option<String>,
}

impl Status {
    /// Runs the command; exit 1 unless everything is in sync and healthy.
    ///
    /// # Errors
    /// The cluster cannot be asked, or Argo CD is not there.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let applications = cluster.fetch_applications(&system).await?;
        let mut rows = Vec::new();
        for application in &applications {
            rows.append(&mut self.rows(&cluster, application).await?);
        }
        let is_well = applications.iter().all(Application::is_well);
        let list = List::new(
            &[
                "APPLICATION",
                "WAVE",
                "SYNC",
                "HEALTH",
                "OUT OF SYNC",
                "COSMETIC",
                "CAUSE",
            ],
            rows,
            cells,
        )
        .named(|row| format!("application/{}", row.application))
        .or_say(format!(
            "no application installs a chart of the mesh into `{system}`"
        ));
        self.list.print(context, list)?;
        Ok(if is_well { Exit::Ok } else { Exit::Error })
    }

    pub(super) async fn rows(
        &self,
        cluster: &Cluster,
        application: &Application,
    ) -> Result<Vec<Row>, Failure> {
        let row = |object: Option<&String>, is_cosmetic, cause| Row {
            application: application.name.clone(),
            namespace: application.namespace.clone(),
            wave: application.wave,
            sync: application.sync.clone(),
            health: application.health.clone(),
            out_of_sync: object.cloned(),
            is_cosmetic,
            cause,
        };
        if application.out_of_sync.is_empty() {
            return Ok(vec![row(None, None, None)]);
        }
        let target = fetch_target(cluster).await?;
        let drift = match Meant::argocd(application, &target, self.folders.both()) {
            Ok(meant) => Ok(meant.fetch_drift(cluster).await?),
            Err(failure) => Err(failure.message),
        };
        let rows = application.out_of_sync.iter().map(|object| match &drift {
            Ok(found) => {
                let (is_cosmetic, cause) = judge(object, found);
                row(Some(object), Some(is_cosmetic), Some(cause))
            }
            Err(why) => row(Some(object), None, Some(why.clone())),
        });
        Ok(rows.collect())
    }
}

/// Whether an object is out of sync in form only, and why. (pure)
fn judge(object: &str, found: &[Drift]) -> (bool, String) {
    let mut mine = found.iter().filter(|one| one.object == object).peekable();
    if mine.peek().is_none() {
        let why = "applying it would change nothing: set compare-options ServerSideDiff=true";
        return (true, why.to_owned());
    }
    let mut is_cosmetic = true;
    let mut causes: Vec<String> = Vec::new();
    for one in mine {
        is_cosmetic &= one.cause == Cause::Controller;
        let by = one
            .manager
            .as_ref()
            .map(|manager| format!(" ({manager})"))
            .unwrap_or_default();
        let field = one.field.as_deref().unwrap_or("whole object");
        causes.push(format!("{field} {}{by}", one.cause.text()));
    }
    (is_cosmetic, causes.join(", "))
}

fn cells(row: &Row) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let cosmetic = row.is_cosmetic.map(|is| if is { "yes" } else { "no" }.to_owned());
    vec![
        row.application.clone(),
        row.wave.to_string(),
        row.sync.clone(),
        row.health.clone(),
        or_dash(&row.out_of_sync),
        or_dash(&cosmetic),
        or_dash(&row.cause),
    ]
}
