//! Beta to the benchmark.

use super::basis::Basis;
use super::returns::Returns;
use super::stat::{Absent, Outcome};

/// The slope of the regression of session returns on the benchmark's, `covariance / variance of the benchmark`: 1 where the
/// run moves with buy-and-hold, 0 where it does not. Absent without a benchmark, and where its returns do not vary.
pub(super) fn beta(basis: &Basis<'_>, benchmark: &Returns) -> Outcome {
    let ours = basis.returns.values()?;
    let theirs = benchmark.values().map_err(|_| Absent::NoBenchmark)?;
    if ours.len() != theirs.len() {
        return Err(Absent::NoBenchmark);
    }
    let (mean, their_mean) = (basis.returns.mean()?, benchmark.mean()?);
    let deviation = benchmark.true_deviation()?;
    let covariance = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| (ours - mean) * (theirs - their_mean))
        .sum::<f64>()
        / (ours.len() - 1) as f64;
    Ok(covariance / deviation / deviation)
}

#[cfg(test)]
mod tests {
    use super::super::alpha::alpha;
    use super::super::tests::run;
    use super::*;

    fn both(equity: &[f64], benchmark: &[f64]) -> (Outcome, Outcome) {
        let data = run(equity, &[], 3);
        let (basis, benchmark) = (Basis::new(&data), Returns::of(100.0, benchmark));
        (beta(&basis, &benchmark), alpha(&basis, &benchmark))
    }

    #[test]
    fn twice_the_benchmark_and_a_thousandth_a_session() {
        // the benchmark returns 10 %, −10 %, 5 %; the run twice that and 0.1 %
        let benchmark = [110.0, 99.0, 103.95];
        let mut equity = 100.0;
        let curve = [0.201, -0.199, 0.101].map(|value: f64| {
            equity *= 1.0 + value;
            equity
        });
        let (beta, alpha) = both(&curve, &benchmark);
        assert!((beta.unwrap() - 2.0).abs() < 1e-12);
        assert!((alpha.unwrap() - 0.252).abs() < 1e-12);
    }

    #[test]
    fn absent_without_a_moving_benchmark() {
        let curve = [110.0, 99.0];
        assert_eq!(both(&curve, &[]).0, Err(Absent::NoBenchmark));
        assert_eq!(both(&curve, &[1.0, 2.0, 3.0]).1, Err(Absent::NoBenchmark));
        assert_eq!(both(&curve, &[100.0, 100.0]).0, Err(Absent::NoVariation));
        assert_eq!(both(&[0.0, 0.0], &curve).1, Err(Absent::Ruined));
    }
}
