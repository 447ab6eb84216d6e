//! The DNS proxy of each pod: mesh names from the mesh state, everything else forwarded (`spec/proxy-ops.md` §9).

pub mod answer;
mod forward;
pub mod server;

pub use forward::NameServers;
