//! What can go wrong while a pod is captured, and what follows from it.

use crate::enroll::Reason;
use crate::inside::InsideError;
use crate::metrics::PodState;
use crate::pods::annotate::AnnotateError;
use crate::pods::netns::FindError;
use crate::redirect::put::PutError;
use crate::zds::ZdsError;

/// The step that failed.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No namespace.
    #[error("cannot find the pod's network namespace")]
    Search(#[source] FindError),
    /// The namespace cannot be entered.
    #[error("cannot write the rules")]
    Enter(#[source] InsideError),
    /// Rules.
    #[error("cannot write the rules")]
    Inside(#[source] PutError),
    /// The proxy.
    #[error("failed to add pod to ztunnel")]
    Proxy(#[source] ZdsError),
    /// The node's address sets.
    #[error("cannot enter the pod's addresses in the node's probe sets")]
    Probes(#[source] InsideError),
    /// The annotation.
    #[error("cannot tell the cluster")]
    Annotate(#[source] AnnotateError),
    /// The process ends.
    #[error("the agent is stopping")]
    Stopping,
}

impl CaptureError {
    /// Searching again soon is costly and rarely helps.
    pub(super) fn is_search(&self) -> bool {
        matches!(self, Self::Search(_))
    }

    /// Where the pod stands then.
    pub(super) fn state(&self) -> PodState {
        match self {
            Self::Search(_) => PodState::NoNetns,
            Self::Enter(_) | Self::Inside(_) | Self::Stopping => PodState::MissingRules,
            Self::Proxy(_) | Self::Probes(_) | Self::Annotate(_) => PodState::Pending,
        }
    }

    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Enter(error) | Self::Probes(error) => error.hint(),
            Self::Inside(PutError::Rules(error)) => error.hint(),
            Self::Proxy(ZdsError::NoProxy) => Some("check the ztunnel pod of this node"),
            _ => None,
        }
    }
}

/// Why a pod that is being created may not start.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The watch does not know it.
    #[error("the pod is not known on this node")]
    Unknown,
    /// It is not to be captured.
    #[error("the pod is not to be captured: {0}")]
    NotEligible(Reason),
    /// The namespace is not the pod's.
    #[error("cannot use the network namespace")]
    Namespace(#[from] FindError),
    /// A step failed.
    #[error(transparent)]
    Capture(CaptureError),
    /// It took too long.
    #[error("the pod was not captured in time")]
    TimedOut,
    /// The process ends.
    #[error("the agent is stopping")]
    Stopping,
}
