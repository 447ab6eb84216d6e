//! Applying events one by one equals a rebuild from scratch, whatever the order (`control-plane.md` 14).

use std::collections::BTreeMap;

use mesh_wire::workload::Address;
use mesh_wire::workload::address::Type;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use serde_json::{Value, json};

use super::{merge, namespace, pod, policy, service, strictness};
use crate::index::Index;
use crate::index::clusters::ClusterFacts;
use crate::index::event::{Event, Kind, Settings};
use crate::model::ObjectName;
use crate::translate::event;
use crate::xds::resource::{Resource, ResourceKind};

/// A small world, so that objects meet: few names, few labels.
fn object() -> impl Strategy<Value = Value> {
    let name = prop_oneof![Just("web"), Just("db")];
    let ip = prop_oneof![Just("10.0.0.2"), Just("10.0.0.3"), Just("bad")];
    let app = prop_oneof![Just("web"), Just("db")];
    let waypoint = prop_oneof![Just(""), Just("w"), Just("none")];
    (0..11_u8, name, ip, app, waypoint, any::<[bool; 3]>()).prop_map(|(kind, name, ip, app, waypoint, [a, b, c])| {
        let labels = json!({ "app": app, "istio.io/use-waypoint": waypoint });
        match kind {
            0 => pod(name, ip, &json!({ "metadata": { "labels": merged(&labels, &json!({ "gateway.networking.k8s.io/gateway-name": if c { "" } else { "w" } })), "annotations": { "ambient.istio.io/redirection": if a { "enabled" } else { "" } } },
                     "status": { "phase": if b { "Running" } else { "Failed" } }, "spec": { "nodeName": if c { "n1" } else { "" } } })),
            1 => {
                let mut one = service(name, &json!({ "selector": if a { json!({ "app": app }) } else { json!(null) },
                    "ports": [{ "name": "http", "port": 80, "targetPort": if b { json!(8080) } else { json!("http") } }] }));
                one["metadata"]["labels"] = labels;
                one
            }
            2 => json!({ "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": { "name": name, "namespace": "app", "labels": { "kubernetes.io/service-name": app } },
                "ports": [{ "name": "http", "port": 9090, "protocol": "TCP" }],
                "endpoints": [{ "addresses": ["192.168.0.9"] }, { "addresses": ["10.0.0.2"],
                    "targetRef": { "kind": "Pod", "name": name, "namespace": "app", "uid": format!("uid-{name}") } }] }),
            3 => policy(if a { "app" } else { "istio-system" }, name, json!({ "action": if b { "DENY" } else { "ALLOW" },
                "selector": if c { json!({ "matchLabels": { "app": app } }) } else { json!(null) }, "rules": [{}] })),
            4 => {
                let mut spec = json!({ "mtls": { "mode": if a { "STRICT" } else { "PERMISSIVE" } } });
                if b {
                    merge(&mut spec, &json!({ "selector": { "matchLabels": { "app": app } }, "portLevelMtls": { "80": { "mode": if c { "STRICT" } else { "PERMISSIVE" } } } }));
                }
                strictness(if c { "app" } else { "istio-system" }, name, "2026-01-01T00:00:00Z", spec)
            }
            5 => json!({ "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
                "metadata": { "name": name, "namespace": "app", "labels": labels, "creationTimestamp": if a { "2026-01-01T00:00:00Z" } else { "2026-01-02T00:00:00Z" } },
                "spec": { "hosts": [if b { "web.app.svc.cluster.local" } else { "a.example" }], "resolution": if c { "DNS" } else { "STATIC" },
                    "ports": [{ "number": 80, "name": "http" }], "workloadSelector": { "labels": { "app": app } } } }),
            6 => json!({ "apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry",
                "metadata": { "name": name, "namespace": "app", "labels": labels }, "spec": { "address": ip } }),
            7 => namespace(if a { "app" } else { "istio-system" }, json!({ "istio.io/use-waypoint": waypoint,
                "topology.istio.io/network": if b { "n-1" } else { "" }, "mesh": if c { "on" } else { "off" } })),
            8 => json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n1", "labels": { "topology.kubernetes.io/zone": name } } }),
            9 => json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
                "metadata": { "name": "w", "namespace": "app", "labels": { "istio.io/waypoint-for": if a { "all" } else { "service" }, "topology.istio.io/network": if b { "n-1" } else { "" } } },
                "spec": { "gatewayClassName": if b { "istio-remote" } else { "istio-waypoint" }, "listeners": [{ "name": "x", "port": 15008, "protocol": "HBONE" }] },
                "status": { "addresses": if c { json!([{ "type": "IPAddress", "value": "10.9.9.9" }]) } else { json!([]) } } }),
            _ => json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
                "metadata": { "name": "istio-waypoint", "labels": { "istio.io/waypoint-for": if a { "workload" } else { "all" } } },
                "spec": { "controllerName": "x" } }),
        }
    })
}

