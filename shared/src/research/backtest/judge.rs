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
