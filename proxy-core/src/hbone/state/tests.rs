//! Both ends' rules, and the limits of `spec/security.md` §9.

mod h2spec;
mod windows;

use std::time::Duration;

use http::Method;
use proptest::prelude::*;

use super::*;
use crate::hbone::frame::{HEAD, Head, MAX_WINDOW, PREFACE, flag, kind};

const NO_TIME: Duration = Duration::ZERO;

/// Frames as a table wants them: kind, flags, stream, payload.
type Frame<'a> = (u8, u8, u32, &'a [u8]);

/// Gives frames to a side as the driver does.
fn feed(state: &mut State<u32>, frames: &[Frame<'_>]) -> Result<(), Error> {
    for (kind, flags, stream, body) in frames {
        let head = Head {
            length: body.len(),
            kind: *kind,
            flags: *flags,
            stream: *stream,
        };
        state.on_head(head)?;
        if head.kind == kind::DATA {
            state.on_data(head, NO_TIME)?;
            state.on_data_end(head);
        } else {
            state.on_frame(head, body, NO_TIME)?;
        }
        adopt(state);
    }
    Ok(())
}

/// Streams that were asked for belong to their number.
fn adopt(state: &mut State<u32>) {
    let asked: Vec<u32> = state.effects.iter().filter_map(asked).collect();
    for id in asked {
        state.adopt(id, id);
    }
}

fn asked(effect: &Effect<u32>) -> Option<u32> {
    match effect {
        Effect::Asked(id, _) => Some(*id),
        _ => None,
    }
}

/// What a side has written: kind, flags, stream, payload.
fn written(state: &mut State<u32>) -> Vec<(u8, u8, u32, Vec<u8>)> {
    let out = std::mem::take(&mut state.out);
    let mut rest = out.strip_prefix(PREFACE).unwrap_or(&out);
    let mut frames = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let head = Head::parse(*head);
        let (body, after) = after.split_at(head.length);
        frames.push((head.kind, head.flags, head.stream, body.to_vec()));
        rest = after;
    }
    frames
}

const SETTINGS: Frame<'static> = (kind::SETTINGS, 0, 0, &[]);
/// CONNECT to `a:1`.
const BLOCK: &[u8] = b"\x02\x07CONNECT\x01\x03a:1";
const OK_BLOCK: &[u8] = &[0x88];
const END: u8 = flag::END_HEADERS;

fn request(id: u32) -> Frame<'static> {
    (kind::HEADERS, END, id, BLOCK)
}

/// A server whose client has said hello.
fn server() -> State<u32> {
    let mut state = State::new(Role::Server, TunnelSettings::default(), None);
    feed(&mut state, &[SETTINGS]).unwrap();
    written(&mut state);
    state
}

