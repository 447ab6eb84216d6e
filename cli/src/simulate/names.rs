//! What a person calls a source or a destination, looked up among workloads and services. (pure)

use super::{Mesh, Source, target_ports};
use mesh_wire::identity::Identity;
use proxy_core::state::service::Service;
use proxy_core::state::workload::Workload;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The address that a source without one is given: RFC 5737's documentation range, so that it is nobody's.
pub const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Words that name a pod's or service's kind.
const PODS: [&str; 3] = ["pod", "pods", "po"];
const SERVICES: [&str; 3] = ["svc", "service", "services"];
const OWNERS: [&str; 8] = [
    "deployment",
    "deploy",
    "statefulset",
    "sts",
    "daemonset",
    "ds",
    "job",
    "replicaset",
];

/// Why a name stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nobody is called so.
    #[error("there is no {kind} `{name}` in namespace `{namespace}`")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Where.
        namespace: String,
    },
    /// Not a name.
    #[error("`{0}` is no source: write NAMESPACE/ACCOUNT, a pod, an address, or unmeshed")]
    Source(String),
    /// No port is said, and it cannot be told.
    #[error("which port of `{name}`? it has {known}")]
    Port {
        /// The destination.
        name: String,
        /// The ports it has.
        known: String,
    },
    /// A service that has no address.
    #[error("service `{0}` has no address of its own: name one of its pods")]
    Headless(String),
}

/// A name and its namespace: `NAME.NAMESPACE`, the qualifier beats the default (`spec/cli.md` 1.2).
fn qualified<'a>(text: &'a str, namespace: &'a str) -> (&'a str, &'a str) {
    text.rsplit_once('.').unwrap_or((text, namespace))
}

/// A destination that was found.
#[derive(Debug, Clone)]
pub enum Target {
    /// A workload.
    Workload(Arc<Workload>),
    /// A service.
    Service(Arc<Service>),
    /// An address.
    Address(IpAddr),
}

impl Target {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Workload(workload) => format!("{}/{}", workload.namespace(), workload.name),
            Self::Service(service) => format!("service {}", service.key.hostname),
            Self::Address(address) => address.to_string(),
        }
    }

    /// The ports that it is known to take connections on.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = match self {
            Self::Workload(workload) => target_ports(workload).collect(),
            Self::Service(service) => service.ports.iter().map(|(port, _)| port).collect(),
            Self::Address(_) => Vec::new(),
        };
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The address and port to connect to.
    ///
    /// # Errors
    /// No port is said and there is not exactly one, or it has no address.
    pub fn at(&self, port: Option<u16>) -> Result<SocketAddr, NameError> {
        let ip = match self {
            Self::Workload(workload) => workload.addresses.first().copied(),
            Self::Service(service) => service.vips.first().map(|vip| vip.address),
            Self::Address(address) => Some(*address),
        };
        let ip = ip.ok_or_else(|| NameError::Headless(self.title()))?;
        let known = self.ports();
        let port = match (port, known.as_slice()) {
            (Some(port), _) => port,
            (None, [only]) => *only,
            (None, known) => {
                let known = known.iter().map(u16::to_string).collect::<Vec<_>>();
                return Err(NameError::Port {
                    name: self.title(),
                    known: if known.is_empty() {
                        "none that the mesh knows".to_owned()
                    } else {
                        known.join(", ")
                    },
                });
            }
        };
        Ok(SocketAddr::new(ip, port))
    }
}

