//! A resource as it goes to every client: encoded once, named, versioned by content.

use arcstr::ArcStr;
use bytes::Bytes;

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// Address holding a workload.
    Workload,
    /// Address holding a service.
    Service,
    /// Authorization.
    Policy,
}

/// One encoded resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Canonical name.
    pub name: ArcStr,
    /// Lower-case hex of the content's XXH64; empty for policies (`xds.md` 6).
    pub version: ArcStr,
    /// The encoded message.
    pub body: Bytes,
    /// Other keys that find it.
    pub aliases: Vec<ArcStr>,
    /// For workloads: services it is an endpoint of.
    pub services: Vec<ArcStr>,
    /// For workloads: the node.
    pub node: ArcStr,
    /// Takes traffic; losing this must not wait for a window.
    pub is_usable: bool,
}

/// The version of an encoded Address.
#[must_use]
pub fn version(body: &[u8]) -> ArcStr {
    arcstr::format!("{:x}", xxhash_rust::xxh64::xxh64(body, 0))
}
