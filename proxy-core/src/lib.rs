//! The node proxy: captures, routes, authorizes, tunnels, counts.
//!
//! Pure first: [`state`], [`route`] and [`authz`] decide; everything else carries bytes, messages
//! and certificates to and from those decisions.
#![forbid(unsafe_code)]

pub mod admin;
pub mod app;
pub mod authz;
mod base64;
pub mod config;
pub mod control_plane;
pub mod datapath;
pub mod dns;
pub mod hbone;
pub mod identity;
pub mod inpod;
pub mod live;
pub mod route;
mod sparse;
pub mod state;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod tls;
pub mod xds;
mod yaml;
