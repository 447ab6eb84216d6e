//! Random policies, as people write them: every field that node proxies judge, and some that they cannot.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// How many policies each server has in a round.
const EACH: usize = 3;
/// The namespace of the servers.
pub(crate) const HOME: &str = "data";

const PRINCIPALS: [&str; 9] = [
    "cluster.local/ns/shop/sa/web",
    "cluster.local/ns/shop/sa/api",
    "cluster.local/ns/ops/sa/scraper",
    "cluster.local/ns/batch/sa/evil",
    "cluster.local/ns/shop/*",
    "*/sa/api",
    "*/sa/x",
    "other/ns/shop/sa/web",
    "*",
];
const NAMESPACES: [&str; 8] = ["shop", "ops", "batch", "outside", "sh*", "*ps", "*tch", "*"];
const ACCOUNTS: [&str; 5] = ["shop/web", "shop/api", "ops/scraper", "batch/evil", "web"];
const PORTS: [&str; 6] = ["8080", "8081", "9090", "7777", "80", "15008"];
const ELSEWHERE: [&str; 5] = [
    "0.0.0.0/0",
    "::/0",
    "10.244.0.0/16",
    "192.168.0.0/16",
    "192.0.2.7",
];

/// The policies of one round, in the order in which they are applied.
pub(crate) fn random(random: &mut Random, addresses: &[String], servers: usize) -> Vec<Value> {
    let mut maker = Maker { random, addresses };
    let mut all = Vec::new();
    for server in 0..servers {
        for number in 0..EACH {
            let name = format!("p-{server}-{number}");
            // some select nobody, so that servers differ in how many they have
            let app = if maker.random.percent(25) {
                "nobody".to_owned()
            } else {
                format!("s{server}")
            };
            let mut spec = maker.spec(45);
            spec["selector"] = json!({ "matchLabels": { "app": app } });
            all.push(policy(HOME, &name, &spec));
        }
    }
    // one for the namespace and one for the mesh, which seldom refuse everybody
    for (namespace, name) in [(HOME, "all-of-it"), ("istio-system", "everywhere")] {
        let spec = if maker.random.percent(30) {
            let mut spec = maker.spec(100);
            spec["rules"] =
                json!([{ "from": [{ "source": maker.source() }], "to": [{ "operation": maker.ports() }] }]);
            spec
        } else {
            json!({ "action": "DENY", "rules": [{ "to": [{ "operation": { "ports": ["1"] } }] }] })
        };
        all.push(policy(namespace, name, &spec));
    }
    all
}

/// An object.
pub(crate) fn policy(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": { "name": name, "namespace": namespace },
        "spec": spec,
    })
}

struct Maker<'a> {
    random: &'a mut Random,
    addresses: &'a [String],
}

impl Maker<'_> {
    /// A policy's spec, a DENY so many times of a hundred.
    fn spec(&mut self, denies: usize) -> Value {
        let action = if self.random.percent(denies) {
            "DENY"
        } else {
            "ALLOW"
        };
        // admission refuses a DENY without rules
        let least = usize::from(action == "DENY");
        let rules: Vec<Value> = (0..least + self.random.below(3)).map(|_| self.rule()).collect();
        json!({ "action": action, "rules": rules })
    }

    fn rule(&mut self) -> Value {
        let mut rule = Map::new();
        if self.random.percent(70) {
            let sources = (0..=self.random.below(2)).map(|_| json!({ "source": self.source() }));
            rule.insert("from".to_owned(), sources.collect());
        }
        if self.random.percent(55) {
            let operations = (0..=self.random.below(2)).map(|_| json!({ "operation": self.operation() }));
            rule.insert("to".to_owned(), operations.collect());
        }
        if self.random.percent(30) {
            let conditions = (0..=self.random.below(2)).map(|_| self.condition());
            rule.insert("when".to_owned(), conditions.collect());
        }
        rule.into()
    }

    fn source(&mut self) -> Value {
        let mut source = Map::new();
        // the API takes accounts with no other word for the same
        if self.random.percent(25) {
            let key = self.either("serviceAccounts", "notServiceAccounts");
            source.insert(key.to_owned(), self.some(&ACCOUNTS));
        } else {
            if self.random.percent(60) {
                let key = self.either("principals", "notPrincipals");
                source.insert(key.to_owned(), self.some(&PRINCIPALS));
            }
            if self.random.percent(30) {
                let key = self.either("namespaces", "notNamespaces");
                source.insert(key.to_owned(), self.some(&NAMESPACES));
            }
        }
        if source.is_empty() || self.random.percent(25) {
            let key = self.either("ipBlocks", "notIpBlocks");
            source.insert(key.to_owned(), self.blocks());
        }
        source.into()
    }

    /// Ports, and at times what only a waypoint can judge.
    fn operation(&mut self) -> Value {
        let mut operation = self.ports();
        if self.random.percent(12) {
            operation["methods"] = json!(["GET"]);
        }
        if self.random.percent(5) {
            return json!({ "paths": ["/admin*"] });
        }
        operation
    }

    fn ports(&mut self) -> Value {
        let key = self.either("ports", "notPorts");
        json!({ key: self.some(&PORTS) })
    }

    fn condition(&mut self) -> Value {
        let key = *self.random.one(&[
            &"source.ip",
            &"source.namespace",
            &"source.principal",
            &"destination.ip",
            &"destination.port",
            &"request.headers[x-test]",
        ]);
        let values = match key {
            "source.ip" | "destination.ip" => self.blocks(),
            "source.namespace" => self.some(&NAMESPACES),
            "source.principal" => self.some(&PRINCIPALS),
            "destination.port" => self.some(&PORTS),
            _ => json!(["yes"]),
        };
        let list = self.either("values", "notValues");
        json!({ "key": key, list: values })
    }

    /// The first word three times of four.
    fn either(&mut self, first: &'static str, second: &'static str) -> &'static str {
        if self.random.percent(75) { first } else { second }
    }

    fn some(&mut self, of: &[&str]) -> Value {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| of[self.random.below(of.len())]).collect()
    }

    /// Addresses of pods, networks of these, and of nobody.
    fn blocks(&mut self) -> Value {
        let count = 1 + self.random.below(2);
        let block = |_| {
            if self.random.percent(30) {
                return ELSEWHERE[self.random.below(ELSEWHERE.len())].to_owned();
            }
            let address = &self.addresses[self.random.below(self.addresses.len())];
            match self.random.below(3) {
                0 => address.clone(),
                1 => format!("{address}/32"),
                _ => format!(
                    "{}.0/24",
                    address.rsplit_once('.').map_or("10.244.0", |(net, _)| net)
                ),
            }
        };
        (0..count).map(block).map(Value::from).collect()
    }
}
