//! Broker commission.

use serde::{Deserialize, Serialize};

use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, within};

/// How a broker charges an execution.
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
}

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

impl Commission {
    /// The commission of one order that fills at once. `quantity` and `notional` are positive.
    pub fn charge(&self, quantity: f64, notional: f64) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::PerShare {
                rate,
                minimum,
                cap_fraction,
            } => {
                let by_share = rate * quantity;
                let at_least = if by_share < minimum {
                    minimum
                } else {
                    by_share
                };
                let cap = cap_fraction * notional;
                if at_least > cap { cap } else { at_least }
            }
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
        }
    }

    /// Feeds the model.
    pub fn feed(&self, hasher: &mut Hasher) {
        match *self {
            Self::None => hasher.code(0),
            Self::PerShare {
                rate,
                minimum,
                cap_fraction,
            } => {
                hasher.code(1);
                [rate, minimum, cap_fraction]
                    .iter()
                    .for_each(|&value| hasher.f64(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_share_has_a_floor_and_a_ceiling() {
        let fixed = Commission::default();
        assert_eq!(fixed.charge(1_000.0, 50_000.0).to_bits(), 5.0f64.to_bits());
        assert_eq!(fixed.charge(10.0, 5_000.0).to_bits(), 1.0f64.to_bits());
        assert_eq!(fixed.charge(10.0, 50.0).to_bits(), 0.5f64.to_bits());
        assert_eq!(
            Commission::None.charge(10.0, 50.0).to_bits(),
            0.0f64.to_bits()
        );
    }
}
