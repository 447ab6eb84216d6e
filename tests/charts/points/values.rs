//! What values come to: layers, spellings, profiles, platforms, versions.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every point has the type of those that can fail"
)]

use super::{all, container, find, key, release, render, try_render, variables};
use crate::CHARTS;
use libtest_mimic::Failed;
use meshctl::install::chart::Chart;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) fn one_file() -> Result<(), Failed> {
    let values = json!({
        "profile": "ambient",
        "global": {"hub": "registry.example/mesh", "tag": "9", "logging": {"level": "default:debug"}},
        "cni": {"cniBinDir": "/bins"}, "pilot": {"env": {"A": "b"}},
    });
    let objects = all(&values);
    for (kind, name) in [
        ("Deployment", "istiod"),
        ("DaemonSet", "istio-cni-node"),
        ("DaemonSet", "ztunnel"),
    ] {
        let image = container(find(&objects, kind, name))["image"]
            .as_str()
            .unwrap_or_default();
        assert!(
            image.starts_with("registry.example/mesh/") && image.ends_with(":9"),
            "{image}"
        );
    }
    assert_eq!(variables(find(&objects, "Deployment", "istiod"))["A"], "b");
    Ok(())
}

pub(super) fn unknown() -> Result<(), Failed> {
    for key in ["profile", "platform", "compatibilityVersion"] {
        for chart in CHARTS {
            match try_render(chart, &json!({key: "nowhere-9"})) {
                Ok(_) => return Err(format!("{chart} renders with an unknown {key}").into()),
                Err(why) => assert!(why.contains("nowhere-9"), "{chart} {key}: {why}"),
            }
        }
    }
    Ok(())
}

/// The node's folder of plugins, as the agent's pod mounts it.
fn folders(values: &Value) -> BTreeMap<String, String> {
    let objects = render("cni", values);
    let volumes = &find(&objects, "DaemonSet", "istio-cni-node")["spec"]["template"]["spec"]["volumes"];
    let volume = |one: &Value| {
        Some((
            one["name"].as_str()?.to_owned(),
            one["hostPath"]["path"].as_str()?.to_owned(),
        ))
    };
    volumes
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(volume)
        .collect()
}

pub(super) fn spellings() -> Result<(), Failed> {
    let platform = json!({"global": {"platform": "k3s"}});
    assert!(folders(&platform)["cni-bin-dir"].contains("rancher"));
    for values in [
        json!({"global": {"platform": "k3s"}, "cniBinDir": "/mine"}),
        json!({"global": {"platform": "k3s"}, "cni": {"cniBinDir": "/mine"}}),
    ] {
        assert_eq!(folders(&values)["cni-bin-dir"], "/mine", "{values}");
    }
    Ok(())
}

pub(super) fn scopes() -> Result<(), Failed> {
    let keys = |scope: &str, chart: &str| -> BTreeSet<String> {
        let values = json!({"global": {"resourceScope": scope, "networkPolicy": {"enabled": true}}, "resourceScope": scope});
        render(chart, &values).iter().map(key).collect()
    };
    for chart in CHARTS {
        let (cluster, namespace) = (keys("cluster", chart), keys("namespace", chart));
        assert!(cluster.is_disjoint(&namespace), "{chart}");
        let both: BTreeSet<String> = cluster.union(&namespace).cloned().collect();
        assert_eq!(both, keys("all", chart), "{chart}");
        assert!(
            cluster.iter().all(|key| key.contains("/null/")),
            "{chart}: {cluster:?}"
        );
        assert!(
            namespace.iter().all(|key| !key.contains("/null/")),
            "{chart}: {namespace:?}"
        );
    }
    Ok(())
}

pub(super) fn upgrade() -> Result<(), Failed> {
    for chart in CHARTS {
        let render = |is_upgrade| -> Result<Vec<Value>, Failed> {
            let rendered = Chart::embedded(chart)?.render(&json!({}), &release(is_upgrade))?;
            Ok(rendered.into_iter().map(|one| one.object).collect())
        };
        assert_eq!(render(true)?, render(false)?, "{chart}");
    }
    Ok(())
}

pub(super) fn stable() -> Result<(), Failed> {
    let values = json!({"pilot": {"env": {"PILOT_ENABLE_AMBIENT": "true"}}, "env": {"ISTIO_META_ENABLE_HBONE": "true"}});
    for values in [json!({}), values] {
        let objects = all(&values);
        assert_eq!(objects, all(&values));
        for object in objects
            .iter()
            .filter(|object| object["spec"].get("template").is_some())
        {
            let list = container(object)["env"].as_array().into_iter().flatten();
            let names: Vec<&str> = list.filter_map(|one| one["name"].as_str()).collect();
            let unique: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(names.len(), unique.len(), "{}: {names:?}", key(object));
        }
    }
    Ok(())
}

