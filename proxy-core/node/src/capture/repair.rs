//! What is said and counted when somebody's change of a pod's rules was undone.

use super::Keeper;
use crate::pods::annotate::News;
use crate::pods::record::PodRecord;
use crate::redirect::bypass::Slipped;

impl Keeper {
    /// The rules are back; `slipped` went beside them and is not known where the kernel does not tell.
    pub(super) fn repaired(&self, pod: &PodRecord, slipped: Option<Slipped>) {
        let (namespace, name) = (&pod.facts.namespace, &pod.facts.name);
        tracing::warn!(ns = %namespace, %name, "the pod's rules had been changed and are back");
        self.tools.metrics.repaired();
        if slipped.is_some_and(|slipped| slipped.connections == 0) {
            let message =
                "the rules in the pod's network namespace had been changed or removed; they are back";
            self.tools.annotator.say(pod, News::Repaired, message);
        } else {
            self.slipped(pod, slipped);
        }
    }

    /// Connections of a pod that is to be in the mesh went beside it.
    pub(super) fn slipped(&self, pod: &PodRecord, slipped: Option<Slipped>) {
        let passed = match slipped {
            Some(Slipped { connections, bytes }) => {
                self.tools.metrics.slipped(connections, bytes);
                format!("{connections} open connections had carried {bytes} bytes beside the mesh")
            }
            None => "how much passed beside the mesh cannot be told".to_owned(),
        };
        let (namespace, name) = (&pod.facts.namespace, &pod.facts.name);
        tracing::warn!(ns = %namespace, %name, %passed, "traffic went beside the mesh");
        let message =
            format!("the rules in the pod's network namespace had been away and are back; {passed}");
        self.tools.annotator.say(pod, News::Bypassed, &message);
    }
}
