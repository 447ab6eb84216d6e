//! One tunnel connection: what its streams share, and how their bytes leave.
//!
//! Whoever has something to send does it: a stream's own task frames its data, seals it and writes it to
//! the socket. Only what the socket does not take is left for the driver (`driver.rs`), which reads.
//! Locks are taken in the order connection, inbox; neither is held across an await.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::HeaderMap;
use tokio::io::AsyncWrite;
use tokio::time::{Instant, sleep, timeout};

use crate::config::TunnelSettings;
use crate::hbone::budget::Share;
use crate::hbone::error::Error;
use crate::hbone::frame::Reason;
use crate::hbone::inbox::{Inbox, remember};
use crate::hbone::layout::Layout;
use crate::hbone::message::Request;
use crate::hbone::state::{Effect, Role, State};
use crate::hbone::stream::Stream;
use crate::tls::handshake::refused;
use crate::tls::record::incoming::Incoming;
use crate::tls::record::{Outgoing, RecordError};

const PING_INTERVAL: Duration = Duration::from_secs(10);
pub(super) const PING_LIMIT: Duration = Duration::from_secs(20);
/// Room for so many requests is kept.
const FEW_ASKED: usize = 4;
/// Sealed bytes that wait for the socket before streams wait as well.
const BACKLOG: usize = 64 << 10;
/// Nobody needs to have so many answers outstanding (`security.md` §9).
const MOST_BACKLOG: usize = 4 << 20;

/// The writing half of what a tunnel runs over.
pub type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// What all streams of one connection share.
pub struct Connection {
    core: Mutex<Core>,
    began: Instant,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Behind the lock.
pub struct Core {
    /// Streams and windows.
    pub state: State<Arc<Inbox>>,
    /// Requests that nobody has looked at.
    pub asked: VecDeque<(Request, u32, Arc<Inbox>)>,
    /// What went wrong with the socket.
    pub broken: Option<Error>,
    /// Who may still open streams.
    pub requesters: usize,
    outgoing: Outgoing,
    writer: Writer,
    sealed: Vec<u8>,
    sent: usize,
    driver: Option<Waker>,
    /// Streams that wait for the socket.
    waiting: Vec<Arc<Inbox>>,
    /// Those who wait for a stream.
    openers: Vec<Waker>,
    has_pong: bool,
    pinger: Option<Waker>,
}

impl Connection {
    /// A connection whose handshake is over. Nothing is sent yet.
    #[must_use]
    pub fn new(
        role: Role,
        (settings, share): (TunnelSettings, Option<Share>),
        outgoing: Outgoing,
        writer: Writer,
    ) -> Arc<Self> {
        let core = Core {
            state: State::new(role, settings, share),
            asked: VecDeque::new(),
            broken: None,
            requesters: 0,
            outgoing,
            writer,
            sealed: Vec::new(),
            sent: 0,
            driver: None,
            waiting: Vec::new(),
            openers: Vec::new(),
            has_pong: false,
            pinger: None,
        };
        Arc::new(Self {
            core: Mutex::new(core),
            began: Instant::now(),
        })
    }

    /// Takes the lock.
    pub fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long it has been there.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Asks for a stream once there is place for one.
    pub fn poll_open(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        (authority, headers): (&str, &HeaderMap),
    ) -> Poll<Result<Stream, Error>> {
        let mut core = self.lock();
        if let Some(error) = &core.broken {
            return Poll::Ready(Err(error.clone()));
        }
        let inbox = Arc::new(Inbox::default());
        let Some(id) = core.state.open(authority, headers, inbox.clone())? else {
            core.openers.push(cx.waker().clone());
            return Poll::Pending;
        };
        core.flush();
        drop(core);
        Poll::Ready(Ok(Stream::new(self.clone(), id, inbox)))
    }

    fn send_ping(&self) {
        let mut core = self.lock();
        core.has_pong = false;
        core.state.ping(*b"are you?");
        core.flush();
    }

    /// Asks for a PING's answer.
    async fn ping(&self) {
        self.send_ping();
        std::future::poll_fn(|cx| {
            let mut core = self.lock();
            if core.has_pong {
                return Poll::Ready(());
            }
            remember(&mut core.pinger, cx.waker());
            Poll::Pending
        })
        .await;
    }

