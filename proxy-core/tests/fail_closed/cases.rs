//! The cases: what the server does, after which nobody may be let in.

use bytes::Bytes;
use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use mesh_wire::security::Authorization;
use mesh_wire::workload::{Address, Workload, address::Type};
use mesh_wire::xds::{DeltaDiscoveryResponse, Resource};
use prost::Message;
use prost_types::Any;

use crate::faults::{self, harmless};
use crate::random::Random;

/// Change it and other cases are made.
const SEED: u64 = 0x5eed_2026_0002;

/// The workload that is called.
pub(crate) const UID: &str = "east//Pod/shop/web";

/// What the server does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Sends a response, and waits for the reply.
    Send(Box<DeltaDiscoveryResponse>),
    /// Ends the stream in order.
    End,
    /// Ends the stream with an error.
    Fail,
}

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Of which sort.
    pub(crate) kind: &'static str,
    /// In words.
    pub(crate) what: String,
    /// After these steps nobody is let in.
    pub(crate) closed: Vec<Step>,
    /// After these, if there are any, somebody is.
    pub(crate) opened: Vec<Step>,
    /// The same without the fault, which lets somebody in.
    pub(crate) twin: Option<Vec<Step>>,
}

/// All of them, the same in every run.
pub(crate) fn all() -> Vec<Case> {
    let mut random = Random::new(SEED);
    let mut all = terms(&mut random);
    all.extend(enums());
    all.extend(bytes(&mut random));
    all.extend(held(&mut random));
    all.extend(missing(&mut random));
    all.extend(late(&mut random));
    all.extend(partial(&mut random));
    all
}

fn resource(kind: &str, name: &str, value: &[u8]) -> Resource {
    Resource {
        name: name.to_owned(),
        version: "1".to_owned(),
        resource: Some(Any {
            type_url: kind.to_owned(),
            value: value.to_vec(),
        }),
        ..Resource::default()
    }
}

fn response(kind: &str, resources: Vec<Resource>, removed: &[&str]) -> Step {
    Step::Send(Box::new(DeltaDiscoveryResponse {
        type_url: kind.to_owned(),
        resources,
        removed_resources: removed.iter().map(ToString::to_string).collect(),
        ..DeltaDiscoveryResponse::default()
    }))
}

/// The workload, which names these policies.
fn workload(listed: &[String]) -> Step {
    let workload = Workload {
        uid: UID.to_owned(),
        name: "web".to_owned(),
        namespace: "shop".to_owned(),
        node: "node-1".to_owned(),
        addresses: vec![Bytes::from_static(&[10, 0, 0, 1])],
        authorization_policies: listed.to_vec(),
        ..Workload::default()
    };
    let address = Address {
        r#type: Some(Type::Workload(workload)),
    };
    let one = resource(ADDRESS_TYPE, UID, &address.encode_to_vec());
    response(ADDRESS_TYPE, vec![one], &[])
}

fn policies(all: &[(&str, Bytes)]) -> Step {
    let all = all
        .iter()
        .map(|(name, value)| resource(AUTHORIZATION_TYPE, name, value));
    response(AUTHORIZATION_TYPE, all.collect(), &[])
}

fn encoded(policy: &Authorization) -> Bytes {
    policy.encode_to_vec().into()
}

fn key(number: usize) -> String {
    format!("shop/p{number}")
}

/// Scopes by number, and whether the workload names the policy.
const SCOPES: [(i32, bool); 4] = [(0, false), (1, false), (1, true), (2, true)];

fn named(is_named: bool) -> Vec<String> {
    if is_named { vec![key(0)] } else { Vec::new() }
}

