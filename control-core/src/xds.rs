//! Discovery: resources encoded once, streams as values, and the server that moves their bytes.

pub mod authorization;
pub mod publish;
pub mod resource;
pub mod response;
pub mod server;
pub mod store;
pub mod stream;
pub mod transport;
pub mod wds;
