//! How far back an indicator remembers.

/// The part of a fading past that counts as forgotten: far less than the 1e-6 that feature sets ask for, because past and
/// present need not be of the same size, and a formula may divide by a small rest. With 1e-8, DX was off by 4e-6 on SPY's minutes.
const FORGOTTEN: f64 = 1e-10;

/// Which bars a value depends on: what must be loaded before the first bar of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// On this many bars, its own included, and to the last bit on nothing before them.
    Bars(usize),
    /// On all bars, but with this many, its own included, a past of like size changes it by less than 1e-6 of that size.
    Fading(usize),
    /// On the bars since the session's first.
    Session,
    /// On all bars: without the older ones the level is another, only its changes are the same.
    Everything,
}

impl History {
    /// The history of an average that keeps the part `kept` of itself from bar to bar, applied `stages` times in a row,
    /// with its first value after `lookback_bars`.
    pub(super) fn fading(lookback_bars: usize, kept: f64, stages: u32) -> Self {
        let (mut bars, mut weight) = (0usize, 1.0);
        // a bar's weight after m bars is kept^m; each further stage can multiply it by at most 1 + m (1 − kept)
        loop {
            let growth = 1.0 + bars as f64 * (1.0 - kept);
            let left = (1..stages).fold(weight, |left, _| left * growth);
            if left < FORGOTTEN || weight < f64::MIN_POSITIVE {
                return Self::Fading(lookback_bars + 1 + bars);
            }
            bars += 1;
            weight *= kept;
        }
    }

    /// The longer of two histories.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everything, _) | (_, Self::Everything) => Self::Everything,
            (Self::Session, _) | (_, Self::Session) => Self::Session,
            (Self::Bars(a), Self::Bars(b)) => Self::Bars(a.max(b)),
            (Self::Bars(a) | Self::Fading(a), Self::Bars(b) | Self::Fading(b)) => {
                Self::Fading(a.max(b))
            }
        }
    }
}
