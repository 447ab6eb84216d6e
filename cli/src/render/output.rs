//! `-o`: the one type of every command's output formats (`spec/cli.md` 1.4).
//!
//! A command names the formats that it has, the default first; `table` and `short` mean the first everywhere.

use super::columns::Columns;
use super::data;
use super::jsonpath::Template;
use crate::exit::Failure;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use serde::Serialize;
use std::ffi::OsStr;

/// How a result is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Text for people: the command's first format.
    Table,
    /// Less text, where a command has less.
    Short,
    /// More columns.
    Wide,
    /// `kind/name` lines.
    Name,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// A template over the document.
    JsonPath(Template),
    /// Columns of the caller's choice.
    CustomColumns(Columns),
    /// For test reporters of pipelines.
    Junit,
    /// For code scanners of pipelines.
    Sarif,
    /// For comments on changes.
    Markdown,
    /// A page that needs nothing else.
    Html,
    /// Commands that make the change.
    Patch,
    /// Network policies alone.
    Policies,
}

impl Output {
    /// Whether rows are printed as text and not as a document.
    #[must_use]
    pub fn is_tabular(&self) -> bool {
        matches!(
            self,
            Self::Table | Self::Short | Self::Wide | Self::CustomColumns(_)
        )
    }

    /// Whether this is JSON or YAML, of which nothing else may be on standard output.
    #[must_use]
    pub fn is_document(&self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }

    /// The document in this format, unless it is one for the command itself.
    ///
    /// # Errors
    /// The value cannot be written.
    pub fn document<T: Serialize + ?Sized>(&self, value: &T) -> Result<Option<String>, Failure> {
        match self {
            Self::Json => data::json(value).map(Some),
            Self::Yaml => data::yaml(value).map(Some),
            Self::JsonPath(template) => {
                let value = serde_json::to_value(value)
                    .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(&error))?;
                Ok(Some(template.print(&value)))
            }
            _ => Ok(None),
        }
    }
}

impl Output {
    /// The document in this format, or the text for people.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn render<T: Serialize + ?Sized>(
        &self,
        value: &T,
        text: impl FnOnce() -> String,
    ) -> Result<String, Failure> {
        Ok(self.document(value)?.unwrap_or_else(text))
    }
}

/// Text followed by an argument.
const JSONPATH: &str = "jsonpath=";
const CUSTOM_COLUMNS: &str = "custom-columns=";

/// The formats that a command has.
#[derive(Debug, Clone, Copy)]
pub struct Formats(pub &'static [&'static str]);

/// Of lists.
pub const LIST: Formats = Formats(&["table", "wide", "name", "json", "yaml", JSONPATH, CUSTOM_COLUMNS]);
/// Of reports.
pub const REPORT: Formats = Formats(&["table", "json", "yaml", JSONPATH]);
/// Of reports that a pipeline reads as tests.
pub const TESTS: Formats = Formats(&["table", "json", "yaml", JSONPATH, "junit"]);

impl Formats {
    fn plain(self, word: &str) -> Option<Output> {
        if self.0.first() == Some(&word) {
            return Some(Output::Table);
        }
        if !self.0.contains(&word) {
            return matches!(word, "table" | "short").then_some(Output::Table);
        }
        Some(match word {
            "short" => Output::Short,
            "wide" => Output::Wide,
            "name" => Output::Name,
            "json" => Output::Json,
            "yaml" => Output::Yaml,
            "junit" => Output::Junit,
            "sarif" => Output::Sarif,
            "markdown" => Output::Markdown,
            "html" => Output::Html,
            "patch" => Output::Patch,
            "policies" => Output::Policies,
            _ => return None,
        })
    }

    /// A format with an argument; `None` if this is none.
    fn with_argument(self, text: &str) -> Option<Result<Output, String>> {
        let has = |word: &'static str| self.0.contains(&word).then(|| text.strip_prefix(word)).flatten();
        if let Some(template) = has(JSONPATH) {
            let read = template.parse::<Template>();
            return Some(read.map(Output::JsonPath).map_err(|error| error.to_string()));
        }
        let columns = has(CUSTOM_COLUMNS)?.parse::<Columns>();
        Some(
            columns
                .map(Output::CustomColumns)
                .map_err(|error| error.to_string()),
        )
    }
}

impl TypedValueParser for Formats {
    type Value = Output;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Output, clap::Error> {
        let text = value.to_string_lossy();
        if let Some(read) = self.with_argument(&text) {
            return read.map_err(|why| {
                clap::Error::raw(
                    ErrorKind::ValueValidation,
                    format!("invalid value '{text}' for '--output <OUTPUT>': {why}\n"),
                )
                .with_cmd(command)
            });
        }
        match self.plain(&text) {
            Some(output) => Ok(output),
            // the parser of fixed words writes the error that lists them
            None => Err(PossibleValuesParser::new(self.0)
                .parse_ref(command, argument, value)
                .err()
                .unwrap_or_else(|| clap::Error::new(ErrorKind::InvalidValue).with_cmd(command))),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use serde_json::json;

    #[derive(Debug, Parser)]
    struct Line {
        #[arg(short, long, default_value = "table", value_parser = LIST)]
        output: Output,
        #[arg(long, default_value = "log", value_parser = Formats(&["log", "short", "json"]))]
        other: Output,
    }

    fn read(words: &[&str]) -> Result<Line, clap::Error> {
        Line::try_parse_from(std::iter::once(&"x").chain(words))
    }

    #[test]
    fn the_first_format_is_also_called_table_and_short_unless_it_has_less() {
        assert_eq!(read(&[]).unwrap().output, Output::Table);
        assert_eq!(read(&["-o", "short"]).unwrap().output, Output::Table);
        assert_eq!(read(&["--other", "table"]).unwrap().other, Output::Table);
        assert_eq!(read(&["--other", "short"]).unwrap().other, Output::Short);
        assert_eq!(read(&["-o", "wide"]).unwrap().output, Output::Wide);
    }

    #[test]
    fn an_unknown_format_lists_the_known_ones_and_a_bad_template_says_why() {
        let unknown = read(&["-o", "xml"]).unwrap_err().to_string();
        assert!(
            unknown.contains("possible values: table, wide, name, json, yaml, jsonpath=, custom-columns="),
            "{unknown}"
        );
        assert!(read(&["--other", "jsonpath={.a}"]).is_err());
        let bad = read(&["-o", "jsonpath={.a"]).unwrap_err().to_string();
        assert!(bad.contains("'--output <OUTPUT>': `{` is not closed"), "{bad}");
        let bad = read(&["-o", "custom-columns="]).unwrap_err().to_string();
        assert!(bad.contains("no columns"), "{bad}");
    }

    #[test]
    fn documents_are_written_once_for_all_commands() {
        let value = json!({"a": {"b": 1}});
        let print = |words: &[&str]| read(words).unwrap().output.document(&value).unwrap();
        assert_eq!(print(&["-o", "jsonpath={.a.b}"]).as_deref(), Some("1"));
        assert_eq!(print(&["-o", "yaml"]).as_deref(), Some("a:\n  b: 1\n"));
        assert_eq!(print(&["-o", "table"]), None);
    }
}
