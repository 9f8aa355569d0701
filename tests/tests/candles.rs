//! Candle tables: a handful of bars, a prediction, a configuration, and the fills that a trader would expect.
//!
//! Twenty quiet bars of range 1 about 100 come first, so that ATR(14) is 1 at the deciding bar, which closes at 100.00. The
//! table's bars follow it. Unless a row says otherwise: prediction 104, reward to risk 2, so that target 104 and stop 98;
//! equity 10,000, risk 1 %, so that 50 shares risk 100; no costs.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::backtest::{Backtest, Prepared, backtest};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::prediction::{
    PredictionRow, PredictionSeries, Target, TargetField, TargetKind,
};
use atrium_shared::trading::costs::{Commission, Costs};
use atrium_shared::trading::orders::{ExitReason, Side, SizedBy};
use atrium_shared::trading::sizing::Sizing;
use atrium_shared::trading::strategy::{LevelAnchor, NoTrade, PredictedMove, SidePolicy, Strategy};

const QUIET_BARS: usize = 20;

/// A table: the bars after the decision as `[open, high, low, close]`, and what differs from the usual.
struct Table {
    bars: &'static [[f64; 4]],
    predicted: f32,
    /// A second prediction, at the close of the table's first bar.
    predicted_next: Option<f32>,
    strategy: PredictedMove,
    sizing: Sizing,
    commission: Commission,
    instrument: Instrument,
}

/// What is expected of the first trade: its quantity, entry, exit, why, the bar of the table it ends in, its net profit.
struct Expected {
    side: Side,
    quantity: f64,
    entry: f64,
    exit: f64,
    why: ExitReason,
    exit_bar: usize,
    net: f64,
}

fn table(bars: &'static [[f64; 4]]) -> Table {
    Table {
        bars,
        predicted: 104.0,
        predicted_next: None,
        strategy: PredictedMove {
            k_sigma_err: 0.0,
            ..PredictedMove::default()
        },
        sizing: Sizing::default(),
        commission: Commission::None,
        instrument: Instrument {
            calendar: Calendar::Crypto,
            ..Instrument::us_share("TEST")
        },
    }
}

fn time(index: usize) -> Timestamp {
    Timestamp::from_seconds(1_700_006_400 + index as i64 * 3_600)
}

impl Table {
    fn run(&self) -> Backtest {
        let mut columns = BarColumns::default();
        for index in 0..QUIET_BARS {
            columns.push(time(index), [100.0, 100.5, 99.5, 100.0], 1.0);
        }
        for (index, &prices) in self.bars.iter().enumerate() {
            columns.push(time(QUIET_BARS + index), prices, 1.0);
        }
        let series = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
        let bars = SessionBars::new(series, Calendar::Crypto).unwrap();
        let target = Target {
            field: TargetField::Close,
            kind: TargetKind::Price,
            horizon_bars: 4,
        };
        let values = [
            (QUIET_BARS - 1, Some(self.predicted)),
            (QUIET_BARS, self.predicted_next),
        ];
        let rows = values.iter().filter_map(|&(index, value)| {
            Some(PredictionRow {
                for_bar: time(index),
                value: value?,
                in_sample: false,
                confidence: None,
            })
        });
        let predictions = PredictionSeries::new(target, rows.collect()).unwrap();
        let config = RunConfig {
            prediction: PredictionConfig::of(&predictions),
            strategy: Strategy::PredictedMove(self.strategy),
            sizing: self.sizing,
            costs: Costs {
                commission: self.commission,
                ..Costs::FREE
            },
            ..RunConfig::default()
        };
        let prepared = Prepared::with_predictions(bars, config.prediction, &predictions).unwrap();
        backtest(&prepared, &self.instrument, &config).unwrap()
    }

