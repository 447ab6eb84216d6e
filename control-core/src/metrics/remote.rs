//! What is counted of other clusters.

use prometheus_client::registry::Registry;

use super::{Count, Counts, add_counts, label};

/// Other clusters (`control-plane.md` 11.4).
#[derive(Clone, Debug, Default)]
pub struct RemoteMetrics {
    managed: Counts,
    status: Counts,
    /// Clusters that were not listed in time.
    pub timeouts: Count,
    secrets: Counts,
}

impl RemoteMetrics {
    /// How many clusters there are of a type.
    #[must_use]
    pub fn managed(&self, kind: &str) -> Count {
        self.managed.get_or_create_owned(&label("cluster_type", kind))
    }

    /// A secret came, changed or went.
    pub fn secret_event(&self, event: &str) {
        self.secrets.get_or_create_owned(&label("event", event)).inc();
    }

    /// How far a cluster is; each has the one sample that holds.
    pub fn show(&self, cluster: &str, status: &str, holds: bool) {
        let labels = vec![
            ("cluster", cluster.to_owned()),
            ("cluster_type", "remote".to_owned()),
            ("status", status.to_owned()),
        ];
        if holds {
            self.status.get_or_create_owned(&labels).set(1);
        } else {
            self.status.remove(&labels);
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        self.managed("local").set(1);
        self.managed("remote").set(0);
        add_counts(registry, "istiod_managed_clusters", "Clusters", &self.managed);
        let status = "How far another cluster is";
        add_counts(
            registry,
            "istiod_remote_cluster_sync_status",
            status,
            &self.status,
        );
        let events = "Secrets of other clusters that came, changed or went";
        add_counts(
            registry,
            "remote_cluster_secret_events_total",
            events,
            &self.secrets,
        );
        registry.register(
            "remote_cluster_sync_timeouts_total",
            "Clusters that were not listed in time",
            self.timeouts.clone(),
        );
    }
}
