//! One request that nobody would overlook, and what of it is seen where it leaves this pod.

use crate::sniff::{Tally, count_until};
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long connecting, and then an answer, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a refusal is tried again: a pod that is new is told to the others first.
const AGAIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);
/// What was sent must have left before the watch ends.
const REST: Duration = Duration::from_millis(200);

/// What became of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The address that the target's name means here.
    pub target: Option<SocketAddr>,
    /// Why it did not get through; none if it did.
    pub error: Option<String>,
    /// What was seen on the interface that leads out of this network namespace.
    pub seen: Tally,
}

/// Sends `marker` to `host:port` and counts meanwhile what passes the way out.
///
/// # Errors
/// There is no way out, or it cannot be watched (it needs `CAP_NET_RAW`).
pub fn send_marked(target: &str, marker: &str) -> io::Result<Marked> {
    let interface = way_out(&std::fs::read_to_string("/proc/self/net/dev")?)?;
    let (ready, is_ready) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let word = marker.as_bytes().to_vec();
    let watch = thread::spawn(move || {
        count_until(&ended, Some(&interface), &word, PATIENCE * 6, || {
            let _ = ready.send(());
        })
    });
    let (address, sent) = match is_ready.recv() {
        Ok(()) => send_again(target, marker),
        // it failed, and says why when it is joined
        Err(_) => (None, Ok(())),
    };
    thread::sleep(REST);
    let _ = end.send(());
    let seen = watch
        .join()
        .map_err(|_| io::Error::other("the watch has ended by itself"))??;
    Ok(Marked {
        target: address,
        error: sent.err().map(|error| error.to_string()),
        seen,
    })
}

/// The one interface besides loopback, of `/proc/net/dev`.
fn way_out(devices: &str) -> io::Result<String> {
    let names = devices
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim().to_owned());
    let mut outward: Vec<String> = names.filter(|name| name != "lo").collect();
    // pods have one; where a plugin made several, the first is the cluster's
    outward.sort_by_key(|name| name != "eth0");
    outward
        .into_iter()
        .next()
        .ok_or_else(|| io::Error::new(ErrorKind::NotFound, "there is no interface but loopback"))
}

fn send_again(target: &str, marker: &str) -> (Option<SocketAddr>, io::Result<()>) {
    let begin = Instant::now();
    loop {
        let (address, sent) = match target.to_socket_addrs().map(|mut all| all.next()) {
            Ok(Some(address)) => (Some(address), send(address, target, marker)),
            Ok(None) => (
                None,
                Err(io::Error::new(ErrorKind::NotFound, "the name has no address")),
            ),
            Err(error) => (None, Err(error)),
        };
        if sent.is_ok() || begin.elapsed() > AGAIN {
            return (address, sent);
        }
        thread::sleep(PAUSE);
    }
}

/// Through is who gets an answer, an orderly end, or no word: a server need not speak HTTP.
fn send(address: SocketAddr, target: &str, marker: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET /{marker} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    match stream.read(&mut [0; 1024]) {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_is_the_interface_that_is_not_loopback() {
        let devices = "Inter-|   Receive\n face |bytes\n    lo: 1 2\n  net1: 3 4\n  eth0: 5 6\n";
        assert_eq!(way_out(devices).unwrap(), "eth0");
        assert_eq!(way_out("a\nb\n lo: 1\n net1: 2\n").unwrap(), "net1");
        assert!(way_out("a\nb\n lo: 1\n").is_err());
    }

    #[test]
    fn a_request_gets_through_to_who_answers_and_to_who_only_ends() {
        for answer in ["", "hello"] {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let serve = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8_lossy(&request[..length]).into_owned()
            });
            send(address, "shop:80", "opensesame").unwrap();
            assert!(
                serve
                    .join()
                    .unwrap()
                    .starts_with("GET /opensesame HTTP/1.1\r\nHost: shop:80")
            );
        }
    }
}
