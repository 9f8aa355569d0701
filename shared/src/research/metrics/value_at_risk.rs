//! Value at risk.

use super::stat::{Absent, Outcome};
use super::tails::Tails;

/// Historical value at risk at 95 %: the 5th percentile of session returns by linear interpolation, as a share of equity a
/// session; negative where it is a loss. Absent below twenty returns.
pub(super) fn value_at_risk(tails: Result<Tails, Absent>) -> Outcome {
    Ok(tails?.low)
}
