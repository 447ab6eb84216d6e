//! What the operator gave, in layers: profile, platform, files, `--set` (`spec/cli.md` 4). (pure)
//!
//! Two kinds of documents are read: the operator document (`kind: IstioOperator`, with `spec.values`) and plain chart
//! values. Both come to one tree: what the operator document names (`hub`, `profile`, `components`, ..) is translated,
//! anything else is a chart value.

use super::chart::overlay;
use super::component::Component;
use crate::exit::Failure;
use crate::yaml;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The profiles there are, as `manifests/charts/*/files/profiles.yaml` has them.
pub const PROFILES: [&str; 10] = [
    "ambient",
    "default",
    "demo",
    "empty",
    "minimal",
    "openshift",
    "openshift-ambient",
    "preview",
    "remote",
    "stable",
];
/// The kind of the operator document.
pub const KIND: &str = "IstioOperator";

/// Everything that decides what is rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The profile's name.
    pub profile: String,
    /// Where the mesh goes.
    pub namespace: String,
    /// Empty for the default revision.
    pub revision: String,
    /// What is installed.
    pub components: BTreeSet<Component>,
    /// The values every chart gets.
    pub values: Value,
}

/// What came from flags, in the order it counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Name and text of each file.
    pub files: Vec<(String, String)>,
    /// `PATH=VALUE`.
    pub sets: Vec<String>,
    /// `--revision`.
    pub revision: Option<String>,
    /// What was found out about the cluster.
    pub platform: Option<&'static str>,
    /// `--istioNamespace`.
    pub namespace: String,
    /// A mirror of the images, which anything else that names a hub beats.
    pub hub: Option<String>,
}

/// Combines the layers.
///
/// # Errors
/// A file that is no YAML (65), a path or a name that nothing knows (64).
pub fn settle(given: &Given) -> Result<Settings, Failure> {
    let mut tree = match &given.hub {
        Some(hub) => json!({ "hub": hub }),
        None => json!({}),
    };
    for (name, text) in &given.files {
        overlay(&mut tree, &read_file(name, text)?);
    }
    for set in &given.sets {
        apply_set(&mut tree, set)?;
    }
    if let Some(revision) = &given.revision {
        tree["revision"] = json!(revision);
    }
    Tree(tree).settle(given)
}

/// One file: an operator document, or plain values.
fn read_file(name: &str, text: &str) -> Result<Value, Failure> {
    let broken = |what: &str| Failure::unparsable(format!("cannot read `{name}`: {what}"));
    let documents = yaml::all_from_str(text).map_err(|error| broken("not YAML").caused_by(&error))?;
    let is_operator = |document: &&Value| document["kind"] == KIND;
    if documents.iter().filter(is_operator).count() > 1 {
        return Err(broken("it holds two operator documents").hint("give each its own -f"));
    }
    let mut tree = json!({});
    for document in documents {
        if !document.is_object() {
            return Err(broken("it is no mapping of values"));
        }
        if document["kind"] == KIND {
            overlay(&mut tree, &operator(&document));
        } else if document.get("apiVersion").is_some() && document.get("kind").is_some() {
            let kind = document["kind"].as_str().unwrap_or("?").to_owned();
            return Err(broken(&format!(
                "it holds a `{kind}`, which is no input of an installation"
            ))
            .hint("give an operator document or chart values; apply other objects with kubectl"));
        } else {
            overlay(&mut tree, &document);
        }
    }
    Ok(tree)
}

/// The tree of an operator document: `spec`, with `values` on top of it.
fn operator(document: &Value) -> Value {
    let mut tree = document.get("spec").cloned().unwrap_or_else(|| json!({}));
    if let Some(revision) = document["metadata"]["labels"].get("istio.io/rev") {
        overlay(&mut tree, &json!({"revision": revision}));
    }
    let values = tree.as_object_mut().and_then(|map| map.remove("values"));
    overlay(&mut tree, &values.unwrap_or_else(|| json!({})));
    tree
}

struct Tree(Value);

