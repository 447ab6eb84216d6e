//! `JSONPath` as kubectl writes it: `-o jsonpath=`, `--sort-by`, `custom-columns=` (`spec/cli.md` 1.4). (pure)
//!
//! The queries themselves are answered by the crate `jsonpath-rust`, which speaks RFC 9535. What kubectl has beyond
//! it is here: text around `{…}`, `{range}…{end}`, paths without `$`, keys with dashes and escaped dots, unions of
//! paths. Values that are no text are printed as JSON; a path that finds nothing prints nothing.

mod read;

use jsonpath_rust::JsonPath;
use read::{Reader, find_outside_quotes, unquote};
use serde_json::Value;
use std::str::FromStr;

/// What is wrong with a template or path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A bracket, brace or quote without its end.
    #[error("`{0}` is not closed")]
    Open(char),
    /// `{end}` without a range, or a range without it.
    #[error("{{range}} and {{end}} do not match")]
    Range,
    /// Something that is no path.
    #[error("`{0}` is not a path")]
    Path(String),
    /// Nothing at all.
    #[error("the template is empty")]
    Empty,
}

/// A path into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    is_from_root: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A query of RFC 9535.
    Query(String),
    /// The results of several paths, one path after the other.
    Union(Vec<Path>),
}

/// A text with paths in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Path(Path),
    Range(Path, Vec<Part>),
}

impl FromStr for Path {
    type Err = TemplateError;

    /// Reads `{.a.b}`, `.a.b` or `a.b`.
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let bare = text.trim();
        let bare = bare
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(bare)
            .trim();
        if bare.is_empty() {
            return Err(TemplateError::Empty);
        }
        let (is_from_root, rest) = match bare.strip_prefix(['$', '@']) {
            Some(rest) => (bare.starts_with('$'), rest),
            None => (false, bare),
        };
        let steps = Reader { rest, whole: bare }.steps()?;
        Ok(Self {
            text: bare.to_owned(),
            is_from_root,
            steps,
        })
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Path {
    /// What the path leads to; nothing where it leads nowhere.
    #[must_use]
    pub fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.try_find(value, value).unwrap_or_default()
    }

    fn try_find<'a>(&self, root: &'a Value, current: &'a Value) -> Option<Vec<&'a Value>> {
        let mut values = vec![if self.is_from_root { root } else { current }];
        for step in &self.steps {
            let mut next = Vec::new();
            match step {
                Step::Query(query) => {
                    for value in values {
                        next.append(&mut value.query(query).ok()?);
                    }
                }
                Step::Union(paths) => {
                    for path in paths {
                        for value in &values {
                            next.append(&mut path.try_find(root, value)?);
                        }
                    }
                }
            }
            values = next;
        }
        Some(values)
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    /// Reads a template; a text without braces is one path, since it cannot be meant as a text.
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if text.trim().is_empty() {
            return Err(TemplateError::Empty);
        }
        if !text.contains('{') {
            return Ok(Self(vec![Part::Path(text.parse()?)]));
        }
        // ranges that are open, innermost last, below them the parts of the template itself
        let mut open: Vec<(Option<Path>, Vec<Part>)> = vec![(None, Vec::new())];
        let mut rest = text;
        while !rest.is_empty() {
            let (before, inside, after) = split_braces(rest)?;
            let parts = &mut open.last_mut().ok_or(TemplateError::Range)?.1;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            rest = after;
            let Some(inside) = inside.map(str::trim) else {
                continue;
            };
            if let Some(path) = inside.strip_prefix("range ") {
                open.push((Some(path.parse()?), Vec::new()));
            } else if inside == "end" {
                let (path, body) = open.pop().ok_or(TemplateError::Range)?;
                let range = Part::Range(path.ok_or(TemplateError::Range)?, body);
                open.last_mut().ok_or(TemplateError::Range)?.1.push(range);
            } else if inside.starts_with(['"', '\'']) {
                parts.push(Part::Text(unquote(inside)?));
            } else {
                parts.push(Part::Path(if inside == "." {
                    root_path()
                } else {
                    inside.parse()?
                }));
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some((None, parts)), true) => Ok(Self(parts)),
            _ => Err(TemplateError::Range),
        }
    }
}

impl Template {
    /// The text for a value. Of a list, `.items` is the list itself, so that kubectl's templates work on ours.
    #[must_use]
    pub fn print(&self, value: &Value) -> String {
        let mut text = String::new();
        if value.is_array() {
            let root = serde_json::json!({ "items": value });
            // `[0]` and `[*]` mean the list too, which has no other fields
            let is_for_list = |part: &Part| match part {
                Part::Path(path) | Part::Range(path, _) => {
                    !path.text.trim_start_matches('$').starts_with('[')
                }
                Part::Text(_) => true,
            };
            let root = if self.0.iter().all(is_for_list) {
                &root
            } else {
                value
            };
            print(&self.0, root, root, &mut text);
        } else {
            print(&self.0, value, value, &mut text);
        }
        text
    }
}

fn root_path() -> Path {
    Path {
        text: ".".to_owned(),
        is_from_root: false,
        steps: Vec::new(),
    }
}

fn print(parts: &[Part], root: &Value, current: &Value, text: &mut String) {
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Path(path) => {
                let found = path.try_find(root, current).unwrap_or_default();
                let words: Vec<String> = found.into_iter().map(word).collect();
                text.push_str(&words.join(" "));
            }
            Part::Range(path, body) => {
                for one in path.try_find(root, current).unwrap_or_default() {
                    print(body, root, one, text);
                }
            }
        }
    }
}

