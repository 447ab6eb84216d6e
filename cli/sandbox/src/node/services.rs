//! Service addresses on this node: what the API says becomes rules in the node's network namespace.

pub(crate) mod nft;
pub(crate) mod table;

use crate::error::{Named, Result};
use crate::node::context::NodeContext;
use crate::node::services::table::{Backends, Port, Table};
use futures::{FutureExt, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tracing::{debug, warn};

/// Changes that come close together become one change of the rules.
const GATHER: Duration = Duration::from_millis(10);

/// Keeps the rules as the API says, until it is dropped.
pub(crate) async fn run(node: Arc<NodeContext>) -> Result<()> {
    let (services, service_writer) = reflector::store::<Service>();
    let (slices, slice_writer) = reflector::store::<EndpointSlice>();
    let config = || watcher::Config::default();
    let changes = watcher(Api::all(node.client()), config())
        .default_backoff()
        .reflect(service_writer)
        .map_ok(|event| is_news(&event));
    let more = watcher(Api::all(node.client()), config())
        .default_backoff()
        .reflect(slice_writer)
        .map_ok(|event| is_news(&event));
    let mut changes = pin!(futures::stream::select(changes, more));
    let mut written = None;
    while let Some(change) = changes.next().await {
        match change {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                debug!(%error, "the watch on services was interrupted");
                continue;
            }
        }
        sleep(GATHER).await;
        while let Some(Some(_)) = changes.next().now_or_never() {}
        let table = read(&services, &slices, node.address());
        if written.as_ref() == Some(&table) {
            continue;
        }
        let rules = table.clone();
        let applied = tokio::task::spawn_blocking(move || nft::replace(&rules))
            .await
            .named(|| "cannot write rules".to_owned())?;
        match applied {
            Ok(()) => written = Some(table),
            Err(failure) => warn!(reason = failure.chain(), "cannot write the service rules"),
        }
    }
    Ok(())
}

/// Whether the store may say something new: while a list comes in it still holds the old state, so that looking before
/// the end of the list would miss it.
fn is_news<K>(event: &Event<K>) -> bool {
    matches!(event, Event::Apply(_) | Event::Delete(_) | Event::InitDone)
}

fn read(services: &Store<Service>, slices: &Store<EndpointSlice>, node: Ipv4Addr) -> Table {
    let slices = slices.state();
    let mut table = Table::default();
    for service in services.state() {
        let (namespace, name) = (service.namespace().unwrap_or_default(), service.name_any());
        let spec = service.spec.clone().unwrap_or_default();
        let Some(address) = spec
            .cluster_ip
            .as_deref()
            .and_then(|text| text.parse::<Ipv4Addr>().ok())
        else {
            continue;
        };
        let own: Vec<_> = slices
            .iter()
            .filter(|slice| slice.namespace().as_deref() == Some(namespace.as_str()))
            .filter(|slice| slice.labels().get("kubernetes.io/service-name") == Some(&name))
            .collect();
        for port in spec.ports.iter().flatten() {
            let protocol = if port.protocol.as_deref() == Some("UDP") {
                17
            } else {
                6
            };
            let backends = backends(&own, port.name.as_deref().unwrap_or_default());
            let number = |number: i32| u16::try_from(number).ok();
            if let Some(number) = number(port.port) {
                table.insert(
                    Port {
                        address,
                        protocol,
                        number,
                    },
                    backends.clone(),
                );
            }
            if let Some(number) = port.node_port.and_then(number) {
                table.insert(
                    Port {
                        address: node,
                        protocol,
                        number,
                    },
                    backends,
                );
            }
        }
    }
    table
}

/// The ready endpoints of a port; when none is ready, those that still serve while they end.
fn backends(slices: &[&Arc<EndpointSlice>], port: &str) -> Backends {
    let mut ready = Backends::new();
    let mut serving = Backends::new();
    for slice in slices {
        let named = slice
            .ports
            .iter()
            .flatten()
            .find(|one| one.name.as_deref().unwrap_or_default() == port);
        let Some(number) = named.and_then(|one| u16::try_from(one.port?).ok()) else {
            continue;
        };
        for endpoint in &slice.endpoints {
            let conditions = endpoint.conditions.clone().unwrap_or_default();
            let addresses = endpoint
                .addresses
                .iter()
                .filter_map(|text| text.parse::<Ipv4Addr>().ok());
            let sockets = addresses.map(|address| SocketAddrV4::new(address, number));
            if conditions.ready != Some(false) {
                ready.extend(sockets);
            } else if conditions.serving == Some(true) && conditions.terminating == Some(true) {
                serving.extend(sockets);
            }
        }
    }
    if ready.is_empty() { serving } else { ready }
}
