//! What is generated is committed, and equal to what the generators write now.
//! `UPDATE_GENERATED=1 cargo test --test generated` rewrites it.
//!
//! Completions and manual pages: the definition of the arguments → `completions/`.
//! Schemas of values: `manifests/charts/*/values.yaml` → `values.schema.json` beside it.
//! Applications of Argo CD: `meshctl install --export --format argocd` → `manifests/argocd/`.
//! Wire code: `proxy-core/wire/proto/*.proto` → `proxy-core/wire/src/gen/*.rs`, without `protoc`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "generated/values_schema.rs"]
mod values_schema;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The protos with messages or services of their own; what they import is found beside them.
const PROTOS: [&str; 5] = [
    "discovery.proto",
    "workload.proto",
    "authorization.proto",
    "ca.proto",
    "zds.proto",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder(path: &Path) -> BTreeMap<String, String> {
    fs::read_dir(path)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.is_file())
        .map(|file| {
            (
                file.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read_to_string(file).unwrap(),
            )
        })
        .collect()
}

/// Compares what was generated with a committed folder, or rewrites the folder if that was asked for.
#[track_caller]
fn check(committed: &Path, generated: &BTreeMap<String, String>) {
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(committed).unwrap();
        for stale in folder(committed)
            .keys()
            .filter(|name| !generated.contains_key(*name))
        {
            fs::remove_file(committed.join(stale)).unwrap();
        }
        for (name, text) in generated {
            fs::write(committed.join(name), text).unwrap();
        }
    }
    let held = folder(committed);
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&held),
        names(generated),
        "files of {}; UPDATE_GENERATED=1 rewrites",
        committed.display()
    );
    for (name, text) in generated {
        assert!(
            held[name] == *text,
            "{name} is out of date; UPDATE_GENERATED=1 rewrites it"
        );
    }
}

#[test]
fn wire_code_is_up_to_date() {
    let wire = root().join("proxy-core/wire");
    let descriptors = protox::compile(PROTOS, [wire.join("proto")]).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        .out_dir(scratch.path())
        .bytes(".")
        // equal content must be equal bytes on every replica (control-plane.md point 29)
        .btree_map(".istio.workload")
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)
        .unwrap();
    check(&wire.join("src/gen"), &folder(scratch.path()));
}

/// Completions: `meshctl completion SHELL` → `completions/`.
#[test]
fn completion_scripts_are_current() {
    use meshctl::commands::completion::Shell;
    use meshctl::completers::script;
    let files = [
        ("meshctl.bash", Shell::Bash),
        ("_meshctl", Shell::Zsh),
        ("meshctl.fish", Shell::Fish),
        ("_meshctl.ps1", Shell::Powershell),
    ];
    let generated = files
        .into_iter()
        .map(|(name, shell)| (name.to_owned(), script(shell)))
        .collect();
    check(&root().join("completions"), &generated);
}

/// Manual pages: `meshctl man --out` → `completions/man/`.
#[test]
fn manual_pages_are_current() {
    let pages = meshctl::commands::man::pages().unwrap();
    assert!(pages.len() > 50, "{} pages", pages.len());
    check(&root().join("completions/man"), &pages);
}

/// Applications: `meshctl install --export --format argocd` → `manifests/argocd/`.
#[test]
fn argo_cd_applications_are_current() {
    let scratch = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_meshctl"))
        .args(["install", "--export", "--format", "argocd", "--out"])
        .arg(scratch.path())
        .env_remove("KUBECONFIG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let applications = folder(&scratch.path().join("applications"));
    assert_eq!(applications.len(), 3);
    check(&root().join("manifests/argocd"), &applications);
}

/// Schemas of the charts' values: `values.yaml` → `values.schema.json`.
#[test]
fn schemas_of_values_are_current() {
    for (chart, prefix) in [
        ("base", "base"),
        ("istiod", "pilot"),
        ("cni", "cni"),
        ("ztunnel", "ztunnel"),
    ] {
        let folder = root().join("manifests/charts").join(chart);
        let schema = values_schema::generate(
            chart,
            prefix,
            &fs::read_to_string(folder.join("values.yaml")).unwrap(),
        );
        let path = folder.join("values.schema.json");
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(&path, &schema).unwrap();
        }
        let held = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            held == schema,
            "{} is out of date; UPDATE_GENERATED=1 rewrites it",
            path.display()
        );
    }
}
