//! What each rule of a policy came to at the node proxies: sent whole, widened, without effect, or left out.
//!
//! The same function makes the resource, the condition in the object's status and this answer, so they agree.

use super::Index;
use super::authorization;
use super::lookup::Lookup;
use crate::model::ObjectName;
use crate::model::policy::Action;

/// Said of a DENY policy of which nothing is left.
pub const DENIES_NOTHING: &str = "this policy denies nothing at the node proxy";
/// Said of an ALLOW policy of which nothing is left.
pub const ALLOWS_NOTHING: &str = "this policy allows nothing at the node proxy, so that what it covers is denied unless another policy allows it";

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is enforced as written.
    Whole,
    /// An ALLOW rule with terms that only a waypoint can judge is not sent.
    Omitted,
    /// It is sent and never matches.
    Inert,
    /// A DENY rule lost terms and matches on the remaining ones.
    Wider,
}

/// One rule and what became of it (`authorization.md` 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFate {
    /// Its place among the rules as written, from 0.
    pub number: usize,
    /// Its place among the rules that are sent, from 0; `None` if it is not.
    pub sent_as: Option<usize>,
    /// Attributes that only a waypoint can judge, by name.
    pub unseen: Vec<String>,
    /// Values that cannot be used, and what that means.
    pub unusable: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
}

impl RuleFate {
    /// What to say about it, if anything.
    #[must_use]
    pub fn effects(&self) -> Vec<String> {
        let number = self.number;
        let mut said: Vec<String> = self
            .unusable
            .iter()
            .map(|bad| format!("rule {number}: {bad}"))
            .collect();
        match self.outcome {
            Outcome::Inert if !self.unseen.is_empty() => said.push(format!("rule {number} has no effect")),
            Outcome::Wider => said.push(format!("rule {number} denies on the remaining terms alone")),
            Outcome::Whole | Outcome::Omitted | Outcome::Inert => {}
        }
        said
    }
}

/// What the rules come to together, if nothing of what was written is left.
#[must_use]
pub fn sum(action: Action, rules: &[RuleFate]) -> Option<&'static str> {
    let is_void = |fate: &RuleFate| matches!(fate.outcome, Outcome::Omitted | Outcome::Inert);
    (!rules.is_empty() && rules.iter().all(is_void)).then_some(match action {
        Action::Deny => DENIES_NOTHING,
        Action::Allow => ALLOWS_NOTHING,
    })
}

impl Index {
    /// What became of each rule of a policy; `None` when node proxies are not sent it at all.
    #[must_use]
    pub fn fates(&self, policy: &ObjectName) -> Option<(Action, Vec<RuleFate>)> {
        authorization::fates(policy, &Lookup::new(&self.inputs))
    }

    /// Every AuthorizationPolicy that is held.
    pub fn policy_names(&self) -> impl Iterator<Item = &ObjectName> {
        self.inputs.policies.keys()
    }

    /// Where mesh-wide policies live.
    #[must_use]
    pub fn root_namespace(&self) -> &arcstr::ArcStr {
        &self.inputs.settings.root_namespace
    }

    /// The facts of an AuthorizationPolicy.
    #[must_use]
    pub fn policy_facts(&self, policy: &ObjectName) -> Option<&authorization::PolicyFacts> {
        self.inputs.policies.get(policy)
    }
}
