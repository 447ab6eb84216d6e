//! The event streams of all node proxies as one: asked at once, asked again when they break, and new proxies
//! asked as they come.

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::exit::Failure;
use crate::tap::line::Teller;
use crate::ztunnel::select::Places;
use bytes::{Bytes, BytesMut};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked which proxies there are.
const LOOK: Duration = Duration::from_secs(3);
/// Lines that may wait for the terminal; then proxies wait, and count what they do not tell.
const WAITING: usize = 1_024;
/// Pieces of one stream that may wait.
const PIECES: usize = 16;
/// The longest line that is read, in bytes. A proxy's lines have a few hundred.
const MAX_LINE: usize = 64 << 10;

/// What is asked, and whom.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Where the proxies are.
    pub(super) places: Places,
    /// The one node that is meant; all unless given.
    pub(super) node: Option<String>,
    /// Their admin port.
    pub(super) port: u16,
    /// The path, with its filters.
    pub(super) path: String,
}

/// What comes of a watch.
pub(super) enum News {
    /// All who were there at the start are asked, and so many tell.
    Ready(usize),
    /// A proxy said something.
    Line(Arc<Teller>, Bytes),
    /// A proxy's stream ended.
    Lost(Arc<Teller>, String),
    /// A proxy tells that did not at the start, or that was lost.
    Back(Arc<Teller>),
    /// It cannot be looked which proxies there are.
    Unasked(String),
}

/// All streams.
pub(super) struct Watch {
    streams: Streams,
    lines: mpsc::Receiver<(Arc<Teller>, Bytes)>,
    looks: mpsc::Receiver<Result<Vec<Teller>, Failure>>,
    /// Looks again and again; ends with the watch.
    _looking: JoinSet<()>,
    known: Known,
    news: VecDeque<News>,
}

/// Who tells and who does not.
#[derive(Default)]
struct Known {
    /// Whom the start found, until they tell or are lost.
    first: BTreeSet<Teller>,
    /// Those who tell.
    heard: BTreeSet<Teller>,
    /// Those who were lost, and have not told since.
    lost: BTreeSet<Teller>,
    /// Whether anybody ever told.
    is_heard: bool,
}

/// One task for each proxy that is asked.
struct Streams {
    cluster: Cluster,
    question: Question,
    out: mpsc::Sender<(Arc<Teller>, Bytes)>,
    tasks: JoinSet<Result<(), Failure>>,
    asked: BTreeMap<Teller, Id>,
}

impl Watch {
    /// Finds the proxies and asks them.
    ///
    /// # Errors
    /// There are none, or none on the node that is meant.
    pub(super) async fn start(cluster: &Cluster, question: Question) -> Result<Self, Failure> {
        let first = find(cluster, &question).await?;
        if first.is_empty() {
            let place = question.node.as_ref().map_or_else(
                || format!("in namespace `{}` or anywhere else", question.places.system),
                |node| format!("on node `{node}`"),
            );
            return Err(Failure::new(format!("no ztunnel pod runs {place}"))
                .hint("is the mesh installed? `meshctl status` shows its parts"));
        }
        let (out, lines) = mpsc::channel(WAITING);
        let (told, looks) = mpsc::channel(1);
        let mut looking = JoinSet::new();
        looking.spawn(look(cluster.clone(), question.clone(), told));
        let mut streams = Streams {
            cluster: cluster.clone(),
            question,
            out,
            tasks: JoinSet::new(),
            asked: BTreeMap::new(),
        };
        streams.ask(&first);
        let known = Known {
            first: first.into_iter().collect(),
            ..Known::default()
        };
        Ok(Self {
            streams,
            lines,
            looks,
            _looking: looking,
            known,
            news: VecDeque::new(),
        })
    }

    /// What comes next.
    ///
    /// # Errors
    /// No proxy ever said anything, and the last one has ended.
    pub(super) async fn next(&mut self) -> Result<News, Failure> {
        loop {
            if let Some(news) = self.news.pop_front() {
                return Ok(news);
            }
            tokio::select! {
                biased;
                Some((teller, line)) = self.lines.recv() => {
                    self.news.extend(self.known.hear(&teller));
                    self.news.push_back(News::Line(teller, line));
                }
                Some(ended) = self.streams.tasks.join_next_with_id() => {
                    let (id, why) = match ended {
                        Ok((id, Ok(()))) => (id, Failure::new("the stream ended")),
                        Ok((id, Err(failure))) => (id, failure),
                        Err(error) => (error.id(), Failure::new("the task broke").caused_by(&error)),
                    };
                    let Some(teller) = self.streams.forget(id) else { continue };
                    if !self.known.is_heard && self.streams.asked.is_empty() {
                        return Err(why);
                    }
                    self.news.extend(self.known.lose(&teller, &why));
                }
                Some(look) = self.looks.recv() => match look {
                    Ok(tellers) => self.streams.ask(&tellers),
                    Err(failure) => return Ok(News::Unasked(in_a_line(&failure))),
                },
            }
        }
    }
}

impl Known {
    /// A proxy tells.
    fn hear(&mut self, teller: &Arc<Teller>) -> Option<News> {
        self.is_heard = true;
        if self.heard.contains(&**teller) {
            return None;
        }
        self.heard.insert((**teller).clone());
        self.lost.remove(&**teller);
        if self.first.remove(&**teller) {
            self.ready()
        } else {
            Some(News::Back(teller.clone()))
        }
    }

