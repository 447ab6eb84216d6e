//! SPDY/3 header blocks: length-prefixed names and values, compressed with a preset dictionary.

use std::fmt::Write;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The largest decompressed block that is read.
const LIMIT: usize = 64 * 1024;

/// The words of the dictionary that stand in it with their length before them (SPDY/3 §2.6.10.1).
const WORDS: &str = "options head post put delete trace accept accept-charset accept-encoding accept-language \
    accept-ranges age allow authorization cache-control connection content-base content-encoding content-language \
    content-length content-location content-md5 content-range content-type date etag expect expires from host \
    if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards \
    pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding \
    upgrade user-agent vary via warning www-authenticate method get status";
const MORE_WORDS: [&str; 8] = [
    "200 OK",
    "version",
    "HTTP/1.1",
    "url",
    "public",
    "set-cookie",
    "keep-alive",
    "origin",
];
const CODES: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505\
    203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden\
    404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable";
const REST: &str = "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT\
    chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,\
    publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

fn dictionary() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1423);
    for word in WORDS.split_whitespace().chain(MORE_WORDS) {
        bytes.extend(u32::try_from(word.len()).unwrap_or_default().to_be_bytes());
        bytes.extend(word.as_bytes());
    }
    bytes.extend(CODES.as_bytes());
    bytes.extend(REST.as_bytes());
    bytes
}

/// Why a header block cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed SPDY header block: {0}")]
pub(super) struct BlockError(String);

/// Reads the header blocks of one connection, in their order.
pub(super) struct Reader(Decompress);

impl Reader {
    pub(super) fn new() -> Self {
        Self(Decompress::new(true))
    }

    /// The headers of the next block.
    pub(super) fn read(&mut self, block: &[u8]) -> Result<Vec<(String, String)>, BlockError> {
        parse(&self.decompress(block)?)
    }

    fn decompress(&mut self, block: &[u8]) -> Result<Vec<u8>, BlockError> {
        let start = self.0.total_in();
        let mut plain = Vec::with_capacity(1024);
        loop {
            let consumed = usize::try_from(self.0.total_in() - start).unwrap_or(usize::MAX);
            let rest = block.get(consumed..).unwrap_or_default();
            let before = plain.len();
            match self.0.decompress_vec(rest, &mut plain, FlushDecompress::Sync) {
                Ok(Status::StreamEnd) => return Ok(plain),
                Ok(_) => {
                    let done = self.0.total_in() - start == block.len() as u64;
                    if done && plain.len() < plain.capacity() {
                        return Ok(plain);
                    }
                    if plain.len() == before && plain.len() < plain.capacity() {
                        return Err(BlockError("it ends too early".to_owned()));
                    }
                    plain.reserve(1024);
                }
                Err(error) if error.needs_dictionary().is_some() => {
                    self.0
                        .set_dictionary(&dictionary())
                        .map_err(|error| BlockError(error.to_string()))?;
                }
                Err(error) => return Err(BlockError(error.to_string())),
            }
            if plain.len() > LIMIT {
                return Err(BlockError(format!("it is larger than {LIMIT} bytes")));
            }
        }
    }
}

fn parse(mut plain: &[u8]) -> Result<Vec<(String, String)>, BlockError> {
    let count = number(&mut plain)?;
    let mut headers = Vec::new();
    for _ in 0..count {
        let name = text(&mut plain)?;
        headers.push((name, text(&mut plain)?));
    }
    Ok(headers)
}

fn number(plain: &mut &[u8]) -> Result<u32, BlockError> {
    let (bytes, rest) = plain
        .split_first_chunk()
        .ok_or_else(|| BlockError("it ends too early".to_owned()))?;
    *plain = rest;
    Ok(u32::from_be_bytes(*bytes))
}

fn text(plain: &mut &[u8]) -> Result<String, BlockError> {
    let length = usize::try_from(number(plain)?).unwrap_or(usize::MAX);
    let (bytes, rest) = plain
        .split_at_checked(length)
        .ok_or_else(|| BlockError("a text is longer than the block".to_owned()))?;
    *plain = rest;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Writes the header blocks of one connection, in their order.
pub(super) struct Writer(Compress);

impl Writer {
    pub(super) fn new() -> Result<Self, BlockError> {
        let mut compress = Compress::new(Compression::default(), true);
        compress.set_dictionary(&dictionary()).map_err(|error| {
            let mut text = String::new();
            let _ = write!(text, "{error}");
            BlockError(text)
        })?;
        Ok(Self(compress))
    }

    /// One block.
    pub(super) fn write(&mut self, headers: &[(&str, &str)]) -> Result<Vec<u8>, BlockError> {
        let mut plain = Vec::new();
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        plain.extend(length(headers.len()));
        for (name, value) in headers {
            for text in [name, value] {
                plain.extend(length(text.len()));
                plain.extend(text.as_bytes());
            }
        }
        let mut block = Vec::with_capacity(plain.len() + 256);
        self.0
            .compress_vec(&plain, &mut block, FlushCompress::Sync)
            .map_err(|error| BlockError(error.to_string()))?;
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_the_specified_one() {
        let dictionary = dictionary();
        assert_eq!(dictionary.len(), 1423);
        let (mut low, mut high) = (1_u32, 0_u32);
        for byte in dictionary {
            low = (low + u32::from(byte)) % 65_521;
            high = (high + low) % 65_521;
        }
        assert_eq!(high << 16 | low, 0xe3c6_a7c2);
    }

    #[test]
    fn blocks_of_one_connection_are_read_in_order() {
        let (mut writer, mut reader) = (Writer::new().unwrap(), Reader::new());
        for value in ["data", "error", "data"] {
            let block = writer.write(&[("streamtype", value), ("port", "8080")]).unwrap();
            let headers = reader.read(&block).unwrap();
            assert_eq!(
                headers,
                [
                    ("streamtype".to_owned(), value.to_owned()),
                    ("port".to_owned(), "8080".to_owned())
                ]
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_block_makes_the_reader_panic_or_spin(block in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = Reader::new().read(&block);
            let _ = parse(&block);
        }
    }
}
