//! What lints cannot hold: which crate may use which, pure files, sizes, module docs, where `unsafe` is,
//! and licences, bans and sources of everything that is linked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "tidy/licence.rs"]
mod licence;
#[path = "tidy/source.rs"]
mod source;

use source::{Source, sources};

/// Folders at the top; no seventh.
const FOLDERS: [&str; 6] = [
    "cli",
    "completions",
    "control-core",
    "manifests",
    "proxy-core",
    "tests",
];

/// Crate → crates of ours it may use → crates it never uses itself.
const ARROWS: [(&str, &[&str], &[&str]); 9] = [
    ("mesh-wire", &[], &["tokio", "kube", "hyper"]),
    ("mesh-sys", &[], &["kube", "k8s-openapi", "tonic"]),
    ("proxy-core", &["mesh-wire", "mesh-sys"], &["kube", "k8s-openapi"]),
    ("mesh-node", &["mesh-wire", "mesh-sys"], &["tonic"]),
    ("control-core", &["mesh-wire", "mesh-sys"], &["rtnetlink", "nix"]),
    ("mesh-kubeapi", &["mesh-wire", "mesh-sys"], &["kube", "clap"]),
    (
        "mesh-sandbox",
        &["mesh-kubeapi", "mesh-wire", "mesh-sys"],
        &["clap"],
    ),
    ("mesh-cluster", &["mesh-sandbox", "mesh-sys"], &["clap"]),
    (
        "meshctl",
        &[
            "control-core",
            "mesh-kubeapi",
            "mesh-node",
            "mesh-sandbox",
            "mesh-sys",
            "mesh-wire",
            "proxy-core",
        ],
        &[],
    ),
];

/// For tests alone: a real API to talk to.
const DEV_ARROWS: [(&str, &str); 6] = [
    ("control-core", "mesh-kubeapi"),
    // the harness asks who we are
    ("control-core", "nix"),
    ("mesh-node", "mesh-kubeapi"),
    // the benchmark captures pods with the real rules
    ("proxy-core", "mesh-node"),
    ("mesh-kubeapi", "kube"),
    ("meshctl", "mesh-cluster"),
];

/// One crate for each job, and nothing unsound; `deny.toml` says the same to cargo-deny.
const BANNED: [&str; 6] = [
    "ring",
    "openssl-sys",
    "native-tls",
    "serde_yaml",
    "serde_yml",
    "async-std",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

#[track_caller]
fn nothing(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Everything that is linked or run in a build: `name version`, its licence and where it comes from.
fn linked() -> BTreeMap<String, (String, String)> {
    // `cargo metadata` lists optional crates that no feature turns on; `cargo tree` knows better
    let format = "{p}|{l}";
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--locked",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        format,
    ]);
    let mut crates = BTreeMap::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('|').unwrap();
        let mut words = package.split_whitespace();
        let name = format!("{} {}", words.next().unwrap(), words.next().unwrap());
        let origin = words
            .find(|word| *word != "(proc-macro)")
            .unwrap_or_default()
            .to_owned();
        crates.insert(name, (licence.to_owned(), origin));
    }
    assert!(crates.len() > 200, "{} crates", crates.len());
    crates
}

#[test]
fn the_top_level_is_six_folders() {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().unwrap());
    let visible: BTreeSet<_> = names
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    let unknown: Vec<_> = visible
        .into_iter()
        .filter(|name| !FOLDERS.contains(&name.as_str()))
        .collect();
    nothing("a seventh folder", &unknown);
}

#[test]
fn crates_use_only_what_their_place_allows() {
    let text = cargo(&["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<_> = packages
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    let known: BTreeSet<_> = ARROWS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(ours, known, "a crate without a place");
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let (_, allowed, never) = ARROWS.iter().find(|(known, ..)| *known == name).unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            let in_tests = dependency["kind"] == "dev" && DEV_ARROWS.contains(&(name, used));
            let outside = ours.contains(used) && !allowed.contains(&used);
            if (outside || never.contains(&used)) && !in_tests {
                wrong.push(format!("{name} -> {used}"));
            }
        }
    }
    nothing("arrows that are not in ARCHITECTURE.md", &wrong);
}

#[test]
fn versions_stand_in_the_root_manifest() {
    let manifests = ["cli", "cli/kubeapi", "cli/sandbox", "control-core", "proxy-core"];
    let nested = [
        "proxy-core/node",
        "proxy-core/sys",
        "proxy-core/wire",
        "tests/cluster",
    ];
    let mut wrong = Vec::new();
    for folder in manifests.iter().chain(&nested) {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = text.split("\n[").filter(|part| part.contains("dependencies]"));
        for line in dependencies
            .flat_map(|part| part.lines().skip(1))
            .filter(|line| line.contains('='))
        {
            if !line.contains("workspace = true") {
                wrong.push(format!("{folder}: {line}"));
            }
        }
    }
    nothing("dependencies with a version of their own", &wrong);
}

