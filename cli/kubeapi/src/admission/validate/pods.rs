//! Pods and pod templates.

use std::collections::HashSet;

use serde_json::Value;

use super::names::is_label;
use crate::object;
use crate::status::FieldError;

/// Checks a pod spec at `path`.
pub(super) fn spec(spec: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if object::list(spec, &["containers"]).is_empty() {
        errors.push(FieldError::required(format!("{path}.containers"), ""));
    }
    let volumes: HashSet<&str> = object::list(spec, &["volumes"])
        .iter()
        .filter_map(|volume| object::text(volume, &["name"]))
        .collect();
    let mut seen = HashSet::new();
    for list in ["initContainers", "containers"] {
        for (index, container) in object::list(spec, &[list]).iter().enumerate() {
            let at = format!("{path}.{list}[{index}]");
            errors.extend(check_container(container, &at, &volumes));
            let name = object::text(container, &["name"]).unwrap_or_default();
            if !name.is_empty() && !seen.insert(name) {
                errors.push(FieldError::duplicate(format!("{at}.name"), &name.into()));
            }
        }
    }
    let closed: [(&str, &[&str]); 2] = [
        ("restartPolicy", &["Always", "OnFailure", "Never"]),
        (
            "dnsPolicy",
            &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        ),
    ];
    for (field, words) in closed {
        if let Some(word) = object::text(spec, &[field]).filter(|word| !words.contains(word)) {
            errors.push(FieldError::unsupported(
                format!("{path}.{field}"),
                &word.into(),
                words,
            ));
        }
    }
    errors
}

fn check_container(container: &Value, at: &str, volumes: &HashSet<&str>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match object::text(container, &["name"]).unwrap_or_default() {
        "" => errors.push(FieldError::required(format!("{at}.name"), "")),
        name if !is_label(name) => {
            let rule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
            errors.push(FieldError::invalid(format!("{at}.name"), &name.into(), rule));
        }
        _ => {}
    }
    if object::text(container, &["image"]).unwrap_or_default().is_empty() {
        errors.push(FieldError::required(format!("{at}.image"), ""));
    }
    for (index, port) in object::list(container, &["ports"]).iter().enumerate() {
        let number = object::int(port, &["containerPort"]).unwrap_or(0);
        if !(1..=65535).contains(&number) {
            let field = format!("{at}.ports[{index}].containerPort");
            errors.push(FieldError::invalid(
                field,
                &number.into(),
                "must be between 1 and 65535, inclusive",
            ));
        }
    }
    for (index, mount) in object::list(container, &["volumeMounts"]).iter().enumerate() {
        let name = object::text(mount, &["name"]).unwrap_or_default();
        if !volumes.contains(name) {
            let field = format!("{at}.volumeMounts[{index}].name");
            errors.push(FieldError {
                reason: "FieldValueNotFound",
                field,
                message: format!("Not found: \"{name}\""),
            });
        }
        if object::text(mount, &["mountPath"]).unwrap_or_default().is_empty() {
            errors.push(FieldError::required(
                format!("{at}.volumeMounts[{index}].mountPath"),
                "",
            ));
        }
    }
    errors
}

/// A pod's spec is fixed but for images, tolerations, deadlines and scheduling.
pub(super) fn immutable(old: &Value, new: &Value) -> Vec<FieldError> {
    let fixed = |pod: &Value| {
        let mut spec = pod.get("spec").cloned().unwrap_or_default();
        let map = object::map(&mut spec);
        for free in [
            "tolerations",
            "activeDeadlineSeconds",
            "terminationGracePeriodSeconds",
            "schedulingGates",
            "ephemeralContainers",
        ] {
            map.remove(free);
        }
        for list in ["containers", "initContainers"] {
            for container in map
                .get_mut(list)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                object::map(container).remove("image");
                object::map(container).remove("resources");
            }
        }
        spec
    };
    if fixed(old) == fixed(new) {
        return Vec::new();
    }
    vec![FieldError::forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    )]
}
