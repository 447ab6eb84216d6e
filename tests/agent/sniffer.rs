//! A packet capture in a network namespace: what a pod has sent out of its own that is no tunnel.

use std::fmt;
use std::net::IpAddr;
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use mesh_sys::netns::NetNamespace;
use mesh_wire::well_known::port;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

const ETHERNET: usize = 14;
const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];
const IPV6_HEADER: usize = 40;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// A packet with ports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    source: IpAddr,
    protocol: u8,
    port: u16,
}

impl fmt::Debug for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.protocol == TCP { "TCP" } else { "UDP" };
        write!(out, "{protocol} from {} to port {}", self.source, self.port)
    }
}

/// A running capture; it ends with the value.
pub(crate) struct Sniffer {
    seen: Arc<Mutex<Vec<Seen>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sniffer {
    /// Sees every packet on every interface of `space`, both directions, from now on.
    pub(crate) fn start(space: &NetNamespace) -> Self {
        let open = || {
            let flags = SockFlag::SOCK_CLOEXEC;
            socket(AddressFamily::Packet, SockType::Raw, flags, SockProtocol::EthAll)
        };
        let fd = space.run(open).unwrap().unwrap();
        setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::milliseconds(50)).unwrap();
        setsockopt(&fd, sockopt::RcvBuf, &(4 * 1024 * 1024)).unwrap();
        let (seen, over) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<AtomicBool>::default());
        let (into, stops) = (seen.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            let mut frame = [0; 2048];
            loop {
                match recv(fd.as_raw_fd(), &mut frame, MsgFlags::empty()) {
                    Ok(length) => into.lock().unwrap().extend(read(&frame[..length])),
                    // nothing waits any more
                    Err(nix::Error::EAGAIN) if stops.load(Ordering::Relaxed) => return,
                    Err(nix::Error::EAGAIN | nix::Error::EINTR) => {}
                    Err(error) => panic!("the capture broke: {error}"),
                }
            }
        });
        Self {
            seen,
            over,
            thread: Some(thread),
        }
    }

    /// What `sources` have sent that was no tunnel, once everything that waits was read.
    pub(crate) fn plain(mut self, sources: &[IpAddr]) -> Vec<Seen> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|one| sources.contains(&one.source) && one.port != port::HBONE)
            .copied()
            .collect()
    }
}

impl Drop for Sniffer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Source, protocol and destination port of a frame.
fn read(frame: &[u8]) -> Option<Seen> {
    let (link, packet) = frame.split_at_checked(ETHERNET)?;
    let (source, protocol, header) = if link.ends_with(&IPV4) {
        let source: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
        let header = usize::from(packet.first()? & 0xf) * 4;
        (IpAddr::from(source), *packet.get(9)?, header)
    } else if link.ends_with(&IPV6) {
        let source: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
        (IpAddr::from(source), *packet.get(6)?, IPV6_HEADER)
    } else {
        return None;
    };
    let port = packet.get(header + 2..header + 4)?.try_into().ok()?;
    [TCP, UDP].contains(&protocol).then_some(Seen {
        source,
        protocol,
        port: u16::from_be_bytes(port),
    })
}
