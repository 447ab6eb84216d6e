//! Which derivation read what: that is the recompute set. (pure)
//!
//! Derivations of a namespace read much the same, so what they read is kept once for all of them: a group of facts, and
//! who read just those. What hardly two of them have in common is a group of its own.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arcstr::ArcStr;

use super::lookup::{Fact, Unit};

/// The number of a group; none is [`NONE`].
type Id = u32;

const NONE: Id = 0;

/// The groups of one derivation: what it has in common with others, and the rest.
type Pair = [Id; 2];

#[derive(Debug)]
struct Group {
    facts: Arc<[Fact]>,
    members: BTreeSet<Unit>,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Reads {
    groups: HashMap<Id, Group>,
    ids: HashMap<Arc<[Fact]>, Id>,
    /// The groups that a fact is in.
    readers: HashMap<Fact, BTreeSet<Id>>,
    of: HashMap<Unit, Pair>,
    last: Id,
}

impl Reads {
    /// A derivation read these, in any order, once or often. One whose object is gone reads nothing any more.
    pub(super) fn record(&mut self, unit: &Unit, mut facts: Vec<Fact>) {
        facts.sort_unstable();
        facts.dedup();
        let (rest, common): (Vec<Fact>, Vec<Fact>) = facts.into_iter().partition(is_particular);
        let old = self.of.get(unit).copied().unwrap_or_default();
        let fresh = [(common, old[0]), (rest, old[1])].map(|(facts, old)| self.join(unit, facts, old));
        if fresh == old {
            return;
        }
        for id in old {
            if !fresh.contains(&id) {
                self.leave(unit, id);
            }
        }
        if fresh == [NONE; 2] {
            self.of.remove(unit);
        } else {
            self.of.insert(unit.clone(), fresh);
        }
    }

    /// Who read any of the facts.
    pub(super) fn of<'a>(&'a self, facts: impl Iterator<Item = &'a Fact>) -> impl Iterator<Item = &'a Unit> {
        let ids: BTreeSet<Id> = facts
            .filter_map(|fact| self.readers.get(fact))
            .flatten()
            .copied()
            .collect();
        let groups = ids.into_iter().filter_map(|id| self.groups.get(&id));
        groups.flat_map(|group| &group.members)
    }

    /// Who read anything of another cluster.
    pub(super) fn of_cluster<'a>(&'a self, clusters: &'a BTreeSet<ArcStr>) -> impl Iterator<Item = &'a Unit> {
        let is_of_them =
            |fact: &&Fact| matches!(fact, Fact::Remote(cluster, _) if clusters.contains(cluster));
        self.of(self.readers.keys().filter(is_of_them))
    }

    /// The group of these facts with this member.
    fn join(&mut self, unit: &Unit, facts: Vec<Fact>, old: Id) -> Id {
        if facts.is_empty() {
            return NONE;
        }
        // nearly always it reads what it read before
        if self.groups.get(&old).is_some_and(|group| *group.facts == *facts) {
            return old;
        }
        let id = match self.ids.get(facts.as_slice()) {
            Some(id) => *id,
            None => self.found(facts.into()),
        };
        if let Some(group) = self.groups.get_mut(&id) {
            group.members.insert(unit.clone());
        }
        id
    }

    fn found(&mut self, facts: Arc<[Fact]>) -> Id {
        // four thousand million groups later the first numbers are long free again
        self.last = self.last.wrapping_add(1);
        while self.last == NONE || self.groups.contains_key(&self.last) {
            self.last = self.last.wrapping_add(1);
        }
        for fact in facts.iter() {
            self.readers.entry(fact.clone()).or_default().insert(self.last);
        }
        self.ids.insert(facts.clone(), self.last);
        let members = BTreeSet::new();
        self.groups.insert(self.last, Group { facts, members });
        self.last
    }

    fn leave(&mut self, unit: &Unit, id: Id) {
        let Some(group) = self.groups.get_mut(&id) else {
            return;
        };
        group.members.remove(unit);
        if !group.members.is_empty() {
            return;
        }
        let facts = group.facts.clone();
        self.groups.remove(&id);
        self.ids.remove(&facts);
        for fact in facts.iter() {
            if let Some(ids) = self.readers.get_mut(fact) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.readers.remove(fact);
                }
            }
        }
    }
}

/// Whether a fact is likely to differ between objects of one namespace.
fn is_particular(fact: &Fact) -> bool {
    match fact {
        Fact::Node(_) | Fact::Service(_) | Fact::Behind(_) | Fact::Host(_) | Fact::InstancesOf(_) => true,
        Fact::Remote(_, fact) => is_particular(fact),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::ObjectName;

    fn unit(at: u8) -> Unit {
        Unit::Pod(ObjectName::new("app", format!("p{at}")))
    }

    fn fact(at: u8) -> Fact {
        let name = ArcStr::from(format!("{}", at / 2));
        match at % 4 {
            0 => Fact::Node(name),
            1 => Fact::Namespace(name),
            2 => Fact::ServicesOf(name),
            _ => Fact::Remote("east".into(), Box::new(Fact::Node(name))),
        }
    }

    proptest! {
        /// Whatever was read when, the readers of a fact are those that read it last time.
        #[test]
        fn groups_know_who_read_what(steps in vec((0..6_u8, vec(0..12_u8, 0..5)), 0..40)) {
            let (mut reads, mut last) = (Reads::default(), HashMap::new());
            for (who, what) in steps {
                reads.record(&unit(who), what.iter().copied().map(fact).collect());
                last.insert(who, what);
            }
            for at in 0..12_u8 {
                let readers = last.iter().filter(|(_, what)| what.iter().any(|one| fact(*one) == fact(at)));
                let expected: BTreeSet<Unit> = readers.map(|(who, _)| unit(*who)).collect();
                prop_assert_eq!(reads.of([fact(at)].iter()).cloned().collect::<BTreeSet<_>>(), expected);
            }
            let far = last.iter().filter(|(_, what)| what.iter().any(|one| one % 4 == 3));
            let far: BTreeSet<Unit> = far.map(|(who, _)| unit(*who)).collect();
            let clusters = BTreeSet::from(["east".into()]);
            prop_assert_eq!(reads.of_cluster(&clusters).cloned().collect::<BTreeSet<_>>(), far);
            // and nothing is kept of what nobody reads
            for who in 0..6 {
                reads.record(&unit(who), Vec::new());
            }
            prop_assert!(reads.groups.is_empty() && reads.ids.is_empty() && reads.readers.is_empty() && reads.of.is_empty());
        }
    }
}
