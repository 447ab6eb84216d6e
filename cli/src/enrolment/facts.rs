//! What the API, the node proxies and the node agents say about pods.
//!
//! Proxies and agents are asked once each, side by side. One that does not answer makes its signals unknown, never
//! true, and is named in [`Facts::silent`].

mod recorded;

use super::judge::{self, Claims, Signal, State, Tally};
use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::exit::Failure;
use crate::ztunnel::dump::Dump;
use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use mesh_node::enroll::{Labels, PodFacts, Rules, Selector};
use mesh_wire::enrolment::Report;
use mesh_wire::well_known::{name, port};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many pods are asked at once.
const CONCURRENCY: usize = 16;

/// One pod and what is known of it.
#[derive(Debug, Clone)]
pub struct PodRow {
    /// The pod as the decision sees it.
    pub facts: PodFacts,
    /// Its node.
    pub node: String,
    /// Its phase.
    pub phase: String,
    /// Its state.
    pub state: State,
    /// What proxy and agent say.
    pub claims: Claims,
    /// How old that is.
    pub ages: Ages,
    /// What the agent says is in the way.
    pub error: Option<String>,
}

/// How long ago each signal was learnt, in seconds; absent where nobody told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ages {
    /// For how long the annotation has said so, as far as the node agent has seen.
    pub annotation: Option<u64>,
    /// Since the node proxy was asked what it holds.
    pub held: Option<u64>,
    /// The same about the tunnel.
    pub tunnelled: Option<u64>,
    /// Since the node agent saw the rules in the pod's network namespace.
    pub redirected: Option<u64>,
}

/// One namespace and its pods.
#[derive(Debug, Clone)]
pub struct NamespaceRow {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its pods, by name.
    pub pods: Vec<PodRow>,
}

impl NamespaceRow {
    /// The namespace in numbers.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.pods.iter().for_each(|pod| tally.add(pod.state));
        tally
    }
}

/// All that was gathered.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Namespaces, by name.
    pub namespaces: Vec<NamespaceRow>,
    /// Who did not answer, and why.
    pub silent: Vec<String>,
    /// Who is enrolled, as the agents are configured.
    pub rules: Rules,
    /// The mesh's own parts on the nodes of these pods.
    pub nodes: BTreeMap<String, NodeParts>,
}

/// A part of the mesh on one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Part {
    /// No pod of it runs there.
    #[default]
    Absent,
    /// Its pod, and why it is not ready.
    NotReady(String, String),
    /// Its pod.
    Ready(String),
}

/// The parts of the mesh on one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeParts {
    /// The node agent.
    pub agent: Part,
    /// The node proxy.
    pub proxy: Part,
    /// The proxy's certificates: state by identity.
    pub certificates: BTreeMap<String, String>,
    /// Uids of the workloads that the proxy knows, as `namespace/name`.
    pub known: HashSet<String>,
}

/// Whose pods to gather.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Every namespace's.
    All,
    /// These namespaces'.
    These(&'a [String]),
}

/// What the mesh's own parts say.
#[derive(Default)]
struct Voices {
    dumps: HashMap<String, Dump>,
    tunnelled: HashSet<(String, String)>,
    agents: HashMap<String, Report>,
    silent: Vec<String>,
    nodes: BTreeMap<String, NodeParts>,
}

impl Cluster {
    /// Gathers everything about the pods of some namespaces.
    ///
    /// # Errors
    /// The API cannot be asked. A silent proxy or agent is no error.
    pub async fn fetch_enrolment(&self, system: &str, whose: Whose<'_>) -> Result<Facts, Failure> {
        let rules = self.fetch_rules(system).await?;
        let (namespaces, pods) = self.fetch_pods(whose).await?;
        let nodes: HashSet<String> = pods.iter().filter_map(node_of).collect();
        let voices = Box::pin(self.fetch_voices(system, &nodes)).await?;
        let mut facts = Facts {
            namespaces: Vec::new(),
            silent: voices.silent.clone(),
            rules: rules.clone(),
            nodes: voices.nodes.clone(),
        };
        let mut by_namespace: BTreeMap<String, Vec<&Pod>> = BTreeMap::new();
        for pod in &pods {
            by_namespace
                .entry(pod.metadata.namespace.clone().unwrap_or_default())
                .or_default()
                .push(pod);
        }
        for namespace in namespaces {
            let name = namespace.metadata.name.clone().unwrap_or_default();
            let labels = namespace.metadata.labels.clone().unwrap_or_default();
            let pods = by_namespace.remove(&name).unwrap_or_default();
            let mut pods: Vec<PodRow> = pods
                .into_iter()
                .map(|pod| row(pod, &labels, &rules, &voices))
                .collect();
            pods.retain(|pod| !matches!(pod.phase.as_str(), "Succeeded" | "Failed"));
            facts.namespaces.push(NamespaceRow { name, labels, pods });
        }
        Ok(facts)
    }