/// A value as templates print it: text as it is, anything else as JSON.
#[must_use]
pub fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The text up to the next brace, what is within the braces, and the rest.
fn split_braces(text: &str) -> Result<(&str, Option<&str>, &str), TemplateError> {
    let Some((before, rest)) = text.split_once('{') else {
        return Ok((text, None, ""));
    };
    let end = find_outside_quotes(rest, |c, _| c == '}').ok_or(TemplateError::Open('{'))?;
    Ok((before, Some(&rest[..end]), &rest[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The input of kubectl's own documentation.
    fn documented() -> Value {
        json!({
            "kind": "List",
            "items": [
                {"kind": "None", "metadata": {"name": "127.0.0.1", "labels": {"kubernetes.io/hostname": "127.0.0.1"}},
                 "status": {"capacity": {"cpu": "4"}, "addresses": [{"type": "LegacyHostIP", "address": "127.0.0.1"}]}},
                {"kind": "None", "metadata": {"name": "127.0.0.2"},
                 "status": {"capacity": {"cpu": "8"}, "addresses": [
                    {"type": "LegacyHostIP", "address": "127.0.0.2"}, {"type": "another", "address": "127.0.0.3"}]}}
            ],
            "users": [{"name": "myself", "user": {}}, {"name": "e2e", "user": {"username": "admin", "password": "secret"}}]
        })
    }

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let template: Template = template.parse().unwrap();
        assert_eq!(template.print(&documented()), expected);
    }

    #[test]
    fn the_examples_of_kubectls_documentation_hold() {
        check("kind is {.kind}", "kind is List");
        check("{.kind}", "List");
        check("{['kind']}", "List");
        check("{.items[*].metadata.name}", "127.0.0.1 127.0.0.2");
        check("{.users[0].name}", "myself");
        check(
            "{.items[*]['metadata.name', 'status.capacity']}",
            r#"127.0.0.1 127.0.0.2 {"cpu":"4"} {"cpu":"8"}"#,
        );
        check(r#"{.users[?(@.name=="e2e")].user.password}"#, "secret");
        check(
            "{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}",
            r#"[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] "#,
        );
        check(
            "{range .items[*]}{.metadata.name}{'\\t'}{end}",
            "127.0.0.1\t127.0.0.2\t",
        );
        check(
            r"{.items[*].metadata.labels.kubernetes\.io/hostname}",
            "127.0.0.1",
        );
        check(
            r#"{range .items[*]}{.metadata.name}{"\n"}{end}"#,
            "127.0.0.1\n127.0.0.2\n",
        );
        check("{.items[-1:].metadata.name}", "127.0.0.2");
        check("{..cpu}", "4 8");
        check("{.missing.field}", "");
    }

    #[test]
    fn filters_compare_as_kubectls_do() {
        check(
            r#"{.items[*].status.addresses[?(@.type!="another")].address}"#,
            "127.0.0.1 127.0.0.2",
        );
        check(r"{.users[?(@.user.username)].name}", "e2e");
        // what has no such field does not match, whatever the comparison
        check(r#"{.users[?(@.user.username!="x")].name}"#, "e2e");
        check(r"{.users[?(@.user.username == 'admin')].name}", "e2e");
    }

    #[test]
    fn our_lists_are_found_by_items_and_by_themselves() {
        let rows = json!([{"name": "a", "count": 1}, {"name": "b", "count": 2}]);
        let print = |text: &str| text.parse::<Template>().unwrap().print(&rows);
        assert_eq!(print("{.items[*].name}"), "a b");
        assert_eq!(print("{[1].name}"), "b");
        assert_eq!(print("{range .items[*]}{.name}={.count} {end}"), "a=1 b=2 ");
        assert_eq!(print(".items[0].name"), "a");
    }

    #[test]
    fn paths_are_read_with_and_without_braces_and_dots() {
        let value = json!({"a": {"b-c": 1, "d.e": 2}});
        for text in ["{.a.b-c}", ".a.b-c", "a.b-c", "{$.a.b-c}"] {
            let path: Path = text.parse().unwrap();
            assert_eq!(path.find(&value), [&json!(1)], "{text}");
        }
        let path: Path = r".a.d\.e".parse().unwrap();
        assert_eq!(path.find(&value), [&json!(2)]);
    }

    #[test]
    fn what_is_no_template_is_named() {
        let wrong = |text: &str| text.parse::<Template>().unwrap_err();
        assert_eq!(wrong(""), TemplateError::Empty);
        assert_eq!(wrong("{.a"), TemplateError::Open('{'));
        assert_eq!(wrong("{.a[0}"), TemplateError::Open('['));
        assert_eq!(wrong("{range .items[*]}{.a}"), TemplateError::Range);
        assert_eq!(wrong("{.a}{end}"), TemplateError::Range);
        assert_eq!(wrong("{.a b}"), TemplateError::Path(".a b".to_owned()));
        assert_eq!(wrong("{.a[?(@.b==c)]}"), TemplateError::Path("c".to_owned()));
        assert_eq!(
            wrong("{.a[nonsense]}"),
            TemplateError::Path(".a[nonsense]".to_owned())
        );
    }
}
