//! What a process uses, from `/proc`.

use std::fs;
use std::io;
use std::time::Duration;

/// Memory and processor time of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident bytes, shared pages counted whole.
    pub resident: u64,
    /// Resident bytes, shared pages counted by share; equals `resident` where the kernel does not tell.
    pub proportional: u64,
    /// Processor time since the process began, all threads, user and system.
    pub cpu: Duration,
}

/// What a process uses now. An error most often means that it has ended.
pub fn usage(pid: u32) -> io::Result<Usage> {
    let folder = format!("/proc/{pid}");
    let resident = kilobytes(&fs::read_to_string(format!("{folder}/status"))?, "VmRSS:");
    let rollup = fs::read_to_string(format!("{folder}/smaps_rollup"));
    let proportional = rollup.map_or(resident, |text| kilobytes(&text, "Pss:"));
    let cpu = ticks(&fs::read_to_string(format!("{folder}/stat"))?);
    Ok(Usage {
        resident,
        proportional,
        cpu: duration(cpu),
    })
}

/// Processor time this process has used so far, all threads, user and system; finer than [`usage`], and cheap to ask for.
#[must_use]
pub fn processor_time() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let used = getrusage(UsageWho::RUSAGE_SELF).map(|usage| usage.user_time() + usage.system_time());
    used.map_or(Duration::ZERO, |used| {
        Duration::from_micros(u64::try_from(used.num_microseconds()).unwrap_or(0))
    })
}

/// Descriptors this process holds open, and how many it may.
#[must_use]
pub fn descriptors() -> (usize, u64) {
    let open = fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count().saturating_sub(1));
    let limit = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE);
    (open, limit.map_or(0, |(soft, _)| soft))
}

/// Lets this process open as many descriptors as it is ever allowed to.
pub fn raise_descriptor_limit() -> io::Result<u64> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(hard)
}

/// How many bytes of memory this process may use: the limits of its control groups, and the machine's.
#[must_use]
pub fn memory_limit() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").map_or(0, |text| kilobytes(&text, "MemTotal:"));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&groups).into_iter().filter_map(|path| {
        let limit: u64 = fs::read_to_string(path).ok()?.trim().parse().ok()?;
        (limit > 0).then_some(limit)
    });
    limits
        .chain((machine > 0).then_some(machine))
        .min()
        .unwrap_or(u64::MAX)
}

/// The files that may limit the groups of a `/proc/PID/cgroup`, and the groups around them. In a container
/// the path may be that of the host, whose files are not there; then the container's own group is the root.
fn limit_files(groups: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (root, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        let mut path = path.trim_end_matches('/');
        loop {
            files.push(format!("{root}{path}/{name}"));
            let Some((parent, _)) = path.rsplit_once('/') else {
                break;
            };
            path = parent;
        }
    }
    files
}

/// Keeps keys out of core files (security.md P1).
pub fn forbid_core_dumps() -> io::Result<()> {
    use nix::sys::resource::{Resource, setrlimit};
    Ok(setrlimit(Resource::RLIMIT_CORE, 0, 0)?)
}

fn kilobytes(text: &str, key: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

fn ticks(stat: &str) -> u64 {
    // the name may hold spaces and parentheses; it ends at the last one
    let Some((_, rest)) = stat.rsplit_once(')') else {
        return 0;
    };
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || {
        fields
            .next()
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    next() + next()
}

fn duration(ticks: u64) -> Duration {
    let rate = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)
        .ok()
        .flatten();
    let rate = rate
        .and_then(|rate| u64::try_from(rate).ok())
        .filter(|rate| *rate > 0)
        .unwrap_or(100);
    Duration::from_millis(ticks.saturating_mul(1000) / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let usage = usage(std::process::id()).unwrap();
        assert!(
            usage.resident > 100 * 1024 && usage.proportional > 100 * 1024,
            "{usage:?}"
        );
        assert!(descriptors().0 > 2);
    }

    #[test]
    fn limits_are_those_of_the_group_and_of_all_around_it() {
        let both = "5:cpu,cpuacct:/x\n4:memory:/pods/a\n0::/kube/b\n";
        let files = [
            "/sys/fs/cgroup/memory/pods/a/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/pods/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/kube/b/memory.max",
            "/sys/fs/cgroup/kube/memory.max",
            "/sys/fs/cgroup/memory.max",
        ];
        assert_eq!(limit_files(both), files);
        assert_eq!(limit_files("0::/\n"), ["/sys/fs/cgroup/memory.max"]);
        let limit = memory_limit();
        assert!(limit > 1 << 20 && limit < u64::MAX, "{limit}");
    }

    #[test]
    fn odd_names_do_not_shift_the_fields() {
        assert_eq!(ticks("7 (a ) b) S 1 1 1 0 -1 0 0 0 0 0 250 50 0 0 20 0"), 300);
        assert_eq!(
            kilobytes("VmHWM:\t 9 kB\nVmRSS:\t    12 kB\n", "VmRSS:"),
            12 * 1024
        );
    }
}
