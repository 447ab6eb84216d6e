//! From a command to a running sandbox, and back.
//!
//! `up` opens the API's listener in the host's network namespace and starts a detached watchdog; the watchdog
//! starts the launcher, which unshares; the launcher starts the supervisor, process 1 of the new process
//! namespace. Each dies with its parent, so the death of any of the three ends everything, and all that is
//! then left is the state folder, which the watchdog or the next command removes.

use crate::error::{Failure, Named, Result};
use crate::life;
use crate::stage::{self, Stage};
use crate::state::{Journal, SANDBOX, StateDir};
use crate::supervisor;
use mesh_sys::program::own_path;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Pid, getegid, geteuid, setsid};
use serde::{Deserialize, Serialize};
use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, ExitCode, Stdio};
use std::time::Duration;

/// What `up` is asked for.
#[derive(Debug, Clone)]
pub struct UpOptions {
    /// The sandbox's name.
    pub name: String,
    /// How many nodes.
    pub nodes: u8,
    /// The sandbox ends with the command that started it.
    pub attached: bool,
}

/// A sandbox that answers.
#[derive(Debug)]
pub struct Running {
    /// Its state folder.
    pub state: StateDir,
    /// An attached sandbox ends when nobody holds this pipe any more.
    tie: ChildStdout,
}

impl Running {
    /// Lets go: an attached sandbox ends.
    #[must_use]
    pub fn release(self) -> StateDir {
        drop(self.tie);
        self.state
    }
}

/// What the stages below `up` must know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LaunchConfig {
    pub(crate) name: String,
    pub(crate) nodes: u8,
    /// The sandbox ends when the pipe to the command is closed, also once it is ready.
    pub(crate) attached: bool,
    /// The state folder.
    pub(crate) state: PathBuf,
    /// Where our other programs are.
    pub(crate) programs: PathBuf,
    /// The running meshctl.
    pub(crate) meshctl: PathBuf,
    /// The API's address on the host.
    pub(crate) api: String,
    /// Whether all ids of the caller are mapped (it is root), or only one.
    pub(crate) all_ids: bool,
}

/// Starts a sandbox and waits until it answers.
///
/// # Errors
/// The first reason why it does not come up; nothing of it is left then.
pub fn up(options: &UpOptions, progress: &mut dyn FnMut(&str)) -> Result<Running> {
    let state = StateDir::of(&options.name)?;
    if state.is_running() {
        return Err(
            Failure::new(format!("the sandbox `{}` runs already", options.name))
                .with_hint("`meshctl sandbox down` ends it"),
        );
    }
    let meshctl = own_path().named(|| "cannot find the running program".to_owned())?;
    crate::programs::check(&crate::programs::folder(&meshctl))?;
    state.remove(false);
    state.create()?;
    let outcome = start_watchdog(&state, options, meshctl)
        .and_then(|mut watchdog| life::follow(&state, &mut watchdog, progress));
    match outcome {
        Ok(tie) => Ok(Running { state, tie }),
        Err(failure) => {
            state.remove(true);
            Err(failure)
        }
    }
}

fn start_watchdog(state: &StateDir, options: &UpOptions, meshctl: PathBuf) -> Result<Child> {
    let listener = TcpListener::bind("127.0.0.1:0").named(|| "cannot listen on 127.0.0.1".to_owned())?;
    let api = listener
        .local_addr()
        .named(|| "cannot read the API's address".to_owned())?;
    let config = LaunchConfig {
        name: options.name.clone(),
        nodes: options.nodes,
        attached: options.attached,
        state: state.file(""),
        programs: crate::programs::folder(&meshctl),
        meshctl,
        api: api.to_string(),
        all_ids: geteuid().is_root() && has_many_ids(),
    };
    stage::command(&config.meshctl, Stage::Watchdog, &config)?
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env(
            "RUST_LOG",
            std::env::var_os("RUST_LOG").unwrap_or_else(|| "info".into()),
        )
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::piped())
        .stderr(state.open_log(SANDBOX.log)?)
        .current_dir("/")
        .spawn()
        .named(|| "cannot start the sandbox's watchdog".to_owned())
}

fn has_many_ids() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.lines()
        .filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok())
        .sum::<u64>()
        > 1
}

/// Ends a sandbox and removes all it left, also after a crash. `false` when there was nothing.
///
/// # Errors
/// When it does not end.
pub fn down(name: &str) -> Result<bool> {
    let state = StateDir::of(name)?;
    if !state.file("").exists() {
        return Ok(false);
    }
    life::end(&state)?;
    state.remove(false);
    Ok(true)
}

