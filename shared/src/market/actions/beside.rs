//! Whether bars received are those stored before or after them: one bar off, as ends of bars are that were read as starts.
//!
//! Prices alone tell it only of bars that move: one that stays at a price is the same as many others. Of shares at a few dollars
//! most minutes do, and few differ from the minute before by more than a cent. There the volume tells, which seldom comes again.
//! It tells as well where prices are adjusted for a known action, and so are none of those stored. Without volumes prices on each
//! basis tell it as far as minutes differ by more than they are rounded: not of minutes of shares below some 30 dollars that are
//! adjusted, nor below some 8 dollars of any.

use super::PriceBasis;
use super::rebase::{WAYS, is_same_bar, is_same_volume};

/// So many bars that follow each other are the one before, or the one after, of those stored, where all are one bar off,
const LEAST: u64 = 2;
/// nine of ten of those that tell it,
const MOST_OF: u64 = 10;
/// and one of so many of all that differ.
const SHARE: u64 = 3;
/// A volume up to this is often that of another bar.
const FEW: f64 = 20.0;

/// Which stored bars those received are, one bar off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Those before: the times received are a bar too late, as ends of bars are that were read as starts.
    Before,
    /// Those after: the times received are a bar too early, as starts of bars are that were read as ends.
    After,
}

/// Open, high, low and close of a bar, and its volume.
pub(super) type Traded = ([f64; 4], f64);

/// Looks at common bars, in order of time, beside those next to them.
#[derive(Debug, Clone, Default)]
pub(super) struct OneOff {
    last: Option<(Traded, Traded)>,
    /// Where prices count that are the same but for rounding, on each basis.
    rounded: [Neighbours; WAYS.len()],
    /// The same where prices count that are exactly the same: bars of cheap shares are within a tick of their neighbours.
    exact: Neighbours,
    /// The same where volumes count as well.
    traded: Neighbours,
    /// Where volumes count alone, as they are or adjusted for splits.
    volumes: Neighbours,
}

impl OneOff {
    /// Takes a common bar, whose prices are rounded to a tick or to the finer step that they show; `factors` are those of the known
    /// actions.
    pub(super) fn push(
        &mut self,
        stored: Traded,
        received: Traded,
        tick: f64,
        factors: (f64, f64),
    ) {
        let last = self.last.replace((stored, received));
        let pair = Pair {
            last,
            stored,
            received,
        };
        let moves = |(prices, _): Traded| moves(prices);
        for (basis, rounded) in WAYS.iter().zip(&mut self.rounded) {
            let (factor, _) = basis.factors(factors);
            if *basis == PriceBasis::Raw || factors != (1.0, 1.0) {
                rounded.push(&pair, moves, |old, new| {
                    is_same_bar(old.0, new.0, factor, tick)
                });
            }
        }
        self.exact
            .push(&pair, moves, |old, new| is_exactly(old.0, new.0));
        let trades = |(_, volume): Traded| volume > 0.0;
        self.traded.push(&pair, trades, is_all);
        let tells = |(_, volume): Traded| volume > FEW;
        self.volumes.push(&pair, tells, |old, new| {
            [1.0, factors.1]
                .into_iter()
                .any(|factor| is_same_volume(old.1, new.1, factor))
        });
    }

    /// Which they are, where nearly all that differ are, and most differ.
    pub(super) fn told(&self) -> Option<Beside> {
        let all = [&self.exact, &self.traded, &self.volumes];
        let mut all = all.into_iter().chain(&self.rounded);
        all.find_map(Neighbours::told)
    }
}

/// A common bar and the one before it, both as stored and as received.
struct Pair {
    last: Option<(Traded, Traded)>,
    stored: Traded,
    received: Traded,
}

/// How many bars that differ are those stored before or after them.
#[derive(Debug, Clone, Default)]
struct Neighbours {
    /// Bars that tell anything, and how many of them differ.
    bars: u64,
    differ: u64,
    before: Count,
    after: Count,
}

/// Of how many bars it could be told, and how many are.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    of: u64,
    are: u64,
}

impl Count {
    fn push(&mut self, tells: bool, is: bool) {
        self.of += u64::from(tells);
        self.are += u64::from(tells && is);
    }

    fn is_all(self, differ: u64) -> bool {
        self.are >= LEAST
            && self.are * MOST_OF >= self.of * (MOST_OF - 1)
            && self.are * SHARE >= differ
    }
}

