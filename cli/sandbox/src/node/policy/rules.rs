//! The table `meshctl-policy`: a chain for each isolated pod and direction, entered from `forward`.
//!
//! Only what is forwarded passes here, so the node's own traffic with its pods, probes included, is never held.
//! Answers of connections that were let through pass at once.

use crate::error::Result;
use crate::nft::{
    Batch, Expressions, Is, NETWORK, TRANSPORT, Verdict, compare, connection_state, equals, header, masked,
    protocol, verdict,
};
use crate::policy::{Allow, Block, Direction, Isolation};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

const TABLE: &str = "meshctl-policy";
const FORWARD: &str = "forward";
/// Before the rules that refuse service addresses without endpoints.
const PRIORITY: i32 = -10;
/// Bits of a connection's state: established, related.
const KNOWN: u32 = 2 | 4;
const SOURCE: u32 = 12;
const DESTINATION: u32 = 16;

/// Replaces the whole table in one transaction.
pub(super) fn replace(isolation: &Isolation) -> Result<()> {
    render(isolation).commit()
}

fn render(isolation: &Isolation) -> Batch {
    let mut batch = Batch::new(TABLE);
    batch.chain(FORWARD, Some((2, "filter", PRIORITY)));
    let known = masked(connection_state(Expressions::new()), &KNOWN.to_ne_bytes());
    let known = compare(known, Is::Not, &[0; 4]);
    batch.rule(FORWARD, &verdict(known, Verdict::Accept));
    for ((address, direction), allowed) in isolation {
        // the nodes' pod networks are IPv4
        let IpAddr::V4(address) = address else { continue };
        let (word, own, other) = match direction {
            Direction::Ingress => ("in", DESTINATION, SOURCE),
            Direction::Egress => ("out", SOURCE, DESTINATION),
        };
        let chain = format!("{word}-{address}");
        batch.chain(&chain, None);
        // no pod can be kept from itself
        let itself = equals(header(Expressions::new(), NETWORK, other, 4), &address.octets());
        batch.rule(&chain, &verdict(itself, Verdict::Return));
        for allow in allowed {
            if let Some(rule) = allowance(allow, other) {
                batch.rule(&chain, &verdict(rule, Verdict::Return));
            }
        }
        batch.rule(&chain, &verdict(Expressions::new(), Verdict::Drop));
        let of_pod = equals(header(Expressions::new(), NETWORK, own, 4), &address.octets());
        batch.rule(FORWARD, &verdict(of_pod, Verdict::Jump(&chain)));
    }
    batch
}

/// Packets that this allows; `None` for addresses that do not occur here.
fn allowance(allow: &Allow, peer: u32) -> Option<Expressions> {
    let mut rule = Expressions::new();
    if let Some(Block { net, except }) = &allow.peer {
        let IpNet::V4(net) = net else { return None };
        rule = within(rule, peer, *net, Is::Equal);
        for hole in except {
            if let IpNet::V4(hole) = hole {
                rule = within(rule, peer, *hole, Is::Not);
            }
        }
    }
    if let Some(ports) = allow.ports {
        rule = equals(protocol(rule), &[ports.protocol]);
        if (ports.first, ports.last) != (0, u16::MAX) {
            rule = header(rule, TRANSPORT, 2, 2);
            rule = compare(rule, Is::AtLeast, &ports.first.to_be_bytes());
            rule = compare(rule, Is::AtMost, &ports.last.to_be_bytes());
        }
    }
    Some(rule)
}

fn within(rule: Expressions, offset: u32, net: Ipv4Net, is: Is) -> Expressions {
    let network: Ipv4Addr = net.network();
    let rule = header(rule, NETWORK, offset, 4);
    compare(masked(rule, &net.netmask().octets()), is, &network.octets())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Allowed, Ports};

    #[test]
    fn each_isolated_direction_is_a_chain_that_ends_in_a_drop() {
        let allow = Allow {
            peer: Some(Block {
                net: "10.0.0.0/8".parse().unwrap(),
                except: vec!["10.1.0.0/16".parse().unwrap()],
            }),
            ports: Some(Ports {
                protocol: 6,
                first: 80,
                last: 90,
            }),
        };
        let pod: IpAddr = "10.244.1.2".parse().unwrap();
        let isolation = Isolation::from([
            ((pod, Direction::Ingress), Allowed::from([allow])),
            ((pod, Direction::Egress), Allowed::new()),
        ]);
        // begin, table three times, forward, known; each: chain, itself, drop, jump; one allowance
        assert_eq!(render(&isolation).len(), 1 + 3 + 2 + 4 + 4 + 1);
    }

    #[test]
    fn an_address_of_the_other_family_is_no_rule() {
        let block = Block {
            net: "2001:db8::/32".parse().unwrap(),
            except: Vec::new(),
        };
        let allow = Allow {
            peer: Some(block),
            ports: None,
        };
        assert!(allowance(&allow, SOURCE).is_none());
    }
}
