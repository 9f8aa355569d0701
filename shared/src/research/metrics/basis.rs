//! What several statistics of one run share, computed once.

use super::RunData;
use super::drawdown::Drawdowns;
use super::returns::Returns;
use super::stat::{Absent, Outcome};
use crate::base::math;

const MICROS_PER_DAY: f64 = 86_400e6;
const DAYS_PER_YEAR: f64 = 365.25;
/// Below it a yearly rate would be an extrapolation.
const SHORTEST_DAYS: f64 = 30.0;

/// A run with what is derived from it.
pub(super) struct Basis<'a> {
    pub(super) run: &'a RunData<'a>,
    /// Returns between session closes.
    pub(super) returns: Returns,
    /// Drawdowns at bar closes, and what else is found in one pass over them.
    pub(super) drawdowns: Drawdowns,
}

impl<'a> Basis<'a> {
    pub(super) fn new(run: &'a RunData<'a>) -> Self {
        Self {
            run,
            returns: Returns::of(run.initial_equity, run.session_equity),
            drawdowns: Drawdowns::of(run),
        }
    }

    /// Without what asks for a pass over all bars.
    pub(super) fn of_sessions(run: &'a RunData<'a>, returns: Returns) -> Self {
        Self {
            run,
            returns,
            drawdowns: Drawdowns::default(),
        }
    }

    /// Equity at the end.
    pub(super) fn final_equity(&self) -> f64 {
        let run = self.run;
        run.equity.last().copied().unwrap_or(run.initial_equity)
    }

    /// Years of 365.25 days from the first bar's start to the last bar's end; absent below 30 days.
    pub(super) fn years(&self) -> Outcome {
        Ok(self.days()? / DAYS_PER_YEAR)
    }

    /// `growth^(365.25 / days)`, the growth of a year; absent below 30 days and where nothing is left.
    pub(super) fn yearly(&self, growth: f64) -> Outcome {
        let days = self.days()?;
        if growth <= 0.0 {
            return Err(Absent::Ruined);
        }
        Ok(math::pow(growth, DAYS_PER_YEAR / days))
    }

    fn days(&self) -> Outcome {
        let span = self.run.span.map(|(first, last)| last.micros_since(first));
        let days = span.unwrap_or(0) as f64 / MICROS_PER_DAY;
        if days < SHORTEST_DAYS {
            return Err(Absent::ShorterThan30Days);
        }
        Ok(days)
    }
}
