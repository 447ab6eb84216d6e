//! Workloads, Services, bindings and definitions.

use std::collections::HashSet;

use serde_json::Value;

use super::pods;
use crate::base64;
use crate::object;
use crate::selector::Selector;
use crate::status::FieldError;

/// Deployments and their kin: selector and template must fit.
pub(super) fn workload(object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let replicas = object::int(object, &["spec", "replicas"]).unwrap_or(0);
    if replicas < 0 {
        errors.push(FieldError::invalid(
            "spec.replicas",
            &replicas.into(),
            "must be greater than or equal to 0",
        ));
    }
    let template = object::at(object, &["spec", "template"])
        .cloned()
        .unwrap_or_default();
    match object::at(object, &["spec", "selector"]) {
        None => errors.push(FieldError::required("spec.selector", "")),
        Some(selector) if selector.as_object().is_some_and(serde_json::Map::is_empty) => {
            errors.push(FieldError::invalid(
                "spec.selector",
                selector,
                "empty selector is invalid for deployment",
            ));
        }
        Some(selector) if !Selector::from_object(selector).selects(&template) => {
            let labels = object::at(&template, &["metadata", "labels"])
                .cloned()
                .unwrap_or_default();
            let why = "`selector` does not match template `labels`";
            errors.push(FieldError::invalid("spec.template.metadata.labels", &labels, why));
        }
        Some(_) => {}
    }
    let spec = template.get("spec").unwrap_or(&Value::Null);
    if let Some(policy) = object::text(spec, &["restartPolicy"]).filter(|policy| *policy != "Always") {
        errors.push(FieldError::unsupported(
            "spec.template.spec.restartPolicy",
            &policy.into(),
            &["Always"],
        ));
    }
    errors.extend(pods::spec(spec, "spec.template.spec"));
    errors
}

/// Jobs must not restart for ever.
pub(super) fn job(job: &Value) -> Vec<FieldError> {
    let spec = job.pointer("/spec/template/spec").unwrap_or(&Value::Null);
    let mut errors = pods::spec(spec, "spec.template.spec");
    if let Some(policy) = object::text(spec, &["restartPolicy"]).filter(|policy| *policy == "Always") {
        errors.push(FieldError::unsupported(
            "spec.template.spec.restartPolicy",
            &policy.into(),
            &["OnFailure", "Never"],
        ));
    }
    errors
}

/// Services have ports, and ports have numbers and (when several) names.
pub(super) fn service(service: &Value) -> Vec<FieldError> {
    const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    let mut errors = Vec::new();
    let kind = object::text(service, &["spec", "type"]).unwrap_or("ClusterIP");
    if !TYPES.contains(&kind) {
        errors.push(FieldError::unsupported("spec.type", &kind.into(), TYPES));
    }
    let ports = object::list(service, &["spec", "ports"]);
    let headless = object::text(service, &["spec", "clusterIP"]) == Some("None");
    if ports.is_empty() && kind != "ExternalName" && !headless {
        errors.push(FieldError::required("spec.ports", ""));
    }
    if kind == "ExternalName"
        && object::text(service, &["spec", "externalName"])
            .unwrap_or_default()
            .is_empty()
    {
        errors.push(FieldError::required("spec.externalName", ""));
    }
    let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
    for (index, port) in ports.iter().enumerate() {
        let at = format!("spec.ports[{index}]");
        let number = object::int(port, &["port"]).unwrap_or(0);
        if !(1..=65535).contains(&number) {
            errors.push(FieldError::invalid(
                format!("{at}.port"),
                &number.into(),
                "must be between 1 and 65535, inclusive",
            ));
        }
        let name = object::text(port, &["name"]).unwrap_or_default();
        if name.is_empty() && ports.len() > 1 {
            errors.push(FieldError::required(format!("{at}.name"), ""));
        } else if !names.insert(name) {
            errors.push(FieldError::duplicate(format!("{at}.name"), &name.into()));
        }
        if !numbers.insert((number, object::text(port, &["protocol"]).unwrap_or("TCP"))) {
            errors.push(FieldError::duplicate(at, port));
        }
    }
    errors
}

