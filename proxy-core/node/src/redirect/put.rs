//! Everything that happens inside a pod's network namespace when the pod is captured, checked or released.
//!
//! Acts in the namespace of the calling thread, like [`Writer`].

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::bypass::{self, Slipped};
use super::established::{self, Sockets};
use super::nft::Applied;
use super::writer::{WriteError, Writer};
use super::{Flow, PodCapture};
use crate::pods::netns::own_addresses;

/// What is known before the namespace is entered.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How rules are written.
    pub writer: Writer,
    /// How the pod is to be captured; its preserved flows are decided inside.
    pub capture: PodCapture,
    /// The pod's addresses: the namespace must hold one of them.
    pub addresses: Vec<IpAddr>,
    /// Flows exempted so far, if the pod was captured in this agent's life.
    pub preserved: Option<BTreeSet<Flow>>,
    /// Whether flows that are open now may be exempted.
    pub newcomer: Newcomer,
    /// What to do with rules that are there and differ.
    pub existing: Existing,
}

/// Whether the pod joins the mesh only now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomer {
    /// It ran outside of the mesh until now: its connections go on.
    Yes,
    /// It was to be in the mesh before: whatever slipped by is not kept.
    No,
}

/// What to do with rules that are there and differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Replace them.
    Replace,
    /// Keep them, whatever version wrote them.
    Keep,
}

/// What was found and done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Whether rules had to be written.
    pub applied: Applied,
    /// Flows that go on without the proxy.
    pub preserved: BTreeSet<Flow>,
    /// Ports somebody listens on.
    pub listening: BTreeSet<u16>,
    /// What went beside rules that had to be put back; `None` where it cannot be told.
    pub slipped: Option<Slipped>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It is somebody else's namespace.
    #[error("the network namespace holds none of the pod's addresses")]
    Foreign,
    /// The socket table cannot be read.
    #[error("cannot read the pod's sockets")]
    Sockets(#[source] std::io::Error),
    /// The kernel refused.
    #[error(transparent)]
    Rules(#[from] WriteError),
}

/// Puts the rules in place, or finds them there.
pub fn put(wanted: Wanted) -> Result<Put, PutError> {
    if !wanted.addresses.is_empty() {
        let present = own_addresses();
        if !wanted.addresses.iter().any(|address| present.contains(address)) {
            return Err(PutError::Foreign);
        }
    }
    let sockets = established::read().map_err(PutError::Sockets)?;
    let writer = wanted.writer;
    let in_kernel = if writer.is_captured()? {
        Some(writer.flows()?)
    } else {
        None
    };
    if wanted.existing == Existing::Keep && in_kernel.is_some() {
        let preserved = in_kernel.unwrap_or_default();
        return Ok(Put {
            applied: Applied::Unchanged,
            preserved,
            listening: sockets.listening,
            slipped: Some(Slipped::default()),
        });
    }
    let preserved = plan_preserved(wanted.preserved, in_kernel, wanted.newcomer, &sockets);
    let capture = PodCapture {
        preserved: preserved.clone(),
        ..wanted.capture
    };
    let applied = writer.apply(&super::pod(&capture))?;
    let slipped = match (applied, wanted.newcomer) {
        // a kernel without socket diagnosis cannot tell
        (Applied::Written, Newcomer::No) => bypass::slipped(&capture).unwrap_or_default(),
        _ => Some(Slipped::default()),
    };
    Ok(Put {
        applied,
        preserved,
        listening: sockets.listening,
        slipped,
    })
}

/// Which flows go on without the proxy: those exempted before, or those of a newcomer, as long as they are open.
fn plan_preserved(
    before: Option<BTreeSet<Flow>>,
    in_kernel: Option<BTreeSet<Flow>>,
    newcomer: Newcomer,
    sockets: &Sockets,
) -> BTreeSet<Flow> {
    let exempted = match (before.or(in_kernel), newcomer) {
        (Some(exempted), _) => exempted,
        (None, Newcomer::Yes) => return sockets.open.clone(),
        (None, Newcomer::No) => return BTreeSet::new(),
    };
    let is_exempted = |flow: &&Flow| exempted.contains(flow) || exempted.contains(&flow.reversed());
    sockets.open.iter().filter(is_exempted).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(source: &str, destination: &str) -> Flow {
        Flow {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        }
    }

    #[track_caller]
    fn check(before: Option<&[Flow]>, in_kernel: Option<&[Flow]>, newcomer: Newcomer, expected: &[Flow]) {
        let set = |flows: &[Flow]| flows.iter().copied().collect::<BTreeSet<_>>();
        let open = set(&[
            flow("10.0.0.1:1", "10.0.0.2:80"),
            flow("10.0.0.1:2", "10.0.0.2:80"),
        ]);
        let sockets = Sockets {
            open,
            ..Sockets::default()
        };
        let found = plan_preserved(before.map(set), in_kernel.map(set), newcomer, &sockets);
        assert_eq!(found, set(expected));
    }

    #[test]
    fn enrolment_c07_open_flows_of_a_newcomer_are_kept() {
        let (one, two) = (
            flow("10.0.0.1:1", "10.0.0.2:80"),
            flow("10.0.0.1:2", "10.0.0.2:80"),
        );
        check(None, None, Newcomer::Yes, &[one, two]);
    }

    #[test]
    fn cni_c18_what_slipped_by_a_pod_of_the_mesh_is_not_kept() {
        check(None, None, Newcomer::No, &[]);
    }

    #[test]
    fn exemptions_end_with_their_flow_and_never_grow() {
        let (one, gone) = (
            flow("10.0.0.1:1", "10.0.0.2:80"),
            flow("10.0.0.1:9", "10.0.0.2:80"),
        );
        for newcomer in [Newcomer::Yes, Newcomer::No] {
            check(Some(&[one, gone]), None, newcomer, &[one]);
            check(None, Some(&[one.reversed(), gone]), newcomer, &[one]);
            check(Some(&[]), Some(&[one]), newcomer, &[]);
        }
    }
}
