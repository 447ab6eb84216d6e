//! Every recorded decision of the field's proxy, on a running proxy of ours that is sent the recorded bytes.
//!
//! Where `spec/security.md` is stricter the expected verdict is ours (A5, A6). The simulation of the CLI is held to
//! the same verdicts by a test beside it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use http::HeaderMap;
use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use mesh_wire::workload::{Address, TunnelProtocol, Workload, address::Type};
use prost::Message;
use proxy_core::config::TunnelSettings;
use proxy_core::hbone::client::{self, OpenError};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::discovery::Discovery;
use crate::world::World;
use crate::{base64, harness};

/// Rows that are denied here though the field's proxy allows them: a port beyond 16 bits, a policy never received.
const STRICTER: [&str; 2] = ["35", "port>16bit"];
/// The address that is called, and those of callers.
const ADDRESSES: [&str; 3] = ["10.88.0.13", "10.88.0.20", "10.88.0.21"];
const PORTS: [u16; 3] = [80, 8080, 9090];
const LIMIT: Duration = Duration::from_secs(20);

/// A proxy for each case.
pub(crate) fn recorded() {
    let path = harness::root().join("tests/fixtures/ztunnel/authz-decisions.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(cases.len(), 53);
    let world = World::bare(0, Duration::from_hours(1), &ADDRESSES);
    redirect(&world);
    for port in PORTS {
        world.echo(SocketAddr::new(ADDRESSES[0].parse().unwrap(), port));
    }
    for case in &cases {
        let row = case["row"].as_str().unwrap();
        let settings = [("XDS_ADDRESS", "https://127.0.0.1:15012"), ("LOCAL_XDS_PATH", "")];
        let name = format!("row-{}", row.replace('>', "-"));
        let proxy = world.start_as(("data", "db"), &name, &settings, Some(discovery(case)));
        let is_allowed = match case["transport"].as_str().unwrap() {
            "plain" => plain(&world, case),
            _ => world.runtime.block_on(tunnel(&world, case)),
        };
        let expected = !STRICTER.contains(&row) && case["decision"] == "allow";
        assert_eq!(is_allowed, expected, "row {row}: {case}");
        proxy.terminate();
        proxy.wait();
    }
}

/// What the control plane of a case sends: the called pod, and the policies byte for byte.
fn discovery(case: &Value) -> Discovery {
    let texts = |key: &str| -> Vec<String> {
        let list = case[key].as_array().unwrap().iter();
        list.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let uid = "east//Pod/data/db";
    let workload = Workload {
        uid: uid.to_owned(),
        name: "db".to_owned(),
        namespace: case["workloadNamespace"].as_str().unwrap().to_owned(),
        service_account: "db".to_owned(),
        node: "node-1".to_owned(),
        addresses: vec![vec![10, 88, 0, 13].into()],
        tunnel_protocol: TunnelProtocol::Hbone.into(),
        authorization_policies: texts("workloadPolicies"),
        ..Workload::default()
    };
    let address = Address {
        r#type: Some(Type::Workload(workload)),
    };
    let mut all = vec![(ADDRESS_TYPE, uid.to_owned(), address.encode_to_vec())];
    let policies = case["policies"].as_array().unwrap();
    for (policy, bytes) in policies.iter().zip(texts("policyBytes")) {
        let text = |key: &str| policy[key].as_str().unwrap_or_default();
        let name = format!("{}/{}", text("namespace"), text("name"));
        all.push((AUTHORIZATION_TYPE, name, base64::decode(&bytes)));
    }
    Discovery(all)
}

/// Plain text to the application's ports goes to the proxy, as the node agent's rules would have it; what the proxy
/// itself sends is marked and goes on.
fn redirect(world: &World) {
    let rules = "table ip test { chain output { type nat hook output priority -100; \
         meta mark & 0xfff != 0x539 tcp dport { 80, 8080, 9090 } redirect to :15006; }\n}\n";
    let loaded = world.pod.run(|| {
        let mut nft = Command::new("nft")
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .spawn()?;
        nft.stdin.take().unwrap().write_all(rules.as_bytes())?;
        nft.wait()
    });
    assert!(loaded.unwrap().unwrap().success(), "nft");
}

fn connect(world: &World, source: &str, to: SocketAddr) -> std::io::Result<TcpStream> {
    let connected = world.pod.run(|| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        let own: std::net::IpAddr = source.parse().unwrap();
        socket.bind(&SocketAddr::new(own, 0).into())?;
        socket.connect_timeout(&to.into(), LIMIT)?;
        Ok(TcpStream::from(socket))
    });
    connected.map_err(std::io::Error::other)?
}

fn ends(case: &Value) -> (&str, SocketAddr) {
    let destination = case["destination"].as_str().unwrap();
    (case["source"].as_str().unwrap(), destination.parse().unwrap())
}

/// Whether what is said comes back.
fn plain(world: &World, case: &Value) -> bool {
    let (source, destination) = ends(case);
    let mut stream = connect(world, source, destination).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut back = [0; 4];
    stream.write_all(b"ping").is_ok() && stream.read_exact(&mut back).is_ok() && back == *b"ping"
}

/// Whether the proxy opens a tunnel to the application.
async fn tunnel(world: &World, case: &Value) -> bool {
    let (source, destination) = ends(case);
    let stream = connect(world, source, SocketAddr::new(destination.ip(), 15008)).unwrap();
    stream.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    let own = case["identity"].as_str().unwrap().parse().unwrap();
    let own = world.authority.certificate(&own);
    let settings = TunnelSettings {
        max_streams: 100,
        unused_release: LIMIT,
        stream_window: 4 << 20,
        connection_window: 16 << 20,
        frame_size: 1 << 20,
    };
    let expected = "spiffe://cluster.local/ns/data/sa/db".parse().unwrap();
    let opened = client::open(stream, destination.ip(), &own, vec![expected], settings).await;
    let opened = opened.unwrap();
    let mut driver = JoinSet::new();
    driver.spawn(opened.driver.run());
    match client::connect(&opened.requests, &destination.to_string(), HeaderMap::new()).await {
        Ok(_) => true,
        Err(OpenError::Status(http::StatusCode::UNAUTHORIZED)) => false,
        Err(other) => panic!("{other}: {case}"),
    }
}
