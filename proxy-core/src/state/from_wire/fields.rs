//! The fields of a protobuf message where they lie, without a copy. (pure)
//!
//! For messages that come in great numbers. Whatever is not plain is [`Odd`] and left to the full decoder, which
//! alone judges and words what is wrong: this reader takes nothing that the decoder would refuse.

/// The rest is for the full decoder: malformed, cut off, or of a form that nobody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Odd;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A number or a truth value.
    Number(u64),
    /// A text, bytes or a message.
    Bytes(&'a [u8]),
    /// Four or eight bytes.
    Fixed,
}

impl<'a> Value<'a> {
    /// The bytes, if it has some.
    pub(crate) fn bytes(self) -> Result<&'a [u8], Odd> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) | Self::Fixed => Err(Odd),
        }
    }

    /// The text, if it is one.
    pub(crate) fn text(self) -> Result<&'a str, Odd> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Odd)
    }
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// Its number.
    pub(crate) number: u64,
    /// What it holds.
    pub(crate) value: Value<'a>,
}

/// All fields of a message in order; after something odd, nothing.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Of the message that these bytes are.
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    #[inline]
    fn number(&mut self) -> Result<u64, Odd> {
        match self.0 {
            [one @ 0..0x80, rest @ ..] => {
                self.0 = rest;
                Ok(u64::from(*one))
            }
            [one, two @ 0..0x80, rest @ ..] => {
                self.0 = rest;
                Ok(u64::from(one & 0x7f) | u64::from(*two) << 7)
            }
            _ => self.long_number(),
        }
    }

    #[cold]
    fn long_number(&mut self) -> Result<u64, Odd> {
        let mut number = 0;
        for at in 0..10_usize {
            let (byte, rest) = self.0.split_first().ok_or(Odd)?;
            self.0 = rest;
            if at == 9 && *byte > 1 {
                return Err(Odd);
            }
            number |= u64::from(byte & 0x7f) << (7 * at);
            if *byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Odd)
    }

    #[inline]
    fn skip(&mut self, count: u64) -> Result<&'a [u8], Odd> {
        let count = usize::try_from(count).map_err(|_| Odd)?;
        let (skipped, rest) = self.0.split_at_checked(count).ok_or(Odd)?;
        self.0 = rest;
        Ok(skipped)
    }

    #[inline]
    fn field(&mut self) -> Result<Field<'a>, Odd> {
        let key = self.number()?;
        let number = key >> 3;
        if number == 0 || key > u64::from(u32::MAX) {
            return Err(Odd);
        }
        let value = match key & 7 {
            0 => Value::Number(self.number()?),
            1 => self.skip(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.number()?;
                Value::Bytes(self.skip(length)?)
            }
            5 => self.skip(4).map(|_| Value::Fixed)?,
            _ => return Err(Odd),
        };
        Ok(Field { number, value })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Odd>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let before = self.0;
        let field = self.field();
        if field.is_err() {
            self.0 = before;
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    #[test]
    fn what_was_put_is_read() {
        let mut bytes = vec![0x08, 0x96, 0x01];
        prost::encoding::bytes::encode(20, &b"ab".to_vec(), &mut bytes);
        let fields: Vec<_> = Fields::of(&bytes).map(Result::unwrap).collect();
        assert_eq!((fields[0].number, fields[0].value), (1, Value::Number(150)));
        assert_eq!((fields[1].number, fields[1].value), (20, Value::Bytes(b"ab")));
    }

    #[test]
    fn what_is_cut_off_or_unheard_of_is_odd_and_stays() {
        for bytes in [
            &[0x08][..],
            &[0x0a, 2, 1],
            &[0x0b],
            &[0x0f],
            &[0x02, 0],
            &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
        ] {
            let mut fields = Fields::of(bytes);
            assert_eq!(fields.next(), Some(Err(Odd)), "{bytes:?}");
            assert_eq!(fields.rest(), bytes);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Of a message without fields the decoder looks at the form alone.
        #[test]
        fn nothing_is_taken_that_the_decoder_refuses(parts in proptest::collection::vec((1u32..2_000_000, 0u8..8, proptest::collection::vec(any::<u8>(), 0..12)), 0..5)) {
            let mut bytes = Vec::new();
            for (number, form, content) in parts {
                prost::encoding::encode_varint(u64::from(number << 3 | u32::from(form)), &mut bytes);
                if form == 2 {
                    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
                }
                bytes.extend(content);
            }
            if Fields::of(&bytes).all(|field| field.is_ok()) {
                prop_assert_eq!(<()>::decode(bytes.as_slice()), Ok(()));
            }
        }
    }
}
