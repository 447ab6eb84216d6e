//! `meshctl waypoint list`.

use super::{fetch, ignore, key, namespace};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{self, data};
use crate::waypoint;
use clap::{Args, ValueEnum};
use mesh_wire::well_known::label::{REVISION, WAYPOINT_FOR};
use serde::Serialize;
use serde_json::Value;

/// Arguments of `meshctl waypoint list`.
#[derive(Debug, Args)]
pub struct List {
    /// Every namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    /// No header row
    #[arg(long)]
    no_headers: bool,
    /// Ignored
    #[arg(hide = true)]
    stray: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "short")]
    Table,
    Json,
    Yaml,
    Name,
}

/// One waypoint.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Row {
    namespace: String,
    name: String,
    revision: String,
    traffic_type: String,
    programmed: String,
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
        let rows: Vec<Row> = fetch(&cluster, place).await?.iter().map(row).collect();
        if rows.is_empty() && !matches!(self.output, Format::Json | Format::Yaml) {
            context.messages.line("No waypoints found.");
            return Ok(Exit::Ok);
        }
        render::print(&match self.output {
            Format::Json => data::json(&rows)?,
            Format::Yaml => data::yaml(&rows)?,
            Format::Name => rows
                .iter()
                .fold(String::new(), |text, row| text + "gateway/" + &row.name + "\n"),
            Format::Table => self.table(rows),
        })?;
        Ok(Exit::Ok)
    }

    fn table(&self, rows: Vec<Row>) -> String {
        let header = ["NAMESPACE", "NAME", "REVISION", "TRAFFIC TYPE", "PROGRAMMED"];
        let skipped = usize::from(!self.all_namespaces);
        let mut table = Table::with_header(5, &header[skipped..], self.no_headers);
        for row in rows {
            let cells = vec![
                row.namespace,
                row.name,
                row.revision,
                row.traffic_type,
                row.programmed,
            ];
            table.row(cells.into_iter().skip(skipped).collect());
        }
        table.render()
    }
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
