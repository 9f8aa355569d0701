//! Sharpe ratio.

use super::basis::Basis;
use super::stat::Outcome;
use crate::base::math;

/// `(mean − risk-free) / standard deviation (ddof 1) · √(sessions a year)` of simple returns of equity at session closes
/// (Sharpe 1994). The risk-free rate of a session is `(1 + yearly rate)^(1 / sessions a year) − 1`. The first return is
/// against the initial equity. Absent once equity was zero or less, and where the returns do not vary.
pub(super) fn sharpe(basis: &Basis<'_>) -> Outcome {
    let deviation = basis.returns.true_deviation()?;
    let excess = basis.returns.mean()? - basis.run.session_risk_free();
    Ok(excess / deviation * math::sqrt(basis.run.sessions_per_year))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::super::{Absent, RunData};
    use super::*;

    fn value(equity: &[f64], risk_free: f64) -> Outcome {
        sharpe(&Basis::new(&RunData {
            risk_free,
            ..run(equity, &[], 3)
        }))
    }

    #[test]
    fn a_hand_worked_ratio() {
        // returns of 10 %, −10 % and 10 %: mean 1/30, deviation √(0.04/3)
        let curve = [110.0, 99.0, 108.9];
        let scale = 252f64.sqrt() / (0.04f64 / 3.0).sqrt();
        assert!((value(&curve, 0.0).unwrap() - scale / 30.0).abs() < 1e-9);
        let risk_free = math::pow(1.0001, 252.0) - 1.0;
        assert!((value(&curve, risk_free).unwrap() - scale * (1.0 / 30.0 - 1e-4)).abs() < 1e-9);
    }

    #[test]
    fn absent_without_variation_or_after_ruin() {
        assert_eq!(value(&[100.0, 100.0], 0.0), Err(Absent::NoVariation));
        assert_eq!(value(&[50.0, -20.0, -40.0], 0.0), Err(Absent::Ruined));
        let steady = [70.0, 49.0, 34.3, 24.01, 16.807];
        assert_eq!(value(&steady, 0.0), Err(Absent::NoVariation));
        assert_eq!(value(&[100.0], 0.0), Err(Absent::TooFewSessions));
    }
}
