//! Sockets with the options that a transparent proxy needs. Blocking is off on all of them.
//!
//! A socket stays in the namespace it was made in: make it inside [`crate::netns::NetNamespace::run`] or
//! [`crate::netns::Worker::run`], use it anywhere.

mod port;

use std::io;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

use socket2::{Domain, Protocol, SockFilter, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::TcpSocket;

pub use self::port::port_by_connect;

/// When a silent peer is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first probe.
    pub time: Duration,
    /// Between probes.
    pub interval: Duration,
    /// How many probes may stay unanswered.
    pub retries: u32,
}

/// Options of a socket; the default sets none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a socket option of its own")]
pub struct Options {
    /// `SO_MARK`.
    pub mark: Option<u32>,
    /// Several processes may listen on one port.
    pub reuse_port: bool,
    /// Foreign addresses may be used as one's own; fails without `CAP_NET_ADMIN`.
    pub transparent: bool,
    /// Addresses that this host does not have may be bound.
    pub freebind: bool,
    /// Listeners on `[::]` take IPv4 too.
    pub dual_stack: bool,
    /// Small writes leave at once.
    pub no_delay: bool,
    /// TCP keepalive.
    pub keepalive: Option<Keepalive>,
    /// How long sent data may stay unacknowledged.
    pub user_timeout: Option<Duration>,
    /// The other end is on this machine: nothing is gained by pacing, whatever the node's default is.
    pub unpaced: bool,
}

impl Options {
    fn socket(&self, ip: IpAddr, kind: Type) -> io::Result<Socket> {
        let (domain, v6) = if ip.is_ipv6() {
            (Domain::IPV6, true)
        } else {
            (Domain::IPV4, false)
        };
        let protocol = if kind == Type::STREAM {
            Protocol::TCP
        } else {
            Protocol::UDP
        };
        let socket = Socket::new(domain, kind.nonblocking(), Some(protocol))?;
        if let Some(mark) = self.mark {
            socket.set_mark(mark)?;
        }
        if self.reuse_port {
            socket.set_reuse_port(true)?;
        }
        if self.transparent {
            set_transparent(&socket, v6)?;
        }
        if self.freebind {
            if v6 {
                socket.set_freebind_v6(true)
            } else {
                socket.set_freebind_v4(true)
            }?;
        }
        if v6 {
            socket.set_only_v6(!self.dual_stack)?;
        }
        if kind == Type::STREAM {
            self.tune(&socket)?;
        }
        Ok(socket)
    }

    /// Sets what concerns connected TCP sockets; what a listener has, its connections have too.
    fn tune(&self, socket: &impl AsFd) -> io::Result<()> {
        let socket = SockRef::from(socket);
        if self.no_delay {
            socket.set_tcp_nodelay(true)?;
        }
        if let Some(keepalive) = self.keepalive {
            let parameters = TcpKeepalive::new()
                .with_time(keepalive.time)
                .with_interval(keepalive.interval)
                .with_retries(keepalive.retries);
            socket.set_tcp_keepalive(&parameters)?;
        }
        if self.user_timeout.is_some() {
            socket.set_tcp_user_timeout(self.user_timeout)?;
        }
        if self.unpaced {
            // every kernel has it; where it is not allowed the default does as well
            socket.set_tcp_congestion(b"reno").ok();
        }
        Ok(())
    }
}

