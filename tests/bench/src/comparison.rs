//! What the comparison with other tools (`peers/peers.py`) runs here: the same rule on the same bars, native and WASM.
//!
//! The rule: while flat, buy where the close is above the close ten bars earlier, otherwise sell short; stop 1 %, target 2 %,
//! entry at the next open, no costs. Timed are the fill rules of dialect `atrium`, by skipping as every run of it is made, and by walking;
//! walked once more as backtesting.py fills, whose trades are to be as many as its own.

use std::fmt::Write as _;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::research::backtest::{
    Backtest, Plan, Prepared, Recorded, RunError, backtest, judge,
};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::fills::FillDialect;
use atrium_shared::trading::strategy::{Signals, Strategy};

/// Bars of the comparison.
const BARS: usize = 10_000;
const LOOKBACK: usize = 10;

/// The comparison's bars, simulated 5-minute bars, as CSV.
///
/// # Panics
/// If the calendar does not know the simulated days.
pub fn bars_as_csv() -> String {
    let market = Simulation {
        to: Day(SAMPLE.from.0 + 200),
        ..SAMPLE
    };
    let minutes = simulate(&market).expect("the market lies within the calendar");
    let cut = resample(&minutes, BarInterval::minutes(5), Calendar::Nyse).expect("bars");
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for (start, [open, high, low, close], volume) in cut.bars.series().rows().take(BARS) {
        writeln!(text, "{start},{open},{high},{low},{close},{volume}").expect("text grows");
    }
    text
}

/// The run to be timed, ready but for the run itself.
pub struct Comparison {
    prepared: Prepared,
    instrument: Instrument,
    config: RunConfig,
}

impl Comparison {
    /// Reads bars and computes the signals.
    ///
    /// # Panics
    /// If the text is not one of [`bars_as_csv`].
    pub fn of(csv: &str) -> Self {
        let series = read(csv);
        let signals = signals(&series);
        let mut config = RunConfig {
            interval: BarInterval::minutes(5),
            prediction: PredictionConfig {
                source: Source::None,
                ..PredictionConfig::default()
            },
            strategy: Strategy::Signals(Signals::default()),
            costs: Costs::FREE,
            initial_equity: 1e9,
            ..RunConfig::default()
        };
        config.policy.min_stop_spreads = 0.0;
        // levels of the peers do not round to cents
        let instrument = Instrument {
            tick_size: 1e-6,
            ..Instrument::us_share("SIM")
        };
        let bars = SessionBars::new(series, Calendar::Nyse).expect("sessions");
        let prepared = Prepared::new(bars, config.prediction).expect("prepared");
        Self {
            prepared: prepared.with_signals(&signals).expect("signals"),
            instrument,
            config,
        }
    }

    /// A backtest with every metric and both digests; how many trades it made.
    ///
    /// # Panics
    /// If the run fails.
    pub fn whole(&self) -> usize {
        let run = backtest(&self.prepared, &self.instrument, &self.config);
        run.expect("the run succeeds").trades.len()
    }

    /// The run alone, before it is judged; how many trades it made.
    ///
    /// # Panics
    /// If the run fails.
    pub fn alone(&self) -> usize {
        let run = Recorded::of(&self.prepared, &self.instrument, &self.config);
        run.expect("the run succeeds").trades.len()
    }

    /// The same as [`whole`](Self::whole) by walking every bar through the engine.
    ///
    /// # Panics
    /// If the run fails.
    pub fn whole_by_walking(&self) -> usize {
        let run = self.walked(&self.config);
        run.expect("the run succeeds").trades.len()
    }

    /// How many trades the rule makes, filled as backtesting.py does. Checks that the run that is timed skips, and that walking it gives the
    /// very same.
    ///
    /// # Panics
    /// If it does not.
    pub fn trades_as_backtesting_py(&self) -> usize {
        assert_eq!(self.prepared.plan(&self.config), Plan::Skip);
        let skipped = backtest(&self.prepared, &self.instrument, &self.config);
        assert_eq!(skipped, self.walked(&self.config));
        let mut config = self.config;
        config.fills.dialect = FillDialect::BacktestingPy;
        let run = self.walked(&config);
        run.expect("the run succeeds").trades.len()
    }

    fn walked(&self, config: &RunConfig) -> Result<Backtest, RunError> {
        let (prepared, instrument) = (&self.prepared, &self.instrument);
        let run = Recorded::by_walking(prepared, instrument, config)?;
        judge(prepared, instrument, config, run)
    }
}

fn read(text: &str) -> BarSeries {
    let mut columns = BarColumns::default();
    for line in text.lines().skip(1) {
        let (time, numbers) = line.split_once(',').expect("a time");
        let time = serde_json::from_value::<Timestamp>(time.into()).expect("a time");
        let mut numbers = numbers.split(',').map(|n| n.parse().expect("a number"));
        let mut next = || numbers.next().expect("six columns");
        columns.push(time, [next(), next(), next(), next()], next());
    }
    BarSeries::new(BarInterval::minutes(5), columns).expect("bars")
}

fn signals(bars: &BarSeries) -> SignalSeries {
    let before = std::iter::repeat_n(None, LOOKBACK).chain(bars.close().iter().map(Some));
    let rows = bars.start().iter().zip(bars.close()).zip(before);
    let rows = rows.map(|((&for_bar, &close), before)| {
        let rising = before.is_some_and(|before| close > *before);
        let (direction, sign) = if rising {
            (Direction::Long, 1.0)
        } else {
            (Direction::Short, -1.0)
        };
        SignalRow {
            for_bar,
            signal: Signal {
                direction,
                size: Some(1.0),
                target: Some(close * (1.0 + sign * 0.02)),
                stop: Some(close * (1.0 - sign * 0.01)),
            },
        }
    });
    SignalSeries::new(rows.collect()).expect("signals")
}
