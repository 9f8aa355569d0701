//! quantstats 0.0.86: the functions of its `stats` module with their defaults, on returns between session closes, the first
//! against the initial equity, and the calendar's sessions a year as `periods`.
//!
//! What quantstats calls wins and losses are sessions, not trades. Skewness and kurtosis are corrected for the sample's
//! size, kurtosis is in excess of 3. Value at risk and its conditional sister assume a normal distribution. The ulcer
//! index divides by the sessions less one. Where quantstats takes a return of 0 among the gains (profit factor, outlier
//! ratio), so does this.

use super::series;
use crate::base::math;
use crate::research::metrics::RunData;
use crate::research::metrics::drawdown::Drawdowns;
use crate::research::metrics::returns::{NOISE, Returns};
use crate::research::metrics::stat::{Absent, Outcome, ratio};
use crate::research::metrics::tails::percentile;

mod list;

pub(super) use list::metrics;

/// The 5th percentile of the standard normal distribution.
const NORMAL_LOW: f64 = -1.644_853_626_951_472_9;
/// The mean of the standard normal distribution below it, positive.
const NORMAL_SHORTFALL: f64 = 2.062_712_807_507_425_7;

struct Facts<'a> {
    run: &'a RunData<'a>,
    returns: Returns,
    benchmark: Returns,
    /// Drawdowns at session closes.
    drawdowns: Drawdowns,
}

impl<'a> Facts<'a> {
    fn new(run: &'a RunData<'a>) -> Self {
        let by_session = RunData {
            equity: run.session_equity,
            ends: &[],
            ..*run
        };
        Self {
            run,
            returns: Returns::of(run.initial_equity, run.session_equity),
            benchmark: Returns::of(run.initial_equity, run.benchmark_session_equity),
            drawdowns: Drawdowns::of(&by_session),
        }
    }

    fn values(&self) -> Result<&[f64], Absent> {
        self.returns.values()
    }

    fn total(&self) -> Outcome {
        let last = self.run.session_equity.last().ok_or(Absent::NoSessions)?;
        Ok(last / self.run.initial_equity - 1.0)
    }

    fn cagr(&self) -> Outcome {
        let years = self.values()?.len() as f64 / self.run.sessions_per_year;
        Ok(math::pow(1.0 + self.total()?, 1.0 / years) - 1.0)
    }

    fn sharpe(&self) -> Outcome {
        let excess = self.returns.mean()? - self.run.session_risk_free();
        let deviation = self.returns.true_deviation()?;
        Ok(excess / deviation * math::sqrt(self.run.sessions_per_year))
    }

    fn sortino(&self) -> Outcome {
        let risk_free = self.run.session_risk_free();
        let excess: Vec<f64> = self
            .values()?
            .iter()
            .map(|value| value - risk_free)
            .collect();
        let mean = series::mean(&excess, Absent::TooFewSessions)?;
        Ok(mean / series::downside(&excess)? * math::sqrt(self.run.sessions_per_year))
    }

    fn omega(&self) -> Outcome {
        let (gains, losses) = series::gains_and_losses(self.values()?);
        ratio(gains, -losses, Absent::NoLosses)
    }

    fn gain_to_pain(&self) -> Outcome {
        let (gains, losses) = series::gains_and_losses(self.values()?);
        ratio(gains + losses, -losses, Absent::NoLosses)
    }

    fn calmar(&self) -> Outcome {
        ratio(
            self.cagr()?,
            -self.drawdowns.deepest.share,
            Absent::NoDrawdown,
        )
    }

    fn recovery_factor(&self) -> Outcome {
        let sum: f64 = self.values()?.iter().sum();
        ratio(sum.abs(), -self.drawdowns.deepest.share, Absent::NoDrawdown)
    }

    fn ulcer_index(&self) -> Outcome {
        let sessions = self.values()?.len();
        Ok(math::sqrt(self.drawdowns.squares / (sessions - 1) as f64))
    }

    fn ulcer_performance(&self) -> Outcome {
        ratio(self.total()?, self.ulcer_index()?, Absent::NoDrawdown)
    }

    /// Summed returns over ulcer index times the normal shortfall of drawdowns in deviations of returns.
    fn serenity(&self) -> Outcome {
        let depths = self.depths()?;
        let mean = series::mean(&depths, Absent::NoSessions)?;
        let shortfall = mean - series::deviation(&depths)? * NORMAL_SHORTFALL;
        let pitfall = -shortfall / self.returns.true_deviation()?;
        let sum: f64 = self.values()?.iter().sum();
        ratio(sum, self.ulcer_index()? * pitfall, Absent::NoDrawdown)
    }

    fn depths(&self) -> Result<Vec<f64>, Absent> {
        self.values()?;
        let mut peak = self.run.initial_equity;
        let depth = |&equity: &f64| {
            if equity > peak {
                peak = equity;
            }
            equity / peak - 1.0
        };
        Ok(self.run.session_equity.iter().map(depth).collect())
    }

