//! Takes from a process what it does not need once its settings are read: privileges, files, system calls
//! (security.md P6). What a kernel does not have is reported, and never fatal.

mod calls;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, path_beneath_rules,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter_all_threads};

/// A capability's bit.
#[must_use]
pub const fn capability(number: u32) -> u64 {
    1 << number
}

/// Marks, transparent sockets.
pub const NET_ADMIN: u64 = capability(12);
/// Sockets bound to an interface.
pub const NET_RAW: u64 = capability(13);
/// Entering namespaces.
pub const SYS_ADMIN: u64 = capability(21);

/// How far one of the measures got.
#[derive(Debug)]
pub enum Done {
    /// All of it.
    Fully,
    /// As far as this kernel can.
    Partly,
    /// Not at all, and why.
    Not(String),
}

impl fmt::Display for Done {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fully => out.write_str("yes"),
            Self::Partly => out.write_str("as far as the kernel can"),
            Self::Not(why) => write!(out, "no: {why}"),
        }
    }
}

fn done<T, E: fmt::Display>(result: Result<T, E>) -> Done {
    result.map_or_else(|error| Done::Not(error.to_string()), |_| Done::Fully)
}

/// Nothing that is executed gains privileges, and there are no core files for keys to be in; other processes
/// of the same user cannot look in.
#[must_use]
pub fn keep_to_itself() -> Done {
    done(
        nix::sys::prctl::set_no_new_privs()
            .and_then(|()| nix::sys::prctl::set_dumpable(false))
            .map_err(io::Error::from)
            .and_then(|()| crate::process::forbid_core_dumps()),
    )
}

/// The calling thread, and those it starts, keep no capability but these.
#[must_use]
pub fn keep_capabilities(keep: u64) -> Done {
    done(crate::caps::keep(keep))
}

/// The calling thread, and those it starts, read files below these folders and open no others.
///
/// A folder that does not exist (yet) stands for the nearest one around it that does.
#[must_use]
pub fn read_only_below(folders: &[PathBuf]) -> Done {
    let folders: Vec<&Path> = folders
        .iter()
        .filter_map(|folder| folder.ancestors().find(|one| one.is_dir()))
        .collect();
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(folders, reading)))
        .and_then(landlock::RulesetCreated::restrict_self);
    match restricted.map(|status| status.ruleset) {
        Ok(RulesetStatus::FullyEnforced) => Done::Fully,
        Ok(RulesetStatus::PartiallyEnforced) => Done::Partly,
        Ok(RulesetStatus::NotEnforced) => Done::Not("the kernel has no Landlock".to_owned()),
        Err(error) => Done::Not(error.to_string()),
    }
}

/// All threads make the system calls of a proxy and no others. Those that nobody needs fail with EPERM; what
/// is not known at all fails with ENOSYS, so that libraries fall back as they do on an older kernel.
#[must_use]
pub fn only_known_calls() -> Done {
    let arch: Result<TargetArch, _> = std::env::consts::ARCH.try_into();
    let Ok(arch) = arch else {
        return Done::Not("the machine is of another kind".to_owned());
    };
    let apply = || -> Result<(), seccompiler::Error> {
        let fails = |errno: i32| SeccompAction::Errno(errno.unsigned_abs());
        let known = filter(calls::NEEDED, (SeccompAction::Allow, fails(libc::ENOSYS)), arch)?;
        let forbidden = filter(calls::FORBIDDEN, (fails(libc::EPERM), SeccompAction::Allow), arch)?;
        apply_filter_all_threads(&known)?;
        apply_filter_all_threads(&forbidden)
    };
    done(apply())
}

fn filter(
    calls: &[i64],
    (listed, others): (SeccompAction, SeccompAction),
    arch: TargetArch,
) -> Result<BpfProgram, seccompiler::Error> {
    let rules: BTreeMap<i64, Vec<seccompiler::SeccompRule>> =
        calls.iter().map(|call| (*call, Vec::new())).collect();
    let filter = SeccompFilter::new(rules, others, listed, arch).map_err(seccompiler::Error::Backend)?;
    filter.try_into().map_err(seccompiler::Error::Backend)
}
