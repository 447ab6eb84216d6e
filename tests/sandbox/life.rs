//! Starts and ends of sandboxes: wanted, interrupted, violent.

use crate::processes::{self, Process};
use crate::shell::{Shell, fails, says};
use crate::stage::{Sandbox, User};
use libtest_mimic::Failed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills each part in turn; the rest ends by itself or with `down`, and nothing is left.
pub(crate) fn deaths(user: User) -> Result<(), Failed> {
    let mut sandbox = Sandbox::none("deaths", user)?;
    let down = format!("sandbox down --name {}", sandbox.name());
    for role in [
        "__watchdog",
        "__launcher",
        "__supervisor",
        "__node",
        "__node-init",
        "__pause",
        "__shim",
    ] {
        sandbox.start(1)?;
        let again = sandbox.try_meshctl(&format!("sandbox up --name {}", sandbox.name()))?;
        fails(&again, 1, "runs already")?;
        let family = family(&sandbox)?;
        let victim = family
            .iter()
            .find(|process| process.role == role)
            .ok_or_else(|| format!("no {role} among {family:?}"))?;
        kill(Pid::from_raw(victim.pid), Signal::SIGKILL)?;
        if ["__watchdog", "__launcher", "__supervisor"].contains(&role) {
            all_end(&family).map_err(|failed| told(role, &failed))?;
        }
        says(&sandbox.meshctl(&down)?, "is gone")?;
        all_end(&family).map_err(|failed| told(role, &failed))?;
        says(&sandbox.meshctl(&down)?, "there is no sandbox")?;
        nothing_left(&sandbox)?;
    }
    Ok(())
}

fn told(role: &str, failed: &Failed) -> Failed {
    format!(
        "after the death of {role}: {}",
        failed.message().unwrap_or_default()
    )
    .into()
}

