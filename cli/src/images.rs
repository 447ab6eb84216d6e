//! OCI images of the mesh's programs, written without a container engine.
//!
//! The same programs give the same bytes: entries are sorted, times are zero, owners are root. An image holds programs of
//! ours and, where these are linked dynamically, their loader and libraries. A CNI plugin runs on the node itself: linked
//! statically it runs on any, otherwise it needs there the C library of the machine that built it, or a newer one.

pub mod archive;
pub mod elf;
pub mod layer;
mod libraries;
pub mod registry;
pub mod table;

use archive::{Blob, Content};
use elf::{Architecture, ElfError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::{ImageEntry, Table};

/// When everything in an image was made, so that the bytes never depend on the day.
const EPOCH: &str = "1970-01-01T00:00:00Z";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// How to build.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with the programs.
    pub programs: PathBuf,
    /// Instead of the table's hub.
    pub hub: Option<String>,
    /// The tag of images without one of their own.
    pub tag: String,
    /// Only these repositories; all of them when empty.
    pub only: Vec<String>,
    /// Whether layers are compressed.
    pub is_compressed: bool,
}

/// One image, ready to be written.
#[derive(Debug, Clone)]
pub struct Image {
    /// Hub, repository and tag.
    pub name: String,
    /// The digest of its manifest.
    pub digest: String,
    /// Bytes of manifest, configuration and layer.
    pub size: u64,
    /// Programs in it that are linked dynamically.
    pub dynamic: Vec<String>,
    manifest: Blob,
    config: Blob,
    layer: Blob,
    architecture: Architecture,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The table knows no such image.
    #[error("there is no image `{name}`; the table has {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A program cannot be read.
    #[error("cannot read the program `{path}`")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program cannot run in an image.
    #[error("`{path}` cannot run in an image")]
    Unfit {
        /// The file.
        path: String,
        /// Why.
        source: ElfError,
    },
    /// A library that a program asks for is not on this machine.
    #[error("cannot find the library `{name}`")]
    Library {
        /// Its name.
        name: String,
    },
    /// The programs of one image are for different machines.
    #[error("`{path}` is for {found}, and another program of the image for {expected}")]
    Mixed {
        /// The file.
        path: String,
        /// Its machine.
        found: Architecture,
        /// The other one's.
        expected: Architecture,
    },
    /// A layer cannot be put together.
    #[error("cannot write the layer of `{name}`")]
    Layer {
        /// The image.
        name: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Builds the images of a table.
///
/// # Errors
/// An image that the table does not have, a program or library that is missing.
pub fn build(table: &Table, options: &Options) -> Result<Vec<Image>, ImageError> {
    check_names(table, &options.only)?;
    let chosen = table
        .images
        .iter()
        .filter(|entry| options.only.is_empty() || options.only.contains(&entry.repository));
    chosen.map(|entry| image(table, entry, options)).collect()
}

/// Whether a table has all of these.
///
/// # Errors
/// The first that it does not have.
pub fn check_names(table: &Table, only: &[String]) -> Result<(), ImageError> {
    for name in only {
        if !table.images.iter().any(|entry| entry.repository == *name) {
            let known: Vec<_> = table
                .images
                .iter()
                .map(|entry| entry.repository.as_str())
                .collect();
            return Err(ImageError::Unknown {
                name: name.clone(),
                known: known.join(", "),
            });
        }
    }
    Ok(())
}

fn image(table: &Table, entry: &ImageEntry, options: &Options) -> Result<Image, ImageError> {
    let hub = options.hub.as_deref().unwrap_or(&table.hub);
    let name = entry.full_name(hub, &options.tag);
    let programs = read_programs(entry, &options.programs)?;
    let architecture = programs.architecture;
    let failed = |source| ImageError::Layer {
        name: name.clone(),
        source,
    };
    let tar = layer::pack(&programs.files).map_err(failed)?;
    let diff_id = archive::digest(&tar);
    let layer = if options.is_compressed {
        Blob::new(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            layer::compress(&tar).map_err(failed)?,
        )
    } else {
        Blob::new("application/vnd.oci.image.layer.v1.tar", tar)
    };
    let config = Blob::json(
        CONFIG,
        &configuration(entry, &options.tag, architecture, &diff_id),
    );
    let manifest = Blob::json(
        MANIFEST,
        &json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
        }),
    );
    Ok(Image {
        digest: manifest.digest.clone(),
        size: [&manifest, &config, &layer].iter().map(|blob| blob.size()).sum(),
        name,
        dynamic: programs.dynamic,
        manifest,
        config,
        layer,
        architecture,
    })
}

