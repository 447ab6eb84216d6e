//! Waits until what was applied is ready, and tells what holds it up.

use super::component::{meta, title_of};
use super::ready;
use crate::cluster::Cluster;
use crate::exit::{Exit, Failure};
use crate::render::message::Messages;
use serde_json::Value;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// How long nothing is said about what is not ready.
const PATIENCE: Duration = Duration::from_secs(3);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Waits for the objects of one component.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The component's name in messages.
    pub title: &'a str,
    /// How long at most.
    pub limit: Duration,
    /// Where progress goes.
    pub messages: Messages,
}

impl Waiting<'_> {
    /// Returns when each object is ready.
    ///
    /// # Errors
    /// The time ran out (124) or waiting is of no use (1); the failure names each object that is not ready, and why.
    pub async fn until_ready(&self, cluster: &Cluster, objects: &[Value]) -> Result<(), Failure> {
        let begin = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        let mut told = String::new();
        loop {
            let unready = fetch_unready(cluster, objects).await?;
            let Some(first) = unready.first() else {
                return Ok(());
            };
            if unready.iter().any(|one| one.is_hopeless) {
                return Err(self.failure(&unready, Exit::Error, "cannot become ready"));
            }
            if begin.elapsed() >= self.limit {
                let what = format!("is not ready after {} s", self.limit.as_secs());
                return Err(self.failure(&unready, Exit::TimedOut, &what));
            }
            let line = format!("{} is waiting: {}", self.title, first.text());
            if begin.elapsed() > PATIENCE && line != told {
                self.messages.doing(&line);
                told = line;
            }
            tokio::time::sleep(pause.min(self.limit.saturating_sub(begin.elapsed()))).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    fn failure(&self, unready: &[Unready], exit: Exit, what: &str) -> Failure {
        let mut failure = Failure::new(format!("{} {what}", self.title));
        failure.exit = exit;
        failure.causes = unready.iter().map(Unready::text).collect();
        failure.hint(
            "`meshctl install` can be run again; `kubectl get events -A --sort-by=.lastTimestamp` shows more",
        )
    }
}

/// One object that is not ready.
struct Unready {
    title: String,
    why: String,
    is_hopeless: bool,
}

impl Unready {
    fn text(&self) -> String {
        format!("{}: {}", self.title, self.why)
    }
}

async fn fetch_unready(cluster: &Cluster, objects: &[Value]) -> Result<Vec<Unready>, Failure> {
    let mut unready = Vec::new();
    for object in objects {
        if !ready::has_state(object["kind"].as_str().unwrap_or_default()) {
            continue;
        }
        let path = cluster.fetch_path(object).await?;
        let title = title_of(object);
        let Some(mut live) = cluster.get(&path).await? else {
            unready.push(Unready {
                title,
                why: "it is gone".to_owned(),
                is_hopeless: false,
            });
            continue;
        };
        live["kind"] = object["kind"].clone();
        if let Some(mut why) = ready::blocker(&live) {
            let pods = fetch_pods(cluster, &live).await?;
            let blocked = pods.iter().find_map(|pod| Some((pod, ready::pod_blocker(pod)?)));
            let subject = blocked.as_ref().map_or(&live, |(pod, _)| *pod);
            if let Some((_, reason)) = &blocked {
                _ = write!(why, "; {reason}");
            }
            if let Some(event) = fetch_warning(cluster, subject).await? {
                // what a container says and its event are often the same words
                let is_news = event
                    .split_once(": ")
                    .is_none_or(|(_, message)| !why.contains(message.trim_start_matches("Error: ")));
                if is_news {
                    _ = write!(why, " ({event})");
                }
            }
            unready.push(Unready {
                title,
                why,
                is_hopeless: pods.iter().any(ready::is_hopeless),
            });
        }
    }
    Ok(unready)
}

/// The pods that a workload selects, newest first.
async fn fetch_pods(cluster: &Cluster, workload: &Value) -> Result<Vec<Value>, Failure> {
    let Some(labels) = workload["spec"]["selector"]["matchLabels"].as_object() else {
        return Ok(Vec::new());
    };
    let pairs = labels
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let selector = encode(&pairs.collect::<Vec<_>>().join(","));
    let path = format!(
        "/api/v1/namespaces/{}/pods?labelSelector={selector}",
        meta(workload, "namespace")
    );
    let mut pods = cluster.list(&path).await?;
    pods.retain(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    pods.sort_by_key(|pod| std::cmp::Reverse(meta(pod, "creationTimestamp").to_owned()));
    Ok(pods)
}

/// The newest warning about an object.
async fn fetch_warning(cluster: &Cluster, object: &Value) -> Result<Option<String>, Failure> {
    let namespace = meta(object, "namespace");
    if namespace.is_empty() {
        return Ok(None);
    }
    let selector = encode(&format!("involvedObject.name={}", meta(object, "name")));
    let path = format!("/api/v1/namespaces/{namespace}/events?fieldSelector={selector}");
    let events = cluster.list(&path).await?;
    let warnings = events.iter().filter(|event| {
        event["type"] == "Warning" && event["involvedObject"]["uid"] == object["metadata"]["uid"]
    });
    let newest = warnings.max_by_key(|event| {
        let time = event["lastTimestamp"]
            .as_str()
            .or_else(|| event["eventTime"].as_str());
        time.unwrap_or_default().to_owned()
    });
    Ok(newest.map(|event| {
        let text = |key: &str| event[key].as_str().unwrap_or_default().trim();
        format!("{}: {}", text("reason"), text("message"))
    }))
}

/// Escapes a selector for a query.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => _ = write!(out, "%{other:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_escaped() {
        assert_eq!(encode("a/b=c,d!=e"), "a%2Fb%3Dc%2Cd%21%3De");
    }
}
