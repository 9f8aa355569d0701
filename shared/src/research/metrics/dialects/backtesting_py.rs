//! backtesting.py 0.6.6: the statistics that `Backtest.run()` returns.
//!
//! Bars are known by their start. Returns are those between the last bars of UTC days, the first against the first day's, so
//! that the first day's own is not among them; they are compounded (geometric mean) to a year of 252 days, or 365 where
//! enough bars fall on weekends. The first bar's equity is the first peak. Trade returns are net profits over the notional
//! of the entry; the profit factor sums those, not cash. Durations are rounded up to the resolution of the bars' spacing.
//! Alpha and beta are to the market from the first close, beta on log returns of bars. Bars of a week or longer, which
//! backtesting.py annualises apart, do not exist here.

use super::series;
use crate::base::math;
use crate::base::time::Timestamp;
use crate::research::metrics::RunData;
use crate::research::metrics::stat::{Absent, Outcome, ratio};
use crate::research::metrics::trade_sums::TradeSums;

mod list;

pub(super) use list::metrics;

const MICROS: f64 = 1e6;
const MICROS_PER_DAY: f64 = 86_400e6;

struct Facts<'a> {
    run: &'a RunData<'a>,
    trades: TradeSums,
    trade_returns: Vec<f64>,
    /// Returns between the last bars of UTC days.
    day_returns: Vec<f64>,
    /// Depth, positive, and duration in microseconds of each drawdown.
    drawdowns: Vec<(f64, f64)>,
    /// The deepest drawdown, positive.
    deepest: f64,
    days_a_year: f64,
    /// What durations are rounded up to, in microseconds.
    resolution: f64,
}

impl<'a> Facts<'a> {
    fn new(run: &'a RunData<'a>) -> Self {
        let (drawdowns, deepest) = drawdowns(run);
        Self {
            run,
            trades: TradeSums::of(run.trades),
            trade_returns: series::trade_returns(run),
            day_returns: day_returns(run),
            drawdowns,
            deepest,
            days_a_year: days_a_year(run.starts),
            resolution: resolution(run.starts),
        }
    }

    fn first(&self) -> Outcome {
        self.run.equity.first().copied().ok_or(Absent::NoBars)
    }

    fn last(&self) -> Outcome {
        self.run.equity.last().copied().ok_or(Absent::NoBars)
    }

    fn total(&self) -> Outcome {
        Ok((self.last()? - self.first()?) / self.first()?)
    }

    fn market(&self) -> Outcome {
        let held = self.run.benchmark_equity;
        let (first, last) = held.first().zip(held.last()).ok_or(Absent::NoBenchmark)?;
        Ok((last - first) / first)
    }

    /// The geometric mean of day returns; 0 once one lost everything.
    fn day_return(&self) -> Outcome {
        geometric_mean(&self.day_returns, Absent::TooFewSessions)
    }

    fn annualised(&self) -> Outcome {
        Ok(math::pow(1.0 + self.day_return()?, self.days_a_year) - 1.0)
    }

    fn volatility(&self) -> Outcome {
        let growth = 1.0 + self.day_return()?;
        let deviation = series::true_deviation(&self.day_returns)?;
        let spread = math::pow(deviation * deviation + growth * growth, self.days_a_year)
            - math::pow(growth, 2.0 * self.days_a_year);
        if spread <= 0.0 {
            return Err(Absent::NoVariation);
        }
        Ok(math::sqrt(spread))
    }

    fn cagr(&self) -> Outcome {
        let (first, last) = self
            .run
            .starts
            .first()
            .zip(self.run.starts.last())
            .ok_or(Absent::NoTimes)?;
        let years = last.micros_since(*first) as f64 / MICROS_PER_DAY / 365.25;
        let growth = self.last()? / self.first()?;
        if growth <= 0.0 {
            return Err(Absent::Ruined);
        }
        Ok(math::pow(growth, ratio(1.0, years, Absent::NoTimes)?) - 1.0)
    }

    fn sharpe(&self) -> Outcome {
        ratio(
            self.annualised()? - self.run.risk_free,
            self.volatility()?,
            Absent::NoVariation,
        )
    }

    fn sortino(&self) -> Outcome {
        let excess = self.annualised()? - self.run.risk_free;
        let downside = series::downside(&self.day_returns)?;
        Ok(excess / downside / math::sqrt(self.days_a_year))
    }

    fn calmar(&self) -> Outcome {
        ratio(self.annualised()?, self.deepest, Absent::NoDrawdown)
    }

    fn beta(&self) -> Outcome {
        let ours = log_returns(self.run.equity)?;
        series::slope(&ours, &log_returns(self.run.benchmark_equity)?)
    }

    fn alpha(&self) -> Outcome {
        let risk_free = self.run.risk_free;
        Ok(self.total()? - risk_free - self.beta()? * (self.market()? - risk_free))
    }

    fn average_drawdown(&self) -> Outcome {
        let sum: f64 = self.drawdowns.iter().map(|(depth, _)| depth).sum();
        Ok(-ratio(
            sum,
            self.drawdowns.len() as f64,
            Absent::NoDrawdown,
        )?)
    }

    fn average_drawdown_seconds(&self) -> Outcome {
        let sum: f64 = self.drawdowns.iter().map(|(_, micros)| micros).sum();
        let mean = ratio(sum, self.drawdowns.len() as f64, Absent::NoDrawdown)?;
        self.rounded(mean)
    }

    fn longest_drawdown_seconds(&self) -> Outcome {
        let lengths = self.drawdowns.iter().map(|&(_, micros)| micros);
        self.rounded(lengths.max_by(f64::total_cmp).ok_or(Absent::NoDrawdown)?)
    }

