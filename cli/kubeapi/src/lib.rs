//! An embedded Kubernetes API over HTTPS, small and honest, for the sandbox and for tests.
#![forbid(unsafe_code)]

pub mod backend;
