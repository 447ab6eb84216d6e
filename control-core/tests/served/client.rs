//! A node proxy's side: TLS by the distributed bundle, a token, the delta stream, certificate requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use mesh_wire::ca::istio_certificate_service_client::IstioCertificateServiceClient;
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use mesh_wire::xds::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use mesh_wire::xds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, Node};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};

use super::plane::{Cluster, PATIENCE, Plane, SYSTEM};

pub(crate) const ADDRESS: &str = "type.googleapis.com/istio.workload.Address";
pub(crate) const AUTHORIZATION: &str = "type.googleapis.com/istio.security.Authorization";

/// The name that proxies use.
const NAME: &str = "istiod.istio-system.svc";

/// Handshakes that trust only `bundle`.
pub(crate) fn connector(bundle: &str) -> tokio_rustls::TlsConnector {
    connector_as(bundle, None)
}

/// The same by a client that shows a certificate, as PEM with its key.
fn connector_as(bundle: &str, own: Option<(&str, &str)>) -> tokio_rustls::TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        roots.add(root.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match own {
        Some((chain, key)) => {
            let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap);
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            config.with_client_auth_cert(chain.collect(), key).unwrap()
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config).into()
}

/// The certificate that is presented to whoever trusts only `bundle`; none if that does not prove it.
pub(crate) async fn presented(address: SocketAddr, bundle: &str) -> Option<CertificateDer<'static>> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let secured = connector(bundle)
        .connect(NAME.try_into().unwrap(), stream)
        .await
        .ok()?;
    Some(secured.get_ref().1.peer_certificates()?[0].clone())
}

/// A TLS connection that trusts only `bundle`, for the name that proxies use.
pub(crate) async fn channel(address: SocketAddr, bundle: &str) -> Channel {
    channel_by(address, connector(bundle)).await.unwrap()
}

/// The same by a client that shows a certificate, as PEM with its key.
pub(crate) async fn channel_as(
    address: SocketAddr,
    bundle: &str,
    own: (&str, &str),
) -> Result<Channel, tonic::transport::Error> {
    channel_by(address, connector_as(bundle, Some(own))).await
}

async fn channel_by(
    address: SocketAddr,
    connector: tokio_rustls::TlsConnector,
) -> Result<Channel, tonic::transport::Error> {
    channel_over(connector, move || async move {
        let stream = tokio::net::TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    })
    .await
}

/// The same over streams that `dial` opens.
pub(crate) async fn channel_over<S, F>(
    connector: tokio_rustls::TlsConnector,
    dial: impl Fn() -> F + Clone + Send + 'static,
) -> Result<Channel, tonic::transport::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = std::io::Result<S>> + Send,
{
    let connect = tower::service_fn(move |_| {
        let (connector, dial) = (connector.clone(), dial.clone());
        async move {
            let stream = dial().await?;
            connector
                .connect(NAME.try_into().unwrap(), stream)
                .await
                .map(TokioIo::new)
        }
    });
    Endpoint::from_static("http://istiod.istio-system.svc:15012")
        .connect_with_connector(connect)
        .await
}

/// A connection to a control plane, by whoever trusts what its cluster distributes.
pub(crate) async fn connect(cluster: &Cluster, plane: &Plane) -> Channel {
    channel(plane.addresses.secure_grpc.unwrap(), &cluster.bundle("app").await).await
}

/// A request with a token.
pub(crate) fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
        .metadata_mut()
        .insert("clusterid", "Kubernetes".parse().unwrap());
    request
}

fn text(value: &str) -> Value {
    Value {
        kind: Some(Kind::StringValue(value.to_owned())),
    }
}

/// A node proxy's node.
pub(crate) fn node(namespace: &str) -> Node {
    let rows = [
        ("NAMESPACE", namespace),
        ("NODE_NAME", "n1"),
        ("INSTANCE_IPS", "10.0.0.1"),
        ("CLUSTER_ID", "Kubernetes"),
        ("ISTIO_VERSION", "1.31.0"),
    ];
    let fields = rows.map(|(key, value)| (key.to_owned(), text(value)));
    Node {
        id: format!("ztunnel~10.0.0.1~zt-1.{namespace}~{namespace}.svc.cluster.local"),
        metadata: Some(Struct {
            fields: fields.into(),
        }),
        ..Node::default()
    }
}

/// What a proxy has: type → name → (version, body).
pub(crate) type Held = BTreeMap<String, BTreeMap<String, (String, Vec<u8>)>>;

/// A delta stream as a node proxy uses it.
pub(crate) struct Proxy {
    requests: mpsc::Sender<DeltaDiscoveryRequest>,
    responses: Streaming<DeltaDiscoveryResponse>,
    pub(crate) held: Held,
    /// Types in the order they came.
    pub(crate) order: Vec<String>,
}

