//! Cluster addresses and node ports of Services.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::api::Api;
use crate::object;
use crate::status::{ApiError, FieldError, Subject};
use crate::store::Tx;

const SERVICE: Subject<'static> = Subject {
    group: "",
    resource: "Service",
};
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;

/// Gives a Service the addresses and ports its type needs; keeps those it has.
pub(super) fn allocate(
    api: &Api,
    tx: &Tx<'_>,
    old: Option<&Value>,
    service: &mut Value,
) -> Result<(), ApiError> {
    let kind = object::text(service, &["spec", "type"])
        .unwrap_or("ClusterIP")
        .to_owned();
    if kind == "ExternalName" {
        let spec = object::map_at(service, &["spec"]);
        for field in [
            "clusterIP",
            "clusterIPs",
            "ipFamilies",
            "ipFamilyPolicy",
            "internalTrafficPolicy",
        ] {
            spec.remove(field);
        }
        return Ok(());
    }
    check_families(service)?;
    keep_address(old, service);
    let address = address(api, tx, service)?;
    let spec = object::map_at(service, &["spec"]);
    spec.insert("clusterIP".to_owned(), address.as_str().into());
    spec.insert("clusterIPs".to_owned(), json!([address]));
    object::default(spec, "ipFamilies", json!(["IPv4"]));
    object::default(spec, "ipFamilyPolicy", "SingleStack");
    object::default(spec, "internalTrafficPolicy", "Cluster");
    if kind == "NodePort" || kind == "LoadBalancer" {
        object::default(spec, "externalTrafficPolicy", "Cluster");
        if kind == "LoadBalancer" {
            object::default(spec, "allocateLoadBalancerNodePorts", true);
        }
        node_ports(tx, old, service)?;
    }
    Ok(())
}

/// Services have IPv4 addresses here; what demands more is refused, what would like more gets one.
fn check_families(service: &Value) -> Result<(), ApiError> {
    let families = object::list(service, &["spec", "ipFamilies"]);
    let policy = object::text(service, &["spec", "ipFamilyPolicy"]).unwrap_or_default();
    let mut errors = Vec::new();
    if let Some(index) = families.iter().position(|family| family != "IPv4") {
        let family = &families[index];
        errors.push(FieldError::invalid(
            format!("spec.ipFamilies[{index}]"),
            family,
            "not configured on this cluster",
        ));
    }
    if policy == "RequireDualStack" {
        let why = "this cluster is not configured for dual-stack services";
        errors.push(FieldError::invalid("spec.ipFamilyPolicy", &policy.into(), why));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(SERVICE, object::name(service), &errors))
    }
}

/// The address is fixed for life; leaving it out of an update keeps it.
fn keep_address(old: Option<&Value>, service: &mut Value) {
    let Some(had) = old
        .and_then(|old| object::text(old, &["spec", "clusterIP"]))
        .filter(|had| !had.is_empty())
    else {
        return;
    };
    if object::text(service, &["spec", "clusterIP"])
        .unwrap_or_default()
        .is_empty()
    {
        object::set(service, &["spec", "clusterIP"], had);
    }
}

fn taken(tx: &Tx<'_>, service: &Value) -> HashSet<String> {
    let all = tx.list("services", None);
    let others = all.iter().filter(|other| {
        object::name(other) != object::name(service) || object::namespace(other) != object::namespace(service)
    });
    others
        .filter_map(|other| object::text(other, &["spec", "clusterIP"]))
        .map(str::to_owned)
        .collect()
}

fn address(api: &Api, tx: &Tx<'_>, service: &Value) -> Result<String, ApiError> {
    let range = api.config.service_range;
    let wanted = object::text(service, &["spec", "clusterIP"]).unwrap_or_default();
    let refuse = |why: &str| {
        let error = FieldError::invalid("spec.clusterIPs", &json!([wanted]), why);
        ApiError::invalid(SERVICE, object::name(service), &[error])
    };
    if wanted == "None" {
        return Ok(wanted.to_owned());
    }
    let taken = taken(tx, service);
    if !wanted.is_empty() {
        let parsed: Ipv4Addr = wanted.parse().map_err(|_| refuse("must be a valid IP address"))?;
        if !range.contains(&parsed) {
            return Err(refuse(&format!(
                "failed to allocate IP {wanted}: the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {range}"
            )));
        }
        if taken.contains(wanted) {
            return Err(refuse(&format!(
                "failed to allocate IP {wanted}: provided IP is already allocated"
            )));
        }
        return Ok(wanted.to_owned());
    }
    let hosts = u32::from(range.broadcast()) - u32::from(range.network());
    let reserved = [api.config.api_address(), api.config.dns_address];
    // random, as on a real cluster: an address that was just freed is not given to the next Service
    for _ in 0..hosts.saturating_mul(4).max(64) {
        let offset = 1 + rand::random::<u32>() % hosts.saturating_sub(1).max(1);
        let candidate = Ipv4Addr::from(u32::from(range.network()) + offset);
        if !reserved.contains(&candidate) && !taken.contains(&candidate.to_string()) {
            return Ok(candidate.to_string());
        }
    }
    Err(ApiError::internal(
        "failed to allocate a serviceIP: range is full",
    ))
}

fn node_ports(tx: &Tx<'_>, old: Option<&Value>, service: &mut Value) -> Result<(), ApiError> {
    let (namespace, name) = (
        object::namespace(service).to_owned(),
        object::name(service).to_owned(),
    );
    let mut taken: HashSet<i64> = HashSet::new();
    for other in tx.list("services", None) {
        if object::namespace(&other) != namespace || object::name(&other) != name {
            taken.extend(
                object::list(&other, &["spec", "ports"])
                    .iter()
                    .filter_map(|port| object::int(port, &["nodePort"])),
            );
        }
    }
    let before: Vec<Value> = old
        .map(|old| object::list(old, &["spec", "ports"]).to_vec())
        .unwrap_or_default();
    let ports = object::map_at(service, &["spec"])
        .get_mut("ports")
        .and_then(Value::as_array_mut);
    for (index, port) in ports.into_iter().flatten().enumerate() {
        let same = before
            .iter()
            .find(|had| had["port"] == port["port"] && had["protocol"] == port["protocol"]);
        let wanted =
            object::int(port, &["nodePort"]).or_else(|| same.and_then(|had| object::int(had, &["nodePort"])));
        let chosen = match wanted.filter(|port| *port != 0) {
            Some(wanted) if !NODE_PORTS.contains(&wanted) || taken.contains(&wanted) => {
                let why = if taken.contains(&wanted) {
                    "provided port is already allocated"
                } else {
                    "provided port is not in the valid range. The range of valid ports is 30000-32767"
                };
                let field = format!("spec.ports[{index}].nodePort");
                return Err(ApiError::invalid(
                    SERVICE,
                    &name,
                    &[FieldError::invalid(field, &wanted.into(), why)],
                ));
            }
            Some(wanted) => wanted,
            None => NODE_PORTS
                .clone()
                .find(|port| !taken.contains(port))
                .ok_or_else(|| ApiError::internal("no node port is free"))?,
        };
        taken.insert(chosen);
        object::set(port, &["nodePort"], chosen);
    }
    Ok(())
}
