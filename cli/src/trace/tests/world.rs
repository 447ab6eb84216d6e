//! A mesh in which everything is well, and the ways to break it.

use crate::objects::{self, Sourced, Text};
use crate::simulate::forecast::forecast;
use crate::simulate::{Mesh, Source};
use crate::snapshot::{FORM, Snapshot};
use crate::trace::evidence::{Asked, Evidence};
use crate::trace::{Question, Trace, trace};
use crate::translation::{self, Translated};
use crate::ztunnel::lag;
use arcstr::ArcStr;
use control_core::index::event::Settings;
use proxy_core::state::MeshState;
use serde_json::{Value, json};

/// How old the evidence is.
pub(super) const AGE: u64 = 3;
/// When it was taken.
const NOW: &str = "2026-11-24T10:00:00Z";

/// A moment that can be broken: first what is written, then what the mesh's parts hold of it.
pub(super) struct World {
    pub(super) objects: Vec<Value>,
}

fn fixture() -> Vec<Value> {
    let path = format!("{}/../tests/fixtures/mesh/shop.yaml", env!("CARGO_MANIFEST_DIR"));
    let read = objects::read_objects(&[path]).unwrap();
    read.into_iter().map(|one| one.object).collect()
}

/// A running pod.
pub(super) fn pod(namespace: &str, name: &str, (node, address): (&str, &str), labels: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "uid": name, "labels": labels},
        "spec": {"serviceAccountName": name, "nodeName": node, "containers": [{"name": "c", "image": "c"}]},
        "status": {
            "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })
}

/// The certificates of an identity, as a proxy tells of them.
fn certificate(identity: &str) -> Value {
    let cert = |serial: &str| {
        json!({
            "pem": "", "serialNumber": serial,
            "validFrom": "2026-11-24T00:00:00Z", "expirationTime": "2026-11-25T00:00:00Z",
        })
    };
    json!({
        "identity": identity, "state": "Available",
        "certChain": [cert("1")], "rootCerts": [cert("99")],
    })
}

impl World {
    /// A shop whose web calls its api, on two nodes with an agent and a proxy each.
    pub(super) fn new() -> Self {
        let mut objects = fixture();
        for name in ["istio-system", "kube-system"] {
            objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        }
        for (number, node) in [(1, "node-1"), (2, "node-2")] {
            let at = |last: u32| format!("10.244.{number}.{last}");
            let proxy = json!({"app": "ztunnel"});
            let agent = json!({"k8s-app": "istio-cni-node"});
            objects.push(pod(
                "istio-system",
                &format!("ztunnel-{number}"),
                (node, &at(2)),
                &proxy,
            ));
            objects.push(pod(
                "istio-system",
                &format!("istio-cni-{number}"),
                (node, &at(3)),
                &agent,
            ));
        }
        let dns = json!({"k8s-app": "kube-dns"});
        objects.push(pod("kube-system", "coredns", ("node-2", "10.244.2.4"), &dns));
        Self { objects }
    }

    /// More objects, in place of others of the same name.
    pub(super) fn add(&mut self, text: &str) {
        let parsed = objects::parse(&Text {
            name: "x".to_owned(),
            text: text.to_owned(),
        });
        let held = std::mem::take(&mut self.objects).into_iter().map(Sourced::live);
        let all = objects::overlay(held.chain(parsed.unwrap()));
        self.objects = all.into_iter().map(|one| one.object).collect();
    }

    /// An object, to be changed.
    pub(super) fn get(&mut self, kind: &str, name: &str) -> &mut Value {
        let is_it = |one: &&mut Value| one["kind"] == kind && one["metadata"]["name"] == name;
        self.objects.iter_mut().find(is_it).unwrap()
    }

    /// Takes an object away.
    pub(super) fn remove(&mut self, kind: &str, name: &str) {
        self.objects
            .retain(|one| one["kind"] != kind || one["metadata"]["name"] != name);
    }

    fn translated(&self) -> (Translated, MeshState) {
        let objects = self.objects.iter().cloned().map(Sourced::live).collect();
        let objects = forecast(objects, "istio-system");
        let translated = translation::translate(&objects, Settings::default());
        let (state, _) = translation::received(&translated.index);
        (translated, state)
    }

    /// What proxies and agents hold when everything has arrived.
    pub(super) fn snapshot(&self) -> Snapshot {
        let (_, state) = self.translated();
        let expected = lag::expected(&state).unwrap();
        let of = |kind: &str| -> Vec<Value> {
            let own = expected.iter().filter(|((one, _), _)| *one == kind);
            own.map(|(_, value)| value.clone()).collect()
        };
        let mut snapshot = Snapshot {
            form: FORM,
            taken_at: NOW.to_owned(),
            system: "istio-system".to_owned(),
            objects: self.objects.clone(),
            ..Snapshot::default()
        };
        for (number, node) in [(1, "node-1"), (2, "node-2")] {
            let local: Vec<_> = state.workloads().filter(|one| one.node == node).collect();
            let captured = || {
                local
                    .iter()
                    .filter(|one| one.needs_certificate() && !one.native_tunnel)
            };
            let served: serde_json::Map<String, Value> = captured()
                .map(|one| {
                    let info = json!({
                        "name": one.name, "namespace": one.namespace(),
                        "trustDomain": "cluster.local", "serviceAccount": one.service_account(),
                    });
                    (
                        one.uid.to_string(),
                        json!({"state": "Up", "connections": {}, "info": info}),
                    )
                })
                .collect();
            let certificates: Vec<Value> = captured()
                .map(|one| certificate(&one.identity.to_string()))
                .collect();
            let dump = json!({
                "workloads": of("workload"), "services": of("service"), "policies": of("policy"),
                "workloadState": served, "certificates": certificates,
            });
            snapshot.proxies.insert(format!("ztunnel-{number}"), dump);
            let pods: Vec<Value> = captured()
                .map(|one| {
                    json!({
                        "namespace": one.namespace(), "name": one.name, "annotationSeconds": 60,
                        "rules": {"inPlace": true, "listeners": true, "ageSeconds": 5},
                    })
                })
                .collect();
            snapshot
                .agents
                .insert(format!("istio-cni-{number}"), json!({"node": node, "pods": pods}));
        }
        snapshot
    }

    /// Follows a connection through what was written, and through what the parts hold.
    pub(super) fn trace(&self, snapshot: &Snapshot, from: &str, to: &str) -> Trace {
        self.trace_as(snapshot, Asked::Ago(AGE), (from, to))
    }

    pub(super) fn trace_as(&self, snapshot: &Snapshot, asked: Asked, (from, to): (&str, &str)) -> Trace {
        let (translated, state) = self.translated();
        let mesh = Mesh {
            state: &state,
            index: &translated.index,
            network: ArcStr::new(),
        };
        let source: Source = mesh.find_source(from, "shop").unwrap();
        let target = mesh
            .find_target(to, "shop")
            .and_then(|(target, port)| target.at(port).map(|at| (target, at)));
        let evidence = Evidence::of(snapshot, asked).unwrap();
        let question = Question {
            from,
            source: &source,
            to,
            target: &target,
        };
        trace(&mesh, &evidence, &question)
    }
}
