//! A day of the loss limit begins between an entry and a later night, in a position that is skipped.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::base::zone::Zone;
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::backtest::{Index, Market, Plan, Prepared, walk};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::Sweeper;
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

/// The profits of three positions, walked and skipped alike. The first is held over a night, which costs 274; the second loses 1,500 on the
/// day after it; whether the third is entered is a matter of what the day may lose.
fn profits(day_zone: Zone, daily_loss: f64) -> Vec<f64> {
    let prediction = PredictionConfig {
        source: Source::None,
        ..PredictionConfig::default()
    };
    let series = hours(30, &[(17, 100.0, 100.01), (20, 98.5, 100.0)]);
    let signals = [(2, 100.01, 99.0), (18, 105.0, 98.5), (21, 105.0, 98.5)];
    let rows = signals.map(|(hour, target, stop)| long(hour, target, stop));
    let bars = SessionBars::new(series, Calendar::Crypto).unwrap();
    let prepared = Prepared::new(bars, prediction).unwrap();
    let signals = SignalSeries::new(rows.to_vec()).unwrap();
    let prepared = prepared.with_signals(&signals).unwrap();
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
    config.limits.daily_loss = Some(daily_loss);
    config.limits.day_zone = day_zone;
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
    assert_eq!(recorded.trades, walked.engine.trades());
    let bits = |equity: &[f64]| equity.iter().map(|e| e.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&recorded.equity), bits(&walked.equity));
    let trades = recorded.trades.iter();
    trades.map(|trade| trade.net_profit.round()).collect()
}

/// In Prague the day begins an hour before the night: what the night costs is part of the day's loss, which with the second loss is
/// more than 1,600, so that no third position is entered.
#[test]
fn a_day_that_begins_before_a_night_counts_what_the_night_costs() {
    assert_eq!(profits(Zone::Prague, 0.001_6), [-264.0, -1_500.0]);
    assert_eq!(profits(Zone::Prague, 0.001_8), [-264.0, -1_500.0, 0.0]);
}

/// A day that begins with the session begins once the night is paid for.
#[test]
fn a_day_that_begins_with_a_session_does_not_count_the_night_before() {
    assert_eq!(profits(Zone::Utc, 0.001_6), [-264.0, -1_500.0, 0.0]);
    assert_eq!(profits(Zone::Utc, 0.001_4), [-264.0, -1_500.0]);
}
