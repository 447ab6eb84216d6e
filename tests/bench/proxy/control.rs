//! What a node proxy talks to besides its peers: a control plane (delta xDS and certificates over TLS) and a node
//! agent, in this process.

use std::collections::BTreeSet;
use std::future::ready;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{Stream, StreamExt};
use mesh_sys::netns::NetNamespace;
use mesh_sys::seqpacket::{Connection, Listener};
use mesh_wire::ca::istio_certificate_service_server::{
    IstioCertificateService, IstioCertificateServiceServer,
};
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use mesh_wire::names::ADDRESS_TYPE;
use mesh_wire::workload::{
    Address, NetworkAddress, Port, PortList, Service, TunnelProtocol, Workload, WorkloadType, address,
};
use mesh_wire::xds::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use mesh_wire::xds::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse, Resource,
};
use mesh_wire::zds::{
    self, AddWorkload, SnapshotSent, WorkloadInfo, WorkloadRequest, workload_request::Payload,
};
use prost::Message;
use rcgen::{KeyPair, SanType};
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

use crate::Outcome;
use crate::net::Pod;
use crate::root::Root;

/// Where a node proxy finds it.
pub(crate) const ADDRESS: &str = "https://127.0.0.1:15012";
/// The namespace of all captured pods.
const NAMESPACE: &str = "bench";
const HOUR: Duration = Duration::from_hours(1);
const PATIENCE: Duration = Duration::from_secs(30);

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The control plane.
pub(crate) struct Control {
    /// Signs everything.
    pub(crate) root: Root,
    /// What every client is told of addresses.
    told: Mutex<Arc<DeltaDiscoveryResponse>>,
    signed: AtomicUsize,
}

/// Serves one control plane; tonic's services are foreign types.
struct Shared(Arc<Control>);

/// A captured pod as the mesh knows it.
pub(crate) struct Member {
    /// Name, also of its service account unless many share one.
    pub(crate) name: String,
    /// Its service account.
    pub(crate) account: String,
    /// The node, by number.
    pub(crate) node: usize,
    /// The pod itself.
    pub(crate) pod: Pod,
}

impl Control {
    /// One that knows nothing yet.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            root: Root::new(),
            told: Mutex::default(),
            signed: AtomicUsize::new(0),
        })
    }

    /// Changes what clients that come from now on are told, and forgets what was signed.
    pub(crate) fn tell(&self, resources: &Arc<DeltaDiscoveryResponse>) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = resources.clone();
        self.signed.store(0, Ordering::Relaxed);
    }

    /// How many certificates were signed since.
    pub(crate) fn signed(&self) -> usize {
        self.signed.load(Ordering::Relaxed)
    }

    /// Serves the clients of a node.
    pub(crate) fn serve(
        self: &Arc<Self>,
        node: &NetNamespace,
        runtime: &tokio::runtime::Runtime,
        tasks: &mut JoinSet<()>,
    ) -> Outcome<()> {
        let key = KeyPair::generate()?;
        let here = SanType::IpAddress(Ipv4Addr::LOCALHOST.into());
        let certificate = self.root.leaf(&key, here, (HOUR, HOUR)).pem();
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key.serialize_pem()));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 15012));
        let listener = node.run(|| TcpListener::bind(address))??;
        listener.set_nonblocking(true)?;
        let _entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let server = Server::builder()
            .tls_config(tls)?
            .add_service(IstioCertificateServiceServer::new(Shared(self.clone())))
            .add_service(AggregatedDiscoveryServiceServer::new(Shared(self.clone())))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tasks.spawn_on(
            async {
                server.await.ok(); // it ends with the benchmark
            },
            runtime.handle(),
        );
        Ok(())
    }

    fn answer(&self, kind: String) -> DeltaDiscoveryResponse {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let resources = if kind == ADDRESS_TYPE {
            told.resources.clone()
        } else {
            Vec::new()
        };
        DeltaDiscoveryResponse {
            type_url: kind,
            nonce: "1".to_owned(),
            system_version_info: "1".to_owned(),
            resources,
            ..DeltaDiscoveryResponse::default()
        }
    }
}

#[tonic::async_trait]
impl IstioCertificateService for Shared {
    async fn create_certificate(
        &self,
        request: Request<IstioCertificateRequest>,
    ) -> Result<Response<IstioCertificateResponse>, Status> {
        let leaf = self.0.root.sign(request.into_inner(), (HOUR, HOUR))?;
        self.0.signed.fetch_add(1, Ordering::Relaxed);
        let cert_chain = vec![leaf, self.0.root.pem.clone()];
        Ok(Response::new(IstioCertificateResponse { cert_chain }))
    }
}

#[tonic::async_trait]
impl AggregatedDiscoveryService for Shared {
    type StreamAggregatedResourcesStream = Answers<DiscoveryResponse>;
    type DeltaAggregatedResourcesStream = Answers<DeltaDiscoveryResponse>;