/// From now on a listener takes no new connections, while those that are under way become whole. Whoever
/// asks is not answered, asks again a second later, and then reaches whoever else listens on the port: one
/// that closes at once would reset all that it has answered and not accepted.
pub fn take_no_new(listener: &impl AsFd) -> io::Result<()> {
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const SYN_OR_ACK: u32 = 0x12;
    // what a filter of a TCP socket sees begins with the TCP header
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(AND, 0, 0, SYN_OR_ACK),
        SockFilter::new(IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

/// Makes a listener or an unconnected socket transparent (`IP_TRANSPARENT`, `IPV6_TRANSPARENT`).
pub fn set_transparent(socket: &impl AsFd, v6: bool) -> io::Result<()> {
    let socket = SockRef::from(socket);
    if v6 {
        socket.set_ip_transparent_v6(true)
    } else {
        socket.set_ip_transparent_v4(true)
    }
}

/// Listens on an address.
pub fn listen(address: SocketAddr, backlog: i32, options: &Options) -> io::Result<TcpListener> {
    let socket = options.socket(address.ip(), Type::STREAM)?;
    if !options.reuse_port {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// An unconnected TCP socket of the family of `peer`; bind and connect it where you like.
pub fn stream(peer: IpAddr, options: &Options) -> io::Result<TcpSocket> {
    let socket = options.socket(peer, Type::STREAM)?;
    Ok(TcpSocket::from_std_stream(TcpStream::from(socket)))
}

/// A bound UDP socket.
pub fn datagram(address: SocketAddr, options: &Options) -> io::Result<UdpSocket> {
    let socket = options.socket(address.ip(), Type::DGRAM)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Where a redirected connection was going (`SO_ORIGINAL_DST`), IPv4-mapped forms made IPv4.
/// A connection that was not redirected answers with its own local address.
pub fn original_destination(socket: &impl AsFd) -> io::Result<SocketAddr> {
    let socket = SockRef::from(socket);
    let original = socket.original_dst_v4().or_else(|_| socket.original_dst_v6());
    let address = original.or_else(|_| socket.local_addr())?;
    let address = address
        .as_socket()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    Ok(canonical(address))
}

/// Makes an IPv4-mapped address IPv4 (security.md I8).
#[must_use]
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Asks for a reset instead of an orderly end when the socket is closed.
pub fn reset_on_close(socket: &impl AsFd) -> io::Result<()> {
    SockRef::from(socket).set_linger(Some(Duration::ZERO))
}

/// Ends the outgoing direction; what was written before still arrives.
pub fn end_writing(socket: &impl AsFd) -> io::Result<()> {
    SockRef::from(socket).shutdown(Shutdown::Write)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> SocketAddr {
        "127.0.0.1:0".parse().unwrap()
    }

    #[test]
    fn two_listeners_share_a_port_where_both_ask_for_it() {
        let options = Options {
            reuse_port: true,
            ..Options::default()
        };
        let first = listen(local(), 128, &options).unwrap();
        listen(first.local_addr().unwrap(), 128, &options).unwrap();
        let alone = listen(local(), 128, &Options::default()).unwrap();
        assert!(listen(alone.local_addr().unwrap(), 128, &Options::default()).is_err());
    }

    #[test]
    fn a_connection_that_was_not_redirected_goes_to_its_local_address() {
        let listener = TcpListener::bind(local()).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert_eq!(
            original_destination(&accepted).unwrap(),
            client.peer_addr().unwrap()
        );
    }

    #[tokio::test]
    async fn a_bound_address_has_its_port_from_connect() {
        for own in [local(), "[::1]:0".parse().unwrap()] {
            let listener = TcpListener::bind(own).unwrap();
            let socket = stream(own.ip(), &Options::default()).unwrap();
            port_by_connect(&socket).unwrap();
            socket.bind(own).unwrap();
            assert_eq!(socket.local_addr().unwrap().port(), 0, "not chosen yet");
            let connected = socket.connect(listener.local_addr().unwrap()).await.unwrap();
            assert_ne!(connected.local_addr().unwrap().port(), 0);
        }
    }

    #[tokio::test]
    async fn streams_connect_with_their_options() {
        let keepalive = Keepalive {
            time: Duration::from_mins(3),
            interval: Duration::from_mins(3),
            retries: 9,
        };
        let options = Options {
            no_delay: true,
            keepalive: Some(keepalive),
            ..Options::default()
        };
        let listener = TcpListener::bind(local()).unwrap();
        let target = listener.local_addr().unwrap();
        let client = stream(target.ip(), &options)
            .unwrap()
            .connect(target)
            .await
            .unwrap();
        let socket = SockRef::from(&client);
        assert!(socket.tcp_nodelay().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), keepalive.time);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 9);
    }

    #[tokio::test]
    async fn what_a_listener_has_its_connections_have_too() {
        let keepalive = Keepalive {
            time: Duration::from_mins(3),
            interval: Duration::from_mins(3),
            retries: 9,
        };
        let options = Options {
            no_delay: true,
            keepalive: Some(keepalive),
            user_timeout: Some(Duration::from_mins(5)),
            unpaced: true,
            ..Options::default()
        };
        let listener = listen(local(), 128, &options).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        listener.set_nonblocking(false).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), keepalive.time);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), keepalive.interval);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 9);
        assert_eq!(socket.tcp_user_timeout().unwrap(), options.user_timeout);
        let algorithm = socket.tcp_congestion().unwrap();
        assert!(algorithm.starts_with(b"reno"), "{algorithm:?}");
    }

    #[test]
    fn a_listener_that_takes_no_new_ones_loses_none_and_leaves_the_port_to_others() {
        let options = Options {
            reuse_port: true,
            ..Options::default()
        };
        let old = listen(local(), 128, &options).unwrap();
        let address = old.local_addr().unwrap();
        let before = TcpStream::connect(address).unwrap();
        take_no_new(&old).unwrap();
        // nobody else is there yet: not answered is not refused
        let refused = TcpStream::connect_timeout(&address, Duration::from_millis(200)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        old.set_nonblocking(false).unwrap();
        let (mut accepted, peer) = old.accept().unwrap();
        assert_eq!(peer, before.local_addr().unwrap());
        std::io::Write::write_all(&mut accepted, b"x").unwrap();
        let mut byte = [0];
        std::io::Read::read_exact(&mut &before, &mut byte).unwrap();
        // asked again and again, the kernel comes to the other one
        let new = listen(address, 128, &options).unwrap();
        new.set_nonblocking(false).unwrap();
        let waiting = std::thread::spawn(move || TcpStream::connect(address).unwrap());
        std::thread::sleep(Duration::from_millis(50));
        drop(old);
        let (_accepted, _) = new.accept().unwrap();
        waiting.join().unwrap();
    }

    #[test]
    fn mapped_addresses_become_ipv4() {
        let mapped = "[::ffff:10.0.0.1]:80".parse().unwrap();
        assert_eq!(canonical(mapped), "10.0.0.1:80".parse().unwrap());
    }
}
