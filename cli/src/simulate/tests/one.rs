//! The proxy and the CLI decide with the same functions, and neither has another.

use std::path::Path;

/// Every source file below a folder, but those of tests.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    all
}

fn of(folder: &str) -> Vec<(String, String)> {
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// The functions that decide: route, policy.
const DECIDERS: [&str; 3] = ["authz::decide(", "outbound::plan(", "inbound::plan("];

#[test]
fn proxy_and_simulation_call_the_same_deciders() {
    let mut simulation = of("src/simulate");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulate.rs");
    simulation.push((String::new(), std::fs::read_to_string(root).unwrap()));
    let proxy = of("../proxy-core/src");
    for call in DECIDERS {
        for (who, files) in [("the simulation", &simulation), ("the proxy", &proxy)] {
            assert!(
                files.iter().any(|(_, text)| text.contains(call)),
                "{who} does not call `{call}`"
            );
        }
    }
    // every function of those names is the one in these files
    for (file, text) in simulation.iter().chain(&proxy) {
        for (definition, home) in [
            ("pub fn decide(mesh: &MeshState", "authz.rs"),
            ("pub fn matches(policy: &Policy", "authz.rs"),
            ("pub fn plan(", "route/outbound.rs"),
        ] {
            let is_home =
                file.ends_with(home) || (home.starts_with("route") && file.ends_with("route/inbound.rs"));
            assert!(
                is_home || !text.contains(definition),
                "`{file}` has a `{definition}` of its own"
            );
        }
    }
}

/// The proxy opens nothing without a permit, and only the engine makes one.
#[test]
fn only_the_engine_permits() {
    for (file, text) in of("../proxy-core/src") {
        let is_engine = file.ends_with("proxy-core/src/authz.rs");
        assert!(
            is_engine || !text.contains("Permit(()"),
            "`{file}` permits by itself"
        );
    }
    let inbound = of("../proxy-core/src/datapath");
    assert!(
        inbound.iter().any(|(_, text)| text.contains("Permit")),
        "nobody asks for a permit"
    );
}

/// What an evaluation of terms would be written with is nowhere in the simulation.
#[test]
fn the_simulation_evaluates_no_terms() {
    for (file, text) in of("src/simulate") {
        for own in [
            ".starts_with(value",
            ".ends_with(value",
            "source_ips.holds",
            "principals.holds",
            "ports.holds",
        ] {
            assert!(
                !text.contains(own),
                "`{file}`: `{own}` evaluates terms a second time"
            );
        }
    }
}
