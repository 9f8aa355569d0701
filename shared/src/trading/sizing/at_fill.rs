//! Sizes as other tools find them when an entry fills: from its price and the cash then.

use super::{MOST_LOTS, Sizing, SizingMode, whole};
use crate::trading::costs::{Commission, Traded};
use crate::trading::fills::{FillDialect, Unsuitable};
use crate::trading::orders::Side;

/// An entry that is about to fill.
#[derive(Debug, Clone, Copy)]
pub struct AtFill<'a> {
    /// Which way.
    pub side: Side,
    /// The lots that were ordered; none where the sizing mode finds them.
    pub ordered: Option<i64>,
    /// The price before slippage and spread.
    pub price: f64,
    /// The price with both.
    pub paid: f64,
    /// The cash that is free, in account currency.
    pub cash: f64,
    /// Units of the instrument in a lot.
    pub lot_size: f64,
    /// Account currency for a price move of 1 on one lot.
    pub unit_value: f64,
    /// What the broker charges.
    pub commission: &'a Commission,
}

/// The share that backtesting.py means by all of the equity.
const ALL: f64 = 1.0 - f64::EPSILON;

/// vectorbt takes cash for enough that falls short by this share.
const ENOUGH: f64 = 1e-9;

impl Sizing {
    /// Whole lots of an entry as a dialect's tool finds them; 0 where it refuses the entry.
    ///
    /// backtesting.py buys `floor(cash · leverage · share / (paid + commission of share units / share))`, and cancels an order
    /// whose cost is more than `cash · leverage`. vectorbt buys `(cash · share − fixed) / (1 + rate) / paid` and sells short
    /// `(cash − fixed) · share / (1 + rate) / paid`; a notional is divided by the price; a long that costs more than the cash
    /// shrinks to what it pays for, a short is limited by nothing.
    pub fn at_fill(&self, dialect: FillDialect, entry: &AtFill<'_>) -> i64 {
        let lots = match dialect {
            FillDialect::BacktestingPy => self.by_backtesting_py(entry),
            FillDialect::Vectorbt => self.by_vectorbt(entry),
            FillDialect::Atrium => entry.ordered.unwrap_or(0) as f64,
        };
        if lots >= 1.0 {
            (if lots > MOST_LOTS { MOST_LOTS } else { lots }) as i64
        } else {
            0
        }
    }

    fn by_backtesting_py(&self, entry: &AtFill<'_>) -> f64 {
        let funds = entry.cash * self.leverage;
        let share = match (entry.ordered, self.mode) {
            (Some(lots), _) => {
                let lots = lots as f64;
                let cost = lots * entry.paid * entry.unit_value + entry.charge(lots);
                return if cost > funds { 0.0 } else { lots };
            }
            (None, SizingMode::EquityFraction(share)) => share,
            (None, _) => ALL,
        };
        let each = entry.paid * entry.unit_value + entry.charge(share) / share;
        floor_of_quotient(funds * share, each)
    }

    fn by_vectorbt(&self, entry: &AtFill<'_>) -> f64 {
        let (fixed, rate) = entry.commission.fixed_and_rate().unwrap_or((0.0, 0.0));
        let paid = entry.paid * entry.unit_value;
        let pays_for = |cash: f64| whole((cash - fixed) / (1.0 + rate) / paid);
        let of_cash = |share: f64| match entry.side {
            Side::Long => pays_for(entry.cash * share),
            Side::Short => whole((entry.cash - fixed) * share / (1.0 + rate) / paid),
        };
        let lots = match (entry.ordered, self.mode) {
            (Some(lots), _) => lots as f64,
            (None, SizingMode::EquityFraction(share)) => of_cash(share),
            (None, SizingMode::Notional(notional)) => {
                whole(notional / (entry.price * entry.unit_value))
            }
            (None, _) => of_cash(1.0),
        };
        let notional = lots * paid;
        match entry.side {
            Side::Short if notional * (1.0 - rate) < fixed => 0.0,
            Side::Long if notional * (1.0 + rate) + fixed > entry.cash * (1.0 + ENOUGH) => {
                pays_for(entry.cash)
            }
            _ => lots,
        }
    }

    /// Checks that a dialect's tool could find sizes so.
    ///
    /// # Errors
    /// [`Unsuitable`] naming the first option that it does not know.
    pub fn suit_the_fill(
        &self,
        dialect: FillDialect,
        commission: &Commission,
        reverses: bool,
    ) -> Result<(), Unsuitable> {
        let share = match self.mode {
            SizingMode::EquityFraction(share) => Some(share),
            SizingMode::AllIn => Some(1.0),
            _ => None,
        };
        let fraction = matches!(self.mode, SizingMode::EquityFraction(_));
        let by_notional = matches!(self.mode, SizingMode::Notional(_));
        let vectorbt = dialect == FillDialect::Vectorbt;
        let refused = [
            ("sizing.max_position", self.max_position.is_some()),
            (
                "sizing.mode notional",
                by_notional && dialect == FillDialect::BacktestingPy,
            ),
            (
                "sizing.mode equity_fraction",
                fraction
                    && share.is_some_and(|share| share >= if vectorbt { 1.0 + 1e-9 } else { 1.0 }),
            ),
            (
                "sizing.mode a share of cash with policy.on_opposite reverse",
                vectorbt && reverses && share.is_some(),
            ),
            (
                "sizing.leverage",
                vectorbt && self.leverage.to_bits() != 1.0f64.to_bits(),
            ),
            (
                "costs.commission",
                vectorbt && commission.fixed_and_rate().is_none(),
            ),
        ];
        match refused.iter().find(|(_, refused)| *refused) {
            Some(&(option, _)) => Err(Unsuitable { option, dialect }),
            None => Ok(()),
        }
    }
}

