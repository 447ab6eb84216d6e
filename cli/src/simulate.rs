//! What policy will say to a connection before it is made: the control plane's translation, then the node proxy's own
//! `route` and `authz`. (pure)
//!
//! Every decision here is made by [`proxy_core::route`] and [`proxy_core::authz::decide`]; this module only asks them
//! for each endpoint and hop, and says what they looked at. Absent on purpose: files, clusters, text.

pub mod blast;
pub mod coverage;
pub mod forecast;
pub mod joining;
pub mod matrix;
pub mod names;
pub mod observed;
pub mod pairs;
pub mod report;
#[cfg(test)]
mod tests;
pub mod translation;
pub mod way;
pub mod why;

use arcstr::ArcStr;
use control_core::index::Index;
use control_core::model::ObjectName;
use mesh_wire::identity::Identity;
use mesh_wire::well_known::port;
use proxy_core::authz::{self, Connection, Denied};
use proxy_core::route::inbound::{self, Authority};
use proxy_core::route::{Captured, OwnPorts, Plan, RouteError, Tunnel, outbound};
use proxy_core::state::policy::{Action, Policy};
use proxy_core::state::service::Service;
use proxy_core::state::workload::{
    Health, Labels, Locality, NetworkAddress, NetworkMode, PortMap, TunnelProtocol, Workload, WorkloadType,
};
use proxy_core::state::{AddressOwner, ListedPolicy, MeshState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use way::{Decider, Hop, Outcome, Point, Seen, Way, dedupe, note};

/// How many endpoints of one destination are looked at.
const MAX_ENDPOINTS: usize = 1000;

/// Who connects.
#[derive(Debug, Clone)]
pub enum Source {
    /// A workload of the mesh's knowledge; captured or not.
    Workload(Arc<Workload>),
    /// Plain text from an address that no workload has, or of which nothing is known.
    Plain(IpAddr),
}

impl Source {
    /// A captured source of which only the identity is known.
    #[must_use]
    pub fn of_identity(identity: Identity, address: IpAddr) -> Self {
        let nothing = ArcStr::new;
        Self::Workload(Arc::new(Workload {
            uid: arcstr::format!("simulated//{identity}"),
            name: identity.service_account().into(),
            identity,
            addresses: [address].into(),
            hostname: nothing(),
            network: nothing(),
            protocol: TunnelProtocol::Hbone,
            waypoint: None,
            network_gateway: None,
            node: nothing(),
            labels: Labels {
                canonical_name: nothing(),
                canonical_revision: nothing(),
                workload_type: WorkloadType::Pod,
                workload_name: nothing(),
            },
            native_tunnel: false,
            application_tunnel: None,
            services: Box::default(),
            authorization_policies: Box::default(),
            status: Health::Healthy,
            cluster_id: nothing(),
            locality: Locality::default(),
            network_mode: NetworkMode::Standard,
            capacity: 1,
        }))
    }

    /// The address that the connection comes from; an unspecified one where the workload has none.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        match self {
            Self::Workload(workload) => workload
                .addresses
                .first()
                .copied()
                .unwrap_or(IpAddr::from([0, 0, 0, 0])),
            Self::Plain(address) => *address,
        }
    }

    /// The identity it proves, if its traffic is captured.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Workload(workload) if workload.needs_certificate() => Some(&workload.identity),
            _ => None,
        }
    }
}

/// The mesh that is asked.
#[derive(Debug)]
pub struct Mesh<'a> {
    /// What a node proxy holds.
    pub state: &'a MeshState,
    /// What it was made of, for the numbers of rules.
    pub index: &'a Index,
    /// The network of the cluster.
    pub network: ArcStr,
}

fn own_ports() -> OwnPorts {
    OwnPorts(vec![
        port::OUTBOUND,
        port::INBOUND_PLAINTEXT,
        port::HBONE,
        port::DNS,
    ])
}

