//! The two ways rules reach the kernel, behind one face: over netlink, or through the iptables programs.
//!
//! Acts in the network namespace of the calling thread.

use std::collections::BTreeSet;

use super::netlink::NetlinkError;
use super::nft::{self, Applied, Element, elements};
use super::programs::{Flavour, ProgramError};
use super::{FLOWS_V4, FLOWS_V6, Flow, RuleSet, TABLES};

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
        Ok(match self {
            Self::Netlink => nft::apply(rules)?,
            Self::Programs(flavour) => {
                let applied = flavour.apply(rules)?;
                // an agent that wrote over netlink may have been here before
                nft::remove_tables()?;
                applied
            }
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

    /// The flows that the rules exempt, in both directions.
    pub fn flows(self) -> Result<BTreeSet<Flow>, WriteError> {
        match self {
            Self::Netlink => {
                let mut found = BTreeSet::new();
                for set in [FLOWS_V4, FLOWS_V6] {
                    found.extend(elements(TABLES[0], set)?.iter().filter_map(Element::to_flow));
                }
                Ok(found)
            }
            Self::Programs(flavour) => Ok(flavour.flows()?),
        }
    }
}
