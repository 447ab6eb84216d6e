//! The judgement of the benchmark `soak`: which verdicts a policy that comes and goes explains.

#[path = "bench/soak/verdicts.rs"]
mod verdicts;

use mesh_sandbox::load::{Answered, Verdict};
use verdicts::{BOUND, Flip, Judged, judge};

/// Denied from 10 to 20 seconds, each written in 100 ms.
fn judged(began: u64, ended: u64, verdict: Verdict) -> Judged {
    let flip = |begun, denied| Flip {
        begun,
        written: begun + 100,
        denied,
    };
    let answer = Answered {
        began,
        ended,
        verdict,
    };
    judge(&[flip(10_000, true), flip(20_000, false)], &[answer])
}

#[track_caller]
fn check(began: u64, ended: u64, verdict: Verdict, is_right: bool) {
    let judged = judged(began, ended, verdict);
    assert_eq!(judged.wrong.is_empty(), is_right, "{judged:?}");
}

#[test]
fn a_verdict_is_right_while_its_policy_is_in_force() {
    check(5_000, 5_001, Verdict::Allowed, true);
    check(15_000, 15_001, Verdict::Denied, true);
    check(25_000, 25_001, Verdict::Allowed, true);
    check(15_000, 15_001, Verdict::Allowed, false);
    check(25_000, 25_001, Verdict::Denied, false);
}

#[test]
fn a_verdict_before_any_policy_says_so_is_wrong() {
    check(9_000, 9_999, Verdict::Denied, false);
    check(9_000, 10_001, Verdict::Denied, true);
}

#[test]
fn the_verdict_of_before_is_right_for_a_bounded_time() {
    check(10_100 + BOUND, 10_100 + BOUND, Verdict::Allowed, true);
    check(10_101 + BOUND, 10_101 + BOUND, Verdict::Allowed, false);
    check(20_100 + BOUND, 20_100 + BOUND, Verdict::Denied, true);
    check(20_101 + BOUND, 20_101 + BOUND, Verdict::Denied, false);
}

#[test]
fn lateness_is_told() {
    assert_eq!(judged(10_500, 10_501, Verdict::Allowed).slowest, 400);
    assert_eq!(judged(15_000, 15_001, Verdict::Denied).slowest, 0);
}

#[test]
fn no_verdict_is_wrong_at_any_time() {
    check(5_000, 5_001, Verdict::Unclear("timed out".to_owned()), false);
}
