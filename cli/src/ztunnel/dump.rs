//! Reading a dump (`spec/cli.md` 3.1): forgiving in form, since dumps of many versions are read, and
//! strict in output, since the fields and their order are what scripts know.
//!
//! Lists may be maps, keys match case-insensitively, unknown fields are ignored, missing lists stay
//! absent (`null`). Absent on purpose: `mesh_wire::dump`, which is what our own proxy *writes*.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A dump that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadDumpError {
    /// Not JSON at all.
    #[error("the dump is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not an object.
    #[error("the dump is not a JSON object")]
    NotAnObject,
}

/// The parts of a dump that are shown.
#[derive(Debug, Default)]
pub struct Dump {
    /// In dump order.
    pub workloads: Vec<Workload>,
    /// In dump order.
    pub services: Vec<Service>,
    /// In dump order.
    pub policies: Vec<Policy>,
    /// In dump order.
    pub certificates: Vec<Certificate>,
    /// By pod UID.
    pub workload_state: BTreeMap<String, WorkloadState>,
}

/// A pointer to a waypoint or gateway; ports are dropped.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Destination {
    /// `network/ip` or `namespace/hostname`.
    pub destination: String,
}

/// Where a workload runs.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Locality {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subzone: String,
}

/// How the application takes tunnels.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct ApplicationTunnel {
    pub protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u64>,
}

/// A workload, fields in the reference's order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Workload {
    pub uid: String,
    pub workload_ips: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoint: Option<Destination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_gateway: Option<Destination>,
    pub protocol: String,
    pub name: String,
    pub namespace: String,
    pub service_account: String,
    pub workload_name: String,
    pub workload_type: String,
    pub canonical_name: String,
    pub canonical_revision: String,
    pub cluster_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trust_domain: String,
    pub locality: Locality,
    pub node: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub network: String,
    pub status: String,
    pub hostname: String,
    pub capacity: u64,
    pub application_tunnel: ApplicationTunnel,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_policies: Vec<String>,
}

/// How endpoints are chosen.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct LoadBalancer {
    pub mode: String,
    pub routing_preferences: Option<Vec<String>>,
    pub health_policy: String,
}

/// One endpoint of a service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Endpoint {
    pub workload_uid: String,
    pub service: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub port: Option<BTreeMap<String, Value>>,
}

/// A service, fields in the reference's order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Service {
    pub name: String,
    pub namespace: String,
    pub hostname: String,
    pub vips: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cidr_vips: Vec<String>,
    pub ports: Option<BTreeMap<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoint: Option<Destination>,
    pub endpoints: Option<BTreeMap<String, Endpoint>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<String>,
    pub ip_families: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub canonical: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub visibility: String,
}

/// A policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Policy {
    pub name: String,
    pub namespace: String,
    pub scope: String,
    pub action: String,
    pub rules: Value,
    /// Judged and logged, not enforced; not part of the reference's document.
    #[serde(skip)]
    pub is_dry_run: bool,
}

/// The certificates of one identity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Certificate {
    pub identity: String,
    pub state: String,
    pub cert_chain: Option<Vec<Cert>>,
    pub root_certs: Option<Vec<Cert>>,
}

/// One certificate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Cert {
    pub pem: String,
    pub serial_number: String,
    pub valid_from: String,
    pub expiration_time: String,
}

/// What a proxy does for one pod.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct WorkloadState {
    pub state: String,
    pub connections: Connections,
    pub info: WorkloadInfo,
}

/// Live connections of one pod.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Connections {
    pub inbound: Option<Vec<Connection>>,
    pub outbound: Option<Vec<Connection>>,
}

/// One live connection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct Connection {
    pub src: String,
    pub original_dst: String,
    pub actual_dst: String,
    pub protocol: String,
}

/// Whose state it is.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub struct WorkloadInfo {
    pub name: String,
    pub namespace: String,
    pub trust_domain: String,
    pub service_account: String,
}

