//! What each configuration object comes to: effective, partly, or without effect, and because of what.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lookup::{Lookup, Unit};
use super::{Index, peer_authentication};
use crate::model::ObjectName;
use crate::model::condition::{Condition, PROVISIONED, StatusOf, ZTUNNEL_ACCEPTED};

/// How far an object has effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Not at all.
    None,
    /// Not all of it.
    Partly,
    /// All of it.
    Full,
}

/// The answer for one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace and name.
    pub name: String,
    /// How far.
    pub effect: Effect,
    /// Why not all of it.
    pub because: Vec<String>,
}

fn of_unit(unit: &Unit) -> Option<(&'static str, &ObjectName, Option<StatusOf>)> {
    Some(match unit {
        Unit::Policy(name) => ("AuthorizationPolicy", name, Some(StatusOf::Policy(name.clone()))),
        Unit::PeerAuth(name) => ("PeerAuthentication", name, None),
        Unit::ServiceEntry(name) => ("ServiceEntry", name, Some(StatusOf::ServiceEntry(name.clone()))),
        Unit::WorkloadEntry(name) => ("WorkloadEntry", name, Some(StatusOf::WorkloadEntry(name.clone()))),
        Unit::Service(name) => ("Service", name, Some(StatusOf::Service(name.clone()))),
        Unit::Slice(name) => ("EndpointSlice", name, None),
        Unit::Gateway(name) => ("Gateway", name, Some(StatusOf::Gateway(name.clone()))),
        Unit::Pod(_) | Unit::StaticStrict | Unit::Remote(..) | Unit::Aggregate(..) => return None,
    })
}

impl Index {
    /// The verdicts on policies and entries, and on services, slices and gateways where something is to be said.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        let mut all: BTreeMap<(&'static str, String), Verdict> = BTreeMap::new();
        for unit in self.inputs.units() {
            let Some(verdict) = self.verdict(&unit) else {
                continue;
            };
            let is_silent = matches!(unit, Unit::Service(_) | Unit::Slice(_) | Unit::Gateway(_));
            if !is_silent || verdict.effect != Effect::Full {
                all.insert((verdict.kind, verdict.name.clone()), verdict);
            }
        }
        for ((kind, name), reason) in self.unreadable() {
            let verdict = Verdict {
                kind: kind.word(),
                name: name.to_string(),
                effect: Effect::None,
                because: vec![format!("it cannot be read: {reason}")],
            };
            all.insert((verdict.kind, verdict.name.clone()), verdict);
        }
        all.into_values().collect()
    }

    fn verdict(&self, unit: &Unit) -> Option<Verdict> {
        let (kind, name, of) = of_unit(unit)?;
        let mut because: Vec<String> = self
            .rejects
            .get(unit)
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let is_published = self.produced.contains_key(unit);
        let mut effect = match (because.is_empty(), is_published) {
            (true, _) => Effect::Full,
            (false, true) => Effect::Partly,
            (false, false) => Effect::None,
        };
        for condition in of.iter().flat_map(|of| self.status(of).0) {
            let (limit, reason) = judge(condition);
            effect = effect.min(limit);
            because.extend(reason);
        }
        let lookup = Lookup::new(&self.inputs);
        if let Some(reason) = lookup.hidden(name, unit) {
            effect = Effect::None;
            because.push(reason);
        } else if let Unit::PeerAuth(name) = unit
            && let Some(reason) = peer_authentication::overruled(name, &lookup)
        {
            effect = Effect::None;
            because.push(reason);
        }
        Some(Verdict {
            kind,
            name: name.to_string(),
            effect,
            because,
        })
    }
}

/// How far a condition lets an object have effect.
fn judge(condition: &Condition) -> (Effect, Option<String>) {
    let reason = Some(format!("{}: {}", condition.reason, condition.message));
    match (condition.kind, condition.is_true, condition.reason.as_str()) {
        (ZTUNNEL_ACCEPTED | PROVISIONED, false, _) | (_, true, "NoWaypointForWildcardService") => {
            (Effect::None, reason)
        }
        (_, false, _) | (_, true, "UnsupportedValue" | "PartiallyInvalid") => (Effect::Partly, reason),
        (_, true, _) => (Effect::Full, None),
    }
}
