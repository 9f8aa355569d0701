//! The step of prices as they are written: what an instrument's price step is held against, which may only have been assumed.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::bars::BarColumns;
use super::calendar::Calendar;
use super::instrument::Instrument;
use crate::base::digits::brief;

/// A number of more than seven digits was not rounded to be a price: what was adjusted, or held in 32 bits, has as many as there is
/// room for.
const MOST: f64 = 1e7;
/// So many powers of ten are tried, from whole numbers on.
const DECIMALS: usize = 13;
/// A price this close to a step, in steps, stands on it.
const ON_STEP: f64 = 1e-6;
/// No step that is taken from prices is finer.
const FINEST: f64 = 1e-9;
/// A step counts that one of so many prices needs.
const NEEDED: u64 = 10;
/// One of so many bars is looked at, the first one first.
const ONE_OF: usize = 8;
/// A step of fewer than so many parts of a price is coarse where one of [`NEEDED`] prices lies between steps: below a dollar shares, too,
/// are quoted in parts of a cent.
const FEW_PARTS: f64 = 100.0;
/// One of fewer than so many parts is where most prices do,
const PARTS: f64 = 1_000.0;
/// as this part of them: where they are of a step that is a tenth of it, nine of ten lie between its steps. Of shares above a dollar, whose
/// step is the cent, some trades are made in parts of a cent, and half of the means of two quotes are halves of one.
const MOST_OF: (u64, u64) = (3, 4);

fn is_whole(steps: f64) -> bool {
    steps > 0.5 && (steps - steps.round()).abs() <= ON_STEP
}

/// How many decimals a price has; `None` where it has more digits than prices have, which say nothing.
fn decimals(price: f64) -> Option<usize> {
    let parts = core::iter::successors(Some(1.0), |parts| Some(parts * 10.0));
    let parts = parts
        .take(DECIMALS)
        .take_while(|parts| price * parts < MOST);
    parts
        .enumerate()
        .find(|(_, parts)| is_whole(price * parts))
        .map(|(decimals, _)| decimals)
}

/// The step of so many decimals.
fn step_of(decimals: usize) -> f64 {
    let parts: f64 = core::iter::repeat_n(10.0, decimals).product();
    1.0 / parts
}

/// The step that a price is rounded to: the tick where it stands on one, else the power of ten of its last decimal; `None` where it
/// has more digits than prices have, which say nothing.
pub fn rounded_to(price: f64, tick: f64) -> Option<f64> {
    match is_whole(price / tick) {
        true => Some(tick),
        false => decimals(price).map(step_of),
    }
}

/// Counts the steps of prices.
#[derive(Debug, Clone)]
pub struct PriceSteps {
    tick: f64,
    /// So many bars were taken, those that are not looked at among them.
    bars: usize,
    prices: u64,
    /// Prices that do not stand on a tick, by their decimals.
    by_decimals: [u64; DECIMALS],
    /// Prices that do not stand on a tick, and of which a tick is one of fewer than [`PARTS`] parts.
    coarse: u64,
    /// Those of which it is one of fewer than [`FEW_PARTS`].
    very_coarse: u64,
}

/// What prices say of an instrument's price step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum PriceStep {
    /// It was only assumed, and prices show a finer one, which was taken.
    Taken {
        /// The step that was assumed, in price units.
        assumed: f64,
        /// The step that prices show.
        step: f64,
    },
    /// It stays, and it is a large part of prices that do not stand on it.
    Coarse {
        /// The step, in price units.
        step: f64,
    },
}

impl fmt::Display for PriceStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Taken { assumed, step } => write!(
                f,
                "{}, as the prices show; {} is usual, but too coarse for them",
                brief(step),
                brief(assumed)
            ),
            Self::Coarse { step } => write!(
                f,
                "{} is coarse for these prices, which lie between its steps: orders and stops stand on steps, so hardly any may be possible",
                brief(step)
            ),
        }
    }
}

impl PriceSteps {
    /// Of prices whose step is stated, or assumed, to be a tick.
    pub const fn new(tick: f64) -> Self {
        Self {
            tick,
            bars: 0,
            prices: 0,
            by_decimals: [0; DECIMALS],
            coarse: 0,
            very_coarse: 0,
        }
    }