impl Mesh<'_> {
    /// The source that is called so; names without a namespace are looked for in `namespace`.
    ///
    /// # Errors
    /// Nobody is called so.
    pub fn find_source(&self, text: &str, namespace: &str) -> Result<Source, NameError> {
        if text == "unmeshed" {
            return Ok(Source::Plain(NOBODY));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            let owner = self.state.workloads().find(|one| one.owns(address));
            return Ok(owner.map_or(Source::Plain(address), |one| Source::Workload(one.clone())));
        }
        if let Ok(identity) = text.parse::<Identity>() {
            return Ok(self.by_identity(&identity));
        }
        match text.split_once('/') {
            None => self.find_workload(text, namespace).map(Source::Workload),
            Some((kind, name)) if PODS.contains(&kind) || OWNERS.contains(&kind) => {
                self.find_workload(name, namespace).map(Source::Workload)
            }
            Some((namespace, account)) => {
                let domain = self.trust_domain();
                let identity = Identity::new(&domain, namespace, account)
                    .map_err(|_| NameError::Source(text.to_owned()))?;
                Ok(self.by_identity(&identity))
            }
        }
    }

    /// A workload that runs as the identity, captured ones first; else the identity alone.
    fn by_identity(&self, identity: &Identity) -> Source {
        let running = self
            .state
            .workloads()
            .filter(|one| one.identity == *identity && !one.addresses.is_empty())
            .min_by_key(|one| (!one.needs_certificate(), &one.uid));
        running.map_or_else(
            || Source::of_identity(identity.clone(), NOBODY),
            |one| Source::Workload(one.clone()),
        )
    }

    /// The trust domain of the mesh's workloads.
    fn trust_domain(&self) -> String {
        let first = self.state.workloads().min_by_key(|one| &one.uid);
        first.map_or_else(
            || mesh_wire::well_known::name::TRUST_DOMAIN.to_owned(),
            |one| one.trust_domain().to_owned(),
        )
    }

    fn find_workload(&self, text: &str, namespace: &str) -> Result<Arc<Workload>, NameError> {
        let (name, namespace) = qualified(text, namespace);
        let found = self
            .state
            .workloads()
            .filter(|one| one.namespace() == namespace)
            .filter(|one| one.name == name || one.labels.workload_name == name)
            .min_by_key(|one| (one.name != name, &one.uid));
        found.cloned().ok_or_else(|| NameError::Unknown {
            kind: "pod",
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        })
    }

    fn find_service(&self, text: &str, namespace: &str) -> Result<Arc<Service>, NameError> {
        let by_host = |one: &&Arc<Service>| one.key.hostname == text;
        if let Some(service) = self.state.services().find(by_host) {
            return Ok(service.clone());
        }
        let (name, namespace) = qualified(text, namespace);
        let found = self
            .state
            .services()
            .filter(|one| one.key.namespace == namespace && one.name == name)
            .min_by_key(|one| &one.key);
        found.cloned().ok_or_else(|| NameError::Unknown {
            kind: "service",
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        })
    }

    /// The destination that is called so, and the port that is said with it.
    ///
    /// # Errors
    /// Nobody is called so.
    pub fn find_target(&self, text: &str, namespace: &str) -> Result<(Target, Option<u16>), NameError> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok((Target::Address(address.ip()), Some(address.port())));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok((Target::Address(address), None));
        }
        let (text, port) = match text.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
            _ => (text, None),
        };
        let found = match text.split_once('/') {
            Some((kind, name)) if SERVICES.contains(&kind) => {
                Target::Service(self.find_service(name, namespace)?)
            }
            Some((kind, name)) if PODS.contains(&kind) || OWNERS.contains(&kind) => {
                Target::Workload(self.find_workload(name, namespace)?)
            }
            Some((namespace, name)) => self.find_either(name, namespace)?,
            None => self.find_either(text, namespace)?,
        };
        Ok((found, port))
    }

    /// A service before a pod, since people name services.
    fn find_either(&self, name: &str, namespace: &str) -> Result<Target, NameError> {
        if let Ok(service) = self.find_service(name, namespace) {
            return Ok(Target::Service(service));
        }
        match self.find_workload(name, namespace) {
            Ok(workload) => Ok(Target::Workload(workload)),
            Err(NameError::Unknown { name, namespace, .. }) => Err(NameError::Unknown {
                kind: "pod or service",
                name,
                namespace,
            }),
            Err(other) => Err(other),
        }
    }
}
