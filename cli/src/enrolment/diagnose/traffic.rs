//! What lets traffic in or not. (rows 27, 29, 39) (pure)

use super::{Asking, Step, no, step};

impl Asking<'_> {
    pub(super) fn path(&self) -> Step {
        let evidence = format!("meshctl ns plan {} -o policies", self.namespace.name);
        let step = step(
            "do network policies let tunnels and probes through?",
            "nothing is cut",
            evidence,
        );
        if self.around.cut_by.is_empty() {
            return step;
        }
        no(
            step,
            format!(
                "NetworkPolicy {} cuts what it allows for plain pods",
                self.around.cut_by.join(", ")
            ),
            "27",
            format!(
                "meshctl ns enroll {} --fix-networkpolicy=apply",
                self.namespace.name
            ),
        )
    }

    pub(super) fn policy(&self) -> Step {
        let evidence = format!(
            "meshctl authz who-can-reach pod/{}.{} --all",
            self.pod.facts.name, self.namespace.name
        );
        let step = step("do authorization policies let anybody in?", "they do", evidence);
        match &self.around.policies {
            None => step,
            Some(why) => no(
                step,
                why.clone(),
                "29",
                "move L7 rules to a waypoint, or add an ALLOW rule",
            ),
        }
    }

    pub(super) fn healthy(&self) -> Step {
        let step = step("is the pod itself ready?", "it is", self.get_pod("-o wide"));
        match &self.around.unready {
            None => step,
            Some(why) => no(step, why.clone(), "39", "see the pod's events and log"),
        }
    }
}
