//! Which identities this node needs now: those of its own HBONE workloads (`spec/ca.md` §4).

use std::collections::BTreeSet;
use std::sync::Arc;

use mesh_wire::identity::Identity;
use tokio_util::sync::CancellationToken;

use crate::identity::store::IdentityStore;
use crate::live::Live;

/// Keeps the store's identities equal to those of the local workloads, until `stop`.
pub async fn run(live: Arc<Live>, store: Arc<IdentityStore>, stop: CancellationToken) {
    let mut changes = live.changes();
    let mut held = BTreeSet::new();
    loop {
        changes.borrow_and_update();
        let needed: BTreeSet<Identity> = live.read(|mesh| {
            mesh.local_workloads()
                .filter(|workload| workload.needs_certificate())
                .map(|workload| workload.identity.clone())
                .collect()
        });
        needed.difference(&held).for_each(|identity| store.prefetch(identity));
        held.difference(&needed).for_each(|identity| store.forget(identity));
        held = needed;
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}