fn merged(one: &Value, more: &Value) -> Value {
    let mut both = one.clone();
    merge(&mut both, more);
    both
}

#[derive(Clone, Debug)]
enum Step {
    Put(Value),
    /// The same object goes again.
    Remove(Value),
    Select(bool),
    /// The same in another cluster.
    Far(Value),
    FarGone(Value),
    /// Another cluster is none of ours any more, or comes back with nothing in it.
    Cluster(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => object().prop_map(Step::Put),
        2 => object().prop_map(Step::Remove),
        1 => any::<bool>().prop_map(Step::Select),
        3 => object().prop_map(Step::Far),
        1 => object().prop_map(Step::FarGone),
        1 => any::<bool>().prop_map(Step::Cluster),
    ]
}

fn settings(selects: bool) -> Settings {
    let only = || serde_json::from_value(json!({ "matchLabels": { "mesh": "on" } })).unwrap();
    Settings {
        discovery_selectors: if selects { vec![only()] } else { Vec::new() },
        lets_waypoints_in: true,
        multi_network: true,
        scopes: vec![
            serde_json::from_value(
                json!({ "servicesSelector": { "matchLabels": { "app": "web" } }, "scope": "GLOBAL" }),
            )
            .unwrap(),
        ],
        ..Settings::default()
    }
}

fn to_event(step: &Step) -> Event {
    match step {
        Step::Put(object) => event(object).unwrap().unwrap(),
        Step::Remove(object) => match event(object).unwrap().unwrap() {
            Event::Put(name, facts) => Event::Remove(facts.kind(), name),
            other => other,
        },
        Step::Select(selects) => Event::Settings(settings(*selects)),
        Step::Far(object) => far(to_event(&Step::Put(object.clone()))),
        Step::FarGone(object) => far(to_event(&Step::Remove(object.clone()))),
        Step::Cluster(true) => Event::Cluster(EAST.into(), Box::default()),
        Step::Cluster(false) => Event::ClusterGone(EAST.into()),
    }
}

const EAST: &str = "east";

fn far(event: Event) -> Event {
    Event::Remote(EAST.into(), Box::new(event))
}

/// The objects that are left of these steps in one cluster.
#[derive(Default)]
struct Left(BTreeMap<(Kind, ObjectName), Event>);

impl Left {
    fn take(&mut self, event: Event) {
        match event {
            Event::Put(name, facts) => {
                self.0
                    .insert((facts.kind(), name.clone()), Event::Put(name, facts));
            }
            Event::Remove(kind, name) => {
                self.0.remove(&(kind, name));
            }
            _ => {}
        }
    }
}

