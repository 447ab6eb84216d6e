//! What the facts mean, category by category. (pure)

use super::facts::Facts;
use super::report::{Category, Outcome, Report};
use crate::enrolment::judge::State;
use crate::install::component::{label, meta};
use crate::install::ready;
use mesh_wire::well_known::{label as labels, name};
use serde_json::Value;

/// The oldest version of Kubernetes that is supported.
const OLDEST: u64 = 29;
/// The definitions without which policies cannot be written.
const NEEDED: [&str; 4] = [
    "authorizationpolicies.security.istio.io",
    "peerauthentications.security.istio.io",
    "serviceentries.networking.istio.io",
    "workloadentries.networking.istio.io",
];
/// A root that ends within so many days is to be replaced.
const ROOT_DAYS: i64 = 60;

/// Checks before an installation.
#[must_use]
pub fn before(facts: &Facts) -> Report {
    Report::new(vec![kubernetes(facts), plugins(facts), system_namespace(facts)])
}

/// Checks of an installation.
#[must_use]
pub fn installed(facts: &Facts, now: jiff::Timestamp) -> Report {
    let existence = existence(facts);
    let is_there = !existence.has_error();
    let mut categories = vec![kubernetes(facts), existence];
    // without its parts, what they do needs no check
    if is_there {
        categories.extend([
            workload(facts, "control-plane", "istiod", "the control plane"),
            identity(facts, now),
            webhooks(facts),
            workload(facts, "cni", name::NODE_AGENT, "the node agent"),
            workload(facts, "ztunnel", name::NODE_PROXY, "the node proxy"),
            versions(facts),
            plugins(facts),
            enrolment(facts),
            network_policies(facts),
        ]);
    }
    Report::new(categories)
}

/// Checks of the data plane, of one namespace or of all.
#[must_use]
pub fn data_plane(facts: &Facts) -> Report {
    Report::new(vec![
        workload(facts, "cni", name::NODE_AGENT, "the node agent"),
        workload(facts, "ztunnel", name::NODE_PROXY, "the node proxy"),
        enrolment(facts),
        network_policies(facts),
    ])
}

/// Checks of the definitions.
#[must_use]
pub fn definitions(facts: &Facts) -> Report {
    let mut category = Category::new("definitions");
    define(&mut category, facts);
    Report::new(vec![category])
}

fn kubernetes(facts: &Facts) -> Category {
    let mut category = Category::new("kubernetes-api");
    category.check("kubernetes-api", "can query the Kubernetes API", None);
    let version = &facts.target.kubernetes;
    let minor = version
        .trim_start_matches('v')
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse::<u64>().ok());
    let is_old = minor.is_some_and(|minor| minor < OLDEST);
    category.advise(
        "kubernetes-version",
        "Kubernetes is recent enough",
        is_old.then(|| format!("it is {version}; the oldest supported is 1.{OLDEST}")),
    );
    category
}

fn system_namespace(facts: &Facts) -> Category {
    let mut category = Category::new("system-namespace");
    let level = facts
        .namespace
        .as_ref()
        .and_then(|one| label(one, "pod-security.kubernetes.io/enforce"));
    category.check(
        "pod-security",
        "the system namespace admits node agent and node proxy",
        level.filter(|level| *level != "privileged").map(|level| {
            format!("namespace `{}` enforces the level `{level}`; label it pod-security.kubernetes.io/enforce=privileged", facts.system)
        }),
    );
    category
}

/// Settings of network plugins that are known to break the mesh.
fn plugins(facts: &Facts) -> Category {
    let mut category = Category::new("network-plugin");
    let setting = |key: &str| {
        facts
            .cilium
            .as_ref()
            .and_then(|map| map["data"].get(key))
            .and_then(Value::as_str)
    };
    let set = |key: &str, wrong: &str, why: &str| {
        (setting(key) == Some(wrong)).then(|| format!("kube-system/cilium-config has {key}={wrong}: {why}"))
    };
    category.check(
        "cilium-exclusive",
        "no network plugin removes the node agent's chained plugin",
        set(
            "cni-exclusive",
            "true",
            "it would remove the plugin again and again; set cni.exclusive=false",
        ),
    );
    category.check(
        "cilium-masquerade",
        "probes reach captured pods",
        set(
            "enable-bpf-masquerade",
            "true",
            "it drops probes from 169.254.7.127; set bpf.masquerade=false",
        ),
    );
    let is_strict =
        setting("kube-proxy-replacement") == Some("strict") || setting("bpf-lb-sock") == Some("true");
    let is_host_only = setting("bpf-lb-sock-hostns-only") == Some("true");
    category.check(
        "cilium-socket-lb",
        "service addresses reach the node proxy",
        (is_strict && !is_host_only).then(|| "the network plugin translates service addresses inside pods; set socketLB.hostNamespaceOnly=true".to_owned()),
    );
    category
}

