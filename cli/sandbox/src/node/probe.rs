//! Probes: asked from the node's own namespaces as uid 0, so that the mesh's probe rules are really exercised.

use crate::node::context::MESHCTL;
use crate::stage::exec::ExecConfig;
use crate::stage::{self, Stage};
use k8s_openapi::api::core::v1::{Container, ExecAction, HTTPGetAction, Probe, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// Which question a probe answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Startup,
    Readiness,
    Liveness,
}

/// A probe's answer changed, or failed once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) container: String,
    /// The run that was asked.
    pub(crate) attempt: u32,
    pub(crate) question: Question,
    /// The threshold was crossed this way.
    pub(crate) verdict: Option<bool>,
    /// Why a single try failed.
    pub(crate) failure: Option<String>,
}

/// Whom to ask.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) container: Container,
    pub(crate) attempt: u32,
    pub(crate) address: IpAddr,
    pub(crate) pid: i32,
    pub(crate) spec: PathBuf,
}

/// How soon a readiness probe asks again before its first success.
const EAGER: Duration = Duration::from_millis(200);

/// Counts successes and failures in a row (pure).
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    successes: i32,
    failures: i32,
}

impl Tally {
    /// The verdict, when the threshold has just been reached.
    pub(crate) fn count(&mut self, ok: bool, probe: &Probe) -> Option<bool> {
        if ok {
            self.failures = 0;
            self.successes += 1;
            (self.successes == probe.success_threshold.unwrap_or(1).max(1)).then_some(true)
        } else {
            self.successes = 0;
            self.failures += 1;
            (self.failures == probe.failure_threshold.unwrap_or(3).max(1)).then_some(false)
        }
    }
}

/// Asks until the receiver goes away. A startup probe ends with its first verdict.
pub(crate) async fn ask(subject: Subject, question: Question, probe: Probe, answers: mpsc::Sender<Answer>) {
    let seconds = |value: Option<i32>, least| {
        Duration::from_secs(u64::try_from(value.unwrap_or(0)).unwrap_or(0).max(least))
    };
    let period = match probe.period_seconds {
        Some(period) if period > 0 => seconds(Some(period), 1),
        _ => Duration::from_secs(10),
    };
    sleep(seconds(probe.initial_delay_seconds, 0)).await;
    let patience = seconds(probe.timeout_seconds, 1);
    let mut tally = Tally::default();
    let (mut settled, mut ready_once, mut told) = (false, false, None);
    loop {
        let outcome = timeout(patience, once(&subject, &probe)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(format!("no answer within {} s", patience.as_secs())));
        let verdict = tally.count(outcome.is_ok(), &probe);
        settled |= verdict.is_some();
        ready_once |= verdict == Some(true);
        // the eager tries of a server that starts are not all news
        let is_news = told.is_none_or(|told: Instant| told.elapsed() >= period);
        let failure = outcome.err().filter(|_| is_news || verdict.is_some());
        if failure.is_some() {
            told = Some(Instant::now());
        }
        if verdict.is_some() || failure.is_some() {
            let answer = Answer {
                container: subject.container.name.clone(),
                attempt: subject.attempt,
                question,
                verdict,
                failure,
            };
            if answers.send(answer).await.is_err() {
                return;
            }
        }
        if settled && question == Question::Startup {
            return;
        }
        // a server that is starting is asked again soon, so that it is ready when it is and not a period later;
        // failures of the other probes have consequences, which take whole periods
        let is_starting = !ready_once && question == Question::Readiness;
        sleep(if is_starting { EAGER.min(period) } else { period }).await;
    }
}

async fn once(subject: &Subject, probe: &Probe) -> Result<(), String> {
    if let Some(action) = &probe.http_get {
        return http(subject, action).await;
    }
    if let Some(action) = &probe.tcp_socket {
        return tcp(subject, action).await;
    }
    if let Some(action) = &probe.exec {
        return exec(subject, action).await;
    }
    if let Some(action) = &probe.grpc {
        let address = SocketAddr::new(
            subject.address,
            u16::try_from(action.port).map_err(|error| error.to_string())?,
        );
        return TcpStream::connect(address)
            .await
            .map(drop)
            .map_err(|error| error.to_string());
    }
    Err("the probe has no action".to_owned())
}

