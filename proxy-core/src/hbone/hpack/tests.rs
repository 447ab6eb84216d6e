//! The examples of RFC 7541 appendix C, and blocks that nobody should send.

use proptest::prelude::*;

use super::*;

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn decoded(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<String>, HpackError> {
    let mut fields = Vec::new();
    decoder.decode(block, |name, value| {
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        fields.push(format!("{name}: {value}"));
    })?;
    Ok(fields)
}

#[test]
fn three_requests_of_rfc_7541_c_3_and_c_4() {
    let plain = [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ];
    let huffman = [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ];
    for blocks in [plain, huffman] {
        let mut decoder = Decoder::new(1_000);
        let read: Vec<Vec<String>> = blocks
            .iter()
            .map(|block| decoded(&mut decoder, &unhex(block)).unwrap())
            .collect();
        assert_eq!(read[0][3], ":authority: www.example.com");
        assert_eq!(read[1][4], "cache-control: no-cache");
        let last = [
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value",
        ];
        assert_eq!(read[2], last);
    }
}

#[test]
fn what_we_write_is_read_again_and_remembered_by_nobody() {
    let long = "x".repeat(40_000);
    let mut encoder = Encoder::default();
    encoder.empty_table();
    encoder.indexed(8);
    encoder.named(1, b"10.0.0.1:80");
    encoder.literal(b"baggage", long.as_bytes());
    let mut decoder = Decoder::new(50_000);
    let fields = decoded(&mut decoder, &encoder.block).unwrap();
    assert_eq!(
        fields,
        [
            ":status: 200".to_owned(),
            ":authority: 10.0.0.1:80".to_owned(),
            format!("baggage: {long}")
        ]
    );
    assert_eq!(decoded(&mut decoder, &[0xbe]), Err(HpackError::Invalid));
}

#[test]
fn bad_blocks_are_refused() {
    let invalid: [&[u8]; 11] = [
        &[0x80],                                     // index zero
        &[0xbe],                                     // an entry that is not there
        &[0xff],                                     // cut in an integer
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],       // an endless integer
        &[0x40, 0x01],                               // cut in a name
        &[0x40, 0x7f, 0xff, 0xff, 0xff, 0x7f, b'x'], // longer than the block
        &[0x40, 0x81, 0x00, 0x00],                   // Huffman, padded with zeros
        &[0x3f, 0xe2, 0x1f],                         // a table of 4097
        &[0x88, 0x20],                               // a size behind a field
        &[0x0f, 0x2f],                               // a name that is not there
        &[0x41],
    ];
    for block in invalid {
        let read = decoded(&mut Decoder::new(1_000), block);
        assert_eq!(read, Err(HpackError::Invalid), "{block:02x?}");
    }
    // a short block that unfolds to a long list: one large entry, asked for again and again
    let mut bomb = vec![0x40, 1, b'a', 0x7f, 0x81, 0x17];
    bomb.extend_from_slice(&[b'v'; 3_072]);
    bomb.extend_from_slice(&[0xbe; 100]);
    assert_eq!(
        decoded(&mut Decoder::new(64 << 10), &bomb),
        Err(HpackError::TooLarge)
    );
}

#[test]
fn entries_leave_the_table_in_the_order_they_came() {
    let mut decoder = Decoder::new(1_000_000);
    let entry = |letter: u8| {
        let mut block = vec![0x40, 1, letter, 0x7f, 0x81, 0x07];
        block.extend_from_slice(&[b'v'; 1_024]);
        block
    };
    for letter in b'a'..=b'e' {
        decoded(&mut decoder, &entry(letter)).unwrap();
    }
    // three of 1,057 bytes each fit into 4,096
    let newest = decoded(&mut decoder, &[0xbe, 0xbf, 0xc0]).unwrap();
    let names: Vec<&str> = newest.iter().map(|field| &field[..1]).collect();
    assert_eq!(names, ["e", "d", "c"]);
    assert_eq!(decoded(&mut decoder, &[0xc1]), Err(HpackError::Invalid));
    // an entry larger than the table empties it
    let mut large = vec![0x40, 1, b'x', 0x7f, 0xa1, 0x1f];
    large.extend_from_slice(&[b'v'; 4_128]);
    decoded(&mut decoder, &large).unwrap();
    assert_eq!(decoded(&mut decoder, &[0xbe]), Err(HpackError::Invalid));
}

proptest! {
    #[test]
    fn any_block_is_read_or_refused_within_its_limit(
        blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
    ) {
        let mut decoder = Decoder::new(4_000);
        for block in blocks {
            let mut size = 0;
            decoder.decode(&block, |name, value| size += name.len() + value.len()).ok();
            prop_assert!(size <= 4_000);
        }
    }
}
