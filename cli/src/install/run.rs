//! An installation from its plan to "complete": base, then control plane and node agent side by side, then the proxy.

use super::apply::{self, Change, Pair};
use super::atomic::Before;
use super::component::{Component, title_of};
use super::drift::paths;
use super::kinds::rank_of;
use super::plan::{self, CREATED_LABEL, Plan};
use super::wait::Waiting;
use super::{prune, record};
use crate::cluster::Cluster;
use crate::exit::{Exit, Failure};
use crate::render::message::Messages;
use mesh_wire::well_known::field_manager;
use mesh_wire::well_known::label::OPERATOR_OWNER;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// How to install.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long each component may take; `None` does not wait.
    pub limit: Option<Duration>,
    /// Take over objects of another owner.
    pub adopts: bool,
    /// Put everything back when the installation fails or is interrupted.
    pub is_atomic: bool,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Objects written.
    pub written: usize,
    /// Objects removed, because they are rendered no more.
    pub pruned: usize,
}

/// An installation under way.
pub struct Installation<'a> {
    cluster: &'a Cluster,
    plan: &'a Plan,
    options: Options,
    messages: Messages,
}

impl<'a> Installation<'a> {
    /// An installation that has not begun.
    #[must_use]
    pub fn new(cluster: &'a Cluster, plan: &'a Plan, options: Options, messages: Messages) -> Self {
        Self {
            cluster,
            plan,
            options,
            messages,
        }
    }

    /// Writes what differs and waits for it. Nothing is written if an object has another owner.
    ///
    /// # Errors
    /// A refusal, or a component that does not become ready.
    pub async fn run(&self) -> Result<Done, Failure> {
        let parts = self.fetch_parts().await?;
        if !self.options.adopts && self.refuse_foreign(&parts).await? {
            self.messages
                .line("everything is as it would be, and another owner keeps it: nothing is written (--adopt takes it over)");
            return Ok(Done::default());
        }
        if !self.options.is_atomic {
            return self.write(parts).await;
        }
        let before = Before::fetch(self.cluster, &self.plan.namespace, parts.values().flatten()).await?;
        let failure = tokio::select! {
            biased;
            done = Box::pin(self.write(parts)) => match done {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            },
            Ok(()) = tokio::signal::ctrl_c() => Failure {
                exit: Exit::Interrupted,
                ..Failure::new("the installation was interrupted")
            },
        };
        self.messages.doing("putting back what was there before");
        match before.put_back(self.cluster).await {
            Ok(count) => Err(failure.because(format!("{count} objects were put back as they were"))),
            Err(other) => Err(failure
                .because(&other.message)
                .because("not everything could be put back; install again, or uninstall")),
        }
    }

    async fn write(&self, mut parts: HashMap<Component, Vec<Pair>>) -> Result<Done, Failure> {
        let mut written = self.make_namespace().await?;
        written += Box::pin(self.install(Component::Base, parts.remove(&Component::Base))).await?;
        let (pilot, cni) = (parts.remove(&Component::Pilot), parts.remove(&Component::Cni));
        let (pilot, cni) = tokio::join!(
            Box::pin(self.install(Component::Pilot, pilot)),
            Box::pin(self.install(Component::Cni, cni)),
        );
        written += both(pilot, cni)?;
        written += Box::pin(self.install(Component::Ztunnel, parts.remove(&Component::Ztunnel))).await?;
        let surplus = prune::fetch_surplus(self.cluster, self.plan).await?;
        prune::delete(self.cluster, &surplus).await?;
        for object in &surplus {
            self.messages.done(&format!(
                "{} removed: it is part of the installation no more",
                title_of(object)
            ));
        }
        Ok(Done {
            written,
            pruned: surplus.len(),
        })
    }

    async fn fetch_parts(&self) -> Result<HashMap<Component, Vec<Pair>>, Failure> {
        let mut parts = HashMap::new();
        for part in &self.plan.parts {
            let pairs = apply::fetch_pairs(self.cluster, part.objects.clone()).await?;
            parts.insert(part.component, pairs);
        }
        Ok(parts)
    }

