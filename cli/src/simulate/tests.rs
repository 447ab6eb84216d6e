//! The simulation against the proxy's own functions, recordings, and changes that must be seen.

mod one;

use super::names::Target;
use super::way::{Outcome, Point, together};
use super::*;
use crate::objects::{self, Sourced, Text};
use crate::simulate::forecast::forecast;
use crate::translation::{self, Translated};
use control_core::index::event::Settings;
use serde_json::{Value, json};

/// A mesh made of objects.
struct World {
    translated: Translated,
    state: MeshState,
}

impl World {
    fn of(objects: Vec<Sourced>) -> Self {
        let objects = forecast(objects, "istio-system");
        let translated = translation::translate(&objects, Settings::default());
        assert!(translated.unreadable.is_empty(), "{:?}", translated.unreadable);
        let (state, rejects) = translation::received(&translated.index);
        assert!(rejects.is_empty(), "{rejects:?}");
        Self { translated, state }
    }

    fn mesh(&self) -> Mesh<'_> {
        Mesh {
            state: &self.state,
            index: &self.translated.index,
            network: ArcStr::new(),
        }
    }

    #[track_caller]
    fn ways(&self, from: &str, to: &str) -> Vec<Way> {
        let mesh = self.mesh();
        let source = mesh.find_source(from, "shop").unwrap();
        let (target, port) = mesh.find_target(to, "shop").unwrap();
        mesh.ways(&source, target.at(port).unwrap())
    }

    #[track_caller]
    fn check(&self, from: &str, to: &str, expected: Outcome) -> Hop {
        let ways = self.ways(from, to);
        assert_eq!(together(&ways), expected, "{from} -> {to}: {ways:#?}");
        ways[0].deciding().unwrap().clone()
    }
}

fn fixture(names: &[&str]) -> Vec<Sourced> {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("{}/../tests/fixtures/mesh/{name}", env!("CARGO_MANIFEST_DIR")))
        .collect();
    objects::read_objects(&names).unwrap()
}

fn parsed(text: &str) -> Vec<Sourced> {
    objects::parse(&Text {
        name: "x".to_owned(),
        text: text.to_owned(),
    })
    .unwrap()
}

fn shop(more: &str) -> World {
    World::of(fixture(&["shop.yaml"]).into_iter().chain(parsed(more)).collect())
}

#[test]
fn cli_c31_the_deciding_policy_and_the_rule_as_written_are_named() {
    let world = World::of(fixture(&["shop.yaml", "policies.yaml"]));
    let hop = world.check("shop/web", "api:80", Outcome::Allow);
    let decider = hop.decider.unwrap();
    // rule 0 is not sent, so the first rule of the wire is rule 1 of the object
    assert_eq!(
        (decider.policy.as_str(), decider.rule),
        ("shop/api-from-web", Some(1))
    );
    assert_eq!(hop.target, "10.244.2.7:8080".parse().unwrap());
    let hop = world.check("legacy/batch", "api:80", Outcome::Deny);
    assert!(
        hop.because.contains("none allowed: shop/api-from-web"),
        "{}",
        hop.because
    );
    world.check("unmeshed", "pod/api-1:8080", Outcome::Deny);
    world.check("shop/web", "pod/api-1:9090", Outcome::Deny);
    let hop = world.check("shop/web", "pod/batch-1.legacy:80", Outcome::Allow);
    assert_eq!(hop.point, Point::Nobody);
}

#[test]
fn cli_c31_an_l7_only_deny_reads_that_it_denies_nothing() {
    let world = World::of(fixture(&["shop.yaml", "policies.yaml"]));
    let losses = super::translation::losses(&world.translated.index, &["shop"], "istio-system");
    let told: Vec<_> = losses
        .iter()
        .map(|loss| (loss.policy.as_str(), loss.summary.as_deref(), loss.rules.len()))
        .collect();
    let expected = [
        ("shop/api-from-web", None, 1),
        (
            "shop/no-deletes",
            Some("this policy denies nothing at the node proxy"),
            1,
        ),
    ];
    assert_eq!(told, expected);
    assert!(losses[0].rules[0].meaning.contains("left out"));
}

