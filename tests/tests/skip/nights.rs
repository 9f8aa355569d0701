//! A day of the loss limit begins between an entry and a later night, in a position that is skipped.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::base::zone::Zone;
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::backtest::{Market, Prepared, walk};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::{Index, Plan, Sweeper};
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::sizing::SizingMode;
use atrium_shared::trading::strategy::{Signals, Strategy};

/// Noon of 2024-01-10 UTC, in microseconds: days of Prague begin at 23:00, sessions and nights at 0:00.
const NOON: i64 = 1_704_888_000_000_000;
const HOUR: i64 = 3_600_000_000;

/// Hours of a market that stands at 100, but for the lows and highs that are given by hour since noon.
fn hours(count: usize, moved: &[(usize, f64, f64)]) -> BarSeries {
    let mut columns = BarColumns::default();
    for hour in 0..count {
        let moved = moved.iter().find(|(at, ..)| *at == hour);
        let (low, high) = moved.map_or((100.0, 100.0), |&(_, low, high)| (low, high));
        let start = Timestamp(NOON + hour as i64 * HOUR);
        columns.push(start, [100.0, high, low, 100.0], 1_000.0);
    }
    BarSeries::new(BarInterval::minutes(60), columns).unwrap()
}

fn long(hour: i64, target: f64, stop: f64) -> SignalRow {
    SignalRow {
        for_bar: Timestamp(NOON + hour * HOUR),
        signal: Signal {
            direction: Direction::Long,
            size: None,
            target: Some(target),
            stop: Some(stop),
        },
    }
}

/// The first position is held over 23:00, when the day's loss is counted from the balance before the night, and over the night, which
/// costs 274 of that day's 1,600. The second one loses 1,500, more than is left. Counted from the balance after the night it would not
/// be, and a third one would be entered.
#[test]
fn a_day_that_begins_before_a_night_counts_what_the_night_costs() {
    let prediction = PredictionConfig {
        source: Source::None,
        ..PredictionConfig::default()
    };
    let series = hours(30, &[(17, 100.0, 100.01), (20, 98.5, 100.0)]);
    let signals = [(2, 100.01, 99.0), (18, 105.0, 98.5), (21, 105.0, 98.5)];
    let rows = signals.map(|(hour, target, stop)| long(hour, target, stop));
    let prepared = Prepared::new(
        SessionBars::new(series, Calendar::Crypto).unwrap(),
        prediction,
    )
    .unwrap()
    .with_signals(&SignalSeries::new(rows.to_vec()).unwrap())
    .unwrap();
    let mut config = RunConfig {
        interval: BarInterval::minutes(60),
        prediction,
        strategy: Strategy::Signals(Signals::default()),
        costs: Costs {
            financing_percent: 100.0,
            ..Costs::FREE
        },
        initial_equity: 1e6,
        ..RunConfig::default()
    };
    config.sizing.mode = SizingMode::Quantity(1_000.0);
    config.limits.daily_loss = Some(0.001_6);
    config.limits.day_zone = Zone::Prague;
    let instrument = Instrument {
        calendar: Calendar::Crypto,
        ..Instrument::us_share("SIM")
    };
    let index = Index::new(&prepared, &instrument).unwrap();
    assert_eq!(index.plan(&config), Plan::Skip);
    let market = Market {
        prepared: &prepared,
        instrument: &instrument,
    };
    let walked = walk(&[market], &config).unwrap();
    let recorded = Sweeper::new(&index).record(&config).unwrap();
    let nets: Vec<_> = recorded
        .trades
        .iter()
        .map(|trade| trade.net_profit.round())
        .collect();
    // 10 less 274, then 1,500 at the stop
    assert_eq!(nets, [-264.0, -1_500.0]);
    assert_eq!(recorded.trades, walked.engine.trades());
    let bits = |equity: &[f64]| equity.iter().map(|e| e.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&recorded.equity), bits(&walked.equity));
    // with a day's loss that leaves room for it the third is entered
    config.limits.daily_loss = Some(0.001_8);
    let recorded = Sweeper::new(&index).record(&config).unwrap();
    assert_eq!(recorded.trades.len(), 3);
}
