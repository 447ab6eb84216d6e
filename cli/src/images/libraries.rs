//! The loader and the libraries of programs that are linked dynamically, from the machine that builds the image.

use super::ImageError;
use super::elf::{self, Elf};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where a loader looks by itself, on Debian and its kin and on others.
const FOLDERS: [&str; 8] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// Adds to `files` (path in the image → content) what `program` needs beside itself, each thing where it is found here:
/// that is where the loader, which comes along, looks for it.
pub(super) fn add(files: &mut BTreeMap<String, Vec<u8>>, program: &Elf) -> Result<(), ImageError> {
    let mut wanted: Vec<PathBuf> = program.interpreter.iter().map(PathBuf::from).collect();
    for name in &program.needed {
        wanted.push(find(name)?);
    }
    while let Some(path) = wanted.pop() {
        let key = path.display().to_string();
        if files.contains_key(&key) {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|source| ImageError::Read {
            path: key.clone(),
            source,
        })?;
        let library = elf::read(&bytes).map_err(|source| ImageError::Unfit {
            path: key.clone(),
            source,
        })?;
        files.insert(key, bytes);
        for name in &library.needed {
            wanted.push(find(name)?);
        }
    }
    Ok(())
}

fn find(name: &str) -> Result<PathBuf, ImageError> {
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| ImageError::Library {
            name: name.to_owned(),
        })
}
