//! State → `/config_dump` (`spec/proxy-ops.md` §5).

mod config;
pub mod mesh;

use std::collections::BTreeMap;

use jiff::Timestamp;
use mesh_wire::dump::{
    Cert, Certificate, ConfigDump, Connection, Connections, StaticConfig, Version, WorkloadInfo,
    WorkloadState,
};

use crate::base64;
use crate::config::Mode;
use crate::datapath::registry::{Protocol, Shown};
use crate::datapath::{PodInfo, Shared};
use crate::identity::certificate::CertificateFacts;
use crate::identity::store::State;
use crate::inpod::listeners::{PodState, PodTasks};

/// Everything.
#[must_use]
pub fn of(shared: &Shared, pods: &PodTasks, local: &StaticConfig) -> ConfigDump {
    let (workloads, services, policies, staged_services) = shared.live.read(mesh::of);
    ConfigDump {
        certificates: shared
            .identities
            .states()
            .into_iter()
            .map(|(identity, state)| certificate(identity.to_string(), &state))
            .collect(),
        config: config::of(&shared.config),
        policies,
        services,
        staged_services,
        static_config: local.clone(),
        version: version(&shared.config.names.istio_version),
        workload_state: (shared.config.proxy.mode == Mode::Shared).then(|| {
            pods.states()
                .into_iter()
                .map(|(uid, state)| (uid.to_string(), pod(&state)))
                .collect()
        }),
        workloads,
    }
}

/// The effective settings.
#[must_use]
pub fn settings(config: &crate::config::Config) -> serde_json::Value {
    config::of(config)
}

/// What this build is.
#[must_use]
pub fn version(istio_version: &str) -> Version {
    Version {
        build_profile: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
        build_status: "Clean".to_owned(),
        crypto_provider: "tls-aws-lc".to_owned(),
        git_revision: mesh_wire::well_known::GIT_REVISION.to_owned(),
        istio_version: istio_version.to_owned(),
        rust_version: env!("CARGO_PKG_RUST_VERSION").to_owned(),
        version: mesh_wire::well_known::PRODUCT_VERSION.to_owned(),
    }
}

fn certificate(identity: String, state: &State) -> Certificate {
    match state {
        State::Initializing => Certificate {
            identity,
            state: "Initializing".to_owned(),
            ..Certificate::default()
        },
        State::Unavailable(error) => Certificate {
            identity,
            state: format!("Unavailable: {error}"),
            ..Certificate::default()
        },
        State::Available(held) => Certificate {
            cert_chain: held.chain_facts.iter().map(cert).collect(),
            identity,
            root_certs: held.root_facts.iter().map(cert).collect(),
            state: "Available".to_owned(),
        },
    }
}

fn cert(facts: &CertificateFacts) -> Cert {
    let time =
        |seconds| Timestamp::from_second(seconds).map_or_else(|_| String::new(), |time| time.to_string());
    Cert {
        expiration_time: time(facts.not_after),
        pem: base64::encode(facts.pem.as_bytes()),
        serial_number: facts.serial.clone(),
        valid_from: time(facts.not_before),
    }
}

fn pod(state: &PodState) -> WorkloadState {
    match state {
        PodState::Pending(info) => WorkloadState {
            connections: None,
            info: info_of(info),
            state: "Pending".to_owned(),
        },
        PodState::Up(pod) => {
            let (inbound, outbound) = pod.registry.shown();
            let connections = Connections {
                inbound: inbound.iter().map(connection).collect(),
                outbound: outbound.iter().map(connection).collect(),
            };
            WorkloadState {
                connections: Some(connections),
                info: info_of(&pod.info),
                state: "Up".to_owned(),
            }
        }
    }
}

fn info_of(info: &PodInfo) -> WorkloadInfo {
    WorkloadInfo {
        name: info.name.clone(),
        namespace: info.namespace.clone(),
        service_account: info.service_account.clone(),
    }
}

fn connection(shown: &Shown) -> Connection {
    let protocol = match shown.protocol {
        Protocol::Tcp => "TCP",
        Protocol::Hbone => "HBONE",
        Protocol::DoubleHbone => "DOUBLEHBONE",
    };
    Connection {
        actual_dst: shown.actual.to_string(),
        original_dst: shown.original.as_ref().map(ToString::to_string),
        protocol: protocol.to_owned(),
        src: shown.source.to_string(),
    }
}

/// Port maps have text keys in JSON.
fn ports(map: &crate::state::workload::PortMap) -> BTreeMap<String, u16> {
    map.iter()
        .map(|(service, target)| (service.to_string(), target))
        .collect()
}
