//! Runs a table: its bars and predictions become a market, the engine walks over it.

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{Actions, CorporateAction};
use atrium_shared::market::bars::{BarColumns, BarSeries, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::backtest::{
    Market as Walk, Prepared, RunError, TradedBars, backtest, walk,
};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::{PredictionRow, PredictionSeries, Target};
use atrium_shared::signal::signals::{SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;

use crate::expected::{Clock, compare, compare_metrics};
use crate::table::{Market, Row, Table};

/// Runs a table and says everything in which it differs from what it expects.
pub(crate) fn differences(table: &Table) -> Vec<String> {
    match (attempt(table), &table.expected.refused) {
        (Ok(wrong), None) => wrong,
        (Ok(_), Some(words)) => vec![format!("it ran, but should be refused: {words}")],
        (Err(why), Some(words)) if why.contains(words) => Vec::new(),
        (Err(why), _) => vec![why],
    }
}

fn attempt(table: &Table) -> Result<Vec<String>, String> {
    let words = |error: RunError| error.to_string();
    let config = &table.config;
    config.validate().map_err(|error| error.to_string())?;
    let laid_out: Vec<LaidOut> = table
        .markets
        .iter()
        .map(|market| lay_out(market, config))
        .collect::<Result<_, _>>()?;
    let markets: Vec<Walk<'_>> = laid_out
        .iter()
        .zip(&table.markets)
        .map(|(laid_out, market)| Walk {
            prepared: &laid_out.prepared,
            instrument: &market.instrument,
        })
        .collect();
    let walked = walk(&markets, config).map_err(words)?;
    let clocks: Vec<Clock> = laid_out.iter().map(LaidOut::clock).collect();
    let mut wrong = compare(table, &walked, &clocks);
    if let [only] = markets.as_slice() {
        let run = backtest(only.prepared, only.instrument, config).map_err(words)?;
        if run.trades != walked.engine.trades() || run.equity != walked.equity {
            wrong.push("a backtest differs from its own walk".to_owned());
        }
        wrong.extend(compare_metrics(table, &run));
        let capped = run.trades.iter().filter(|trade| trade.sized_by.is_cap());
        if run.trades_capped != capped.count() as u64 {
            wrong.push("trades that a cap sized are counted wrong".to_owned());
        }
    }
    Ok(wrong)
}

/// A market whose bars have their times.
struct LaidOut {
    prepared: Prepared,
    quiet: usize,
}

impl LaidOut {
    fn clock(&self) -> Clock {
        let bars = self.prepared.bars();
        Clock {
            starts: bars.series().start().to_vec(),
            ends: bars.end().to_vec(),
            quiet: self.quiet,
        }
    }
}

fn lay_out(market: &Market, config: &RunConfig) -> Result<LaidOut, String> {
    let (quiet, calendar) = (market.quiet, market.instrument.calendar);
    let count = quiet.bars + market.rows.len();
    let times = starts(calendar, config.interval, market.start, quiet.bars, count)?;
    let mut columns = BarColumns::default();
    let mut finer = BarColumns::default();
    let half = quiet.range / 2.0;
    let calm = [
        quiet.price,
        quiet.price + half,
        quiet.price - half,
        quiet.price,
    ];
    let (first, own) = times.split_at(quiet.bars);
    let each = market.finer.map_or(config.interval, |interval| interval);
    let parts = config.interval.seconds() / each.seconds();
    for &start in first {
        columns.push(start, calm, quiet.volume);
        for part in 0..parts {
            finer.push(after(start, each, part), calm, quiet.volume);
        }
    }
    for (&start, row) in own.iter().zip(&market.rows) {
        let Row::Bar {
            prices,
            volume,
            finer: inside,
        } = row
        else {
            continue;
        };
        columns.push(start, *prices, *volume);
        for (part, &prices) in (0..).zip(inside) {
            finer.push(after(start, each, part), prices, *volume);
        }
    }
    let series =
        |interval, columns| BarSeries::new(interval, columns).map_err(|error| error.to_string());
    let bars = SessionBars::new(series(config.interval, columns)?, calendar)
        .map_err(|error| error.to_string())?;
    let mut prepared = prepare(market, config, bars)?;
    if market.finer.is_some() {
        let finer = series(each, finer)?;
        prepared = prepared
            .with_finer(&finer)
            .map_err(|error| error.to_string())?;
    }
    Ok(LaidOut {
        prepared,
        quiet: quiet.bars,
    })
}

fn after(start: Timestamp, each: BarInterval, parts: u32) -> Timestamp {
    start.plus_seconds(i64::from(each.seconds() * parts))
}

fn prepare(market: &Market, config: &RunConfig, bars: SessionBars) -> Result<Prepared, String> {
    let words = |error: RunError| error.to_string();
    let start_of = |bar: usize| {
        let index = (market.quiet.bars + bar).checked_sub(1);
        let start = index.and_then(|index| bars.series().start().get(index));
        start.copied().ok_or("nothing comes before bar 1")
    };
    let signals: Vec<SignalRow> = market
        .signals
        .iter()
        .map(|&(bar, signal)| {
            Ok(SignalRow {
                for_bar: start_of(bar)?,
                signal,
            })
        })
        .collect::<Result<_, &str>>()?;
    let early = bars.series().start().iter().zip(&market.early);
    let mut rows: Vec<PredictionRow> = early
        .map(|(&for_bar, &value)| PredictionRow {
            for_bar,
            value,
            in_sample: false,
            confidence: None,
        })
        .collect();
    for &(bar, row) in &market.predictions {
        rows.push(PredictionRow {
            for_bar: start_of(bar)?,
            ..row
        });
    }
    let traded = TradedBars::new(bars.clone(), actions(market, &bars)?);
    let prepared = if config.prediction.source == Source::Series {
        let target = Target {
            field: config.prediction.target,
            kind: market.kind,
            horizon_bars: config.prediction.horizon_bars,
        };
        let series = PredictionSeries::new(target, rows).map_err(|error| error.to_string())?;
        Prepared::with_predictions(traded, config.prediction, &series)
    } else if rows.is_empty() {
        Prepared::new(traded, config.prediction)
    } else {
        return Err("it predicts, but has another source of predictions".to_owned());
    }
    .map_err(words)?;
    if signals.is_empty() {
        return Ok(prepared);
    }
    let series = SignalSeries::new(signals).map_err(|error| error.to_string())?;
    prepared.with_signals(&series).map_err(words)
}

/// The actions of a market, each at the session of the bar that follows it, which must be its first.
fn actions(market: &Market, bars: &SessionBars) -> Result<Actions, String> {
    let of_session = |&(bar, kind): &(usize, _)| {
        let row = market.quiet.bars + bar - 1;
        let days = bars.session();
        match (
            days.get(row),
            row.checked_sub(1).and_then(|before| days.get(before)),
        ) {
            (Some(&first_day), before) if before != Some(&first_day) => {
                Ok(CorporateAction { first_day, kind })
            }
            _ => Err(format!("bar {bar} begins no session")),
        }
    };
    let actions: Vec<_> = market
        .actions
        .iter()
        .map(of_session)
        .collect::<Result<_, _>>()?;
    Actions::new(actions).map_err(|error| error.to_string())
}

/// The starts of bars by the calendar: so many in all, so many of them before a given one.
fn starts(
    calendar: Calendar,
    interval: BarInterval,
    first: Timestamp,
    before: usize,
    count: usize,
) -> Result<Vec<Timestamp>, String> {
    let day = calendar.local_day(first);
    // more days than any table needs
    let sessions = calendar
        .sessions(Day(day.0 - 100), Day(day.0 + 100))
        .map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    for session in sessions {
        let mut start = session.open;
        while start < session.close {
            all.push(start);
            start = match interval {
                BarInterval::Day => session.close,
                BarInterval::Seconds(seconds) => start.plus_seconds(i64::from(seconds)),
            };
        }
    }
    let begin = all
        .binary_search(&first)
        .map_err(|_| format!("no bar starts at {first}"))?
        .checked_sub(before);
    let times = begin.and_then(|begin| all.get(begin..begin + count));
    times
        .map(<[_]>::to_vec)
        .ok_or_else(|| "too many bars".to_owned())
}
