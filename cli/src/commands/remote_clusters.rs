//! `meshctl remote-clusters`: the clusters that each control plane follows, and how far it is (`spec/cli.md` 9).

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::{label, meta};
use crate::render::list::{List, ListArgs, WatchArgs};
use clap::Args;
use mesh_wire::well_known::label::REVISION;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

const EXAMPLES: &str = "Examples:
  meshctl remote-clusters
  meshctl create-remote-secret --context west --name west | kubectl apply --context east -f -";

/// The documents of this command.
pub(super) const DOCUMENTS: &[super::schema::Document] =
    &[("remote-clusters", super::schema::of::<Vec<Row>>)];

/// Arguments of `meshctl remote-clusters`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RemoteClusters {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
}

/// One cluster as one control plane sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// The cluster's id.
    name: String,
    /// `namespace/name` of the secret; empty for the own cluster.
    secret: String,
    /// `synced`, `syncing`, `timeout`, ..
    status: String,
    /// The control plane's pod.
    istiod: String,
    /// Its revision.
    revision: String,
}

impl RemoteClusters {
    /// Runs the command.
    ///
    /// # Errors
    /// No control plane answers.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let mut failed = None;
        let fetch = async || {
            let asked = cluster.fetch_from_control_planes(&system, "/debug/clusterz", context.messages);
            let (said, failure) = asked.await?;
            failed = failure;
            let mut rows = Vec::new();
            for one in &said {
                rows.append(&mut read(&one.body, &one.pod)?);
            }
            rows.sort_by(|a, b| (&a.name, &a.istiod).cmp(&(&b.name, &b.istiod)));
            Ok(
                List::new(&["NAME", "SECRET", "STATUS", "ISTIOD", "REVISION"], rows, cells)
                    .named(|row| format!("cluster/{}", row.name)),
            )
        };
        self.list.show(context, self.watch, fetch).await?;
        failed.map_or(Ok(Exit::Ok), Err)
    }
}

/// The rows of one answer. (pure)
fn read(body: &[u8], pod: &Value) -> Result<Vec<Row>, Failure> {
    let istiod = meta(pod, "name");
    let rows: Vec<Value> = serde_json::from_slice(body)
        .map_err(|error| Failure::new(format!("cannot read what `{istiod}` says")).caused_by(&error))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |one: &Value| Row {
        name: text(&one["id"]),
        secret: text(&one["secretName"]),
        status: text(&one["syncStatus"]),
        istiod: istiod.to_owned(),
        revision: label(pod, REVISION).unwrap_or("default").to_owned(),
    };
    Ok(rows.iter().map(row).collect())
}

fn cells(row: &Row) -> Vec<String> {
    let secret = if row.secret.is_empty() { "-" } else { &row.secret };
    vec![
        row.name.clone(),
        secret.to_owned(),
        row.status.clone(),
        row.istiod.clone(),
        row.revision.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn own_and_remote_clusters_are_read() {
        let body = json!([
            {"id": "east", "type": "config", "syncStatus": "synced"},
            {"id": "west", "secretName": "istio-system/west", "syncStatus": "timeout"},
        ]);
        let pod = json!({"metadata": {"name": "istiod-1", "labels": {REVISION: "canary"}}});
        let rows = read(body.to_string().as_bytes(), &pod).unwrap();
        let shown: Vec<String> = rows.iter().map(|row| cells(row).join(" ")).collect();
        assert_eq!(
            shown,
            [
                "east - synced istiod-1 canary",
                "west istio-system/west timeout istiod-1 canary"
            ]
        );
        assert!(read(b"nonsense", &pod).unwrap_err().message.contains("istiod-1"));
    }
}