#[test]
fn licences_are_those_that_we_accept() {
    let foreign = linked().into_iter().filter(|(_, (_, origin))| origin.is_empty());
    let refused: Vec<_> = foreign
        .filter(|(_, (text, _))| !licence::is_accepted(text))
        .map(|(name, (text, _))| format!("{name}: {text:?}"))
        .collect();
    nothing("licences", &refused);
}

#[test]
fn everything_comes_from_the_registry_and_nothing_is_banned() {
    let root = root().to_string_lossy().into_owned();
    let mut wrong = Vec::new();
    for (name, (_, origin)) in linked() {
        // registry crates show no origin, ours show their folder
        if !origin.is_empty() && !origin.trim_start_matches('(').starts_with(&root) {
            wrong.push(format!("{name} from {origin}"));
        }
        if BANNED.contains(&name.split(' ').next().unwrap()) {
            wrong.push(format!("{name} is banned"));
        }
    }
    nothing("bans and sources", &wrong);
    let deny = fs::read_to_string(self::root().join("deny.toml")).unwrap();
    for name in BANNED.iter().filter(|name| **name != "async-std") {
        assert!(
            deny.contains(&format!("crate = \"{name}\"")),
            "deny.toml does not ban {name}"
        );
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = sources().into_iter().filter(|file| !file.text.starts_with("//!"));
    nothing(
        "files without a module doc",
        &silent.map(|file| file.name).collect::<Vec<_>>(),
    );
}

#[test]
fn files_stay_readable() {
    let long = sources()
        .into_iter()
        .filter(|file| !file.is_test() && file.code().lines().count() > 500);
    let long: Vec<_> = long
        .map(|file| format!("{}: {} lines", file.name, file.code().lines().count()))
        .collect();
    nothing("files of more than 500 lines", &long);
}

#[test]
fn modules_are_files_named_for_them() {
    let named = sources()
        .into_iter()
        .filter(|file| file.name.ends_with("/mod.rs"));
    nothing("mod.rs", &named.map(|file| file.name).collect::<Vec<_>>());
}

#[test]
fn pure_files_touch_nothing_outside() {
    const OUTSIDE: [&str; 17] = [
        "tokio::",
        "std::fs",
        "std::env::",
        "std::process",
        "std::thread",
        "Instant::now",
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "rand::",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "hyper",
        "println!",
        "mesh_sys::",
    ];
    let pure: Vec<_> = sources().into_iter().filter(Source::is_pure).collect();
    assert!(pure.len() > 4, "{} pure files", pure.len());
    let mut wrong = Vec::new();
    for file in &pure {
        let code = file
            .code()
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for (number, line) in code.enumerate() {
            let found = OUTSIDE.iter().filter(|word| source::names(line, word));
            wrong.extend(found.map(|word| format!("{}: {word} near line {}", file.name, number + 1)));
        }
    }
    nothing("pure files that are not", &wrong);
}

#[test]
fn unsafe_is_in_one_crate_and_gives_its_reason() {
    let roots = ["/src/lib.rs", "/src/main.rs"];
    let (mut wrong, mut lines) = (Vec::new(), 0);
    for file in sources().iter().filter(|file| !file.name.starts_with("tests/")) {
        let in_sys = file.name.starts_with("proxy-core/sys/");
        let is_root = roots.iter().any(|root| file.name.ends_with(root)) || file.name.contains("/src/bin/");
        if is_root && !in_sys && !file.text.contains("#![forbid(unsafe_code)]") {
            wrong.push(format!("{} does not forbid unsafe code", file.name));
        }
        if in_sys {
            let blocks = file.unsafe_without_reason();
            wrong.extend(
                blocks
                    .into_iter()
                    .map(|line| format!("{}:{line} has no SAFETY comment", file.name)),
            );
            if file.has_unsafe() {
                lines += file.text.lines().count();
            }
        }
    }
    nothing("unsafe", &wrong);
    assert!(lines <= 1500, "{lines} lines in files with unsafe code");
}

#[test]
fn nothing_is_left_for_later_or_skipped() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
        concat!("#[should", "_panic"),
    ];
    let mut wrong = Vec::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            let found = words.iter().filter(|word| line.contains(*word));
            wrong.extend(found.map(|word| format!("{}:{} {word}", file.name, number + 1)));
        }
    }
    nothing("leftovers", &wrong);
}
