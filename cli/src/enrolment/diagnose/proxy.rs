//! The node proxy, and what it knows. (rows 9, 10, 12, 24, 25) (pure)

use super::{Asking, Step, answer, no, step, unknown};
use crate::enrolment::facts::Part;

impl Asking<'_> {
    pub(super) fn held(&self) -> Step {
        let evidence = format!(
            "meshctl ztunnel-config connections {}.{}",
            self.pod.facts.name, self.namespace.name
        );
        let step = step("does the node proxy hold it?", "its state is Up", evidence);
        match &self.parts.proxy {
            Part::Absent => no(
                step,
                format!("no node proxy runs on {}", self.pod.node),
                "12",
                "look at the events of DaemonSet ztunnel",
            ),
            Part::NotReady(name, why) => no(
                step,
                format!("{name} is not ready: {why}"),
                "24",
                format!("kubectl logs -n {} {name}", self.system),
            ),
            Part::Ready(_) => answer(
                step,
                self.pod.claims.held,
                "it is not among the pods that the proxy serves",
                ("12", format!("meshctl ns repair {}", self.namespace.name)),
            ),
        }
    }

    pub(super) fn known(&self) -> Step {
        let evidence = format!(
            "meshctl ztunnel-config workloads --workload-namespace {}",
            self.namespace.name
        );
        let step = step(
            "does the control plane advertise it as HBONE?",
            "its protocol is HBONE",
            evidence,
        );
        let is_listed = self.parts.known.contains(&self.title());
        let (finding, row, fix) = if is_listed {
            (
                "it is advertised as TCP",
                "10",
                "wait for the control plane, then `meshctl proxy-status`",
            )
        } else {
            (
                "the control plane does not know it",
                "9",
                "align discoverySelectors of the mesh configuration with the namespace's labels",
            )
        };
        answer(step, self.pod.claims.tunnelled, finding, (row, fix.to_owned()))
    }

    pub(super) fn certificate(&self) -> Step {
        let evidence = format!("meshctl ztunnel-config certificates --node {}", self.pod.node);
        let step = step(
            "does the proxy hold its certificate?",
            "it is available",
            evidence,
        );
        match self.parts.certificates.get(&self.around.identity) {
            Some(state) if state == "Available" => step,
            Some(state) => no(
                step,
                state.clone(),
                "25",
                format!(
                    "kubectl logs -n {} -l app=istiod; trustedZtunnelNamespace and the token's audience",
                    self.system
                ),
            ),
            None => unknown(step, "it is not in the dump"),
        }
    }
}
