//! Annual return.

use super::basis::Basis;
use super::stat::{Absent, Outcome};
use crate::base::math;

/// Compounded by sessions: `(equity at the last session close / initial equity)^(sessions a year / sessions) − 1`, as a
/// share. It counts trading sessions where [CAGR](super::cagr::cagr) counts days, so the two part where sessions are
/// missing from the data or the calendar's year is not as long as the nominal one. empyrical's `annual_return`. Absent
/// below 30 days, where it would be an extrapolation, and when nothing is left.
pub(super) fn annual_return(basis: &Basis<'_>) -> Outcome {
    basis.years()?;
    let run = basis.run;
    let last = *run.session_equity.last().ok_or(Absent::NoSessions)?;
    let growth = last / run.initial_equity;
    if growth <= 0.0 {
        return Err(Absent::Ruined);
    }
    let sessions = run.session_equity.len() as f64;
    Ok(math::pow(growth, run.sessions_per_year / sessions) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn three_sessions_of_a_year_of_six_are_half_a_year() {
        let value = |equity: &[f64], days| {
            annual_return(&Basis::new(&crate::research::metrics::RunData {
                sessions_per_year: 6.0,
                ..run(equity, &[], days)
            }))
        };
        assert!((value(&[105.0, 108.0, 110.0], 40).unwrap() - 0.21).abs() < 1e-12);
        assert_eq!(value(&[105.0], 29), Err(Absent::ShorterThan30Days));
        assert_eq!(value(&[105.0, -1.0], 40), Err(Absent::Ruined));
        assert_eq!(value(&[], 40), Err(Absent::NoSessions));
    }
}