    #[track_caller]
    fn expect(&self, expected: &Expected) -> Backtest {
        let run = self.run();
        let [trade] = run.trades.as_slice() else {
            panic!("{} trades: {:?}", run.trades.len(), run.no_trades)
        };
        assert_eq!(
            (trade.side, trade.exit_reason),
            (expected.side, expected.why)
        );
        assert_eq!(trade.quantity.to_string(), expected.quantity.to_string());
        assert_eq!(trade.entry_price.to_string(), expected.entry.to_string());
        assert_eq!(trade.exit_price.to_string(), expected.exit.to_string());
        assert_eq!(
            (trade.entry_at, trade.exit_at),
            (time(QUIET_BARS), time(QUIET_BARS + expected.exit_bar))
        );
        assert_eq!(trade.bars_held, expected.exit_bar as u64 + 1);
        assert!(
            (trade.net_profit - expected.net).abs() < 1e-9,
            "net {}",
            trade.net_profit
        );
        assert!((trade.gross_profit - trade.costs - trade.net_profit).abs() < 1e-9);
        assert!((run.headline.final_equity - 10_000.0 - trade.net_profit).abs() < 1e-9);
        run
    }

    #[track_caller]
    fn expect_none(&self, why: NoTrade) {
        let run = self.run();
        assert_eq!(run.trades.len(), 0);
        assert!(
            run.no_trades.iter().any(|count| count.reason == why),
            "{:?}",
            run.no_trades
        );
    }
}

const LONG: Expected = Expected {
    side: Side::Long,
    quantity: 50.0,
    entry: 100.5,
    exit: 104.0,
    why: ExitReason::Target,
    exit_bar: 1,
    net: 175.0,
};
const SHORT: Expected = Expected {
    side: Side::Short,
    ..LONG
};

#[test]
fn the_target_fills_at_its_price_when_touched() {
    table(&[[100.5, 101.0, 99.0, 100.0], [100.0, 104.0, 99.0, 103.0]]).expect(&LONG);
    // a tick short of it does not
    table(&[[100.5, 101.0, 99.0, 100.0], [100.0, 103.99, 99.0, 103.0]]).expect(&Expected {
        exit: 103.0,
        why: ExitReason::EndOfData,
        net: 125.0,
        ..LONG
    });
}

#[test]
fn the_stop_fills_at_its_price_when_touched() {
    let stopped = Expected {
        exit: 98.0,
        why: ExitReason::Stop,
        net: -125.0,
        ..LONG
    };
    table(&[[100.5, 101.0, 99.0, 100.0], [100.0, 101.0, 98.0, 100.0]]).expect(&stopped);
    table(&[[100.5, 101.0, 99.0, 100.0], [100.0, 101.0, 98.01, 100.0]]).expect(&Expected {
        exit: 100.0,
        why: ExitReason::EndOfData,
        net: -25.0,
        ..LONG
    });
}

#[test]
fn both_levels_in_one_bar_stop_first() {
    let stopped = Expected {
        exit: 98.0,
        why: ExitReason::Stop,
        net: -125.0,
        ..LONG
    };
    table(&[[100.5, 101.0, 99.0, 100.0], [100.0, 105.0, 97.0, 104.0]]).expect(&stopped);
}

#[test]
fn a_gap_through_a_level_fills_at_the_open() {
    let below = Expected {
        exit: 96.0,
        why: ExitReason::Stop,
        net: -225.0,
        ..LONG
    };
    table(&[[100.5, 101.0, 99.0, 100.0], [96.0, 105.0, 95.0, 104.5]]).expect(&below);
    let above = Expected {
        exit: 106.0,
        net: 275.0,
        ..LONG
    };
    table(&[[100.5, 101.0, 99.0, 100.0], [106.0, 107.0, 97.0, 97.5]]).expect(&above);
}

#[test]
fn levels_are_live_on_the_entry_bar() {
    table(&[[100.5, 104.5, 99.0, 104.0], [104.0, 104.0, 104.0, 104.0]]).expect(&Expected {
        exit_bar: 0,
        ..LONG
    });
    let stopped = Expected {
        exit: 98.0,
        why: ExitReason::Stop,
        exit_bar: 0,
        net: -125.0,
        ..LONG
    };
    table(&[[100.5, 104.5, 97.5, 104.0], [104.0, 104.0, 104.0, 104.0]]).expect(&stopped);
}

