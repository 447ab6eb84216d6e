//! What reads a tunnel connection: records are opened where they lie, their frames parsed, and data is
//! written to the application's socket from there. It also sends what a stream's task could not.

use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf, ReadHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Sleep, sleep};

use crate::config::TunnelSettings;
use crate::hbone::budget::Share;
use crate::hbone::connection::{Connection, Writer};
use crate::hbone::error::{By, Error};
use crate::hbone::frame::{Head, Reason, flag, kind};
use crate::hbone::inbox::{Inbox, SLICES};
use crate::hbone::message::Request;
use crate::hbone::parser::{Event, Parser};
use crate::hbone::scratch::Scratch;
use crate::hbone::state::{Role, State};
use crate::hbone::stream::{Stream, TunnelPipe};
use crate::tls::handshake::{Shaken, refused};
use crate::tls::record::RecordError;
use crate::tls::record::incoming::{Incoming, Item};

/// How long a peer that was told the end may take to end as well.
const LINGER: Duration = Duration::from_secs(1);
/// Reads before others get their turn.
const READS: usize = 16;

/// What a tunnel can run over.
pub trait Transport: Sized {
    /// Its reading half.
    type Reader: AsyncRead + Send + Unpin;

    /// Both halves.
    fn halves(self) -> (Self::Reader, Writer);
}

impl Transport for TcpStream {
    type Reader = OwnedReadHalf;

    fn halves(self) -> (Self::Reader, Writer) {
        let (read, write) = self.into_split();
        (read, Box::new(write))
    }
}

impl Transport for TunnelPipe {
    type Reader = ReadHalf<Self>;

    fn halves(self) -> (Self::Reader, Writer) {
        let (read, write) = tokio::io::split(self);
        (read, Box::new(write))
    }
}

#[cfg(test)]
impl Transport for tokio::io::DuplexStream {
    type Reader = ReadHalf<Self>;

    fn halves(self) -> (Self::Reader, Writer) {
        let (read, write) = tokio::io::split(self);
        (read, Box::new(write))
    }
}

/// The driver of one connection. Dropped, it ends the connection.
#[derive(Debug)]
pub struct Driver<R> {
    connection: Arc<Connection>,
    role: Role,
    reader: R,
    intake: Intake,
    /// Sealed bytes of a record that has not come as a whole.
    rest: Vec<u8>,
    stage: Stage,
    /// Until when the peer's last bytes are awaited.
    patience: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Closing,
    Lingering,
    Over,
}

/// What becomes of the bytes.
#[derive(Debug)]
struct Intake {
    incoming: Incoming,
    parser: Parser,
    /// Who owns the data that is being read.
    owner: Option<(u32, Option<Arc<Inbox>>)>,
    is_closed: bool,
    /// Data of before the first record.
    early: Vec<u8>,
}

/// A driver, and what its streams share; `share` is what the peer may send at most.
pub fn start<T: Transport>(
    shaken: Shaken<T>,
    role: Role,
    settings: TunnelSettings,
    share: Option<Share>,
) -> (Driver<T::Reader>, Arc<Connection>) {
    let (reader, writer) = shaken.io.halves();
    let connection = Connection::new(role, (settings, share), shaken.outgoing, writer);
    let limit = State::<Arc<Inbox>>::BODY_LIMIT;
    let driver = Driver {
        connection: connection.clone(),
        role,
        reader,
        intake: Intake {
            incoming: shaken.incoming,
            parser: match role {
                Role::Client => Parser::of_server(limit),
                Role::Server => Parser::of_client(limit),
            },
            owner: None,
            is_closed: false,
            early: shaken.early,
        },
        rest: shaken.rest,
        stage: Stage::Open,
        patience: None,
    };
    (driver, connection)
}

impl<R: AsyncRead + Unpin> Driver<R> {
    /// Reads until the peer's SETTINGS are there.
    pub async fn ready(&mut self) -> Result<(), Error> {
        std::future::poll_fn(|cx| {
            loop {
                let moved = self.poll_move(cx);
                if self.connection.lock().state.is_ready() {
                    return Poll::Ready(Ok(()));
                }
                if !ready!(moved)? {
                    return Poll::Ready(Err(Error::cut()));
                }
            }
        })
        .await
    }

