//! Pods behind a branch interface, as AWS gives them to pods with a security group of their own (cni-agent.md 10.3).
//!
//! What such a pod sends is routed by a table of its own, out of the node, and so would be its answers to a probe, whose
//! address the network outside does not carry. Two rules before that table's keep probes on the pair of interfaces
//! between node and pod: to the pod for what the kubelet sends, from the pod for what goes to the node's own address.
//! They carry a mark of ours (their protocol), so that whoever comes later finds and removes them.

use std::net::IpAddr;

use nix::errno::Errno;

use super::netlink::{
    self, ACK, Attributes, CREATE, DUMP, EXCL, Message, Netlink, NetlinkError, attributes, find, find_text,
    octets,
};
use super::nft::Applied;
use super::routing::{
    DELETE_RULE, GET_RULE, NEW_RULE, ROUTE_INTERFACE, RULE_HEADER, RULE_PRIORITY, TO_TABLE, is_unsupported,
};

const GET_LINK: u16 = 18;
const GET_ROUTE: u16 = 26;
/// `rtmsg`, `ifinfomsg`.
const ROUTE_HEADER: usize = 12;
const LINK_HEADER: usize = 16;

const RULE_DESTINATION: u16 = 1;
const RULE_SOURCE: u16 = 2;
const RULE_INTERFACE: u16 = 3;
const RULE_TABLE: u16 = 15;
const RULE_UIDS: u16 = 20;
const RULE_PROTOCOL: u16 = 21;
const RULE_TRANSPORT: u16 = 22;
const ROUTE_DESTINATION: u16 = 1;
const ROUTE_SOURCE: u16 = 7;
const ROUTE_TABLE: u16 = 15;
const ROUTE_UID: u16 = 25;
const ROUTE_TRANSPORT: u16 = 27;
const LINK_NAME: u16 = 3;

const V4: u8 = 2;
const V6: u8 = 10;
const TCP: u8 = 6;
/// The kernel's own tables: default, main, local.
const LOCAL: u32 = 255;
const FIRST_OF_THE_KERNEL: u32 = 253;
/// Before the branch's own rules, which stand at 10.
const PRIORITY: u32 = 5;
/// Who made a rule; a number that nobody else uses.
const OURS: u8 = 171;

/// The way to one pod behind a branch interface.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Branch {
    table: u32,
    interface: String,
}

/// Puts the two rules of a pod, if it is behind a branch interface; `uid` is the kubelet's user.
pub(crate) fn keep(kernel: &mut Netlink, address: IpAddr, uid: u32) -> Result<Applied, NetlinkError> {
    let Some(branch) = find_branch(kernel, address)? else {
        return Ok(Applied::Unchanged);
    };
    let host = length(address);
    let to_pod = Rule {
        table: branch.table,
        interface: "lo",
        destination: Some((address, host)),
        source: None,
        uid: Some(uid),
    };
    let applied = to_pod.add(kernel)?;
    // the address that the kubelet's connections now have, since they go another way
    let Some(own) = own_address(kernel, address, uid)? else {
        return Ok(applied);
    };
    let from_pod = Rule {
        table: LOCAL,
        interface: &branch.interface,
        destination: Some((own, host)),
        source: Some((address, host)),
        uid: None,
    };
    Ok(applied.and(from_pod.add(kernel)?))
}

/// Removes the rules of a pod.
pub(crate) fn forget(kernel: &mut Netlink, address: IpAddr) -> Result<(), NetlinkError> {
    let bytes = octets(address);
    let is_about = |rule: &[u8]| {
        [RULE_DESTINATION, RULE_SOURCE]
            .iter()
            .any(|end| find(rule, *end) == Some(bytes.as_slice()))
    };
    remove(kernel, family(address), is_about)
}

/// Removes the rules of all pods.
pub(crate) fn clear(kernel: &mut Netlink) -> Result<(), NetlinkError> {
    for family in [V4, V6] {
        remove(kernel, family, |_| true)?;
    }
    Ok(())
}

fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() { V4 } else { V6 }
}

