//! Questions of hostile clients, and name servers that are slow, silent or endless.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::*;
use crate::testing::node::{HERE, shared, told};
use crate::testing::{mesh, pod, service};

const LIMIT: Duration = Duration::from_secs(30);
const ADDRESS: u16 = 1;

fn answerer(servers: &[SocketAddr]) -> Answerer {
    let shared = shared(mesh![
        pod("web", &["127.0.0.1"]),
        service("shop/web.shop.svc.cluster.local", &["10.96.0.1"], &[(80, 80)]),
    ]);
    let sockets = crate::datapath::sockets::Sockets::here(&shared.config.proxy);
    Answerer {
        pod: Arc::new(Pod::new(shared, told("web"), sockets, CancellationToken::new())),
        upstream: Arc::new(NameServers::of(servers)),
        questions: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
        clients: Arc::new(Semaphore::new(MAX_TCP_CLIENTS)),
    }
}

/// A query's header, with as many questions as it claims.
fn head(questions: u16) -> Vec<u8> {
    [&[0xab, 0xcd, 1, 0][..], &questions.to_be_bytes(), &[0; 6]].concat()
}

fn asked(name: &[u8], kind: u16) -> Vec<u8> {
    [&head(1), name, &kind.to_be_bytes(), &[0, 1]].concat()
}

fn labels(name: &str) -> Vec<u8> {
    let mut wire: Vec<u8> = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        wire.push(u8::try_from(label.len()).unwrap());
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    wire
}

fn code(answer: &[u8]) -> ResponseCode {
    let message = Message::from_vec(answer).unwrap();
    assert_eq!(message.metadata.id, 0xabcd);
    assert_eq!(message.metadata.message_type, MessageType::Response);
    message.metadata.response_code
}

async fn told_code(query: &[u8]) -> Option<ResponseCode> {
    let answer = timeout(LIMIT, answerer(&[]).answer(query, Transport::Udp))
        .await
        .unwrap();
    answer.map(|answer| code(&answer))
}

#[tokio::test]
async fn security_10_hostile_questions_have_their_codes() {
    use ResponseCode::{FormErr, NotImp, Refused, ServFail};
    let web = labels("web.shop.svc.cluster.local");
    let long = labels(&format!("{}.", "x".repeat(63)).repeat(4)); // 256 bytes and the root
    let flagged = |byte: u8| {
        let mut query = asked(&web, ADDRESS);
        query[2] = byte;
        query
    };
    let cases: [(&str, Vec<u8>, Option<ResponseCode>); 16] = [
        ("a good one", asked(&web, ADDRESS), Some(ResponseCode::NoError)),
        ("no question", head(0), Some(FormErr)),
        (
            "two",
            [asked(&web, ADDRESS), web.clone(), vec![0, 1, 0, 1]]
                .concat()
                .tap(5, 2),
            Some(FormErr),
        ),
        (
            "more than there are",
            asked(&web, ADDRESS).tap(5, 9),
            Some(FormErr),
        ),
        ("a pointer to itself", asked(&[0xc0, 12], ADDRESS), Some(FormErr)),
        ("a pointer ahead", asked(&[0xc0, 40], ADDRESS), Some(FormErr)),
        (
            "pointers in a ring",
            asked(&[1, b'a', 0xc0, 12], ADDRESS),
            Some(FormErr),
        ),
        ("a label of no kind", asked(&[0x80, 1, 0], ADDRESS), Some(FormErr)),
        (
            "a name of more than 255 bytes",
            asked(&long, ADDRESS),
            Some(FormErr),
        ),
        (
            "a name without end",
            [head(1), vec![63; 20]].concat(),
            Some(FormErr),
        ),
        ("everything", asked(&web, 255), Some(NotImp)),
        ("a zone", asked(&web, 252), Some(Refused)),
        ("what changed in a zone", asked(&web, 251), Some(Refused)),
        ("a status", flagged(0x10), Some(NotImp)),
        ("an update", flagged(0x28), Some(NotImp)),
        ("an answer", flagged(0x80), None),
    ];
    for (what, query, expected) in cases {
        assert_eq!(told_code(&query).await, expected, "{what}");
    }
    assert_eq!(
        told_code(&asked(&labels("elsewhere.example"), ADDRESS)).await,
        Some(ServFail)
    );
    for length in 0..12 {
        assert_eq!(told_code(&asked(&web, ADDRESS)[..length]).await, None, "{length}");
    }
    assert_eq!(told_code(&asked(&web, ADDRESS)[..13]).await, Some(FormErr));
}

