//! Random worlds: policies, the workload they are about, and connections to it, as texts, bytes and numbers.
//!
//! Few values, so that terms meet connections often; every text of a term is cut from one that can occur.

use crate::random::Random;

const DOMAINS: [&str; 2] = ["cluster.local", "other"];
const NAMESPACES: [&str; 4] = ["shop", "shop-2", "data", "op"];
const ACCOUNTS: [&str; 4] = ["web", "eb", "web.a", "db"];
const FORMS: [&str; 4] = ["exact", "prefix", "suffix", "presence"];
const PORTS: [u16; 5] = [0, 80, 81, 15_008, 65_535];

/// One policy.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Object namespace.
    pub(crate) namespace: String,
    /// Object name.
    pub(crate) name: String,
    /// `GLOBAL`, `NAMESPACE` or `WORKLOAD_SELECTOR`.
    pub(crate) scope: &'static str,
    /// `ALLOW` or `DENY`.
    pub(crate) action: &'static str,
    /// Only logged.
    pub(crate) dry_run: bool,
    /// OR.
    pub(crate) rules: Vec<Rule>,
}

/// AND.
#[derive(Debug, Clone)]
pub(crate) struct Rule(pub(crate) Vec<Clause>);

/// OR.
#[derive(Debug, Clone)]
pub(crate) struct Clause(pub(crate) Vec<Match>);

/// AND across the kinds; each with its negated form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Match {
    pub(crate) namespaces: Vec<Text>,
    pub(crate) not_namespaces: Vec<Text>,
    pub(crate) principals: Vec<Text>,
    pub(crate) not_principals: Vec<Text>,
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) not_accounts: Vec<(String, String)>,
    pub(crate) source_ips: Vec<Range>,
    pub(crate) not_source_ips: Vec<Range>,
    pub(crate) destination_ips: Vec<Range>,
    pub(crate) not_destination_ips: Vec<Range>,
    pub(crate) ports: Vec<u16>,
    pub(crate) not_ports: Vec<u16>,
}

/// A comparison of texts.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// `exact`, `prefix`, `suffix` or `presence`.
    pub(crate) form: &'static str,
    /// What is compared with; nothing for presence.
    pub(crate) value: String,
}

/// A block of addresses; bits behind the length may be set, as on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    /// 4 or 16 bytes.
    pub(crate) address: Vec<u8>,
    /// Bits that count.
    pub(crate) length: usize,
}

/// What policy looks at.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// 4 or 16 bytes.
    pub(crate) source: Vec<u8>,
    /// Trust domain, namespace, account; none for plain text.
    pub(crate) identity: Option<[String; 3]>,
    /// 4 or 16 bytes.
    pub(crate) destination: Vec<u8>,
    /// The target port.
    pub(crate) port: u16,
}

/// Everything that a decision depends on, but for the connection.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// The workload's namespace.
    pub(crate) namespace: String,
    /// The policies that it names.
    pub(crate) listed: Vec<String>,
    /// What is held.
    pub(crate) policies: Vec<Policy>,
    /// Keys that were held once.
    pub(crate) removed: Vec<String>,
}

impl Policy {
    /// `<namespace>/<name>`.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    fn random(random: &mut Random, number: usize) -> Self {
        Self {
            namespace: random.one(&NAMESPACES[..2]).to_owned(),
            name: format!("p{number}"),
            scope: random.one(&["GLOBAL", "NAMESPACE", "NAMESPACE", "WORKLOAD_SELECTOR"]),
            action: random.one(&["ALLOW", "ALLOW", "DENY"]),
            dry_run: random.percent(10),
            rules: some(random, 3, Rule::random),
        }
    }
}

/// Fewer than `end` of something.
fn some<T>(random: &mut Random, end: usize, make: fn(&mut Random) -> T) -> Vec<T> {
    (0..random.below(end)).map(|_| make(random)).collect()
}

/// Mostly nothing, as in life.
fn terms<T>(random: &mut Random, make: fn(&mut Random) -> T) -> Vec<T> {
    if random.percent(18) {
        some(random, 4, make)
    } else {
        Vec::new()
    }
}

impl Rule {
    fn random(random: &mut Random) -> Self {
        Self(some(random, 3, |random| Clause(some(random, 3, Match::random))))
    }
}

impl Match {
    fn random(random: &mut Random) -> Self {
        Self {
            namespaces: terms(random, namespace),
            not_namespaces: terms(random, namespace),
            principals: terms(random, principal),
            not_principals: terms(random, principal),
            accounts: terms(random, account),
            not_accounts: terms(random, account),
            source_ips: terms(random, range),
            not_source_ips: terms(random, range),
            destination_ips: terms(random, range),
            not_destination_ips: terms(random, range),
            ports: terms(random, port),
            not_ports: terms(random, port),
        }
    }
}

fn text(random: &mut Random, whole: &str) -> Text {
    let form = random.one(&FORMS);
    let at = random.below(whole.len() + 1);
    let value = match form {
        "exact" if random.percent(85) => whole,
        "exact" | "prefix" => &whole[..at],
        "suffix" => &whole[at..],
        _ => "",
    };
    Text {
        form,
        value: value.to_owned(),
    }
}

fn namespace(random: &mut Random) -> Text {
    let whole = random.one(&NAMESPACES);
    text(random, whole)
}

fn identity(random: &mut Random) -> [String; 3] {
    [
        random.one(&DOMAINS).to_owned(),
        random.one(&NAMESPACES).to_owned(),
        random.one(&ACCOUNTS).to_owned(),
    ]
}

fn principal(random: &mut Random) -> Text {
    let [domain, namespace, account] = identity(random);
    // the scheme is no part of what is compared (row 20)
    let scheme = if random.percent(5) { "spiffe://" } else { "" };
    text(random, &format!("{scheme}{domain}/ns/{namespace}/sa/{account}"))
}

fn account(random: &mut Random) -> (String, String) {
    let [_, namespace, account] = identity(random);
    (namespace, account)
}

fn port(random: &mut Random) -> u16 {
    PORTS[random.below(PORTS.len())]
}

/// Addresses that differ in few bits, so that lengths matter.
fn address(random: &mut Random) -> Vec<u8> {
    let mut address = if random.percent(65) {
        vec![10, 0, 0, 1]
    } else {
        vec![0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    };
    let byte = random.below(address.len());
    address[byte] ^= 1 << random.below(8);
    address
}

fn range(random: &mut Random) -> Range {
    let address = address(random);
    Range {
        length: random.below(address.len() * 8 + 1),
        address,
    }
}

impl Connection {
    pub(crate) fn random(random: &mut Random) -> Self {
        Self {
            source: address(random),
            identity: random.percent(75).then(|| identity(random)),
            destination: address(random),
            port: port(random),
        }
    }
}

impl World {
    pub(crate) fn random(random: &mut Random) -> Self {
        let mut policies: Vec<Policy> = (0..random.below(6))
            .map(|number| Policy::random(random, number))
            .collect();
        let kept = policies.len() - policies.len().min(random.below(3));
        let removed: Vec<String> = policies.drain(kept..).map(|policy| policy.key()).collect();
        let mut listed = Vec::new();
        for key in policies.iter().map(Policy::key).chain(removed.clone()) {
            if random.percent(35) {
                listed.push(key);
            }
        }
        if random.percent(10) {
            listed.push("shop/never".to_owned());
        }
        Self {
            namespace: random.one(&NAMESPACES[..2]).to_owned(),
            listed,
            policies,
            removed,
        }
    }
}
