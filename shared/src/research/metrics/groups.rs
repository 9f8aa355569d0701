//! The metrics by group, as the report keeps them.

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::returns::Returns;
use super::stat::Stat;
use super::tails::Tails;
use super::trade_sums::TradeSums;
use super::{
    alpha, annual_return, beta, cagr, calmar, drawdown, expectancy, expected_shortfall, exposure,
    kelly, kurtosis, payoff, profit_factor, sharpe, skew, sortino, sqn, tail_ratio, total_return,
    trade_length, trade_profit, turnover, ulcer_index, value_at_risk, volatility, win_rate,
};
use crate::trading::portfolio::Trade;

/// What was earned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReturnMetrics {
    /// Equity at the end, in account currency.
    pub final_equity: f64,
    /// `final equity / initial equity − 1`, as a share.
    pub total_return: Stat,
    /// Compounded by sessions to a year, as a share.
    pub annual_return: Stat,
    /// Compound annual growth rate over years of 365.25 days, as a share.
    pub cagr: Stat,
}

impl ReturnMetrics {
    pub(super) fn of(basis: &Basis<'_>) -> Self {
        Self {
            final_equity: basis.final_equity(),
            total_return: total_return::total_return(basis).into(),
            annual_return: annual_return::annual_return(basis).into(),
            cagr: cagr::cagr(basis).into(),
        }
    }
}

/// At what risk. Returns are those between session closes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskMetrics {
    /// Annualised standard deviation of returns, as a share.
    pub volatility: Stat,
    /// Annualised Sharpe ratio.
    pub sharpe: Stat,
    /// Annualised Sortino ratio.
    pub sortino: Stat,
    /// CAGR over the deepest drawdown.
    pub calmar: Stat,
    /// The deepest fall from a peak at bar closes, as a share, 0 or less.
    pub max_drawdown: Stat,
    /// Its length from the peak to the recovery or the end, in bars.
    pub max_drawdown_bars: Stat,
    /// The same in days of 24 hours.
    pub max_drawdown_days: Stat,
    /// The longest stay below a peak at bar closes, in bars.
    pub longest_drawdown_bars: Stat,
    /// The same in days of 24 hours.
    pub longest_drawdown_days: Stat,
    /// The deepest fall at session closes, as a share, 0 or less.
    pub max_drawdown_session: Stat,
    /// Root mean square of drawdowns at bar closes, as a share.
    pub ulcer_index: Stat,
    /// The 5th percentile of returns, as a share.
    pub var_95: Stat,
    /// The mean of the worst twentieth of returns, as a share.
    pub cvar_95: Stat,
    /// The 95th percentile over the size of the 5th.
    pub tail_ratio: Stat,
    /// Skewness of returns.
    pub skew: Stat,
    /// Raw kurtosis of returns: 3 for a normal distribution.
    pub kurtosis: Stat,
}

impl RiskMetrics {
    pub(super) fn of(basis: &Basis<'_>) -> Self {
        let tails = Tails::of(&basis.returns);
        let (deepest, longest) = (&basis.drawdowns.deepest, &basis.drawdowns.longest);
        Self {
            volatility: volatility::volatility(basis).into(),
            sharpe: sharpe::sharpe(basis).into(),
            sortino: sortino::sortino(basis).into(),
            calmar: calmar::calmar(basis).into(),
            max_drawdown: drawdown::max_drawdown(basis).into(),
            max_drawdown_bars: deepest.length_bars().into(),
            max_drawdown_days: deepest.length_days().into(),
            longest_drawdown_bars: longest.length_bars().into(),
            longest_drawdown_days: longest.length_days().into(),
            max_drawdown_session: drawdown::max_drawdown_session(basis).into(),
            ulcer_index: ulcer_index::ulcer_index(basis).into(),
            var_95: value_at_risk::value_at_risk(tails).into(),
            cvar_95: expected_shortfall::expected_shortfall(tails).into(),
            tail_ratio: tail_ratio::tail_ratio(tails).into(),
            skew: skew::skew(basis).into(),
            kurtosis: kurtosis::kurtosis(basis).into(),
        }
    }
}

