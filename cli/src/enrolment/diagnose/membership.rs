//! Is it meant to be captured? (rows 1 to 5) (pure)

use super::{Asking, Step, no, step};
use mesh_node::enroll::{self, Reason, Verdict};
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, NONE};

impl Asking<'_> {
    pub(super) fn eligible(&self) -> Step {
        let step = step(
            "is it meant to be captured?",
            format!("label {DATAPLANE_MODE} and the pod itself say so"),
            self.get_pod("--show-labels"),
        );
        let Verdict::Leave(reason) =
            enroll::decide(&self.pod.facts, &self.namespace.labels, &self.facts.rules)
        else {
            return step;
        };
        let home = &self.namespace.name;
        let (row, fix) = match reason {
            Reason::NotSelected => (
                "1",
                format!(
                    "meshctl ns enroll {home}, or check the spelling of the label on namespace and pod template"
                ),
            ),
            Reason::OptedOut => (
                "2",
                format!("remove {DATAPLANE_MODE}=none from the pod's template, unless it is meant"),
            ),
            Reason::HostNetwork => (
                "3",
                "not possible for pods of the host network; write policies by address".to_owned(),
            ),
            Reason::Sidecar => (
                "4",
                format!("remove the injection label of namespace {home}, then recreate the pod"),
            ),
            Reason::ExcludedNamespace => (
                "5",
                "take the namespace out of excludeNamespaces of the chart cni".to_owned(),
            ),
            Reason::NodeProxy => ("3", "it is the node proxy itself".to_owned()),
            Reason::Finished => ("43", "it has ended".to_owned()),
        };
        let odd = [&self.pod.facts.labels, &self.namespace.labels]
            .iter()
            .find_map(|labels| labels.get(DATAPLANE_MODE))
            .filter(|value| ![AMBIENT, NONE].contains(&value.as_str()));
        let finding = match odd {
            Some(value) => format!("{DATAPLANE_MODE}={value} has the effect of no label"),
            None => reason.to_string(),
        };
        no(step, finding, row, fix)
    }
}
