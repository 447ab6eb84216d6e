//! Tables that give back what many entries needed once few are left (pure).

use std::collections::HashMap;
use std::hash::Hash;

/// A table for so few entries is never made smaller.
const ROOMY: usize = 32;

/// Removes an entry. A table that is nearly empty afterwards becomes smaller, with room for as many again, so that the
/// cost of it is spread over the entries that have gone.
pub(crate) fn remove<K: Eq + Hash, V>(table: &mut HashMap<K, V>, key: &K) -> Option<V> {
    let removed = table.remove(key);
    if table.capacity() > ROOMY && table.len() < table.capacity() / 8 {
        table.shrink_to(table.len() * 2);
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_large_as_what_is_in_it() {
        let mut table: HashMap<u32, u32> = (0..10_000).map(|key| (key, key)).collect();
        for key in 0..9_990 {
            assert_eq!(remove(&mut table, &key), Some(key));
            assert!(
                table.capacity() <= 16 * table.len().max(ROOMY),
                "{}",
                table.capacity()
            );
        }
        assert_eq!(remove(&mut table, &0), None);
        assert!((9_990..10_000).all(|key| table[&key] == key));
    }
}
