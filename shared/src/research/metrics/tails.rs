//! The tails of the session returns, from which value at risk, expected shortfall and the tail ratio are read.

use super::returns::Returns;
use super::stat::Absent;

/// With fewer returns none of them is the worst twentieth.
const FEWEST: usize = 20;
/// The share of the returns that makes a tail.
const TAIL: f64 = 0.05;

/// Both tails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tails {
    /// The 5th percentile.
    pub(super) low: f64,
    /// The 95th percentile.
    pub(super) high: f64,
    /// The mean of the returns at or below the 5th percentile.
    pub(super) low_mean: f64,
}

impl Tails {
    /// Reads the tails of at least twenty returns.
    pub(super) fn of(returns: &Returns) -> Result<Self, Absent> {
        let values = returns.values()?;
        if values.len() < FEWEST {
            return Err(Absent::FewerThan20Sessions);
        }
        let mut scratch = values.to_vec();
        let high = percentile(&mut scratch, 1.0 - TAIL);
        let low = percentile(&mut scratch, TAIL);
        let worst = ((values.len() - 1) as f64 * TAIL) as usize;
        // `percentile` left the smallest returns in front
        let tail = scratch.get(..=worst).unwrap_or(&scratch);
        Ok(Self {
            low,
            high,
            low_mean: tail.iter().sum::<f64>() / tail.len() as f64,
        })
    }
}

/// The percentile by linear interpolation between order statistics: the one numbered `share · (n − 1)` from 0. Reorders
/// the values so that those up to it come first. 0 for no value.
pub(super) fn percentile(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let position = share * last as f64;
    let index = (position as usize).min(last);
    let (_, &mut at, above) = values.select_nth_unstable_by(index, f64::total_cmp);
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(at);
    at + (next - at) * (position - index as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_interpolate() {
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(percentile(&mut values, 0.5).to_bits(), 3f64.to_bits());
        assert!((percentile(&mut values, 0.05) - 1.2).abs() < 1e-15);
        assert!((percentile(&mut values, 0.95) - 4.8).abs() < 1e-15);
        assert_eq!(percentile(&mut [7.0], 0.05).to_bits(), 7f64.to_bits());
        assert_eq!(percentile(&mut [], 0.05).to_bits(), 0f64.to_bits());
    }

    #[test]
    fn nineteen_returns_have_no_tail() {
        let curve = |sessions: usize| -> Vec<f64> {
            (0..sessions).map(|i| 100.0 + (i % 3) as f64).collect()
        };
        let tails = |sessions| Tails::of(&Returns::of(100.0, &curve(sessions)));
        assert_eq!(tails(19).err(), Some(Absent::FewerThan20Sessions));
        let tails = tails(61).unwrap();
        assert!(tails.low_mean <= tails.low && tails.low < 0.0 && tails.high > 0.0);
    }
}
