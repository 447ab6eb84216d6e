//! The host's sets of addresses whose probes pass uncaptured (inpod-zds.md C.3).
//!
//! An entry carries the pod's uid, so that a late release cannot take away the entry of a pod that re-uses the address.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::element::{Element, element, elements};
use super::netlink::{Netlink, NetlinkError, address, octets};
use super::nft::{self, Batch, DELETE_ELEMENT, NEW_ELEMENT};
use super::{PROBES_V4, PROBES_V6, TABLES};

/// All entries: address and uid.
///
/// # Errors
/// The kernel does not answer.
pub fn list() -> Result<BTreeMap<IpAddr, String>, NetlinkError> {
    list_over(&mut nft::open()?)
}

pub(crate) fn list_over(kernel: &mut Netlink) -> Result<BTreeMap<IpAddr, String>, NetlinkError> {
    let mut found = BTreeMap::new();
    for set in [PROBES_V4, PROBES_V6] {
        for element in elements(kernel, TABLES[0], set)? {
            if let Some(address) = address(&element.key) {
                found.insert(address, element.comment.unwrap_or_default());
            }
        }
    }
    Ok(found)
}

/// Adds a pod's addresses, taking them over from any other pod.
///
/// # Errors
/// The kernel refused; then nothing has changed.
pub fn upsert(uid: &str, addresses: &[IpAddr]) -> Result<(), NetlinkError> {
    upsert_over(&mut nft::open()?, uid, addresses)
}

pub(crate) fn upsert_over(kernel: &mut Netlink, uid: &str, addresses: &[IpAddr]) -> Result<(), NetlinkError> {
    let (mut wanted, mut replaced) = (Vec::new(), Vec::new());
    for address in addresses {
        match element(kernel, TABLES[0], set_of(*address), &octets(*address))? {
            Some(element) if element.comment.as_deref() == Some(uid) => continue,
            Some(_) => replaced.push(*address),
            None => {}
        }
        wanted.push(*address);
    }
    change(kernel, &replaced, &wanted, uid)
}

/// Removes the addresses that still belong to this pod.
///
/// # Errors
/// The kernel refused; then nothing has changed.
pub fn remove(uid: &str) -> Result<(), NetlinkError> {
    remove_over(&mut nft::open()?, uid).map(drop)
}

pub(crate) fn remove_over(kernel: &mut Netlink, uid: &str) -> Result<Vec<IpAddr>, NetlinkError> {
    let mine = |(address, owner): (IpAddr, String)| (owner == uid).then_some(address);
    let gone: Vec<IpAddr> = list_over(kernel)?.into_iter().filter_map(mine).collect();
    change(kernel, &gone, &[], uid)?;
    Ok(gone)
}

/// Removes these addresses, as far as they still belong to this pod; tells which.
pub(crate) fn remove_some(
    kernel: &mut Netlink,
    uid: &str,
    addresses: &[IpAddr],
) -> Result<Vec<IpAddr>, NetlinkError> {
    let mut gone = Vec::new();
    for address in addresses {
        let found = element(kernel, TABLES[0], set_of(*address), &octets(*address))?;
        if found.is_some_and(|one| one.comment.as_deref() == Some(uid)) {
            gone.push(*address);
        }
    }
    change(kernel, &gone, &[], uid)?;
    Ok(gone)
}

/// Removes every entry whose pod is not wanted any more.
///
/// # Errors
/// The kernel refused; then nothing has changed.
pub fn prune(is_wanted: impl Fn(&str) -> bool) -> Result<usize, NetlinkError> {
    Ok(prune_over(&mut nft::open()?, is_wanted)?.len())
}

pub(crate) fn prune_over(
    kernel: &mut Netlink,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<IpAddr>, NetlinkError> {
    let gone: Vec<IpAddr> = list_over(kernel)?
        .into_iter()
        .filter_map(|(address, uid)| (!is_wanted(&uid)).then_some(address))
        .collect();
    change(kernel, &gone, &[], "")?;
    Ok(gone)
}

fn change(kernel: &mut Netlink, gone: &[IpAddr], new: &[IpAddr], uid: &str) -> Result<(), NetlinkError> {
    if gone.is_empty() && new.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::default();
    for (kind, addresses) in [(DELETE_ELEMENT, gone), (NEW_ELEMENT, new)] {
        for set in [PROBES_V4, PROBES_V6] {
            let elements: Vec<Element> = addresses
                .iter()
                .filter(|address| set_of(**address) == set)
                .map(|address| Element {
                    key: octets(*address),
                    comment: (kind == NEW_ELEMENT).then(|| uid.to_owned()),
                })
                .collect();
            batch.elements(kind, TABLES[0], set, &elements);
        }
    }
    batch.commit(kernel)
}

fn set_of(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(_) => PROBES_V4,
        IpAddr::V6(_) => PROBES_V6,
    }
}
