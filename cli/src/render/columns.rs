//! `-o custom-columns=NAME:PATH,…` as kubectl takes it (`spec/cli.md` 1.4). (pure)

use super::jsonpath::{Path, TemplateError};
use super::table::Table;
use serde_json::Value;
use std::str::FromStr;

/// What is wrong with a list of columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// No column at all.
    #[error("no columns: write custom-columns=NAME:.path,OTHER:.path")]
    Empty,
    /// A column without a name or without a path.
    #[error("column `{0}` is not NAME:.path")]
    Column(String),
    /// A path that is none.
    #[error("column `{0}`: {1}")]
    Path(String, #[source] TemplateError),
}

/// Columns and where each finds its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<(String, Path)>);

impl FromStr for Columns {
    type Err = ColumnsError;

    fn from_str(text: &str) -> Result<Self, ColumnsError> {
        if text.trim().is_empty() {
            return Err(ColumnsError::Empty);
        }
        let column = |part: String| {
            let (name, path) = part
                .split_once(':')
                .filter(|(name, path)| !name.is_empty() && !path.is_empty())
                .ok_or_else(|| ColumnsError::Column(part.clone()))?;
            let path = path
                .parse()
                .map_err(|error| ColumnsError::Path(part.clone(), error))?;
            Ok((name.to_owned(), path))
        };
        split(text)
            .into_iter()
            .map(column)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Parts between commas, those within brackets aside.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_usize);
    for c in text.chars() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

impl Columns {
    /// An empty table of these columns; kubectl's gap is 3.
    #[must_use]
    pub fn table(&self, has_header: bool) -> Table {
        let header: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        Table::with_header(3, &header, !has_header)
    }

    /// The cells of one row: several values with commas between, `<none>` for none.
    #[must_use]
    pub fn cells(&self, row: &Value) -> Vec<String> {
        let cell = |path: &Path| {
            let found: Vec<String> = path.find(row).into_iter().map(word).collect();
            if found.is_empty() {
                "<none>".to_owned()
            } else {
                found.join(",")
            }
        };
        self.0.iter().map(|(_, path)| cell(path)).collect()
    }
}

/// A value as kubectl prints it in a cell: maps and lists in the form of Go.
fn word(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(word).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", word(value)))
                .collect();
            entries.sort();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(columns: &str, expected: &str) {
        let columns: Columns = columns.parse().unwrap();
        let rows = [
            json!({"metadata": {"name": "web", "labels": {"b": "2", "a": "1"}}, "ports": [80, 443], "node": null}),
            json!({"metadata": {"name": "api"}, "list": [{"v": "x"}, {"v": "y"}]}),
        ];
        let mut table = columns.table(true);
        for row in &rows {
            table.row(columns.cells(row));
        }
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn cells_are_those_of_kubectl() {
        check("NAME:.metadata.name", "NAME\nweb\napi\n");
        check(
            "NAME:metadata.name,LABELS:.metadata.labels,NODE:{.node}",
            "NAME   LABELS         NODE\nweb    map[a:1 b:2]   <nil>\napi    <none>         <none>\n",
        );
        check(
            "P:.ports,V:.list[*].v,F:.ports[0,1]",
            "P          V        F\n[80 443]   <none>   80,443\n<none>     x,y      <none>\n",
        );
    }

    #[test]
    fn what_is_no_column_is_named() {
        let wrong = |text: &str| text.parse::<Columns>().unwrap_err().to_string();
        assert!(wrong("").starts_with("no columns"));
        assert_eq!(wrong("NAME"), "column `NAME` is not NAME:.path");
        assert_eq!(wrong("A:.a,B:.b["), "column `B:.b[`: `[` is not closed");
    }
}
