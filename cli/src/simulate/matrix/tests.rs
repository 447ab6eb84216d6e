//! Classes against brute force: every workload asks every other one by itself, on random meshes.

use super::*;
use crate::objects::Sourced;
use crate::simulate::forecast::forecast;
use crate::simulate::pairs::{self, Terms};
use crate::translation::{self, Translated};
use arcstr::ArcStr;
use control_core::index::event::Settings;
use proptest::prelude::*;
use proxy_core::state::MeshState;
use serde_json::{Value, json};

const NAMESPACES: [&str; 3] = ["a", "b", "c"];
const APPS: [&str; 3] = ["web", "api", "db"];

/// A port that no policy of these tests names.
const OTHER: u16 = 4242;

fn objects(policies: Vec<Value>) -> Vec<Sourced> {
    let mut all = Vec::new();
    for (number, namespace) in NAMESPACES.iter().enumerate() {
        // the last namespace is not in the mesh
        let labels = if number == 2 {
            json!({})
        } else {
            json!({"istio.io/dataplane-mode": "ambient"})
        };
        all.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}));
        for (place, app) in APPS.iter().enumerate() {
            for copy in 0..2 {
                let address = format!("10.0.{number}.{}", place * 8 + copy + 1);
                all.push(json!({
                    "apiVersion": "v1", "kind": "Pod",
                    "metadata": {
                        "name": format!("{app}-{copy}"), "namespace": namespace,
                        "labels": {"app": app, "copy": copy.to_string()},
                        "annotations": if number == 2 { json!({}) } else { json!({"ambient.istio.io/redirection": "enabled"}) },
                    },
                    "spec": {"serviceAccountName": app, "nodeName": "n", "containers": []},
                    "status": {
                        "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                        "conditions": [{"type": "Ready", "status": "True"}],
                    },
                }));
            }
        }
    }
    all.extend(policies);
    all.into_iter().map(Sourced::live).collect()
}

fn translated(policies: Vec<Value>) -> (Translated, MeshState) {
    let objects = forecast(objects(policies), "istio-system");
    let translated = translation::translate(&objects, Settings::default());
    let (state, rejects) = translation::received(&translated.index);
    assert!(rejects.is_empty(), "{rejects:?}");
    (translated, state)
}

/// One word of a few.
fn word(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(of).prop_map(Value::from)
}

/// A list under the key or its negation, or nothing.
fn list(key: &'static str, not: &'static str, of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let some = (any::<bool>(), prop::collection::vec(word(of), 1..3));
    prop::option::weighted(0.5, some).prop_map(move |some| match some {
        None => json!({}),
        Some((true, values)) => json!({ key: values }),
        Some((false, values)) => json!({ not: values }),
    })
}

fn merged(parts: Vec<Value>) -> Value {
    let maps = parts.into_iter().filter_map(|part| part.as_object().cloned());
    Value::Object(maps.flatten().collect())
}

fn rule() -> impl Strategy<Value = Value> {
    const PRINCIPALS: [&str; 6] = [
        "cluster.local/ns/a/sa/web",
        "cluster.local/ns/a/*",
        "*/sa/api",
        "cluster.local/ns/b/sa/db",
        "*",
        "other/ns/a/sa/web",
    ];
    const BLOCKS: [&str; 6] = [
        "10.0.0.0/24",
        "10.0.1.1",
        "10.0.2.0/29",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.9/32",
    ];
    let source = (
        list("principals", "notPrincipals", &PRINCIPALS),
        list("namespaces", "notNamespaces", &["a", "b*", "c", "*"]),
        list("ipBlocks", "notIpBlocks", &BLOCKS),
    );
    let operation = list("ports", "notPorts", &["80", "8080", "9090"]);
    let when = list("values", "notValues", &["10.0.0.0/16", "10.0.1.2", "10.0.0.17"]);
    (source, operation, when).prop_map(|((principals, namespaces, blocks), operation, when)| {
        let source = merged(vec![principals, namespaces, blocks]);
        let mut rule = json!({});
        if source != json!({}) {
            rule["from"] = json!([{ "source": source }]);
        }
        if operation != json!({}) {
            rule["to"] = json!([{ "operation": operation }]);
        }
        if when != json!({}) {
            rule["when"] = json!([merged(vec![json!({"key": "destination.ip"}), when])]);
        }
        rule
    })
}

fn policy() -> impl Strategy<Value = Value> {
    let home = word(&["a", "b", "istio-system"]);
    let selector = prop::option::weighted(0.7, word(&APPS));
    let rules = prop::collection::vec(rule(), 0..3);
    (home, word(&["ALLOW", "DENY"]), selector, rules).prop_map(|(home, action, app, rules)| {
        let mut spec = json!({"action": action, "rules": rules});
        if let Some(app) = app {
            spec["selector"] = json!({"matchLabels": {"app": app}});
        }
        json!({
            "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": {"name": "p", "namespace": home}, "spec": spec,
        })
    })
}

