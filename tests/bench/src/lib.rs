//! What the benches and the peers' other side share. The benches of this package are in `benches/`.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must stop"
)]

mod comparison;
mod sweeps;

pub use comparison::{Comparison, bars_as_csv};
pub use sweeps::Columns;

use atrium_shared::base::time::Day;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};

/// Minutes of a whole session.
const PER_SESSION: usize = 390;

/// Simulated minute bars in the sessions of the New York Stock Exchange, at least `count` of them and not many more.
///
/// # Panics
/// Where so many lie beyond the calendar.
pub fn minutes(count: usize) -> BarSeries {
    let days = (count.div_ceil(PER_SESSION) * 366 / 250) as i32;
    let market = Simulation {
        to: Day(SAMPLE.from.0 + days),
        ..SAMPLE
    };
    let Ok(bars) = simulate(&market) else {
        panic!(
            "{count} minutes from {} on lie beyond the calendar",
            SAMPLE.from
        );
    };
    bars
}