impl Neighbours {
    fn push(
        &mut self,
        pair: &Pair,
        tells: impl Fn(Traded) -> bool,
        is_same: impl Fn(Traded, Traded) -> bool,
    ) {
        let &Pair {
            last,
            stored,
            received,
        } = pair;
        if !tells(stored) && !tells(received) {
            return;
        }
        self.bars += 1;
        if let Some((old, new)) = last
            && !is_same(stored, received)
        {
            self.differ += 1;
            self.before.push(tells(received), is_same(old, received));
            self.after.push(tells(new), is_same(stored, new));
        }
    }

    fn told(&self) -> Option<Beside> {
        let differ = 2 * self.differ + 1 >= self.bars;
        let is_all = |count: Count| differ && count.is_all(self.differ);
        match (is_all(self.before), is_all(self.after)) {
            (true, false) => Some(Beside::Before),
            (false, true) => Some(Beside::After),
            _ => None,
        }
    }
}

/// Whether a bar received is another one than that stored, be it by rounding or by its volume; `None` of bars that stay at a price
/// where no volume tells them apart.
pub(super) fn differs(stored: Traded, received: Traded) -> Option<bool> {
    match stored.1 > 0.0 && received.1 > 0.0 {
        true => Some(!is_all(stored, received)),
        false if moves(stored.0) || moves(received.0) => Some(!is_exactly(stored.0, received.0)),
        false => None,
    }
}

fn moves([_, high, low, _]: [f64; 4]) -> bool {
    high > low
}

/// Whether prices and volume are the same but for the digits that 32 bits do not hold.
fn is_all(stored: Traded, received: Traded) -> bool {
    is_exactly(stored.0, received.0) && (received.1 - stored.1).abs() <= 1e-7 * stored.1
}

