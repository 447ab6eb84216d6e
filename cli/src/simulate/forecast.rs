//! What objects in files would run: pods of controllers, addresses and readiness, where files do not say them. (pure)
//!
//! A manifest has no addresses and a Deployment no pods. The forecast gives each controller one running pod and each
//! pod and Service an address out of a range that no cluster uses, so that the translation has something to work on.
//! Objects that have these already are left as they are.

use crate::objects::Sourced;
use mesh_node::enroll::{self, Labels, PodFacts, Rules, Verdict};
use mesh_wire::well_known::annotation::{REDIRECTION, REDIRECTION_ENABLED};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Pods get addresses from here (RFC 2544's range for benchmarks).
const PODS: [u8; 2] = [198, 18];
/// Services from here.
const SERVICES: [u8; 2] = [198, 19];

/// Addresses that were not used yet.
struct Addresses {
    range: [u8; 2],
    next: u16,
}

impl Addresses {
    fn take(&mut self) -> String {
        self.next = self.next.wrapping_add(1);
        let [third, fourth] = self.next.to_be_bytes();
        Ipv4Addr::new(self.range[0], self.range[1], third, fourth).to_string()
    }
}

/// The objects with what would run of them.
#[must_use]
pub fn forecast(objects: Vec<Sourced>, system: &str) -> Vec<Sourced> {
    let namespaces: BTreeMap<String, Labels> = objects
        .iter()
        .filter(|one| one.object["kind"] == "Namespace")
        .map(|one| (one.key().3, labels(&one.object["metadata"]["labels"])))
        .collect();
    let rules = Rules {
        system_namespace: system.to_owned(),
        ..Rules::default()
    };
    let mut pods = Addresses { range: PODS, next: 0 };
    let mut services = Addresses {
        range: SERVICES,
        next: 0,
    };
    let made: Vec<Sourced> = objects
        .iter()
        .filter_map(|one| Some((template(&one.object)?, one)))
        .filter(|(pod, _)| !has_pods(&objects, pod))
        .map(|(object, one)| Sourced {
            object,
            origin: one.origin.clone(),
        })
        .collect();
    let mut all = objects;
    all.extend(made);
    for one in &mut all {
        let object = &mut one.object;
        match object["kind"].as_str() {
            Some("Pod") => run(object, &namespaces, &rules, &mut pods),
            Some("Service") => give_address(object, &mut services),
            _ => {}
        }
    }
    all
}

fn labels(value: &Value) -> Labels {
    let entries = value.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn namespace_of(object: &Value) -> String {
    object["metadata"]["namespace"]
        .as_str()
        .unwrap_or("default")
        .to_owned()
}

/// The pod that a controller would make.
fn template(object: &Value) -> Option<Value> {
    let spec = &object["spec"];
    let template = match object["kind"].as_str()? {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => &spec["template"],
        "ReplicaSet" if object["metadata"]["ownerReferences"].is_null() => &spec["template"],
        "CronJob" => &spec["jobTemplate"]["spec"]["template"],
        _ => return None,
    };
    if spec["replicas"] == 0 {
        return None;
    }
    let name = object["metadata"]["name"].as_str()?;
    Some(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace_of(object),
            "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"],
        },
        "spec": template["spec"],
    }))
}

/// Whether a pod with the template's labels is among the objects.
fn has_pods(objects: &[Sourced], made: &Value) -> bool {
    let (namespace, wanted) = (namespace_of(made), labels(&made["metadata"]["labels"]));
    objects.iter().map(|one| &one.object).any(|pod| {
        pod["kind"] == "Pod" && namespace_of(pod) == namespace && {
            let held = labels(&pod["metadata"]["labels"]);
            wanted.iter().all(|(key, value)| held.get(key) == Some(value))
        }
    })
}

/// Lets a pod run that says nothing of its state.
fn run(pod: &mut Value, namespaces: &BTreeMap<String, Labels>, rules: &Rules, addresses: &mut Addresses) {
    let namespace = namespace_of(pod);
    pod["metadata"]["namespace"] = namespace.clone().into();
    if pod["status"]["podIP"].is_string() || pod["status"]["podIPs"].is_array() {
        return;
    }
    let address = addresses.take();
    let facts = PodFacts {
        namespace: namespace.clone(),
        name: pod["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        labels: labels(&pod["metadata"]["labels"]),
        annotations: labels(&pod["metadata"]["annotations"]),
        network: if pod["spec"]["hostNetwork"] == true {
            enroll::PodNetwork::Host
        } else {
            enroll::PodNetwork::Own
        },
        ..PodFacts::default()
    };
    let nothing = Labels::new();
    let of_namespace = namespaces.get(&namespace).unwrap_or(&nothing);
    if enroll::decide(&facts, of_namespace, rules) == Verdict::Capture {
        if !pod["metadata"]["annotations"].is_object() {
            pod["metadata"]["annotations"] = json!({});
        }
        pod["metadata"]["annotations"][REDIRECTION] = REDIRECTION_ENABLED.into();
    }
    pod["status"] = json!({
        "phase": "Running",
        "podIP": address,
        "podIPs": [{ "ip": address }],
        "conditions": [{ "type": "Ready", "status": "True" }],
    });
}

/// Gives a Service an address; headless ones have none.
fn give_address(service: &mut Value, addresses: &mut Addresses) {
    service["metadata"]["namespace"] = namespace_of(service).into();
    let spec = &mut service["spec"];
    if spec["clusterIP"].is_string() || spec["type"] == "ExternalName" {
        return;
    }
    let address = addresses.take();
    spec["clusterIPs"] = json!([address]);
    spec["clusterIP"] = address.into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{Text, parse};

    #[test]
    fn a_deployment_has_a_captured_pod_and_its_service_an_address() {
        let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {istio.io/dataplane-mode: ambient}}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}\n\
             spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}\n---\n\
             apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: a}\nspec: {selector: {app: web}}\n---\n\
             apiVersion: v1\nkind: Service\nmetadata: {name: none, namespace: a}\nspec: {clusterIP: None}\n";
        let text = Text {
            name: "x".to_owned(),
            text: text.to_owned(),
        };
        let all = forecast(parse(&text).unwrap(), "istio-system");
        let pod = &all.iter().find(|one| one.object["kind"] == "Pod").unwrap().object;
        assert_eq!(pod["status"]["podIP"], "198.18.0.1");
        assert_eq!(pod["metadata"]["annotations"][REDIRECTION], "enabled");
        assert_eq!(all[2].object["spec"]["clusterIP"], "198.19.0.1");
        assert_eq!(all[3].object["spec"]["clusterIP"], "None");
        // a second look adds nothing
        assert_eq!(forecast(all.clone(), "istio-system"), all);
    }
}
