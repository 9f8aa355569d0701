//! Differences that are no more than rounding.

/// Whether the difference of two values is within `1e-14 · scale`, where `scale` is the sum of their sizes.
///
/// Prices in decimals are not binary fractions: two typical prices that are equal in cents may differ in their last bit, and
/// dividing by such a difference, or taking its sign, would make a signal of it. TA-Lib draws the line at the same place.
pub(super) fn is_rounding(difference: f64, scale: f64) -> bool {
    difference.abs() <= 1e-14 * scale
}
