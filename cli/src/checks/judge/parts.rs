//! The parts of the mesh: whether they exist, run, and fit each other. (pure)

use crate::checks::facts::Facts;
use crate::checks::report::{Category, Outcome};
use crate::install::component::{label, meta};
use crate::install::ready;
use mesh_wire::well_known::name;
use serde_json::Value;

pub(super) fn existence(facts: &Facts) -> Category {
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
    super::platform::define(&mut category, facts);
    category
}

pub(super) fn workload(facts: &Facts, category: &'static str, name: &str, title: &str) -> Category {
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

pub(super) fn versions(facts: &Facts) -> Category {
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
