//! Costs, a small model each, in account currency.
//!
//! To add one: write its file with a pure function and its parameters, and give [`Costs`] a field for it.

mod commission;

pub use commission::Commission;

use serde::{Deserialize, Serialize};

use crate::base::digest::Hasher;
use crate::base::units::OutOfBounds;

/// Everything that a trade costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// The broker's commission.
    pub commission: Commission,
}

impl Costs {
    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        self.commission.validate()
    }

    /// Feeds every model.
    pub fn feed(&self, hasher: &mut Hasher) {
        self.commission.feed(hasher);
    }
}
