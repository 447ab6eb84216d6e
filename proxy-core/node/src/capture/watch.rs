//! Hears when somebody changes the rules of a captured pod or of the node, and has them looked at at once.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use mesh_sys::netlink::{Announcements, Listening, News};
use mesh_sys::netns::{NamespaceId, NetNamespace};
use mesh_sys::program::chain;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{DOUBT, Keeper};
use crate::inside::enter;
use crate::pods::Uid;
use crate::redirect::nft::Applied;

/// Changes that come close together are one change.
const GATHER: Duration = Duration::from_millis(20);
/// The node's sets change with every pod.
const GATHER_HOST: Duration = Duration::from_millis(200);
const AGAIN: Duration = Duration::from_secs(1);

/// The watch on one namespace; it ends with the value.
#[derive(Debug)]
pub(super) struct Watch {
    id: NamespaceId,
    task: AbortHandle,
    owner: JoinSet<()>,
}

impl Watch {
    /// Whether changes in this namespace are heard.
    pub(super) fn hears(&self, namespace: &NetNamespace) -> bool {
        self.id == namespace.id() && !self.task.is_finished()
    }

    /// Ends it, sockets and all. Somebody who closes them once rules were removed waits for all readers of these.
    pub(super) async fn end(mut self) {
        self.owner.shutdown().await;
    }
}

async fn announcements(namespace: &NetNamespace) -> io::Result<(Listening, Listening)> {
    let open = || {
        Ok((
            Announcements::open(News::PacketRules)?,
            Announcements::open(News::Routing)?,
        ))
    };
    let opened: io::Result<_> = enter(namespace, open).await.map_err(io::Error::other)?;
    let (rules, routing) = opened?;
    Ok((rules.listen()?, routing.listen()?))
}

impl Keeper {
    /// Watches a pod's namespace; without a watch the periodic look remains.
    pub(super) async fn watch_rules(&self, uid: &Uid, namespace: &NetNamespace) -> Option<Watch> {
        let (rules, routing) = match announcements(namespace).await {
            Ok(both) => both,
            Err(error) => {
                tracing::warn!(%uid, %error, "cannot watch the pod's rules");
                return None;
            }
        };
        let (queue, uid) = (self.tools.queue.clone(), uid.clone());
        let mut owner = JoinSet::new();
        let task = owner.spawn(async move {
            loop {
                let heard = tokio::select! {
                    heard = rules.changed() => heard,
                    heard = routing.changed() => heard,
                };
                if let Err(error) = heard {
                    // the look that this asks for opens another
                    tracing::warn!(%uid, %error, "the watch on the pod's rules ended");
                    sleep(AGAIN).await;
                    queue.push(uid);
                    return;
                }
                sleep(GATHER).await;
                queue.push(uid.clone());
            }
        });
        Some(Watch {
            id: namespace.id(),
            task,
            owner,
        })
    }

    /// Watches the rules and sets of the node until `stop`; without a watch it looks at them every half minute.
    pub async fn watch_host(&self, stop: CancellationToken) {
        let minding = async {
            loop {
                let error = match announcements(self.tools.host.namespace()).await {
                    Ok((rules, _)) => self.mind_host(&rules).await,
                    Err(error) => error,
                };
                tracing::warn!(%error, "no watch on the rules of the node");
                self.restore_host().await;
                sleep(DOUBT).await;
            }
        };
        stop.run_until_cancelled(minding).await;
    }

    /// Repairs whenever something changed, until nothing is heard any more. Begins with a look: what changed before the
    /// watch was not heard.
    async fn mind_host(&self, rules: &Listening) -> io::Error {
        loop {
            self.restore_host().await;
            if let Err(error) = rules.changed().await {
                return error;
            }
            sleep(GATHER_HOST).await;
        }
    }

    async fn restore_host(&self) {
        while let Err(error) = self.repair_host().await {
            tracing::warn!(error = %chain(&error), hint = error.hint(), "cannot repair the rules of the node");
            sleep(AGAIN).await;
        }
    }

    async fn repair_host(&self) -> Result<(), crate::inside::InsideError> {
        if self.tools.host.apply().await? == Applied::Written {
            self.tools.metrics.repaired();
            tracing::warn!("the rules of the node had been changed and are back");
        }
        let entries = self.tools.host.entries().await?;
        for (uid, view) in self.views().into_iter().filter(|(_, view)| view.is_verified()) {
            let is_missing = |address| entries.get(address).is_none_or(|owner| **owner != *uid);
            let former = entries.iter().filter(|(address, owner)| {
                **owner == *uid && !view.addresses().is_empty() && !view.addresses().contains(address)
            });
            let former: Vec<IpAddr> = former.map(|(address, _)| *address).collect();
            if !former.is_empty() {
                // of an agent that did not live to see the pod get others
                self.tools.host.dismiss_known(&uid, &former).await?;
            }
            if view.addresses().iter().any(is_missing) {
                self.tools.queue.push(uid);
            }
        }
        Ok(())
    }
}
