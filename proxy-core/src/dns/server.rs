//! The DNS listeners of one pod, UDP and TCP on both loopback addresses (`spec/proxy-ops.md` §9).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use rand::seq::SliceRandom;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::datapath::Pod;
use crate::datapath::capture::StartError;
use crate::dns::NameServers;
use crate::dns::answer::{self, Answer, Family, Question};
use crate::state::workload::Workload;
use crate::telemetry::labels::DnsLabels;

const TTL: u32 = 30;
const TCP_IDLE: Duration = Duration::from_secs(5);
const MAX_IN_FLIGHT: usize = 1_000;
const MAX_TCP_CLIENTS: usize = 100;
const MAX_QUERY: usize = 4096;
/// Without EDNS an answer must fit here (RFC 1035).
const PLAIN_UDP: usize = 512;
const LARGEST_UDP: usize = 1_232;

/// The DNS proxy of one pod.
#[derive(Debug)]
pub struct DnsServer {
    pod: Arc<Pod>,
    udp: Vec<Arc<UdpSocket>>,
    tcp: Vec<TcpListener>,
    upstream: Arc<NameServers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Udp,
    Tcp,
}

impl Transport {
    fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

impl DnsServer {
    /// Opens the listeners, or nothing when DNS is switched off.
    pub async fn open(pod: Arc<Pod>) -> Result<Option<Self>, StartError> {
        let settings = &pod.shared.config.dns;
        if !settings.enabled {
            return Ok(None);
        }
        let (mut udp, mut tcp) = (Vec::new(), Vec::new());
        let mut hosts: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into()];
        let has_v6 = pod.sockets.look(is_v6_loopback_on).await.unwrap_or(false);
        if pod.shared.config.proxy.ipv6 && has_v6 {
            hosts.push(Ipv6Addr::LOCALHOST.into());
        }
        for host in hosts {
            let address = SocketAddr::new(host, settings.port);
            let bind = |error| StartError::Bind(address, error);
            udp.push(Arc::new(pod.sockets.datagram(address).await.map_err(bind)?));
            tcp.push(pod.sockets.listen(address).await.map_err(bind)?.0);
        }
        let resolv_conf = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        let upstream = Arc::new(NameServers::parse(&resolv_conf));
        Ok(Some(Self {
            pod,
            udp,
            tcp,
            upstream,
        }))
    }

    /// Answers until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut listeners = JoinSet::new();
        let upstream = self.upstream;
        for socket in self.udp {
            listeners.spawn(serve_udp(
                Answerer {
                    pod: self.pod.clone(),
                    upstream: upstream.clone(),
                },
                socket,
            ));
        }
        for listener in self.tcp {
            listeners.spawn(serve_tcp(
                Answerer {
                    pod: self.pod.clone(),
                    upstream: upstream.clone(),
                },
                listener,
            ));
        }
        stop.cancelled().await;
        listeners.shutdown().await;
    }
}

/// Read inside the pod's namespace: the file shows the reader's own.
fn is_v6_loopback_on() -> bool {
    std::fs::read_to_string("/proc/sys/net/ipv6/conf/lo/disable_ipv6").is_ok_and(|text| text.trim() == "0")
}

async fn serve_udp(answerer: Answerer, socket: Arc<UdpSocket>) {
    let mut queries = JoinSet::new();
    let places = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
    let mut buffer = vec![0; MAX_QUERY];
    loop {
        let received = tokio::select! {
            biased;
            Some(_) = queries.join_next() => continue,
            received = socket.recv_from(&mut buffer) => received,
        };
        // errors are those of earlier sends (ICMP), the socket goes on
        let Ok((length, client)) = received else { continue };
        let Some(query) = buffer.get(..length).map(<[u8]>::to_vec) else {
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            continue;
        };
        let (answerer, socket) = (answerer.clone(), socket.clone());
        queries.spawn(async move {
            if let Some(answer) = answerer.answer(&query, Transport::Udp).await {
                socket.send_to(&answer, client).await.ok(); // the client asks again
            }
            drop(place);
        });
    }
}

async fn serve_tcp(answerer: Answerer, listener: TcpListener) {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = clients.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if clients.len() < MAX_TCP_CLIENTS => {
                    clients.spawn(serve_client(answerer.clone(), stream));
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a DNS client");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
}

async fn serve_client(answerer: Answerer, mut stream: TcpStream) {
    let next = async |stream: &mut TcpStream| -> io::Result<Vec<u8>> {
        let mut query = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut query).await?;
        Ok(query)
    };
    while let Ok(Ok(query)) = timeout(TCP_IDLE, next(&mut stream)).await {
        let Some(answer) = answerer.answer(&query, Transport::Tcp).await else {
            return;
        };
        let Ok(length) = u16::try_from(answer.len()) else {
            return;
        };
        if stream
            .write_all(&[&length.to_be_bytes(), answer.as_slice()].concat())
            .await
            .is_err()
        {
            return;
        }
    }
}

#[derive(Debug, Clone)]
struct Answerer {
    pod: Arc<Pod>,
    upstream: Arc<NameServers>,
}

