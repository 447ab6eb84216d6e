//! The DNS listeners of one pod, UDP and TCP on both loopback addresses (`spec/proxy-ops.md` §9).

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use mesh_sys::patience::Patience;
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
/// A question is answered after this long at most, with SERVFAIL if need be.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// Clients are on this machine, so a handshake that has begun is over by then.
const HALF_OPEN: Duration = Duration::from_millis(10);
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

    /// Answers until `stop`, and then what has been asked already.
    pub async fn run(self, stop: CancellationToken) {
        let mut listeners = JoinSet::new();
        let answerer = Answerer {
            pod: self.pod,
            upstream: self.upstream,
            questions: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
            clients: Arc::new(Semaphore::new(MAX_TCP_CLIENTS)),
        };
        for socket in self.udp {
            listeners.spawn(serve_udp(answerer.clone(), socket, stop.clone()));
        }
        for listener in self.tcp {
            listeners.spawn(serve_tcp(answerer.clone(), listener, stop.clone()));
        }
        while listeners.join_next().await.is_some() {}
    }
}

/// Read inside the pod's namespace: the file shows the reader's own.
fn is_v6_loopback_on() -> bool {
    std::fs::read_to_string("/proc/sys/net/ipv6/conf/lo/disable_ipv6").is_ok_and(|text| text.trim() == "0")
}

async fn serve_udp(answerer: Answerer, socket: Arc<UdpSocket>, stop: CancellationToken) {
    let mut queries = JoinSet::new();
    let mut patience = Patience::default();
    loop {
        let received = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = queries.join_next() => continue,
            ready = socket.readable() => ready.and_then(|()| answerer.receive(&socket, &mut queries)),
        };
        match received {
            Ok(()) => patience = Patience::default(),
            // most are those of earlier sends (ICMP); the socket goes on
            Err(error) => go_on(&error, &mut patience).await,
        }
    }
    // answers leave through this socket; whoever asks it meanwhile is answered as well
    let rest = async {
        loop {
            match timeout(HALF_OPEN, socket.readable()).await {
                Ok(Ok(())) if answerer.receive(&socket, &mut queries).is_ok() => {}
                _ if queries.is_empty() => return,
                _ => while queries.try_join_next().is_some() {},
            }
        }
    };
    timeout(ANSWER_LIMIT, rest).await.ok();
}

/// After an error, before the socket is asked again (`security.md` §9).
async fn go_on(error: &io::Error, patience: &mut Patience) {
    tracing::debug!(%error, "a DNS listener failed, and goes on");
    patience.wait().await;
}

async fn serve_tcp(answerer: Answerer, listener: TcpListener, stop: CancellationToken) {
    let mut clients = JoinSet::new();
    let mut patience = Patience::default();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = clients.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    patience = Patience::default();
                    answerer.take_client(stream, &mut clients);
                }
                Err(error) => go_on(&error, &mut patience).await,
            },
        }
    }
    if mesh_sys::socket::take_no_new(&listener).is_ok() {
        while let Ok(Ok((stream, _))) = timeout(HALF_OPEN, listener.accept()).await {
            answerer.take_client(stream, &mut clients);
        }
    }
    drop(listener);
    timeout(ANSWER_LIMIT, async {
        while clients.join_next().await.is_some() {}
    })
    .await
    .ok();
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
        let message = [&length.to_be_bytes(), answer.as_slice()].concat();
        if !matches!(timeout(TCP_IDLE, stream.write_all(&message)).await, Ok(Ok(()))) {
            return;
        }
    }
}

#[derive(Debug, Clone)]
struct Answerer {
    pod: Arc<Pod>,
    upstream: Arc<NameServers>,
    /// Questions in flight, whichever way they came.
    questions: Arc<Semaphore>,
    /// TCP clients.
    clients: Arc<Semaphore>,
}

