//! Choice of one endpoint of a service: filter, rank by locality, weigh, pick (`workload-api.md` §5.1).

use std::sync::Arc;

use arcstr::ArcStr;

use crate::route::Upstream;
use crate::state::MeshState;
use crate::state::service::{Mode, Scope, Service};
use crate::state::workload::Workload;

/// Whether the port is a service port or the HBONE port of a waypoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortMode {
    Standard,
    Waypoint,
}

/// One question to the balancer.
pub(super) struct Question<'a> {
    pub(super) source: &'a Workload,
    pub(super) port: u16,
    pub(super) mode: PortMode,
    pub(super) seed: u64,
    pub(super) unreachable: &'a [ArcStr],
}

/// Picks an endpoint, or none when no one is usable.
pub(super) fn pick(mesh: &MeshState, service: &Arc<Service>, question: &Question<'_>) -> Option<Upstream> {
    let usable = || {
        mesh.endpoints_of(service)
            .filter_map(|workload| usable(service, workload, question))
    };
    let wanted = match mode(service) {
        Mode::Standard | Mode::Passthrough => None,
        Mode::Failover => usable()
            .map(|(workload, _)| rank(service, question.source, workload).score)
            .max(),
        Mode::Strict => Some(preferences(service).len()),
    };
    let strict = mode(service) == Mode::Strict;
    let kept = || {
        usable().filter(move |(workload, _)| {
            wanted.is_none_or(|wanted| {
                let rank = rank(service, question.source, workload);
                wanted == if strict { rank.matched } else { rank.score }
            })
        })
    };
    let total: u64 = kept().map(|(workload, _)| u64::from(workload.capacity)).sum();
    let mut ticket = question.seed.checked_rem(total)?;
    for (workload, port) in kept() {
        let weight = u64::from(workload.capacity);
        if ticket < weight {
            return Some(Upstream {
                workload: workload.clone(),
                port,
                service: Some(service.clone()),
            });
        }
        ticket -= weight;
    }
    None
}

fn mode(service: &Service) -> Mode {
    service
        .load_balancing
        .as_ref()
        .map_or(Mode::Standard, |lb| lb.mode)
}

fn preferences(service: &Service) -> &[Scope] {
    service.load_balancing.as_ref().map_or(&[], |lb| &lb.preferences)
}

fn usable<'a>(
    service: &Service,
    workload: &'a Arc<Workload>,
    question: &Question<'_>,
) -> Option<(&'a Arc<Workload>, u16)> {
    if question.unreachable.contains(&workload.uid) {
        return None;
    }
    let has_address = !workload.addresses.is_empty() || !workload.hostname.is_empty();
    let through_gateway = workload.network != question.source.network && workload.network_gateway.is_some();
    if !has_address && !through_gateway {
        return None;
    }
    let defined = service.ports.find(question.port);
    let tunnel = workload.application_tunnel;
    if defined.is_none() && !(question.mode == PortMode::Waypoint && tunnel.is_some()) {
        return None;
    }
    let own = workload
        .ports_of(&service.key)
        .and_then(|ports| ports.find(question.port))
        .filter(|port| *port > 0);
    own.or_else(|| defined.filter(|port| *port > 0))
        .or_else(|| tunnel.and_then(|tunnel| tunnel.port).map(|_| question.port))
        .map(|port| (workload, port))
}

struct Rank {
    /// Leading preferences matched.
    matched: usize,
    /// What is compared under failover.
    score: usize,
}

fn rank(service: &Service, source: &Workload, endpoint: &Workload) -> Rank {
    let preferences = preferences(service);
    let (mut matched, mut extra) = (0, 0);
    for (at, scope) in preferences.iter().enumerate() {
        let leading_network = at == 0 && *scope == Scope::Network;
        if agrees(*scope, source, endpoint) {
            matched += 1;
            if leading_network {
                extra = preferences.len() - 1;
            }
        } else if !leading_network {
            break;
        }
    }
    Rank {
        matched,
        score: matched + extra,
    }
}

fn agrees(scope: Scope, source: &Workload, endpoint: &Workload) -> bool {
    match scope {
        Scope::Region => source.locality.region == endpoint.locality.region,
        Scope::Zone => source.locality.zone == endpoint.locality.zone,
        Scope::Subzone => source.locality.subzone == endpoint.locality.subzone,
        Scope::Node => source.node == endpoint.node,
        Scope::Cluster => source.cluster_id == endpoint.cluster_id,
        Scope::Network => source.network == endpoint.network,
    }
}
