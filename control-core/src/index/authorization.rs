//! AuthorizationPolicy → Authorization and its status (`authorization.md` 6, `control-plane.md` 12.1).
//!
//! What a node proxy cannot see makes an ALLOW rule vanish and a DENY rule lose terms; the status says
//! for each rule what that means. Nothing here ever makes an ALLOW policy wider.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Settings;
use super::fate::{Outcome, RuleFate};
use super::lookup::Lookup;
use super::{fate, policy_targets, status, text};
use crate::crds::{AuthorizationPolicy, Condition as When, Rule as RuleSpec, TargetRef};
use crate::model::condition::{Condition, ZTUNNEL_ACCEPTED};
use crate::model::policy::{Action, IpBlock, Match, Pattern, Policy, PolicyScope, Rule, Sides};
use crate::model::{Labels, ObjectName};

/// What of a policy matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFacts {
    /// Revision it is meant for.
    pub revision: Option<String>,
    /// For the status.
    pub generation: i64,
    /// Workloads by label.
    pub selector: Option<Labels>,
    /// Attached to something else: a waypoint's business.
    pub targets: Vec<TargetRef>,
    /// Conditions of ours as they stand.
    pub conditions: Vec<Condition>,
    /// As written; empty means ALLOW.
    pub action: String,
    /// Annotation `istio.io/dry-run`.
    pub is_dry_run: bool,
    /// The rules as written.
    pub rules: Vec<RuleSpec>,
}

impl PolicyFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &AuthorizationPolicy) -> Self {
        let (meta, spec) = (&object.metadata, &object.spec);
        let stored = object.status.clone().unwrap_or_default();
        let dry_run = text::annotation(meta, "istio.io/dry-run").unwrap_or_default();
        Self {
            revision: text::revision(meta),
            generation: meta.generation.unwrap_or_default(),
            selector: spec
                .selector
                .as_ref()
                .map(|selector| selector.match_labels.clone()),
            targets: spec.target_ref.iter().chain(&spec.target_refs).cloned().collect(),
            conditions: status::of_stored(&stored.conditions),
            action: spec.action.clone().unwrap_or_default(),
            is_dry_run: is_true(dry_run),
            rules: spec
                .rules
                .iter()
                .cloned()
                .map(Option::unwrap_or_default)
                .collect(),
        }
    }

    /// The action, if a node proxy has one for it.
    fn action(&self) -> Option<Action> {
        match self.action.as_str() {
            "" | "ALLOW" => Some(Action::Allow),
            "DENY" => Some(Action::Deny),
            _ => None,
        }
    }

    fn is_sent(&self, settings: &Settings) -> bool {
        (!self.is_dry_run || settings.sends_dry_run) && self.targets.is_empty() && self.action().is_some()
    }

    /// The labels by which workloads refer to it, if they do.
    pub(crate) fn reference(&self, settings: &Settings) -> Option<&Labels> {
        self.selector
            .as_ref()
            .filter(|labels| !labels.is_empty() && self.is_sent(settings))
    }
}

/// Boolean spellings as the field reads them; anything else counts as false.
fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

/// A policy and what to say about it. Either may be absent.
pub(crate) fn convert(name: &ObjectName, lookup: &Lookup<'_>) -> (Option<Policy>, Option<Condition>) {
    let Some(facts) = lookup.own_policy(name) else {
        return (None, None);
    };
    let settings = lookup.settings();
    if !lookup.is_visible(&name.namespace) || !lookup.is_ours(facts.revision.as_ref()) {
        return (None, None);
    }
    let refuse = |message: String| (None, Some(accepted(facts, false, "UnsupportedValue", message)));
    if facts.is_dry_run && !settings.sends_dry_run {
        return refuse(format!(
            "policy `{name}` is a dry run, and dry-run support is off"
        ));
    }
    if !facts.targets.is_empty() {
        return (None, policy_targets::condition(name, facts, lookup));
    }
    let Some(action) = facts.action() else {
        return refuse(format!(
            "action {} is not supported by node proxies",
            facts.action
        ));
    };
    let converted = convert_rules(name, facts, action);
    let report = Report(converted.iter().map(|(_, fate)| fate.clone()).collect());
    let rules = converted.into_iter().filter_map(|(rule, _)| rule).collect();
    let policy = Policy {
        key: name.clone(),
        scope: scope(name, facts, settings),
        action,
        rules,
        is_dry_run: facts.is_dry_run,
    };
    (Some(policy), Some(report.condition(facts, action)))
}

