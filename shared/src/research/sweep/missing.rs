//! Trials whose data are missing: they have no run, and the others are run all the same.

use super::spec::{SweepSpec, Use};
use crate::research::backtest::{Prepared, RunError};
use crate::research::run_config::RunConfig;
use crate::signal::source::Source;
use crate::trading::fills::Intrabar;
use crate::trading::strategy::Strategy;

/// What there is beside bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtHand {
    /// Signals.
    pub signals: bool,
    /// A series of predictions.
    pub series: bool,
    /// Finer bars.
    pub finer: bool,
}

impl AtHand {
    /// What was prepared.
    pub fn of(prepared: &Prepared) -> Self {
        Self {
            signals: prepared.signals_digest().is_some(),
            series: prepared.has_given(),
            finer: prepared.has_finer(),
        }
    }

    /// What a configuration needs and is not there.
    pub fn lacks(self, config: &RunConfig) -> Option<RunError> {
        let trades_signals = matches!(config.strategy, Strategy::Signals(_));
        let trades_series = config.prediction.source == Source::Series;
        let refines = config.fills.intrabar == Intrabar::Refined;
        let needs = [
            (trades_signals && !self.signals, RunError::SignalsMissing),
            (trades_series && !self.series, RunError::NoSeries),
            (refines && !self.finer, RunError::FinerMissing),
        ];
        let mut lacking = needs.into_iter().filter(|(lacks, _)| *lacks);
        lacking.next().map(|(_, error)| error)
    }

    /// What every trial of a sweep needs and is not there, as far as one parameter by itself decides that.
    pub fn lacks_for_all(self, spec: &SweepSpec) -> Option<RunError> {
        let needs = [
            (spec.signals(), self.signals, RunError::SignalsMissing),
            (spec.series(), self.series, RunError::NoSeries),
            (spec.finer_bars(), self.finer, RunError::FinerMissing),
        ];
        let mut lacking = needs
            .into_iter()
            .filter(|(needed, there, _)| *needed == Use::Always && !there);
        lacking.next().map(|(_, _, error)| error)
    }
}

/// Why a trial has no run on what is prepared; `None` where it has one, or only its values contradict each other.
pub fn why_without(spec: &SweepSpec, trial: u64, prepared: &Prepared) -> Option<RunError> {
    let config = spec.config(trial).ok()?;
    AtHand::of(prepared).lacks(&config).or_else(|| {
        let mut own = prepared.clone();
        own.predict_by(config.prediction).err()
    })
}