#[test]
fn what_is_not_captured_is_enforced_by_nobody_and_strict_refuses_plain_text() {
    let strict = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: s, namespace: shop}\n\
                  spec: {mtls: {mode: STRICT}}\n";
    let world = shop(strict);
    let hop = world.check("unmeshed", "api:80", Outcome::Deny);
    assert_eq!(
        hop.decider.unwrap().policy,
        "istio-system/istio_converted_static_strict"
    );
    world.check("legacy/batch", "api:80", Outcome::Deny);
    world.check("shop/web", "api:80", Outcome::Allow);
    world.check("shop/web", "203.0.113.9:443", Outcome::Allow);
}

#[test]
fn behind_a_waypoint_the_destination_sees_the_waypoint() {
    let more = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n\
        metadata: {name: wp, namespace: shop, labels: {istio.io/waypoint-for: service}}\n\
        spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n\
        status: {addresses: [{type: Hostname, value: wp.shop.svc.cluster.local}], conditions: [{type: Programmed, status: 'True'}]}\n---\n\
        apiVersion: v1\nkind: Service\nmetadata: {name: wp, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: wp, gateway.istio.io/managed: istio.io-mesh-controller}}\n\
        spec: {clusterIP: 10.96.0.30, clusterIPs: [10.96.0.30], selector: {gateway.networking.k8s.io/gateway-name: wp}, ports: [{name: mesh, port: 15008, targetPort: 15008, appProtocol: hbone}]}\n---\n\
        apiVersion: v1\nkind: Pod\nmetadata: {name: wp-1, namespace: shop, uid: wp-1, labels: {gateway.networking.k8s.io/gateway-name: wp, networking.istio.io/tunnel: http}}\n\
        spec: {serviceAccountName: wp, nodeName: node-1, containers: []}\n\
        status: {phase: Running, podIP: 10.244.1.30, podIPs: [{ip: 10.244.1.30}], conditions: [{type: Ready, status: 'True'}]}\n---\n\
        apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop, labels: {istio.io/use-waypoint: wp}}\n\
        spec: {clusterIP: 10.96.0.20, clusterIPs: [10.96.0.20], selector: {app: api}, ports: [{name: http, port: 80, targetPort: http}]}\n---\n\
        apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: from-web, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}\n";
    let objects = objects::overlay(fixture(&["shop.yaml"]).into_iter().chain(parsed(more)));
    let world = World::of(objects.clone());
    // the workload's policy lists the client, but it is the waypoint that connects
    let ways = world.ways("shop/web", "svc/api:80");
    assert_eq!(together(&ways), Outcome::Deny, "{ways:#?}");
    let hops = &ways[0].hops;
    assert_eq!(
        (hops[0].point.clone(), hops[0].outcome),
        (Point::Waypoint, Outcome::Allow)
    );
    assert_eq!(hops[1].identity.as_ref().unwrap().service_account(), "wp");
    assert_eq!(hops[1].source, "10.244.1.30".parse::<IpAddr>().unwrap());
    world.check("shop/web", "pod/api-1:8080", Outcome::Allow);
    // and a policy of the waypoint's own is its business
    let l7 = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: l7, namespace: shop}\n\
        spec: {targetRefs: [{kind: Service, name: api}], rules: [{to: [{operation: {methods: [GET]}}]}]}\n---\n\
        apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: from-web, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: api}}, rules: [{}]}\n";
    let world = World::of(objects::overlay(objects.into_iter().chain(parsed(l7))));
    let hop = world.check("shop/web", "svc/api:80", Outcome::Unknown);
    assert!(hop.because.contains("shop/l7"), "{}", hop.because);
}

