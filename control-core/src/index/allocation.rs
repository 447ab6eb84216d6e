//! Which address each host of an entry gets (`control-plane.md` 7.4).
//!
//! The same entries give the same addresses on every replica and after every restart, an address once given
//! stays, and one that was given up is not given to another while the process lives.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use xxhash_rust::xxh64::xxh64;

use crate::model::ObjectName;

/// An entry, as far as its addresses go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: ObjectName,
    /// The oldest keeps a contested address.
    pub created: i64,
    /// Hosts that are to have addresses; none if the entry is not to have any.
    pub hosts: Vec<String>,
    /// Addresses that its author wrote.
    pub written: Vec<IpAddr>,
    /// What its status says: host and address.
    pub allocated: Vec<(String, String)>,
}

/// Gives addresses out of two ranges.
#[derive(Debug)]
pub struct Allocator {
    v4: Ipv4Net,
    v6: Ipv6Net,
    /// Everything ever seen in use.
    used: BTreeSet<IpAddr>,
}

/// Host and address, in the order of the hosts.
pub type Allocation = Vec<(String, String)>;

impl Allocator {
    /// Nothing is given yet.
    #[must_use]
    pub fn new((v4, v6): (Ipv4Net, Ipv6Net)) -> Self {
        Self {
            v4,
            v6,
            used: BTreeSet::new(),
        }
    }

    /// The entries whose status must change, with what it must say.
    pub fn plan(&mut self, entries: &[Entry]) -> BTreeMap<ObjectName, Allocation> {
        let kept = self.kept(entries);
        let mut plan = BTreeMap::new();
        let mut ordered: Vec<&Entry> = entries.iter().collect();
        ordered.sort_by_key(|entry| (entry.created, &entry.name));
        for entry in ordered {
            let mut wanted = Allocation::new();
            let nothing = BTreeMap::new();
            let held = kept.get(&entry.name).unwrap_or(&nothing);
            for host in &entry.hosts {
                for is_v4 in [true, false] {
                    let address = held.get(&(host.as_str(), is_v4)).copied();
                    let address = address.or_else(|| self.give(&entry.name, host, is_v4));
                    wanted.extend(address.map(|address| (host.clone(), address.to_string())));
                }
            }
            if wanted != entry.allocated {
                plan.insert(entry.name.clone(), wanted);
            }
        }
        plan
    }