fn scope(name: &ObjectName, facts: &PolicyFacts, settings: &Settings) -> PolicyScope {
    match &facts.selector {
        Some(_) => PolicyScope::Selector,
        None if name.namespace == settings.root_namespace => PolicyScope::Global,
        None => PolicyScope::Namespace,
    }
}

fn accepted(facts: &PolicyFacts, is_accepted: bool, reason: &str, message: String) -> Condition {
    Condition {
        generation: Some(facts.generation),
        ..Condition::new(ZTUNNEL_ACCEPTED, is_accepted, reason, message)
    }
}

/// What each rule of a policy came to.
#[derive(Debug)]
struct Report(Vec<RuleFate>);

impl Report {
    fn condition(self, facts: &PolicyFacts, action: Action) -> Condition {
        if facts.selector.as_ref().is_some_and(BTreeMap::is_empty) {
            let text = "an empty selector selects no workload; leave `selector` out to cover the namespace";
            return accepted(facts, false, "UnsupportedValue", text.to_owned());
        }
        let unseen: BTreeSet<&String> = self.0.iter().flat_map(|fate| &fate.unseen).collect();
        let effects: Vec<String> = self.0.iter().flat_map(RuleFate::effects).collect();
        if unseen.is_empty() && effects.is_empty() {
            return accepted(facts, true, "Accepted", "attached to ztunnel".to_owned());
        }
        let mut message = "attached to ztunnel".to_owned();
        if !unseen.is_empty() {
            let names = unseen.into_iter().cloned().collect::<Vec<_>>().join(", ");
            let what = match action {
                Action::Allow => "ALLOW rules with them are omitted, which is stricter",
                Action::Deny => "the terms are removed from DENY rules",
            };
            message = format!("{message}; {names} need a waypoint: {what}");
        }
        for effect in effects {
            message = format!("{message}; {effect}");
        }
        if let Some(sum) = fate::sum(action, &self.0) {
            message = format!("{message}; {sum}");
        }
        accepted(facts, true, "UnsupportedValue", message)
    }
}

/// Every rule as written, what is sent of it, and what that means.
fn convert_rules(name: &ObjectName, facts: &PolicyFacts, action: Action) -> Vec<(Option<Rule>, RuleFate)> {
    let mut sent = 0;
    let convert = |(number, rule)| {
        let (rule, mut fate) = convert_rule(number, rule, action, name);
        fate.sent_as = rule.is_some().then(|| {
            sent += 1;
            sent - 1
        });
        (rule, fate)
    };
    facts.rules.iter().enumerate().map(convert).collect()
}

/// What the rules of a policy that node proxies enforce came to; `None` if none of it is sent to them.
pub(crate) fn fates(name: &ObjectName, lookup: &Lookup<'_>) -> Option<(Action, Vec<RuleFate>)> {
    let (policy, _) = convert(name, lookup);
    let action = policy?.action;
    let converted = convert_rules(name, lookup.own_policy(name)?, action);
    Some((action, converted.into_iter().map(|(_, fate)| fate).collect()))
}

const WHEN: [&str; 5] = [
    "source.ip",
    "source.namespace",
    "source.principal",
    "destination.ip",
    "destination.port",
];
const SOURCE: [&str; 4] = ["ipBlocks", "namespaces", "principals", "serviceAccounts"];
const OPERATION: [&str; 1] = ["ports"];

