//! Asks the control plane for what a connection needs, where addresses come on demand
//! (`spec/workload-api.md` §5.4). Where all of the mesh is known this costs nothing.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::datapath::Pod;
use crate::datapath::error::ProxyError;
use crate::route::demand;
use crate::route::inbound::Authority;
use crate::state::workload::{NetworkAddress, Workload};
use crate::xds::demands::ANSWER_LIMIT;

/// A peer's name is worth this much: it only labels what is told of the connection.
const LABEL_LIMIT: Duration = Duration::from_millis(250);

impl Pod {
    /// What a connection from this pod to `destination` is planned with. Unanswered is an error: a destination
    /// that might be a mesh workload is never called in the clear for want of an answer.
    pub(super) async fn discover_outbound(
        &self,
        source: &Workload,
        destination: SocketAddr,
    ) -> Result<(), ProxyError> {
        let network = &self.shared.config.names.network;
        let missing =
            |mesh: &_, asked: &[_]| demand::outbound(mesh, (source, network), destination.ip(), asked);
        Ok(self.shared.live.discover(ANSWER_LIMIT, missing).await?)
    }

    /// What a tunnel from `peer` that asks for `authority` is planned with.
    pub(super) async fn discover_inbound(&self, local: &Workload, peer: IpAddr, authority: &Authority) {
        let live = &self.shared.live;
        if let Authority::Address(asked_for) = authority {
            let missing = |mesh: &_, asked: &[_]| demand::inbound(mesh, local, asked_for.ip(), asked);
            // without an answer the address is nobody's, and the tunnel is refused
            live.discover(ANSWER_LIMIT, missing).await.ok();
        }
        let address = NetworkAddress {
            network: self.shared.config.names.network.clone(),
            address: peer,
        };
        let missing = |mesh: &crate::state::MeshState, asked: &[arcstr::ArcStr]| {
            let is_known = mesh.find_workload_by_address(&address).is_some();
            (!is_known && asked.is_empty()).then(|| address.to_string().into())
        };
        live.discover(LABEL_LIMIT, missing).await.ok();
    }
}
