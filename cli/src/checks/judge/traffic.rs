//! Whether traffic is captured, and whether anything cuts it. (pure)

use crate::checks::facts::Facts;
use crate::checks::report::Category;
use crate::enrolment::judge::State;
use crate::install::component::meta;
use mesh_wire::well_known::label as labels;
use serde_json::Value;

pub(super) fn enrolment(facts: &Facts) -> Category {
    let mut category = Category::new("enrolment");
    let pods = || {
        facts
            .enrolment
            .namespaces
            .iter()
            .flat_map(|namespace| &namespace.pods)
    };
    let named = |wanted: fn(State) -> bool| {
        let found: Vec<String> = pods()
            .filter(|pod| wanted(pod.state))
            .map(|pod| format!("{}/{}: {}", pod.facts.namespace, pod.facts.name, pod.state))
            .collect();
        (!found.is_empty()).then(|| found.join("\n"))
    };
    category.check(
        "captured",
        "every enrolled pod is captured",
        named(|state| matches!(state, State::Missing | State::Pending(_))),
    );
    category.check(
        "redirected",
        "no pod only claims to be captured",
        named(|state| state == State::Stale),
    );
    category.check(
        "released",
        "no pod outside is still redirected",
        named(|state| state == State::Leaving),
    );
    category.advise(
        "answers",
        "every node proxy and node agent answers",
        (!facts.enrolment.silent.is_empty()).then(|| facts.enrolment.silent.join("\n")),
    );
    let odd: Vec<String> = facts
        .enrolment
        .namespaces
        .iter()
        .filter_map(|namespace| {
            let mode = namespace.labels.get(labels::DATAPLANE_MODE)?;
            (mode != labels::AMBIENT && mode != labels::NONE).then(|| {
                format!(
                    "namespace {}: {}={mode} has no effect",
                    namespace.name,
                    labels::DATAPLANE_MODE
                )
            })
        })
        .collect();
    category.advise(
        "label-values",
        "every mode label has a known value",
        (!odd.is_empty()).then(|| odd.join("\n")),
    );
    category
}

/// Policies of enrolled namespaces that let application ports in, but not the tunnel's.
pub(super) fn network_policies(facts: &Facts) -> Category {
    let mut category = Category::new("network-policy");
    let enrolled: Vec<&str> = facts
        .enrolment
        .namespaces
        .iter()
        .filter(|namespace| {
            namespace
                .labels
                .get(labels::DATAPLANE_MODE)
                .is_some_and(|mode| mode == labels::AMBIENT)
        })
        .map(|namespace| namespace.name.as_str())
        .collect();
    let blocking: Vec<String> = facts
        .policies
        .iter()
        .filter(|policy| enrolled.contains(&meta(policy, "namespace")) && blocks_tunnel(policy))
        .map(|policy| {
            format!(
                "{}/{} allows ports of applications, but not TCP 15008",
                meta(policy, "namespace"),
                meta(policy, "name")
            )
        })
        .collect();
    category.advise(
        "tunnel-port",
        "network policies let tunnels in",
        (!blocking.is_empty()).then(|| blocking.join("\n")),
    );
    category
}

/// Whether every ingress rule with TCP ports leaves out the tunnel's port (`spec/enrolment.md` 6.2).
fn blocks_tunnel(policy: &Value) -> bool {
    let rules: Vec<&Value> = policy["spec"]["ingress"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let ports = |rule: &Value| rule["ports"].as_array().cloned().unwrap_or_default();
    let is_tcp = |port: &&Value| port["protocol"].as_str().is_none_or(|protocol| protocol == "TCP");
    let tcp: Vec<Vec<Value>> = rules
        .iter()
        .map(|rule| ports(rule))
        .filter(|ports| ports.is_empty() || ports.iter().any(|port| is_tcp(&port)))
        .collect();
    !tcp.is_empty()
        && tcp
            .iter()
            .all(|ports| !ports.is_empty() && !ports.iter().filter(is_tcp).any(covers_tunnel))
}

fn covers_tunnel(port: &Value) -> bool {
    let hbone = u64::from(mesh_wire::well_known::port::HBONE);
    match (port.get("port"), port["endPort"].as_u64()) {
        (None | Some(Value::Null), _) => true,
        (Some(first), end) => first
            .as_u64()
            .is_some_and(|first| first <= hbone && hbone <= end.unwrap_or(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn enrolment_c13_ports_are_judged_as_the_network_layer_judges_them() {
        let policy = |rules: Value| json!({"spec": {"ingress": rules}});
        let blocks = [
            json!([{"ports": [{"port": 8080}]}]),
            json!([{"ports": [{"port": "http", "protocol": "TCP"}]}]),
            json!([{"ports": [{"port": 1, "endPort": 15007}]}]),
        ];
        let passes = [
            json!([]),
            json!([{}]),
            json!([{"ports": [{"port": 53, "protocol": "UDP"}]}]),
            json!([{"ports": [{"port": 8080}, {"port": 15008}]}]),
            json!([{"ports": [{"port": 15000, "endPort": 15010}]}]),
            json!([{"ports": [{"protocol": "TCP"}]}]),
        ];
        for rules in blocks {
            assert!(blocks_tunnel(&policy(rules.clone())), "{rules}");
        }
        for rules in passes {
            assert!(!blocks_tunnel(&policy(rules.clone())), "{rules}");
        }
    }
}
