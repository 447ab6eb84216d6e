//! The program that the container runtime starts for every pod: asks whether the pod belongs to the mesh and, if so,
//! holds its start until the agent has captured it (cni-agent.md 6). When in doubt it fails, so that the pod waits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client};
use mesh_sys::program::chain;
use mesh_wire::well_known::{name, path};
use serde_json::json;
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout_at};

use super::journal::{Journal, Level};
use super::protocol::{
    AddRequest, Failure, GENERIC, INVALID_ENVIRONMENT, PodNames, Settings, TRY_AGAIN, VERSIONS, addresses,
    pod_names,
};
use crate::enroll::{self, PodFacts, Rules, Verdict, default_selectors};

/// The whole addition.
const ADD: Duration = Duration::from_secs(20);
/// The agent's part of it.
const POST: Duration = Duration::from_secs(15);
/// Between questions to the API server.
const PAUSE: Duration = Duration::from_secs(1);
/// One question.
const QUESTION: Duration = Duration::from_secs(5);
const MAX_ANSWER: usize = 64 * 1024;

/// One call of the runtime.
#[derive(Debug)]
pub struct Call {
    /// `CNI_COMMAND`, `CNI_ARGS`, `CNI_NETNS` and the others.
    pub environment: BTreeMap<String, String>,
    /// Standard input.
    pub input: Vec<u8>,
}

impl Call {
    fn variable(&self, name: &str) -> &str {
        self.environment.get(name).map_or("", String::as_str)
    }

    /// What to print; the version of a failure is that of the input, as far as it can be read.
    pub async fn answer(&self) -> Result<String, (Failure, String)> {
        let version = || match Settings::parse(&self.input) {
            Ok(settings) => settings.version().to_owned(),
            Err(_) => super::protocol::OWN_VERSION.to_owned(),
        };
        let answer = match self.variable("CNI_COMMAND") {
            "ADD" => self.add().await,
            // idempotent, and independent of API server and agent (security.md N7)
            "CHECK" | "DEL" | "GC" | "STATUS" => Ok(String::new()),
            "VERSION" => Ok(json!({"cniVersion": version(), "supportedVersions": VERSIONS}).to_string()),
            other => Err(Failure::new(
                INVALID_ENVIRONMENT,
                format!("unknown CNI_COMMAND `{other}`"),
            )),
        };
        answer.map_err(|failure| (failure, version()))
    }

    async fn add(&self) -> Result<String, Failure> {
        let settings = Settings::parse(&self.input)?;
        let names = pod_names(self.variable("CNI_ARGS"))?;
        if is_agent(&settings, &names) || names.name.is_empty() || names.namespace.is_empty() {
            return Ok(settings.result());
        }
        if settings.exclude_namespaces.contains(&names.namespace) || !settings.ambient_enabled {
            return Ok(settings.result());
        }
        let run = PathBuf::from(settings.cni_agent_run_dir.as_deref().unwrap_or(path::AGENT_RUN));
        let level = Level::read(settings.plugin_log_level.as_deref().unwrap_or("info"));
        let pod = format!("{}/{}", names.namespace, names.name);
        let mut addition = Addition {
            journal: Journal::new(&run, level, pod),
            until: Instant::now() + ADD,
            netns: self.variable("CNI_NETNS"),
            settings: &settings,
            names: &names,
            run: &run,
        };
        let outcome = addition.run().await;
        if let Err(failure) = &outcome {
            addition
                .journal
                .say(Level::Error, &format!("{}: {}", failure.message, failure.details));
        }
        let lines = addition.journal.finish();
        if !lines.is_empty() {
            relay(&run, &lines).await;
        }
        outcome.map(|()| settings.result())
    }
}

/// One pod that may belong to the mesh.
struct Addition<'a> {
    settings: &'a Settings,
    names: &'a PodNames,
    netns: &'a str,
    run: &'a Path,
    until: Instant,
    journal: Journal,
}

