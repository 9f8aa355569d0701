//! Lows and highs of bars and of blocks of bars, to find the first bar that reaches a price without looking at each.

/// Bars of a block, and blocks of a larger block.
const FAN: usize = 16;
/// Bars that are looked at one by one before blocks are: most positions end soon.
const NEAR: usize = 48;
/// Neighbours that are looked at together.
const WIDE: usize = 8;

/// The lowest and highest prices of blocks of one size.
#[derive(Debug, Clone)]
struct Blocks {
    low: Vec<f64>,
    high: Vec<f64>,
}

/// Blocks of [`FAN`] bars, of [`FAN`]² and so on, the last one of one block at most. Memory: an eighth of the lows and highs.
#[derive(Debug, Clone)]
pub(super) struct Levels(Vec<Blocks>);

/// Lows and highs with those of their blocks.
#[derive(Debug, Clone)]
pub(in crate::research) struct Extremes<'a> {
    low: &'a [f64],
    high: &'a [f64],
    levels: &'a [Blocks],
}

/// A stretch of prices out of which the market breaks where a low is at or below `below`, or a high at or above `above`.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct Band {
    pub(in crate::research) below: f64,
    pub(in crate::research) above: f64,
}

impl Band {
    fn broken_by(self, low: f64, high: f64) -> bool {
        low <= self.below || high >= self.above
    }
}

fn lowest(prices: &[f64]) -> f64 {
    let lower = |least, &price| if price < least { price } else { least };
    prices.iter().fold(f64::INFINITY, lower)
}

fn highest(prices: &[f64]) -> f64 {
    let higher = |most, &price| if price > most { price } else { most };
    prices.iter().fold(f64::NEG_INFINITY, higher)
}

impl Blocks {
    fn of(low: &[f64], high: &[f64]) -> Self {
        Self {
            low: low.chunks(FAN).map(lowest).collect(),
            high: high.chunks(FAN).map(highest).collect(),
        }
    }
}

impl Levels {
    /// Of columns of the same length.
    pub(super) fn of(low: &[f64], high: &[f64]) -> Self {
        let mut levels = Vec::new();
        let mut last = Blocks::of(low, high);
        while last.low.len() > 1 {
            let next = Blocks::of(&last.low, &last.high);
            levels.push(last);
            last = next;
        }
        Self(levels)
    }
}

impl<'a> Extremes<'a> {
    /// Of columns of the same length and the blocks of the same.
    pub(super) fn new(low: &'a [f64], high: &'a [f64], levels: &'a Levels) -> Self {
        let levels = &levels.0;
        Self { low, high, levels }
    }

    /// The lowest and the highest price of a bar.
    pub(in crate::research) fn of(&self, bar: usize) -> (f64, f64) {
        let of = |prices: &[f64]| prices.get(bar).copied();
        of(self.low)
            .zip(of(self.high))
            .unwrap_or((f64::INFINITY, f64::NEG_INFINITY))
    }

    /// The first bar in `from..until` that breaks out of a band; `until` where none does.
    pub(in crate::research) fn first_break(&self, from: usize, until: usize, band: Band) -> usize {
        let mut at = from;
        let mut end = block_end(from.saturating_add(NEAR), until);
        while at < until {
            if let Some(found) = first_in(self.low, self.high, at, end, band) {
                return found;
            }
            if end >= until {
                return until;
            }
            at = self.first_block(0, end / FAN, until.div_ceil(FAN), band) * FAN;
            end = block_end(at, until);
        }
        until
    }

    /// The first block of a level in `from..until` that breaks out of a band; `until` where none does.
    fn first_block(&self, level: usize, from: usize, until: usize, band: Band) -> usize {
        let Some(blocks) = self.levels.get(level) else {
            return from;
        };
        let mut at = from;
        while at < until {
            let end = block_end(at, until);
            if let Some(found) = first_in(&blocks.low, &blocks.high, at, end, band) {
                return found;
            }
            at = end;
            if at < until && at.is_multiple_of(FAN) {
                at = self.first_block(level + 1, at / FAN, until.div_ceil(FAN), band) * FAN;
            }
        }
        until
    }