fn length(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// A table that a rule sends everything of an interface to, and that leads to the address over the same interface.
fn find_branch(kernel: &mut Netlink, address: IpAddr) -> Result<Option<Branch>, NetlinkError> {
    let rules = rules(kernel, family(address))?;
    let candidates: Vec<Branch> = rules.iter().filter_map(|rule| branch_of(rule)).collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    let mut header = vec![0; ROUTE_HEADER];
    header[0] = family(address);
    let routes = dump(kernel, GET_ROUTE, header, "listing routes")?;
    for route in &routes {
        let Some((table, interface)) = route_to(route, address) else {
            continue;
        };
        let name = link(kernel, interface)?;
        let fits = |one: &&Branch| one.table == table && Some(&one.interface) == name.as_ref();
        if let Some(branch) = candidates.iter().find(fits) {
            return Ok(Some(branch.clone()));
        }
    }
    Ok(None)
}

/// The interface and table of a rule that is about nothing but an interface.
fn branch_of(rule: &[u8]) -> Option<Branch> {
    let (header, rest) = rule.split_first_chunk::<RULE_HEADER>()?;
    let is_plain = header[1] == 0 && header[2] == 0 && header[7] == TO_TABLE;
    let table = number(rest, RULE_TABLE).unwrap_or_else(|| header[4].into());
    let is_others = find(rest, RULE_PROTOCOL) != Some(&[OURS]);
    let interface = find_text(rest, RULE_INTERFACE)?;
    let is_branch = !(FIRST_OF_THE_KERNEL..=LOCAL).contains(&table) && interface != "lo";
    (is_plain && is_others && is_branch).then_some(Branch { table, interface })
}

/// Table and interface of a route to exactly this address.
fn route_to(route: &[u8], address: IpAddr) -> Option<(u32, u32)> {
    let (header, rest) = route.split_first_chunk::<ROUTE_HEADER>()?;
    let is_it = header[0] == family(address)
        && header[1] == length(address)
        && find(rest, ROUTE_DESTINATION) == Some(octets(address).as_slice());
    let table = number(rest, ROUTE_TABLE).unwrap_or_else(|| header[4].into());
    is_it.then(|| Some((table, number(rest, ROUTE_INTERFACE)?)))?
}

fn number(list: &[u8], kind: u16) -> Option<u32> {
    Some(u32::from_ne_bytes(find(list, kind)?.try_into().ok()?))
}

fn link(kernel: &mut Netlink, index: u32) -> Result<Option<String>, NetlinkError> {
    let mut body = vec![0; LINK_HEADER];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    let found = kernel.dump(&Message {
        kind: GET_LINK,
        flags: ACK,
        body,
        subject: format!("asking for interface {index}"),
    });
    match found {
        Ok(found) => Ok(found
            .first()
            .and_then(|link| find_text(link.get(LINK_HEADER..)?, LINK_NAME))),
        Err(error) if error.errno() == Some(Errno::ENODEV) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The source that the kernel chooses for what a user sends there.
fn own_address(kernel: &mut Netlink, to: IpAddr, uid: u32) -> Result<Option<IpAddr>, NetlinkError> {
    let mut header = vec![0; ROUTE_HEADER];
    (header[0], header[1]) = (family(to), length(to));
    let rest = Attributes::default()
        .bytes(ROUTE_DESTINATION, &octets(to))
        .ne32(ROUTE_UID, uid)
        .bytes(ROUTE_TRANSPORT, &[TCP]);
    let found = kernel.dump(&Message {
        kind: GET_ROUTE,
        flags: ACK,
        body: [header, rest.0].concat(),
        subject: format!("asking for the way to {to}"),
    })?;
    let source = found
        .first()
        .and_then(|route| find(route.get(ROUTE_HEADER..)?, ROUTE_SOURCE));
    Ok(source.and_then(netlink::address))
}

/// One of our rules.
struct Rule<'a> {
    table: u32,
    interface: &'a str,
    destination: Option<(IpAddr, u8)>,
    source: Option<(IpAddr, u8)>,
    uid: Option<u32>,
}

impl Rule<'_> {
    fn add(&self, kernel: &mut Netlink) -> Result<Applied, NetlinkError> {
        let ends = [self.destination, self.source];
        let of = ends
            .into_iter()
            .flatten()
            .next()
            .map_or(V4, |(address, _)| family(address));
        let mut header = [0; RULE_HEADER];
        header[0] = of;
        header[7] = TO_TABLE;
        let mut rest = Attributes::default()
            .ne32(RULE_PRIORITY, PRIORITY)
            .ne32(RULE_TABLE, self.table)
            .text(RULE_INTERFACE, self.interface)
            .bytes(RULE_TRANSPORT, &[TCP])
            .bytes(RULE_PROTOCOL, &[OURS]);
        for (kind, at, end) in [
            (RULE_DESTINATION, 1, self.destination),
            (RULE_SOURCE, 2, self.source),
        ] {
            if let Some((address, length)) = end {
                header[at] = length;
                rest = rest.bytes(kind, &octets(address));
            }
        }
        if let Some(uid) = self.uid {
            rest = rest.bytes(RULE_UIDS, &[uid.to_ne_bytes(), uid.to_ne_bytes()].concat());
        }
        let added = kernel.transact(&[Message {
            kind: NEW_RULE,
            flags: CREATE | EXCL | ACK,
            body: [header.as_slice(), &rest.0].concat(),
            subject: format!("a rule for probes over `{}`", self.interface),
        }]);
        match added {
            Err(error) if error.errno() == Some(Errno::EEXIST) => Ok(Applied::Unchanged),
            added => added.map(|()| Applied::Written),
        }
    }
}

fn rules(kernel: &mut Netlink, family: u8) -> Result<Vec<Vec<u8>>, NetlinkError> {
    let mut header = vec![0; RULE_HEADER];
    header[0] = family;
    dump(kernel, GET_RULE, header, "listing routing rules")
}

fn dump(kernel: &mut Netlink, kind: u16, body: Vec<u8>, subject: &str) -> Result<Vec<Vec<u8>>, NetlinkError> {
    let found = kernel.dump(&Message {
        kind,
        flags: DUMP,
        body,
        subject: subject.to_owned(),
    });
    match found {
        // a kernel without this family
        Err(error) if is_unsupported(&error) => Ok(Vec::new()),
        found => found,
    }
}

/// Takes out rules of ours, as the kernel shows them.
fn remove(kernel: &mut Netlink, family: u8, is_wanted: impl Fn(&[u8]) -> bool) -> Result<(), NetlinkError> {
    for rule in rules(kernel, family)? {
        let Some((header, rest)) = rule.split_first_chunk::<RULE_HEADER>() else {
            continue;
        };
        if header[0] != family || find(rest, RULE_PROTOCOL) != Some(&[OURS]) || !is_wanted(rest) {
            continue;
        }
        let told: Vec<u8> = [header.as_slice(), &identity(rest).0].concat();
        let removed = kernel.transact(&[Message {
            kind: DELETE_RULE,
            flags: ACK,
            body: told,
            subject: "removal of a rule for probes".to_owned(),
        }]);
        match removed {
            Err(error) if error.errno() == Some(Errno::ENOENT) => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// What tells a rule from all others.
fn identity(rule: &[u8]) -> Attributes {
    const TELL: [u16; 8] = [
        RULE_DESTINATION,
        RULE_SOURCE,
        RULE_INTERFACE,
        RULE_PRIORITY,
        RULE_TABLE,
        RULE_UIDS,
        RULE_PROTOCOL,
        RULE_TRANSPORT,
    ];
    let told = attributes(rule)
        .into_iter()
        .filter(|one| TELL.contains(&one.kind));
    told.fold(Attributes::default(), |all, one| all.bytes(one.kind, one.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(table: u32, interface: &str, protocol: u8) -> Vec<u8> {
        let mut header = vec![0; RULE_HEADER];
        header[7] = TO_TABLE;
        let rest = Attributes::default()
            .ne32(RULE_TABLE, table)
            .text(RULE_INTERFACE, interface)
            .bytes(RULE_PROTOCOL, &[protocol]);
        [header, rest.0].concat()
    }

    #[test]
    fn a_branch_is_a_table_of_its_own_for_one_interface() {
        let found = branch_of(&rule(101, "vlan7", 3)).unwrap();
        assert_eq!((found.table, found.interface.as_str()), (101, "vlan7"));
        for other in [
            rule(254, "vlan7", 3),
            rule(255, "vlan7", 3),
            rule(101, "lo", 3),
            // one of ours
            rule(101, "vlan7", OURS),
        ] {
            assert_eq!(branch_of(&other), None);
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (branch_of(&bytes), route_to(&bytes, [10, 0, 0, 1].into()), identity(&bytes));
        }
    }
}
