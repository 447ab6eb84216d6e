//! The rules of network policies as `nft` reads them; what is allowed decides the sandbox's module. (pure)

use mesh_sandbox::policy::{Allow, Direction, Isolation};
use std::fmt::Write as _;
use std::net::IpAddr;

/// The table that holds all of it.
const TABLE: &str = "inet network-policy";

/// The whole table, replaced in one step. Only what is forwarded passes it: a node always reaches its own pods.
pub(crate) fn rules(isolation: &Isolation) -> String {
    let mut text = format!("table {TABLE}\ndelete table {TABLE}\n");
    if isolation.is_empty() {
        return text;
    }
    let _ = writeln!(text, "table {TABLE} {{");
    let mut jumps = String::new();
    for (number, ((address, direction), allowed)) in isolation.iter().enumerate() {
        let (own, other) = match direction {
            Direction::Ingress => ("daddr", "saddr"),
            Direction::Egress => ("saddr", "daddr"),
        };
        let family = family(*address);
        let _ = writeln!(jumps, "{family} {own} {address} jump pod-{number}");
        let _ = writeln!(text, "chain pod-{number} {{");
        // no pod can be kept from itself
        let _ = writeln!(text, "{family} {other} {address} return");
        for allow in allowed {
            let _ = writeln!(text, "{} return", matches(allow, other));
        }
        let _ = writeln!(text, "drop\n}}");
    }
    let _ = writeln!(
        text,
        "chain forward {{\ntype filter hook forward priority -10\nct state established,related accept\n{jumps}}}\n}}"
    );
    text
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv6() { "ip6" } else { "ip" }
}

fn matches(allow: &Allow, peer: &str) -> String {
    let mut text = String::new();
    if let Some(block) = &allow.peer {
        let family = family(block.net.addr());
        let _ = write!(text, "{family} {peer} {} ", block.net);
        for except in &block.except {
            let _ = write!(text, "{family} {peer} != {except} ");
        }
    }
    if let Some(ports) = allow.ports {
        let _ = write!(text, "meta l4proto {} ", ports.protocol);
        if (ports.first, ports.last) != (0, u16::MAX) {
            let _ = write!(text, "th dport {}-{}", ports.first, ports.last);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh_sandbox::policy::{Block, Ports};

    #[test]
    fn an_isolated_pod_lets_pass_what_is_allowed_and_drops_the_rest() {
        let block = Block {
            net: "10.0.0.0/8".parse().unwrap(),
            except: vec!["10.1.0.0/16".parse().unwrap()],
        };
        let ports = Ports {
            protocol: 6,
            first: 80,
            last: 90,
        };
        let allow = Allow {
            peer: Some(block),
            ports: Some(ports),
        };
        let pod = ("10.244.1.2".parse().unwrap(), Direction::Ingress);
        let text = rules(&Isolation::from([(pod, [allow].into())]));
        for expected in [
            "ip saddr 10.244.1.2 return\n\
             ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 meta l4proto 6 th dport 80-90 return\ndrop\n",
            "ip daddr 10.244.1.2 jump pod-0\n",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert_eq!(rules(&Isolation::new()).lines().count(), 2);
    }
}
