//! `meshctl tag list`.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::{label, meta};
use crate::install::wait::encode;
use crate::render::list::{List, ListArgs, WatchArgs};
use clap::Args;
use mesh_wire::well_known::label::{REVISION, TAG};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Arguments of `meshctl tag list`.
#[derive(Debug, Args)]
pub(super) struct ListTags {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Row {
    /// The tag.
    tag: String,
    /// The revision that it leads to.
    revision: String,
    /// The namespaces that name it as their revision.
    namespaces: Vec<String>,
}

impl ListTags {
    /// Runs the command.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let fetch = async || {
            let services = fetch(&cluster, &system).await?;
            let namespaces = cluster.list("/api/v1/namespaces").await?;
            Ok(List::new(
                &["TAG", "REVISION", "NAMESPACES"],
                rows(&services, &namespaces),
                cells,
            )
            .named(|row| format!("tag/{}", row.tag))
            .or_say(format!("no revision tags in namespace `{system}`")))
        };
        self.list.show(context, self.watch, fetch).await?;
        Ok(Exit::Ok)
    }
}

/// The Services that are tags.
///
/// # Errors
/// The API cannot be asked.
pub(super) async fn fetch(cluster: &Cluster, system: &str) -> Result<Vec<Value>, Failure> {
    let path = format!(
        "/api/v1/namespaces/{system}/services?labelSelector={}",
        encode(TAG)
    );
    cluster.list(&path).await
}

/// The namespaces that name a tag. (pure)
pub(super) fn users(namespaces: &[Value], tag: &str) -> Vec<String> {
    let users = namespaces.iter().filter(|one| label(one, REVISION) == Some(tag));
    users.map(|one| meta(one, "name").to_owned()).collect()
}

fn rows(services: &[Value], namespaces: &[Value]) -> Vec<Row> {
    let row = |service: &Value| {
        let tag = label(service, TAG).unwrap_or_default();
        Row {
            tag: tag.to_owned(),
            revision: label(service, REVISION).unwrap_or("default").to_owned(),
            namespaces: users(namespaces, tag),
        }
    };
    let mut rows: Vec<Row> = services.iter().map(row).collect();
    rows.sort_by(|a, b| a.tag.cmp(&b.tag));
    rows
}

fn cells(row: &Row) -> Vec<String> {
    vec![row.tag.clone(), row.revision.clone(), row.namespaces.join(",")]
}
