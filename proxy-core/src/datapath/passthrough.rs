//! Plain text that was captured on its way in (`spec/hbone.md` §6).

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;

use crate::authz::Connection;
use crate::datapath::Pod;
use crate::datapath::error::ProxyError;
use crate::datapath::inbound::{Application, decide, find_by_address};
use crate::datapath::registry::{Protocol, Shown};
use crate::datapath::splice::{self, Socket};
use crate::route::RouteError;
use crate::route::inbound::addressed_service;
use crate::state::workload::Workload;
use crate::telemetry::connection::Tracked;
use crate::telemetry::{Facts, Reporter, Side};

/// Serves one connection that arrived at 15006.
pub(super) async fn serve(pod: &Pod, client: TcpStream, peer: SocketAddr) {
    let Ok(destination) = mesh_sys::socket::original_destination(&client) else {
        return; // the client is gone already
    };
    let workload = match Box::pin(admit(pod, destination)).await {
        Ok(workload) => workload,
        Err(error) => {
            return pod
                .shared
                .metrics
                .failed(peer, destination, Reporter::Destination, &error.to_string());
        }
    };
    let facts = facts(pod, &workload, peer, destination);
    let tracked = Tracked::open(facts, pod.shared.metrics.clone());
    let counts = tracked.bytes();
    let connection = Connection {
        source: peer.ip(),
        identity: None,
        destination,
    };
    let shown = Shown {
        source: peer,
        original: None,
        actual: destination,
        protocol: Protocol::Tcp,
    };
    let registered = pod
        .registry
        .inbound(shown, workload.uid.clone(), connection.clone());
    let carry = async {
        let permit = decide(pod, &workload, &connection)?;
        let target = Application {
            source: peer.ip(),
            connect: destination,
        };
        let server = Box::pin(target.open(pod, permit)).await?;
        let (client, server) = (Socket::from(client), Socket::from(server));
        splice::sockets(&client, &server, &counts).await?;
        Ok(())
    };
    let ended = tokio::select! {
        biased;
        reason = registered.closed() => Err(ProxyError::Closed(reason)),
        ended = carry => ended,
    };
    match ended {
        Ok(()) => tracked.complete(),
        Err(error) => tracked.fail(&error),
    }
}

fn facts(pod: &Pod, workload: &Arc<Workload>, peer: SocketAddr, destination: SocketAddr) -> Facts {
    let (source, service) = pod.shared.live.read(|mesh| {
        (
            find_by_address(mesh, &pod.shared.config.names.network, peer.ip()),
            addressed_service(mesh, workload, None, destination.port()),
        )
    });
    Facts {
        reporter: Reporter::Destination,
        source_address: peer,
        source: Side::of(source),
        source_identity: None,
        destination_address: destination,
        hbone_address: None,
        service,
        destination: Side::Known(workload.clone()),
        destination_identity: None,
    }
}

async fn admit(pod: &Pod, destination: SocketAddr) -> Result<Arc<Workload>, ProxyError> {
    if pod.shared.own_ports.contains(destination.port()) {
        return Err(RouteError::SelfCall.into());
    }
    pod.workload().await
}
