//! What is known of all pods, for whoever asks.

use std::fmt;

use mesh_wire::enrolment::Pod;
use mesh_wire::well_known::annotation::REDIRECTION_ENABLED;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use super::Keeper;
use super::view::View;
use crate::metrics::PodState;
use crate::pods::Uid;

impl Keeper {
    /// What is known about each pod that is or should be captured.
    #[must_use]
    pub fn views(&self) -> Vec<(Uid, View)> {
        let slots = self.slots();
        slots
            .iter()
            .map(|(uid, slot)| (uid.clone(), slot.view().clone()))
            .collect()
    }

    /// Sets the gauges of what stands where.
    pub fn account(&self) {
        let views = self.views();
        let wanted = || views.iter().filter(|(_, view)| view.is_wanted());
        let count = |state| wanted().filter(|(_, view)| view.state == Some(state)).count();
        self.tools
            .metrics
            .states(PodState::ALL.map(|state| (state, count(state))));
        let oldest = wanted().filter_map(|(_, view)| view.unverified_for()).max();
        self.tools
            .metrics
            .waiting(self.tools.queue.depth(), oldest.unwrap_or_default());
    }
}

/// The four signals of every pod, as metrics: made when somebody scrapes, so that pods which are gone leave nothing.
pub struct Signals(pub Keeper);

impl fmt::Debug for Signals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Signals").finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignalLabel {
    namespace: String,
    pod: String,
    signal: &'static str,
}

/// Name, whether it says yes, and how old that is in seconds.
type Signal = (&'static str, bool, Option<u64>);

fn signals(pod: &Pod) -> [Signal; 4] {
    let is_enabled = pod.annotation.as_deref() == Some(REDIRECTION_ENABLED);
    let is_redirected = pod.rules.in_place && pod.rules.listeners;
    [
        ("intent", pod.intent.capture, pod.intent.age_seconds),
        ("annotation", is_enabled, pod.annotation_seconds),
        ("proxy", pod.proxy.serves == Some(true), pod.proxy.age_seconds),
        ("redirected", is_redirected, pod.rules.age_seconds),
    ]
}

impl Signals {
    fn family(
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        pods: &[Pod],
        value: impl Fn(&Signal) -> Option<i64>,
    ) -> fmt::Result {
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for pod in pods {
            for signal in signals(pod) {
                let label = SignalLabel {
                    namespace: pod.namespace.clone(),
                    pod: pod.name.clone(),
                    signal: signal.0,
                };
                if let Some(value) = value(&signal) {
                    ConstGauge::new(value).encode(metric.encode_family(&label)?)?;
                }
            }
        }
        Ok(())
    }
}

impl Collector for Signals {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let pods: Vec<Pod> = self
            .0
            .views()
            .iter()
            .map(|(uid, view)| view.report(uid))
            .collect();
        if pods.is_empty() {
            return Ok(());
        }
        let says = (
            "istio_cni_pod_signal",
            "Whether a signal says that the pod is in the mesh",
        );
        Self::family(&mut encoder, says, &pods, |(_, says, _)| Some(i64::from(*says)))?;
        let age = (
            "istio_cni_pod_signal_age_seconds",
            "How old what a signal says is",
        );
        Self::family(&mut encoder, age, &pods, |(_, _, age)| {
            i64::try_from((*age)?).ok()
        })
    }
}