impl AtFill<'_> {
    /// The commission of so many lots at the price before the spread, as an order of its own.
    fn charge(&self, lots: f64) -> f64 {
        self.commission.charge(Traded {
            quantity: lots * self.lot_size,
            notional: lots * self.price * self.unit_value,
            month_before: 0.0,
        })
    }
}

/// The whole number of times that one number goes into another, to the last bit: a quotient that was rounded up to a whole
/// number is not.
fn floor_of_quotient(of: f64, by: f64) -> f64 {
    ((of - of % by) / by).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(commission: &Commission) -> AtFill<'_> {
        AtFill {
            side: Side::Long,
            ordered: None,
            price: 101.0,
            paid: 101.0,
            cash: 10_000.0,
            lot_size: 1.0,
            unit_value: 1.0,
            commission,
        }
    }

    fn by(mode: SizingMode) -> Sizing {
        Sizing {
            mode,
            ..Sizing::default()
        }
    }

    fn percent(percent: f64, fixed: f64) -> Commission {
        Commission::Percent {
            percent,
            fixed,
            minimum: 0.0,
        }
    }

    #[test]
    fn backtesting_py_spreads_a_fixed_commission_over_the_share() {
        let lots = |sizing: Sizing, commission: &Commission, price: f64| {
            let entry = AtFill {
                price,
                paid: price,
                ..entry(commission)
            };
            sizing.at_fill(FillDialect::BacktestingPy, &entry)
        };
        let half = by(SizingMode::EquityFraction(0.5));
        assert_eq!(lots(half, &Commission::None, 101.0), 49);
        // 5,000 / (101 + 5 / 0.5) is 45.05
        assert_eq!(lots(half, &percent(0.0, 5.0), 101.0), 45);
        // all of it is a last bit less than all
        assert_eq!(lots(by(SizingMode::AllIn), &Commission::None, 100.0), 99);
        assert_eq!(lots(by(SizingMode::AllIn), &Commission::None, 99.9), 100);
    }

    #[test]
    fn what_cannot_be_paid_is_cancelled_or_shrinks() {
        let free = Commission::None;
        let lots = |dialect, side, ordered| {
            let entry = AtFill {
                side,
                ordered: Some(ordered),
                ..entry(&free)
            };
            Sizing::default().at_fill(dialect, &entry)
        };
        let (py, vbt) = (FillDialect::BacktestingPy, FillDialect::Vectorbt);
        assert_eq!(lots(py, Side::Long, 99), 99);
        assert_eq!(lots(py, Side::Long, 100), 0);
        assert_eq!(lots(py, Side::Short, 100), 0);
        assert_eq!(lots(vbt, Side::Long, 99), 99);
        assert_eq!(lots(vbt, Side::Long, 100), 99);
        assert_eq!(lots(vbt, Side::Short, 1_000), 1_000);
    }

    #[test]
    fn vectorbt_takes_a_fixed_fee_off_the_share_of_a_long_and_off_the_cash_of_a_short() {
        let fees = percent(1.0, 100.0);
        let lots = |side, mode| {
            let entry = AtFill {
                side,
                price: 100.0,
                paid: 100.0,
                lot_size: 0.01,
                unit_value: 0.01,
                ..entry(&fees)
            };
            by(mode).at_fill(FillDialect::Vectorbt, &entry)
        };
        let half = SizingMode::EquityFraction(0.5);
        // 4,900 / 101 and 4,950 / 101
        assert_eq!(lots(Side::Long, half), 4_851);
        assert_eq!(lots(Side::Short, half), 4_900);
        assert_eq!(lots(Side::Short, SizingMode::Notional(1_000.0)), 1_000);
    }

    #[test]
    fn a_size_that_the_tool_cannot_find_is_refused() {
        let per_share = Commission::default();
        let suits = |sizing: Sizing, commission: &Commission, reverses| {
            [FillDialect::BacktestingPy, FillDialect::Vectorbt]
                .map(|dialect| sizing.suit_the_fill(dialect, commission, reverses).is_ok())
        };
        let free = Commission::None;
        let plain = Sizing::default();
        assert_eq!(suits(plain, &free, true), [true, true]);
        assert_eq!(suits(plain, &per_share, false), [true, false]);
        let geared = Sizing {
            leverage: 2.0,
            ..plain
        };
        assert_eq!(suits(geared, &free, false), [true, false]);
        let capped = Sizing {
            max_position: Some(1.0),
            ..plain
        };
        assert_eq!(suits(capped, &free, false), [false, false]);
        assert_eq!(
            suits(by(SizingMode::Notional(5.0)), &free, true),
            [false, true]
        );
        assert_eq!(
            suits(by(SizingMode::EquityFraction(1.0)), &free, false),
            [false, true]
        );
        assert_eq!(suits(by(SizingMode::AllIn), &free, true), [true, false]);
    }
}
