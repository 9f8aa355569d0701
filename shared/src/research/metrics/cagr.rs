//! Compound annual growth rate.

use super::{Absent, RunData, Stat};
use crate::base::math;

/// `(final equity / initial equity)^(1 / years) − 1`, with years of 365.25 days from the first bar's start to the last
/// bar's end. Absent below 30 days, where it would be an extrapolation, and when nothing is left.
pub(super) fn cagr(run: &RunData<'_>) -> Stat {
    let days = run.span.map_or(0.0, |(first, last)| {
        last.micros_since(first) as f64 / 86_400e6
    });
    let growth = run.equity.last().copied().unwrap_or(run.initial_equity) / run.initial_equity;
    if days < 30.0 {
        return Stat::Absent(Absent::ShorterThan30Days);
    }
    if growth <= 0.0 {
        return Stat::Absent(Absent::Ruined);
    }
    Stat::finite(math::pow(growth, 365.25 / days) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn two_years_of_21_per_cent_are_ten_a_year() {
        let mut two_years = run(&[121.0], &[], 0);
        two_years.span = two_years
            .span
            .map(|(first, _)| (first, first.plus_seconds(2 * 31_557_600)));
        assert!((cagr(&two_years).value().unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(
            cagr(&run(&[121.0], &[], 29)),
            Stat::Absent(Absent::ShorterThan30Days)
        );
        assert_eq!(cagr(&run(&[-1.0], &[], 400)), Stat::Absent(Absent::Ruined));
    }
}