    /// A proxy's stream ended; told once, until it tells again.
    fn lose(&mut self, teller: &Teller, why: &Failure) -> Vec<News> {
        self.heard.remove(teller);
        let mut news = Vec::new();
        if self.lost.insert(teller.clone()) {
            news.push(News::Lost(Arc::new(teller.clone()), in_a_line(why)));
        }
        if self.first.remove(teller) {
            news.extend(self.ready());
        }
        news
    }

    fn ready(&self) -> Option<News> {
        self.first.is_empty().then_some(News::Ready(self.heard.len()))
    }
}

impl Streams {
    /// Asks those who are not asked yet.
    fn ask(&mut self, tellers: &[Teller]) {
        for teller in tellers {
            if !self.asked.contains_key(teller) {
                let (cluster, question) = (self.cluster.clone(), self.question.clone());
                let stream = stream(cluster, question, Arc::new(teller.clone()), self.out.clone());
                self.asked.insert(teller.clone(), self.tasks.spawn(stream).id());
            }
        }
    }

    fn forget(&mut self, task: Id) -> Option<Teller> {
        let teller = self.asked.iter().find(|(_, id)| **id == task)?.0.clone();
        self.asked.remove(&teller);
        Some(teller)
    }
}

fn in_a_line(failure: &Failure) -> String {
    let causes = failure.causes.first().map(|cause| format!(": {cause}"));
    failure.message.clone() + &causes.unwrap_or_default()
}

/// Tells which proxies there are, until nobody wants to know.
async fn look(cluster: Cluster, question: Question, told: mpsc::Sender<Result<Vec<Teller>, Failure>>) {
    let mut again = interval(LOOK);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    again.tick().await;
    loop {
        again.tick().await;
        if told.send(find(&cluster, &question).await).await.is_err() {
            return;
        }
    }
}

/// The proxies that run, on the node that is meant.
async fn find(cluster: &Cluster, question: &Question) -> Result<Vec<Teller>, Failure> {
    let pods = cluster.ztunnels(&question.places).await?;
    let is_meant = |teller: &Teller| question.node.as_ref().is_none_or(|node| *node == teller.node);
    let running = pods.iter().filter(|pod| pod["status"]["phase"] == "Running");
    Ok(running.map(teller).filter(is_meant).collect())
}

fn teller(pod: &Value) -> Teller {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Teller {
        node: text(&pod["spec"]["nodeName"]),
        namespace: text(&pod["metadata"]["namespace"]),
        pod: text(&pod["metadata"]["name"]),
    }
}

/// One proxy's stream, until it ends.
async fn stream(
    cluster: Cluster,
    question: Question,
    teller: Arc<Teller>,
    out: mpsc::Sender<(Arc<Teller>, Bytes)>,
) -> Result<(), Failure> {
    let ask = PodRequest {
        namespace: &teller.namespace,
        pod: &teller.pod,
        port: question.port,
        path: &question.path,
    };
    let (pieces, taken) = mpsc::channel(PIECES);
    let (streamed, ()) = tokio::join!(
        async {
            let streamed = cluster.stream_from_pod(&ask, &pieces).await;
            drop(pieces);
            streamed
        },
        split(&teller, taken, &out),
    );
    streamed
}

/// Makes lines of pieces. A line that is too long is left out as one that cannot be read.
async fn split(
    teller: &Arc<Teller>,
    mut pieces: mpsc::Receiver<Bytes>,
    out: &mpsc::Sender<(Arc<Teller>, Bytes)>,
) {
    let mut rest = BytesMut::new();
    while let Some(piece) = pieces.recv().await {
        rest.extend_from_slice(&piece);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = rest.split_to(end + 1).freeze().slice(..end);
            if out.send((teller.clone(), line)).await.is_err() {
                return;
            }
        }
        if rest.len() > MAX_LINE {
            rest.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Arc<Teller> {
        Arc::new(Teller {
            node: name.to_owned(),
            namespace: String::new(),
            pod: String::new(),
        })
    }

    #[test]
    fn the_watch_is_ready_when_all_have_told_or_are_lost_and_a_loss_is_told_once() {
        let (a, b) = (node("a"), node("b"));
        let mut known = Known {
            first: [(*a).clone(), (*b).clone()].into(),
            ..Known::default()
        };
        let why = Failure::new("gone").because("cut").because("deeper");
        assert!(known.hear(&a).is_none());
        let news = known.lose(&b, &why);
        assert!(
            matches!(&news[..], [News::Lost(lost, why), News::Ready(1)] if *lost == b && why == "gone: cut")
        );
        assert!(known.lose(&b, &why).is_empty());
        assert!(matches!(known.hear(&b), Some(News::Back(back)) if back == b));
        assert!(known.hear(&b).is_none());
        assert_eq!(known.lose(&b, &why).len(), 1);
    }

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut() {
        let teller = Arc::new(teller(&Value::Null));
        let (pieces, taken) = mpsc::channel(PIECES);
        let (out, mut lines) = mpsc::channel(WAITING);
        let sending = async {
            for piece in ["{\"a\"", ":1}\n{}\n{\"b", "\":2}", "\n"] {
                pieces.send(Bytes::from_static(piece.as_bytes())).await.unwrap();
            }
            pieces.send(Bytes::from(vec![b'x'; MAX_LINE + 1])).await.unwrap();
            pieces.send(Bytes::from_static(b"\nlast\n")).await.unwrap();
            drop(pieces);
        };
        tokio::join!(sending, split(&teller, taken, &out));
        drop(out);
        let mut seen = Vec::new();
        while let Some((_, line)) = lines.recv().await {
            seen.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(seen, ["{\"a\":1}", "{}", "{\"b\":2}", "", "last"]);
    }
}
