//! Rows and columns, as `kubectl get` shows them: the server decides what they are.

mod age;
mod cluster;
mod custom;
mod pods;
mod services;
mod workloads;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object;
use crate::resources::Resource;

/// The cells of one object.
type Cells = fn(&Value, Timestamp) -> Vec<Value>;

/// How one kind becomes a row.
struct Printer {
    /// Names with `|` between; `+` marks those for `-o wide`, then `#` numbers, `@` dates, `?` booleans.
    columns: &'static str,
    cells: Cells,
}

/// A `Table` of these objects; its list metadata is the caller's.
pub(crate) fn table(resource: &Resource, objects: &[&Value], include: &str) -> Value {
    let now = Timestamp::now();
    let printer = printer(resource);
    let custom = resource.custom.as_deref();
    let definitions: Vec<Value> = match (custom, &printer) {
        (Some(custom), _) => custom::columns(&custom.columns),
        (None, Some(printer)) => printer.columns.split('|').map(definition).collect(),
        (None, None) => UNKNOWN.split('|').map(definition).collect(),
    };
    let row = |stored: &&Value| {
        let cells = match (custom, &printer) {
            (Some(custom), _) => custom::cells(&custom.columns, stored, now),
            (None, Some(printer)) => (printer.cells)(stored, now),
            (None, None) => vec![name(stored), created(stored)],
        };
        let mut row = json!({ "cells": cells });
        match include {
            "None" => {}
            "Object" => row["object"] = crate::present::versioned(resource, stored),
            _ => {
                row["object"] = json!({
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": stored["metadata"],
                });
            }
        }
        row
    };
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": definitions,
        "rows": objects.iter().map(row).collect::<Vec<_>>(),
    })
}

const UNKNOWN: &str = "Name|@Created At";

fn definition(column: &str) -> Value {
    let (priority, column) = column.strip_prefix('+').map_or((0, column), |column| (1, column));
    let kinds = [('#', "integer"), ('@', "date"), ('?', "boolean")];
    let special = kinds
        .iter()
        .find_map(|(mark, kind)| Some((column.strip_prefix(*mark)?, *kind)));
    let (name, kind) = special.unwrap_or((column, "string"));
    let format = if name == "Name" { "name" } else { "" };
    json!({ "name": name, "type": kind, "format": format, "description": "", "priority": priority })
}

fn printer(resource: &Resource) -> Option<Printer> {
    let collection = resource.collection.as_ref();
    let (base, group) = collection.split_once('.').unwrap_or((collection, ""));
    match (group, base) {
        ("", "pods") => Some(pods::PODS),
        ("apps" | "batch", _) | ("", "replicationcontrollers") => workloads::printer(base),
        ("" | "discovery.k8s.io" | "networking.k8s.io", _) => {
            services::printer(base).or_else(|| Some(cluster::printer(base)))
        }
        _ => Some(cluster::printer(base)),
    }
}

/// The object's name as a cell.
fn name(object: &Value) -> Value {
    object::name(object).into()
}

fn created(object: &Value) -> Value {
    object::at(object, &["metadata", "creationTimestamp"])
        .cloned()
        .unwrap_or_default()
}

/// How long an object has existed.
fn age(object: &Value, now: Timestamp) -> Value {
    since(object::text(object, &["metadata", "creationTimestamp"]), now)
}

/// How long ago a moment was.
fn since(moment: Option<&str>, now: Timestamp) -> Value {
    let moment = moment.and_then(|text| text.parse::<Timestamp>().ok());
    moment.map_or_else(
        || "<unknown>".into(),
        |moment| age::human(now.as_second() - moment.as_second()).into(),
    )
}

/// Text, or what stands for its absence.
fn or_none(text: Option<&str>) -> Value {
    text.filter(|text| !text.is_empty()).unwrap_or("<none>").into()
}

/// A number that counts, 0 when absent.
fn count(object: &Value, path: &[&str]) -> i64 {
    object::int(object, path).unwrap_or(0)
}

/// Label pairs (or a selector) as text.
fn pairs(labels: Option<&Value>) -> Value {
    let text = labels.map(crate::verbs::scale::selector_text).unwrap_or_default();
    or_none(Some(&text))
}
