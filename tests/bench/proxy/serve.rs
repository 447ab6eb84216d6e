//! The server: sends back what it gets on one port, and swallows it on another. One thread and epoll, so that it
//! costs little beside what is measured.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Socket, Type};

use crate::Outcome;

/// Where everything is sent back.
pub(crate) const ECHO: u16 = 9000;
/// Where it is counted, and the number told at the end.
pub(crate) const SINK: u16 = 9001;
/// The largest read of every part of the benchmark.
pub(crate) const LARGE: usize = 256 << 10;
/// Events that are taken at once.
pub(crate) const EVENTS: usize = 1024;

/// One client.
struct Client {
    stream: TcpStream,
    /// What was swallowed; absent where everything is sent back.
    swallowed: Option<u64>,
}

/// Listens on every address of the namespace, with a long queue.
pub(crate) fn listen(port: u16) -> Outcome<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// An event that names a descriptor.
pub(crate) fn event(of: &impl AsRawFd, flags: EpollFlags) -> EpollEvent {
    EpollEvent::new(flags, u64::try_from(of.as_raw_fd()).unwrap_or_default())
}

/// The descriptor that an event names.
pub(crate) fn named(event: &EpollEvent) -> usize {
    usize::try_from(event.data()).unwrap_or_default()
}

/// Says that what is measured may begin.
#[expect(clippy::print_stdout, reason = "the benchmark reads it")]
pub(crate) fn say_ready() {
    println!("ready");
}

/// Serves for ever.
pub(crate) fn serve() -> Outcome<()> {
    let (echo, sink) = (listen(ECHO)?, listen(SINK)?);
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for listener in [&echo, &sink] {
        listener.set_nonblocking(true)?;
        epoll.add(listener.as_fd(), event(listener, EpollFlags::EPOLLIN))?;
    }
    say_ready();
    let mut clients: Vec<Option<Client>> = Vec::new();
    let (mut events, mut buffer) = ([EpollEvent::empty(); EVENTS], vec![0; LARGE]);
    loop {
        let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
        for at in events[..count].iter().map(named) {
            let listener = [&echo, &sink]
                .into_iter()
                .find(|one| usize::try_from(one.as_raw_fd()) == Ok(at));
            if let Some(listener) = listener {
                let counts = std::ptr::eq(listener, &raw const sink);
                accept(listener, counts.then_some(0), &epoll, &mut clients)?;
            } else if let Some(place) = clients.get_mut(at)
                && place.as_mut().is_some_and(|client| !client.goes_on(&mut buffer))
            {
                *place = None; // which closes it
            }
        }
    }
}

fn accept(
    listener: &TcpListener,
    swallowed: Option<u64>,
    epoll: &Epoll,
    clients: &mut Vec<Option<Client>>,
) -> Outcome<()> {
    while let Ok((stream, _)) = listener.accept() {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        epoll.add(&stream, event(&stream, EpollFlags::EPOLLIN))?;
        let at = usize::try_from(stream.as_raw_fd())?;
        if clients.len() <= at {
            clients.resize_with(at + 1, || None);
        }
        clients[at] = Some(Client { stream, swallowed });
    }
    Ok(())
}

impl Client {
    /// Takes what is there; whether there may be more.
    fn goes_on(&mut self, buffer: &mut [u8]) -> bool {
        let count = match self.stream.read(buffer) {
            Ok(count) => count,
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        };
        match &mut self.swallowed {
            // messages are small and their senders wait, so that they always fit
            None => count > 0 && self.stream.write_all(&buffer[..count]).is_ok(),
            Some(swallowed) if count == 0 => {
                let _ = self.stream.write_all(&swallowed.to_be_bytes()); // a client that is gone asks no more
                false
            }
            Some(swallowed) => {
                *swallowed += count as u64;
                true
            }
        }
    }
}
