//! Rows and columns, as `kubectl get` shows them.

use serde_json::{Value, json};

use crate::object;
use crate::resources::Resource;

/// A `Table` of these objects; its list metadata is the caller's.
pub(crate) fn table(resource: &Resource, objects: &[&Value], include: &str) -> Value {
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let cells = json!([object::name(object), object::text(object, &["metadata", "creationTimestamp"])]);
            let mut row = json!({ "cells": cells });
            match include {
                "None" => {}
                "Object" => row["object"] = crate::present::versioned(resource, object),
                _ => {
                    row["object"] = json!({
                        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
                    });
                }
            }
            row
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1",
        "columnDefinitions": [
            { "name": "Name", "type": "string", "format": "name", "description": "", "priority": 0 },
            { "name": "Created At", "type": "date", "format": "", "description": "", "priority": 0 },
        ],
        "rows": rows,
    })
}