/// C31 and issue 9: one implementation. Each recorded case is decided by the proxy's `authz::decide`, and the
/// simulation must say the same, in our stricter form (rows 35 and `port>16bit`).
#[test]
fn cli_c31_every_recorded_decision_is_simulated_alike() {
    let path = format!(
        "{}/../tests/fixtures/ztunnel/authz-decisions.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let index = Index::default();
    assert_eq!(cases.len(), 53);
    for case in cases {
        let row = case["row"].as_str().unwrap();
        let mut state = MeshState::new(None);
        for bytes in case["policyBytes"].as_array().unwrap() {
            let bytes = decode(bytes.as_str().unwrap());
            match proxy_core::state::from_wire::authorization("p", &bytes) {
                Ok(update) => drop(state.apply([update])),
                Err(reject) => drop(state.apply(reject.stand_in)),
            }
        }
        let destination: SocketAddr = case["destination"].as_str().unwrap().parse().unwrap();
        let keys = case["workloadPolicies"].as_array().unwrap();
        let mut workload = match Source::of_identity(
            Identity::new("cluster.local", case["workloadNamespace"].as_str().unwrap(), "db").unwrap(),
            destination.ip(),
        ) {
            Source::Workload(workload) => Arc::unwrap_or_clone(workload),
            Source::Plain(_) => panic!("it has an identity"),
        };
        workload.authorization_policies = keys.iter().map(|key| key.as_str().unwrap().into()).collect();
        let workload = Arc::new(workload);
        let connection = Connection {
            source: case["source"].as_str().unwrap().parse().unwrap(),
            identity: case["identity"].as_str().map(|text| text.parse().unwrap()),
            destination,
        };
        let mesh = Mesh {
            state: &state,
            index: &index,
            network: ArcStr::new(),
        };
        let hop = mesh.decide(&workload, connection.clone());
        let engine = authz::decide(&state, &workload, &connection).outcome.is_ok();
        assert_eq!(
            hop.outcome == Outcome::Allow,
            engine,
            "row {row}: the engine itself"
        );
        let is_stricter = ["35", "port>16bit"].contains(&row);
        let expected = !is_stricter && case["decision"] == "allow";
        assert_eq!(hop.outcome == Outcome::Allow, expected, "row {row}: {case}");
    }
}

fn decode(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = ALPHABET.iter().position(|one| *one == byte).unwrap();
        bits = bits << 6 | u32::try_from(digit).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    out
}

const POLICIES: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: shop}\n\
    spec:\n  selector: {matchLabels: {app: api}}\n  rules:\n\
    \x20 - {from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}], to: [{operation: {ports: ['8080', '8081']}}]}\n\
    \x20 - {from: [{source: {namespaces: [ops]}}], to: [{operation: {ports: ['9090']}}]}\n\
    \x20 - {from: [{source: {ipBlocks: [192.168.0.0/16]}}]}\n\
    \x20 - {when: [{key: source.principal, values: ['cluster.local/ns/batch/*']}]}\n---\n\
    apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: d, namespace: shop}\n\
    spec:\n  action: DENY\n  rules:\n\
    \x20 - {from: [{source: {serviceAccounts: [batch/evil]}}]}\n\
    \x20 - {to: [{operation: {ports: ['6666']}}], from: [{source: {notNamespaces: [ops]}}]}\n";

fn differences(before: &World, after: &World) -> Vec<pairs::Change> {
    pairs::changes(&before.mesh(), &after.mesh())
}

/// Every leaf below `spec` of every policy, changed or taken away.
fn mutants(objects: &[Sourced]) -> Vec<(String, Vec<Sourced>)> {
    let mut all = Vec::new();
    for (at, one) in objects.iter().enumerate() {
        let rules = one.object["spec"]["rules"].as_array().unwrap().len();
        let mut add = |what: String, change: &dyn Fn(&mut Value)| {
            let mut mutant = objects.to_vec();
            change(&mut mutant[at].object);
            all.push((format!("{}: {what}", one.key().3), mutant));
        };
        add("other action".to_owned(), &|object| {
            let other = if object["spec"]["action"] == "DENY" {
                "ALLOW"
            } else {
                "DENY"
            };
            object["spec"]["action"] = other.into();
        });
        for rule in 0..rules {
            add(format!("rule {rule} removed"), &|object| {
                object["spec"]["rules"].as_array_mut().unwrap().remove(rule);
            });
            add(format!("rule {rule} for all"), &|object| {
                object["spec"]["rules"][rule] = json!({});
            });
            let (from, to, when) = ("from", "to", "when");
            for part in [from, to, when] {
                if !one.object["spec"]["rules"][rule][part].is_null() {
                    add(format!("rule {rule} without {part}"), &|object| {
                        object["spec"]["rules"][rule]
                            .as_object_mut()
                            .unwrap()
                            .remove(part);
                    });
                }
            }
            add(format!("rule {rule} from another namespace"), &|object| {
                object["spec"]["rules"][rule]["from"] = json!([{"source": {"namespaces": ["elsewhere"]}}]);
            });
            add(format!("rule {rule} on another port"), &|object| {
                object["spec"]["rules"][rule]["to"] = json!([{"operation": {"ports": ["7777"]}}]);
            });
        }
    }
    all
}

