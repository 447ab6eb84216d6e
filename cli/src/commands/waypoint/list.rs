//! `meshctl waypoint list`.

use super::{fetch, ignore, key, namespace};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::{self, ListArgs, SelectArgs, WatchArgs};
use crate::waypoint;
use clap::Args;
use mesh_wire::well_known::label::{REVISION, WAYPOINT_FOR};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Arguments of `meshctl waypoint list`.
#[derive(Debug, Args)]
pub struct List {
    /// Every namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    shown: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    select: SelectArgs,
    /// Ignored
    #[arg(hide = true)]
    stray: Vec<String>,
}

/// One waypoint.
#[derive(Debug, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    namespace: String,
    name: String,
    revision: String,
    traffic_type: String,
    programmed: String,
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn row(gateway: &Value) -> Row {
    let (namespace, name) = key(gateway);
    let label = |key: &str, default: &str| {
        let held = gateway["metadata"]["labels"][key].as_str();
        held.unwrap_or(default).to_owned()
    };
    Row {
        namespace,
        name,
        revision: label(REVISION, "default"),
        traffic_type: label(WAYPOINT_FOR, "none"),
        programmed: waypoint::status(gateway).to_owned(),
        addresses: gateway["status"]["addresses"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one["value"].as_str()?.to_owned()))
            .collect(),
        reason: waypoint::programmed(gateway).and_then(|one| Some(one["reason"].as_str()?.to_owned())),
    }
}

impl List {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or does not know Gateways.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        ignore(context, &self.stray);
        let cluster = Cluster::connect(context).await?;
        let namespace = namespace(context, &cluster);
        let place = (!self.all_namespaces).then_some(namespace.as_str());
        let fetch = async || {
            let mut gateways = fetch(&cluster, place).await?;
            let selector = self.select.selector.as_ref();
            gateways.retain(|one| selector.is_none_or(|selector| selector.wants(one)));
            Ok(self.list(gateways.iter().map(row).collect()))
        };
        self.shown.show(context, self.watch, fetch).await?;
        Ok(Exit::Ok)
    }

    fn list(&self, rows: Vec<Row>) -> list::List<Row> {
        let header = ["NAMESPACE", "NAME", "REVISION", "TRAFFIC TYPE", "PROGRAMMED"];
        list::List::new(&header, rows, cells)
            .wide(&["ADDRESS", "REASON"])
            .gap(5)
            .without_first(!self.all_namespaces)
            .named(|row| format!("gateway/{}", row.name))
            .or_say("No waypoints found.")
    }
}

fn cells(row: &Row) -> Vec<String> {
    let none = || "<none>".to_owned();
    vec![
        row.namespace.clone(),
        row.name.clone(),
        row.revision.clone(),
        row.traffic_type.clone(),
        row.programmed.clone(),
        if row.addresses.is_empty() {
            none()
        } else {
            row.addresses.join(",")
        },
        row.reason.clone().unwrap_or_else(none),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waypoint::{Wanted, gateway};

    #[test]
    fn cli_c17_absent_labels_have_words() {
        let plain = gateway(&Wanted {
            name: "waypoint",
            namespace: Some("shop"),
            ..Wanted::default()
        });
        let found = row(&plain);
        let told = [found.revision, found.traffic_type, found.programmed];
        assert_eq!(told, ["default", "none", "False"]);
    }
}
