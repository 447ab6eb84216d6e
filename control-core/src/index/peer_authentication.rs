//! PeerAuthentication → references and converted policies (`control-plane.md` 12.2 to 12.4).
//!
//! Invariant: every reference that `references` gives resolves to a published policy.

use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;

use super::lookup::Lookup;
use super::{authorization, text};
use crate::crds::{MutualTls, PeerAuthentication};
use crate::model::policy::{Action, Clause, Match, Pattern, Policy, PolicyScope, Rule};
use crate::model::{Labels, ObjectName};

/// Name of the policy that refuses plain text.
pub const STATIC_STRICT: &str = "istio_converted_static_strict";
const CONVERTED: &str = "converted_peer_authentication_";

/// What a setting asks for. DISABLE and PERMISSIVE differ only where §12.2 says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As inherited.
    #[default]
    Unset,
    /// Plain text allowed.
    Permissive,
    /// Plain text asked for; peers still prefer HBONE.
    Disable,
    /// Plain text refused.
    Strict,
}

impl Mode {
    fn of(mtls: Option<&MutualTls>) -> Self {
        match mtls.and_then(|mtls| mtls.mode.as_deref()) {
            None | Some("" | "UNSET") => Self::Unset,
            Some("PERMISSIVE") => Self::Permissive,
            Some("DISABLE") => Self::Disable,
            // The schema admits only STRICT here; a word from the future must not open anything.
            Some(_) => Self::Strict,
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Permissive | Self::Disable)
    }
}

/// What of a `PeerAuthentication` matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAuthFacts {
    /// The oldest of a level decides.
    pub created: i64,
    /// Revision it is meant for.
    pub revision: Option<String>,
    /// Workloads by label; a selector without labels counts as none.
    pub selector: Option<Labels>,
    /// The mode.
    pub mode: Mode,
    /// Modes of single ports.
    pub ports: BTreeMap<u16, Mode>,
}

impl PeerAuthFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &PeerAuthentication) -> Self {
        let (meta, spec) = (&object.metadata, &object.spec);
        let selector = spec
            .selector
            .as_ref()
            .map(|selector| selector.match_labels.clone());
        let ports = spec.port_level_mtls.iter().filter_map(|(port, mtls)| {
            let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
            Some((port, Mode::of(mtls.as_ref())))
        });
        Self {
            created: text::created(meta),
            revision: text::revision(meta),
            selector: selector.filter(|labels| !labels.is_empty()),
            mode: Mode::of(spec.mtls.as_ref()),
            ports: ports.collect(),
        }
    }

    fn has_port(&self, is_meant: impl Fn(Mode) -> bool) -> bool {
        self.ports.values().any(|mode| is_meant(*mode))
    }
}

type Row<'a> = (&'a ObjectName, &'a PeerAuthFacts);

