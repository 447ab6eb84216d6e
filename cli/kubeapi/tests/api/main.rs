//! The embedded API as its clients see it: over HTTPS, with the kube client.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod access;
mod common;
mod objects;
mod shapes;
mod webhooks;
mod writes;