    /// Microseconds rounded up to the resolution, in seconds.
    fn rounded(&self, micros: f64) -> Outcome {
        if self.run.starts.is_empty() {
            return Err(Absent::NoTimes);
        }
        Ok((micros / self.resolution).ceil() * self.resolution / MICROS)
    }

    fn profit_factor(&self) -> Outcome {
        self.trades.any(0.0)?;
        let (gains, losses) = series::gains_and_losses(&self.trade_returns);
        ratio(gains, -losses, Absent::NoLosers)
    }
}

/// `exp(mean of ln(1 + return)) − 1`, and 0 once a return is −1 or less.
fn geometric_mean(returns: &[f64], none: Absent) -> Outcome {
    if returns.iter().any(|&value| value <= -1.0) {
        return Ok(0.0);
    }
    let logs: f64 = returns.iter().map(|value| math::ln(1.0 + value)).sum();
    Ok(math::exp(ratio(logs, returns.len() as f64, none)?) - 1.0)
}

fn log_returns(equity: &[f64]) -> Result<Vec<f64>, Absent> {
    if equity.iter().any(|&value| value <= 0.0) {
        return Err(Absent::Ruined);
    }
    let pairs = equity.iter().zip(equity.iter().skip(1));
    Ok(pairs.map(|(before, now)| math::ln(now / before)).collect())
}

fn day_returns(run: &RunData<'_>) -> Vec<f64> {
    let mut closes: Vec<f64> = Vec::new();
    let mut day = None;
    for (start, &equity) in run.starts.iter().zip(run.equity) {
        let today = Some(start.utc_day());
        if today == day {
            closes.pop();
        }
        closes.push(equity);
        day = today;
    }
    let pairs = closes.iter().zip(closes.iter().skip(1));
    pairs.map(|(before, now)| now / before - 1.0).collect()
}

/// 365 where more than 0.6 of the two sevenths that a market without weekends would have there fall on them, else 252.
fn days_a_year(starts: &[Timestamp]) -> f64 {
    // 1970-01-01 was a Thursday
    let on_weekend = |start: &&Timestamp| (start.utc_day().0 + 3).rem_euclid(7) >= 5;
    let share = starts.iter().filter(on_weekend).count() as f64 / starts.len() as f64;
    if share > 2.0 / 7.0 * 0.6 {
        365.0
    } else {
        252.0
    }
}

/// The largest of day, hour, minute and second that the median spacing of the last hundred bars is a multiple of.
fn resolution(starts: &[Timestamp]) -> f64 {
    let recent = starts
        .get(starts.len().saturating_sub(100)..)
        .unwrap_or(starts);
    let mut gaps: Vec<i64> = recent
        .iter()
        .zip(recent.iter().skip(1))
        .map(|(before, now)| now.micros_since(*before))
        .collect();
    gaps.sort_unstable();
    let middle = gaps.len() / 2;
    let upper = gaps.get(middle).copied().unwrap_or(0);
    let lower = match gaps.len() % 2 {
        0 => gaps.get(middle.saturating_sub(1)).copied().unwrap_or(0),
        _ => upper,
    };
    let median = (lower + upper) / 2;
    let units = [86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000];
    let unit = units.iter().find(|&&unit| median % unit == 0);
    *unit.unwrap_or(&1_000_000) as f64
}

/// The depth and duration of each stay below a peak, and the deepest drawdown. A stay runs from the bar of the peak to the
/// bar that regains it, or to the last; one that ends with the bar after its peak is none.
fn drawdowns(run: &RunData<'_>) -> (Vec<(f64, f64)>, f64) {
    let mut all = Vec::new();
    let mut peak = f64::NEG_INFINITY;
    let (mut peak_index, mut depth, mut deepest) = (0, 0.0, 0.0);
    let last = run.equity.len().saturating_sub(1);
    for (index, &equity) in run.equity.iter().enumerate() {
        if equity > peak {
            peak = equity;
        }
        let drawdown = 1.0 - equity / peak;
        if drawdown > depth {
            depth = drawdown;
        }
        if depth > deepest {
            deepest = depth;
        }
        if drawdown <= 0.0 || index == last {
            if index > peak_index + 1 {
                let (start, end) = (run.starts.get(peak_index), run.starts.get(index));
                let micros = start
                    .zip(end)
                    .map_or(0, |(start, end)| end.micros_since(*start));
                all.push((depth, micros as f64));
            }
            (peak_index, depth) = (index, 0.0);
        }
    }
    (all, deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: &[i64]) -> Vec<Timestamp> {
        hours
            .iter()
            .map(|hour| Timestamp::from_seconds(hour * 3_600))
            .collect()
    }

    #[test]
    fn durations_are_rounded_to_the_spacing_of_bars() {
        let hour: f64 = 3_600e6;
        assert_eq!(resolution(&hours(&[0, 1, 2, 20])).to_bits(), hour.to_bits());
        assert_eq!(
            resolution(&hours(&[0, 24, 48])).to_bits(),
            (24.0 * hour).to_bits()
        );
        let halves = [0, 1_800, 3_600].map(Timestamp::from_seconds);
        assert_eq!(resolution(&halves).to_bits(), 60e6f64.to_bits());
    }

    #[test]
    fn weekends_make_a_year_longer() {
        // 1970-01-01 was a Thursday: hours 48 to 95 are the weekend
        let weekdays = hours(&[0, 24, 96, 120, 144]);
        assert_eq!(days_a_year(&weekdays).to_bits(), 252f64.to_bits());
        let all = hours(&[0, 24, 48, 72, 96, 120, 144]);
        assert_eq!(days_a_year(&all).to_bits(), 365f64.to_bits());
    }
}
