//! Moving average convergence divergence.

use super::ema::Ema;
use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::{History, Indicator};
use crate::base::units::OutOfBounds;

const FAST: Parameter = Parameter::bars("fast", 12, 2);
const SLOW: Parameter = Parameter::bars("slow", 26, 3);
const SIGNAL: Parameter = Parameter::bars("signal", 9, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "macd",
    title: "Moving average convergence divergence",
    input: Input::Series,
    parameters: &[FAST, SLOW, SIGNAL],
    outputs: &[
        Output::new("macd", Unit::Input, "EMA_fast − EMA_slow"),
        Output::new("macd_signal", Unit::Input, "EMA_signal(MACD)"),
        Output::new("macd_hist", Unit::Input, "MACD − signal"),
    ],
    build: |of: &Arguments| {
        let macd = Macd::new(of.bars(&FAST), of.bars(&SLOW), of.bars(&SIGNAL))?;
        Ok(of.series(macd, |value| {
            [Some(value.macd), Some(value.signal), Some(value.histogram)]
        }))
    },
};

/// A value of [`Macd`], in the unit of its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MacdValue {
    /// The fast average less the slow one.
    pub macd: f64,
    /// The average of `macd`.
    pub signal: f64,
    /// `macd − signal`.
    pub histogram: f64,
}

/// Moving average convergence divergence: `MACD = EMA_fast − EMA_slow`, `signal = EMA_signal(MACD)`, `histogram = MACD − signal`.
///
/// Both averages have their first value at the same bar, so the fast one starts with the mean of the last `fast` of the first
/// `slow` values; the signal starts with the mean of the first MACDs. Lookback `slow + signal − 2` bars for all three; equals
/// TA-Lib's `MACD`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Macd {
    /// How many values the fast average still has to let pass.
    waits: usize,
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

impl Macd {
    /// Averages over `fast`, `slow` and `signal` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where a period is below 2 or above 100,000, or `fast` is not below `slow`.
    pub fn new(fast: usize, slow: usize, signal: usize) -> Result<Self, OutOfBounds> {
        FAST.check_bars(fast)?;
        SLOW.check_bars(slow)?;
        SIGNAL.check_bars(signal)?;
        if fast >= slow {
            return Err(OutOfBounds {
                name: FAST.name,
                value: fast as f64,
                bound: format!("below slow, which is {slow}"),
            });
        }
        Ok(Self {
            waits: slow - fast,
            fast: Ema::new(fast)?,
            slow: Ema::new(slow)?,
            signal: Ema::new(signal)?,
        })
    }
}

impl Indicator for Macd {
    type Input = f64;
    type Output = MacdValue;

    fn update(&mut self, value: f64) -> Option<MacdValue> {
        let slow = self.slow.update(value);
        if self.waits > 0 {
            self.waits -= 1;
            return None;
        }
        let fast = self.fast.update(value);
        let macd = fast? - slow?;
        let signal = self.signal.update(macd)?;
        Some(MacdValue {
            macd,
            signal,
            histogram: macd - signal,
        })
    }

    fn lookback_bars(&self) -> usize {
        self.slow.lookback_bars() + self.signal.lookback_bars()
    }

    fn history(&self) -> History {
        let (slow, signal) = (self.slow.kept(), self.signal.kept());
        let kept = if slow > signal { slow } else { signal };
        History::fading(self.lookback_bars(), kept, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn the_fast_average_starts_late() {
        // fast: mean of 2 and 6, then 4 + 2/3 · (4 − 4); slow: mean of 1, 2 and 6, then 3 + (4 − 3) / 2
        let values = over(Macd::new(2, 3, 2).unwrap(), [1.0, 2.0, 6.0, 4.0]);
        assert_eq!(&values[..3], [None, None, None]);
        let last = values[3].unwrap();
        let expected = MacdValue {
            macd: 0.5,
            signal: (1.0 + 0.5) / 2.0,
            histogram: -0.25,
        };
        assert_eq!(last, expected);
        let error = Macd::new(26, 12, 9).unwrap_err().to_string();
        assert_eq!(error, "fast is 26, but must be below slow, which is 12");
    }
}
