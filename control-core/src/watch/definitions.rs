//! Which custom kinds there are, by the names of their definitions; their watches come and go with them.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, PartialObjectMeta};
use kube::runtime::{WatchStreamExt, watcher};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::kinds;
use super::{Failures, Feed, Retry};
use crate::fold::Input;
use crate::index::event::{Event, Kind};

type Definition = PartialObjectMeta<CustomResourceDefinition>;

fn kind_of(definition: &Definition, feed: &Feed) -> Option<Kind> {
    let name = definition.metadata.name.as_deref()?;
    let found = feed.defined().find(|(known, _)| *known == name);
    found.map(|(_, kind)| kind)
}

/// Follows definitions until `stop`.
pub(super) async fn run(feed: Feed, stop: CancellationToken) {
    let api: Api<Definition> = Api::all(feed.client.clone());
    let stream = watcher(api, watcher::Config::default().any_semantic()).backoff(Retry::default());
    let mut stream = std::pin::pin!(stream);
    let mut failures = Failures::new(&feed.called("customresourcedefinitions"));
    let mut running = Running {
        feed,
        stop: stop.clone(),
        watches: JoinSet::new(),
        tokens: BTreeMap::new(),
    };
    let mut listed = BTreeSet::new();
    loop {
        let item = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = running.watches.join_next() => continue,
            item = stream.next() => item,
        };
        match item {
            None => break,
            Some(Ok(watcher::Event::Init)) => listed.clear(),
            Some(Ok(watcher::Event::InitApply(one))) => listed.extend(kind_of(&one, &running.feed)),
            Some(Ok(watcher::Event::InitDone)) => {
                failures.worked();
                for (_, kind) in running.feed.defined() {
                    running.set(kind, listed.contains(&kind)).await;
                }
            }
            Some(Ok(watcher::Event::Apply(one))) => {
                if let Some(kind) = kind_of(&one, &running.feed) {
                    running.set(kind, true).await;
                }
            }
            Some(Ok(watcher::Event::Delete(one))) => {
                if let Some(kind) = kind_of(&one, &running.feed) {
                    running.set(kind, false).await;
                }
            }
            Some(Err(error)) => failures.failed(&error),
        }
    }
    while running.watches.join_next().await.is_some() {}
}

struct Running {
    feed: Feed,
    stop: CancellationToken,
    watches: JoinSet<()>,
    tokens: BTreeMap<Kind, CancellationToken>,
}

impl Running {
    /// Starts or stops a kind's watch; a kind without definition has no objects.
    async fn set(&mut self, kind: Kind, is_defined: bool) {
        if is_defined {
            if !self.tokens.contains_key(&kind) {
                let token = self.stop.child_token();
                kinds::start_defined(kind, &mut self.watches, &self.feed, token.clone());
                self.tokens.insert(kind, token);
            }
            return;
        }
        if let Some(token) = self.tokens.remove(&kind) {
            info!(?kind, "the definition is gone");
            token.cancel();
        }
        let nothing = Input::Events(vec![Event::Listed(kind, BTreeSet::new())]);
        for input in [nothing, Input::Synced(kind)] {
            // the receiver is gone only when the server stops
            let _ = self.feed.out.send(input).await;
        }
    }
}
