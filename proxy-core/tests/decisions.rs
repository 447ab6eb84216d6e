//! The decision engine against a second reading of `spec/authorization.md`, on a million random pairs of
//! policies and connection. Policies and workload reach the engine as bytes of the wire.
//!
//! The two readings share no code: the reference knows nothing but texts, bytes and numbers. The seed is
//! fixed and stands in every failure, with the number of the world that it made.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "decisions/engine.rs"]
mod engine;
#[path = "shared/random.rs"]
mod random;
#[path = "decisions/reference.rs"]
mod reference;
#[path = "decisions/world.rs"]
mod world;

use std::collections::BTreeMap;

use random::Random;
use reference::Verdict;
use world::{Connection, World};

/// Change it and other pairs are compared.
const SEED: u64 = 0x5eed_2026_0001;
/// Worlds: sets of policies, with the workload that is called.
const WORLDS: u64 = 125_000;
/// Connections in each.
const CONNECTIONS: usize = 8;
/// Threads that share the work.
const THREADS: u64 = 2;

/// Verdicts by their kind.
type Counts = BTreeMap<&'static str, u64>;

fn compare(number: u64, counts: &mut Counts) {
    let mut random = Random::new(SEED ^ number.wrapping_mul(0x1_0000_0001));
    let world = World::random(&mut random);
    let mesh = engine::mesh(&world);
    for _ in 0..CONNECTIONS {
        let connection = Connection::random(&mut random);
        let expected = reference::decide(&world, &connection);
        let decided = engine::decide(&mesh, &connection);
        assert!(
            expected.admits(&decided),
            "seed {SEED:#x}, world {number}: {decided:?} instead of {expected:?}\n{world:#?}\n{connection:#?}"
        );
        *counts.entry(expected.kind()).or_default() += 1;
    }
}

#[test]
fn a_million_random_decisions_equal_a_second_reading_of_the_rules() {
    let counts: Vec<Counts> = std::thread::scope(|scope| {
        let share = |thread: u64| {
            scope.spawn(move || {
                let mut counts = Counts::new();
                (thread..WORLDS)
                    .step_by(usize::try_from(THREADS).unwrap())
                    .for_each(|number| compare(number, &mut counts));
                counts
            })
        };
        let threads: Vec<_> = (0..THREADS).map(share).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = Counts::new();
    for (kind, count) in counts.into_iter().flatten() {
        *all.entry(kind).or_default() += count;
    }
    let total: u64 = all.values().sum();
    assert_eq!(total, 1_000_000);
    // a comparison of verdicts that are all the same would prove nothing
    for kind in ["allowed", "denied by a policy", "allowed by none", "pending"] {
        assert!(all.get(kind).is_some_and(|count| *count > 50_000), "{all:?}");
    }
}

/// The comparison notices a wrong verdict: each kind admits no other.
#[test]
fn verdicts_of_another_kind_or_policy_are_noticed() {
    let by = |key: &str| Verdict::DeniedBy([key.to_owned()].into());
    let decided = ["allow", "denied a/b", "none allowed", "pending a/b"];
    let expected = [
        Verdict::Allowed,
        by("a/b"),
        Verdict::AllowedByNone,
        Verdict::Pending(["a/b".to_owned()].into()),
    ];
    for (at, verdict) in expected.iter().enumerate() {
        for (other, word) in decided.iter().enumerate() {
            assert_eq!(verdict.admits(word), at == other, "{verdict:?} {word}");
        }
    }
    assert!(!by("a/c").admits("denied a/b"));
}
