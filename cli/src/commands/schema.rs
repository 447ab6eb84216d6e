//! `meshctl schema`: the JSON schema of each document that commands print, made from the types that print it.

use super::{
    admin, analyze, argocd, authz, ci, describe, drift, images, ns, precheck, proxy_status, remote_clusters,
    report, snapshot, status, tag, top, trace, version, waypoint, ztunnel_config,
};
use crate::checks;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::list::{List, ListArgs};
use crate::render::output::{Formats, Output};
use clap::Args;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  meshctl schema                       which documents there are
  meshctl schema 'ns list'             that of one command's -o json
  meshctl schema verify -o yaml";

/// A command, and the schema of its document.
pub(super) type Document = (&'static str, fn() -> Schema);

/// The schema of a type as it is written, for the table.
pub(super) fn of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// Every document.
fn documents() -> Vec<Document> {
    let mut all: Vec<Document> = vec![
        ("check", of::<checks::report::Report>),
        ("verify", of::<checks::report::Report>),
        ("verify ns", of::<checks::report::Report>),
        ("verify mtls", of::<checks::report::Report>),
        ("config list", of::<Vec<crate::settings::Setting>>),
    ];
    let parts: [&[Document]; 21] = [
        admin::DOCUMENTS,
        analyze::DOCUMENTS,
        argocd::DOCUMENTS,
        authz::DOCUMENTS,
        ci::DOCUMENTS,
        describe::DOCUMENTS,
        drift::DOCUMENTS,
        images::DOCUMENTS,
        ns::DOCUMENTS,
        precheck::DOCUMENTS,
        proxy_status::DOCUMENTS,
        remote_clusters::DOCUMENTS,
        report::DOCUMENTS,
        snapshot::DOCUMENTS,
        status::DOCUMENTS,
        tag::DOCUMENTS,
        top::DOCUMENTS,
        trace::DOCUMENTS,
        version::DOCUMENTS,
        waypoint::DOCUMENTS,
        ztunnel_config::DOCUMENTS,
    ];
    all.extend(parts.into_iter().flatten());
    all.sort_by_key(|(name, _)| *name);
    all
}

/// The schema of a command's document, by the command's words such as `ns list`.
#[must_use]
pub fn find(name: &str) -> Option<Schema> {
    let found = documents().into_iter().find(|(known, _)| *known == name)?;
    let mut schema = found.1();
    schema.insert("title".to_owned(), format!("meshctl {name} -o json").into());
    Some(schema)
}

/// Arguments of `meshctl schema`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaCommand {
    /// The command whose document is meant; without it the commands are listed
    #[arg(value_name = "COMMAND", num_args = 0.., value_delimiter = ' ')]
    command: Vec<String>,
    /// Output format
    #[arg(short, long, default_value = "json", value_parser = Formats(&["json", "yaml", "jsonpath="]))]
    output: Output,
}

/// A row of the list.
#[derive(Debug, Serialize)]
struct Row {
    command: &'static str,
}

impl SchemaCommand {
    /// Runs the command; needs neither cluster nor kubeconfig.
    ///
    /// # Errors
    /// No document has that name (64).
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.command.is_empty() {
            let rows = documents()
                .into_iter()
                .map(|(command, _)| Row { command })
                .collect();
            let cells = |row: &Row| vec![row.command.to_owned()];
            ListArgs::plain().print(context, List::new(&["COMMAND"], rows, cells))?;
            return Ok(Exit::Ok);
        }
        let name = self.command.join(" ");
        let schema = find(&name).ok_or_else(|| {
            Failure::usage(format!("no document is called `{name}`"))
                .hint("`meshctl schema` lists the commands that print one")
        })?;
        let json = render::data::json(&schema)?;
        render::print(&self.output.render(&schema, || json)?)?;
        Ok(Exit::Ok)
    }
}
