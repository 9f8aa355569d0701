//! The bar as an indicator sees it.

use crate::base::time::{Day, Timestamp};
use crate::market::bars::{Bar, SessionBars};

/// One finished bar and the session that it belongs to: everything that an indicator may look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionBar {
    /// When the bar begins.
    pub start: Timestamp,
    /// The session it belongs to.
    pub session: Day,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded quantity.
    pub volume: f64,
}

impl SessionBar {
    /// A bar of a session.
    pub fn new(bar: &Bar, session: Day) -> Self {
        Self {
            start: bar.start(),
            session,
            open: bar.open(),
            high: bar.high(),
            low: bar.low(),
            close: bar.close(),
            volume: bar.volume(),
        }
    }

    /// Every bar of a series, with its session.
    pub fn of(bars: &SessionBars) -> impl Iterator<Item = Self> + '_ {
        bars.bars()
            .zip(bars.session())
            .map(|(bar, &session)| Self::new(&bar, session))
    }

    /// High, low and close.
    pub fn high_low_close(&self) -> [f64; 3] {
        [self.high, self.low, self.close]
    }

    /// The typical price, see [`typical`].
    pub fn typical(&self) -> f64 {
        typical(self.high_low_close())
    }
}

/// The typical price `(high + low + close) / 3`, equal to TA-Lib's `TYPPRICE` to the last bit: whether it rose since the
/// bar before decides a sign in the money flow index.
pub fn typical([high, low, close]: [f64; 3]) -> f64 {
    (high + low + close) / 3.0
}