/// How much was traded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ActivityMetrics {
    /// The share of bars in which a position was open.
    pub exposure: Stat,
    /// How often equity was turned over.
    pub turnover: Stat,
    /// The same a year.
    pub annual_turnover: Stat,
}

impl ActivityMetrics {
    pub(super) fn of(basis: &Basis<'_>) -> Self {
        Self {
            exposure: exposure::exposure(basis).into(),
            turnover: turnover::turnover(basis).into(),
            annual_turnover: turnover::annual_turnover(basis).into(),
        }
    }
}

/// How the run relates to buy-and-hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkComparison {
    /// Jensen's alpha, as a share a year.
    pub alpha: Stat,
    /// The slope of the regression of returns on those of the benchmark.
    pub beta: Stat,
}

impl BenchmarkComparison {
    pub(super) fn of(basis: &Basis<'_>, benchmark: &Returns) -> Self {
        Self {
            alpha: alpha::alpha(basis, benchmark).into(),
            beta: beta::beta(basis, benchmark).into(),
        }
    }
}

/// What trades were like. Profits are net of all costs, in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TradeMetrics {
    /// How many round trips.
    pub trades: u64,
    /// The share that earned.
    pub win_rate: Stat,
    /// What winners earned over what losers lost.
    pub profit_factor: Stat,
    /// The average net profit.
    pub expectancy: Stat,
    /// The average net profit in units of the initial risk.
    pub expectancy_r: Stat,
    /// Average win over average loss.
    pub payoff: Stat,
    /// The average net profit of winners.
    pub average_win: Stat,
    /// The average net profit of losers, below 0.
    pub average_loss: Stat,
    /// The highest net profit.
    pub best_trade: Stat,
    /// The lowest net profit.
    pub worst_trade: Stat,
    /// The average length in bars.
    pub average_trade_bars: Stat,
    /// The average length in seconds.
    pub average_trade_seconds: Stat,
    /// The longest trade in bars.
    pub longest_trade_bars: Stat,
    /// The longest trade in seconds.
    pub longest_trade_seconds: Stat,
    /// System quality number.
    pub sqn: Stat,
    /// Kelly criterion, as a share.
    pub kelly: Stat,
}

impl TradeMetrics {
    fn of(sums: &TradeSums) -> Self {
        Self {
            trades: sums.count,
            win_rate: win_rate::win_rate(sums).into(),
            profit_factor: profit_factor::profit_factor(sums).into(),
            expectancy: expectancy::expectancy(sums).into(),
            expectancy_r: expectancy::expectancy_r(sums).into(),
            payoff: payoff::payoff(sums).into(),
            average_win: trade_profit::average_win(sums).into(),
            average_loss: trade_profit::average_loss(sums).into(),
            best_trade: trade_profit::best(sums).into(),
            worst_trade: trade_profit::worst(sums).into(),
            average_trade_bars: trade_length::average_bars(sums).into(),
            average_trade_seconds: trade_length::average_seconds(sums).into(),
            longest_trade_bars: trade_length::longest_bars(sums).into(),
            longest_trade_seconds: trade_length::longest_seconds(sums).into(),
            sqn: sqn::sqn(sums).into(),
            kelly: kelly::kelly(sums).into(),
        }
    }
}

/// The same statistics over all trades and over those of each side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TradesBySide {
    /// All trades.
    pub all: TradeMetrics,
    /// Those bought first.
    pub long: TradeMetrics,
    /// Those sold first.
    pub short: TradeMetrics,
}

impl TradesBySide {
    pub(super) fn of(trades: &[Trade]) -> Self {
        let [all, long, short] = TradeSums::by_side(trades);
        Self {
            all: TradeMetrics::of(&all),
            long: TradeMetrics::of(&long),
            short: TradeMetrics::of(&short),
        }
    }
}
