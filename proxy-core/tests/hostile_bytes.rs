//! Bytes that no peer of good will sends, at the boundaries where strangers' bytes come in: HTTP/2, the hand-over of
//! pods, and discovery. Nothing panics, nothing keeps more than it may, and every refusal is one (`spec/security.md` §10).
//!
//! What is sent is cut, glued and changed from what good peers send, since noise alone never gets far. The seed is
//! fixed and stands in every failure with the number of the case.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shared/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use mesh_wire::security::Authorization;
use mesh_wire::workload::{Address, Service, Workload, address::Type};
use mesh_wire::xds::{DeltaDiscoveryResponse, Node, Resource};
use mesh_wire::zds;
use prost::Message;
use prost_types::Any;
use proxy_core::config::{Config, TunnelSettings};
use proxy_core::hbone::error::Error;
use proxy_core::hbone::frame::{HEAD, PREFACE, kind};
use proxy_core::hbone::parser::{Event, Parser};
use proxy_core::hbone::state::{Effect, Role, State};
use proxy_core::state::MeshState;
use proxy_core::xds::stream::{Scope, Stream};
use random::Random;

/// Change it and other bytes are sent.
const SEED: u64 = 0x5eed_2026_0003;
/// What a whole run may keep, in bytes. Debug builds and allocators round up.
const KEPT: usize = 64 << 20;

/// Bytes of this process in memory.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Runs many cases of one boundary; what is kept in the end is bounded.
fn attack(name: &str, cases: u64, mut one: impl FnMut(&mut Random)) {
    let case = |number: u64| Random::new(SEED ^ number.wrapping_mul(0x1_0000_0001));
    // what the first cases cost once is no growth
    for number in 0..cases / 10 {
        one(&mut case(number));
    }
    let before = resident();
    for number in 0..cases {
        let mut random = case(number);
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(&mut random)));
        assert!(done.is_ok(), "{name}: seed {SEED:#x}, case {number}");
    }
    let kept = resident().saturating_sub(before);
    assert!(kept < KEPT, "{name}: {kept} bytes are kept");
}

/// Changes a few bytes, cuts some off, or doubles a part.
fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes[at] = random.next().to_le_bytes()[0],
            2 => bytes[at] ^= 1 << random.below(8),
            3 => {
                let count = random.below(9);
                let extra = random.bytes(count);
                bytes.splice(at..at, extra);
            }
            _ => {
                let end = at + random.below(bytes.len() - at + 1);
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

const BLOCKS: [&[u8]; 4] = [
    b"\x02\x07CONNECT\x01\x03a:1",
    &[0x88],
    b"\x40\x07baggage\x04a=b,\x82\x86\x84",
    b"\x10\x01x\x81\xff\x3f\xe1\x1f\x82",
];

fn frame(random: &mut Random) -> Vec<u8> {
    let kinds = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xee];
    let kind = kinds[random.below(kinds.len())];
    let body = match kind {
        kind::HEADERS | kind::CONTINUATION => random.one(&BLOCKS).to_vec(),
        kind::SETTINGS => (0..random.below(3))
            .flat_map(|_| {
                [
                    0,
                    1 + random.next().to_le_bytes()[0] % 8,
                    0,
                    0,
                    0x40,
                    random.next().to_le_bytes()[0],
                ]
            })
            .collect(),
        kind::RST_STREAM | kind::WINDOW_UPDATE => vec![0, 0, random.next().to_le_bytes()[0], 8],
        kind::PING | kind::GOAWAY => vec![0; 8],
        kind::PRIORITY => vec![0; 5],
        _ => {
            let count = random.below(300);
            random.bytes(count)
        }
    };
    let flags = if kind == kind::HEADERS { 4 } else { 0 }
        | if random.percent(20) {
            1 << random.below(6)
        } else {
            0
        };
    let stream = match kind {
        kind::SETTINGS | kind::PING | kind::GOAWAY => 0,
        _ => u32::try_from(random.below(9)).unwrap(),
    };
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut out = vec![length[1], length[2], length[3], kind, flags];
    out.extend(stream.to_be_bytes());
    assert_eq!(out.len(), HEAD);
    out.extend(body);
    out
}

