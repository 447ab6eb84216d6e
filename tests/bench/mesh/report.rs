//! Rows of samples, as a table for people and JSON for machines.

use serde_json::{Value, json};
use std::fmt::Write;

/// What was measured.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    unit: &'static str,
    samples: Vec<f64>,
    goal: Option<f64>,
}

impl Row {
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// Smallest, median, largest.
    fn spread(&self) -> Option<[f64; 3]> {
        let sorted = self.sorted();
        Some([*sorted.first()?, sorted[sorted.len() / 2], *sorted.last()?])
    }

    /// What the median was to be at most, and whether it is.
    fn verdict(&self) -> String {
        match (self.goal, self.spread()) {
            (Some(goal), Some([_, median, _])) => {
                let word = if median <= goal { "reached" } else { "MISSED" };
                format!("  at most {goal}: {word}")
            }
            _ => String::new(),
        }
    }
}

impl Report {
    /// Adds a row of samples.
    pub(crate) fn row(&mut self, name: &str, unit: &'static str, samples: Vec<f64>) {
        self.add(name, unit, samples, None);
    }

    /// The same with what its median is to be at most.
    #[allow(dead_code, reason = "not every benchmark has goals")]
    pub(crate) fn at_most(&mut self, goal: f64, name: &str, unit: &'static str, samples: Vec<f64>) {
        self.add(name, unit, samples, Some(goal));
    }

    fn add(&mut self, name: &str, unit: &'static str, samples: Vec<f64>, goal: Option<f64>) {
        self.rows.push(Row {
            name: name.to_owned(),
            unit,
            samples,
            goal,
        });
    }

    /// The table: name, median, smallest, largest, how many samples.
    pub(crate) fn table(&self) -> String {
        let width = self
            .rows
            .iter()
            .map(|row| row.name.len())
            .max()
            .unwrap_or_default();
        let mut text = format!(
            "{:width$}  {:>10} {:>10} {:>10}  {:6} {:>3}\n",
            "measure", "median", "min", "max", "unit", "n"
        );
        for row in &self.rows {
            let count = row.samples.len();
            let line = match row.spread() {
                Some([min, median, max]) => {
                    format!(
                        "{:width$}  {median:>10.3} {min:>10.3} {max:>10.3}  {:6} {count:>3}{}",
                        row.name,
                        row.unit,
                        row.verdict()
                    )
                }
                None => format!("{:width$}  {:>10}", row.name, "no sample"),
            };
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// The same, with every sample.
    pub(crate) fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let median = row.spread().map(|[_, median, _]| median);
            json!({ "name": row.name, "unit": row.unit, "median": median, "goal": row.goal,
                "samples": row.samples })
        });
        format!("{:#}", json!({ "rows": rows.collect::<Vec<Value>>() }))
    }
}
