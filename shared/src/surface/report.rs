//! The report of a run: one form for the command line's `--json`, the page's export and the tests, so that their digits
//! can be compared; and the words and numbers that people read.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::market::bars::Instrument;
use crate::research::backtest::{Backtest, Digests, ENGINE_VERSION, NoTradeCount};
use crate::research::metrics::{Headline, Stat};
use crate::research::run_config::RunConfig;
use crate::trading::portfolio::Trade;

/// The data a run was made on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataReference {
    /// The data set's name in the store.
    pub data_set: String,
    /// What is traded.
    pub instrument: Instrument,
    /// Whether the bars are simulated.
    pub simulated: bool,
}

/// A whole run: what it was made of and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The version of the engine.
    pub engine: String,
    /// The data.
    pub data: DataReference,
    /// How many bars were walked.
    pub bars: u64,
    /// The start of the first bar.
    pub first_bar: Option<Timestamp>,
    /// The end of the last bar.
    pub last_bar_end: Option<Timestamp>,
    /// The configuration, every default written out.
    pub config: RunConfig,
    /// The headline metrics.
    pub headline: Headline,
    /// Trades whose size a cap limited.
    pub trades_capped: u64,
    /// Why decisions did not trade.
    pub no_trades: Vec<NoTradeCount>,
    /// When trading was halted, if it was.
    pub halted_at: Option<Timestamp>,
    /// The digests.
    pub digests: Digests,
    /// Round trips.
    pub round_trips: Vec<Trade>,
}

impl RunReport {
    /// The report of a run over `prepared` bars.
    pub fn new(
        data: DataReference,
        config: RunConfig,
        prepared: &crate::research::backtest::Prepared,
        run: &Backtest,
    ) -> Self {
        let bars = prepared.bars();
        Self {
            engine: ENGINE_VERSION.to_owned(),
            data,
            bars: bars.series().len() as u64,
            first_bar: bars.series().start().first().copied(),
            last_bar_end: bars.end().last().copied(),
            config,
            headline: run.headline,
            trades_capped: run.trades_capped,
            no_trades: run.no_trades.clone(),
            halted_at: run.halted.map(|(at, _)| at),
            digests: run.digests,
            round_trips: run.trades.clone(),
        }
    }
}

/// One line of a table of metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// The field's name in the JSON report.
    pub key: &'static str,
    /// Its name as shown.
    pub label: &'static str,
    /// Its value as shown; a dash where there is none.
    pub text: String,
    /// Why there is no value.
    pub absent: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

/// The headline metrics as they are shown, in their order.
pub fn headline_rows(headline: &Headline) -> Vec<MetricRow> {
    let row = |key, label, stat: Stat, show: fn(f64) -> String, meaning| match stat {
        Stat::Value(value) => MetricRow {
            key,
            label,
            text: show(value),
            absent: None,
            meaning,
        },
        Stat::Absent(reason) => MetricRow {
            key,
            label,
            text: DASH.to_owned(),
            absent: Some(reason.words()),
            meaning,
        },
    };
    vec![
        row(
            "total_return",
            "Total return",
            headline.total_return,
            percent,
            "Final equity over initial equity, less one.",
        ),
        row(
            "cagr",
            "CAGR",
            headline.cagr,
            percent,
            "Compound annual growth rate over years of 365.25 days.",
        ),
        row(
            "sharpe",
            "Sharpe",
            headline.sharpe,
            ratio,
            "Mean over standard deviation of returns between session closes, annualised by the calendar's sessions a year; risk-free rate 0.",
        ),
        row(
            "max_drawdown",
            "Max drawdown",
            headline.max_drawdown,
            percent,
            "The deepest fall of equity from its highest point before, at bar closes.",
        ),
        row(
            "trades",
            "Trades",
            Stat::Value(headline.trades as f64),
            count,
            "Round trips.",
        ),
        row(
            "win_rate",
            "Win rate",
            headline.win_rate,
            percent,
            "Share of trades that earned after costs.",
        ),
        row(
            "profit_factor",
            "Profit factor",
            headline.profit_factor,
            ratio,
            "What winning trades earned over what losing trades lost, after costs.",
        ),
        row(
            "final_equity",
            "Final equity",
            Stat::Value(headline.final_equity),
            money,
            "Equity at the end, in account currency.",
        ),
    ]
}

/// What stands where there is no number.
pub const DASH: &str = "–";

/// A share as a percentage with two decimals.
pub fn percent(share: f64) -> String {
    format!("{} %", fixed(share * 100.0, 2))
}

/// A ratio with two decimals.
pub fn ratio(value: f64) -> String {
    fixed(value, 2)
}

/// A whole number.
pub fn count(value: f64) -> String {
    fixed(value, 0)
}

/// An amount of money with two decimals.
pub fn money(value: f64) -> String {
    fixed(value, 2)
}

/// A number with `decimals` decimals, thousands separated by commas, and a true minus sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    // a value that rounds to zero has no sign
    if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        text.push('\u{2212}');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(fixed(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(fixed(-1_000.0, 0), "\u{2212}1,000");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(percent(-0.1234), "\u{2212}12.34 %");
    }
}