impl Tree {
    fn settle(mut self, given: &Given) -> Result<Settings, Failure> {
        let profile = self.text("profile")?.unwrap_or_else(|| "ambient".to_owned());
        if !PROFILES.contains(&profile.as_str()) {
            return Err(Failure::usage(format!("unknown profile `{profile}`"))
                .hint(format!("known are {}", PROFILES.join(", "))));
        }
        if profile == "remote" {
            return Err(Failure::usage("profile `remote` is not offered")
                .because("a control plane outside the cluster it serves is not supported"));
        }
        let revision = self
            .text("revision")?
            .filter(|one| one != "default")
            .unwrap_or_default();
        if !revision.is_empty() && !is_dns_label(&revision) {
            return Err(
                Failure::usage(format!("invalid revision `{revision}`: not a DNS label"))
                    .hint("use at most 63 lower-case letters, digits and dashes, beginning with a letter"),
            );
        }
        let namespace = match self.take("namespace") {
            Some(Value::String(namespace)) => namespace,
            _ => given.namespace.clone(),
        };
        let components = self.components(&profile)?;
        self.global("hub");
        self.global("tag");
        self.0["profile"] = json!(profile);
        if let (Some(platform), None) = (
            given.platform,
            self.0.pointer("/global/platform").or(self.0.get("platform")),
        ) {
            self.0["platform"] = json!(platform);
        }
        if !revision.is_empty() {
            self.0["revision"] = json!(revision);
        }
        overlay(
            &mut self.0,
            &json!({
                "global": {"istioNamespace": namespace},
                "istioNamespace": namespace,
                "ownerName": owner(&revision),
            }),
        );
        Ok(Settings {
            profile,
            namespace,
            revision,
            components,
            values: self.0,
        })
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.0.as_object_mut().and_then(|map| map.remove(key))
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, Failure> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(other) => Err(Failure::usage(format!(
                "invalid value `{other}` for `{key}`: not a text"
            ))),
        }
    }

    /// `hub` and `tag` of an operator document are global values of the charts.
    fn global(&mut self, key: &str) {
        if let Some(value) = self.take(key) {
            let mut over = self.0.take();
            let mut below = json!({"global": {}});
            below["global"][key] = value;
            overlay(&mut below, &over);
            over = below;
            self.0 = over;
        }
    }

    fn components(&mut self, profile: &str) -> Result<BTreeSet<Component>, Failure> {
        let mut chosen: BTreeSet<Component> = match profile {
            "empty" => BTreeSet::new(),
            "minimal" => [Component::Base, Component::Pilot].into(),
            _ => Component::ALL.into(),
        };
        let Some(Value::Object(given)) = self.take("components") else {
            return Ok(chosen);
        };
        for (name, settings) in given {
            let Some(component) = Component::ALL.into_iter().find(|one| one.key() == name) else {
                if is_enabled_somewhere(&settings) {
                    return Err(Failure::usage(format!("component `{name}` is not offered"))
                        .hint("offered are base, pilot, cni and ztunnel"));
                }
                continue;
            };
            match settings.get("enabled") {
                Some(Value::Bool(true)) => _ = chosen.insert(component),
                Some(Value::Bool(false)) => _ = chosen.remove(&component),
                _ => {}
            }
        }
        Ok(chosen)
    }
}

/// Gateways are lists in an operator document.
fn is_enabled_somewhere(settings: &Value) -> bool {
    match settings {
        Value::Array(items) => items.iter().any(is_enabled_somewhere),
        other => other["enabled"] == true,
    }
}

/// Whose objects these are: the value of the owner label.
#[must_use]
pub fn owner(revision: &str) -> String {
    if revision.is_empty() {
        "installed-state".to_owned()
    } else {
        format!("installed-state-{revision}")
    }
}

/// Whether a text can be the name of a revision or a tag.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && !text.ends_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// One step of a `--set` path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Match(String, String),
}

