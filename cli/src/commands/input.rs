//! Where the objects of a command come from: files, the cluster, a snapshot, or files laid over one of these.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::Failure;
use crate::objects::{self, Sourced};
use crate::simulate::Mesh;
use crate::simulate::forecast::forecast;
use crate::snapshot::Snapshot;
use crate::translation::{self, Translated};
use arcstr::ArcStr;
use clap::Args;
use proxy_core::state::MeshState;

/// Flags that name objects.
#[derive(Debug, Clone, Default, Args)]
pub struct Input {
    /// Objects from a file, a folder, or - for standard input; without it those of the cluster
    #[arg(short = 'f', long = "filename", value_name = "PATH", value_delimiter = ',', value_hint = clap::ValueHint::AnyPath)]
    filename: Vec<String>,
    /// Lay the files over the objects of the cluster
    #[arg(long, requires = "filename", conflicts_with = "snapshot")]
    overlay: bool,
    /// Objects of a snapshot instead of the cluster's; files are laid over them
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    snapshot: Option<String>,
}

impl Input {
    /// Whether files or a snapshot are named.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !self.filename.is_empty() || self.snapshot.is_some()
    }

    /// The snapshot's file, if one is named.
    pub(super) fn snapshot(&self) -> Option<&str> {
        self.snapshot.as_deref()
    }

    /// Whether files are laid over the cluster's objects.
    pub(super) fn is_overlay(&self) -> bool {
        self.overlay
    }

    /// Lays the files over the objects of a snapshot.
    ///
    /// # Errors
    /// A file cannot be read, or is no YAML (65).
    pub(super) fn lay_over(&self, snapshot: &mut Snapshot) -> Result<(), Failure> {
        let files = objects::read_objects(&self.filename)?;
        let held = std::mem::take(&mut snapshot.objects)
            .into_iter()
            .map(Sourced::live);
        let all = objects::overlay(held.chain(files));
        snapshot.objects = all.into_iter().map(|one| one.object).collect();
        Ok(())
    }

    /// The objects, later ones in place of earlier ones of the same name. Without files the cluster is asked.
    ///
    /// # Errors
    /// Something cannot be read, or is no YAML (65).
    pub async fn fetch(&self, context: &Context) -> Result<Vec<Sourced>, Failure> {
        let mut all = Vec::new();
        if let Some(file) = &self.snapshot {
            all = super::snapshot::read(file)?.sourced();
        } else if self.filename.is_empty() || self.overlay {
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
    let translated = translate_silently(context, objects)?;
    for error in &translated.unreadable {
        let cause = std::error::Error::source(error)
            .map(ToString::to_string)
            .unwrap_or_default();
        context.messages.warn(&format!("{error}: {cause}"));
    }
    Ok(translated)
}

/// The same without a word about objects that cannot be read, for those who report them themselves.
///
/// # Errors
/// As [`translate`].
pub fn translate_silently(context: &Context, objects: &[Sourced]) -> Result<Translated, Failure> {
    let settings = translation::settings(objects, &context.istio_namespace()).map_err(|error| {
        Failure::unparsable("cannot take over the control plane's settings").caused_by(&error)
    })?;
    Ok(translation::translate(objects, settings))
}

/// A mesh ready to be asked what policy says.
#[derive(Debug)]
pub struct Prepared {
    translated: Translated,
    state: MeshState,
    network: ArcStr,
    /// Where mesh-wide policies live.
    pub root: String,
}

impl Prepared {
    /// From the objects of files or cluster; what files do not say of running pods is forecast.
    ///
    /// # Errors
    /// As [`Input::fetch`] and [`translate`].
    pub async fn fetch(input: &Input, context: &Context) -> Result<Self, Failure> {
        let objects = Box::pin(input.fetch(context)).await?;
        Self::of(context, objects)
    }

    /// From objects.
    ///
    /// # Errors
    /// As [`translate`].
    pub fn of(context: &Context, objects: Vec<Sourced>) -> Result<Self, Failure> {
        let objects = forecast(objects, &context.istio_namespace());
        let translated = translate(context, &objects)?;
        let (state, rejects) = translation::received(&translated.index);
        for reject in &rejects {
            context.messages.warn(&format!(
                "node proxies would refuse `{}`: {}",
                reject.name, reject.reason
            ));
        }
        let first = state.workloads().min_by_key(|one| &one.uid);
        let network = first.map(|one| one.network.clone()).unwrap_or_default();
        let root = translated.index.root_namespace().to_string();
        Ok(Self {
            translated,
            state,
            network,
            root,
        })
    }

    /// The mesh.
    #[must_use]
    pub fn mesh(&self) -> Mesh<'_> {
        Mesh {
            state: &self.state,
            index: &self.translated.index,
            network: self.network.clone(),
        }
    }
}