    /// What stays: each address for one holder. What an author wrote wins, then the oldest entry.
    fn kept<'a>(&mut self, entries: &'a [Entry]) -> BTreeMap<ObjectName, BTreeMap<(&'a str, bool), IpAddr>> {
        let mut taken: BTreeSet<IpAddr> = entries
            .iter()
            .flat_map(|entry| entry.written.iter().copied())
            .collect();
        let mut ordered: Vec<&Entry> = entries.iter().collect();
        ordered.sort_by_key(|entry| (entry.created, &entry.name));
        let mut kept: BTreeMap<ObjectName, BTreeMap<(&str, bool), IpAddr>> = BTreeMap::new();
        for entry in ordered {
            for (host, value) in &entry.allocated {
                let Ok(address) = value.parse::<IpAddr>() else {
                    continue;
                };
                if !self.is_ours(address) || !entry.hosts.contains(host) {
                    continue;
                }
                let mine = kept.entry(entry.name.clone()).or_default();
                let key = (host.as_str(), address.is_ipv4());
                if !mine.contains_key(&key) && taken.insert(address) {
                    mine.insert(key, address);
                }
            }
        }
        self.used.extend(taken);
        kept
    }

    fn is_ours(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(&address),
            IpAddr::V6(address) => self.v6.contains(&address),
        }
    }

    /// A free address: where the name's hash points, or the next free one.
    fn give(&mut self, name: &ObjectName, host: &str, is_v4: bool) -> Option<IpAddr> {
        let bits = if is_v4 {
            u32::from(32 - self.v4.prefix_len())
        } else {
            u32::from(128 - self.v6.prefix_len())
        };
        // the first and the last address of a range are nobody's
        let size = 1_u64
            .checked_shl(bits.min(32))
            .unwrap_or(u64::MAX)
            .checked_sub(2)?;
        let start = xxh64(format!("{name}/{host}").as_bytes(), 0).checked_rem(size)?;
        for step in 0..size.min(1 << 20) {
            let offset = (start + step) % size + 1;
            let address: IpAddr = if is_v4 {
                Ipv4Addr::from(u32::from(self.v4.network()) + u32::try_from(offset).ok()?).into()
            } else {
                Ipv6Addr::from(u128::from(self.v6.network()) + u128::from(offset)).into()
            };
            if self.used.insert(address) {
                return Some(address);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, created: i64, hosts: &[&str], allocated: &[(&str, &str)]) -> Entry {
        Entry {
            name: ObjectName::new("app", name),
            created,
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            written: Vec::new(),
            allocated: allocated
                .iter()
                .map(|(host, ip)| ((*host).to_owned(), (*ip).to_owned()))
                .collect(),
        }
    }

    fn allocator() -> Allocator {
        Allocator::new(("240.240.0.0/29".parse().unwrap(), "2001:2::/48".parse().unwrap()))
    }

    #[test]
    fn what_was_given_stays_when_others_change() {
        let mut one = allocator();
        let plan = one.plan(&[entry("a", 1, &["x.y", "z.y"], &[])]);
        let first = plan[&ObjectName::new("app", "a")].clone();
        assert_eq!(first.len(), 4);
        let held: Vec<(&str, &str)> = first
            .iter()
            .map(|(host, ip)| (host.as_str(), ip.as_str()))
            .collect();
        assert_eq!(
            one.plan(&[entry("a", 1, &["x.y", "z.y"], &held)]),
            BTreeMap::new()
        );
        // the other host goes, a new one comes: the first keeps its own
        let plan = one.plan(&[entry("a", 1, &["x.y", "new.y"], &held)]);
        let second = &plan[&ObjectName::new("app", "a")];
        assert_eq!(second[..2], first[..2]);
        assert!(
            second[2..]
                .iter()
                .all(|given| !first.iter().any(|old| old.1 == given.1)),
            "{second:?}"
        );
        // another replica chooses the same
        assert_eq!(
            allocator().plan(&[entry("a", 1, &["x.y", "z.y"], &[])])[&ObjectName::new("app", "a")],
            first
        );
    }

    #[test]
    fn contested_addresses_go_to_the_author_then_to_the_oldest() {
        let held = [("x.y", "240.240.0.3")];
        let mut young = entry("young", 2, &["x.y"], &held);
        let plan = allocator().plan(&[young.clone(), entry("old", 1, &["x.y"], &held)]);
        assert_ne!(plan[&ObjectName::new("app", "young")][0].1, "240.240.0.3");
        assert_eq!(plan[&ObjectName::new("app", "old")][0].1, "240.240.0.3");
        young.hosts.clear();
        young.allocated.clear();
        young.written = vec!["240.240.0.3".parse().unwrap()];
        let plan = allocator().plan(&[young, entry("old", 1, &["x.y"], &held)]);
        assert_ne!(plan[&ObjectName::new("app", "old")][0].1, "240.240.0.3");
    }

    #[test]
    fn stale_addresses_are_cleared_and_a_full_range_gives_none() {
        let stale = entry("a", 1, &[], &[("x.y", "240.240.0.3")]);
        assert_eq!(allocator().plan(&[stale])[&ObjectName::new("app", "a")], []);
        let hosts: Vec<String> = (0..9).map(|at| format!("h{at}.y")).collect();
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let plan = allocator().plan(&[entry("a", 1, &hosts, &[])]);
        let v4 = plan[&ObjectName::new("app", "a")]
            .iter()
            .filter(|(_, ip)| !ip.contains(':'))
            .count();
        assert_eq!(
            v4, 6,
            "eight addresses, of which the first and the last are nobody's"
        );
    }
}