/// `a.b\.c.list[0].list[name:x]=value`.
///
/// # Errors
/// It is no such assignment.
pub fn apply_set(tree: &mut Value, set: &str) -> Result<(), Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!("invalid value `{set}` for --set: {why}"))
            .hint("write PATH=VALUE, such as --set global.hub=registry.example/mesh")
    };
    let (path, value) = set.split_once('=').ok_or_else(|| wrong("no `=`"))?;
    let path = path
        .strip_prefix("values.")
        .or_else(|| path.strip_prefix("spec."))
        .unwrap_or(path);
    let steps = parse_path(path).ok_or_else(|| wrong("the path cannot be read"))?;
    put(tree, &steps, parse_value(value)).map_err(|why| wrong(&why))
}

fn parse_path(path: &str) -> Option<Vec<Step>> {
    let (mut steps, mut key, mut chars) = (Vec::new(), String::new(), path.chars().peekable());
    let mut expects_key = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?),
            '.' | '[' => {
                if !key.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut key)));
                } else if expects_key {
                    return None;
                }
                expects_key = c == '.';
                if c == '[' {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    steps.push(bracket(&inside)?);
                    if chars.peek().is_some_and(|c| !matches!(c, '.' | '[')) {
                        return None;
                    }
                }
            }
            c => key.push(c),
        }
    }
    if !key.is_empty() {
        steps.push(Step::Key(key));
    } else if expects_key {
        return None;
    }
    matches!(steps.first(), Some(Step::Key(_))).then_some(steps)
}

fn bracket(inside: &str) -> Option<Step> {
    if let Ok(index) = inside.parse::<usize>() {
        return (index < 1024).then_some(Step::Index(index));
    }
    let (key, value) = inside.split_once(':')?;
    (!key.is_empty()).then(|| Step::Match(key.to_owned(), value.to_owned()))
}

/// As Helm reads it: true, false, null, whole numbers, `{a,b}`; anything else is text.
fn parse_value(text: &str) -> Value {
    if let Some(items) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let items = items.split(',').filter(|item| !item.is_empty());
        return items.map(parse_value).collect();
    }
    match text {
        "true" => return json!(true),
        "false" => return json!(false),
        "null" => return Value::Null,
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = digits == "0" || (!digits.starts_with('0') && !digits.is_empty());
    match text.parse::<i64>() {
        Ok(number) if is_whole && digits.chars().all(|c| c.is_ascii_digit()) => json!(number),
        _ => json!(text),
    }
}

fn put(at: &mut Value, steps: &[Step], value: Value) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *at = value;
        return Ok(());
    };
    match step {
        Step::Key(key) => {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            let map = at
                .as_object_mut()
                .ok_or_else(|| format!("`{key}` is below something that is no mapping"))?;
            put(map.entry(key.clone()).or_insert(Value::Null), rest, value)
        }
        Step::Index(index) => {
            let items = list(at)?;
            if *index > items.len() {
                return Err(format!("the list has no item {index}"));
            }
            if *index == items.len() {
                items.push(Value::Null);
            }
            put(&mut items[*index], rest, value)
        }
        Step::Match(key, wanted) => {
            let items = list(at)?;
            let found = items.iter().position(|item| item[key.as_str()] == json!(wanted));
            let index = found.unwrap_or_else(|| {
                items.push(json!({key.as_str(): wanted}));
                items.len() - 1
            });
            put(&mut items[index], rest, value)
        }
    }
}

