//! Rows of samples, each beside its yardstick: as a Markdown table for people, as JSON for machines.

use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};

/// What is measured, and where it should be.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// What, for people; no two rows have the same.
    pub(crate) what: &'static str,
    /// Unit of the samples.
    pub(crate) unit: &'static str,
    /// The yardstick, of the same unit; if there is one, the ratio to it is what counts.
    pub(crate) against: Option<&'static str>,
    /// Where it should be.
    pub(crate) reach: Reach,
}

/// Where a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// No more than this would be good; nothing depends on it.
    Aim(f64),
}

/// Whose sample it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// The program that is measured.
    Now,
    /// The program that it is compared with.
    Before,
    /// The yardstick.
    Yardstick,
}

/// What was measured.
pub(crate) struct Report {
    rows: Vec<(&'static Row, [Vec<f64>; 3])>,
}

/// Smallest, median, largest.
fn spread(samples: &[f64]) -> Option<[f64; 3]> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some([*sorted.first()?, sorted[sorted.len() / 2], *sorted.last()?])
}

/// Three digits.
fn figure(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

fn cell(samples: &[f64], unit: &str) -> String {
    let Some([min, median, max]) = spread(samples) else {
        return String::new();
    };
    let [min, median, max] = [min, median, max].map(figure);
    format!("{median} {unit} ({min}–{max})")
}

impl Reach {
    fn text(self) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}"),
            Self::AtLeast(limit) => format!("≥ {limit}"),
            Self::Aim(limit) => format!("aim ≤ {limit}"),
        }
    }

    fn is_reached(self, figure: f64) -> bool {
        match self {
            Self::AtMost(limit) | Self::Aim(limit) => figure <= limit,
            Self::AtLeast(limit) => figure >= limit,
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

/// Ratios of samples of the same rounds.
fn ratios(samples: &[f64], to: &[f64]) -> Vec<f64> {
    samples.iter().zip(to).map(|(sample, to)| sample / to).collect()
}

/// The median of what counts for the reach: the ratio where there is a yardstick, the figure itself otherwise.
fn counts(row: &Row, samples: &[Vec<f64>; 3]) -> Option<f64> {
    let [now, _, yardstick] = samples;
    let counting = match row.against {
        Some(_) => &ratios(now, yardstick),
        None => now,
    };
    spread(counting).map(|[_, median, _]| median)
}

impl Report {
    /// An empty one of these rows.
    pub(crate) fn new(rows: impl Iterator<Item = &'static Row>) -> Self {
        Self {
            rows: rows.map(|row| (row, Default::default())).collect(),
        }
    }

    /// Adds a sample.
    pub(crate) fn add(&mut self, row: &Row, column: Column, sample: f64) {
        for (known, samples) in &mut self.rows {
            if known.what == row.what {
                samples[column as usize].push(sample);
            }
        }
    }

    fn rows(&self, only: &str) -> impl Iterator<Item = &(&'static Row, [Vec<f64>; 3])> {
        let is_there = |[now, _, _]: &[Vec<f64>; 3]| !now.is_empty();
        let rows = self.rows.iter();
        rows.filter(move |(row, samples)| row.what.contains(only) && is_there(samples))
    }

    /// The rows with these words in their names, as a table; `others` is how many processors other programs kept
    /// busy meanwhile.
    pub(crate) fn markdown(&self, only: &str, others: f64) -> String {
        let has_before = self.rows.iter().any(|(_, [_, before, _])| !before.is_empty());
        let (names, lines) = if has_before {
            ("| before | measured ÷ before ", "|---|---")
        } else {
            ("", "")
        };
        let mut text = format!(
            "| what | measured median (min–max) | ratio to yardstick | reach | reached {names}|\n\
             |---|---|---|---|---{lines}|\n"
        );
        for (row, samples) in self.rows(only) {
            let [now, before, yardstick] = samples;
            let ratio = row.against.map(|against| {
                let ratio = cell(&ratios(now, yardstick), "");
                format!(
                    "{} of {against}, {}",
                    ratio.replace("  ", " "),
                    cell(yardstick, row.unit)
                )
            });
            let reached = counts(row, samples).map(|figure| row.reach.is_reached(figure));
            let _ = write!(
                text,
                "| {} | {} | {} | {} | {} |",
                row.what,
                cell(now, row.unit),
                ratio.unwrap_or_default(),
                row.reach.text(),
                reached.map_or("", |reached| if reached { "yes" } else { "no" }),
            );
            if has_before {
                let ratio = cell(&ratios(now, before), "").replace("  ", " ");
                let _ = write!(text, " {} | {ratio} |", cell(before, row.unit));
            }
            text.push('\n');
        }
        let others = figure(others);
        let _ = writeln!(
            text,
            "\n{others} of {} processors were busy with other programs.",
            cores()
        );
        text
    }

    /// The same with every sample, and what it was measured on.
    pub(crate) fn json(&self, only: &str, others: f64) -> String {
        let rows = self.rows(only).map(|(row, samples)| {
            let [now, before, yardstick] = samples;
            json!({
                "what": row.what, "unit": row.unit, "against": row.against, "reach": row.reach.text(),
                "counts": counts(row, samples), "measured": now, "before": before, "yardstick": yardstick,
            })
        });
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let machine = json!({ "processors": cores(), "others": others, "kernel": kernel.trim_end() });
        format!(
            "{:#}\n",
            json!({ "machine": machine, "rows": rows.collect::<Vec<Value>>() })
        )
    }
}
