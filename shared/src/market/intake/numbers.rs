//! Numbers as files write them.

use super::Decimal;
use super::row::Cell;

/// The largest whole number up to which every one is exact.
const EXACT: u64 = 1 << 53;
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Reads a number: digits with a decimal mark, thousands in groups of three, an exponent, a currency sign before it.
/// `None` for what is no number.
pub(super) fn number(text: &[u8], decimal: Decimal) -> Option<f64> {
    let mark = match decimal {
        Decimal::Point => b'.',
        Decimal::Comma => b',',
        Decimal::Billionths => return billionths(core::str::from_utf8(text).ok()?.parse().ok()?),
    };
    plain(text, mark).or_else(|| unusual(text, decimal))
}

/// A whole number of billionths, rounded once; `None` for the largest one, which stands for no price.
fn billionths(number: i64) -> Option<f64> {
    match number.unsigned_abs() {
        _ if number == i64::MAX => None,
        0..=EXACT => Some(number as f64 / 1e9),
        _ => format!("{number}e-9").parse().ok(),
    }
}

/// Whether a text stands for a number that is not there.
pub(super) fn is_none(text: &[u8]) -> bool {
    let words = ["nan", "null", "none", "n/a", "na", "-"];
    let is_word = |word: &&str| text.trim_ascii().eq_ignore_ascii_case(word.as_bytes());
    words.iter().any(is_word)
}

/// The number of a cell, in which a volume may be written as a [`quantity`].
pub(super) fn number_of(cell: Cell<'_>, is_volume: bool, decimal: Decimal) -> Option<f64> {
    match cell {
        Cell::Int(number) if decimal == Decimal::Billionths && !is_volume => billionths(number),
        Cell::Int(number) => Some(number as f64),
        // whole numbers become floats where one of them is missing
        Cell::Float(number) if decimal == Decimal::Billionths && !is_volume => {
            (number.fract() == 0.0).then(|| number / 1e9)
        }
        Cell::Float(number) => Some(number),
        Cell::Text(text) if is_volume => quantity(text, decimal),
        Cell::Text(text) => number(text, decimal),
        Cell::Empty | Cell::Utc(_) | Cell::Wall(_) | Cell::Date(_) => None,
    }
}

/// As [`number`], and with the letters K, M, B for thousands, millions, billions, as some sites write volumes. Only prices are
/// counted in billionths.
pub(super) fn quantity(text: &[u8], decimal: Decimal) -> Option<f64> {
    let decimal = match decimal {
        Decimal::Billionths => Decimal::Point,
        mark => mark,
    };
    if let Some(number) = number(text, decimal) {
        return Some(number);
    }
    let (last, digits) = text.split_last()?;
    let times = match last.to_ascii_uppercase() {
        b'K' => 1e3,
        b'M' => 1e6,
        b'B' => 1e9,
        _ => return None,
    };
    Some(number(digits.trim_ascii(), decimal)? * times)
}

/// Digits with at most one mark, exactly rounded: both the digits and the power of ten are exact in an `f64`, so the one
/// division rounds once.
fn plain(text: &[u8], mark: u8) -> Option<f64> {
    let mut value = 0u64;
    let mut digits = 0usize;
    let mut decimals = None;
    if text.len() > 17 {
        return None;
    }
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
            digits += 1;
        } else if byte == mark && decimals.is_none() {
            decimals = Some(digits);
        } else {
            return None;
        }
    }
    if digits == 0 || value > EXACT {
        return None;
    }
    let places = decimals.map_or(0, |before| digits - before);
    Some(value as f64 / POWERS.get(places)?)
}

fn unusual(text: &[u8], decimal: Decimal) -> Option<f64> {
    const LONGEST: usize = 400;
    let text = core::str::from_utf8(text).ok()?.trim();
    if text.len() > LONGEST {
        return None;
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let unsigned = unsigned
        .trim_start_matches(['$', '€', '£', '¥'])
        .trim_start();
    let (mark, group) = match decimal {
        Decimal::Point | Decimal::Billionths => ('.', ','),
        Decimal::Comma => (',', '.'),
    };
    let (whole, rest) = match unsigned.find([mark, 'e', 'E']) {
        Some(at) => unsigned.split_at_checked(at)?,
        None => (unsigned, ""),
    };
    let whole = ungrouped(whole, group)?;
    let rest = rest.replacen(mark, ".", 1);
    if rest.contains([' ', '+']) && !rest.contains(['e', 'E']) {
        return None;
    }
    format!("{sign}{whole}{rest}").parse().ok()
}

/// The digits without what separates thousands: groups of three after the first one.
fn ungrouped(whole: &str, group: char) -> Option<String> {
    let is_group =
        |c: char| c == group || matches!(c, ' ' | '\'' | '’' | '_' | '\u{a0}' | '\u{202f}');
    if !whole.contains(is_group) {
        return Some(whole.to_owned());
    }
    let mut parts = whole.split(is_group);
    let first = parts.next()?;
    let mut digits = first.to_owned();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || first.len() > 3 {
        return None;
    }
    for part in parts {
        if part.len() != 3 || !is_number(part) {
            return None;
        }
        digits.push_str(part);
    }
    Some(digits)
}

/// How the numbers of a file are written, told by counting.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Styles {
    /// Numbers if a point is the decimal mark.
    pub(super) point: u64,
    /// Numbers if a comma is.
    pub(super) comma: u64,
    /// Texts with a comma.
    pub(super) with_comma: u64,
}

