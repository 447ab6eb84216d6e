//! What the processes of the mesh say to each other: wire types, names and identities.
//!
//! The protocol modules ([`xds`], [`workload`], [`security`], [`ca`], [`zds`]) re-export code that is
//! generated from `proto/*.proto` and committed; `tests/generated.rs` keeps both equal.
//! Absent on purpose: sockets, tasks and clocks. This crate holds data and its forms, nothing that waits.
#![forbid(unsafe_code)]

pub mod dump;
pub mod enrolment;
pub mod events;
mod generated;
pub mod headers;
pub mod identity;
pub mod names;
pub mod well_known;
pub mod zds;

/// The discovery stream between node proxy and control plane (xds.md).
pub mod xds {
    pub use crate::generated::envoy::config::core::v3::{ControlPlane, Locality, Node};
    pub use crate::generated::envoy::service::discovery::v3::*;
    pub use crate::generated::google::rpc::Status;
}

/// Workloads and services as node proxies see them (workload-api.md).
pub mod workload {
    pub use crate::generated::istio::workload::{
        Address, AppProtocol, ApplicationTunnel, Extension, GatewayAddress, IpFamilies, LoadBalancing,
        Locality, NamespacedHostname, NetworkAddress, NetworkMode, Port, PortList, Service, TunnelProtocol,
        Visibility, WeightedWaypoint, Workload, WorkloadStatus, WorkloadType, address, application_tunnel,
        gateway_address, load_balancing,
    };
}

/// L4 policies as node proxies enforce them (authorization.md).
pub mod security {
    pub use crate::generated::istio::security::*;
}

/// Signing of workload certificates (ca.md).
pub mod ca {
    pub use crate::generated::istio::v1::auth::*;
}