    /// Refuses to touch what is not ours; whether another owner keeps everything just as we would.
    async fn refuse_foreign(&self, parts: &HashMap<Component, Vec<Pair>>) -> Result<bool, Failure> {
        for part in &self.plan.parts {
            let foreign = parts
                .get(&part.component)
                .map(|pairs| apply::foreign(pairs, &self.plan.owner))
                .unwrap_or_default();
            if foreign.is_empty() {
                continue;
            }
            if self.is_kept_by_another(parts.values().flatten()).await? {
                return Ok(true);
            }
            let title = part.component.title();
            return Err(
                Failure::new(format!("{title} is installed already, by another owner"))
                    .because(format!(
                        "these objects are not of `{}`: {}",
                        self.plan.owner,
                        prune::names(&foreign, 5)
                    ))
                    .hint("pass --adopt to take them over"),
            );
        }
        Ok(false)
    }

    /// Whether every object is there and differs in nothing but whose it is.
    async fn is_kept_by_another(&self, pairs: impl Iterator<Item = &Pair>) -> Result<bool, Failure> {
        for pair in pairs {
            let Some(live) = &pair.live else {
                if record::is_record(&pair.wanted, &self.plan.owner) {
                    continue;
                }
                return Ok(false);
            };
            let mut pair = pair.clone();
            let theirs = live["metadata"]["labels"].get(OPERATOR_OWNER).cloned();
            pair.wanted["metadata"]["labels"][OPERATOR_OWNER] = theirs.unwrap_or_default();
            let change = apply::plan_change(self.cluster, &pair, field_manager::CLI).await?;
            if let Change::Update(both) = change
                && !paths::changes(&both.0, &both.1).is_empty()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The system namespace. One that exists keeps its labels, but must admit the node's pods.
    async fn make_namespace(&self) -> Result<usize, Failure> {
        let mut wanted = plan::namespace(&self.plan.namespace);
        let path = self.cluster.fetch_path(&wanted).await?;
        if let Some(live) = self.cluster.get(&path).await? {
            if !live["metadata"]["deletionTimestamp"].is_null() {
                return Err(
                    Failure::new(format!("namespace `{}` is being deleted", self.plan.namespace))
                        .hint("wait until it is gone, then install again"),
                );
            }
            let level = live["metadata"]["labels"]
                .get("pod-security.kubernetes.io/enforce")
                .and_then(Value::as_str);
            if let Some(level) = level.filter(|level| *level != "privileged") {
                self.messages.warn(&format!(
                    "namespace `{}` enforces the pod security level `{level}`, which refuses node agent and proxy; they need `privileged`",
                    self.plan.namespace
                ));
            }
            return Ok(0);
        }
        wanted["metadata"]["labels"][CREATED_LABEL] = json!(field_manager::CLI);
        let pair = Pair {
            wanted,
            path,
            live: None,
        };
        apply::apply(self.cluster, &[pair], field_manager::CLI).await
    }

    async fn install(&self, component: Component, pairs: Option<Vec<Pair>>) -> Result<usize, Failure> {
        let Some(pairs) = pairs else {
            return Ok(0);
        };
        let title = component.title();
        let installed = async {
            let mut written = 0;
            for step in pairs.chunk_by(|a, b| rank_of(&a.wanted) == rank_of(&b.wanted)) {
                written += apply::apply(self.cluster, step, field_manager::CLI).await?;
            }
            if let Some(limit) = self.options.limit {
                let objects: Vec<Value> = pairs.into_iter().map(|pair| pair.wanted).collect();
                let waiting = Waiting {
                    title,
                    limit,
                    messages: self.messages,
                };
                waiting.until_ready(self.cluster, &objects).await?;
            }
            Ok(written)
        };
        match installed.await {
            Ok(written) => {
                let what = if self.options.limit.is_some() {
                    "installed"
                } else {
                    "applied"
                };
                self.messages.done(&format!("{title} {what}"));
                Ok(written)
            }
            Err(failure) => {
                self.messages.failed(&failed_line(title, &failure));
                // the line above has the details; the error that ends the program sums up
                Err(Failure {
                    causes: vec![failure.message],
                    message: "the installation is not complete".to_owned(),
                    ..failure
                })
            }
        }
    }
}

fn failed_line(title: &str, failure: &Failure) -> String {
    let mut line = format!("{title} encountered an error: {}", failure.message);
    for cause in &failure.causes {
        line.push_str("\n    ");
        line.push_str(cause);
    }
    line
}

/// The sum of two, or what failed in either.
fn both(one: Result<usize, Failure>, other: Result<usize, Failure>) -> Result<usize, Failure> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(one + other),
        (Err(mut one), Err(other)) => {
            one.causes.extend(other.causes);
            Err(one)
        }
        (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
    }
}
