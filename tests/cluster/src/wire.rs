//! What travels between the nodes, counted on the bridge.

use crate::cluster::Cluster;
use mesh_sandbox::error::{Failure, Named, Result};
use mesh_sandbox::sniff::Tally;
use nix::libc;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{ErrorKind, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long an idle link is listened to, at most.
const QUIET: Duration = Duration::from_millis(50);

impl Cluster {
    /// Counts what passes the bridge while `action` runs, and how often `marker` is readable in it.
    ///
    /// # Errors
    /// The cluster has ended, or the bridge cannot be listened to.
    pub fn watch_wire<T>(&self, marker: &str, action: impl FnOnce() -> T) -> Result<(T, Tally)> {
        let namespace = self.bridge_namespace()?;
        let socket = namespace
            .run(listen)
            .named(|| "cannot enter the cluster's network".to_owned())??;
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let counting = scope.spawn(|| count(socket, marker.as_bytes(), &is_over));
            let outcome = action();
            is_over.store(true, Ordering::Relaxed);
            let tally = counting
                .join()
                .map_err(|_| Failure::new("counting packets panicked"))??;
            Ok((outcome, tally))
        })
    }
}

fn listen() -> Result<Socket> {
    let what = || "cannot listen to the bridge".to_owned();
    let every_protocol = i32::from(u16::try_from(libc::ETH_P_ALL).unwrap_or_default().to_be());
    let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(every_protocol))).named(what)?;
    socket.set_read_timeout(Some(QUIET)).named(what)?;
    Ok(socket)
}

fn count(mut socket: Socket, marker: &[u8], is_over: &AtomicBool) -> Result<Tally> {
    let (mut tally, mut frame) = (Tally::default(), vec![0; 1 << 16]);
    loop {
        match socket.read(&mut frame) {
            Ok(length) => tally.count(&frame[..length], marker),
            // only an idle link ends the count, so that what was sent before the end is counted
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if is_over.load(Ordering::Relaxed) {
                    return Ok(tally);
                }
            }
            Err(error) => return Err(error).named(|| "cannot read from the bridge".to_owned()),
        }
    }
}
