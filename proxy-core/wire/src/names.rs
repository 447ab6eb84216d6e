//! The keys that resources of the mesh are known by on the wire (xds.md 5, workload-api.md 3). (pure)

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Type URL of [`crate::workload::Address`].
pub const ADDRESS_TYPE: &str = "type.googleapis.com/istio.workload.Address";
/// Type URL of [`crate::workload::Workload`].
pub const WORKLOAD_TYPE: &str = "type.googleapis.com/istio.workload.Workload";
/// Type URL of [`crate::security::Authorization`].
pub const AUTHORIZATION_TYPE: &str = "type.googleapis.com/istio.security.Authorization";

/// A text that is not a key of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseNameError {
    /// No `/` between namespace and hostname; peers print exactly this text.
    #[error("failed to parse namespaced hostname: {0}")]
    Hostname(String),
    /// No `/` between network and address, or no address after it.
    #[error("failed to parse network address: {0}")]
    Address(String),
}

/// The key of a workload; opaque, but built in the forms below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkloadUid(String);

impl WorkloadUid {
    /// Takes a key as the wire gave it.
    pub fn new(uid: impl Into<String>) -> Self {
        Self(uid.into())
    }

    /// `<cluster>//Pod/<namespace>/<name>`; the API group is empty.
    #[must_use]
    pub fn pod(cluster: &str, namespace: &str, name: &str) -> Self {
        Self(format!("{cluster}//Pod/{namespace}/{name}"))
    }

    /// The key of a `WorkloadEntry`.
    #[must_use]
    pub fn workload_entry(cluster: &str, namespace: &str, name: &str) -> Self {
        Self(format!(
            "{cluster}/networking.istio.io/WorkloadEntry/{namespace}/{name}"
        ))
    }

    /// The key of an endpoint within a `ServiceEntry`.
    #[must_use]
    pub fn service_entry(cluster: &str, namespace: &str, name: &str, address: &str) -> Self {
        Self(format!(
            "{cluster}/networking.istio.io/ServiceEntry/{namespace}/{name}/{address}"
        ))
    }

    /// The key of an endpoint of an `EndpointSlice` that is no pod.
    #[must_use]
    pub fn endpoint_slice(cluster: &str, namespace: &str, slice: &str, address: &str) -> Self {
        Self(format!(
            "{cluster}/discovery.k8s.io/EndpointSlice/{namespace}/{slice}/{address}"
        ))
    }

    /// The key of a network gateway.
    #[must_use]
    pub fn network_gateway(network: &str, address_or_host: &str, hbone_port: u16) -> Self {
        Self(format!("NetworkGateway/{network}/{address_or_host}/{hbone_port}"))
    }

    /// Whether this is the key of a pod.
    #[must_use]
    pub fn is_pod(&self) -> bool {
        self.0.contains("//Pod/")
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkloadUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of a service: `<namespace>/<hostname>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedHostname {
    /// The namespace of its owner.
    pub namespace: String,
    /// The full name; may start with `*.`.
    pub hostname: String,
}

impl NamespacedHostname {
    /// Joins the parts.
    pub fn new(namespace: impl Into<String>, hostname: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            hostname: hostname.into(),
        }
    }
}

impl fmt::Display for NamespacedHostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.hostname)
    }
}

impl FromStr for NamespacedHostname {
    type Err = ParseNameError;

    /// Splits at the first `/`; a remainder with another `/` is no hostname (xds.md 6).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((namespace, hostname)) if !hostname.contains('/') => Ok(Self::new(namespace, hostname)),
            _ => Err(ParseNameError::Hostname(text.to_owned())),
        }
    }
}

/// An address within a network: `<network>/<ip>`, or `/<ip>` in the default network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkAddress {
    /// The network's id; empty is the default one.
    pub network: String,
    /// The address, IPv4-mapped forms made IPv4 (security.md I8).
    pub address: IpAddr,
}

impl NetworkAddress {
    /// Joins the parts; an IPv4-mapped address becomes IPv4.
    pub fn new(network: impl Into<String>, address: IpAddr) -> Self {
        Self {
            network: network.into(),
            address: address.to_canonical(),
        }
    }
}

impl fmt::Display for NetworkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.address)
    }
}

impl FromStr for NetworkAddress {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || ParseNameError::Address(text.to_owned());
        let (network, address) = text.rsplit_once('/').ok_or_else(malformed)?;
        Ok(Self::new(network, address.parse().map_err(|_| malformed())?))
    }
}

/// Reads an address of the wire: 4 or 16 bytes in network order, anything else is refused.
#[must_use]
pub fn ip_from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// Writes an address as the wire has it.
#[must_use]
pub fn ip_to_bytes(address: IpAddr) -> bytes::Bytes {
    match address {
        IpAddr::V4(v4) => bytes::Bytes::copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => bytes::Bytes::copy_from_slice(&v6.octets()),
    }
}

/// The key of a policy: `<namespace>/<name>`.
#[must_use]
pub fn policy(namespace: &str, name: &str) -> String {
    format!("{namespace}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_forms_of_the_field() {
        assert_eq!(WorkloadUid::pod("c", "ns", "p").as_str(), "c//Pod/ns/p");
        assert!(WorkloadUid::pod("c", "ns", "p").is_pod());
        let entry = WorkloadUid::service_entry("c", "ns", "e", "10.0.0.1");
        assert_eq!(entry.as_str(), "c/networking.istio.io/ServiceEntry/ns/e/10.0.0.1");
        assert!(!entry.is_pod());
        assert_eq!(
            WorkloadUid::network_gateway("n", "1.2.3.4", 15008).as_str(),
            "NetworkGateway/n/1.2.3.4/15008"
        );
        let service: NamespacedHostname = "ns/a.ns.svc.cluster.local".parse().unwrap();
        assert_eq!(service, NamespacedHostname::new("ns", "a.ns.svc.cluster.local"));
    }

    #[test]
    fn a_service_key_has_exactly_one_slash() {
        // xds C13
        assert!("cluster//Pod/ns/name".parse::<NamespacedHostname>().is_err());
        assert_eq!(
            "x".parse::<NamespacedHostname>().unwrap_err().to_string(),
            "failed to parse namespaced hostname: x"
        );
    }

    #[test]
    fn an_alias_of_the_default_network_starts_with_a_slash() {
        let address: NetworkAddress = "/10.1.2.3".parse().unwrap();
        assert_eq!(
            address,
            NetworkAddress::new("", "::ffff:10.1.2.3".parse().unwrap())
        );
        assert_eq!(address.to_string(), "/10.1.2.3");
        assert_eq!(
            "n/fd00::1".parse::<NetworkAddress>().unwrap().to_string(),
            "n/fd00::1"
        );
        assert!("10.1.2.3".parse::<NetworkAddress>().is_err());
        assert!("n/x".parse::<NetworkAddress>().is_err());
    }

    #[test]
    fn only_four_or_sixteen_bytes_are_an_address() {
        for length in 0..20 {
            assert_eq!(
                ip_from_bytes(&vec![1; length]).is_some(),
                length == 4 || length == 16
            );
        }
        let v6: IpAddr = "fd00::7".parse().unwrap();
        assert_eq!(ip_from_bytes(&ip_to_bytes(v6)), Some(v6));
    }
}
