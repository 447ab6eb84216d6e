//! Wire resources as protobuf JSON: names in camel case, enumerations by name, bytes in base64, defaults left out. (pure)
//!
//! It reads the encoded bytes that go to a node proxy, not what they were made of.

use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use mesh_wire::{security, workload, xds};
use prost::Message;
use serde_json::{Map, Value, json};

/// Why a resource cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The bytes are not that message.
    #[error("the resource `{name}` cannot be decoded")]
    Decode {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: prost::DecodeError,
    },
    /// Neither addresses nor policies.
    #[error("the resource `{name}` has the unknown type `{kind}`")]
    Kind {
        /// Its name.
        name: String,
        /// The type URL.
        kind: String,
    },
}

/// One resource with its envelope: name, version and content.
///
/// # Errors
/// The bytes are not of a type that node proxies are sent.
pub fn resource(resource: &xds::Resource) -> Result<Value, WireError> {
    let any = resource.resource.clone().unwrap_or_default();
    let undecodable = |source| WireError::Decode {
        name: resource.name.clone(),
        source,
    };
    let content = match any.type_url.as_str() {
        AUTHORIZATION_TYPE => {
            policy(&security::Authorization::decode(any.value.as_slice()).map_err(undecodable)?)
        }
        ADDRESS_TYPE => address(&workload::Address::decode(any.value.as_slice()).map_err(undecodable)?),
        kind => {
            return Err(WireError::Kind {
                name: resource.name.clone(),
                kind: kind.to_owned(),
            });
        }
    };
    let mut typed = Map::new();
    typed.insert("@type".to_owned(), any.type_url.into());
    typed.extend(content);
    let mut out = Fields::default();
    out.text("name", &resource.name)
        .text("version", &resource.version);
    out.0.insert("resource".to_owned(), Value::Object(typed));
    Ok(out.done())
}

/// Fields of a message; a default value leaves no field.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: Value) -> &mut Self {
        let is_default = match &value {
            Value::Null => true,
            Value::Bool(flag) => !flag,
            Value::Number(number) => number.as_u64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(_) => false,
        };
        if !is_default {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.put(name, text.into())
    }

    fn texts(&mut self, name: &str, texts: &[String]) -> &mut Self {
        self.put(name, json!(texts))
    }

    /// An enumeration by name; its zero value is the default. A number without a name stays a number.
    fn word(&mut self, name: &str, number: i32, known: Option<&str>) -> &mut Self {
        match known {
            _ if number == 0 => self,
            Some(word) => self.put(name, word.into()),
            None => self.put(name, number.into()),
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], to_json: impl Fn(&T) -> Value) -> &mut Self {
        self.put(name, items.iter().map(to_json).collect())
    }

    fn message<T>(&mut self, name: &str, message: Option<&T>, to_json: impl Fn(&T) -> Value) -> &mut Self {
        self.put(name, message.map_or(Value::Null, to_json))
    }

    fn done(&mut self) -> Value {
        Value::Object(std::mem::take(&mut self.0))
    }
}

macro_rules! word {
    ($kind:ty, $number:expr) => {
        (
            $number,
            <$kind>::try_from($number).ok().map(|one| one.as_str_name()),
        )
    };
}

fn bytes(bytes: &[u8]) -> Value {
    crate::base64::encode(bytes).into()
}

fn address(message: &workload::Address) -> Map<String, Value> {
    let content = match &message.r#type {
        Some(workload::address::Type::Workload(one)) => ("workload", one_workload(one)),
        Some(workload::address::Type::Service(one)) => ("service", service(one)),
        None => return Map::new(),
    };
    Map::from_iter([(content.0.to_owned(), content.1)])
}

