//! One run of a container: resolved, started, signalled, waited for.

use crate::error::{Failure, Named, Result};
use crate::node::context::{MESHCTL, NodeContext, PROGRAMS, log_file, pod_dir, uid};
use crate::node::plan::{self, Runs};
use crate::node::sandbox::PodSandbox;
use crate::node::volumes::{self, Volumes};
use crate::node::{environment, security};
use crate::spec::{ContainerSpec, Ended, MountSpec, Namespaces, ProcessSpec};
use crate::stage::stub::StubConfig;
use crate::stage::{self, Stage};
use k8s_openapi::api::core::v1::{Container, Pod, VolumeMount};
use kube::ResourceExt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// Why a container waits instead of running: the reason and message of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

/// A container that was started.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) dir: PathBuf,
    pub(crate) pid: i32,
    pub(crate) shim: Child,
    pub(crate) ran: &'static str,
    /// What of the pod's wishes could not be applied.
    pub(crate) ignored: Vec<String>,
}

/// What a run needs from its pod.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PodParts<'a> {
    pub(crate) node: &'a NodeContext,
    pub(crate) pod: &'a Pod,
    pub(crate) sandbox: &'a PodSandbox,
    pub(crate) volumes: &'a Volumes,
}

/// Starts the container's run number `attempt`.
pub(crate) async fn start(
    parts: PodParts<'_>,
    container: &Container,
    is_init: bool,
    attempt: u32,
) -> std::result::Result<Started, Waiting> {
    let config_error = |message: String| Waiting {
        reason: "CreateContainerConfigError",
        message,
    };
    let runs = plan::plan(parts.pod, container, is_init, plan::exists_on_machine);
    let ran = runs.word();
    let env = environment::gather(parts.node, parts.pod, container)
        .await
        .map_err(config_error)?;
    let (spec, ignored) = resolve(parts, container, runs, (attempt, env))?;
    let create_error = |failure: Failure| Waiting {
        reason: "CreateContainerError",
        message: failure.chain(),
    };
    let file = spec.write().map_err(create_error)?;
    let (shim, pid) = spawn(&spec, &file).await.map_err(create_error)?;
    Ok(Started {
        dir: spec.dir,
        pid,
        shim,
        ran,
        ignored,
    })
}

/// Where a stub finds this program.
const STUB: &str = "/.meshctl/meshctl";

type Env = Vec<(String, String)>;

fn resolve(
    parts: PodParts<'_>,
    container: &Container,
    runs: Runs,
    (attempt, env): (u32, Env),
) -> std::result::Result<(ContainerSpec, Vec<String>), Waiting> {
    let (pod, pod_spec) = (parts.pod, parts.pod.spec.clone().unwrap_or_default());
    let map: BTreeMap<String, String> = env.iter().cloned().collect();
    let mut mounts = image_files(&runs)?;
    let argv = argv(runs, container, &map, &mut mounts)?;
    mounts.extend(pod_files(pod));
    mounts.extend(volume_mounts(parts.volumes, container, &map)?);
    let verdict = security::judge(&pod_spec, container, parts.node.config.all_ids);
    let spec = ContainerSpec {
        meshctl: PathBuf::from(MESHCTL),
        dir: pod_dir(&uid(pod)).join(&container.name).join(attempt.to_string()),
        log: log_file(pod, &container.name, attempt),
        namespaces: Namespaces {
            pause: parts.sandbox.pid,
            host_network: pod_spec.host_network == Some(true),
            host_pid: pod_spec.host_pid == Some(true),
            host_ipc: pod_spec.host_ipc == Some(true),
        },
        mounts,
        privileges: verdict.applies,
        process: ProcessSpec {
            argv,
            env,
            cwd: container.working_dir.clone().unwrap_or_else(|| "/".to_owned()),
        },
    };
    Ok((spec, verdict.ignored))
}

/// What is executed; a stub brings a mount of its own.
fn argv(
    runs: Runs,
    container: &Container,
    env: &BTreeMap<String, String>,
    mounts: &mut Vec<MountSpec>,
) -> std::result::Result<Vec<String>, Waiting> {
    match runs {
        Runs::Program { argv, .. } | Runs::Host { argv } => {
            Ok(argv.iter().map(|word| environment::expand(word, env)).collect())
        }
        Runs::Stub { tcp, udp } => {
            mounts.push(show(PathBuf::from(MESHCTL), STUB, true));
            let image = container.image.clone().unwrap_or_default();
            let config = serde_json::to_string(&StubConfig { tcp, udp, image }).unwrap_or_default();
            Ok([STUB, "sandbox", Stage::Stub.word(), &config]
                .map(str::to_owned)
                .to_vec())
        }
        Runs::Nothing { reason } => Err(Waiting {
            reason: "ErrImagePull",
            message: reason,
        }),
    }
}

fn volume_mounts(
    volumes: &Volumes,
    container: &Container,
    env: &BTreeMap<String, String>,
) -> std::result::Result<Vec<MountSpec>, Waiting> {
    let shown = |mount: VolumeMount| {
        let from = volumes.source(&mount, |text| environment::expand(text, env));
        let from = from.map_err(|message| Waiting {
            reason: "CreateContainerConfigError",
            message,
        })?;
        Ok(MountSpec {
            from,
            to: PathBuf::from(&mount.mount_path),
            read_only: mount.read_only == Some(true),
            propagate: mount
                .mount_propagation
                .as_deref()
                .is_some_and(|kind| kind != "None"),
        })
    };
    volumes::mounts(container).into_iter().map(shown).collect()
}

fn show(from: PathBuf, to: &str, read_only: bool) -> MountSpec {
    MountSpec {
        from,
        to: PathBuf::from(to),
        read_only,
        propagate: false,
    }
}

