//! Trades and equity as CSV: UTF-8 with a line of column names, commas, a decimal point, every digit that a number has.
//! Times are UTC, `YYYY-MM-DD HH:MM:SS`, which spreadsheets and pandas both take for times.

use std::fmt::Write;

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::charts::drawdowns;
use atrium_shared::trading::orders::{Side, SizedBy};
use atrium_shared::trading::portfolio::Trade;

use crate::picture::Picture;

/// The columns of trades.
pub(super) const TRADES: &str = "trade,side,quantity,sized_by,decided_at_utc,entry_at_utc,entry_price,target_price,\
stop_price,initial_risk,exit_at_utc,exit_price,exit_reason,gross_profit,commission,slippage,spread,borrow,financing,\
conversion,costs,net_profit,mae,mfe,bars_held";

/// The columns of equity.
pub(super) const EQUITY: &str = "bar_end_utc,equity,benchmark,drawdown";

/// A line for each trade, in order of exit. Times of fills are the starts of their bars. Absent prices are empty.
pub(super) fn trades(trades: &[Trade]) -> String {
    let mut text = format!("{TRADES}\n");
    for (index, trade) in trades.iter().enumerate() {
        let parts = &trade.cost_parts;
        let columns = [
            (index + 1).to_string(),
            match trade.side {
                Side::Long => "long",
                Side::Short => "short",
            }
            .to_owned(),
            trade.quantity.to_string(),
            sized_by(trade.sized_by).to_owned(),
            time(trade.decided_at),
            time(trade.entry_at),
            trade.entry_price.to_string(),
            optional(trade.target_price),
            optional(trade.stop_price),
            optional(trade.initial_risk),
            time(trade.exit_at),
            trade.exit_price.to_string(),
            trade.exit_reason.name().replace(' ', "_"),
            trade.gross_profit.to_string(),
            parts.commission.to_string(),
            parts.slippage.to_string(),
            parts.spread.to_string(),
            parts.borrow.to_string(),
            parts.financing.to_string(),
            parts.conversion.to_string(),
            trade.costs.to_string(),
            trade.net_profit.to_string(),
            trade.mae.to_string(),
            trade.mfe.to_string(),
            trade.bars_held.to_string(),
        ];
        text.push_str(&columns.join(","));
        text.push('\n');
    }
    text
}

/// A line for each bar: its end, equity and buy-and-hold at its close, and the drawdown from the highest equity as a share
/// of 0 or less.
pub(super) fn equity(picture: &Picture<'_>) -> String {
    let mut text = format!("{EQUITY}\n");
    let below = drawdowns(picture.equity, picture.report.config.initial_equity);
    let rows = picture.bars.end().iter().zip(picture.equity);
    for ((&end, equity), (benchmark, drawdown)) in rows.zip(picture.benchmark.iter().zip(below)) {
        let end = time(end);
        // writing to text cannot fail
        let _ = writeln!(text, "{end},{equity},{benchmark},{drawdown}");
    }
    text
}

fn sized_by(by: SizedBy) -> &'static str {
    match by {
        SizedBy::Risk => "risk",
        SizedBy::BuyingPower => "buying_power",
        SizedBy::MaxPosition => "max_position",
        SizedBy::Asked => "asked",
        SizedBy::Fill => "fill",
    }
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn time(at: Timestamp) -> String {
    let text = at.to_string();
    text.trim_end_matches('Z').replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_such_as_spreadsheets_take() {
        let at = Timestamp::from_seconds(1_711_459_845);
        assert_eq!(time(at), "2024-03-26 13:30:45");
        assert_eq!(time(Timestamp(at.0 + 250_000)), "2024-03-26 13:30:45.25");
    }
}
