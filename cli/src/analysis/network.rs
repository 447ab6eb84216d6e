//! Network policies that block tunnels or probes of enrolled pods (`spec/enrolment.md` 6 and 8, row 27). (pure)

use super::code::NETWORK_POLICY_BLOCKS_HBONE;
use super::{Message, Subject, World, label};
use crate::netpol;
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE};
use mesh_wire::well_known::port::HBONE;
use serde_json::Value;

const NETWORKING: &str = "networking.k8s.io";

pub(super) fn analyze(world: &World<'_>, found: &mut Vec<Message>) {
    let all = |group: &str, kind: &str| -> Vec<Value> {
        world.of_kind(group, kind).map(|one| one.object.clone()).collect()
    };
    let policies = all(NETWORKING, "NetworkPolicy");
    if policies.is_empty() {
        return;
    }
    let network = netpol::world::World {
        namespaces: all("", "Namespace"),
        pods: all("", "Pod"),
        services: all("", "Service"),
        policies,
        ..netpol::world::World::default()
    };
    for namespace in world.of_kind("", "Namespace") {
        if label(&namespace.object, DATAPLANE_MODE) != Some(AMBIENT) {
            continue;
        }
        let name = namespace.key().3;
        for companion in netpol::propose(&network, &name).policies {
            let made = companion["metadata"]["name"].as_str().unwrap_or_default();
            let held = world.find(NETWORKING, "NetworkPolicy", &name, made);
            if held.is_some_and(|held| held.object["spec"] == companion["spec"]) {
                continue;
            }
            let cause = made.strip_prefix("mesh-").unwrap_or(made);
            if let Some(policy) = world.find(NETWORKING, "NetworkPolicy", &name, cause) {
                found.push(Message {
                    code: NETWORK_POLICY_BLOCKS_HBONE,
                    subject: Subject::of(policy),
                    text: format!(
                        "what it allows is cut for meshed pods: TCP {HBONE} or probes are not allowed; `meshctl ns plan {name} -o policies` prints {made}"
                    ),
                });
            }
        }
    }
}