    /// Days from the first to the last session of the longest drawdown, both counted.
    fn longest_drawdown_days(&self) -> Outcome {
        if self.run.session_days.len() != self.run.session_equity.len() {
            return Err(Absent::NoTimes);
        }
        let (mut longest, mut first) = (0, None);
        for (day, depth) in self.run.session_days.iter().zip(self.depths()?) {
            if depth < 0.0 {
                let first = *first.get_or_insert(day.0);
                longest = longest.max(day.0 - first + 1);
            } else {
                first = None;
            }
        }
        Ok(f64::from(longest))
    }

    fn value_at_risk(&self) -> Outcome {
        Ok(self.returns.mean()? + NORMAL_LOW * self.returns.true_deviation()?)
    }

    fn shortfall(&self) -> Outcome {
        Ok(self.returns.mean()? - NORMAL_SHORTFALL * self.returns.deviation()?)
    }

    fn quantile(&self, share: f64) -> Outcome {
        Ok(percentile(&mut self.values()?.to_vec(), share))
    }

    fn tail_ratio(&self) -> Outcome {
        let low = self.quantile(0.05)?;
        if low.abs() <= NOISE {
            return Err(Absent::ZeroDenominator);
        }
        Ok((self.quantile(0.95)? / low).abs())
    }

    fn mean_where(&self, pass: fn(f64) -> bool, none: Absent) -> Outcome {
        series::mean_where(self.values()?, pass, none)
    }

    fn average_win(&self) -> Outcome {
        self.mean_where(|value| value > 0.0, Absent::NoWinningSessions)
    }

    fn average_loss(&self) -> Outcome {
        self.mean_where(|value| value < 0.0, Absent::NoLosses)
    }

    fn payoff(&self) -> Outcome {
        ratio(
            self.average_win()?,
            self.average_loss()?.abs(),
            Absent::NoLosses,
        )
    }

    fn win_rate(&self) -> Outcome {
        let values = self.values()?;
        let wins = values.iter().filter(|&&value| value > 0.0).count();
        let losses = values.iter().filter(|&&value| value < 0.0).count();
        ratio(wins as f64, (wins + losses) as f64, Absent::NoVariation)
    }

    fn kelly(&self) -> Outcome {
        let (wins, payoff) = (self.win_rate()?, self.payoff()?);
        ratio(
            payoff * wins - (1.0 - wins),
            payoff,
            Absent::NoWinningSessions,
        )
    }

    fn outlier_win(&self) -> Outcome {
        let gain = self.mean_where(|value| value >= 0.0, Absent::NoWinningSessions)?;
        ratio(self.quantile(0.99)?, gain, Absent::NoWinningSessions)
    }

    fn outlier_loss(&self) -> Outcome {
        ratio(self.quantile(0.01)?, self.average_loss()?, Absent::NoLosses)
    }

    /// In whole per cent, rounded up.
    fn exposure(&self) -> Outcome {
        let values = self.values()?;
        let moved = values.iter().filter(|&&value| value != 0.0).count();
        Ok((moved as f64 / values.len() as f64 * 100.0).ceil() / 100.0)
    }

    fn risk_of_ruin(&self) -> Outcome {
        let wins = self.win_rate()?;
        Ok(math::pow(
            (1.0 - wins) / (1.0 + wins),
            self.values()?.len() as f64,
        ))
    }

    fn streak(&self, pass: fn(f64) -> bool) -> Outcome {
        let (mut longest, mut running) = (0u32, 0);
        for &value in self.values()? {
            running = if pass(value) { running + 1 } else { 0 };
            longest = longest.max(running);
        }
        Ok(f64::from(longest))
    }

    fn benchmark_values(&self) -> Result<&[f64], Absent> {
        self.benchmark.values().map_err(|_| Absent::NoBenchmark)
    }

    fn beta(&self) -> Outcome {
        series::slope(self.values()?, self.benchmark_values()?)
    }

    fn alpha(&self) -> Outcome {
        let of_benchmark = self.beta()? * self.benchmark.mean()?;
        Ok((self.returns.mean()? - of_benchmark) * self.run.sessions_per_year)
    }

    fn r_squared(&self) -> Outcome {
        let correlation =
            self.beta()? * self.benchmark.true_deviation()? / self.returns.true_deviation()?;
        Ok(correlation * correlation)
    }

    fn information_ratio(&self) -> Outcome {
        let (ours, theirs) = (self.values()?, self.benchmark_values()?);
        if ours.len() != theirs.len() {
            return Err(Absent::NoBenchmark);
        }
        let pairs = ours.iter().zip(theirs);
        let active: Vec<f64> = pairs.map(|(ours, theirs)| ours - theirs).collect();
        let mean = series::mean(&active, Absent::NoBenchmark)?;
        Ok(mean / series::true_deviation(&active)?)
    }

    fn treynor(&self) -> Outcome {
        ratio(
            self.total()? - self.run.risk_free,
            self.beta()?,
            Absent::ZeroDenominator,
        )
    }
}
