//! Who is at the far end: the pods that may be, and what each proves of itself.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::Failure;
use crate::install::component::meta;
use crate::install::wait::encode;
use crate::ztunnel::select::ObjectName;
use crate::{waypoint, yaml};
use mesh_wire::identity::Identity;
use mesh_wire::well_known::label::GATEWAY_NAME;
use mesh_wire::well_known::{name, port};
use rustls_pki_types::ServerName;
use serde_json::Value;
use std::net::IpAddr;
use std::time::Duration;

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the control plane keeps the roots, in every namespace.
const ROOTS: &str = "istio-ca-root-cert";

/// One pod at the far end.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) name: String,
    namespace: String,
    addresses: Vec<IpAddr>,
    identity: String,
}

/// All that the connection may go to.
#[derive(Debug)]
pub(super) struct Peers {
    /// As it was named.
    pub(super) asked: String,
    /// `host:port` to connect to.
    pub(super) target: String,
    pods: Vec<Peer>,
    waypoint: Option<String>,
}

impl Peers {
    /// Finds them.
    ///
    /// # Errors
    /// The name is nobody's, or nobody runs.
    pub(super) async fn fetch(context: &Context, cluster: &Cluster, asked: &str) -> Result<Self, Failure> {
        let (named, port) = split_port(asked)?;
        let named = ObjectName::parse(named);
        let given = named.namespace.or_else(|| context.globals.namespace.clone());
        let namespace = given.unwrap_or_else(|| cluster.default_namespace().to_owned());
        let is_pod = match named.kind.as_deref() {
            None | Some("service" | "services" | "svc") => false,
            Some("pod" | "pods" | "po") => true,
            Some(kind) => {
                return Err(Failure::usage(format!("`{kind}` is nothing to connect to"))
                    .hint("name a Service, or a pod as pod/NAME"));
            }
        };
        let plural = if is_pod { "pods" } else { "services" };
        let object = cluster
            .get(&format!("/api/v1/namespaces/{namespace}/{plural}/{}", named.name))
            .await?
            .ok_or_else(|| {
                Failure::new(format!("there is no `{}` in namespace `{namespace}`", named.name))
                    .hint("name it as NAME.NAMESPACE; a pod as pod/NAME.NAMESPACE")
            })?;
        let home = cluster
            .get(&format!("/api/v1/namespaces/{namespace}"))
            .await?
            .unwrap_or_default();
        let labels = |object: &Value| waypoint::asked(&object["metadata"]["labels"], &namespace);
        let waypoint = labels(&object).or_else(|| labels(&home)).filter(|_| !is_pod);
        let pods = match &waypoint {
            Some((place, name)) => fetch_pods(cluster, place, &format!("{GATEWAY_NAME}={name}")).await?,
            None if is_pod => vec![object.clone()],
            None => fetch_pods(cluster, &namespace, &selector(&object)).await?,
        };
        let domain = fetch_trust_domain(cluster, &context.istio_namespace()).await?;
        let pods: Vec<Peer> = pods.iter().filter_map(|pod| Peer::read(pod, &domain)).collect();
        let first = pods.first().ok_or_else(|| {
            Failure::new(format!("no pod of `{asked}` runs and has an address"))
                .hint("`meshctl describe service NAME` says what is behind it")
        })?;
        let host = match (is_pod, first.addresses.first()) {
            (true, Some(address)) => address.to_string(),
            _ => format!("{}.{namespace}.svc", named.name),
        };
        let target = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        Ok(Self {
            asked: asked.to_owned(),
            target,
            pods,
            waypoint: waypoint.map(|(_, name)| name),
        })
    }

    /// The pod with an address.
    pub(super) fn find(&self, address: IpAddr) -> Option<&Peer> {
        self.pods
            .iter()
            .find(|pod| pod.addresses.contains(&address.to_canonical()))
    }

    /// In words.
    pub(super) fn title(&self) -> String {
        match &self.waypoint {
            Some(name) => format!("its waypoint {name}"),
            None if self.pods.len() == 1 => format!("pod {}", self.pods[0].name),
            None => format!("one of its {} pods", self.pods.len()),
        }
    }

    /// One pod with one address, for tests.
    #[cfg(test)]
    pub(super) fn of(name: &str, address: &str) -> Self {
        let peer = Peer {
            name: name.to_owned(),
            namespace: "shop".to_owned(),
            addresses: vec![address.parse().unwrap()],
            identity: String::new(),
        };
        Self {
            asked: name.to_owned(),
            target: format!("{name}:80"),
            pods: vec![peer],
            waypoint: None,
        }
    }
}

