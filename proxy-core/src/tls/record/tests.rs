//! Known bytes, and records that nobody should send.

use super::*;
use crate::tls::record::incoming::{Item, NEW_SESSION_TICKET};

const SECRET: [u8; 16] = [
    0x17, 0x42, 0x2d, 0xda, 0x59, 0x6e, 0xd5, 0xd9, 0xac, 0xd8, 0x90, 0xe3, 0xc6, 0x3f, 0x50, 0x51,
];
const IV: [u8; 12] = [
    0x5b, 0x78, 0x92, 0x3d, 0xee, 0x08, 0x57, 0x90, 0x33, 0xe5, 0x23, 0xd9,
];
/// RFC 8448 §3, the record that the client sends after its handshake.
const RECORD: &str = "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b\
                      62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4";

fn key(form: Form) -> Key {
    Key {
        aead: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &SECRET).unwrap()),
        iv: IV,
        sequence: 0,
        form,
    }
}

fn receiver(form: Form) -> Incoming {
    Incoming::new(key(form))
}

fn sealed(key: &mut Key, kind: u8, text: &[u8]) -> Vec<u8> {
    let (prefix, suffix) = (key.prefix(), key.suffix());
    let mut record = vec![0; prefix + text.len() + suffix];
    record[prefix..prefix + text.len()].copy_from_slice(text);
    key.seal(kind, &mut record).unwrap();
    record
}

/// What a receiver says of records that hold these.
fn items(form: Form, contents: &[(u8, &[u8])]) -> Vec<Result<Item, RecordError>> {
    let (mut sender, mut receiver) = (key(form), receiver(form));
    contents
        .iter()
        .map(|(kind, text)| receiver.open(&mut sealed(&mut sender, *kind, text)))
        .collect()
}