impl Dump {
    /// Reads the body of `/config_dump`.
    ///
    /// # Errors
    /// The text is not a JSON object.
    pub fn from_wire(text: &[u8]) -> Result<Self, ReadDumpError> {
        let value: Value = serde_json::from_slice(text).map_err(ReadDumpError::NotJson)?;
        let top = value.as_object().ok_or(ReadDumpError::NotAnObject)?;
        let top = Fields(top);
        let state = top.map("workloadState").into_iter().flatten();
        Ok(Self {
            workloads: top.entries("workloads", workload),
            services: top.entries("services", service),
            policies: top.entries("policies", policy),
            certificates: top.entries("certificates", certificate),
            workload_state: state
                .filter_map(|(uid, value)| Some((uid.clone(), workload_state(Fields(value.as_object()?)))))
                .collect(),
        })
    }
}

/// An object whose keys match case-insensitively.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn find(self, key: &str) -> Option<&'a Value> {
        let other = || {
            self.0
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| value)
        };
        self.0.get(key).or_else(other).filter(|value| !value.is_null())
    }

    fn text(self, key: &str) -> String {
        self.find(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    fn object(self, key: &str) -> Option<Fields<'a>> {
        self.find(key).and_then(Value::as_object).map(Fields)
    }

    fn map(self, key: &str) -> Option<&'a Map<String, Value>> {
        self.find(key).and_then(Value::as_object)
    }

    fn texts(self, key: &str) -> Option<Vec<String>> {
        let items = self.find(key)?.as_array()?;
        Some(
            items
                .iter()
                .filter_map(Value::as_str)
                .map(ToOwned::to_owned)
                .collect(),
        )
    }

    fn numbers(self, key: &str) -> Option<BTreeMap<String, Value>> {
        self.map(key).map(|map| {
            map.iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        })
    }

    fn destination(self, key: &str) -> Option<Destination> {
        self.object(key).map(|fields| Destination {
            destination: fields.text("destination"),
        })
    }

    /// The objects of a list, or of a map's values.
    fn entries<T>(self, key: &str, read: fn(Fields<'a>) -> T) -> Vec<T> {
        self.items(key, read).unwrap_or_default()
    }

    fn items<T>(self, key: &str, read: fn(Fields<'a>) -> T) -> Option<Vec<T>> {
        let objects: Vec<&Map<String, Value>> = match self.find(key)? {
            Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
            Value::Object(map) => map.values().filter_map(Value::as_object).collect(),
            _ => return None,
        };
        Some(objects.into_iter().map(|object| read(Fields(object))).collect())
    }
}

fn workload(fields: Fields) -> Workload {
    let locality = fields.object("locality").map(|place| Locality {
        region: place.text("region"),
        zone: place.text("zone"),
        subzone: place.text("subzone"),
    });
    let tunnel = fields
        .object("applicationTunnel")
        .map(|tunnel| ApplicationTunnel {
            protocol: tunnel.text("protocol"),
            port: tunnel.find("port").and_then(Value::as_u64),
        });
    Workload {
        uid: fields.text("uid"),
        workload_ips: fields.texts("workloadIps"),
        waypoint: fields.destination("waypoint"),
        network_gateway: fields.destination("networkGateway"),
        protocol: fields.text("protocol"),
        name: fields.text("name"),
        namespace: fields.text("namespace"),
        service_account: fields.text("serviceAccount"),
        workload_name: fields.text("workloadName"),
        workload_type: fields.text("workloadType"),
        canonical_name: fields.text("canonicalName"),
        canonical_revision: fields.text("canonicalRevision"),
        cluster_id: fields.text("clusterId"),
        trust_domain: fields.text("trustDomain"),
        locality: locality.unwrap_or_default(),
        node: fields.text("node"),
        network: fields.text("network"),
        status: fields.text("status"),
        hostname: fields.text("hostname"),
        capacity: fields
            .find("capacity")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        application_tunnel: tunnel.unwrap_or_default(),
        authorization_policies: fields.texts("authorizationPolicies").unwrap_or_default(),
    }
}

fn service(fields: Fields) -> Service {
    let endpoints = fields.map("endpoints").map(|map| {
        let read = map
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), endpoint(Fields(value.as_object()?)))));
        read.collect()
    });
    let cidrs = fields.find("cidrVips").and_then(Value::as_array);
    Service {
        name: fields.text("name"),
        namespace: fields.text("namespace"),
        hostname: fields.text("hostname"),
        vips: fields.texts("vips"),
        cidr_vips: cidrs.into_iter().flatten().filter_map(cidr).collect(),
        ports: fields.numbers("ports"),
        load_balancer: fields.object("loadBalancer").map(|balancer| LoadBalancer {
            mode: balancer.text("mode"),
            routing_preferences: balancer.texts("routingPreferences"),
            health_policy: balancer.text("healthPolicy"),
        }),
        waypoint: fields.destination("waypoint"),
        endpoints,
        subject_alt_names: fields.texts("subjectAltNames").unwrap_or_default(),
        ip_families: fields.text("ipFamilies"),
        canonical: fields
            .find("canonical")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        visibility: fields.text("visibility"),
    }
}

