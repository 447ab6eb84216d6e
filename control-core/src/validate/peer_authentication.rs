//! PeerAuthentication. (pure)

use serde_json::{Map, Value};

use super::fields::Findings;

const MODES: [&str; 5] = ["", "UNSET", "DISABLE", "PERMISSIVE", "STRICT"];

/// Checks a `spec`.
pub(super) fn check(spec: &Map<String, Value>, findings: &mut Findings) {
    let selects = findings.selector(spec);
    check_mode(spec.get("mtls"), "mtls", findings);
    let Some(ports) = spec.get("portLevelMtls").filter(|ports| !ports.is_null()) else {
        return;
    };
    let Some(ports) = ports.as_object() else {
        return findings.refuse("portLevelMtls must map ports to modes");
    };
    if ports.is_empty() {
        findings.refuse("portLevelMtls is present but empty");
    } else if !selects {
        findings.refuse("portLevelMtls needs a selector with labels");
    }
    for (port, mode) in ports {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            findings.refuse(format!("portLevelMtls: `{port}` is no port from 1 to 65535"));
        }
        check_mode(Some(mode), &format!("portLevelMtls[{port}]"), findings);
    }
}

fn check_mode(holder: Option<&Value>, path: &str, findings: &mut Findings) {
    let mode = holder
        .and_then(|holder| holder.get("mode"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !MODES.contains(&mode) {
        findings.refuse(format!("{path}.mode: unknown mode {mode}"));
    }
}
