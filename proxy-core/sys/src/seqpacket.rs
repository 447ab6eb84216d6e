//! Unix sockets that keep message borders and pass descriptors: what ZDS runs on (inpod-zds.md A.1).

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

use nix::sys::socket::{
    AddressFamily, Backlog, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr,
    accept4, bind, connect, getsockopt, listen, recvmsg, sendmsg, socket, socketpair, sockopt,
};
use nix::sys::stat::{Mode, fchmod};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::fd::watch;

/// Who is at the other end, as the kernel saw it when it connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCredentials {
    /// Process.
    pub pid: i32,
    /// Effective user.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
}

/// One received message.
#[derive(Debug)]
pub struct Packet {
    /// The bytes that fit; none is the end of the connection.
    pub bytes: Vec<u8>,
    /// Descriptors that came along; dropped, they are closed.
    pub fds: Vec<OwnedFd>,
    /// Bytes or descriptors were lost for want of room.
    pub truncated: bool,
}

/// Descriptors beyond this many are closed by the kernel and the packet counts as truncated.
const MAX_FDS: usize = 4;

const FLAGS: SockFlag = SockFlag::SOCK_CLOEXEC.union(SockFlag::SOCK_NONBLOCK);

/// Accepts connections on a path.
#[derive(Debug)]
pub struct Listener(AsyncFd<OwnedFd>);

impl Listener {
    /// Binds the path with mode 0600, removing a stale socket first. The folder is the caller's business.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let fd = socket(AddressFamily::Unix, SockType::SeqPacket, FLAGS, None)?;
        // before bind: the file never exists with wider permissions
        fchmod(&fd, Mode::S_IRUSR | Mode::S_IWUSR)?;
        bind(fd.as_raw_fd(), &UnixAddr::new(path)?)?;
        listen(&fd, Backlog::new(16)?)?;
        Ok(Self(watch(fd)?))
    }

    /// Waits for the next connection. Cancel-safe.
    pub async fn accept(&self) -> io::Result<Connection> {
        let fd = self
            .0
            .async_io(Interest::READABLE, |fd| Ok(accept4(fd.as_raw_fd(), FLAGS)?))
            .await?;
        Connection::new(own(fd))
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection(AsyncFd<OwnedFd>);

impl Connection {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self(watch(fd)?))
    }

    /// Connects to a path.
    pub fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        let fd = socket(AddressFamily::Unix, SockType::SeqPacket, FLAGS, None)?;
        connect(fd.as_raw_fd(), &UnixAddr::new(path.as_ref())?)?;
        Self::new(fd)
    }

    /// Two ends that are connected to each other.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (first, second) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, FLAGS)?;
        Ok((Self::new(first)?, Self::new(second)?))
    }

    /// Who is at the other end.
    pub fn peer(&self) -> io::Result<PeerCredentials> {
        let peer = getsockopt(self.0.get_ref(), sockopt::PeerCredentials)?;
        Ok(PeerCredentials {
            pid: peer.pid(),
            uid: peer.uid(),
            gid: peer.gid(),
        })
    }

    /// Sends one message, whole or not at all. Cancel-safe.
    pub async fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let raw: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let control: &[ControlMessage<'_>] = if raw.is_empty() { &[] } else { &rights };
        let message = [IoSlice::new(bytes)];
        let write = |fd: &OwnedFd| {
            let flags = MsgFlags::MSG_NOSIGNAL;
            Ok(sendmsg::<()>(fd.as_raw_fd(), &message, control, flags, None)?)
        };
        self.0.async_io(Interest::WRITABLE, write).await.map(drop)
    }

    /// Receives one message of at most `limit` bytes. Cancel-safe.
    pub async fn recv(&self, limit: usize) -> io::Result<Packet> {
        self.0
            .async_io(Interest::READABLE, |fd| receive(fd.as_fd(), limit))
            .await
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}

