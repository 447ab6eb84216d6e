//! The mesh as a file says it (`spec/proxy-ops.md` §7), for tests and for proxies without a control plane. (pure)
//!
//! YAML in the shapes of `/config_dump` becomes the messages that a control plane would send, and those pass
//! the one door for them, [`from_wire`]. Whatever is not understood is an error: nothing is left out in silence.

mod shapes;
mod to_wire;

#[cfg(test)]
mod tests;

use arcstr::ArcStr;
use mesh_wire::dump::StaticConfig;
use mesh_wire::security::Authorization;
use mesh_wire::workload::Address;
use prost::Message;

use crate::state::Update;
use crate::state::from_wire::{self, Reason, Texts};
use crate::yaml::{self, YamlError};

/// Why a text is not a mesh.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Not that YAML.
    #[error("cannot read the mesh: {0}")]
    Yaml(#[from] YamlError),
    /// A value that means nothing.
    #[error("{of}: {reason}")]
    Value {
        /// Whose.
        of: String,
        /// What is wrong.
        reason: String,
    },
    /// An object that a control plane could not send either.
    #[error("{name}: {reason}")]
    Refused {
        /// Its key.
        name: ArcStr,
        /// Why.
        reason: Reason,
    },
}

/// A mesh from a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Local {
    /// What to put into the state.
    pub updates: Vec<Update>,
    /// The same as the dump shows it.
    pub shown: StaticConfig,
}

impl Local {
    /// Reads a whole mesh; one odd object refuses all of it.
    pub fn parse(text: &str) -> Result<Self, LocalError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let file: shapes::File = yaml::from_str(text)?;
        let mut texts = Texts::default();
        let mut updates = Vec::new();
        for service in &file.services {
            updates.push(address(&to_wire::service(service)?, &mut texts)?);
        }
        for workload in &file.workloads {
            updates.push(address(&to_wire::workload(workload)?, &mut texts)?);
        }
        for policy in &file.policies {
            updates.push(policy_of(&to_wire::policy(policy))?);
        }
        Ok(Self {
            updates,
            shown: yaml::from_str(text)?,
        })
    }
}

fn address((name, message): &(String, Address), texts: &mut Texts) -> Result<Update, LocalError> {
    from_wire::address(name, &message.encode_to_vec(), texts).map_err(refused)
}

fn policy_of((name, message): &(String, Authorization)) -> Result<Update, LocalError> {
    from_wire::authorization(name, &message.encode_to_vec()).map_err(refused)
}

fn refused(reject: from_wire::Reject) -> LocalError {
    LocalError::Refused {
        name: reject.name,
        reason: reject.reason,
    }
}