#[test]
fn an_open_beyond_a_level_enters_and_leaves_there() {
    let stopped = Expected {
        entry: 97.0,
        exit: 97.0,
        why: ExitReason::Stop,
        exit_bar: 0,
        net: 0.0,
        ..LONG
    };
    table(&[[97.0, 99.0, 96.0, 98.0], [98.0, 98.0, 98.0, 98.0]]).expect(&stopped);
    let reached = Expected {
        entry: 105.0,
        exit: 105.0,
        exit_bar: 0,
        net: 0.0,
        ..LONG
    };
    table(&[[105.0, 106.0, 96.0, 98.0], [98.0, 98.0, 98.0, 98.0]]).expect(&reached);
}

#[test]
fn a_short_is_the_mirror_of_a_long() {
    let short = |bars| Table {
        predicted: 96.0,
        ..table(bars)
    };
    let entered = Expected {
        entry: 99.5,
        ..SHORT
    };
    short(&[[99.5, 101.0, 99.0, 100.0], [100.0, 101.0, 96.0, 97.0]]).expect(&Expected {
        exit: 96.0,
        net: 175.0,
        ..entered
    });
    let stopped = Expected {
        exit: 102.0,
        why: ExitReason::Stop,
        net: -125.0,
        ..entered
    };
    short(&[[99.5, 101.0, 99.0, 100.0], [100.0, 102.0, 95.0, 97.0]]).expect(&stopped);
    let gapped = Expected {
        entry: 99.5,
        exit: 103.0,
        why: ExitReason::Stop,
        net: -175.0,
        ..SHORT
    };
    short(&[[99.5, 101.0, 99.0, 100.0], [103.0, 104.0, 95.0, 97.0]]).expect(&gapped);
}

#[test]
fn an_open_position_is_closed_at_the_last_close() {
    let at_end = Expected {
        exit: 101.5,
        why: ExitReason::EndOfData,
        exit_bar: 2,
        net: 50.0,
        ..LONG
    };
    table(&[
        [100.5, 101.0, 99.0, 100.0],
        [100.0, 102.0, 99.0, 101.0],
        [101.0, 102.0, 100.0, 101.5],
    ])
    .expect(&at_end);
}

#[test]
fn levels_anchored_at_the_fill_move_with_it() {
    let anchored = |bars| {
        let base = table(bars);
        Table {
            strategy: PredictedMove {
                level_anchor: LevelAnchor::Fill,
                ..base.strategy
            },
            ..base
        }
    };
    // entry at 101: target 105, stop 99
    let reached = Expected {
        entry: 101.0,
        exit: 105.0,
        net: 200.0,
        ..LONG
    };
    anchored(&[[101.0, 104.5, 99.5, 100.0], [100.0, 105.0, 99.5, 103.0]]).expect(&reached);
    let stopped = Expected {
        entry: 101.0,
        exit: 99.0,
        why: ExitReason::Stop,
        net: -100.0,
        ..LONG
    };
    anchored(&[[101.0, 104.5, 99.5, 100.0], [100.0, 104.0, 99.0, 103.0]]).expect(&stopped);
}

#[test]
fn risk_sizes_the_trade_and_buying_power_caps_it() {
    let quarter = Table {
        sizing: Sizing {
            risk_per_trade: 0.0025,
            ..Sizing::default()
        },
        ..table(TWO_BARS)
    };
    let run = quarter.expect(&Expected {
        quantity: 12.0,
        net: 42.0,
        ..LONG
    });
    assert_eq!(
        (run.trades_capped, run.trades.first().map(|t| t.sized_by)),
        (0, Some(SizedBy::Risk))
    );
    let large = Table {
        sizing: Sizing {
            risk_per_trade: 0.05,
            ..Sizing::default()
        },
        ..table(TWO_BARS)
    };
    let run = large.expect(&Expected {
        quantity: 99.0,
        net: 346.5,
        ..LONG
    });
    assert_eq!(
        (run.trades_capped, run.trades.first().map(|t| t.sized_by)),
        (1, Some(SizedBy::BuyingPower))
    );
    let levered = Table {
        sizing: Sizing {
            risk_per_trade: 0.05,
            leverage: 2.0,
            ..Sizing::default()
        },
        ..table(TWO_BARS)
    };
    levered.expect(&Expected {
        quantity: 198.0,
        net: 693.0,
        ..LONG
    });
}

