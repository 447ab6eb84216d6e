//! Sockets inside a pod's network namespace, with the mark that keeps them from being captured again
//! (`spec/inpod-zds.md` B, `hbone.md` §1, §8).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use mesh_sys::netns::{NetNamespace, Worker};
use mesh_sys::socket::{self, Options};
use mesh_wire::well_known::port;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::config::ProxySettings;
use crate::datapath::descriptors::Descriptors;
use crate::datapath::stock::{Kind, Stock};
use crate::hbone::CONNECT_LIMIT;

const BACKLOG: i32 = 128;

/// Makes sockets in one namespace.
#[derive(Debug, Clone)]
pub struct Sockets {
    place: Place,
    options: Options,
}

#[derive(Debug, Clone)]
enum Place {
    /// The process's own namespace.
    Here,
    /// Another one, and what was made there ahead of need.
    Inside(NetNamespace, Worker, Arc<Stock>),
}

impl Sockets {
    /// Sockets in the process's own namespace.
    #[must_use]
    pub fn here(settings: &ProxySettings) -> Self {
        Self {
            place: Place::Here,
            options: base(settings),
        }
    }

    /// Sockets in a pod's namespace; spare ones count as `descriptors`.
    #[must_use]
    pub fn inside(
        (namespace, worker): (NetNamespace, Worker),
        settings: &ProxySettings,
        descriptors: Arc<Descriptors>,
    ) -> Self {
        Self {
            place: Place::Inside(namespace, worker, Stock::new(descriptors)),
            options: base(settings),
        }
    }

    /// The namespace, unless it is the process's own.
    #[must_use]
    pub fn namespace(&self) -> Option<&NetNamespace> {
        match &self.place {
            Place::Here => None,
            Place::Inside(namespace, ..) => Some(namespace),
        }
    }

    async fn make<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        match &self.place {
            Place::Here => job(),
            Place::Inside(namespace, worker, _) => {
                worker.run(namespace, job).await.map_err(io::Error::other)?
            }
        }
    }

    /// A TCP listener; transparent if the kernel lets us, which is also told. What is set here, connections
    /// have when they are accepted: tunnels have pings of their own, and who calls 15001 is in the pod.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<(TcpListener, bool)> {
        let is_tunnel = address.port() == port::HBONE;
        let options = Options {
            keepalive: self.options.keepalive.filter(|_| !is_tunnel),
            user_timeout: self.options.user_timeout.filter(|_| !is_tunnel),
            unpaced: matches!(address.port(), port::OUTBOUND | port::SOCKS5),
            ..self.options
        };
        let listener = self
            .make(move || {
                let listener = socket::listen(address, BACKLOG, &options)?;
                let transparent = socket::set_transparent(&listener, address.is_ipv6()).is_ok();
                Ok((listener, transparent))
            })
            .await?;
        let (listener, transparent) = listener;
        Ok((TcpListener::from_std(listener)?, transparent))
    }

    /// A bound UDP socket.
    pub async fn datagram(&self, address: SocketAddr) -> io::Result<UdpSocket> {
        let options = Options {
            no_delay: false,
            keepalive: None,
            user_timeout: None,
            ..self.options
        };
        UdpSocket::from_std(self.make(move || socket::datagram(address, &options)).await?)
    }

    /// Runs a look at the namespace from inside, for example at its `/proc/sys/net`.
    pub async fn look<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        self.make(move || Ok(job())).await
    }

    /// Connects within 10 s, from the pod's own address.
    pub async fn connect(&self, target: SocketAddr) -> io::Result<TcpStream> {
        self.connect_with(self.options, target).await
    }

    /// Connects to the pod's own application, from the pod's own address.
    pub async fn connect_application(&self, target: SocketAddr) -> io::Result<TcpStream> {
        let options = Options {
            unpaced: true,
            ..self.options
        };
        self.connect_with(options, target).await
    }

    async fn connect_with(&self, options: Options, target: SocketAddr) -> io::Result<TcpStream> {
        let socket = self.stream(target.ip(), options).await?;
        within(socket, target).await
    }

    /// A socket that is not connected yet, for addresses of this family.
    async fn stream(&self, family: IpAddr, options: Options) -> io::Result<TcpSocket> {
        let Place::Inside(_, _, stock) = &self.place else {
            return socket::stream(family, &options);
        };
        let kind = Kind {
            options,
            is_ipv6: family.is_ipv6(),
        };
        let count = match stock.take(&kind) {
            Ok(socket) => return Ok(socket),
            Err(count) => count,
        };
        // fewer than wanted are enough, if it is one
        let make = move || {
            let first = socket::stream(family, &options)?;
            let more = (1..count).map_while(|_| socket::stream(family, &options).ok());
            Ok(more.chain([first]).collect())
        };
        stock.fill(&kind, self.make(make).await?)
    }

    /// Connects to the pod's own application within 10 s, from `source` although that is not the pod's address.
    pub async fn connect_application_from(
        &self,
        source: IpAddr,
        target: SocketAddr,
    ) -> io::Result<TcpStream> {
        let options = Options {
            transparent: true,
            freebind: true,
            unpaced: true,
            ..self.options
        };
        let bound = async {
            let socket = self.stream(target.ip(), options).await?;
            // every kernel has it; without it the port is chosen at once, which is slower
            socket::port_by_connect(&socket).ok();
            socket.bind(SocketAddr::new(source, 0))?;
            Ok::<_, io::Error>(socket)
        };
        match bound.await {
            Ok(socket) => within(socket, target).await,
            Err(error) => {
                tracing::warn!(%error, %source, "cannot use the client's address, connecting from the pod's own");
                self.connect_application(target).await
            }
        }
    }
}

fn base(settings: &ProxySettings) -> Options {
    let user_timeout = settings.keepalive.filter(|_| settings.user_timeout);
    Options {
        mark: settings.packet_mark,
        reuse_port: settings.port_reuse,
        transparent: false,
        freebind: false,
        dual_stack: true,
        unpaced: false,
        no_delay: true,
        keepalive: settings.keepalive,
        user_timeout: user_timeout.map(|keepalive| keepalive.time + keepalive.interval * keepalive.retries),
    }
}

async fn within(socket: TcpSocket, target: SocketAddr) -> io::Result<TcpStream> {
    timeout(CONNECT_LIMIT, socket.connect(target))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
