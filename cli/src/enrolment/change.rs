//! Puts namespaces into the mesh and takes them out again, exactly as they were.

use super::facts::{NamespaceRow, PodRow, Whose};
use super::judge::State;
use crate::cluster::Cluster;
use crate::exit::Failure;
use mesh_node::enroll::Labels;
use mesh_wire::well_known::field_manager;
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, REVISION};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// On a namespace that had another mode before it was enrolled: that mode.
pub const PREVIOUS: &str = "meshctl.dev/previous-dataplane-mode";
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The patch that enrols a namespace with these labels; `None` if it is enrolled.
#[must_use]
pub fn enrolling_patch(labels: &Labels) -> Option<Value> {
    let before = labels.get(DATAPLANE_MODE);
    if before.is_some_and(|mode| mode == AMBIENT) {
        return None;
    }
    let mut patch = json!({"metadata": {"labels": {DATAPLANE_MODE: AMBIENT}}});
    if let Some(before) = before {
        patch["metadata"]["annotations"] = json!({PREVIOUS: before});
    }
    Some(patch)
}

/// The patch that undoes it; `None` if the namespace is not enrolled.
#[must_use]
pub fn unenrolling_patch(namespace: &Value) -> Option<Value> {
    let metadata = &namespace["metadata"];
    if metadata["labels"].get(DATAPLANE_MODE).and_then(Value::as_str) != Some(AMBIENT) {
        return None;
    }
    let before = metadata["annotations"]
        .get(PREVIOUS)
        .cloned()
        .unwrap_or(Value::Null);
    let mut patch = json!({"metadata": {"labels": {DATAPLANE_MODE: before}}});
    if !before.is_null() {
        patch["metadata"]["annotations"] = json!({PREVIOUS: null});
    }
    Some(patch)
}

/// Why a namespace must not simply be enrolled: its new pods would get sidecars, and those are never captured.
#[must_use]
pub fn sidecar_objection(namespace: &NamespaceRow) -> Option<String> {
    let name = &namespace.name;
    if namespace
        .labels
        .get("istio-injection")
        .is_some_and(|value| value == "enabled")
    {
        return Some(format!(
            "namespace `{name}` has the label istio-injection=enabled: new pods would get sidecars"
        ));
    }
    let is_sidecar = |state: State| state == State::Excluded(mesh_node::enroll::Reason::Sidecar);
    let annotated = |pod: &&PodRow| {
        is_sidecar(pod.state)
            || pod
                .facts
                .annotations
                .contains_key(mesh_wire::well_known::annotation::SIDECAR_STATUS)
    };
    if let Some(pod) = namespace.pods.iter().find(annotated) {
        return Some(format!(
            "pod `{name}/{}` has a sidecar, and would not be captured",
            pod.facts.name
        ));
    }
    let revision = namespace.labels.get(REVISION)?;
    Some(format!(
        "namespace `{name}` has the label {REVISION}={revision}, which an injection webhook may select"
    ))
    .filter(|_| {
        namespace
            .labels
            .get("istio-injection")
            .is_none_or(|value| value != "disabled")
    })
}

impl Cluster {
    /// Patches a namespace's labels.
    ///
    /// # Errors
    /// The API refuses.
    pub async fn patch_namespace(
        &self,
        name: &str,
        patch: &Value,
        is_dry_run: bool,
    ) -> Result<Value, Failure> {
        let trial = if is_dry_run { "&dryRun=All" } else { "" };
        let url = format!(
            "/api/v1/namespaces/{name}?fieldManager={}{trial}",
            field_manager::CLI
        );
        let doing = format!("cannot label namespace `{name}`");
        self.send(&doing, "PATCH", &url, ("application/merge-patch+json", patch))
            .await
    }

    /// Waits until each pod of these namespaces is captured, or has a reason not to be.
    ///
    /// # Errors
    /// The time ran out; the failure names the pods.
    pub async fn wait_captured(
        &self,
        system: &str,
        names: &[String],
        limit: Duration,
    ) -> Result<Vec<NamespaceRow>, Failure> {
        self.wait_for(system, names, limit, ("captured", State::is_settled))
            .await
    }

