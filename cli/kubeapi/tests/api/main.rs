//! The embedded API as its clients see it: over HTTPS, with the kube client.

mod access;
mod common;
mod objects;
mod writes;
