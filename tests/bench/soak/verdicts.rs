//! Whether the verdicts of a prober fit the policy that was in force. (pure)

use mesh_sandbox::load::{Answered, Verdict};

/// How long after a change of policy the verdict of before may still be given, in milliseconds.
pub(crate) const BOUND: u64 = 2_000;

/// A change of policy: begun to be written, written, and what is so from then on. In milliseconds of the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flip {
    pub(crate) begun: u64,
    pub(crate) written: u64,
    pub(crate) denied: bool,
}

/// What is to be said of a prober.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) allowed: usize,
    pub(crate) denied: usize,
    /// Each verdict that no policy in force explains.
    pub(crate) wrong: Vec<String>,
    /// How long after a change the verdict of before was last given, in milliseconds.
    pub(crate) slowest: u64,
}

/// Judges every verdict by the policies in force while it was asked for; before the first flip all is allowed.
pub(crate) fn judge(flips: &[Flip], answers: &[Answered]) -> Judged {
    let mut judged = Judged::default();
    for answer in answers {
        let denied = match &answer.verdict {
            Verdict::Allowed => false,
            Verdict::Denied => true,
            Verdict::Unclear(why) => {
                judged.wrong.push(format!("{}: no verdict: {why}", answer.began));
                continue;
            }
        };
        if denied {
            judged.denied += 1;
        } else {
            judged.allowed += 1;
        }
        match lateness(flips, answer, denied) {
            Some(late) if late <= BOUND => judged.slowest = judged.slowest.max(late),
            late => judged.wrong.push(told(answer, denied, late)),
        }
    }
    judged
}

fn told(answer: &Answered, denied: bool, late: Option<u64>) -> String {
    let verdict = if denied { "denied" } else { "allowed" };
    let why = match late {
        Some(late) => format!("{late} ms after the policy said otherwise"),
        None => "no policy until then said so".to_owned(),
    };
    format!("{}: {verdict}, {why}", answer.began)
}

/// For how long this verdict had been out of date when it was asked for: zero if a policy that was in force, or
/// being written, says the same, nothing if none ever did.
fn lateness(flips: &[Flip], answer: &Answered, denied: bool) -> Option<u64> {
    let first = Flip {
        begun: 0,
        written: 0,
        denied: false,
    };
    let states = std::iter::once(&first).chain(flips);
    let ends = flips.iter().map(|flip| flip.written).chain([u64::MAX]);
    states
        .zip(ends)
        .filter(|(state, _)| state.denied == denied && state.begun <= answer.ended)
        .map(|(_, end)| answer.began.saturating_sub(end))
        .min()
}
