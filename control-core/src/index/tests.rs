//! Objects in, resources out: the conformance points, and the law that incremental equals rebuild.

#![expect(
    clippy::needless_pass_by_value,
    reason = "objects are written where they are used"
)]

use mesh_wire::security::Authorization;
use mesh_wire::workload::address::Type;
use mesh_wire::workload::{Address, Service, Workload};
use prost::Message;
use serde_json::{Value, json};

use super::Index;
use super::changes::Changes;
use super::event::{Event, Kind, Settings};
use crate::model::ObjectName;
use crate::model::condition::{Condition, StatusOf};
use crate::translate::event;

mod clusters;
mod law;
mod policies;
mod services;
mod waypoints;
mod workloads;

/// An index that is fed with objects as the API has them.
#[derive(Default)]
pub(super) struct Mesh {
    index: Index,
}

impl Mesh {
    fn new(settings: Settings) -> Self {
        let index = Index::new(settings);
        Self { index }
    }

    /// The namespace `app` exists.
    fn with_app(self) -> Self {
        self.with(&namespace("app", json!({})))
    }

    fn with(mut self, object: &Value) -> Self {
        self.put(object);
        self
    }

    #[track_caller]
    fn put(&mut self, object: &Value) -> Changes {
        self.index.apply(event(object).unwrap().unwrap())
    }

    fn remove(&mut self, kind: Kind, namespace: &str, name: &str) -> Changes {
        self.index
            .apply(Event::Remove(kind, ObjectName::new(namespace, name)))
    }

    fn address(&self, name: &str) -> Option<Type> {
        let resource = self.index.address(&name.into())?;
        Address::decode(resource.body.clone()).unwrap().r#type
    }

    fn workload(&self, uid: &str) -> Option<Workload> {
        match self.address(uid)? {
            Type::Workload(workload) => Some(workload),
            Type::Service(_) => None,
        }
    }

    /// The workload of a pod in `app`.
    #[track_caller]
    fn pod(&self, name: &str) -> Workload {
        self.workload(&format!("Kubernetes//Pod/app/{name}")).unwrap()
    }

    fn service(&self, key: &str) -> Option<Service> {
        match self.address(key)? {
            Type::Service(service) => Some(service),
            Type::Workload(_) => None,
        }
    }

    /// The service of a Service in `app`.
    #[track_caller]
    fn app_service(&self, name: &str) -> Service {
        self.service(&format!("app/{name}.app.svc.cluster.local"))
            .unwrap()
    }

    fn policy(&self, key: &str) -> Option<Authorization> {
        let resource = self.index.policy(&key.into())?;
        Some(Authorization::decode(resource.body.clone()).unwrap())
    }

    fn conditions(&self, of: &StatusOf) -> Vec<Condition> {
        self.index.status(of).0.to_vec()
    }
}

fn namespace(name: &str, labels: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } })
}

/// A ready pod in `app`; `more` is merged over it.
fn pod(name: &str, ip: &str, more: &Value) -> Value {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": "app", "uid": format!("uid-{name}"), "labels": { "app": name } },
        "spec": { "serviceAccountName": "web", "nodeName": "n1",
                  "containers": [{ "name": "c", "ports": [{ "name": "http", "containerPort": 8080 }] }] },
        "status": { "phase": "Running", "podIP": ip, "podIPs": [{ "ip": ip }],
                    "conditions": [{ "type": "Ready", "status": "True" }] },
    });
    merge(&mut pod, more);
    pod
}

/// A Service in `app` that selects pods labelled with its name; `spec` is merged over it.
fn service(name: &str, spec: &Value) -> Value {
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "namespace": "app" },
        "spec": { "clusterIP": "10.96.0.5", "clusterIPs": ["10.96.0.5"], "ipFamilies": ["IPv4"],
                  "selector": { "app": name },
                  "ports": [{ "name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP" }] },
    });
    merge(&mut service["spec"], spec);
    service
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

fn policy(namespace: &str, name: &str, spec: Value) -> Value {
    json!({ "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": { "name": name, "namespace": namespace, "generation": 3 }, "spec": spec })
}

fn strictness(namespace: &str, name: &str, created: &str, spec: Value) -> Value {
    json!({ "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
            "metadata": { "name": name, "namespace": namespace, "creationTimestamp": created }, "spec": spec })
}