fn port(container: &Container, port: &IntOrString) -> Result<u16, String> {
    let number = match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let named = container
                .ports
                .iter()
                .flatten()
                .find(|port| port.name.as_ref() == Some(name));
            named
                .map(|port| port.container_port)
                .or_else(|| name.parse().ok())
        }
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| format!("no port {port:?}"))
}

async fn tcp(subject: &Subject, action: &TCPSocketAction) -> Result<(), String> {
    let host = host(subject, action.host.as_deref())?;
    let address = SocketAddr::new(host, port(&subject.container, &action.port)?);
    TcpStream::connect(address)
        .await
        .map(drop)
        .map_err(|error| format!("dial tcp {address}: {error}"))
}

fn host(subject: &Subject, named: Option<&str>) -> Result<IpAddr, String> {
    match named.filter(|name| !name.is_empty()) {
        Some(name) => name
            .parse()
            .map_err(|_| format!("the probe's host `{name}` is not an address")),
        None => Ok(subject.address),
    }
}

pub(crate) async fn http(subject: &Subject, action: &HTTPGetAction) -> Result<(), String> {
    if action.scheme.as_deref() == Some("HTTPS") {
        // like the kubelet, which does not check the certificate; here only the handshake's port is asked
        return tcp(
            subject,
            &TCPSocketAction {
                host: action.host.clone(),
                port: action.port.clone(),
            },
        )
        .await;
    }
    let host = host(subject, action.host.as_deref())?;
    let address = SocketAddr::new(host, port(&subject.container, &action.port)?);
    let path = action
        .path
        .as_deref()
        .filter(|path| !path.is_empty())
        .unwrap_or("/");
    let mut request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: kube-probe/1.31\r\nAccept: */*\r\n");
    for header in action.http_headers.iter().flatten() {
        request.extend([&header.name, ": ", &header.value, "\r\n"]);
    }
    request.push_str("Connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(address)
        .await
        .map_err(|error| format!("dial tcp {address}: {error}"))?;
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| error.to_string())?;
    let mut head = vec![0; 4096];
    let mut length = 0;
    while length < 12 {
        let read = stream
            .read(&mut head[length..])
            .await
            .map_err(|error| error.to_string())?;
        if read == 0 {
            break;
        }
        length += read;
    }
    let status = std::str::from_utf8(&head[..length])
        .ok()
        .and_then(|head| head.split(' ').nth(1)?.get(..3)?.parse::<u16>().ok());
    match status {
        Some(200..=399) => Ok(()),
        Some(status) => Err(format!("HTTP probe failed with statuscode: {status}")),
        None => Err("the answer is not HTTP".to_owned()),
    }
}

async fn exec(subject: &Subject, action: &ExecAction) -> Result<(), String> {
    run_in(subject, action.command.clone().unwrap_or_default()).await
}

/// Runs a command in the container; success is exit code 0.
pub(crate) async fn run_in(subject: &Subject, argv: Vec<String>) -> Result<(), String> {
    let config = ExecConfig {
        spec: subject.spec.clone(),
        pid: subject.pid,
        argv,
        tty: false,
    };
    let command =
        stage::command(Path::new(MESHCTL), Stage::Exec, &config).map_err(|failure| failure.chain())?;
    let output = Command::from(command)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("command ended with {}: {}", output.status, said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_as_many_answers_in_a_row_as_the_threshold_says() {
        let probe = Probe {
            failure_threshold: Some(2),
            ..Probe::default()
        };
        let mut tally = Tally::default();
        let verdicts: Vec<_> = [true, false, true, false, false, false]
            .map(|ok| tally.count(ok, &probe))
            .to_vec();
        assert_eq!(verdicts, [Some(true), None, Some(true), None, Some(false), None]);
    }
}
