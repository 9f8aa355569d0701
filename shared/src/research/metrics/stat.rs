//! What a statistic is: a finite number, or the reason why there is none.

use serde::{Deserialize, Serialize};

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
    /// There is no bar.
    NoBars,
    /// When the bars begin and end was not given.
    NoTimes,
    /// There is no session in the span.
    NoSessions,
    /// Fewer than twenty session returns, so that none of them is the worst twentieth.
    FewerThan20Sessions,
    /// No return is negative.
    NoLosses,
    /// No return is positive.
    NoWinningSessions,
    /// Equity never fell below its highest point.
    NoDrawdown,
    /// Fewer than two trades.
    TooFewTrades,
    /// No trade earned.
    NoWinners,
    /// No trade had a stop that put cash at stake.
    NoInitialRisk,
    /// There is no benchmark over the same sessions.
    NoBenchmark,
    /// The trades did not earn before costs.
    NoGrossProfit,
    /// What it is divided by is zero.
    ZeroDenominator,
    /// The configuration makes no sense, so that there is no run.
    NoRun,
    /// Data that the configuration needs are missing or unfit, so that there is no run.
    NoData,
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
            Self::NoBars => "no bars",
            Self::NoTimes => "bar times not known",
            Self::NoSessions => "no session",
            Self::FewerThan20Sessions => "fewer than 20 session returns",
            Self::NoLosses => "no negative return",
            Self::NoWinningSessions => "no positive return",
            Self::NoDrawdown => "no drawdown",
            Self::TooFewTrades => "fewer than two trades",
            Self::NoWinners => "no winning trades",
            Self::NoInitialRisk => "no trade with a stop",
            Self::NoBenchmark => "no benchmark",
            Self::NoGrossProfit => "no profit before costs",
            Self::ZeroDenominator => "divided by zero",
            Self::NoRun => "cannot be run",
            Self::NoData => "lacks data",
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
}

/// What computing a statistic gives before it is kept as a [`Stat`]; the form in which `?` works.
pub(super) type Outcome = Result<f64, Absent>;

impl From<Outcome> for Stat {
    /// A number that is not finite is absent: it overflowed on its way.
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(value) if value.is_finite() => Self::Value(value),
            Ok(_) => Self::Absent(Absent::Overflow),
            Err(reason) => Self::Absent(reason),
        }
    }
}

/// `numerator / denominator`; absent for the reason given where the denominator is zero, and where either overflowed: a
/// finite number over an infinite one would be a zero that nothing measured.
pub(super) fn ratio(numerator: f64, denominator: f64, zero: Absent) -> Outcome {
    if !numerator.is_finite() || !denominator.is_finite() {
        return Err(Absent::Overflow);
    }
    if denominator == 0.0 {
        return Err(zero);
    }
    Ok(numerator / denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_absent() {
        assert_eq!(Stat::from(Ok(1.5)), Stat::Value(1.5));
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Stat::from(Ok(value)), Stat::Absent(Absent::Overflow));
            assert_eq!(ratio(1.0, value, Absent::NoTrades), Err(Absent::Overflow));
        }
        assert_eq!(ratio(1.0, 0.0, Absent::NoTrades), Err(Absent::NoTrades));
        assert_eq!(
            Stat::from(ratio(1e300, 1e-300, Absent::NoTrades)),
            Stat::Absent(Absent::Overflow)
        );
    }
}
