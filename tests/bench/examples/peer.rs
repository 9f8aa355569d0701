//! Our side of `peers/peers.py`: writes the bars of the comparison, and times the same rule on them.
//!
//! `peer write BARS.csv` writes 10,000 simulated 5-minute bars; `peer time BARS.csv` prints one JSON object of names and seconds,
//! medians. The rule: while flat, buy where the close is above the close ten bars earlier, otherwise sell short; stop 1 %,
//! target 2 %, entry at the next open, filled as backtesting.py does, no costs.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a small tool that prints, and stops where it cannot go on"
)]

use std::fmt::Write as _;
use std::time::Instant;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::research::backtest::{Market, Prepared, backtest, walk};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::fills::FillDialect;
use atrium_shared::trading::strategy::{Signals, Strategy};

const BARS: usize = 10_000;
const LOOKBACK: usize = 10;
const RUNS: usize = 200;

fn main() {
    let mut words = std::env::args().skip(1);
    let (command, path) = (words.next(), words.next());
    let path = path.expect("the path of the bars");
    match command.as_deref() {
        Some("write") => std::fs::write(path, csv()).expect("the bars can be written"),
        Some("time") => println!(
            "{}",
            time(&std::fs::read_to_string(path).expect("the bars"))
        ),
        _ => panic!("write or time"),
    }
}

fn csv() -> String {
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

fn time(text: &str) -> String {
    let series = read(text);
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
    config.fills.dialect = FillDialect::BacktestingPy;
    config.policy.min_stop_spreads = 0.0;
    // levels of the peers do not round to cents
    let instrument = Instrument {
        tick_size: 1e-6,
        ..Instrument::us_share("SIM")
    };
    let bars = SessionBars::new(series, Calendar::Nyse).expect("sessions");
    let prepared = Prepared::new(bars, config.prediction).expect("prepared");
    let prepared = prepared.with_signals(&signals).expect("signals");
    let market = [Market {
        prepared: &prepared,
        instrument: &instrument,
    }];
    let whole = median(|| {
        backtest(&prepared, &instrument, &config)
            .expect("the run succeeds")
            .trades
            .len()
    });
    let alone = median(|| {
        walk(&market, &config)
            .expect("the walk succeeds")
            .fills
            .len()
    });
    let trades = backtest(&prepared, &instrument, &config)
        .expect("the run succeeds")
        .trades
        .len();
    let seconds = serde_json::json!({
        "atrium, every metric and both digests": whole,
        "atrium, walk alone": alone,
    });
    format!("{trades} trades\n{seconds}")
}

fn median(mut run: impl FnMut() -> usize) -> f64 {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(RUNS / 2).copied().unwrap_or(0.0)
}
