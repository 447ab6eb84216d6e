//! What peers may send, and what they are told of it (`spec/security.md` §9).

use std::sync::Arc;

use super::*;
use crate::hbone::budget::Budget;
use crate::testing::identity;

const KIB: u32 = 1 << 10;
const MIB: u32 = 1 << 20;

fn data(id: u32, body: &[u8]) -> Frame<'_> {
    (kind::DATA, 0, id, body)
}

fn credit(id: u32, bytes: u32) -> (u8, u8, u32, Vec<u8>) {
    (kind::WINDOW_UPDATE, 0, id, bytes.to_be_bytes().to_vec())
}

fn accept(state: &mut State<u32>, id: u32) {
    feed(state, &[request(id)]).unwrap();
    state.answer(id, StatusCode::OK, &HeaderMap::new()).unwrap();
}

/// What the peer was told since the last look: for the connection, and for a stream.
fn told(state: &mut State<u32>, id: u32) -> (u32, u32) {
    let credits = written(state)
        .into_iter()
        .filter(|frame| frame.0 == kind::WINDOW_UPDATE);
    credits.fold((0, 0), |(all, one), (.., stream, body)| {
        let more = u32::from_be_bytes(body.try_into().unwrap());
        match stream {
            0 => (all + more, one),
            other if other == id => (all, one + more),
            _ => (all, one),
        }
    })
}

/// How much a peer gets into one stream when nobody reads, in frames of 16 KiB.
fn fill(state: &mut State<u32>, id: u32) -> u32 {
    let body = vec![0; 16 << 10];
    let mut sent = 0;
    while state.windows.room() >= 16 << 10 && state.streams[&id].receive.left >= 16 << 10 {
        feed(state, &[data(id, &body)]).unwrap();
        sent += 16 * KIB;
    }
    sent
}

#[test]
fn security_9_little_may_come_before_a_request_is_accepted() {
    let mut state = server();
    feed(&mut state, &[request(1)]).unwrap();
    assert_eq!(fill(&mut state, 1), 64 * KIB);
    // as many again, and the stream is over, not the tunnel
    assert_eq!(outcome(state, &[data(1, &[0])]), Outcome::Reset(1, 3));
    let mut state = server();
    feed(&mut state, &[request(1)]).unwrap();
    written(&mut state);
    state.answer(1, StatusCode::OK, &HeaderMap::new()).unwrap();
    assert_eq!(told(&mut state, 1), (0, 192 * KIB));
    // a refusal opens nothing
    feed(&mut state, &[request(3)]).unwrap();
    written(&mut state);
    state
        .answer(3, StatusCode::UNAUTHORIZED, &HeaderMap::new())
        .unwrap();
    assert_eq!(told(&mut state, 3), (0, 0));
}

#[test]
fn credit_is_given_in_bulk_and_who_reads_is_offered_more() {
    let mut state = server();
    accept(&mut state, 1);
    written(&mut state);
    let part = vec![0; 64 << 10];
    feed(&mut state, &[data(1, &part)]).unwrap();
    state.accept(1, (64 << 10) - 1);
    assert_eq!(written(&mut state), []);
    // a quarter was taken: as much again, and twice the window
    state.accept(1, 1);
    let all = written(&mut state);
    assert_eq!(all, [credit(1, 64 * KIB + 256 * KIB), credit(0, 64 * KIB)]);
    // a stream that reads all the time has at last what all of them may have beyond their first
    for _ in 0..1_000 {
        feed(&mut state, &[data(1, &part)]).unwrap();
        state.accept(1, part.len());
    }
    let largest = i64::from(3 * MIB + 256 * KIB);
    assert_eq!(state.streams[&1].receive.size(), largest);
    state.release(1, 0);
    accept(&mut state, 3);
    for _ in 0..1_000 {
        feed(&mut state, &[data(3, &part)]).unwrap();
        state.accept(3, part.len());
    }
    assert_eq!(state.streams[&3].receive.size(), largest, "what ended gave back");
}

#[test]
fn security_9_a_stream_and_a_tunnel_are_bounded_and_more_is_refused() {
    let mut state = server();
    accept(&mut state, 1);
    let sent = fill(&mut state, 1);
    assert_eq!(sent, 256 * KIB);
    assert_eq!(outcome(state, &[data(1, &[0])]), Outcome::Reset(1, 3));
    // all streams together fill no more than the tunnel's window
    let mut state = server();
    let mut sent = 0;
    for number in 0..150 {
        accept(&mut state, number * 2 + 1);
        sent += fill(&mut state, number * 2 + 1);
    }
    assert!((15 * MIB..=16 * MIB).contains(&sent), "{sent}");
    let error = feed(&mut state, &[data(299, &vec![0; 64 << 10])]).unwrap_err();
    assert_eq!(error.word(), "h2_connection_window");
}

