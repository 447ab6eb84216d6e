//! What answers in place of an image that cannot run here: a server on the declared ports.
//!
//! HTTP requests get a short text that says which pod answered and whom it saw; any other bytes are echoed.

use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// What to answer on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StubConfig {
    pub(crate) tcp: Vec<u16>,
    pub(crate) udp: Vec<u16>,
    pub(crate) image: String,
}

/// Serves until it is asked to end.
pub(crate) fn main(config: &StubConfig) -> Result<ExitCode> {
    let end = crate::end::Asked::prepare()?;
    crate::log::line(&format!(
        "`{}` cannot run here; a stub answers on its ports",
        config.image
    ));
    let tcp = config
        .tcp
        .iter()
        .filter_map(|port| listen(*port))
        .map(|listener| thread::spawn(move || accept(&listener)));
    let udp = config
        .udp
        .iter()
        .filter_map(|port| UdpSocket::bind((Ipv6Addr::UNSPECIFIED, *port)).ok());
    // the threads end with the process; without ports there are none, and it stays as the image would
    drop(
        tcp.chain(udp.map(|socket| thread::spawn(move || echo_datagrams(&socket))))
            .collect::<Vec<_>>(),
    );
    end.wait();
    Ok(ExitCode::SUCCESS)
}

fn listen(port: u16) -> Option<TcpListener> {
    let dual = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    match TcpListener::bind(dual) {
        Ok(listener) => Some(listener),
        Err(error) => {
            crate::log::line(&format!("cannot listen on port {port}: {error}"));
            None
        }
    }
}

fn accept(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        thread::spawn(move || drop(answer(stream)));
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_mins(5)))?;
    let (peer, local) = (stream.peer_addr()?, stream.local_addr()?);
    let mut buffer = vec![0; 64 << 10];
    let mut held = Vec::new();
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return stream.write_all(&held);
        }
        held.extend_from_slice(&buffer[..length]);
        match speech(&held) {
            Speech::Unfinished if held.len() < LIMIT => {}
            Speech::Request(line, is_last) => {
                crate::log::line(&format!("{} {line}", plain(peer)));
                respond(&mut stream, peer, local, &line)?;
                if is_last {
                    return Ok(());
                }
                held.clear();
            }
            Speech::Unfinished | Speech::Other => {
                stream.write_all(&held)?;
                held.clear();
            }
        }
    }
}

/// Longer ones are no requests.
const LIMIT: usize = 1 << 20;

/// What the client says, as far as it has come: it may come in pieces.
#[derive(Debug, PartialEq, Eq)]
enum Speech {
    /// A whole head; its first line, and whether the client wants no more.
    Request(String, bool),
    /// May become a request.
    Unfinished,
    Other,
}

fn speech(bytes: &[u8]) -> Speech {
    const METHODS: [&[u8]; 8] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"PATCH ",
        b"DELETE ",
        b"OPTIONS ",
        b"TRACE ",
    ];
    let common = |method: &&[u8]| {
        let length = method.len().min(bytes.len());
        method[..length] == bytes[..length]
    };
    if !METHODS.iter().any(common) {
        return Speech::Other;
    }
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return Speech::Unfinished;
    };
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default();
    if !line.contains(" HTTP/1.") {
        return Speech::Other;
    }
    let closes = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        name.eq_ignore_ascii_case("connection") && value.trim().eq_ignore_ascii_case("close")
    };
    let length = lines.clone().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    if bytes.len() < head.len() + 4 + length.unwrap_or(0) {
        return Speech::Unfinished;
    }
    let is_last = line.ends_with(" HTTP/1.0") || lines.any(closes);
    Speech::Request(line.to_owned(), is_last)
}

fn respond(stream: &mut TcpStream, peer: SocketAddr, local: SocketAddr, line: &str) -> std::io::Result<()> {
    let name = std::env::var("HOSTNAME").unwrap_or_default();
    let body = format!(
        "stub of pod {name}\nrequest: {line}\nclient: {}\nserver: {}\n",
        plain(peer),
        plain(local)
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if !line.starts_with("HEAD ") {
        stream.write_all(body.as_bytes())?;
    }
    Ok(())
}

fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn echo_datagrams(socket: &UdpSocket) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        drop(socket.send_to(&buffer[..length], peer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_come_in_pieces_and_anything_else_is_other() {
        assert_eq!(speech(b"GE"), Speech::Unfinished);
        assert_eq!(speech(b"GET / HTTP/1.1\r\nHost: x"), Speech::Unfinished);
        let kept = Speech::Request("GET / HTTP/1.1".to_owned(), false);
        assert_eq!(speech(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), kept);
        let last = Speech::Request("GET / HTTP/1.1".to_owned(), true);
        assert_eq!(speech(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), last);
        assert_eq!(speech(b"hello"), Speech::Other);
        assert_eq!(speech(b"GET me a beer\r\n\r\n"), Speech::Other);
    }
}
