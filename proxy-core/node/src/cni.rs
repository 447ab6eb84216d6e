//! The CNI plugin: what it says to the runtime and to the agent, and how it gets onto the node.

pub mod conflist;
pub mod event;
pub mod files;
pub mod install;
pub mod journal;
pub mod json;
pub mod kubeconfig;
pub mod plugin;
pub mod protocol;
