//! Waypoints that are missing, unused or bypassed. (pure)

use super::code::{NEGATIVE_CONDITION, ROUTE_WITHOUT_WAYPOINT, WAYPOINT_MISSING, WAYPOINT_UNUSED};
use super::{Message, Subject, World, label, namespace};
use crate::objects::Sourced;
use crate::waypoint;
use mesh_wire::well_known::label::{NONE, USE_WAYPOINT};
use std::collections::BTreeSet;

const GATEWAY: &str = "gateway.networking.k8s.io";
/// Kinds that ask for a waypoint by label.
const ASKING: [(&str, &str); 5] = [
    ("", "Namespace"),
    ("", "Service"),
    ("", "Pod"),
    ("networking.istio.io", "ServiceEntry"),
    ("networking.istio.io", "WorkloadEntry"),
];

/// Namespace and name of the waypoint that an object asks for.
fn asked(one: &Sourced) -> Option<(String, String)> {
    let own = if one.object["kind"] == "Namespace" {
        one.object["metadata"]["name"].as_str().unwrap_or_default()
    } else {
        namespace(&one.object)
    };
    waypoint::asked(&one.object["metadata"]["labels"], own)
}

pub(super) fn analyze(world: &World<'_>, found: &mut Vec<Message>) {
    let mut used = BTreeSet::new();
    for (group, kind) in ASKING {
        for one in world.of_kind(group, kind) {
            let Some((place, name)) = asked(one) else { continue };
            match world.find(GATEWAY, "Gateway", &place, &name) {
                None => found.push(Message {
                    code: WAYPOINT_MISSING,
                    subject: Subject::of(one),
                    text: format!("it asks for the waypoint {place}/{name}, and there is no such Gateway"),
                }),
                Some(gateway) => {
                    if !waypoint::is_waypoint(&gateway.object) {
                        found.push(Message {
                            code: WAYPOINT_MISSING,
                            subject: Subject::of(one),
                            text: format!(
                                "it asks for the waypoint {place}/{name}, which is a Gateway of another class"
                            ),
                        });
                    }
                    used.insert((place, name));
                }
            }
        }
    }
    for gateway in world
        .of_kind(GATEWAY, "Gateway")
        .filter(|one| waypoint::is_waypoint(&one.object))
    {
        let key = (namespace(&gateway.object).to_owned(), gateway.key().3);
        if !used.contains(&key) {
            found.push(Message {
                code: WAYPOINT_UNUSED,
                subject: Subject::of(gateway),
                text: format!(
                    "nothing asks for this waypoint; label a namespace or service {USE_WAYPOINT}={}",
                    key.1
                ),
            });
        }
        not_programmed(gateway, found);
    }
    routes(world, found);
}

/// Only where there is a status: files have none.
fn not_programmed(gateway: &Sourced, found: &mut Vec<Message>) {
    if let Some(condition) = waypoint::programmed(&gateway.object).filter(|one| one["status"] == "False") {
        found.push(Message {
            code: NEGATIVE_CONDITION,
            subject: Subject::of(gateway),
            text: format!(
                "condition Programmed is False: {}",
                condition["message"].as_str().unwrap_or("no reason is given")
            ),
        });
    }
}

/// A route that is attached to a service acts only in a waypoint.
fn routes(world: &World<'_>, found: &mut Vec<Message>) {
    for kind in ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"] {
        for route in world.of_kind(GATEWAY, kind) {
            let home = namespace(&route.object);
            let parents = route.object["spec"]["parentRefs"]
                .as_array()
                .into_iter()
                .flatten();
            for parent in parents.filter(|one| one["kind"] == "Service") {
                let place = parent["namespace"].as_str().unwrap_or(home);
                let name = parent["name"].as_str().unwrap_or_default();
                if !has_waypoint(world, place, name) {
                    found.push(Message {
                        code: ROUTE_WITHOUT_WAYPOINT,
                        subject: Subject::of(route),
                        text: format!("service {place}/{name} has no waypoint, so the route has no effect on traffic within the mesh"),
                    });
                }
            }
        }
    }
}

fn has_waypoint(world: &World<'_>, place: &str, name: &str) -> bool {
    let service = world.find("", "Service", place, name);
    let own = service.and_then(|one| label(&one.object, USE_WAYPOINT));
    let inherited = || {
        world
            .namespace(place)
            .and_then(|one| label(&one.object, USE_WAYPOINT))
    };
    own.or_else(inherited)
        .is_some_and(|name| !name.is_empty() && name != NONE)
}
