//! Rows of Services, endpoints and what routes to them.

use jiff::Timestamp;
use serde_json::Value;

use super::{Cells, Printer, age, name, or_none, pairs};
use crate::object;

/// The printer of a networking kind.
pub(super) fn printer(base: &str) -> Option<Printer> {
    let (columns, cells): (&'static str, Cells) = match base {
        "services" => ("Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector", service),
        "endpoints" => ("Name|Endpoints|Age", endpoints),
        "endpointslices" => ("Name|AddressType|Ports|Endpoints|Age", slice),
        "networkpolicies" => ("Name|Pod-Selector|Age", policy),
        "ingresses" => ("Name|Class|Hosts|Address|Ports|Age", ingress),
        "ingressclasses" => ("Name|Controller|Parameters|Age", ingress_class),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(",")
}

fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let kind = object::text(object, &["spec", "type"]).unwrap_or("ClusterIP");
    let ports = object::list(object, &["spec", "ports"]).iter().map(|port| {
        let number = object::int(port, &["port"]).unwrap_or(0);
        let protocol = object::text(port, &["protocol"]).unwrap_or("TCP");
        match object::int(port, &["nodePort"]).filter(|port| *port != 0) {
            Some(node) => format!("{number}:{node}/{protocol}"),
            None => format!("{number}/{protocol}"),
        }
    });
    vec![
        name(object),
        kind.into(),
        or_none(object::text(object, &["spec", "clusterIP"])),
        external(object, kind),
        or_none(Some(&join(ports))),
        age(object, now),
        pairs(object::at(object, &["spec", "selector"])),
    ]
}

fn external(service: &Value, kind: &str) -> Value {
    let given = object::list(service, &["spec", "externalIPs"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned);
    let balancers = object::list(service, &["status", "loadBalancer", "ingress"]).iter();
    let balanced = balancers
        .filter_map(|entry| object::text(entry, &["ip"]).or_else(|| object::text(entry, &["hostname"])));
    match kind {
        "ExternalName" => or_none(object::text(service, &["spec", "externalName"])),
        "LoadBalancer" => {
            let all = join(balanced.map(str::to_owned).chain(given));
            if all.is_empty() {
                "<pending>".into()
            } else {
                all.into()
            }
        }
        _ => or_none(Some(&join(given))),
    }
}

/// At most three of a list, and how many more.
fn some(words: &[String]) -> Value {
    match words {
        [] => or_none(None),
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first},{second},{third} + {} more...", rest.len()).into()
        }
        all => all.join(",").into(),
    }
}

fn endpoints(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut all = Vec::new();
    for subset in object::list(object, &["subsets"]) {
        for address in object::list(subset, &["addresses"]) {
            let ip = object::text(address, &["ip"]).unwrap_or_default();
            let ports = object::list(subset, &["ports"]);
            all.extend(
                ports
                    .iter()
                    .map(|port| format!("{ip}:{}", object::int(port, &["port"]).unwrap_or(0))),
            );
        }
    }
    vec![name(object), some(&all), age(object, now)]
}

fn slice(object: &Value, now: Timestamp) -> Vec<Value> {
    let ports = object::list(object, &["ports"]);
    let ports: Vec<String> = ports
        .iter()
        .map(|port| object::int(port, &["port"]).unwrap_or(0).to_string())
        .collect();
    let addresses: Vec<String> = object::list(object, &["endpoints"])
        .iter()
        .flat_map(|endpoint| object::list(endpoint, &["addresses"]))
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    let ports = if ports.is_empty() {
        "<unset>".into()
    } else {
        some(&ports)
    };
    let addresses = if addresses.is_empty() {
        "<unset>".into()
    } else {
        some(&addresses)
    };
    vec![
        name(object),
        or_none(object::text(object, &["addressType"])),
        ports,
        addresses,
        age(object, now),
    ]
}

fn policy(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        name(object),
        pairs(object::at(object, &["spec", "podSelector"])),
        age(object, now),
    ]
}

fn ingress(object: &Value, now: Timestamp) -> Vec<Value> {
    let hosts = object::list(object, &["spec", "rules"]).iter();
    let hosts: Vec<String> = hosts
        .filter_map(|rule| object::text(rule, &["host"]).map(str::to_owned))
        .collect();
    let addresses = object::list(object, &["status", "loadBalancer", "ingress"]).iter();
    let address = join(addresses.filter_map(|entry| object::text(entry, &["ip"]).map(str::to_owned)));
    let tls = !object::list(object, &["spec", "tls"]).is_empty();
    vec![
        name(object),
        or_none(object::text(object, &["spec", "ingressClassName"])),
        if hosts.is_empty() {
            "*".into()
        } else {
            some(&hosts)
        },
        address.into(),
        if tls { "80, 443" } else { "80" }.into(),
        age(object, now),
    ]
}

fn ingress_class(object: &Value, now: Timestamp) -> Vec<Value> {
    let parameters = object::at(object, &["spec", "parameters"]).map(|reference| {
        let text = |field: &str| object::text(reference, &[field]).unwrap_or_default();
        format!("{}.{}/{}", text("kind"), text("apiGroup"), text("name"))
    });
    let controller = object::text(object, &["spec", "controller"]);
    vec![
        name(object),
        or_none(controller),
        or_none(parameters.as_deref()),
        age(object, now),
    ]
}
