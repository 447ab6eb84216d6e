//! Figures beside their yardsticks and goals: a line when each is known, all of them as one Markdown table in the end.

use std::fmt::Write;

/// Where a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// Told for what it says about others.
    None,
}

/// One figure.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// How much.
    pub(crate) measured: f64,
    pub(crate) unit: &'static str,
    /// What it is a multiple of, measured in the same run and in the same unit: the multiple is what counts then.
    pub(crate) yardstick: Option<(&'static str, f64)>,
    pub(crate) goal: Goal,
}

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
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

impl Row {
    /// A figure that speaks for itself.
    pub(crate) fn new(what: impl Into<String>, measured: f64, unit: &'static str, goal: Goal) -> Self {
        Self {
            what: what.into(),
            measured,
            unit,
            yardstick: None,
            goal,
        }
    }

    fn counts(&self) -> f64 {
        self.yardstick
            .map_or(self.measured, |(_, yardstick)| self.measured / yardstick)
    }

    /// Measured, yardstick, goal, reached.
    fn cells(&self) -> [String; 4] {
        let multiple = figure(self.counts());
        let yardstick = self.yardstick.map_or_else(String::new, |(of, yardstick)| {
            format!("{multiple} × {of}, {} {}", figure(yardstick), self.unit)
        });
        let (goal, is_reached) = match self.goal {
            Goal::AtMost(most) => (format!("≤ {most}"), Some(self.counts() <= most)),
            Goal::AtLeast(least) => (format!("≥ {least}"), Some(self.counts() >= least)),
            Goal::None => (String::new(), None),
        };
        let reached = is_reached.map_or("", |reached| if reached { "yes" } else { "no" });
        let measured = format!("{} {}", figure(self.measured), self.unit);
        [measured, yardstick, goal, reached.to_owned()]
    }
}

impl Report {
    /// Adds a figure, and says it at once: a run takes many minutes.
    pub(crate) fn add(&mut self, row: Row) {
        let [measured, yardstick, goal, reached] = row.cells();
        println!(
            "{:<72} {measured:>14}  {yardstick:<44} {goal:<8} {reached}",
            row.what
        );
        self.rows.push(row);
    }

    /// Everything as a table.
    pub(crate) fn markdown(&self) -> String {
        let mut text = "| what | measured | yardstick | goal | reached |\n|---|---|---|---|---|\n".to_owned();
        for row in &self.rows {
            let _ = writeln!(text, "| {} | {} |", row.what, row.cells().join(" | "));
        }
        text
    }
}
