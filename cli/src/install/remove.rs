//! Taking the mesh off again, in the order that cuts nobody off (`spec/cli.md` 5).
//!
//! Namespaces leave first and their pods are released while node agent and proxy still run; then waypoints, node proxy,
//! node agent, control plane, what they made, and definitions only when asked. Everything is found by label, so a run
//! that was interrupted is simply run again.

use super::component::{Component, label, meta, title_of};
use super::kinds::{DEFINITION, REMOVABLE};
use super::leftovers::{self, Fate};
use super::prune;
use super::wait::encode;
use crate::cluster::{Cluster, Deletion};
use crate::exit::Failure;
use crate::render::message::Messages;
use mesh_wire::well_known::label::{OPERATOR_COMPONENT, OPERATOR_OWNER};
use serde_json::Value;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(100);

/// What is taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything of the mesh, every revision.
    Purge,
    /// One owner's objects.
    Owner(String),
}

impl Scope {
    fn selector(&self) -> String {
        match self {
            Self::Purge => OPERATOR_COMPONENT.to_owned(),
            Self::Owner(owner) => format!("{OPERATOR_OWNER}={owner}"),
        }
    }
}

/// A removal under way.
pub struct Removal<'a> {
    cluster: &'a Cluster,
    messages: Messages,
    system: String,
    deadline: Instant,
}

impl<'a> Removal<'a> {
    /// A removal that has not begun.
    #[must_use]
    pub fn new(cluster: &'a Cluster, messages: Messages, system: String, limit: Duration) -> Self {
        Self {
            cluster,
            messages,
            system,
            deadline: Instant::now() + limit,
        }
    }

    /// What would be removed, in the order in which it goes; definitions are not here.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_objects(&self, scope: &Scope) -> Result<Vec<Value>, Failure> {
        let found = prune::fetch_labelled(self.cluster, &REMOVABLE, &scope.selector()).await?;
        let mut objects: Vec<Value> = found
            .into_iter()
            .filter(|object| component_of(object).is_some())
            .collect();
        objects.sort_by_key(|object| (std::cmp::Reverse(removal_rank(object)), !is_workload(object)));
        Ok(objects)
    }

    /// The definitions of the mesh's kinds.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_definitions(&self) -> Result<Vec<Value>, Failure> {
        prune::fetch_labelled(self.cluster, &[DEFINITION], OPERATOR_COMPONENT).await
    }

    /// Removes the objects component by component. A component's workload goes first, and what its pods need to
    /// clean up goes only after them.
    ///
    /// # Errors
    /// A refusal, or the time ran out.
    pub async fn remove(&self, objects: &[Value]) -> Result<(), Failure> {
        for group in objects.chunk_by(|a, b| removal_rank(a) == removal_rank(b)) {
            let (workloads, rest): (Vec<Value>, Vec<Value>) = group.iter().cloned().partition(is_workload);
            self.remove_and_wait(&workloads).await?;
            for workload in &workloads {
                self.wait_pods_gone(workload).await?;
            }
            self.remove_and_wait(&rest).await?;
            if let Some(component) = group.first().and_then(component_of) {
                self.messages.done(&format!("{} removed", component.title()));
            }
        }
        Ok(())
    }

    /// Removes what the mesh made while it ran.
    ///
    /// # Errors
    /// As [`Self::remove`].
    pub async fn remove_leftovers(&self) -> Result<usize, Failure> {
        let found = leftovers::fetch_runtime(self.cluster, &self.system).await?;
        self.remove_and_wait(&found).await?;
        Ok(found.len())
    }

    /// Removes waypoints, and waits until what was made for them is gone.
    ///
    /// # Errors
    /// As [`Self::remove`].
    pub async fn remove_waypoints(&self) -> Result<usize, Failure> {
        let found = leftovers::fetch_waypoints(self.cluster).await?;
        self.remove_and_wait(&found).await?;
        Ok(found.len())
    }

    /// Removes the system namespace if `install` made it and it is empty.
    ///
    /// # Errors
    /// As [`Self::remove`].
    pub async fn remove_namespace(&self) -> Result<(), Failure> {
        match leftovers::fetch_namespace_fate(self.cluster, &self.system).await? {
            Fate::Gone => Ok(()),
            Fate::Remove(namespace) => self.remove_and_wait(&[namespace]).await,
            Fate::Keep(why) => {
                self.messages
                    .warn(&format!("namespace `{}` stays: {why}", self.system));
                Ok(())
            }
        }
    }

    /// Deletes objects and waits until each is gone.
    ///
    /// # Errors
    /// As [`Self::remove`].
    pub async fn remove_and_wait(&self, objects: &[Value]) -> Result<(), Failure> {
        let mut waiting = Vec::new();
        for object in objects {
            let path = self.cluster.fetch_path(object).await?;
            if self.cluster.delete(&path, Deletion::Foreground).await? {
                waiting.push((path, title_of(object), object["metadata"]["uid"].clone()));
            }
        }
        for (path, title, uid) in waiting {
            while let Some(left) = self.cluster.get(&path).await? {
                // another one of the same name is somebody else's business
                if left["metadata"]["uid"] != uid {
                    break;
                }
                self.pause(&title, &finalizers(&left)).await?;
            }
        }
        Ok(())
    }

    async fn wait_pods_gone(&self, workload: &Value) -> Result<(), Failure> {
        let labels = workload["spec"]["selector"]["matchLabels"].as_object();
        let pairs = labels
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
        let selector = encode(&pairs.collect::<Vec<_>>().join(","));
        if selector.is_empty() {
            return Ok(());
        }
        let path = format!(
            "/api/v1/namespaces/{}/pods?labelSelector={selector}",
            meta(workload, "namespace")
        );
        loop {
            let pods = self.cluster.list(&path).await?;
            let Some(pod) = pods.first() else {
                return Ok(());
            };
            self.pause(
                &format!("Pod/{}/{}", meta(pod, "namespace"), meta(pod, "name")),
                "its container still runs",
            )
            .await?;
        }
    }

    async fn pause(&self, title: &str, why: &str) -> Result<(), Failure> {
        if Instant::now() >= self.deadline {
            return Err(Failure::timed_out(format!("`{title}` does not go away"))
                .because(why)
                .hint("run the same command again: it goes on where it stopped"));
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }
}

