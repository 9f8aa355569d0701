//! The bars at whose close a strategy points somewhere, as bits: where the next one is takes no walking.

use super::index::Index;
use crate::research::run_config::RunConfig;
use crate::signal::signals::Signal;
use crate::trading::orders::Side;
use crate::trading::strategy::{Known, NoTrade, PredictedMove, SidePolicy, Strategy, side_of};

/// What the directions of a strategy depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::research) enum Gates {
    /// The gates of predicted moves; ratio, side and anchor are left at their defaults.
    Moves(PredictedMove),
    /// Signals pass as they come.
    Signals,
}

impl Gates {
    pub(in crate::research) fn of(strategy: &Strategy) -> Self {
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

/// A bit a bar, 64 to a word.
#[derive(Debug, Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn word(&self, word: usize) -> u64 {
        self.0.get(word).copied().unwrap_or(0)
    }
}

/// The bars at which gates let a direction through.
#[derive(Debug, Clone)]
pub(in crate::research) struct Candidates {
    gates: Gates,
    long: Bits,
    short: Bits,
    /// Where a signal asks to be out of the market.
    out: Bits,
    has_out: bool,
    words: usize,
    /// How often each reason kept gates shut.
    shut: [u64; NoTrade::COUNT],
}

impl Candidates {
    /// Asks the strategy of a configuration at every bar.
    pub(super) fn new(index: &Index<'_>, config: &RunConfig) -> Self {
        let strategy = &config.strategy;
        Self::of(Gates::of(strategy), index.len(), |bar| {
            strategy.direction(&known(index, strategy, bar, 0.0))
        })
    }

    /// Where signals point, the one at each bar's close.
    pub(in crate::research) fn of_signals(signals: &[Option<Signal>]) -> Self {
        Self::of(Gates::Signals, signals.len(), |bar| {
            let signal = signals.get(bar).copied().flatten();
            Ok(side_of(signal.ok_or(NoTrade::NoSignal)?.direction))
        })
    }

    #[inline(always)]
    fn of(
        gates: Gates,
        count: usize,
        direction: impl Fn(usize) -> Result<Option<Side>, NoTrade>,
    ) -> Self {
        let words = count.div_ceil(64);
        let mut bits = [(); 3].map(|()| Vec::with_capacity(words));
        let mut shut = [0; NoTrade::COUNT];
        // nothing is decided at the last bar
        let last = count.saturating_sub(1);
        for word in 0..words {
            let (from, mut found) = (word * 64, [0; 3]);
            for bar in from..last.min(from + 64) {
                let [long, short, out] = &mut found;
                let to = match direction(bar) {
                    Ok(Some(Side::Long)) => long,
                    Ok(Some(Side::Short)) => short,
                    Ok(None) => out,
                    Err(reason) => {
                        if let Some(count) = shut.get_mut(reason as usize) {
                            *count += 1;
                        }
                        continue;
                    }
                };
                *to |= 1 << (bar - from);
            }
            for (bits, found) in bits.iter_mut().zip(found) {
                bits.push(found);
            }
        }
        let [long, short, out] = bits.map(Bits);
        Self {
            gates,
            long,
            short,
            has_out: out.0.iter().any(|word| *word != 0),
            out,
            words,
            shut,
        }
    }

    /// How often each reason kept gates shut, whatever was held.
    pub(super) fn shut(&self) -> &[u64; NoTrade::COUNT] {
        &self.shut
    }

    /// Whether they are those of a strategy.
    pub(in crate::research) fn are_of(&self, strategy: &Strategy) -> bool {
        self.gates == Gates::of(strategy)
    }

    /// The first bar from one on at which a side may be entered that the policy allows.
    pub(in crate::research) fn next_entry(&self, from: usize, sides: SidePolicy) -> Option<usize> {
        let long = sides.allows(Side::Long);
        let short = sides.allows(Side::Short);
        next(from, self.words, |word| {
            let long = if long { self.long.word(word) } else { 0 };
            long | if short { self.short.word(word) } else { 0 }
        })
    }

    /// At how many closes of a stretch gates let something through.
    pub(super) fn open_in(&self, from: usize, until: usize) -> u64 {
        count(from, until, |word| {
            self.long.word(word) | self.short.word(word) | self.out.word(word)
        })
    }

    /// At how many closes of a stretch a side points somewhere that the policy does not allow.
    pub(super) fn barred_in(&self, from: usize, until: usize, sides: SidePolicy) -> u64 {
        match sides {
            SidePolicy::Both => 0,
            SidePolicy::LongOnly => count(from, until, |word| self.short.word(word)),
            SidePolicy::ShortOnly => count(from, until, |word| self.long.word(word)),
        }
    }

    /// At how many closes of a stretch a signal asks to be out of the market.
    pub(super) fn out_in(&self, from: usize, until: usize) -> u64 {
        if self.has_out {
            count(from, until, |word| self.out.word(word))
        } else {
            0
        }
    }

    /// Whether no signal asks to be out of the market.
    pub(in crate::research) fn only_enter(&self) -> bool {
        !self.has_out
    }

    /// Whether a position of a side may be asked to leave at a bar's close in `from..until`: by signals to be out and, where
    /// `opposite` says that they close it, by those of the other side.
    pub(in crate::research) fn leaves(
        &self,
        from: usize,
        until: usize,
        side: Side,
        opposite: bool,
    ) -> bool {
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

/// How many bits there are in a stretch.
fn count(from: usize, until: usize, bits: impl Fn(usize) -> u64) -> u64 {
    let in_word = |word: usize| {
        let (first, end) = (from.max(word * 64), until.min(word * 64 + 64));
        let mask = u64::MAX >> (64 - (end - first)) << (first % 64);
        u64::from((bits(word) & mask).count_ones())
    };
    let words = if from < until {
        from / 64..until.div_ceil(64)
    } else {
        0..0
    };
    words.map(in_word).sum()
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
pub(in crate::research) fn known<'a>(
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
