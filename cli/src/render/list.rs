//! Lists: the flags that each of them has, and the one way in which their rows are printed (`spec/cli.md` 1.4, 1.6).
//!
//! A command says what its rows are, which cells each has and what it is called; formats, sorting and watching are
//! here. A row's document is what `-o json` prints of it, and what paths are about.

use super::jsonpath::Path;
use super::output::{LIST, Output};
use super::table::Table;
use crate::context::Context;
use crate::exit::Failure;
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a watched list is read.
const PAUSE: Duration = Duration::from_secs(2);

/// Flags that every list has.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = LIST)]
    pub output: Output,
    /// No header row
    #[arg(long)]
    pub no_headers: bool,
    /// Sort by a field of each row's JSON, such as .name
    #[arg(long, value_name = "JSONPATH", value_parser = path)]
    pub sort_by: Option<Path>,
}

/// The flag of lists that can be watched.
#[derive(Debug, Clone, Copy, Args)]
pub struct WatchArgs {
    /// After the list, a row for each change, until interrupted
    #[arg(short, long)]
    pub watch: bool,
}

/// The flag of lists of objects with labels.
#[derive(Debug, Clone, Args)]
pub struct SelectArgs {
    /// Only objects with such labels, as kubectl takes them
    #[arg(short = 'l', long, value_name = "SELECTOR", value_parser = labels)]
    pub selector: Option<crate::selector::Labels>,
}

fn path(text: &str) -> Result<Path, String> {
    text.parse()
        .map_err(|error: super::jsonpath::TemplateError| error.to_string())
}

fn labels(text: &str) -> Result<crate::selector::Labels, String> {
    text.parse()
        .map_err(|error: crate::selector::SelectorError| error.to_string())
}

/// Makes the cells of a row.
type Cells<T> = Box<dyn Fn(&T) -> Vec<String>>;

/// The rows of one list.
pub struct List<T> {
    gap: usize,
    header: Vec<String>,
    wide: Vec<String>,
    rows: Vec<T>,
    cells: Cells<T>,
    name: fn(&T) -> String,
    empty: Option<String>,
    skipped: usize,
    total: Option<T>,
}

impl<T: Serialize> List<T> {
    /// A list of `rows`, whose `cells` are those of the header and then those of wide output.
    pub fn new(header: &[&str], rows: Vec<T>, cells: impl Fn(&T) -> Vec<String> + 'static) -> Self {
        Self {
            gap: 3,
            header: texts(header),
            wide: Vec::new(),
            rows,
            cells: Box::new(cells),
            name: |_| String::new(),
            empty: None,
            skipped: 0,
            total: None,
        }
    }

    /// What a row is called: `kind/name`, which must differ from row to row with the same first cell.
    #[must_use]
    pub fn named(mut self, name: fn(&T) -> String) -> Self {
        self.name = name;
        self
    }

    /// What makes two rows the same: the name, and the first cell, which is the namespace where there are several.
    fn key(&self, row: &T) -> (Option<String>, String) {
        ((self.cells)(row).into_iter().next(), (self.name)(row))
    }

    /// The columns that wide output adds.
    #[must_use]
    pub fn wide(mut self, header: &[&str]) -> Self {
        self.wide = texts(header);
        self
    }

    /// Leaves the first column out, which is that of the namespace or node where there is one alone.
    #[must_use]
    pub fn without_first(mut self, is_left_out: bool) -> Self {
        self.skipped = usize::from(is_left_out);
        self
    }

    /// A last row of tables, which is no row of the list.
    #[must_use]
    pub fn total(mut self, row: T) -> Self {
        self.total = Some(row);
        self
    }

    /// The gap between columns, where the specification has another than 3.
    #[must_use]
    pub fn gap(mut self, gap: usize) -> Self {
        self.gap = gap;
        self
    }

    /// What is said on standard error when there are no rows; without it the header alone is printed.
    #[must_use]
    pub fn or_say(mut self, text: impl Into<String>) -> Self {
        self.empty = Some(text.into());
        self
    }
}

