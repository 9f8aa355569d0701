//! Volume-weighted average price.

use super::registry::{Arguments, Entry, Input, Output, Unit};
use super::{History, Indicator, SessionBar};
use crate::base::time::Day;

pub(super) const ENTRY: Entry = Entry {
    name: "vwap",
    title: "Volume-weighted average price of the session",
    input: Input::Bars("session, high, low, close, volume"),
    parameters: &[],
    outputs: &[Output::new(
        "vwap",
        Unit::Price,
        "Σ (typical price · volume) / Σ volume since the session's first bar",
    )],
    build: |of: &Arguments| Ok(of.bars_by(Vwap::new(), |bar| *bar, |value| [Some(value)])),
};

/// Volume-weighted average price since the session's first bar: `VWAP_t = Σ p · volume / Σ volume` with the typical price
/// `p = (high + low + close) / 3`, in price units.
///
/// It begins anew with each session. Until something has been traded in the session there is none. Lookback 0; TA-Lib has no
/// such function.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Vwap {
    session: Option<Day>,
    turnover: f64,
    volume: f64,
}

impl Vwap {
    /// No bar seen yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Indicator for Vwap {
    type Input = SessionBar;
    type Output = f64;

    fn update(&mut self, bar: SessionBar) -> Option<f64> {
        if self.session != Some(bar.session) {
            *self = Self {
                session: Some(bar.session),
                ..Self::default()
            };
        }
        self.turnover += bar.typical() * bar.volume;
        self.volume += bar.volume;
        (self.volume > 0.0).then(|| self.turnover / self.volume)
    }

    fn lookback_bars(&self) -> usize {
        0
    }

    fn history(&self) -> History {
        History::Session
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;
    use crate::base::time::Timestamp;

    #[test]
    fn each_session_begins_anew() {
        let bar = |session, price, volume| SessionBar {
            start: Timestamp(0),
            session: Day(session),
            open: price,
            high: price,
            low: price,
            close: price,
            volume,
        };
        let bars = [
            bar(1, 9.0, 0.0),
            bar(1, 1.0, 3.0),
            bar(1, 5.0, 1.0),
            bar(2, 7.0, 2.0),
        ];
        let values = over(Vwap::new(), bars);
        assert_eq!(values, [None, Some(1.0), Some(2.0), Some(7.0)]);
    }
}