impl Proxy {
    /// The usual node proxy's stream to a control plane; `held` is what an earlier stream got.
    pub(crate) async fn reach(cluster: &Cluster, plane: &Plane, held: Held) -> Self {
        let token = cluster.proxy_token().await;
        let opened = Self::open(connect(cluster, plane).await, &token, SYSTEM, held).await;
        opened.unwrap()
    }

    /// The same by a proxy that starts with nothing, once it has everything.
    pub(crate) async fn synced(cluster: &Cluster, plane: &Plane) -> Self {
        let mut proxy = Self::reach(cluster, plane, Held::new()).await;
        proxy.settle().await;
        proxy
    }

    /// Opens a stream; `held` is what an earlier stream got.
    pub(crate) async fn open(
        channel: Channel,
        token: &str,
        namespace: &str,
        held: Held,
    ) -> Result<Self, Status> {
        // as large as the mesh is
        let mut client = AggregatedDiscoveryServiceClient::new(channel).max_decoding_message_size(usize::MAX);
        let (requests, outgoing) = mpsc::channel(16);
        for kind in [ADDRESS, AUTHORIZATION] {
            let versions = held.get(kind).into_iter().flatten();
            let first = DeltaDiscoveryRequest {
                node: Some(node(namespace)),
                type_url: kind.to_owned(),
                initial_resource_versions: versions
                    .map(|(name, (version, _))| (name.clone(), version.clone()))
                    .collect(),
                ..DeltaDiscoveryRequest::default()
            };
            requests.send(first).await.unwrap();
        }
        let request = with_token(ReceiverStream::new(outgoing), token);
        let responses = client.delta_aggregated_resources(request).await?.into_inner();
        Ok(Self {
            requests,
            responses,
            held,
            order: Vec::new(),
        })
    }

    /// The next response, applied and acknowledged.
    pub(crate) async fn next(&mut self) -> Result<DeltaDiscoveryResponse, Status> {
        let next = tokio::time::timeout(PATIENCE, self.responses.message());
        let response = next
            .await
            .map_err(|_| Status::deadline_exceeded("no response in time"))??
            .ok_or_else(|| Status::unavailable("the stream ended"))?;
        let table = self.held.entry(response.type_url.clone()).or_default();
        for resource in &response.resources {
            let body = resource.resource.as_ref().unwrap().value.clone();
            table.insert(resource.name.clone(), (resource.version.clone(), body));
        }
        for name in &response.removed_resources {
            table.remove(name);
        }
        self.order.push(response.type_url.clone());
        let acknowledged = DeltaDiscoveryRequest {
            type_url: response.type_url.clone(),
            response_nonce: response.nonce.clone(),
            ..DeltaDiscoveryRequest::default()
        };
        // a server that has ended needs no acknowledgement
        let _ = self.requests.send(acknowledged).await;
        Ok(response)
    }

    /// Reads on until the condition holds.
    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            if let Err(status) = self.next().await {
                panic!("never: {what}: {status}; held {:?}", self.names());
            }
        }
    }

    /// The first answers of both types.
    pub(crate) async fn settle(&mut self) {
        self.until("both types are answered", |proxy| {
            proxy.held.len() == 2 && proxy.order.len() >= 2
        })
        .await;
    }

    /// Nothing more comes for a while.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(400), self.responses.message())
            .await
            .is_err()
    }

    pub(crate) fn has(&self, kind: &str, name: &str) -> bool {
        self.held.get(kind).is_some_and(|table| table.contains_key(name))
    }

    pub(crate) fn names(&self) -> Vec<&String> {
        self.held.values().flat_map(BTreeMap::keys).collect()
    }

    /// A held workload.
    pub(crate) fn workload(&self, name: &str) -> Option<mesh_wire::workload::Workload> {
        use mesh_wire::workload::address::Type;
        let (_, body) = self.held.get(ADDRESS)?.get(name)?;
        let address: mesh_wire::workload::Address = prost::Message::decode(body.as_slice()).unwrap();
        match address.r#type? {
            Type::Workload(workload) => Some(workload),
            Type::Service(_) => None,
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: DeltaDiscoveryRequest) {
        self.requests.send(request).await.unwrap();
    }
}

/// A key and a request for a certificate.
pub(crate) fn csr() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.serialize_request(&key).unwrap().pem().unwrap()
}

/// Asks for a certificate, impersonating `identity` unless that is empty.
pub(crate) async fn certificate(
    channel: Channel,
    token: &str,
    identity: &str,
    (csr, seconds): (String, i64),
) -> Result<IstioCertificateResponse, Status> {
    let metadata = (!identity.is_empty()).then(|| Struct {
        fields: [("ImpersonatedIdentity".to_owned(), text(identity))].into(),
    });
    let request = IstioCertificateRequest {
        csr,
        validity_duration: seconds,
        metadata,
    };
    let mut client = IstioCertificateServiceClient::new(channel);
    client
        .create_certificate(with_token(request, token))
        .await
        .map(tonic::Response::into_inner)
}
