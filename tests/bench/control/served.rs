//! The control plane as a process: one API server that pages, so many pods, so many proxies over TLS.
//!
//! The API server and the proxies are in this process, the control plane is a process of its own, so that its time and
//! memory are its own. On a machine with few cores they all share them: processor time is the figure to look at, and
//! times on the clock include whatever the API server and the proxies do.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service, ServiceAccount};
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{Fallible, mib, pod};

#[path = "../../../control-core/tests/served/client.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "made for another suite, whose tests fail by panicking"
)]
mod client;
#[path = "../../../control-core/tests/served/plane.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "made for another suite, whose tests fail by panicking"
)]
mod plane;
#[path = "proxies.rs"]
mod proxies;
#[path = "signing.rs"]
mod signing;

use plane::{Cluster, SYSTEM};

/// Requests to the API server at once while it is filled.
const AT_ONCE: usize = 64;
/// How long nothing happens while idleness is measured.
const QUIET: Duration = Duration::from_secs(20);
/// Single changes on an idle mesh.
const CHANGES: usize = 51;
/// For so long, changes come without a pause.
const SUSTAINED: Duration = Duration::from_secs(10);
const A_SECOND: usize = 1_000;
const START: Duration = Duration::from_mins(10);

/// How large everything is; smaller ones only for a quick look.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) pods: usize,
    pub(crate) proxies: usize,
}

/// A control plane that runs by itself.
pub(crate) struct Process {
    child: Child,
    ports: [SocketAddr; 4],
}

impl Process {
    /// Starts one against an API server, with the limits raised that a benchmark would measure instead.
    fn start(folder: &Path, more: &[(&str, &str)]) -> Fallible<Self> {
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr();
        let ports = [free()?, free()?, free()?, free()?];
        let flags = ["httpAddr", "httpsAddr", "secureGRPCAddr", "monitoringAddr"];
        let addresses = flags
            .iter()
            .zip(ports)
            .map(|(flag, port)| format!("--{flag}={port}"));
        let child = Command::new(env!("CARGO_BIN_EXE_mesh-control"))
            .arg("discovery")
            .args(addresses)
            .args([
                "--ctrlz_port=0",
                "--kubernetesApiQPS=100000",
                "--kubernetesApiBurst=100000",
            ])
            .arg(format!("--kubeconfig={}", folder.join("config").display()))
            .envs([
                ("PILOT_ENABLE_AMBIENT", "true"),
                ("CA_TRUSTED_NODE_ACCOUNTS", "istio-system/ztunnel"),
                ("PILOT_MAX_REQUESTS_PER_SECOND", "1000000"),
                ("CA_MAX_REQUESTS_PER_SECOND", "1000000"),
                ("POD_NAME", "istiod-1"),
                ("POD_NAMESPACE", SYSTEM),
            ])
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, ports })
    }

    /// Waits for `/ready`.
    async fn ready(&mut self) -> Fallible<Duration> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the control plane ended: {status}").into());
            }
            if let Ok(mut stream) = tokio::net::TcpStream::connect(self.ports[0]).await {
                stream
                    .write_all(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .await?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await?;
                if answer.starts_with("HTTP/1.1 200") {
                    return Ok(began.elapsed());
                }
            }
            if began.elapsed() > START {
                return Err("never ready".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn secure(&self) -> SocketAddr {
        self.ports[2]
    }

    /// Seconds of processor time so far.
    fn cpu(&self) -> Fallible<f64> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id())?);
        let clock = nix::time::clock_getcpuclockid(pid)?;
        Ok(Duration::from(nix::time::clock_gettime(clock)?).as_secs_f64())
    }

    /// The resident set, in bytes.
    fn resident(&self) -> Fallible<u64> {
        crate::resident_of(&self.child.id().to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it has nothing to give up
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything with sockets, one row a figure.
pub(crate) fn run(scale: Scale) -> Fallible<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        full(scale).await?;
        empty().await?;
        signing::run().await
    })
}

fn row(what: &str, value: &str, limit: &str) {
    println!("{what:<58} {value:>16}   {limit}");
}

/// A control plane over an empty cluster, and where its kubeconfig is.
async fn beside(
    cluster: &Cluster,
    more: &[(&str, &str)],
) -> Fallible<(Process, Duration, tempfile::TempDir)> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("config"), &cluster.api.kubeconfig)?;
    let mut process = Process::start(folder.path(), more)?;
    let took = process.ready().await?;
    Ok((process, took, folder))
}

async fn empty() -> Fallible<()> {
    let cluster = Cluster::start().await;
    let (process, _, _folder) = beside(&cluster, &[]).await?;
    // what only the start needed is given back after a few seconds
    tokio::time::sleep(Duration::from_secs(10)).await;
    row(
        "empty cluster, resident (MiB)",
        &format!("{:.1}", mib(process.resident()?)),
        "≤ 16",
    );
    Ok(())
}

