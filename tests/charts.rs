//! Our rendering of the charts equals that of a real `helm template`, object for object, over many value sets.

#[path = "harness.rs"]
mod harness;
#[path = "charts/points.rs"]
mod points;
#[path = "charts/sets.rs"]
mod sets;

use harness::{Need, Suite, root};
use libtest_mimic::Failed;
use meshctl::argocd::Application;
use meshctl::install::chart::{Chart, Release};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};

const CHARTS: [&str; 4] = ["base", "istiod", "cni", "ztunnel"];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let sets = sets::value_sets();
    assert!(
        sets.len() >= 60,
        "at least 60 value sets are promised, there are {}",
        sets.len()
    );
    for (name, values) in sets {
        let test = format!("charts_render_as_helm_does_with_{name}");
        suite.test(&test, &[Need::Helm], move || {
            CHARTS.into_iter().try_for_each(|chart| compare(chart, &values))
        });
    }
    for (name, body) in points::POINTS {
        suite.test(name, &[], body);
    }
    suite.test(
        "cli_c24_argo_cds_own_schema_accepts_what_is_exported",
        &[ARGO],
        argo,
    );
    suite.run()
}

/// Argo CD's schemas as compiled validators, which `tests/tools` fetches.
const ARGO: Need = Need::Other(|| {
    let is_there = root()
        .join("target/tools/node/node_modules/@kubernetes-models/argo-cd")
        .is_dir();
    (!is_there).then(|| "needs Node and the schemas of Argo CD, which tests/tools fetches".to_owned())
});

/// Every application that is exported, with and without a repository for values, and the request to sync it.
fn argo() -> Result<(), Failed> {
    let scratch = tempfile::tempdir()?;
    let mut files = Vec::new();
    for (name, more) in [
        ("plain", &[][..]),
        (
            "repository",
            &[
                "--repo",
                "https://git.example/platform.git",
                "--sync-wave",
                "istiod=7",
            ],
        ),
    ] {
        let out = scratch.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_meshctl"))
            .args(["install", "--export", "--format", "argocd", "--out"])
            .arg(&out)
            .args(more)
            .env_remove("KUBECONFIG")
            .output()?;
        assert!(output.status.success(), "{output:?}");
        for entry in std::fs::read_dir(out.join("applications"))? {
            let text = std::fs::read_to_string(entry?.path())?;
            for mut document in meshctl::yaml::all_from_str(&text)? {
                let asked = Application::read(document.clone()).sync_operation(true);
                document["operation"] = asked["operation"].clone();
                files.push(document);
            }
        }
    }
    assert_eq!(files.len(), 8);
    // and one that Argo CD must not accept, or the validator would say yes to anything
    let mut broken = files[0].clone();
    broken["spec"]["destination"] = Value::from("nowhere");
    files.push(broken);
    let path = scratch.path().join("applications.json");
    std::fs::write(&path, Value::from(files).to_string())?;
    let output = Command::new("node")
        .arg(root().join("tests/charts/argo.cjs"))
        .arg(&path)
        .env("NODE_PATH", root().join("target/tools/node/node_modules"))
        .output()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let verdicts: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    for (at, verdict) in verdicts.iter().enumerate() {
        assert_eq!(verdict.is_null(), at < 8, "document {at}: {verdict}");
    }
    Ok(())
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
            .ok_or_else(|| format!("{chart}: helm refuses and we do not: {theirs}").into());
    }
    let theirs = meshctl::yaml::all_from_str(&String::from_utf8_lossy(&output.stdout))?;
    let ours = keyed(ours?.into_iter().map(|rendered| rendered.object));
    let theirs = keyed(theirs.into_iter().filter(|object| !object.is_null()));
    let names = |objects: &BTreeMap<String, Value>| objects.keys().cloned().collect::<Vec<_>>();
    if names(&ours) != names(&theirs) {
        return Err(format!(
            "{chart}: objects differ\nours:   {:?}\ntheirs: {:?}",
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
