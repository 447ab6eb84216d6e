//! Pods handed over by the node agent (`spec/inpod-zds.md` A–B).
//!
//! [`pods`] is the protocol as a value; [`zds_client`] moves its messages; [`listeners`] starts and
//! stops what serves one pod. A bad message costs the connection, never the process.

pub mod listeners;
pub mod pods;
pub mod zds_client;
