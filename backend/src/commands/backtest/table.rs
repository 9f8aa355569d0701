//! The report of a run as people read it.

use std::io::{self, Write};

use atrium_shared::market::curate::ResampleReport;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::TargetField;
use atrium_shared::surface::report::{RunReport, count, headline_rows, money};
use atrium_shared::surface::words::{
    ParameterNames, commission_words, exact_money, exact_percent, hint,
};
use atrium_shared::trading::orders::Side;
use atrium_shared::trading::portfolio::Trade;
use atrium_shared::trading::strategy::{LevelAnchor, SidePolicy, SigmaSource, Strategy};

/// Prints the whole report.
pub(super) fn print(
    out: &mut impl Write,
    report: &RunReport,
    cut: ResampleReport,
    trades: usize,
) -> io::Result<()> {
    data(out, report, cut)?;
    writeln!(out)?;
    for row in headline_rows(&report.headline) {
        let why = row
            .absent
            .map(|why| format!("  ({why})"))
            .unwrap_or_default();
        writeln!(out, "  {:<14} {:>14}{why}", row.label, row.text)?;
    }
    writeln!(out)?;
    sizing_and_halt(out, report)?;
    no_trades(out, report)?;
    round_trips(out, &report.round_trips, trades)?;
    writeln!(out, "Digests")?;
    writeln!(out, "  result  {}", report.digests.result)?;
    writeln!(out, "  run     {}  ({})", report.digests.run, report.engine)?;
    writeln!(out)?;
    writeln!(out, "{}", conventions(&report.config))
}

fn data(out: &mut impl Write, report: &RunReport, cut: ResampleReport) -> io::Result<()> {
    let simulated = match report.data.simulated {
        true => " · SIMULATED, not market data",
        false => "",
    };
    writeln!(out, "{}{simulated}", report.data.data_set)?;
    let number = |value: usize| count(value as f64);
    write!(
        out,
        "{} {} bars of {}",
        count(report.bars as f64),
        report.config.interval,
        report.data.instrument.symbol
    )?;
    if let (Some(first), Some(last)) = (report.first_bar, report.last_bar_end) {
        write!(out, ", {first} to {last}")?;
    }
    writeln!(
        out,
        ", regular hours of the {} calendar ({} stored bars outside them left out, {} closing prints folded)",
        report.data.instrument.calendar.name(),
        number(cut.left_out),
        number(cut.folded)
    )
}

fn sizing_and_halt(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    let (capped, trades) = (report.trades_capped, report.headline.trades);
    if capped > 0 {
        writeln!(
            out,
            "{} of {} trades were limited by buying power, so they risk less than risk_per_trade.",
            count(capped as f64),
            count(trades as f64)
        )?;
    }
    if let Some(at) = report.halted_at {
        writeln!(out, "Trading was halted at {at}: the account was lost.")?;
    }
    if trades == 0 {
        writeln!(
            out,
            "No trades. {}",
            hint(&report.no_trades, &ParameterNames::OPTIONS)
        )?;
    }
    Ok(())
}

fn no_trades(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    if report.no_trades.is_empty() {
        return Ok(());
    }
    writeln!(out, "Decisions that made no trade")?;
    for entry in &report.no_trades {
        let decisions = count(entry.decisions as f64);
        writeln!(out, "  {decisions:>9}  {}", entry.reason.words())?;
    }
    writeln!(out)
}

fn round_trips(out: &mut impl Write, trades: &[Trade], shown: usize) -> io::Result<()> {
    if shown == 0 || trades.is_empty() {
        return Ok(());
    }
    writeln!(out, "Trades")?;
    for trade in trades.iter().take(shown) {
        writeln!(out, "  {}", round_trip(trade))?;
    }
    if trades.len() > shown {
        writeln!(out, "  … and {} more", count((trades.len() - shown) as f64))?;
    }
    writeln!(out)
}

fn round_trip(trade: &Trade) -> String {
    let side = match trade.side {
        Side::Long => "long",
        Side::Short => "short",
    };
    format!(
        "{side:<5} {:>10} at {} {}, out {} {} ({}), net {}",
        trade.quantity,
        trade.entry_at,
        trade.entry_price,
        trade.exit_at,
        trade.exit_price,
        trade.exit_reason.name(),
        money(trade.net_profit)
    )
}

/// The conventions and options of the run, in one paragraph.
fn conventions(config: &RunConfig) -> String {
    let Strategy::PredictedMove(strategy) = config.strategy;
    let prediction = config.prediction;
    let target = match prediction.target {
        TargetField::Open => "open",
        TargetField::Close => "close",
    };
    let sigma = match strategy.sigma {
        SigmaSource::Error => "the prediction error",
        SigmaSource::Atr => "ATR(14) (in place of the prediction error)",
    };
    let anchor = match strategy.level_anchor {
        LevelAnchor::Decision => "the deciding close",
        LevelAnchor::Fill => "the actual fill",
    };
    let side = match strategy.side {
        SidePolicy::Both => "long and short",
        SidePolicy::LongOnly => "long only",
        SidePolicy::ShortOnly => "short only",
    };
    let commission = commission_words(&config.costs.commission);
    format!(
        "Conventions: decided at each bar's close on the {} baseline's prediction of the {target} {} bars ahead; {side}; \
         gates {} × {sigma} and {} × ATR(14); market entry at the next open; target at the prediction, stop at \
         its distance divided by {}, measured from {anchor}; a gap through a level fills at the open, and where one bar reaches both \
         levels the stop is first (pessimistic); risk {} of equity a trade, leverage {}, gap buffer {}; commission {commission}; \
         no slippage; initial equity {}; open positions close at the last bar. Metrics in dialect atrium.",
        prediction.source.name(),
        prediction.horizon_bars,
        strategy.k_sigma_err,
        strategy.k_atr_min_tp,
        strategy.reward_risk_ratio,
        exact_percent(config.sizing.risk_per_trade),
        config.sizing.leverage,
        exact_percent(config.sizing.gap_buffer),
        exact_money(config.initial_equity),
    )
}