/// The name and the port of `NAME[:PORT]`.
fn split_port(text: &str) -> Result<(&str, u16), Failure> {
    let Some((name, port)) = text.rsplit_once(':') else {
        return Ok((text, 80));
    };
    let port = port.parse().ok().filter(|port| *port != 0);
    port.map(|port| (name, port)).ok_or_else(|| {
        Failure::usage(format!("invalid value `{text}` for --to: not a port"))
            .hint("write NAME.NAMESPACE:PORT with a port from 1 to 65535")
    })
}

/// A Service's selector as the API takes it.
fn selector(service: &Value) -> String {
    let pairs = service["spec"]["selector"].as_object().into_iter().flatten();
    let pairs = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    pairs.collect::<Vec<_>>().join(",")
}

async fn fetch_pods(cluster: &Cluster, namespace: &str, selector: &str) -> Result<Vec<Value>, Failure> {
    if selector.is_empty() {
        return Ok(Vec::new());
    }
    let path = format!(
        "/api/v1/namespaces/{namespace}/pods?labelSelector={}",
        encode(selector)
    );
    cluster.list(&path).await
}

async fn fetch_trust_domain(cluster: &Cluster, system: &str) -> Result<String, Failure> {
    let path = format!("/api/v1/namespaces/{system}/configmaps/istio");
    let found = cluster.get(&path).await?.unwrap_or_default();
    let mesh = yaml::from_str(found["data"]["mesh"].as_str().unwrap_or_default()).unwrap_or_default();
    Ok(mesh["trustDomain"]
        .as_str()
        .unwrap_or(name::TRUST_DOMAIN)
        .to_owned())
}

impl Peer {
    fn read(pod: &Value, domain: &str) -> Option<Self> {
        let addresses = pod["status"]["podIPs"].as_array()?;
        let addresses: Vec<IpAddr> = addresses
            .iter()
            .filter_map(|one| one["ip"].as_str()?.parse().ok())
            .collect();
        let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default");
        let namespace = meta(pod, "namespace").to_owned();
        let runs = pod["status"]["phase"] == "Running" && !addresses.is_empty();
        runs.then(|| Self {
            name: meta(pod, "name").to_owned(),
            identity: format!("spiffe://{domain}/ns/{namespace}/sa/{account}"),
            namespace,
            addresses,
        })
    }

    /// The identity in the certificate that answers on the pod's tunnel port, checked against the mesh's roots; or why it is
    /// not the one that it should be.
    pub(super) async fn prove(&self, cluster: &Cluster) -> Result<String, String> {
        let shaken = tokio::time::timeout(PATIENCE, Box::pin(self.shake(cluster))).await;
        shaken.map_err(|_| format!("no handshake within {PATIENCE:?}"))??;
        Ok(self.identity.clone())
    }

    async fn shake(&self, cluster: &Cluster) -> Result<(), String> {
        let path = format!("/api/v1/namespaces/{}/configmaps/{ROOTS}", self.namespace);
        let found = cluster.get(&path).await.map_err(|failure| failure.message)?;
        let found = found.unwrap_or_default();
        let pem = found["data"]["root-cert.pem"].as_str().unwrap_or_default();
        let roots = proxy_core::tls::roots_from_pem(pem.as_bytes());
        if roots.is_empty() {
            return Err(format!("`ConfigMap/{}/{ROOTS}` holds no root", self.namespace));
        }
        let expected: Identity = self
            .identity
            .parse()
            .map_err(|_| format!("`{}` is no identity", self.identity))?;
        let config =
            proxy_core::tls::onlooker_config(roots, vec![expected]).map_err(|error| error.to_string())?;
        let mut line = cluster
            .open_to_pod(&self.namespace, &self.name, port::HBONE)
            .await
            .map_err(|failure| failure.message)?;
        let name = ServerName::from(std::net::Ipv4Addr::LOCALHOST);
        let shaken = tokio_rustls::TlsConnector::from(config)
            .connect(name, &mut line.stream)
            .await;
        shaken.map(drop).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_eighty_unless_named() {
        assert_eq!(split_port("api.shop").unwrap(), ("api.shop", 80));
        assert_eq!(split_port("pod/api.shop:8080").unwrap(), ("pod/api.shop", 8080));
        for wrong in ["api:0", "api:x", "api:70000"] {
            assert!(split_port(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pod_is_a_peer_once_it_runs_with_an_address() {
        let pod = |phase: &str, ip: &str| {
            json!({
                "metadata": {"name": "api-1", "namespace": "shop"},
                "spec": {"serviceAccountName": "api"},
                "status": {"phase": phase, "podIPs": [{"ip": ip}]},
            })
        };
        let peer = Peer::read(&pod("Running", "10.0.0.7"), "example").unwrap();
        assert_eq!(peer.identity, "spiffe://example/ns/shop/sa/api");
        assert!(Peer::read(&pod("Pending", "10.0.0.7"), "example").is_none());
        assert!(Peer::read(&pod("Running", ""), "example").is_none());
    }
}
