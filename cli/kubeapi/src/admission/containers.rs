//! Defaults of a pod template: what every client expects to read back.

use serde_json::{Map, Value, json};

use crate::object::{self, default};

/// Fills a pod spec (of a pod or of a template).
pub(super) fn fill(spec: &mut Value) {
    let map = object::map(spec);
    default(map, "restartPolicy", "Always");
    default(map, "dnsPolicy", "ClusterFirst");
    default(map, "terminationGracePeriodSeconds", 30);
    default(map, "securityContext", json!({}));
    default(map, "schedulerName", "default-scheduler");
    // the old and the new name of the account are the same field
    let account = map
        .get("serviceAccountName")
        .or_else(|| map.get("serviceAccount"))
        .cloned();
    if let Some(account) = account.filter(|account| account.as_str().is_some_and(|name| !name.is_empty())) {
        map.insert("serviceAccountName".to_owned(), account.clone());
        map.insert("serviceAccount".to_owned(), account);
    }
    let on_host = map.get("hostNetwork").and_then(Value::as_bool).unwrap_or(false);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in map
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            fill_container(object::map(container), on_host);
        }
    }
    for volume in map
        .get_mut("volumes")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        fill_volume(object::map(volume));
    }
}

fn fill_container(container: &mut Map<String, Value>, on_host: bool) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let file = image.rsplit('/').next().unwrap_or_default();
    let latest = !image.contains('@') && (!file.contains(':') || file.ends_with(":latest"));
    default(
        container,
        "imagePullPolicy",
        if latest { "Always" } else { "IfNotPresent" },
    );
    default(container, "terminationMessagePath", "/dev/termination-log");
    default(container, "terminationMessagePolicy", "File");
    default(container, "resources", json!({}));
    for port in container
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let port = object::map(port);
        default(port, "protocol", "TCP");
        if let (true, Some(number)) = (on_host, port.get("containerPort").cloned()) {
            default(port, "hostPort", number);
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe).filter(|probe| probe.is_object()) {
            fill_probe(object::map(probe));
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(get) = container
            .get_mut("lifecycle")
            .and_then(|l| l.get_mut(hook))
            .and_then(|h| h.get_mut("httpGet"))
        {
            fill_http_get(object::map(get));
        }
    }
    for variable in container
        .get_mut("env")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(field) = variable
            .get_mut("valueFrom")
            .and_then(|from| from.get_mut("fieldRef"))
        {
            default(object::map(field), "apiVersion", "v1");
        }
    }
    if let Some(resources) = container.get_mut("resources") {
        limits_are_requests(object::map(resources));
    }
}

/// A limit without a request asks for as much as it allows.
fn limits_are_requests(resources: &mut Map<String, Value>) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else {
        return;
    };
    let requests = resources.entry("requests").or_insert(Value::Null);
    for (name, amount) in limits {
        default(object::map(requests), &name, amount);
    }
}

fn fill_probe(probe: &mut Map<String, Value>) {
    for (field, value) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        default(probe, field, value);
    }
    if let Some(get) = probe.get_mut("httpGet").filter(|get| get.is_object()) {
        fill_http_get(object::map(get));
    }
    if let Some(grpc) = probe.get_mut("grpc").filter(|grpc| grpc.is_object()) {
        default(object::map(grpc), "service", "");
    }
}

fn fill_http_get(get: &mut Map<String, Value>) {
    default(get, "path", "/");
    default(get, "scheme", "HTTP");
}

fn fill_volume(volume: &mut Map<String, Value>) {
    const READABLE: i64 = 0o644;
    for source in ["configMap", "secret", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source).filter(|source| source.is_object()) {
            default(object::map(source), "defaultMode", READABLE);
        }
    }
    if let Some(path) = volume.get_mut("hostPath").filter(|path| path.is_object()) {
        default(object::map(path), "type", "");
    }
    let projected = volume
        .get_mut("projected")
        .and_then(|projected| projected.get_mut("sources"));
    for source in projected.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(token) = source
            .get_mut("serviceAccountToken")
            .filter(|token| token.is_object())
        {
            default(object::map(token), "expirationSeconds", 3600);
        }
        let items = source
            .get_mut("downwardAPI")
            .and_then(|downward| downward.get_mut("items"));
        fill_field_references(items);
    }
    fill_field_references(
        volume
            .get_mut("downwardAPI")
            .and_then(|downward| downward.get_mut("items")),
    );
    if volume.len() == 1 {
        // a volume without a source is an empty directory
        volume.insert("emptyDir".to_owned(), json!({}));
    }
}

fn fill_field_references(items: Option<&mut Value>) {
    for item in items.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = item.get_mut("fieldRef").filter(|field| field.is_object()) {
            default(object::map(field), "apiVersion", "v1");
        }
    }
}
