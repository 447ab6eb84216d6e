//! The discovery protocol as a value.

use mesh_wire::workload::{Address, Workload, address};
use mesh_wire::xds::Resource;
use proptest::prelude::*;
use prost_types::Any;

use super::*;
use crate::state::from_wire::fields::Fields;

fn stream() -> Stream {
    scoped(Scope::Everything)
}

fn scoped(scope: Scope) -> Stream {
    let node = Node {
        id: "ztunnel~10.0.0.1~p.n~n.svc.cluster.local".to_owned(),
        ..Node::default()
    };
    Stream::new(node, scope)
}

fn workload(uid: &str, bytes_of_address: usize) -> Resource {
    let message = Address {
        r#type: Some(address::Type::Workload(Workload {
            uid: uid.to_owned(),
            namespace: "shop".to_owned(),
            addresses: vec![vec![1; bytes_of_address].into()],
            ..Workload::default()
        })),
    };
    resource(uid, Some(message.encode_to_vec()))
}

fn resource(name: &str, value: Option<Vec<u8>>) -> Resource {
    Resource {
        name: name.to_owned(),
        version: format!("v-{name}"),
        resource: value.map(|value| Any {
            type_url: String::new(),
            value,
        }),
        ..Resource::default()
    }
}

fn response(kind: Kind, nonce: &str, resources: Vec<Resource>, removed: &[&str]) -> DeltaDiscoveryResponse {
    DeltaDiscoveryResponse {
        type_url: kind.type_url().to_owned(),
        nonce: nonce.to_owned(),
        resources,
        removed_resources: removed.iter().map(|name| (*name).to_owned()).collect(),
        ..DeltaDiscoveryResponse::default()
    }
}

#[test]
fn xds_c01_address_is_asked_for_before_authorization_each_with_a_node() {
    let requests = stream().open();
    let types: Vec<&str> = requests.iter().map(|one| one.type_url.as_str()).collect();
    assert_eq!(types, [ADDRESS_TYPE, AUTHORIZATION_TYPE]);
    assert!(
        requests
            .iter()
            .all(|one| one.node.is_some() && one.response_nonce.is_empty())
    );
}

#[test]
fn xds_c05_wildcard_requests_name_nothing() {
    for request in stream().open() {
        assert!(request.resource_names_subscribe.is_empty());
        assert!(request.resource_names_unsubscribe.is_empty());
    }
}

#[test]
fn xds_c06_every_response_gets_one_reply_with_its_nonce() {
    let mut stream = stream();
    let good = stream.on_response(&response(Kind::Address, "n1", vec![workload("a", 4)], &[]));
    assert_eq!(
        (good.reply.response_nonce.as_str(), &good.reply.error_detail),
        ("n1", &None)
    );
    assert!(good.reply.node.is_none(), "a node only comes first");
    let empty = stream.on_response(&response(Kind::Authorization, "n2", vec![], &[]));
    assert_eq!(
        (empty.reply.response_nonce.as_str(), empty.updates.len()),
        ("n2", 0)
    );
}

#[test]
fn xds_c07_one_bad_resource_is_named_and_the_others_apply() {
    let mut stream = stream();
    let mixed = vec![workload("good-1", 4), workload("bad", 5), workload("good-2", 16)];
    let outcome = stream.on_response(&response(Kind::Address, "n", mixed, &[]));
    assert_eq!(outcome.updates.len(), 2);
    let error = outcome.reply.error_detail.unwrap();
    assert_eq!(
        (error.code, error.message.as_str()),
        (0, "bad: failed to parse address, had 5 bytes")
    );
}

#[test]
fn xds_c07_what_cannot_be_decoded_is_named_after_what_was_refused() {
    let mut stream = stream();
    let broken = vec![
        resource("broken", Some(vec![0xff])),
        resource("empty", None),
        workload("bad", 5),
    ];
    let error = stream
        .on_response(&response(Kind::Address, "n", broken, &[]))
        .reply
        .error_detail
        .unwrap();
    let names: Vec<&str> = error
        .message
        .split("; ")
        .map(|part| part.split(':').next().unwrap())
        .collect();
    assert_eq!(names, ["bad", "broken", "empty"]);
}

#[test]
fn xds_c08_a_reconnect_claims_what_was_accepted() {
    let mut stream = stream();
    let first = vec![workload("a", 4), workload("b", 4), workload("c", 5)];
    stream.on_response(&response(Kind::Address, "n1", first, &[]));
    stream.on_response(&response(Kind::Address, "n2", vec![workload("a", 5)], &["b"]));
    let requests = stream.open();
    let claimed: Vec<(&str, &str)> = requests[0]
        .initial_resource_versions
        .iter()
        .map(|(name, version)| (name.as_str(), version.as_str()))
        .collect();
    // `a` keeps the version that was accepted; `b` is gone; `c` never was
    assert_eq!(claimed, [("a", "v-a")]);
    stream.forget_versions();
    assert!(stream.open()[0].initial_resource_versions.is_empty());
}

