//! The beginning and the end of an agent's life: what an earlier one captured goes on being served, and what this one
//! captured is released when there will be no other.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use mesh_sys::netns::NetNamespace;
use mesh_sys::program::chain;
use tokio::time::sleep;

use super::release::Leaving;
use super::{Keeper, Uid, WORKERS, workload};
use crate::enroll::{Reason, Verdict};
use crate::inside::enter;
use crate::pods::Judged;
use crate::pods::record::{PodRecord, Redirection};
use crate::queue::Outcome;

const POLL: Duration = Duration::from_millis(20);
/// A pod that cannot be released now is tried again after this time.
const AGAIN: Duration = Duration::from_millis(500);

impl Keeper {
    /// Remembers the pods that an earlier agent captured, with their namespaces where they are found: a proxy that
    /// connects now keeps serving them.
    pub async fn take_over(&self) {
        let claimed = |one: &Judged| {
            one.pod.redirection() == Some(Redirection::Enabled)
                && !one.pod.is_finished()
                && one.verdict == Verdict::Capture
        };
        let pods: Vec<Judged> = self.tools.store.all().into_iter().filter(claimed).collect();
        for Judged { pod, .. } in &pods {
            self.tools.zds.remember(&pod.uid, workload(pod));
        }
        for (pod, namespace) in self.locate(pods).await {
            self.tools.zds.found(&pod.uid, &namespace);
            let slot = self.slot(&pod.uid);
            let mut work = slot.work.lock().await;
            work.namespace = Some(namespace);
            work.addresses.clone_from(&pod.addresses);
            work.pod = Some(pod);
        }
    }

    /// Finds pods outside of the mesh that still hold our rules, and releases them: an earlier agent may have ended
    /// after it had told the cluster and before the rules were gone.
    pub async fn clear(&self) {
        let is_outside = |one: &Judged| {
            matches!(
                one.verdict,
                Verdict::Leave(Reason::NotSelected | Reason::OptedOut | Reason::ExcludedNamespace)
            ) && one.pod.annotation().is_none()
                && !one.pod.is_finished()
                && !one.pod.addresses.is_empty()
        };
        let pods: Vec<Judged> = self.tools.store.all().into_iter().filter(is_outside).collect();
        let writer = self.tools.writer;
        for (pod, namespace) in self.locate(pods).await {
            if !matches!(
                enter(&namespace, move || writer.is_captured()).await,
                Ok(Ok(true))
            ) {
                continue;
            }
            tracing::warn!(ns = %pod.facts.namespace, name = %pod.facts.name, "a pod outside of the mesh holds its rules");
            let slot = self.slot(&pod.uid);
            slot.work.lock().await.namespace = Some(namespace);
            self.tools.queue.push(pod.uid.clone());
        }
    }

    /// The namespaces of these pods, where they are found.
    async fn locate(&self, pods: Vec<Judged>) -> Vec<(Arc<PodRecord>, NetNamespace)> {
        if pods.is_empty() {
            return Vec::new();
        }
        let finder = self.tools.finder.clone();
        let found = tokio::task::spawn_blocking(move || {
            let census = match finder.census() {
                Ok(census) => census,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "cannot find the pods of an earlier agent");
                    return Vec::new();
                }
            };
            let place = |one: Judged| {
                let namespace = finder.find(&census, &one.pod.uid, &one.pod.addresses).ok()?;
                Some((one.pod, namespace))
            };
            pods.into_iter().filter_map(place).collect()
        });
        found.await.unwrap_or_default()
    }

    /// Waits until every pod that is to be captured was looked at once.
    pub async fn looked(&self) {
        loop {
            let views = self.views();
            let waits = |uid: &Uid| {
                views
                    .iter()
                    .any(|(known, view)| known == uid && view.is_wanted() && view.state.is_none())
            };
            let unseen = |one: &Judged| {
                let known = views.iter().any(|(known, _)| *known == one.pod.uid);
                one.verdict == Verdict::Capture
                    && !one.pod.addresses.is_empty()
                    && (!known || waits(&one.pod.uid))
            };
            if !self.tools.store.all().iter().any(unseen) {
                return;
            }
            sleep(POLL).await;
        }
    }

    /// Whether the addresses of all captured pods are known: then others are nobody's.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let captured = |one: &Judged| one.verdict == Verdict::Capture && one.pod.redirection().is_some();
        self.tools
            .store
            .all()
            .iter()
            .filter(|one| captured(one))
            .all(|one| !one.pod.addresses.is_empty())
    }

    /// The pods that are served or being captured.
    #[must_use]
    pub fn members(&self) -> Vec<Uid> {
        self.tools.zds.members()
    }

    /// Releases every captured pod; returns when all are plain again.
    pub async fn release_all(&self) {
        let captured =
            |one: &Judged| one.pod.annotation().is_some() || self.tools.zds.remembers(&one.pod.uid);
        let pods: Vec<Judged> = self.tools.store.all().into_iter().filter(captured).collect();
        tracing::info!(count = pods.len(), "releasing the pods of this node");
        // all are told before the first leaves, so that their peers' time runs once for all of them
        stream::iter(&pods)
            .for_each_concurrent(WORKERS, |one| self.announce(one))
            .await;
        stream::iter(pods)
            .for_each_concurrent(WORKERS, |one| self.release(one))
            .await;
    }

    async fn announce(&self, Judged { pod, .. }: &Judged) {
        if !pod.is_finished() {
            let slot = self.slot(&pod.uid);
            let mut work = slot.work.lock().await;
            self.tell_ending(pod, &mut work).await;
        }
    }

    async fn release(&self, Judged { pod, .. }: Judged) {
        let slot = self.slot(&pod.uid);
        let mut work = slot.work.lock().await;
        let leaving = if pod.is_finished() {
            Leaving::Finished(pod.clone())
        } else {
            Leaving::Ending(Arc::clone(&pod))
        };
        while self.leave(&pod.uid, &mut work, leaving.clone()).await != Outcome::Done {
            sleep(AGAIN).await;
        }
    }
}
