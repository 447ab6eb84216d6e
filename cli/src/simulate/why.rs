//! Why a connection was denied: the first condition of each rule that failed, and the smallest change that would
//! allow it. (pure)

use super::Mesh;
use control_core::model::ObjectName;
use mesh_wire::identity::Identity;
use proxy_core::authz::{self, Connection, Denied};
use proxy_core::state::policy::{Action, Clause, Match, Policy, StringMatch, Terms};
use proxy_core::state::workload::Workload;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What an access log line says of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The source's address.
    pub source: IpAddr,
    /// The source's identity, if it had one.
    pub identity: Option<Identity>,
    /// The destination in the end.
    pub destination: SocketAddr,
    /// The destination's namespace and name.
    pub workload: (String, String),
}

/// Why a line is no connection that can be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// A field is missing or unreadable.
    #[error("the line has no usable `{0}`")]
    Field(&'static str),
}

/// Reads a line of a node proxy's access log, as text or as JSON.
///
/// # Errors
/// It lacks a field.
pub fn parse(line: &str) -> Result<Logged, LineError> {
    let fields = fields(line);
    let text = |name: &'static str| fields.get(name).ok_or(LineError::Field(name));
    let address = |name: &'static str| {
        let found = text(name)?;
        found.parse::<SocketAddr>().map_err(|_| LineError::Field(name))
    };
    let identity = match fields.get("src.identity") {
        None => None,
        Some(uri) => Some(uri.parse().map_err(|_| LineError::Field("src.identity"))?),
    };
    // through a tunnel, the address that was asked for counts, not the tunnel's port
    let destination = address("dst.hbone_addr").or_else(|_| address("dst.addr"))?;
    Ok(Logged {
        source: address("src.addr")?.ip(),
        identity,
        destination,
        workload: (text("dst.namespace")?.clone(), text("dst.workload")?.clone()),
    })
}

fn fields(line: &str) -> BTreeMap<String, String> {
    if let Ok(Value::Object(map)) = serde_json::from_str(line) {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return map
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect();
    }
    let mut found = BTreeMap::new();
    let mut rest = line;
    while let Some(at) = rest.find('=') {
        let name = rest[..at]
            .rsplit(|c: char| c.is_whitespace())
            .next()
            .unwrap_or_default();
        let (value, after) = match rest[at + 1..].strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest[at + 1..]
                .split_once(char::is_whitespace)
                .unwrap_or((&rest[at + 1..], "")),
        };
        found.insert(name.to_owned(), value.to_owned());
        rest = after;
    }
    found
}

/// One rule that did not allow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failed {
    /// The policy.
    pub policy: String,
    /// The rule as written, from 0; none for a policy without rules.
    pub rule: Option<usize>,
    /// The first condition that failed.
    pub condition: String,
}

/// The explanation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// `allow` or `deny` by the policies as they are.
    pub verdict: &'static str,
    /// Why.
    pub because: String,
    /// ALLOW rules that did not match.
    pub failed: Vec<Failed>,
    /// What to do, in a sentence.
    pub advice: Option<String>,
    /// An object that does it.
    pub proposal: Option<Value>,
}