    /// Pings until the peer fails to answer in time; `between` is called after each answer.
    pub async fn ping_until_silent(&self, between: impl Fn()) {
        loop {
            sleep(PING_INTERVAL).await;
            if timeout(PING_LIMIT, self.ping()).await.is_err() {
                return;
            }
            between();
        }
    }

    /// Takes no new streams; the driver ends with the last one.
    pub fn drain(&self) {
        let mut core = self.lock();
        core.state.drain();
        core.flush();
    }

    /// Says that this is the end, as far as that can be said at once.
    pub fn say_goodbye(&self, reason: Reason, word: &str) {
        let mut core = self.lock();
        core.state.say_goodbye(reason, word);
        core.flush();
    }

    /// Ends every stream and lets the socket go.
    pub fn cut(&self, error: &Error) {
        let mut core = self.lock();
        core.state.fail_all(error);
        core.broken.get_or_insert_with(|| error.clone());
        core.dispatch();
        core.writer = Box::new(tokio::io::sink());
        (core.sealed, core.sent) = (Vec::new(), 0);
        core.waiting = Vec::new();
        core.driver = None;
    }
}

impl Core {
    /// Seals the frames that wait, writes what the socket takes, and tells everybody the news.
    pub fn flush(&mut self) {
        self.dispatch();
        let sealed = self.seal_frames();
        self.settle(sealed);
        self.write_out(&[]);
    }

    fn seal_frames(&mut self) -> Result<(), RecordError> {
        if self.state.out.is_empty() {
            return Ok(());
        }
        self.renew_key()?;
        self.outgoing.append_data(&self.state.out, &mut self.sealed)?;
        self.state.out.clear();
        if self.sealed.len() - self.sent > MOST_BACKLOG {
            self.fail(Error::broken(Reason::ENHANCE_YOUR_CALM, "h2_backlog"));
        }
        if self.state.out.capacity() > 1_024 {
            self.state.out = Vec::new();
        }
        Ok(())
    }

    /// Changes the key before it has sealed more than it may.
    fn renew_key(&mut self) -> Result<(), RecordError> {
        if self.outgoing.is_worn() {
            self.outgoing.update(&mut self.sealed)?;
        }
        Ok(())
    }

    fn settle(&mut self, sealed: Result<(), RecordError>) {
        if let Err(error) = sealed {
            self.fail(refused(&error).into());
        }
    }

    fn fail(&mut self, error: Error) {
        self.broken.get_or_insert(error);
        self.wake_driver();
    }

    /// There is something for it to do.
    pub fn wake_driver(&mut self) {
        if let Some(driver) = &self.driver {
            driver.wake_by_ref();
        }
    }

    /// The driver is here: it is woken from now on when the socket has room.
    pub fn enter(&mut self, driver: &Waker) {
        remember(&mut self.driver, driver);
    }

    /// Whether streams may send, or should wait for the socket.
    pub fn has_room(&mut self, inbox: &Arc<Inbox>) -> bool {
        let has_room = self.backlog() < BACKLOG;
        if !has_room && !self.waiting.iter().any(|other| Arc::ptr_eq(other, inbox)) {
            self.waiting.push(inbox.clone());
        }
        has_room
    }

    /// Sealed bytes that the socket has not taken.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.sealed.len() - self.sent
    }

