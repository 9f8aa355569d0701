//! Total return.

use super::{RunData, Stat};

/// `final equity / initial equity − 1`.
pub(super) fn total_return(run: &RunData<'_>) -> Stat {
    let last = run.equity.last().copied().unwrap_or(run.initial_equity);
    Stat::finite(last / run.initial_equity - 1.0)
}
