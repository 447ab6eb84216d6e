//! The two ways rules reach the kernel, behind one face: over netlink, or through the iptables programs.
//!
//! Acts in the network namespace of the calling thread.

use std::collections::BTreeSet;

use super::element::{Element, elements};
use super::netlink::{Netlink, NetlinkError};
use super::nft::{self, Applied};
use super::programs::{Flavour, ProgramError};
use super::{FLOWS_V4, FLOWS_V6, Flow, RuleSet, TABLES, routing};

/// The way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// nf_tables over netlink.
    Netlink,
    /// The iptables programs.
    Programs(Flavour),
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The kernel refused.
    #[error(transparent)]
    Netlink(#[from] NetlinkError),
    /// A program refused.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

impl WriteError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Netlink(error) | Self::Program(ProgramError::Routing(error)) => error.hint(),
            Self::Program(ProgramError::Start { .. }) => {
                Some("set global.nativeNftables to auto, or use an image that holds the iptables programs")
            }
            Self::Program(ProgramError::Refused { .. }) => None,
        }
    }
}

impl Writer {
    /// Makes the namespace hold exactly this rule set.
    pub fn apply(self, rules: &RuleSet) -> Result<Applied, WriteError> {
        let tables = self.open()?.apply_tables(rules)?;
        Ok(tables.and(routing::add_all(&rules.routed)?))
    }

    /// Begins to work in the namespace of the calling thread.
    pub(crate) fn open(self) -> Result<Session, WriteError> {
        Ok(Session {
            writer: self,
            kernel: nft::open()?,
        })
    }

    /// Whether the namespace holds exactly these rules.
    pub fn holds(self, rules: &RuleSet) -> Result<bool, WriteError> {
        Ok(match self {
            Self::Netlink => nft::holds(rules)?,
            Self::Programs(flavour) => flavour.holds(rules)?,
        })
    }

    /// Takes everything of ours out, whichever way it came.
    pub fn remove(self) -> Result<(), WriteError> {
        nft::remove()?;
        if let Self::Programs(flavour) = self {
            flavour.remove()?;
        }
        Ok(())
    }

    /// Whether any rules of ours are there.
    pub fn is_captured(self) -> Result<bool, WriteError> {
        Ok(match self {
            Self::Netlink => nft::is_captured()?,
            Self::Programs(flavour) => flavour.is_captured()?,
        })
    }
}

/// A writer at work in one namespace, over one socket: the kernel may make whoever closes one wait for all readers.
pub(crate) struct Session {
    writer: Writer,
    kernel: Netlink,
}

impl Session {
    /// How often the rules have changed, whoever changed them; `None` where the kernel does not count.
    pub(crate) fn generation(&mut self) -> Result<Option<u32>, WriteError> {
        match self.writer {
            Writer::Netlink | Writer::Programs(Flavour::Nft) => Ok(nft::generation(&mut self.kernel)?),
            Writer::Programs(Flavour::Legacy(_)) => Ok(None),
        }
    }

    /// The flows that the rules exempt, in both directions; `None` without rules.
    pub(crate) fn flows(&mut self) -> Result<Option<BTreeSet<Flow>>, WriteError> {
        match self.writer {
            Writer::Netlink if !nft::is_captured_over(&mut self.kernel)? => Ok(None),
            Writer::Netlink => {
                let mut found = BTreeSet::new();
                for set in [FLOWS_V4, FLOWS_V6] {
                    let all = elements(&mut self.kernel, TABLES[0], set)?;
                    found.extend(all.iter().filter_map(Element::to_flow));
                }
                Ok(Some(found))
            }
            Writer::Programs(flavour) if !flavour.is_captured()? => Ok(None),
            Writer::Programs(flavour) => Ok(Some(flavour.flows()?)),
        }
    }

    /// Makes the namespace hold exactly the tables of this rule set; its routing is not touched.
    pub(crate) fn apply_tables(&mut self, rules: &RuleSet) -> Result<Applied, WriteError> {
        match self.writer {
            Writer::Netlink => Ok(nft::apply_tables(&mut self.kernel, rules)?),
            Writer::Programs(flavour) => {
                let applied = flavour.apply(rules)?;
                // an agent that wrote over netlink may have been here before
                nft::remove_tables(&mut self.kernel)?;
                Ok(applied)
            }
        }
    }
}
