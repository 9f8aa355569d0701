//! Numbers that several tools compute alike, from returns and trades.

use crate::base::math;
use crate::research::metrics::RunData;
use crate::research::metrics::returns::NOISE;
use crate::research::metrics::stat::{Absent, Outcome, ratio};
use crate::trading::portfolio::Trade;

/// The arithmetic mean; absent for no value.
pub(super) fn mean(values: &[f64], none: Absent) -> Outcome {
    math::mean(values).ok_or(none)
}

/// The sample standard deviation (ddof 1), which may be zero.
pub(super) fn deviation(values: &[f64]) -> Outcome {
    let deviation = math::std_dev(values).ok_or(Absent::TooFewSessions)?;
    finite(deviation)
}

/// A number by which something is divided: what overflowed would make a zero of it that nothing measured.
fn finite(value: f64) -> Outcome {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Absent::Overflow)
    }
}

/// The sample standard deviation where it is more than rounding noise.
pub(super) fn true_deviation(values: &[f64]) -> Outcome {
    let (mean, deviation) = (mean(values, Absent::TooFewSessions)?, deviation(values)?);
    if deviation <= NOISE * (1.0 + mean.abs()) {
        return Err(Absent::NoVariation);
    }
    Ok(deviation)
}

/// The sum of the values above 0, and of those below.
pub(super) fn gains_and_losses(values: &[f64]) -> (f64, f64) {
    let gains = values.iter().filter(|&&value| value > 0.0).sum();
    let losses = values.iter().filter(|&&value| value < 0.0).sum();
    (gains, losses)
}

/// The mean of those values that pass.
pub(super) fn mean_where(values: &[f64], pass: fn(f64) -> bool, none: Absent) -> Outcome {
    let passing = values.iter().filter(|&&value| pass(value));
    let count = passing.clone().count() as f64;
    ratio(passing.sum(), count, none)
}

/// The root mean square of `min(value, 0)` over all values; absent where none is negative.
pub(super) fn downside(values: &[f64]) -> Outcome {
    let squares: f64 = values
        .iter()
        .filter(|&&value| value < 0.0)
        .map(|value| value * value)
        .sum();
    let downside = math::sqrt(squares / values.len() as f64);
    if values.is_empty() || downside <= NOISE {
        return Err(Absent::NoLosses);
    }
    finite(downside)
}

/// Skewness with the correction for the sample's size, as pandas computes it.
pub(super) fn unbiased_skew(values: &[f64]) -> Outcome {
    let n = values.len() as f64;
    if values.len() < 3 {
        return Err(Absent::TooFewSessions);
    }
    let biased = standardised_moment(values, |z| z * z * z)?;
    Ok(math::sqrt(n * (n - 1.0)) / (n - 2.0) * biased)
}

/// Excess kurtosis (a normal distribution has 0) with the correction for the sample's size, as pandas computes it.
pub(super) fn unbiased_excess_kurtosis(values: &[f64]) -> Outcome {
    let n = values.len() as f64;
    if values.len() < 4 {
        return Err(Absent::TooFewSessions);
    }
    let excess = standardised_moment(values, |z| z * z * z * z)? - 3.0;
    Ok((n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0))
}

fn standardised_moment(values: &[f64], power: impl Fn(f64) -> f64) -> Outcome {
    let n = values.len() as f64;
    let mean = mean(values, Absent::TooFewSessions)?;
    let population = true_deviation(values)? * math::sqrt((n - 1.0) / n);
    let sum: f64 = values.iter().map(|x| power((x - mean) / population)).sum();
    Ok(sum / n)
}

/// The slope of the regression of one series on another; absent where they do not pair or the other does not vary.
pub(super) fn slope(ours: &[f64], theirs: &[f64]) -> Outcome {
    if ours.len() != theirs.len() || ours.len() < 2 {
        return Err(Absent::NoBenchmark);
    }
    let (our_mean, their_mean) = (
        mean(ours, Absent::NoBenchmark)?,
        mean(theirs, Absent::NoBenchmark)?,
    );
    let deviation = true_deviation(theirs)?;
    let products: f64 = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| (ours - our_mean) * (theirs - their_mean))
        .sum();
    Ok(products / (ours.len() - 1) as f64 / deviation / deviation)
}

/// The net profit of each trade over the notional of its entry. An instrument without a point value counts as one of 1.
pub(super) fn trade_returns(run: &RunData<'_>) -> Vec<f64> {
    let return_of = |trade: &Trade| {
        let point_value = run.point_values.get(usize::from(trade.inst.0));
        let notional = trade.quantity * trade.entry_price * point_value.copied().unwrap_or(1.0);
        trade.net_profit / notional
    };
    run.trades.iter().map(return_of).collect()
}

/// The highest and the lowest value.
pub(super) fn extremes(values: &[f64], none: Absent) -> Result<(f64, f64), Absent> {
    let highest = values.iter().copied().max_by(f64::total_cmp);
    let lowest = values.iter().copied().min_by(f64::total_cmp);
    highest.zip(lowest).ok_or(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_corrected_for_the_sample() {
        // 1, 2, 3, 10: mean 4, squares 9 + 4 + 1 + 36 = 50, cubes −27 − 8 − 1 + 216 = 180, fourths 81 + 16 + 1 + 1296
        let values = [1.0, 2.0, 3.0, 10.0];
        let g1 = 45.0 / math::pow(12.5, 1.5);
        let g2 = 348.5 / 156.25 - 3.0;
        assert!((unbiased_skew(&values).unwrap() - 12f64.sqrt() / 2.0 * g1).abs() < 1e-12);
        let expected = 3.0 / 2.0 * (5.0 * g2 + 6.0);
        assert!((unbiased_excess_kurtosis(&values).unwrap() - expected).abs() < 1e-12);
        assert_eq!(unbiased_skew(&[1.0, 2.0]), Err(Absent::TooFewSessions));
        assert_eq!(
            unbiased_excess_kurtosis(&[5.0; 4]),
            Err(Absent::NoVariation)
        );
    }

    #[test]
    fn a_slope_needs_pairs() {
        assert!((slope(&[1.0, 3.0, 5.0], &[0.0, 1.0, 2.0]).unwrap() - 2.0).abs() < 1e-15);
        assert_eq!(slope(&[1.0], &[1.0]), Err(Absent::NoBenchmark));
        assert_eq!(slope(&[1.0, 2.0], &[1.0]), Err(Absent::NoBenchmark));
        assert_eq!(slope(&[1.0, 2.0], &[1.0, 1.0]), Err(Absent::NoVariation));
    }
}
