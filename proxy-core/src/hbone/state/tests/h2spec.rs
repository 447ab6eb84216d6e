//! The cases that h2spec asks of both ends.

use super::*;

#[test]
fn h2spec_frames_that_have_no_place_end_the_connection() {
    let cases: [(&[Frame<'_>], Outcome); 12] = [
        (&[(kind::DATA, 0, 0, b"x")], Connection(1, "h2_data_on_idle")),
        (&[(kind::DATA, 0, 1, b"x")], Connection(1, "h2_data_on_idle")),
        (&[(kind::DATA, 0, 2, b"x")], Connection(1, "h2_data_on_idle")),
        (
            &[(kind::HEADERS, END, 0, BLOCK)],
            Connection(1, "h2_stream_number"),
        ),
        (
            &[(kind::HEADERS, END, 2, BLOCK)],
            Connection(1, "h2_stream_number"),
        ),
        (
            &[(kind::RST_STREAM, 0, 1, &[0; 4])],
            Connection(1, "h2_reset_on_idle"),
        ),
        (
            &[(kind::RST_STREAM, 0, 0, &[0; 4])],
            Connection(1, "h2_reset_on_idle"),
        ),
        (
            &[request(1), (kind::RST_STREAM, 0, 1, &[0; 3])],
            Connection(6, "h2_reset"),
        ),
        (
            &[(kind::WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1])],
            Connection(1, "h2_window_on_idle"),
        ),
        (
            &[(kind::WINDOW_UPDATE, 0, 0, &[0; 4])],
            Connection(1, "h2_window_update"),
        ),
        (
            &[(kind::WINDOW_UPDATE, 0, 0, &[1; 3])],
            Connection(6, "h2_window_update"),
        ),
        (
            &[(kind::WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])],
            Connection(3, "h2_window_overflow"),
        ),
    ];
    for (frames, expected) in cases {
        assert_eq!(outcome(server(), frames), expected, "{frames:?}");
    }
}