fn one_workload(one: &workload::Workload) -> Value {
    use workload::{NetworkMode, TunnelProtocol, WorkloadStatus, WorkloadType};
    let mut out = Fields::default();
    let (tunnel, tunnel_word) = word!(TunnelProtocol, one.tunnel_protocol);
    let (kind, kind_word) = word!(WorkloadType, one.workload_type);
    let (status, status_word) = word!(WorkloadStatus, one.status);
    let (mode, mode_word) = word!(NetworkMode, one.network_mode);
    out.text("uid", &one.uid)
        .text("name", &one.name)
        .text("namespace", &one.namespace)
        .list("addresses", &one.addresses, |ip| bytes(ip))
        .text("hostname", &one.hostname)
        .text("network", &one.network)
        .word("tunnelProtocol", tunnel, tunnel_word)
        .text("trustDomain", &one.trust_domain)
        .text("serviceAccount", &one.service_account)
        .message("waypoint", one.waypoint.as_ref(), gateway)
        .message("networkGateway", one.network_gateway.as_ref(), gateway)
        .text("node", &one.node)
        .text("canonicalName", &one.canonical_name)
        .text("canonicalRevision", &one.canonical_revision)
        .word("workloadType", kind, kind_word)
        .text("workloadName", &one.workload_name)
        .put("nativeTunnel", one.native_tunnel.into())
        .message("applicationTunnel", one.application_tunnel.as_ref(), |one| {
            application(*one)
        });
    if !one.services.is_empty() {
        let ports = |list: &workload::PortList| Fields::default().list("ports", &list.ports, port).done();
        let services: Map<String, Value> = one
            .services
            .iter()
            .map(|(key, list)| (key.clone(), ports(list)))
            .collect();
        out.put("services", Value::Object(services));
    }
    out.texts("authorizationPolicies", &one.authorization_policies)
        .word("status", status, status_word)
        .text("clusterId", &one.cluster_id)
        .message("locality", one.locality.as_ref(), locality)
        .word("networkMode", mode, mode_word)
        .list("extensions", &one.extensions, extension);
    if let Some(capacity) = one.capacity {
        // set, so shown even when it is 0
        out.0.insert("capacity".to_owned(), capacity.into());
    }
    out.done()
}

fn service(one: &workload::Service) -> Value {
    use workload::{IpFamilies, Visibility};
    let (families, families_word) = word!(IpFamilies, one.ip_families);
    let (visibility, visibility_word) = word!(Visibility, one.visibility);
    Fields::default()
        .text("name", &one.name)
        .text("namespace", &one.namespace)
        .text("hostname", &one.hostname)
        .list("addresses", &one.addresses, network_address)
        .list("ports", &one.ports, port)
        .texts("subjectAltNames", &one.subject_alt_names)
        .message("waypoint", one.waypoint.as_ref(), gateway)
        .message("loadBalancing", one.load_balancing.as_ref(), load_balancing)
        .word("ipFamilies", families, families_word)
        .list("extensions", &one.extensions, extension)
        .put("canonical", one.canonical.into())
        .put("ingressUseWaypoint", one.ingress_use_waypoint.into())
        .list("weightedWaypoints", &one.weighted_waypoints, |one| {
            Fields::default()
                .message("destination", one.destination.as_ref(), gateway)
                .put("weight", one.weight.into())
                .done()
        })
        .word("visibility", visibility, visibility_word)
        .done()
}

fn load_balancing(one: &workload::LoadBalancing) -> Value {
    use workload::load_balancing::{HealthPolicy, Mode, Scope};
    let (mode, mode_word) = word!(Mode, one.mode);
    let (health, health_word) = word!(HealthPolicy, one.health_policy);
    let scope = |number: &i32| {
        Scope::try_from(*number).map_or_else(|_| (*number).into(), |one| one.as_str_name().into())
    };
    Fields::default()
        .list("routingPreference", &one.routing_preference, scope)
        .word("mode", mode, mode_word)
        .word("healthPolicy", health, health_word)
        .done()
}