    /// Whether an instrument has the price step that is assumed of any coin, whatever its price.
    pub fn is_assumed(instrument: &Instrument) -> bool {
        let usual = Instrument::crypto_pair("").tick_size;
        let ticks = instrument.tick_size / usual;
        instrument.calendar == Calendar::Crypto && (ticks - 1.0).abs() < ON_STEP
    }

    /// Takes some prices of bars, as many as tell a step: the same ones, in whatever parts the bars come.
    pub fn look_at(&mut self, bars: &BarColumns) {
        let next = self.bars.next_multiple_of(ONE_OF) - self.bars;
        for prices in [&bars.open, &bars.high, &bars.low, &bars.close] {
            let some = prices.iter().skip(next).step_by(ONE_OF);
            some.for_each(|price| self.push(*price));
        }
        self.bars += bars.open.len();
    }

    /// Takes a price.
    pub fn push(&mut self, price: f64) {
        self.prices += 1;
        let ticks = price / self.tick;
        if is_whole(ticks) {
            return;
        }
        self.coarse += u64::from(ticks < PARTS);
        self.very_coarse += u64::from(ticks < FEW_PARTS);
        let count = decimals(price).and_then(|decimals| self.by_decimals.get_mut(decimals));
        if let Some(count) = count {
            *count += 1;
        }
    }

    /// What the prices say; `assumed` says that nobody stated the step.
    pub fn told(&self, assumed: bool) -> Option<PriceStep> {
        let mut needed = 0;
        let finest = self
            .by_decimals
            .iter()
            .enumerate()
            .rev()
            .find(|(_, count)| {
                needed += **count;
                needed > 0 && needed * NEEDED >= self.prices
            });
        let step = finest.map(|(decimals, _)| step_of(decimals));
        let finer = step.filter(|step| assumed && *step < self.tick && *step >= FINEST);
        match finer {
            Some(step) => Some(PriceStep::Taken {
                assumed: self.tick,
                step,
            }),
            None => self
                .is_coarse()
                .then_some(PriceStep::Coarse { step: self.tick }),
        }
    }

