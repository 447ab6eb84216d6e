//! The words of the command line.

use std::path::PathBuf;

use crate::Outcome;
use crate::report::Row;

/// Rounds unless told otherwise: an odd number, so that the median is one of them.
const ROUNDS: usize = 9;

/// What was asked for.
pub(crate) struct Options {
    /// How often each measurement is taken.
    pub(crate) rounds: usize,
    /// What the wanted rows have in their names.
    pub(crate) only: String,
    /// Another build of the proxy, to be measured beside this one.
    pub(crate) before: Option<PathBuf>,
    /// Where every sample goes.
    pub(crate) json: Option<PathBuf>,
    /// Where the table goes, beside standard output.
    pub(crate) markdown: Option<PathBuf>,
}

impl Options {
    /// Reads them; what is not known is refused.
    pub(crate) fn parse(words: &[String]) -> Outcome<Self> {
        let mut options = Self {
            rounds: ROUNDS,
            only: String::new(),
            before: None,
            json: None,
            markdown: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--bench" {
                continue;
            }
            let value = words.next().cloned();
            let value = value.ok_or_else(|| format!("`{word}` is not known, or lacks its value"))?;
            match word.as_str() {
                "--rounds" => options.rounds = value.parse().map_err(|_| "`--rounds` takes a number")?,
                "--only" => options.only = value,
                "--before" => options.before = Some(program(value)?),
                "--json" => options.json = Some(value.into()),
                "--markdown" => options.markdown = Some(value.into()),
                _ => return Err(format!("`{word}` is not known").into()),
            }
        }
        Ok(options)
    }

    /// Whether this row is wanted.
    pub(crate) fn wants(&self, row: &Row) -> bool {
        row.what.contains(&self.only)
    }
}

fn program(value: String) -> Outcome<PathBuf> {
    let path = PathBuf::from(value);
    if path.is_file() {
        return Ok(std::path::absolute(path)?);
    }
    Err(format!("`--before` takes a program, which `{}` is not", path.display()).into())
}
