//! Kurtosis.

use super::basis::Basis;
use super::skew::standardised_moment;
use super::stat::Outcome;

/// The fourth standardised moment of session returns, `mean((r − mean)⁴) / σ⁴` with the population's σ (ddof 0), RAW: a
/// normal distribution has 3, not 0. It is what the probabilistic and the deflated Sharpe ratio ask for; excess kurtosis
/// is this less 3. Absent where the returns do not vary.
pub(super) fn kurtosis(basis: &Basis<'_>) -> Outcome {
    standardised_moment(basis, |z| z * z * z * z)
}
