//! Broker commission.

use serde::{Deserialize, Serialize};

use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, within};

/// How a broker charges an order. Minimum and cap are of the whole order, however many executions it takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Commission {
    /// Nothing.
    None,
    /// `rate · quantity`, at least `minimum`, at most `cap_fraction · notional`; the cap wins over the minimum.
    PerShare {
        /// Account currency a share.
        rate: f64,
        /// The least an order costs, in account currency.
        minimum: f64,
        /// The most an order costs, as a share of its notional.
        cap_fraction: f64,
    },
    /// Interactive Brokers' tiered pricing of US shares: a rate a share that falls with the shares traded in the calendar
    /// month (UTC), each share at the rate of the tier it falls in, and clearing fees of 0.0002 a share; at least 0.35, at
    /// most 1 % of the notional. Exchange fees and rebates, which depend on the venue, are not part of it.
    IbTiered {
        /// Shares that were traded in each month before the run's own.
        monthly_shares: f64,
    },
    /// A share of the notional beside a fixed amount, at least `minimum`.
    Percent {
        /// Per cent of the notional: 0.1 is ten basis points.
        percent: f64,
        /// Account currency an order.
        #[serde(default)]
        fixed: f64,
        /// The least an order costs, in account currency.
        #[serde(default)]
        minimum: f64,
    },
    /// So much for each unit of the instrument: a future's contract.
    PerContract {
        /// Account currency a contract.
        rate: f64,
    },
    /// So much for each order.
    PerTrade {
        /// Account currency an order.
        amount: f64,
    },
}

/// Interactive Brokers' tiers for US shares: shares a month up to which the rate a share holds.
const TIERS: [(f64, f64); 5] = [
    (300_000.0, 0.0035),
    (3_000_000.0, 0.0020),
    (20_000_000.0, 0.0015),
    (100_000_000.0, 0.0010),
    (f64::INFINITY, 0.0005),
];
const CLEARING_PER_SHARE: f64 = 0.0002;
const TIERED_MINIMUM: f64 = 0.35;
const TIERED_CAP: f64 = 0.01;

impl Default for Commission {
    /// Interactive Brokers' fixed pricing of US shares: 0.005 a share, at least 1.00, at most 1 % of the notional.
    fn default() -> Self {
        Self::PerShare {
            rate: 0.005,
            minimum: 1.0,
            cap_fraction: 0.01,
        }
    }
}

/// What an order traded so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Traded {
    /// Quantity in units of the instrument.
    pub quantity: f64,
    /// Notional in account currency.
    pub notional: f64,
    /// Shares traded by the account in the calendar month before this order.
    pub month_before: f64,
}

impl Commission {
    /// The commission of an order that traded so much in all. Quantity and notional are not negative.
    #[inline(always)]
    pub fn charge(&self, order: Traded) -> f64 {
        let Traded {
            quantity, notional, ..
        } = order;
        match *self {
            Self::None => 0.0,
            Self::PerShare {
                rate,
                minimum,
                cap_fraction,
            } => at_most(cap_fraction * notional, at_least(minimum, rate * quantity)),
            Self::IbTiered { monthly_shares } => {
                let tiered = tiered(monthly_shares + order.month_before, quantity);
                at_most(
                    TIERED_CAP * notional,
                    at_least(TIERED_MINIMUM, tiered + CLEARING_PER_SHARE * quantity),
                )
            }
            Self::Percent {
                percent,
                fixed,
                minimum,
            } => at_least(minimum, fixed + percent / 100.0 * notional),
            Self::PerContract { rate } => rate * quantity,
            Self::PerTrade { amount } => amount,
        }
    }