#[test]
fn xds_c12_both_types_must_have_been_answered_and_one_bad_resource_does_not_hold_that_back() {
    // the last part is security X4
    let mut stream = stream();
    assert!(!stream.is_synced());
    stream.on_response(&response(Kind::Address, "n1", vec![workload("bad", 5)], &[]));
    assert!(!stream.is_synced());
    stream.on_response(&response(Kind::Authorization, "n2", vec![], &[]));
    assert!(stream.is_synced());
    assert_eq!(stream.open().len(), 2);
    assert!(stream.is_synced(), "stays so after a reconnect");
}

#[test]
fn xds_c13_removals_come_after_changes() {
    let mut stream = stream();
    let outcome = stream.on_response(&response(
        Kind::Address,
        "n",
        vec![workload("a", 4)],
        &["b", "ns/host"],
    ));
    let last: Vec<_> = outcome.updates[1..].to_vec();
    assert_eq!(
        last,
        [
            Update::AddressGone("b".into()),
            Update::AddressGone("ns/host".into())
        ]
    );
}

#[test]
fn security_x6_odd_removals_nonces_and_types_lose_nothing() {
    let mut stream = stream();
    let good = stream.on_response(&response(Kind::Address, "n1", vec![workload("a", 4)], &[]));
    assert_eq!(good.updates.len(), 1);
    let held = stream.open();
    let odd = DeltaDiscoveryResponse {
        type_url: "type.googleapis.com/other".to_owned(),
        nonce: "n".to_owned(),
        resources: vec![workload("a", 4)],
        ..DeltaDiscoveryResponse::default()
    };
    // an unknown type is refused, and still gets its one reply
    let outcome = stream.on_response(&odd);
    assert!(outcome.updates.is_empty());
    assert_eq!(outcome.reply.response_nonce, "n");
    let detail = outcome.reply.error_detail.unwrap();
    assert_eq!(detail.message, "nobody asked for this type");
    // duplicates, a nonce of before, no nonce, names never seen, an empty resource
    let twice = vec![workload("a", 4), workload("a", 4), resource("empty", None)];
    for nonce in ["n0", "", "n1"] {
        let outcome = stream.on_response(&response(Kind::Address, nonce, twice.clone(), &["never/seen"]));
        assert_eq!(outcome.reply.response_nonce, nonce);
        assert!(outcome.reply.error_detail.unwrap().message.starts_with("empty: "));
    }
    assert_eq!(stream.open(), held, "the same is claimed as before");
    assert!(!stream.is_synced());
}

#[test]
fn security_x5_names_beyond_a_kibibyte_are_refused() {
    let long = "x".repeat(1_025);
    let outcome = stream().on_response(&response(Kind::Address, "n", vec![workload(&long, 4)], &[]));
    assert!(outcome.updates.is_empty() && outcome.reply.error_detail.is_some());
}

#[test]
fn xds_c05_on_demand_starts_with_nothing_and_asks_by_name() {
    let mut stream = scoped(Scope::OnDemand);
    let requests = stream.open();
    for names in [
        &requests[0].resource_names_subscribe,
        &requests[0].resource_names_unsubscribe,
    ] {
        assert_eq!(names, &["*"]);
    }
    assert!(
        requests[1].resource_names_subscribe.is_empty(),
        "policies come all"
    );
    let demand = stream.demand("/10.0.0.1".into());
    assert_eq!(
        (
            demand.type_url.as_str(),
            demand.resource_names_subscribe.as_slice()
        ),
        (ADDRESS_TYPE, &["/10.0.0.1".to_owned()][..])
    );
    assert!(demand.node.is_none() && demand.response_nonce.is_empty());
}

#[test]
fn xds_c16_xds_c17_a_demand_is_settled_by_name_alias_or_removal() {
    let mut stream = scoped(Scope::OnDemand);
    for key in ["/10.0.0.1", "uid-2", "/10.9.9.9", "/10.0.0.4"] {
        stream.demand(key.into());
    }
    let aliased = Resource {
        aliases: vec!["/10.0.0.1".to_owned()],
        ..workload("uid-1", 4)
    };
    let both = vec![aliased, workload("uid-2", 4)];
    let outcome = stream.on_response(&response(Kind::Address, "n", both, &["/10.9.9.9"]));
    assert_eq!(outcome.answered, ["/10.0.0.1", "uid-2", "/10.9.9.9"]);
    // what is still open is claimed without version after a reconnect, what came with its own
    let claimed = stream.open().remove(0).initial_resource_versions;
    let mut claimed: Vec<(&str, &str)> = claimed.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    claimed.sort_unstable();
    assert_eq!(
        claimed,
        [("/10.0.0.4", ""), ("uid-1", "v-uid-1"), ("uid-2", "v-uid-2")]
    );
    stream.forget_demand("/10.0.0.4");
    assert_eq!(stream.open()[0].initial_resource_versions.len(), 2);
}

