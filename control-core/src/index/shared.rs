//! Values that many objects have alike, kept once. (pure)

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use arcstr::ArcStr;

/// How many values there are before it is first looked for those that nobody has any more.
const FEW: usize = 1024;

/// A value that knows how many hold it.
pub(crate) trait Counted: Clone + Eq + Hash {
    /// Whether nobody else has it.
    fn is_alone(&self) -> bool;
}

impl Counted for ArcStr {
    fn is_alone(&self) -> bool {
        Self::strong_count(self) == Some(1)
    }
}

impl<T: Eq + Hash> Counted for Arc<T> {
    fn is_alone(&self) -> bool {
        Self::strong_count(self) == 1
    }
}

/// The values in use. Those that are not any more are let go whenever their number has doubled.
#[derive(Clone, Debug)]
pub(crate) struct Shared<T> {
    all: HashSet<T>,
    sweep_at: usize,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            all: HashSet::new(),
            sweep_at: FEW,
        }
    }
}

impl<T: Counted> Shared<T> {
    /// The value as the others have it.
    pub(crate) fn share(&mut self, value: T) -> T {
        if let Some(known) = self.all.get(&value) {
            return known.clone();
        }
        if self.all.len() >= self.sweep_at {
            self.all.retain(|one| !one.is_alone());
            self.sweep_at = (self.all.len() * 2).max(FEW);
        }
        self.all.insert(value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_one_and_those_that_nobody_has_go() {
        let mut shared = Shared::default();
        let [one, other] = ["a", "a"].map(|text| shared.share(ArcStr::from(text)));
        assert!(ArcStr::ptr_eq(&one, &other));
        let kept: Vec<ArcStr> = (0..10 * FEW)
            .map(|at| shared.share(arcstr::format!("{at}")))
            .filter(|text| text.ends_with("00"))
            .collect();
        assert!(shared.all.len() < 2 * FEW + kept.len());
        assert!(
            kept.iter()
                .all(|text| ArcStr::ptr_eq(text, &shared.share(text.clone())))
        );
    }
}