    /// The lowest and the highest price of the bars in `from..until`; those of no bar are infinite.
    pub(in crate::research) fn range(&self, from: usize, until: usize) -> (f64, f64) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut take = |lows: &[f64], highs: &[f64], from: usize, until: usize| {
            let (least, most) = (
                lowest(lows.get(from..until).unwrap_or_default()),
                highest(highs.get(from..until).unwrap_or_default()),
            );
            low = if least < low { least } else { low };
            high = if most > high { most } else { high };
        };
        let (mut from, mut until) = (from, until);
        let (mut lows, mut highs) = (self.low, self.high);
        for blocks in self.levels {
            let (first, last) = (from.next_multiple_of(FAN), until / FAN * FAN);
            if first >= last {
                break;
            }
            take(lows, highs, from, first);
            take(lows, highs, last, until);
            (from, until) = (first / FAN, last / FAN);
            (lows, highs) = (&blocks.low, &blocks.high);
        }
        take(lows, highs, from, until);
        (low, high)
    }
}

/// Where the block of `at` ends, or the search.
fn block_end(at: usize, until: usize) -> usize {
    ((at / FAN + 1) * FAN).min(until)
}

/// The first of some neighbours that breaks out of a band. Several are looked at together without a branch between them, which
/// compilers turn into vector instructions.
fn first_in(low: &[f64], high: &[f64], from: usize, until: usize, band: Band) -> Option<usize> {
    let (lows, highs) = (low.get(from..until)?, high.get(from..until)?);
    let ((wide_lows, last_lows), (wide_highs, last_highs)) =
        (lows.as_chunks::<WIDE>(), highs.as_chunks::<WIDE>());
    let within = |lows: &[f64], highs: &[f64]| {
        let mut pairs = lows.iter().zip(highs);
        pairs.position(|(&low, &high)| band.broken_by(low, high))
    };
    for (number, (lows, highs)) in wide_lows.iter().zip(wide_highs).enumerate() {
        let breaks = |(low, high): (&f64, &f64)| (*low <= band.below) | (*high >= band.above);
        let any = lows
            .iter()
            .zip(highs)
            .map(breaks)
            .fold(false, |any, breaks| any | breaks);
        if any {
            return Some(from + number * WIDE + within(lows, highs)?);
        }
    }
    Some(until - last_lows.len() + within(last_lows, last_highs)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::Random;

    fn walk(count: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed, 0);
        let mut price = 100.0;
        (0..count)
            .map(|_| {
                price += (random.normal() * 4.0).round() / 4.0;
                (price - 0.25, price + 0.25)
            })
            .unzip()
    }

    #[test]
    fn the_first_break_is_that_of_looking_at_each_bar() {
        let mut random = Random::new(9, 1);
        for count in [1, 2, 15, 16, 17, 255, 256, 257, 5_000] {
            let (low, high) = walk(count, count as u64);
            let levels = Levels::of(&low, &high);
            let extremes = Extremes::new(&low, &high, &levels);
            let mut whole = |below: usize| (random.uniform() * below as f64) as usize;
            for _ in 0..400 {
                let from = whole(count);
                let until = from + whole(count - from + 1);
                let at = low[from];
                let (down, up) = (whole(60) as f64 / 4.0, whole(60) as f64 / 4.0);
                let band = Band {
                    below: at - down,
                    above: at + up,
                };
                let expected = (from..until)
                    .find(|&bar| low[bar] <= band.below || high[bar] >= band.above)
                    .unwrap_or(until);
                assert_eq!(extremes.first_break(from, until, band), expected);
                let range = extremes.range(from, until);
                let expected = (lowest(&low[from..until]), highest(&high[from..until]));
                assert_eq!(range, expected);
            }
        }
    }

    #[test]
    fn without_a_level_nothing_breaks() {
        let (low, high) = walk(1_000, 3);
        let levels = Levels::of(&low, &high);
        let extremes = Extremes::new(&low, &high, &levels);
        let band = Band {
            below: f64::NEG_INFINITY,
            above: f64::INFINITY,
        };
        assert_eq!(extremes.first_break(0, 1_000, band), 1_000);
        assert_eq!(extremes.first_break(1_000, 1_000, band), 1_000);
    }
}
