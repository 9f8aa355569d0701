//! Text in UTF-16, as spreadsheets save "Unicode text" and consoles of Windows redirect it, made UTF-8 as it comes.

use core::char::REPLACEMENT_CHARACTER;
use std::borrow::Cow;

/// A whole text as UTF-8: one in UTF-16 is written anew, every other one stays as it is, whatever it holds.
pub fn as_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut text) = Utf16::of(bytes) else {
        return Cow::Borrowed(bytes);
    };
    let mut all = text.push(bytes).to_vec();
    all.extend(text.finish());
    Cow::Owned(all)
}

/// Reads UTF-16 in chunks. What no letter stands for becomes U+FFFD.
#[derive(Debug)]
pub(crate) struct Utf16 {
    is_big_endian: bool,
    /// The first byte of a unit of two.
    half: Option<u8>,
    /// The first unit of a letter of two.
    high: Option<u16>,
    /// What the last chunk said.
    text: String,
}

impl Utf16 {
    /// For a file that begins with these bytes: with a byte order mark, or with two letters of ASCII in two bytes each, which no
    /// text of another coding has.
    pub(crate) fn of(first: &[u8]) -> Option<Self> {
        let is_letter = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        let is_big_endian = match *first {
            [0xff, 0xfe, ..] => false,
            [0xfe, 0xff, ..] => true,
            [a, 0, b, 0, ..] if is_letter(a) && is_letter(b) => false,
            [0, a, 0, b, ..] if is_letter(a) && is_letter(b) => true,
            _ => return None,
        };
        Some(Self {
            is_big_endian,
            half: None,
            high: None,
            text: String::new(),
        })
    }

    /// The letters that a chunk completes, as UTF-8.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> &[u8] {
        self.text.clear();
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(first) if self.is_big_endian => self.unit(u16::from_be_bytes([first, *byte])),
                Some(first) => self.unit(u16::from_le_bytes([first, *byte])),
            }
        }
        self.text.as_bytes()
    }

    /// What is left where the file ends within a letter.
    pub(crate) fn finish(&mut self) -> &[u8] {
        self.text.clear();
        let half = self.half.take().is_some();
        if self.high.take().is_some() || half {
            self.text.push(REPLACEMENT_CHARACTER);
        }
        self.text.as_bytes()
    }

    fn unit(&mut self, unit: u16) {
        /// A byte order mark, which is no letter.
        const MARK: char = '\u{feff}';
        let is_high = (0xd800..0xdc00).contains(&unit);
        let high = match is_high {
            true => self.high.replace(unit),
            false => self.high.take(),
        };
        let units = high.into_iter().chain((!is_high).then_some(unit));
        let letters = char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(REPLACEMENT_CHARACTER))
            .filter(|letter| *letter != MARK);
        self.text.extend(letters);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_in_utf16_is_written_anew_and_every_other_stays() {
        let text = "time\tside\r\n";
        let units = text.encode_utf16();
        let little: Vec<u8> = units.clone().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            assert_eq!(as_utf8(&bytes), text.as_bytes());
        }
        for bytes in [
            &b""[..],
            b"1,2",
            "zeit;schlu\u{df}".as_bytes(),
            b"\xff\xff\xff",
            b"a\0\0\0",
        ] {
            assert!(matches!(as_utf8(bytes), Cow::Borrowed(same) if same == bytes));
        }
        assert_eq!(as_utf8(b"\xff\xfea\0b"), "a\u{fffd}".as_bytes());
    }

    proptest! {
        #[test]
        fn whatever_the_units_they_are_read_as_the_standard_library_reads_them(
            units in proptest::collection::vec(
                prop_oneof![0xd7ff..0xe001u16, Just(0xd83d), Just(0xdcb6), 1..0x80u16, any::<u16>()],
                0..40,
            ),
        ) {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            let expected = String::from_utf16_lossy(&units).replace('\u{feff}', "");
            let read = as_utf8(&[b"\xfe\xff", bytes.as_slice()].concat()).into_owned();
            prop_assert_eq!(String::from_utf8(read), Ok(expected));
        }
    }
}
