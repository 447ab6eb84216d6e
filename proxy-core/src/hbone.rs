//! Tunnels: mutual TLS carrying HTTP/2, one CONNECT stream for each application connection (`spec/hbone.md`).

pub mod client;
pub mod pool;
pub mod server;
pub mod stream;

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use h2::{Ping, PingPong};
use rustls_pki_types::CertificateDer;
use tokio::time::{sleep, timeout};

/// From TCP accept or connect to the peer's SETTINGS (`security.md` T17).
pub const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
/// How long a CONNECT may stay unanswered: a little over the other side's limit to reach the application.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(11);
/// TCP connects to peers and applications.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long streams may go on after the peer's certificate has ended (`security.md` T15).
const EXPIRED_PEER_LIMIT: Duration = Duration::from_mins(10);
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_LIMIT: Duration = Duration::from_secs(20);
/// Tunnels carry many small DATA frames; the connection's windows bound memory already.
const DATA_FRAME_BUDGET: usize = 1 << 40;
const INITIAL_SEND_STREAMS: usize = 100;
const CLIENT_SEND_BUFFER: usize = 4 << 20;
const SERVER_SEND_BUFFER: usize = 400 << 10;
const CLIENT_HEADER_LIST: u32 = 16 << 10;
const SERVER_HEADER_LIST: u32 = 64 << 10;
const SERVER_STREAMS: u32 = 200;

/// Pings until the peer fails to answer in time; `between` is called after each answer.
async fn ping_until_silent(ping: Option<PingPong>, between: impl Fn()) {
    let Some(mut ping) = ping else {
        return std::future::pending().await;
    };
    loop {
        sleep(PING_INTERVAL).await;
        if !matches!(timeout(PING_LIMIT, ping.ping(Ping::opaque())).await, Ok(Ok(_))) {
            return;
        }
        between();
    }
}

/// When the leaf of a verified chain ends; a leaf that cannot be read has ended.
fn not_after(chain: Option<&[CertificateDer<'_>]>) -> SystemTime {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let leaf = chain
        .and_then(<[_]>::first)
        .and_then(|leaf| X509Certificate::from_der(leaf).ok());
    let seconds = leaf.map_or(0, |(_, leaf)| leaf.validity().not_after.timestamp());
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
