//! Takes one pod out of the mesh (cni-agent.md 8.2).

use std::sync::Arc;
use std::time::Duration;

use mesh_sys::program::chain;
use tokio::time::{Instant, sleep};

use super::{Keeper, Work};
use crate::inside::inside;
use crate::pods::Uid;
use crate::pods::annotate::News;
use crate::pods::netns::FindError;
use crate::pods::record::PodRecord;
use crate::queue::Outcome;

use super::error::CaptureError;

/// How long peers have to learn that the pod takes plain connections, before its listeners go.
const PEERS: Duration = Duration::from_millis(500);

/// How a pod leaves.
#[derive(Debug, Clone)]
pub(super) enum Leaving {
    /// Its object is gone.
    Gone,
    /// It ended, its object stays.
    Finished(Arc<PodRecord>),
    /// It goes on outside of the mesh.
    Running(Arc<PodRecord>),
    /// The same while the mesh is being removed: roles may be gone, so the cluster cannot always be told.
    Ending(Arc<PodRecord>),
}

impl Keeper {
    /// Undoes what capture did; every step does nothing where nothing is left.
    pub(super) async fn leave(&self, uid: &Uid, work: &mut Work, leaving: Leaving) -> Outcome {
        let was_known = work.is_engaged() || self.tools.zds.remembers(uid);
        let left = match &leaving {
            Leaving::Running(pod) => match self.tell(pod, work).await {
                Ok(Duration::ZERO) => self.leave_running(pod, work).await,
                Ok(pause) => return Outcome::Later(pause),
                Err(error) => Err(error),
            },
            Leaving::Ending(pod) => {
                let pause = self.tell_ending(pod, work).await;
                sleep(pause).await;
                self.leave_running(pod, work).await
            }
            Leaving::Finished(_) | Leaving::Gone => self.forget(uid, work).await,
        };
        if let Err(error) = left {
            let since = *work.failing.get_or_insert_with(Instant::now);
            if since.elapsed() < Duration::from_secs(1) {
                tracing::warn!(%uid, error = %chain(&error), "failed to remove pod from the mesh");
            }
            return Outcome::Retry;
        }
        match &leaving {
            Leaving::Running(pod) | Leaving::Ending(pod) => {
                let (namespace, name) = (&pod.facts.namespace, &pod.facts.name);
                tracing::info!(ns = %namespace, %name, "removing pod from mesh: released");
                let message = "the pod left the mesh";
                self.tools.annotator.say(pod, News::Released, message);
            }
            // the object may be going; the annotation of a finished pod harms nobody
            Leaving::Finished(pod) => drop(self.tools.annotator.redirection(pod, None).await),
            Leaving::Gone => self.tools.annotator.forget(uid),
        }
        if let (true, Leaving::Gone | Leaving::Finished(_), Some(pod)) = (was_known, &leaving, &work.pod) {
            tracing::info!(ns = %pod.facts.namespace, name = %pod.facts.name, "removing pod from mesh: gone");
        }
        *work = Work::default();
        self.slots().remove(uid);
        Outcome::Done
    }

    /// Tells the cluster first, so that peers stop using the tunnel while it still works. Returns how long they still
    /// need; nobody waits for it here, so that many pods leave side by side.
    async fn tell(&self, pod: &PodRecord, work: &mut Work) -> Result<Duration, CaptureError> {
        if work.told.is_none() && pod.annotation().is_some() {
            let written = self.tools.annotator.redirection(pod, None).await;
            written.map_err(CaptureError::Annotate)?;
            work.told = Some(Instant::now());
        }
        Ok(work
            .told
            .map_or(Duration::ZERO, |told| PEERS.saturating_sub(told.elapsed())))
    }

    /// The same while the mesh is being removed: nobody may be there to be told.
    pub(super) async fn tell_ending(&self, pod: &PodRecord, work: &mut Work) -> Duration {
        self.tell(pod, work).await.unwrap_or_else(|error| {
            tracing::info!(error = %chain(&error), "the annotation of a released pod stays");
            Duration::ZERO
        })
    }

    async fn leave_running(&self, pod: &PodRecord, work: &mut Work) -> Result<(), CaptureError> {
        let namespace = match &work.namespace {
            Some(namespace) => Some(namespace.clone()),
            None => match self.search(&pod.uid, &pod.addresses, Instant::now()).await {
                Ok(namespace) => Some(namespace),
                // without processes there is nothing to release
                Err(CaptureError::Search(FindError::None)) => None,
                Err(error) => return Err(error),
            },
        };
        if let Some(watch) = work.watch.take() {
            watch.end().await;
        }
        let writer = self.tools.writer;
        if let Some(namespace) = namespace {
            inside(&namespace, move || writer.remove())
                .await
                .map_err(CaptureError::Enter)?;
        }
        self.forget(&pod.uid, work).await
    }

    async fn forget(&self, uid: &Uid, work: &Work) -> Result<(), CaptureError> {
        self.tools.zds.delete(uid).await.map_err(CaptureError::Proxy)?;
        let host = &self.tools.host;
        let dismissed = if work.addresses.is_empty() {
            host.dismiss(uid).await
        } else {
            host.dismiss_known(uid, &work.addresses).await
        };
        dismissed.map_err(CaptureError::Probes)
    }
}
