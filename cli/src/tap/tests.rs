//! What is wanted, and what is shown of it.

use super::line::{self, Teller};
use super::party::{Group, Party};
use super::wish::Wish;
use super::*;
use serde_json::{Value, json};

fn told() -> Value {
    json!({"time": "2026-11-26T15:04:05.123456Z", "kind": "denied", "direction": "inbound",
        "source": {"address": "10.244.1.5:41812", "workload": "till-1", "namespace": "shop",
            "identity": "spiffe://cluster.local/ns/shop/sa/till"},
        "destination": {"address": "10.244.2.3:15008", "workload": "localstack-1", "namespace": "localstack",
            "identity": "spiffe://cluster.local/ns/localstack/sa/localstack"},
        "target": "10.244.2.3:4566", "service": "localstack.localstack.svc.cluster.local", "mutualTls": true,
        "bytesUp": 0, "bytesDown": 0, "durationMs": 2, "policy": "localstack/deny-till", "reason": "explicitly denied"})
}

/// The event with some of its fields changed.
fn event(changes: Value) -> Event {
    let mut told = told();
    if let (Value::Object(told), Value::Object(changes)) = (&mut told, changes) {
        told.extend(changes);
    }
    serde_json::from_value(told).unwrap()
}

fn teller() -> Teller {
    Teller {
        node: "node-2".to_owned(),
        namespace: "istio-system".to_owned(),
        pod: "ztunnel-a".to_owned(),
    }
}

#[track_caller]
fn check_text(changes: Value, expected: &str) {
    assert_eq!(line::text(&teller(), &event(changes)), format!("{expected}\n"));
}

#[test]
fn a_line_has_both_identities_the_bytes_the_policy_and_the_reason() {
    check_text(
        json!({}),
        "2026-11-26T15:04:05.123Z node-2 inbound  denied shop/till-1:41812 -> localstack/localstack-1:4566 mtls \
         from=cluster.local/ns/shop/sa/till to=cluster.local/ns/localstack/sa/localstack \
         service=localstack.localstack.svc.cluster.local sent=0 received=0 took=2ms policy=localstack/deny-till \
         reason=\"explicitly denied\"",
    );
}

#[test]
fn ends_that_nobody_knows_are_addresses() {
    check_text(
        json!({"kind": "failed", "source": {"address": "[fd00::1]:5"}, "destination": {"address": "10.0.0.1:80"},
            "target": null, "service": null, "mutualTls": false, "policy": null, "bytesUp": null, "bytesDown": null,
            "durationMs": null, "reason": "io error"}),
        "2026-11-26T15:04:05.123Z node-2 inbound  failed [fd00::1]:5 -> 10.0.0.1:80 plain reason=\"io error\"",
    );
}

#[test]
fn what_peers_say_cannot_write_on_the_terminal() {
    let evil = event(
        json!({"source": {"address": "1.1.1.1:1", "workload": "\u{1b}[2Jx\ny", "namespace": "a b"},
        "reason": "\u{7}bell\nline", "target": "\u{1b}]0;t\u{7}:80", "policy": "a\rb"}),
    );
    let text = line::text(&teller(), &evil);
    let (line, rest) = text.split_once('\n').unwrap();
    assert_eq!(rest, "");
    assert!(!line.chars().any(char::is_control), "{line:?}");
}

#[test]
fn documents_keep_what_is_not_known_here_and_name_the_proxy() {
    let text = line::json(&teller(), br#"{"kind":"open","news":[1]}"#).unwrap();
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        read,
        json!({"kind": "open", "news": [1], "node": "node-2", "proxy": "istio-system/ztunnel-a"})
    );
    assert!(text.ends_with("}\n") && text.lines().count() == 1);
}