fn policies() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(policy(), 0..6).prop_map(|mut all| {
        for (number, one) in all.iter_mut().enumerate() {
            one["metadata"]["name"] = format!("p{number}").into();
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Every pair of the mesh, by the matrix and one at a time; and `who-can-reach` by its representatives.
    #[test]
    fn who_can_reach_equals_brute_force(policies in policies()) {
        let (translated, state) = translated(policies);
        let mesh = Mesh { state: &state, index: &translated.index, network: ArcStr::new() };
        let all: Vec<_> = state.workloads().filter(|one| !one.addresses.is_empty()).cloned().collect();
        let clients: Vec<Client> = all
            .iter()
            .map(|one| Client::of_source(&one.uid, &super::super::Source::Workload(one.clone())))
            .collect();
        let servers: Vec<Server> = all
            .iter()
            .filter(|one| one.needs_certificate())
            .map(|one| Server { name: one.uid.to_string(), address: one.addresses[0], workload: one.clone() })
            .collect();
        let servers: Vec<&Server> = servers.iter().collect();
        let matrix = Matrix::of(&mesh, &clients, &servers);
        let terms = Terms::of(&mesh);
        let few = terms.clients(&mesh);
        for (at, server) in servers.iter().enumerate() {
            let rows = pairs::reach(&mesh, &terms, &few, &[server], None);
            for (number, (client, source)) in clients.iter().zip(&all).enumerate() {
                for port in [80, 8080, 9090, OTHER] {
                    let connection = client.connection(SocketAddr::new(server.address, port));
                    let alone = authz::decide(&state, &server.workload, &connection).outcome.is_ok();
                    prop_assert_eq!(matrix.is_allowed(number, at, port), alone, "{} -> {}:{}", source.uid, server.name, port);
                }
                // the representative of this source says the same
                let alike = few.iter().find(|one| terms.are_alike(one, client));
                prop_assert!(alike.is_some(), "nobody stands for {}", source.uid);
                let name = &alike.map(|one| one.name.clone()).unwrap_or_default();
                let open = |port: u16| {
                    let connection = client.connection(SocketAddr::new(server.address, port));
                    authz::decide(&state, &server.workload, &connection).outcome.is_ok()
                };
                for row in rows.iter().filter(|row| row.from == *name && few.iter().filter(|one| one.name == *name).count() == 1) {
                    let port = row.port.unwrap_or(OTHER);
                    prop_assert_eq!(row.verdict == "allow", open(port), "{} -> {}:{}", source.uid, server.name, port);
                }
            }
        }
    }
}

#[test]
fn a_mesh_of_many_workloads_is_few_classes() {
    let deny = json!({
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": "p", "namespace": "a"},
        "spec": {"rules": [{"from": [{"source": {"principals": ["cluster.local/ns/b/sa/web"]}}]}]},
    });
    let (translated, state) = translated(vec![deny]);
    let mesh = Mesh {
        state: &state,
        index: &translated.index,
        network: ArcStr::new(),
    };
    let terms = Terms::of(&mesh);
    let clients = terms.clients(&mesh);
    let servers = pairs::servers(&mesh, &terms);
    let servers: Vec<&Server> = servers.values().collect();
    let matrix = Matrix::of(&mesh, &clients, &servers);
    // two sorts of sources, two sorts of destinations, one sort of port
    assert_eq!(
        matrix.asked(),
        4,
        "{} clients, {} servers",
        clients.len(),
        servers.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The policy that `why` proposes allows the asked source on the asked port, and changes nothing else.
    #[test]
    fn a_proposal_flips_one_verdict_on_any_mesh(policies in policies(), choice in any::<prop::sample::Index>()) {
        let (before, state) = translated(policies.clone());
                let mesh = Mesh { state: &state, index: &before.index, network: ArcStr::new() };
        let mut all: Vec<_> = state.workloads().filter(|one| one.needs_certificate()).cloned().collect();
        all.sort_by(|a, b| a.uid.cmp(&b.uid));
        let mut denied = Vec::new();
        for (source, server) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            let connection = Connection {
                source: source.addresses[0],
                identity: Some(source.identity.clone()),
                destination: SocketAddr::new(server.addresses[0], OTHER),
            };
            let told = mesh.explain(server, &connection);
            if let Some(proposal) = told.proposal {
                denied.push((source, server, connection, proposal));
            }
        }
        prop_assume!(!denied.is_empty());
        let (source, server, connection, proposal) = &denied[choice.index(denied.len())];
        let mut more = policies;
        more.push(proposal.clone());
        let (other, after) = self::translated(more);
        let then = Mesh { state: &after, index: &other.index, network: ArcStr::new() };
        let changed = after.find_workload(&server.uid).unwrap();
        prop_assert!(authz::decide(&after, changed, connection).outcome.is_ok(), "{proposal:#}");
        let account = format!("{}/{}", source.namespace(), source.service_account());
        let changes = pairs::changes(&mesh, &then);
        prop_assert!(!changes.is_empty(), "{proposal:#}");
        for change in changes {
            let to = format!("{}/{}", server.namespace(), server.name);
            let is_it = change.from == account
                && change.to == to
                && change.port == Some(OTHER)
                && change.after == "allow";
            prop_assert!(is_it, "{change:?} by {proposal:#}");
        }
    }
}
