//! Compound annual growth rate.

use super::basis::Basis;
use super::stat::Outcome;

/// `(final equity / initial equity)^(1 / years) − 1`, as a share, with years of 365.25 days from the first bar's start to
/// the last bar's end. Absent below 30 days, where it would be an extrapolation, and when nothing is left.
pub(super) fn cagr(basis: &Basis<'_>) -> Outcome {
    Ok(basis.yearly(basis.final_equity() / basis.run.initial_equity)? - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::Absent;
    use super::super::tests::run;
    use super::*;

    #[test]
    fn two_years_of_21_per_cent_are_ten_a_year() {
        let mut two_years = run(&[121.0], &[], 0);
        two_years.span = two_years
            .span
            .map(|(first, _)| (first, first.plus_seconds(2 * 31_557_600)));
        assert!((cagr(&Basis::new(&two_years)).unwrap() - 0.1).abs() < 1e-12);
        let reason = |equity: &[f64], days| cagr(&Basis::new(&run(equity, &[], days)));
        assert_eq!(reason(&[121.0], 29), Err(Absent::ShorterThan30Days));
        assert_eq!(reason(&[-1.0], 400), Err(Absent::Ruined));
    }
}
