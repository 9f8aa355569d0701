//! Alpha to the benchmark.

use super::basis::Basis;
use super::beta::beta;
use super::returns::Returns;
use super::stat::Outcome;

/// Jensen's alpha, annualised: the intercept of the regression of session returns in excess of the risk-free rate on the
/// benchmark's, times the sessions a year, `((mean − rf) − beta · (benchmark mean − rf)) · sessions a year`, as a share a
/// year, not compounded (quantstats' `greeks`; empyrical compounds). Absent as [`beta`] is.
pub(super) fn alpha(basis: &Basis<'_>, benchmark: &Returns) -> Outcome {
    let slope = beta(basis, benchmark)?;
    let risk_free = basis.run.session_risk_free();
    let excess = basis.returns.mean()? - risk_free;
    let of_benchmark = benchmark.mean()? - risk_free;
    Ok((excess - slope * of_benchmark) * basis.run.sessions_per_year)
}
