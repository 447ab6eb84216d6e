//! The good answer of commands that need a whole mesh, in each of their formats.

use crate::mesh;
use crate::place::Place;
use crate::shell::{Shell, settle};
use crate::stage::Sandbox;
use clap::CommandFactory;
use libtest_mimic::Failed;
use meshctl::commands::{Cli, schema};
use serde_json::Value;

/// Lines that must succeed, by the command that each is of.
const LINES: [(&str, &str); 21] = [
    ("admin log", ""),
    ("check", "--wait=60s"),
    (
        "describe pod",
        "$(kubectl get pods -n shop -o name | cut -d/ -f2 | head -1).shop",
    ),
    ("describe service", "localstack.localstack"),
    ("drift", ""),
    ("get-config", ""),
    ("ns list", ""),
    ("ns plan", "shop"),
    ("ns repair", "shop -y"),
    ("ns status", "shop"),
    ("proxy-status", ""),
    ("remote-clusters", ""),
    ("report mtls", ""),
    ("report resources", ""),
    ("report savings", ""),
    ("status", ""),
    ("tag list", ""),
    ("top", ""),
    ("verify", "--wait=60s"),
    ("verify ns", "shop"),
    ("version", ""),
];

/// The formats that a command has, as they can be asked for.
fn formats(leaf: &str) -> Vec<String> {
    let mut at = Cli::command();
    at.build();
    for word in leaf.split(' ') {
        let next = at.find_subcommand(word).cloned();
        at = next.unwrap_or_else(|| panic!("there is no command `{leaf}`"));
    }
    let output = at.get_arguments().find(|one| one.get_id() == "output");
    let words: Vec<String> = output
        .map(clap::Arg::get_possible_values)
        .into_iter()
        .flatten()
        .map(|value| match value.get_name() {
            "jsonpath=" => "-o 'jsonpath={$}'".to_owned(),
            "custom-columns=" => "-o custom-columns=A:.name".to_owned(),
            other => format!("-o {other}"),
        })
        .collect();
    if words.is_empty() {
        vec![String::new()]
    } else {
        words
    }
}

/// Every command ends with 0 in every format, and its documents are of their schemas.
pub(crate) fn all_is_well() -> Result<(), Failed> {
    let sandbox = mesh::installed("formats")?;
    sandbox.apply_localstack()?;
    sandbox.sh("meshctl ns enroll localstack shop -y")?;
    sandbox.fetch("http://localstack.localstack/warm")?;
    // usage is measured over some seconds
    sandbox.until("meshctl top -o json")?;
    let mut wrong = Vec::new();
    for (leaf, arguments) in LINES {
        // what was just made is told to everybody within moments
        settle(|| sandbox.sh(&format!("meshctl {leaf} {arguments}")))?;
        for format in formats(leaf) {
            if let Err(why) = answer(&sandbox, leaf, arguments, &format) {
                wrong.push(format!("meshctl {leaf} {arguments} {format}: {why}"));
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.join("\n").into())
}

fn answer(sandbox: &Sandbox, leaf: &str, arguments: &str, format: &str) -> Result<(), String> {
    let line = format!("meshctl {leaf} {arguments} {format}");
    let output = sandbox.try_sh(&line).map_err(|error| format!("{error:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {text}{errors}", output.status));
    }
    match format {
        "-o json" => {
            let value: Value = serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}"))?;
            // an operator document is of no making of this command
            let Some(schema) = schema::find(leaf) else {
                return if leaf == "get-config" {
                    Ok(())
                } else {
                    Err("no schema".to_owned())
                };
            };
            let schema = serde_json::to_value(schema).map_err(|error| error.to_string())?;
            let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.to_string())?;
            let checked = validator.validate(&value);
            checked.map_err(|error| format!("not of its schema: {}: {error}", error.instance_path()))
        }
        "-o yaml" => meshctl::yaml::all_from_str(&text)
            .map(drop)
            .map_err(|error| format!("no YAML: {error}")),
        _ => Ok(()),
    }
}