#[test]
fn lines_are_events_or_say_that_there_are_none() {
    assert_eq!(Told::parse(br#"{"kind":"alive"}"#).unwrap(), Told::Alive);
    assert_eq!(
        Told::parse(br#"{"kind":"skipped","count":7}"#).unwrap(),
        Told::Skipped(7)
    );
    let line = told().to_string();
    assert_eq!(
        Told::parse(line.as_bytes()).unwrap(),
        Told::Event(Box::new(event(json!({}))))
    );
    for bad in ["", "[]", "{}", r#"{"kind":"burnt"}"#, r#"{"kind":"open"}"#] {
        assert!(Told::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[track_caller]
fn check_party(word: &str, source: bool, destination: bool) {
    let (party, event) = (Party::parse(word, "shop").unwrap(), event(json!({})));
    assert_eq!(
        (party.is_source(&event), party.is_destination(&event)),
        (source, destination),
        "{word}"
    );
}

#[test]
fn parties_are_found_by_name_namespace_identity_and_address() {
    check_party("till-1", true, false);
    check_party("till-1.shop", true, false);
    check_party("pod/till-1.other", false, false);
    check_party("localstack-1.localstack", false, true);
    check_party("ns/shop", true, false);
    check_party("namespace/localstack", false, true);
    check_party("ns/sho", false, false);
    check_party("sa/till", true, false);
    check_party("sa/ill", false, false);
    check_party("serviceaccount/localstack.localstack", false, true);
    check_party("svc/localstack.localstack", false, true);
    check_party("service/local.stack", false, false);
    check_party("10.244.1.5", true, false);
    check_party("10.244.0.0/16", true, true);
    check_party("10.244.2.3", false, true);
    check_party("fd00::/8", false, false);
}

#[track_caller]
fn check_refused(word: &str, reason: &str) {
    let failure = Party::parse(word, "shop").unwrap_err();
    assert_eq!(failure.exit, crate::exit::Exit::Usage);
    assert_eq!(failure.message, reason);
}

#[test]
fn nonsense_is_refused_by_name() {
    check_refused("node/x", "unknown type `node` in `node/x`");
    check_refused("pod/", "`pod/` names nobody");
    check_refused("", "`` names nobody");
}

#[test]
fn a_group_asks_once_for_each_pod_it_does_not_know() {
    let event = event(json!({}));
    let mut wish = Wish {
        either: Some(Party::parse("deploy/till", "shop").unwrap()),
        ..Wish::default()
    };
    assert_eq!(wish.stranger(&event).as_deref(), Some("till-1"));
    assert!(!wish.holds(&event));
    let learn = |wish: &mut Wish, members: &[&str]| {
        let members: Vec<String> = members.iter().map(ToString::to_string).collect();
        for group in wish.groups() {
            group.learn(members.clone(), Some("till-1"));
        }
    };
    learn(&mut wish, &["till-2"]);
    assert_eq!((wish.stranger(&event), wish.holds(&event)), (None, false));
    learn(&mut wish, &["till-1"]);
    assert_eq!((wish.stranger(&event), wish.holds(&event)), (None, true));
    learn(&mut wish, &[]);
    assert!(wish.holds(&event), "its last events are still to come");
    let other = Party::Group(Group::selected("other".to_owned(), "app=till".to_owned()));
    assert_eq!(other.stranger(&event), None, "of another namespace");
}

#[track_caller]
fn check_wish(wish: &Wish, wanted: bool) {
    assert_eq!(wish.holds(&event(json!({}))), wanted, "{wish:?}");
}

#[test]
fn all_of_a_wish_must_hold() {
    let from = |word: &str| Wish {
        from: Some(Party::parse(word, "shop").unwrap()),
        ..Wish::default()
    };
    check_wish(&Wish::default(), true);
    check_wish(&from("ns/shop"), true);
    check_wish(&from("ns/localstack"), false);
    let to = |word: &str| Wish {
        to: Some(Party::parse(word, "shop").unwrap()),
        ..from("ns/shop")
    };
    check_wish(&to("ns/localstack"), true);
    check_wish(&to("ns/shop"), false);
    let port = |port| Wish {
        port: Some(port),
        ..Wish::default()
    };
    check_wish(&port(4566), true);
    check_wish(&port(15008), false);
    let verdict = |verdict| Wish {
        verdicts: vec![verdict],
        ..Wish::default()
    };
    check_wish(&verdict(Verdict::Denied), true);
    check_wish(&verdict(Verdict::Forwarded), false);
    let direction = |direction| Wish {
        direction: Some(direction),
        kinds: vec![Kind::Denied, Kind::Open],
        ..Wish::default()
    };
    check_wish(&direction("inbound"), true);
    check_wish(&direction("outbound"), false);
}

#[test]
fn a_connection_that_did_not_end_by_itself_has_failed() {
    let verdict = |changes| Verdict::of(&event(changes));
    assert_eq!(
        verdict(json!({"kind": "open", "reason": null})),
        Verdict::Forwarded
    );
    assert_eq!(
        verdict(json!({"kind": "close", "reason": null})),
        Verdict::Forwarded
    );
    assert_eq!(
        verdict(json!({"kind": "close", "reason": "broken"})),
        Verdict::Failed
    );
    assert_eq!(verdict(json!({"kind": "failed"})), Verdict::Failed);
}

#[test]
fn proxies_are_asked_for_no_more_than_is_wanted() {
    let wish = Wish {
        either: Some(Party::parse("till-1.shop", "x").unwrap()),
        direction: Some("inbound"),
        verdicts: vec![Verdict::Denied],
        ..Wish::default()
    };
    assert_eq!(
        wish.path(),
        "/events?namespace=shop&workload=till-1&direction=inbound&kind=denied"
    );
    assert_eq!(Wish::default().path(), "/events");
    let both = Wish {
        kinds: vec![Kind::Open, Kind::Close],
        to: Some(Party::parse("10.0.0.1", "x").unwrap()),
        ..Wish::default()
    };
    assert_eq!(both.path(), "/events");
}

#[test]
fn the_words_at_the_end_count_by_kind() {
    let mut tally = Tally::default();
    assert_eq!(
        tally.to_string(),
        "0 events: 0 opened, 0 closed, 0 denied, 0 failed"
    );
    tally.count(Kind::Denied);
    assert_eq!(
        tally.to_string(),
        "1 event: 0 opened, 0 closed, 1 denied, 0 failed"
    );
    tally.count(Kind::Open);
    tally.skipped = 5;
    tally.unreadable = 1;
    assert_eq!(
        tally.to_string(),
        "2 events: 1 opened, 0 closed, 1 denied, 0 failed; 5 more were too many to be told; 1 lines could not be read"
    );
}