/// `notIpBlocks` → `ipBlocks`.
fn positive(field: &str) -> String {
    match field.strip_prefix("not") {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_uppercase()) => {
            let mut letters = rest.chars();
            letters
                .next()
                .map(|first| first.to_ascii_lowercase())
                .into_iter()
                .chain(letters)
                .collect()
        }
        _ => field.to_owned(),
    }
}

/// The attributes of a rule that only a waypoint can judge.
fn unseen(rule: &RuleSpec) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |fields: &BTreeMap<String, Vec<String>>, known: &[&str]| {
        let unknown = fields
            .iter()
            .filter(|(field, values)| !values.is_empty() && !known.contains(&positive(field).as_str()));
        found.extend(unknown.map(|(field, _)| field.clone()));
    };
    for operation in rule.to.iter().flatten().filter_map(|to| to.operation.as_ref()) {
        note(operation, &OPERATION);
    }
    for source in rule.from.iter().flatten().filter_map(|from| from.source.as_ref()) {
        note(source, &SOURCE);
    }
    let keys = rule.when.iter().flatten().map(|when| &when.key);
    found.extend(keys.filter(|key| !WHEN.contains(&key.as_str())).cloned());
    found
}

/// One clause of `to`, one of `from`, then one for each `when`, in this order.
fn convert_rule(
    number: usize,
    rule: &RuleSpec,
    action: Action,
    name: &ObjectName,
) -> (Option<Rule>, RuleFate) {
    let mut fate = RuleFate {
        number,
        sent_as: None,
        unseen: unseen(rule).into_iter().collect(),
        unusable: Vec::new(),
        outcome: Outcome::Whole,
    };
    if !fate.unseen.is_empty() && action == Action::Allow {
        fate.outcome = Outcome::Omitted;
        return (None, fate);
    }
    let mut reader = Reader {
        namespace: &name.namespace,
        action,
        bad: Vec::new(),
    };
    let mut clauses: Rule = Vec::new();
    if !rule.to.is_empty() {
        let fields = |to: &Option<crate::crds::RuleTo>| to.clone().and_then(|to| to.operation);
        clauses.push(
            rule.to
                .iter()
                .map(|to| reader.operation(&fields(to).unwrap_or_default()))
                .collect(),
        );
    }
    if !rule.from.is_empty() {
        let fields = |from: &Option<crate::crds::RuleFrom>| from.clone().and_then(|from| from.source);
        clauses.push(
            rule.from
                .iter()
                .map(|from| reader.source(&fields(from).unwrap_or_default()))
                .collect(),
        );
    }
    for condition in &rule.when {
        clauses.push(vec![reader.condition(&condition.clone().unwrap_or_default())]);
    }
    fate.unusable = reader.bad;
    let is_inert = clauses
        .iter()
        .any(|clause| clause.iter().all(|one| *one == Match::default()));
    fate.outcome = match (is_inert, fate.unseen.is_empty()) {
        (true, _) => Outcome::Inert,
        (false, true) => Outcome::Whole,
        (false, false) => Outcome::Wider,
    };
    (Some(clauses), fate)
}

/// Reads the lists of one rule; remembers what it had to drop.
struct Reader<'a> {
    namespace: &'a arcstr::ArcStr,
    action: Action,
    bad: Vec<String>,
}

type Fields = BTreeMap<String, Vec<String>>;

