//! The hand-over protocol as a value.

use super::*;

fn started(pods: &mut Pods<u64>, uid: &str, inode: u64) -> Add {
    let uid = ArcStr::from(uid);
    let add = pods.on_add(&uid, inode);
    if add != Add::Running {
        pods.on_started(uid, inode);
    }
    add
}

#[test]
fn zds_c04_the_snapshot_stops_whom_it_does_not_name() {
    let mut pods = Pods::<u64>::default();
    for uid in ["a", "b", "c"] {
        started(&mut pods, uid, 1);
    }
    assert_eq!(pods.on_snapshot(), Ok(vec![]));
    pods.on_connected();
    assert_eq!(
        pods.counts(),
        (3, 0),
        "running pods go on while the agent is away"
    );
    pods.on_keep("a".into()).unwrap();
    assert_eq!(started(&mut pods, "b", 1), Add::Running);
    assert_eq!(pods.on_snapshot(), Ok(vec!["c".into()]));
    assert_eq!(pods.counts(), (2, 0));
}

#[test]
fn zds_c05_the_same_namespace_again_changes_nothing_and_another_one_restarts() {
    let mut pods = Pods::<u64>::default();
    assert_eq!(started(&mut pods, "a", 1), Add::Start);
    pods.on_snapshot().unwrap();
    assert_eq!(started(&mut pods, "a", 1), Add::Running);
    assert_eq!(started(&mut pods, "a", 2), Add::Replace);
    assert_eq!(started(&mut pods, "a", 2), Add::Running);
}

#[test]
fn deletion_before_the_snapshot_waits_for_it_and_after_it_is_at_once() {
    let mut pods = Pods::<u64>::default();
    started(&mut pods, "a", 1);
    pods.on_snapshot().unwrap();
    pods.on_connected();
    pods.on_keep("a".into()).unwrap();
    assert!(!pods.on_del("a"));
    assert_eq!(pods.on_snapshot(), Ok(vec!["a".into()]));
    started(&mut pods, "b", 1);
    assert!(pods.on_del("b"));
    assert!(
        !pods.on_del("b"),
        "unknown pods are acknowledged and nothing more"
    );
}

#[test]
fn messages_out_of_order_are_refused_with_the_fields_texts() {
    let mut pods = Pods::<u64>::default();
    pods.on_snapshot().unwrap();
    let late = pods.on_keep("a".into()).unwrap_err();
    assert_eq!(late.to_string(), "pod keep received after snapshot");
    let second = pods.on_snapshot().unwrap_err();
    assert_eq!(second.to_string(), "pod snapshot received already");
    pods.on_connected();
    assert!(
        pods.on_snapshot().is_ok(),
        "each connection has a snapshot of its own"
    );
}

#[test]
fn zds_c08_a_failed_start_waits_until_it_succeeds() {
    let mut pods = Pods::<u64>::default();
    let uid = ArcStr::from("a");
    pods.on_add(&uid, 1);
    pods.on_failed(uid.clone(), Instant::now());
    pods.on_snapshot().unwrap();
    assert_eq!(pods.counts(), (0, 1));
    assert_eq!(pods.pending().collect::<Vec<_>>(), [&uid]);
    pods.on_started(uid, 1);
    assert_eq!(pods.counts(), (1, 0));
}

#[test]
fn security_m6_missing_listeners_count_between_ten_seconds_and_a_minute() {
    let start = Instant::now();
    let after = |seconds| start + Duration::from_secs(seconds);
    let mut pods = Pods::<u64>::default();
    pods.on_snapshot().unwrap();
    for uid in ["a", "b"] {
        pods.on_add(&uid.into(), 1);
        pods.on_failed(uid.into(), start);
    }
    pods.on_failed("a".into(), after(9)); // a retry is no new beginning
    let counts = [0, 10, 11, 60, 61].map(|at| pods.missing(after(at)));
    assert_eq!(counts, [0, 0, 2, 2, 0]);
    pods.on_started("a".into(), 1);
    assert_eq!(pods.missing(after(11)), 1);
    // a new connection whose snapshot still names it goes on counting; a deleted pod does not
    pods.on_connected();
    pods.on_add(&"b".into(), 1);
    pods.on_failed("b".into(), after(12));
    pods.on_snapshot().unwrap();
    assert_eq!(pods.missing(after(13)), 1);
    pods.on_del("b");
    assert_eq!(pods.missing(after(13)), 0);
}
