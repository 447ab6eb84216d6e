//! What falls when one account is hostile: all that it reaches, and all that those reach in turn. (pure)
//!
//! Policy alone is looked at: a workload that takes a connection may withstand it. Identities are what spreads: whoever
//! holds a workload acts as its account.

use super::matrix::Matrix;
use super::pairs::{self, Client, Reach, Server, Terms, word};
use super::{Mesh, Source, target_ports};
use std::collections::BTreeSet;

/// Every workload that is reached in the end, in order of steps.
#[must_use]
pub fn spread(mesh: &Mesh<'_>, name: &str, source: &Source) -> Vec<Reach> {
    let terms = Terms::of(mesh);
    let servers = pairs::servers(mesh, &terms);
    let servers: Vec<&Server> = servers.values().collect();
    let mut clients = vec![Client::of_source(name, source)];
    // whoever holds a workload acts as its account
    clients.extend(servers.iter().map(|server| {
        let own = Source::Workload(server.workload.clone());
        let account = format!(
            "{}/{}",
            server.workload.namespace(),
            server.workload.service_account()
        );
        Client::of_source(&account, &own)
    }));
    let verdicts = Matrix::of(mesh, &clients, &servers);
    let mut fallen: BTreeSet<usize> = match source {
        Source::Workload(own) => (0..servers.len())
            .filter(|at| servers[*at].workload.identity == own.identity)
            .collect(),
        Source::Plain(_) => BTreeSet::new(),
    };
    let mut found = Vec::new();
    let mut front = vec![0];
    for step in 1.. {
        let mut next = Vec::new();
        for client in front {
            for (at, server) in servers.iter().enumerate() {
                let open: Vec<u16> = target_ports(&server.workload)
                    .filter(|port| verdicts.is_allowed(client, at, *port))
                    .collect();
                if open.is_empty() || !fallen.insert(at) {
                    continue;
                }
                next.push(at + 1);
                let ports: BTreeSet<u16> = open.into_iter().collect();
                found.extend(ports.into_iter().map(|port| Reach {
                    step: Some(step),
                    from: clients[client].name.clone(),
                    to: server.name.clone(),
                    port: Some(port),
                    verdict: word(true),
                }));
            }
        }
        if next.is_empty() {
            break;
        }
        front = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{self, Sourced};
    use crate::simulate::forecast::forecast;
    use crate::translation;
    use arcstr::ArcStr;
    use control_core::index::event::Settings;
    use serde_json::{Value, json};

    /// A chain of workloads, each of which lets only the one before in.
    fn chain() -> Vec<Value> {
        let labels = json!({"istio.io/dataplane-mode": "ambient"});
        let mut all = vec![
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": labels}}),
        ];
        for (number, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            all.push(json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "n"},
                "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": {"serviceAccountName": name, "containers": []}}},
            }));
            all.push(json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "n"},
                "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
            }));
            // d lets nobody in
            let before = ["nobody", "a", "b", "nobody"][number];
            all.push(json!({
                "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": {"name": name, "namespace": "n"},
                "spec": {
                    "selector": {"matchLabels": {"app": name}},
                    "rules": [{"from": [{"source": {"principals": [format!("cluster.local/ns/n/sa/{before}")]}}]}],
                },
            }));
        }
        all
    }

    #[test]
    fn what_falls_falls_step_by_step() {
        let objects = forecast(chain().into_iter().map(Sourced::live).collect(), "istio-system");
        let objects = objects::overlay(objects);
        let translated = translation::translate(&objects, Settings::default());
        let (state, _) = translation::received(&translated.index);
        let mesh = Mesh {
            state: &state,
            index: &translated.index,
            network: ArcStr::new(),
        };
        let fallen = |from: &str| -> Vec<(u32, String, String)> {
            let source = mesh.find_source(from, "n").unwrap();
            let steps = spread(&mesh, from, &source);
            steps
                .into_iter()
                .map(|one| (one.step.unwrap(), one.from, one.to))
                .collect()
        };
        let step = |step, from: &str, to: &str| (step, from.to_owned(), to.to_owned());
        assert_eq!(fallen("n/a"), [step(1, "n/a", "n/b"), step(2, "n/b", "n/c")]);
        assert_eq!(fallen("n/c"), []);
        assert_eq!(fallen("unmeshed"), []);
    }
}
