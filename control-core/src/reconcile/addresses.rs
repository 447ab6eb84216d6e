//! Writes the addresses of ServiceEntry hosts into their status (`control-plane.md` 7.4).

use std::sync::Arc;
use std::time::Duration;

use ipnet::{Ipv4Net, Ipv6Net};
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Error};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Noted;
use crate::crds::ServiceEntry;
use crate::fold::{Input, look};
use crate::index::Index;
use crate::index::allocation::{Allocation, Allocator};
use crate::model::ObjectName;

const RETRY: Duration = Duration::from_secs(2);

/// Writes allocations; to be run while leading.
pub struct AddressWriter {
    client: Client,
    entries: Arc<Noted<ObjectName, u64>>,
    inputs: mpsc::Sender<Input>,
    ranges: (Ipv4Net, Ipv6Net),
}

impl AddressWriter {
    /// A writer that looks again whenever `entries` change.
    #[must_use]
    pub fn new(
        client: Client,
        entries: Arc<Noted<ObjectName, u64>>,
        inputs: mpsc::Sender<Input>,
        ranges: (Ipv4Net, Ipv6Net),
    ) -> Self {
        Self {
            client,
            entries,
            inputs,
            ranges,
        }
    }

    /// Writes until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        stop.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&self) {
        let mut allocator = Allocator::new(self.ranges);
        let mut changes = self.entries.changes();
        loop {
            let Some(entries) = look(&self.inputs, Index::entries).await else {
                return;
            };
            let mut is_done = true;
            for (name, allocation) in allocator.plan(&entries) {
                match self.write(&name, &allocation).await {
                    Ok(()) => info!(%name, addresses = allocation.len(), "wrote addresses of an entry"),
                    Err(Error::Api(status)) if status.code == 404 => {}
                    Err(error) => {
                        warn!(%name, %error, "cannot write addresses of an entry");
                        is_done = false;
                    }
                }
            }
            if is_done {
                // the sender lives as long as the table
                let _ = changes.changed().await;
                self.entries.take();
            } else {
                sleep(RETRY).await;
            }
        }
    }

    async fn write(&self, name: &ObjectName, allocation: &Allocation) -> Result<(), Error> {
        let api: Api<ServiceEntry> = Api::namespaced(self.client.clone(), &name.namespace);
        let rows = allocation
            .iter()
            .map(|(host, value)| json!({ "value": value, "host": host }));
        let addresses: Vec<_> = rows.collect();
        // a merge leaves conditions alone, and makes the status if there is none
        let patch = json!({ "status": { "addresses": addresses } });
        api.patch_status(&name.name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .map(drop)
    }
}
