//! What a run was worth, one statistic a file. A statistic that is not defined is absent with a reason, never a made-up
//! number.

mod cagr;
mod drawdown;
mod profit_factor;
mod sharpe;
mod total_return;
mod win_rate;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::trading::portfolio::Trade;

/// A statistic: a finite number, or the reason why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stat {
    /// The value.
    Value(f64),
    /// Why there is no value.
    Absent(Absent),
}

/// Why a statistic is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// There is no trade.
    NoTrades,
    /// No trade lost, so there is nothing to divide by.
    NoLosers,
    /// Fewer than two session returns.
    TooFewSessions,
    /// The returns do not vary.
    NoVariation,
    /// The run is shorter than 30 days.
    ShorterThan30Days,
    /// The account was lost, so a rate of growth has no meaning.
    Ruined,
    /// The value is beyond what a number can hold.
    Overflow,
}

impl Absent {
    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoTrades => "no trades",
            Self::NoLosers => "no losing trades",
            Self::TooFewSessions => "fewer than two session returns",
            Self::NoVariation => "returns do not vary",
            Self::ShorterThan30Days => "shorter than 30 days",
            Self::Ruined => "account lost",
            Self::Overflow => "too large to state",
        }
    }
}

impl Stat {
    /// The value, if there is one.
    pub const fn value(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent(_) => None,
        }
    }

    /// A number that is absent if it overflowed.
    fn finite(value: f64) -> Self {
        if value.is_finite() {
            Self::Value(value)
        } else {
            Self::Absent(Absent::Overflow)
        }
    }
}

/// What statistics are computed from.
#[derive(Debug, Clone, Copy)]
pub struct RunData<'a> {
    /// Equity before the first bar.
    pub initial_equity: f64,
    /// Equity at each bar's close.
    pub equity: &'a [f64],
    /// Equity at each session's close.
    pub session_equity: &'a [f64],
    /// Round trips.
    pub trades: &'a [Trade],
    /// The start of the first bar and the end of the last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Sessions a year.
    pub sessions_per_year: f64,
}

/// The headline metrics, in dialect `atrium`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Equity at the end, in account currency.
    pub final_equity: f64,
    /// `final equity / initial equity − 1`.
    pub total_return: Stat,
    /// Compound annual growth rate.
    pub cagr: Stat,
    /// Annualised Sharpe ratio of session returns, risk-free rate 0.
    pub sharpe: Stat,
    /// The deepest fall from a peak at bar closes, 0 or less.
    pub max_drawdown: Stat,
    /// How many round trips.
    pub trades: u64,
    /// The share of trades with a net profit above 0.
    pub win_rate: Stat,
    /// Gross profit over gross loss of trades, net of costs.
    pub profit_factor: Stat,
}

impl Headline {
    /// Computes all of them.
    pub fn of(run: &RunData<'_>) -> Self {
        Self {
            final_equity: run.equity.last().copied().unwrap_or(run.initial_equity),
            total_return: total_return::total_return(run),
            cagr: cagr::cagr(run),
            sharpe: sharpe::sharpe(run),
            max_drawdown: drawdown::max_drawdown(run),
            trades: run.trades.len() as u64,
            win_rate: win_rate::win_rate(run),
            profit_factor: profit_factor::profit_factor(run),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn run<'a>(equity: &'a [f64], trades: &'a [Trade], days: i64) -> RunData<'a> {
        let start = Timestamp::from_seconds(1_700_000_000);
        RunData {
            initial_equity: 100.0,
            equity,
            session_equity: equity,
            trades,
            span: Some((start, start.plus_seconds(days * 86_400))),
            sessions_per_year: 252.0,
        }
    }

    #[test]
    fn a_run_of_nothing_is_all_absent_and_finite() {
        let headline = Headline::of(&RunData {
            span: None,
            ..run(&[], &[], 0)
        });
        assert_eq!(headline.sharpe, Stat::Absent(Absent::TooFewSessions));
        assert_eq!(headline.cagr, Stat::Absent(Absent::ShorterThan30Days));
        assert_eq!(headline.win_rate, Stat::Absent(Absent::NoTrades));
        assert_eq!(headline.profit_factor, Stat::Absent(Absent::NoTrades));
        assert_eq!(
            (headline.total_return, headline.max_drawdown),
            (Stat::Value(0.0), Stat::Value(0.0))
        );
        assert_eq!(headline.final_equity.to_bits(), 100.0f64.to_bits());
    }
}