    /// Whether a tick is a large part of prices that do not stand on it.
    fn is_coarse(&self) -> bool {
        let (of, parts) = MOST_OF;
        let some_are = self.very_coarse > 0 && self.very_coarse * NEEDED >= self.prices;
        some_are || self.coarse > 0 && self.coarse * parts >= self.prices * of
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;

    #[test]
    fn prices_show_the_step_that_they_are_rounded_to() {
        for (price, tick, step) in [
            (512.25, 0.01, Some(0.01)),
            (5_012.25, 0.25, Some(0.25)),
            (38_000.0, 0.01, Some(0.01)),
            (0.081_23, 0.01, Some(1e-5)),
            (0.000_012_34, 0.01, Some(1e-8)),
            (0.000_000_812, 0.01, Some(1e-9)),
            (0.000_000_000_12, 0.01, Some(1e-11)),
            (580.125, 0.01, Some(1e-3)),
            // adjusted, and held in 32 bits
            (100.123_456_78, 0.01, None),
            (f64::from(100.12_f32), 0.01, None),
            (f64::from(0.55_f32), 0.01, None),
            (61_234.567_8, 0.01, None),
        ] {
            let told = rounded_to(price, tick);
            let is_like = |(one, other): (f64, f64)| (one / other - 1.0).abs() < 1e-12;
            let is_same = told.zip(step).map_or(told == step, is_like);
            assert!(is_same, "{price}: {told:?}");
        }
    }

    #[test]
    fn a_step_that_was_assumed_is_taken_from_prices_and_one_that_was_stated_stays() {
        let told = |prices: &dyn Fn(u32) -> f64, assumed: bool| {
            let mut steps = PriceSteps::new(0.01);
            (0..200).for_each(|at| steps.push(prices(at)));
            steps.told(assumed)
        };
        let taken = |step: f64| {
            Some(PriceStep::Taken {
                assumed: 0.01,
                step,
            })
        };
        let coarse = Some(PriceStep::Coarse { step: 0.01 });
        let of =
            |least: f64, parts: f64| move |at: u32| (least * parts + f64::from(at)).round() / parts;
        let doge = of(0.08, 1e5);
        assert_eq!(
            (told(&doge, true), told(&doge, false)),
            (taken(1e-5), coarse)
        );
        assert_eq!(told(&of(0.000_012_3, 1e8), true), taken(1e-8));
        // fine enough, whatever it is
        let sol = of(150.0, 1e3);
        assert_eq!((told(&sol, true), told(&sol, false)), (taken(1e-3), None));
        let bitcoin = of(60_000.0, 1e2);
        assert_eq!((told(&bitcoin, true), told(&bitcoin, false)), (None, None));
        assert_eq!(told(&of(60_000.0, 1.0), true), None);
        // numbers in 32 bits and adjusted ones show no step, and one of many prices is none
        let noise = |at: u32| f64::from(0.55_f32 + at as f32 / 1e4);
        assert_eq!((told(&noise, true), told(&noise, false)), (coarse, coarse));
        assert_eq!(
            told(&|at| 100.123_456_78 * (1.0 + f64::from(at) / 1e4), true),
            None
        );
        assert_eq!(
            told(&|at| if at % 20 == 0 { 0.081_23 } else { 0.08 }, true),
            None
        );
        // nothing but dust is finer than any step
        assert_eq!(told(&of(0.000_000_000_12, 1e12), true), coarse);
        assert_eq!(PriceSteps::new(0.01).told(true), None);
    }

    #[test]
    fn cents_are_not_coarse_of_a_share_that_trades_in_parts_of_a_cent_at_times() {
        let told = |dollars: f64, odd: &dyn Fn(u32) -> f64| {
            let mut steps = PriceSteps::new(0.01);
            for at in 0..200 {
                let cents = (dollars * 100.0).round() + f64::from(at * 7 % 31) + odd(at);
                steps.push(cents / 100.0);
            }
            steps.told(false)
        };
        let coarse = Some(PriceStep::Coarse { step: 0.01 });
        // every fourth trade within the spread, and the means of two quotes
        let within = |at: u32| if at % 4 == 1 { 0.37 } else { 0.0 };
        let halves = |at: u32| f64::from(at % 2) / 2.0;
        // adjusted for a split, as it were
        let all = |at: u32| f64::from(1 + at % 9) / 10.0;
        for dollars in [1.2, 5.0, 9.0] {
            assert_eq!(told(dollars, &within), None, "{dollars}");
            assert_eq!(told(dollars, &halves), None, "{dollars}");
            assert_eq!(told(dollars, &all), coarse, "{dollars}");
        }
        assert_eq!(told(12.0, &all), None);
        // below a dollar the step is finer
        assert_eq!((told(0.5, &within), told(0.5, &all)), (coarse, coarse));
    }

    #[test]
    fn bars_that_come_in_parts_are_looked_at_as_those_that_come_at_once() {
        let mut all = BarColumns::default();
        for at in 0..500_i64 {
            // each eighth bar has more digits
            let open = if at % 8 == 0 { 0.081_23 } else { 0.08 };
            all.push(Timestamp::from_seconds(at * 60), [open; 4], 1.0);
        }
        let counts = |part: usize| {
            let mut steps = PriceSteps::new(0.01);
            let mut rows = all.start.iter().zip(&all.open).peekable();
            while rows.peek().is_some() {
                let mut some = BarColumns::default();
                for (start, open) in rows.by_ref().take(part) {
                    some.push(*start, [*open; 4], 1.0);
                }
                steps.look_at(&some);
            }
            (steps.prices, steps.by_decimals)
        };
        let whole = counts(500);
        assert_eq!((whole.0, whole.1.get(5)), (252, Some(&252)));
        for part in [1, 3, 8, 100, 333, 499] {
            assert_eq!(counts(part), whole, "{part}");
        }
    }

    #[test]
    fn only_the_usual_step_of_coins_is_assumed() {
        assert!(PriceSteps::is_assumed(&Instrument::crypto_pair("DOGEUSDT")));
        assert!(!PriceSteps::is_assumed(&Instrument::us_share("SPY")));
        let stated = Instrument {
            tick_size: 0.001,
            ..Instrument::crypto_pair("XRPUSDT")
        };
        assert!(!PriceSteps::is_assumed(&stated));
    }
}
