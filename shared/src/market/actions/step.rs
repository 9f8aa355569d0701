//! To which step prices are rounded: an instrument's tick may be far coarser than its prices, as cents are of a coin at 0.08, and bars
//! that differ by less than a tick are other bars then.

use super::one_ratio::lesser;
use crate::market::price_step::rounded_to;

/// Of a price whose digits say nothing this part is open.
const OPEN: f64 = 1e-4;

/// The steps that the prices of two bars, stored and received, are rounded to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// That of the bar stored.
    pub stored: f64,
    /// That of the bar received.
    pub received: f64,
}

impl Steps {
    /// What the prices show, a tick at most. Where `adjusts` says that known actions lie after them, they may have been brought from one
    /// basis to another by factors that are rounded, and a tick is open of them.
    pub fn of(stored: [f64; 4], received: [f64; 4], tick: f64, adjusts: bool) -> Self {
        let step = |prices: [f64; 4]| {
            if adjusts {
                return tick;
            }
            let steps = prices.map(|price| match rounded_to(price, tick) {
                Some(step) => lesser(step, tick),
                None => lesser(OPEN * price, tick),
            });
            steps.into_iter().fold(tick, lesser)
        };
        Self {
            stored: step(stored),
            received: step(received),
        }
    }

    /// How far prices may be apart that are the same but for rounding, where `factor` leads from the stored one to the received one.
    pub fn apart(self, factor: f64) -> f64 {
        (self.received + self.stored * factor) / 2.0
    }

    /// The finer one.
    pub(super) fn finest(self) -> f64 {
        lesser(self.stored, self.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::market::actions::{Beside, CommonBar, Comparison, Rebase};

    #[test]
    fn bars_have_the_finest_step_that_their_prices_show() {
        let steps = |adjusts: bool| Steps::of([0.08123; 4], [0.081_234_567_8; 4], 0.01, adjusts);
        assert!((steps(false).stored - 1e-5).abs() < 1e-12);
        assert!((steps(false).received - 0.081_234_567_8e-4).abs() < 1e-12);
        let adjusted = steps(true);
        assert!((adjusted.received - 0.01).abs() < 1e-12 && (adjusted.stored - 0.01).abs() < 1e-12);
        // one of four tells, and none is coarser than a tick
        let one = Steps::of([0.5, 0.5, 0.4999, 0.5], [600.0; 4], 0.01, false);
        assert!((one.stored - 1e-4).abs() < 1e-12 && (one.received - 0.01).abs() < 1e-12);
        assert!((one.apart(1.0) - 0.005_05).abs() < 1e-12);
    }

    #[test]
    fn bars_of_cheap_shares_and_coins_are_told_from_their_neighbours() {
        let told = |scale: f64, decimals: f64, received: &dyn Fn(usize) -> usize| {
            let bar = |index: usize| {
                let round = |price: f64| (price * scale * decimals).round() / decimals;
                let close = |index: usize| 1.0 + (index * 7 % 23) as f64 / 3_000.0;
                let (open, close) = (close(index), close(index + 1));
                let low = lesser(open, close);
                let high = open + close - low;
                [open, high * 1.001, low * 0.999, close].map(round)
            };
            let mut comparison = Comparison::new(0.01, false);
            for index in 1..=200 {
                comparison.push(&CommonBar {
                    start: Timestamp::from_seconds(index as i64 * 60),
                    stored: (bar(index), 0.0),
                    received: (bar(received(index)), 0.0),
                    factors: (1.0, 1.0),
                    is_last: index == 200,
                    is_sum: false,
                });
            }
            let is_unlike = comparison.is_unlike();
            (is_unlike, comparison.finish())
        };
        // a coin at 0.08 and one at 0.0000123, where a tick is as much as the price; a share at 8 dollars, where bars are a tick apart
        for (scale, decimals) in [(0.08, 1e5), (0.000_012_3, 1e8), (8.0, 1e2)] {
            let (is_unlike, late) = told(scale, decimals, &|index| index - 1);
            let Rebase::Other(found) = late else {
                panic!("{scale}: bars that are one bar off");
            };
            assert_eq!((found.beside, is_unlike), (Some(Beside::Before), true));
            assert!(told(scale, decimals, &|index| index + 10).0, "{scale}");
            let same = told(scale, decimals, &|index| index);
            assert!(
                matches!(same, (false, Rebase::Known { .. })),
                "{scale}: {same:?}"
            );
        }
        // at other times, or of another market
        for (scale, decimals) in [(0.08, 1e5), (0.000_012_3, 1e8)] {
            let (_, other) = told(scale, decimals, &|index| index + 100);
            assert!(matches!(other, Rebase::Other(_)), "{scale}: {other:?}");
        }
    }

    #[test]
    fn minutes_of_one_price_are_told_from_their_neighbours_by_what_was_traded() {
        // of a share at 2 dollars: most stay where they are, none moves by more than a cent, and each begins where the one before ended
        let close =
            |at: usize| 2.0 + [0.0, 0.01, 0.01, 0.01, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0][at % 10];
        let minute = |at: usize| {
            let (open, close) = (close(at + 9), close(at));
            let low = lesser(open, close);
            let high = if low < open { open } else { close };
            ([open, high, low, close], (100 + at * 37 % 211) as f64)
        };
        let told = |received: &dyn Fn(usize) -> usize| {
            let mut comparison = Comparison::new(0.01, true);
            for index in 1..=200 {
                comparison.push(&CommonBar {
                    start: Timestamp::from_seconds(index as i64 * 60),
                    stored: minute(index),
                    received: minute(received(index)),
                    factors: (1.0, 1.0),
                    is_last: index == 200,
                    is_sum: false,
                });
            }
            comparison.finish()
        };
        for (late, beside) in [(0, Beside::After), (2, Beside::Before)] {
            let Rebase::Other(found) = told(&|index| index + 1 - late) else {
                panic!("bars of one price that are one bar off");
            };
            assert_eq!(found.beside, Some(beside));
        }
        assert!(matches!(told(&|index| index), Rebase::Known { .. }));
    }
}
