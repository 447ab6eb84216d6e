//! A control plane in this process: TLS, gRPC, and responses as a case wants them, one after another.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use mesh_wire::xds::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use mesh_wire::xds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse};
use proxy_core::control_plane::{ControlPlane, RootSource, TokenSource};
use rcgen::SanType;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::cases::Step;
use crate::root::Root;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// One step, and who waits until the client has answered it.
type Ordered = (Step, oneshot::Sender<()>);

/// What a client's streams take their orders from, one at a time, the next when the one before has ended.
type Orders = Arc<Mutex<mpsc::Receiver<Ordered>>>;

/// The server.
pub(crate) struct Server {
    address: SocketAddr,
    root: String,
    /// Of the client that is there now.
    orders: watch::Sender<Orders>,
    _tasks: JoinSet<()>,
}

/// What serves streams.
struct Discovery {
    orders: watch::Receiver<Orders>,
    drivers: Mutex<JoinSet<()>>,
}

/// What the server does for one client.
pub(crate) struct Play(mpsc::Sender<Ordered>);

impl Server {
    /// Listens on a port of its own.
    pub(crate) async fn start() -> Self {
        let root = Root::new();
        let config = root.server(SanType::DnsName("localhost".try_into().unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (orders, current) = watch::channel(orders().1);
        let (accepted, incoming) = mpsc::channel(16);
        let discovery = Discovery {
            orders: current,
            drivers: Mutex::default(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                if let Ok(stream) = acceptor.accept(stream).await
                    && accepted.send(Ok::<_, std::io::Error>(stream)).await.is_err()
                {
                    return;
                }
            }
        });
        tasks.spawn(async move {
            let service = AggregatedDiscoveryServiceServer::new(discovery);
            let router = tonic::transport::Server::builder().add_service(service);
            let served = router.serve_with_incoming(ReceiverStream::new(incoming)).await;
            served.unwrap();
        });
        Self {
            address,
            root: root.pem,
            orders,
            _tasks: tasks,
        }
    }

    /// How a client reaches it.
    pub(crate) fn address(&self) -> ControlPlane {
        ControlPlane {
            address: format!("https://localhost:{}", self.address.port()),
            alternative_name: None,
            root: RootSource::Inline(self.root.clone()),
            token: TokenSource::None,
            cluster_id: "east".to_owned(),
            headers: Vec::new(),
        }
    }

    /// Serves the next client; streams of the one before get no orders any more.
    pub(crate) fn next_client(&self) -> Play {
        let (play, taken) = orders();
        self.orders.send_replace(taken);
        Play(play)
    }
}

fn orders() -> (mpsc::Sender<Ordered>, Orders) {
    let (orders, taken) = mpsc::channel(16);
    (orders, Arc::new(Mutex::new(taken)))
}

impl Play {
    /// Does these steps on the client's stream; returns when the client has answered each of them.
    pub(crate) async fn steps(&self, steps: &[Step]) {
        for step in steps {
            let (done, answered) = oneshot::channel();
            self.0.send((step.clone(), done)).await.unwrap();
            // a step that breaks the stream has no answer, and drops who would have told of it
            let told = answered.await;
            assert!(
                told.is_ok() || !matches!(step, Step::Send(_)),
                "the client is lost"
            );
        }
    }
}

/// A stream with one client.
struct Session {
    requests: Streaming<DeltaDiscoveryRequest>,
    responses: mpsc::Sender<Result<DeltaDiscoveryResponse, Status>>,
    nonce: usize,
}

impl Session {
    /// Carries out orders until the stream is over.
    async fn drive(mut self, orders: Orders) {
        let mut orders = orders.lock().await;
        // both subscriptions come before anything is sent
        for _ in 0..2 {
            if !matches!(self.requests.message().await, Ok(Some(_))) {
                return;
            }
        }
        loop {
            let (step, done) = tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => order,
                    None => return,
                },
                request = self.requests.message() => match request {
                    Ok(Some(_)) => continue,
                    _ => return,
                },
            };
            match step {
                Step::Send(response) => {
                    if self.send(*response).await.is_none() {
                        return;
                    }
                    let _ = done.send(());
                }
                Step::End => return,
                Step::Fail => {
                    let _ = self
                        .responses
                        .send(Err(Status::unknown("as the case wants it")))
                        .await;
                    return;
                }
            }
        }
    }

    /// Sends one response and waits for the one reply to it.
    async fn send(&mut self, mut response: DeltaDiscoveryResponse) -> Option<()> {
        self.nonce += 1;
        response.nonce = format!("n{}", self.nonce);
        let nonce = response.nonce.clone();
        self.responses.send(Ok(response)).await.ok()?;
        loop {
            match self.requests.message().await {
                Ok(Some(request)) if request.response_nonce == nonce => return Some(()),
                Ok(Some(_)) => {}
                _ => return None,
            }
        }
    }
}

#[tonic::async_trait]
impl AggregatedDiscoveryService for Discovery {
    type StreamAggregatedResourcesStream = Answers<DiscoveryResponse>;
    type DeltaAggregatedResourcesStream = Answers<DeltaDiscoveryResponse>;

    async fn stream_aggregated_resources(
        &self,
        _: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented("node proxies never ask so"))
    }

    async fn delta_aggregated_resources(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::DeltaAggregatedResourcesStream>, Status> {
        let (responses, stream) = mpsc::channel(4);
        let session = Session {
            requests: request.into_inner(),
            responses,
            nonce: 0,
        };
        let orders = self.orders.borrow().clone();
        self.drivers.lock().await.spawn(session.drive(orders));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}
