//! The rule and route that bring an application's replies to the proxy instead of out of the pod.
//!
//! `fwmark 0x111/0xfff lookup 100` at priority 32764, and in table 100 everything is local (inpod-zds.md C.1).

use mesh_sys::netlink::Protocol;
use mesh_wire::well_known::mark;
use nix::errno::Errno;

use super::Family;
use super::netlink::{ACK, Attributes, CREATE, DUMP, EXCL, Message, Netlink, NetlinkError, attributes};
use super::nft::Applied;

const PRIORITY: u32 = mark::RULE_PRIORITY;
const TABLE: u8 = 100;
const LOOPBACK: u32 = 1;

const NEW_ROUTE: u16 = 24;
const DELETE_ROUTE: u16 = 25;
pub(super) const NEW_RULE: u16 = 32;
pub(super) const DELETE_RULE: u16 = 33;
pub(super) const GET_RULE: u16 = 34;
pub(super) const TO_TABLE: u8 = 1;
const STATIC: u8 = 4;
const SCOPE_HOST: u8 = 254;
const LOCAL: u8 = 2;
/// `fib_rule_hdr`.
pub(super) const RULE_HEADER: usize = 12;

pub(super) const RULE_PRIORITY: u16 = 6;
const RULE_MARK: u16 = 10;
const RULE_MASK: u16 = 16;
pub(super) const ROUTE_INTERFACE: u16 = 4;

/// The two commands of the `ip` program that say the same.
pub(crate) fn describe(family: Family) -> [String; 2] {
    let (flag, all) = match family {
        Family::V4 => ("-4", "0.0.0.0/0"),
        Family::V6 => ("-6", "::/0"),
    };
    let (connection, mask) = (mark::CONNECTION, mark::MASK);
    [
        format!("ip {flag} rule add fwmark {connection:#x}/{mask:#x} lookup {TABLE} priority {PRIORITY}"),
        format!("ip {flag} route add local {all} dev lo table {TABLE}"),
    ]
}

/// Adds rule and route of each family unless they are there.
pub(crate) fn add_all(families: &[Family]) -> Result<Applied, NetlinkError> {
    if families.is_empty() {
        return Ok(Applied::Unchanged);
    }
    let kernel = &mut open()?;
    families.iter().try_fold(Applied::Unchanged, |applied, family| {
        Ok(applied.and(add(kernel, *family)?))
    })
}

/// Adds both unless they are there. A kernel without the family needs neither.
fn add(kernel: &mut Netlink, family: Family) -> Result<Applied, NetlinkError> {
    let mut applied = Applied::Unchanged;
    if !is_present_over(kernel, family)? {
        applied = change(kernel, &rule(family, NEW_RULE), &[Errno::EEXIST])?;
    }
    // EACCES: IPv6 is switched off on the pod's loopback, so nothing of that family arrives there
    let route = change(kernel, &route(family, NEW_ROUTE), &[Errno::EEXIST, Errno::EACCES])?;
    Ok(applied.and(route))
}

/// Removes both, however often the rule is there.
///
/// # Errors
/// The kernel refused.
pub fn remove(family: Family) -> Result<(), NetlinkError> {
    let missing = [Errno::ENOENT, Errno::ESRCH, Errno::ENODEV];
    let kernel = &mut open()?;
    while is_present_over(kernel, family)? {
        change(kernel, &rule(family, DELETE_RULE), &missing)?;
    }
    change(kernel, &route(family, DELETE_ROUTE), &missing).map(drop)
}

fn open() -> Result<Netlink, NetlinkError> {
    Netlink::open(Protocol::Route)
}

/// Whether the rule is there.
pub(crate) fn is_present(family: Family) -> Result<bool, NetlinkError> {
    is_present_over(&mut open()?, family)
}

fn is_present_over(kernel: &mut Netlink, family: Family) -> Result<bool, NetlinkError> {
    let request = Message {
        kind: GET_RULE,
        flags: DUMP,
        body: rule_header(family).to_vec(),
        subject: "listing routing rules".to_owned(),
    };
    let rules = match kernel.dump(&request) {
        Err(error) if is_unsupported(&error) => return Ok(false),
        rules => rules?,
    };
    let wanted = [
        (RULE_PRIORITY, PRIORITY),
        (RULE_MARK, mark::CONNECTION),
        (RULE_MASK, mark::MASK),
    ];
    Ok(rules.iter().any(|rule| {
        let Some((header, rest)) = rule.split_first_chunk::<RULE_HEADER>() else {
            return false;
        };
        let found = attributes(rest);
        header[0] == number(family)
            && header[4] == TABLE
            && wanted.iter().all(|(kind, value)| {
                found
                    .iter()
                    .any(|one| one.kind == *kind && one.value == value.to_ne_bytes())
            })
    }))
}

fn rule_header(family: Family) -> [u8; RULE_HEADER] {
    let mut header = [0; RULE_HEADER];
    header[0] = number(family);
    header
}

fn rule(family: Family, kind: u16) -> Message {
    let mut header = rule_header(family);
    header[4] = TABLE;
    header[7] = TO_TABLE;
    let rest = Attributes::default()
        .ne32(RULE_PRIORITY, PRIORITY)
        .ne32(RULE_MARK, mark::CONNECTION)
        .ne32(RULE_MASK, mark::MASK);
    message(kind, &header, &rest, &describe(family)[0])
}

fn route(family: Family, kind: u16) -> Message {
    let header = [
        number(family),
        0,
        0,
        0,
        TABLE,
        STATIC,
        SCOPE_HOST,
        LOCAL,
        0,
        0,
        0,
        0,
    ];
    let rest = Attributes::default().ne32(ROUTE_INTERFACE, LOOPBACK);
    message(kind, &header, &rest, &describe(family)[1])
}

fn message(kind: u16, header: &[u8], rest: &Attributes, subject: &str) -> Message {
    let flags = if kind == NEW_RULE || kind == NEW_ROUTE {
        CREATE | EXCL
    } else {
        0
    };
    Message {
        kind,
        flags: flags | ACK,
        body: [header, &rest.0].concat(),
        subject: format!("`{subject}`"),
    }
}

fn change(kernel: &mut Netlink, message: &Message, fine: &[Errno]) -> Result<Applied, NetlinkError> {
    let done = kernel.transact(std::slice::from_ref(message));
    match done {
        Err(error) if error.errno().is_some_and(|errno| fine.contains(&errno)) => Ok(Applied::Unchanged),
        Err(error) if is_unsupported(&error) => Ok(Applied::Unchanged),
        done => done.map(|()| Applied::Written),
    }
}

/// Whether the kernel is one without the family.
pub(super) fn is_unsupported(error: &NetlinkError) -> bool {
    matches!(
        error.errno(),
        Some(Errno::EAFNOSUPPORT | Errno::EOPNOTSUPP | Errno::EPFNOSUPPORT)
    )
}

fn number(family: Family) -> u8 {
    match family {
        Family::V4 => 2,
        Family::V6 => 10,
    }
}
