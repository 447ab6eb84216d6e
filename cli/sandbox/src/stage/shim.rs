//! The parent of one container: enters the pod's namespaces, starts the container's process, keeps its log, reports its end.

use crate::error::{Named, Result};
use crate::spec::{ContainerSpec, Ended, SpecFile};
use crate::stage::{self, Stage};
use nix::sched::{CloneFlags, setns, unshare};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write, pipe};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A log file longer than this is moved aside, and the one moved before is removed.
const LOG_LIMIT: u64 = 10 << 20;
/// A line longer than this is written in parts, as container runtimes do.
const LINE_LIMIT: u64 = 16 << 10;

/// Runs one container to its end.
pub(crate) fn main(config: &SpecFile) -> Result<ExitCode> {
    let spec = ContainerSpec::read(&config.spec)?;
    let log = Arc::new(Mutex::new(Log::open(&spec.log)?));
    let what = || "cannot make a pipe for the container's log".to_owned();
    let ((out, out_end), (err, err_end)) = (pipe().named(what)?, pipe().named(what)?);
    // a process that has unshared its process namespace cannot start threads any more
    let copies = [copy(out, "stdout", &log), copy(err, "stderr", &log)];
    enter_pod(&spec)?;
    let mut child = stage::command(&spec.meshctl, Stage::Container, config)?
        .env_clear()
        .stdin(Stdio::null())
        .stdout(out_end)
        .stderr(err_end)
        .spawn()
        .named(|| "cannot start the container".to_owned())?;
    crate::state::write_private(&spec.dir.join("pid"), child.id().to_string().as_bytes())?;
    let status = child
        .wait()
        .named(|| "cannot wait for the container".to_owned())?;
    if !spec.namespaces.host_pid {
        // every process of the container is dead, so its pipes are at their end
        for copy in copies {
            drop(copy.join());
        }
    }
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    let ended = Ended {
        code,
        signal: status.signal(),
    };
    let text = serde_json::to_vec(&ended).named(|| "cannot encode the end of the container".to_owned())?;
    crate::state::write_private(&spec.dir.join("exit"), &text)?;
    Ok(ExitCode::SUCCESS)
}

fn enter_pod(spec: &ContainerSpec) -> Result<()> {
    let wanted = [
        ("net", CloneFlags::CLONE_NEWNET, spec.namespaces.host_network),
        ("uts", CloneFlags::CLONE_NEWUTS, spec.namespaces.host_network),
        ("ipc", CloneFlags::CLONE_NEWIPC, spec.namespaces.host_ipc),
    ];
    for (name, kind, of_node) in wanted {
        if of_node {
            continue;
        }
        let path = format!("/proc/{}/ns/{name}", spec.namespaces.pause);
        let file = File::open(&path).named(|| format!("cannot open the pod's namespace `{path}`"))?;
        setns(file, kind).named(|| format!("cannot enter the pod's namespace `{path}`"))?;
    }
    if !spec.namespaces.host_pid {
        unshare(CloneFlags::CLONE_NEWPID).named(|| "cannot make a process namespace".to_owned())?;
    }
    Ok(())
}

fn copy(
    from: impl Read + Send + 'static,
    stream: &'static str,
    log: &Arc<Mutex<Log>>,
) -> thread::JoinHandle<()> {
    let log = Arc::clone(log);
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line), Ok(length) if length > 0)
        {
            log.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write(stream, &line);
            line.clear();
        }
    })
}

/// A log file that is moved aside when it is long.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    fn open(path: &Path) -> Result<Self> {
        let what = || format!("cannot open the log `{}`", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).named(what)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .named(what)?;
        let length = file.metadata().named(what)?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    /// A log that cannot be written is lost; the container goes on.
    fn write(&mut self, stream: &str, line: &[u8]) {
        let (tag, text) = match line.strip_suffix(b"\n") {
            Some(text) => ("F", text),
            None => ("P", line),
        };
        let mut entry = format!("{:.9} {stream} {tag} ", jiff::Timestamp::now()).into_bytes();
        entry.extend_from_slice(text);
        entry.push(b'\n');
        drop(self.file.write_all(&entry));
        self.length += entry.len() as u64;
        if self.length > LOG_LIMIT {
            self.rotate();
        }
    }

    fn rotate(&mut self) {
        drop(fs::rename(&self.path, self.path.with_extension("log.old")));
        if let Ok(next) = Self::open(&self.path) {
            *self = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_carries_time_stream_and_tag() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.log");
        let mut log = Log::open(&path).unwrap();
        log.write("stdout", b"hello\n");
        log.write("stderr", b"half");
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().map(|line| line.split_once(' ').unwrap().1).collect();
        assert_eq!(lines, ["stdout F hello", "stderr P half"]);
    }

    #[test]
    fn a_long_log_is_moved_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.log");
        let mut log = Log::open(&path).unwrap();
        log.length = LOG_LIMIT;
        log.write("stdout", b"last\n");
        log.write("stdout", b"first\n");
        assert!(
            fs::read_to_string(path.with_extension("log.old"))
                .unwrap()
                .contains("last")
        );
        assert!(fs::read_to_string(&path).unwrap().contains("first"));
    }
}
