//! Which events are wanted. (pure)

use super::party::{Group, Party};
use super::{Event, Kind, Verdict};
use crate::install::wait::encode;

/// All of what is asked for holds for an event that is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Who is at either end.
    pub either: Option<Party>,
    /// The client.
    pub from: Option<Party>,
    /// The server, or the service that was asked for.
    pub to: Option<Party>,
    /// The port that the client wants.
    pub port: Option<u16>,
    /// `inbound` or `outbound`.
    pub direction: Option<&'static str>,
    /// Any of these.
    pub kinds: Vec<Kind>,
    /// Any of these.
    pub verdicts: Vec<Verdict>,
}

impl Wish {
    /// Whether an event is wanted.
    #[must_use]
    pub fn holds(&self, event: &Event) -> bool {
        let any = |party: &Party| party.is_source(event) || party.is_destination(event);
        self.either.as_ref().is_none_or(any)
            && self.from.as_ref().is_none_or(|party| party.is_source(event))
            && self.to.as_ref().is_none_or(|party| party.is_destination(event))
            && self.port.is_none_or(|port| event.port() == Some(port))
            && self
                .direction
                .is_none_or(|direction| event.direction == direction)
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && (self.verdicts.is_empty() || self.verdicts.contains(&Verdict::of(event)))
    }

    /// The path to ask a proxy for, with as much of the wish as a proxy understands: what it leaves out does
    /// not count towards the events a second that it tells.
    #[must_use]
    pub fn path(&self) -> String {
        let parties = || [&self.either, &self.to, &self.from].into_iter().flatten();
        let kind = match (&self.kinds[..], &self.verdicts[..]) {
            ([kind], _) => Some(kind.as_str()),
            ([], [Verdict::Denied]) => Some(Kind::Denied.as_str()),
            _ => None,
        };
        let filters = [
            ("namespace", parties().find_map(Party::namespace)),
            ("workload", parties().find_map(Party::workload)),
            ("direction", self.direction),
            ("kind", kind),
        ];
        let query: Vec<String> = filters
            .into_iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", encode(value?))))
            .collect();
        if query.is_empty() {
            "/events".to_owned()
        } else {
            format!("/events?{}", query.join("&"))
        }
    }

    /// The groups of pods that the API has to be asked for.
    pub fn groups(&mut self) -> impl Iterator<Item = &mut Group> {
        let parties = [&mut self.either, &mut self.from, &mut self.to];
        parties.into_iter().flatten().filter_map(|party| match party {
            Party::Group(group) => Some(group),
            _ => None,
        })
    }

    /// A pod of the event whose groups are not known yet.
    #[must_use]
    pub fn stranger(&self, event: &Event) -> Option<String> {
        let parties = [&self.either, &self.from, &self.to];
        parties
            .into_iter()
            .flatten()
            .find_map(|party| party.stranger(event))
    }
}
