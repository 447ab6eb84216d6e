//! The node proxy: captures, routes, authorizes, tunnels, counts.
#![forbid(unsafe_code)]
pub mod authz;
pub mod route;
pub mod state;
