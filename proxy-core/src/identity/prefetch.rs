//! Which identities this node needs now: those of its own HBONE workloads (`spec/ca.md` §4).

use std::collections::BTreeSet;
use std::sync::Arc;

use mesh_wire::identity::Identity;
use tokio_util::sync::CancellationToken;

use crate::identity::store::IdentityStore;
use crate::live::Live;

/// Keeps the store's identities equal to those of the local workloads, until `stop`.
pub async fn run(live: Arc<Live>, store: Arc<IdentityStore>, stop: CancellationToken) {
    let mut epochs = live.changes();
    let mut kept = BTreeSet::new();
    loop {
        epochs.borrow_and_update();
        let needed: BTreeSet<Identity> = live.read(|mesh| {
            mesh.local_workloads()
                .filter(|workload| workload.needs_certificate())
                .map(|workload| workload.identity.clone())
                .collect()
        });
        needed
            .difference(&kept)
            .for_each(|identity| store.prefetch(identity));
        kept.difference(&needed)
            .for_each(|identity| store.forget(identity));
        kept = needed;
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            changed = epochs.changed() => if changed.is_err() { return },
        }
    }
}