const TWO_BARS: &[[f64; 4]] = &[[100.5, 101.0, 99.0, 100.0], [100.0, 104.0, 99.0, 103.0]];

#[test]
fn commission_is_paid_on_the_entry_and_on_the_exit() {
    let commission = Commission::PerShare {
        rate: 0.05,
        minimum: 1.0,
        cap_fraction: 0.01,
    };
    let run = Table {
        commission,
        ..table(TWO_BARS)
    }
    .expect(&Expected { net: 170.0, ..LONG });
    let trade = run.trades.first().unwrap();
    assert_eq!(
        (trade.costs.to_string(), trade.gross_profit.to_string()),
        ("5".to_owned(), "175".to_owned())
    );
    // equity at the close of the entry bar: 50 shares bought at 100.5 and marked at 100, less the entry's commission
    let entry_bar = run.equity.get(QUIET_BARS).unwrap();
    assert!((entry_bar - (10_000.0 - 25.0 - 2.5)).abs() < 1e-9);
}

#[test]
fn excursions_are_the_worst_and_best_while_open() {
    let run = table(&[[100.5, 101.0, 99.0, 100.0], [100.0, 104.0, 98.5, 103.0]]).expect(&LONG);
    let trade = run.trades.first().unwrap();
    // the exit bar's low does not count: whether it came before the exit is not known
    assert!((trade.mae - 50.0 * (99.0 - 100.5)).abs() < 1e-9);
    assert!((trade.mfe - 175.0).abs() < 1e-9);
}

#[test]
fn a_signal_while_a_position_is_open_is_counted_and_ignored() {
    let run = table(TWO_BARS)
        .with(|t| t.predicted_next = Some(90.0))
        .expect(&LONG);
    assert!(
        run.no_trades
            .iter()
            .any(|count| count.reason == NoTrade::PositionOpen && count.decisions == 1)
    );
}

#[test]
fn the_bar_of_an_exit_may_be_decided_on_again_at_its_close() {
    // the first trade stops out on its entry bar; the prediction at that bar's close enters at the next open
    let again = table(&[[100.5, 101.0, 97.5, 98.0], [98.0, 98.5, 97.5, 98.0]])
        .with(|t| t.predicted_next = Some(102.0));
    let run = again.run();
    let entries: Vec<_> = run
        .trades
        .iter()
        .map(|trade| (trade.entry_at, trade.exit_reason))
        .collect();
    assert_eq!(
        entries,
        [
            (time(QUIET_BARS), ExitReason::Stop),
            (time(QUIET_BARS + 1), ExitReason::EndOfData)
        ]
    );
}

#[test]
fn what_must_not_trade_says_why() {
    table(TWO_BARS)
        .with(|t| t.predicted = 101.49)
        .expect_none(NoTrade::BelowAtrGate);
    table(TWO_BARS)
        .with(|t| t.strategy.k_sigma_err = 0.5)
        .expect_none(NoTrade::NoErrorSigma);
    table(TWO_BARS)
        .with(|t| t.strategy.side = SidePolicy::ShortOnly)
        .expect_none(NoTrade::SideNotAllowed);
    table(TWO_BARS)
        .with(|t| t.sizing.risk_per_trade = 0.0001)
        .expect_none(NoTrade::BelowMinQuantity);
    table(TWO_BARS)
        .with(|t| t.instrument.min_notional = 6_000.0)
        .expect_none(NoTrade::BelowMinNotional);
}

impl Table {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

#[test]
fn a_gate_that_is_met_exactly_lets_the_trade_pass() {
    // ATR is 1 and the gate 1.5: a move of exactly 1.5 passes; target 101.5, stop 99.25
    let met = table(TWO_BARS).with(|t| t.predicted = 101.5);
    met.expect(&Expected {
        quantity: 99.0,
        exit: 99.25,
        why: ExitReason::Stop,
        exit_bar: 0,
        net: -123.75,
        ..LONG
    });
}
