//! ServiceEntry. (pure)

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::fields::{Findings, is_host};
use super::{Meta, workload_entry};

type Object = Map<String, Value>;

fn text<'a>(of: &'a Object, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Checks a `spec`.
pub(super) fn check(spec: &Object, meta: &Meta<'_>, findings: &mut Findings) {
    let hosts = findings.texts(spec, "hosts", "");
    let endpoints = findings.objects(spec, "endpoints", "");
    let resolution = match text(spec, "resolution") {
        "" => "NONE",
        other => other,
    };
    if hosts.is_empty() {
        findings.refuse("a service entry needs at least one host");
    }
    for host in &hosts {
        if *host == "*" {
            findings.refuse("host `*` would match everything");
        } else if !is_host(host, true) {
            findings.refuse(format!("`{host}` is no host name"));
        }
    }
    let selects = spec.get("workloadSelector").is_some_and(|one| !one.is_null());
    if selects && !endpoints.is_empty() {
        findings.refuse("only one of `workloadSelector` and `endpoints` may be set");
    }
    let protocols = check_ports(spec, findings);
    check_addresses(spec, resolution, findings);
    for (path, endpoint) in &endpoints {
        workload_entry::check(endpoint, &format!("{path}."), findings);
    }
    check_resolution(spec, resolution, (&hosts, &endpoints), findings);
    if resolution == "DYNAMIC_DNS" {
        check_dynamic(spec, meta, (&hosts, &protocols), findings);
    }
    let is_http = |protocol: &String| {
        let protocol = protocol.as_str();
        matches!(
            protocol,
            "HTTP" | "HTTP2" | "GRPC" | "HTTPS" | "TLS" | "HTTP_PROXY" | "GRPC-WEB"
        )
    };
    if hosts.len() > 1 && resolution != "NONE" && !protocols.is_empty() && !protocols.iter().all(is_http) {
        findings.refuse("several hosts can only share ports whose protocol tells them apart: HTTP or TLS");
    }
    if resolution == "NONE"
        && text(spec, "location") == "MESH_INTERNAL"
        && meta.label("istio.io/use-waypoint").is_some()
    {
        findings.warn("a waypoint cannot load-balance an entry with resolution NONE");
    }
}

/// Names and numbers are unique and in range; the protocols.
fn check_ports(spec: &Object, findings: &mut Findings) -> Vec<String> {
    let (mut names, mut numbers, mut protocols) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (path, port) in findings.objects(spec, "ports", "") {
        let name = text(port, "name");
        if name.is_empty() {
            findings.refuse(format!("{path} has no name"));
        } else if !names.insert(name) {
            findings.refuse(format!("port name `{name}` is used twice"));
        }
        for key in ["number", "targetPort"] {
            let number = port.get(key).and_then(Value::as_u64);
            if number.is_some_and(|number| !(1..=65535).contains(&number))
                || (key == "number" && number.is_none())
            {
                findings.refuse(format!("{path}.{key} is no port from 1 to 65535"));
            }
        }
        if let Some(number) = port.get("number").and_then(Value::as_u64)
            && !numbers.insert(number)
        {
            findings.refuse(format!("port number {number} is used twice"));
        }
        protocols.push(text(port, "protocol").to_ascii_uppercase());
    }
    protocols
}

fn check_addresses(spec: &Object, resolution: &str, findings: &mut Findings) {
    for address in findings.texts(spec, "addresses", "") {
        let is_range = address.contains('/');
        let is_good = if is_range {
            address.parse::<ipnet::IpNet>().is_ok()
        } else {
            address.parse::<IpAddr>().is_ok()
        };
        if !is_good {
            findings.refuse(format!("addresses: `{address}` is no address or CIDR"));
        } else if is_range && !matches!(resolution, "NONE" | "STATIC") {
            findings.refuse(format!(
                "addresses: the range `{address}` needs resolution NONE or STATIC"
            ));
        }
    }
}

type Rows<'a> = Vec<(String, &'a Object)>;

fn check_resolution(
    spec: &Object,
    resolution: &str,
    (hosts, endpoints): (&[&str], &Rows<'_>),
    findings: &mut Findings,
) {
    let selects = spec.get("workloadSelector").is_some_and(|one| !one.is_null());
    match resolution {
        "NONE" => {
            if !endpoints.is_empty() {
                findings.refuse("resolution NONE goes to the original address and takes no endpoints");
            }
        }
        "STATIC" => {
            for (path, endpoint) in endpoints {
                let address = text(endpoint, "address");
                if !address.starts_with("unix://")
                    && !address.is_empty()
                    && address.parse::<IpAddr>().is_err()
                {
                    findings.refuse(format!(
                        "{path}: resolution STATIC needs an IP address, not `{address}`"
                    ));
                }
            }
        }
        "DNS" | "DNS_ROUND_ROBIN" => {
            if endpoints.is_empty() && !selects {
                for host in hosts.iter().filter(|host| !is_host(host, false)) {
                    findings.refuse(format!(
                        "resolution {resolution} without endpoints cannot resolve `{host}`"
                    ));
                }
            }
            if resolution == "DNS_ROUND_ROBIN" && endpoints.len() > 1 {
                findings.refuse("resolution DNS_ROUND_ROBIN takes at most one endpoint");
            }
        }
        "DYNAMIC_DNS" => {}
        other => findings.refuse(format!("unknown resolution {other}")),
    }
}

fn check_dynamic(
    spec: &Object,
    meta: &Meta<'_>,
    (hosts, protocols): (&[&str], &[String]),
    findings: &mut Findings,
) {
    if let Some(host) = hosts.iter().find(|host| !host.starts_with("*.")) {
        findings.refuse(format!(
            "resolution DYNAMIC_DNS needs wildcard hosts, not `{host}`"
        ));
    }
    let filled = |key: &str| {
        spec.get(key)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
    };
    if filled("addresses") || filled("endpoints") {
        findings.refuse("resolution DYNAMIC_DNS takes neither addresses nor endpoints");
    }
    let is_known = |protocol: &&String| matches!(protocol.as_str(), "HTTP" | "HTTP2" | "GRPC" | "TLS");
    if let Some(protocol) = protocols.iter().find(|protocol| !is_known(protocol)) {
        findings.refuse(format!(
            "resolution DYNAMIC_DNS needs protocol HTTP, HTTP2, GRPC or TLS, not `{protocol}`"
        ));
    }
    if text(spec, "location") == "MESH_INTERNAL" && meta.label("istio.io/use-waypoint").is_some() {
        findings.refuse("resolution DYNAMIC_DNS with location MESH_INTERNAL cannot use a waypoint");
    }
}