    async fn fetch_pods(&self, whose: Whose<'_>) -> Result<(Vec<Namespace>, Vec<Pod>), Failure> {
        let Whose::These(names) = whose else {
            return Ok((
                self.typed("/api/v1/namespaces").await?,
                self.typed("/api/v1/pods").await?,
            ));
        };
        let (mut namespaces, mut pods) = (Vec::new(), Vec::new());
        for name in names {
            let path = format!("/api/v1/namespaces/{name}");
            let found = self
                .get(&path)
                .await?
                .ok_or_else(|| Failure::new(format!("there is no namespace `{name}`")))?;
            namespaces.push(read(&path, found)?);
            pods.append(&mut self.typed(&format!("{path}/pods")).await?);
        }
        Ok((namespaces, pods))
    }

    async fn typed<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let items = self.list(path).await?;
        items.into_iter().map(|item| read(path, item)).collect()
    }

    /// The agent's own configuration says who is enrolled.
    async fn fetch_rules(&self, system: &str) -> Result<Rules, Failure> {
        let path = format!("/api/v1/namespaces/{system}/configmaps/istio-cni-config");
        rules_of(system, self.get(&path).await?.as_ref())
    }

    async fn fetch_voices(&self, system: &str, nodes: &HashSet<String>) -> Result<Voices, Failure> {
        let mut voices = Voices::default();
        let asks = [
            ("app=ztunnel", port::ADMIN, "/config_dump"),
            ("k8s-app=istio-cni-node", port::AGENT_ENROLMENT, "/enrolment"),
        ];
        for (selector, port, path) in asks {
            let selector = crate::install::wait::encode(selector);
            let mut pods = self
                .list(&format!(
                    "/api/v1/namespaces/{system}/pods?labelSelector={selector}"
                ))
                .await?;
            voices.see(&pods, port);
            pods.retain(|pod| {
                pod["status"]["phase"] == "Running"
                    && pod["spec"]["nodeName"]
                        .as_str()
                        .is_some_and(|node| nodes.contains(node))
            });
            let answers = stream::iter(pods)
                .map(|pod| async move {
                    let text = |pointer: &str| {
                        pod.pointer(pointer)
                            .and_then(Value::as_str)
                            .unwrap_or_default()
                            .to_owned()
                    };
                    let name = text("/metadata/name");
                    let ask = PodRequest {
                        namespace: system,
                        pod: &name,
                        port,
                        path,
                    };
                    let answer = Box::pin(self.fetch_from_pod(&ask)).await;
                    (text("/spec/nodeName"), answer)
                })
                .buffer_unordered(CONCURRENCY)
                .collect::<Vec<_>>();
            for (node, answer) in answers.await {
                match answer {
                    Ok(body) => voices.hear(node, port, &body),
                    Err(failure) => {
                        voices
                            .silent
                            .push(format!("{}: {}", failure.message, failure.causes.join(": ")));
                    }
                }
            }
        }
        Ok(voices)
    }
}

/// Who is enrolled, as the agent's configuration map says it.
fn rules_of(system: &str, map: Option<&Value>) -> Result<Rules, Failure> {
    let mut rules = Rules {
        system_namespace: system.to_owned(),
        ..Rules::default()
    };
    let Some(map) = map else {
        return Ok(rules);
    };
    if let Some(text) = map["data"]["AMBIENT_ENABLEMENT_SELECTOR"]
        .as_str()
        .filter(|text| !text.trim().is_empty())
    {
        let value = crate::yaml::from_str(text).map_err(|error| {
            Failure::new("cannot read the enablement selectors of `istio-cni-config`").caused_by(&error)
        })?;
        rules.selectors = read::<Vec<Selector>>("istio-cni-config", value)?;
    }
    if let Some(text) = map["data"]["EXCLUDE_NAMESPACES"].as_str() {
        rules.excluded = text
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
    }
    Ok(rules)
}

impl Voices {
    /// Notes which parts there are, and whether they are ready.
    fn see(&mut self, pods: &[Value], from: u16) {
        for pod in pods {
            let Some(node) = pod["spec"]["nodeName"].as_str() else {
                continue;
            };
            let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
            let ready = conditions.clone().find(|one| one["type"] == "Ready");
            let part = match ready {
                Some(one) if one["status"] == "True" => Part::Ready(name),
                other => {
                    let told = other.and_then(|one| one["message"].as_str());
                    let phase = pod["status"]["phase"].as_str().unwrap_or("Pending");
                    Part::NotReady(name, told.unwrap_or(phase).to_owned())
                }
            };
            let parts = self.nodes.entry(node.to_owned()).or_default();
            let held = if from == port::ADMIN {
                &mut parts.proxy
            } else {
                &mut parts.agent
            };
            // during an update there are two; the ready one counts
            if !matches!(held, Part::Ready(_)) {
                *held = part;
            }
        }
    }