impl Answerer {
    /// The answer's bytes; none for what is no query at all.
    async fn answer(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let request = match Message::from_vec(query) {
            Ok(request) if request.metadata.message_type == MessageType::Query => request,
            Ok(_) => return None,
            Err(_) => return malformed(query),
        };
        if request.metadata.op_code != OpCode::Query {
            return refuse(&request, ResponseCode::NotImp);
        }
        let [asked] = request.queries.as_slice() else {
            return refuse(&request, ResponseCode::FormErr);
        };
        let Ok(client) = self.pod.workload().await else {
            return refuse(&request, ResponseCode::ServFail);
        };
        let labels = DnsLabels {
            query_type: asked.query_type.to_string().to_ascii_lowercase(),
            protocol: transport.as_str(),
            service: client.labels.canonical_name.clone(),
            revision: client.labels.canonical_revision.clone(),
        };
        let labels = self.pod.shared.metrics.dns_labels(labels);
        let metrics = &self.pod.shared.metrics.dns;
        metrics.requests.get_or_create_owned(&labels).inc();
        let name = asked.name.to_string().to_ascii_lowercase();
        let local = self.find(&name, asked.query_type, &client);
        let (result, endpoints, bytes) = match local {
            Answer::Records { alias, addresses } => {
                local_answer(&request, &name, alias.as_deref(), addresses, transport)
            }
            Answer::Forward => self.forward(&request, query, transport, &labels).await,
        };
        tracing::event!(
            target: "dns",
            tracing::Level::DEBUG,
            src.workload = client.name.as_str(),
            src.namespace = client.namespace(),
            query = %asked.query_type.to_string().as_str(),
            domain = name.as_str(),
            result = result.as_str(),
            endpoints = endpoints
        );
        bytes
    }

    fn find(&self, name: &str, kind: RecordType, client: &Workload) -> Answer {
        let family = match kind {
            RecordType::A => Family::V4,
            RecordType::AAAA => Family::V6,
            _ => return Answer::Forward,
        };
        let config = &self.pod.shared.config;
        let question = Question {
            name: name.trim_end_matches('.'),
            family,
            client,
            domain: &config.names.cluster_domain,
            preferred_namespace: config.dns.preferred_namespace.as_deref(),
            ipv6: config.proxy.ipv6,
        };
        self.pod.shared.live.read(|mesh| answer::answer(mesh, &question))
    }

    async fn forward(
        &self,
        request: &Message,
        query: &[u8],
        transport: Transport,
        labels: &DnsLabels,
    ) -> (String, usize, Option<Vec<u8>>) {
        let metrics = &self.pod.shared.metrics.dns;
        metrics.upstream.get_or_create_owned(labels).inc();
        let started = Instant::now();
        let answered = match transport {
            Transport::Udp => self.upstream.ask_udp(&self.pod.sockets, query).await,
            Transport::Tcp => self.upstream.ask_tcp(&self.pod.sockets, query).await,
        };
        metrics
            .duration
            .get_or_create_owned(labels)
            .observe(started.elapsed().as_secs_f64());
        match answered {
            Ok(bytes) => {
                let records = Message::from_vec(&bytes).map_or(0, |message| message.answers.len());
                if records == 0 {
                    metrics.failures.get_or_create_owned(labels).inc();
                }
                ("forwarded".to_owned(), records, Some(bytes))
            }
            Err(error) => {
                metrics.failures.get_or_create_owned(labels).inc();
                (
                    format!("forwarding failed (net error: {error})"),
                    0,
                    refuse(request, ResponseCode::ServFail),
                )
            }
        }
    }
}

fn response_to(request: &Message) -> Message {
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.metadata.recursion_desired = request.metadata.recursion_desired;
    response.queries.clone_from(&request.queries);
    response
}

fn refuse(request: &Message, code: ResponseCode) -> Option<Vec<u8>> {
    let mut response = response_to(request);
    response.metadata.response_code = code;
    response.to_vec().ok()
}

/// FORMERR with the id, when there is at least a header that asks.
fn malformed(query: &[u8]) -> Option<Vec<u8>> {
    let (id, flags) = (query.get(..2)?, query.get(2)?);
    let is_query = flags & 0x80 == 0;
    let id = u16::from_be_bytes(id.try_into().ok()?);
    (is_query && query.len() >= 12).then(|| {
        Message::error_msg(id, OpCode::Query, ResponseCode::FormErr)
            .to_vec()
            .ok()
    })?
}

fn local_answer(
    request: &Message,
    name: &str,
    alias: Option<&str>,
    mut addresses: Vec<IpAddr>,
    transport: Transport,
) -> (String, usize, Option<Vec<u8>>) {
    addresses.shuffle(&mut rand::rng());
    let mut response = response_to(request);
    response.metadata.authoritative = true;
    response.metadata.recursion_available = true;
    let result = if addresses.is_empty() {
        "no records"
    } else {
        "success"
    };
    let Ok(asked) = Name::from_ascii(name) else {
        return (result.to_owned(), 0, refuse(request, ResponseCode::FormErr));
    };
    let mut owner = asked.clone();
    if let Some(target) = alias
        .filter(|_| !addresses.is_empty())
        .and_then(|alias| Name::from_ascii(format!("{alias}.")).ok())
    {
        response.add_answer(Record::from_rdata(
            asked,
            TTL,
            RData::CNAME(CNAME(target.clone())),
        ));
        owner = target;
    }
    let endpoints = response.answers.len();
    for address in addresses {
        let data = match address {
            IpAddr::V4(v4) => RData::A(A(v4)),
            IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
        };
        response.add_answer(Record::from_rdata(owner.clone(), TTL, data));
    }
    (result.to_owned(), endpoints, fit(request, response, transport))
}

/// Cuts an answer to what the client can take, and says so.
fn fit(request: &Message, mut response: Message, transport: Transport) -> Option<Vec<u8>> {
    let limit = match transport {
        Transport::Tcp => usize::from(u16::MAX),
        Transport::Udp => {
            let offered = request
                .edns
                .as_ref()
                .map_or(PLAIN_UDP, |edns| usize::from(edns.max_payload()));
            offered.clamp(PLAIN_UDP, LARGEST_UDP)
        }
    };
    loop {
        let bytes = response.to_vec().ok()?;
        if bytes.len() <= limit || response.answers.is_empty() {
            return Some(bytes);
        }
        response.answers.pop();
        response.metadata.truncation = true;
    }
}