#[test]
fn xds_c12_addresses_on_demand_are_not_waited_for() {
    let mut stream = scoped(Scope::OnDemand);
    stream.on_response(&response(Kind::Authorization, "n", vec![], &[]));
    assert!(stream.is_synced());
}

/// The same resources, saying that they are addresses.
fn labelled(mut response: DeltaDiscoveryResponse) -> DeltaDiscoveryResponse {
    for any in response
        .resources
        .iter_mut()
        .filter_map(|one| one.resource.as_mut())
    {
        ADDRESS_TYPE.clone_into(&mut any.type_url);
    }
    response
}

/// What an outcome says, as one comparable value.
fn said(outcome: &Outcome) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        outcome.updates.clone(),
        outcome.rejects.clone(),
        outcome.reply.clone(),
        outcome.answered.clone(),
        outcome.payload,
    )
}

#[test]
fn resources_that_are_not_what_they_say_end_the_stream_once() {
    let policy = resource("shop/p", Some(Vec::new()));
    let wrong = labelled(response(Kind::Authorization, "n", vec![policy.clone()], &[]));
    let bytes = wrong.encode_to_vec();
    let mut stream = stream();
    stream.on_part(&bytes).unwrap();
    assert_eq!(stream.on_end().unwrap_err(), Unreadable::Mislabelled);
    assert!(!stream.is_synced());
    // on the next stream they are taken for what the response says
    assert_eq!(stream.open().len(), 2);
    stream.on_part(&bytes).unwrap();
    let outcome = stream.on_end().unwrap();
    let right = response(Kind::Authorization, "n", vec![policy], &[]);
    assert_eq!(said(&outcome), said(&stream.on_response(&right)));
}

#[test]
fn what_came_before_a_break_is_void() {
    let mut stream = stream();
    let first = labelled(response(Kind::Address, "n1", vec![workload("a", 4)], &[]));
    stream.on_part(&first.encode_to_vec()).unwrap();
    assert!(stream.open()[0].initial_resource_versions.is_empty());
    let next = stream.on_response(&response(Kind::Address, "n2", vec![workload("b", 4)], &[]));
    assert_eq!(
        (next.updates.len(), next.reply.response_nonce.as_str()),
        (1, "n2")
    );
}

#[test]
fn a_part_that_is_no_message_is_refused_in_the_words_of_the_decoder() {
    for bytes in [
        &[0x12, 5, 1][..],
        &[0x12, 2, 0x0a, 9],
        &[0x10, 1],
        &[0x22, 1, 0xff],
    ] {
        let expected = DeltaDiscoveryResponse::decode(bytes).unwrap_err();
        let mut stream = stream();
        let taken = stream.on_part(bytes).and_then(|()| stream.on_end());
        assert_eq!(taken.unwrap_err(), Unreadable::Malformed(expected), "{bytes:?}");
    }
}

proptest! {
    /// Whether resources say what they are and where the parts end makes no difference.
    #[test]
    fn a_response_in_parts_is_the_same_response(
        uids in proptest::collection::vec(("[a-d]", prop_oneof![Just(4usize), Just(5), Just(16)]), 0..8),
        cuts in proptest::collection::vec(any::<bool>(), 12),
    ) {
        let resources = uids.iter().map(|(uid, bytes)| workload(uid, *bytes)).collect();
        let whole = response(Kind::Address, "n", resources, &["gone"]);
        let expected = said(&stream().on_response(&whole));
        let bytes = labelled(whole).encode_to_vec();
        let mut stream = stream();
        let mut part = Vec::new();
        let (mut fields, mut before) = (Fields::of(&bytes), bytes.len());
        for cut in cuts {
            fields.next().transpose().unwrap();
            let (from, left) = (bytes.len() - before, fields.rest().len());
            part.extend_from_slice(&bytes[from..bytes.len() - left]);
            before = left;
            if cut {
                stream.on_part(&part).unwrap();
                part.clear();
            }
        }
        stream.on_part(&part).unwrap();
        prop_assert_eq!(said(&stream.on_end().unwrap()), expected);
    }

    #[test]
    fn any_response_is_answered(
        names in proptest::collection::vec("[a-z/]{0,6}", 0..6),
        bytes in proptest::collection::vec(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)), 0..6),
        policies in any::<bool>(),
    ) {
        let kind = if policies { Kind::Authorization } else { Kind::Address };
        let resources = names.iter().zip(bytes).map(|(name, bytes)| resource(name, bytes)).collect();
        let mut stream = stream();
        let outcome = stream.on_response(&response(kind, "n", resources, &["gone"]));
        prop_assert_eq!(outcome.reply.response_nonce.as_str(), "n");
        prop_assert_eq!(outcome.reply.error_detail.is_some(), !outcome.rejects.is_empty());
    }
}
