//! The table of messages and fields.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The name under which a bare list is decoded.
pub(super) const BARE: &str = "[]";

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
    Bytes,
    Message(&'static str),
}

/// How a field appears in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Left out when zero.
    NonZero,
    /// Kept when it was sent, also when zero.
    Optional,
    /// Always there.
    Always,
    Repeated,
    Map,
    /// Its fields are the parent's.
    Inline,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    number: u64,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
}

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) fields: Vec<Field>,
    /// JSON has the list itself, not an object around it.
    pub(super) is_bare_list: bool,
}

impl Message {
    pub(super) fn field(&self, number: u64) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

/// Packages of the table by group version.
const PACKAGES: &[(&str, &str)] = &[
    ("v1", "core"),
    ("apps/v1", "apps"),
    ("batch/v1", "batch"),
    ("rbac.authorization.k8s.io/v1", "rbac"),
    ("policy/v1", "policy"),
    ("networking.k8s.io/v1", "networking"),
    ("scheduling.k8s.io/v1", "scheduling"),
    ("autoscaling/v1", "autoscalingv1"),
    ("autoscaling/v2", "autoscalingv2"),
    ("authentication.k8s.io/v1", "authentication"),
    ("authorization.k8s.io/v1", "authorization"),
    ("coordination.k8s.io/v1", "coordination"),
    ("discovery.k8s.io/v1", "discovery"),
    ("certificates.k8s.io/v1", "certificates"),
    ("events.k8s.io/v1", "events"),
    ("storage.k8s.io/v1", "storage"),
];

static MESSAGES: LazyLock<HashMap<&'static str, Message>> = LazyLock::new(|| {
    let lines = include_str!("fields.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    lines.map(parse).collect()
});

/// A message by its name in the table.
pub(super) fn message(name: &str) -> Option<&'static Message> {
    MESSAGES.get(name)
}

/// The message of a kind. Typed clients send the options of a delete in the version of what they delete.
pub(super) fn of_kind(api_version: &str, kind: &str) -> Option<&'static Message> {
    if kind == "DeleteOptions" {
        return message("meta.DeleteOptions");
    }
    let (_, package) = PACKAGES.iter().find(|(version, _)| *version == api_version)?;
    message(&format!("{package}.{kind}"))
        .filter(|message| message.field(1).is_some_and(|field| field.name == "metadata"))
}

fn parse(line: &'static str) -> (&'static str, Message) {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let fields: Vec<Field> = words.filter_map(field).collect();
    let is_bare_list = fields.iter().any(|field| field.name == BARE);
    (name, Message { fields, is_bare_list })
}

fn field(word: &'static str) -> Option<Field> {
    let (left, kind) = word.split_once('=')?;
    let (number, name) = left.split_once(':').unwrap_or(("1", left));
    let (shape, kind) = match kind.split_at_checked(1)? {
        ("?", kind) => (Shape::Optional, kind),
        ("!", kind) => (Shape::Always, kind),
        ("*", kind) => (Shape::Repeated, kind),
        ("%", kind) => (Shape::Map, kind),
        _ if name == "." => (Shape::Inline, kind),
        _ => (Shape::NonZero, kind),
    };
    let kind = match kind {
        "s" => Kind::Text,
        "i" => Kind::Integer,
        "b" => Kind::Boolean,
        "x" => Kind::Bytes,
        message => Kind::Message(message),
    };
    Some(Field {
        number: number.parse().ok()?,
        name,
        kind,
        shape,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_that_is_named_is_there() {
        let built_in = [
            "meta.Time",
            "meta.MicroTime",
            "meta.FieldsV1",
            "runtime.RawExtension",
            "intstr.IntOrString",
            "resource.Quantity",
        ];
        for (name, message) in MESSAGES.iter() {
            for field in &message.fields {
                let Kind::Message(named) = field.kind else {
                    continue;
                };
                assert!(
                    MESSAGES.contains_key(named) || built_in.contains(&named),
                    "{name}.{} is {named}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn every_field_is_one_of_the_kind_s_schema() {
        use crate::schema::builtin::{GROUP_VERSIONS, components};
        // what is newer than the schemas this server has
        let mut checked = 0;
        for group_version in GROUP_VERSIONS {
            let (_, kinds) = components(group_version).unwrap();
            for kind in kinds.keys() {
                let Some(message) = of_kind(group_version, kind) else {
                    continue;
                };
                let schema = crate::schema::builtin::type_schema(group_version, kind).unwrap();
                for field in message.fields.iter().filter(|field| field.shape != Shape::Inline) {
                    assert!(
                        schema.node().declared(field.name).is_some(),
                        "{group_version} {kind}.{}",
                        field.name
                    );
                    checked += 1;
                }
            }
        }
        assert!(checked > 80, "{checked}");
    }
}
