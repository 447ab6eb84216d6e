//! The owners of an object's fields, as `metadata.managedFields` lists them. (pure)

use super::fields::FieldSet;
use super::{Conflict, Writer};
use crate::schema::node::Node;
use serde_json::{Value, json};

/// The owner of what was there before anybody kept books.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// How a manager writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Apply,
    Update,
}

impl Operation {
    fn word(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

#[derive(Debug, Clone)]
struct Manager {
    name: String,
    operation: Operation,
    api_version: String,
    subresource: String,
    time: String,
    set: FieldSet,
}

impl Manager {
    fn read(entry: &Value) -> Option<Self> {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let operation = match entry["operation"].as_str()? {
            "Apply" => Operation::Apply,
            _ => Operation::Update,
        };
        Some(Self {
            name: text("manager"),
            operation,
            api_version: text("apiVersion"),
            subresource: text("subresource"),
            time: text("time"),
            set: FieldSet::read(&entry["fieldsV1"]),
        })
    }

    fn write(&self) -> Value {
        let mut entry = json!({
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.set.write(),
            "manager": self.name,
            "operation": self.operation.word(),
            "time": self.time,
        });
        if !self.subresource.is_empty() {
            entry["subresource"] = json!(self.subresource);
        }
        entry
    }

    /// An apply of a manager has one entry whatever version it used; updates have one for each version.
    fn is(&self, operation: Operation, writer: Writer<'_>) -> bool {
        self.name == writer.manager
            && self.operation == operation
            && self.subresource == writer.subresource
            && (operation == Operation::Apply || self.api_version == writer.api_version)
    }

    fn shown(&self) -> String {
        let subresource = match self.subresource.as_str() {
            "" => String::new(),
            name => format!(" with subresource {name:?}"),
        };
        format!("{:?}{subresource} using {}", self.name, self.api_version)
    }
}

/// All owners of one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Managers(Vec<Manager>);

impl Managers {
    pub(super) fn read(object: &Value) -> Self {
        let entries = object
            .pointer("/metadata/managedFields")
            .and_then(Value::as_array);
        Self(entries.into_iter().flatten().filter_map(Manager::read).collect())
    }

    pub(super) fn write(&self, object: &mut Value) {
        let mut entries: Vec<&Manager> = self.0.iter().filter(|manager| !manager.set.is_empty()).collect();
        entries.sort_by_key(|manager| {
            (
                manager.operation == Operation::Update,
                manager.time.clone(),
                manager.name.clone(),
            )
        });
        let Some(object) = object.as_object_mut() else {
            return;
        };
        let metadata = object.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            if entries.is_empty() {
                metadata.remove("managedFields");
            } else {
                metadata.insert(
                    "managedFields".to_owned(),
                    entries.into_iter().map(Manager::write).collect(),
                );
            }
        }
    }

    /// An object that nobody kept books for belongs to "before-first-apply", so that an apply meets conflicts.
    pub(super) fn adopt_untracked(&mut self, live: Option<&Value>, node: Node<'_>) {
        let Some(live) = live.filter(|_| self.0.is_empty()) else {
            return;
        };
        let Ok(set) = FieldSet::of(live, node) else { return };
        self.0.push(Manager {
            name: BEFORE_FIRST_APPLY.to_owned(),
            operation: Operation::Update,
            api_version: live["apiVersion"].as_str().unwrap_or_default().to_owned(),
            subresource: String::new(),
            time: live
                .pointer("/metadata/creationTimestamp")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            set: super::stripped(set),
        });
    }

    /// Takes the writer's own entry out.
    pub(super) fn take(&mut self, operation: Operation, writer: Writer<'_>) -> Option<FieldSet> {
        let place = self.0.iter().position(|manager| manager.is(operation, writer))?;
        Some(self.0.remove(place).set)
    }

    /// Puts the writer's entry back; with `unchanged`, at the time it has in that object.
    pub(super) fn put(
        &mut self,
        operation: Operation,
        writer: Writer<'_>,
        set: FieldSet,
        unchanged: Option<&Value>,
    ) {
        let earlier = unchanged.map(Self::read).unwrap_or_default();
        let earlier = earlier
            .0
            .into_iter()
            .find(|manager| manager.is(operation, writer));
        self.0.push(Manager {
            name: writer.manager.to_owned(),
            operation,
            api_version: writer.api_version.to_owned(),
            subresource: writer.subresource.to_owned(),
            time: earlier.map_or_else(|| writer.time.to_owned(), |manager| manager.time),
            set,
        });
    }

    /// Everything that anybody in here owns.
    pub(super) fn union(&self) -> FieldSet {
        self.0
            .iter()
            .fold(FieldSet::default(), |all, manager| all.union(&manager.set))
    }

    /// Who owns which of these fields.
    pub(super) fn conflicts(&self, contested: &FieldSet) -> Vec<Conflict> {
        let mut found = Vec::new();
        for manager in &self.0 {
            let owner = manager.shown();
            for field in manager.set.intersection(contested).paths() {
                found.push(Conflict {
                    owner: owner.clone(),
                    field,
                });
            }
        }
        found
    }

    /// Nobody owns these fields any more.
    pub(super) fn give_up(&mut self, fields: &FieldSet) {
        for manager in &mut self.0 {
            manager.set = manager.set.without_trees(fields);
        }
        self.0.retain(|manager| !manager.set.is_empty());
    }
}
