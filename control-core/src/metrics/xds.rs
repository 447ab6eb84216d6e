//! What the discovery server counts.

use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Count, Counts, Labels, TIMES, Timing, add_counts, label};

/// Upper bounds of sizes, in bytes.
const SIZES: [f64; 6] = [1e3, 1e4, 1e5, 1e6, 4e6, 1e7];

/// Values by type.
#[derive(Clone, Debug)]
struct ByType(Family<Labels, Histogram, fn() -> Histogram>);

/// Counters of the discovery server.
#[derive(Clone, Debug)]
pub struct XdsMetrics {
    /// Connected clients by version.
    pub clients: Counts,
    /// Responses sent, by type.
    pub pushes: Counts,
    /// Responses refused, by type.
    pub rejects: Counts,
    /// Answers to older responses, by type.
    pub expired: Counts,
    /// Clients dropped for reading too slowly.
    pub write_timeouts: Count,
    /// Requests that could not be read.
    pub internal_errors: Count,
    /// Changes taken in, by kind.
    pub updates: Counts,
    /// Services published.
    pub services: Count,
    /// Pushes, by the type of what changed.
    pub triggers: Counts,
    /// From the first change to its push.
    pub debounce: Timing,
    /// Publishing one push's state.
    pub publishing: Timing,
    /// From a push until a client's turn.
    pub queued: Timing,
    /// From a push until it is handed to a client.
    pub convergence: Timing,
    /// Handing one response to a client, by type.
    push_time: ByType,
    /// Sizes of responses, by type.
    sizes: ByType,
}

impl Default for XdsMetrics {
    fn default() -> Self {
        let by_type = |make: fn() -> Histogram| ByType(Family::new_with_constructor(make));
        Self {
            clients: Counts::default(),
            pushes: Counts::default(),
            rejects: Counts::default(),
            expired: Counts::default(),
            write_timeouts: Count::default(),
            internal_errors: Count::default(),
            updates: Counts::default(),
            services: Count::default(),
            triggers: Counts::default(),
            debounce: Timing::default(),
            publishing: Timing::default(),
            queued: Timing::default(),
            convergence: Timing::default(),
            push_time: by_type(|| Histogram::new(TIMES)),
            sizes: by_type(|| Histogram::new(SIZES)),
        }
    }
}

/// What is counted of the responses of one type: looked up once, since they are many.
#[derive(Clone, Debug)]
pub struct Sending {
    pushes: Count,
    push_time: Histogram,
    sizes: Histogram,
}

impl Sending {
    /// A response of this many bytes is about to be sent.
    pub fn begins(&self, bytes: usize) {
        self.pushes.inc();
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.sizes.observe(f64::from(bytes));
    }

    /// A response was handed over.
    pub fn ended(&self, took: Duration) {
        self.push_time.observe(took.as_secs_f64());
    }
}

impl XdsMetrics {
    /// The counters of responses of a type.
    #[must_use]
    pub fn sending(&self, kind: &str) -> Sending {
        let label = label("type", kind);
        Sending {
            pushes: self.pushes.get_or_create_owned(&label),
            push_time: self.push_time.0.get_or_create_owned(&label),
            sizes: self.sizes.0.get_or_create_owned(&label),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let mut add = |name: &str, help: &str, counts: &Counts| registry.register(name, help, counts.clone());
        add("pilot_xds", "Connected clients", &self.clients);
        add("pilot_xds_pushes", "Responses sent", &self.pushes);
        add("pilot_total_xds_rejects", "Responses refused", &self.rejects);
        add(
            "pilot_xds_expired_nonce",
            "Answers to older responses",
            &self.expired,
        );
        add("pilot_inbound_updates", "Changes taken in", &self.updates);
        registry.register(
            "pilot_xds_write_timeout",
            "Clients dropped for slow reading",
            self.write_timeouts.clone(),
        );
        registry.register(
            "pilot_total_xds_internal_errors",
            "Requests that could not be read",
            self.internal_errors.clone(),
        );
        registry.register("pilot_services", "Services published", self.services.clone());
        add_counts(registry, "pilot_push_triggers", "Pushes", &self.triggers);
        let mut time = |name: &str, help: &str, of: &Timing| registry.register(name, help, of.0.clone());
        time(
            "pilot_debounce_time",
            "Seconds from the first change to its push",
            &self.debounce,
        );
        time(
            "pilot_pushcontext_init_seconds",
            "Seconds of publishing a push",
            &self.publishing,
        );
        time(
            "pilot_proxy_queue_time",
            "Seconds until a client's turn",
            &self.queued,
        );
        time(
            "pilot_proxy_convergence_time",
            "Seconds until a client has it",
            &self.convergence,
        );
        let mut by_type = |name: &str, help: &str, of: &ByType| registry.register(name, help, of.0.clone());
        by_type("pilot_xds_push_time", "Seconds of handing over", &self.push_time);
        by_type("pilot_xds_config_size_bytes", "Bytes of responses", &self.sizes);
    }
}