#[test]
fn h2spec_settings_and_the_like_are_judged() {
    let cases: [(&[Frame<'_>], Outcome); 14] = [
        (&[(kind::SETTINGS, 0, 1, &[])], Connection(1, "h2_settings")),
        (&[(kind::SETTINGS, 0, 0, &[0; 5])], Connection(6, "h2_settings")),
        (
            &[(kind::SETTINGS, flag::ACK, 0, &[0; 6])],
            Connection(6, "h2_settings"),
        ),
        (
            &[(kind::SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 2])],
            Connection(1, "h2_settings_push"),
        ),
        (
            &[(kind::SETTINGS, 0, 0, &[0, 4, 0x80, 0, 0, 0])],
            Connection(3, "h2_settings_window"),
        ),
        (
            &[(kind::SETTINGS, 0, 0, &[0, 5, 0, 0, 0x3f, 0xff])],
            Connection(1, "h2_settings_frame"),
        ),
        (
            &[(kind::SETTINGS, 0, 0, &[0, 5, 1, 0, 0, 0])],
            Connection(1, "h2_settings_frame"),
        ),
        (
            &[(kind::SETTINGS, 0, 0, &[9; 66])],
            Connection(11, "h2_settings_entries"),
        ),
        (&[(kind::PING, 0, 1, &[0; 8])], Connection(1, "h2_ping")),
        (&[(kind::PING, 0, 0, &[0; 7])], Connection(6, "h2_ping")),
        (&[(kind::GOAWAY, 0, 1, &[0; 8])], Connection(1, "h2_goaway")),
        (&[(kind::GOAWAY, 0, 0, &[0; 7])], Connection(6, "h2_goaway")),
        (&[(kind::PUSH_PROMISE, END, 1, &[0; 8])], Connection(1, "h2_push")),
        (&[(kind::PRIORITY, 0, 1, &[0; 4])], Connection(6, "h2_priority")),
    ];
    for (frames, expected) in cases {
        assert_eq!(outcome(server(), frames), expected, "{frames:?}");
    }
}

#[test]
fn h2spec_what_means_nothing_is_ignored() {
    let cases: [&[Frame<'_>]; 8] = [
        &[(kind::PRIORITY, 0, 1, &[0; 5])],
        &[(99, 0xff, 7, b"whatever")],
        &[(kind::SETTINGS, 0, 0, &[0, 77, 0, 0, 0, 1])],
        &[(kind::SETTINGS, flag::ACK, 0, &[])],
        &[(kind::PING, flag::ACK, 0, b"not ours")],
        &[
            request(1),
            (kind::RST_STREAM, 0, 1, &[0, 0, 0, 8]),
            (kind::WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]),
        ],
        &[
            request(1),
            (kind::RST_STREAM, 0, 1, &[0, 0, 0, 8]),
            (kind::RST_STREAM, 0, 1, &[0, 0, 0, 8]),
        ],
        &[(
            kind::HEADERS,
            END | flag::PRIORITY | flag::PADDED,
            1,
            b"\x02\0\0\0\0\x05\x02\x07CONNECT\x01\x03a:1\0\0",
        )],
    ];
    for frames in cases {
        assert_eq!(outcome(server(), frames), Fine, "{frames:?}");
    }
}

#[test]
fn h2spec_streams_that_break_their_rules_are_reset_alone() {
    let ended = (kind::HEADERS, END | flag::END_STREAM, 1, BLOCK);
    let cases: [(&[Frame<'_>], Outcome); 8] = [
        (&[ended, (kind::DATA, 0, 1, b"x")], Reset(1, 5)),
        (&[ended, request(1)], Reset(1, 5)),
        (&[request(1), request(1)], Reset(1, 1)),
        (
            &[request(1), (kind::HEADERS, END, 1, b"\x00\x01a\x01b")],
            Reset(1, 1),
        ),
        (&[request(1), (kind::WINDOW_UPDATE, 0, 1, &[0; 4])], Reset(1, 1)),
        (
            &[request(1), (kind::WINDOW_UPDATE, 0, 1, &[0x7f, 0xff, 0xff, 0xff])],
            Reset(1, 3),
        ),
        (
            &[(kind::HEADERS, END, 1, b"\x02\x07CONNECT\x04\x01/")],
            Reset(1, 1),
        ),
        (&[(kind::HEADERS, END, 1, b"\x00\x05Upper\x01b")], Reset(1, 1)),
    ];
    for (frames, expected) in cases {
        assert_eq!(outcome(server(), frames), expected, "{frames:?}");
    }
    // trailers are an end
    let trailers = (kind::HEADERS, END | flag::END_STREAM, 1, &b"\x00\x01a\x01b"[..]);
    let mut state = server();
    feed(&mut state, &[request(1), trailers]).unwrap();
    assert!(
        state
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Ended(1)))
    );
}

#[test]
fn h2spec_blocks_come_whole_or_not_at_all() {
    let first = (kind::HEADERS, 0, 1, &BLOCK[..3]);
    let rest = (kind::CONTINUATION, END, 1, &BLOCK[3..]);
    let cases: [(&[Frame<'_>], Outcome); 7] = [
        (&[first, rest], Fine),
        (
            &[(kind::CONTINUATION, END, 1, BLOCK)],
            Connection(1, "h2_continuation"),
        ),
        (
            &[first, (kind::PING, 0, 0, &[0; 8])],
            Connection(1, "h2_block_interrupted"),
        ),
        (
            &[first, (kind::CONTINUATION, END, 3, b"")],
            Connection(1, "h2_block_interrupted"),
        ),
        (&[(kind::HEADERS, END, 1, &[0xff])], Connection(9, "h2_hpack")),
        (
            &[(kind::HEADERS, END | flag::PADDED, 1, &[9, 0])],
            Connection(1, "h2_padding"),
        ),
        (
            &[(kind::HEADERS, END | flag::PRIORITY, 1, &[0; 4])],
            Connection(6, "h2_priority"),
        ),
    ];
    for (frames, expected) in cases {
        assert_eq!(outcome(server(), frames), expected, "{frames:?}");
    }
    let mut flood = vec![first];
    flood.extend([(kind::CONTINUATION, 0, 1, &b""[..]); 17]);
    assert_eq!(outcome(server(), &flood), Connection(11, "h2_continuation_flood"));
    let large = vec![0; 60_000];
    let long = [
        (kind::HEADERS, 0, 1, large.as_slice()),
        (kind::CONTINUATION, 0, 1, &large),
    ];
    assert_eq!(outcome(server(), &long), Connection(11, "h2_header_block"));
    let mut bomb = vec![0x40, 1, b'a', 0x7f, 0x81, 0x17];
    bomb.extend_from_slice(&[b'v'; 3_072]);
    bomb.extend_from_slice(&[0xbe; 100]);
    assert_eq!(
        outcome(server(), &[(kind::HEADERS, END, 1, &bomb)]),
        Connection(11, "h2_header_list")
    );
}
