//! How an installation differs from what was meant, field by field, and who made it so (`spec/cli.md` 11). (pure)
//!
//! What differs is the server's own word (a server-side apply as a dry run); who made it so is read from the object's
//! managed fields.

pub mod owners;
pub mod paths;

use super::component::{meta, title_of};
use owners::Writer;
use paths::{Change, Step};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// Why something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It was never applied, or was deleted.
    Missing,
    /// It is there and is no part of the installation any more.
    Extra,
    /// A person changed it by hand.
    Manual,
    /// A controller of the cluster or of the mesh writes it.
    Controller,
    /// Another tool applies it too.
    OtherManager,
    /// It is as the last installation left it, and that was another version or had other values.
    Outdated,
}

impl Cause {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 6] = [
        Self::Missing,
        Self::Manual,
        Self::OtherManager,
        Self::Controller,
        Self::Outdated,
        Self::Extra,
    ];

    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra: no part of the installation any more",
            Self::Manual => "changed by hand",
            Self::Controller => "written by a controller",
            Self::OtherManager => "written by another field manager",
            Self::Outdated => "of an earlier installation",
        }
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The object's API group; empty for the core.
    pub group: String,
    /// `Kind/namespace/name`.
    pub object: String,
    /// Why.
    pub cause: Cause,
    /// The field, as a path such as `.spec.template`; none for a whole object.
    pub field: Option<String>,
    /// What is.
    pub live: Option<Value>,
    /// What was meant.
    pub wanted: Option<Value>,
    /// Who wrote it: a field manager.
    pub manager: Option<String>,
    /// When, as the API server noted it (RFC 3339).
    pub time: Option<String>,
    /// What puts it right: a command, or a rule to ignore it by.
    pub proposal: String,
    /// That rule's expression, where it is one.
    #[serde(skip)]
    pub ignored_by: Option<String>,
}

/// An object that is not there.
#[must_use]
pub fn missing(wanted: &Value, restore: &str) -> Drift {
    whole(wanted, Cause::Missing, restore.to_owned())
}

/// An object that is there and not meant any more.
#[must_use]
pub fn extra(live: &Value) -> Drift {
    let proposal = format!("kubectl delete {}", command_name(live));
    whole(live, Cause::Extra, proposal)
}

fn whole(object: &Value, cause: Cause, proposal: String) -> Drift {
    Drift {
        group: group(object),
        object: title_of(object),
        cause,
        field: None,
        live: None,
        wanted: None,
        manager: None,
        time: None,
        proposal,
        ignored_by: None,
    }
}

fn group(object: &Value) -> String {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let group = api_version.split_once('/').map(|(group, _)| group);
    group.unwrap_or_default().to_owned()
}

/// Every field of an object that applying it as `applier` would change.
#[must_use]
pub fn fields(live: &Value, would: &Value, applier: &str) -> Vec<Drift> {
    let writers = owners::read(live);
    paths::changes(live, would)
        .into_iter()
        .map(|change| {
            let (cause, writer) = blame(&writers, &change, applier);
            let is_theirs = matches!(cause, Cause::Controller | Cause::OtherManager);
            let ignored_by = is_theirs.then(|| jq(&change.path));
            Drift {
                group: group(live),
                object: title_of(live),
                cause,
                field: Some(paths::shown(&change.path)),
                proposal: match &ignored_by {
                    Some(expression) => format!("ignore {expression} of {}", title_of(live)),
                    None => patch(live, &change),
                },
                ignored_by,
                live: change.live,
                wanted: change.wanted,
                manager: writer.map(|writer| writer.manager.clone()),
                time: writer.and_then(|writer| writer.time.clone()),
            }
        })
        .collect()
}

/// Who wrote what is there; for a field that is gone, who wrote the object after the applier did.
fn blame<'a>(writers: &'a [Writer], change: &Change, manager: &str) -> (Cause, Option<&'a Writer>) {
    let others = || writers.iter().filter(|writer| writer.manager != manager);
    let latest = |a: &&Writer, b: &&Writer| a.time.cmp(&b.time);
    let found = if change.live.is_some() {
        others().filter(|writer| writer.owns(&change.path)).max_by(latest)
    } else {
        let since = writers
            .iter()
            .filter(|writer| writer.manager == manager)
            .max_by(latest)
            .and_then(|writer| writer.time.as_ref());
        others()
            .filter(|writer| !writer.is_status && writer.time.as_ref() > since)
            .max_by(latest)
    };
    match found {
        None => (Cause::Outdated, None),
        Some(writer) => (writer.cause(), Some(writer)),
    }
}

/// `-n NAMESPACE KIND NAME`, as kubectl takes it.
fn command_name(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    let name = meta(object, "name");
    match meta(object, "namespace") {
        "" => format!("{kind} {name}"),
        namespace => format!("-n {namespace} {kind} {name}"),
    }
}

fn patch(live: &Value, change: &Change) -> String {
    let pointer = paths::pointer(live, &change.path);
    let operation = match (&change.live, &change.wanted) {
        (_, None) => json!([{"op": "remove", "path": pointer}]),
        (None, Some(wanted)) => json!([{"op": "add", "path": pointer, "value": wanted}]),
        (Some(_), Some(wanted)) => json!([{"op": "replace", "path": pointer, "value": wanted}]),
    };
    let quoted = operation.to_string().replace('\'', "'\\''");
    format!("kubectl patch {} --type json -p '{quoted}'", command_name(live))
}

/// A path as Argo CD's `jqPathExpressions` have it.
fn jq(path: &[Step]) -> String {
    let words = path.iter().map(|step| match step {
        Step::Key(key) if paths::is_plain(key) => format!(".{key}"),
        Step::Key(key) => format!(".{}", Value::from(key.as_str())),
        Step::Named(key, name) => format!("[]? | select(.{key} == {})", Value::from(name.as_str())),
        Step::Index(_) => "[]?".to_owned(),
    });
    words.collect()
}

#[cfg(test)]
mod tests;