/// Changes one byte.
trait Tap {
    fn tap(self, place: usize, byte: u8) -> Self;
}

impl Tap for Vec<u8> {
    fn tap(mut self, place: usize, byte: u8) -> Self {
        self[place] = byte;
        self
    }
}

proptest! {
    #[test]
    fn any_question_is_answered_or_passed_over(bytes in prop::collection::vec(any::<u8>(), 0..80), good in any::<bool>()) {
        let query = if good { [asked(&labels("web"), ADDRESS), bytes].concat() } else { bytes };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(answerer(&[]).answer(&query, Transport::Tcp));
        prop_assert!(answer.is_none_or(|answer| answer.len() >= 12));
    }
}

/// A name server that answers with what `answer` makes of a question, if anything.
async fn name_server(
    tasks: &mut JoinSet<()>,
    answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static,
) -> SocketAddr {
    let socket = UdpSocket::bind((HERE, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tasks.spawn(async move {
        let mut buffer = vec![0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            if let Some(answer) = answer(&buffer[..length]) {
                socket.send_to(&answer, client).await.ok();
            }
        }
    });
    address
}

fn records(query: &[u8], count: u8) -> Option<Vec<u8>> {
    let request = Message::from_vec(query).unwrap();
    let mut response = response_to(&request);
    for number in 0..count {
        let data = RData::A(hickory_proto::rr::rdata::A::new(10, 0, 0, number));
        response.add_answer(Record::from_rdata(request.queries[0].name.clone(), 5, data));
    }
    response.to_vec().ok()
}

#[tokio::test]
async fn security_9_large_answers_are_cut_to_what_the_client_takes() {
    let mut tasks = JoinSet::new();
    let server = name_server(&mut tasks, |query| records(query, 100)).await;
    let endless = name_server(&mut tasks, |query| {
        Some([&query[..12], &vec![7; 60_000]].concat())
    })
    .await;
    let endless = answerer(&[endless]);
    let answerer = answerer(&[server]);
    let plain = asked(&labels("many.example"), ADDRESS);
    // EDNS with 4,096 bytes
    let extended = [plain.clone().tap(11, 1), vec![0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0]].concat();
    for (query, most) in [(plain, 512), (extended, 1_232)] {
        let answer = answerer.answer(&query, Transport::Udp).await.unwrap();
        let message = Message::from_vec(&answer).unwrap();
        assert!(answer.len() <= most && message.metadata.truncation, "{message:?}");
        assert!(message.answers.len() > 10, "{}", message.answers.len());
        // what is too long to be read at all is to be asked for again, by TCP
        let answer = endless.answer(&query, Transport::Udp).await.unwrap();
        assert!(Message::from_vec(&answer).unwrap().metadata.truncation);
    }
    tasks.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn security_9_a_silent_name_server_is_servfail_after_five_seconds() {
    // nothing listens behind this socket's queue
    let silent = UdpSocket::bind((HERE, 0)).await.unwrap();
    let answerer = answerer(&[silent.local_addr().unwrap()]);
    let began = Instant::now();
    let answer = answerer
        .answer(&asked(&labels("slow.example"), ADDRESS), Transport::Udp)
        .await;
    assert_eq!(code(&answer.unwrap()), ResponseCode::ServFail);
    let took = began.elapsed();
    assert!(took > Duration::from_secs(4) && took <= ANSWER_LIMIT, "{took:?}");
}

#[tokio::test]
async fn security_9_questions_in_flight_are_bounded_and_the_next_is_answered_at_once() {
    let silent = UdpSocket::bind((HERE, 0)).await.unwrap();
    let answerer = answerer(&[silent.local_addr().unwrap()]);
    let (slow, local) = (
        asked(&labels("slow.example"), ADDRESS),
        asked(&labels("web"), ADDRESS),
    );
    let mut waiting = JoinSet::new();
    for _ in 0..MAX_IN_FLIGHT {
        let (answerer, slow) = (answerer.clone(), slow.clone());
        waiting.spawn(async move { answerer.answer(&slow, Transport::Udp).await });
    }
    while answerer.questions.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    for transport in [Transport::Udp, Transport::Tcp] {
        let answer = answerer.answer(&local, transport).await.unwrap();
        assert_eq!(code(&answer), ResponseCode::ServFail);
    }
    waiting.shutdown().await;
    let answer = answerer.answer(&local, Transport::Udp).await.unwrap();
    assert_eq!(code(&answer), ResponseCode::NoError);
}

#[tokio::test]
async fn security_9_clients_over_tcp_are_bounded_and_lies_about_lengths_end_them() {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (answerer, stop, mut tasks) = (answerer(&[]), CancellationToken::new(), JoinSet::new());
    tasks.spawn(serve_tcp(answerer.clone(), listener, stop.clone()));
    let good = asked(&labels("web"), ADDRESS);
    let length = u16::try_from(good.len()).unwrap().to_be_bytes();
    let ask = async |client: &mut TcpStream| -> io::Result<ResponseCode> {
        client.write_all(&[&length[..], &good].concat()).await?;
        let mut answer = vec![0; usize::from(client.read_u16().await?)];
        client.read_exact(&mut answer).await?;
        Ok(code(&answer))
    };
    let mut clients = Vec::new();
    for _ in 0..MAX_TCP_CLIENTS {
        let mut client = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut client).await.unwrap(), ResponseCode::NoError);
        clients.push(client);
    }
    let mut late = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut late).await.is_err(), "one too many is closed");
    // less than promised, then silence; more than there is; nothing at all
    for lie in [&[0, 200, 1, 2, 3][..], &[0, 0], &[0xff, 0xff]] {
        let mut liar = clients.pop().unwrap();
        liar.write_all(lie).await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(LIMIT, liar.read_to_end(&mut rest)).await;
        assert!(ended.is_ok() && rest.is_empty(), "{lie:?}");
    }
    while answerer.clients.available_permits() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    let mut next = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut next).await.unwrap(), ResponseCode::NoError);
    drop((clients, next));
    stop.cancel();
    tasks.join_all().await;
}

#[tokio::test]
async fn a_proxy_that_goes_answers_what_was_asked() {
    let mut tasks = JoinSet::new();
    let server = name_server(&mut tasks, |query| {
        std::thread::sleep(Duration::from_millis(20));
        records(query, 1)
    })
    .await;
    let socket = Arc::new(UdpSocket::bind((HERE, 0)).await.unwrap());
    let address = socket.local_addr().unwrap();
    let stop = CancellationToken::new();
    let mut serving = JoinSet::new();
    let client = UdpSocket::bind((HERE, 0)).await.unwrap();
    for _ in 0..3 {
        client
            .send_to(&asked(&labels("slow.example"), ADDRESS), address)
            .await
            .unwrap();
    }
    stop.cancel();
    serving.spawn(serve_udp(answerer(&[server]), socket, stop));
    let mut buffer = vec![0; 512];
    for _ in 0..3 {
        let length = timeout(LIMIT, client.recv(&mut buffer)).await.unwrap().unwrap();
        assert_eq!(code(&buffer[..length]), ResponseCode::NoError);
    }
    serving.join_all().await;
    tasks.shutdown().await;
}
