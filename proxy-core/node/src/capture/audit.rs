//! Is the namespace that is held still the pod's? An open handle keeps a namespace alive, rules, addresses and all, when
//! the pod has long had another one: only the node's processes tell (cni-agent.md 9).

use std::net::IpAddr;
use std::sync::Arc;

use mesh_sys::netns::{NamespaceId, NetNamespace};
use mesh_sys::program::chain;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::error::CaptureError;
use super::{Keeper, Slot, VERIFY, Work};
use crate::pods::Uid;
use crate::pods::netns::FindError;
use crate::pods::record::PodRecord;

/// A namespace that is held for a pod.
struct Held {
    uid: Uid,
    slot: Arc<Slot>,
    id: NamespaceId,
    addresses: Vec<IpAddr>,
}

impl Keeper {
    /// Compares what is held with the node's processes, all pods at once, as often as rules are verified and whenever a
    /// proxy has come or gone.
    pub async fn audit(&self, stop: CancellationToken) {
        let mut proxies = self.tools.zds.changes();
        let auditing = async {
            loop {
                // the other end lives as long as `self`
                let _ = timeout(VERIFY, proxies.changed()).await;
                self.audit_once().await;
            }
        };
        stop.run_until_cancelled(auditing).await;
    }

    async fn audit_once(&self) {
        let held = self.held().await;
        let finder = self.tools.finder.clone();
        let moved = tokio::task::spawn_blocking(move || {
            let census = finder.census()?;
            let has_moved = |one: &Held| {
                let found = census.locate(&one.uid, &one.addresses);
                found.is_some_and(|found| found != one.id)
            };
            Ok::<_, FindError>(held.into_iter().filter(has_moved).collect::<Vec<_>>())
        });
        match moved.await {
            Ok(Ok(moved)) => {
                for one in moved {
                    one.slot.doubt();
                    self.tools.queue.push(one.uid);
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "cannot compare the pods' network namespaces");
            }
            // the process ends
            Err(_) => {}
        }
    }

    async fn held(&self) -> Vec<Held> {
        let slots: Vec<(Uid, Arc<Slot>)> = {
            let slots = self.slots();
            slots
                .iter()
                .map(|(uid, slot)| (uid.clone(), slot.clone()))
                .collect()
        };
        let mut held = Vec::with_capacity(slots.len());
        for (uid, slot) in slots {
            let work = slot.work.lock().await;
            let Some(id) = work.namespace.as_ref().map(NetNamespace::id) else {
                continue;
            };
            let addresses = work.addresses.clone();
            drop(work);
            held.push(Held {
                uid,
                slot,
                id,
                addresses,
            });
        }
        held
    }

    /// Lets go of a namespace that is not the pod's any more.
    pub(super) async fn confirm(&self, work: &mut Work, pod: &PodRecord) {
        let Some(held) = work.namespace.clone() else {
            return;
        };
        let due = work.due.unwrap_or_else(Instant::now);
        work.seen = None;
        match self.search(&pod.uid, &work.addresses, due).await {
            Ok(found) if found != held => {
                tracing::warn!(uid = %pod.uid, namespace = %found.id(), "the pod has a new network namespace");
                work.namespace = Some(found);
                work.verified = false;
            }
            // the same, or nothing runs in it at this moment
            Ok(_) | Err(CaptureError::Search(FindError::None)) => {}
            Err(error) => {
                tracing::warn!(uid = %pod.uid, error = %chain(&error), "cannot confirm the pod's network namespace");
            }
        }
    }
}
