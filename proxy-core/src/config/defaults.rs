//! What holds where the environment says nothing. (pure)

use std::collections::BTreeMap;
use std::time::Duration;

use arcstr::ArcStr;
use mesh_wire::well_known::{mark, name, path, port};

use crate::config::{KEEPALIVE, Mode, Names, ProcessSettings, ProxySettings, TunnelSettings};
use crate::tls::TlsPolicy;

impl Default for Names {
    fn default() -> Self {
        Self {
            pod_name: String::new(),
            pod_namespace: String::new(),
            service_account: String::new(),
            instance_ip: "1.1.1.1".to_owned(),
            node_name: String::new(),
            cluster_id: name::CLUSTER_ID.to_owned(),
            cluster_domain: name::CLUSTER_DOMAIN.to_owned(),
            trust_domain: name::TRUST_DOMAIN.to_owned(),
            network: ArcStr::new(),
            istio_version: "unknown".to_owned(),
            metadata: BTreeMap::new(),
            file_metadata: BTreeMap::new(),
        }
    }
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            mode: Mode::Shared,
            workload: None,
            inpod_uds: path::ZDS_SOCKET.into(),
            port_reuse: true,
            packet_mark: Some(mark::PROXY),
            original_source: None,
            localhost_app_tunnel: true,
            response_baggage: true,
            ipv6: true,
            socks5: false,
            keepalive: Some(KEEPALIVE),
            user_timeout: false,
            authz_info: false,
            tls: TlsPolicy::default(),
        }
    }
}

impl Default for TunnelSettings {
    fn default() -> Self {
        Self {
            max_streams: 100,
            unused_release: Duration::from_mins(5),
            stream_window: 4 << 20,
            connection_window: 16 << 20,
            frame_size: 1 << 20,
        }
    }
}

impl Default for ProcessSettings {
    fn default() -> Self {
        Self {
            threads: None,
            cpu_limit: None,
            cpu_count: None,
            cpu_request: None,
            termination_deadline: None,
            grace_seconds: None,
            admin_port: port::ADMIN,
            stats_port: port::STATS,
            readiness_port: port::READINESS,
            confinement: true,
            profiling: false,
            log_filter: "info".to_owned(),
            log_format: None,
        }
    }
}
