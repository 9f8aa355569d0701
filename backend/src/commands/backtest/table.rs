//! The report of a run as people read it.

use std::io::{self, Write};

use atrium_shared::market::curate::ResampleReport;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::TargetField;
use atrium_shared::surface::report::{RunReport, count, headline_rows, money};
use atrium_shared::trading::costs::Commission;
use atrium_shared::trading::orders::Side;
use atrium_shared::trading::portfolio::Trade;
use atrium_shared::trading::strategy::{LevelAnchor, NoTrade, SidePolicy, SigmaSource, Strategy};

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
        writeln!(out, "No trades. {}", hint(report))?;
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

/// What to change: the last check that any decision reached is the one that kept it from trading.
fn hint(report: &RunReport) -> &'static str {
    let furthest = report.no_trades.iter().map(|entry| entry.reason).max();
    match furthest {
        Some(NoTrade::NoPrediction | NoTrade::WarmingUp) | None => {
            "There are too few bars for the indicators to warm up: use a shorter --interval or more data."
        }
        Some(NoTrade::NoErrorSigma) => {
            "Too few prediction errors are known: use a shorter --interval or more data, or --k-sigma-err 0, or --sigma atr."
        }
        Some(NoTrade::NoMove) => "The predictions are all zero: try another --prediction.",
        Some(NoTrade::BelowErrorGate) => {
            "Every predicted move falls short of the error gate: lower --k-sigma-err."
        }
        Some(NoTrade::BelowAtrGate) => {
            "Every move that passes the error gate falls short of the ATR gate: lower --k-atr-min-tp, or raise --horizon-bars."
        }
        Some(NoTrade::SideNotAllowed) => {
            "Every move that passes the gates is on the other side: use --side both."
        }
        Some(NoTrade::LevelsTooClose) => {
            "Every stop would be closer than one tick: lower --reward-risk-ratio, or raise --k-atr-min-tp."
        }
        Some(NoTrade::PositionOpen) => "The only entries were never filled: use more data.",
        Some(NoTrade::BelowMinQuantity | NoTrade::BelowMinNotional) => {
            "Every size comes to less than the smallest order: raise --initial-equity, --risk-per-trade or --leverage."
        }
        Some(NoTrade::TooLarge) => {
            "Every size is more lots than can be counted: lower --initial-equity, --risk-per-trade or --leverage, or use a larger lot size."
        }
        Some(NoTrade::Halted) => "The account was lost, which halts trading.",
    }
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
    let commission = match config.costs.commission {
        Commission::None => "none".to_owned(),
        Commission::PerShare {
            rate,
            minimum,
            cap_fraction,
        } => format!(
            "{rate} a share, at least {}, at most {} of the notional",
            exact_money(minimum),
            exact_percent(cap_fraction)
        ),
    };
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

/// A share as a percentage, with every digit it has: 0.00025 is "0.025 %". The point is moved in the text, as a product
/// would be rounded.
fn exact_percent(share: f64) -> String {
    let text = share.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let padded = format!("{fraction:0<2}");
    let (moved, rest) = padded.split_at_checked(2).unwrap_or((&padded, ""));
    let digits = format!("{whole}{moved}");
    let whole = match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    match rest {
        "" => format!("{whole} %"),
        rest => format!("{whole}.{rest} %"),
    }
}

/// An amount of money with two decimals, or with more where it has more.
fn exact_money(amount: f64) -> String {
    let text = money(amount);
    match text.replace(',', "").parse::<f64>() {
        Ok(shown) if shown.to_bits() == amount.to_bits() => text,
        _ => amount.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_money_lose_no_digit() {
        for (share, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (12.5, "1250 %"),
            (0.01, "1 %"),
            (0.1, "10 %"),
            (0.07, "7 %"),
            (0.57, "57 %"),
            (0.00025, "0.025 %"),
            (0.123_456_789, "12.3456789 %"),
            (1e-12, "0.0000000001 %"),
        ] {
            assert_eq!(exact_percent(share), text);
        }
        for (amount, text) in [
            (100_000.0, "100,000.00"),
            (0.0, "0.00"),
            (0.35, "0.35"),
            (0.345, "0.345"),
            (1_234.567, "1234.567"),
        ] {
            assert_eq!(exact_money(amount), text);
        }
    }
}
