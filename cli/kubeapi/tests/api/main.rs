//! The embedded API as its clients see it: over HTTPS, with the kube client.

mod common;
mod objects;
