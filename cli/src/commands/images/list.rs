//! `meshctl images list`: what a mirror has to hold.

use super::choice::Names;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::images::table::ImageEntry;
use crate::render::list::{self, ListArgs};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    list: ListArgs,
}

/// One image.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    /// Hub, repository and tag.
    image: String,
    /// What starts.
    entrypoint: String,
    /// The user it runs as; 0 is root.
    user: u32,
    /// Our programs in it.
    programs: Vec<String>,
}

impl List {
    /// Runs the command; needs neither cluster nor programs.
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let row = |(image, entry): (String, ImageEntry)| Row {
            image,
            entrypoint: entry.entrypoint,
            user: entry.user,
            programs: entry.files.into_iter().map(|file| file.program).collect(),
        };
        let rows = self.names.find()?.into_iter().map(row).collect();
        let cells = |row: &Row| {
            vec![
                row.image.clone(),
                row.programs.join(","),
                row.user.to_string(),
                row.entrypoint.clone(),
            ]
        };
        let list = list::List::new(&["IMAGE", "PROGRAMS", "USER"], rows, cells)
            .wide(&["ENTRYPOINT"])
            .named(|row| row.image.clone());
        self.list.print(context, list)?;
        Ok(Exit::Ok)
    }
}
