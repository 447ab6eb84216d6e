//! Brings Events to the API server, one after the other, so that no capture waits for them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Event;
use kube::api::PostParams;
use kube::{Api, Client};
use mesh_sys::program::chain;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// An Event that nobody takes within this time is lost.
const PATIENCE: Duration = Duration::from_secs(5);
/// Events that wait; about two for each pod of a full node.
const WAITING: usize = 1024;
/// The agent's end waits no longer for what is still to be told.
const LAST_WORDS: Duration = Duration::from_secs(2);

#[derive(Debug)]
enum Errand {
    Tell(Box<Event>),
    Report(oneshot::Sender<()>),
}

/// Takes Events. Clones share one queue.
#[derive(Debug, Clone)]
pub struct Herald(mpsc::Sender<Errand>);

/// The other end of the queue.
#[derive(Debug)]
pub struct Errands(mpsc::Receiver<Errand>);

/// A queue of Events: whoever says something, and whoever brings it to the API server.
#[must_use]
pub fn herald() -> (Herald, Errands) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Herald(sender), Errands(receiver))
}

impl Herald {
    /// Never waits: an Event for which there is no room is in the log alone.
    pub(super) fn send(&self, event: Event) {
        if let Err(mpsc::error::TrySendError::Full(Errand::Tell(event))) =
            self.0.try_send(Errand::Tell(Box::new(event)))
        {
            let (pod, reason) = (event.involved_object.name, event.reason);
            tracing::warn!(?pod, ?reason, "too many events wait: this one is not recorded");
        }
    }

    /// Waits until everything sent so far was told or given up; two seconds at most.
    pub(super) async fn heard(&self) {
        let (done, told) = oneshot::channel();
        let waits = async {
            if self.0.send(Errand::Report(done)).await.is_ok() {
                let _ = told.await;
            }
        };
        if timeout(LAST_WORDS, waits).await.is_err() {
            tracing::warn!("the API server did not take the last events in time");
        }
    }
}

impl Errands {
    /// Tells what was said, in order, until the last [`Herald`] is gone.
    pub async fn run(mut self, client: Client) {
        while let Some(errand) = self.0.recv().await {
            match errand {
                Errand::Tell(event) => tell(&client, &event).await,
                Errand::Report(done) => drop(done.send(())),
            }
        }
    }
}

async fn tell(client: &Client, event: &Event) {
    let namespace = event.metadata.namespace.as_deref().unwrap_or_default();
    let api: Api<Event> = Api::namespaced(client.clone(), namespace);
    match timeout(PATIENCE, api.create(&PostParams::default(), event)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(error = %chain(&error), "cannot record an event"),
        Err(_) => tracing::debug!("cannot record an event in time"),
    }
}