impl Mesh<'_> {
    /// Every way that a connection from `source` to `destination` can go.
    #[must_use]
    pub fn ways(&self, source: &Source, destination: SocketAddr) -> Vec<Way> {
        match source {
            Source::Workload(workload) if workload.needs_certificate() => {
                self.captured(workload, source.address(), destination)
            }
            _ => self.plain(source.address(), destination),
        }
    }

    /// From a captured source: its proxy plans, endpoint after endpoint.
    fn captured(&self, source: &Arc<Workload>, client: IpAddr, destination: SocketAddr) -> Vec<Way> {
        let mut ways = Vec::new();
        for seed in self.seeds(source, destination) {
            let mut seen: Vec<ArcStr> = Vec::new();
            while seen.len() < MAX_ENDPOINTS {
                let captured = Captured {
                    source,
                    client,
                    destination,
                    network: &self.network,
                    seed,
                    resolved: &[],
                    unreachable: &seen,
                };
                match outbound::plan(self.state, &captured, &own_ports()) {
                    Err(_) if !ways.is_empty() => break,
                    Err(error) => {
                        ways.push(no_route(source, client, destination, &error));
                        break;
                    }
                    Ok(plan) => {
                        let (uid, found) = self.follow(source, client, destination, plan);
                        ways.extend(found);
                        match uid {
                            Some(uid) if !seen.contains(&uid) => seen.push(uid),
                            _ => break,
                        }
                    }
                }
            }
        }
        dedupe(ways)
    }

    /// One seed suffices unless waypoints share the traffic by weight.
    fn seeds(&self, source: &Workload, destination: SocketAddr) -> Vec<u64> {
        let at = self.address(destination.ip());
        let Some(AddressOwner::Service(service)) = self.state.find_owner(&at, source.namespace()) else {
            return vec![0];
        };
        let total: u64 = service
            .weighted_waypoints
            .iter()
            .map(|one| u64::from(one.weight))
            .sum();
        // the waypoint is chosen by the upper half of the seed
        (0..total.clamp(1, 100)).map(|ticket| ticket << 32).collect()
    }

    /// What becomes of one plan, and the endpoint it chose.
    fn follow(
        &self,
        source: &Arc<Workload>,
        client: IpAddr,
        destination: SocketAddr,
        plan: Plan,
    ) -> (Option<ArcStr>, Vec<Way>) {
        let seen = Seen {
            source: client,
            identity: Some(source.identity.clone()),
        };
        match plan {
            Plan::Passthrough => (
                None,
                vec![Way::of(seen.nobody(
                    None,
                    destination,
                    "the mesh does not know this address: nobody enforces anything",
                ))],
            ),
            Plan::Tcp { target, upstream } => {
                let because = "the destination is not captured, so nobody enforces policies there";
                let unproven = Seen {
                    identity: None,
                    ..seen
                };
                let hop = unproven.nobody(Some(&upstream.workload), target, because);
                (Some(upstream.workload.uid.clone()), vec![Way::of(hop)])
            }
            Plan::Resolve { uid, hostname, .. } => {
                let because =
                    format!("`{hostname}` would be looked up in DNS; outside the mesh nobody enforces");
                (Some(uid), vec![Way::of(seen.nobody(None, destination, &because))])
            }
            Plan::Hbone(tunnel) => {
                let uid = tunnel.upstream.workload.uid.clone();
                (Some(uid), self.tunnelled(&seen, destination, &tunnel))
            }
        }
    }

    fn tunnelled(&self, seen: &Seen, destination: SocketAddr, tunnel: &Tunnel) -> Vec<Way> {
        let next = &tunnel.upstream.workload;
        let Some(authority) = Authority::parse(&tunnel.authority) else {
            return Vec::new();
        };
        if tunnel.inner.is_some() {
            let because = "another network's proxies decide behind the network gateway";
            return vec![Way::of(Hop {
                outcome: Outcome::Unknown,
                ..seen.nobody(Some(next), destination, because)
            })];
        }
        let is_end = matches!(&authority, Authority::Address(at) if at.ip() == tunnel.via.ip());
        if is_end {
            return vec![Way::of(self.enter(seen, next, tunnel.via.ip(), &authority))];
        }
        self.through_waypoint(seen, destination, next, tunnel.via.ip())
    }

    /// The node proxy of the destination: what is asked for, then policy.
    fn enter(&self, seen: &Seen, local: &Arc<Workload>, at: IpAddr, authority: &Authority) -> Hop {
        match inbound::plan(self.state, local, at, authority, &own_ports()) {
            Ok(plan) => self.decide(local, seen.connection(plan.target)),
            Err(error) => Hop {
                outcome: Outcome::Deny,
                point: Point::NodeProxy,
                ..seen.nobody(
                    Some(local),
                    SocketAddr::new(at, authority.port()),
                    &error.to_string(),
                )
            },
        }
    }

    /// The waypoint's own policies, then each endpoint behind it, which sees the waypoint.
    fn through_waypoint(
        &self,
        seen: &Seen,
        destination: SocketAddr,
        waypoint: &Arc<Workload>,
        via: IpAddr,
    ) -> Vec<Way> {
        let service = self.service_at(destination.ip(), waypoint.namespace());
        let first = self.judge_waypoint(seen, destination, waypoint, service.as_deref());
        if first.outcome == Outcome::Deny {
            return vec![Way::of(first)];
        }
        let behind = Seen {
            source: via,
            identity: Some(waypoint.identity.clone()),
        };
        let ends = self.endpoints(destination, waypoint.namespace());
        let mut ways: Vec<Way> = ends
            .into_iter()
            .map(|(workload, target)| {
                let last = if workload.protocol == TunnelProtocol::Hbone {
                    self.enter(&behind, &workload, target.ip(), &Authority::Address(target))
                } else {
                    behind.nobody(
                        Some(&workload),
                        target,
                        "the destination is not captured, so nobody enforces policies there",
                    )
                };
                Way {
                    hops: vec![first.clone(), last],
                }
            })
            .collect();
        if ways.is_empty() {
            ways.push(Way::of(first));
        }
        ways
    }

    /// A waypoint enforces the policies that target it or the service. They are read by its own engine, which is
    /// not part of this program, so where there are any the answer is not known here.
    fn judge_waypoint(
        &self,
        seen: &Seen,
        destination: SocketAddr,
        waypoint: &Workload,
        service: Option<&Service>,
    ) -> Hop {
        let policies = translation::at_waypoint(self.index, waypoint, service);
        let (outcome, because) = if policies.is_empty() {
            (Outcome::Allow, "no policy targets this waypoint".to_owned())
        } else {
            let because = format!("the waypoint itself decides by {}", policies.join(", "));
            (Outcome::Unknown, because)
        };
        Hop {
            point: Point::Waypoint,
            outcome,
            ..seen.nobody(Some(waypoint), destination, &because)
        }
    }

    /// From outside of the mesh: the cluster's own load balancing, then plain text at the pod.
    fn plain(&self, source: IpAddr, destination: SocketAddr) -> Vec<Way> {
        let seen = Seen {
            source,
            identity: None,
        };
        let ends = self.endpoints(destination, "");
        if ends.is_empty() {
            let because = match self.service_at(destination.ip(), "") {
                Some(service) => format!("{} has no usable endpoint", service.key.hostname),
                None => "the mesh does not know this address: nobody enforces anything".to_owned(),
            };
            return vec![Way::of(seen.nobody(None, destination, &because))];
        }
        let arrive = |(workload, target): (Arc<Workload>, SocketAddr)| {
            if workload.protocol != TunnelProtocol::Hbone {
                let because = "the destination is not captured, so nobody enforces policies there";
                return Way::of(seen.nobody(Some(&workload), target, because));
            }
            if own_ports().contains(target.port()) {
                return Way::of(Hop {
                    outcome: Outcome::Deny,
                    point: Point::NodeProxy,
                    ..seen.nobody(Some(&workload), target, &RouteError::SelfCall.to_string())
                });
            }
            Way::of(self.decide(&workload, seen.connection(target)))
        };
        ends.into_iter().map(arrive).collect()
    }

    fn address(&self, address: IpAddr) -> NetworkAddress {
        NetworkAddress {
            network: self.network.clone(),
            address,
        }
    }

    fn service_at(&self, address: IpAddr, client: &str) -> Option<Arc<Service>> {
        match self.state.find_owner(&self.address(address), client) {
            Some(AddressOwner::Service(service)) => Some(service),
            _ => None,
        }
    }

    /// The workloads behind an address, with the address that is connected to in the end.
    fn endpoints(&self, destination: SocketAddr, client: &str) -> Vec<(Arc<Workload>, SocketAddr)> {
        match self.state.find_owner(&self.address(destination.ip()), client) {
            Some(AddressOwner::Workload(workload)) => vec![(workload, destination)],
            None => Vec::new(),
            Some(AddressOwner::Service(service)) => {
                let port = destination.port();
                let mut ends: Vec<_> = self
                    .state
                    .endpoints_of(&service)
                    .filter_map(|workload| {
                        let own = workload.ports_of(&service.key).and_then(|ports| ports.find(port));
                        let target = own
                            .or_else(|| service.ports.find(port))
                            .filter(|port| *port > 0)?;
                        let ip = workload.addresses.first()?;
                        Some((workload.clone(), SocketAddr::new(*ip, target)))
                    })
                    .take(MAX_ENDPOINTS)
                    .collect();
                ends.sort_by(|(a, _), (b, _)| a.uid.cmp(&b.uid));
                ends
            }
        }
    }

    /// Asks the proxy's engine, and says which policy and rule it was.
    #[must_use]
    pub fn decide(&self, workload: &Arc<Workload>, connection: Connection) -> Hop {
        let verdict = authz::decide(self.state, workload, &connection);
        let candidates = self.candidates(workload);
        let allowing = || {
            candidates
                .iter()
                .filter(|policy| policy.action == Action::Allow && !policy.dry_run)
        };
        let (outcome, decider, because) = match &verdict.outcome {
            Ok(_) => match allowing().find(|policy| authz::matches(policy, &connection)) {
                Some(policy) => {
                    let decider = self.decider(policy, &connection);
                    (
                        Outcome::Allow,
                        Some(decider),
                        format!("allowed by {}", policy.key),
                    )
                }
                None => (Outcome::Allow, None, "no ALLOW policy covers it".to_owned()),
            },
            Err(Denied::By(key)) => {
                let policy = candidates.iter().find(|policy| policy.key == *key);
                let decider = policy.map(|policy| self.decider(policy, &connection));
                (Outcome::Deny, decider, Denied::By(key.clone()).to_string())
            }
            Err(Denied::NoneAllowed) => {
                let names: Vec<&str> = allowing().map(|policy| policy.key.as_str()).collect();
                let because = format!("{}: {}", Denied::NoneAllowed, names.join(", "));
                (Outcome::Deny, None, because)
            }
            Err(pending) => (Outcome::Deny, None, pending.to_string()),
        };
        Hop {
            point: Point::NodeProxy,
            at: format!("{}/{}", workload.namespace(), workload.name),
            source: connection.source,
            identity: connection.identity,
            target: connection.destination,
            outcome,
            decider,
            because,
            notes: verdict.notes.iter().map(note).collect(),
        }
    }

    /// The policies that the engine looks at for a workload, in its order.
    #[must_use]
    pub fn candidates(&self, workload: &Workload) -> Vec<Arc<Policy>> {
        let mut all: Vec<Arc<Policy>> = self.state.policies_for(workload.namespace()).cloned().collect();
        for key in &workload.authorization_policies {
            if let ListedPolicy::Held(policy) = self.state.find_listed_policy(key) {
                all.push(policy);
            }
        }
        all
    }

    fn decider(&self, policy: &Policy, connection: &Connection) -> Decider {
        let alone = |rule: &proxy_core::state::policy::Rule| Policy {
            rules: [rule.clone()].into(),
            ..policy.clone()
        };
        let sent = policy
            .rules
            .iter()
            .position(|rule| authz::matches(&alone(rule), connection));
        let name = ObjectName::new(policy.namespace.clone(), policy.name.clone());
        let written = self.index.fates(&name).and_then(|(_, fates)| {
            let fate = fates
                .iter()
                .find(|fate| fate.sent_as.is_some() && fate.sent_as == sent)?;
            Some(fate.number)
        });
        Decider {
            policy: policy.key.clone(),
            rule: written,
        }
    }
}

fn no_route(source: &Workload, client: IpAddr, destination: SocketAddr, error: &RouteError) -> Way {
    let seen = Seen {
        source: client,
        identity: Some(source.identity.clone()),
    };
    Way::of(Hop {
        point: Point::Route,
        outcome: Outcome::Deny,
        ..seen.nobody(None, destination, &error.to_string())
    })
}

/// Target ports by which a workload is reached through its services.
pub(crate) fn target_ports(workload: &Workload) -> impl Iterator<Item = u16> + '_ {
    workload
        .services
        .iter()
        .flat_map(|(_, ports): &(_, PortMap)| ports.iter().map(|(_, target)| target))
        .filter(|target| *target > 0)
}
