//! A control plane in this process: discovery and certificates by gRPC over real TLS on loopback.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mesh_wire::ca::istio_certificate_service_server::{
    IstioCertificateService, IstioCertificateServiceServer,
};
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use mesh_wire::names::ADDRESS_TYPE;
use mesh_wire::workload::{Address, address};
use mesh_wire::xds::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use mesh_wire::xds::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse, Resource,
};
use prost::Message;
use rcgen::SanType;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

use crate::control_plane::{ControlPlane, RootSource, TokenSource};
pub(crate) use crate::testing::root::Root;
use crate::testing::root::Validity;
use crate::testing::{pod, to_wire};

/// Of the certificates of workloads.
const VALIDITY: Validity = (Duration::from_mins(2), Duration::from_hours(1));

fn server(root: &Root) -> Arc<ServerConfig> {
    Arc::new(root.server(SanType::IpAddress([127, 0, 0, 1].into())))
}

/// What becomes of a stream of discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// It is answered and goes on.
    Serves,
    /// The same, and the first answer holds so many workloads.
    Tells(usize),
    /// It ends in order, at once.
    Ends,
}

struct Shared {
    root: Root,
    discovery: Discovery,
    streams: AtomicUsize,
    connections: AtomicUsize,
    tls: Mutex<Arc<ServerConfig>>,
}

/// The running server.
pub(crate) struct Control {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl Control {
    /// A server whose certificate is of `root`, as are those that it signs.
    pub(crate) async fn start(root: Root, discovery: Discovery) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            tls: Mutex::new(server(&root)),
            root,
            discovery,
            streams: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        });
        let (accepted, incoming) = mpsc::channel::<std::io::Result<TlsStream<TcpStream>>>(16);
        let mut tasks = JoinSet::new();
        let of = shared.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let config = of.tls.lock().unwrap().clone();
                if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                    of.connections.fetch_add(1, Ordering::SeqCst);
                    accepted.send(Ok(stream)).await.ok(); // the server may have ended
                }
            }
        });
        let server = Server::builder()
            .add_service(AggregatedDiscoveryServiceServer::from_arc(shared.clone()))
            .add_service(IstioCertificateServiceServer::from_arc(shared.clone()));
        tasks.spawn(async move {
            server
                .serve_with_incoming(ReceiverStream::new(incoming))
                .await
                .ok();
        });
        Self {
            address,
            shared,
            _tasks: tasks,
        }
    }

    /// New connections see a certificate of another root.
    pub(crate) fn show(&self, root: &Root) {
        *self.shared.tls.lock().unwrap() = server(root);
    }

    /// Connections that were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Discovery streams that were opened.
    pub(crate) fn streams(&self) -> usize {
        self.shared.streams.load(Ordering::SeqCst)
    }
}

/// How a proxy reaches a server at `address`.
pub(crate) fn reached(address: SocketAddr, root: RootSource) -> ControlPlane {
    ControlPlane {
        address: format!("https://{address}"),
        alternative_name: None,
        root,
        token: TokenSource::Literal("token".into()),
        cluster_id: "east".to_owned(),
        headers: Vec::new(),
    }
}

/// A pod as a resource.
fn workload(number: usize) -> Resource {
    let one = to_wire::workload(&pod(&format!("p{number}"), &["10.0.0.1"]));
    let name = one.uid.clone();
    let address = Address {
        r#type: Some(address::Type::Workload(one)),
    };
    Resource {
        name,
        version: number.to_string(),
        resource: Some(prost_types::Any {
            type_url: ADDRESS_TYPE.to_owned(),
            value: address.encode_to_vec(),
        }),
        ..Resource::default()
    }
}

type Responses = Pin<Box<dyn Stream<Item = Result<DeltaDiscoveryResponse, Status>> + Send>>;

#[tonic::async_trait]
impl AggregatedDiscoveryService for Shared {
    type DeltaAggregatedResourcesStream = Responses;
    type StreamAggregatedResourcesStream =
        Pin<Box<dyn Stream<Item = Result<DiscoveryResponse, Status>> + Send>>;

    async fn stream_aggregated_resources(
        &self,
        _: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented("delta alone"))
    }

    async fn delta_aggregated_resources(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Responses>, Status> {
        self.streams.fetch_add(1, Ordering::SeqCst);
        if self.discovery == Discovery::Ends {
            return Ok(Response::new(Box::pin(tokio_stream::empty())));
        }
        // each type's first request has a node, and an answer
        let discovery = self.discovery;
        let responses = request.into_inner().filter_map(move |request| {
            let request = request.ok().filter(|request| request.node.is_some())?;
            let told = match discovery {
                Discovery::Tells(count) if request.type_url == ADDRESS_TYPE => count,
                _ => 0,
            };
            Some(Ok(DeltaDiscoveryResponse {
                resources: (0..told).map(workload).collect(),
                type_url: request.type_url,
                nonce: "n".to_owned(),
                ..DeltaDiscoveryResponse::default()
            }))
        });
        Ok(Response::new(Box::pin(responses)))
    }
}

#[tonic::async_trait]
impl IstioCertificateService for Shared {
    async fn create_certificate(
        &self,
        request: Request<IstioCertificateRequest>,
    ) -> Result<Response<IstioCertificateResponse>, Status> {
        let leaf = self.root.sign(request.into_inner(), VALIDITY)?;
        Ok(Response::new(IstioCertificateResponse {
            cert_chain: vec![leaf, self.root.pem.clone()],
        }))
    }
}