async fn full(scale: Scale) -> Fallible<()> {
    let cluster = Cluster::start().await;
    cluster.definitions().await;
    fill(&cluster, scale.pods).await?;
    let (process, took, _folder) = beside(&cluster, &[]).await?;
    let title = format!("start with {} pods (s)", scale.pods);
    row(&title, &format!("{:.2}", took.as_secs_f64()), "≤ 10");
    row(
        "resident then (MiB)",
        &format!("{:.1}", mib(process.resident()?)),
        "",
    );
    let bundle = cluster.bundle("ns-0").await;
    let token = cluster.proxy_token().await;
    let versions = full_sync(&process, &bundle, &token).await?;
    let proxies =
        proxies::Proxies::connect(process.secure(), (&bundle, &token), &versions, scale.proxies).await?;
    drop(versions);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let title = format!("resident with {} proxies (MiB)", scale.proxies);
    row(&title, &format!("{:.1}", mib(process.resident()?)), "≤ 400");
    idle(&process).await?;
    single(&cluster, &process, &proxies, scale).await?;
    sustained(&cluster, &process, &proxies, scale).await
}

/// Namespaces, services, pods that run.
async fn fill(cluster: &Cluster, pods: usize) -> Fallible<()> {
    let began = Instant::now();
    let namespaces: Api<Namespace> = Api::all(cluster.admin.clone());
    let accounts: Vec<Value> = (0..pods.div_ceil(100) * 10)
        .map(|at| {
            json!({ "kind": "ServiceAccount",
                    "metadata": { "name": format!("app-{}", at % 10), "namespace": format!("ns-{}", at / 10) } })
        })
        .collect();
    // each kind before those that need it
    for kind in ["Namespace", "ServiceAccount", "Service", "Pod"] {
        let all = crate::objects(pods).chain(accounts.iter().cloned());
        let all = all.filter(|one| one["kind"] == kind);
        let failed = stream::iter(all)
            .map(|object| {
                let (client, namespaces) = (cluster.admin.clone(), namespaces.clone());
                async move { create(client, namespaces, object).await.err() }
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect::<Vec<_>>()
            .await;
        if let Some(error) = failed.into_iter().next() {
            return Err(error);
        }
    }
    println!(
        "filled the API server with {pods} pods in {:.0?}",
        began.elapsed()
    );
    Ok(())
}

async fn create(client: kube::Client, namespaces: Api<Namespace>, mut object: Value) -> Fallible<()> {
    let (new, namespace) = (PostParams::default(), object["metadata"]["namespace"].clone());
    let namespace = namespace.as_str().unwrap_or_default();
    match object["kind"].as_str() {
        Some("Namespace") => namespaces
            .create(&new, &serde_json::from_value(object)?)
            .await
            .map(drop)?,
        Some("ServiceAccount") => {
            let api: Api<ServiceAccount> = Api::namespaced(client, namespace);
            api.create(&new, &serde_json::from_value(object)?)
                .await
                .map(drop)?;
        }
        Some("Service") => {
            // the API server knows its own range of addresses
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.retain(|key, _| !key.starts_with("clusterIP"));
            }
            let api: Api<Service> = Api::namespaced(client, namespace);
            api.create(&new, &serde_json::from_value(object)?)
                .await
                .map(drop)?;
        }
        _ => {
            let api: Api<Pod> = Api::namespaced(client, namespace);
            let (name, status) = (object["metadata"]["name"].clone(), object["status"].take());
            object["spec"]["containers"][0]["image"] = json!("localhost/any:1");
            if let Some(meta) = object["metadata"].as_object_mut() {
                meta.remove("uid");
            }
            api.create(&new, &serde_json::from_value(object)?).await?;
            let status = json!({ "status": status });
            let name = name.as_str().unwrap_or_default();
            api.patch_status(name, &PatchParams::default(), &Patch::Merge(&status))
                .await
                .map(drop)?;
        }
    }
    Ok(())
}

/// One proxy that holds nothing, nine times; what it holds in the end, by name.
async fn full_sync(process: &Process, bundle: &str, token: &str) -> Fallible<Versions> {
    let mut times = Vec::new();
    let mut held = BTreeMap::new();
    for _ in 0..9 {
        let channel = client::channel(process.secure(), bundle).await;
        let began = Instant::now();
        let mut proxy = client::Proxy::open(channel, token, SYSTEM, BTreeMap::new()).await?;
        proxy.settle().await;
        times.push(began.elapsed());
        held = proxy.held;
    }
    times.sort();
    let count: usize = held.values().map(BTreeMap::len).sum();
    let title = format!("full sync of one proxy, {count} resources (s)");
    row(
        &title,
        &format!("{:.3}", times[times.len() / 2].as_secs_f64()),
        "≤ 1",
    );
    let versions = |(kind, table): (String, BTreeMap<String, (String, Vec<u8>)>)| {
        let table = table.into_iter().map(|(name, (version, _))| (name, version));
        (kind, table.collect())
    };
    Ok(held.into_iter().map(versions).collect())
}

type Versions = BTreeMap<String, std::collections::HashMap<String, String>>;

async fn idle(process: &Process) -> Fallible<()> {
    let before = process.cpu()?;
    tokio::time::sleep(QUIET).await;
    let part = (process.cpu()? - before) / QUIET.as_secs_f64() * 100.0;
    row(
        "idle, processor time (% of a core)",
        &format!("{part:.3}"),
        "≤ 0.2",
    );
    Ok(())
}

/// Makes one pod ready or not.
async fn change(client: kube::Client, object: Value) -> Fallible<()> {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    let api: Api<Pod> = Api::namespaced(client, text("namespace"));
    let status = json!({ "status": object["status"] });
    api.patch_status(text("name"), &PatchParams::default(), &Patch::Merge(&status))
        .await?;
    Ok(())
}

/// One change at a time on an idle mesh, until everybody has it.
async fn single(
    cluster: &Cluster,
    process: &Process,
    proxies: &proxies::Proxies,
    scale: Scale,
) -> Fallible<()> {
    let mut last = Vec::new();
    let mut all = Vec::new();
    let before = process.cpu()?;
    for at in 0..CHANGES {
        proxies.forget();
        let began = Instant::now();
        change(cluster.admin.clone(), pod(at * 7 % scale.pods, "False")).await?;
        let mut heard = proxies.heard(began, Duration::from_secs(30)).await?;
        heard.sort();
        last.push(*heard.last().unwrap_or(&Duration::ZERO));
        all.extend(heard);
        // the next one finds an idle mesh
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let spent = process.cpu()? - before;
    all.sort();
    last.sort();
    let at = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    row(
        "one change on an idle mesh, from the API to a proxy: p50 (ms)",
        &format!("{:.1}", at(&all, 50)),
        "",
    );
    row(
        "  p99 over all proxies and changes (ms)",
        &format!("{:.1}", at(&all, 99)),
        "≤ 50",
    );
    row(
        "  until the last proxy, median (ms)",
        &format!("{:.1}", at(&last, 50)),
        "",
    );
    let each = spent * 1e6 / (CHANGES as f64) / (scale.proxies as f64);
    row(
        "  processor time for one proxy and change (µs)",
        &format!("{each:.2}"),
        "≤ 5",
    );
    Ok(())
}

/// Changes without a pause; then how late the last one was.
async fn sustained(
    cluster: &Cluster,
    process: &Process,
    proxies: &proxies::Proxies,
    scale: Scale,
) -> Fallible<()> {
    proxies.forget();
    let before = process.cpu()?;
    let began = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(A_SECOND)?);
    let mut changes = JoinSet::new();
    let (mut done, mut at) = (0_usize, 0_usize);
    while began.elapsed() < SUSTAINED {
        tick.tick().await;
        // the mark is none of those that change
        let (client, among) = (cluster.admin.clone(), (scale.pods / 2).clamp(1, A_SECOND));
        let ready = if at / among % 2 == 0 { "True" } else { "False" };
        let patch = change(client, pod(at % among, ready));
        changes.spawn(async move { patch.await.is_ok() });
        at += 1;
        while changes.len() > AT_ONCE {
            done += usize::from(matches!(changes.join_next().await, Some(Ok(true))));
        }
    }
    while let Some(ended) = changes.join_next().await {
        done += usize::from(matches!(ended, Ok(true)));
    }
    let rate = done as f64 / began.elapsed().as_secs_f64();
    // a mark behind them all
    let marked = Instant::now();
    let last = scale.pods - 1;
    change(cluster.admin.clone(), pod(last, "False")).await?;
    let late = proxies.heard_of(&uid(last), Duration::from_mins(1)).await?;
    let spent = process.cpu()? - before;
    row(
        "sustained: changes a second that the API server took",
        &format!("{rate:.0}"),
        "1000",
    );
    let lag = late.saturating_duration_since(marked).as_secs_f64() * 1e3;
    row(
        "  a mark behind them, until the last proxy (ms)",
        &format!("{lag:.0}"),
        "≤ 200",
    );
    let each = spent * 1e6 / (done as f64) / (scale.proxies as f64);
    row(
        "  processor time for one proxy and change (µs)",
        &format!("{each:.2}"),
        "≤ 5",
    );
    Ok(())
}

fn uid(at: usize) -> String {
    format!("Kubernetes//Pod/ns-{}/pod-{at}", at / 100)
}
