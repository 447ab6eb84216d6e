//! A report in the forms that people read: text for a terminal, Markdown, and one HTML page that needs nothing else.
//! (pure)
//!
//! Charts are inline SVG, so a page can be mailed, stored and printed. Text and Markdown leave charts out: every number
//! of a chart also stands in a table.

pub mod chart;

use super::table::Table;
use crate::exit::Failure;
use chart::Chart;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;
use std::fmt::Write as _;

const TEMPLATE: &str = include_str!("page/page.html");

/// One part of a page.
#[derive(Debug, Clone)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table.
    Table(Vec<&'static str>, Vec<Vec<String>>),
    /// A chart.
    Chart(Chart),
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// What it is called.
    pub title: String,
    /// What it says, in a sentence.
    pub lead: String,
    /// Its parts.
    pub blocks: Vec<Block>,
}

/// A block as the template sees it.
#[derive(Debug, Default, Serialize)]
struct Shown {
    heading: Option<String>,
    text: Option<String>,
    header: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
    /// Has escaped its own texts.
    svg: Option<String>,
}

impl Page {
    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.lead);
        for block in &self.blocks {
            match block {
                Block::Heading(heading) => _ = write!(text, "\n{heading}\n"),
                Block::Text(paragraph) => _ = writeln!(text, "{paragraph}"),
                Block::Table(header, rows) => {
                    let mut table = Table::new(3, header);
                    rows.iter().cloned().for_each(|row| table.row(row));
                    text.push_str(&table.render());
                }
                Block::Chart(_) => {}
            }
        }
        text
    }

    /// For documents and comments.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", self.title, self.lead);
        for block in &self.blocks {
            match block {
                Block::Heading(heading) => _ = write!(text, "\n## {heading}\n"),
                Block::Text(paragraph) => _ = write!(text, "\n{paragraph}\n"),
                Block::Table(header, rows) => {
                    _ = write!(
                        text,
                        "\n| {} |\n|{}\n",
                        header.join(" | "),
                        "---|".repeat(header.len())
                    );
                    for row in rows {
                        let cells: Vec<String> = row.iter().map(|cell| markdown_cell(cell)).collect();
                        _ = writeln!(text, "| {} |", cells.join(" | "));
                    }
                }
                Block::Chart(_) => {}
            }
        }
        text
    }

    /// For a browser.
    ///
    /// # Errors
    /// It cannot be written, which a test holds.
    pub fn html(&self) -> Result<String, Failure> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let blocks: Vec<Shown> = self.blocks.iter().map(shown).collect();
        environment
            .render_str(
                TEMPLATE,
                context! { title => &self.title, lead => &self.lead, blocks => Value::from(Serde(blocks)) },
            )
            .map_err(|error| Failure::new("cannot write the result as HTML").caused_by(&error))
    }
}

fn shown(block: &Block) -> Shown {
    let mut shown = Shown::default();
    match block {
        Block::Heading(text) => shown.heading = Some(text.clone()),
        Block::Text(text) => shown.text = Some(text.clone()),
        Block::Table(header, rows) => {
            shown.header = Some(header.iter().map(ToString::to_string).collect());
            shown.rows.clone_from(rows);
        }
        Block::Chart(chart) => shown.svg = Some(chart.svg()),
    }
    shown
}

/// A text that cannot break a table of Markdown.
#[must_use]
pub fn markdown_cell(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page {
            title: "a & b".to_owned(),
            lead: "one <sentence>".to_owned(),
            blocks: vec![
                Block::Heading("Pairs".to_owned()),
                Block::Table(vec!["FROM", "TO"], vec![vec!["a|b".to_owned(), "<c>".to_owned()]]),
                Block::Chart(Chart::Bars {
                    title: "share <x>".to_owned(),
                    unit: "%",
                    bars: vec![("a&b".to_owned(), 50.0), ("zero".to_owned(), 0.0)],
                }),
            ],
        }
    }

    #[test]
    fn a_page_stands_alone_and_no_text_breaks_it() {
        let html = page().html().unwrap();
        assert!(
            html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"),
            "{html}"
        );
        assert!(
            html.contains("<title>a &amp; b</title>") && html.contains("<td>&lt;c&gt;</td>"),
            "{html}"
        );
        assert!(
            html.contains("<svg") && html.contains("share &lt;x&gt;") && html.contains("a&amp;b"),
            "{html}"
        );
        for outside in ["http://", "https://", "<script", "src="] {
            let inner = html.replace("http://www.w3.org/2000/svg", "");
            assert!(!inner.contains(outside), "{outside} in {html}");
        }
    }

    #[test]
    fn text_and_markdown_have_the_same_tables() {
        assert_eq!(page().text(), "one <sentence>\n\nPairs\nFROM   TO\na|b    <c>\n");
        let markdown = page().markdown();
        assert!(
            markdown.ends_with("## Pairs\n\n| FROM | TO |\n|---|---|\n| a\\|b | &lt;c> |\n"),
            "{markdown}"
        );
    }
}
