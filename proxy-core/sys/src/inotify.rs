//! Tells when something changes in a folder.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::fd::watch;

/// Watches the entries of folders: made, written, renamed, removed. What lies deeper is not watched.
#[derive(Debug)]
pub struct Folders {
    inotify: Inotify,
    ready: AsyncFd<OwnedFd>,
}

impl Folders {
    /// Watches nothing yet; needs a runtime.
    pub fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        let ready = watch(inotify.as_fd().try_clone_to_owned()?)?;
        Ok(Self { inotify, ready })
    }

    /// Adds a folder; watching it again is no error.
    pub fn add(&self, folder: impl AsRef<Path>) -> io::Result<()> {
        let flags = AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_CLOSE_WRITE
            | AddWatchFlags::IN_MOVE
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_ATTRIB
            | AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF;
        self.inotify.add_watch(folder.as_ref(), flags)?;
        Ok(())
    }

    /// Waits for the next change; tells the names that changed. Cancel-safe.
    pub async fn changed(&self) -> io::Result<Vec<String>> {
        let read = |_: &OwnedFd| match self.inotify.read_events() {
            Ok(events) => Ok(events),
            Err(Errno::EAGAIN) => Err(io::ErrorKind::WouldBlock.into()),
            Err(errno) => Err(errno.into()),
        };
        let events = self.ready.async_io(Interest::READABLE, read).await?;
        let names = events.into_iter().filter_map(|event| event.name);
        Ok(names.map(|name| name.to_string_lossy().into_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn writes_and_renames_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new().unwrap();
        folders.add(folder.path()).unwrap();
        folders.add(folder.path()).unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        assert!(folders.changed().await.unwrap().contains(&"a".to_owned()));
        std::fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
        let mut names = Vec::new();
        while !names.contains(&"b".to_owned()) {
            names.extend(folders.changed().await.unwrap());
        }
        assert!(folders.add("/absent").is_err());
    }
}