/// Every bad term, in policies of both actions and every scope (A4, A5).
fn terms(random: &mut Random) -> Vec<Case> {
    let mut all = Vec::new();
    for fault in faults::terms() {
        for (action, verb) in [(0, "ALLOW"), (1, "DENY"), (0, "ALLOW"), (1, "DENY")] {
            let (scope, is_named) = SCOPES[random.below(SCOPES.len())];
            let good = harmless("p0", scope, action);
            let mut bad = good.clone();
            faults::put(&mut bad, fault.term.clone(), random);
            let name = key(0);
            all.push(Case {
                kind: "term",
                what: format!("{} of {verb} in scope {scope}", fault.what),
                closed: vec![workload(&named(is_named)), policies(&[(&name, encoded(&bad))])],
                opened: Vec::new(),
                twin: Some(vec![
                    workload(&named(is_named)),
                    policies(&[(&name, encoded(&good))]),
                ]),
            });
        }
    }
    all
}

/// Numbers of actions and scopes that nobody knows (A4): a DENY of all, or held by reference only.
fn enums() -> Vec<Case> {
    let mut all = Vec::new();
    for number in [2, 3, 9, 127, -1, i32::MAX, i32::MIN] {
        for (scope, is_named) in SCOPES {
            let (name, good) = (key(0), harmless("p0", scope, 0));
            let twin = vec![workload(&named(is_named)), policies(&[(&name, encoded(&good))])];
            let action = Authorization {
                action: number,
                ..good.clone()
            };
            all.push(Case {
                kind: "enum",
                what: format!("action {number} in scope {scope}"),
                closed: vec![workload(&named(is_named)), policies(&[(&name, encoded(&action))])],
                opened: Vec::new(),
                twin: Some(twin.clone()),
            });
            let beyond = Authorization {
                scope: if number == 2 { 4 } else { number },
                ..good
            };
            all.push(Case {
                kind: "enum",
                what: format!("scope {}", beyond.scope),
                closed: vec![workload(&named(true)), policies(&[(&name, encoded(&beyond))])],
                opened: Vec::new(),
                twin: Some(twin),
            });
        }
    }
    all
}

/// Bytes that are no policy; who names it is called by nobody (A4, A6).
fn bytes(random: &mut Random) -> Vec<Case> {
    let mut all = Vec::new();
    for number in 0..60 {
        let (name, good) = (key(0), encoded(&harmless("p0", 2, i32::from(number % 2 == 1))));
        let (what, bad) = faults::bytes(&good, random);
        let came_and_went = number % 3 == 0;
        let mut closed = vec![workload(&named(true))];
        if came_and_went {
            // that it was taken back once does not excuse what came after
            closed.push(policies(&[(&name, good.clone())]));
            closed.push(response(AUTHORIZATION_TYPE, Vec::new(), &[&name]));
        }
        closed.push(policies(&[(&name, bad)]));
        all.push(Case {
            kind: "bytes",
            what: format!("{what}, known before: {came_and_went}"),
            closed,
            opened: vec![policies(&[(&name, good.clone())])],
            twin: Some(vec![workload(&named(true)), policies(&[(&name, good)])]),
        });
    }
    let nothing = Resource {
        name: key(0),
        ..Resource::default()
    };
    all.push(Case {
        kind: "bytes",
        what: "no content at all".to_owned(),
        closed: vec![
            workload(&named(true)),
            response(AUTHORIZATION_TYPE, vec![nothing], &[]),
        ],
        opened: vec![policies(&[(&key(0), encoded(&harmless("p0", 2, 0)))])],
        twin: None,
    });
    all
}