impl Answerer {
    /// Takes the datagram that has arrived, if one has. The room for it is on the stack: a pod that asks nothing holds
    /// none.
    fn receive(&self, socket: &Arc<UdpSocket>, queries: &mut JoinSet<()>) -> io::Result<()> {
        let mut buffer = [0; MAX_QUERY];
        match socket.try_recv_from(&mut buffer) {
            Ok((length, client)) => self.take(&buffer[..length], (socket, client), queries),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Answers a datagram, once there is an answer.
    fn take(&self, query: &[u8], (socket, client): (&Arc<UdpSocket>, SocketAddr), queries: &mut JoinSet<()>) {
        let (answerer, socket, query) = (self.clone(), socket.clone(), query.to_vec());
        queries.spawn(async move {
            if let Some(answer) = answerer.answer(&query, Transport::Udp).await {
                socket.send_to(&answer, client).await.ok(); // the client asks again
            }
        });
    }

    /// Serves a client; who is one too many is closed.
    fn take_client(&self, stream: TcpStream, clients: &mut JoinSet<()>) {
        if let Ok(place) = self.clients.clone().try_acquire_owned() {
            let client = serve_client(self.clone(), stream);
            clients.spawn(async move {
                client.await;
                drop(place);
            });
        }
    }

    /// The answer's bytes, after five seconds at most; none for what is no query at all.
    async fn answer(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let failed = || failure(query, ResponseCode::ServFail);
        let Ok(_place) = self.questions.try_acquire() else {
            return failed();
        };
        let answer = Box::pin(self.find_answer(query, transport));
        timeout(ANSWER_LIMIT, answer).await.unwrap_or_else(|_| failed())
    }

    async fn find_answer(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let request = match Message::from_vec(query) {
            Ok(request) if request.metadata.message_type == MessageType::Query => request,
            Ok(_) => return None,
            Err(_) => return failure(query, ResponseCode::FormErr),
        };
        if request.metadata.op_code != OpCode::Query {
            return refuse(&request, ResponseCode::NotImp);
        }
        let [asked] = request.queries.as_slice() else {
            return refuse(&request, ResponseCode::FormErr);
        };
        match asked.query_type {
            // a whole zone, or whatever there is, is more than one question
            RecordType::AXFR | RecordType::IXFR => return refuse(&request, ResponseCode::Refused),
            RecordType::ANY => return refuse(&request, ResponseCode::NotImp),
            _ => {}
        }
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
                let answer = Message::from_vec(&bytes).ok();
                let records = answer.as_ref().map_or(0, |message| message.answers.len());
                if records == 0 {
                    metrics.failures.get_or_create_owned(labels).inc();
                }
                let fits = bytes.len() <= limit(request, transport);
                let bytes = match answer {
                    Some(answer) if !fits => fit(request, answer, transport),
                    None if !fits => cut(request),
                    _ => Some(bytes),
                };
                ("forwarded".to_owned(), records, bytes)
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

/// A failure with the id alone, when there is at least a header that asks.
fn failure(query: &[u8], code: ResponseCode) -> Option<Vec<u8>> {
    let (id, flags) = (query.get(..2)?, query.get(2)?);
    let is_query = flags & 0x80 == 0;
    let id = u16::from_be_bytes(id.try_into().ok()?);
    (is_query && query.len() >= 12).then(|| Message::error_msg(id, OpCode::Query, code).to_vec().ok())?
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

/// No records, and that there are some: to be asked for by TCP.
fn cut(request: &Message) -> Option<Vec<u8>> {
    let mut response = response_to(request);
    response.metadata.truncation = true;
    response.to_vec().ok()
}

/// The largest answer that the client can take.
fn limit(request: &Message, transport: Transport) -> usize {
    match transport {
        Transport::Tcp => usize::from(u16::MAX),
        Transport::Udp => {
            let offered = request
                .edns
                .as_ref()
                .map_or(PLAIN_UDP, |edns| usize::from(edns.max_payload()));
            offered.clamp(PLAIN_UDP, LARGEST_UDP)
        }
    }
}

/// Cuts an answer to what the client can take, and says so.
fn fit(request: &Message, mut response: Message, transport: Transport) -> Option<Vec<u8>> {
    let limit = limit(request, transport);
    loop {
        let bytes = response.to_vec().ok()?;
        if bytes.len() <= limit {
            return Some(bytes);
        }
        let rest = &mut response.additionals;
        let dropped = rest.pop().or_else(|| response.authorities.pop()).is_some();
        if !dropped && response.answers.pop().is_none() {
            return Some(bytes);
        }
        response.metadata.truncation = true;
    }
}
