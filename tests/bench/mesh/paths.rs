//! The same load over three paths between two nodes: direct, two plain-copy relays, the mesh.

use super::ROUNDS;
use super::report::Report;
use super::sandbox::{Outcome, Sandbox, deployment, service};
use std::collections::BTreeMap;

/// A path: its name, the client's namespace, the server as the client calls it.
const PATHS: [(&str, &str, &str); 3] = [
    ("direct", "bare", "server.bare:9000"),
    ("two relays", "bare", "near.bare:9001"),
    ("mesh", "meshed", "server.meshed:9000"),
];

/// A load: its name, unit, and words for the load program.
const LOADS: [(&str, &str, &[&str]); 4] = [
    (
        "throughput, 1 stream up",
        "Gbit/s",
        &["--mode", "upload", "--message", "262144", "--seconds", "1"],
    ),
    (
        "latency p50, 1 KiB echo",
        "us",
        &["--mode", "echo", "--message", "1024", "--seconds", "1"],
    ),
    (
        "requests, 32 connections",
        "1/s",
        &[
            "--mode",
            "echo",
            "--connections",
            "32",
            "--message",
            "1024",
            "--seconds",
            "1",
        ],
    ),
    (
        "new connections, 8 side by side",
        "1/s",
        &[
            "--mode",
            "connect",
            "--connections",
            "8",
            "--message",
            "64",
            "--seconds",
            "1",
        ],
    ),
];

/// Measures every load over every path, in alternating rounds.
pub(crate) fn measure(sandbox: &Sandbox, report: &mut Report) -> Outcome<()> {
    sandbox.apply(&objects(), &["bare", "meshed"])?;
    sandbox.meshctl(&["ns", "enroll", "meshed", "-y", "--wait=60s"])?;
    for (load, unit, words) in LOADS {
        let mut samples: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for round in 0..=ROUNDS {
            for (path, namespace, target) in PATHS {
                let words: Vec<&str> = ["--target", target].iter().chain(words).copied().collect();
                let seen = sandbox.load(namespace, &words)?;
                // the first round opens tunnels and warms caches
                if round > 0 {
                    samples.entry(path).or_default().push(figure(unit, &seen));
                }
            }
        }
        add(report, load, unit, &samples);
    }
    Ok(())
}

fn figure(unit: &str, seen: &serde_json::Value) -> f64 {
    let number = |pointer: &str| {
        seen.pointer(pointer)
            .and_then(serde_json::Value::as_f64)
            .unwrap_or(f64::NAN)
    };
    match unit {
        "Gbit/s" => number("/bytes") * 8.0 / number("/seconds") / 1e9,
        "us" => number("/latency/p50"),
        _ => number("/operations") / number("/seconds"),
    }
}

/// A row for each path, and for the mesh its ratio to the other two, round by round.
fn add(report: &mut Report, load: &str, unit: &'static str, samples: &BTreeMap<&str, Vec<f64>>) {
    for (path, _, _) in PATHS {
        report.row(&format!("{load}: {path}"), unit, samples[path].clone());
    }
    for other in ["direct", "two relays"] {
        let ratios = samples["mesh"]
            .iter()
            .zip(&samples[other])
            .map(|(mesh, other)| mesh / other);
        report.row(&format!("{load}: mesh ÷ {other}"), "", ratios.collect());
    }
}

fn objects() -> String {
    let mut text = String::new();
    for namespace in ["bare", "meshed"] {
        text += "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ";
        text += namespace;
        text += "\n---\n";
        text += &service(namespace, "server", 9000);
        text += &deployment(
            namespace,
            "server",
            (1, Some("node-2")),
            &["serve", "--port", "9000"],
        );
        text += &deployment(
            namespace,
            "client",
            (1, Some("node-1")),
            &["serve", "--port", "9999"],
        );
    }
    text += &service("bare", "near", 9001);
    text += &service("bare", "far", 9001);
    text += &deployment(
        "bare",
        "near",
        (1, Some("node-1")),
        &["relay", "--port", "9001", "--to", "far.bare:9001"],
    );
    text += &deployment(
        "bare",
        "far",
        (1, Some("node-2")),
        &["relay", "--port", "9001", "--to", "server.bare:9000"],
    );
    text
}
