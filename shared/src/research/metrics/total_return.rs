//! Total return.

use super::basis::Basis;
use super::stat::Outcome;

/// `final equity / initial equity − 1`, as a share.
pub(super) fn total_return(basis: &Basis<'_>) -> Outcome {
    Ok(basis.final_equity() / basis.run.initial_equity - 1.0)
}
