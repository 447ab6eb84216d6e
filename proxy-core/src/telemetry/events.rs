//! What happens to connections as it happens, for whoever listens at `GET /events`: one JSON object a line.
//!
//! Nothing is made while nobody listens. A listener that is too slow, or more than a bounded number of
//! events a second, costs events, which are counted and told; never time of the data path.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arcstr::ArcStr;
use bytes::Bytes;
use jiff::Timestamp;
use mesh_wire::events::{End, Event, Kind};
use mesh_wire::identity::Identity;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, interval};

use crate::telemetry::access_log::Totals;
use crate::telemetry::{Facts, Side};

/// Events that may wait for a slow listener.
const WAITING: usize = 4_096;
/// Events a second that one listener gets.
const PER_SECOND: u32 = 1_000;
const MAX_LISTENERS: usize = 8;
/// Pieces that may wait for the listener's socket.
const PIECES: usize = 64;
/// A silent stream is told that it lives, so that a lost listener is noticed.
const ALIVE: Duration = Duration::from_secs(15);

/// An event of a connection whose ends are known.
#[must_use]
pub fn of(kind: Kind, facts: &Facts) -> Event {
    let source = end(
        facts.source_address.to_string(),
        &facts.source,
        facts.source_identity.as_ref(),
    );
    let destination = end(
        facts.destination_address.to_string(),
        &facts.destination,
        facts.destination_identity.as_ref(),
    );
    let direction = facts.reporter.direction();
    Event {
        target: facts.hbone_address.clone(),
        service: facts.service.as_ref().map(|service| service.key.hostname.clone()),
        mutual_tls: facts.is_mutual_tls(),
        ..Event::new(
            Timestamp::now().to_string(),
            kind,
            direction,
            (source, destination),
        )
    }
}

/// The same with what was counted.
#[must_use]
pub fn counted(kind: Kind, facts: &Facts, totals: Totals) -> Event {
    Event {
        bytes_up: Some(totals.up),
        bytes_down: Some(totals.down),
        duration_ms: u64::try_from(totals.duration.as_millis()).ok(),
        ..of(kind, facts)
    }
}

fn end(address: String, side: &Side, identity: Option<&Identity>) -> End {
    let present = |text: &str| (!text.is_empty()).then(|| ArcStr::from(text));
    let (workload, namespace) = match side {
        Side::Known(workload) => (present(&workload.name), present(workload.namespace())),
        Side::Told(baggage) => (present(&baggage.workload_name), present(&baggage.namespace)),
        Side::Unknown => (None, None),
    };
    End {
        address,
        workload,
        namespace,
        identity: identity.map(|one| one.uri().clone()),
    }
}

/// What a listener wants to hear; everything it does not name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    namespace: Option<String>,
    workload: Option<String>,
    direction: Option<String>,
    kind: Option<String>,
}

impl Filter {
    /// Reads the query of a request; an unknown key or value is named.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let kinds = Kind::ALL.map(Kind::as_str);
            let (field, allowed): (_, &[&str]) = match key {
                "namespace" => (&mut filter.namespace, &[]),
                "workload" => (&mut filter.workload, &[]),
                "direction" => (&mut filter.direction, &["inbound", "outbound"]),
                "kind" => (&mut filter.kind, &kinds),
                _ => {
                    return Err(format!(
                        "unknown filter `{key}`; expected namespace, workload, direction or kind"
                    ));
                }
            };
            if value.is_empty() || !(allowed.is_empty() || allowed.contains(&value)) {
                let expected = if allowed.is_empty() {
                    "a name".to_owned()
                } else {
                    allowed.join(", ")
                };
                return Err(format!("`{key}={value}`: expected {expected}"));
            }
            *field = Some(value.to_owned());
        }
        Ok(filter)
    }

    fn wants(&self, event: &Event) -> bool {
        let either = |wanted: &Option<String>, of: fn(&End) -> &Option<ArcStr>| {
            wanted.as_ref().is_none_or(|wanted| {
                [&event.source, &event.destination]
                    .into_iter()
                    .any(|end| of(end).as_ref().is_some_and(|name| name == wanted))
            })
        };
        either(&self.namespace, |end| &end.namespace)
            && either(&self.workload, |end| &end.workload)
            && self
                .direction
                .as_ref()
                .is_none_or(|wanted| *wanted == event.direction)
            && self
                .kind
                .as_ref()
                .is_none_or(|wanted| wanted == event.kind.as_str())
    }
}

/// The one source of events. What waits for listeners is there while anybody listens: most proxies never have one.
#[derive(Debug, Default)]
pub struct Events(Arc<Audience>);

#[derive(Debug, Default)]
struct Audience {
    listeners: AtomicUsize,
    sender: Mutex<Option<broadcast::Sender<Event>>>,
}

impl Audience {
    fn lock(&self) -> MutexGuard<'_, Option<broadcast::Sender<Event>>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events {
    /// Whether anybody listens; if not, nothing should be made.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.0.listeners.load(Ordering::Relaxed) > 0
    }

    /// Tells an event.
    pub fn tell(&self, event: Event) {
        if let Some(sender) = self.0.lock().as_ref() {
            // fails only when nobody listens any more
            let _ = sender.send(event);
        }
    }

    /// A new listener, or none when there are too many.
    #[must_use]
    pub fn listen(&self) -> Option<Listener> {
        let mut sender = self.0.lock();
        if self.0.listeners.load(Ordering::Relaxed) >= MAX_LISTENERS {
            return None;
        }
        self.0.listeners.fetch_add(1, Ordering::Relaxed);
        let sender = sender.get_or_insert_with(|| broadcast::Sender::new(WAITING));
        Some(Listener {
            events: sender.subscribe(),
            audience: self.0.clone(),
        })
    }
}