    /// Where data is to be put before [`Core::send`].
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(&self.outgoing, self.state.frame_limit())
    }

    /// Sends what lies in its places of `buffer`, behind everything that waits.
    pub fn send(&mut self, layout: Layout, buffer: &mut [u8], data: (u32, usize)) {
        let sealed = self
            .seal_frames()
            .and_then(|()| self.renew_key())
            .and_then(|()| layout.seal(buffer, data, &mut self.outgoing));
        match sealed {
            Ok(end) => self.write_out(&buffer[..end]),
            Err(error) => self.settle(Err(error)),
        }
    }

    /// As if the key had sealed all it may.
    #[cfg(test)]
    pub(crate) fn wear_out(&mut self) {
        self.outgoing.wear_out();
    }

    /// Appends a record that tells the peer why, or that this was all.
    pub fn last_words(&mut self, alert: Option<u8>) {
        let said = match alert {
            Some(alert) => self.outgoing.alert(alert, &mut self.sealed),
            None => self.outgoing.close(&mut self.sealed),
        };
        self.settle(said);
        self.write_out(&[]);
    }

    /// Gives the key of the other direction to whoever opens records, and changes ours if asked to.
    pub fn rekey(&mut self, incoming: &mut Incoming, is_asked: bool) -> Result<(), RecordError> {
        self.outgoing.rekey(incoming)?;
        if is_asked {
            // what waits was framed for the old key, and leaves with it
            self.seal_frames()?;
            self.outgoing.update(&mut self.sealed)?;
        }
        Ok(())
    }

    /// Writes what waits and then `more`; keeps what the socket does not take, for the driver.
    fn write_out(&mut self, mut more: &[u8]) {
        let idle = Waker::noop();
        let driver = self.driver.clone();
        let mut cx = Context::from_waker(driver.as_ref().unwrap_or(idle));
        while self.broken.is_none() && self.backlog() + more.len() > 0 {
            let waiting = &self.sealed[self.sent..];
            let ahead = waiting.len();
            let slices = [IoSlice::new(waiting), IoSlice::new(more)];
            let writer = Pin::new(&mut self.writer);
            let written = match (waiting.is_empty(), more.is_empty()) {
                (true, _) => writer.poll_write(&mut cx, more),
                (_, true) => writer.poll_write(&mut cx, waiting),
                _ => writer.poll_write_vectored(&mut cx, &slices),
            };
            match written {
                Poll::Ready(Ok(0)) => self.fail(io::Error::from(io::ErrorKind::WriteZero).into()),
                Poll::Ready(Ok(count)) => {
                    let first = count.min(ahead);
                    self.sent += first;
                    more = &more[count - first..];
                }
                Poll::Ready(Err(error)) => self.fail(error.into()),
                Poll::Pending => break,
            }
        }
        if self.backlog() == 0 {
            // lent only while bytes are in flight
            (self.sealed, self.sent) = (Vec::new(), 0);
        }
        if self.sent > BACKLOG {
            self.sealed.drain(..std::mem::take(&mut self.sent));
        }
        self.sealed.extend_from_slice(more);
        if self.backlog() < BACKLOG {
            for inbox in std::mem::take(&mut self.waiting) {
                inbox.lock().wake_sender();
            }
        }
    }

    /// Flushes the socket itself.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    /// Ends the socket's outgoing direction.
    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(cx)
    }

    /// The oldest request that nobody has looked at. What many at once needed is given back.
    pub fn next_asked(&mut self) -> Option<(Request, u32, Arc<Inbox>)> {
        let next = self.asked.pop_front();
        if next.is_none() && self.asked.capacity() > FEW_ASKED {
            self.asked = VecDeque::new();
        }
        next
    }

    /// Tells everybody what the last frames have changed for them.
    pub fn dispatch(&mut self) {
        for effect in std::mem::take(&mut self.state.effects) {
            match effect {
                Effect::Asked(id, request) => {
                    let inbox = Arc::new(Inbox::default());
                    self.state.adopt(id, inbox.clone());
                    inbox.lock().has_ended = self.state.has_peer_ended(id);
                    self.asked.push_back((request, id, inbox));
                }
                Effect::Answered(inbox, answer) => {
                    let mut content = inbox.lock();
                    content.answer = Some(Box::new(answer));
                    content.wake_receiver();
                }
                Effect::Ended(inbox) => {
                    let mut content = inbox.lock();
                    content.has_ended = true;
                    content.wake_receiver();
                }
                Effect::Failed(inbox, error) => {
                    let mut content = inbox.lock();
                    content.failed.get_or_insert(error);
                    content.wake_receiver();
                    content.wake_sender();
                }
                Effect::Room(inbox) => inbox.lock().wake_sender(),
                Effect::Slots => {
                    self.openers.drain(..).for_each(Waker::wake);
                    self.wake_driver();
                }
                Effect::Pong => {
                    self.has_pong = true;
                    if let Some(pinger) = self.pinger.take() {
                        pinger.wake();
                    }
                }
            }
        }
    }
}
