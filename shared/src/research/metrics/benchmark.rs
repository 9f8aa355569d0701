//! Buy-and-hold, which stands beside every run.

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::returns::Returns;
use super::stat::Stat;
use super::{RunData, cagr, drawdown, sharpe, total_return, volatility};

/// The equity of buy-and-hold: the whole initial equity put into the instrument at the first bar's open, in fractions of a
/// lot, without costs, and valued at closes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Benchmark {
    /// At each bar's close, in account currency.
    pub equity: Vec<f64>,
    /// At each session's close.
    pub session_equity: Vec<f64>,
}

impl Benchmark {
    /// `initial equity · close / first open`. `session_closes` are the numbers of the closes that are the last of their sessions.
    pub fn buy_and_hold(
        initial_equity: f64,
        first_open: f64,
        closes: &[f64],
        session_closes: &[usize],
    ) -> Self {
        let equity: Vec<f64> = closes
            .iter()
            .map(|close| initial_equity * (close / first_open))
            .collect();
        let closes = session_closes.iter();
        let session_equity = closes.filter_map(|&bar| equity.get(bar).copied()).collect();
        Self {
            equity,
            session_equity,
        }
    }
}

/// What buy-and-hold was worth, by the definitions of the run's own metrics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkMetrics {
    /// Equity at the end, in account currency.
    pub final_equity: f64,
    /// `final equity / initial equity − 1`, as a share.
    pub total_return: Stat,
    /// Compound annual growth rate, as a share.
    pub cagr: Stat,
    /// Annualised standard deviation of session returns, as a share.
    pub volatility: Stat,
    /// Annualised Sharpe ratio of session returns.
    pub sharpe: Stat,
    /// The deepest fall from a peak at bar closes, as a share, 0 or less.
    pub max_drawdown: Stat,
    /// The same at session closes.
    pub max_drawdown_session: Stat,
}

impl BenchmarkMetrics {
    /// The metrics of the benchmark beside a run.
    pub fn of(run: &RunData<'_>) -> Self {
        let held = RunData {
            equity: run.benchmark_equity,
            session_equity: run.benchmark_session_equity,
            trades: &[],
            ..*run
        };
        let returns = Returns::of(held.initial_equity, held.session_equity);
        let basis = Basis::of_sessions(&held, returns);
        Self {
            final_equity: basis.final_equity(),
            total_return: total_return::total_return(&basis).into(),
            cagr: cagr::cagr(&basis).into(),
            volatility: volatility::volatility(&basis).into(),
            sharpe: sharpe::sharpe(&basis).into(),
            max_drawdown: Ok(drawdown::deepest(held.initial_equity, held.equity)).into(),
            max_drawdown_session: drawdown::max_drawdown_session(&basis).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn bought_at_the_first_open_and_valued_at_closes() {
        let closes = [55.0, 44.0, 60.0];
        let held = Benchmark::buy_and_hold(100.0, 50.0, &closes, &[1, 2]);
        let close = |ours: &[f64], expected: &[f64]| {
            assert_eq!(ours.len(), expected.len());
            assert!(
                ours.iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-12)
            );
        };
        close(&held.equity, &[110.0, 88.0, 120.0]);
        close(&held.session_equity, &[88.0, 120.0]);
        let flat = [100.0; 3];
        let metrics = BenchmarkMetrics::of(&RunData {
            benchmark_equity: &held.equity,
            benchmark_session_equity: &held.session_equity,
            ..run(&flat, &[], 2)
        });
        assert!((metrics.final_equity - 120.0).abs() < 1e-12);
        assert!((metrics.max_drawdown.value().unwrap() + 0.2).abs() < 1e-12);
        assert!((metrics.max_drawdown_session.value().unwrap() + 0.12).abs() < 1e-12);
    }
}
