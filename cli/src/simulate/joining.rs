//! The pairs whose verdict changes when pods join the mesh, or leave it. (pure)
//!
//! A pod that joins gets an identity, so others may treat it otherwise; and policy is enforced at it from then on,
//! where before everybody got in. Policies themselves may differ between the two meshes as well.

use super::matrix::Matrix;
use super::pairs::{self, Change, Client, Server, Terms, client_name, word};
use super::{Mesh, Source, target_ports};
use proxy_core::state::workload::Workload;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One source before and after.
struct Pair {
    before: Client,
    after: Client,
}

/// Every pair of workloads, on the ports of services, whose verdict differs.
#[must_use]
pub fn changes(before: &Mesh<'_>, after: &Mesh<'_>) -> Vec<Change> {
    let mut terms = Terms::of(before);
    terms.merge(Terms::of(after));
    let old: BTreeMap<&str, &Arc<Workload>> = before
        .state
        .workloads()
        .map(|one| (one.uid.as_str(), one))
        .collect();
    let clients = clients(&old, after, &terms);
    let servers = pairs::servers(after, &terms);
    let servers: Vec<&Server> = servers.values().collect();
    let of = |choose: fn(&Pair) -> &Client| {
        clients
            .iter()
            .map(|pair| choose(pair).clone())
            .collect::<Vec<_>>()
    };
    let was = Matrix::of(
        before,
        &of(|pair| &pair.before),
        &then(&old, &servers).iter().collect::<Vec<_>>(),
    );
    let is = Matrix::of(after, &of(|pair| &pair.after), &servers);
    let mut found = BTreeSet::new();
    for (at, server) in servers.iter().enumerate() {
        let was_captured = old
            .get(server.workload.uid.as_str())
            .is_some_and(|one| one.needs_certificate());
        let ports: BTreeSet<u16> = target_ports(&server.workload).collect();
        for (number, pair) in clients.iter().enumerate() {
            for port in &ports {
                // where nobody enforces, everybody gets in
                let was = !was_captured || was.is_allowed(number, at, *port);
                let is = is.is_allowed(number, at, *port);
                if was != is {
                    found.insert(Change {
                        from: pair.after.name.clone(),
                        to: server.name.clone(),
                        port: Some(*port),
                        before: word(was),
                        after: word(is),
                    });
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The same destinations as they were; those that are new stand for themselves.
fn then(old: &BTreeMap<&str, &Arc<Workload>>, servers: &[&Server]) -> Vec<Server> {
    let then = |server: &&Server| Server {
        workload: old
            .get(server.workload.uid.as_str())
            .map_or_else(|| server.workload.clone(), |one| (*one).clone()),
        ..(*server).clone()
    };
    servers.iter().map(then).collect()
}

/// Every workload as a source then and now, once for each sort; then those whom only policies name, and plain text.
fn clients(old: &BTreeMap<&str, &Arc<Workload>>, after: &Mesh<'_>, terms: &Terms) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut add = |before: Client, after: Client| {
        let is_same =
            |pair: &Pair| terms.are_alike(&pair.before, &before) && terms.are_alike(&pair.after, &after);
        if !pairs.iter().any(is_same) {
            pairs.push(Pair { before, after });
        }
    };
    let mut all: Vec<&Arc<Workload>> = after
        .state
        .workloads()
        .filter(|one| !one.addresses.is_empty())
        .collect();
    all.sort_by(|a, b| a.uid.cmp(&b.uid));
    for workload in all {
        let then = old.get(workload.uid.as_str()).copied().unwrap_or(workload);
        let client =
            |one: &Arc<Workload>| Client::of_source(&client_name(one), &Source::Workload(one.clone()));
        add(client(then), client(workload));
    }
    for client in terms.clients(after) {
        add(client.clone(), client);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{self, Sourced, Text};
    use crate::simulate::forecast::forecast;
    use crate::translation::{self, Translated};
    use arcstr::ArcStr;
    use control_core::index::event::Settings;
    use proxy_core::state::MeshState;

    fn mesh(text: &str, captured: &[&str]) -> (Translated, MeshState) {
        let path = format!("{}/../tests/fixtures/mesh/shop.yaml", env!("CARGO_MANIFEST_DIR"));
        let base = objects::read_objects(&[path]).unwrap();
        let more = objects::parse(&Text {
            name: "x".to_owned(),
            text: text.to_owned(),
        });
        let mut all = objects::overlay(base.into_iter().chain(more.unwrap()));
        for Sourced { object, .. } in &mut all {
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            if object["kind"] == "Pod" && !captured.contains(&name.as_str()) {
                object["metadata"]["annotations"] = serde_json::json!({});
            }
        }
        let translated = translation::translate(&forecast(all, "istio-system"), Settings::default());
        let (state, _) = translation::received(&translated.index);
        (translated, state)
    }

    fn told(text: &str, before: &[&str], after: &[&str]) -> Vec<String> {
        let ((one, was), (other, is)) = (mesh(text, before), mesh(text, after));
        let of = |translated: &'static Translated, state: &'static MeshState| Mesh {
            state,
            index: &translated.index,
            network: ArcStr::new(),
        };
        // meshes borrow what they ask; a test may keep it
        let leaked = |(translated, state): (Translated, MeshState)| {
            of(Box::leak(Box::new(translated)), Box::leak(Box::new(state)))
        };
        changes(&leaked((one, was)), &leaked((other, is)))
            .into_iter()
            .map(|one| format!("{} -> {}: {}, then {}", one.from, one.to, one.before, one.after))
            .collect()
    }

    const FROM_WEB: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}\n";

    #[test]
    fn a_client_that_joins_gets_an_identity_that_policy_knows() {
        assert_eq!(
            told(FROM_WEB, &["api-1"], &["api-1", "web-1"]),
            ["shop/web -> shop/api-1: deny, then allow"]
        );
        assert_eq!(
            told(FROM_WEB, &["api-1", "web-1"], &["api-1"]),
            ["shop/web-1 (plain text) -> shop/api-1: allow, then deny"]
        );
    }

    #[test]
    fn policy_is_enforced_at_a_server_that_joins() {
        let told = told(FROM_WEB, &["web-1"], &["web-1", "api-1"]);
        let denied = |from: &str| format!("{from} -> shop/api-1: allow, then deny");
        // one stands for everybody who speaks plain text
        assert_eq!(told, [denied("legacy/batch-1 (plain text)"), denied("shop/api")]);
    }

    #[test]
    fn nothing_changes_where_nothing_joins() {
        assert_eq!(
            told(FROM_WEB, &["api-1", "web-1"], &["api-1", "web-1"]),
            Vec::<String>::new()
        );
    }
}
