//! Drawdown.

use super::{RunData, Stat};

/// The deepest `equity / highest equity so far − 1` at bar closes; the initial equity counts as the first peak. 0 or less.
pub(super) fn max_drawdown(run: &RunData<'_>) -> Stat {
    let mut peak = run.initial_equity;
    let mut deepest = 0.0;
    for &equity in run.equity {
        if equity > peak {
            peak = equity;
        }
        let drawdown = equity / peak - 1.0;
        if drawdown < deepest {
            deepest = drawdown;
        }
    }
    Stat::finite(deepest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn measured_from_the_highest_point_before() {
        assert_eq!(
            max_drawdown(&run(&[120.0, 90.0, 130.0, 100.0], &[], 4)),
            Stat::Value(90.0 / 120.0 - 1.0)
        );
        assert_eq!(
            max_drawdown(&run(&[80.0, 110.0], &[], 2)),
            Stat::Value(80.0 / 100.0 - 1.0)
        );
        assert_eq!(
            max_drawdown(&run(&[101.0, 102.0], &[], 2)),
            Stat::Value(0.0)
        );
    }
}
