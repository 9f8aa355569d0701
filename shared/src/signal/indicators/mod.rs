//! Technical indicators, one a file: streaming state machines of which the batch form is derived, so that live and
//! backtest cannot differ.
//!
//! To add one: write its file with a type that implements [`Indicator`], and add its two lines here.

mod atr;
mod sma;

pub use atr::Atr;
pub use sma::Sma;

/// A streaming indicator.
pub trait Indicator {
    /// What one step takes: a price, or `[high, low, close]`.
    type Input: Copy;

    /// Takes one bar's input; the value as of this bar, `None` while warming up.
    fn update(&mut self, input: Self::Input) -> Option<f64>;

    /// How many bars pass before the first value.
    fn lookback_bars(&self) -> usize;
}

/// The values of an indicator over a series, one for each input.
pub fn over<I: Indicator>(
    mut indicator: I,
    inputs: impl IntoIterator<Item = I::Input>,
) -> Vec<Option<f64>> {
    inputs
        .into_iter()
        .map(|input| indicator.update(input))
        .collect()
}

/// A period that an indicator cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period of {period} bars is too short: at least {least} are needed")]
pub struct BadPeriod {
    /// The period asked for.
    pub period: usize,
    /// The least that makes sense.
    pub least: usize,
}

/// Checks a period.
fn at_least(least: usize, period: usize) -> Result<usize, BadPeriod> {
    if period < least {
        Err(BadPeriod { period, least })
    } else {
        Ok(period)
    }
}