fn oldest(rows: Vec<Row<'_>>, is_level: impl Fn(&PeerAuthFacts) -> bool) -> Option<Row<'_>> {
    rows.into_iter()
        .filter(|(_, facts)| is_level(facts))
        .min_by_key(|(name, facts)| (facts.created, *name))
}

/// The mode that a workload setting would inherit: namespace, unless absent or UNSET, else mesh.
fn is_strict_inherited(namespace: &ArcStr, lookup: &Lookup<'_>) -> bool {
    let root = &lookup.settings().root_namespace;
    let mode = |namespace: &ArcStr| {
        oldest(lookup.peer_auths_of(namespace), |facts| facts.selector.is_none())
            .map_or(Mode::Unset, |(_, facts)| facts.mode)
    };
    let own = if namespace == root {
        Mode::Unset
    } else {
        mode(namespace)
    };
    match own {
        Mode::Unset => mode(root) == Mode::Strict,
        mode => mode == Mode::Strict,
    }
}

/// Policy keys of a workload, in the order of §12.4.
pub(crate) fn references(namespace: &ArcStr, labels: &Labels, lookup: &Lookup<'_>) -> Vec<String> {
    let policies = authorization::references(namespace, labels, lookup);
    let strict = strictness(namespace, labels, lookup);
    policies
        .iter()
        .chain(&strict)
        .map(ObjectName::to_string)
        .collect()
}

/// The reference that strictness adds to a workload (§12.2).
fn strictness(namespace: &ArcStr, labels: &Labels, lookup: &Lookup<'_>) -> Option<ObjectName> {
    let root = &lookup.settings().root_namespace;
    let inherited = is_strict_inherited(namespace, lookup);
    // Selector settings of the root namespace change nothing (point 16).
    let workload = if namespace == root {
        None
    } else {
        let covers = |facts: &PeerAuthFacts| {
            facts
                .selector
                .as_ref()
                .is_some_and(|selector| text::selects(selector, labels))
        };
        oldest(lookup.peer_auths_of(namespace), covers)
    };
    let (is_strict, own) = match workload {
        None => (inherited, None),
        Some((name, facts)) => judge(facts, inherited).map_own(name),
    };
    own.or_else(|| is_strict.then(|| ObjectName::new(root.clone(), STATIC_STRICT)))
}

struct Judgement {
    is_strict: bool,
    is_own: bool,
}

impl Judgement {
    fn map_own(self, name: &ObjectName) -> (bool, Option<ObjectName>) {
        (self.is_strict, self.is_own.then(|| converted_name(name)))
    }
}

fn converted_name(name: &ObjectName) -> ObjectName {
    ObjectName::new(
        name.namespace.clone(),
        arcstr::format!("{CONVERTED}{}", name.name),
    )
}

/// The table of §12.2.
fn judge(facts: &PeerAuthFacts, inherited: bool) -> Judgement {
    let is_strict = match facts.mode {
        Mode::Strict => true,
        Mode::Permissive | Mode::Disable => false,
        Mode::Unset => inherited,
    };
    let is_own = match facts.mode {
        Mode::Strict => facts.has_port(Mode::is_open),
        // DISABLE alone does not count under an inherited strictness: fails closed.
        Mode::Unset if inherited => facts.has_port(|mode| mode == Mode::Permissive),
        _ => facts.has_port(|mode| mode == Mode::Strict),
    };
    Judgement { is_strict, is_own }
}

/// Why a setting changes nothing, if it changes nothing (points 15 and 16).
pub(crate) fn overruled(name: &ObjectName, lookup: &Lookup<'_>) -> Option<String> {
    let facts = lookup.own_peer_auth(name)?;
    let is_root = name.namespace == lookup.settings().root_namespace;
    if facts.selector.is_some() {
        return is_root.then(|| "a selector has no meaning in the root namespace".to_owned());
    }
    let (first, _) = oldest(lookup.peer_auths_of(&name.namespace), |other| {
        other.selector.is_none()
    })?;
    (first != name).then(|| format!("the older `{first}` decides for the same workloads"))
}

fn refuses_plain_text() -> Match {
    let mut one = Match::default();
    one.principals.none_of.push(Pattern::Presence);
    one
}

fn deny(key: ObjectName, rules: Vec<Rule>) -> Policy {
    Policy {
        key,
        scope: PolicyScope::Selector,
        action: Action::Deny,
        rules,
        is_dry_run: false,
    }
}

/// The shared policy, published while any setting exists.
pub(crate) fn static_strict(lookup: &Lookup<'_>) -> Option<Policy> {
    let root = lookup.settings().root_namespace.clone();
    lookup.has_peer_auth().then(|| {
        deny(
            ObjectName::new(root, STATIC_STRICT),
            vec![vec![vec![refuses_plain_text()]]],
        )
    })
}

/// The policy of a setting with port levels (§12.3).
pub(crate) fn converted(name: &ObjectName, lookup: &Lookup<'_>) -> Option<Policy> {
    let facts = lookup.own_peer_auth(name)?;
    let is_used = lookup.is_visible(&name.namespace) && lookup.is_ours(facts.revision.as_ref());
    let is_root = name.namespace == lookup.settings().root_namespace;
    if !is_used || is_root || facts.selector.is_none() || facts.ports.is_empty() {
        return None;
    }
    let inherited = is_strict_inherited(&name.namespace, lookup);
    let mut all: Vec<Clause> = Vec::new();
    let mut groups: Vec<Rule> = Vec::new();
    if facts.mode == Mode::Strict {
        all.push(vec![refuses_plain_text()]);
    }
    let is_base_strict = facts.mode == Mode::Strict || (facts.mode == Mode::Unset && inherited);
    let mut exempt = BTreeSet::new();
    for (port, mode) in &facts.ports {
        match mode {
            Mode::Strict if !is_base_strict => {
                let mut one = refuses_plain_text();
                one.destination_ports.any_of.push(*port);
                groups.push(vec![vec![one]]);
            }
            Mode::Permissive | Mode::Disable if is_base_strict => {
                exempt.insert(*port);
                let mut one = Match::default();
                one.destination_ports.none_of.push(*port);
                all.push(vec![one]);
            }
            _ => {}
        }
    }
    if facts.mode == Mode::Strict && exempt.is_empty() {
        return None;
    }
    if facts.mode == Mode::Unset && !exempt.is_empty() {
        all.push(vec![refuses_plain_text()]);
    }
    if !all.is_empty() {
        groups.push(all);
    }
    (!groups.is_empty()).then(|| deny(converted_name(name), groups))
}
