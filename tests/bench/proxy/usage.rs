//! What a process uses, finer than `mesh_sys::process` tells: nanoseconds of its clock, and kinds of memory.

use std::fs;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::{Pid, SysconfVar, sysconf};

use crate::Outcome;

/// Memory of one process, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// Resident.
    pub(crate) resident: f64,
    /// Resident and of no file.
    pub(crate) anonymous: f64,
    /// The most that was ever resident.
    pub(crate) peak: f64,
}

/// Seconds of processor time of a process, also of threads that have ended.
pub(crate) fn cpu(process: u32) -> Outcome<f64> {
    let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(process)?))?;
    seconds(clock)
}

/// Seconds of processor time of several processes.
pub(crate) fn cpu_of(processes: &[u32]) -> Outcome<f64> {
    processes.iter().map(|process| cpu(*process)).sum()
}

/// Seconds of processor time of the calling thread.
pub(crate) fn cpu_here() -> Outcome<f64> {
    seconds(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn seconds(clock: ClockId) -> Outcome<f64> {
    Ok(Duration::from(clock_gettime(clock)?).as_secs_f64())
}

/// Memory of a process.
pub(crate) fn memory(process: u32) -> Outcome<Memory> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(Memory {
        resident: bytes(&rollup, "Rss:")?,
        anonymous: bytes(&rollup, "Anonymous:")?,
        peak: bytes(&status, "VmHWM:")?,
    })
}

/// How many descriptors a process has open.
pub(crate) fn descriptors(process: u32) -> Outcome<f64> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count() as f64)
}

fn bytes(text: &str, key: &str) -> Outcome<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    Ok(number.ok_or_else(|| format!("the kernel does not tell {key}"))? * 1024.0)
}

/// Seconds of processor time since some begin.
#[derive(Clone, Copy)]
pub(crate) struct Machine {
    /// Of the whole machine.
    all: f64,
    /// Of this process and of those of its children that have ended.
    own: f64,
}

impl Machine {
    /// Until now.
    pub(crate) fn now() -> Outcome<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let fields = text.lines().next().unwrap_or_default().split_whitespace();
        let ticks: Vec<f64> = fields.skip(1).filter_map(|field| field.parse().ok()).collect();
        let [user, nice, system, _, _, hard, soft, stolen, ..] = ticks[..] else {
            return Err("the kernel does not tell what the machine does".into());
        };
        let rate = sysconf(SysconfVar::CLK_TCK)?.ok_or("no length of a tick")?;
        let own = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].map(|who| {
            let usage = getrusage(who)?;
            Ok::<f64, nix::Error>(length(usage.user_time()) + length(usage.system_time()))
        });
        let [of_this, of_children] = own;
        Ok(Self {
            all: (user + nice + system + hard + soft + stolen) / rate as f64,
            own: of_this? + of_children?,
        })
    }

    /// How many processors others kept busy since, of this many seconds.
    pub(crate) fn others(self, since: Self, seconds: f64) -> f64 {
        let spent = (self.all - since.all) - (self.own - since.own);
        spent.max(0.0) / seconds
    }
}

fn length(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}