/// A version that cannot be read does not replace one that refuses all.
fn held(random: &mut Random) -> Vec<Case> {
    let faults = faults::terms();
    let mut all = Vec::new();
    for number in 0..40 {
        let (scope, is_named) = SCOPES[number % SCOPES.len()];
        let name = key(0);
        // an ALLOW of nobody, or a DENY of everybody
        let strict = Authorization {
            rules: if number % 2 == 0 {
                Vec::new()
            } else {
                vec![mesh_wire::security::Rule::default()]
            },
            ..harmless("p0", scope, i32::from(number % 2 == 1))
        };
        let fault = &faults[random.below(faults.len())];
        let mut wide = harmless("p0", scope, 0);
        let good = encoded(&wide);
        faults::put(&mut wide, fault.term.clone(), random);
        let (what, bad) = if number % 4 == 3 {
            faults::bytes(&good, random)
        } else {
            (fault.what.clone(), encoded(&wide))
        };
        all.push(Case {
            kind: "held",
            what: format!("{what}, over a version that refuses all, in scope {scope}"),
            closed: vec![
                workload(&named(is_named)),
                policies(&[(&name, encoded(&strict))]),
                policies(&[(&name, bad)]),
            ],
            opened: vec![policies(&[(&name, good)])],
            twin: None,
        });
    }
    all
}

/// The workload names policies that never come, though others do (A6).
fn missing(random: &mut Random) -> Vec<Case> {
    let mut all = Vec::new();
    for number in 0..40 {
        let count = 1 + random.below(5);
        let absent = random.below(count);
        let listed: Vec<String> = (0..count).map(key).collect();
        let values: Vec<Bytes> = (0..count)
            .map(|one| encoded(&harmless(&format!("p{one}"), 2, i32::from(random.percent(40)))))
            .collect();
        let of = |wanted: &dyn Fn(usize) -> bool| {
            let all = listed.iter().zip(&values).enumerate();
            let all = all.filter(|(at, _)| wanted(*at));
            let all: Vec<(&str, Bytes)> = all
                .map(|(_, (name, value))| (name.as_str(), value.clone()))
                .collect();
            policies(&all)
        };
        let others = of(&|at| at != absent);
        // in life policies come first, but no order is promised
        let closed = if random.percent(50) {
            vec![workload(&listed), others]
        } else {
            vec![others, workload(&listed)]
        };
        all.push(Case {
            kind: "missing",
            what: format!("{number}: policy {absent} of {count} never came"),
            closed,
            opened: vec![of(&|at| at == absent)],
            twin: None,
        });
    }
    all
}

/// Nothing is open before both types have been answered once, also over streams that break (A7).
fn late(random: &mut Random) -> Vec<Case> {
    let mut all = Vec::new();
    for number in 0..30 {
        let breaks = random.below(4);
        let is_orderly = random.percent(50);
        let break_off = || if is_orderly { Step::End } else { Step::Fail };
        let is_workload_first = random.percent(60);
        let first = if is_workload_first {
            workload(&[])
        } else {
            policies(&[])
        };
        let mut closed = vec![first];
        closed.extend((0..breaks).map(|_| break_off()));
        let rest = if is_workload_first {
            policies(&[])
        } else {
            workload(&[])
        };
        all.push(Case {
            kind: "late",
            what: format!(
                "{number}: {breaks} breaks, in order: {is_orderly}, workload first: {is_workload_first}"
            ),
            closed,
            opened: vec![rest],
            twin: None,
        });
    }
    all
}

/// A stream that breaks between the parts of what belongs together (A6, A7).
fn partial(random: &mut Random) -> Vec<Case> {
    let mut all = Vec::new();
    for number in 0..40 {
        let count = 2 + random.below(4);
        let come = random.below(count);
        let listed: Vec<String> = (0..count).map(key).collect();
        let one = |at: usize| {
            let value = encoded(&harmless(&format!("p{at}"), 2, 0));
            policies(&[(listed[at].as_str(), value)])
        };
        let mut closed = vec![workload(&listed)];
        closed.extend((0..come).map(one));
        if come == 0 {
            closed.push(policies(&[]));
        }
        let breaks_off = random.percent(70);
        if breaks_off {
            closed.push(if random.percent(50) { Step::End } else { Step::Fail });
        }
        all.push(Case {
            kind: "partial",
            what: format!("{number}: {come} of {count} policies came, broken off: {breaks_off}"),
            closed,
            opened: (come..count).map(one).collect(),
            twin: None,
        });
    }
    all
}
