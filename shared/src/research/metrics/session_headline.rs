//! The headline metrics of a run of which equity is known at session closes alone, as a sweep knows it.

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::trade_sums::TradeSums;
use super::{RunData, Stat, cagr, drawdown, profit_factor, sharpe, total_return, win_rate};
use crate::base::time::Timestamp;

/// What the headline metrics of a sweep are computed from.
#[derive(Debug, Clone, Copy)]
pub struct SessionRun<'a> {
    /// Equity before the first bar.
    pub initial_equity: f64,
    /// Equity at each session's close.
    pub session_equity: &'a [f64],
    /// The start of the first bar and the end of the last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Sessions a year.
    pub sessions_per_year: f64,
    /// The risk-free rate, as a share a year, compounded.
    pub risk_free: f64,
    /// How many round trips.
    pub trades: u64,
    /// How many of them with a net profit above 0.
    pub wins: u64,
    /// Their summed net profit, in order of exit.
    pub profit: f64,
    /// The summed net profit of those below 0, in order of exit; 0 or less.
    pub loss: f64,
}

/// The headline metrics of a sweep, in dialect `atrium`: those of [`Headline`](super::Headline), but for the drawdown, which is that
/// of session closes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SessionHeadline {
    /// Equity at the end, in account currency.
    pub final_equity: f64,
    /// `final equity / initial equity − 1`.
    pub total_return: Stat,
    /// Compound annual growth rate.
    pub cagr: Stat,
    /// Annualised Sharpe ratio of session returns.
    pub sharpe: Stat,
    /// The deepest fall from a peak at session closes, 0 or less.
    pub max_drawdown_session: Stat,
    /// How many round trips.
    pub trades: u64,
    /// The share of trades with a net profit above 0.
    pub win_rate: Stat,
    /// Gross profit over gross loss of trades, net of costs.
    pub profit_factor: Stat,
}

impl SessionHeadline {
    /// Computes them by the formulas of all runs.
    pub fn of(run: &SessionRun<'_>) -> Self {
        let equity = run.session_equity;
        let last = equity.len().saturating_sub(1);
        let data = RunData {
            span: run.span,
            risk_free: run.risk_free,
            ..RunData::curve(
                run.initial_equity,
                // equity at the end is all that is asked of bars
                equity.get(last..).unwrap_or_default(),
                equity,
                run.sessions_per_year,
            )
        };
        let basis = Basis::new(&data);
        let trades = TradeSums {
            count: run.trades,
            wins: run.wins,
            profit: run.profit,
            loss: run.loss,
            ..TradeSums::default()
        };
        Self {
            final_equity: basis.final_equity(),
            total_return: total_return::total_return(&basis).into(),
            cagr: cagr::cagr(&basis).into(),
            sharpe: sharpe::sharpe(&basis).into(),
            max_drawdown_session: drawdown::max_drawdown_session(&basis).into(),
            trades: run.trades,
            win_rate: win_rate::win_rate(&trades).into(),
            profit_factor: profit_factor::profit_factor(&trades).into(),
        }
    }
}
