//! Turnover.

use super::basis::Basis;
use super::stat::{Absent, Outcome, ratio};

/// How often equity was turned over in the whole run: `½ · (notional bought + notional sold) / mean equity at bar closes`.
/// Absent where the mean is not above zero.
pub(super) fn turnover(basis: &Basis<'_>) -> Outcome {
    let bars = basis.run.equity.len();
    if bars == 0 {
        return Err(Absent::NoBars);
    }
    let mean = basis.drawdowns.equity_sum / bars as f64;
    if mean <= 0.0 {
        return Err(Absent::Ruined);
    }
    ratio(basis.run.traded_notional / 2.0, mean, Absent::Ruined)
}

/// Turnover a year: [`turnover`] over the years of the run. Absent below 30 days.
pub(super) fn annual_turnover(basis: &Basis<'_>) -> Outcome {
    Ok(turnover(basis)? / basis.years()?)
}

#[cfg(test)]
mod tests {
    use super::super::RunData;
    use super::super::tests::run;
    use super::*;

    #[test]
    fn a_round_trip_of_all_equity_is_one() {
        let value = |equity: &[f64], traded_notional, days| {
            let data = RunData {
                traded_notional,
                ..run(equity, &[], days)
            };
            let basis = Basis::new(&data);
            (turnover(&basis), annual_turnover(&basis))
        };
        let (total, annual) = value(&[90.0, 110.0], 200.0, 100);
        assert_eq!(total, Ok(1.0));
        assert!((annual.unwrap() - 3.6525).abs() < 1e-12);
        assert_eq!(value(&[90.0], 1.0, 3).1, Err(Absent::ShorterThan30Days));
        assert_eq!(value(&[-90.0], 1.0, 90).0, Err(Absent::Ruined));
        assert_eq!(value(&[], 1.0, 90).0, Err(Absent::NoBars));
    }
}
