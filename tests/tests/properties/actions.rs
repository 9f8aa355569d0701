//! Corporate actions: a run over a split is the run over prices that were adjusted before.

use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::research::backtest::{Market, Prepared, TradedBars};
use atrium_shared::signal::signals::{Signal, SignalRow, SignalSeries};
use atrium_shared::trading::costs::{Commission, Costs, PriceOffset};
use atrium_shared::trading::strategy::Strategy;
use atrium_tests::draws::Draws;
use atrium_tests::generate::GeneratedMarket;
use proptest::prelude::*;

use super::*;

/// Ticks of generated prices, and of the instrument here: prices stand on ticks before and after a split by up to four.
const PRICE_TICK: f64 = 0.01;
const TICK: f64 = PRICE_TICK / 4.0;

fn fail(error: impl core::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// A series on the basis that a split from a row on makes.
fn split_from(
    series: &BarSeries,
    ratio: f64,
    is_after: impl Fn(usize) -> bool,
) -> Result<BarSeries, TestCaseError> {
    let mut columns = BarColumns::default();
    for (row, (start, prices, volume)) in series.rows().enumerate() {
        if is_after(row) {
            columns.push(start, prices.map(|price| price / ratio), volume * ratio);
        } else {
            columns.push(start, prices, volume);
        }
    }
    BarSeries::new(series.interval(), columns).map_err(fail)
}

/// The signals of a market with levels on ticks and sizes that a reverse split leaves whole; from a row on, on the basis of a
/// split.
fn signals(
    market: &GeneratedMarket,
    ratio: f64,
    from: usize,
) -> Result<SignalSeries, TestCaseError> {
    let starts = market.bars.series().start();
    let rows = market.signals.as_ref().unwrap().rows().iter().map(|row| {
        let after = starts.binary_search(&row.for_bar).unwrap() >= from;
        let ratio = if after { ratio } else { 1.0 };
        let placed =
            |level: f64| (level / PRICE_TICK).round().max(1.0) / (1.0 / PRICE_TICK).round();
        let levels = |signal: &Signal| (signal.target.map(placed), signal.stop.map(placed));
        let (target, stop) = match levels(&row.signal) {
            // on these ticks both may be one
            (Some(target), Some(stop)) if (target - stop).abs() < TICK => (Some(target), None),
            levels => levels,
        };
        let entry = row.signal.direction != atrium_shared::signal::signals::Direction::Flat;
        SignalRow {
            for_bar: row.for_bar,
            signal: Signal {
                size: entry.then(|| (row.signal.size.unwrap_or(3.0).ceil() * 16.0) * ratio),
                target: target.map(|level| level / ratio),
                stop: stop.map(|level| level / ratio),
                ..row.signal
            },
        }
    });
    SignalSeries::new(rows.collect()).map_err(fail)
}

/// The same market before and after: adjusted before it is run on, and with the split between its bars.
struct Both {
    instrument: Instrument,
    adjusted: Prepared,
    split: Prepared,
    /// The first row on the new basis.
    from: usize,
    ratio: f64,
}

impl Both {
    fn new(case: &Case) -> Result<Option<Self>, TestCaseError> {
        let market = &case.markets[0];
        let mut draws = Draws::new(case.shape.seed, 7);
        let ratio = draws.pick([4.0, 2.0, 0.5, 0.25]);
        let days = market.bars.session();
        let first_day = draws.pick_of(days).unwrap();
        let from = days.partition_point(|day| *day < first_day);
        if from == 0 {
            return Ok(None);
        }
        let bars = split_from(market.bars.series(), ratio, |row| row >= from)?;
        let changed = market.bars.series().start()[from];
        let starts = market.finer.start().to_vec();
        let finer = split_from(&market.finer, ratio, |row| starts[row] >= changed)?;
        let bars = SessionBars::new(bars, market.instrument.calendar).map_err(fail)?;
        let action = CorporateAction {
            first_day,
            kind: ActionKind::Split { ratio },
        };
        let traded = TradedBars::new(bars, Actions::new(vec![action]).map_err(fail)?);
        let prepare = |bars, signals, finer| -> Result<Prepared, RunError> {
            Prepared::new(bars, case.config.prediction)?
                .with_signals(&signals)?
                .with_finer(finer)
        };
        let whole = TradedBars::from(market.bars.clone());
        Ok(Some(Self {
            instrument: Instrument {
                tick_size: TICK,
                ..market.instrument.clone()
            },
            adjusted: prepare(whole, signals(market, 1.0, 0)?, &market.finer).map_err(failed)?,
            split: prepare(traded, signals(market, ratio, from)?, &finer).map_err(failed)?,
            from,
            ratio,
        }))
    }

    fn walk(&self, prepared: &Prepared, case: &Case) -> Result<Walked, TestCaseError> {
        let market = Market {
            prepared,
            instrument: &self.instrument,
        };
        walk(&[market], &case.config).map_err(failed)
    }
}

/// Trades on signals alone, with an account that nothing of this can exhaust and costs that are shares of what is traded.
fn simplified(case: &Case) -> Case {
    let mut case = case.clone();
    let config = &mut case.config;
    config.prediction.source = atrium_shared::signal::source::Source::None;
    config.initial_equity = 1e9;
    if let Strategy::Signals(signals) = &mut config.strategy {
        // shares of the close are rounded to the ticks of one basis
        (signals.target_percent, signals.stop_percent) = (None, None);
    }
    config.policy.trailing_stop_atr = None;
    config.policy.min_stop_spreads = 0.0;
    config.fills.volume_percent = None;
    config.costs = Costs {
        commission: Commission::Percent {
            percent: 0.05,
            fixed: 1.0,
            minimum: 0.0,
        },
        slippage: PriceOffset::Bps(2.0),
        financing_percent: 5.0,
        borrow_percent: 3.0,
        ..Costs::FREE
    };
    case
}

#[test]
fn a_run_over_a_split_is_the_run_over_prices_adjusted_before() {
    let groups = vary::GAPS
        | vary::FLAT
        | vary::MISSING
        | vary::CALENDAR
        | vary::ENTRY
        | vary::OPPOSITE
        | vary::MAX_HOLD
        | vary::SESSION_END
        | vary::INTRABAR;
    let (compared, held_over) = (core::cell::Cell::new(0), core::cell::Cell::new(0));
    for_all(groups, |case| {
        let shape = Shape {
            varied: case.shape.varied | vary::SIGNALS,
            instruments: 1,
            bars: case.shape.bars + 60,
            ..case.shape
        };
        let case = simplified(&Case::new(shape).map_err(fail)?);
        let Some(both) = Both::new(&case)? else {
            return Ok(());
        };
        let (one, other) = (
            both.walk(&both.adjusted, &case)?,
            both.walk(&both.split, &case)?,
        );
        let changed = case.markets[0].bars.series().start()[both.from];
        prop_assert_eq!(one.fills.len(), other.fills.len());
        for (one, other) in one.fills.iter().zip(&other.fills) {
            let ratio = if one.at >= changed { both.ratio } else { 1.0 };
            let place = |fill: &Fill| (fill.order, fill.leg as u8, fill.at);
            prop_assert_eq!(place(one), place(other));
            let (lots, price) = (one.lots.0 as f64 * ratio, one.price / ratio);
            prop_assert!(near(lots, other.lots.0 as f64, lots), "{one:?} {other:?}");
            prop_assert!(near(price, other.price, price), "{one:?} {other:?}");
        }
        let scale = turnover(&case, &one.fills).max(1.0);
        for (one, other) in one.equity.iter().zip(&other.equity) {
            prop_assert!((one - other).abs() <= 1e-9 * (1e9 + scale), "{one} {other}");
        }
        for (one, other) in one.engine.trades().iter().zip(other.engine.trades()) {
            prop_assert_eq!(one.exit_reason, other.exit_reason);
            prop_assert_eq!(one.bars_held, other.bars_held);
            for (one, other) in [
                (one.net_profit, other.net_profit),
                (one.gross_profit, other.gross_profit),
                (one.costs, other.costs),
                (one.mae, other.mae),
                (one.mfe, other.mfe),
            ] {
                prop_assert!(near(one, other, scale), "{one} {other}");
            }
            let over = one.entry_at < changed && one.exit_at >= changed;
            held_over.set(held_over.get() + u32::from(over));
        }
        compared.set(compared.get() + 1);
        Ok(())
    });
    // without positions that are held over the split nothing is shown
    let (compared, held_over) = (compared.get(), held_over.get());
    assert!(compared > 50 && held_over > 20, "{compared} {held_over}");
}