/// The pod template of a chart's DaemonSet, of a copy in which the chart has another version.
fn template_of_version(chart: &str, version: &str) -> Result<Value, Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../manifests/charts")
        .join(chart);
    let scratch = tempfile::tempdir()?;
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let target = scratch.path().join(path.strip_prefix(&source)?);
            if path.is_dir() {
                std::fs::create_dir_all(&target)?;
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let own = format!("version: {}", env!("CARGO_PKG_VERSION"));
            let is_about = path.ends_with("Chart.yaml");
            assert!(!is_about || text.lines().any(|line| line == own), "{text}");
            let lines = text.lines().map(|line| {
                if is_about && line == own {
                    format!("version: {version}")
                } else {
                    line.to_owned()
                }
            });
            std::fs::write(target, lines.map(|line| line + "\n").collect::<String>())?;
        }
    }
    let rendered = Chart::read(scratch.path())?.render(&json!({"tag": "1"}), &release(false))?;
    let objects: Vec<Value> = rendered.into_iter().map(|one| one.object).collect();
    let one = objects.iter().find(|object| object["kind"] == "DaemonSet");
    Ok(one.ok_or("no DaemonSet")?["spec"]["template"].clone())
}

pub(super) fn version() -> Result<(), Failed> {
    for chart in ["cni", "ztunnel"] {
        let own = template_of_version(chart, env!("CARGO_PKG_VERSION"))?;
        assert_eq!(own, template_of_version(chart, "9.9.9")?, "{chart}");
    }
    Ok(())
}

pub(super) fn environment() -> Result<(), Failed> {
    let template = |values: Value| {
        let objects = render("cni", &values);
        find(&objects, "DaemonSet", "istio-cni-node")["spec"]["template"].clone()
    };
    assert_ne!(template(json!({})), template(json!({"cni": {"env": {"A": "b"}}})));
    assert_ne!(
        template(json!({})),
        template(json!({"cni": {"ambient": {"ipv6": false}}}))
    );
    Ok(())
}

pub(super) fn platforms() -> Result<(), Failed> {
    let of = |platform: &str| folders(&json!({"global": {"platform": platform}}));
    let conf = "/var/lib/rancher/k3s/agent/etc/cni/net.d";
    assert_eq!(
        (&*of("k3s")["cni-bin-dir"], &*of("k3s")["cni-net-dir"]),
        ("/var/lib/rancher/k3s/data/cni", conf)
    );
    assert_eq!(
        (&*of("k3d")["cni-bin-dir"], &*of("k3d")["cni-net-dir"]),
        ("/bin", conf)
    );
    let micro = of("microk8s");
    assert_eq!(micro["cni-bin-dir"], "/var/snap/microk8s/current/opt/cni/bin");
    assert_eq!(
        micro["cni-net-dir"],
        "/var/snap/microk8s/current/args/cni-network"
    );
    assert_eq!(of("minikube")["cni-netns-dir"], "/var/run/docker/netns");
    let shift = of("openshift");
    assert_eq!(
        (&*shift["cni-bin-dir"], &*shift["cni-net-dir"]),
        ("/var/lib/cni/bin", "/etc/cni/multus/net.d")
    );
    // found on the node by the agent, so that nothing fixed is mounted as the place of plugins
    let gke = render("cni", &json!({"global": {"platform": "gke"}}));
    assert!(!gke.is_empty());
    Ok(())
}

pub(super) fn quotas() -> Result<(), Failed> {
    let objects = all(&json!({"global": {"platform": "gke"}}));
    let quotas: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == "ResourceQuota")
        .collect();
    assert_eq!(quotas.len(), 2);
    for quota in quotas {
        assert_eq!(
            quota["spec"]["hard"]["pods"].to_string().trim_matches('"'),
            "5000"
        );
        let scope = &quota["spec"]["scopeSelector"]["matchExpressions"][0];
        assert_eq!(scope["values"], json!(["system-node-critical"]));
    }
    Ok(())
}

pub(super) fn half() -> Result<(), Failed> {
    for chart in CHARTS {
        let ambient = render(chart, &json!({"profile": "ambient"}));
        for profile in ["default", "empty", "preview", "stable"] {
            // scaling and limits may differ; what makes a mesh ambient may not
            let other = render(chart, &json!({"profile": profile}));
            for object in ambient
                .iter()
                .filter(|object| object["spec"].get("template").is_some())
            {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let twin = find(&other, object["kind"].as_str().unwrap_or_default(), name);
                assert_eq!(variables(object), variables(twin), "{chart} {profile}");
            }
            for map in ambient.iter().filter(|object| object["kind"] == "ConfigMap") {
                let twin = find(
                    &other,
                    "ConfigMap",
                    map["metadata"]["name"].as_str().unwrap_or_default(),
                );
                assert_eq!(map["data"], twin["data"], "{chart} {profile}");
            }
        }
    }
    Ok(())
}