impl Mesh<'_> {
    /// The workload that a line speaks of.
    #[must_use]
    pub fn find_logged(&self, logged: &Logged) -> Option<Arc<Workload>> {
        let (namespace, name) = &logged.workload;
        let named = |one: &&Arc<Workload>| one.namespace() == namespace && one.name == name.as_str();
        self.state.workloads().find(named).cloned()
    }

    /// Explains what the policies say of a connection to a workload.
    #[must_use]
    pub fn explain(&self, workload: &Arc<Workload>, connection: &Connection) -> Explanation {
        let hop = self.decide(workload, connection.clone());
        let verdict = authz::decide(self.state, workload, connection);
        let mut told = Explanation {
            verdict: "deny",
            because: hop.because.clone(),
            failed: Vec::new(),
            advice: None,
            proposal: None,
        };
        match verdict.outcome {
            Ok(_) => told.verdict = "allow",
            Err(Denied::By(key)) => {
                let rule = hop.decider.and_then(|one| one.rule);
                let rule = rule.map_or_else(String::new, |rule| format!("rule {rule} of "));
                told.advice = Some(match &connection.identity {
                    Some(identity) => format!(
                        "to exempt this source alone, write {rule}{key} twice: once with notPrincipals: [{}], once with notPorts: [\"{}\"]",
                        identity.principal(),
                        connection.destination.port()
                    ),
                    None => "the source speaks plain text: enrol it, so that it has an identity".to_owned(),
                });
            }
            Err(Denied::Pending(_)) => {
                told.advice =
                    Some("the node proxy waits for this policy: see `meshctl proxy-status`".to_owned());
            }
            Err(Denied::NoneAllowed) => {
                told.failed = self.failed(workload, connection);
                told.advice =
                    Some("add this policy: it allows this source on this port, and nothing else".to_owned());
                told.proposal = Some(self.proposal(workload, connection));
            }
        }
        told
    }

    fn failed(&self, workload: &Workload, connection: &Connection) -> Vec<Failed> {
        let mut found = Vec::new();
        let policies = self.candidates(workload);
        for policy in policies
            .iter()
            .filter(|one| one.action == Action::Allow && !one.dry_run)
        {
            let name = ObjectName::new(policy.namespace.clone(), policy.name.clone());
            let fates = self
                .index
                .fates(&name)
                .map(|(_, fates)| fates)
                .unwrap_or_default();
            if policy.rules.is_empty() {
                found.push(Failed {
                    policy: policy.key.to_string(),
                    rule: None,
                    condition: "no rule of it is left at the node proxy".to_owned(),
                });
            }
            for (at, rule) in policy.rules.iter().enumerate() {
                let written = fates
                    .iter()
                    .find(|fate| fate.sent_as == Some(at))
                    .map(|fate| fate.number);
                let first = rule.iter().find(|clause| !holds(policy, clause, connection));
                found.extend(first.map(|clause| Failed {
                    policy: policy.key.to_string(),
                    rule: written,
                    condition: describe(clause, connection),
                }));
            }
        }
        found
    }

    /// An ALLOW policy for exactly this source, destination and port.
    fn proposal(&self, workload: &Workload, connection: &Connection) -> Value {
        let source = match &connection.identity {
            Some(identity) => json!({ "principals": [identity.principal()] }),
            None => json!({ "ipBlocks": [connection.source.to_string()] }),
        };
        let name = ObjectName::new(workload.namespace(), workload.name.clone());
        let mut labels = self
            .index
            .pod(&name)
            .map(|pod| pod.shape.labels.clone())
            .unwrap_or_default();
        for generated in [
            "pod-template-hash",
            "controller-revision-hash",
            "pod-template-generation",
        ] {
            labels.remove(generated);
        }
        let port = connection.destination.port();
        let from = connection
            .identity
            .as_ref()
            .map_or_else(|| "plain-text".to_owned(), |one| one.service_account().to_owned());
        json!({
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": {
                "name": format!("{}-from-{from}-{port}", workload.labels.canonical_name),
                "namespace": workload.namespace(),
            },
            "spec": {
                "selector": { "matchLabels": labels },
                "action": "ALLOW",
                "rules": [{
                    "from": [{ "source": source }],
                    "to": [{ "operation": { "ports": [port.to_string()] } }],
                }],
            },
        })
    }
}

/// Asks the engine about one clause alone.
fn holds(policy: &Policy, clause: &Clause, connection: &Connection) -> bool {
    let alone = Policy {
        rules: [[clause.clone()].into()].into(),
        ..policy.clone()
    };
    authz::matches(&alone, connection)
}

/// What a clause asks for, and what the connection has instead.
fn describe(clause: &Clause, connection: &Connection) -> String {
    let wanted: Vec<String> = clause.iter().map(one).collect();
    let wanted = if clause.iter().all(|one| *one == Match::default()) {
        "terms that only a waypoint can judge".to_owned()
    } else {
        wanted.join(" or ")
    };
    let identity = connection
        .identity
        .as_ref()
        .map_or("no identity", Identity::principal);
    format!(
        "wants {wanted}; the connection has {identity} from {} to port {}",
        connection.source,
        connection.destination.port()
    )
}

fn one(term: &Match) -> String {
    let pattern = |one: &StringMatch| match one {
        StringMatch::Exact(text) => text.to_string(),
        StringMatch::Prefix(text) => format!("{text}*"),
        StringMatch::Suffix(text) => format!("*{text}"),
        StringMatch::Presence => "*".to_owned(),
    };
    let mut parts = Vec::new();
    list(&mut parts, "principals", &term.principals, pattern);
    list(&mut parts, "namespaces", &term.namespaces, pattern);
    list(&mut parts, "service accounts", &term.service_accounts, |one| {
        format!("{}/{}", one.namespace, one.service_account)
    });
    list(
        &mut parts,
        "source addresses",
        &term.source_ips,
        ToString::to_string,
    );
    list(
        &mut parts,
        "destination addresses",
        &term.destination_ips,
        ToString::to_string,
    );
    list(&mut parts, "ports", &term.destination_ports, ToString::to_string);
    parts.join(" and ")
}

fn list<T>(parts: &mut Vec<String>, name: &str, terms: &Terms<T>, text: impl Fn(&T) -> String) {
    let texts = |items: &[T]| items.iter().map(&text).collect::<Vec<_>>().join(", ");
    if !terms.any.is_empty() {
        parts.push(format!("{name} {}", texts(&terms.any)));
    }
    if !terms.none.is_empty() {
        parts.push(format!("{name} not {}", texts(&terms.none)));
    }
}
