//! The control plane as it runs: against a Kubernetes API over TLS, and asked over TLS by clients with tokens.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certificates;
mod client;
mod discovery;
mod lifecycle;
mod nodes;
mod plane;
mod remote;
mod replicas;
mod secrecy;
mod serving;
mod signer;
mod waypoints;
