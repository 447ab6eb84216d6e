//! A trace as people read it: the verdict, the path drawn, the hops, and the way out of the first refusal. (pure)

use super::{Answer, Trace};
use crate::render::table::Table;
use std::fmt::Write as _;

/// As text.
#[must_use]
pub fn text(trace: &Trace) -> String {
    let mut text = format!("{}  {} -> {}", trace.verdict.text(), trace.from, trace.to);
    if let Some(broken) = trace.broken {
        _ = write!(text, ", broken at {broken}");
    }
    text.push_str("\n\n");
    if !trace.path.is_empty() {
        _ = writeln!(text, "  {}\n", drawn(trace));
    }
    let mut table = Table::new(2, &["HOP", "ANSWER", "AGE", "FINDING", "EVIDENCE"]);
    for hop in &trace.hops {
        table.row(vec![
            hop.hop.to_owned(),
            hop.answer.text().to_owned(),
            hop.age_seconds.map_or_else(|| "<none>".to_owned(), age),
            hop.finding.clone(),
            hop.evidence.clone(),
        ]);
    }
    text.push_str(&table.render());
    if trace.ways > 1 {
        _ = writeln!(
            text,
            "\nThe connection can go {} ways; the first that is refused is shown, else the first.",
            trace.ways
        );
    }
    if let Some(hop) = trace.first_deny() {
        let row = hop
            .row
            .map_or_else(String::new, |row| format!(" (row {row} of the diagnosis table)"));
        _ = writeln!(text, "\nwhy: {}{row}", hop.finding);
        _ = writeln!(text, "fix: {}", hop.fix.as_deref().unwrap_or_default());
    }
    text
}

/// The pods of the way, with how each is reached; a cross stands before the one that is not.
fn drawn(trace: &Trace) -> String {
    let mut line = trace.from.clone();
    // everything before these is passed on the first stretch
    let is_early = |hop: &str| {
        [
            "dns",
            "networkpolicy-egress",
            "capture",
            "source-proxy",
            "waypoint",
            "gateway",
        ]
        .contains(&hop)
    };
    let cut = match trace.broken {
        None => usize::MAX,
        Some(hop) if is_early(hop) => 0,
        Some(_) => trace.path.len() - 1,
    };
    for (number, leg) in trace.path.iter().enumerate() {
        let head = if number < cut { ">" } else { "x" };
        _ = write!(line, " --{}--{head} {}", leg.by, leg.to);
        if number >= cut {
            break;
        }
    }
    let open = trace
        .hops
        .iter()
        .filter(|hop| hop.answer == Answer::Unknown)
        .count();
    if trace.broken.is_none() && open > 0 {
        _ = write!(line, "   ({open} of {} hops unknown)", trace.hops.len());
    }
    line
}

/// A duration in one unit.
fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