fn gateway(one: &workload::GatewayAddress) -> Value {
    use workload::gateway_address::Destination;
    let mut out = Fields::default();
    match &one.destination {
        Some(Destination::Hostname(name)) => out.put(
            "hostname",
            Fields::default()
                .text("namespace", &name.namespace)
                .text("hostname", &name.hostname)
                .done(),
        ),
        Some(Destination::Address(address)) => out.put("address", network_address(address)),
        None => &mut out,
    };
    out.put("hboneMtlsPort", one.hbone_mtls_port.into()).done()
}

fn network_address(one: &workload::NetworkAddress) -> Value {
    let mut out = Fields::default();
    out.text("network", &one.network)
        .put("address", bytes(&one.address));
    if let Some(length) = one.length {
        out.0.insert("length".to_owned(), length.into());
    }
    out.done()
}

fn port(one: &workload::Port) -> Value {
    let (protocol, word) = word!(workload::AppProtocol, one.app_protocol);
    Fields::default()
        .put("servicePort", one.service_port.into())
        .put("targetPort", one.target_port.into())
        .word("appProtocol", protocol, word)
        .done()
}

fn application(one: workload::ApplicationTunnel) -> Value {
    let (protocol, word) = word!(workload::application_tunnel::Protocol, one.protocol);
    Fields::default()
        .word("protocol", protocol, word)
        .put("port", one.port.into())
        .done()
}

fn locality(one: &workload::Locality) -> Value {
    Fields::default()
        .text("region", &one.region)
        .text("zone", &one.zone)
        .text("subzone", &one.subzone)
        .done()
}

fn extension(one: &workload::Extension) -> Value {
    let any = one.config.as_ref();
    Fields::default()
        .text("name", &one.name)
        .message(
            "config",
            any,
            |any| json!({"@type": any.type_url, "value": bytes(&any.value)}),
        )
        .done()
}

fn policy(one: &security::Authorization) -> Map<String, Value> {
    let (scope, scope_word) = word!(security::Scope, one.scope);
    let (action, action_word) = word!(security::Action, one.action);
    let clause = |one: &security::Clause| Fields::default().list("matches", &one.matches, one_match).done();
    let rule = |one: &security::Rule| Fields::default().list("clauses", &one.clauses, clause).done();
    let mut out = Fields::default();
    out.text("name", &one.name)
        .text("namespace", &one.namespace)
        .word("scope", scope, scope_word)
        .word("action", action, action_word)
        .list("rules", &one.rules, rule)
        .put("dryRun", one.dry_run.into())
        .list("extensions", &one.extensions, extension);
    out.0
}

fn one_match(one: &security::Match) -> Value {
    let account = |one: &security::ServiceAccountMatch| {
        Fields::default()
            .text("namespace", &one.namespace)
            .text("serviceAccount", &one.service_account)
            .done()
    };
    Fields::default()
        .list("namespaces", &one.namespaces, pattern)
        .list("notNamespaces", &one.not_namespaces, pattern)
        .list("principals", &one.principals, pattern)
        .list("notPrincipals", &one.not_principals, pattern)
        .list("sourceIps", &one.source_ips, block)
        .list("notSourceIps", &one.not_source_ips, block)
        .list("destinationIps", &one.destination_ips, block)
        .list("notDestinationIps", &one.not_destination_ips, block)
        .put("destinationPorts", json!(one.destination_ports))
        .put("notDestinationPorts", json!(one.not_destination_ports))
        .list("serviceAccounts", &one.service_accounts, account)
        .list("notServiceAccounts", &one.not_service_accounts, account)
        .list("extensions", &one.extensions, extension)
        .done()
}

fn pattern(one: &security::StringMatch) -> Value {
    use security::string_match::MatchType;
    match &one.match_type {
        Some(MatchType::Exact(text)) => json!({ "exact": text }),
        Some(MatchType::Prefix(text)) => json!({ "prefix": text }),
        Some(MatchType::Suffix(text)) => json!({ "suffix": text }),
        Some(MatchType::Presence(())) => json!({ "presence": {} }),
        None => json!({}),
    }
}

fn block(one: &security::Address) -> Value {
    Fields::default()
        .put("address", bytes(&one.address))
        .put("length", one.length.into())
        .done()
}
