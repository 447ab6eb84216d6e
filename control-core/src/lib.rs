//! The control plane: folds Kubernetes objects into the mesh, serves it, signs identities.
//!
//! [`index`] is the pure middle: facts about cluster objects in, encoded mesh resources out.
//! [`watch`] feeds it, [`xds`] serves it, [`ca`] signs, [`reconcile`] writes back to the cluster.
//! `app` lists the components and their order.
#![forbid(unsafe_code)]

pub mod authn;
pub mod ca;
pub mod crds;
pub mod index;
pub mod listen;
pub mod metrics;
pub mod model;
pub mod xds;
