//! Volatility.

use super::basis::Basis;
use super::stat::Outcome;
use crate::base::math;

/// `standard deviation (ddof 1) of session returns · √(sessions a year)`, as a share.
pub(super) fn volatility(basis: &Basis<'_>) -> Outcome {
    Ok(basis.returns.deviation()? * math::sqrt(basis.run.sessions_per_year))
}

#[cfg(test)]
mod tests {
    use super::super::Absent;
    use super::super::tests::run;
    use super::*;

    #[test]
    fn two_returns_of_10_per_cent_apart() {
        let value = |equity: &[f64]| volatility(&Basis::new(&run(equity, &[], 3)));
        // 10 % and −10 %: deviation √0.02
        assert!((value(&[110.0, 99.0]).unwrap() - (0.02f64 * 252.0).sqrt()).abs() < 1e-12);
        assert_eq!(value(&[100.0, 100.0]), Ok(0.0));
        assert_eq!(value(&[100.0]), Err(Absent::TooFewSessions));
    }
}
