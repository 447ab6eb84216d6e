//! The addresses of a sandbox (decisions: addresses), the same as on the real test cluster.

use std::net::{Ipv4Addr, SocketAddr};

/// The supervisor's address on the node-to-node bridge.
pub const SUPERVISOR: Ipv4Addr = Ipv4Addr::new(172, 30, 0, 1);
/// The port of the embedded API on [`SUPERVISOR`].
pub const API_PORT: u16 = 6443;
/// The virtual address of the API in every pod.
pub const API_VIP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 1);
/// The virtual address of cluster DNS.
pub const DNS_VIP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
/// The cluster's domain.
pub const DOMAIN: &str = "cluster.local";
/// The largest number of nodes a sandbox may have.
pub const MAX_NODES: u8 = 9;

/// Where node `index` (from 1) is on the bridge.
#[must_use]
pub fn node(index: u8) -> Ipv4Addr {
    Ipv4Addr::new(172, 30, 0, 10 + index)
}

/// The pod network of node `index`.
#[must_use]
pub fn pod_cidr(index: u8) -> String {
    format!("10.244.{index}.0/24")
}

/// The gateway of the pods of node `index`.
#[must_use]
pub fn pod_gateway(index: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 244, index, 1)
}

/// The API as nodes and controllers dial it.
#[must_use]
pub fn api() -> SocketAddr {
    SocketAddr::from((SUPERVISOR, API_PORT))
}

/// The name of node `index`.
#[must_use]
pub fn node_name(index: u8) -> String {
    format!("node-{index}")
}