    async fn stream_aggregated_resources(
        &self,
        _: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented("delta only"))
    }

    async fn delta_aggregated_resources(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::DeltaAggregatedResourcesStream>, Status> {
        let (control, mut told) = (self.0.clone(), BTreeSet::new());
        // the first request for a type is answered, acknowledgements are not
        let answers = request.into_inner().filter_map(move |asked| {
            let kind = asked.ok().map(|asked| asked.type_url);
            let new = kind.filter(|kind| told.insert(kind.clone()));
            ready(new.map(|kind| Ok(control.answer(kind))))
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

fn resource(name: String, value: address::Type) -> Resource {
    let address = Address { r#type: Some(value) };
    Resource {
        version: "1".to_owned(),
        name,
        resource: Some(prost_types::Any {
            type_url: ADDRESS_TYPE.to_owned(),
            value: address.encode_to_vec(),
        }),
        ..Resource::default()
    }
}

/// The pods of the benchmark, as resources.
pub(crate) fn members(pods: &[Member]) -> DeltaDiscoveryResponse {
    let resources = pods.iter().map(|member| {
        let workload = workload(
            &member.name,
            NAMESPACE,
            &member.account,
            (member.node, member.pod.address),
        );
        resource(workload.uid.clone(), address::Type::Workload(workload))
    });
    DeltaDiscoveryResponse {
        resources: resources.collect(),
        ..DeltaDiscoveryResponse::default()
    }
}

/// So many workloads more, ten in a service and thirty on a node, in fifty namespaces.
pub(crate) fn many(count: u32) -> Vec<Resource> {
    let mut resources = Vec::new();
    for at in 0..count {
        let (service, namespace) = (at / 10, format!("ns-{}", at / 10 % 50));
        let (account, host) = (
            format!("app-{service}"),
            format!("app-{service}.{namespace}.svc.cluster.local"),
        );
        let place = (
            usize::try_from(at / 30 + 10).unwrap_or_default(),
            (Ipv4Addr::from_bits(0xac10_0001 + at)),
        );
        let name = format!("app-{service}-7c9f8d6b5-{at:06x}");
        let mut workload = workload(&name, &namespace, &account, place);
        let port = Port {
            service_port: 80,
            target_port: 8080,
            ..Port::default()
        };
        let ports = PortList { ports: vec![port] };
        workload.services.insert(format!("{namespace}/{host}"), ports);
        resources.push(resource(workload.uid.clone(), address::Type::Workload(workload)));
        if at % 10 == 0 {
            let virtual_address = Ipv4Addr::from_bits(0x6440_0001 + service);
            let service = Service {
                name: account,
                namespace: namespace.clone(),
                hostname: host.clone(),
                addresses: vec![NetworkAddress {
                    address: virtual_address.octets().to_vec().into(),
                    ..NetworkAddress::default()
                }],
                ports: vec![port],
                ..Service::default()
            };
            resources.push(resource(
                format!("{namespace}/{host}"),
                address::Type::Service(service),
            ));
        }
    }
    resources
}

fn workload(name: &str, namespace: &str, account: &str, (node, address): (usize, Ipv4Addr)) -> Workload {
    Workload {
        uid: format!("Kubernetes//Pod/{namespace}/{name}"),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        addresses: vec![address.octets().to_vec().into()],
        tunnel_protocol: TunnelProtocol::Hbone.into(),
        trust_domain: "cluster.local".to_owned(),
        service_account: account.to_owned(),
        node: node_name(node),
        canonical_name: account.to_owned(),
        canonical_revision: "v1".to_owned(),
        workload_type: WorkloadType::Deployment.into(),
        workload_name: account.to_owned(),
        cluster_id: "Kubernetes".to_owned(),
        ..Workload::default()
    }
}

/// The name of a node.
pub(crate) fn node_name(node: usize) -> String {
    format!("node-{node}")
}

/// The node agent of one node.
pub(crate) struct Agent(Listener);

impl Agent {
    /// Listens at a path; inside a runtime.
    pub(crate) fn new(path: &Path) -> Outcome<Self> {
        Ok(Self(Listener::bind(path)?))
    }

    /// Waits for a proxy and hands the pods over. The proxy keeps them as long as the connection is there.
    pub(crate) async fn hand_over(&self, members: &[&Member]) -> Outcome<Connection> {
        let connection = tokio::time::timeout(PATIENCE, self.0.accept()).await??;
        if connection.recv(zds::MAX_ACCEPT).await?.bytes != zds::hello() {
            return Err("the proxy does not greet the node agent".into());
        }
        for member in members {
            let add = Payload::Add(AddWorkload {
                uid: format!("uid-{}", member.name),
                workload_info: Some(WorkloadInfo {
                    name: member.name.clone(),
                    namespace: NAMESPACE.to_owned(),
                    service_account: member.account.clone(),
                }),
            });
            send(&connection, add, Some(&member.pod.space)).await?;
        }
        send(&connection, Payload::SnapshotSent(SnapshotSent {}), None).await?;
        Ok(connection)
    }
}

async fn send(connection: &Connection, payload: Payload, space: Option<&NetNamespace>) -> Outcome<()> {
    let request = WorkloadRequest {
        payload: Some(payload),
    };
    let descriptors: Vec<_> = space.into_iter().map(AsFd::as_fd).collect();
    connection.send(&zds::encode(&request)?, &descriptors).await?;
    let answer = tokio::time::timeout(PATIENCE, connection.recv(zds::MAX_ACCEPT)).await??;
    if answer.bytes != zds::ack() {
        return Err("the proxy refuses a pod".into());
    }
    Ok(())
}
