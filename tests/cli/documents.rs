//! Every JSON document of a transcript is one that `meshctl schema` describes.

use clap::CommandFactory;
use meshctl::commands::{Cli, schema};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Commands whose JSON is not of our making: dumps, wire resources, objects for a repository.
const FOREIGN: [&str; 4] = ["ns enroll", "xds dump", "ztunnel-config all", "schema"];

/// A command line and what it printed.
fn transcripts(file: &Path) -> Vec<(Vec<String>, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    let blocks = text
        .split("```\n")
        .filter_map(|block| block.strip_prefix("$ meshctl "));
    let read = |block: &str| {
        let (line, output) = block.split_once('\n')?;
        let mut words = vec!["meshctl".to_owned()];
        words.extend(
            line.split_whitespace()
                .map(|word| word.trim_matches('\'').to_owned()),
        );
        Some((words, output.to_owned()))
    };
    blocks.filter_map(read).collect()
}

/// `ns list` of `meshctl -q ns list -o json`.
fn name(words: &[String]) -> Option<String> {
    let matches = Cli::command().try_get_matches_from(words).ok()?;
    let (mut names, mut at) = (Vec::new(), &matches);
    while let Some((name, below)) = at.subcommand() {
        names.push(name.to_owned());
        at = below;
    }
    Some(names.join(" "))
}

/// The document with which an output begins, below the exit code.
fn document(output: &str) -> Option<Value> {
    let body = output
        .strip_prefix("? ")
        .map_or(output, |rest| rest.split_once('\n').map_or("", |(_, rest)| rest));
    if !body.starts_with(['[', '{']) {
        return None;
    }
    serde_json::Deserializer::from_str(body).into_iter().next()?.ok()
}

/// Why a value is not of a schema, or has keys that the schema does not.
pub(crate) fn mismatch(schema: &Value, value: &Value) -> Option<String> {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    let wrong = validator
        .validate(value)
        .err()
        .map(|error| format!("{}: {error}", error.instance_path()));
    wrong.or_else(|| unknown(schema, schema, value))
}

/// Keys that a document has and its schema does not.
fn unknown(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let schema = match schema["$ref"].as_str() {
        Some(target) => root.pointer(target.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    match value {
        Value::Array(items) => items.iter().find_map(|one| unknown(root, &schema["items"], one)),
        Value::Object(map) => {
            let known = schema["properties"].as_object()?;
            let stray = map.keys().find(|key| !known.contains_key(*key)).cloned();
            stray.or_else(|| {
                map.iter()
                    .find_map(|(key, value)| unknown(root, &known[key], value))
            })
        }
        _ => None,
    }
}

#[test]
fn each_document_of_a_transcript_is_of_its_published_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cmd");
    let below = |path: PathBuf| {
        std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mut files: Vec<PathBuf> = below(folder).into_iter().flat_map(below).collect();
    files.extend(
        files
            .clone()
            .into_iter()
            .filter(|path| path.is_dir())
            .flat_map(below),
    );
    let mut seen = BTreeSet::new();
    for file in files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "trycmd"))
    {
        for (words, output) in transcripts(file) {
            let is_json = words.windows(2).any(|pair| pair[0] == "-o" && pair[1] == "json");
            let (Some(name), Some(value), true) = (name(&words), document(&output), is_json) else {
                continue;
            };
            let is_watched = words.iter().any(|word| word == "-w" || word == "--watch");
            if FOREIGN.contains(&name.as_str()) || is_watched {
                continue;
            }
            let schema =
                schema::find(&name).unwrap_or_else(|| panic!("`{name}` prints a document without a schema"));
            let schema = serde_json::to_value(schema).unwrap();
            assert_eq!(mismatch(&schema, &value), None, "{words:?} of {}", file.display());
            seen.insert(name);
        }
    }
    assert!(seen.len() >= 15, "only {seen:?}");
}

#[test]
fn the_check_of_this_test_sees_what_is_wrong() {
    let schema = serde_json::to_value(schema::find("config list").unwrap()).unwrap();
    let check = |value: Value| mismatch(&schema, &value);
    let good = serde_json::json!([{"flag": "context", "value": "", "from": "flag"}]);
    assert_eq!(check(good), None);
    for bad in [
        serde_json::json!({}),
        serde_json::json!([{"flag": "context", "value": ""}]),
        serde_json::json!([{"flag": 1, "value": "", "from": "flag"}]),
        serde_json::json!([{"flag": "context", "value": "", "from": "flag", "more": 1}]),
    ] {
        assert!(check(bad.clone()).is_some(), "{bad}");
    }
}