/// Who listens.
#[derive(Debug)]
pub struct Listener {
    events: broadcast::Receiver<Event>,
    audience: Arc<Audience>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut sender = self.audience.lock();
        if self.audience.listeners.fetch_sub(1, Ordering::Relaxed) == 1 {
            *sender = None;
        }
    }
}

impl Listener {
    /// Writes what `filter` wants into `lines` until the other side is gone.
    pub async fn run(mut self, filter: Filter, lines: mpsc::Sender<Bytes>) {
        let mut bucket = Bucket::new();
        let mut alive = interval(ALIVE);
        loop {
            let line = tokio::select! {
                biased;
                () = lines.closed() => return,
                event = self.events.recv() => match event {
                    Ok(event) if filter.wants(&event) => bucket.take(&event),
                    Ok(_) => None,
                    Err(broadcast::error::RecvError::Lagged(count)) => {
                        bucket.skipped += count;
                        None
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = alive.tick() => Some(bucket.alive()),
            };
            if let Some(line) = line
                && lines.send(Bytes::from(line)).await.is_err()
            {
                return;
            }
        }
    }

    /// How many pieces may wait for the socket.
    #[must_use]
    pub fn pieces() -> (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
        mpsc::channel(PIECES)
    }
}

/// So many events a second, and the count of the others.
struct Bucket {
    second: Instant,
    used: u32,
    skipped: u64,
}

impl Bucket {
    fn new() -> Self {
        Self {
            second: Instant::now(),
            used: 0,
            skipped: 0,
        }
    }

    fn take(&mut self, event: &Event) -> Option<String> {
        if self.second.elapsed() >= Duration::from_secs(1) {
            self.second = Instant::now();
            self.used = 0;
        }
        if self.used >= PER_SECOND {
            self.skipped += 1;
            return None;
        }
        self.used += 1;
        let mut text = self.told();
        // an event is made of texts and numbers, which JSON can always hold
        text.push_str(&serde_json::to_string(event).unwrap_or_default());
        text.push('\n');
        Some(text)
    }

    fn told(&mut self) -> String {
        match std::mem::take(&mut self.skipped) {
            0 => String::new(),
            count => format!("{{\"kind\":\"skipped\",\"count\":{count}}}\n"),
        }
    }

    fn alive(&mut self) -> String {
        let mut text = self.told();
        text.push_str("{\"kind\":\"alive\"}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Reporter;
    use crate::testing::{identity, pod};

    fn event(kind: Kind) -> Event {
        of(
            kind,
            &Facts {
                reporter: Reporter::Destination,
                source_address: "10.0.0.9:4000".parse().unwrap(),
                source: Side::Known(pod("client", &["10.0.0.9"]).into()),
                source_identity: Some(identity("shop", "client")),
                destination_address: "10.0.0.1:15008".parse().unwrap(),
                hbone_address: Some("10.0.0.1:80".into()),
                service: None,
                destination: Side::Known(pod("data/web", &["10.0.0.1"]).into()),
                destination_identity: Some(identity("data", "web")),
            },
        )
    }

    #[tokio::test(start_paused = true)]
    async fn listeners_get_lines_of_json_that_they_want() {
        let events = Events::default();
        assert!(!events.is_heard());
        let listener = events.listen().unwrap();
        assert!(events.is_heard());
        let (lines, mut pieces) = Listener::pieces();
        events.tell(event(Kind::Open));
        events.tell(Event {
            policy: Some("data/no".into()),
            ..event(Kind::Denied)
        });
        let listening = listener.run(Filter::parse("kind=denied&namespace=data").unwrap(), lines);
        let reading = async {
            let line = pieces.recv().await.unwrap();
            let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
            assert_eq!(json["kind"], "denied");
            assert_eq!(json["policy"], "data/no");
            assert_eq!(
                json["source"]["identity"],
                "spiffe://cluster.local/ns/shop/sa/client"
            );
            assert_eq!(json["mutualTls"], true);
            assert_eq!(json["target"], "10.0.0.1:80");
            assert_eq!(pieces.recv().await.unwrap(), "{\"kind\":\"alive\"}\n");
            drop(pieces);
        };
        tokio::join!(listening, reading);
        assert!(!events.is_heard(), "nobody listens any more");
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_a_thousand_a_second_are_counted_instead() {
        let mut bucket = Bucket::new();
        let told = (0..1_500)
            .filter(|_| bucket.take(&event(Kind::Open)).is_some())
            .count();
        assert_eq!(told, 1_000);
        tokio::time::advance(Duration::from_secs(1)).await;
        let line = bucket.take(&event(Kind::Open)).unwrap();
        assert!(
            line.starts_with("{\"kind\":\"skipped\",\"count\":500}\n{"),
            "{line}"
        );
    }

    #[test]
    fn unknown_filters_are_named() {
        assert!(Filter::parse("").is_ok());
        assert_eq!(
            Filter::parse("kind=x").unwrap_err(),
            "`kind=x`: expected open, close, denied, failed"
        );
        assert!(
            Filter::parse("pod=x")
                .unwrap_err()
                .starts_with("unknown filter `pod`")
        );
        assert_eq!(
            Filter::parse("namespace=").unwrap_err(),
            "`namespace=`: expected a name"
        );
    }

    #[test]
    fn only_so_many_may_listen() {
        let events = Events::default();
        let listeners: Vec<_> = (0..=MAX_LISTENERS).filter_map(|_| events.listen()).collect();
        assert_eq!(listeners.len(), MAX_LISTENERS);
    }
}
