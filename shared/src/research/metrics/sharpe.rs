//! Sharpe ratio.

use super::{Absent, RunData, Stat};
use crate::base::math;

/// `mean / standard deviation (ddof 1) · √(sessions a year)` of simple returns of equity at session closes, risk-free
/// rate 0. The first return is against the initial equity. Absent once equity was zero or less: returns on it mean nothing.
pub(super) fn sharpe(run: &RunData<'_>) -> Stat {
    if run.session_equity.iter().any(|&equity| equity <= 0.0) {
        return Stat::Absent(Absent::Ruined);
    }
    let before = core::iter::once(&run.initial_equity).chain(run.session_equity);
    let returns: Vec<f64> = run
        .session_equity
        .iter()
        .zip(before)
        .map(|(now, before)| now / before - 1.0)
        .collect();
    match (math::mean(&returns), math::std_dev(&returns)) {
        // a deviation of rounding noise alone is none
        (Some(mean), Some(deviation)) if deviation > 1e-12 * mean.abs() => {
            Stat::finite(mean / deviation * math::sqrt(run.sessions_per_year))
        }
        (Some(_), Some(_)) => Stat::Absent(Absent::NoVariation),
        _ => Stat::Absent(Absent::TooFewSessions),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn a_hand_worked_ratio() {
        // returns of 10 %, −10 % and 10 %: mean 1/30, deviation √(0.04/3)
        let value = sharpe(&run(&[110.0, 99.0, 108.9], &[], 3)).value().unwrap();
        assert!((value - (1.0 / 30.0) / (0.04f64 / 3.0).sqrt() * 252f64.sqrt()).abs() < 1e-9);
        assert_eq!(
            sharpe(&run(&[100.0, 100.0], &[], 2)),
            Stat::Absent(Absent::NoVariation)
        );
        let lost = [50.0, -20.0, -40.0];
        assert_eq!(sharpe(&run(&lost, &[], 3)), Stat::Absent(Absent::Ruined));
        let steady = [70.0, 49.0, 34.3, 24.01, 16.807];
        assert_eq!(
            sharpe(&run(&steady, &[], 5)),
            Stat::Absent(Absent::NoVariation)
        );
        assert_eq!(
            sharpe(&run(&[100.0], &[], 1)),
            Stat::Absent(Absent::TooFewSessions)
        );
    }
}
