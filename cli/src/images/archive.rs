//! Blobs, and the two forms in which images leave: one tar, or a folder with an OCI image layout.

use super::layer;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use tar::{Builder, EntryType};

/// The content of one file.
pub type Content<'a> = Cow<'a, [u8]>;

/// Bytes that are named by their digest.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) media_type: &'static str,
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    pub(super) fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            media_type,
            digest: digest(&bytes),
            bytes,
        }
    }

    pub(super) fn json(media_type: &'static str, value: &Value) -> Self {
        Self::new(media_type, json_bytes(value))
    }

    pub(super) fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Where it is in a layout.
    pub(super) fn path(&self) -> String {
        format!("blobs/{}", self.digest.replace(':', "/"))
    }

    pub(super) fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest, "size": self.size()})
    }
}

/// The name of some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut text = "sha256:".to_owned();
    for byte in hash.as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// JSON as it is hashed.
pub(super) fn json_bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Writes one tar, as `ctr images import`, `docker load` and `podman load` read it.
///
/// # Errors
/// When the output cannot be written.
pub fn write_tar(contents: &BTreeMap<String, Content<'_>>, output: impl Write) -> io::Result<()> {
    let mut tar = Builder::new(output);
    for (path, bytes) in contents {
        layer::append(&mut tar, EntryType::Regular, path, (bytes.as_ref(), 0o644))?;
    }
    tar.into_inner()?.flush()
}

/// Writes a folder, as `skopeo` and other tools read it. Files of an earlier run that belong to it are replaced; the
/// index comes last, so that a reader never sees an image whose blobs are missing.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_folder(contents: &BTreeMap<String, Content<'_>>, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("blobs/sha256"))?;
    for (path, bytes) in contents {
        let path = folder.join(path);
        let fresh = path.with_extension("new");
        fs::write(&fresh, bytes)?;
        fs::rename(&fresh, &path)?;
    }
    Ok(())
}

/// Writes a file in one step: a reader sees the old one or the whole new one.
///
/// # Errors
/// When the file cannot be written.
pub fn write_file(contents: &BTreeMap<String, Content<'_>>, file: &Path) -> io::Result<()> {
    let fresh = file.with_added_extension("new");
    let written = fs::File::create(&fresh)
        .and_then(|output| write_tar(contents, io::BufWriter::new(output)))
        .and_then(|()| fs::rename(&fresh, file));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}
