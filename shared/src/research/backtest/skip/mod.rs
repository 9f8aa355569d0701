//! Skipping: a run from exit to entry to exit, without looking at the bars between.
//!
//! [`Index`] lays prepared bars out once; [`plan()`] says how a configuration is run; a [`Run`] runs one. Nothing here is a second
//! engine: it calls the rules that [`Engine::step`](crate::trading::engine::Engine::step) and the simulated broker call, and a property
//! test holds both to the same bits.

mod plan;
mod extremes;
mod index;
mod candidates;
mod looked_up;
mod ledger;
mod run;
mod open;

pub use index::Index;
pub use plan::{Plan, Reason, plan};

pub(in crate::research) use candidates::{Candidates, Gates, known};
pub(in crate::research) use extremes::{Band, Extremes};
pub(in crate::research) use index::{Laid, directions};
pub(in crate::research) use ledger::{Entry, Leave, Ledger};
pub(in crate::research) use looked_up::LookedUp;
pub(in crate::research) use open::{Open, TimeExit, band};
pub(in crate::research) use run::Run;

use self::ledger::Records;
use super::{Recorded, RunError};
use crate::research::run_config::RunConfig;

/// Runs a configuration that can skip, and keeps all of it. `found` is what was looked up for others.
///
/// # Errors
/// [`RunError::SignalsMissing`] where it follows signals and there are none.
pub(in crate::research) fn record(
    index: &Index<'_>,
    config: &RunConfig,
    found: &mut LookedUp,
) -> Result<Recorded, RunError> {
    found.look_up(index, config);
    let terms = found.terms(index, config);
    let terms = terms.ok_or(RunError::SignalsMissing)?;
    let mut records = Records::of(index.len(), terms.candidates);
    let mut run = Run::new(index, config, terms, &mut records);
    run.go_on(0);
    let breaches = run.risk.breaches().to_vec();
    Ok(Recorded {
        trades: records.trades,
        equity: records.equity,
        no_trades: records.no_trades,
        // the gravest of several at one close is noted first
        halted: breaches.first().map(|breach| (breach.at, breach.halt)),
        breaches,
        bars_in_position: records.bars_in_position,
        traded_notional: records.traded_notional,
    })
}
