//! Expected shortfall, also called conditional value at risk (CVaR).

use super::stat::{Absent, Outcome};
use super::tails::Tails;

/// Historical expected shortfall at 95 %: the mean of the worst `⌊0.05 · (n − 1)⌋ + 1` session returns, as a share of equity
/// a session; negative where it is a loss. Absent below twenty returns.
pub(super) fn expected_shortfall(tails: Result<Tails, Absent>) -> Outcome {
    Ok(tails?.low_mean)
}

#[cfg(test)]
mod tests {
    use super::super::returns::Returns;
    use super::super::value_at_risk::value_at_risk;
    use super::*;

    #[test]
    fn the_worst_twentieth_by_hand() {
        // returns of −1 %, −2 %, … −41 % in turn: 5 % of 40 is the third worst, which is −39 %
        let mut equity = 100.0;
        let curve: Vec<f64> = (1..=41)
            .map(|i| {
                equity *= 1.0 - f64::from(i) / 100.0;
                equity
            })
            .collect();
        let tails = Tails::of(&Returns::of(100.0, &curve));
        assert!((value_at_risk(tails).unwrap() + 0.39).abs() < 1e-12);
        assert!((expected_shortfall(tails).unwrap() + 0.40).abs() < 1e-12);
        assert_eq!(expected_shortfall(Err(Absent::Ruined)), Err(Absent::Ruined));
    }
}
