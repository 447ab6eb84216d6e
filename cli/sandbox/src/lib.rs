//! A mesh on one machine: nodes as namespaces, pods as processes, little controllers.
#![forbid(unsafe_code)]

pub mod load;
pub mod sniff;
