//! Rules that an agent of another make left in a namespace, written by the iptables programs over nf_tables.
//!
//! They are taken out in the transaction that writes ours, so that no packet meets neither. Rules of the kernel's older
//! interface cannot be seen from here.

use super::netlink::{Attributes, Netlink, NetlinkError, find, find_text};
use super::nft::{Batch, GET_CHAIN, GET_RULE, dump_in};

/// IPv4 and IPv6 as families of tables.
const FAMILIES: [u8; 2] = [2, 10];
/// How the chains of such agents begin.
const PREFIX: &str = "ISTIO_";
const DELETE_CHAIN: u16 = 5;
const DELETE_RULE: u16 = 8;

/// A chain of theirs, or a rule that jumps to one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Leftover {
    Chain {
        table: String,
        name: String,
    },
    Jump {
        table: String,
        chain: String,
        handle: Vec<u8>,
    },
}

/// All that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Leftovers(Vec<(u8, Leftover)>);

/// Looks for chains of theirs and for the rules that jump to them.
pub(crate) fn leftovers(kernel: &mut Netlink) -> Result<Leftovers, NetlinkError> {
    let mut found = Vec::new();
    for family in FAMILIES {
        let chains = dump_in(
            kernel,
            family,
            GET_CHAIN,
            Attributes::default(),
            "chains of other agents",
        )?;
        let chains: Vec<(String, String)> = chains
            .iter()
            .filter_map(|chain| Some((find_text(chain, 1)?, find_text(chain, 3)?)))
            .filter(|(_, name)| name.starts_with(PREFIX))
            .collect();
        if chains.is_empty() {
            continue;
        }
        let rules = dump_in(
            kernel,
            family,
            GET_RULE,
            Attributes::default(),
            "rules of other agents",
        )?;
        for rule in rules {
            found.extend(jump(&rule, &chains).map(|jump| (family, jump)));
        }
        let chain = |(table, name)| (family, Leftover::Chain { table, name });
        found.extend(chains.into_iter().map(chain));
    }
    Ok(Leftovers(found))
}

/// A rule of a chain that is not theirs and names one that is.
fn jump(rule: &[u8], chains: &[(String, String)]) -> Option<Leftover> {
    let (table, chain) = (find_text(rule, 1)?, find_text(rule, 2)?);
    let expressions = find(rule, 4)?;
    let names = |name: &str| {
        let word = [name.as_bytes(), &[0]].concat();
        expressions.windows(word.len()).any(|window| window == word)
    };
    let is_theirs = chain.starts_with(PREFIX);
    let jumps = chains.iter().any(|(of, name)| *of == table && names(name));
    (!is_theirs && jumps)
        .then(|| find(rule, 3).map(<[u8]>::to_vec))?
        .map(|handle| Leftover::Jump { table, chain, handle })
}

impl Leftovers {
    /// Whether there is nothing of theirs.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes everything out: jumps, then rules, then chains.
    pub(crate) fn remove(&self, batch: &mut Batch) {
        for (family, leftover) in &self.0 {
            if let Leftover::Jump { table, chain, handle } = leftover {
                let rule = Attributes::default()
                    .text(1, table)
                    .text(2, chain)
                    .bytes(3, handle);
                batch.push_in(
                    *family,
                    DELETE_RULE,
                    rule,
                    format!("removal of a jump from `{chain}` of `{table}`"),
                );
            }
        }
        let chains = || {
            self.0.iter().filter_map(|(family, leftover)| match leftover {
                Leftover::Chain { table, name } => Some((*family, table, name)),
                Leftover::Jump { .. } => None,
            })
        };
        for (family, table, name) in chains() {
            let rules = Attributes::default().text(1, table).text(2, name);
            batch.push_in(
                family,
                DELETE_RULE,
                rules,
                format!("emptying chain `{name}` of `{table}`"),
            );
        }
        for (family, table, name) in chains() {
            let chain = Attributes::default().text(1, table).text(3, name);
            batch.push_in(
                family,
                DELETE_CHAIN,
                chain,
                format!("removal of chain `{name}` of `{table}`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_that_jump_to_their_chains_are_taken() {
        let chains = [("nat".to_owned(), "ISTIO_OUTPUT".to_owned())];
        let rule = |table: &str, chain: &str, target: &str| {
            let expressions = Attributes::default().text(1, target);
            Attributes::default()
                .text(1, table)
                .text(2, chain)
                .bytes(3, &[0; 8])
                .nested(4, &expressions)
                .0
        };
        assert!(jump(&rule("nat", "OUTPUT", "ISTIO_OUTPUT"), &chains).is_some());
        for other in [
            rule("nat", "OUTPUT", "ISTIO_OUTPUT2"),
            rule("nat", "OUTPUT", "DOCKER"),
            rule("mangle", "OUTPUT", "ISTIO_OUTPUT"),
            rule("nat", "ISTIO_X", "ISTIO_OUTPUT"),
        ] {
            assert_eq!(jump(&other, &chains), None);
        }
    }
}
