//! The little controllers: what Kubernetes' controller manager and scheduler do, as far as a sandbox needs it.
//!
//! One loop over everything: any change leads to one pass in which each controller compares what is wanted
//! with what is there and acts. A full look cannot miss what a chain of notifications could, and a sandbox is
//! small. What was written but is not seen yet holds its owner back, so that nothing is made twice.

mod daemonset;
mod deployment;
mod endpoints;
mod job;
mod pods;
mod replicaset;
mod scheduler;
mod statefulset;
mod world;

use crate::error::{Named, Result};
use futures::{Stream, StreamExt, TryStreamExt};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};
use world::World;

/// Changes that come close together become one pass.
const GATHER: Duration = Duration::from_millis(5);
/// A pass even when nothing changed, for what depends on time.
const IDLE: Duration = Duration::from_secs(5);

type Changes = Pin<Box<dyn Stream<Item = ()> + Send>>;

/// Runs the controllers until they are dropped.
///
/// # Errors
/// When the watches end, which they do with the API only.
pub(crate) async fn run(client: Client) -> Result<()> {
    let mut streams: Vec<Changes> = Vec::new();
    let world = World {
        pods: watch(&client, &mut streams),
        nodes: watch(&client, &mut streams),
        services: watch(&client, &mut streams),
        slices: watch(&client, &mut streams),
        endpoints: watch(&client, &mut streams),
        deployments: watch(&client, &mut streams),
        replica_sets: watch(&client, &mut streams),
        daemon_sets: watch(&client, &mut streams),
        stateful_sets: watch(&client, &mut streams),
        jobs: watch(&client, &mut streams),
        client,
        expected: world::Expectations::default(),
        bound: std::sync::Mutex::default(),
    };
    // beside the passes, so that a pass that takes long does not end with a picture from before it
    let (told, mut changes) = tokio::sync::watch::channel(());
    let mut watches = JoinSet::new();
    for mut stream in streams {
        let told = told.clone();
        watches.spawn(async move {
            while stream.next().await.is_some() {
                told.send_replace(());
            }
        });
    }
    // nothing is decided before everything is known
    let synced = timeout(Duration::from_secs(20), async {
        while !world.is_synced() {
            sleep(GATHER).await;
        }
    });
    synced
        .await
        .named(|| "the controllers could not read the cluster within 20 s".to_owned())?;
    loop {
        changes.mark_unchanged();
        pass(&world).await;
        tokio::select! {
            biased;
            // a watch ends with the API only
            _ = watches.join_next() => return Ok(()),
            _ = changes.changed() => sleep(GATHER).await,
            () = sleep(IDLE) => {}
        }
    }
}

fn watch<K>(client: &Client, streams: &mut Vec<Changes>) -> Store<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let stream = watcher(Api::<K>::all(client.clone()), watcher::Config::default()).default_backoff();
    let stream = stream
        .reflect(writer)
        .inspect_err(|error| debug!(%error, kind = %K::kind(&()), "a watch was interrupted"));
    streams.push(Box::pin(stream.map(drop)));
    store
}

async fn pass(world: &World) {
    let outcomes = [
        ("deployment", Box::pin(deployment::pass(world)).await),
        ("replicaset", Box::pin(replicaset::pass(world)).await),
        ("statefulset", Box::pin(statefulset::pass(world)).await),
        ("daemonset", Box::pin(daemonset::pass(world)).await),
        ("job", Box::pin(job::pass(world)).await),
        ("scheduler", Box::pin(scheduler::pass(world)).await),
        ("endpoints", Box::pin(endpoints::pass(world)).await),
    ];
    for (name, outcome) in outcomes {
        if let Err(error) = outcome {
            warn!(controller = name, %error, "a pass ended early; the next one goes on");
        }
    }
}
