//! The control plane as a process: one API server that pages, so many pods, so many proxies over TLS.
//!
//! The API server and the proxies are in this process, the control plane is a process of its own, so that its time and
//! memory are its own. On a machine with few cores they all share them: processor time is the figure to look at, and
//! times on the clock include whatever the API server and the proxies do meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::report::{Goal, Report, Row};
use crate::{Fallible, mib, pod};

#[path = "arrival.rs"]
mod arrival;
#[path = "../../../control-core/tests/served/client.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "made for another suite, whose tests fail by panicking"
)]
mod client;
#[path = "fill.rs"]
mod fill;
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
/// How long nothing happens while idleness is measured: twice what passes between two looks at whether a proxy is there.
const QUIET: Duration = Duration::from_mins(1);
/// Single changes on an idle mesh.
const CHANGES: usize = 51;
/// For so long, changes come without a pause.
const SUSTAINED: Duration = Duration::from_secs(20);
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(1);
/// How many pods they concern.
const AMONG: usize = 1_000;
/// Changes among them that are waited for, one after the other.
const MARKS: usize = 15;
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

/// Everything with sockets.
pub(crate) fn run(scale: Scale, report: &mut Report) -> Fallible<()> {
    runtime()?.block_on(async {
        empty(report).await?;
        full(scale, report).await
    })
}

/// Certificates.
pub(crate) fn sign(report: &mut Report) -> Fallible<()> {
    runtime()?.block_on(signing::run(report))
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
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

async fn empty(report: &mut Report) -> Fallible<()> {
    let cluster = Cluster::start().await;
    let (process, took, _folder) = beside(&cluster, &[]).await?;
    report.add(Row::new(
        "start with an empty cluster",
        took.as_secs_f64(),
        "s",
        Goal::None,
    ));
    // what only the start needed is given back after a few seconds
    tokio::time::sleep(Duration::from_secs(10)).await;
    let resident = mib(process.resident()?);
    report.add(Row::new(
        "resident with an empty cluster",
        resident,
        "MiB",
        Goal::AtMost(16.0),
    ));
    Ok(())
}

async fn full(scale: Scale, report: &mut Report) -> Fallible<()> {
    let cluster = Cluster::start().await;
    cluster.definitions().await;
    fill::fill(&cluster, scale.pods).await?;
    let (process, took, _folder) = beside(&cluster, &[]).await?;
    let (start, resident) = (took.as_secs_f64(), mib(process.resident()?));
    report.add(Row::new(
        format!("start with {} pods", scale.pods),
        start,
        "s",
        Goal::AtMost(10.0),
    ));
    report.add(Row::new(
        "processor time of that",
        process.cpu()?,
        "s",
        Goal::None,
    ));
    report.add(Row::new("resident then", resident, "MiB", Goal::None));
    let bundle = cluster.bundle("ns-0").await;
    let token = cluster.proxy_token().await;
    let versions = full_sync(&process, (&bundle, &token), report).await?;
    let before = idle(&process).await?;
    let proxies =
        proxies::Proxies::connect(process.secure(), (&bundle, &token), &versions, scale.proxies).await?;
    drop(versions);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let resident = mib(process.resident()?);
    let title = format!("resident with {} proxies", scale.proxies);
    report.add(Row::new(title, resident, "MiB", Goal::AtMost(400.0)));
    let quiet = idle(&process).await?;
    report.add(Row::new(
        "idle without proxies",
        before * 100.0,
        "% of a core",
        Goal::None,
    ));
    let title = format!("idle with {} quiet proxies", scale.proxies);
    report.add(Row::new(title, quiet * 100.0, "% of a core", Goal::AtMost(0.2)));
    let meshed = Meshed {
        cluster: &cluster,
        process: &process,
        proxies: &proxies,
        scale,
        quiet,
    };
    single(&meshed, report).await?;
    sustained(&meshed, report).await?;
    let resident = mib(process.resident()?);
    report.add(Row::new(
        "resident after all that",
        resident,
        "MiB",
        Goal::AtMost(400.0),
    ));
    Ok(())
}

/// A control plane with proxies.
struct Meshed<'a> {
    cluster: &'a Cluster,
    process: &'a Process,
    proxies: &'a proxies::Proxies,
    scale: Scale,
    /// The part of a core that it uses when nothing happens.
    quiet: f64,
}

impl Meshed<'_> {
    /// Microseconds of processor time for each of so many changes and one proxy, without what is used anyway.
    fn each(&self, (before, began): (f64, Instant), changes: usize) -> Fallible<f64> {
        let spent = self.process.cpu()? - before - self.quiet * began.elapsed().as_secs_f64();
        Ok(spent * 1e6 / (changes as f64) / (self.scale.proxies as f64))
    }
}

/// One proxy that holds nothing, nine times; what it holds in the end, by name.
async fn full_sync(
    process: &Process,
    (bundle, token): (&str, &str),
    report: &mut Report,
) -> Fallible<Versions> {
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
    let (title, middle) = (
        format!("full sync of one proxy, {count} resources"),
        times[times.len() / 2],
    );
    report.add(Row::new(title, middle.as_secs_f64(), "s", Goal::AtMost(1.0)));
    let versions = |(kind, table): (String, BTreeMap<String, (String, Vec<u8>)>)| {
        let table = table.into_iter().map(|(name, (version, _))| (name, version));
        (kind, table.collect())
    };
    Ok(held.into_iter().map(versions).collect())
}