    /// The next request; none at the connection's end.
    pub fn poll_asked(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<(Request, Stream), Error>>> {
        loop {
            let asked = self.connection.lock().next_asked();
            if let Some((request, id, inbox)) = asked {
                let stream = Stream::new(self.connection.clone(), id, inbox);
                return Poll::Ready(Some(Ok((request, stream))));
            }
            match ready!(self.poll_move(cx)) {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// Runs a connection on which nobody asks us, to its end.
    pub async fn run(mut self) -> Result<(), Error> {
        loop {
            match std::future::poll_fn(|cx| self.poll_asked(cx)).await {
                Some(Ok(asked)) => drop(asked),
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }

    /// Whether the last stream has ended and none will follow.
    fn is_done(&self) -> bool {
        let core = self.connection.lock();
        let is_final = match self.role {
            Role::Client => core.requesters == 0 || core.state.takes_no_more(),
            Role::Server => core.state.takes_no_more(),
        };
        is_final && core.state.open_streams() == 0 && core.asked.is_empty()
    }

    /// Moves bytes both ways: true if something has come, false at the orderly end.
    fn poll_move(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        self.push(cx)?;
        if self.stage == Stage::Open && self.is_done() {
            self.stage = Stage::Closing;
            if self.role == Role::Client {
                self.connection.say_goodbye(Reason::NO_ERROR, "");
            }
            self.connection.lock().last_words(None);
        }
        if self.stage != Stage::Open {
            return self.poll_close(cx).map_ok(|()| false);
        }
        for _ in 0..READS {
            match self.poll_take(cx) {
                Poll::Ready(Ok(true)) if self.connection.lock().asked.is_empty() => {}
                Poll::Ready(Err(error)) => {
                    self.explain(&error);
                    return Poll::Ready(Err(error));
                }
                other => return other,
            }
            if self.is_done() {
                return Poll::Ready(Ok(true));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Writes what waits.
    fn push(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut core = self.connection.lock();
        core.enter(cx.waker());
        core.flush();
        let _ = core.poll_flush(cx);
        core.broken.clone().map_or(Ok(()), Err)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.stage == Stage::Closing {
            let mut core = self.connection.lock();
            if core.backlog() > 0 {
                return Poll::Pending;
            }
            ready!(core.poll_shutdown(cx)).ok(); // the peer may have gone first
            self.stage = if self.role == Role::Server && !self.intake.is_closed {
                Stage::Lingering
            } else {
                Stage::Over
            };
        }
        if self.stage == Stage::Lingering {
            ready!(self.poll_last_bytes(cx));
            self.stage = Stage::Over;
        }
        Poll::Ready(Ok(()))
    }

    /// Waits for the peer's end. Bytes that reach a socket which is closed already reset the connection, and
    /// with it the GOAWAY that the peer has not read yet.
    fn poll_last_bytes(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = Scratch::lend();
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        while patience.as_mut().poll(cx).is_pending() {
            let mut space = ReadBuf::new(scratch.bytes());
            match ready!(Pin::new(&mut self.reader).poll_read(cx, &mut space)) {
                Ok(()) if !space.filled().is_empty() => {}
                _ => break,
            }
        }
        Poll::Ready(())
    }

    /// Tells the peer which rule it broke, as far as that is possible at once.
    fn explain(&self, error: &Error) {
        if let Error::Connection(By::Us, reason, word) = error {
            self.connection.say_goodbye(*reason, word);
        }
        let mut core = self.connection.lock();
        core.last_words(None);
        // whoever polls next learns of it as well
        core.broken.get_or_insert_with(|| error.clone());
    }

    /// Reads once: false if the peer has closed and nothing is left of it.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        if !self.intake.early.is_empty() {
            let early = std::mem::take(&mut self.intake.early);
            self.intake.frames(&self.connection, &[&early])?;
            return Poll::Ready(Ok(true));
        }
        let mut scratch = Scratch::lend();
        let buffer = scratch.bytes();
        let held = self.rest.len();
        let mut filled = held;
        if !self.intake.incoming.is_whole(&self.rest) {
            let mut space = ReadBuf::new(&mut buffer[held..]);
            ready!(Pin::new(&mut self.reader).poll_read(cx, &mut space))?;
            filled += space.filled().len();
            if filled == held {
                let text = "peer closed connection without sending TLS close_notify";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, text).into()));
            }
        }
        buffer[..held].copy_from_slice(&self.rest);
        let used = self.intake.records(&self.connection, &mut buffer[..filled])?;
        self.rest = buffer[used..filled].to_vec();
        if !self.intake.is_closed {
            return Poll::Ready(Ok(true));
        }
        // it says that this is all: what is still open has lost its peer
        let is_idle = self.connection.lock().state.open_streams() == 0;
        Poll::Ready(if is_idle { Ok(false) } else { Err(Error::cut()) })
    }
}

impl<R> Drop for Driver<R> {
    fn drop(&mut self) {
        self.connection.cut(&Error::cut());
    }
}

impl Intake {
    /// Opens all whole records, then reads their frames; says how many bytes they were.
    fn records(&mut self, connection: &Arc<Connection>, buffer: &mut [u8]) -> Result<usize, Error> {
        let (mut texts, mut used): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
        let mut ended = Ok(());
        while !self.is_closed {
            match self.open(connection, &mut buffer[used..]) {
                Ok(Some((item, length))) => {
                    if let Item::Data(place) = item {
                        texts.push(used + place.start..used + place.end);
                    }
                    used += length;
                }
                Ok(None) => break,
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        let texts: Vec<&[u8]> = texts.into_iter().map(|place| &buffer[place]).collect();
        // what came before a bad record was good
        self.frames(connection, &texts)?;
        ended.map(|()| used)
    }

    fn open(
        &mut self,
        connection: &Arc<Connection>,
        bytes: &mut [u8],
    ) -> Result<Option<(Item, usize)>, Error> {
        let refuse = |error: RecordError| {
            connection.lock().last_words(error.alert());
            Error::from(refused(&error))
        };
        let Some(length) = self.incoming.length(bytes).map_err(refuse)? else {
            return Ok(None);
        };
        let Some(record) = bytes.get_mut(..length) else {
            return Ok(None);
        };
        let item = self.incoming.open(record).map_err(refuse)?;
        match item {
            Item::Closed => self.is_closed = true,
            Item::Update { is_asked } => {
                connection
                    .lock()
                    .rekey(&mut self.incoming, is_asked)
                    .map_err(refuse)?;
            }
            Item::Data(_) | Item::Nothing => {}
        }
        Ok(Some((item, length)))
    }

    /// Reads frames; data goes on as it comes, everything else to the state.
    fn frames(&mut self, connection: &Arc<Connection>, texts: &[&[u8]]) -> Result<(), Error> {
        let mut batch = Batch::default();
        let now = connection.age();
        for text in texts {
            let mut rest = *text;
            while let Some(event) = self.parser.next(&mut rest)? {
                match event {
                    Event::Begin(head) => self.begin(connection, head, &mut batch)?,
                    Event::Data(part) => {
                        if let Some((id, owner)) = &self.owner {
                            batch.add(connection, (*id, owner.as_ref()), part);
                        }
                    }
                    Event::End(head, overhead) => {
                        let is_end = head.has(flag::END_STREAM);
                        if is_end {
                            batch.deliver(connection);
                        }
                        if is_end || overhead > 0 {
                            let mut core = connection.lock();
                            let is_owned = self.owner.take().is_some_and(|(_, owner)| owner.is_some());
                            // without an owner the whole frame was given back already
                            core.state
                                .accept(head.stream, if is_owned { overhead } else { 0 });
                            core.state.on_data_end(head);
                            core.dispatch();
                        }
                    }
                    Event::Frame(head, body) => {
                        batch.deliver(connection);
                        let mut core = connection.lock();
                        core.state.on_frame(head, &body, now)?;
                        core.dispatch();
                    }
                    Event::Skipped(head) => connection.lock().state.on_skipped(head, now)?,
                }
            }
        }
        batch.deliver(connection);
        connection.lock().flush();
        Ok(())
    }

    fn begin(&mut self, connection: &Connection, head: Head, batch: &mut Batch<'_>) -> Result<(), Error> {
        let now = connection.age();
        let mut core = connection.lock();
        core.state.on_head(head)?;
        if head.kind != kind::DATA {
            return Ok(());
        }
        let owner = core.state.on_data(head, now)?;
        core.dispatch();
        drop(core);
        if batch.stream != head.stream {
            batch.deliver(connection);
        }
        self.owner = Some((head.stream, owner));
        Ok(())
    }
}

/// Data of one stream that lies in one buffer, to be written at once.
struct Batch<'a> {
    stream: u32,
    inbox: Option<Arc<Inbox>>,
    slices: [IoSlice<'a>; SLICES],
    used: usize,
}

impl Default for Batch<'_> {
    fn default() -> Self {
        Self {
            stream: 0,
            inbox: None,
            slices: [IoSlice::new(&[]); SLICES],
            used: 0,
        }
    }
}

impl<'a> Batch<'a> {
    fn add(&mut self, connection: &Connection, (id, inbox): (u32, Option<&Arc<Inbox>>), part: &'a [u8]) {
        let Some(inbox) = inbox else { return };
        if self.used == SLICES || (self.used > 0 && self.stream != id) {
            self.deliver(connection);
        }
        if self.used == 0 {
            (self.stream, self.inbox) = (id, Some(inbox.clone()));
        }
        self.slices[self.used] = IoSlice::new(part);
        self.used += 1;
    }

    fn deliver(&mut self, connection: &Connection) {
        if let Some(inbox) = self.inbox.take() {
            let taken = inbox.deliver(&self.slices[..self.used]);
            if taken > 0 {
                connection.lock().state.accept(self.stream, taken);
            }
        }
        self.used = 0;
    }
}
