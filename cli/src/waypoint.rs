//! Waypoints as objects: the Gateway that asks for one, and what its status says (`spec/cli.md` 8.3). (pure)

use mesh_wire::well_known::label::{NONE, REVISION, USE_WAYPOINT, USE_WAYPOINT_NAMESPACE, WAYPOINT_FOR};
use mesh_wire::well_known::name::WAYPOINT_CLASS;
use mesh_wire::well_known::port::HBONE;
use serde_json::{Value, json};

/// The `apiVersion` of Gateways.
pub const API: &str = "gateway.networking.k8s.io/v1";
/// What a waypoint is called unless a name is given.
pub const DEFAULT_NAME: &str = "waypoint";

/// What is wanted of a waypoint.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace; none leaves it out.
    pub namespace: Option<&'a str>,
    /// Which traffic it takes.
    pub traffic: Option<&'a str>,
    /// The revision that manages it.
    pub revision: Option<&'a str>,
}

/// The Gateway that asks for it.
#[must_use]
pub fn gateway(wanted: &Wanted<'_>) -> Value {
    let mut meta = json!({ "name": wanted.name });
    if let Some(namespace) = wanted.namespace {
        meta["namespace"] = namespace.into();
    }
    let labels = [(WAYPOINT_FOR, wanted.traffic), (REVISION, wanted.revision)];
    for (key, value) in labels.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        if !meta["labels"].is_object() {
            meta["labels"] = json!({});
        }
        meta["labels"][key] = value.into();
    }
    json!({
        "apiVersion": API,
        "kind": "Gateway",
        "metadata": meta,
        "spec": {
            "gatewayClassName": WAYPOINT_CLASS,
            "listeners": [{ "name": "mesh", "port": HBONE, "protocol": "HBONE" }],
        },
    })
}

/// Whether a Gateway is a waypoint.
#[must_use]
pub fn is_waypoint(gateway: &Value) -> bool {
    gateway["spec"]["gatewayClassName"] == WAYPOINT_CLASS
}

/// The condition `Programmed`.
#[must_use]
pub fn programmed(gateway: &Value) -> Option<&Value> {
    let conditions = gateway["status"]["conditions"].as_array()?;
    conditions.iter().find(|one| one["type"] == "Programmed")
}

/// The status of the condition `Programmed`; `False` if it is not there.
#[must_use]
pub fn status(gateway: &Value) -> &str {
    programmed(gateway)
        .and_then(|one| one["status"].as_str())
        .unwrap_or("False")
}

/// Namespace and name of the waypoint that an object's labels ask for; `home` is the object's own namespace.
#[must_use]
pub fn asked(labels: &Value, home: &str) -> Option<(String, String)> {
    let name = labels[USE_WAYPOINT]
        .as_str()
        .filter(|name| !name.is_empty() && *name != NONE)?;
    let place = labels[USE_WAYPOINT_NAMESPACE].as_str().unwrap_or(home);
    Some((place.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_c17_labels_and_namespace_only_if_asked_for() {
        let plain = gateway(&Wanted {
            name: "waypoint",
            ..Wanted::default()
        });
        assert_eq!(plain["metadata"], json!({ "name": "waypoint" }));
        assert_eq!(
            plain["spec"]["listeners"],
            json!([{ "name": "mesh", "port": 15008, "protocol": "HBONE" }])
        );
        let full = gateway(&Wanted {
            name: "wp",
            namespace: Some("shop"),
            traffic: Some("all"),
            revision: Some("blue"),
        });
        assert_eq!(
            full["metadata"]["labels"],
            json!({ "istio.io/waypoint-for": "all", "istio.io/rev": "blue" })
        );
    }

    #[test]
    fn cli_c17_without_a_condition_it_is_not_programmed() {
        assert_eq!(status(&json!({})), "False");
        let gateway = json!({"status": {"conditions": [{"type": "Accepted", "status": "False"}, {"type": "Programmed", "status": "True"}]}});
        assert_eq!(status(&gateway), "True");
    }

    #[test]
    fn who_asks_for_which() {
        let labels = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(asked(&labels("{}"), "shop"), None);
        assert_eq!(
            asked(&labels(r#"{"istio.io/use-waypoint": "none"}"#), "shop"),
            None
        );
        let other = labels(r#"{"istio.io/use-waypoint": "wp", "istio.io/use-waypoint-namespace": "edge"}"#);
        assert_eq!(asked(&other, "shop"), Some(("edge".to_owned(), "wp".to_owned())));
    }
}
