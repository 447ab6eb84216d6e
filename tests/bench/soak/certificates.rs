//! Which certificates the proxies hold, and how often each identity got a new one.

use crate::sandbox::{Outcome, Sandbox};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The serial numbers that were seen, by node and identity.
#[derive(Default)]
pub(crate) struct Seen(BTreeMap<(String, String), BTreeSet<String>>);

impl Seen {
    /// Notes what every proxy holds now.
    pub(crate) fn look(&mut self, sandbox: &Sandbox) -> Outcome<()> {
        let text = sandbox.meshctl(&["ztunnel-config", "certificates", "--all-nodes", "-o", "json"])?;
        let document: Value = serde_json::from_str(&text)?;
        for certificate in document.as_array().into_iter().flatten() {
            let word = |pointer| certificate.pointer(pointer).and_then(Value::as_str);
            if let (Some(node), Some(identity), Some(serial)) = (
                word("/node"),
                word("/identity"),
                word("/certChain/0/serialNumber"),
            ) {
                let held = (node.to_owned(), identity.to_owned());
                self.0.entry(held).or_default().insert(serial.to_owned());
            }
        }
        Ok(())
    }

    /// How often any certificate was replaced.
    pub(crate) fn rotations(&self) -> usize {
        self.0.values().map(|serials| serials.len() - 1).sum()
    }

    /// How often that one of these identities which got the fewest was replaced; zero if one was never seen.
    pub(crate) fn fewest(&self, identities: &[String]) -> usize {
        let replaced = |identity: &String| {
            let held = self.0.iter().filter(|((_, held), _)| held == identity);
            held.map(|(_, serials)| serials.len() - 1).min()
        };
        let each = identities.iter().map(|identity| replaced(identity).unwrap_or(0));
        each.min().unwrap_or(0)
    }
}
