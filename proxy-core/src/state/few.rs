//! A list that nearly always has one element, kept in order. (pure)

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

/// The list; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Few<T> {
    /// The common case, without a heap block.
    One(T),
    /// The rare one.
    Many(Vec<T>),
}

impl<T: Clone> Few<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.as_slice().iter()
    }

    /// Puts an item where it belongs; `place` says how another compares with it. What comes in order is put last
    /// without a search.
    fn insert(&mut self, item: T, place: impl Fn(&T) -> Ordering) {
        let slice = self.as_slice();
        let at = match slice.last() {
            Some(last) if place(last) != Ordering::Less => {
                slice.partition_point(|other| place(other) == Ordering::Less)
            }
            _ => slice.len(),
        };
        match self {
            Self::One(one) => {
                let mut many = vec![one.clone()];
                many.insert(at, item);
                *self = Self::Many(many);
            }
            Self::Many(many) => many.insert(at, item),
        }
    }

    /// Takes the item out that `place` finds equal; says whether any is left.
    fn remove(&mut self, place: impl Fn(&T) -> Ordering) -> bool {
        match self {
            Self::One(one) => place(one) != Ordering::Equal,
            Self::Many(many) => {
                if let Ok(at) = many.binary_search_by(place) {
                    many.remove(at);
                }
                match many.pop() {
                    Some(last) if many.is_empty() => *self = Self::One(last),
                    Some(last) => many.push(last),
                    None => return false,
                }
                true
            }
        }
    }
}

/// Puts an item into the list of a key.
pub(super) fn put<K, T, S>(
    lists: &mut HashMap<K, Few<T>, S>,
    key: &K,
    item: T,
    place: impl Fn(&T) -> Ordering,
) where
    K: Hash + Eq + Clone,
    T: Clone,
    S: BuildHasher,
{
    match lists.get_mut(key) {
        Some(list) => list.insert(item, place),
        None => {
            lists.insert(key.clone(), Few::One(item));
        }
    }
}

/// Takes an item out of the list of a key; an empty list is none.
pub(super) fn take<K, Q, T, S>(lists: &mut HashMap<K, Few<T>, S>, key: &Q, place: impl Fn(&T) -> Ordering)
where
    K: Hash + Eq + Borrow<Q>,
    Q: Hash + Eq + ?Sized,
    T: Clone,
    S: BuildHasher,
{
    if lists.get_mut(key).is_some_and(|list| !list.remove(place)) {
        lists.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_holds_what_a_sorted_set_holds(changes in proptest::collection::vec((any::<bool>(), 0..20u32), 0..60)) {
            let mut lists = HashMap::new();
            let mut expected = std::collections::BTreeSet::new();
            for (is_put, number) in changes {
                if is_put && expected.insert(number) {
                    put(&mut lists, &"key", number, |other| other.cmp(&number));
                } else if !is_put {
                    expected.remove(&number);
                    take(&mut lists, &"key", |other| other.cmp(&number));
                }
                let held: Vec<u32> = lists.get("key").into_iter().flat_map(Few::iter).copied().collect();
                prop_assert_eq!(held, expected.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(lists.is_empty(), expected.is_empty());
            }
        }
    }
}
