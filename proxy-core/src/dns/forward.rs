//! Asks the cluster's name servers, from the pod's own namespace.
//!
//! Queries and answers pass through as they are, so whatever a record type needs is kept.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::datapath::sockets::Sockets;

const ATTEMPTS: usize = 3;
/// All attempts together take less than the five seconds that a question has (`security.md` §9).
const ATTEMPT_LIMIT: Duration = Duration::from_millis(1_600);
const MAX_UDP: usize = 4096;
const HEADER: usize = 12;

/// The name servers of the proxy's own `resolv.conf`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameServers(Vec<SocketAddr>);

impl NameServers {
    /// Reads `nameserver` lines.
    #[must_use]
    pub fn parse(resolv_conf: &str) -> Self {
        let servers = resolv_conf.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == "nameserver").then(|| words.next()?.parse::<IpAddr>().ok())?
        });
        Self(servers.map(|ip| SocketAddr::new(ip, 53)).collect())
    }

    /// The answer to a query over UDP, which may be cut short.
    pub(super) async fn ask_udp(&self, sockets: &Sockets, query: &[u8]) -> io::Result<Vec<u8>> {
        let mut last = io::ErrorKind::NotFound.into();
        for server in self.attempts() {
            match timeout(ATTEMPT_LIMIT, udp(sockets, server, query)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }

    /// The answer to a query over TCP.
    pub(super) async fn ask_tcp(&self, sockets: &Sockets, query: &[u8]) -> io::Result<Vec<u8>> {
        let mut last = io::ErrorKind::NotFound.into();
        for server in self.attempts() {
            match timeout(ATTEMPT_LIMIT, tcp(sockets, server, query)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }

    /// These servers.
    #[cfg(test)]
    pub(super) fn of(servers: &[SocketAddr]) -> Self {
        Self(servers.into())
    }

    fn attempts(&self) -> impl Iterator<Item = SocketAddr> {
        self.0
            .iter()
            .cycle()
            .take(if self.0.is_empty() { 0 } else { ATTEMPTS })
            .copied()
    }
}

async fn udp(sockets: &Sockets, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = sockets.datagram(SocketAddr::new(any, 0)).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut answer = vec![0; MAX_UDP];
    loop {
        let length = socket.recv(&mut answer).await?;
        // whatever has another id answers another question
        if length >= HEADER && answer.get(..2) == query.get(..2) {
            answer.truncate(length);
            return Ok(answer);
        }
    }
}

async fn tcp(sockets: &Sockets, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = sockets.connect(server).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::NameServers;

    #[test]
    fn only_usable_nameserver_lines_count() {
        let text = "# nameserver 1.1.1.1\nsearch a b\nnameserver 10.96.0.10\nnameserver fd00::a # x\nnameserver bad\nnameserver\n";
        let expected = ["10.96.0.10:53".parse().unwrap(), "[fd00::a]:53".parse().unwrap()];
        assert_eq!(NameServers::parse(text), NameServers(expected.into()));
    }
}
