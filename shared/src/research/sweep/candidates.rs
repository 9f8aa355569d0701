//! The bars at whose close a strategy points somewhere, as bits: where the next one is takes no walking.

use super::index::Index;
use crate::research::run_config::RunConfig;
use crate::trading::orders::Side;
use crate::trading::strategy::{Known, PredictedMove, SidePolicy, Strategy};

/// What the directions of a strategy depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gates {
    /// The gates of predicted moves; ratio, side and anchor are left at their defaults.
    Moves(PredictedMove),
    /// Signals pass as they come.
    Signals,
}

impl Gates {
    pub(super) fn of(strategy: &Strategy) -> Self {
        match strategy {
            Strategy::PredictedMove(strategy) => {
                let PredictedMove {
                    k_sigma_err,
                    k_atr_min_tp,
                    sigma,
                    min_confidence,
                    ..
                } = *strategy;
                Self::Moves(PredictedMove {
                    k_sigma_err,
                    k_atr_min_tp,
                    sigma,
                    min_confidence,
                    ..PredictedMove::default()
                })
            }
            Strategy::Signals(_) => Self::Signals,
        }
    }
}

/// A bit a bar.
#[derive(Debug, Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn set(&mut self, bar: usize) {
        if let Some(word) = self.0.get_mut(bar / 64) {
            *word |= 1 << (bar % 64);
        }
    }

    fn word(&self, word: usize) -> u64 {
        self.0.get(word).copied().unwrap_or(0)
    }
}

/// The bars at which gates let a direction through.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    gates: Gates,
    long: Bits,
    short: Bits,
    /// Where a signal asks to be out of the market.
    out: Bits,
    has_out: bool,
    words: usize,
}

impl Candidates {
    /// Asks the strategy of a configuration at every bar.
    pub(super) fn new(index: &Index<'_>, config: &RunConfig) -> Self {
        let count = index.len();
        let mut found = Self {
            gates: Gates::of(&config.strategy),
            long: Bits::of(count),
            short: Bits::of(count),
            out: Bits::of(count),
            has_out: false,
            words: count.div_ceil(64),
        };
        // nothing is decided at the last bar
        for bar in 0..index.last_bar() {
            match config
                .strategy
                .direction(&known(index, &config.strategy, bar, 0.0))
            {
                Ok(Some(Side::Long)) => found.long.set(bar),
                Ok(Some(Side::Short)) => found.short.set(bar),
                Ok(None) => {
                    found.out.set(bar);
                    found.has_out = true;
                }
                Err(_) => {}
            }
        }
        found
    }

    /// Whether they are those of a strategy.
    pub(super) fn are_of(&self, strategy: &Strategy) -> bool {
        self.gates == Gates::of(strategy)
    }

    /// The first bar from one on at which a side may be entered that the policy allows.
    pub(super) fn next_entry(&self, from: usize, sides: SidePolicy) -> Option<usize> {
        let long = sides.allows(Side::Long);
        let short = sides.allows(Side::Short);
        next(from, self.words, |word| {
            let long = if long { self.long.word(word) } else { 0 };
            long | if short { self.short.word(word) } else { 0 }
        })
    }

    /// Whether no signal asks to be out of the market.
    pub(super) fn only_enter(&self) -> bool {
        !self.has_out
    }

    /// Whether a position of a side may be asked to leave at a bar's close in `from..until`: by signals to be out and, where
    /// `opposite` says that they close it, by those of the other side.
    pub(super) fn leaves(&self, from: usize, until: usize, side: Side, opposite: bool) -> bool {
        let against = match side {
            Side::Long => &self.short,
            Side::Short => &self.long,
        };
        if from >= until || !(self.has_out || opposite) {
            return false;
        }
        let found = next(from, until.div_ceil(64), |word| {
            self.out.word(word) | if opposite { against.word(word) } else { 0 }
        });
        found.is_some_and(|bar| bar < until)
    }
}

/// The first bit from one on, in words up to a number.
fn next(from: usize, words: usize, bits: impl Fn(usize) -> u64) -> Option<usize> {
    let mut word = from / 64;
    let mut found = bits(word) & (u64::MAX << (from % 64));
    while found == 0 {
        word += 1;
        if word >= words {
            return None;
        }
        found = bits(word);
    }
    Some(word * 64 + found.trailing_zeros() as usize)
}

/// What a strategy knows at the close of a bar.
pub(super) fn known<'a>(
    index: &'a Index<'_>,
    strategy: &Strategy,
    bar: usize,
    least_stop: f64,
) -> Known<'a> {
    let (prediction, signal) = match strategy {
        Strategy::PredictedMove(_) => (index.prediction(bar), None),
        Strategy::Signals(_) => (None, index.signal(bar)),
    };
    Known {
        close: index.close(bar),
        prediction,
        signal,
        atr: index.atr(bar),
        grid: &index.grid,
        least_stop,
    }
}
