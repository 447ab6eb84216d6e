//! What the soak says at its end: a table of what was used, counts, and everything that is wrong.

use crate::certificates::Seen;
use crate::disturb::Done;
use crate::load::{Ended, PROBERS, Sum};
use crate::samples::{Measure, Sample};
use crate::verdicts::{Judged, judge};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Everything that was seen.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) minutes: f64,
    pub(crate) start: Sample,
    /// One each minute.
    pub(crate) between: Vec<Sample>,
    pub(crate) end: Sample,
    pub(crate) ended: Ended,
    pub(crate) done: Done,
    pub(crate) certificates: Seen,
}

/// One measure of one program.
#[derive(Serialize)]
struct Row {
    program: String,
    measure: Measure,
    start: Option<f64>,
    peak: Option<f64>,
    end: Option<f64>,
    verdict: &'static str,
}

impl Report {
    fn rows(&self) -> Vec<Row> {
        let all = || {
            std::iter::once(&self.start)
                .chain(&self.between)
                .chain([&self.end])
        };
        let names = |sample: &Sample| {
            let pairs = sample.iter();
            let pairs = pairs.flat_map(|(program, found)| found.keys().map(|key| (program.clone(), *key)));
            pairs.collect::<Vec<_>>()
        };
        let mut wanted: Vec<_> = names(&self.start).into_iter().chain(names(&self.end)).collect();
        wanted.sort();
        wanted.dedup();
        let row = |(program, measure): (String, Measure)| {
            let at = |sample: &Sample| sample.get(&program)?.get(&measure).copied();
            let (start, end) = (at(&self.start), at(&self.end));
            let verdict = match (start, end) {
                (Some(start), Some(end)) if measure.is_leak(start, end) => "LEAK",
                (Some(_), Some(_)) => "ok",
                (Some(_), None) => "GONE",
                (None, _) => "NEW",
            };
            let peak = all().filter_map(at).max_by(f64::total_cmp);
            Row {
                program,
                measure,
                start,
                peak,
                end,
                verdict,
            }
        };
        wanted.into_iter().map(row).collect()
    }

    fn judged(&self) -> BTreeMap<&'static str, Judged> {
        let judge_one = |prober: &'static str| {
            let answers = self.ended.probes.get(prober).map_or(&[][..], Vec::as_slice);
            // policy knows only the first prober
            let flips = if prober == PROBERS[0] {
                &self.done.flips[..]
            } else {
                &[]
            };
            (prober, judge(flips, answers))
        };
        PROBERS.into_iter().map(judge_one).collect()
    }

    fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for load in self.ended.loads.values() {
            sum.operations += load.operations;
            sum.errors += load.errors;
            sum.exact += load.exact;
        }
        sum
    }

    /// Of the pods that stay: those that come and go take their certificates along.
    fn fewest_rotations(&self) -> usize {
        let identity = |name: &str| format!("spiffe://cluster.local/ns/soak/sa/{name}");
        let lasting = ["west", "east", PROBERS[0], PROBERS[1]];
        self.certificates.fewest(&lasting.map(identity))
    }

    /// How often every certificate of the namespace must have been replaced at least.
    fn rotations_due(&self) -> usize {
        // one each minute, less a half for the first and for slow machines
        (1..1_000)
            .filter(|count| f64::from(*count) <= self.minutes / 2.0)
            .count()
            .max(1)
    }

    /// Everything that must not be, one line each; nothing when the soak is passed.
    pub(crate) fn wrongs(&self) -> Vec<String> {
        let mut wrongs: Vec<String> = self
            .ended
            .failed
            .iter()
            .chain(&self.done.failed)
            .cloned()
            .collect();
        for row in self.rows().iter().filter(|row| row.verdict != "ok") {
            wrongs.push(format!(
                "{}: {}: {}",
                row.verdict,
                row.program,
                row.measure.words()
            ));
        }
        for (mode, load) in &self.ended.loads {
            if load.errors > 0 {
                let first = load.first_error.as_deref().unwrap_or("unknown");
                wrongs.push(format!(
                    "{} lost connections of `{mode}`, the first: {first}",
                    load.errors
                ));
            }
            if !load.exact.is_whole() {
                wrongs.push(format!("bytes of `{mode}` are lost or wrong: {:?}", load.exact));
            }
        }
        for (prober, judged) in self.judged() {
            let shown = judged.wrong.iter().take(20);
            wrongs.extend(shown.map(|wrong| format!("wrong verdict for `{prober}` at {wrong}")));
            if judged.allowed == 0 || (prober == PROBERS[0]) != (judged.denied > 0) {
                wrongs.push(format!(
                    "`{prober}` was allowed {} times and denied {} times",
                    judged.allowed, judged.denied
                ));
            }
        }
        let fewest = self.fewest_rotations();
        if fewest < self.rotations_due() {
            wrongs.push(format!(
                "a certificate was replaced {fewest} times, {} are due",
                self.rotations_due()
            ));
        }
        if self.done.restarts < 2 {
            wrongs.push(format!("only {} agents were restarted", self.done.restarts));
        }
        wrongs
    }

    /// The table and the counts, for people.
    pub(crate) fn text(&self) -> String {
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        let mut text = format!(
            "{:22} {:14} {:>9} {:>9} {:>9}  verdict\n",
            "program", "measure", "start", "peak", "end"
        );
        for row in self.rows() {
            let _ = writeln!(
                text,
                "{:22} {:14} {:>9} {:>9} {:>9}  {}",
                row.program,
                row.measure.words(),
                number(row.start),
                number(row.peak),
                number(row.end),
                row.verdict
            );
        }
        let sum = self.sum();
        let _ = writeln!(
            text,
            "\nbytes there: {} sent, {} arrived; back: {} sent, {} arrived; {} wrong",
            sum.exact.sent, sum.exact.arrived, sum.exact.answered, sum.exact.returned, sum.exact.wrong
        );
        let _ = writeln!(
            text,
            "operations: {}, lost connections: {}",
            sum.operations, sum.errors
        );
        for (prober, judged) in self.judged() {
            let _ = writeln!(
                text,
                "verdicts for {prober}: {} allowed, {} denied, {} wrong, the slowest {} ms after a flip",
                judged.allowed,
                judged.denied,
                judged.wrong.len(),
                judged.slowest
            );
        }
        let _ = writeln!(
            text,
            "rotations: {} (each certificate of the load at least {} times), flips: {}, agent restarts: {}, pods created: {}",
            self.certificates.rotations(),
            self.fewest_rotations(),
            self.done.flips.len(),
            self.done.restarts,
            self.done.pods
        );
        text
    }

    /// The same for machines, with every sample.
    pub(crate) fn json(&self) -> String {
        let verdicts: BTreeMap<_, _> = self
            .judged()
            .into_iter()
            .map(|(prober, judged)| {
                let judged = json!({
                    "allowed": judged.allowed, "denied": judged.denied,
                    "wrong": judged.wrong, "slowest_ms": judged.slowest,
                });
                (prober, judged)
            })
            .collect();
        let document = json!({
            "minutes": self.minutes,
            "rows": self.rows(),
            "start": self.start,
            "each_minute": self.between,
            "end": self.end,
            "loads": self.ended.loads,
            "verdicts": verdicts,
            "rotations": self.certificates.rotations(),
            "flips": self.done.flips.len(),
            "restarts": self.done.restarts,
            "pods": self.done.pods,
            "wrong": self.wrongs(),
        });
        format!("{document:#}")
    }
}