fn receive(fd: BorrowedFd<'_>, limit: usize) -> io::Result<Packet> {
    let mut bytes = vec![0; limit];
    let mut space = nix::cmsg_space!([RawFd; MAX_FDS]);
    let mut parts = [IoSliceMut::new(&mut bytes)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(fd.as_raw_fd(), &mut parts, Some(&mut space), flags)?;
    let lost = MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC;
    let truncated = message.flags.intersects(lost);
    let mut fds = Vec::new();
    // nix refuses to list truncated control data, so only whole lists arrive here; what the kernel did
    // install of a truncated one is found below
    if let Ok(control) = message.cmsgs() {
        for entry in control {
            if let ControlMessageOwned::ScmRights(raw) = entry {
                fds.extend(raw.into_iter().map(own));
            }
        }
    }
    let length = message.bytes;
    if message.flags.contains(MsgFlags::MSG_CTRUNC) {
        fds.extend(installed(&space));
    }
    bytes.truncate(length);
    Ok(Packet {
        bytes,
        fds,
        truncated,
    })
}

/// The descriptors in truncated control data: the kernel has installed those that fitted.
fn installed(space: &[u8]) -> Vec<OwnedFd> {
    let header = size_of::<libc::cmsghdr>();
    let Some(length) = space.get(..size_of::<usize>()) else {
        return Vec::new();
    };
    let length = length.try_into().map_or(0, usize::from_ne_bytes);
    let data = space.get(header..length.min(space.len())).unwrap_or_default();
    let numbers = data.chunks_exact(size_of::<RawFd>());
    numbers
        .filter_map(|raw| raw.try_into().ok())
        .map(|raw| own(RawFd::from_ne_bytes(raw)))
        .collect()
}

/// Takes a descriptor that the kernel has just installed for us.
fn own(fd: RawFd) -> OwnedFd {
    // SAFETY: the number comes from accept4 or from SCM_RIGHTS of this very call; it is open, and nobody
    // else knows it.
    #[allow(unsafe_code, reason = "nix hands over plain numbers here")]
    unsafe {
        OwnedFd::from_raw_fd(fd)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn open_fds() -> usize {
        std::fs::read_dir("/proc/self/fd").unwrap().count()
    }

    #[tokio::test]
    async fn messages_keep_their_borders_and_bring_descriptors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zds.sock");
        std::fs::write(&path, "stale").unwrap();
        let listener = Listener::bind(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let client = Connection::connect(&path).unwrap();
        let server = listener.accept().await.unwrap();
        assert_eq!(server.peer().unwrap().pid.unsigned_abs(), std::process::id());
        let (reader, mut writer) = std::io::pipe().unwrap();
        client.send(b"one", &[]).await.unwrap();
        client.send(b"two", &[reader.as_fd()]).await.unwrap();
        let first = server.recv(64).await.unwrap();
        assert_eq!(
            (first.bytes.as_slice(), first.fds.len(), first.truncated),
            (b"one".as_slice(), 0, false)
        );
        let second = server.recv(64).await.unwrap();
        assert_eq!(
            (second.bytes.as_slice(), second.fds.len()),
            (b"two".as_slice(), 1)
        );
        writer.write_all(b"x").unwrap();
        let mut byte = [0];
        let passed = std::fs::File::from(second.fds.into_iter().next().unwrap());
        std::io::Read::read_exact(&mut &passed, &mut byte).unwrap();
        assert_eq!(&byte, b"x");
        drop(client);
        assert!(server.recv(64).await.unwrap().bytes.is_empty());
    }

    #[tokio::test]
    async fn too_much_is_truncated_and_leaks_nothing() {
        // security N2; inpod-zds C2
        let (left, right) = Connection::pair().unwrap();
        let null = std::fs::File::open("/dev/null").unwrap();
        left.send(&[7; 100], &[]).await.unwrap();
        assert!(right.recv(64).await.unwrap().truncated);
        for count in [2, MAX_FDS, MAX_FDS + 1, 64, 253] {
            let packet = {
                left.send(b"x", &vec![null.as_fd(); count]).await.unwrap();
                right.recv(64).await.unwrap()
            };
            assert_eq!(packet.truncated, count > MAX_FDS, "{count}");
            let inodes = packet
                .fds
                .iter()
                .map(|fd| nix::sys::stat::fstat(fd).unwrap().st_rdev);
            assert!(
                inodes.eq(packet
                    .fds
                    .iter()
                    .map(|_| nix::sys::stat::fstat(&null).unwrap().st_rdev))
            );
            assert!(packet.fds.len() <= MAX_FDS + 1);
        }
    }

    #[test]
    fn descriptors_of_truncated_messages_are_closed() {
        // alone in a process, so that counting descriptors is meaningful
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let count = runtime.block_on(async {
            let (left, right) = Connection::pair().unwrap();
            let null = std::fs::File::open("/dev/null").unwrap();
            let round = async || {
                left.send(b"x", &vec![null.as_fd(); 253]).await.unwrap();
                drop(right.recv(64).await.unwrap());
            };
            round().await;
            let before = open_fds();
            for _ in 0..300 {
                round().await;
            }
            open_fds().saturating_sub(before)
        });
        // other tests of this process open some meanwhile, but not hundreds
        assert!(count < 100, "{count} descriptors leaked");
    }
}