    /// Waits until no pod of these namespaces says any more that it is in the mesh, but for those with a label of their own.
    ///
    /// # Errors
    /// The time ran out; the failure names the pods.
    pub async fn wait_released(
        &self,
        system: &str,
        names: &[String],
        limit: Duration,
    ) -> Result<(), Failure> {
        let is_out = |state: State| state != State::Leaving;
        self.wait_for(system, names, limit, ("released", is_out))
            .await
            .map(drop)
    }

    async fn wait_for(
        &self,
        system: &str,
        names: &[String],
        limit: Duration,
        (what, is_over): (&str, impl Fn(State) -> bool),
    ) -> Result<Vec<NamespaceRow>, Failure> {
        let (begin, mut pause) = (Instant::now(), PAUSE);
        loop {
            let facts = self.fetch_enrolment(system, Whose::These(names)).await?;
            let pods = facts.namespaces.iter().flat_map(|namespace| &namespace.pods);
            let open: Vec<_> = pods.filter(|pod| !is_over(pod.state)).collect();
            if open.is_empty() {
                return Ok(facts.namespaces);
            }
            if begin.elapsed() >= limit {
                let title = format!("{} pod(s) are not {what} after {} s", open.len(), limit.as_secs());
                let mut failure = Failure::timed_out(title)
                    .hint("`meshctl ns status NAMESPACE` shows each pod and what is known of it");
                let lines = open.iter().take(10);
                failure.causes = lines.map(|pod| line(pod)).collect();
                failure.causes.extend(facts.silent);
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

fn line(pod: &PodRow) -> String {
    let why = pod
        .error
        .as_ref()
        .map_or_else(String::new, |why| format!("; the node agent says: {why}"));
    format!("{}/{}: {}{why}", pod.facts.namespace, pod.facts.name, pod.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(entries: &[(&str, &str)]) -> Labels {
        entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn cli_c22_unenrolling_undoes_exactly() {
        assert_eq!(enrolling_patch(&labels(&[(DATAPLANE_MODE, AMBIENT)])), None);
        let fresh = enrolling_patch(&labels(&[("a", "b")])).unwrap();
        assert_eq!(fresh, json!({"metadata": {"labels": {DATAPLANE_MODE: AMBIENT}}}));
        let undone = unenrolling_patch(&json!({"metadata": {"labels": {DATAPLANE_MODE: AMBIENT}}})).unwrap();
        assert_eq!(undone, json!({"metadata": {"labels": {DATAPLANE_MODE: null}}}));
        let other = enrolling_patch(&labels(&[(DATAPLANE_MODE, "none")])).unwrap();
        assert_eq!(other["metadata"]["annotations"], json!({PREVIOUS: "none"}));
        let enrolled =
            json!({"metadata": {"labels": {DATAPLANE_MODE: AMBIENT}, "annotations": {PREVIOUS: "none"}}});
        let undone = unenrolling_patch(&enrolled).unwrap();
        assert_eq!(
            undone,
            json!({"metadata": {"labels": {DATAPLANE_MODE: "none"}, "annotations": {PREVIOUS: null}}})
        );
        assert_eq!(unenrolling_patch(&json!({"metadata": {}})), None);
    }

    #[test]
    fn cli_c22_sidecar_labels_are_an_objection() {
        let namespace = |entries: &[(&str, &str)]| NamespaceRow {
            name: "shop".to_owned(),
            labels: labels(entries),
            pods: Vec::new(),
        };
        assert_eq!(sidecar_objection(&namespace(&[])), None);
        assert!(
            sidecar_objection(&namespace(&[("istio-injection", "enabled")]))
                .unwrap()
                .contains("istio-injection")
        );
        assert!(
            sidecar_objection(&namespace(&[(REVISION, "canary")]))
                .unwrap()
                .contains("canary")
        );
    }
}
