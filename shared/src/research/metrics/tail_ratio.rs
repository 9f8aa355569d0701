//! Tail ratio.

use super::returns::NOISE;
use super::stat::{Absent, Outcome};
use super::tails::Tails;

/// `|95th percentile| / |5th percentile|` of session returns: above 1 where gains reach farther out than losses. Absent
/// below twenty returns.
pub(super) fn tail_ratio(tails: Result<Tails, Absent>) -> Outcome {
    let tails = tails?;
    if tails.low.abs() <= NOISE {
        return Err(Absent::ZeroDenominator);
    }
    Ok(tails.high.abs() / tails.low.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tails_count_by_size() {
        let tails = |low, high| Tails {
            low,
            high,
            low_mean: low,
        };
        assert_eq!(tail_ratio(Ok(tails(-0.02, 0.03))), Ok(0.03 / 0.02));
        assert_eq!(
            tail_ratio(Ok(tails(0.0, 0.03))),
            Err(Absent::ZeroDenominator)
        );
    }
}