fn list(at: &mut Value) -> Result<&mut Vec<Value>, String> {
    if at.is_null() {
        *at = Value::Array(Vec::new());
    }
    at.as_array_mut()
        .ok_or_else(|| "an index on something that is no list".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(files: &[&str], sets: &[&str]) -> Given {
        Given {
            files: files
                .iter()
                .map(|text| ("f.yaml".to_owned(), (*text).to_owned()))
                .collect(),
            sets: sets.iter().map(|set| (*set).to_owned()).collect(),
            namespace: "istio-system".to_owned(),
            ..Given::default()
        }
    }

    #[track_caller]
    fn check_set(set: &str, expected: &Value) {
        let mut tree = json!({"list": [{"name": "x", "v": 1}]});
        apply_set(&mut tree, set).unwrap();
        tree.as_object_mut().unwrap().remove("list");
        assert_eq!(tree, *expected, "{set}");
    }

    #[test]
    fn a_mirror_counts_until_something_else_names_a_hub() {
        let settled = |sets: &[&str]| {
            let given = Given {
                hub: Some("mirror.example/mesh".to_owned()),
                sets: sets.iter().map(|set| (*set).to_owned()).collect(),
                namespace: "istio-system".to_owned(),
                ..Given::default()
            };
            settle(&given).unwrap().values["global"]["hub"].clone()
        };
        assert_eq!(settled(&[]), "mirror.example/mesh");
        assert_eq!(settled(&["hub=other"]), "other");
        assert_eq!(settled(&["global.hub=another"]), "another");
    }

    #[test]
    fn sets_are_read_as_helm_and_the_operator_write_them() {
        check_set("a.b=true", &json!({"a": {"b": true}}));
        check_set("values.a=-5", &json!({"a": -5}));
        check_set("a=0644", &json!({"a": "0644"}));
        check_set(r"a.istio\.io/rev=x=y", &json!({"a": {"istio.io/rev": "x=y"}}));
        check_set("a={x,1}", &json!({"a": ["x", 1]}));
        check_set("a[0].b=c", &json!({"a": [{"b": "c"}]}));
        check_set("a[name:x].b=c", &json!({"a": [{"name": "x", "b": "c"}]}));
        let mut tree = json!({"list": [{"name": "x", "v": 1}]});
        apply_set(&mut tree, "list[name:x].v=2").unwrap();
        assert_eq!(tree, json!({"list": [{"name": "x", "v": 2}]}));
    }

    #[test]
    fn a_set_that_is_none_is_a_usage_error() {
        for wrong in [
            "a", "=x", "a..b=1", ".a=1", "a[=1", "a[x]=1", "a[5]=1", "list.b=1", "a.=1",
        ] {
            let mut tree = json!({"list": [1]});
            let failed = apply_set(&mut tree, wrong).unwrap_err();
            assert_eq!(failed.exit, crate::exit::Exit::Usage, "{wrong}");
            assert!(failed.message.contains(wrong), "{wrong}: {}", failed.message);
        }
    }

    #[test]
    fn later_layers_win() {
        let file = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n  hub: one\n  revision: canary\n  \
                    components:\n    cni:\n      enabled: false\n  values:\n    global:\n      logAsJson: true\n";
        let settings = settle(&given(
            &[file, "global: {tag: '5'}\n"],
            &["hub=two", "profile=demo"],
        ))
        .unwrap();
        assert_eq!(settings.profile, "demo");
        assert_eq!(settings.revision, "canary");
        assert_eq!(
            settings.components,
            [Component::Base, Component::Pilot, Component::Ztunnel].into()
        );
        let global = &settings.values["global"];
        assert_eq!((&global["hub"], &global["tag"]), (&json!("two"), &json!("5")));
        assert_eq!(global["logAsJson"], true);
        assert_eq!(settings.values["ownerName"], "installed-state-canary");
    }

    #[test]
    fn bad_input_names_itself() {
        let two = "kind: IstioOperator\n---\nkind: IstioOperator\n";
        for (file, subject) in [
            ("a: [", "f.yaml"),
            (two, "two operator"),
            ("apiVersion: v1\nkind: Pod\n", "Pod"),
        ] {
            let failed = settle(&given(&[file], &[])).unwrap_err();
            assert_eq!(failed.exit, crate::exit::Exit::Unparsable);
            assert!(failed.message.contains(subject), "{}", failed.message);
        }
        for (set, subject) in [
            ("profile=nope", "nope"),
            ("revision=A", "`A`"),
            ("profile=3", "profile"),
        ] {
            let failed = settle(&given(&[], &[set])).unwrap_err();
            assert_eq!(failed.exit, crate::exit::Exit::Usage);
            assert!(failed.message.contains(subject), "{}", failed.message);
        }
    }
}
