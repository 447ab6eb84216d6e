//! A node and a pod: two network namespaces joined by a veth pair, both families.

#![expect(dead_code, reason = "two suites share this, and each needs a part of it")]

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use libtest_mimic::Failed;
use mesh_sys::netns::NetNamespace;
use rtnetlink::packet_route::address::AddressAttribute;
use rtnetlink::{Handle, LinkUnspec, LinkVeth, RouteMessageBuilder};
use std::os::fd::AsRawFd as _;

/// The node's address.
pub(crate) const NODE: &str = "10.9.0.1";
/// The pod's address.
pub(crate) const POD: &str = "10.9.0.2";
/// The node's IPv6 address.
pub(crate) const NODE6: &str = "fd00:9::1";
/// The pod's IPv6 address.
pub(crate) const POD6: &str = "fd00:9::2";
/// No step here takes longer unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The two namespaces.
pub(crate) struct World {
    pub(crate) node: NetNamespace,
    pub(crate) pod: NetNamespace,
}

impl World {
    /// Makes them; the pod's default route leads to the node.
    pub(crate) fn new() -> Result<Self, Failed> {
        let (node, pod) = (NetNamespace::create()?, NetNamespace::create()?);
        let target = std::os::fd::AsFd::as_fd(&pod).as_raw_fd();
        node.run(move || {
            netlink(async move |handle| {
                up(&handle, "lo").await?;
                handle
                    .link()
                    .add(LinkVeth::new("pod0", "eth0").build())
                    .execute()
                    .await?;
                let peer = index(&handle, "eth0").await?;
                let moved = LinkUnspec::new_with_index(peer).setns_by_fd(target).build();
                handle.link().set(moved).execute().await?;
                addressed(&handle, "pod0", &[(NODE, 24), (NODE6, 64)]).await
            })
        })??;
        pod.run(|| {
            netlink(async |handle| {
                up(&handle, "lo").await?;
                addressed(&handle, "eth0", &[(POD, 24), (POD6, 64)]).await?;
                let link = index(&handle, "eth0").await?;
                for gateway in [NODE, NODE6] {
                    let route = match gateway.parse()? {
                        IpAddr::V4(via) => RouteMessageBuilder::<std::net::Ipv4Addr>::new()
                            .gateway(via)
                            .output_interface(link)
                            .build(),
                        IpAddr::V6(via) => RouteMessageBuilder::<std::net::Ipv6Addr>::new()
                            .gateway(via)
                            .output_interface(link)
                            .build(),
                    };
                    handle.route().add(route).execute().await?;
                }
                Ok(())
            })
        })??;
        Ok(Self { node, pod })
    }
}

fn netlink(work: impl AsyncFnOnce(Handle) -> Result<(), Failed>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (connection, handle, _) = rtnetlink::new_connection()?;
        tokio::select! {
            () = connection => Err("the netlink connection ended".into()),
            done = work(handle) => done,
        }
    })
}

async fn index(handle: &Handle, name: &str) -> Result<u32, Failed> {
    use futures::TryStreamExt as _;
    let mut found = handle.link().get().match_name(name.to_owned()).execute();
    let link = found.try_next().await?.ok_or("no such link")?;
    Ok(link.header.index)
}

async fn up(handle: &Handle, name: &str) -> Result<(), Failed> {
    let link = LinkUnspec::new_with_index(index(handle, name).await?)
        .up()
        .build();
    Ok(handle.link().set(link).execute().await?)
}

async fn addressed(handle: &Handle, name: &str, addresses: &[(&str, u8)]) -> Result<(), Failed> {
    let link = index(handle, name).await?;
    for (address, length) in addresses {
        let mut request = handle.address().add(link, address.parse()?, *length);
        // an address that is still being checked for duplicates cannot be bound
        let flags = rtnetlink::packet_route::address::AddressFlags::Nodad;
        request
            .message_mut()
            .attributes
            .push(AddressAttribute::Flags(flags));
        request.execute().await?;
    }
    up(handle, name).await
}

/// Switches on the loopback of the calling thread's namespace.
pub(crate) fn loopback_up() -> Result<(), Failed> {
    netlink(async |handle| up(&handle, "lo").await)
}

/// A namespace that holds one more address and is connected to nothing.
pub(crate) fn lonely(address: &str) -> Result<NetNamespace, Failed> {
    let space = NetNamespace::create()?;
    self::address(&space, address)?;
    Ok(space)
}

/// Gives the loopback of a namespace one more address.
pub(crate) fn address(space: &NetNamespace, address: &str) -> Result<(), Failed> {
    space.run(|| netlink(async |handle| addressed(&handle, "lo", &[(address, 32)]).await))?
}

/// An address with a port.
pub(crate) fn at(ip: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip.parse().expect("a literal"), port)
}

/// A listener inside a namespace.
pub(crate) fn listen(inside: &NetNamespace, ip: &str, port: u16) -> Result<TcpListener, Failed> {
    Ok(inside.run(|| TcpListener::bind(at(ip, port)))??)
}

/// A connection from inside a namespace.
pub(crate) fn connect(inside: &NetNamespace, ip: &str, port: u16) -> Result<TcpStream, Failed> {
    let stream = inside.run(|| TcpStream::connect_timeout(&at(ip, port), PATIENCE))??;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Whether a connection is refused.
pub(crate) fn is_refused(inside: &NetNamespace, ip: &str, port: u16) -> Result<bool, Failed> {
    let outcome = inside.run(|| TcpStream::connect_timeout(&at(ip, port), PATIENCE))?;
    Ok(matches!(outcome, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused))
}

/// The next connection on a listener, within [`PATIENCE`].
pub(crate) fn accept(listener: &TcpListener) -> Result<(TcpStream, SocketAddr), Failed> {
    let mut ready = [nix::poll::PollFd::new(
        std::os::fd::AsFd::as_fd(listener),
        nix::poll::PollFlags::POLLIN,
    )];
    let patience = u16::try_from(PATIENCE.as_millis())?;
    if nix::poll::poll(&mut ready, patience)? == 0 {
        return Err("nobody connected".into());
    }
    let (stream, peer) = listener.accept()?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok((stream, peer))
}

/// Sends a word one way and back.
pub(crate) fn talk(client: &mut TcpStream, server: &mut TcpStream) -> Result<(), Failed> {
    let mut word = [0; 4];
    client.write_all(b"ping")?;
    server.read_exact(&mut word)?;
    server.write_all(&word)?;
    client.read_exact(&mut word)?;
    (word == *b"ping").then_some(()).ok_or_else(|| "garbled".into())
}

/// A datagram socket inside a namespace, with a limit on reading.
pub(crate) fn datagram(inside: &NetNamespace, ip: &str, port: u16) -> Result<UdpSocket, Failed> {
    let socket = inside.run(|| UdpSocket::bind(at(ip, port)))??;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// Fails with both values unless they are equal.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<(), Failed> {
    let both = (found, wanted);
    if both.0 == both.1 {
        return Ok(());
    }
    Err(format!("found {:?}, wanted {:?}", both.0, both.1).into())
}