fn define(category: &mut Category, facts: &Facts) {
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|needed| !facts.definitions.iter().any(|one| meta(one, "name") == *needed))
        .collect();
    category.check(
        "definitions",
        "the definitions of policies are there",
        (!missing.is_empty()).then(|| format!("missing: {}", missing.join(", "))),
    );
    let broken: Vec<String> = facts
        .definitions
        .iter()
        .filter_map(|one| Some(format!("{}: {}", meta(one, "name"), ready::blocker(one)?)))
        .collect();
    category.check(
        "definitions-established",
        "the definitions are established",
        (!broken.is_empty()).then(|| broken.join("\n")),
    );
}

fn existence(facts: &Facts) -> Category {
    let mut category = Category::new("control-plane-existence");
    let system = &facts.system;
    category.check(
        "namespace",
        "the system namespace exists",
        facts
            .namespace
            .is_none()
            .then(|| format!("there is no namespace `{system}`; is the mesh installed?")),
    );
    for (id, kind, name) in [
        ("istiod-exists", "Deployment", "istiod"),
        ("cni-exists", "DaemonSet", name::NODE_AGENT),
        ("ztunnel-exists", "DaemonSet", name::NODE_PROXY),
    ] {
        let is_there = facts.workloads.iter().any(|one| {
            one["kind"] == kind
                && (meta(one, "name") == name || (name == "istiod" && label(one, "app") == Some("istiod")))
        });
        let problem = (!is_there).then(|| format!("there is no {kind} `{name}` in namespace `{system}`"));
        category.check(id, &format!("{kind} {name} exists"), problem);
    }
    define(&mut category, facts);
    category
}

fn workload(facts: &Facts, category: &'static str, name: &str, title: &str) -> Category {
    let mut found = Category::new(category);
    let Some(workload) = facts.find_workload(name) else {
        found.check(
            "workload",
            &format!("{title} exists"),
            Some(format!("there is no `{name}`")),
        );
        return found;
    };
    let problem = ready::blocker(workload).map(|why| {
        let reasons: Vec<String> = facts.pods_of(workload).filter_map(ready::pod_blocker).collect();
        std::iter::once(why).chain(reasons).collect::<Vec<_>>().join("\n")
    });
    let is_final = facts.pods_of(workload).any(ready::is_hopeless);
    found.check("workload-ready", &format!("{title} is ready everywhere"), problem);
    if let Some(check) = found
        .checks
        .last_mut()
        .filter(|check| check.result == Outcome::Error)
    {
        check.is_final = is_final;
    }
    let restarts: Vec<String> = facts.pods_of(workload).filter_map(restarted).collect();
    found.advise(
        "restarts",
        &format!("{title} does not restart"),
        (!restarts.is_empty()).then(|| restarts.join("\n")),
    );
    found
}

fn restarted(pod: &Value) -> Option<String> {
    let statuses = pod["status"]["containerStatuses"].as_array()?;
    let restarts = statuses
        .iter()
        .filter_map(|one| one["restartCount"].as_u64())
        .max()?;
    (restarts > 3).then(|| format!("pod {} has restarted {restarts} times", meta(pod, "name")))
}

fn identity(facts: &Facts, now: jiff::Timestamp) -> Category {
    let mut category = Category::new("identity");
    let pem = facts
        .root
        .as_ref()
        .and_then(|map| map["data"]["root-cert.pem"].as_str());
    category.check(
        "root",
        "the root of identities is published",
        pem.is_none().then(|| {
            format!(
                "there is no ConfigMap `{}/istio-ca-root-cert` with a root",
                facts.system
            )
        }),
    );
    if let Some(pem) = pem {
        match root_days(pem, now) {
            Ok(days) => {
                category.check(
                    "root-valid",
                    "the root is valid",
                    (days <= 0).then(|| format!("it ended {} days ago", -days)),
                );
                let is_short = days > 0 && days < ROOT_DAYS;
                category.advise(
                    "root-lasts",
                    &format!("the root is valid for at least {ROOT_DAYS} days"),
                    is_short.then(|| format!("it ends in {days} days")),
                );
            }
            Err(why) => category.check("root-valid", "the root is valid", Some(why)),
        }
    }
    category
}

