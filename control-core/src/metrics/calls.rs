//! Calls of the gRPC servers, and events of the watches.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tonic::Code;

use super::{Count, Counts, Labels};
use crate::index::event::Kind;

/// Calls by service, method and how they ended.
#[derive(Clone, Debug, Default)]
pub struct CallMetrics {
    started: Family<Labels, Counter>,
    handled: Family<Labels, Counter>,
}

/// A call that has started; how it ends is counted once.
#[derive(Debug)]
pub struct Call {
    metrics: CallMetrics,
    labels: Labels,
    code: Code,
}

impl CallMetrics {
    /// A call of a method starts; unless said otherwise it ends well.
    #[must_use]
    pub fn start(&self, service: &str, method: &str) -> Call {
        let labels = vec![
            ("grpc_service", service.to_owned()),
            ("grpc_method", method.to_owned()),
        ];
        self.started.get_or_create_owned(&labels).inc();
        Call {
            metrics: self.clone(),
            labels,
            code: Code::Ok,
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("grpc_server_started", "Calls that began", self.started.clone());
        registry.register(
            "grpc_server_handled",
            "Calls that ended, by code",
            self.handled.clone(),
        );
    }
}

impl Call {
    /// It ends so.
    pub fn ends(&mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut labels = std::mem::take(&mut self.labels);
        labels.push(("grpc_code", format!("{:?}", self.code)));
        self.metrics.handled.get_or_create_owned(&labels).inc();
    }
}

/// Events of the watches.
#[derive(Clone, Debug, Default)]
pub struct WatchMetrics {
    registry: Counts,
    config: Counts,
}

/// Events of one kind.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Objects that are there when the watch begins.
    pub added: Count,
    /// Objects that came or changed later.
    pub updated: Count,
    /// Objects that went.
    pub deleted: Count,
}

impl WatchMetrics {
    /// The counters of a kind: of what runs in a cluster, or of what configures the mesh.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Watched {
        let is_config = matches!(
            kind,
            Kind::AuthorizationPolicy
                | Kind::PeerAuthentication
                | Kind::ServiceEntry
                | Kind::WorkloadEntry
                | Kind::Gateway
                | Kind::GatewayClass
        );
        let counts = if is_config { &self.config } else { &self.registry };
        let [added, updated, deleted] = ["add", "update", "delete"].map(|event| {
            let labels = vec![("type", kind.word().to_owned()), ("event", event.to_owned())];
            counts.get_or_create_owned(&labels)
        });
        Watched {
            added,
            updated,
            deleted,
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let (of_registry, of_config) = (self.registry.clone(), self.config.clone());
        registry.register("pilot_k8s_reg_events", "Events of what runs", of_registry);
        registry.register("pilot_k8s_cfg_events", "Events of what configures", of_config);
    }
}