    fn hear(&mut self, node: String, from: u16, body: &[u8]) {
        if from == port::ADMIN {
            match Dump::from_wire(body) {
                Ok(dump) => {
                    let tunnelled = dump
                        .workloads
                        .iter()
                        .filter(|workload| workload.protocol == "HBONE");
                    self.tunnelled
                        .extend(tunnelled.map(|one| (one.namespace.clone(), one.name.clone())));
                    let parts = self.nodes.entry(node.clone()).or_default();
                    let certificates = dump.certificates.iter();
                    parts.certificates = certificates
                        .map(|one| (one.identity.clone(), one.state.clone()))
                        .collect();
                    let known = dump.workloads.iter();
                    parts.known = known
                        .map(|one| format!("{}/{}", one.namespace, one.name))
                        .collect();
                    self.dumps.insert(node, dump);
                }
                Err(error) => self.silent.push(format!(
                    "the node proxy of `{node}` gave an unreadable dump: {error}"
                )),
            }
            return;
        }
        match serde_json::from_slice(body) {
            Ok(report) => {
                self.agents.insert(node, report);
            }
            Err(error) => self.silent.push(format!(
                "the node agent of `{node}` gave an unreadable report: {error}"
            )),
        }
    }

    fn claims(&self, namespace: &str, name: &str, node: &str) -> Claims {
        let signal = |known: bool| if known { Signal::Yes } else { Signal::No };
        let dump = self.dumps.get(node);
        let held = dump.map_or(Signal::Unknown, |dump| {
            let mut states = dump.workload_state.values();
            signal(
                states
                    .any(|one| one.info.name == name && one.info.namespace == namespace && one.state == "Up"),
            )
        });
        let tunnelled = dump.map_or(Signal::Unknown, |_| {
            signal(self.tunnelled.contains(&(namespace.to_owned(), name.to_owned())))
        });
        let redirected = self.agents.get(node).map_or(Signal::Unknown, |report| {
            let pod = report.find(namespace, name);
            signal(pod.is_some_and(|pod| pod.rules.in_place && pod.rules.listeners))
        });
        Claims {
            held,
            tunnelled,
            redirected,
        }
    }
}

fn row(pod: &Pod, namespace: &Labels, rules: &Rules, voices: &Voices) -> PodRow {
    let facts = PodFacts::from(pod);
    let node = node_of(pod).unwrap_or_default();
    let claims = voices.claims(&facts.namespace, &facts.name, &node);
    let phase = pod.status.as_ref().and_then(|status| status.phase.clone());
    let mut state = judge::judge(&facts, namespace, rules, claims);
    if state == State::Missing && (node.is_empty() || phase.as_deref() != Some("Running")) {
        state = State::Pending("its containers do not run yet");
    }
    let report = voices
        .agents
        .get(&node)
        .and_then(|report| report.find(&facts.namespace, &facts.name));
    // the proxy was asked a moment ago
    let asked = (claims.held != Signal::Unknown).then_some(0);
    PodRow {
        ages: Ages {
            annotation: report.and_then(|pod| pod.annotation_seconds),
            held: asked,
            tunnelled: asked,
            redirected: report.and_then(|pod| pod.rules.age_seconds),
        },
        error: report.and_then(|pod| pod.error.clone()),
        node,
        phase: phase.unwrap_or_default(),
        state,
        claims,
        facts,
    }
}

fn node_of(pod: &Pod) -> Option<String> {
    pod.spec
        .as_ref()?
        .node_name
        .clone()
        .filter(|node| !node.is_empty())
}

fn read<T: DeserializeOwned>(path: &str, value: Value) -> Result<T, Failure> {
    serde_json::from_value(value)
        .map_err(|error| Failure::new(format!("cannot read what `{path}` holds")).caused_by(&error))
}

/// The name of the agent's DaemonSet, whose presence says whether anybody would act on a label.
///
/// # Errors
/// The API cannot be asked.
pub async fn is_installed(cluster: &Cluster, system: &str) -> Result<bool, Failure> {
    let path = format!(
        "/apis/apps/v1/namespaces/{system}/daemonsets/{}",
        name::NODE_AGENT
    );
    Ok(cluster.get(&path).await?.is_some())
}
