//! The control plane: folds Kubernetes objects into the mesh, serves it, signs identities.
//!
//! [`index`] is the pure middle: facts about cluster objects in, encoded mesh resources out.
//! [`watch`] and [`remote`] feed it, [`xds`] serves it, [`ca`] signs, [`reconcile`] writes back to the cluster.
//! [`app`] lists the components and their order.
#![forbid(unsafe_code)]

pub mod app;
pub mod authn;
pub mod ca;
pub mod cluster;
pub mod config;
pub mod crds;
pub mod debug;
pub mod fold;
pub mod index;
pub mod listen;
pub mod mesh_config;
pub mod metrics;
pub mod model;
pub mod reconcile;
pub mod remote;
pub mod translate;
pub mod validate;
pub mod watch;
pub mod webhook;
pub mod xds;
