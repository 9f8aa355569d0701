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

#[cfg(test)]
mod tests {
    use super::super::{Axis, Inputs, Measure, Method, Results, Sweeper, identity, run};
    use super::*;
    use crate::base::time::{BarInterval, Day};
    use crate::market::bars::{Instrument, SessionBars};
    use crate::market::curate::resample;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};
    use crate::research::backtest::Index;
    use crate::research::metrics::{Absent, Stat};
    use crate::signal::prediction::{
        PredictionRow, PredictionSeries, Target, TargetField, TargetKind,
    };

    fn bars() -> SessionBars {
        let to = Day(SAMPLE.from.0 + 30);
        let minutes = simulate(&Simulation { to, ..SAMPLE }).unwrap();
        let calendar = Instrument::us_share("SIM").calendar;
        let cut = resample(&minutes, BarInterval::minutes(60), calendar);
        cut.unwrap().bars
    }

    fn sweep(axes: &[&str]) -> SweepSpec {
        let base = RunConfig {
            interval: BarInterval::minutes(60),
            ..RunConfig::default()
        };
        let axes = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
        SweepSpec::new(base, axes, Method::Grid).unwrap()
    }

    fn equity(spec: &SweepSpec, prepared: &Prepared) -> Vec<Stat> {
        let instrument = Instrument::us_share("SIM");
        let index = Index::new(prepared, &instrument).unwrap();
        let done = run(spec, 0..spec.trials(), &mut Sweeper::new(&index)).unwrap();
        done.columns.final_equity
    }

    #[test]
    fn a_trial_without_its_data_has_no_run_and_the_others_are_run() {
        let lacks = Stat::Absent(Absent::NoData);
        for (axis, without, reason) in [
            (
                "strategy=predicted_move,signals",
                1,
                RunError::SignalsMissing,
            ),
            ("fills.intrabar=refined,path", 0, RunError::FinerMissing),
        ] {
            let spec = sweep(&[axis]);
            let prepared = Prepared::new(bars(), spec.base().prediction).unwrap();
            let equity = equity(&spec, &prepared);
            assert_eq!(equity[without], lacks, "{axis}");
            assert!(equity[1 - without].value().is_some(), "{axis}");
            let why = |trial| why_without(&spec, trial, &prepared);
            assert_eq!(why(without as u64), Some(reason));
            assert_eq!(why(1 - without as u64), None);
            assert_eq!(AtHand::of(&prepared).lacks_for_all(&spec), None);
        }
        for (axis, reason) in [
            ("strategy=signals", RunError::SignalsMissing),
            ("fills.intrabar=refined", RunError::FinerMissing),
            ("prediction.source=series", RunError::NoSeries),
        ] {
            let prepared = Prepared::new(bars(), RunConfig::default().prediction).unwrap();
            let lacking = AtHand::of(&prepared).lacks_for_all(&sweep(&[axis]));
            assert_eq!(lacking, Some(reason));
        }
        // what was not run counts as done
        let spec = sweep(&["strategy=predicted_move,signals"]);
        let mut results = Results::new(&spec);
        assert!(results.take(&super::super::without_data(&spec, 0..2)));
        assert_eq!(
            (results.count(), results.stat(Measure::Sharpe, 1)),
            (2, Some(lacks))
        );
    }

    #[test]
    fn a_sweep_runs_on_what_its_trials_trade() {
        let target = Target {
            field: TargetField::Close,
            kind: TargetKind::LogReturn,
            horizon_bars: 3,
        };
        let series = |value: f32| {
            let row = |&for_bar| PredictionRow {
                for_bar,
                value,
                in_sample: false,
                confidence: None,
            };
            let rows = bars().series().start().iter().map(row).collect();
            PredictionSeries::new(target, rows).unwrap()
        };
        let known = |axes: &[&str], source: &str, given: Option<f32>| {
            let spec = sweep(axes);
            let mut prediction = RunConfig::default().prediction;
            prediction.source = Source::named(source, 1).unwrap();
            let prepared = Prepared::new(bars(), prediction).unwrap();
            let prepared = match given {
                Some(value) => prepared.with_given(series(value)),
                None => prepared,
            };
            let inputs = Inputs::of(&spec, &prepared, &Instrument::us_share("SIM")).unwrap();
            identity(&spec, &inputs).unwrap()
        };
        // whatever is prepared where trials predict by themselves, and whatever is given where none trades it
        let computed = ["prediction.source=drift,noise"];
        assert_eq!(
            known(&computed, "drift", None),
            known(&computed, "oracle", Some(0.1))
        );
        let given = ["prediction.source=drift,series"];
        assert_eq!(
            known(&given, "drift", Some(0.1)),
            known(&given, "noise", Some(0.1))
        );
        assert_ne!(
            known(&given, "drift", Some(0.1)),
            known(&given, "drift", Some(0.2))
        );
        assert_ne!(
            known(&given, "drift", Some(0.1)),
            known(&given, "drift", None)
        );
        assert_ne!(
            known(&["entry=limit"], "drift", None),
            known(&["entry=limit"], "noise", None)
        );
    }
}
