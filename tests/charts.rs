//! Our rendering of the charts equals that of a real `helm template`, object for object, over many value sets.

#[path = "harness.rs"]
mod harness;

use harness::{Need, Suite};
use libtest_mimic::Failed;
use meshctl::install::chart::{Chart, Release};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};

const CHARTS: [&str; 4] = ["base", "istiod", "cni", "ztunnel"];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for chart in CHARTS {
        for (name, values) in value_sets() {
            let test = format!("{chart}_renders_as_helm_does_with_{name}");
            suite.test(&test, &[Need::Helm], move || compare(chart, &values));
        }
    }
    suite.run()
}

/// What people set. Every set goes to every chart: one values file serves all four.
fn value_sets() -> Vec<(&'static str, Value)> {
    vec![
        ("nothing", json!({})),
        ("the_ambient_profile", json!({"profile": "ambient"})),
        (
            "a_revision",
            json!({"revision": "canary", "defaultRevision": "canary"}),
        ),
        (
            "a_hub_and_tag",
            json!({"global": {"hub": "example.org/mesh", "tag": "1.2.3", "variant": "debug"}}),
        ),
        (
            "a_whole_image",
            json!({"image": "example.org/other:9", "pilot": {"image": "example.org/pilot:8"}}),
        ),
        (
            "network_policies",
            json!({"global": {"networkPolicy": {"enabled": true}}}),
        ),
        (
            "cluster_scope",
            json!({"global": {"resourceScope": "cluster"}, "resourceScope": "cluster"}),
        ),
        (
            "namespace_scope",
            json!({"global": {"resourceScope": "namespace"}, "resourceScope": "namespace"}),
        ),
        ("a_platform", json!({"global": {"platform": "k3s"}})),
        (
            "prefixed_values",
            json!({"pilot": {"autoscaleMin": 2}, "cni": {"cniBinDir": "/x"}, "global": {"network": "n1"}}),
        ),
        (
            "plain_values",
            json!({"autoscaleEnabled": false, "replicaCount": 3, "cniBinDir": "/y", "network": "n2"}),
        ),
        (
            "resources",
            json!({"resources": {"requests": {"cpu": "1m", "memory": "2Mi"}, "limits": {"memory": "64Mi"}}}),
        ),
        (
            "environment",
            json!({"env": {"A": "b", "N": 5, "T": true}, "pilot": {"env": {"PILOT_X": "y"}}}),
        ),
        (
            "mesh_config",
            json!({"meshConfig": {"trustDomain": "td", "defaultConfig": {"proxyMetadata": {"K": "v"}}}}),
        ),
        (
            "placement",
            json!({"nodeSelector": {"a": "b"}, "tolerations": [{"key": "k", "operator": "Exists"}], "affinity": {"nodeAffinity": {}}}),
        ),
        (
            "labels_and_annotations",
            json!({"podLabels": {"l": "1"}, "podAnnotations": {"a": "yes"}, "labels": {"x": "on"}, "annotations": {"y": "1_000"}}),
        ),
        (
            "logging",
            json!({"global": {"logging": {"level": "default:debug"}, "logAsJson": true}, "logLevel": "debug", "logAsJson": true}),
        ),
        (
            "quotas_and_secrets",
            json!({"resourceQuotas": {"enabled": true, "pods": 10}, "global": {"imagePullSecrets": ["one", "two"]}, "imagePullSecrets": ["three"]}),
        ),
    ]
}

fn compare(chart: &str, values: &Value) -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../manifests/charts")
        .join(chart);
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), values.to_string())?;
    let output = Command::new("helm")
        .args([
            "template",
            "release",
            "--namespace",
            "istio-system",
            "--kube-version",
            "v1.33.1",
            "--values",
        ])
        .arg(file.path())
        .arg(&folder)
        .output()?;
    let release = Release {
        name: "release".to_owned(),
        namespace: "istio-system".to_owned(),
        is_upgrade: false,
        kubernetes: "v1.33.1".to_owned(),
        api_versions: BTreeSet::from(["v1".to_owned(), "apps/v1".to_owned(), "policy/v1".to_owned()]),
    };
    let ours = Chart::embedded(chart)?.render(values, &release);
    if !output.status.success() {
        // what helm refuses must be refused here too
        let theirs = String::from_utf8_lossy(&output.stderr).into_owned();
        return ours
            .err()
            .map(drop)
            .ok_or_else(|| format!("helm refuses and we do not: {theirs}").into());
    }
    let theirs = meshctl::yaml::all_from_str(&String::from_utf8_lossy(&output.stdout))?;
    let ours = keyed(ours?.into_iter().map(|rendered| rendered.object));
    let theirs = keyed(theirs.into_iter().filter(|object| !object.is_null()));
    let names = |objects: &BTreeMap<String, Value>| objects.keys().cloned().collect::<Vec<_>>();
    if names(&ours) != names(&theirs) {
        return Err(format!(
            "objects differ\nours:   {:?}\ntheirs: {:?}",
            names(&ours),
            names(&theirs)
        )
        .into());
    }
    for (key, ours) in &ours {
        if *ours != theirs[key] {
            return Err(format!("{key} differs\nours:   {ours}\ntheirs: {}", theirs[key]).into());
        }
    }
    Ok(())
}

fn keyed(objects: impl Iterator<Item = Value>) -> BTreeMap<String, Value> {
    let key = |object: &Value| {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        format!(
            "{} {}/{}",
            text("/kind"),
            text("/metadata/namespace"),
            text("/metadata/name")
        )
    };
    objects.map(|object| (key(&object), object)).collect()
}
