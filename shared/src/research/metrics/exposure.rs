//! Exposure.

use super::basis::Basis;
use super::stat::{Absent, Outcome, ratio};

/// `bars in a position / bars`, as a share; a bar counts when a position was open at any time in it, so the bars of entry
/// and exit do.
pub(super) fn exposure(basis: &Basis<'_>) -> Outcome {
    let run = basis.run;
    ratio(
        run.bars_in_position as f64,
        run.equity.len() as f64,
        Absent::NoBars,
    )
}

#[cfg(test)]
mod tests {
    use super::super::RunData;
    use super::super::tests::run;
    use super::*;

    #[test]
    fn a_share_of_the_bars() {
        let three_of_four = RunData {
            bars_in_position: 3,
            ..run(&[1.0, 2.0, 3.0, 4.0], &[], 4)
        };
        assert_eq!(exposure(&Basis::new(&three_of_four)), Ok(0.75));
        assert_eq!(
            exposure(&Basis::new(&run(&[], &[], 4))),
            Err(Absent::NoBars)
        );
    }
}
