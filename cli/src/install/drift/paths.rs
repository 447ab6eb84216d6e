//! Where two states of an object differ. (pure)

use serde_json::Value;
use std::collections::BTreeSet;

/// Fields that the server keeps for itself, or that say nothing about what was meant.
const SERVERS: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "selfLink",
    "deletionTimestamp",
];
/// What tells list elements apart, where they have it.
const KEYS: [&str; 2] = ["name", "type"];

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field.
    Key(String),
    /// The element of a list with such a key and value.
    Named(&'static str, String),
    /// The element at a place.
    Index(usize),
}

/// One field that would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Vec<Step>,
    /// What is; nothing when it would be added.
    pub live: Option<Value>,
    /// What would be; nothing when it would be removed.
    pub wanted: Option<Value>,
}

/// Every field that differs, in the order of the document. Status is nobody's wish.
#[must_use]
pub fn changes(live: &Value, wanted: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), Some(live), Some(wanted), &mut found);
    found
}

fn compare(path: &mut Vec<Step>, live: Option<&Value>, wanted: Option<&Value>, found: &mut Vec<Change>) {
    match (live, wanted) {
        _ if live == wanted => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                if is_servers(path, key) {
                    continue;
                }
                path.push(Step::Key(key.clone()));
                compare(path, a.get(key), b.get(key), found);
                path.pop();
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => lists(path, a, b, found),
        _ => found.push(Change {
            path: path.clone(),
            live: live.cloned(),
            wanted: wanted.cloned(),
        }),
    }
}

fn is_servers(path: &[Step], key: &str) -> bool {
    match path {
        [] => key == "status",
        [Step::Key(parent)] => parent == "metadata" && SERVERS.contains(&key),
        _ => false,
    }
}

fn lists(path: &mut Vec<Step>, a: &[Value], b: &[Value], found: &mut Vec<Change>) {
    if let Some(key) = KEYS
        .into_iter()
        .find(|key| tells_apart(a, key) && tells_apart(b, key))
    {
        let name = |value: &Value| value[key].as_str().unwrap_or_default().to_owned();
        let mut names: Vec<String> = a.iter().map(name).collect();
        names.extend(b.iter().map(name));
        let mut seen = BTreeSet::new();
        for one in names {
            if !seen.insert(one.clone()) {
                continue;
            }
            let find = |values: &'_ [Value]| values.iter().position(|value| name(value) == one);
            let (left, right) = (find(a).map(|at| &a[at]), find(b).map(|at| &b[at]));
            path.push(Step::Named(key, one));
            compare(path, left, right, found);
            path.pop();
        }
    } else if a.len() == b.len() {
        for (at, (left, right)) in a.iter().zip(b).enumerate() {
            path.push(Step::Index(at));
            compare(path, Some(left), Some(right), found);
            path.pop();
        }
    } else {
        found.push(Change {
            path: path.clone(),
            live: Some(Value::from(a.to_vec())),
            wanted: Some(Value::from(b.to_vec())),
        });
    }
}

/// Whether every element has a text under this key, and no two the same.
fn tells_apart(values: &[Value], key: &str) -> bool {
    let names: Option<BTreeSet<&str>> = values.iter().map(|value| value[key].as_str()).collect();
    names.is_some_and(|names| names.len() == values.len())
}

/// Whether a key can stand in a path without quotes.
#[must_use]
pub fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A path for people: `.spec.template.spec.containers[istio-proxy].image`.
#[must_use]
pub fn shown(path: &[Step]) -> String {
    let words = path.iter().map(|step| match step {
        Step::Key(key) if is_plain(key) => format!(".{key}"),
        Step::Key(key) => format!("[{}]", Value::from(key.as_str())),
        Step::Named(_, name) => format!("[{name}]"),
        Step::Index(at) => format!("[{at}]"),
    });
    words.collect()
}

/// A path as a JSON pointer (RFC 6901) into the live object; an element that is not there goes to the end of its list.
#[must_use]
pub fn pointer(live: &Value, path: &[Step]) -> String {
    let (mut text, mut at) = (String::new(), Some(live));
    for step in path {
        let part = match step {
            Step::Key(key) => {
                at = at.and_then(|value| value.get(key));
                key.replace('~', "~0").replace('/', "~1")
            }
            Step::Index(place) => {
                at = at.and_then(|value| value.get(place));
                place.to_string()
            }
            Step::Named(key, name) => {
                let items = at.and_then(Value::as_array);
                let place = items.and_then(|items| items.iter().position(|item| item[*key] == name.as_str()));
                at = place.zip(items).map(|(place, items)| &items[place]);
                place.map_or_else(|| "-".to_owned(), |place| place.to_string())
            }
        };
        text.push('/');
        text.push_str(&part);
    }
    text
}
