//! The agent's metrics, by the field's names where the field has them (cni-agent.md 14).

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What a watch told about a pod or namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconcile {
    /// It was listed.
    Add,
    /// It changed.
    Update,
    /// It is gone.
    Delete,
}

/// How an installation pass ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// All is in place.
    Success,
    /// The programs could not be copied.
    CopyBinaries,
    /// The credentials could not be written.
    CreateKubeconfig,
    /// The configuration could not be written.
    CreateCniConfig,
}

/// Where a pod stands that is to be captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodState {
    /// Rules and proxy were checked.
    Verified,
    /// The proxy does not serve it yet.
    Pending,
    /// Its rules could not be written.
    MissingRules,
    /// Its namespace is not known.
    NoNetns,
}

impl PodState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Verified, Self::Pending, Self::MissingRules, Self::NoNetns];

    /// As labels spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Pending => "pending",
            Self::MissingRules => "missing_rules",
            Self::NoNetns => "no_netns",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pass {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Type {
    r#type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    response_code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rejected {
    boundary: &'static str,
    reason: &'static str,
}

/// All metrics. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    installs: Family<Pass, Counter>,
    install_ready: Gauge,
    reconciles: Family<Type, Counter>,
    requests: Family<Code, Counter>,
    connected: Gauge,
    captured: Family<StateLabel, Gauge>,
    failures: Family<StateLabel, Counter>,
    duration: Histogram,
    depth: Gauge,
    unverified: Gauge,
    repairs: Counter,
    slipped: Counter,
    slipped_bytes: Counter,
    rejected: Family<Rejected, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let buckets = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0];
        Self {
            installs: Family::default(),
            install_ready: Gauge::default(),
            reconciles: Family::default(),
            requests: Family::default(),
            connected: Gauge::default(),
            captured: Family::default(),
            failures: Family::default(),
            duration: Histogram::new(buckets),
            depth: Gauge::default(),
            unverified: Gauge::default(),
            repairs: Counter::default(),
            slipped: Counter::default(),
            slipped_bytes: Counter::default(),
            rejected: Family::default(),
        }
    }
}

impl Metrics {
    /// Registers all families.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("istio_cni_installs", "Installation passes", self.installs.clone());
        registry.register(
            "istio_cni_install_ready",
            "Whether the plugin is in place",
            self.install_ready.clone(),
        );
        registry.register(
            "nodeagent_reconcile_events",
            "Watched changes",
            self.reconciles.clone(),
        );
        registry.register(
            "istio_cni_plugin_requests",
            "Requests of the plugin",
            self.requests.clone(),
        );
        self.register_captures(registry);
        registry.register("mesh_rejected", "Input that was refused", self.rejected.clone());
    }

    fn register_captures(&self, registry: &mut Registry) {
        registry.register(
            "ztunnel_connected",
            "Connections of node proxies",
            self.connected.clone(),
        );
        registry.register(
            "istio_cni_captured_pods",
            "Pods that belong to the mesh",
            self.captured.clone(),
        );
        registry.register(
            "istio_cni_capture_failures",
            "Attempts to capture a pod that failed, by what the pod lacked then",
            self.failures.clone(),
        );
        registry.register(
            "istio_cni_capture_seconds",
            "Time to capture a pod",
            self.duration.clone(),
        );
        registry.register(
            "istio_cni_queue_depth",
            "Pods waiting to be looked at",
            self.depth.clone(),
        );
        registry.register(
            "istio_cni_oldest_unverified_seconds",
            "How long the pod that waits longest is not verified",
            self.unverified.clone(),
        );
        registry.register(
            "istio_cni_rule_repairs",
            "Rules that others changed and that were put back",
            self.repairs.clone(),
        );
        registry.register(
            "istio_cni_bypassed_connections",
            "Connections that went beside the mesh while rules were away",
            self.slipped.clone(),
        );
        registry.register(
            "istio_cni_bypassed_bytes",
            "What those had carried when the rules came back",
            self.slipped_bytes.clone(),
        );
    }

    /// A change was told.
    pub fn reconciled(&self, kind: Reconcile) {
        let r#type = match kind {
            Reconcile::Add => "add",
            Reconcile::Update => "update",
            Reconcile::Delete => "delete",
        };
        self.reconciles.get_or_create(&Type { r#type }).inc();
    }

    /// An installation pass ended.
    pub fn installed(&self, result: Installed) {
        let result = match result {
            Installed::Success => "SUCCESS",
            Installed::CopyBinaries => "COPY_BINARIES_FAILURE",
            Installed::CreateKubeconfig => "CREATE_KUBECONFIG_FAILURE",
            Installed::CreateCniConfig => "CREATE_CNI_CONFIG_FAILURE",
        };
        self.installs.get_or_create(&Pass { result }).inc();
    }

    /// The plugin is in place, or not.
    pub fn install_ready(&self, ready: bool) {
        self.install_ready.set(i64::from(ready));
    }

    /// The plugin was answered.
    pub fn answered(&self, response_code: u16) {
        self.requests.get_or_create(&Code { response_code }).inc();
    }

    /// So many proxies are connected.
    pub fn connected(&self, count: usize) {
        self.connected.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A capture succeeded.
    pub fn captured(&self, took: Duration) {
        self.duration.observe(took.as_secs_f64());
    }

    /// An attempt to capture a pod failed.
    pub fn failed(&self, state: PodState) {
        let label = StateLabel {
            state: state.as_str(),
        };
        self.failures.get_or_create(&label).inc();
    }

    /// Where the pods stand.
    pub fn states(&self, counts: impl IntoIterator<Item = (PodState, usize)>) {
        for (state, count) in counts {
            let label = StateLabel {
                state: state.as_str(),
            };
            self.captured
                .get_or_create(&label)
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// How much waits, and for how long.
    pub fn waiting(&self, depth: usize, oldest: Duration) {
        self.depth.set(i64::try_from(depth).unwrap_or(i64::MAX));
        self.unverified
            .set(i64::try_from(oldest.as_secs()).unwrap_or(i64::MAX));
    }

    /// Somebody's change was undone.
    pub fn repaired(&self) {
        self.repairs.inc();
    }

    /// Connections went beside the mesh.
    pub fn slipped(&self, connections: u64, bytes: u64) {
        self.slipped.inc_by(connections);
        self.slipped_bytes.inc_by(bytes);
    }

    /// Input was refused.
    pub fn rejected(&self, boundary: &'static str, reason: &'static str) {
        self.rejected.get_or_create(&Rejected { boundary, reason }).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_those_of_the_field() {
        // cni-agent 14
        let all = mesh_sys::metrics::Metrics::new();
        let metrics = Metrics::default();
        all.register(|registry| metrics.register(registry));
        metrics.reconciled(Reconcile::Update);
        metrics.installed(Installed::CopyBinaries);
        metrics.install_ready(true);
        metrics.answered(500);
        metrics.connected(2);
        metrics.states([(PodState::NoNetns, 3)]);
        metrics.failed(PodState::MissingRules);
        let text = all.render();
        for line in [
            "nodeagent_reconcile_events_total{type=\"update\"} 1",
            "istio_cni_installs_total{result=\"COPY_BINARIES_FAILURE\"} 1",
            "istio_cni_install_ready 1",
            "istio_cni_plugin_requests_total{response_code=\"500\"} 1",
            "ztunnel_connected 2",
            "istio_cni_captured_pods{state=\"no_netns\"} 3",
            "istio_cni_capture_failures_total{state=\"missing_rules\"} 1",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
