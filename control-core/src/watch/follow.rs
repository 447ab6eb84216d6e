//! One watch: list, follow, translate, hand over in batches.

use std::collections::BTreeSet;
use std::fmt::Debug;

use futures::StreamExt;
use kube::Resource;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Feed, Retry};
use crate::fold::Input;
use crate::index::event::{Event, Kind, Object};
use crate::metrics::label;
use crate::model::ObjectName;

/// Events that are handed over together.
const BATCH: usize = 512;

/// A Kubernetes object that the index has facts of.
pub(super) trait Watched:
    Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static
{
    /// Its kind.
    const KIND: Kind;

    /// Its facts; `None` if the index has no use for it, an error if it cannot be read.
    fn object(&self) -> Result<Option<Object>, String>;

    /// What of the kind is asked for.
    fn config() -> watcher::Config {
        watcher::Config::default().any_semantic()
    }
}

/// Says a failure once, and its end; the same failure again and again is one line.
#[derive(Debug)]
pub(crate) struct Failures {
    what: String,
    last: Option<String>,
}

impl Failures {
    pub(crate) fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            last: None,
        }
    }

    pub(crate) fn failed(&mut self, error: &dyn std::error::Error) {
        let text = explain(error);
        if self.last.as_ref() != Some(&text) {
            let hint = if text.contains("forbidden") || text.contains("Forbidden") {
                "the control plane's account lacks a right; compare its ClusterRole with the chart's"
            } else {
                "the last known state stays in force; trying again"
            };
            warn!(what = self.what, error = text, hint, "a watch failed");
            self.last = Some(text);
        }
    }

    pub(crate) fn worked(&mut self) {
        if self.last.take().is_some() {
            info!(what = self.what, "a watch works again");
        }
    }
}

/// The chain of causes; of an API server's answer only its message.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(kube::Error::Api(status)) = inner.downcast_ref::<kube::Error>() {
            return status.message.clone();
        }
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

fn name_of(meta: &impl Resource<DynamicType = ()>) -> ObjectName {
    let meta = meta.meta();
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    ObjectName::new(text(&meta.namespace), text(&meta.name))
}

/// Follows a kind until `stop`.
pub(super) async fn follow<K: Watched>(api: Api<K>, feed: Feed, stop: CancellationToken) {
    let kind = K::KIND;
    let mut failures = Failures::new(&feed.called(&K::plural(&())));
    let mut seen = BTreeSet::new();
    let stream = watcher(api, K::config())
        .backoff(Retry::default())
        .ready_chunks(BATCH);
    let mut stream = std::pin::pin!(stream);
    let counted = label("kind", &K::kind(&()));
    let watched = feed.metrics.watches.of(kind);
    loop {
        let chunk = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            chunk = stream.next() => chunk,
        };
        let Some(chunk) = chunk else { return };
        let mut events = Vec::with_capacity(chunk.len());
        let mut is_complete = false;
        for item in chunk {
            match item {
                Ok(watcher::Event::Init) => seen.clear(),
                Ok(watcher::Event::InitApply(object)) => {
                    seen.insert(name_of(&object));
                    events.push(translate(&object));
                    watched.added.inc();
                }
                Ok(watcher::Event::Apply(object)) => {
                    events.push(translate(&object));
                    watched.updated.inc();
                }
                Ok(watcher::Event::Delete(object)) => {
                    events.push(Event::Remove(kind, name_of(&object)));
                    watched.deleted.inc();
                }
                Ok(watcher::Event::InitDone) => {
                    failures.worked();
                    events.push(Event::Listed(kind, std::mem::take(&mut seen)));
                    is_complete = true;
                }
                Err(error) => failures.failed(&error),
            }
        }
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        feed.metrics
            .xds
            .updates
            .get_or_create_owned(&counted)
            .inc_by(count);
        let done = is_complete.then_some(Input::Synced(kind));
        for input in [Some(Input::Events(events)), done].into_iter().flatten() {
            // the receiver is gone only when the server stops
            if feed.out.send(input).await.is_err() {
                return;
            }
        }
    }
}

/// An object that cannot be read keeps its earlier facts, and is reported.
fn translate<K: Watched>(object: &K) -> Event {
    let name = name_of(object);
    match object.object() {
        Ok(Some(facts)) => Event::Put(name, Box::new(facts)),
        Ok(None) => Event::Remove(K::KIND, name),
        Err(reason) => {
            warn!(kind = %K::kind(&()), %name, reason, "cannot read an object; its earlier form stays in force");
            Event::Unreadable(K::KIND, name, reason)
        }
    }
}
