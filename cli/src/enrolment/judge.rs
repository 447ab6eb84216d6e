//! One pod's state from four signals (`spec/cli.md` 8.2). (pure)
//!
//! Intent alone is a wish, the annotation is the agent's claim, the proxy's state is the proxy's claim; only the rules
//! found in the pod's own namespace are proof. Known failures had the first three right and the fourth wrong for weeks.

use mesh_node::enroll::{self, Labels, PodFacts, Reason, Rules, Verdict};
use mesh_wire::well_known::annotation::{REDIRECTION, REDIRECTION_ENABLED};
use mesh_wire::well_known::label::{DATAPLANE_MODE, USE_WAYPOINT};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// What one source says about one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// The source cannot be asked.
    Unknown,
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        })
    }
}

/// The claims about one pod, besides its own object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The node's proxy holds the pod, with state `Up`.
    pub held: Signal,
    /// The proxies list it as `HBONE`.
    pub tunnelled: Signal,
    /// Rules and listener were found in its namespace.
    pub redirected: Signal,
}

/// Whether a pod is in the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All four signals agree.
    Captured,
    /// Three agree, and the fourth cannot be asked (an agent that has no such question).
    Unverified,
    /// It should be in, and is on its way.
    Pending(&'static str),
    /// It stays out for a reason of its own, in a namespace that is in.
    Excluded(Reason),
    /// It claims to be in, but its traffic is not redirected.
    Stale,
    /// It should be in, and nothing says so.
    Missing,
    /// It should be out, and still says it is in.
    Leaving,
    /// Nothing enrols it.
    Outside,
}

impl State {
    /// Whether an operator has to act.
    #[must_use]
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Stale | Self::Missing | Self::Leaving)
    }

    /// Whether a wait for capture has come to its end.
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Captured | Self::Unverified | Self::Excluded(_) | Self::Outside
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Captured => out.write_str("captured"),
            Self::Unverified => out.write_str("unverified"),
            Self::Pending(what) => write!(out, "pending({what})"),
            Self::Excluded(reason) => write!(out, "excluded({reason})"),
            Self::Stale => out.write_str("stale"),
            Self::Missing => out.write_str("missing"),
            Self::Leaving => out.write_str("leaving"),
            Self::Outside => out.write_str("outside"),
        }
    }
}

/// Decides about one pod.
#[must_use]
pub fn judge(pod: &PodFacts, namespace: &Labels, rules: &Rules, claims: Claims) -> State {
    let annotation = pod.annotations.get(REDIRECTION).map(String::as_str);
    match enroll::decide(pod, namespace, rules) {
        Verdict::Leave(Reason::Finished) => State::Outside,
        Verdict::Leave(_) if annotation == Some(REDIRECTION_ENABLED) => State::Leaving,
        Verdict::Leave(reason) if enroll::namespace_matches(namespace, rules) => State::Excluded(reason),
        Verdict::Leave(_) => State::Outside,
        Verdict::Capture => captured(annotation, claims),
    }
}

fn captured(annotation: Option<&str>, claims: Claims) -> State {
    match annotation {
        None => State::Missing,
        Some(REDIRECTION_ENABLED) => match claims {
            Claims {
                redirected: Signal::No,
                ..
            } => State::Stale,
            Claims { held: Signal::No, .. } => State::Pending("the node proxy does not hold it"),
            Claims {
                tunnelled: Signal::No,
                ..
            } => State::Pending("not known as HBONE yet"),
            Claims {
                held: Signal::Yes,
                tunnelled: Signal::Yes,
                redirected: Signal::Yes,
            } => State::Captured,
            _ => State::Unverified,
        },
        Some(_) => State::Pending("the node proxy has not taken it"),
    }
}

/// The namespace's mode as its label says it.
#[must_use]
pub fn mode(namespace: &Labels) -> Option<&str> {
    namespace.get(DATAPLANE_MODE).map(String::as_str)
}

/// The namespace's waypoint as its label says it.
#[must_use]
pub fn waypoint(namespace: &Labels) -> Option<&str> {
    namespace.get(USE_WAYPOINT).map(String::as_str)
}