/// Gives a piece to a connection as its driver does.
fn feed(parser: &mut Parser, state: &mut State<u32>, mut piece: &[u8], now: Duration) -> Result<(), Error> {
    while let Some(event) = parser.next(&mut piece)? {
        match event {
            Event::Begin(head) => {
                state.on_head(head)?;
                if head.kind == kind::DATA {
                    state.on_data(head, now)?;
                }
            }
            Event::Data(_) => {}
            Event::End(head, _) => state.on_data_end(head),
            Event::Frame(head, body) => state.on_frame(head, &body, now)?,
            Event::Skipped(head) => state.on_skipped(head, now)?,
        }
        let effects = std::mem::take(&mut state.effects);
        for effect in effects {
            if let Effect::Asked(id, _) = effect {
                state.adopt(id, id);
            }
        }
    }
    Ok(())
}

/// One connection of either role; what is waiting for the peer stays small, and an error has a word for it.
/// Whether the connection went on to the last byte.
fn http2(random: &mut Random, settings: TunnelSettings) -> bool {
    let role = if random.percent(70) {
        Role::Server
    } else {
        Role::Client
    };
    let mut state = State::<u32>::new(role, settings, None);
    let mut parser = match role {
        Role::Server => Parser::of_client(64 << 10),
        Role::Client => Parser::of_server(64 << 10),
    };
    let mut bytes = if role == Role::Server {
        PREFACE.to_vec()
    } else {
        Vec::new()
    };
    bytes.extend([0, 0, 0, kind::SETTINGS, 0, 0, 0, 0, 0]);
    for _ in 0..random.below(30) {
        let mut one = frame(random);
        if random.percent(15) {
            spoil(&mut one, random);
        }
        bytes.extend(one);
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + random.below(rest.len()));
        let fed = feed(&mut parser, &mut state, piece, Duration::ZERO);
        assert!(
            state.out.len() < 256 << 10,
            "{} bytes for the peer",
            state.out.len()
        );
        assert!(state.open_streams() <= 200);
        state.out.clear();
        if let Err(error) = fed {
            assert!(!error.to_string().is_empty());
            return false;
        }
        rest = after;
    }
    true
}

#[test]
fn hostile_frames_end_a_connection_or_nothing() {
    let settings = Config::load(&BTreeMap::new()).unwrap().tunnel;
    let mut whole = 0;
    attack("HTTP/2", 20_000, |random| {
        whole += u32::from(http2(random, settings));
    });
    // if all of them ended at once, nothing behind the first frames would have been tried
    assert!(whole > 500, "{whole} connections went on to the end");
}

fn pods() -> Vec<Vec<u8>> {
    use zds::workload_request::Payload;
    let add = Payload::Add(zds::AddWorkload {
        uid: "uid".to_owned(),
        workload_info: Some(zds::WorkloadInfo {
            name: "web-0".to_owned(),
            namespace: "shop".to_owned(),
            service_account: "web".to_owned(),
        }),
    });
    let keep = Payload::Keep(zds::KeepWorkload {
        uid: "uid".to_owned(),
    });
    let del = Payload::Del(zds::DelWorkload {
        uid: "uid".to_owned(),
    });
    let all = [add, keep, del].map(|payload| zds::WorkloadRequest {
        payload: Some(payload),
    });
    all.iter().map(Message::encode_to_vec).collect()
}

