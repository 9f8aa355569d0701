//! Calmar ratio.

use super::basis::Basis;
use super::cagr::cagr;
use super::stat::{Absent, Outcome, ratio};

/// `CAGR / |max drawdown|`, the drawdown at bar closes (Young 1991, over the whole run rather than 36 months). Absent as
/// CAGR is, and where equity never fell.
pub(super) fn calmar(basis: &Basis<'_>) -> Outcome {
    ratio(
        cagr(basis)?,
        -basis.drawdowns.deepest.share,
        Absent::NoDrawdown,
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn growth_over_the_deepest_fall() {
        let value = |equity: &[f64], days| calmar(&Basis::new(&run(equity, &[], days)));
        let year = value(&[120.0, 90.0, 110.0], 365).unwrap();
        let growth = crate::base::math::pow(1.1, 365.25 / 365.0) - 1.0;
        assert!((year - growth / 0.25).abs() < 1e-12);
        assert_eq!(value(&[101.0], 365), Err(Absent::NoDrawdown));
        assert_eq!(value(&[90.0], 3), Err(Absent::ShorterThan30Days));
    }
}
