//! Does the kernel hold what is wanted? Compared attribute by attribute, never by a marker somebody could leave behind.
//!
//! The kernel shows more attributes than it was given (handles, counters, defaults), so ours must be contained in its:
//! same lists, same order, same length, every value equal.

use std::collections::BTreeSet;

use super::element::{Element, elements};
use super::netlink::{Attributes, Netlink, NetlinkError, attributes, find_text};
use super::nft::{self, GET_CHAIN, GET_RULE};
use super::{RuleSet, Set, SetContent, TABLES, Table};

/// Whether exactly these tables are there under our names.
pub(crate) fn holds(kernel: &mut Netlink, rules: &RuleSet) -> Result<bool, NetlinkError> {
    for name in TABLES {
        let wanted = rules.tables.iter().find(|table| table.name == name);
        let chains = nft::dump(kernel, GET_CHAIN, name, Attributes::default())?;
        let is_there = match wanted {
            Some(table) => {
                has_chains(table, &chains) && has_rules(kernel, table)? && has_sets(kernel, table)?
            }
            None => chains.is_empty(),
        };
        if !is_there {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_chains(table: &Table, found: &[Vec<u8>]) -> bool {
    found.len() == table.chains.len()
        && table.chains.iter().all(|chain| {
            let wanted = nft::encode_chain(table.name, chain);
            found.iter().any(|found| contains(found, &wanted.0))
        })
}

fn has_rules(kernel: &mut Netlink, table: &Table) -> Result<bool, NetlinkError> {
    let found = nft::dump(kernel, GET_RULE, table.name, Attributes::default())?;
    let total: usize = table.chains.iter().map(|chain| chain.rules.len()).sum();
    Ok(found.len() == total
        && table.chains.iter().all(|chain| {
            let present: Vec<&Vec<u8>> = found
                .iter()
                .filter(|rule| find_text(rule, 2).as_deref() == Some(chain.name))
                .collect();
            present.len() == chain.rules.len()
                && present
                    .iter()
                    .zip(&chain.rules)
                    .all(|(found, rule)| contains(found, &nft::encode_rule(table.name, chain.name, rule).0))
        }))
}

/// Fixed sets hold exactly their flows; the others are filled elsewhere.
fn has_sets(kernel: &mut Netlink, table: &Table) -> Result<bool, NetlinkError> {
    let mut all = true;
    for Set { name, content, .. } in &table.sets {
        if let SetContent::Flows(flows) = content {
            let present = elements(kernel, table.name, name)?;
            let present: BTreeSet<_> = present.into_iter().map(|element| element.key).collect();
            let wanted: BTreeSet<_> = flows.iter().map(|flow| Element::flow(*flow).key).collect();
            all &= present == wanted;
        }
    }
    Ok(all)
}

/// Whether `found` has every attribute of `wanted`.
fn contains(found: &[u8], wanted: &[u8]) -> bool {
    let (found, wanted) = (attributes(found), attributes(wanted));
    wanted.iter().enumerate().all(|(index, attribute)| {
        let same = |other: &&super::netlink::Attribute<'_>| other.kind == attribute.kind;
        let before = wanted[..index].iter().filter(same).count();
        let (total, present) = (
            wanted.iter().filter(same).count(),
            found.iter().filter(same).count(),
        );
        // a repeated number is a list, and lists must be of one length
        if total > 1 && total != present {
            return false;
        }
        found.iter().filter(same).nth(before).is_some_and(|other| {
            if attribute.is_nested {
                contains(other.value, attribute.value)
            } else {
                other.value == attribute.value
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[u32]) -> Attributes {
        values.iter().fold(Attributes::default(), |list, value| {
            list.nested(1, &Attributes::default().be32(2, *value))
        })
    }

    #[test]
    fn additions_of_the_kernel_do_not_matter() {
        let wanted = Attributes::default().text(1, "a").nested(4, &list(&[1, 2]));
        let found = Attributes::default()
            .be32(9, 5)
            .text(1, "a")
            .nested(4, &list(&[1, 2]));
        assert!(contains(&found.0, &wanted.0));
    }

    #[test]
    fn order_length_and_value_matter() {
        let wanted = Attributes::default().nested(4, &list(&[1, 2]));
        for other in [&[2, 1][..], &[1, 2, 3], &[1], &[1, 3]] {
            let found = Attributes::default().nested(4, &list(other));
            assert!(!contains(&found.0, &wanted.0), "{other:?}");
        }
    }
}
