//! Cluster DNS: a program of its own that runs as a pod and watches services through the API.
//!
//! It answers for the cluster's domain; any other name does not exist here, and it says so at once.

mod answer;

use crate::error::{Named, Result};
use answer::Zone;
use futures::{StreamExt, TryStreamExt};
use hickory_proto::op::Message;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Config};
use std::net::Ipv4Addr;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{debug, info};

const PORT: u16 = 53;
/// A client of the stream transport may be silent for so long.
const PATIENCE: Duration = Duration::from_secs(30);

type Shared = Arc<RwLock<Arc<Zone>>>;

/// Serves until it is killed.
pub(crate) fn main() -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .named(|| "cannot start a runtime".to_owned())?
        .block_on(run())?;
    Ok(ExitCode::SUCCESS)
}

async fn run() -> Result<()> {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let config = Config::incluster().named(|| "cannot read the pod's service account".to_owned())?;
    let client = Client::try_from(config).named(|| "cannot reach the API".to_owned())?;
    let zone: Shared = Shared::default();
    let (services, service_writer) = reflector::store::<Service>();
    let (slices, slice_writer) = reflector::store::<EndpointSlice>();
    let config = watcher::Config::default;
    let first = watcher(Api::all(client.clone()), config())
        .default_backoff()
        .reflect(service_writer)
        .map_ok(drop);
    let second = watcher(Api::all(client), config())
        .default_backoff()
        .reflect(slice_writer)
        .map_ok(drop);
    let mut changes = pin!(futures::stream::select(first, second));
    let mut servers: JoinSet<Result<()>> = JoinSet::new();
    let mut is_serving = false;
    while let Some(change) = changes.next().await {
        if let Err(error) = change {
            debug!(%error, "a watch was interrupted");
            continue;
        }
        *zone.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read(&services, &slices));
        let known = futures::FutureExt::now_or_never(async {
            tokio::join!(services.wait_until_ready(), slices.wait_until_ready())
        });
        if !is_serving && known.is_some() {
            is_serving = true;
            let udp = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))
                .await
                .named(|| "cannot serve DNS over UDP".to_owned())?;
            let tcp = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))
                .await
                .named(|| "cannot serve DNS over TCP".to_owned())?;
            servers.spawn(serve_datagrams(udp, Arc::clone(&zone)));
            servers.spawn(serve_streams(tcp, Arc::clone(&zone)));
            info!("cluster DNS answers");
        }
        if let Some(ended) = servers.try_join_next() {
            return ended.named(|| "a DNS server panicked".to_owned())?;
        }
    }
    Ok(())
}

fn read(services: &Store<Service>, slices: &Store<EndpointSlice>) -> Zone {
    Zone::new(
        services.state().iter().map(AsRef::as_ref),
        slices.state().iter().map(AsRef::as_ref),
    )
}

fn respond(zone: &Shared, query: &[u8], limit: usize) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let zone = Arc::clone(&zone.read().unwrap_or_else(PoisonError::into_inner));
    let mut answer = zone.answer(&query);
    let bytes = answer.to_vec().ok()?;
    if bytes.len() <= limit {
        return Some(bytes);
    }
    answer = answer.truncate();
    answer.to_vec().ok()
}

async fn serve_datagrams(socket: UdpSocket, zone: Shared) -> Result<()> {
    let mut buffer = vec![0; 4096];
    loop {
        // an error belongs to an earlier answer whose receiver is gone
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        if let Some(answer) = respond(&zone, &buffer[..length], 1232) {
            drop(socket.send_to(&answer, peer).await);
        }
    }
}

async fn serve_streams(listener: TcpListener, zone: Shared) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let zone = Arc::clone(&zone);
        connections.spawn(async move { drop(serve_stream(stream, &zone).await) });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_stream(mut stream: TcpStream, zone: &Shared) -> std::io::Result<()> {
    loop {
        let Ok(length) = timeout(PATIENCE, stream.read_u16()).await else {
            return Ok(());
        };
        let mut query = vec![0; usize::from(length?)];
        stream.read_exact(&mut query).await?;
        let Some(answer) = respond(zone, &query, usize::from(u16::MAX)) else {
            return Ok(());
        };
        stream
            .write_u16(u16::try_from(answer.len()).unwrap_or(u16::MAX))
            .await?;
        stream.write_all(&answer).await?;
    }
}
