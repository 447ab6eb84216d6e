//! SOCKS5 for applications that ask for it: CONNECT only, no authentication (`spec/hbone.md` §13).
//!
//! The success reply is sent before connecting, as the field does it; a failure later is a reset.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::control_plane;
use crate::datapath::{Pod, outbound};
use crate::dns::answer::{self, Answer, Family, Question};
use crate::telemetry::Reporter;

/// From accept to the whole request (`security.md` §10).
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;

/// Why a request is not carried out; the code of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Refusal {
    HostUnreachable = 4,
    /// Whatever is malformed or not supported.
    Unsupported = 7,
}

/// What the client wants to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Address(SocketAddr),
    Name(String, u16),
}

/// Serves one connection that arrived at the SOCKS5 port.
pub(super) async fn serve(pod: &Pod, mut client: TcpStream, peer: SocketAddr) {
    let failed = |error: &str| {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        pod.shared.metrics.failed(peer, nowhere, Reporter::Source, error);
    };
    let asked = timeout(REQUEST_LIMIT, ask(&mut client)).await;
    let target = match asked {
        Ok(Ok(Ok(target))) => target,
        Ok(Ok(Err(refusal))) => {
            reply(&mut client, refusal as u8).await.ok(); // the client may be gone
            return failed("unsupported SOCKS5 request");
        }
        Ok(Err(error)) => return failed(&format!("io error: {error}")),
        Err(_) => return failed("SOCKS5 request took longer than 5 s"),
    };
    let destination = match target {
        Target::Address(address) => Some(mesh_sys::socket::canonical(address)),
        Target::Name(name, port) => lookup(pod, &name, port, peer.is_ipv4()).await,
    };
    let Some(destination) = destination else {
        reply(&mut client, Refusal::HostUnreachable as u8).await.ok(); // the client may be gone
        return failed("dns response had no valid IP addresses");
    };
    if reply(&mut client, 0).await.is_ok() {
        outbound::carry(pod, client, (peer, destination)).await;
    }
}

/// Greeting and request.
async fn ask<S>(client: &mut S) -> io::Result<Result<Target, Refusal>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if client.read_u8().await? != VERSION {
        return Ok(Err(Refusal::Unsupported));
    }
    let mut methods = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut methods).await?;
    if !methods.contains(&NO_AUTHENTICATION) {
        client.write_all(&[VERSION, NO_METHOD]).await?;
        return Err(io::Error::other("the client wants authentication"));
    }
    client.write_all(&[VERSION, NO_AUTHENTICATION]).await?;
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let [version, command, _reserved, kind] = head;
    if version != VERSION || command != CONNECT {
        return Ok(Err(Refusal::Unsupported));
    }
    target(client, kind).await
}

async fn target(client: &mut (impl AsyncRead + Unpin), kind: u8) -> io::Result<Result<Target, Refusal>> {
    let address: IpAddr = match kind {
        1 => Ipv4Addr::from(client.read_u32().await?).into(),
        4 => Ipv6Addr::from(client.read_u128().await?).into(),
        3 => {
            let mut name = vec![0; usize::from(client.read_u8().await?)];
            client.read_exact(&mut name).await?;
            let port = client.read_u16().await?;
            let name = String::from_utf8(name).ok().filter(|name| is_host_name(name));
            return Ok(name
                .map(|name| Target::Name(name.to_ascii_lowercase(), port))
                .ok_or(Refusal::Unsupported));
        }
        _ => return Ok(Err(Refusal::Unsupported)),
    };
    let port = client.read_u16().await?;
    Ok(Ok(Target::Address(SocketAddr::new(address, port))))
}

fn is_host_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !name.is_empty() && name.bytes().all(allowed)
}

async fn reply(client: &mut (impl AsyncWrite + Unpin), code: u8) -> io::Result<()> {
    client.write_all(&[VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]).await
}

/// The mesh's own names first, then the cluster's.
async fn lookup(pod: &Pod, name: &str, port: u16, prefer_v4: bool) -> Option<SocketAddr> {
    let client = pod.workload().await.ok()?;
    let config = &pod.shared.config;
    let families = if prefer_v4 {
        [Family::V4, Family::V6]
    } else {
        [Family::V6, Family::V4]
    };
    for family in families {
        let question = Question {
            name: name.trim_end_matches('.'),
            family,
            client: &client,
            domain: &config.names.cluster_domain,
            preferred_namespace: config.dns.preferred_namespace.as_deref(),
            ipv6: config.proxy.ipv6,
        };
        match pod.shared.live.read(|mesh| answer::answer(mesh, &question)) {
            Answer::Records { addresses, .. } if !addresses.is_empty() => {
                return addresses.first().map(|address| SocketAddr::new(*address, port));
            }
            Answer::Records { .. } => {}
            Answer::Forward => break,
        }
    }
    let found = control_plane::resolve(name, port).await.ok()?;
    let same = found.iter().find(|address| address.is_ipv4() == prefer_v4);
    same.or(found.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client is answered, and what is understood, after it has sent `bytes`.
    async fn exchange(bytes: &[u8]) -> (Vec<u8>, io::Result<Result<Target, Refusal>>) {
        let (mut near, mut far) = tokio::io::duplex(1_024);
        near.write_all(bytes).await.unwrap();
        near.shutdown().await.unwrap();
        let asked = ask(&mut far).await;
        drop(far);
        let mut answer = Vec::new();
        near.read_to_end(&mut answer).await.unwrap();
        (answer, asked)
    }

    #[tokio::test]
    async fn the_three_forms_of_targets_are_understood() {
        let cases: [(&[u8], Target); 3] = [
            (
                &[1, 10, 0, 0, 1, 0, 80],
                Target::Address("10.0.0.1:80".parse().unwrap()),
            ),
            (b"\x03\x03Web\x1f\x90", Target::Name("web".to_owned(), 8080)),
            (
                &[4, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80],
                Target::Address("[fd00::1]:80".parse().unwrap()),
            ),
        ];
        for (tail, expected) in cases {
            let (answer, asked) = exchange(&[&[5, 2, 1, 0, 5, 1, 0], tail].concat()).await;
            assert_eq!(answer, [5, 0]);
            assert_eq!(asked.unwrap(), Ok(expected));
        }
    }

    #[tokio::test]
    async fn security_10_malformed_requests_are_refused() {
        let unsupported: [&[u8]; 5] = [
            &[4, 1, 0],                                   // another version
            &[5, 1, 0, 5, 2, 0, 1],                       // BIND
            &[5, 1, 0, 5, 3, 0, 1],                       // UDP
            &[5, 1, 0, 5, 1, 0, 9],                       // an unknown form
            b"\x05\x01\x00\x05\x01\x00\x03\x03a b\0\x50", // no host name
        ];
        for bytes in unsupported {
            assert_eq!(
                exchange(bytes).await.1.unwrap(),
                Err(Refusal::Unsupported),
                "{bytes:?}"
            );
        }
        let (answer, asked) = exchange(&[5, 1, 2]).await;
        assert_eq!(answer, [5, 0xff]);
        assert!(asked.is_err());
        for cut in [
            &[5][..],
            &[5, 200, 0],
            &[5, 1, 0, 5],
            b"\x05\x01\x00\x05\x01\x00\x03\xffab",
        ] {
            assert!(exchange(cut).await.1.is_err(), "{cut:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            drop(runtime.block_on(exchange(&bytes)));
        }
    }
}
