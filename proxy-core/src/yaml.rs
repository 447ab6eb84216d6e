//! The one place where the proxy reads YAML, bounded (`spec/security.md` §10): texts of at most 64 MiB, nested at
//! most 64 deep, whose aliases do not expand beyond what the text itself could hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::DeserializeOwned;

/// Bytes of a text.
const MAX_BYTES: u64 = 64 << 20;
const MAX_DEPTH: usize = 64;
/// Times its own size that a text may grow to by aliases.
const MAX_EXPANSION: usize = 100;

/// A text that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct YamlError(serde_saphyr::Error);

/// Reads one document.
pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let nodes = text.len().saturating_add(64).min(4_000_000);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: 1,
            max_depth: MAX_DEPTH,
            max_nodes: nodes,
            max_events: nodes.saturating_mul(4),
            max_total_scalar_bytes: text.len().saturating_mul(MAX_EXPANSION),
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(YamlError)
}

/// Reads a file that is small enough.
pub(crate) fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 64 MiB"));
    }
    Ok(text)
}
