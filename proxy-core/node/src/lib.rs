//! The node agent and CNI plugin: decide which pods are captured and put the rules.
//!
//! [`enroll`] decides, [`redirect`] says and writes what must be redirected, [`capture`] takes one pod through all
//! steps, [`pods`] watches the node, [`zds`] hands namespaces to the node proxy, [`cni`] is the plugin and its
//! installation.
#![forbid(unsafe_code)]

pub mod enroll;
pub mod redirect;
