//! An embedded Kubernetes API over HTTPS, small and honest, for the sandbox and for tests.
//!
//! [`ApiServer`] keeps objects in memory and serves them as Kubernetes does: discovery, CRUD, watches, patches,
//! tables, custom resources, tokens, RBAC. What it does not do it refuses with a `Status`, and never pretends.
//! A request's way: `server` (TLS) → `api` (authenticate, authorize) → `verbs` → `admission` → `store`.
#![forbid(unsafe_code)]

mod admission;
mod api;
pub mod apply;
mod auth;
pub mod backend;
mod base64;
mod bootstrap;
mod config;
mod discovery;
mod http;
mod lifecycle;
mod object;
pub mod patch;
mod pki;
mod present;
pub mod protobuf;
mod resources;
pub mod schema;
mod selector;
mod server;
mod status;
mod store;
mod streams;
mod tables;
pub mod testing;
mod verbs;

pub use config::Config;
pub use pki::{Credential, Pki, PkiError};
pub use server::{ApiServer, ServerError};