/// Waits until none of them lives any more.
fn all_end(processes: &[Process]) -> Result<(), Failed> {
    let begin = Instant::now();
    let lives = |process: &&Process| {
        let now = Process::read(process.pid);
        now.is_some_and(|now| now.started == process.started)
    };
    loop {
        let alive: Vec<_> = processes.iter().filter(lives).collect();
        if alive.is_empty() {
            return Ok(());
        }
        if begin.elapsed() > Duration::from_secs(10) {
            return Err(format!("these processes are left: {alive:?}").into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// All processes of a running sandbox.
fn family(sandbox: &Sandbox) -> Result<Vec<Process>, Failed> {
    let journal: serde_json::Value =
        serde_json::from_slice(&std::fs::read(sandbox.state_file("journal.json"))?)?;
    let watchdog = journal["watchdog"]
        .as_i64()
        .and_then(|pid| i32::try_from(pid).ok());
    Ok(processes::family(
        watchdog.ok_or("the journal names no watchdog")?,
    ))
}

fn nothing_left(sandbox: &Sandbox) -> Result<(), Failed> {
    if sandbox.state().exists() {
        let left = sandbox.sh(&format!("find {}", sandbox.state().display()))?;
        return Err(format!("state is left: {left}").into());
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
    if mounts.contains(sandbox.name()) || mounts.contains("/run/meshctl") {
        return Err(format!("mounts are left: {mounts}").into());
    }
    Ok(())
}

/// A node whose process 1 is killed has lost its power: it comes back, and so do its pods.
pub(crate) fn power_loss() -> Result<(), Failed> {
    let sandbox = Sandbox::up("power", User::Own, 1)?;
    sandbox.sh("kubectl create deployment web --image=nginx --port=80")?;
    sandbox.sh("kubectl expose deployment web --port=80")?;
    sandbox.sh("kubectl rollout status deployment/web --timeout=60s")?;
    let boot = "kubectl get node node-1 -o jsonpath='{.status.nodeInfo.bootID}'";
    let before = sandbox.sh(boot)?;
    // the node must have been up for long enough that its end is no failed start
    std::thread::sleep(Duration::from_secs(3));
    let victim = family(&sandbox)?
        .into_iter()
        .find(|process| process.role == "__node-init");
    kill(Pid::from_raw(victim.ok_or("no node")?.pid), Signal::SIGKILL)?;
    sandbox.until(&format!("test \"$({boot})\" != {before}"))?;
    sandbox.until(
        "kubectl get pods -l app=web -o jsonpath='{.items[0].status.containerStatuses[0].restartCount}' | grep -x 1",
    )?;
    sandbox.until(
        "kubectl get endpointslices -l kubernetes.io/service-name=web \
                   -o jsonpath='{.items[0].endpoints[0].conditions.ready}' | grep true",
    )?;
    sandbox
        .until("kubectl get pods -n kube-system -l k8s-app=kube-dns | grep 1/1")
        .map(drop)
}

/// `up` is killed or interrupted at many moments.
pub(crate) fn interrupted() -> Result<(), Failed> {
    let sandbox = Sandbox::none("interrupted", User::Own)?;
    for (signal, after) in [
        (Signal::SIGINT, 20),
        (Signal::SIGINT, 150),
        (Signal::SIGKILL, 60),
        (Signal::SIGKILL, 300),
    ] {
        let up = format!("exec meshctl sandbox up --name {} --nodes 2", sandbox.name());
        let mut command = sandbox.as_user(&up).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(Duration::from_millis(after));
        let pid = i32::try_from(command.id())?;
        let started = processes::family(pid);
        kill(Pid::from_raw(pid), signal)?;
        if command.wait()?.success() {
            return Err(format!("the start was over before {signal} after {after} ms").into());
        }
        all_end(&started)?;
        until_no_process(&sandbox).map_err(|failed| format!("after {signal} at {after} ms: {failed:?}"))?;
        // what was interrupted before anything ran is removed by the next command
        sandbox.meshctl(&format!("sandbox down --name {}", sandbox.name()))?;
        nothing_left(&sandbox)?;
    }
    attached(&sandbox)
}

/// `up --foreground` takes the sandbox along, however it ends.
fn attached(sandbox: &Sandbox) -> Result<(), Failed> {
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let up = format!(
            "exec meshctl sandbox up --name {} --nodes 1 --foreground",
            sandbox.name()
        );
        let mut command = sandbox.as_user(&up).stderr(Stdio::null()).spawn()?;
        let begin = Instant::now();
        while !sandbox.state_file("kubeconfig").exists() {
            if begin.elapsed() > Duration::from_mins(1) || command.try_wait()?.is_some() {
                return Err("the sandbox did not come up".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // the kubeconfig is written just before the command hears of it
        std::thread::sleep(Duration::from_millis(500));
        let family = family(sandbox)?;
        kill(Pid::from_raw(i32::try_from(command.id())?), signal)?;
        command.wait()?;
        all_end(&family)?;
        until_no_process(sandbox)?;
        nothing_left(sandbox)?;
    }
    Ok(())
}

/// The watchdog is in a session of its own and cannot be found as a descendant: its name is in its arguments.
fn until_no_process(sandbox: &Sandbox) -> Result<(), Failed> {
    let begin = Instant::now();
    let named = format!("\"name\":\"{}\"", sandbox.name());
    loop {
        let entries = std::fs::read_dir("/proc")?.flatten();
        let left: Vec<_> = entries
            .filter(|entry| {
                std::fs::read(entry.path().join("cmdline"))
                    .is_ok_and(|words| String::from_utf8_lossy(&words).contains(&named))
            })
            .map(|entry| entry.file_name())
            .collect();
        if left.is_empty() {
            return Ok(());
        }
        if begin.elapsed() > Duration::from_secs(20) {
            return Err(format!("processes of `{}` are left: {left:?}", sandbox.name()).into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two sandboxes have the same addresses and nothing in common.
pub(crate) fn two_at_once() -> Result<(), Failed> {
    let (first, second) = (
        Sandbox::up("first", User::Own, 1)?,
        Sandbox::up("second", User::Own, 1)?,
    );
    first.sh("kubectl create namespace only-here")?;
    fails(&second.try_sh("kubectl get namespace only-here")?, 1, "NotFound")?;
    let stranger = second.state_file("kubeconfig").display().to_string();
    let certificates = [
        first.sh("kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}'")?,
        first.sh(&format!(
            "kubectl --kubeconfig {stranger} config view --raw -o jsonpath='{{.clusters[0].cluster.certificate-authority-data}}'"
        ))?,
    ];
    if certificates[0] == certificates[1] {
        return Err("two sandboxes share an authority".into());
    }
    first.meshctl(&format!("sandbox down --name {}", first.name()))?;
    second.sh("kubectl get nodes").map(drop)
}

/// The limit is this test's own: a user namespace has one, and the new one's is set to none.
pub(crate) fn no_user_namespaces() -> Result<(), Failed> {
    let sandbox = Sandbox::none("forbidden", User::Own)?;
    let script = format!(
        "unshare --user --map-root-user bash -c \
         'echo 0 > /proc/sys/user/max_user_namespaces; exec meshctl sandbox up --name {}'",
        sandbox.name()
    );
    let refused = sandbox.try_sh(&script)?;
    fails(&refused, 1, "this machine forbids user namespaces")?;
    fails(&refused, 1, "user.max_user_namespaces")?;
    sandbox.meshctl(&format!("sandbox down --name {}", sandbox.name()))?;
    nothing_left(&sandbox)
}
