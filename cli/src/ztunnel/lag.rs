//! What a node proxy holds against what the control plane sends: the same dump, made of both. (pure)
//!
//! The expected side is the control plane's translation, read by the proxy's own code and written by its own dump, so
//! that a difference is a difference of state and never of form.

use proxy_core::admin::dump::mesh;
use proxy_core::state::MeshState;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How one resource differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The control plane sends it, the proxy does not hold it.
    Missing,
    /// The proxy holds it, the control plane does not send it.
    Surplus,
    /// Both have it, with other content.
    Older,
}

impl How {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Missing => "only in the control plane",
            Self::Surplus => "only in the proxy",
            Self::Older => "older in the proxy",
        }
    }
}

/// One resource that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// `workload`, `service` or `policy`.
    pub kind: &'static str,
    /// Its key.
    pub name: String,
    /// How.
    pub how: How,
}

/// Resources by kind and key.
pub type Table = BTreeMap<(&'static str, String), Value>;

fn key(kind: &'static str, value: &Value) -> (&'static str, String) {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let name = match kind {
        "workload" => text("uid").to_owned(),
        "service" => format!("{}/{}", text("namespace"), text("hostname")),
        _ => format!("{}/{}", text("namespace"), text("name")),
    };
    (kind, name)
}

/// What a proxy that has received everything would dump.
///
/// # Errors
/// A resource cannot be written as JSON.
pub fn expected(state: &MeshState) -> Result<Table, serde_json::Error> {
    let (workloads, services, policies, _) = mesh::of(state);
    let mut table = Table::new();
    let mut add = |kind, value: Value| {
        table.insert(key(kind, &value), value);
    };
    for one in workloads {
        add("workload", serde_json::to_value(one)?);
    }
    for one in services {
        add("service", serde_json::to_value(one)?);
    }
    for one in policies {
        add("policy", serde_json::to_value(one)?);
    }
    Ok(table)
}

/// What a proxy's `/config_dump` holds; lists and maps are both read.
#[must_use]
pub fn held(dump: &Value) -> Table {
    let mut table = Table::new();
    for (kind, field) in [
        ("workload", "workloads"),
        ("service", "services"),
        ("policy", "policies"),
    ] {
        let values: Vec<&Value> = match &dump[field] {
            Value::Array(items) => items.iter().collect(),
            Value::Object(items) => items.values().collect(),
            _ => Vec::new(),
        };
        for value in values {
            table.insert(key(kind, value), value.clone());
        }
    }
    table
}

/// Every resource that differs.
#[must_use]
pub fn differences(expected: &Table, held: &Table) -> Vec<Difference> {
    let of = |(kind, name): &(&'static str, String), how| Difference {
        kind,
        name: name.clone(),
        how,
    };
    let mut found: Vec<Difference> = expected
        .iter()
        .filter_map(|(key, value)| match held.get(key) {
            None => Some(of(key, How::Missing)),
            Some(other) if other != value => Some(of(key, How::Older)),
            Some(_) => None,
        })
        .collect();
    let surplus = held.keys().filter(|key| !expected.contains_key(*key));
    found.extend(surplus.map(|key| of(key, How::Surplus)));
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects;
    use crate::translation;
    use control_core::index::event::Settings;

    #[test]
    fn each_difference_is_named_and_equal_dumps_have_none() {
        let path = |name: &str| format!("{}/../tests/fixtures/mesh/{name}", env!("CARGO_MANIFEST_DIR"));
        let objects = objects::read_objects(&[path("shop.yaml"), path("policies.yaml")]).unwrap();
        let translated = translation::translate(&objects, Settings::default());
        let (state, _) = translation::received(&translated.index);
        let expected = expected(&state).unwrap();
        assert_eq!(expected.len(), 6);
        let dump = |field: &str, kind: &str| -> Value {
            let values = expected.iter().filter(|((one, _), _)| *one == kind);
            serde_json::json!({ field: values.map(|(_, value)| value.clone()).collect::<Vec<_>>() })
        };
        let mut whole = dump("workloads", "workload");
        whole["services"] = dump("services", "service")["services"].clone();
        whole["policies"] = dump("policies", "policy")["policies"].clone();
        assert_eq!(differences(&expected, &held(&whole)), []);
        whole["policies"][0]["action"] = "Deny".into();
        whole["policies"][1]["name"] = "old".into();
        let found: Vec<_> = differences(&expected, &held(&whole))
            .into_iter()
            .map(|one| (one.kind, one.name, one.how))
            .collect();
        let expected = [
            ("policy", "shop/api-from-web".to_owned(), How::Older),
            ("policy", "shop/no-deletes".to_owned(), How::Missing),
            ("policy", "shop/old".to_owned(), How::Surplus),
        ];
        assert_eq!(found, expected);
    }
}