#[test]
fn a_change_of_any_rule_is_reported_and_a_rewrite_is_not() {
    let base = || fixture(&["shop.yaml"]);
    let policies = parsed(POLICIES);
    let world = |policies: Vec<Sourced>| World::of(base().into_iter().chain(policies).collect());
    let before = world(policies.clone());
    let mutants = mutants(&policies);
    assert!(mutants.len() > 25, "{}", mutants.len());
    for (what, mutant) in mutants {
        assert!(
            !differences(&before, &world(mutant)).is_empty(),
            "not seen: {what}"
        );
    }
    // rules in another order, values twice, one rule as two, another name: nothing changes
    let mut rewritten = policies;
    let rules = rewritten[0].object["spec"]["rules"].as_array_mut().unwrap();
    rules.reverse();
    let web = rules.pop().unwrap();
    for port in ["8080", "8081"] {
        let mut half = web.clone();
        half["to"] = json!([{"operation": {"ports": [port, port]}}]);
        rules.push(half);
    }
    rewritten[0].object["metadata"]["name"] = "renamed".into();
    assert_eq!(differences(&before, &world(rewritten)), []);
}

#[test]
fn a_proposal_flips_the_asked_verdict_and_no_other() {
    let with = |more: &[Sourced]| {
        World::of(
            fixture(&["shop.yaml", "policies.yaml"])
                .into_iter()
                .chain(more.iter().cloned())
                .collect(),
        )
    };
    let before = with(&[]);
    let line = "error\taccess\tconnection complete\tsrc.addr=10.244.3.3:4000 src.workload=\"ops-1\" src.namespace=\"ops\" \
        src.identity=\"spiffe://cluster.local/ns/ops/sa/scraper\" dst.addr=10.244.2.7:15008 dst.hbone_addr=10.244.2.7:9090 \
        dst.workload=\"api-1\" dst.namespace=\"shop\" direction=\"inbound\" error=\"connection closed due to policy rejection: x\"";
    let logged = why::parse(line).unwrap();
    let mesh = before.mesh();
    let workload = mesh.find_logged(&logged).unwrap();
    let connection = Connection {
        source: logged.source,
        identity: logged.identity.clone(),
        destination: logged.destination,
    };
    let told = mesh.explain(&workload, &connection);
    assert_eq!((told.verdict, told.failed.len()), ("deny", 1));
    assert_eq!(
        (told.failed[0].policy.as_str(), told.failed[0].rule),
        ("shop/api-from-web", Some(1))
    );
    assert!(
        told.failed[0].condition.contains("wants ports 8080"),
        "{:?}",
        told.failed
    );
    let after = with(&[Sourced::live(told.proposal.unwrap())]);
    let workload = after.mesh().find_logged(&logged).unwrap();
    assert_eq!(after.mesh().explain(&workload, &connection).verdict, "allow");
    let changed: Vec<_> = differences(&before, &after)
        .into_iter()
        .map(|one| (one.from, one.to, one.port, one.after))
        .collect();
    let expected = (
        "ops/scraper".to_owned(),
        "shop/api-1".to_owned(),
        Some(9090),
        "allow",
    );
    assert_eq!(changed, [expected]);
    let json = why::parse(
        r#"{"src.addr":"10.0.0.1:1","dst.addr":"10.0.0.2:80","dst.workload":"w","dst.namespace":"n"}"#,
    );
    assert_eq!(json.unwrap().identity, None);
    assert_eq!(
        why::parse("nothing").unwrap_err(),
        why::LineError::Field("dst.addr")
    );
}