impl Reader<'_> {
    /// The two lists of a field; `None` when a positive list lost every element.
    fn sides<T>(
        &mut self,
        fields: &Fields,
        field: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Sides<T>> {
        let mut capital = field.to_owned();
        capital[..1].make_ascii_uppercase();
        let nothing = Vec::new();
        let positive = fields.get(field).unwrap_or(&nothing);
        let negative = fields.get(&format!("not{capital}")).unwrap_or(&nothing);
        self.lists(field, positive, negative, read)
    }

    fn lists<T>(
        &mut self,
        field: &str,
        positive: &[String],
        negative: &[String],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Sides<T>> {
        let any_of = self.list(field, positive, &read);
        let none_of = self.list(field, negative, &read);
        if any_of.is_empty() && !positive.is_empty() {
            let effect = match self.action {
                Action::Allow => "so that it allows nothing",
                Action::Deny => "so that it is wider than written",
            };
            self.bad
                .push(format!("no value of {field} can be used, {effect}"));
            if self.action == Action::Allow {
                return None;
            }
        }
        Some(Sides { any_of, none_of })
    }

    fn list<T>(&mut self, field: &str, values: &[String], read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let mut good = Vec::with_capacity(values.len());
        for value in values {
            match read(value) {
                Some(value) => good.push(value),
                None => self.bad.push(format!("`{value}` of {field} is skipped")),
            }
        }
        good
    }

    fn operation(&mut self, fields: &Fields) -> Match {
        let ports = self.sides(fields, "ports", port);
        ports.map_or_else(Match::default, |destination_ports| Match {
            destination_ports,
            ..Match::default()
        })
    }

    fn source(&mut self, fields: &Fields) -> Match {
        let namespace = self.namespace.clone();
        let account = |text: &str| {
            Some(match text.split_once('/') {
                Some((namespace, account)) => ObjectName::new(namespace, account),
                None => ObjectName::new(namespace.clone(), text),
            })
        };
        let pattern = |text: &str| Some(Pattern::parse(text));
        let read = (
            self.sides(fields, "ipBlocks", IpBlock::parse),
            self.sides(fields, "namespaces", pattern),
            self.sides(fields, "principals", pattern),
            self.sides(fields, "serviceAccounts", account),
        );
        let (Some(source_ips), Some(namespaces), Some(principals), Some(service_accounts)) = read else {
            return Match::default();
        };
        Match {
            namespaces,
            principals,
            service_accounts,
            source_ips,
            ..Match::default()
        }
    }

    /// A key that is not an L4 one leaves its match empty, which never matches.
    fn condition(&mut self, when: &When) -> Match {
        let (key, values, not_values) = (when.key.as_str(), &when.values, &when.not_values);
        let pattern = |text: &str| Some(Pattern::parse(text));
        let mut read = Match::default();
        let filled = match key {
            "source.ip" => self
                .lists(key, values, not_values, IpBlock::parse)
                .map(|it| read.source_ips = it),
            "destination.ip" => self
                .lists(key, values, not_values, IpBlock::parse)
                .map(|it| read.destination_ips = it),
            "source.namespace" => self
                .lists(key, values, not_values, pattern)
                .map(|it| read.namespaces = it),
            "source.principal" => self
                .lists(key, values, not_values, pattern)
                .map(|it| read.principals = it),
            "destination.port" => self
                .lists(key, values, not_values, port)
                .map(|it| read.destination_ports = it),
            _ => None,
        };
        filled.map_or_else(Match::default, |()| read)
    }
}

/// Decimal digits within 16 bits; a sign is no digit.
fn port(text: &str) -> Option<u16> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// Keys of policies whose selector covers a workload, sorted.
pub(crate) fn references(
    namespace: &arcstr::ArcStr,
    labels: &Labels,
    lookup: &Lookup<'_>,
) -> BTreeSet<ObjectName> {
    let settings = lookup.settings();
    let mut namespaces = vec![settings.root_namespace.clone()];
    if *namespace != settings.root_namespace {
        namespaces.push(namespace.clone());
    }
    let covers = |facts: &PolicyFacts| {
        facts
            .reference(settings)
            .is_some_and(|selector| text::selects(selector, labels))
    };
    namespaces
        .iter()
        .flat_map(|namespace| lookup.policies_of(namespace))
        .filter(|(_, facts)| covers(facts))
        .map(|(name, _)| name.clone())
        .collect()
}