/// A client with stream 1 open.
fn client() -> State<u32> {
    let mut state = State::new(Role::Client, TunnelSettings::default(), None);
    feed(&mut state, &[SETTINGS]).unwrap();
    assert_eq!(state.open("a:1", &HeaderMap::new(), 1).unwrap(), Some(1));
    written(&mut state);
    state
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Fine,
    /// The connection ends.
    Connection(u32, &'static str),
    /// One stream is reset.
    Reset(u32, u32),
}

fn outcome(mut state: State<u32>, frames: &[Frame<'_>]) -> Outcome {
    if let Err(error) = feed(&mut state, frames) {
        return Outcome::Connection(error.reason().unwrap().0, error.word());
    }
    let resets = written(&mut state)
        .into_iter()
        .find(|frame| frame.0 == kind::RST_STREAM);
    match resets {
        Some((.., id, body)) => Outcome::Reset(id, u32::from_be_bytes(body.try_into().unwrap())),
        None => Outcome::Fine,
    }
}

use Outcome::{Connection, Fine, Reset};

#[test]
fn the_first_frame_is_settings_and_none_is_larger_than_agreed() {
    let fresh = || State::new(Role::Server, TunnelSettings::default(), None);
    let nothing = Connection(1, "h2_no_settings");
    assert_eq!(outcome(fresh(), &[(kind::PING, 0, 0, &[0; 8])]), nothing);
    assert_eq!(outcome(fresh(), &[(kind::SETTINGS, flag::ACK, 0, &[])]), nothing);
    let head = Head {
        length: (1 << 20) + 1,
        kind: kind::DATA,
        flags: 0,
        stream: 1,
    };
    assert_eq!(server().on_head(head).unwrap_err().word(), "h2_frame_size");
    let skipped = Head {
        kind: kind::HEADERS,
        ..head
    };
    assert_eq!(
        server().on_skipped(skipped, NO_TIME).unwrap_err().word(),
        "h2_header_block"
    );
}

#[test]
fn security_9_floods_end_the_connection_with_their_reason() {
    let many = |frame: Frame<'static>| outcome(server(), &vec![frame; 10_001]);
    assert_eq!(many((kind::PING, 0, 0, &[0; 8])), Connection(11, "h2_ping_flood"));
    assert_eq!(many(SETTINGS), Connection(11, "h2_settings_flood"));
    assert_eq!(
        many((kind::PRIORITY, 0, 1, &[0; 5])),
        Connection(11, "h2_priority_flood")
    );
    assert_eq!(many((99, 0, 0, b"")), Connection(11, "h2_unknown_flood"));
    assert_eq!(
        many((kind::WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
        Connection(11, "h2_window_flood")
    );
    let mut empty = vec![request(1)];
    empty.extend([(kind::DATA, 0, 1, &b""[..]); 101]);
    assert_eq!(outcome(server(), &empty), Connection(11, "h2_empty_data_flood"));
    // rapid reset, and made-you-reset
    let rapid: Vec<Frame<'_>> = (0..201)
        .flat_map(|number| {
            [
                request(number * 2 + 1),
                (kind::RST_STREAM, 0, number * 2 + 1, &[0, 0, 0, 8][..]),
            ]
        })
        .collect();
    assert_eq!(outcome(server(), &rapid), Connection(11, "h2_reset_flood"));
    let made: Vec<Frame<'_>> = (0..201)
        .flat_map(|number| {
            [
                request(number * 2 + 1),
                (kind::WINDOW_UPDATE, 0, number * 2 + 1, &[0; 4][..]),
            ]
        })
        .collect();
    assert_eq!(outcome(server(), &made), Connection(11, "h2_reset_flood"));
}

#[test]
fn streams_that_were_answered_may_be_reset_as_often_as_their_peer_likes() {
    let mut state = server();
    for number in 0..1_000 {
        let id = number * 2 + 1;
        feed(&mut state, &[request(id)]).unwrap();
        state.answer(id, StatusCode::OK, &HeaderMap::new()).unwrap();
        feed(&mut state, &[(kind::RST_STREAM, 0, id, &[0, 0, 0, 8])]).unwrap();
        state.release(id, 0);
    }
    assert_eq!((state.open_streams(), state.streams.len()), (0, 0));
}

#[test]
fn security_9_more_than_200_streams_are_refused_one_by_one() {
    let mut state = server();
    for number in 0..200 {
        feed(&mut state, &[request(number * 2 + 1)]).unwrap();
    }
    written(&mut state);
    feed(&mut state, &[request(401)]).unwrap();
    let refused = (kind::RST_STREAM, 0, 401, vec![0, 0, 0, 7]);
    assert_eq!(written(&mut state), [refused]);
    state.answer(1, StatusCode::FORBIDDEN, &HeaderMap::new()).unwrap();
    feed(&mut state, &[(kind::DATA, flag::END_STREAM, 1, b"")]).unwrap();
    written(&mut state);
    feed(&mut state, &[request(403)]).unwrap();
    assert_eq!(written(&mut state), []);
    assert_eq!(state.open_streams(), 200);
}

#[test]
fn a_request_is_read_and_answered() {
    let mut state = server();
    feed(&mut state, &[request(1)]).unwrap();
    let Some(Effect::Asked(1, asked)) = state.effects.pop() else {
        panic!("nobody asked");
    };
    assert_eq!((asked.method, asked.authority.as_str()), (Method::CONNECT, "a:1"));
    state.answer(1, StatusCode::OK, &HeaderMap::new()).unwrap();
    let more = (192_u32 << 10).to_be_bytes().to_vec();
    let answer = (kind::HEADERS, END, 1, OK_BLOCK.to_vec());
    assert_eq!(written(&mut state), [answer, (kind::WINDOW_UPDATE, 0, 1, more)]);
    state.end(1);
    state.end(1);
    assert_eq!(written(&mut state), [(kind::DATA, flag::END_STREAM, 1, vec![])]);
}

#[test]
fn h2spec_a_client_judges_its_server() {
    let pushed = (kind::PUSH_PROMISE, END, 1, &b"\0\0\0\x02\x88"[..]);
    let cases: [(&[Frame<'_>], Outcome); 9] = [
        (
            &[(kind::HEADERS, END, 1, OK_BLOCK), (kind::DATA, 0, 1, b"x")],
            Fine,
        ),
        (
            &[
                (kind::HEADERS, END, 1, b"\x08\x03103"),
                (kind::HEADERS, END, 1, OK_BLOCK),
            ],
            Fine,
        ),
        (&[(kind::DATA, 0, 1, b"x")], Reset(1, 1)),
        (
            &[
                (kind::HEADERS, END, 1, OK_BLOCK),
                (kind::HEADERS, END, 1, OK_BLOCK),
            ],
            Reset(1, 1),
        ),
        (
            &[(kind::HEADERS, END | flag::END_STREAM, 1, b"\x08\x03103")],
            Reset(1, 1),
        ),
        (&[(kind::HEADERS, END, 1, b"\x00\x01a\x01b")], Reset(1, 1)),
        (
            &[(kind::HEADERS, END, 3, OK_BLOCK)],
            Connection(1, "h2_headers_on_idle"),
        ),
        (
            &[(kind::SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 1])],
            Connection(1, "h2_settings_push"),
        ),
        (&[pushed], Connection(1, "h2_push")),
    ];
    for (frames, expected) in cases {
        assert_eq!(outcome(client(), frames), expected, "{frames:?}");
    }
}

#[test]
fn goaway_fails_what_its_sender_will_not_look_at_and_nothing_else() {
    let mut state = client();
    assert_eq!(state.open("a:1", &HeaderMap::new(), 3).unwrap(), Some(3));
    state.effects.clear();
    feed(&mut state, &[(kind::GOAWAY, 0, 0, b"\0\0\0\x01\0\0\0\0bye")]).unwrap();
    let failed: Vec<(u32, String)> = state
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Failed(owner, error) => Some((*owner, error.to_string())),
            _ => None,
        })
        .collect();
    let text = "connection error received: not a result of an error (bye)";
    assert_eq!(failed, [(3, text.to_owned())]);
    assert!(state.takes_no_more());
    assert_eq!(
        state.open("a:1", &HeaderMap::new(), 5).unwrap_err().to_string(),
        text
    );
    feed(&mut state, &[(kind::HEADERS, END, 1, OK_BLOCK)]).unwrap();
    assert_eq!(state.open_streams(), 1, "the other goes on");
}

#[test]
fn hbone_12_draining_is_announced_before_it_is_final() {
    let mut state = server();
    state.drain();
    state.drain();
    let announced = written(&mut state);
    assert_eq!(
        announced[0],
        (kind::GOAWAY, 0, 0, b"\x7f\xff\xff\xff\0\0\0\0".to_vec())
    );
    assert_eq!(announced.len(), 2);
    // a stream that was under way is still served
    feed(&mut state, &[request(1)]).unwrap();
    assert!(!state.takes_no_more());
    let pong: &[u8] = &announced[1].3;
    feed(&mut state, &[(kind::PING, flag::ACK, 0, pong)]).unwrap();
    assert_eq!(
        written(&mut state),
        [(kind::GOAWAY, 0, 0, b"\0\0\0\x01\0\0\0\0".to_vec())]
    );
    assert!(state.takes_no_more());
    state.effects.clear();
    feed(&mut state, &[request(3)]).unwrap();
    assert_eq!(state.effects.iter().filter_map(asked).count(), 0);
}

#[test]
fn a_peers_limit_is_kept_and_waits_for_an_end() {
    let mut state = State::<u32>::new(Role::Client, TunnelSettings::default(), None);
    assert_eq!(state.stream_limit(), 100);
    feed(&mut state, &[(kind::SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 1])]).unwrap();
    assert_eq!(state.open("a:1", &HeaderMap::new(), 1).unwrap(), Some(1));
    assert_eq!(state.open("a:1", &HeaderMap::new(), 3).unwrap(), None);
    state.effects.clear();
    feed(&mut state, &[(kind::RST_STREAM, 0, 1, &[0, 0, 0, 7])]).unwrap();
    assert!(state.effects.iter().any(|effect| matches!(effect, Effect::Slots)));
    assert_eq!(state.open("a:1", &HeaderMap::new(), 3).unwrap(), Some(3));
}

#[test]
fn windows_are_taken_given_back_and_changed_by_settings() {
    let mut state = client();
    assert_eq!(state.reserve(1, 1_000_000).unwrap(), 65_535);
    assert_eq!(state.reserve(1, 1).unwrap(), 0);
    state.effects.clear();
    state.give_back(1, 535);
    assert!(
        state
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Room(1)))
    );
    assert_eq!(state.reserve(1, 1_000).unwrap(), 535);
    // the initial window may shrink below what was sent
    feed(&mut state, &[(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])]).unwrap();
    feed(&mut state, &[(kind::WINDOW_UPDATE, 0, 0, &[0, 1, 0, 0])]).unwrap();
    feed(&mut state, &[(kind::WINDOW_UPDATE, 0, 1, &[0, 0, 0xff, 0xff])]).unwrap();
    assert_eq!(state.reserve(1, 1).unwrap(), 0);
    feed(&mut state, &[(kind::WINDOW_UPDATE, 0, 1, &[0, 0, 0, 9])]).unwrap();
    assert_eq!(state.reserve(1, 100).unwrap(), 9);
    assert!(state.reserve(3, 1).is_err(), "a stream that is not there");
    let mut full = client();
    let grow = [0x7f, 0xff, 0, 0];
    feed(&mut full, &[(kind::WINDOW_UPDATE, 0, 1, &grow)]).unwrap();
    assert!(full.streams[&1].send_window <= MAX_WINDOW);
    let over = feed(
        &mut full,
        &[(kind::SETTINGS, 0, 0, &[0, 4, 0x7f, 0xff, 0xff, 0xff])],
    );
    assert_eq!(over.unwrap_err().word(), "h2_settings_window");
}

