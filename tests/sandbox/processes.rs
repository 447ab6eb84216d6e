//! The processes of a sandbox or a cluster, as the machine sees them.

use std::collections::BTreeMap;

/// One process; its start time tells it from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    parent: i32,
    pub(crate) started: u64,
    /// The part it is of the sandbox or cluster, or its program.
    pub(crate) role: String,
}

impl Process {
    /// The process that has this number now; a dead one that nobody waited for is none.
    pub(crate) fn read(pid: i32) -> Option<Self> {
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
        // `meshctl sandbox __node`, and a test program or example as `__cluster-node`
        let part = words.iter().skip(1).take(2).find(|word| word.starts_with("__"));
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
            role: part.or(words.first())?.clone().into_owned(),
        })
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