/// Whether prices are the same but for the digits that 32 bits do not hold.
fn is_exactly(stored: [f64; 4], received: [f64; 4]) -> bool {
    let mut pairs = stored.into_iter().zip(received);
    pairs.all(|(old, new)| (new - old).abs() <= 1e-7 * old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::market::actions::one_ratio::{greater, lesser};
    use crate::market::actions::{CommonBar, Comparison, PriceBasis, Rebase};

    const BARS: i64 = 1_000;

    /// Numbers below 1 that look like chance, the same each time.
    fn chance(at: i64, salt: u64) -> f64 {
        let mixed = (at as u64 ^ salt << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 40) as f64 / (1_u64 << 24) as f64
    }

    /// A minute of a share that moves as the S&P 500 does, rounded to cents.
    fn minute(at: i64, price: f64) -> Traded {
        let level = |at: i64| {
            let slow = libm::sin(at as f64 / 60.0) / 150.0;
            price * (1.0 + slow + 0.0006 * chance(at, 1))
        };
        let (open, close) = (level(at), level(at + 1));
        let high = greater(open, close) * (1.0 + 0.0004 * chance(at, 2));
        let low = lesser(open, close) * (1.0 - 0.0004 * chance(at, 3));
        let cents = |price: f64| (price * 100.0).round() / 100.0;
        let volume = (1_000.0 + 80_000.0 * chance(at, 4)).round();
        ([open, high, low, close].map(cents), volume)
    }

    fn quoted((prices, _): Traded) -> Traded {
        (prices, 0.0)
    }

    /// Whether bars are mostly unlike, and what they say, where `factors` are those of known actions after all of them.
    fn said(
        factors: (f64, f64),
        stored: impl Fn(i64) -> Traded,
        received: impl Fn(i64) -> Traded,
    ) -> (bool, Rebase) {
        let mut comparison = Comparison::new(0.01, true);
        for at in 1..=BARS {
            comparison.push(&CommonBar {
                start: Timestamp::from_seconds(at * 60),
                stored: stored(at),
                received: received(at),
                factors,
                is_last: at == BARS,
                is_sum: false,
            });
        }
        (comparison.is_unlike(), comparison.finish())
    }

    /// None, a dividend of a tenth of a hundredth, and a split.
    const FACTORS: [(f64, f64); 3] = [(1.0, 1.0), (0.999, 1.0), (0.25, 0.25)];

    #[test]
    fn minutes_of_shares_that_are_one_bar_off_are_asked_about_whatever_is_known_after_them() {
        for price in [590.0, 29.5, 14.8, 8.4, 5.9, 2.0, 1.2] {
            for factors in FACTORS {
                for (by, beside) in [(-1, Beside::Before), (1, Beside::After)] {
                    let stored = |at| minute(at, price);
                    let (is_unlike, found) = said(factors, stored, |at| minute(at + by, price));
                    let Rebase::Other(found) = found else {
                        panic!("{price} {factors:?} {by}: {found:?}");
                    };
                    assert!(is_unlike && found.beside == Some(beside), "{price}");
                    // without volumes as far as prices tell it
                    if price < 8.0 {
                        continue;
                    }
                    let stored = |at| quoted(minute(at, price));
                    let received = |at| quoted(minute(at + by, price));
                    let (is_unlike, found) = said(factors, stored, received);
                    let is_asked = matches!(found, Rebase::Other(_));
                    assert!(is_unlike && is_asked, "{price} {factors:?} {by}");
                }
            }
        }
    }

    /// A bar adjusted by factors, its prices to so many parts of a dollar.
    fn adjusted((prices, volume): Traded, (price, split): (f64, f64), parts: f64) -> Traded {
        let on_basis = |value: f64| (value * price * parts).round() / parts;
        (prices.map(on_basis), (volume / split).round())
    }

    #[test]
    fn adjusted_bars_that_are_one_bar_off_are_asked_about() {
        for price in [590.0, 120.0, 29.5, 8.4, 2.0] {
            for factors in [
                (0.999, 1.0),
                (0.97, 1.0),
                (0.25, 0.25),
                (0.2497, 0.25),
                (8.0, 8.0),
            ] {
                for parts in [100.0, 10_000.0] {
                    let stored = |at| minute(at, price);
                    for (by, beside) in [(-1, Beside::Before), (1, Beside::After)] {
                        let off = |at| adjusted(stored(at + by), factors, parts);
                        let (is_unlike, found) = said(factors, stored, off);
                        let Rebase::Other(found) = found else {
                            panic!("{price} {factors:?} {parts} {by}: {found:?}");
                        };
                        let is_told = is_unlike && found.beside == Some(beside);
                        assert!(is_told, "{price} {factors:?} {parts} {by}");
                        // without volumes as far as prices tell it
                        if price < 100.0 {
                            continue;
                        }
                        let (_, found) =
                            said(factors, |at| quoted(stored(at)), |at| quoted(off(at)));
                        let is_asked = matches!(found, Rebase::Other(_));
                        assert!(is_asked, "{price} {factors:?} {parts} {by}, no volumes");
                    }
                    let right = |at| adjusted(stored(at), factors, parts);
                    let (_, found) = said(factors, stored, right);
                    let is_merged = matches!(found, Rebase::Known { .. });
                    assert!(is_merged, "{price} {factors:?} {parts}: {found:?}");
                    // and without volumes, where flat bars are not longer for being adjusted
                    let plain = |at| quoted(stored(at));
                    let (_, found) = said(factors, plain, |at| quoted(right(at)));
                    let is_merged = matches!(found, Rebase::Known { .. });
                    assert!(
                        is_merged,
                        "{price} {factors:?} {parts}, no volumes: {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn corrections_of_cheap_shares_and_adjusted_prices_are_merged() {
        for price in [590.0, 29.5, 8.4, 2.0, 1.2] {
            let stored = |at| minute(at, price);
            for share in [0.01, 0.05, 0.2] {
                for what in 0..5 {
                    let received = |at: i64| {
                        let ([open, high, low, close], volume) = stored(at);
                        if chance(at, 9) >= share {
                            return stored(at);
                        }
                        let more = (volume * 1.3).round();
                        match what {
                            0 => ([open, high + 0.01, low, close], volume),
                            1 => ([open, high + 0.01, low, close], more),
                            2 => ([open, high + 0.01, low, close + 0.01], volume),
                            3 => ([open, high, low - 0.01, close], more),
                            _ => ([open, high, low, close], more),
                        }
                    };
                    for factors in FACTORS {
                        let (is_unlike, found) = said(factors, stored, received);
                        let is_merged = matches!(found, Rebase::Known { .. });
                        assert!(is_merged && !is_unlike, "{price} {share} {what}: {found:?}");
                    }
                    let (_, found) = said(
                        (1.0, 1.0),
                        |at| quoted(stored(at)),
                        |at| quoted(received(at)),
                    );
                    let is_merged = matches!(found, Rebase::Known { .. });
                    assert!(is_merged, "{price} {share} {what}, no volumes: {found:?}");
                }
            }
            // another source of volumes
            let all = |at| (stored(at).0, (stored(at).1 * 0.93).round());
            let (_, found) = said((1.0, 1.0), stored, all);
            assert!(matches!(found, Rebase::Known { .. }), "{price}: {found:?}");
            // adjusted for a split, to four digits
            let split = (0.25, 0.25);
            let (_, found) = said(split, stored, |at| adjusted(stored(at), split, 10_000.0));
            let Rebase::Known { bases } = found else {
                panic!("{price}: {found:?}");
            };
            let both = [PriceBasis::Splits, PriceBasis::SplitsAndDividends];
            assert_eq!(bases, both, "{price}");
        }
    }
}