#[test]
fn coverage_finds_what_does_nothing() {
    let more = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: shop}\n\
        spec:\n  selector: {matchLabels: {app: api}}\n  rules:\n\
        \x20 - {from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}], to: [{operation: {ports: ['8080']}}]}\n\
        \x20 - {from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}\n\
        \x20 - {from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}], to: [{operation: {ports: ['8080']}}]}\n\
        \x20 - {to: [{operation: {ports: ['6666']}}]}\n\
        \x20 - {from: [{source: {principals: [a], namespaces: [b]}}]}\n\
        \x20 - {to: [{operation: {paths: [/]}}]}\n---\n\
        apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: d, namespace: shop}\n\
        spec: {action: DENY, selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {ports: ['6666']}}]}]}\n";
    let world = shop(more);
    let found = coverage::findings(&world.mesh());
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.finding, one.object.as_str(), one.rule))
        .collect();
    for expected in [
        ("shadowed", "shop/a", Some(0)),
        ("never-matched", "shop/a", Some(4)),
        ("contradicted", "shop/a", Some(3)),
        ("no-effect", "shop/a", Some(5)),
        ("uncovered", "shop/web-1", None),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not in {told:#?}");
    }
    // rule 1 does something of its own
    assert!(
        !told.contains(&("shadowed", "shop/a", Some(1))) && !told.contains(&("duplicate", "shop/a", Some(1)))
    );
}

#[test]
fn names_are_found_as_people_write_them() {
    let world = shop("");
    let mesh = world.mesh();
    let target = |text: &str| {
        mesh.find_target(text, "shop")
            .map(|(target, port)| (target.title(), port))
    };
    assert_eq!(
        target("api").unwrap(),
        ("service api.shop.svc.cluster.local".to_owned(), None)
    );
    assert_eq!(target("api.shop:80").unwrap().1, Some(80));
    assert_eq!(target("shop/api-1").unwrap().0, "shop/api-1");
    assert_eq!(target("10.96.0.20:80").unwrap().1, Some(80));
    assert!(
        target("nobody")
            .unwrap_err()
            .to_string()
            .contains("`nobody` in namespace `shop`")
    );
    let (pod, _) = mesh.find_target("pod/batch-1.legacy", "shop").unwrap();
    assert!(matches!(pod.at(None), Err(names::NameError::Port { .. })));
    assert!(matches!(
        mesh.find_source("legacy/ghost", "shop").unwrap(),
        Source::Workload(_)
    ));
    assert!(matches!(
        mesh.find_source("10.9.9.9", "shop").unwrap(),
        Source::Plain(_)
    ));
    assert!(matches!(pod, Target::Workload(_)));
}

/// `who-can-reach` is brute force over representatives; here it is compared with every workload itself.
#[test]
fn who_can_reach_says_what_each_workload_is_told() {
    let world = World::of(
        fixture(&["shop.yaml"])
            .into_iter()
            .chain(parsed(POLICIES))
            .collect(),
    );
    let mesh = world.mesh();
    let terms = pairs::Terms::of(&mesh);
    let clients = terms.clients(&mesh);
    let servers = pairs::servers(&mesh, &terms);
    let server = &servers["shop/api-1"];
    let rows = pairs::reach(&mesh, &terms, &clients, &[server], None);
    for workload in world.state.workloads().filter(|one| one.needs_certificate()) {
        for port in terms.ports(&server.workload) {
            let connection = Connection {
                source: workload.addresses[0],
                identity: Some(workload.identity.clone()),
                destination: SocketAddr::new(server.address, port),
            };
            let is_allowed = authz::decide(&world.state, &server.workload, &connection)
                .outcome
                .is_ok();
            let name = format!("{}/{}", workload.namespace(), workload.service_account());
            let told = rows
                .iter()
                .find(|row| row.from == name && (row.port == Some(port) || row.port.is_none()))
                .unwrap();
            if told.port == Some(port) {
                assert_eq!(told.verdict == "allow", is_allowed, "{name} {port}");
            }
        }
    }
    assert!(rows.iter().any(|row| row.verdict == "allow") && rows.iter().any(|row| row.verdict == "deny"));
}