/// The programs of an image of ours, at the image's paths.
fn image_files(runs: &Runs) -> std::result::Result<Vec<MountSpec>, Waiting> {
    let Runs::Program { image, .. } = runs else {
        return Ok(Vec::new());
    };
    let mut mounts = Vec::new();
    for (path, program) in image.files {
        let from = if *program == "meshctl" {
            PathBuf::from(MESHCTL)
        } else {
            Path::new(PROGRAMS).join(program)
        };
        if !from.exists() {
            let message = format!(
                "the program `{program}` is not beside meshctl; build it with `cargo build --release --workspace`, or set \
                 MESHCTL_PROGRAMS_DIR before `meshctl sandbox up`"
            );
            return Err(Waiting {
                reason: "ErrImagePull",
                message,
            });
        }
        mounts.push(show(from, path, true));
    }
    Ok(mounts)
}

/// The files of `/etc` that differ from pod to pod; prepared by [`prepare_files`].
fn pod_files(pod: &Pod) -> Vec<MountSpec> {
    let dir = pod_dir(&uid(pod)).join("etc");
    let files = ["hosts", "hostname", "resolv.conf"];
    files
        .iter()
        .map(|name| show(dir.join(name), &format!("/etc/{name}"), false))
        .collect()
}

/// Writes the pod's `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf`.
pub(crate) fn prepare_files(node: &NodeContext, pod: &Pod, sandbox: &PodSandbox) -> Result<()> {
    let dir = pod_dir(&uid(pod)).join("etc");
    let what = || format!("cannot prepare `{}`", dir.display());
    fs::create_dir_all(&dir).named(what)?;
    let spec = pod.spec.clone().unwrap_or_default();
    let host = spec.host_network == Some(true);
    let hostname = if host {
        node.config.name.clone()
    } else {
        spec.hostname.clone().unwrap_or_else(|| pod.name_any())
    };
    let mut hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n".to_owned();
    for address in &sandbox.addresses {
        hosts.extend([&address.to_string(), "\t", &hostname, "\n"]);
    }
    for alias in spec.host_aliases.iter().flatten() {
        hosts.extend([
            alias.ip.as_str(),
            "\t",
            &alias.hostnames.clone().unwrap_or_default().join("\t"),
            "\n",
        ]);
    }
    fs::write(dir.join("hosts"), hosts).named(what)?;
    fs::write(dir.join("hostname"), format!("{hostname}\n")).named(what)?;
    fs::write(dir.join("resolv.conf"), resolver(pod)).named(what)
}

/// The pod's resolver configuration (decisions 9: cluster DNS, five dots).
fn resolver(pod: &Pod) -> String {
    let spec = pod.spec.clone().unwrap_or_default();
    let policy = spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    let own = spec.dns_config.clone().unwrap_or_default();
    let cluster = match policy {
        "ClusterFirst" => spec.host_network != Some(true),
        "ClusterFirstWithHostNet" => true,
        _ => false,
    };
    let (mut servers, mut search, mut options) = (Vec::new(), Vec::new(), Vec::new());
    if cluster {
        let (namespace, domain) = (pod.namespace().unwrap_or_default(), crate::addresses::DOMAIN);
        servers.push(crate::addresses::DNS_VIP.to_string());
        search.extend([
            format!("{namespace}.svc.{domain}"),
            format!("svc.{domain}"),
            domain.to_owned(),
        ]);
        options.push("ndots:5".to_owned());
    }
    servers.extend(own.nameservers.unwrap_or_default());
    search.extend(own.searches.unwrap_or_default());
    let option = |option: k8s_openapi::api::core::v1::PodDNSConfigOption| {
        let name = option.name.unwrap_or_default();
        option
            .value
            .map_or(name.clone(), |value| format!("{name}:{value}"))
    };
    options.extend(own.options.unwrap_or_default().into_iter().map(option));
    let mut text = String::new();
    for server in &servers {
        text.extend(["nameserver ", server, "\n"]);
    }
    for (word, list) in [("search", search), ("options", options)] {
        if !list.is_empty() {
            text.extend([word, " ", &list.join(" "), "\n"]);
        }
    }
    text
}

async fn spawn(spec: &ContainerSpec, file: &crate::spec::SpecFile) -> Result<(Child, i32)> {
    for name in ["pid", "exit", "error"] {
        drop(fs::remove_file(spec.dir.join(name)));
    }
    let command = stage::command(Path::new(MESHCTL), Stage::Shim, file)?;
    let mut shim = Command::from(command)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .named(|| "cannot start the container".to_owned())?;
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let pid = fs::read_to_string(spec.dir.join("pid"))
            .ok()
            .and_then(|text| text.trim().parse().ok());
        if let Some(pid) = pid {
            return Ok((shim, pid));
        }
        if let Ok(Some(status)) = shim.try_wait() {
            return Err(Failure::new(format!(
                "the container's parent ended at once ({status})"
            )));
        }
        if Instant::now() > deadline {
            drop(shim.kill().await);
            return Err(Failure::new("the container did not start within 20 s"));
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// Waits for the end of a run. A shim that was killed counts as a killed container: they die together.
pub(crate) async fn wait(shim: &mut Child, dir: &Path) -> Ended {
    drop(shim.wait().await);
    let written = fs::read(dir.join("exit"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    drop(fs::remove_dir(dir.join("root")));
    written.unwrap_or(Ended {
        code: 137,
        signal: Some(9),
    })
}

/// Why a run could not even begin, if that is how it ended.
pub(crate) fn start_error(dir: &Path) -> Option<String> {
    fs::read_to_string(dir.join("error")).ok()
}

/// Sends a signal to a container's first process; one that is gone is fine.
pub(crate) fn send(pid: i32, signal: Signal) {
    let _ = kill(Pid::from_raw(pid), signal);
}
