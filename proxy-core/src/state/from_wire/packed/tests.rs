//! That packing loses nothing and judges as the conversion does.

use proptest::prelude::*;

use super::*;
use crate::state::Update;
use crate::state::from_wire::{Reason, address, versioned_address};
use crate::testing::{gateway_at, gateway_named, member, pod, to_wire};

const WEB: &str = "shop/web.shop.svc.cluster.local";

fn message(workload: &Workload) -> Vec<u8> {
    let one = wire::address::Type::Workload(to_wire::workload(workload));
    wire::Address { r#type: Some(one) }.encode_to_vec()
}

fn record(bytes: &[u8], texts: &mut Texts) -> Record {
    match versioned_address(("name", "v7"), bytes, texts) {
        Ok(Update::Workload(record)) => record,
        other => panic!("{other:?}"),
    }
}

/// Workloads with everything that there is, and with little.
fn samples() -> Vec<Workload> {
    let plain = pod("web", &["10.0.0.1"]);
    let full = Workload {
        waypoint: Some(gateway_named(WEB)),
        network_gateway: Some(gateway_at("10.9.9.9")),
        authorization_policies: Box::new(["shop/a".into(), "shop/b".into()]),
        hostname: "db.example.com".into(),
        network: "west".into(),
        capacity: 0,
        ..member(pod("data/db", &["10.0.0.2", "fd00::2"]), &[(WEB, &[(80, 8080)])])
    };
    let bare = pod("bare", &[]);
    vec![plain, full, bare]
}

#[test]
fn what_is_opened_is_what_came() {
    for workload in samples() {
        let record = record(&message(&workload), &mut Texts::default());
        assert_eq!(record.open(), workload);
        assert_eq!(record.open_one_of_many(), workload);
        assert_eq!(record.own().named(), (&*workload.uid, "v7"));
        assert_eq!((record.name(), record.node()), (&*workload.name, &*workload.node));
        let addresses: Vec<IpAddr> = record.addresses().collect();
        assert_eq!(addresses, workload.addresses.to_vec());
    }
}

#[test]
fn pods_of_one_owner_share_all_but_what_is_their_own() {
    let mut texts = Texts::default();
    let of = |name: &str, address: &str| Workload {
        labels: pod("web", &[]).labels,
        identity: pod("web", &[]).identity,
        node: format!("node-{name}").into(),
        ..pod(name, &[address])
    };
    let first = record(&message(&of("web-1", "10.0.0.1")), &mut texts);
    let second = record(&message(&of("web-2", "10.0.0.2")), &mut texts);
    assert!(Arc::ptr_eq(first.shape(), second.shape()));
    assert_eq!(second.open(), of("web-2", "10.0.0.2"));
    assert!(first.own().0.len() < 100, "{}", first.own().0.len());
}

#[test]
fn texts_of_any_length_are_kept() {
    for length in [0, 1, 254, 255, 256, 70_000] {
        let workload = Workload {
            uid: "u".repeat(length).into(),
            node: "n".repeat(length).into(),
            ..pod("web", &["10.0.0.1", "fd00::1"])
        };
        let record = record(&message(&workload), &mut Texts::default());
        assert_eq!(record.open(), workload, "{length}");
        assert_eq!(record.own().named(), (&*workload.uid, "v7"));
    }
}

#[test]
fn shapes_without_a_workload_are_let_go() {
    let mut texts = Texts::default();
    let kept = record(&message(&pod("kept", &["10.0.0.1"])), &mut texts);
    for number in 0..200 {
        drop(record(
            &message(&pod(&format!("p{number}"), &["10.0.0.1"])),
            &mut texts,
        ));
    }
    assert_eq!(texts.shapes.known.len(), 201);
    texts.settle();
    assert_eq!(texts.shapes.known.len(), 1);
    let again = record(&message(&pod("kept", &["10.0.0.9"])), &mut texts);
    assert!(Arc::ptr_eq(kept.shape(), again.shape()));
}

/// What the conversion alone says of an Address.
fn judged(bytes: &[u8]) -> Result<Option<Workload>, Reason> {
    let message = wire::Address::decode(bytes).map_err(Reason::Decode)?;
    match message.r#type {
        Some(wire::address::Type::Workload(one)) => {
            super::super::workload::from_wire(&one, &mut Texts::default()).map(Some)
        }
        Some(wire::address::Type::Service(_)) => Ok(None),
        None => Err(Reason::UnknownAddressType),
    }
}

/// One way to spoil a message.
#[derive(Debug, Clone)]
enum Damage {
    Byte(usize, u8),
    Cut(usize),
    Double(usize, usize),
    Insert(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let inserted = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..6),
        // fields of later versions, another name, another address, groups, an empty gateway
        Just(vec![0xfa, 0x07, 1, b'x']),
        Just(vec![0x0a, 1, b'n']),
        Just(vec![0x0a, 1, 0xff]),
        Just(vec![0x1a, 4, 1, 2, 3, 4]),
        Just(vec![0x1a, 3, 1, 2, 3]),
        Just(vec![0x7a, 1, b'v']),
        Just(vec![0xfb, 0x07, 0xfc, 0x07]),
        Just(vec![0x42, 0]),
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Damage::Double(from, to)),
        (any::<usize>(), inserted).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

/// Damage between or inside of the fields of the workload; its length is put right.
fn spoil(bytes: &mut Vec<u8>, damage: &[Damage], between: bool) {
    for one in damage {
        let mut ends: Vec<usize> = (0..=bytes.len()).collect();
        if between {
            let mut fields = Fields::of(bytes);
            ends = vec![0];
            while let Some(Ok(_)) = fields.next() {
                ends.push(bytes.len() - fields.rest().len());
            }
        }
        let place = |at: usize| ends[at % ends.len()];
        match one {
            Damage::Byte(at, byte) => {
                let at = at % (bytes.len() + 1);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Damage::Cut(at) => bytes.truncate(place(*at)),
            Damage::Double(from, to) => {
                let (from, to) = (place(*from).min(place(*to)), place(*from).max(place(*to)));
                let part = bytes[from..to].to_vec();
                bytes.splice(to..to, part);
            }
            Damage::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Shapes known or not, plain or not: what comes out is what the conversion makes of the whole message.
    #[test]
    fn packing_judges_as_the_conversion_does(
        which in 0usize..3,
        damage in proptest::collection::vec(damage(), 0..4),
        between in any::<bool>(),
        is_wrapped in any::<bool>(),
    ) {
        let mut texts = Texts::default();
        for known in samples() {
            record(&message(&known), &mut texts);
        }
        let workload = &samples()[which];
        let bytes = if is_wrapped {
            let mut inner = to_wire::workload(workload).encode_to_vec();
            spoil(&mut inner, &damage, between);
            let mut bytes = Vec::new();
            prost::encoding::bytes::encode(1, &inner, &mut bytes);
            bytes
        } else {
            let mut bytes = message(workload);
            spoil(&mut bytes, &damage, between);
            bytes
        };
        for _ in 0..2 {
            let packed = address("name", &bytes, &mut texts).map_err(|reject| reject.reason);
            let opened = packed.map(|update| match update {
                Update::Workload(record) => Some(record.open()),
                _ => None,
            });
            prop_assert_eq!(opened, judged(&bytes));
        }
    }
}