/// Everything an index says, in a form that can be compared.
fn said(index: &Index) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = index
        .resources()
        .map(|one| (format!("{:?} {}", one.kind, one.name), format!("{one:?}")))
        .collect();
    all.extend(
        index
            .statuses()
            .map(|(of, conditions)| (format!("{of:?}"), format!("{conditions:?}"))),
    );
    all.extend(
        index
            .rejects()
            .map(|(unit, rejects)| (format!("{unit:?}"), format!("{rejects:?}"))),
    );
    all.insert("services".into(), index.services().to_string());
    all
}

/// What is left after all steps, staged and derived once.
fn rebuilt(steps: &[Step]) -> Index {
    let (mut home, mut east) = (Left::default(), None::<Left>);
    let mut selects = false;
    for step in steps {
        match to_event(step) {
            Event::Remote(_, event) => {
                if let Some(east) = &mut east {
                    east.take(*event);
                }
            }
            Event::Cluster(..) => east = Some(Left::default()),
            Event::ClusterGone(_) => east = None,
            event => home.take(event),
        }
        if let Step::Select(on) = step {
            selects = *on;
        }
    }
    let mut index = Index::new(settings(selects));
    // in another order than they came
    if let Some(east) = east {
        let mut facts = ClusterFacts::default();
        east.0.into_values().rev().for_each(|event| facts.stage(event));
        index.stage(Event::Cluster(EAST.into(), Box::new(facts)));
    }
    home.0.into_values().rev().for_each(|event| index.stage(event));
    index.derive_all();
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn incremental_equals_rebuild(steps in vec(step(), 0..40)) {
        let mut index = Index::new(settings(false));
        let mut held = BTreeMap::new();
        for step in &steps {
            let before = said(&index);
            let changes = index.apply(to_event(step));
            // exactly what changed is reported (cp_c21)
            for name in &changes.addresses {
                let new = index.address(name).map(|one| one.version.clone());
                let old = match &new {
                    Some(version) => held.insert(name.clone(), version.clone()),
                    None => held.remove(name),
                };
                prop_assert!(old != new || before != said(&index), "{name} did not change");
            }
        }
        prop_assert_eq!(said(&index), said(&rebuilt(&steps)));
        // a follower of the changes holds what is published
        let published: BTreeMap<_, _> = index
            .resources()
            .filter(|one| !one.version.is_empty())
            .map(|one| (one.name.clone(), one.version.clone()))
            .collect();
        prop_assert_eq!(held, published);
    }
}

/// Everything that a client can see, byte by byte.
fn on_the_wire(index: &Index) -> Vec<(String, String, Vec<u8>)> {
    let bytes = |one: &std::sync::Arc<Resource>| {
        let name = format!("{:?} {}", one.kind, one.name);
        (name, one.version.to_string(), one.body.to_vec())
    };
    index.resources().map(bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// One replica saw every step, the other started late and listed the kinds in another order.
    #[test]
    fn xds_c22_cp_c29_two_replicas_give_equal_bytes_and_versions(steps in vec(step(), 0..40)) {
        let mut index = Index::new(settings(false));
        for step in &steps {
            index.apply(to_event(step));
        }
        prop_assert_eq!(on_the_wire(&index), on_the_wire(&rebuilt(&steps)));
    }

    #[test]
    fn cp_c19_every_policy_that_a_workload_names_is_published(steps in vec(step(), 0..60)) {
        let mut index = Index::new(settings(false));
        for step in &steps {
            index.apply(to_event(step));
            let dangling = index.resources().filter_map(|one| named_policies(one.as_ref())).flatten();
            let dangling: Vec<String> = dangling.filter(|key| index.policy(&key.as_str().into()).is_none()).collect();
            prop_assert!(dangling.is_empty(), "{dangling:?} after {step:?}");
        }
    }
}

fn named_policies(resource: &Resource) -> Option<Vec<String>> {
    if resource.kind != ResourceKind::Workload {
        return None;
    }
    match Address::decode(resource.body.clone()).ok()?.r#type? {
        Type::Workload(workload) => Some(workload.authorization_policies),
        Type::Service(_) => None,
    }
}
