//! From the application to the last proxy before the destination. (pure)

use super::walk::Walk;
use super::{Answer, Hop};
use crate::simulate::names::Target;
use crate::simulate::way::{Outcome, Point};
use mesh_wire::well_known::annotation::DNS_CAPTURE;
use mesh_wire::well_known::label::{USE_WAYPOINT, USE_WAYPOINT_NAMESPACE};
use proxy_core::dns::answer::{self, Family};
use proxy_core::state::service::Service;
use proxy_core::state::workload::Workload;
use serde_json::Value;

/// Hosts below this are Services, which the cluster's own DNS knows as well.
const SERVICES: &str = ".svc.";

impl Walk<'_> {
    /// The hops up to the destination's network.
    pub(super) fn depart(&self) -> Vec<Hop> {
        vec![
            self.dns(),
            self.egress(),
            self.capture(),
            self.source_proxy(),
            self.waypoint(),
            self.gateway(),
        ]
    }

    fn dns(&self) -> Hop {
        const HOP: &str = "dns";
        let Target::Service(service) = self.target else {
            return Hop::skip(HOP, "an address needs no name");
        };
        let host = &service.key.hostname;
        let is_mesh_only = !host.contains(SERVICES);
        let captured = self.own().filter(|one| one.needs_certificate());
        let is_off = captured.is_some_and(|one| {
            self.annotation(one, DNS_CAPTURE)
                .is_some_and(|value| value == "false")
        });
        match captured.filter(|_| !is_off) {
            Some(client) if self.is_answered(client, service) => Hop::new(
                HOP,
                Answer::Pass,
                format!("{host} is {}", self.destination.ip()),
                "the node proxy's own answer to the pod",
            )
            .aged(self.evidence.age),
            Some(_) => Hop::new(
                HOP,
                Answer::Deny,
                format!("the node proxy has no such address for {host}"),
                "the node proxy's own answer to the pod",
            )
            .aged(self.evidence.age)
            .because("51", "see the ServiceEntry's addresses, resolution and exportTo"),
            None => self.cluster_dns(service, is_mesh_only, is_off),
        }
    }

    /// Whom nobody captures asks the cluster's name servers.
    fn cluster_dns(&self, service: &Service, is_mesh_only: bool, is_off: bool) -> Hop {
        const HOP: &str = "dns";
        let host = &service.key.hostname;
        if let Some(names) = self.deaf() {
            let finding = format!(
                "the pod is isolated by {}, and nothing lets UDP 53 to the name servers pass",
                names.join(", ")
            );
            return Hop::new(
                HOP,
                Answer::Deny,
                finding,
                "NetworkPolicies of the source's namespace",
            )
            .aged(self.evidence.age)
            .because(
                "38",
                "allow UDP and TCP 53 to the pods k8s-app=kube-dns of namespace kube-system",
            );
        }
        if is_mesh_only {
            let why = if is_off {
                format!("{DNS_CAPTURE}=false")
            } else {
                "the source is not captured".to_owned()
            };
            let finding = format!(
                "only node proxies know {host} at {}, and {why}",
                self.destination.ip()
            );
            return Hop::new(
                HOP,
                Answer::Deny,
                finding,
                "ServiceEntry and the pod's annotations",
            )
            .aged(self.evidence.age)
            .because(
                "51",
                "let the node proxy answer the pod, or put the name into the cluster's DNS",
            );
        }
        Hop::new(
            HOP,
            Answer::Pass,
            format!("{host} is {}", self.destination.ip()),
            "the Service's cluster address",
        )
        .aged(self.evidence.age)
    }

    fn annotation(&self, workload: &Workload, name: &str) -> Option<&str> {
        let pod = self.evidence.find("Pod", workload.namespace(), &workload.name)?;
        pod["metadata"]["annotations"][name].as_str()
    }

    fn is_answered(&self, client: &Workload, service: &Service) -> bool {
        let question = answer::Question {
            name: &service.key.hostname,
            family: if self.destination.is_ipv4() {
                Family::V4
            } else {
                Family::V6
            },
            client,
            domain: mesh_wire::well_known::name::CLUSTER_DOMAIN,
            preferred_namespace: None,
            ipv6: true,
        };
        match answer::answer(self.mesh.state, &question) {
            answer::Answer::Records { addresses, .. } => addresses.contains(&self.destination.ip()),
            answer::Answer::Forward => false,
        }
    }

    fn capture(&self) -> Hop {
        match self.own() {
            Some(own) if !own.name.is_empty() && !own.uid.starts_with("simulated//") => {
                self.captured("capture", own)
            }
            Some(own) => Hop::new(
                "capture",
                Answer::Unknown,
                format!("no pod runs as {}", own.identity),
                "the list of pods",
            )
            .aged(self.evidence.age),
            None => Hop::skip("capture", "the source is no pod of the mesh"),
        }
    }

    fn source_proxy(&self) -> Hop {
        const HOP: &str = "source-proxy";
        let Some(own) = self.own().filter(|_| self.source.identity().is_some()) else {
            return Hop::skip(HOP, "the source speaks plain text");
        };
        if let Some(fault) = self.proxy_fault(HOP, &own.node) {
            return fault;
        }
        if let Some(fault) = self.ignorance(HOP, &own.node) {
            return fault;
        }
        let told = |answer, finding: String| {
            Hop::new(
                HOP,
                answer,
                finding,
                "the route that the proxy's own planner takes",
            )
            .aged(self.evidence.age)
        };
        if let Some(why) = self.no_route() {
            // these are the fault of a later hop, which says so
            return if [
                "no healthy upstream",
                "unknown waypoint",
                "unknown network gateway",
            ]
            .iter()
            .any(|text| why.starts_with(text))
            {
                told(Answer::Pass, format!("it knows {}", self.target.title()))
            } else {
                told(Answer::Deny, why.to_owned()).because("9", "meshctl ztunnel-config workloads")
            };
        }
        let way = self.legs.first().map(super::walk::Reach::leg);
        let way = way.map(|leg| format!("to {} at {}", leg.to, leg.at));
        told(Answer::Pass, way.unwrap_or_default())
    }

    /// What a proxy should know of this way and does not.
    pub(super) fn ignorance(&self, hop: &'static str, node: &str) -> Option<Hop> {
        let dump = self.evidence.dumps.get(node)?;
        let knows = |workload: &Workload| dump.workloads.iter().any(|one| one.uid == workload.uid.as_str());
        let missing = match self.target {
            Target::Service(service)
                if !dump
                    .services
                    .iter()
                    .any(|one| one.hostname == service.key.hostname.as_str()) =>
            {
                Some(format!("service {}", service.key.hostname))
            }
            _ => self
                .legs
                .iter()
                .filter_map(|reach| reach.workload.as_ref())
                .find(|workload| !knows(workload))
                .map(|one| format!("workload {}/{}", one.namespace(), one.name)),
        }?;
        let finding =
            format!("the node proxy of {node} does not know {missing}, which the control plane would send");
        Some(
            Hop::new(
                hop,
                Answer::Deny,
                finding,
                format!("configuration dump of {node}"),
            )
            .aged(self.evidence.age)
            .because("42", "meshctl proxy-status; then the control plane's log"),
        )
    }

    fn waypoint(&self) -> Hop {
        const HOP: &str = "waypoint";
        let told = |answer, finding: String, evidence: &str| {
            Hop::new(HOP, answer, finding, evidence).aged(self.evidence.age)
        };
        if let Some(hop) = self.way.hops.iter().find(|hop| hop.point == Point::Waypoint) {
            let answer = match hop.outcome {
                Outcome::Allow => Answer::Pass,
                Outcome::Deny => Answer::Deny,
                Outcome::Unknown => Answer::Unknown,
            };
            let finding = format!("through {}: {}", hop.at, hop.because);
            return told(answer, finding, "the binding and the policies that target it");
        }
        if self.source.identity().is_none() {
            return match self.wanted_waypoint() {
                Some(name) => Hop::skip(HOP, format!("plain text passes by waypoint {name}")),
                None => Hop::skip(HOP, "none is asked for"),
            };
        }
        let is_unready = self
            .no_route()
            .is_some_and(|why| why.starts_with("unknown waypoint") || self.is_bound());
        match self.wanted_waypoint() {
            Some(name) if is_unready => told(
                Answer::Deny,
                format!("waypoint {name} is bound and has no endpoint that is ready"),
                "its Gateway, Service and pods",
            )
            .because("34", "scale the waypoint, or unbind it: meshctl waypoint status"),
            Some(name) if !self.is_service_less() => told(
                Answer::Deny,
                format!("waypoint {name} is asked for by a label and not on the way"),
                "labels, Gateways and their status",
            )
            .because(
                "33",
                "meshctl waypoint status; see the condition WaypointBound of the Service",
            ),
            _ => Hop::skip(HOP, "none is asked for"),
        }
    }

    /// Whether the control plane has bound a waypoint, so that it is the waypoint that has no way.
    fn is_bound(&self) -> bool {
        match self.target {
            Target::Service(service) => service.waypoint.is_some() || !service.weighted_waypoints.is_empty(),
            Target::Workload(workload) => workload.waypoint.is_some(),
            Target::Address(_) => false,
        }
    }

    /// Pods are reached without the waypoint of their services.
    fn is_service_less(&self) -> bool {
        let Target::Service(_) = self.target else {
            return !self.end().is_some_and(|one| self.has_label(one));
        };
        false
    }

    fn has_label(&self, workload: &Workload) -> bool {
        let pod = self.evidence.find("Pod", workload.namespace(), &workload.name);
        pod.is_some_and(|pod| pod["metadata"]["labels"][USE_WAYPOINT].is_string())
    }

    /// The waypoint that labels of the destination ask for, as `namespace/name`.
    fn wanted_waypoint(&self) -> Option<String> {
        let (home, own) = if let Target::Service(service) = self.target {
            let (home, name) = (service.key.namespace.as_str(), service.name.as_str());
            let object = self.evidence.find("Service", home, name);
            (
                home,
                object.or_else(|| self.evidence.find("ServiceEntry", home, name)),
            )
        } else {
            let end = self.end()?;
            let pod = self.evidence.find("Pod", end.namespace(), &end.name);
            (end.namespace(), pod)
        };
        let namespace = self.evidence.find("Namespace", "", home);
        let label = |object: Option<&Value>, key: &str| {
            let value = object?["metadata"]["labels"][key].as_str()?;
            Some(value.to_owned())
        };
        let (holder, name) = [own, namespace]
            .into_iter()
            .find_map(|object| Some((object, label(object, USE_WAYPOINT)?)))?;
        if name.is_empty() || name == "none" {
            return None;
        }
        let place = label(holder, USE_WAYPOINT_NAMESPACE).unwrap_or_else(|| home.to_owned());
        Some(format!("{place}/{name}"))
    }

    fn gateway(&self) -> Hop {
        const HOP: &str = "gateway";
        if self
            .no_route()
            .is_some_and(|why| why.starts_with("unknown network gateway"))
        {
            return Hop::new(
                HOP,
                Answer::Deny,
                "the gateway of the destination's network is not known",
                "Gateways with a network's label, and their status",
            )
            .aged(self.evidence.age)
            .because(
                "34",
                "meshctl remote-clusters; see the address in the Gateway's status",
            );
        }
        let first = self.legs.first().and_then(|reach| reach.workload.as_ref());
        let own = self.own().map(|one| &one.network);
        match (first, own) {
            (Some(next), Some(own)) if next.network != *own => Hop::new(
                HOP,
                Answer::Unknown,
                format!("network {} decides behind its gateway", next.network),
                "the networks of source and destination",
            )
            .aged(self.evidence.age),
            _ => Hop::skip(HOP, "source and destination are on one network"),
        }
    }
}
