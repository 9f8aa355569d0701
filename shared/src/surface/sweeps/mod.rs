//! A sweep as people look at it: ranges that are proposed, cells over two axes, slices, ranks, lines, colours, exports. All of it
//! is arithmetic over [`Results`](crate::research::sweep::Results); what goes through every trial does so in steps, so that who
//! shows it can answer in between.

mod places;
mod propose;
mod scale;
mod brush;
mod plane;
mod frame;
mod survey;
mod slices;
mod words;
mod export;
mod report;

pub use brush::Brush;
pub use export::{command_line, csv_head, csv_rows};
pub use frame::{CellFrame, extremes, label_step};
pub use places::{Bins, Places};
pub use plane::{Cell, Gather, Others, Plane, PlaneOf};
pub use propose::{RangeText, axis_text, proposed_axes, proposed_values};
pub use report::{Given, Metric, Named, SweepReport, TrialReport};
pub use scale::{ColourScale, Ramp, pixels};
pub use slices::{Slice, SlicePoint, slices};
pub use survey::{Found, Spread, Survey};
pub use words::{estimate_words, measure_label, measure_meaning, rate_words, time_words};

#[cfg(test)]
mod tests {
    use crate::research::metrics::{Absent, Stat};
    use crate::research::run_config::RunConfig;
    use crate::research::sweep::{Axis, Columns, Method, Results, Stretch, SweepSpec};

    fn spec(axes: &[&str], method: Method) -> SweepSpec {
        let axes = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
        SweepSpec::new(RunConfig::default(), axes, method).unwrap()
    }

    pub(super) fn grid(axes: &[&str]) -> SweepSpec {
        spec(axes, Method::Grid)
    }

    pub(super) fn drawn(axes: &[&str], trials: u64) -> SweepSpec {
        spec(axes, Method::Random { trials, seed: 7 })
    }

    /// Every trial run, with the same value for every measure.
    pub(super) fn results(spec: &SweepSpec, value: impl Fn(u64) -> Option<f64>) -> Results {
        let trials = 0..spec.trials();
        let stat = |trial: u64| match value(trial) {
            Some(value) => Stat::Value(value),
            None => Stat::Absent(Absent::NoRun),
        };
        let stats: Vec<Stat> = trials.clone().map(stat).collect();
        let columns = Columns {
            final_equity: stats.clone(),
            sharpe: stats.clone(),
            trades: trials.clone().collect(),
            total_return: stats.clone(),
            cagr: stats.clone(),
            max_drawdown_session: stats.clone(),
            win_rate: stats.clone(),
            profit_factor: stats,
        };
        let mut results = Results::new(spec);
        assert!(results.take(&Stretch { trials, columns }));
        results
    }
}