impl Addition<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        let client = client(&self.run.join(path::PLUGIN_KUBECONFIG)).await?;
        match self.decide(&client).await? {
            Verdict::Leave(reason) => {
                self.journal
                    .say(Level::Debug, &format!("not a pod of the mesh: {reason}"));
            }
            Verdict::Capture => {
                let until = self.until.min(Instant::now() + POST);
                let sent = timeout_at(until, post(self.run, &self.request())).await;
                sent.unwrap_or_else(|_| Err(agent("it did not answer in time".to_owned())))?;
                self.journal.say(Level::Info, "the pod is in the mesh");
            }
        }
        Ok(())
    }

    fn request(&self) -> AddRequest {
        AddRequest {
            netns: self.netns.to_owned(),
            pod_name: self.names.name.clone(),
            pod_namespace: self.names.namespace.clone(),
            ips: self.settings.previous.as_ref().map(addresses).unwrap_or_default(),
            pod_uid: self.names.uid.clone(),
        }
    }

    fn rules(&self) -> Rules {
        let settings = self.settings;
        Rules {
            selectors: match settings.enablement_selectors.as_slice() {
                [] => default_selectors(),
                given => given.to_vec(),
            },
            excluded: settings.exclude_namespaces.iter().cloned().collect(),
            // pods of the proxy carry no label that would enrol them
            system_namespace: settings.pod_namespace.clone(),
        }
    }

    /// Asks until there is an answer: an error never means "not of the mesh" (cni-agent.md 6 step 7).
    async fn decide(&mut self, client: &Client) -> Result<Verdict, Failure> {
        let rules = self.rules();
        let failed = |details: String| Failure {
            code: TRY_AGAIN,
            message: "cannot tell whether the pod belongs to the mesh".to_owned(),
            details,
        };
        let mut last = "no answer in time".to_owned();
        // who wants no retries gets the answer sooner, and the same one
        let mut tries = if self.settings.enable_ambient_detection_retry {
            u32::MAX
        } else {
            2
        };
        loop {
            match timeout_at(self.until, fetch(client, self.names)).await {
                Ok(Ok((pod, namespace))) => {
                    let labels = namespace.metadata.labels.unwrap_or_default();
                    return Ok(enroll::decide(&PodFacts::from(&pod), &labels, &rules));
                }
                Ok(Err(error)) => last = chain(&error),
                Err(_) => return Err(failed(last)),
            }
            self.journal
                .say(Level::Warn, &format!("cannot read the pod: {last}"));
            tries -= 1;
            if tries == 0 || Instant::now() + PAUSE * 2 > self.until {
                return Err(failed(last));
            }
            sleep(PAUSE).await;
        }
    }
}

/// The agent's own pod must never wait for the agent.
fn is_agent(settings: &Settings, names: &PodNames) -> bool {
    let owner = settings.agent_daemon_set.as_deref().unwrap_or(name::NODE_AGENT);
    let is_owned = |name: &str| name.strip_prefix(owner).is_some_and(|rest| rest.starts_with('-'));
    !settings.pod_namespace.is_empty() && names.namespace == settings.pod_namespace && is_owned(&names.name)
}

fn agent(details: String) -> Failure {
    Failure {
        code: TRY_AGAIN,
        message: format!(
            "the node agent ({}) did not add the pod to the mesh",
            name::NODE_AGENT
        ),
        details,
    }
}

async fn client(kubeconfig: &Path) -> Result<Client, Failure> {
    let failed = |error: &dyn std::error::Error| Failure {
        code: GENERIC,
        message: format!("cannot use the credentials in `{}`", kubeconfig.display()),
        details: chain(error),
    };
    let read = Kubeconfig::read_from(kubeconfig).map_err(|error| failed(&error))?;
    let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
    let mut config = config.map_err(|error| failed(&error))?;
    config.connect_timeout = Some(QUESTION);
    config.read_timeout = Some(QUESTION);
    Client::try_from(config).map_err(|error| failed(&error))
}

async fn fetch(client: &Client, names: &PodNames) -> kube::Result<(Pod, Namespace)> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), &names.namespace);
    let namespaces: Api<Namespace> = Api::all(client.clone());
    tokio::try_join!(pods.get(&names.name), namespaces.get(&names.namespace))
}

async fn post(run: &Path, request: &AddRequest) -> Result<(), Failure> {
    let body = serde_json::to_vec(request).map_err(|error| agent(error.to_string()))?;
    let answer = exchange(&run.join(path::PLUGIN_SOCKET), "/cmdadd", body).await;
    match answer.map_err(agent)? {
        (StatusCode::OK, _) => Ok(()),
        (code, text) => Err(agent(format!("it answered {}: {text}", code.as_u16()))),
    }
}

/// The log is a courtesy: an agent that is away costs nothing but a moment.
async fn relay(run: &Path, lines: &[String]) {
    let Ok(body) = serde_json::to_vec(lines) else {
        return;
    };
    let until = Instant::now() + Duration::from_millis(500);
    let _ = timeout_at(until, exchange(&run.join(path::PLUGIN_LOG_SOCKET), "/log", body)).await;
}

async fn exchange(socket: &Path, target: &str, body: Vec<u8>) -> Result<(StatusCode, String), String> {
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|error| format!("cannot connect to {}: {error}", socket.display()))?;
    let broken = |error: hyper::Error| format!("the connection to it broke: {}", chain(&error));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(target)
        .header(header::HOST, "pipe")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let talk = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let code = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|error| format!("cannot read its answer: {error}"))?;
        Ok((code, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
    };
    // the connection ends by itself once the answer is read
    let (answer, _) = tokio::join!(talk, connection);
    answer
}

#[cfg(test)]
#[path = "plugin/tests.rs"]
mod tests;