#[test]
fn hostile_packets_of_an_agent_are_read_or_refused_with_a_reason() {
    let good = pods();
    attack("ZDS", 200_000, |random| {
        let mut packet = good[random.below(good.len())].clone();
        spoil(&mut packet, random);
        if let Err(error) = zds::decode::<zds::WorkloadRequest>(&packet) {
            // the reason goes back to the agent, which can read no more than this
            assert!(zds::nack(&error.to_string()).len() <= zds::MAX_SEND);
        }
        zds::decode::<zds::ZdsHello>(&packet).ok();
        zds::decode::<zds::WorkloadResponse>(&packet).ok();
    });
}

fn resource(kind: &str, name: &str, value: Vec<u8>) -> Resource {
    let any = Any {
        type_url: kind.to_owned(),
        value,
    };
    Resource {
        name: name.to_owned(),
        version: "1".to_owned(),
        resource: Some(any),
        ..Resource::default()
    }
}

fn responses() -> [Vec<Resource>; 2] {
    let address = |of| Address { r#type: Some(of) }.encode_to_vec();
    let workload = Workload {
        uid: "east//Pod/shop/web".to_owned(),
        name: "web".to_owned(),
        namespace: "shop".to_owned(),
        addresses: vec![Bytes::from_static(&[10, 0, 0, 1])],
        authorization_policies: vec!["shop/p".to_owned()],
        services: [(
            "shop/web.shop".to_owned(),
            mesh_wire::workload::PortList::default(),
        )]
        .into(),
        ..Workload::default()
    };
    let service = Service {
        name: "web".to_owned(),
        namespace: "shop".to_owned(),
        hostname: "web.shop".to_owned(),
        ..Service::default()
    };
    let policy = Authorization {
        name: "p".to_owned(),
        namespace: "shop".to_owned(),
        rules: vec![mesh_wire::security::Rule::default(); 3],
        ..Authorization::default()
    };
    [
        vec![
            resource(
                ADDRESS_TYPE,
                "east//Pod/shop/web",
                address(Type::Workload(workload)),
            ),
            resource(ADDRESS_TYPE, "shop/web.shop", address(Type::Service(service))),
        ],
        vec![resource(AUTHORIZATION_TYPE, "shop/p", policy.encode_to_vec())],
    ]
}

/// A response that is spoilt in its resources, and now and then as a whole; every one gets its one reply.
fn discovery(random: &mut Random, good: &[Vec<Resource>; 2]) {
    let (mut stream, mut mesh) = (
        Stream::new(Node::default(), Scope::Everything),
        MeshState::new(None),
    );
    for round in 0..3 {
        let which = random.below(2);
        let mut resources = good[which].clone();
        for one in &mut resources {
            if let Some(any) = &mut one.resource
                && random.percent(60)
            {
                spoil(&mut any.value, random);
            }
        }
        let response = DeltaDiscoveryResponse {
            type_url: random.one(&[ADDRESS_TYPE, AUTHORIZATION_TYPE]).to_owned(),
            nonce: format!("n{round}"),
            removed_resources: vec![random.one(&["shop/p", "shop/web.shop", "", "\u{0}"]).to_owned()],
            resources,
            ..DeltaDiscoveryResponse::default()
        };
        let mut bytes = response.encode_to_vec();
        if random.percent(30) {
            spoil(&mut bytes, random);
        }
        let Ok(read) = DeltaDiscoveryResponse::decode(bytes.as_slice()) else {
            continue; // the transport ends the stream
        };
        let (nonce, kind) = (read.nonce.clone(), read.type_url.clone());
        let is_known = [ADDRESS_TYPE, AUTHORIZATION_TYPE].contains(&kind.as_str());
        let outcome = stream.on_response(&read);
        let reply = outcome.reply;
        assert_eq!((reply.response_nonce, reply.type_url), (nonce, kind));
        // types that nobody asked for are refused as well
        let is_refused = !outcome.rejects.is_empty() || !is_known;
        assert_eq!(reply.error_detail.is_some(), is_refused);
        mesh.apply(outcome.updates);
    }
}

#[test]
fn hostile_responses_are_taken_or_refused_by_name() {
    let good = responses();
    attack("discovery", 50_000, |random| discovery(random, &good));
}
