//! Pods that are being created: the plugin asks, and the answer decides whether the pod may start.

use std::sync::Arc;
use std::time::Duration;

use mesh_sys::netns::NetNamespace;
use mesh_sys::program::chain;
use std::net::IpAddr;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::error::AdmitError;
use super::{Keeper, Slot, Stage, Work};
use crate::enroll::Verdict;
use crate::metrics::PodState;
use crate::pods::Judged;
use crate::pods::record::PodRecord;

/// A request of the plugin ends within this time: a second before the plugin gives up.
const ADMIT: Duration = Duration::from_secs(14);
/// How long a pod the plugin names may be unknown.
const UNKNOWN: Duration = Duration::from_secs(2);
const UNKNOWN_POLL: Duration = Duration::from_millis(10);
/// A proxy that does not answer is not waited for when a sandbox is thrown away.
const FORGET: Duration = Duration::from_millis(500);

/// What a pod's sandbox is made of, when somebody told.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its network namespace.
    pub namespace: NetNamespace,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// What the plugin asks for.
#[derive(Debug, Clone)]
pub struct Admission {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub name: String,
    /// Uid of the pod, where the runtime tells it.
    pub uid: Option<String>,
    /// Its sandbox.
    pub place: Place,
}

impl Keeper {
    /// Captures a pod that is being created; returns only when it is safe to start it.
    pub async fn admit(&self, admission: Admission) -> Result<(), AdmitError> {
        let until = Instant::now() + ADMIT;
        let late = |_| AdmitError::TimedOut;
        let pod = timeout_at(until, self.expect(&admission)).await.map_err(late)??;
        let slot = self.slot(&pod.uid);
        let mut work = timeout_at(until, slot.work.lock()).await.map_err(late)?;
        if work
            .namespace
            .as_ref()
            .is_some_and(|held| *held != admission.place.namespace)
        {
            // a new sandbox of the same pod
            *work = Work::default();
        }
        slot.view().judged(&pod, Verdict::Capture);
        work.pod = Some(pod.clone());
        let started = Instant::now();
        let captured = timeout_at(until, self.capture_new(&slot, &mut work, &pod, admission.place)).await;
        let error = match captured {
            Ok(Ok(())) => {
                self.tools.metrics.captured(started.elapsed());
                self.succeeded(&slot, &mut work, &pod);
                self.tools.queue.push(pod.uid.clone());
                return Ok(());
            }
            Ok(Err(error)) => error,
            Err(_) => AdmitError::TimedOut,
        };
        let state = if let AdmitError::Capture(error) = &error {
            error.state()
        } else {
            PodState::Pending
        };
        slot.view().failed(state, &chain(&error));
        // the runtime throws this sandbox away: nothing may hold on to it
        *work = Work::default();
        self.tools.zds.forget(&pod.uid);
        let _ = timeout(FORGET, self.tools.zds.delete(&pod.uid)).await;
        Err(error)
    }

    async fn capture_new(
        &self,
        slot: &Slot,
        work: &mut Work,
        pod: &PodRecord,
        place: Place,
    ) -> Result<(), AdmitError> {
        let (finder, checked) = (self.tools.finder.clone(), place.clone());
        let check = tokio::task::spawn_blocking(move || finder.check(&checked.namespace, &checked.addresses));
        check.await.map_err(|_| AdmitError::Stopping)??;
        work.namespace = Some(place.namespace);
        work.addresses = place.addresses;
        work.stage = Stage::Creating;
        let captured = self.capture(slot, work, pod).await;
        work.stage = Stage::Running;
        captured.map_err(AdmitError::Capture)
    }

    /// The pod that the plugin names: the watch may lag behind it.
    async fn expect(&self, admission: &Admission) -> Result<Arc<PodRecord>, AdmitError> {
        let until = Instant::now() + UNKNOWN;
        loop {
            let found = match &admission.uid {
                Some(uid) => self.tools.store.find(uid),
                None => self.tools.store.find_named(&admission.namespace, &admission.name),
            };
            match found {
                Some(Judged {
                    pod,
                    verdict: Verdict::Capture,
                }) => return Ok(pod),
                found if Instant::now() >= until => {
                    return Err(match found {
                        Some(Judged {
                            verdict: Verdict::Leave(reason),
                            ..
                        }) => AdmitError::NotEligible(reason),
                        _ => AdmitError::Unknown,
                    });
                }
                _ => sleep(UNKNOWN_POLL).await,
            }
        }
    }
}
