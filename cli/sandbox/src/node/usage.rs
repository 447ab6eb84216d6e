//! What containers use, from the process list: CPU time so far, memory with shared pages in proportion.

use crate::node::server::PodView;
use crate::wire::{NodeUsage, Spent};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Kernel clock ticks a second, the same on every Linux.
const TICK: u64 = 1_000_000_000 / 100;

/// Measures every process of the node once and adds them up by container.
pub(crate) fn measure(pods: &[PodView]) -> NodeUsage {
    let mut node = Spent::default();
    let mut groups: HashMap<PathBuf, Spent> = HashMap::new();
    let own = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    for pid in processes() {
        let folder = Path::new("/proc").join(pid.to_string());
        let Some(spent) = spent(&folder) else { continue };
        add(&mut node, spent);
        let Ok(namespace) = fs::read_link(folder.join("ns/pid")) else {
            continue;
        };
        if namespace != own {
            add(groups.entry(namespace).or_default(), spent);
        }
    }
    let of = |pid: i32| -> Spent {
        let folder = Path::new("/proc").join(pid.to_string());
        match fs::read_link(folder.join("ns/pid")) {
            Ok(namespace) if namespace != own => groups.get(&namespace).copied().unwrap_or_default(),
            // a container among the node's processes: its first one stands for it
            _ => spent(&folder).unwrap_or_default(),
        }
    };
    let containers = pods
        .iter()
        .map(|pod| {
            let running = pod
                .containers
                .iter()
                .filter_map(|(name, one)| Some((name.clone(), of(one.pid?))));
            (pod.key.clone(), running.collect())
        })
        .collect();
    NodeUsage { node, containers }
}

fn add(sum: &mut Spent, part: Spent) {
    sum.cpu += part.cpu;
    sum.memory += part.memory;
}

/// The ids of all processes of this process namespace.
pub(crate) fn processes() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn spent(folder: &Path) -> Option<Spent> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // the name in parentheses may hold anything, so fields are counted from its end
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let rollup = fs::read_to_string(folder.join("smaps_rollup")).unwrap_or_default();
    let pss = rollup.lines().find_map(|line| {
        line.strip_prefix("Pss:")?
            .split_whitespace()
            .next()?
            .parse::<u64>()
            .ok()
    });
    Some(Spent {
        cpu: ticks * TICK,
        memory: pss.unwrap_or(0) * 1024,
    })
}
