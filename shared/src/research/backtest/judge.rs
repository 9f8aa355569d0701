//! What a run leaves behind, gathered into what the metrics are computed from.

use super::Prepared;
use crate::base::time::{Day, Timestamp};
use crate::market::bars::Instrument;
use crate::research::metrics::{Benchmark, RunData};
use crate::trading::portfolio::Trade;

/// A run's equity and trades with what belongs to them: session closes, the benchmark, what was traded.
pub(super) struct Gathered<'a> {
    prepared: &'a Prepared,
    initial_equity: f64,
    equity: &'a [f64],
    trades: &'a [Trade],
    session_equity: Vec<f64>,
    session_days: Vec<Day>,
    point_values: [f64; 1],
    bars_in_position: u64,
    traded_notional: f64,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(
        prepared: &'a Prepared,
        instrument: &Instrument,
        initial_equity: f64,
        equity: &'a [f64],
        trades: &'a [Trade],
    ) -> Self {
        let bars = prepared.bars();
        let closes = equity.iter().zip(bars.session()).zip(bars.closes_session());
        let (session_equity, session_days) = closes
            .filter_map(|((&equity, &day), last)| last.then_some((equity, day)))
            .unzip();
        let notional = trades
            .iter()
            .map(|trade| trade.quantity * (trade.entry_price + trade.exit_price));
        Self {
            prepared,
            initial_equity,
            equity,
            trades,
            session_equity,
            session_days,
            point_values: [instrument.multiplier],
            bars_in_position: bars_in_position(trades, bars.series().start()),
            traded_notional: instrument.multiplier * notional.sum::<f64>(),
        }
    }

    /// Buy-and-hold over the same bars.
    pub(super) fn benchmark(&self) -> Benchmark {
        let bars = self.prepared.bars();
        let series = bars.series();
        match series.open().first() {
            Some(&open) => Benchmark::buy_and_hold(
                self.initial_equity,
                open,
                series.close(),
                bars.closes_session(),
            ),
            None => Benchmark::default(),
        }
    }

    /// All of it, beside a benchmark.
    pub(super) fn beside<'b>(&'b self, benchmark: &'b Benchmark) -> RunData<'b> {
        let bars = self.prepared.bars();
        let starts = bars.series().start();
        RunData {
            starts,
            ends: bars.end(),
            session_days: &self.session_days,
            trades: self.trades,
            span: starts.first().copied().zip(bars.end().last().copied()),
            interval: bars.series().interval(),
            bars_in_position: self.bars_in_position,
            traded_notional: self.traded_notional,
            point_values: &self.point_values,
            benchmark_equity: &benchmark.equity,
            benchmark_session_equity: &benchmark.session_equity,
            ..RunData::curve(
                self.initial_equity,
                self.equity,
                &self.session_equity,
                bars.calendar().sessions_per_year(),
            )
        }
    }
}

/// Bars in which a position was open at any time: the union of the trades' bars, those of entry and exit included.
fn bars_in_position(trades: &[Trade], starts: &[Timestamp]) -> u64 {
    let bar_of = |at: Timestamp| starts.partition_point(|start| *start <= at);
    let mut spans: Vec<(usize, usize)> = trades
        .iter()
        .map(|trade| (bar_of(trade.entry_at), bar_of(trade.exit_at)))
        .collect();
    spans.sort_unstable();
    let mut covered_to = 0;
    let mut bars = 0;
    for (entry, exit) in spans {
        let from = entry.max(covered_to + 1);
        if exit >= from {
            bars += exit - from + 1;
            covered_to = exit;
        }
    }
    bars as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;
    use crate::market::simulate::{SAMPLE, Simulation, simulate};
    use crate::research::backtest::backtest;
    use crate::research::metrics::{Dialect, Headline, Stat};
    use crate::research::run_config::RunConfig;

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

        let gathered = Gathered::new(
            &prepared,
            &instrument,
            config.initial_equity,
            &run.equity,
            &run.trades,
        );
        let data = gathered.beside(&run.benchmark);
        assert_eq!(Headline::of(&data), run.headline);
        assert_eq!(data.session_days.len(), data.session_equity.len());
        assert_eq!(
            data.session_equity.len(),
            data.benchmark_session_equity.len()
        );
        let held: u64 = run.trades.iter().map(|trade| trade.bars_held).sum();
        assert!(gathered.bars_in_position <= held);
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

    #[test]
    fn bars_that_two_trades_share_count_once() {
        let starts: Vec<Timestamp> = (0..10).map(Timestamp::from_seconds).collect();
        let spans = |spans: &[(usize, usize)]| {
            let shape = crate::research::metrics::example_trade(1.0);
            let trades: Vec<Trade> = spans
                .iter()
                .map(|&(entry, exit)| Trade {
                    entry_at: starts[entry],
                    exit_at: starts[exit],
                    ..shape
                })
                .collect();
            bars_in_position(&trades, &starts)
        };
        assert_eq!(spans(&[]), 0);
        assert_eq!(spans(&[(0, 0)]), 1);
        assert_eq!(spans(&[(2, 4), (6, 6)]), 4);
        assert_eq!(spans(&[(2, 4), (4, 5)]), 4, "out and in again in one bar");
        assert_eq!(spans(&[(3, 3), (1, 8)]), 8, "two instruments");
    }
}
