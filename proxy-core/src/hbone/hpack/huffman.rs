//! The Huffman code of HPACK (pure): RFC 7541 appendix B.
//!
//! The code is canonical: within a length codes count up, and the next length goes on where the last ended.
//! So the symbols in order and how many there are of each length are the whole table.

/// How many symbols have a code of so many bits; the four of 30 bits count the end of string in.
const COUNTS: [u32; 31] = [
    0, 0, 0, 0, 0, 10, 26, 32, 6, 0, 5, 3, 2, 6, 2, 3, 0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4,
];
/// Symbols by their codes.
#[rustfmt::skip]
const SYMBOLS: [u8; 256] = [
    48, 49, 50, 97, 99, 101, 105, 111, 115, 116, 32, 37, 45, 46, 47, 51, 52, 53, 54, 55, 56, 57, 61,
    65, 95, 98, 100, 102, 103, 104, 108, 109, 110, 112, 114, 117, 58, 66, 67, 68, 69, 70, 71, 72,
    73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 106, 107, 113, 118, 119, 120,
    121, 122, 38, 42, 44, 59, 88, 90, 33, 34, 40, 41, 63, 39, 43, 124, 35, 62, 0, 36, 64, 91, 93,
    126, 94, 125, 60, 96, 123, 92, 195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161, 167,
    172, 176, 177, 179, 209, 216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154, 156, 160,
    163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233, 1, 135,
    137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175,
    180, 182, 183, 188, 191, 197, 231, 239, 9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236,
    237, 199, 207, 234, 235, 192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243,
    255, 203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253,
    254, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29,
    30, 31, 127, 220, 249, 10, 13, 22,
];
const SHORTEST: usize = 5;

/// Decodes `text` onto `out`; false if it is no valid string.
pub(super) fn decode(text: &[u8], out: &mut Vec<u8>) -> bool {
    let (mut bits, mut held): (u64, usize) = (0, 0);
    for byte in text {
        bits = bits << 8 | u64::from(*byte);
        held += 8;
        while let Some((symbol, length)) = symbol(bits, held) {
            let Some(symbol) = symbol else { return false };
            out.push(symbol);
            held -= length;
            bits &= (1 << held) - 1;
        }
    }
    // padding: fewer than eight bits, all ones
    held < 8 && bits == (1 << held) - 1
}

/// The symbol that the first bits are, with its length; the end of string is none.
fn symbol(bits: u64, held: usize) -> Option<(Option<u8>, usize)> {
    let (mut first, mut index) = (0, 0);
    for (length, count) in COUNTS.iter().enumerate().take(held + 1).skip(SHORTEST) {
        let (count, code) = (u64::from(*count), bits >> (held - length));
        if code < first + count {
            let at = usize::try_from(index + code - first).ok()?;
            return Some((SYMBOLS.get(at).copied(), length));
        }
        index += count;
        first = (first + count) << 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &[u8]) -> Option<String> {
        let mut out = Vec::new();
        decode(text, &mut out).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_examples_of_rfc_7541() {
        let cases: [(&[u8], &str); 3] = [
            (
                &[
                    0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
                ],
                "www.example.com",
            ),
            (&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf], "no-cache"),
            (&[0x64, 0x02], "302"),
        ];
        for (bytes, text) in cases {
            assert_eq!(decoded(bytes).as_deref(), Some(text));
        }
        assert_eq!(decoded(&[]).as_deref(), Some(""));
    }

    #[test]
    fn bad_padding_and_the_end_of_string_are_refused() {
        assert_eq!(decoded(&[0x18]), None, "padding of zeros");
        assert_eq!(decoded(&[0x64, 0x02, 0xff]), None, "a whole byte of padding");
        assert_eq!(decoded(&[0xff, 0xff, 0xff, 0xff]), None, "end of string");
        assert_eq!(COUNTS.iter().sum::<u32>(), 257);
    }
}