/// How many days the root that ends first is valid.
fn root_days(pem: &str, now: jiff::Timestamp) -> Result<i64, String> {
    let mut shortest: Option<i64> = None;
    for block in x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes()) {
        let block = block.map_err(|error| format!("it cannot be read: {error}"))?;
        let certificate = block
            .parse_x509()
            .map_err(|error| format!("it cannot be read: {error}"))?;
        let left = certificate.validity().not_after.timestamp() - now.as_second();
        let days = left.div_euclid(86_400);
        shortest = Some(shortest.map_or(days, |known| known.min(days)));
    }
    shortest.ok_or_else(|| "it holds no certificate".to_owned())
}

fn webhooks(facts: &Facts) -> Category {
    let mut category = Category::new("webhooks");
    let unsigned: Vec<&str> = facts
        .webhooks
        .iter()
        .filter(|one| {
            let hooks = one["webhooks"].as_array().into_iter().flatten();
            hooks.into_iter().any(|hook| {
                hook["clientConfig"]["caBundle"]
                    .as_str()
                    .is_none_or(str::is_empty)
            })
        })
        .map(|one| meta(one, "name"))
        .collect();
    category.check(
        "webhook-bundle",
        "validation is trusted by the API server",
        (!unsigned.is_empty()).then(|| {
            format!(
                "no bundle yet in {}; the control plane writes it",
                unsigned.join(", ")
            )
        }),
    );
    category
}

fn versions(facts: &Facts) -> Category {
    let mut category = Category::new("version-skew");
    let image = |workload: &Value| {
        let image = workload["spec"]["template"]["spec"]["containers"][0]["image"].as_str()?;
        image.rsplit_once(':').map(|(_, tag)| tag.to_owned())
    };
    let tags: Vec<(String, String)> = ["istiod", name::NODE_AGENT, name::NODE_PROXY]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), image(facts.find_workload(name)?)?)))
        .collect();
    let differs = tags
        .iter()
        .any(|(_, tag)| Some(tag) != tags.first().map(|(_, tag)| tag));
    category.advise(
        "same-version",
        "all parts have the same version",
        differs.then(|| {
            tags.iter()
                .map(|(name, tag)| format!("{name} is {tag}"))
                .collect::<Vec<_>>()
                .join(", ")
        }),
    );
    category
}

fn enrolment(facts: &Facts) -> Category {
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
fn network_policies(facts: &Facts) -> Category {
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
    use crate::enrolment::facts::NamespaceRow;
    use serde_json::json;

    fn ids(report: &Report, outcome: Outcome) -> Vec<&'static str> {
        let checks = report.categories.iter().flat_map(|category| &category.checks);
        checks
            .filter(|check| check.result == outcome)
            .map(|check| check.id)
            .collect()
    }

    #[test]
    fn an_empty_cluster_lacks_everything_and_nothing_else_is_asked() {
        let report = installed(&Facts::default(), jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(
            ids(&report, Outcome::Error),
            [
                "namespace",
                "istiod-exists",
                "cni-exists",
                "ztunnel-exists",
                "definitions"
            ]
        );
        assert_eq!(report.categories.len(), 2);
        assert!(before(&Facts::default()).success);
    }

    #[test]
    fn settings_that_break_the_mesh_are_errors() {
        let facts = Facts {
            cilium: Some(
                json!({"data": {"cni-exclusive": "true", "enable-bpf-masquerade": "true", "bpf-lb-sock": "true"}}),
            ),
            namespace: Some(
                json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}),
            ),
            ..Facts::default()
        };
        let report = before(&facts);
        assert_eq!(
            ids(&report, Outcome::Error),
            [
                "cilium-exclusive",
                "cilium-masquerade",
                "cilium-socket-lb",
                "pod-security"
            ]
        );
    }

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

    #[test]
    fn an_unknown_mode_is_advised_about() {
        let mut facts = Facts::default();
        facts.enrolment.namespaces.push(NamespaceRow {
            name: "shop".to_owned(),
            labels: [(labels::DATAPLANE_MODE.to_owned(), "Ambient".to_owned())].into(),
            pods: Vec::new(),
        });
        let report = data_plane(&facts);
        assert_eq!(ids(&report, Outcome::Warning), ["label-values"]);
    }
}
