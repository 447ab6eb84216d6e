//! WorkloadEntry, and inline endpoints of a ServiceEntry. (pure)

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::fields::{Findings, is_host};

/// Checks a `spec`; `path` is where it stands.
pub(super) fn check(spec: &Map<String, Value>, path: &str, findings: &mut Findings) {
    let text = |key: &str| spec.get(key).and_then(Value::as_str).unwrap_or_default();
    let address = text("address");
    let has_ports = spec
        .get("ports")
        .and_then(Value::as_object)
        .is_some_and(|ports| !ports.is_empty());
    if address.is_empty() {
        if text("network").is_empty() {
            findings.refuse(format!("{path}address is needed unless network is set"));
        }
    } else if let Some(socket) = address.strip_prefix("unix://") {
        if has_ports {
            findings.refuse(format!("{path}address: a unix socket has no ports"));
        }
        let is_absolute = socket.starts_with(['/', '@']) && !socket.ends_with('/') && socket.len() > 1;
        if !is_absolute {
            findings.refuse(format!(
                "{path}address: `{address}` is no absolute path of a socket"
            ));
        }
        findings.warn(format!(
            "{path}address: a unix socket means nothing to node proxies"
        ));
    } else if address.parse::<IpAddr>().is_err() && !is_host(address, false) {
        findings.refuse(format!(
            "{path}address: `{address}` is no address and no host name"
        ));
    }
    for (name, port) in spec.get("ports").and_then(Value::as_object).into_iter().flatten() {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let is_name = (1..63).contains(&name.len())
            && name.bytes().all(inner)
            && !name.starts_with('-')
            && !name.ends_with('-');
        if !is_name {
            findings.refuse(format!("{path}ports: `{name}` is no port name"));
        }
        if !port.as_u64().is_some_and(|port| (1..=65535).contains(&port)) {
            findings.refuse(format!("{path}ports: {name} is no port from 1 to 65535"));
        }
    }
}
