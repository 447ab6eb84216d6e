//! Which images, of which programs, under which names.

use crate::context::Context;
use crate::exit::Failure;
use crate::images::table::{ImageEntry, Table, TableError};
use crate::images::{self, Image, ImageError, Options};
use clap::{Args, ValueEnum, ValueHint};
use std::error::Error;
use std::path::{Path, PathBuf};

const BUILD: &str = "build the programs with `cargo build --release`, and name their folder with --programs";
const DYNAMIC: &str = "linked dynamically, so nodes need this machine's C library or a newer one for the CNI plugin; \
     manifests/images/release links statically";

/// Names of images.
#[derive(Debug, Args)]
pub(super) struct Names {
    /// Only these images, such as `ztunnel`
    #[arg(value_name = "IMAGE")]
    only: Vec<String>,
    /// Instead of `localhost/meshctl`
    #[arg(long, env = "MESHCTL_HUB", value_name = "NAME")]
    hub: Option<String>,
    /// The images' tag
    #[arg(long, value_name = "NAME", default_value = env!("CARGO_PKG_VERSION"))]
    tag: String,
    /// Another table of images
    #[arg(long, value_name = "FILE", hide = true, value_hint = ValueHint::FilePath)]
    table: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Choice {
    #[command(flatten)]
    names: Names,
    /// The folder with the programs [default: that of this program]
    #[arg(long, env = "MESHCTL_PROGRAMS_DIR", hide_env_values = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    programs: Option<PathBuf>,
    /// How layers are packed
    #[arg(long, value_enum, default_value = "gzip")]
    compression: Compression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Compression {
    /// Small
    Gzip,
    /// Quick
    None,
}

impl Names {
    /// The chosen images and their full names.
    pub(super) fn find(&self) -> Result<Vec<(String, ImageEntry)>, Failure> {
        let table = self.table()?;
        images::check_names(&table, &self.only).map_err(|error| explain(&error))?;
        let hub = self.hub.clone().unwrap_or_else(|| table.hub.clone());
        let chosen = table
            .images
            .into_iter()
            .filter(|entry| self.only.is_empty() || self.only.contains(&entry.repository));
        Ok(chosen
            .map(|entry| (entry.full_name(&hub, &self.tag), entry))
            .collect())
    }

    fn table(&self) -> Result<Table, Failure> {
        let table = match &self.table {
            None => Table::embedded(),
            Some(path) => Table::parse(&std::fs::read_to_string(path).map_err(|error| {
                Failure::new(format!("cannot read `{}`", path.display())).caused_by(&error)
            })?),
        };
        table.map_err(|error| bad_table(self.table.as_deref(), &error))
    }
}

impl Choice {
    pub(super) fn build(self, context: &Context) -> Result<Vec<Image>, Failure> {
        let table = self.names.table()?;
        let programs = match self.programs {
            Some(folder) => folder,
            None => mesh_sys::program::own_path()
                .map(|own| mesh_sandbox::programs::folder(&own))
                .map_err(|error| Failure::new("cannot find this program").caused_by(&error))?,
        };
        let options = Options {
            programs,
            hub: self.names.hub,
            tag: self.names.tag,
            only: self.names.only,
            is_compressed: self.compression == Compression::Gzip,
        };
        let images = images::build(&table, &options).map_err(|error| explain(&error))?;
        if images
            .iter()
            .any(|image| image.dynamic.iter().any(|program| program == "mesh-cni"))
        {
            context.messages.warn(&format!("`mesh-cni` is {DYNAMIC}"));
        }
        Ok(images)
    }
}

fn explain(error: &ImageError) -> Failure {
    let failure = match error {
        ImageError::Unknown { .. } => Failure::usage(error.to_string()),
        _ => Failure::new(error.to_string()),
    };
    let failure = match error.source() {
        Some(source) => failure.caused_by(source),
        None => failure,
    };
    match error {
        ImageError::Unfit { .. } | ImageError::Read { .. } => failure.hint(BUILD),
        _ => failure,
    }
}

fn bad_table(path: Option<&Path>, error: &TableError) -> Failure {
    let shown = path.map_or_else(
        || "the embedded table".to_owned(),
        |path| path.display().to_string(),
    );
    Failure::unparsable(format!("cannot use `{shown}`")).caused_by(error)
}
