//! Descriptors run out, and come back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use http::HeaderMap;

use crate::world::{Proxy, WEB, World};

fn limit(proxy: &Proxy<'_>, descriptors: usize) {
    let done = Command::new("prlimit")
        .arg(format!("--pid={}", proxy.pid()))
        .arg(format!("--nofile={descriptors}:"))
        .status();
    assert!(done.unwrap().success());
}

/// An A question for `web.shop`, over TCP.
fn question(mut stream: &TcpStream) -> Vec<u8> {
    let query = b"\0\x1a\xab\xcd\x01\0\0\x01\0\0\0\0\0\0\x03web\x04shop\0\0\x01\0\x01";
    stream.write_all(query).unwrap();
    let mut head = [0; 4];
    stream.read_exact(&mut head).unwrap();
    head[2..].to_vec()
}

/// Every listener of the proxy is asked while nothing can be accepted, and answers once it can.
pub(crate) fn listeners_go_on() {
    let world = World::new(0, Duration::from_hours(1));
    let proxy = world.start("proxy", &[]);
    world
        .runtime
        .block_on(world.call(b"before", &HeaderMap::new()))
        .unwrap();
    // none can be opened, whatever is open stays
    limit(&proxy, 3);
    let here = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let web = |port| SocketAddr::new(WEB.parse().unwrap(), port);
    let connect = |port| {
        proxy
            .node
            .run(|| TcpStream::connect(here(port)))
            .unwrap()
            .unwrap()
    };
    let own: Vec<_> = [15000, 15020, 15021].map(connect).into();
    let inside = [web(15008), web(15006), web(15001), here(15053)].map(|to| world.connect(to).unwrap());
    std::thread::sleep(Duration::from_secs(2));
    let log = proxy.log();
    let lines = log.lines().filter(|line| line.contains("cannot accept")).count();
    assert!((1..60).contains(&lines), "{lines} lines:\n{log}");
    limit(&proxy, 20_000);
    for (mut stream, path) in own
        .into_iter()
        .zip(["/config_dump", "/metrics", "/healthz/ready"])
    {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{path}: {text}");
    }
    let [hbone, plaintext, outbound, dns] = inside;
    dns.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(question(&dns), [0xab, 0xcd]);
    // what is not redirected is told so, or ends: nobody is left waiting
    for mut stream in [plaintext, outbound, hbone] {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let ended = stream.read(&mut [0; 64]);
        assert!(
            ended.as_ref().map_or_else(
                |error| error.kind() == std::io::ErrorKind::ConnectionReset,
                |_| true
            ),
            "{ended:?}"
        );
    }
    world
        .runtime
        .block_on(world.call(b"after", &HeaderMap::new()))
        .unwrap();
}
