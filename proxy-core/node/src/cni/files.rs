//! Files on the node: written whole or not at all, and only by renaming.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::RngExt;

/// A file that could not be handled.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl FileError {
    fn new(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        (self.source.kind() == io::ErrorKind::ReadOnlyFilesystem).then_some(
            "set the platform value of the chart, or cniBinDir and cniConfDir, for this kind of node",
        )
    }
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(FileError::new("read", path))
}

/// Replaces a file in one step and makes it durable.
pub fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), FileError> {
    replace(path, mode, |file| file.write_all(content))
}

/// The mode of a file that is there.
#[must_use]
pub fn mode(path: &Path) -> Option<u32> {
    fs::metadata(path)
        .ok()
        .map(|meta| meta.permissions().mode() & 0o7777)
}

/// Copies a file under the same name unless an equal one is there; tells whether it had to.
pub fn copy(from: &Path, to: &Path) -> Result<bool, FileError> {
    if is_same(from, to).unwrap_or(false) {
        return Ok(false);
    }
    let mut source = File::open(from).map_err(FileError::new("read", from))?;
    let mode = mode(from).unwrap_or(0o755);
    replace(to, mode, |file| io::copy(&mut source, file).map(drop))?;
    Ok(true)
}

fn is_same(from: &Path, to: &Path) -> io::Result<bool> {
    let (mut one, mut two) = (File::open(from)?, File::open(to)?);
    let (left, right) = (one.metadata()?, two.metadata()?);
    if left.len() != right.len() || left.permissions() != right.permissions() {
        return Ok(false);
    }
    let (mut a, mut b) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let length = one.read(&mut a)?;
        if length == 0 {
            return Ok(true);
        }
        two.read_exact(&mut b[..length])?;
        if a[..length] != b[..length] {
            return Ok(false);
        }
    }
}

/// Removes a file; a missing one is fine.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The regular files of a folder, by name.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = fs::read_dir(folder).map_err(FileError::new("read", folder))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

fn replace(
    path: &Path,
    mode: u32,
    content: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), FileError> {
    let fails = || FileError::new("write", path);
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    sweep(folder, &name);
    let temporary = folder.join(format!("{name}.tmp.{:08x}", rand::rng().random::<u32>()));
    let written = (|| {
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)?;
        // the mask of the process does not matter
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        content(&mut file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // the first failure is the one to tell
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(fails())
}

/// What an earlier process left half-way.
fn sweep(folder: &Path, name: &str) {
    let prefix = format!("{name}.tmp.");
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_with_their_mode_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(folder.path().join("a.tmp.0000"), "half").unwrap();
        write(&path, b"one", 0o640).unwrap();
        write(&path, b"two", mode(&path).unwrap()).unwrap();
        assert_eq!(
            (read(&path).unwrap(), mode(&path)),
            (b"two".to_vec(), Some(0o640))
        );
        assert_eq!(list(folder.path()).unwrap(), [path]);
    }

    #[test]
    fn programs_are_copied_once() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        write(&from, &vec![7; 100_000], 0o755).unwrap();
        assert!(copy(&from, &to).unwrap());
        assert!(!copy(&from, &to).unwrap());
        fs::write(&to, vec![8; 100_000]).unwrap();
        assert!(copy(&from, &to).unwrap());
        assert_eq!(mode(&to), Some(0o755));
        remove(&to).unwrap();
        remove(&to).unwrap();
    }

    #[test]
    fn failures_name_the_file() {
        let error = write(Path::new("/absent/a"), b"", 0o600).unwrap_err();
        assert_eq!(error.to_string(), "cannot write `/absent/a`");
    }
}
