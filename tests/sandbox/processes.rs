//! The processes of a sandbox, as the machine sees them.

use libtest_mimic::Failed;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// One process; its start time tells it from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    parent: i32,
    started: u64,
    /// The stage it is of the sandbox, or its program.
    pub(crate) role: String,
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        if fields.first() == Some(&"Z") {
            return None;
        }
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let words: Vec<_> = words
            .split(|byte| *byte == 0)
            .map(String::from_utf8_lossy)
            .collect();
        let stage = words.get(2).filter(|word| word.starts_with("__"));
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
            role: stage.or(words.first())?.clone().into_owned(),
        })
    }

    fn is_alive(&self) -> bool {
        Self::read(self.pid).is_some_and(|now| now.started == self.started)
    }
}

/// A process and all that descend from it.
pub(crate) fn family(root: i32) -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: BTreeMap<i32, Process> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, Process::read(pid)?)))
        .collect();
    let descends = |process: &&Process| {
        let mut current = Some(*process);
        while let Some(process) = current {
            if process.pid == root {
                return true;
            }
            current = all.get(&process.parent);
        }
        false
    };
    all.values().filter(descends).cloned().collect()
}

/// Waits until none of them lives any more.
pub(crate) fn all_end(processes: &[Process]) -> Result<(), Failed> {
    let begin = Instant::now();
    loop {
        let alive: Vec<_> = processes.iter().filter(|process| process.is_alive()).collect();
        if alive.is_empty() {
            return Ok(());
        }
        if begin.elapsed() > Duration::from_secs(10) {
            return Err(format!("these processes are left: {alive:?}").into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
