//! Labels, annotations and the small readings that several kinds share.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::model::{Labels, Owner, Tunnel};

/// Preference for near endpoints, on Service, `ServiceEntry` and Namespace.
pub(crate) const TRAFFIC_DISTRIBUTION: &str = "networking.istio.io/traffic-distribution";
/// Written by the node agent when capture works.
const REDIRECTION: &str = "ambient.istio.io/redirection";
/// Revision that an object is meant for.
pub(crate) const REVISION: &str = "istio.io/rev";
/// The network of a cluster, on the system namespace.
pub(crate) const NETWORK: &str = "topology.istio.io/network";
const TUNNEL: &str = "networking.istio.io/tunnel";

/// The value of a label.
pub(crate) fn label<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.labels.as_ref()?.get(key).map(String::as_str)
}

/// The value of an annotation.
pub(crate) fn annotation<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.annotations.as_ref()?.get(key).map(String::as_str)
}

/// Whether every label of a selector is present.
pub(crate) fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether the node agent has reported capture; `pending` is not enough (`control-plane.md` 10).
pub(crate) fn is_redirected(meta: &ObjectMeta) -> bool {
    annotation(meta, REDIRECTION) == Some("enabled")
}

/// The tunnel that labels and the redirection annotation ask for (`control-plane.md` 10).
pub(crate) fn tunnel(labels: &Labels, is_redirected: bool) -> Tunnel {
    let is_native = labels
        .get(TUNNEL)
        .is_some_and(|list| list.split(',').any(|item| item.trim() == "http"));
    match (is_native, is_redirected) {
        (true, _) => Tunnel::NativeHbone,
        (false, true) => Tunnel::Hbone,
        (false, false) => Tunnel::None,
    }
}

/// Telemetry names from labels (`control-plane.md` 4).
pub(crate) fn owner(labels: &Labels, workload: String) -> Owner {
    let first = |keys: [&str; 3]| keys.iter().find_map(|key| labels.get(*key)).cloned();
    Owner {
        canonical_name: first(["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"])
            .unwrap_or_else(|| workload.clone()),
        canonical_revision: first([
            "service.istio.io/canonical-revision",
            "app.kubernetes.io/version",
            "version",
        ])
        .unwrap_or_else(|| "latest".to_owned()),
        workload,
    }
}

/// Seconds since the epoch of the creation time; the oldest object wins most conflicts.
pub(crate) fn created(meta: &ObjectMeta) -> i64 {
    meta.creation_timestamp
        .as_ref()
        .map_or(0, |time| time.0.as_second())
}

/// The revision an object is meant for, if it says so.
pub(crate) fn revision(meta: &ObjectMeta) -> Option<String> {
    label(meta, REVISION).map(str::to_owned)
}
