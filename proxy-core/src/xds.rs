//! The configuration stream from the control plane (`spec/xds.md`).
//!
//! [`stream`] is the protocol as a value; [`client`] only moves its messages over gRPC; [`demands`] are the
//! connections that wait for an address.

pub mod client;
pub mod demands;
pub mod stream;