    /// The fixed amount of an order and the rate of its notional, where that is all that the model is.
    pub fn fixed_and_rate(&self) -> Option<(f64, f64)> {
        match *self {
            Self::None => Some((0.0, 0.0)),
            Self::Percent {
                percent,
                fixed,
                minimum,
            } if minimum <= 0.0 => Some((fixed, percent / 100.0)),
            Self::PerTrade { amount } => Some((amount, 0.0)),
            _ => None,
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        match *self {
            Self::None => Ok(()),
            Self::PerShare {
                rate,
                minimum,
                cap_fraction,
            } => {
                within("commission.rate", rate, 0.0, 1e6)?;
                within("commission.minimum", minimum, 0.0, 1e6)?;
                within("commission.cap_fraction", cap_fraction, 0.0, 1.0)
            }
            Self::IbTiered { monthly_shares } => {
                within("commission.monthly_shares", monthly_shares, 0.0, 1e12)
            }
            Self::Percent {
                percent,
                fixed,
                minimum,
            } => {
                within("commission.percent", percent, 0.0, 100.0)?;
                within("commission.fixed", fixed, 0.0, 1e6)?;
                within("commission.minimum", minimum, 0.0, 1e6)
            }
            Self::PerContract { rate } => within("commission.rate", rate, 0.0, 1e6),
            Self::PerTrade { amount } => within("commission.amount", amount, 0.0, 1e6),
        }
    }

    /// Feeds the model. The codes are part of digests: they never change.
    pub fn feed(&self, hasher: &mut Hasher) {
        let (code, values) = match *self {
            Self::None => (0, [0.0; 3]),
            Self::PerShare {
                rate,
                minimum,
                cap_fraction,
            } => (1, [rate, minimum, cap_fraction]),
            Self::IbTiered { monthly_shares } => (2, [monthly_shares, 0.0, 0.0]),
            Self::Percent {
                percent,
                fixed,
                minimum,
            } => (3, [percent, fixed, minimum]),
            Self::PerContract { rate } => (4, [rate, 0.0, 0.0]),
            Self::PerTrade { amount } => (5, [amount, 0.0, 0.0]),
        };
        hasher.code(code);
        values.iter().for_each(|&value| hasher.f64(value));
    }
}

/// What `quantity` shares cost after `before` shares of the month, each at the rate of its tier.
fn tiered(before: f64, quantity: f64) -> f64 {
    let mut cost = 0.0;
    let mut from = before;
    let mut left = quantity;
    for (up_to, rate) in TIERS {
        let room = at_least(0.0, up_to - from);
        let here = at_most(room, left);
        cost += here * rate;
        from += here;
        left -= here;
    }
    cost
}

fn at_least(least: f64, value: f64) -> f64 {
    if value < least { least } else { value }
}

fn at_most(most: f64, value: f64) -> f64 {
    if value > most { most } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(model: Commission, quantity: f64, notional: f64) -> f64 {
        model.charge(Traded {
            quantity,
            notional,
            month_before: 0.0,
        })
    }

    #[track_caller]
    fn assert_near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn per_share_has_a_floor_and_a_ceiling() {
        let fixed = Commission::default();
        assert_near(charge(fixed, 1_000.0, 50_000.0), 5.0);
        assert_near(charge(fixed, 10.0, 5_000.0), 1.0);
        assert_near(charge(fixed, 10.0, 50.0), 0.5);
        assert_near(charge(Commission::None, 10.0, 50.0), 0.0);
    }

    #[test]
    fn tiers_are_marginal_and_count_the_month() {
        let model = Commission::IbTiered {
            monthly_shares: 0.0,
        };
        assert_near(charge(model, 1_000.0, 50_000.0), 3.5 + 0.2);
        assert_near(charge(model, 10.0, 5_000.0), 0.35);
        assert_near(charge(model, 10.0, 20.0), 0.2);
        // 100,000 of the shares fall below 300,000, the rest above
        let later = Commission::IbTiered {
            monthly_shares: 200_000.0,
        };
        assert_near(
            charge(later, 150_000.0, 1e8),
            100_000.0 * 0.0035 + 50_000.0 * 0.0020 + 150_000.0 * 0.0002,
        );
        let by_own = later.charge(Traded {
            quantity: 1_000.0,
            notional: 1e6,
            month_before: 100_000.0,
        });
        assert_near(by_own, 2.0 + 0.2);
    }

    #[test]
    fn percent_contract_and_trade() {
        let percent = Commission::Percent {
            percent: 0.1,
            fixed: 0.0,
            minimum: 2.0,
        };
        assert_near(charge(percent, 1.0, 10_000.0), 10.0);
        assert_near(charge(percent, 1.0, 100.0), 2.0);
        assert_near(
            charge(Commission::PerContract { rate: 0.85 }, 3.0, 1e6),
            2.55,
        );
        assert_near(
            charge(Commission::PerTrade { amount: 4.95 }, 3.0, 1e6),
            4.95,
        );
        assert!(
            Commission::PerTrade { amount: f64::NAN }
                .validate()
                .is_err()
        );
    }
}
