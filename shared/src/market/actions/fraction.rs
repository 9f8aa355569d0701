//! The fraction of small whole numbers that a rounded number stands for.

/// The fraction with the smallest denominator within `low..=high`, by going down the Stern–Brocot tree; `None` where none has
/// a numerator and denominator of at most `largest`.
pub(super) fn simplest_within(low: f64, high: f64, largest: u32) -> Option<f64> {
    let (mut left, mut right) = ((0u32, 1u32), (1u32, 0u32));
    loop {
        let middle = (left.0 + right.0, left.1 + right.1);
        if middle.0 > largest || middle.1 > largest {
            return None;
        }
        let value = f64::from(middle.0) / f64::from(middle.1);
        if value < low {
            left = middle;
        } else if value > high {
            right = middle;
        } else if low <= high {
            return Some(value);
        } else {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::simplest_within;

    #[test]
    fn rounded_ratios_are_recognised() {
        for (low, high, expected) in [
            (6.99998, 7.00003, Some(7.0)),
            (0.0999, 0.1001, Some(0.1)),
            (1.4999, 1.5001, Some(1.5)),
            (1.333_333, 1.333_334, Some(4.0 / 3.0)),
            (0.033_333, 0.033_334, Some(1.0 / 30.0)),
            (1.002_700_1, 1.002_700_2, None),
            (2.0, 2.0, Some(2.0)),
            (3.0, 2.0, None),
        ] {
            assert_eq!(
                simplest_within(low, high, 1_000),
                expected,
                "{low} to {high}"
            );
        }
    }
}
