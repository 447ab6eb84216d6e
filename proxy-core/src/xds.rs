//! The configuration stream from the control plane (`spec/xds.md`).
//!
//! [`stream`] is the protocol as a value; [`client`] only moves its messages over gRPC, in parts as they come;
//! [`demands`] are the connections that wait for an address.

pub mod client;
pub mod demands;
mod held;
mod incoming;
mod parts;
pub mod stream;
