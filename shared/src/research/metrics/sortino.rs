//! Sortino ratio.

use super::basis::Basis;
use super::returns::NOISE;
use super::stat::{Absent, Outcome};
use crate::base::math;

/// `(mean − risk-free) · √(sessions a year) / downside deviation` of session returns, where the downside deviation is the
/// root mean square of `min(return − risk-free, 0)` over ALL returns, not over the negative ones alone (Sortino and
/// Price 1994). Absent where no return is below the risk-free rate.
pub(super) fn sortino(basis: &Basis<'_>) -> Outcome {
    let returns = basis.returns.values()?;
    let risk_free = basis.run.session_risk_free();
    let squares: f64 = returns
        .iter()
        .map(|value| value - risk_free)
        .filter(|&excess| excess < 0.0)
        .map(|excess| excess * excess)
        .sum();
    let downside = math::sqrt(squares / returns.len() as f64);
    let excess = basis.returns.mean()? - risk_free;
    if downside <= NOISE {
        return Err(Absent::NoLosses);
    }
    Ok(excess / downside * math::sqrt(basis.run.sessions_per_year))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn losses_count_over_all_returns() {
        let value = |equity: &[f64]| sortino(&Basis::new(&run(equity, &[], 3)));
        // 10 %, −10 % and 10 %: mean 1/30, downside √(0.01 / 3)
        let expected = (1.0 / 30.0) * 252f64.sqrt() / (0.01f64 / 3.0).sqrt();
        assert!((value(&[110.0, 99.0, 108.9]).unwrap() - expected).abs() < 1e-9);
        assert_eq!(value(&[101.0, 102.0]), Err(Absent::NoLosses));
        assert_eq!(value(&[50.0, -1.0]), Err(Absent::Ruined));
    }
}