/// The watchdog: in its own session, holds the lock, outlives the launcher, removes what is left.
pub(crate) fn watchdog(config: &LaunchConfig) -> Result<ExitCode> {
    setsid().named(|| "cannot start a session".to_owned())?;
    let state = StateDir::of_path(SANDBOX, &config.name, &config.state);
    let Some(_lock) = state.lock()? else {
        return Err(Failure::new(format!(
            "the sandbox `{}` runs already",
            config.name
        )));
    };
    let mut launcher = stage::command(&config.meshctl, Stage::Launcher, config)?
        .stdin(Stdio::inherit())
        .spawn()
        .named(|| "cannot start the sandbox's launcher".to_owned())?;
    let pid = i32::try_from(launcher.id()).unwrap_or_default();
    let own = Pid::this().as_raw();
    state.write_journal(&Journal {
        watchdog: own,
        root: pid,
        nodes: config.nodes,
        api: config.api.clone(),
    })?;
    // the pipe to the command and the listener belong to the supervisor alone from here on
    life::release_standard_streams()?;
    if config.all_ids {
        map_all_ids(&mut launcher)?;
    }
    let ended = launcher
        .wait()
        .named(|| "cannot wait for the launcher".to_owned())?;
    tracing::info!(%ended, "the sandbox has ended");
    // a sandbox that ended because its command did leaves nothing to explain
    state.remove(!ended.success());
    Ok(ExitCode::SUCCESS)
}

/// Maps every id the caller has onto itself, once the launcher has its own user namespace.
fn map_all_ids(launcher: &mut Child) -> Result<()> {
    let pid = launcher.id();
    let own = fs::read_link("/proc/self/ns/user").named(|| "cannot read the user namespace".to_owned())?;
    loop {
        match fs::read_link(format!("/proc/{pid}/ns/user")) {
            Ok(theirs) if theirs != own => break,
            _ if launcher.try_wait().ok().flatten().is_some() => return Ok(()),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    for map in ["uid_map", "gid_map"] {
        let ours =
            fs::read_to_string(format!("/proc/self/{map}")).named(|| format!("cannot read `{map}`"))?;
        let lines: Vec<_> = ours
            .lines()
            .filter_map(|line| {
                let mut fields = line.split_whitespace();
                let (inside, count) = (fields.next()?, fields.nth(1)?);
                Some(format!("{inside} {inside} {count}\n"))
            })
            .collect();
        fs::write(format!("/proc/{pid}/{map}"), lines.concat()).named(|| format!("cannot write `{map}`"))?;
    }
    Ok(())
}

/// The launcher: makes the namespaces, then waits for the supervisor.
pub(crate) fn launcher(config: &LaunchConfig) -> Result<ExitCode> {
    let parent = nix::unistd::getppid();
    enter_user_namespace(config)?;
    let rest = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    unshare(rest).named(|| "cannot make the sandbox's namespaces".to_owned())?;
    life::die_with(parent)?;
    let mut child = stage::command(&config.meshctl, Stage::Supervisor, config)?
        .stdin(Stdio::inherit())
        .spawn()
        .named(|| "cannot start the supervisor".to_owned())?;
    life::release_standard_streams()?;
    let ended = child
        .wait()
        .named(|| "cannot wait for the supervisor".to_owned())?;
    Ok(ExitCode::from(u8::from(!ended.success())))
}

fn enter_user_namespace(config: &LaunchConfig) -> Result<()> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER).named(|| "this machine forbids user namespaces".to_owned()).map_err(|failure| {
        failure.with_hint(
            "as root: `sysctl -w user.max_user_namespaces=15000`; on Debian also `sysctl -w \
             kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 and newer `sysctl -w \
             kernel.apparmor_restrict_unprivileged_userns=0`; in a container allow `unshare` in its seccomp profile",
        )
    })?;
    if config.all_ids {
        while fs::read("/proc/self/gid_map").is_ok_and(|map| map.is_empty()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        return Ok(());
    }
    let write = |file: &str, text: String| fs::write(file, text).named(|| format!("cannot write `{file}`"));
    write("/proc/self/setgroups", "deny".to_owned())?;
    write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    write("/proc/self/gid_map", format!("0 {gid} 1"))
}

/// The supervisor: process 1 of the sandbox.
pub(crate) fn supervisor(config: LaunchConfig) -> Result<ExitCode> {
    // the parent lives outside this process namespace, where its id reads 0
    life::die_with(Pid::from_raw(0))?;
    supervisor::run(config)
}
