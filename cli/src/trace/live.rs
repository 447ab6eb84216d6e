//! What both proxies said of one marked connection, as a hop. (pure)

use super::{Answer, Hop, Trace};
use crate::simulate::report::Word;

/// What one proxy told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// When.
    pub time: String,
    /// Whether it is over: a start does not say yet what policy will say.
    pub is_over: bool,
    /// Whether it was refused or failed there.
    pub is_refused: bool,
    /// By which policy.
    pub policy: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What was asked for.
    pub target: String,
}

/// A connection that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// The port it came from; nothing if it could not be sent.
    pub mark: Option<u16>,
    /// The program that sent it.
    pub program: Option<&'static str>,
    /// What the source's proxy told.
    pub source: Option<Found>,
    /// What the destination's proxy told.
    pub destination: Option<Found>,
}

/// Adds the hop, which decides where no other denies.
pub fn add(trace: &mut Trace, sent: &Sent, is_captured: bool) {
    let hop = hop(sent, is_captured);
    if hop.answer == Answer::Deny && trace.broken.is_none() {
        trace.broken = Some(hop.hop);
        trace.verdict = Word::Deny;
    }
    trace.hops.push(hop);
}

fn hop(sent: &Sent, is_captured: bool) -> Hop {
    const HOP: &str = "live";
    let Some(mark) = sent.mark else {
        let finding = "the pod has no program that could connect: meshctl, nc or curl";
        return Hop::new(HOP, Answer::Unknown, finding, "the pod's first container").aged(Some(0));
    };
    let at = |found: &Option<Found>| {
        found.as_ref().map_or_else(
            || "nothing".to_owned(),
            |one| format!("{} at {}", one.target, one.time),
        )
    };
    let evidence = format!(
        "sent by {} from port {mark}; source's proxy: {}; destination's proxy: {}",
        sent.program.unwrap_or_default(),
        at(&sent.source),
        at(&sent.destination)
    );
    let told = |answer, finding: String| Hop::new(HOP, answer, finding, evidence).aged(Some(0));
    // the destination's proxy knows why
    let refused = [&sent.destination, &sent.source]
        .into_iter()
        .flatten()
        .find(|one| one.is_refused);
    if let Some(one) = refused {
        let by = one
            .policy
            .as_ref()
            .map_or_else(String::new, |policy| format!(" by {policy}"));
        let reason = one.reason.as_deref().unwrap_or("no reason was told");
        return told(Answer::Deny, format!("refused{by}: {reason}"))
            .because("29", "see the hop that this one confirms");
    }
    match (&sent.source, &sent.destination) {
        (Some(_), Some(_)) => told(Answer::Pass, "both proxies saw it pass".to_owned()),
        (None, Some(_)) if !is_captured => {
            told(Answer::Pass, "the destination's proxy saw it pass".to_owned())
        }
        (None, None) => told(Answer::Unknown, "no proxy told of it".to_owned()),
        (None, Some(_)) => told(
            Answer::Unknown,
            "the source's proxy did not tell of it".to_owned(),
        ),
        (Some(_), None) => told(
            Answer::Unknown,
            "the destination's proxy did not tell of it".to_owned(),
        ),
    }
}
