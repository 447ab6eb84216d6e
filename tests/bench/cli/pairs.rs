//! All pairs of identities of a large mesh: 10,000 workloads, each with an account of its own, under 500 policies.

use meshctl::objects::Sourced;
use meshctl::simulate::matrix::Matrix;
use meshctl::simulate::pairs::{Client, Server, Terms};
use meshctl::simulate::{Mesh, Source};
use meshctl::translation::{self, settings, translate};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Instant;

const NAMESPACES: usize = 100;
const EACH: usize = 100;
const POLICIES: usize = 500;

/// What came of it.
pub(crate) struct Asked {
    /// Milliseconds from the mesh to the last verdict of the last pair.
    pub(crate) took: f64,
    /// Pairs of identities.
    pub(crate) pairs: usize,
    /// Of these, allowed on the port of the service.
    pub(crate) allowed: usize,
    /// Verdicts that the engine was asked for.
    pub(crate) verdicts: usize,
}

/// Asks about every pair on a port that policies name.
pub(crate) fn ask() -> Result<Asked, Box<dyn Error>> {
    let objects: Vec<Sourced> = objects().into_iter().map(Sourced::live).collect();
    let translated = translate(&objects, settings(&objects, "istio-system")?);
    let (state, _) = translation::received(&translated.index);
    let mesh = Mesh {
        state: &state,
        index: &translated.index,
        network: state
            .workloads()
            .next()
            .map(|one| one.network.clone())
            .unwrap_or_default(),
    };
    let begin = Instant::now();
    let terms = Terms::of(&mesh);
    let mut workloads: Vec<_> = state.workloads().cloned().collect();
    workloads.sort_by(|a, b| a.uid.cmp(&b.uid));
    let clients: Vec<Client> = workloads
        .iter()
        .map(|one| Client::of_source(&one.name, &Source::Workload(one.clone())))
        .collect();
    let servers: Vec<Server> = workloads
        .iter()
        .filter_map(|one| {
            Some(Server {
                name: one.name.to_string(),
                address: *one.addresses.first()?,
                workload: one.clone(),
            })
        })
        .collect();
    let servers: Vec<&Server> = servers.iter().collect();
    let matrix = Matrix::of(&mesh, &clients, &servers);
    let mut allowed = 0;
    for server in 0..servers.len() {
        for client in 0..clients.len() {
            allowed += usize::from(matrix.is_allowed(client, server, 8080));
        }
    }
    drop(terms);
    Ok(Asked {
        took: begin.elapsed().as_secs_f64() * 1e3,
        pairs: clients.len() * servers.len(),
        allowed,
        verdicts: matrix.asked(),
    })
}

fn objects() -> Vec<Value> {
    let mut all = Vec::new();
    for namespace in 0..NAMESPACES {
        let home = format!("ns{namespace}");
        let labels = json!({ "istio.io/dataplane-mode": "ambient" });
        all.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": home, "labels": labels } }));
        for number in 0..EACH {
            all.push(pod(&home, namespace, number));
        }
    }
    all.extend((0..POLICIES).map(policy));
    all
}

fn pod(home: &str, namespace: usize, number: usize) -> Value {
    let address = format!("10.{namespace}.0.{}", number + 1);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("app{number}"), "namespace": home, "uid": format!("{home}-{number}"),
            "labels": { "app": format!("app{number}") },
            "annotations": { "ambient.istio.io/redirection": "enabled" },
        },
        "spec": { "serviceAccountName": format!("app{number}"), "nodeName": "n", "containers": [] },
        "status": {
            "phase": "Running", "podIP": address, "podIPs": [{ "ip": address }],
            "conditions": [{ "type": "Ready", "status": "True" }],
        },
    })
}

/// Five policies in each namespace, four of them for an application: by account, namespace, port and address.
fn policy(number: usize) -> Value {
    let (namespace, kind) = (number / 5, number % 5);
    let home = format!("ns{namespace}");
    let next = format!("ns{}", (namespace + 1) % NAMESPACES);
    let account = |home: &str, app: usize| format!("cluster.local/ns/{home}/sa/app{app}");
    let (action, source) = match kind {
        0 => (
            "ALLOW",
            json!({ "principals": [account(&home, number % EACH), account(&next, 3)] }),
        ),
        1 => ("ALLOW", json!({ "namespaces": [home, next] })),
        2 => (
            "DENY",
            json!({ "principals": [format!("cluster.local/ns/{next}/*")], "notIpBlocks": ["10.0.0.0/16"] }),
        ),
        3 => (
            "ALLOW",
            json!({ "ipBlocks": [format!("10.{}.0.0/16", (namespace + 7) % 100)] }),
        ),
        _ => ("DENY", json!({ "principals": ["*/sa/app99"] })),
    };
    let mut spec = json!({
        "action": action,
        "rules": [{ "from": [{ "source": source }], "to": [{ "operation": { "ports": ["8080", "9090"] } }] }],
    });
    if kind != 4 {
        spec["selector"] = json!({ "matchLabels": { "app": format!("app{}", number * 7 % EACH) } });
    }
    json!({
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": { "name": format!("p{number}"), "namespace": home }, "spec": spec,
    })
}
