//! Technical indicators, one a file: streaming state machines of which the batch form is derived, so that live and
//! backtest cannot differ.
//!
//! A value depends on its bar and those before it. It is `None` until the indicator has warmed up, and never NaN. Use the
//! types directly, or any of them by name: [`INDICATORS`] says what there is, [`find`] looks it up.
//!
//! ```
//! use atrium_shared::signal::indicators::{Indicator, Rsi, find, over};
//!
//! let values = over(Rsi::new(2)?, [1.0, 4.0, 3.0, 2.0]);
//! assert_eq!(values, [None, None, Some(75.0), Some(50.0)]);
//!
//! let macd = find("macd")?.build(None, &[("fast", 5.0), ("slow", 10.0)])?;
//! assert_eq!(macd.lookback_bars(), 17);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ARCHITECTURE.md says how to add one.

mod adx;
mod atr;
mod bar;
mod bollinger;
mod cci;
mod dmi;
mod donchian;
mod ema;
mod extreme;
mod history;
mod keltner;
mod log_return;
mod macd;
mod mfi;
mod obv;
mod registry;
mod roc;
mod rolling_std;
mod rounding;
mod rsi;
mod sma;
mod stochastic;
mod stochastic_fast;
mod true_range;
mod vwap;
mod wilder;
mod williams_r;
mod window;
mod wma;

pub use adx::Adx;
pub use atr::Atr;
pub use bar::{SessionBar, typical};
pub use bollinger::{Bollinger, BollingerValue};
pub use cci::Cci;
pub use dmi::{Dmi, DmiValue};
pub use donchian::{Channel, Donchian};
pub use ema::Ema;
pub use history::History;
pub use keltner::Keltner;
pub use log_return::LogReturn;
pub use macd::{Macd, MacdValue};
pub use mfi::Mfi;
pub use obv::Obv;
pub use registry::{
    BarIndicator, BuildError, Entry, Input, Output, Parameter, Source, Unit, find, over_bars,
};
pub use roc::Roc;
pub use rolling_std::RollingStd;
pub use rsi::Rsi;
pub use sma::Sma;
pub use stochastic::Stochastic;
pub use stochastic_fast::{StochasticFast, StochasticValue};
pub use true_range::TrueRange;
pub use vwap::Vwap;
pub use williams_r::WilliamsR;
pub use wma::Wma;

/// Every indicator, in the order in which they are offered.
pub static INDICATORS: [Entry; 22] = [
    sma::ENTRY,
    ema::ENTRY,
    wma::ENTRY,
    bollinger::ENTRY,
    keltner::ENTRY,
    donchian::ENTRY,
    vwap::ENTRY,
    rsi::ENTRY,
    macd::ENTRY,
    stochastic::ENTRY,
    stochastic_fast::ENTRY,
    cci::ENTRY,
    williams_r::ENTRY,
    roc::ENTRY,
    log_return::ENTRY,
    dmi::ENTRY,
    adx::ENTRY,
    true_range::ENTRY,
    atr::ENTRY,
    rolling_std::ENTRY,
    obv::ENTRY,
    mfi::ENTRY,
];

/// A streaming indicator.
pub trait Indicator {
    /// What one step takes: a price, or prices of a bar such as `[high, low, close]`.
    type Input: Copy;
    /// What one step gives.
    type Output: Copy;

    /// Takes one bar's input; the value as of this bar, `None` while warming up.
    fn update(&mut self, input: Self::Input) -> Option<Self::Output>;

    /// How many bars pass before the first value.
    fn lookback_bars(&self) -> usize;

    /// Which bars a value depends on.
    fn history(&self) -> History;
}

/// The values of an indicator over a series, one for each input.
pub fn over<I: Indicator>(
    mut indicator: I,
    inputs: impl IntoIterator<Item = I::Input>,
) -> Vec<Option<I::Output>> {
    inputs
        .into_iter()
        .map(|input| indicator.update(input))
        .collect()
}

#[cfg(test)]
mod tests;
