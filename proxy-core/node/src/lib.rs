//! The node agent and CNI plugin: decide which pods are captured and put the rules.
//!
//! [`enroll`] decides, [`redirect`] says and writes what must be redirected, [`capture`] takes one pod through all
//! steps, [`pods`] watches the node, [`zds`] hands namespaces to the node proxy, [`host`] exempts the kubelet's
//! probes, [`cni`] is the plugin and its installation, [`lifecycle`] knows whether the agent is replaced or removed.
#![forbid(unsafe_code)]

pub mod app;
mod base64;
pub mod capture;
pub mod cluster;
pub mod cni;
pub mod commands;
pub mod config;
pub mod enroll;
pub mod health;
pub mod host;
pub mod inside;
pub mod lifecycle;
pub mod logs;
pub mod metrics;
pub mod pods;
pub mod queue;
pub mod redirect;
pub mod zds;
