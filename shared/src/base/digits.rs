//! Numbers as people read them.

/// A number in a sentence or a table: at most twelve significant digits, since what binary fractions leave beyond is noise
/// (48.062000000000005), and an exponent where it is below a billionth or has more than fifteen digits before the point.
///
/// Whatever has to be read back as the same number is not written so.
pub fn brief(value: f64) -> String {
    let value = without_noise(value);
    let size = value.abs();
    if size.is_finite() && (size >= 1e15 || size > 0.0 && size < 1e-9) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// The number of twelve significant digits that is nearest.
pub fn without_noise(value: f64) -> f64 {
    let rounded = format!("{value:.11e}").parse();
    // what is no number stays what it is
    rounded.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_without_saying_another_one() {
        for (value, text) in [
            (48.062_000_000_000_005, "48.062"),
            (1.327_335_000_000_000_2, "1.327335"),
            (0.000_999_999_999_889_9, "0.00099999999989"),
            (0.1 + 0.2, "0.3"),
            (645.57, "645.57"),
            (0.0, "0"),
            (-2.5, "-2.5"),
            (123_456_789_012.5, "123456789012"),
            (99_999_999.75, "99999999.75"),
            (1e300, "1e300"),
            (1.5e15, "1.5e15"),
            (3e-310, "3e-310"),
            (0.000_000_01, "0.00000001"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(brief(value), text);
        }
    }
}
