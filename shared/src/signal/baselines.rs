//! Log returns that are predicted without a model: the measure every model has to beat.
//!
//! Each is causal and gives one value a bar, `None` while it warms up.

use super::indicators::{Atr, Indicator, Sma};
use crate::base::math;
use crate::base::random::Random;
use crate::base::time::Timestamp;
use crate::market::bars::BarSeries;

/// Drift: `r = h · mean of the last 10 log returns`. Warm-up 10 bars.
pub fn drift(bars: &BarSeries, horizon_bars: u32) -> Vec<Option<f64>> {
    const LOOKBACK: usize = 10;
    let mut average = Sma::new(LOOKBACK).ok();
    let mut previous = None;
    let step = |&close: &f64| {
        let before: f64 = previous.replace(close)?;
        let mean = average.as_mut()?.update(math::ln(close / before))?;
        Some(f64::from(horizon_bars) * mean)
    };
    bars.close().iter().map(step).collect()
}

/// Crossing averages: `r = sign(SMA_7 − SMA_21) · 2 · ATR_14 / close`. Warm-up 20 bars.
pub fn sma_cross(bars: &BarSeries) -> Vec<Option<f64>> {
    let (Ok(mut fast), Ok(mut slow)) = (Sma::new(7), Sma::new(21)) else {
        return vec![None; bars.len()];
    };
    by_range(bars, |_, close| {
        // every state machine takes every bar, warm or not
        let (fast, slow) = (fast.update(close), slow.update(close));
        let gap = fast? - slow?;
        Some(if gap > 0.0 {
            2.0
        } else if gap < 0.0 {
            -2.0
        } else {
            0.0
        })
    })
}

/// Noise: `r = z · ATR_14 / close`, z standard normal. Warm-up 14 bars.
///
/// The draw of a bar depends on the seed and the bar's start alone (its stream is the start in microseconds), so that
/// neither more history nor more future changes it.
pub fn noise(bars: &BarSeries, seed: u64) -> Vec<Option<f64>> {
    by_range(bars, |start, _| {
        Some(Random::new(seed, start.0 as u64).normal())
    })
}

/// Persistence: `r = 0`, the price stays where it is. It never trades, which makes it the null that others are held
/// against. No warm-up.
pub fn persistence(bars: &BarSeries) -> Vec<Option<f64>> {
    vec![Some(0.0); bars.len()]
}

/// `r = x · ATR_14 / close` for an x that is made from a bar's start and close.
fn by_range(
    bars: &BarSeries,
    mut multiple: impl FnMut(Timestamp, f64) -> Option<f64>,
) -> Vec<Option<f64>> {
    let Ok(mut atr) = Atr::new(14) else {
        return vec![None; bars.len()];
    };
    let step = |(start, [_, high, low, close], _): (_, [f64; 4], f64)| {
        let range = atr.update([high, low, close]);
        let multiple = multiple(start, close);
        Some(multiple? * range? / close)
    };
    bars.rows().map(step).collect()
}
