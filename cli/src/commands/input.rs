//! Where the objects of a command come from: files, the cluster, or files laid over the cluster.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::Failure;
use crate::objects::{self, Sourced};
use crate::translation::{self, Translated};
use clap::Args;

/// Flags that name objects.
#[derive(Debug, Clone, Default, Args)]
pub struct Input {
    /// Objects from a file, a folder, or - for standard input; without it those of the cluster
    #[arg(short = 'f', long = "filename", value_name = "PATH", value_delimiter = ',', value_hint = clap::ValueHint::AnyPath)]
    filename: Vec<String>,
    /// Lay the files over the objects of the cluster
    #[arg(long, requires = "filename")]
    overlay: bool,
}

impl Input {
    /// Objects of these files alone.
    #[must_use]
    pub fn of_files(filename: Vec<String>) -> Self {
        Self {
            filename,
            overlay: false,
        }
    }

    /// The objects, later ones in place of earlier ones of the same name. Without files the cluster is asked.
    ///
    /// # Errors
    /// Something cannot be read, or is no YAML (65).
    pub async fn fetch(&self, context: &Context) -> Result<Vec<Sourced>, Failure> {
        let mut all = Vec::new();
        if self.filename.is_empty() || self.overlay {
            let cluster = Cluster::connect(context).await?;
            all = Box::pin(cluster.fetch_mesh_objects(&context.istio_namespace())).await?;
        }
        all.append(&mut objects::read_objects(&self.filename)?);
        Ok(objects::overlay(all))
    }
}

/// What the control plane makes of objects. Objects that it cannot read are told, and left out as it leaves them out.
///
/// # Errors
/// Its own settings are among them and cannot be used.
pub fn translate(context: &Context, objects: &[Sourced]) -> Result<Translated, Failure> {
    let settings = translation::settings(objects, &context.istio_namespace()).map_err(|error| {
        Failure::unparsable("cannot take over the control plane's settings").caused_by(&error)
    })?;
    let translated = translation::translate(objects, settings);
    for error in &translated.unreadable {
        let cause = std::error::Error::source(error)
            .map(ToString::to_string)
            .unwrap_or_default();
        context.messages.warn(&format!("{error}: {cause}"));
    }
    Ok(translated)
}