/// Either `{cidr, network}` or `"network/cidr"`.
fn cidr(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => {
            let fields = Fields(map);
            Some(format!("{}/{}", fields.text("network"), fields.text("cidr")))
        }
        _ => None,
    }
}

fn endpoint(fields: Fields) -> Endpoint {
    Endpoint {
        workload_uid: fields.text("workloadUid"),
        service: fields.text("service"),
        address: Some(fields.text("address")).filter(|address| !address.is_empty()),
        port: fields.numbers("port"),
    }
}

fn policy(fields: Fields) -> Policy {
    Policy {
        name: fields.text("name"),
        namespace: fields.text("namespace"),
        scope: fields.text("scope"),
        action: fields.text("action"),
        rules: fields.find("rules").cloned().unwrap_or_default(),
        is_dry_run: fields.find("dryRun").or_else(|| fields.find("dry_run")) == Some(&Value::Bool(true)),
    }
}

fn certificate(fields: Fields) -> Certificate {
    Certificate {
        identity: fields.text("identity"),
        state: fields.text("state"),
        cert_chain: fields.items("certChain", cert),
        root_certs: fields.items("rootCerts", cert),
    }
}

fn cert(fields: Fields) -> Cert {
    Cert {
        pem: fields.text("pem"),
        serial_number: fields.text("serialNumber"),
        valid_from: fields.text("validFrom"),
        expiration_time: fields.text("expirationTime"),
    }
}

fn workload_state(fields: Fields) -> WorkloadState {
    let connections = fields.object("connections").map(|lists| Connections {
        inbound: lists.items("inbound", connection),
        outbound: lists.items("outbound", connection),
    });
    let info = fields.object("info").map(|info| WorkloadInfo {
        name: info.text("name"),
        namespace: info.text("namespace"),
        trust_domain: info.text("trustDomain"),
        service_account: info.text("serviceAccount"),
    });
    WorkloadState {
        state: fields.text("state"),
        connections: connections.unwrap_or_default(),
        info: info.unwrap_or_default(),
    }
}

fn connection(fields: Fields) -> Connection {
    Connection {
        src: fields.text("src"),
        original_dst: fields.text("originalDst"),
        actual_dst: fields.text("actualDst"),
        protocol: fields.text("protocol"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_c07_lists_or_maps_missing_arrays_nulls_and_unknown_keys_are_read() {
        let text = r#"{"WORKLOADS": {"a": {"uid": "a", "NAME": "x", "what": 1}}, "services": null,
            "policies": [7], "workloadState": {"u": {"state": "Up", "connections":
            {"inbound": [{"src": "1.2.3.4:5", "originalDst": null}]}}}, "later": {}}"#;
        let dump = Dump::from_wire(text.as_bytes()).unwrap();
        assert_eq!(dump.workloads[0].name, "x");
        assert!(dump.workloads[0].workload_ips.is_none());
        assert!(dump.services.is_empty() && dump.policies.is_empty());
        let inbound = dump.workload_state["u"].connections.inbound.as_ref().unwrap();
        assert_eq!(inbound[0].original_dst, "");
        assert!(dump.workload_state["u"].connections.outbound.is_none());
    }

    #[test]
    fn what_is_no_json_object_is_an_error() {
        assert!(matches!(
            Dump::from_wire(b"<html>"),
            Err(ReadDumpError::NotJson(_))
        ));
        assert!(matches!(Dump::from_wire(b"[]"), Err(ReadDumpError::NotAnObject)));
    }

    #[test]
    fn both_spellings_of_cidr_vips_are_the_same() {
        let text =
            r#"{"services": [{"cidrVips": [{"cidr": "10.0.0.0/8", "network": "n"}, "n/10.0.0.0/8"]}]}"#;
        let dump = Dump::from_wire(text.as_bytes()).unwrap();
        assert_eq!(dump.services[0].cidr_vips, ["n/10.0.0.0/8", "n/10.0.0.0/8"]);
    }
}
