//! A real Kubernetes on one machine: etcd, API server, controllers, scheduler, kubelets, kube-proxy, containerd.
//!
//! A cluster is a tree of processes under one watchdog. The `fabric` is process 1 of a process namespace; it holds the
//! control plane and the bridge between the nodes; each node is a process namespace below it with a network, a mount tree
//! and a root of its own. Whatever dies takes all below it along, and files are in memory, so that nothing is left.
//! A program that uses this library calls [`role::run`] first in `main`: the parts of a cluster are that program again.
#![forbid(unsafe_code)]

pub mod addresses;
pub mod assets;
mod cgroups;
pub mod cluster;
mod config;
mod control;
mod enforce;
mod fabric;
mod furnish;
mod host;
mod metrics;
mod mounts;
mod network;
mod node;
mod pki;
mod policy;
pub mod role;
pub mod state;
mod watchdog;
mod wire;

pub use cluster::{Cluster, Options};
pub use mesh_sandbox::error::{Failure, Named, Result};
