//! The same way without a proxy, and with relays in its place.

use std::net::SocketAddr;

use mesh_sys::netns::NetNamespace;

use crate::Outcome;
use crate::net::{Net, Pod, gateway, node_address};
use crate::process::Process;
use crate::serve::{ECHO, SINK};

/// Where relays that copy listen.
const COPY: u16 = 7001;
/// Where those listen that seal and open.
const IDEAL: u16 = 7002;

/// Two nodes without proxies: a client on the first, a server on the second, relays on both.
pub(crate) struct Plain {
    client: Pod,
    server: Pod,
    serve: Process,
    copy: [Process; 2],
    ideal: [Process; 2],
    _net: Net,
}

impl Plain {
    /// Makes it.
    pub(crate) fn new() -> Outcome<Self> {
        let net = Net::new()?;
        let (client, server) = (net.pod(0, 1)?, net.pod(1, 1)?);
        let relay = |node: usize, kind: &str, port: u16, target: SocketAddr| {
            let words = ["relay", kind, &port.to_string(), &target.to_string()];
            Process::start(&net.nodes[node], &words)
        };
        let far = |port: u16| SocketAddr::from((node_address(1), port));
        let at = |port: u16| SocketAddr::from((server.address, port));
        let mut plain = Self {
            serve: Process::start(&server.space, &["serve"])?,
            copy: [
                relay(0, "copy", COPY, far(COPY))?,
                relay(1, "copy", COPY, at(ECHO))?,
            ],
            ideal: [
                relay(0, "seal", IDEAL, far(IDEAL))?,
                relay(1, "open", IDEAL, at(SINK))?,
            ],
            client,
            server,
            _net: net,
        };
        let relays = plain.copy.iter_mut().chain(&mut plain.ideal);
        for process in relays.chain([&mut plain.serve]) {
            process.ready()?;
        }
        Ok(plain)
    }

    /// The pod that calls.
    pub(crate) fn client(&self) -> &NetNamespace {
        &self.client.space
    }

    /// The server's process.
    pub(crate) fn server(&self) -> u32 {
        self.serve.id()
    }

    /// The server without anything between.
    pub(crate) fn direct(&self) -> SocketAddr {
        (self.server.address, ECHO).into()
    }

    /// The server behind two relays that copy, and these.
    pub(crate) fn copy(&self) -> (SocketAddr, Vec<u32>) {
        let relays = self.copy.iter().map(Process::id);
        ((gateway(0), COPY).into(), relays.collect())
    }

    /// The sink behind two relays that seal and open, and these.
    pub(crate) fn ideal(&self) -> (SocketAddr, Vec<u32>) {
        let relays = self.ideal.iter().map(Process::id);
        ((gateway(0), IDEAL).into(), relays.collect())
    }
}