/// A namespace in one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Pods that have not finished.
    pub pods: usize,
    /// Pods that something enrols.
    pub enrolled: usize,
    /// Pods whose capture is proven, or as proven as their agent allows.
    pub captured: usize,
    /// Pods that stay out of an enrolled namespace.
    pub excluded: usize,
    /// Pods that an operator has to look at.
    pub problems: usize,
}

impl Tally {
    /// Counts one pod.
    pub fn add(&mut self, state: State) {
        self.pods += 1;
        match state {
            State::Captured | State::Unverified => self.captured += 1,
            State::Excluded(_) => self.excluded += 1,
            _ => {}
        }
        if !matches!(state, State::Excluded(_) | State::Outside | State::Leaving) {
            self.enrolled += 1;
        }
        if state.is_problem() {
            self.problems += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh_wire::well_known::label::{AMBIENT, NONE};

    const ALL: Claims = Claims {
        held: Signal::Yes,
        tunnelled: Signal::Yes,
        redirected: Signal::Yes,
    };

    fn labels(mode: &str) -> Labels {
        [(DATAPLANE_MODE.to_owned(), mode.to_owned())].into()
    }

    #[track_caller]
    fn check(annotation: Option<&str>, claims: Claims, expected: &str) {
        let annotations = annotation.map(|value| (REDIRECTION.to_owned(), value.to_owned()));
        let pod = PodFacts {
            namespace: "shop".to_owned(),
            annotations: annotations.into_iter().collect(),
            ..PodFacts::default()
        };
        let state = judge(&pod, &labels(AMBIENT), &Rules::default(), claims);
        assert_eq!(state.to_string(), expected, "{annotation:?} {claims:?}");
    }

    #[test]
    fn only_four_signals_together_are_captured() {
        check(Some("enabled"), ALL, "captured");
        check(None, ALL, "missing");
        check(Some("pending"), ALL, "pending(the node proxy has not taken it)");
        check(
            Some("enabled"),
            Claims {
                held: Signal::No,
                ..ALL
            },
            "pending(the node proxy does not hold it)",
        );
        check(
            Some("enabled"),
            Claims {
                tunnelled: Signal::No,
                ..ALL
            },
            "pending(not known as HBONE yet)",
        );
        for unknown in [
            Claims {
                held: Signal::Unknown,
                ..ALL
            },
            Claims {
                tunnelled: Signal::Unknown,
                ..ALL
            },
            Claims {
                redirected: Signal::Unknown,
                ..ALL
            },
        ] {
            check(Some("enabled"), unknown, "unverified");
        }
    }

    #[test]
    fn cli_c23_without_redirection_a_pod_is_stale_whatever_else_is_said() {
        check(
            Some("enabled"),
            Claims {
                redirected: Signal::No,
                ..ALL
            },
            "stale",
        );
        assert!(State::Stale.is_problem() && !State::Stale.is_settled());
    }

    #[test]
    fn who_stays_out_says_why() {
        let rules = Rules::default();
        let pod = |mode: Option<&str>, annotation: Option<&str>| PodFacts {
            namespace: "shop".to_owned(),
            labels: mode.map(labels).unwrap_or_default(),
            annotations: annotation
                .map(|value| (REDIRECTION.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            ..PodFacts::default()
        };
        let opted_out = judge(&pod(Some(NONE), None), &labels(AMBIENT), &rules, ALL);
        assert_eq!(opted_out, State::Excluded(Reason::OptedOut));
        assert_eq!(
            judge(&pod(None, None), &Labels::new(), &rules, ALL),
            State::Outside
        );
        assert_eq!(
            judge(&pod(None, Some("enabled")), &Labels::new(), &rules, ALL),
            State::Leaving
        );
        assert_eq!(
            judge(&pod(Some(AMBIENT), Some("enabled")), &Labels::new(), &rules, ALL),
            State::Captured
        );
    }

    #[test]
    fn a_namespace_is_counted() {
        let mut tally = Tally::default();
        for state in [
            State::Captured,
            State::Stale,
            State::Excluded(Reason::HostNetwork),
            State::Outside,
            State::Pending("x"),
        ] {
            tally.add(state);
        }
        let expected = Tally {
            pods: 5,
            enrolled: 3,
            captured: 1,
            excluded: 1,
            problems: 1,
        };
        assert_eq!(tally, expected);
    }
}
