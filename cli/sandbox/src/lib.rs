//! A mesh on one machine: nodes as namespaces, pods as processes, little controllers.
#![forbid(unsafe_code)]

pub mod addresses;
mod controllers;
mod dns;
pub mod end;
pub mod enter;
pub mod error;
pub mod launch;
pub mod life;
mod link;
pub mod load;
mod log;
mod mounts;
mod nft;
mod node;
pub mod policy;
pub mod programs;
pub mod sniff;
mod spec;
pub mod stage;
pub mod state;
mod supervisor;
mod wire;
