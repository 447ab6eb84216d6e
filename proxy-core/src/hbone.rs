//! Tunnels: mutual TLS carrying HTTP/2, one CONNECT stream for each application connection (`spec/hbone.md`).

pub mod budget;
pub mod client;
pub mod connection;
pub mod driver;
pub mod error;
pub mod frame;
pub mod hpack;
pub mod inbox;
pub mod layout;
pub mod limits;
pub mod message;
pub mod parser;
pub mod pool;
pub mod scratch;
pub mod server;
pub mod state;
pub mod stream;
pub mod windows;

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;

/// From TCP accept or connect to the peer's SETTINGS (`security.md` T17).
pub const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
/// How long a CONNECT may stay unanswered: a little over the other side's limit to reach the application.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(11);
/// TCP connects to peers and applications.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long streams may go on after the peer's certificate has ended (`security.md` T15).
const EXPIRED_PEER_LIMIT: Duration = Duration::from_mins(10);

/// When the leaf of a verified chain ends; a leaf that cannot be read has ended.
fn not_after(chain: Option<&[CertificateDer<'_>]>) -> SystemTime {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let leaf = chain
        .and_then(<[_]>::first)
        .and_then(|leaf| X509Certificate::from_der(leaf).ok());
    let seconds = leaf.map_or(0, |(_, leaf)| leaf.validity().not_after.timestamp());
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
