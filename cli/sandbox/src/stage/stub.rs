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

/// Serves until it is killed.
pub(crate) fn main(config: &StubConfig) -> Result<ExitCode> {
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
    let servers: Vec<_> = tcp
        .chain(udp.map(|socket| thread::spawn(move || echo_datagrams(&socket))))
        .collect();
    for server in servers {
        drop(server.join());
    }
    loop {
        // no ports declared: stay, as the image would
        thread::park();
    }
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
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        match request_line(&buffer[..length]) {
            Some(line) => {
                crate::log::line(&format!("{} {line}", plain(peer)));
                respond(&mut stream, peer, local, line)?;
            }
            None => stream.write_all(&buffer[..length])?,
        }
    }
}

fn request_line(bytes: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(bytes.split(|byte| *byte == b'\r').next()?).ok()?;
    line.contains(" HTTP/1.").then_some(line)
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
