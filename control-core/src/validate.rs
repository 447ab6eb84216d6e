//! Configuration objects → errors and warnings (`control-plane.md` 17.1). Pure.
//!
//! Used by the webhook and, offline, by the tool. Unknown fields inside `spec` are no errors: the schema of
//! the definition has pruned them. Kinds that this mesh does not act on pass with a warning.

use serde_json::{Map, Value};

mod authorization;
mod fields;
mod peer_authentication;
mod service_entry;
mod workload_entry;

use fields::Findings;

/// Kinds of the field that change nothing here.
const WITHOUT_EFFECT: [(&str, &str); 11] = [
    ("security.istio.io", "RequestAuthentication"),
    ("networking.istio.io", "DestinationRule"),
    ("networking.istio.io", "VirtualService"),
    ("networking.istio.io", "Gateway"),
    ("networking.istio.io", "Sidecar"),
    ("networking.istio.io", "EnvoyFilter"),
    ("networking.istio.io", "WorkloadGroup"),
    ("networking.istio.io", "ProxyConfig"),
    ("extensions.istio.io", "WasmPlugin"),
    ("extensions.istio.io", "TrafficExtension"),
    ("telemetry.istio.io", "Telemetry"),
];

/// Annotations that only a translation inside the field's control plane may carry.
const INTERNAL: [&str; 3] = [
    "internal.istio.io/webhook-always-reject",
    "internal.istio.io/parents",
    "internal.istio.io/parent-namespace",
];

const DRY_RUN: &str = "istio.io/dry-run";
const TOP_LEVEL: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// Why an object is refused, as the admission answer says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// The text.
    pub text: String,
    /// What sort of refusal, for the metric.
    pub reason: &'static str,
}

fn refuse<T>(reason: &'static str, text: String) -> Result<T, Refusal> {
    Err(Refusal { text, reason })
}

/// Checks one object; the warnings of an acceptable one.
pub fn validate(object: &Value) -> Result<Vec<String>, Refusal> {
    let Some(object) = object.as_object() else {
        return refuse(
            "yaml_decode_error",
            "cannot decode configuration: it is not an object".to_owned(),
        );
    };
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let none = Map::new();
    let spec = match object.get("spec") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(spec)) => spec,
        Some(_) => {
            let text = "error decoding configuration: `spec` is not an object".to_owned();
            return refuse("crd_conversion_error", text);
        }
    };
    let meta = Meta::of(object);
    let mut findings = Findings::default();
    check_annotations(&meta, kind, spec, &mut findings);
    match (group, kind) {
        ("security.istio.io", "AuthorizationPolicy") => authorization::check(spec, &mut findings),
        ("security.istio.io", "PeerAuthentication") => peer_authentication::check(spec, &mut findings),
        ("networking.istio.io", "ServiceEntry") => service_entry::check(spec, &meta, &mut findings),
        ("networking.istio.io", "WorkloadEntry") => workload_entry::check(spec, "", &mut findings),
        other if WITHOUT_EFFECT.contains(&other) => {
            findings.warn(format!("{kind} is accepted, no effect in this mesh"));
        }
        _ => {
            return refuse(
                "unrecognized_type",
                format!("unrecognized type {api_version}, Kind={kind}"),
            );
        }
    }
    let warnings = judge(findings, kind, &meta)?;
    if let Some(field) = object.keys().find(|field| !TOP_LEVEL.contains(&field.as_str())) {
        let place = format!("{}/{}", meta.namespace, meta.name);
        return refuse(
            "invalid_resource",
            format!("unknown field \"{field}\" on {kind} resource {place}"),
        );
    }
    Ok(warnings)
}

fn judge(findings: Findings, kind: &str, meta: &Meta<'_>) -> Result<Vec<String>, Refusal> {
    if findings.errors.is_empty() {
        return Ok(findings.warnings);
    }
    let all = findings.errors.join("; ");
    let text = if kind == "AuthorizationPolicy" {
        format!(
            "configuration is invalid: invalid policy {}.{}: {all}",
            meta.name, meta.namespace
        )
    } else {
        format!("configuration is invalid: {all}")
    };
    refuse("invalid_resource", text)
}

/// What of the metadata matters.
struct Meta<'a> {
    name: &'a str,
    namespace: &'a str,
    labels: Option<&'a Map<String, Value>>,
    annotations: Option<&'a Map<String, Value>>,
}

impl<'a> Meta<'a> {
    fn of(object: &'a Map<String, Value>) -> Self {
        let meta = object.get("metadata");
        let text = |key| {
            let field = meta.and_then(|meta| meta.get(key)).and_then(Value::as_str);
            field.unwrap_or_default()
        };
        let map = |key| meta.and_then(|meta| meta.get(key)).and_then(Value::as_object);
        Self {
            name: text("name"),
            namespace: text("namespace"),
            labels: map("labels"),
            annotations: map("annotations"),
        }
    }

    fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations?.get(key)?.as_str()
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.labels?.get(key)?.as_str()
    }
}

fn check_annotations(meta: &Meta<'_>, kind: &str, spec: &Map<String, Value>, findings: &mut Findings) {
    for key in INTERNAL {
        if meta.annotation(key).is_some() {
            findings.refuse(format!("annotation {key} may not be set"));
        }
    }
    let Some(dry_run) = meta.annotation(DRY_RUN) else {
        return;
    };
    let action = spec.get("action").and_then(Value::as_str).unwrap_or("ALLOW");
    if kind != "AuthorizationPolicy" {
        findings.refuse(format!("annotation {DRY_RUN} is only for AuthorizationPolicy"));
    } else if !matches!(action, "ALLOW" | "DENY") {
        findings.refuse(format!("annotation {DRY_RUN} is only for actions ALLOW and DENY"));
    }
    if crate::config::parse::boolean(dry_run).is_err() {
        findings.refuse(format!(
            "annotation {DRY_RUN} must be a boolean, not \"{dry_run}\""
        ));
    }
}

#[cfg(test)]
mod tests;
