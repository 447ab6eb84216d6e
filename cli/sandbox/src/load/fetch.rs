//! One HTTP request from inside a pod, for demonstrations and tests.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long connecting, and then each read, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The address this end had.
    pub local: SocketAddr,
    /// The address the name resolved to.
    pub peer: SocketAddr,
    /// The status line's code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Fetches `http://HOST[:PORT]/PATH`.
///
/// # Errors
/// When the name does not resolve, the connection fails, or what comes back is not HTTP.
pub fn fetch(url: &str) -> io::Result<Answer> {
    let malformed = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{url}` is not an http:// address"),
        )
    };
    let rest = url.strip_prefix("http://").ok_or_else(malformed)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = target(host).to_socket_addrs()?.next().ok_or_else(malformed)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // in one piece: a formatted write to a socket is many small ones
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let local = stream.local_addr()?;
    let text = read_answer(&mut stream)?;
    let text = String::from_utf8_lossy(&text);
    let (status, body) = parse(&text).ok_or_else(|| not_http(&text))?;
    Ok(Answer {
        local,
        peer: address,
        status,
        body: body.to_owned(),
    })
}

/// A host with its port; the colons of an IPv6 address, in brackets, name none.
fn target(host: &str) -> String {
    let after = host.rsplit_once(']').map_or(host, |(_, after)| after);
    if after.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:80")
    }
}

/// Reads until the declared length is there or the peer closes.
fn read_answer(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk)?;
        answer.extend_from_slice(&chunk[..read]);
        if read == 0 || is_complete(&String::from_utf8_lossy(&answer)) {
            return Ok(answer);
        }
    }
}

/// Whether the body is as long as the head says; without a declared length only the peer's close completes it.
fn is_complete(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

fn not_http(text: &str) -> io::Error {
    let reason = if text.is_empty() {
        "the connection was closed without an answer"
    } else {
        "the answer is not HTTP"
    };
    io::Error::new(io::ErrorKind::UnexpectedEof, reason)
}

/// Status code and body of a whole HTTP/1.x answer.
fn parse(text: &str) -> Option<(u16, &str)> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    Some((status.parse().ok()?, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_eighty_unless_named() {
        for (host, expected) in [
            ("shop", "shop:80"),
            ("shop:8080", "shop:8080"),
            ("[fd00::1]", "[fd00::1]:80"),
            ("[fd00::1]:8080", "[fd00::1]:8080"),
        ] {
            assert_eq!(target(host), expected);
        }
    }

    #[test]
    fn an_answer_is_its_status_and_body() {
        assert_eq!(parse("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"), Some((204, "")));
        assert_eq!(
            parse("HTTP/1.0 200 OK\r\n\r\nhello\r\n\r\nyou"),
            Some((200, "hello\r\n\r\nyou"))
        );
        assert_eq!(parse("SSH-2.0"), None);
    }

    #[test]
    fn an_answer_ends_at_its_declared_length() {
        assert!(is_complete("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        assert!(!is_complete("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok"));
        assert!(!is_complete("HTTP/1.1 200 OK\r\n\r\nok"));
    }

    #[test]
    fn what_is_not_http_is_refused_by_name() {
        assert!(fetch("ftp://x").unwrap_err().to_string().contains("ftp://x"));
    }
}
