//! What can be wrong with a policy: terms, numbers, counts, and bytes that are no policy at all.

use bytes::Bytes;
use mesh_wire::security::{
    Address, Authorization, Clause, Match, Rule, ServiceAccountMatch, StringMatch, string_match::MatchType,
};

use crate::random::Random;

/// A fault in a match, in words, and how it is made.
pub(crate) struct Fault {
    /// In words.
    pub(crate) what: String,
    /// The term that is wrong.
    pub(crate) term: Match,
}

fn fault(what: String, put: impl FnOnce(&mut Match)) -> Fault {
    let mut term = Match::default();
    put(&mut term);
    Fault { what, term }
}

/// Every term that `security.md` A4 and A5 refuse, in every list that can hold it.
pub(crate) fn terms() -> Vec<Fault> {
    let mut all = Vec::new();
    for (name, list) in TEXTS {
        all.push(fault(format!("a text without form in {name}"), |term| {
            list(term).push(StringMatch { match_type: None });
        }));
    }
    for (name, list) in RANGES {
        for length in [0, 1, 3, 5, 8, 15, 17, 32] {
            let address = Address {
                address: Bytes::from(vec![10; length]),
                length: 8,
            };
            all.push(fault(format!("an address of {length} bytes in {name}"), |term| {
                list(term).push(address);
            }));
        }
        for (bytes, length) in [(4, 33), (4, 128), (4, 264), (4, u32::MAX), (16, 129), (16, 320)] {
            let address = Address {
                address: Bytes::from(vec![0; bytes]),
                length,
            };
            all.push(fault(
                format!("{bytes} bytes with a length of {length} in {name}"),
                |term| {
                    list(term).push(address);
                },
            ));
        }
    }
    for (name, list) in PORTS {
        for port in [65_536, 65_616, 1 << 31, u32::MAX] {
            all.push(fault(format!("port {port} in {name}"), |term| {
                list(term).push(port);
            }));
        }
    }
    for (name, list) in TEXTS {
        let one = StringMatch {
            match_type: Some(MatchType::Exact("shop".to_owned())),
        };
        all.push(fault(format!("1001 texts in {name}"), |term| {
            *list(term) = vec![one; 1_001];
        }));
    }
    all
}

type List<T> = (&'static str, fn(&mut Match) -> &mut Vec<T>);

const TEXTS: [List<StringMatch>; 4] = [
    ("namespaces", |term| &mut term.namespaces),
    ("not_namespaces", |term| &mut term.not_namespaces),
    ("principals", |term| &mut term.principals),
    ("not_principals", |term| &mut term.not_principals),
];
const RANGES: [List<Address>; 4] = [
    ("source_ips", |term| &mut term.source_ips),
    ("not_source_ips", |term| &mut term.not_source_ips),
    ("destination_ips", |term| &mut term.destination_ips),
    ("not_destination_ips", |term| &mut term.not_destination_ips),
];
const PORTS: [List<u32>; 2] = [
    ("destination_ports", |term| &mut term.destination_ports),
    ("not_destination_ports", |term| &mut term.not_destination_ports),
];

/// A policy that lets somebody in: an ALLOW that matches, or a DENY that does not.
pub(crate) fn harmless(name: &str, scope: i32, action: i32) -> Authorization {
    let term = if action == 0 {
        Match {
            not_service_accounts: vec![ServiceAccountMatch {
                namespace: "nobody".to_owned(),
                service_account: "nobody".to_owned(),
            }],
            ..Match::default()
        }
    } else {
        Match {
            destination_ports: vec![9],
            ..Match::default()
        }
    };
    Authorization {
        name: name.to_owned(),
        namespace: "shop".to_owned(),
        scope,
        action,
        rules: vec![Rule {
            clauses: vec![Clause { matches: vec![term] }],
        }],
        ..Authorization::default()
    }
}

/// Puts a term somewhere into a policy: beside the good one in its match, beside its match, in a clause or a
/// rule of its own.
pub(crate) fn put(policy: &mut Authorization, term: Match, random: &mut Random) {
    let rule = &mut policy.rules[0];
    match random.below(4) {
        0 => {
            let good = &rule.clauses[0].matches[0];
            rule.clauses[0].matches[0] = merged(good.clone(), term);
        }
        1 => rule.clauses[0].matches.push(term),
        2 => rule.clauses.push(Clause { matches: vec![term] }),
        _ => policy.rules.push(Rule {
            clauses: vec![Clause { matches: vec![term] }],
        }),
    }
}

fn merged(mut good: Match, term: Match) -> Match {
    good.namespaces.extend(term.namespaces);
    good.not_namespaces.extend(term.not_namespaces);
    good.principals.extend(term.principals);
    good.not_principals.extend(term.not_principals);
    good.source_ips.extend(term.source_ips);
    good.not_source_ips.extend(term.not_source_ips);
    good.destination_ips.extend(term.destination_ips);
    good.not_destination_ips.extend(term.not_destination_ips);
    good.destination_ports.extend(term.destination_ports);
    good.not_destination_ports.extend(term.not_destination_ports);
    good
}

/// Bytes that are no policy: cut off inside of a field, or nothing that a message can be.
pub(crate) fn bytes(policy: &[u8], random: &mut Random) -> (String, Bytes) {
    match random.below(4) {
        // the rules are the last field, and longer than their tag and length
        0 => {
            let cut = 1 + random.below(policy.len() / 3);
            let kept = policy.len() - cut;
            (
                format!("the last {cut} bytes missing"),
                Bytes::copy_from_slice(&policy[..kept]),
            )
        }
        1 => {
            // wire types 6 and 7 do not exist
            let mut broken = policy.to_vec();
            broken.push(0x0e | u8::from(random.percent(50)));
            ("a field of no wire type".to_owned(), broken.into())
        }
        2 => {
            // the name is text, and these bytes are none
            let junk = random.bytes(6).into_iter().map(|byte| byte | 0x80);
            let mut broken = vec![0x0a, 6];
            broken.extend(junk.map(|byte| if byte < 0xf8 { 0xff } else { byte }));
            broken.extend_from_slice(policy);
            ("a name that is not UTF-8".to_owned(), broken.into())
        }
        _ => {
            // a length that nothing can have
            let mut broken = policy.to_vec();
            broken.extend_from_slice(&[0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f]);
            let junk = random.below(40);
            broken.extend(random.bytes(junk));
            ("a rule longer than the message".to_owned(), broken.into())
        }
    }
}