fn last(contents: &[(u8, &[u8])]) -> Result<Item, RecordError> {
    items(Form::Tls13, contents).pop().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn records_are_those_of_rfc_8448() {
    let text: Vec<u8> = (0..50).collect();
    let mut record = sealed(&mut key(Form::Tls13), DATA, &text);
    assert_eq!(hex(&record), RECORD);
    let mut receiver = receiver(Form::Tls13);
    assert_eq!(receiver.length(&record), Ok(Some(record.len())));
    assert_eq!(receiver.open(&mut record), Ok(Item::Data(5..55)));
    assert_eq!(record[5..55], text);
}

#[test]
fn both_forms_carry_every_size_in_order() {
    for form in [Form::Tls13, Form::Tls12] {
        let (mut sender, mut receiver) = (key(form), receiver(form));
        for size in [1, 2, 17, 1_000, MAX_PLAINTEXT - 1, MAX_PLAINTEXT] {
            let text = vec![7; size];
            let mut record = sealed(&mut sender, DATA, &text);
            let Ok(Item::Data(place)) = receiver.open(&mut record) else {
                panic!("{form:?} {size}");
            };
            assert_eq!(record[place], text);
        }
    }
}

#[test]
fn a_header_alone_is_judged() {
    type Length = Result<Option<usize>, RecordError>;
    let receiver = receiver(Form::Tls13);
    let cases: [(&[u8], Length); 8] = [
        (&[], Ok(None)),
        (&[23, 3, 3, 0], Ok(None)),
        (&[23, 3, 3, 0x41, 0], Ok(Some(MAX_RECORD))),
        (&[23, 3, 3, 0x41, 1], Err(RecordError::Overflow(16_641))),
        (&[23, 3, 1, 0, 40], Err(RecordError::Version(0x0301))),
        (&[20, 3, 3, 0, 1], Err(RecordError::Type(20))),
        // an alert in the clear may come from anybody
        (&[21, 3, 3, 0, 2], Err(RecordError::Type(21))),
        (b"HTTP/1.1 400", Err(RecordError::Type(b'H'))),
    ];
    for (bytes, expected) in cases {
        assert_eq!(receiver.length(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn what_was_not_sealed_so_is_refused() {
    let whole = sealed(&mut key(Form::Tls13), DATA, b"hello");
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        let opened = receiver(Form::Tls13).open(&mut changed);
        assert_eq!(opened, Err(RecordError::Mac), "byte {at}");
    }
    // a record that comes twice, is left out, or is cut
    let mut receiver = receiver(Form::Tls13);
    assert!(receiver.open(&mut whole.clone()).is_ok());
    assert_eq!(receiver.open(&mut whole.clone()), Err(RecordError::Mac));
    let mut sender = key(Form::Tls13);
    sealed(&mut sender, DATA, b"lost");
    let mut second = sealed(&mut sender, DATA, b"second");
    assert_eq!(
        self::receiver(Form::Tls13).open(&mut second),
        Err(RecordError::Mac)
    );
    assert_eq!(
        self::receiver(Form::Tls13).open(&mut whole[..20].to_vec()),
        Err(RecordError::Short(20))
    );
}

#[test]
fn padding_is_cut_off_and_nothing_else() {
    // the sender's own type byte comes last, so an inner type of zero is padding
    let data = |text: &[u8]| last(&[(0, text)]);
    assert_eq!(data(&[b'x', b'y', DATA, 0, 0, 0]), Ok(Item::Data(5..7)));
    assert_eq!(data(&[0, 0, DATA]), Ok(Item::Data(5..7)));
    assert_eq!(data(&[0; 100]), Err(RecordError::Padding));
    assert_eq!(data(&[]), Err(RecordError::Padding));
    assert_eq!(data(&[1, 99, 0]), Err(RecordError::Type(99)));
    let mut sender = key(Form::Tls13);
    let mut large = vec![0; HEADER + MAX_PLAINTEXT + 1 + sender.suffix()];
    assert_eq!(
        sender.seal(DATA, &mut large),
        Err(RecordError::Overflow(MAX_PLAINTEXT + 1))
    );
}

#[test]
fn what_may_follow_a_handshake_does_and_nothing_else() {
    let update = |asked| (HANDSHAKE, [KEY_UPDATE, 0, 0, 1, asked]);
    for (asked, is_asked) in [(0, false), (1, true)] {
        let (kind, text) = update(asked);
        assert_eq!(last(&[(kind, &text)]), Ok(Item::Update { is_asked }));
    }
    let ticket: &[u8] = &[NEW_SESSION_TICKET, 0, 0, 5, 1, 2, 3, 4, 5];
    let two = [ticket, ticket].concat();
    assert_eq!(last(&[(HANDSHAKE, &two)]), Ok(Item::Nothing));
    // messages may be spread over records, but nothing may come between
    let spread: Vec<(u8, &[u8])> = ticket.chunks(2).map(|part| (HANDSHAKE, part)).collect();
    assert!(
        items(Form::Tls13, &spread)
            .iter()
            .all(|item| *item == Ok(Item::Nothing))
    );
    assert_eq!(
        last(&[(HANDSHAKE, &ticket[..3]), (DATA, b"x")]),
        Err(RecordError::Type(DATA))
    );
    let cases: [(u8, &[u8], Result<Item, RecordError>); 13] = [
        (HANDSHAKE, &[], Err(RecordError::Handshake(0))),
        (HANDSHAKE, &[1, 0, 0, 0], Err(RecordError::Handshake(1))),
        (HANDSHAKE, &[13, 0, 0, 9], Err(RecordError::Handshake(13))),
        (
            HANDSHAKE,
            &[KEY_UPDATE, 0, 0, 2, 0, 0],
            Err(RecordError::Malformed),
        ),
        (HANDSHAKE, &[KEY_UPDATE, 0, 0, 1, 2], Err(RecordError::Malformed)),
        (
            HANDSHAKE,
            &[KEY_UPDATE, 0, 0, 1, 0, 4],
            Err(RecordError::Malformed),
        ),
        (
            HANDSHAKE,
            &[NEW_SESSION_TICKET, 0, 0, 0],
            Err(RecordError::Malformed),
        ),
        (CHANGE_CIPHER_SPEC, &[1], Err(RecordError::Type(20))),
        (ALERT, &[1, 0], Ok(Item::Closed)),
        (ALERT, &[1, 90], Ok(Item::Nothing)),
        (ALERT, &[2, 40], Err(RecordError::Alert(40))),
        (ALERT, &[2], Err(RecordError::Malformed)),
        (ALERT, &[], Err(RecordError::Malformed)),
    ];
    for (kind, text, expected) in cases {
        assert_eq!(last(&[(kind, text)]), expected, "{kind} {text:?}");
    }
    let old = items(Form::Tls12, &[(HANDSHAKE, &[0, 0, 0, 0])]);
    assert_eq!(old, [Err(RecordError::Handshake(0))], "no renegotiation");
}

#[test]
fn floods_without_data_end_the_connection() {
    let many = |kind: u8, text: &'static [u8]| -> Result<Item, RecordError> {
        let all = vec![(kind, text); 100];
        items(Form::Tls13, &all).into_iter().find(Result::is_err).unwrap()
    };
    assert_eq!(many(DATA, b""), Err(RecordError::Empty));
    let ticket = &[NEW_SESSION_TICKET, 0, 0, 1, 0];
    assert_eq!(many(HANDSHAKE, ticket), Err(RecordError::Tickets));
    // a receiver whose key is never changed opens all of them
    let update = &[KEY_UPDATE, 0, 0, 1, 0];
    assert_eq!(many(HANDSHAKE, update), Err(RecordError::Updates));
    let beaten: Vec<(u8, &[u8])> = (0..1_000)
        .map(|number| (DATA, if number % 20 == 0 { &b"x"[..] } else { b"" }))
        .collect();
    assert!(items(Form::Tls13, &beaten).iter().all(Result::is_ok));
}

#[test]
fn a_key_seals_no_more_than_it_may() {
    let mut sender = key(Form::Tls13);
    sender.sequence = LAST_RECORD - 1;
    sealed(&mut sender, DATA, b"last");
    let mut record = vec![0; 40];
    assert_eq!(sender.seal(DATA, &mut record), Err(RecordError::Exhausted));
}

#[test]
fn every_refusal_has_its_alert() {
    let cases = [
        (RecordError::Type(20), Some(10)),
        (RecordError::Mac, Some(20)),
        (RecordError::Overflow(1), Some(22)),
        (RecordError::Malformed, Some(50)),
        (RecordError::Version(1), Some(70)),
        (RecordError::Exhausted, Some(80)),
        (RecordError::Alert(40), None),
    ];
    for (error, alert) in cases {
        assert_eq!(error.alert(), alert, "{error}");
    }
}
