//! Cluster objects as commands read them: from files, folders and standard input, each with where it stands.

use crate::exit::Failure;
use crate::render::message;
use crate::yaml;
use serde_json::Value;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Where an object was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The file, `-` for standard input.
    pub file: String,
    /// The line on which its document begins, from 1; 0 when it cannot be told.
    pub line: usize,
}

/// An object and where it was read; objects of a cluster have no origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced {
    /// The object.
    pub object: Value,
    /// Where it stands.
    pub origin: Option<Origin>,
}

impl Sourced {
    /// An object of the cluster.
    #[must_use]
    pub fn live(object: Value) -> Self {
        Self { object, origin: None }
    }

    /// `apiVersion` without its version, kind, namespace and name: what makes two objects the same.
    #[must_use]
    pub fn key(&self) -> (String, String, String, String) {
        let text = |at: &Value| at.as_str().unwrap_or_default().to_owned();
        let api = text(&self.object["apiVersion"]);
        let group = api.split_once('/').map_or("", |(group, _)| group).to_owned();
        let meta = &self.object["metadata"];
        (
            group,
            text(&self.object["kind"]),
            text(&meta["namespace"]),
            text(&meta["name"]),
        )
    }
}

/// One text that may hold objects.
#[derive(Debug, Clone)]
pub struct Text {
    /// The file, `-` for standard input.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Reads files, folders (walked whole) and `-`, in the order given.
///
/// # Errors
/// Something cannot be read, or standard input is named twice (64).
pub fn read(names: &[String]) -> Result<Vec<Text>, Failure> {
    let mut texts = Vec::new();
    if names.iter().filter(|name| *name == "-").count() > 1 {
        return Err(Failure::usage("standard input can be read only once"));
    }
    for name in names {
        let failed = |error: std::io::Error| Failure::new(format!("cannot read `{name}`")).caused_by(&error);
        if name == "-" {
            let mut text = String::new();
            std::io::stdin()
                .lock()
                .read_to_string(&mut text)
                .map_err(failed)?;
            texts.push(Text {
                name: name.clone(),
                text,
            });
            continue;
        }
        let path = Path::new(name);
        let files = if path.is_dir() {
            walk(path).map_err(failed)?
        } else {
            vec![path.to_owned()]
        };
        for file in files {
            texts.push(Text {
                name: file.display().to_string(),
                text: std::fs::read_to_string(&file).map_err(failed)?,
            });
        }
    }
    Ok(texts)
}

/// Tells who sits before a terminal that input is awaited; not for commands that print documents.
pub fn announce(names: &[String]) {
    if names.iter().any(|name| name == "-") && std::io::stdin().is_terminal() {
        message::waiting_for_input();
    }
}

/// The objects of all texts, lists opened.
///
/// # Errors
/// A text cannot be read, or is not YAML (65).
pub fn read_objects(names: &[String]) -> Result<Vec<Sourced>, Failure> {
    let mut all = Vec::new();
    for text in read(names)? {
        all.append(&mut parse(&text)?);
    }
    Ok(all)
}

/// The objects of one text, lists opened.
///
/// # Errors
/// It is not YAML (65).
pub fn parse(text: &Text) -> Result<Vec<Sourced>, Failure> {
    let documents = yaml::all_from_str(&text.text).map_err(|error| {
        Failure::unparsable(format!("cannot read `{}`: not YAML", text.name)).caused_by(&error)
    })?;
    let lines = starts(&text.text);
    let is_told = lines.len() == documents.len();
    let mut all = Vec::new();
    for (at, document) in documents.into_iter().enumerate() {
        let origin = Origin {
            file: text.name.clone(),
            line: if is_told { lines[at] } else { 0 },
        };
        all.extend(open(document).into_iter().map(|object| Sourced {
            object,
            origin: Some(origin.clone()),
        }));
    }
    Ok(all)
}

/// The items of a list, each with the kind that the list implies; any other object is itself.
#[must_use]
pub fn open(object: Value) -> Vec<Value> {
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    if !kind.ends_with("List") || !object["items"].is_array() {
        return vec![object];
    }
    let api = object["apiVersion"].clone();
    let Value::Object(mut map) = object else {
        return Vec::new();
    };
    let Some(Value::Array(items)) = map.remove("items") else {
        return Vec::new();
    };
    let implied = kind.strip_suffix("List").unwrap_or_default();
    let name = |mut item: Value| {
        if item["kind"].is_null() && !implied.is_empty() {
            item["kind"] = implied.into();
            item["apiVersion"] = api.clone();
        }
        item
    };
    items.into_iter().map(name).flat_map(open).collect()
}

/// Later objects replace earlier ones of the same kind and name; the order stays.
#[must_use]
pub fn overlay(objects: impl IntoIterator<Item = Sourced>) -> Vec<Sourced> {
    let mut places = std::collections::HashMap::new();
    let mut kept: Vec<Sourced> = Vec::new();
    for object in objects {
        match places.entry(object.key()) {
            std::collections::hash_map::Entry::Occupied(place) => kept[*place.get()] = object,
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(object);
            }
        }
    }
    kept
}

/// The lines, from 1, on which documents that hold something begin.
fn starts(text: &str) -> Vec<usize> {
    let (mut found, mut is_open) = (Vec::new(), false);
    for (at, line) in text.lines().enumerate() {
        if line == "---" || line.starts_with("--- ") || line == "..." {
            is_open = false;
        }
        let content = line.strip_prefix("---").unwrap_or(line).trim();
        let is_content = !content.is_empty() && !content.starts_with(['#', '%']) && content != "...";
        if is_content && !is_open {
            found.push(at + 1);
            is_open = true;
        }
    }
    found
}

/// The YAML and JSON files below a folder, in order.
fn walk(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(current)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if has_objects(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether the name is that of a YAML or JSON file.
#[must_use]
pub fn has_objects(path: &Path) -> bool {
    let extension = path.extension().and_then(|one| one.to_str()).unwrap_or_default();
    matches!(extension, "yaml" | "yml" | "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_know_their_line_and_lists_are_opened() {
        let text = Text {
            name: "x.yaml".to_owned(),
            text: "# first\n---\nkind: A\n---\n# nothing\n---\n\napiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p}\n"
                .to_owned(),
        };
        let found = parse(&text).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.key().1, one.origin.as_ref().unwrap().line))
            .collect();
        assert_eq!(told, [("A".to_owned(), 3), ("Pod".to_owned(), 8)]);
    }

    #[test]
    fn a_later_object_replaces_the_same_one() {
        let one = |name: &str, value: u8| {
            Sourced::live(
                serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "v": value}),
            )
        };
        let kept = overlay([one("a", 1), one("b", 1), one("a", 2)]);
        let told: Vec<_> = kept
            .iter()
            .map(|one| (one.key().3, one.object["v"].as_u64()))
            .collect();
        assert_eq!(told, [("a".to_owned(), Some(2)), ("b".to_owned(), Some(1))]);
    }

    #[test]
    fn what_is_no_yaml_is_named_with_its_code() {
        let text = Text {
            name: "x".to_owned(),
            text: "a: [".to_owned(),
        };
        assert_eq!(parse(&text).unwrap_err().exit as u8, 65);
    }
}