/// A Service keeps its address unless its type changes away.
pub(super) fn immutable_service(old: &Value, new: &Value) -> Vec<FieldError> {
    let address = |service: &Value| {
        object::text(service, &["spec", "clusterIP"])
            .unwrap_or_default()
            .to_owned()
    };
    let external = object::text(new, &["spec", "type"]) == Some("ExternalName");
    let (was, is) = (address(old), address(new));
    if was.is_empty() || was == is || external {
        return Vec::new();
    }
    vec![FieldError::invalid(
        "spec.clusterIPs[0]",
        &is.into(),
        "may not change once set",
    )]
}

/// Keys of config maps and secrets are file names; values of `data` are text.
pub(super) fn keys(object: &Value) -> Vec<FieldError> {
    let is_secret = object["kind"] == "Secret";
    let mut errors = Vec::new();
    for field in ["data", "binaryData"] {
        for (key, value) in object.get(field).and_then(Value::as_object).into_iter().flatten() {
            let good = !key.is_empty()
                && key.len() <= 253
                && !matches!(key.as_str(), "." | "..")
                && key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            let at = format!("{field}[{key}]");
            if !good {
                errors.push(FieldError::invalid(at, &key.as_str().into(), "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"));
            } else if (is_secret || field == "binaryData")
                && value.as_str().is_some_and(|text| base64::decode(text).is_none())
            {
                errors.push(FieldError::invalid(at, &"".into(), "illegal base64 data"));
            } else if !value.is_string() {
                errors.push(FieldError::invalid(at, value, "must be a string"));
            }
        }
    }
    errors
}

/// Bindings name a role and subjects of known kinds.
pub(super) fn binding(binding: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if object::text(binding, &["roleRef", "name"])
        .unwrap_or_default()
        .is_empty()
    {
        errors.push(FieldError::required("roleRef.name", ""));
    }
    let kind = object::text(binding, &["roleRef", "kind"]).unwrap_or_default();
    let allowed: &[&str] = if object::namespace(binding).is_empty() {
        &["ClusterRole"]
    } else {
        &["Role", "ClusterRole"]
    };
    if !allowed.contains(&kind) {
        errors.push(FieldError::unsupported("roleRef.kind", &kind.into(), allowed));
    }
    for (index, subject) in object::list(binding, &["subjects"]).iter().enumerate() {
        let kind = object::text(subject, &["kind"]).unwrap_or_default();
        let kinds = ["ServiceAccount", "User", "Group"];
        if !kinds.contains(&kind) {
            errors.push(FieldError::unsupported(
                format!("subjects[{index}].kind"),
                &kind.into(),
                &kinds,
            ));
        }
    }
    errors
}

/// A definition's name is its plural and group; exactly one version is stored.
pub(super) fn definition(definition: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let text = |path: &[&str]| object::text(definition, path).unwrap_or_default();
    let expected = format!(
        "{}.{}",
        text(&["spec", "names", "plural"]),
        text(&["spec", "group"])
    );
    if object::name(definition) != expected {
        errors.push(FieldError::invalid(
            "metadata.name",
            &object::name(definition).into(),
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    for path in [
        ["spec", "group"].as_slice(),
        &["spec", "names", "plural"],
        &["spec", "names", "kind"],
    ] {
        if text(path).is_empty() {
            errors.push(FieldError::required(path.join("."), ""));
        }
    }
    let scope = text(&["spec", "scope"]);
    if !matches!(scope, "Namespaced" | "Cluster") {
        errors.push(FieldError::unsupported(
            "spec.scope",
            &scope.into(),
            &["Cluster", "Namespaced"],
        ));
    }
    errors.extend(
        crate::schema::crd::problems(definition)
            .into_iter()
            .map(FieldError::from),
    );
    errors
}
