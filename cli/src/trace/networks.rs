//! Network policies on the way, by the sandbox's own evaluation of them. (pure)

use super::walk::{Reach, Walk};
use super::{Answer, Hop};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::ResourceExt;
use mesh_sandbox::policy::{Direction, Isolation, World, isolate};
use mesh_wire::well_known::PROBE_IPV4;
use mesh_wire::well_known::port;
use std::net::IpAddr;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// What the policies of one pod do in one direction.
enum Verdict {
    /// No policy isolates it.
    Open,
    /// This one lets it pass.
    Passes(String),
    /// These isolate it, and none lets it pass.
    Cut(Vec<String>),
}

/// A packet as its pod sees it.
#[derive(Clone, Copy)]
struct Packet {
    own: IpAddr,
    peer: IpAddr,
    protocol: u8,
    port: u16,
}

impl Walk<'_> {
    fn judge(&self, pod: &Pod, direction: Direction, packet: Packet) -> Verdict {
        let mut isolating = Vec::new();
        for policy in &self.evidence.policies {
            let isolation = self.isolation(policy, pod);
            let Some(allowed) = isolation.get(&(packet.own, direction)) else {
                continue;
            };
            let is_covered =
                |one: &mesh_sandbox::policy::Allow| one.covers(packet.peer, packet.protocol, packet.port);
            if packet.own == packet.peer || allowed.iter().any(is_covered) {
                return Verdict::Passes(policy.name_any());
            }
            isolating.push(policy.name_any());
        }
        if isolating.is_empty() {
            Verdict::Open
        } else {
            Verdict::Cut(isolating)
        }
    }

    /// What one policy alone does to one pod.
    fn isolation(&self, policy: &NetworkPolicy, pod: &Pod) -> Isolation {
        let world = World {
            policies: std::slice::from_ref(policy),
            namespaces: &self.evidence.namespaces,
            pods: &self.evidence.pods,
        };
        isolate(world, |one| {
            one.name_any() == pod.name_any() && one.namespace() == pod.namespace()
        })
    }

    fn pod_of(&self, workload: Option<&proxy_core::state::workload::Workload>) -> Option<&Pod> {
        let workload = workload?;
        self.evidence.pod(workload.namespace(), &workload.name)
    }

    /// A hop from what the policies of a pod say.
    fn told(&self, hop: &'static str, pod: &Pod, (what, reach): (&str, &Reach), verdict: Verdict) -> Hop {
        let home = pod.namespace().unwrap_or_default();
        let title = format!("{home}/{}", pod.name_any());
        let evidence = format!("NetworkPolicies of namespace {home}");
        let port = reach.port;
        let hop = match verdict {
            Verdict::Open => Hop::new(
                hop,
                Answer::Pass,
                format!("no policy isolates {title} for {what}"),
                evidence,
            ),
            Verdict::Passes(name) => Hop::new(
                hop,
                Answer::Pass,
                format!("{name} lets TCP {port} of {title} pass"),
                evidence,
            ),
            Verdict::Cut(names) => {
                let finding = format!(
                    "{title} is isolated by {}, and nothing lets {what} TCP {port} {}",
                    names.join(", "),
                    if what == "egress" {
                        format!("to {} pass", reach.title())
                    } else {
                        format!("from {} pass", reach.from)
                    },
                );
                let denied = Hop::new(hop, Answer::Deny, finding, evidence);
                if reach.port == port::HBONE {
                    denied.because(
                        "27",
                        format!("meshctl ns enroll {home} --fix-networkpolicy=apply"),
                    )
                } else {
                    denied.because(
                        "27",
                        format!("allow TCP {port} in a NetworkPolicy of namespace {home}"),
                    )
                }
            }
        };
        hop.aged(self.evidence.age)
    }

    /// Out of the source.
    pub(super) fn egress(&self) -> Hop {
        const HOP: &str = "networkpolicy-egress";
        let own = self.own().map(|one| &**one);
        let (Some(pod), Some(reach)) = (self.pod_of(own), self.legs.first()) else {
            return Hop::skip(HOP, "the source is no pod of this cluster");
        };
        let packet = Packet {
            own: reach.from,
            peer: reach.address,
            protocol: TCP,
            port: reach.port,
        };
        let verdict = self.judge(pod, Direction::Egress, packet);
        self.told(HOP, pod, ("egress", reach), verdict)
    }

    /// Into each pod on the way, and out of waypoints.
    pub(super) fn ingress(&self) -> Hop {
        const HOP: &str = "networkpolicy-ingress";
        let mut last = Hop::skip(HOP, "the destination is no pod of this cluster");
        let mut before: Option<&Pod> = None;
        for reach in &self.legs {
            let packet = Packet {
                own: reach.address,
                peer: reach.from,
                protocol: TCP,
                port: reach.port,
            };
            if let Some(waypoint) = before {
                let out = Packet {
                    own: packet.peer,
                    peer: packet.own,
                    ..packet
                };
                let verdict = self.judge(waypoint, Direction::Egress, out);
                if matches!(verdict, Verdict::Cut(_)) {
                    return self.told(HOP, waypoint, ("egress", reach), verdict);
                }
            }
            let Some(pod) = self.pod_of(reach.workload.as_deref()) else {
                continue;
            };
            let verdict = self.judge(pod, Direction::Ingress, packet);
            let is_cut = matches!(verdict, Verdict::Cut(_));
            last = self.told(HOP, pod, ("ingress", reach), verdict);
            if is_cut {
                return last;
            }
            before = Some(pod);
        }
        self.probes().unwrap_or(last)
    }

    /// A captured pod that is not ready because its own policies drop the probes of its kubelet.
    fn probes(&self) -> Option<Hop> {
        let reach = self.legs.last().filter(|reach| reach.is_tunnel)?;
        let pod = self.pod_of(reach.workload.as_deref())?;
        let conditions = pod.status.as_ref()?.conditions.as_ref()?;
        let is_ready = conditions
            .iter()
            .any(|one| one.type_ == "Ready" && one.status == "True");
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        let checks =
            containers.flat_map(|one| [&one.readiness_probe, &one.startup_probe, &one.liveness_probe]);
        let mut ports = checks.flatten().filter_map(|probe| {
            let http = probe.http_get.as_ref().map(|one| &one.port);
            let tcp = probe.tcp_socket.as_ref().map(|one| &one.port);
            match http.or(tcp)? {
                k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(port) => {
                    u16::try_from(*port).ok()
                }
                k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::String(_) => None,
            }
        });
        let cut = ports.find(|port| {
            let packet = Packet {
                own: reach.address,
                peer: PROBE_IPV4.into(),
                protocol: TCP,
                port: *port,
            };
            matches!(self.judge(pod, Direction::Ingress, packet), Verdict::Cut(_))
        });
        let port = cut.filter(|_| !is_ready)?;
        let home = pod.namespace().unwrap_or_default();
        let finding = format!(
            "{home}/{} is not ready: no NetworkPolicy lets its probes of port {port} in, which come from {PROBE_IPV4}",
            pod.name_any()
        );
        Some(
            Hop::new(
                "networkpolicy-ingress",
                Answer::Deny,
                finding,
                format!("NetworkPolicies of namespace {home}"),
            )
            .aged(self.evidence.age)
            .because(
                "28",
                format!("meshctl ns enroll {home} --fix-networkpolicy=apply"),
            ),
        )
    }

    /// Why names cannot be asked for; nothing if they can, as far as anybody knows.
    pub(super) fn deaf(&self) -> Option<Vec<String>> {
        let pod = self.pod_of(self.own().map(|one| &**one))?;
        let mut servers = self.evidence.pods.iter().filter(|one| {
            one.namespace().as_deref() == Some("kube-system")
                && one.labels().get("k8s-app").is_some_and(|app| app == "kube-dns")
        });
        let server = servers.find_map(|one| one.status.as_ref()?.pod_ip.as_ref()?.parse().ok())?;
        let packet = Packet {
            own: self.source.address(),
            peer: server,
            protocol: UDP,
            port: 53,
        };
        match self.judge(pod, Direction::Egress, packet) {
            Verdict::Cut(names) => Some(names),
            Verdict::Open | Verdict::Passes(_) => None,
        }
    }
}