impl ListArgs {
    /// No flag given: a table.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            output: Output::Table,
            no_headers: false,
            sort_by: None,
        }
    }

    /// Prints a list.
    ///
    /// # Errors
    /// A row cannot be written, or none has the field to sort by (64).
    pub fn print<T: Serialize>(&self, context: &Context, list: List<T>) -> Result<(), Failure> {
        if let (true, false, Some(text)) = (list.rows.is_empty(), self.output.is_document(), &list.empty) {
            context.messages.line(text);
            return Ok(());
        }
        super::print(&self.render(list)?)
    }

    /// The text of a list.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn render<T: Serialize>(&self, mut list: List<T>) -> Result<String, Failure> {
        self.sort(&mut list.rows)?;
        if let Some(text) = self.output.document(&list.rows)? {
            return Ok(text);
        }
        let is_summed = matches!(self.output, Output::Table | Output::Wide);
        let total = list.total.iter().filter(|_| is_summed);
        let rows: Vec<&T> = list.rows.iter().chain(total).collect();
        Ok(self.table(&list, &rows, !self.no_headers)?.render())
    }

    /// Rows as lines.
    fn table<T: Serialize>(&self, list: &List<T>, rows: &[&T], has_header: bool) -> Result<Table, Failure> {
        let mut table = match &self.output {
            Output::CustomColumns(columns) => columns.table(has_header),
            Output::Name => Table::with_header(1, &[], true),
            _ => {
                let wide = list.wide.iter().filter(|_| self.output == Output::Wide);
                let header: Vec<&str> = list.header[list.skipped..]
                    .iter()
                    .chain(wide)
                    .map(String::as_str)
                    .collect();
                Table::with_header(list.gap, &header, !has_header)
            }
        };
        for row in rows.iter().copied() {
            table.row(match &self.output {
                Output::CustomColumns(columns) => columns.cells(&document(row)?),
                Output::Name => vec![(list.name)(row)],
                Output::Wide => (list.cells)(row).split_off(list.skipped),
                _ => {
                    let mut cells = (list.cells)(row);
                    cells.truncate(list.header.len());
                    cells.split_off(list.skipped)
                }
            });
        }
        Ok(table)
    }

    fn sort<T: Serialize>(&self, rows: &mut Vec<T>) -> Result<(), Failure> {
        let Some(path) = &self.sort_by else {
            return Ok(());
        };
        let mut keyed = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            let key = path.find(&document(&row)?).first().map(|key| (*key).clone());
            keyed.push((key, row));
        }
        if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
            return Err(Failure::usage(format!("cannot sort by `{path}`: no row has it"))
                .hint("-o json shows the fields of rows"));
        }
        keyed.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
        rows.extend(keyed.into_iter().map(|(_, row)| row));
        Ok(())
    }

    /// Prints what `fetch` finds and, when watching, a row for each change from then on (or a document on a line of
    /// its own). Of a row that is gone, the last state is printed once more, as kubectl does.
    ///
    /// # Errors
    /// As [`Self::print`], and as `fetch`. Watching ends by nothing else.
    pub async fn show<T: Serialize>(
        &self,
        context: &Context,
        watch: WatchArgs,
        mut fetch: impl AsyncFnMut() -> Result<List<T>, Failure>,
    ) -> Result<(), Failure> {
        let mut known = Box::pin(fetch()).await?;
        if !watch.watch {
            return self.print(context, known);
        }
        self.sort(&mut known.rows)?;
        let all: Vec<&T> = known.rows.iter().collect();
        let first = self.table(&known, &all, !self.no_headers)?;
        let widths = first.widths();
        match &self.output {
            Output::Json | Output::Yaml | Output::JsonPath(_) => super::print(&self.documents(&all)?)?,
            _ => super::print(&first.render())?,
        }
        loop {
            tokio::time::sleep(PAUSE).await;
            let next = Box::pin(fetch()).await?;
            let changed = changes(&known, &next)?;
            super::print(&match &self.output {
                Output::Json | Output::Yaml | Output::JsonPath(_) => self.documents(&changed)?,
                _ => self
                    .table(&next, &changed, false)?
                    .at_least(widths.clone())
                    .render(),
            })?;
            known = next;
        }
    }

    /// Each row as a document of its own.
    fn documents<T: Serialize>(&self, rows: &[&T]) -> Result<String, Failure> {
        let one = |row: &&T| {
            let document = document(*row)?;
            Ok(match &self.output {
                Output::JsonPath(template) => template.print(&document),
                Output::Yaml => format!("---\n{}", crate::yaml::to_string(&document)),
                _ => format!("{document}\n"),
            })
        };
        rows.iter().map(one).collect()
    }
}

/// Rows that are new or different, and then those that are gone.
fn changes<'a, T: Serialize>(before: &'a List<T>, after: &'a List<T>) -> Result<Vec<&'a T>, Failure> {
    let states = |list: &'a List<T>| {
        let state = |row| Ok((list.key(row), document(row)?));
        list.rows
            .iter()
            .map(state)
            .collect::<Result<BTreeMap<_, Value>, Failure>>()
    };
    let (old, new) = (states(before)?, states(after)?);
    let changed = after.rows.iter().filter(|row| {
        let key = after.key(row);
        old.get(&key) != new.get(&key)
    });
    let gone = before
        .rows
        .iter()
        .filter(|row| !new.contains_key(&before.key(row)));
    Ok(changed.chain(gone).collect())
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn document<T: Serialize>(row: &T) -> Result<Value, Failure> {
    serde_json::to_value(row)
        .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(&error))
}

/// Numbers by value, texts by their characters; what is absent comes first.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            a.total_cmp(&b)
        }
        (Some(a), Some(b)) => super::jsonpath::word(a).cmp(&super::jsonpath::word(b)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

#[cfg(test)]
mod tests;