#[test]
fn a_peer_that_allows_no_table_is_told_that_it_stays_empty() {
    let mut state = client();
    feed(&mut state, &[(kind::SETTINGS, 0, 0, &[0, 1, 0, 0, 0, 0])]).unwrap();
    written(&mut state);
    state.open("a:1", &HeaderMap::new(), 3).unwrap();
    state.open("a:1", &HeaderMap::new(), 5).unwrap();
    let blocks: Vec<u8> = written(&mut state).iter().map(|frame| frame.3[0]).collect();
    assert_eq!(blocks, [0x20, 0x02]);
}

proptest! {
    #[test]
    fn any_frames_are_served_or_refused(
        frames in prop::collection::vec(
            (0_u8..12, any::<u8>(), 0_u32..8, prop::collection::vec(any::<u8>(), 0..40)),
            0..60,
        ),
        is_client in any::<bool>(),
    ) {
        let mut state = if is_client { client() } else { server() };
        let frames: Vec<Frame<'_>> = frames
            .iter()
            .map(|(kind, flags, stream, body)| (*kind, *flags, *stream, body.as_slice()))
            .collect();
        let served = feed(&mut state, &frames);
        prop_assert!(served.is_ok() || served.unwrap_err().reason().is_some());
        prop_assert!(state.open_streams() <= state.streams.len());
        written(&mut state);
    }
}
