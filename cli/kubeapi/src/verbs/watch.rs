//! Watches: the store's log, selected, as lines of JSON.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderValue, Response, header};
use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::read::selector;
use crate::api::{Api, Call};
use crate::http::Body;
use crate::http::negotiate::Shape;
use crate::object;
use crate::present::Presenter;
use crate::resources::Resource;
use crate::selector::Selector;
use crate::status::ApiError;
use crate::store::{Change, ChangeKind};

/// How often a quiet watch tells its revision, when bookmarks are allowed.
const BOOKMARK_EVERY: Duration = Duration::from_secs(50);

/// How long a watch lasts when the client does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(30);

struct Watch {
    api: Arc<Api>,
    resource: Arc<Resource>,
    namespace: Option<String>,
    selector: Selector,
    shape: Shape,
    include: String,
    bookmarks: bool,
    cursor: u64,
    tip: tokio::sync::watch::Receiver<u64>,
    routes: tokio::sync::watch::Receiver<()>,
    ready: VecDeque<Bytes>,
    ends: Instant,
    next_bookmark: Instant,
    over: bool,
}

/// GET with `watch=true`.
pub(crate) fn watch(api: &Arc<Api>, call: &Call) -> Result<Response<Body>, ApiError> {
    let mut selector = selector(call)?;
    if let Some(name) = &call.target.name {
        selector = selector.with_name(name);
    }
    let timeout = call
        .query
        .number("timeoutSeconds")
        .filter(|seconds| *seconds > 0)
        .map_or(DEFAULT_TIMEOUT, Duration::from_secs);
    let now = Instant::now();
    let mut watch = Watch {
        tip: api.store.subscribe(&call.resource.collection),
        routes: api.registry.subscribe(),
        api: Arc::clone(api),
        resource: Arc::clone(&call.resource),
        namespace: call.target.namespace.clone(),
        selector,
        shape: call.shape,
        include: call.query.text("includeObject").to_owned(),
        bookmarks: call.query.flag("allowWatchBookmarks"),
        cursor: 0,
        ready: VecDeque::new(),
        ends: now + timeout,
        next_bookmark: now + BOOKMARK_EVERY,
        over: false,
    };
    watch.begin(call)?;
    let frames = stream::unfold(Box::new(watch), |mut watch| async move {
        let line = watch.next().await?;
        Some((Ok::<_, Infallible>(Frame::data(line)), watch))
    });
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Watch {
    /// Decides where to start: now, with all that exists, or after a revision.
    fn begin(&mut self, call: &Call) -> Result<(), ApiError> {
        let version = call.query.text("resourceVersion");
        let initial = call
            .query
            .find("sendInitialEvents")
            .map(|_| call.query.flag("sendInitialEvents"));
        if initial.is_some() && call.query.text("resourceVersionMatch") != "NotOlderThan" {
            return Err(ApiError::bad_request(
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ));
        }
        let asked: Option<u64> = match version {
            "" | "0" => None,
            text => Some(text.parse().map_err(|_| {
                ApiError::bad_request(format!("invalid resource version \"{text}\": must be a number"))
            })?),
        };
        match (initial, asked) {
            (Some(true), _) | (None, None) => self.send_existing(initial == Some(true)),
            (Some(false), None) => self.cursor = self.api.store.revision(),
            (_, Some(revision)) => {
                self.cursor = revision;
                self.fill();
            }
        }
        Ok(())
    }

    fn send_existing(&mut self, mark_the_end: bool) {
        let (revision, objects) = self
            .api
            .store
            .list(&self.resource.collection, self.namespace.as_deref());
        for object in objects.iter().filter(|object| self.selector.selects(object)) {
            let line = self.line("ADDED", object);
            self.ready.push_back(line);
        }
        self.cursor = revision;
        if mark_the_end && self.bookmarks {
            let line = self.bookmark(true);
            self.ready.push_back(line);
        }
    }

    /// The next line, or `None` at the end of the watch.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            if self.over {
                return None;
            }
            let stop = self.api.stop.clone();
            let wake = if self.bookmarks {
                self.next_bookmark.min(self.ends)
            } else {
                self.ends
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                changed = self.tip.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                    self.fill();
                }
                // the routes of a definition end with it, and so do their watches
                _ = self.routes.changed() => {
                    self.fill();
                    self.over |= self.api.registry.find_collection(&self.resource.collection).is_none();
                }
                () = tokio::time::sleep_until(wake) => self.on_time(),
            }
        }
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        self.fill();
        self.over |= now >= self.ends;
        if self.bookmarks {
            let line = self.bookmark(false);
            self.ready.push_back(line);
        }
        self.next_bookmark = now + BOOKMARK_EVERY;
    }

    /// Takes over what the log has gained.
    fn fill(&mut self) {
        let known = self
            .api
            .store
            .changes_since(&self.resource.collection, self.cursor);
        let Ok((revision, changes)) = known else {
            let now = self.api.store.revision();
            let error = ApiError::expired(format!("too old resource version: {} ({now})", self.cursor));
            self.ready.push_back(encode("ERROR", &error.status()));
            self.over = true;
            return;
        };
        for change in &changes {
            if let Some(line) = self.render(change) {
                self.ready.push_back(line);
            }
        }
        self.cursor = revision;
    }

    /// A change as this watch sees it: entering or leaving the selection is being added or deleted.
    fn render(&self, change: &Change) -> Option<Bytes> {
        if self
            .namespace
            .as_deref()
            .is_some_and(|namespace| namespace != object::namespace(&change.object))
        {
            return None;
        }
        let was = change
            .previous
            .as_ref()
            .is_some_and(|previous| self.selector.selects(previous));
        let is = change.kind != ChangeKind::Deleted && self.selector.selects(&change.object);
        match (was, is) {
            (false, true) => Some(self.line("ADDED", &change.object)),
            (true, true) => Some(self.line("MODIFIED", &change.object)),
            (true, false) => {
                let mut last = change.previous.as_deref().cloned().unwrap_or_default();
                object::set(
                    &mut last,
                    &["metadata", "resourceVersion"],
                    change.revision.to_string(),
                );
                Some(self.line("DELETED", &last))
            }
            (false, false) => None,
        }
    }

    fn line(&self, kind: &str, stored: &Value) -> Bytes {
        let presenter = Presenter {
            resource: &self.resource,
            shape: self.shape,
            include: &self.include,
        };
        encode(kind, &presenter.object(stored))
    }

    fn bookmark(&self, initial_end: bool) -> Bytes {
        let mut metadata = json!({ "resourceVersion": self.cursor.to_string(), "creationTimestamp": null });
        if initial_end {
            metadata["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        let object = match self.shape {
            Shape::Full => {
                json!({ "kind": self.resource.kind, "apiVersion": self.resource.api_version(), "metadata": metadata })
            }
            Shape::Partial => {
                json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata })
            }
            Shape::Table => {
                json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [], "metadata": metadata, "rows": [] })
            }
        };
        encode("BOOKMARK", &object)
    }
}

fn encode(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({ "type": kind, "object": object })))
}
