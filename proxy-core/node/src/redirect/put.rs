//! Everything that happens inside a pod's network namespace when the pod is captured, checked or released.
//!
//! Acts in the namespace of the calling thread, like [`Writer`].

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::bypass::{self, Slipped};
use super::established::{self, Sockets};
use super::nft::Applied;
use super::writer::{Session, WriteError, Writer};
use super::{Flow, PodCapture, routing};
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
    /// When exactly these rules were last seen in place.
    pub seen: Option<u32>,
}

/// Whether the pod joins the mesh only now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomer {
    /// It ran outside of the mesh until now: its connections go on.
    Yes,
    /// It was to be in the mesh before: whatever slipped by is not kept.
    No,
    /// None of its processes runs yet: there is nothing to keep, and nothing that could have slipped by.
    Unborn,
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
    /// Whether anything had to be written.
    pub applied: Applied,
    /// Whether tables had to be.
    pub tables: Applied,
    /// Flows that go on without the proxy.
    pub preserved: BTreeSet<Flow>,
    /// Ports somebody listens on.
    pub listening: BTreeSet<u16>,
    /// What went beside rules that had to be put back; `None` where it cannot be told.
    pub slipped: Option<Slipped>,
    /// The number of changes at which the rules were seen in place; `None` when they were just written, or where the
    /// kernel does not count.
    pub seen: Option<u32>,
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
pub fn put(wanted: &Wanted) -> Result<Put, PutError> {
    if !wanted.addresses.is_empty() {
        let present = own_addresses();
        if !wanted.addresses.iter().any(|address| present.contains(address)) {
            return Err(PutError::Foreign);
        }
    }
    let mut session = wanted.writer.open()?;
    // asked for first: whatever changes while the rules are compared has another number
    let generation = session.generation()?;
    let exempted = match &wanted.preserved {
        Some(flows) => Some(flows.clone()),
        None => session.flows()?,
    };
    let sockets = match (&exempted, wanted.newcomer) {
        (Some(flows), _) => established::present(flows),
        (None, Newcomer::Yes) => established::read(),
        (None, Newcomer::No | Newcomer::Unborn) => established::present(&BTreeSet::new()),
    };
    let sockets = sockets.map_err(PutError::Sockets)?;
    let preserved = plan_preserved(exempted.as_ref(), wanted.newcomer, &sockets);
    let capture = PodCapture {
        preserved: preserved.clone(),
        ..wanted.capture.clone()
    };
    let tables = settle(wanted, generation, &capture, &mut session)?;
    // before the routing, whose changes have no such number
    let seen = match tables {
        Applied::Unchanged => generation,
        Applied::Written => only_ours(generation, session.generation()?),
    };
    let routing = routing::add_all(&super::pod(&capture).routed).map_err(WriteError::from)?;
    let applied = tables.and(routing);
    let slipped = match (applied, wanted.newcomer) {
        // a kernel without socket diagnosis cannot tell
        (Applied::Written, Newcomer::No) => bypass::slipped(&capture).unwrap_or_default(),
        _ => Some(Slipped::default()),
    };
    Ok(Put {
        applied,
        tables,
        preserved,
        listening: sockets.listening,
        slipped,
        seen,
    })
}

/// The number after our one transaction, if nobody else has changed anything since `before`.
fn only_ours(before: Option<u32>, after: Option<u32>) -> Option<u32> {
    after.filter(|after| before.map(|before| before.wrapping_add(1)) == Some(*after))
}

/// Sees that the tables are there.
fn settle(
    wanted: &Wanted,
    generation: Option<u32>,
    capture: &PodCapture,
    session: &mut Session,
) -> Result<Applied, PutError> {
    let is_same = generation.is_some() && generation == wanted.seen;
    if is_same && wanted.preserved.as_ref() == Some(&capture.preserved) {
        // nobody has changed the packet rules since they were seen in place
        return Ok(Applied::Unchanged);
    }
    // kept is what was there at first, not what somebody makes of it later
    let may_stay = wanted.existing == Existing::Keep && (wanted.seen.is_none() || is_same);
    if may_stay && session.flows()?.is_some() {
        return Ok(Applied::Unchanged);
    }
    Ok(session.apply_tables(&super::pod(capture))?)
}

/// Which flows go on without the proxy: those exempted before, or those of a newcomer, as long as they are open.
fn plan_preserved(
    exempted: Option<&BTreeSet<Flow>>,
    newcomer: Newcomer,
    sockets: &Sockets,
) -> BTreeSet<Flow> {
    let exempted = match (exempted, newcomer) {
        (Some(exempted), _) => exempted,
        (None, Newcomer::Yes) => return sockets.open.clone(),
        (None, Newcomer::No | Newcomer::Unborn) => return BTreeSet::new(),
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
    fn check(exempted: Option<&[Flow]>, newcomer: Newcomer, expected: &[Flow]) {
        let set = |flows: &[Flow]| flows.iter().copied().collect::<BTreeSet<_>>();
        let open = set(&[
            flow("10.0.0.1:1", "10.0.0.2:80"),
            flow("10.0.0.1:2", "10.0.0.2:80"),
        ]);
        let sockets = Sockets {
            open,
            ..Sockets::default()
        };
        let found = plan_preserved(exempted.map(set).as_ref(), newcomer, &sockets);
        assert_eq!(found, set(expected));
    }

    #[test]
    fn enrolment_c07_open_flows_of_a_newcomer_are_kept() {
        let (one, two) = (
            flow("10.0.0.1:1", "10.0.0.2:80"),
            flow("10.0.0.1:2", "10.0.0.2:80"),
        );
        check(None, Newcomer::Yes, &[one, two]);
    }

    #[test]
    fn cni_c18_what_slipped_by_a_pod_of_the_mesh_is_not_kept() {
        check(None, Newcomer::No, &[]);
        check(None, Newcomer::Unborn, &[]);
    }

    #[test]
    fn a_change_of_somebody_else_beside_ours_has_the_rules_read_back() {
        assert_eq!(only_ours(Some(4), Some(5)), Some(5));
        assert_eq!(only_ours(Some(u32::MAX), Some(0)), Some(0));
        for (before, after) in [
            (Some(4), Some(6)),
            (Some(4), Some(4)),
            (None, Some(5)),
            (Some(4), None),
        ] {
            assert_eq!(only_ours(before, after), None);
        }
    }

    #[test]
    fn exemptions_end_with_their_flow_and_never_grow() {
        let (one, gone) = (
            flow("10.0.0.1:1", "10.0.0.2:80"),
            flow("10.0.0.1:9", "10.0.0.2:80"),
        );
        for newcomer in [Newcomer::Yes, Newcomer::No, Newcomer::Unborn] {
            check(Some(&[one, gone]), newcomer, &[one]);
            check(Some(&[one.reversed(), gone]), newcomer, &[one]);
            check(Some(&[]), newcomer, &[]);
        }
    }
}