type Versions = BTreeMap<String, std::collections::HashMap<String, String>>;

/// The part of a core that is used when nothing happens.
async fn idle(process: &Process) -> Fallible<f64> {
    let before = process.cpu()?;
    tokio::time::sleep(QUIET).await;
    Ok((process.cpu()? - before) / QUIET.as_secs_f64())
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
async fn single(meshed: &Meshed<'_>, report: &mut Report) -> Fallible<()> {
    let (mut last, mut all) = (Vec::new(), Vec::new());
    let since = (meshed.process.cpu()?, Instant::now());
    for at in 0..CHANGES {
        meshed.proxies.listen("");
        let began = Instant::now();
        let pod = pod(at * 7 % meshed.scale.pods, "False");
        change(meshed.cluster.admin.clone(), pod).await?;
        let mut heard = meshed.proxies.heard(began, Duration::from_secs(30)).await?;
        heard.sort();
        last.push(*heard.last().unwrap_or(&Duration::ZERO));
        all.extend(heard);
        // the next one finds an idle mesh
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let each = meshed.each(since, CHANGES)?;
    all.sort();
    last.sort();
    let of = |times: &[Duration], part: usize| millis(times[(times.len() - 1) * part / 100]);
    let mut add = |what: &str, measured: f64, unit: &'static str, goal: Goal| {
        report.add(Row::new(
            format!("one change on an idle mesh: {what}"),
            measured,
            unit,
            goal,
        ));
    };
    add("from the API to a proxy, p50", of(&all, 50), "ms", Goal::None);
    add("p99 over all proxies", of(&all, 99), "ms", Goal::AtMost(50.0));
    add("until the last proxy, median", of(&last, 50), "ms", Goal::None);
    add("processor time for a proxy", each, "µs", Goal::AtMost(5.0));
    Ok(())
}

/// Changes without a pause, and how late some of them are.
async fn sustained(meshed: &Meshed<'_>, report: &mut Report) -> Fallible<()> {
    let since = (meshed.process.cpu()?, Instant::now());
    let among = (meshed.scale.pods / 2).clamp(1, AMONG);
    let (done, late) = tokio::join!(drive(&meshed.cluster.admin, among), marks(meshed, among));
    let (mut late, rate) = (late?, done as f64 / since.1.elapsed().as_secs_f64());
    let each = meshed.each(since, done)?;
    late.sort();
    let mut add = |what: &str, measured: f64, unit: &'static str, goal: Goal| {
        report.add(Row::new(
            format!("sustained changes: {what}"),
            measured,
            unit,
            goal,
        ));
    };
    add("taken by the API server", rate, "/s", Goal::AtLeast(950.0));
    add(
        "from the API to a proxy, p50",
        millis(late[late.len() / 2]),
        "ms",
        Goal::None,
    );
    add(
        "p99 over all proxies",
        millis(late[(late.len() - 1) * 99 / 100]),
        "ms",
        Goal::AtMost(200.0),
    );
    add(
        "processor time for a proxy and change",
        each,
        "µs",
        Goal::AtMost(5.0),
    );
    Ok(())
}

/// Changes pods of the first so many for a while; how many times the API server took it.
async fn drive(client: &kube::Client, among: usize) -> usize {
    let (began, mut changes, mut done) = (Instant::now(), JoinSet::new(), 0);
    let mut tick = tokio::time::interval(PAUSE);
    let mut at = 0_usize;
    while began.elapsed() < SUSTAINED {
        tick.tick().await;
        let ready = if (at / among).is_multiple_of(2) {
            "True"
        } else {
            "False"
        };
        let patch = change(client.clone(), pod(at % among, ready));
        changes.spawn(async move { patch.await.is_ok() });
        at += 1;
        while changes.len() > AT_ONCE {
            done += usize::from(matches!(changes.join_next().await, Some(Ok(true))));
        }
    }
    while let Some(ended) = changes.join_next().await {
        done += usize::from(matches!(ended, Ok(true)));
    }
    done
}

/// Changes of pods behind those, one after the other, and how late each proxy hears of each.
async fn marks(meshed: &Meshed<'_>, behind: usize) -> Fallible<Vec<Duration>> {
    let mut late = Vec::new();
    for at in 0..MARKS {
        tokio::time::sleep(SUSTAINED / u32::try_from(MARKS)? / 2).await;
        let mark = behind + at % (meshed.scale.pods - behind).max(1);
        meshed.proxies.listen(&uid(mark));
        let began = Instant::now();
        change(meshed.cluster.admin.clone(), pod(mark, "False")).await?;
        late.extend(meshed.proxies.heard(began, Duration::from_mins(1)).await?);
    }
    Ok(late)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn uid(at: usize) -> String {
    format!("Kubernetes//Pod/ns-{}/pod-{at}", at / 100)
}
