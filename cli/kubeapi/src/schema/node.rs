//! A cursor over an OpenAPI schema with references: fields, items, list and map topology.

use std::sync::Arc;

use serde_json::{Map, Value};

/// Where references point to.
pub const REF_PREFIX: &str = "#/components/schemas/";

/// A type with everything it refers to. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TypeSchema {
    components: Arc<Map<String, Value>>,
    root: Option<Arc<Value>>,
}

impl TypeSchema {
    /// The type that `root` describes, its references resolved in `components`.
    #[must_use]
    pub fn new(components: Arc<Map<String, Value>>, root: Value) -> Self {
        Self {
            components,
            root: Some(Arc::new(root)),
        }
    }

    /// A type of which nothing is known: maps are granular, lists atomic, fields free.
    #[must_use]
    pub fn untyped() -> Self {
        Self {
            components: Arc::default(),
            root: None,
        }
    }

    /// The cursor at the root.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        Node::at(&self.components, self.root.as_deref())
    }
}

/// How a list merges.
#[derive(Debug, Clone, PartialEq)]
pub enum ListKind {
    /// Owned and replaced as a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// Items identified by the values of these fields.
    Map(Vec<ListKey>),
}

/// One key field of a list of kind map.
#[derive(Debug, Clone, PartialEq)]
pub struct ListKey {
    /// The field's name.
    pub name: String,
    /// What an item that lacks the field counts as.
    pub default: Option<Value>,
}

/// How a strategic merge patch treats one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchStrategy {
    /// Lists merge instead of being replaced.
    pub merge: bool,
    /// The key by which items are matched; absent for lists of scalars.
    pub key: Option<String>,
}

/// A position in a schema. `outer` is the schema as written at this position, which may add
/// attributes; `inner` is what it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    components: &'a Map<String, Value>,
    outer: Option<&'a Value>,
    inner: Option<&'a Value>,
}

impl<'a> Node<'a> {
    fn at(components: &'a Map<String, Value>, outer: Option<&'a Value>) -> Self {
        let mut inner = outer;
        // References are at most two deep in what we generate; the bound only guards against loops.
        for _ in 0..8 {
            let Some(name) = inner.and_then(reference) else {
                break;
            };
            inner = components.get(name);
        }
        Self {
            components,
            outer,
            inner,
        }
    }

    /// A cursor at another schema of the same document.
    #[must_use]
    pub fn sibling(self, schema: &'a Value) -> Self {
        Self::at(self.components, Some(schema))
    }

    /// An attribute, as written here or at the type referred to.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'a Value> {
        self.outer
            .and_then(|schema| schema.get(name))
            .or_else(|| self.inner.and_then(|schema| schema.get(name)))
    }

    /// A string attribute.
    #[must_use]
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.attribute(name).and_then(Value::as_str)
    }

    /// A boolean attribute; absent is false.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        self.attribute(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether anything is known about this position.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.inner.is_some()
    }

    /// The declared fields.
    #[must_use]
    pub fn properties(self) -> Option<&'a Map<String, Value>> {
        self.attribute("properties").and_then(Value::as_object)
    }

    /// The cursor at a declared field.
    #[must_use]
    pub fn declared(self, name: &str) -> Option<Self> {
        self.properties()
            .and_then(|fields| fields.get(name))
            .map(|schema| self.sibling(schema))
    }

    /// The schema of the values of a map.
    #[must_use]
    pub fn map_values(self) -> Option<Self> {
        self.attribute("additionalProperties")
            .filter(|schema| schema.is_object())
            .map(|schema| self.sibling(schema))
    }

    /// The cursor at a field, declared or an entry of a map; unknown if neither.
    #[must_use]
    pub fn field(self, name: &str) -> Self {
        self.declared(name)
            .or_else(|| self.map_values())
            .unwrap_or(self.unknown())
    }

    /// The cursor at a list's items.
    #[must_use]
    pub fn items(self) -> Self {
        self.attribute("items")
            .map_or(self.unknown(), |schema| self.sibling(schema))
    }

    /// Whether fields that are not declared are kept.
    #[must_use]
    pub fn keeps_unknown_fields(self) -> bool {
        !self.is_known()
            || self.is("x-kubernetes-preserve-unknown-fields")
            || self
                .attribute("additionalProperties")
                .is_some_and(|extra| extra.as_bool() == Some(true))
    }

    /// Whether the map or struct is owned and replaced as a whole.
    #[must_use]
    pub fn is_atomic_map(self) -> bool {
        self.text("x-kubernetes-map-type") == Some("atomic")
    }

    /// How the list at this position merges under server-side apply.
    #[must_use]
    pub fn list_kind(self) -> ListKind {
        match self.text("x-kubernetes-list-type") {
            Some("set") => ListKind::Set,
            Some("map") => {
                let items = self.items();
                let names = self
                    .attribute("x-kubernetes-list-map-keys")
                    .and_then(Value::as_array);
                let keys = names
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(|name| ListKey {
                        name: name.to_owned(),
                        default: items
                            .declared(name)
                            .and_then(|key| key.attribute("default"))
                            .cloned(),
                    });
                ListKind::Map(keys.collect())
            }
            _ => ListKind::Atomic,
        }
    }

    /// How a strategic merge patch treats this field.
    #[must_use]
    pub fn patch_strategy(self) -> PatchStrategy {
        let strategies = self.outer_text("x-kubernetes-patch-strategy").unwrap_or_default();
        PatchStrategy {
            merge: strategies.split(',').any(|strategy| strategy == "merge"),
            key: self.outer_text("x-kubernetes-patch-merge-key").map(str::to_owned),
        }
    }

    fn outer_text(self, name: &str) -> Option<&'a str> {
        self.outer
            .and_then(|schema| schema.get(name))
            .and_then(Value::as_str)
    }

    fn unknown(self) -> Self {
        Self {
            components: self.components,
            outer: None,
            inner: None,
        }
    }
}

/// The name a schema refers to: `$ref` itself, or the one entry of its `allOf`.
fn reference(schema: &Value) -> Option<&str> {
    let direct = schema.get("$ref");
    let wrapped = || {
        schema
            .get("allOf")?
            .as_array()
            .filter(|all| all.len() == 1)?
            .first()?
            .get("$ref")
    };
    direct.or_else(wrapped)?.as_str()?.strip_prefix(REF_PREFIX)
}