fn finalizers(object: &Value) -> String {
    let list = object["metadata"]["finalizers"].as_array();
    let names: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() {
        "it is still being deleted".to_owned()
    } else {
        format!("it waits for its finalizers: {}", names.join(", "))
    }
}

fn is_workload(object: &Value) -> bool {
    matches!(object["kind"].as_str(), Some("Deployment" | "DaemonSet"))
}

/// Whose object it is; gateways of other tools are not ours to remove.
fn component_of(object: &Value) -> Option<Component> {
    let name = label(object, OPERATOR_COMPONENT)?;
    Component::ALL
        .into_iter()
        .find(|component| component.label() == name)
}

/// Later components go first; the node agent outlives the proxy, both outlive nothing else.
fn removal_rank(object: &Value) -> u8 {
    match component_of(object) {
        Some(Component::Ztunnel) => 3,
        Some(Component::Cni) => 2,
        Some(Component::Pilot) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cli_c16_the_proxy_goes_before_the_agent_and_the_control_plane_last() {
        let object = |component: &str, kind: &str| json!({"kind": kind, "metadata": {"labels": {OPERATOR_COMPONENT: component}}});
        let mut objects = [
            object("Pilot", "Service"),
            object("Base", "ServiceAccount"),
            object("Cni", "ClusterRole"),
            object("Cni", "DaemonSet"),
            object("Ztunnel", "DaemonSet"),
        ];
        objects.sort_by_key(|object| (std::cmp::Reverse(removal_rank(object)), !is_workload(object)));
        let order: Vec<_> = objects
            .iter()
            .map(|object| (component_of(object).unwrap().chart(), is_workload(object)))
            .collect();
        assert_eq!(
            order,
            [
                ("ztunnel", true),
                ("cni", true),
                ("cni", false),
                ("istiod", false),
                ("base", false)
            ]
        );
        assert_eq!(component_of(&object("IngressGateways", "Deployment")), None);
    }
}
