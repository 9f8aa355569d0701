//! What a run leaves behind, gathered into what the metrics are computed from.

use super::Prepared;
use crate::base::time::Day;
use crate::market::bars::Instrument;
use crate::research::metrics::{Benchmark, RunData};
use crate::research::run_config::RunConfig;
use crate::trading::portfolio::Trade;

/// How a run went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course<'a> {
    /// Equity at bar closes.
    pub(super) equity: &'a [f64],
    pub(super) trades: &'a [Trade],
    /// Bars in which a position was open at any time.
    pub(super) bars_in_position: u64,
    /// The notional of all executions, in account currency.
    pub(super) traded_notional: f64,
}

/// A run's equity and trades with what belongs to them: session closes, the benchmark, what was traded.
pub(super) struct Gathered<'a> {
    prepared: &'a Prepared,
    initial_equity: f64,
    risk_free: f64,
    course: Course<'a>,
    session_equity: Vec<f64>,
    session_days: Vec<Day>,
    point_values: [f64; 1],
}

impl<'a> Gathered<'a> {
    pub(super) fn new(
        prepared: &'a Prepared,
        instrument: &Instrument,
        config: &RunConfig,
        course: Course<'a>,
    ) -> Self {
        let bars = prepared.bars();
        let closes = bars.session_closes().iter();
        let (session_equity, session_days) = closes
            .filter_map(|&bar| Some((course.equity.get(bar)?, bars.session().get(bar)?)))
            .unzip();
        Self {
            prepared,
            initial_equity: config.initial_equity,
            risk_free: config.risk_free,
            course,
            session_equity,
            session_days,
            point_values: [instrument.multiplier * config.fx],
        }
    }

    /// Buy-and-hold over the same bars, adjusted for corporate actions: dividends are invested again.
    pub(super) fn benchmark(&self) -> Benchmark {
        let bars = self.prepared.bars();
        let series = self.prepared.adjusted();
        match series.open().first() {
            Some(&open) => Benchmark::buy_and_hold(
                self.initial_equity,
                open,
                series.close(),
                bars.session_closes(),
            ),
            None => Benchmark::default(),
        }
    }

    /// All of it, beside a benchmark.
    pub(super) fn beside<'b>(&'b self, benchmark: &'b Benchmark) -> RunData<'b> {
        RunData {
            benchmark_equity: &benchmark.equity,
            benchmark_session_equity: &benchmark.session_equity,
            ..self.alone()
        }
    }

    /// All of it but a benchmark.
    pub(super) fn alone(&self) -> RunData<'_> {
        let bars = self.prepared.bars();
        let starts = bars.series().start();
        RunData {
            starts,
            ends: bars.end(),
            session_days: &self.session_days,
            trades: self.course.trades,
            span: starts.first().copied().zip(bars.end().last().copied()),
            interval: bars.series().interval(),
            bars_in_position: self.course.bars_in_position,
            traded_notional: self.course.traded_notional,
            point_values: &self.point_values,
            risk_free: self.risk_free,
            ..RunData::curve(
                self.initial_equity,
                self.course.equity,
                &self.session_equity,
                bars.calendar().sessions_per_year(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};
    use crate::research::backtest::backtest;
    use crate::research::metrics::{Dialect, Headline, Stat};

    #[test]
    fn a_run_and_its_benchmark_are_judged_by_the_same_bars() {
        let market = Simulation {
            to: Day(SAMPLE.from.0 + 60),
            ..SAMPLE
        };
        let config = RunConfig::default();
        let minutes = simulate(&market).unwrap();
        let bars = resample(&minutes, config.interval, Calendar::Nyse)
            .unwrap()
            .bars;
        let prepared = Prepared::new(bars, config.prediction).unwrap();
        let instrument = Instrument::us_share("SIM");
        let run = backtest(&prepared, &instrument, &config).unwrap();
        assert!(run.trades.len() > 5);

        let gathered = Gathered::new(&prepared, &instrument, &config, run.course());
        let data = gathered.beside(&run.benchmark);
        assert_eq!(Headline::of(&data), run.headline);
        assert_eq!(data.session_days.len(), data.session_equity.len());
        let last = prepared.bars().closes_session().enumerate();
        let last: Vec<usize> = last.filter_map(|(bar, is)| is.then_some(bar)).collect();
        assert_eq!(prepared.bars().session_closes(), last);
        assert!(last.len() > 30);
        assert_eq!(
            data.session_equity.len(),
            data.benchmark_session_equity.len()
        );
        let held: u64 = run.trades.iter().map(|trade| trade.bars_held).sum();
        assert!(run.bars_in_position > 0 && run.bars_in_position <= held);
        let closes = prepared.bars().series().close();
        let expected = closes.last().unwrap() / prepared.bars().series().open()[0] - 1.0;
        let total = run.benchmark_metrics.total_return.value().unwrap();
        assert!((total - expected).abs() < 1e-12);
        for dialect in Dialect::ALL {
            let metrics = run.metrics_in(dialect, &prepared, &instrument, &config);
            let present = metrics
                .iter()
                .filter(|metric| matches!(metric.stat, Stat::Value(_)));
            assert!(present.count() > metrics.len() / 2, "{}", dialect.name());
        }
    }
}
