//! What to try for a pod that is not in the mesh though it should be, the least disturbing first. (pure)

use super::facts::{NodeParts, Part};
use super::judge::State;

/// One thing to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Change the pod's object, so that the agent looks at it again. Disturbs nobody.
    LookAgain,
    /// Start the agent of the node anew. Traffic goes on; new pods of the node wait for seconds.
    RestartAgent(String),
    /// Delete the pod. Its controller makes a new one, its connections end.
    Recreate,
}

impl Remedy {
    /// What it does, in words.
    #[must_use]
    pub fn title(&self, pod: &str) -> String {
        match self {
            Self::LookAgain => format!("ask the node agent to look at {pod} again (nothing is interrupted)"),
            Self::RestartAgent(agent) => {
                format!("restart the node agent {agent} (traffic goes on; new pods of the node wait)")
            }
            Self::Recreate => {
                format!("delete {pod}, so that its controller makes a new one (its connections end)")
            }
        }
    }
}

/// The remedies for a pod in this state, in order; none if nothing here helps.
#[must_use]
pub fn remedies(state: State, parts: &NodeParts) -> Vec<Remedy> {
    match (state, &parts.agent) {
        (State::Stale | State::Missing | State::Leaving | State::Pending(_), Part::Ready(agent)) => {
            vec![
                Remedy::LookAgain,
                Remedy::RestartAgent(agent.clone()),
                Remedy::Recreate,
            ]
        }
        // an agent that is not ready is not there to look
        (State::Stale | State::Missing | State::Leaving, Part::NotReady(agent, _)) => {
            vec![Remedy::RestartAgent(agent.clone()), Remedy::Recreate]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh_node::enroll::Reason;

    fn node(agent: Part) -> NodeParts {
        NodeParts {
            agent,
            ..NodeParts::default()
        }
    }

    #[test]
    fn the_least_disturbing_remedy_is_first_and_deleting_is_last() {
        let ready = node(Part::Ready("a".to_owned()));
        for state in [State::Stale, State::Missing, State::Leaving] {
            let found = remedies(state, &ready);
            let expected = [
                Remedy::LookAgain,
                Remedy::RestartAgent("a".to_owned()),
                Remedy::Recreate,
            ];
            assert_eq!(found, expected, "{state}");
        }
        let broken = node(Part::NotReady("a".to_owned(), "crash".to_owned()));
        assert_eq!(
            remedies(State::Stale, &broken),
            [Remedy::RestartAgent("a".to_owned()), Remedy::Recreate]
        );
    }

    #[test]
    fn what_is_well_or_meant_is_left_alone() {
        let ready = node(Part::Ready("a".to_owned()));
        for state in [
            State::Captured,
            State::Outside,
            State::Unverified,
            State::Excluded(Reason::HostNetwork),
        ] {
            assert_eq!(remedies(state, &ready), [], "{state}");
        }
        assert_eq!(remedies(State::Missing, &node(Part::Absent)), []);
    }
}
