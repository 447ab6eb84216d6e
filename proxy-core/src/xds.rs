//! The configuration stream from the control plane (`spec/xds.md`).
//!
//! [`stream`] is the protocol as a value; [`client`] only moves its messages over gRPC.

pub mod client;
pub mod stream;
