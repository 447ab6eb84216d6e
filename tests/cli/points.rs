//! Numbered points of the CLI's contract that only the whole program can hold.

use crate::world::World;
use mesh_kubeapi::testing::TestServer;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_meshctl");
const FIXTURES: &str = "../tests/fixtures";

/// Runs a line with an empty home, no kubeconfig, nobody to ask, and a terminal's variables although there is none.
fn run(line: &str, kubeconfig: &str) -> Output {
    let words = line.replace("FIXTURES", FIXTURES);
    Command::new(PROGRAM)
        .args(words.split_whitespace())
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("TERM", "xterm-256color")
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// Commands that need no cluster, and the code that each ends with.
const OFFLINE: [(&str, i32); 17] = [
    ("version --remote=false", 0),
    ("completion zsh", 0),
    ("man", 0),
    ("schema", 0),
    ("config list", 0),
    ("zc workloads -f FIXTURES/ztunnel/config_dump.json", 0),
    ("zc all -f FIXTURES/ztunnel/config_dump.json", 0),
    ("validate -f FIXTURES/mesh", 0),
    ("validate -f FIXTURES/bad-policies.yaml", 1),
    ("analyze --use-kube=false FIXTURES/analyze.yaml", 79),
    (
        "authz simulate --from shop/web --to api.shop:80 -f FIXTURES/mesh",
        0,
    ),
    ("authz coverage -f FIXTURES/mesh", 0),
    ("ci FIXTURES/mesh --tests FIXTURES/authz/wrong.yaml", 80),
    ("xds dump -f FIXTURES/mesh", 0),
    (
        "snapshot diff FIXTURES/snapshot/before.json FIXTURES/snapshot/after.json",
        1,
    ),
    ("waypoint generate", 0),
    ("manifest generate", 0),
];

#[test]
fn cli_c11_offline_commands_need_neither_home_nor_kubeconfig() {
    for (line, code) in OFFLINE {
        let output = run(line, "");
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
        assert!(!texts(&output).1.contains("kubeconfig"), "{line}");
    }
}

#[test]
fn cli_c12_documents_are_pure_and_nothing_is_coloured_off_a_terminal() {
    for (line, _) in OFFLINE {
        let (stdout, stderr) = texts(&run(line, ""));
        assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "{line}");
    }
    // on success, with findings, on failure
    for (line, has_document) in [
        ("zc services -f FIXTURES/ztunnel/config_dump.json", true),
        ("analyze --use-kube=false FIXTURES/analyze.yaml", true),
        ("ci FIXTURES/mesh --tests FIXTURES/authz/wrong.yaml", true),
        ("authz test FIXTURES/authz/wrong.yaml -f FIXTURES/mesh", true),
        ("report mtls -f FIXTURES/ztunnel/metrics.txt", true),
        ("ns list", false),
        ("zc workloads -f /nonexistent", false),
        ("describe pod web.shop", false),
    ] {
        let (json, _) = texts(&run(&format!("{line} -o json"), ""));
        let (yaml, _) = texts(&run(&format!("{line} -o yaml"), ""));
        if has_document {
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
            meshctl::yaml::from_str(&yaml).unwrap();
        } else {
            assert_eq!((json.as_str(), yaml.as_str()), ("", ""), "{line}");
        }
    }
}

#[test]
fn cli_c13_the_exit_code_is_the_same_in_every_format() {
    for (line, code, formats) in [
        (
            "analyze --use-kube=false FIXTURES/analyze.yaml",
            79,
            "log json yaml jsonpath={..code}",
        ),
        (
            "authz test FIXTURES/authz/wrong.yaml -f FIXTURES/mesh",
            80,
            "table json yaml junit",
        ),
        (
            "ci FIXTURES/analyze.yaml",
            79,
            "table json yaml junit sarif markdown",
        ),
        (
            "snapshot diff FIXTURES/snapshot/before.json FIXTURES/snapshot/after.json",
            1,
            "table wide name json yaml",
        ),
        (
            "report mtls --strict -f FIXTURES/ztunnel/metrics.txt",
            1,
            "table json yaml markdown html",
        ),
        ("zc policies -f ../tests/cli.rs", 65, "table wide name json yaml"),
        ("ns status", 1, "table wide name json yaml"),
    ] {
        for format in formats.split(' ') {
            let output = run(&format!("{line} -o {format}"), "");
            assert_eq!(output.status.code(), Some(code), "{line} -o {format}: {output:?}");
        }
    }
}

/// A server for the length of `test`, which is given a kubeconfig for it.
fn with_cluster(test: impl FnOnce(&str)) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::start()).unwrap();
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(kubeconfig.path(), &server.kubeconfig).unwrap();
    test(&kubeconfig.path().display().to_string());
    runtime.block_on(server.shutdown());
}

#[test]
fn cli_c26_a_403_names_the_missing_verb_and_resource() {
    with_cluster(|kubeconfig| {
        let output = run("--as nobody top", kubeconfig);
        let (_, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr.contains(r#"cannot list resource "pods""#), "{stderr}");
    });
}

#[test]
fn cli_c27_without_a_terminal_and_without_y_nothing_is_changed() {
    with_cluster(|kubeconfig| {
        let refused = run("ns enroll default --force --wait=false", kubeconfig);
        assert_eq!(refused.status.code(), Some(64), "{refused:?}");
        assert!(texts(&refused).1.contains("refusing to change anything"));
        let mode = "ns list -A -l kubernetes.io/metadata.name=default -o jsonpath={.items[0].mode}";
        assert_eq!(texts(&run(mode, kubeconfig)).0, "null");
        let done = run("ns enroll default --force --wait=false -y", kubeconfig);
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        assert_eq!(texts(&run(mode, kubeconfig)).0, "ambient");
    });
}

/// The forwards of one command: pods and ports.
fn forwards(world: &World, line: &str) -> Vec<(String, u16)> {
    world.pods.forwards.lock().unwrap().clear();
    let output = run(line, &world.kubeconfig());
    assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
    let mut made = std::mem::take(&mut *world.pods.forwards.lock().unwrap());
    made.sort();
    made
}

#[test]
fn cli_c30_a_command_uses_one_forward_for_each_asked_pod() {
    let world = World::start();
    let [a, b] = ["ztunnel-a", "ztunnel-b"].map(|pod| (pod.to_owned(), 15000));
    for (line, expected) in [
        ("zc workloads", vec![a.clone()]),
        ("zc services -o wide", vec![a.clone()]),
        ("zc all", vec![a.clone()]),
        ("zc policies --node node-2", vec![b.clone()]),
        ("zc workloads ztunnel-b.istio-system", vec![b.clone()]),
        // an ordinary pod stands for its node's proxy
        ("zc workloads web-1.shop", vec![a.clone()]),
        ("zc connections --node node-1", vec![a.clone()]),
        ("zc certificates --all-nodes", vec![a.clone(), b.clone()]),
        ("zc connections --all-nodes", vec![a.clone(), b.clone()]),
        ("zc log", vec![a, b]),
        ("zc workloads -f FIXTURES/ztunnel/config_dump.json", vec![]),
    ] {
        assert_eq!(forwards(&world, line), expected, "{line}");
    }
}
