//! Files on the node: written whole or not at all, and only by renaming.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
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
    replace(path, mode, |file| file.write_all(content), renamed(path)).map(drop)
}

/// The same unless the file is not what it was `before`: whoever wrote it meanwhile keeps what he wrote. Tells whether
/// it was replaced.
pub fn swap(path: &Path, before: &[u8], content: &[u8], mode: u32) -> Result<bool, FileError> {
    let put = |temporary: &Path| exchanged(temporary, path, before, content);
    replace(path, mode, |file| file.write_all(content), put)
}

/// Removes a file unless it is not what it was. Tells whether it is gone.
pub fn take(path: &Path, before: &[u8]) -> Result<bool, FileError> {
    let fails = || FileError::new("remove", path);
    let aside = temporary(path);
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        done => done.map_err(fails())?,
    }
    let is_same = fs::read(&aside).map_err(fails())? == before;
    // nobody's later file is overwritten
    if is_same || rename(&aside, path, RenameFlags::RENAME_NOREPLACE).is_err() {
        fs::remove_file(&aside).map_err(fails())?;
    }
    Ok(is_same)
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
    let content = |file: &mut File| io::copy(&mut source, file).map(drop);
    replace(to, mode, content, renamed(to))?;
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

/// A new name beside a file.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.tmp.{:08x}", rand::rng().random::<u32>()))
}

/// Gives a file its real name, whatever had it.
fn renamed(path: &Path) -> impl FnOnce(&Path) -> io::Result<bool> {
    move |temporary| fs::rename(temporary, path).map(|()| true)
}

fn rename(from: &Path, to: &Path, flags: RenameFlags) -> Result<(), Errno> {
    renameat2(AT_FDCWD, from, AT_FDCWD, to, flags)
}

/// The two files change places, and what came out is looked at: it goes back if it is not what was expected.
fn exchanged(temporary: &Path, path: &Path, before: &[u8], content: &[u8]) -> io::Result<bool> {
    match rename(temporary, path, RenameFlags::RENAME_EXCHANGE) {
        Ok(()) => {}
        // a file system that cannot: a moment between looking and renaming remains
        Err(Errno::EINVAL | Errno::ENOSYS) if fs::read(path)? == before => {
            return fs::rename(temporary, path).map(|()| true);
        }
        // it was changed, or somebody has removed it
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::ENOENT) => return Ok(false),
        Err(errno) => return Err(errno.into()),
    }
    if fs::read(temporary)? == before {
        return fs::remove_file(temporary).map(|()| true);
    }
    rename(temporary, path, RenameFlags::RENAME_EXCHANGE)?;
    if fs::read(temporary)? != content {
        // newer still
        rename(temporary, path, RenameFlags::RENAME_EXCHANGE)?;
    }
    Ok(false)
}

/// Writes a file beside the one of that name and has `put` give it the name; tells what `put` said.
fn replace(
    path: &Path,
    mode: u32,
    content: impl FnOnce(&mut File) -> io::Result<()>,
    put: impl FnOnce(&Path) -> io::Result<bool>,
) -> Result<bool, FileError> {
    let fails = || FileError::new("write", path);
    let folder = path.parent().unwrap_or(Path::new("/"));
    sweep(folder, &path.file_name().unwrap_or_default().to_string_lossy());
    let temporary = temporary(path);
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
        let is_put = put(&temporary)?;
        File::open(folder)?.sync_all()?;
        Ok(is_put)
    })();
    if !matches!(written, Ok(true)) {
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
    fn what_somebody_else_wrote_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"one", 0o640).unwrap();
        assert!(swap(&path, b"one", b"two", 0o640).unwrap());
        assert!(!swap(&path, b"one", b"three", 0o640).unwrap());
        assert_eq!(
            (read(&path).unwrap(), mode(&path)),
            (b"two".to_vec(), Some(0o640))
        );
        assert!(!take(&path, b"one").unwrap());
        assert_eq!(list(folder.path()).unwrap(), std::slice::from_ref(&path));
        assert!(take(&path, b"two").unwrap() && take(&path, b"two").unwrap());
        assert!(!swap(&path, b"two", b"three", 0o640).unwrap());
        assert!(list(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn edits_of_two_at_once_are_never_lost() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("others"));
        let number = || -> u32 {
            let text = String::from_utf8(read(&path).unwrap()).unwrap();
            text.trim_end_matches('+').parse().unwrap()
        };
        write(&path, b"0", 0o600).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for number in 1..=2000 {
                    fs::write(&other, number.to_string()).unwrap();
                    fs::rename(&other, &path).unwrap();
                }
            });
            let mut last = 0;
            while !writer.is_finished() {
                let before = read(&path).unwrap();
                let after = [before.as_slice(), b"+"].concat();
                let _ = swap(&path, &before, &after, 0o600).unwrap();
                let now = number();
                assert!(now >= last, "{now} came after {last}");
                last = now;
            }
        });
        assert_eq!(number(), 2000);
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
