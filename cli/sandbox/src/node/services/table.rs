//! Service ports and their backends, as data (pure).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};

/// An address and port that clients dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Port {
    pub(crate) address: Ipv4Addr,
    /// The protocol's number: 6 is TCP, 17 UDP.
    pub(crate) protocol: u8,
    pub(crate) number: u16,
}

/// Where connections to a port go.
pub(crate) type Backends = BTreeSet<SocketAddrV4>;

/// All service ports of the cluster.
pub(crate) type Table = BTreeMap<Port, Backends>;