/// What goes into an image.
struct Programs {
    /// Path in the image → content.
    files: BTreeMap<String, Vec<u8>>,
    /// The machine that all programs are for.
    architecture: Architecture,
    /// Which of them are linked dynamically.
    dynamic: Vec<String>,
}

fn read_programs(entry: &ImageEntry, folder: &Path) -> Result<Programs, ImageError> {
    let (mut files, mut dynamic, mut common) = (BTreeMap::new(), Vec::new(), None);
    for file in &entry.files {
        let path = folder.join(&file.program);
        let shown = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|source| ImageError::Read {
            path: shown.clone(),
            source,
        })?;
        let program = elf::read(&bytes).map_err(|source| ImageError::Unfit {
            path: shown.clone(),
            source,
        })?;
        let (found, expected) = (program.architecture, *common.get_or_insert(program.architecture));
        if found != expected {
            return Err(ImageError::Mixed {
                path: shown,
                found,
                expected,
            });
        }
        if program.interpreter.is_some() {
            libraries::add(&mut files, &program)?;
            dynamic.push(file.program.clone());
        }
        files.insert(file.path.clone(), bytes);
    }
    Ok(Programs {
        files,
        // a table without files is refused when it is read
        architecture: common.unwrap_or(Architecture::Amd64),
        dynamic,
    })
}

fn configuration(entry: &ImageEntry, tag: &str, architecture: Architecture, diff_id: &str) -> Value {
    let mut process = json!({
        "User": entry.user.to_string(),
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Entrypoint": [entry.entrypoint],
        "WorkingDir": "/",
        "Labels": {
            "org.opencontainers.image.title": entry.repository,
            "org.opencontainers.image.version": tag,
            "org.opencontainers.image.licenses": "Apache-2.0",
        },
    });
    if !entry.arguments.is_empty() {
        process["Cmd"] = json!(entry.arguments);
    }
    json!({
        "created": EPOCH,
        "architecture": architecture.to_string(),
        "os": "linux",
        "config": process,
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": EPOCH, "created_by": "meshctl images"}],
    })
}

impl Image {
    /// What goes into an archive or a folder for these images, by path.
    #[must_use]
    pub fn contents(images: &[Self]) -> BTreeMap<String, Content<'_>> {
        let mut contents = BTreeMap::new();
        for blob in images
            .iter()
            .flat_map(|image| [&image.manifest, &image.config, &image.layer])
        {
            contents.insert(blob.path(), Content::Borrowed(&blob.bytes));
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": images.iter().map(Self::index_entry).collect::<Vec<_>>(),
        });
        contents.insert("index.json".to_owned(), archive::json_bytes(&index).into());
        contents.insert(
            "oci-layout".to_owned(),
            archive::json_bytes(&json!({"imageLayoutVersion": "1.0.0"})).into(),
        );
        // what `docker load` reads where it knows no OCI layouts
        let docker: Vec<_> = images.iter().map(Self::docker_entry).collect();
        contents.insert(
            "manifest.json".to_owned(),
            archive::json_bytes(&Value::from(docker)).into(),
        );
        contents
    }

    fn index_entry(&self) -> Value {
        let tag = self.name.rsplit_once(':').map_or("", |(_, tag)| tag);
        let mut descriptor = self.manifest.descriptor();
        descriptor["platform"] = json!({"architecture": self.architecture.to_string(), "os": "linux"});
        descriptor["annotations"] = json!({
            "io.containerd.image.name": self.name,
            "org.opencontainers.image.ref.name": tag,
        });
        descriptor
    }

    fn docker_entry(&self) -> Value {
        json!({
            "Config": self.config.path(),
            "RepoTags": [self.name],
            "Layers": [self.layer.path()],
        })
    }
}

#[cfg(test)]
mod tests;