impl Styles {
    /// Counts one text.
    pub(super) fn count(&mut self, text: &[u8]) {
        if text.contains(&b',') {
            self.with_comma += 1;
            self.point += u64::from(quantity(text, Decimal::Point).is_some());
            self.comma += u64::from(quantity(text, Decimal::Comma).is_some());
        } else if text.contains(&b'.') {
            self.point += 1;
            self.comma += u64::from(!has_parts(text) && quantity(text, Decimal::Comma).is_some());
        } else if !text.is_empty() {
            self.point += 1;
            self.comma += 1;
        }
    }
}

/// Whether what follows the last point are digits, but not three of them: then the point parts no thousands. Most numbers of
/// most files are so.
fn has_parts(text: &[u8]) -> bool {
    let tail = text.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    tail.len() != 3 && tail.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn billionths_are_prices_and_no_volumes() {
        let read = |text: &str| number(text.as_bytes(), Decimal::Billionths);
        assert_eq!(read("580430000000"), Some(580.43));
        assert_eq!(read("-37630000000"), Some(-37.63));
        // more digits than are exact
        assert_eq!(
            read("9223372036854775806"),
            "9223372036.854775806".parse().ok()
        );
        for none in ["9223372036854775807", "580.43", "5e3", "", "1,000"] {
            assert_eq!(read(none), None, "{none}");
        }
        let of = |cell, is_volume| number_of(cell, is_volume, Decimal::Billionths);
        assert_eq!(of(Cell::Int(580_430_000_000), false), Some(580.43));
        assert_eq!(of(Cell::Float(580_430_000_000.0), false), Some(580.43));
        assert_eq!(of(Cell::Float(580.43), false), None);
        assert_eq!(of(Cell::Int(1_200), true), Some(1_200.0));
        assert_eq!(of(Cell::Text(b"1.2K"), true), Some(1_200.0));
    }

    #[test]
    fn numbers_read_to_the_last_bit_as_the_standard_library_reads_them() {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 33
        };
        for _ in 0..100_000 {
            let text = format!("{}.{}", next() % 1_000_000, next() % 1_000_000_000);
            let read = number(text.as_bytes(), Decimal::Point).unwrap();
            assert_eq!(
                read.to_bits(),
                text.parse::<f64>().unwrap().to_bits(),
                "{text}"
            );
        }
    }

    #[test]
    fn marks_groups_signs_and_exponents() {
        use Decimal::{Comma, Point};
        for (text, decimal, expected) in [
            ("0", Point, 0.0f64),
            ("521.23", Point, 521.23),
            (".5", Point, 0.5),
            ("5.", Point, 5.0),
            ("1,234.5", Point, 1234.5),
            ("1.234,5", Comma, 1234.5),
            ("1 234,5", Comma, 1234.5),
            ("1'234.5", Point, 1234.5),
            ("12,5", Comma, 12.5),
            ("$174.55", Point, 174.55),
            ("-3", Point, -3.0),
            ("1e3", Point, 1000.0),
            ("1.5E+2", Point, 150.0),
            ("0.30000000000000004", Point, 0.1 + 0.2),
            ("123456789012345678", Point, 123_456_789_012_345_680.0),
        ] {
            let read = number(text.as_bytes(), decimal);
            assert_eq!(read.map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
        for (text, decimal) in [
            ("", Point),
            (".", Point),
            ("1,23", Point),
            ("12,34,567", Point),
            ("1.23", Comma),
            ("abc", Point),
            ("1 2", Point),
            ("1.2.3", Point),
            ("--1", Point),
            ("0x10", Point),
        ] {
            assert_eq!(number(text.as_bytes(), decimal), None, "{text}");
        }
        assert_eq!(quantity(b"1.5M", Point), Some(1_500_000.0));
        assert!(number(b"NaN", Point).is_some_and(f64::is_nan));
    }
}
