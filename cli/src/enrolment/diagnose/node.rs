//! The node agent, and what it says and does. (rows 6, 7, 11, 18, 20, 22, 23) (pure)

use super::{Asking, Step, answer, no, part_name, step, with};
use crate::enrolment::facts::Part;
use mesh_wire::well_known::annotation::{BYPASS_INBOUND, REDIRECTION, REDIRECTION_ENABLED};

impl Asking<'_> {
    pub(super) fn agent(&self) -> Step {
        let evidence = format!(
            "kubectl get pods -n {} -l k8s-app=istio-cni-node -o wide --field-selector spec.nodeName={}",
            self.system, self.pod.node
        );
        let step = step("is the node agent of its node ready?", "", evidence);
        if self.pod.node.is_empty() {
            return no(
                step,
                "the pod has no node yet",
                "7",
                "see the pod's events: it is not scheduled",
            );
        }
        match &self.parts.agent {
            Part::Ready(name) => with(step, format!("{name} is ready")),
            Part::NotReady(name, why) => no(
                step,
                format!("{name} is not ready: {why}"),
                "11",
                format!("kubectl logs -n {} {name}", self.system),
            ),
            Part::Absent if self.facts.nodes.values().all(|one| one.agent == Part::Absent) => no(
                step,
                "no node agent runs anywhere",
                "6",
                "meshctl install: all charts with the profile ambient",
            ),
            Part::Absent => no(
                step,
                format!("no node agent runs on {}", self.pod.node),
                "7",
                "look at the DaemonSet's events: taints, quota, affinity",
            ),
        }
    }

    pub(super) fn annotation(&self) -> Step {
        let step = step(
            "does the agent say it is captured?",
            "",
            self.get_pod("-o jsonpath='{.metadata.annotations}'"),
        );
        let held = self.pod.facts.annotations.get(REDIRECTION).map(String::as_str);
        let error = self
            .pod
            .error
            .clone()
            .map_or_else(String::new, |error| format!(": {error}"));
        match held {
            Some(REDIRECTION_ENABLED) => with(step, format!("{REDIRECTION}={REDIRECTION_ENABLED}")),
            Some(other) => no(
                step,
                format!("{REDIRECTION}={other}{error}"),
                "22",
                "bring the node proxy up; the agent tries again by itself",
            ),
            None if error.is_empty() => no(
                step,
                "the agent has not touched it",
                "18",
                format!("meshctl ns repair {}", self.namespace.name),
            ),
            None => no(
                step,
                format!("the agent could not capture it{error}"),
                "23",
                "mend what the agent names; its log says more",
            ),
        }
    }

    pub(super) fn rules(&self) -> Step {
        let evidence = format!(
            "kubectl exec -n {} {} -- wget -qO- localhost:9876/enrolment",
            self.system,
            part_name(&self.parts.agent)
        );
        let mut step = step(
            "are its rules and listeners in place?",
            "found in its network namespace",
            evidence,
        );
        if let Some(value) = self.pod.facts.annotations.get(BYPASS_INBOUND) {
            step.finding =
                format!("found; plain text comes in unproxied, since {BYPASS_INBOUND}={value} (row 21a)");
        }
        let fix = format!(
            "meshctl ns repair {} --pod {}",
            self.namespace.name, self.pod.facts.name
        );
        answer(
            step,
            self.pod.claims.redirected,
            "the annotation says captured, but traffic is not redirected",
            ("20", fix),
        )
    }
}
