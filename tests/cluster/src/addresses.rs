//! The addresses of a cluster: those of the sandbox, and the second family. (pure)

pub use mesh_sandbox::addresses::{
    API_PORT, DNS_VIP, DOMAIN, MAX_NODES, SUPERVISOR, node, node_name, pod_cidr,
};
use std::net::Ipv6Addr;

/// The virtual addresses of services.
pub const SERVICES: &str = "10.96.0.0/16";
/// The virtual IPv6 addresses of services.
pub const SERVICES6: &str = "fd00:10:96::/112";
/// All pods.
pub const PODS: &str = "10.244.0.0/16";
/// All pods, IPv6.
pub const PODS6: &str = "fd00:10:244::/48";
/// The first virtual address: the API's.
pub const API_VIP: &str = "10.96.0.1";
/// Where the fabric is on the bridge, IPv6.
pub const SUPERVISOR6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x172, 0x30, 0, 0, 0, 0, 1);

/// Where node `index` (from 1) is on the bridge, IPv6.
#[must_use]
pub fn node6(index: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, 0x172, 0x30, 0, 0, 0, 0, 0x10 + u16::from(index))
}

/// The IPv6 pod network of node `index`.
#[must_use]
pub fn pod_cidr6(index: u8) -> String {
    format!("fd00:10:244:{index}::/64")
}
