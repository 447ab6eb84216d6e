//! From the destination's network to its application. (pure)

use super::walk::Walk;
use super::{Answer, Hop};
use crate::simulate::names::Target;
use crate::simulate::translation;
use crate::simulate::way::{Outcome, Point};
use mesh_wire::well_known::name::STATIC_STRICT_POLICY;
use proxy_core::authz::Denied;
use proxy_core::state::workload::Workload;
use std::sync::Arc;

impl Walk<'_> {
    /// The hops from the destination's network on.
    pub(super) fn arrive(&self) -> Vec<Hop> {
        vec![
            self.ingress(),
            self.destination_proxy(),
            self.authorization(),
            self.mtls(),
            self.endpoint(),
        ]
    }

    /// Whether policy decided at the last hop, and not the proxy's route.
    fn is_policy(&self) -> bool {
        let last = self.last();
        last.point == Point::NodeProxy
            && (last.decider.is_some()
                || last.outcome == Outcome::Allow
                || last.because.starts_with(&Denied::NoneAllowed.to_string())
                || last.because.contains("policy"))
    }

    fn destination_proxy(&self) -> Hop {
        const HOP: &str = "destination-proxy";
        let Some(end) = self.end() else {
            return Hop::skip(HOP, "no pod of the mesh is at the end");
        };
        let hop = self.captured(HOP, end);
        if hop.answer == Answer::Deny || !end.needs_certificate() {
            return hop;
        }
        if let Some(fault) = self.proxy_fault(HOP, &end.node) {
            return fault;
        }
        if let Some(fault) = self.lacking(HOP, end) {
            return fault;
        }
        let last = self.last();
        if last.outcome == Outcome::Deny && last.point == Point::NodeProxy && !self.is_policy() {
            return Hop::new(
                HOP,
                Answer::Deny,
                &last.because,
                "the plan that the proxy's own code makes",
            )
            .aged(self.evidence.age)
            .because("21", "name a port of the application");
        }
        hop
    }

    /// Policies that the destination's proxy should hold and does not.
    fn lacking(&self, hop: &'static str, end: &Arc<Workload>) -> Option<Hop> {
        let dump = self.evidence.dumps.get(end.node.as_str())?;
        let held = |key: &str| {
            dump.policies
                .iter()
                .any(|one| format!("{}/{}", one.namespace, one.name) == key)
        };
        let candidates = self.mesh.candidates(end);
        let missing = candidates.iter().find(|policy| !held(&policy.key))?;
        let finding = format!(
            "the node proxy of {} does not hold policy {}",
            end.node, missing.key
        );
        Some(
            Hop::new(
                hop,
                Answer::Deny,
                finding,
                format!("configuration dump of {}", end.node),
            )
            .aged(self.evidence.age)
            .because("42", format!("meshctl wait policy {}", wait_name(&missing.key))),
        )
    }

    fn authorization(&self) -> Hop {
        const HOP: &str = "authorization";
        let last = self.last();
        let told = |answer| {
            Hop::new(
                HOP,
                answer,
                &last.because,
                "the proxy's own engine on the translated policies",
            )
            .aged(self.evidence.age)
        };
        match (&last.point, last.outcome) {
            (Point::NodeProxy, Outcome::Allow) => told(Answer::Pass),
            (Point::NodeProxy, Outcome::Deny) if self.is_policy() => self.refused(told(Answer::Deny)),
            (Point::Waypoint | Point::Nobody, Outcome::Unknown) => told(Answer::Unknown),
            (Point::Nobody, _) => Hop::skip(HOP, &last.because),
            _ => Hop::skip(HOP, "the connection does not get so far"),
        }
    }

    /// Which row of the table a refusal is, and what rule 0 of it would need.
    fn refused(&self, mut hop: Hop) -> Hop {
        let last = self.last();
        let rule = last.decider.as_ref().and_then(|one| one.rule);
        if let Some(rule) = rule {
            hop.finding = format!("{} (rule {rule})", hop.finding);
        }
        let is_strict = last.decider.as_ref().is_some_and(|one| {
            one.policy.contains(STATIC_STRICT_POLICY) || one.policy.contains("converted_peer_authentication")
        });
        if is_strict {
            return hop.because(
                "31",
                "enrol the client, or make the port PERMISSIVE in a PeerAuthentication",
            );
        }
        if self.way.hops.iter().any(|hop| hop.point == Point::Waypoint) {
            return hop.because(
                "30",
                "allow the waypoint's principal at the workload, and move rules about clients to targetRefs",
            );
        }
        let homes: Vec<&str> = self.end().map(|end| end.namespace()).into_iter().collect();
        let root = self.mesh.index.root_namespace().to_string();
        let losses = translation::losses(self.mesh.index, &homes, &root);
        let emptied = losses.iter().find(|one| {
            one.rules
                .iter()
                .any(|rule| rule.meaning.contains("allows nothing"))
        });
        if let (None, Some(one)) = (&last.decider, emptied) {
            hop.finding = format!(
                "{}; rules of {} need a waypoint and allow nothing here",
                hop.finding, one.policy
            );
        }
        hop.because(
            "29",
            "meshctl authz simulate shows the rules; meshctl authz why proposes one",
        )
    }

    fn mtls(&self) -> Hop {
        const HOP: &str = "mtls";
        let tunnels: Vec<_> = self.legs.iter().filter(|reach| reach.is_tunnel).collect();
        if tunnels.is_empty() {
            return Hop::skip(HOP, "the connection is plain text");
        }
        if self.evidence.dumps.is_empty() {
            return Hop::new(HOP, Answer::Unknown, "no node proxy was asked", "nothing")
                .aged(self.evidence.age);
        }
        let mut ends: Vec<&Arc<Workload>> = self.own().into_iter().collect();
        ends.extend(tunnels.iter().filter_map(|reach| reach.workload.as_ref()));
        let mut seen = Vec::new();
        for end in ends.iter().filter(|end| !end.native_tunnel) {
            match self.certificate(end) {
                Ok(text) => seen.push(text),
                Err(hop) => return *hop,
            }
        }
        if let Some(hop) = self.strangers(&ends) {
            return hop;
        }
        let answer = if seen.iter().any(|one| one.ends_with("not in a dump")) {
            Answer::Unknown
        } else {
            Answer::Pass
        };
        Hop::new(HOP, answer, seen.join("; "), "certificates in the proxies' dumps").aged(self.evidence.age)
    }

    /// The state of one end's certificate.
    fn certificate(&self, end: &Workload) -> Result<String, Box<Hop>> {
        let identity = end.identity.to_string();
        let dump = self.evidence.dumps.get(end.node.as_str());
        let found = dump.and_then(|dump| dump.certificates.iter().find(|one| one.identity == identity));
        let Some(found) = found else {
            return Ok(format!("{identity}: not in a dump"));
        };
        let denied = |finding: String| {
            let hop = Hop::new(
                "mtls",
                Answer::Deny,
                finding,
                format!("certificates of the proxy of {}", end.node),
            );
            let fix =
                "kubectl logs -n istio-system -l app=istiod; trusted node accounts, token audience, clock";
            Box::new(hop.aged(self.evidence.age).because("25", fix))
        };
        if found.state != "Available" {
            return Err(denied(format!("{identity}: {}", found.state)));
        }
        let leaf = found.cert_chain.as_ref().and_then(|chain| chain.first());
        let ends = leaf.and_then(|leaf| leaf.expiration_time.parse::<jiff::Timestamp>().ok());
        match ends {
            Some(ends) if ends.as_second() < self.evidence.now => {
                Err(denied(format!("{identity}: its certificate ended at {ends}")))
            }
            Some(ends) => Ok(format!("{identity}: until {ends}")),
            None => Ok(format!("{identity}: available")),
        }
    }

    /// Two ends whose proxies have no root in common.
    fn strangers(&self, ends: &[&Arc<Workload>]) -> Option<Hop> {
        let roots = |end: &Workload| -> Option<Vec<String>> {
            let dump = self.evidence.dumps.get(end.node.as_str())?;
            let identity = end.identity.to_string();
            let own = dump.certificates.iter().find(|one| one.identity == identity)?;
            let roots = own.root_certs.as_ref().filter(|roots| !roots.is_empty())?;
            Some(roots.iter().map(|one| one.serial_number.clone()).collect())
        };
        for pair in ends.windows(2) {
            let [one, other] = pair else { continue };
            let (Some(mine), Some(theirs)) = (roots(one), roots(other)) else {
                continue;
            };
            if !mine.iter().any(|root| theirs.contains(root)) {
                let finding = format!(
                    "the proxies of {} and {} trust no root in common",
                    one.node, other.node
                );
                return Some(
                    Hop::new(
                        "mtls",
                        Answer::Deny,
                        finding,
                        "root certificates in the proxies' dumps",
                    )
                    .aged(self.evidence.age)
                    .because(
                        "26",
                        "roll roots with an overlap; see ConfigMap istio-ca-root-cert",
                    ),
                );
            }
        }
        None
    }

    fn endpoint(&self) -> Hop {
        const HOP: &str = "endpoint";
        let told = |answer, finding: String, evidence: &str| {
            Hop::new(HOP, answer, finding, evidence).aged(self.evidence.age)
        };
        if self
            .no_route()
            .is_some_and(|why| why.starts_with("no healthy upstream"))
            || self.is_empty()
        {
            return self.none_ready();
        }
        let Some(end) = self.end() else {
            return match self.last().point {
                Point::Nobody => told(
                    Answer::Unknown,
                    format!("the mesh does not know {}", self.destination),
                    "the objects of the mesh",
                ),
                _ => Hop::skip(HOP, "the connection does not get so far"),
            };
        };
        let Some(pod) = self.evidence.find("Pod", end.namespace(), &end.name) else {
            return told(
                Answer::Unknown,
                format!("{} is no pod of this cluster", end.name),
                "the list of pods",
            );
        };
        match unready(pod) {
            None => told(
                Answer::Pass,
                format!("{}/{} is ready", end.namespace(), end.name),
                "the pod's conditions",
            ),
            Some(why) => told(
                Answer::Deny,
                format!("{}/{} is not ready: {why}", end.namespace(), end.name),
                "the pod's conditions",
            )
            .because(
                "39",
                format!("kubectl describe pod {} -n {}", end.name, end.namespace()),
            ),
        }
    }

    /// A service to which plain text finds nobody.
    fn is_empty(&self) -> bool {
        let last = self.last();
        last.point == Point::Nobody && last.because.ends_with("has no usable endpoint")
    }

    fn none_ready(&self) -> Hop {
        let finding = match self.target {
            Target::Service(service) => {
                let held = self.mesh.state.endpoints_of(service).count();
                let port = self.destination.port();
                if !service.ports.iter().any(|(own, _)| own == port) {
                    format!("{} has no port {port}", self.target.title())
                } else if held == 0 {
                    format!("{} has no endpoint", self.target.title())
                } else {
                    format!(
                        "none of the {held} endpoints of {} can be used",
                        self.target.title()
                    )
                }
            }
            _ => format!("nobody takes connections at {}", self.destination),
        };
        Hop::new(
            "endpoint",
            Answer::Deny,
            finding,
            "the endpoints that node proxies are sent",
        )
        .aged(self.evidence.age)
        .because(
            "39",
            "see the readiness of the pods, the selector of the Service, and its ports",
        )
    }
}

/// `namespace/name` as `wait` takes it.
fn wait_name(key: &str) -> String {
    key.split_once('/').map_or_else(
        || key.to_owned(),
        |(namespace, name)| format!("{name}.{namespace}"),
    )
}

fn unready(pod: &serde_json::Value) -> Option<String> {
    let phase = pod["status"]["phase"].as_str().unwrap_or("Pending");
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    match conditions.into_iter().find(|one| one["type"] == "Ready") {
        Some(one) if one["status"] == "True" => None,
        Some(one) => Some(
            one["message"]
                .as_str()
                .unwrap_or("its Ready condition is not True")
                .to_owned(),
        ),
        None => Some(format!("it is {phase}")),
    }
}
