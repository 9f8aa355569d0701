//! Skewness.

use super::basis::Basis;
use super::stat::Outcome;
use crate::base::math;

/// The third standardised moment of session returns, `mean((r − mean)³) / σ³` with the population's σ (ddof 0) and no
/// correction for the sample's size: what the probabilistic Sharpe ratio asks for. Below 0 where losses reach farther
/// than gains. Absent where the returns do not vary.
pub(super) fn skew(basis: &Basis<'_>) -> Outcome {
    standardised_moment(basis, |z| z * z * z)
}

/// The mean of a power of the standardised returns.
pub(super) fn standardised_moment(basis: &Basis<'_>, power: impl Fn(f64) -> f64) -> Outcome {
    let values = basis.returns.values()?;
    let mean = basis.returns.mean()?;
    let count = values.len() as f64;
    let population = basis.returns.true_deviation()? * math::sqrt((count - 1.0) / count);
    let sum: f64 = values
        .iter()
        .map(|value| power((value - mean) / population))
        .sum();
    Ok(sum / count)
}

#[cfg(test)]
mod tests {
    use super::super::Absent;
    use super::super::kurtosis::kurtosis;
    use super::super::tests::run;
    use super::*;

    #[test]
    fn three_returns_by_hand() {
        // 0, 0 and 30 %: mean 0.1, deviations −0.1, −0.1, 0.2; m2 = 0.02, m3 = 0.002, m4 = 0.0006
        let data = run(&[100.0, 100.0, 130.0], &[], 3);
        let basis = Basis::new(&data);
        assert!((skew(&basis).unwrap() - 0.002 / math::pow(0.02, 1.5)).abs() < 1e-12);
        assert!((kurtosis(&basis).unwrap() - 0.0006 / 0.0004).abs() < 1e-12);
        let data = run(&[100.0, 100.0], &[], 3);
        let flat = Basis::new(&data);
        assert_eq!(skew(&flat), Err(Absent::NoVariation));
        assert_eq!(kurtosis(&flat), Err(Absent::NoVariation));
    }
}