#[test]
fn security_9_fifty_readers_that_stand_still_leave_room_for_the_others() {
    let mut state = server();
    let part = vec![0; 64 << 10];
    // the worst of them have read as fast as they could before
    for number in 0..50 {
        let id = number * 2 + 1;
        accept(&mut state, id);
        for _ in 0..100 {
            feed(&mut state, &[data(id, &part)]).unwrap();
            state.accept(id, part.len());
        }
    }
    for number in 0..50 {
        fill(&mut state, number * 2 + 1);
    }
    accept(&mut state, 201);
    let before = state.windows.room();
    assert!(before >= 256 << 10, "{before}");
    for _ in 0..1_000 {
        feed(&mut state, &[data(201, &part)]).unwrap();
        state.accept(201, part.len());
    }
    // and when they go, everything is there again
    for number in 0..50 {
        let id = number * 2 + 1;
        let stream = &state.streams[&id].receive;
        let held = stream.size() - stream.left;
        state.release(id, usize::try_from(held).unwrap());
    }
    assert!(state.windows.room() > 12 << 20);
}

#[test]
fn security_9_what_one_peer_may_send_is_bounded_over_all_its_tunnels() {
    let budget = Arc::new(Budget::default());
    let (peer, other) = (identity("shop", "many"), identity("shop", "one"));
    let open = |peer| {
        let share = Some(budget.share(peer));
        let mut state = State::new(Role::Server, TunnelSettings::default(), share);
        feed(&mut state, &[SETTINGS]).unwrap();
        state
    };
    let stand_still = |state: &mut State<u32>| -> u64 {
        let streams = (0..100).map(|number| number * 2 + 1);
        streams
            .map(|id| {
                accept(state, id);
                u64::from(fill(state, id))
            })
            .sum()
    };
    let mut tunnels: Vec<State<u32>> = (0..400).map(|_| open(&peer)).collect();
    let sent: u64 = tunnels.iter_mut().map(stand_still).sum();
    let most = (64 << 20) + 400 * (64 << 10);
    assert!((48 << 20..=most).contains(&sent), "{sent} of {most}");
    // another peer has all of its own
    assert!(stand_still(&mut open(&other)) >= 15 << 20);
    // and a tunnel that ends makes room for the next one
    drop(tunnels.split_off(10));
    assert!(stand_still(&mut open(&peer)) >= 4 << 20);
}

#[test]
fn security_9_all_tunnels_together_have_a_share_of_the_memory() {
    let memory = 256 << 20;
    let budget = Arc::new(Budget::new(memory));
    let mut sent = 0;
    let mut tunnels = Vec::new();
    for number in 0..64 {
        let share = Some(budget.share(&identity("shop", &format!("peer-{number}"))));
        let mut state = State::new(Role::Server, TunnelSettings::default(), share);
        feed(&mut state, &[SETTINGS]).unwrap();
        for id in (1..140).step_by(2) {
            accept(&mut state, id);
            sent += u64::from(fill(&mut state, id));
        }
        tunnels.push(state);
    }
    let most = memory / 4 + 64 * (64 << 10);
    assert!((48 << 20..=most).contains(&sent), "{sent} of {most}");
}

#[test]
fn a_tunnel_that_reads_gives_back_what_others_need() {
    let budget = Arc::new(Budget::default());
    let peer = identity("shop", "many");
    let mut greedy: Vec<State<u32>> = (0..4)
        .map(|_| {
            let share = Some(budget.share(&peer));
            let mut state = State::new(Role::Server, TunnelSettings::default(), share);
            feed(&mut state, &[SETTINGS]).unwrap();
            // bursts that nobody takes at first make it grow
            for id in (1..130).step_by(2) {
                accept(&mut state, id);
                let sent = fill(&mut state, id);
                state.release(id, sent as usize);
            }
            state
        })
        .collect();
    let late: Vec<_> = (0..12).map(|_| budget.share(&peer)).collect();
    let mut largest = 0;
    for state in &mut greedy {
        accept(state, 201);
        for _ in 0..2_000 {
            feed(state, &[data(201, &[0; 16 << 10])]).unwrap();
            state.accept(201, 16 << 10);
        }
        largest = largest.max(state.windows.room());
    }
    assert!(largest <= 16 << 20);
    let mut late = late;
    let room = late.last_mut().unwrap().resize(4 * MIB, 0);
    assert!(room >= MIB, "{room}");
}

#[test]
fn what_a_stream_held_opens_the_connection_again() {
    let mut state = server();
    for number in 0..400 {
        let id = number * 2 + 1;
        accept(&mut state, id);
        let sent = fill(&mut state, id);
        assert_eq!(sent, 256 * KIB, "{number}");
        state.release(id, sent as usize);
        // late data of a stream that is gone is nobody's, and opens it as well
        feed(&mut state, &[data(id, &vec![0; 64 << 10])]).unwrap();
    }
}
