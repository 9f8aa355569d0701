//! Ulcer index.

use super::basis::Basis;
use super::stat::{Absent, Outcome};
use crate::base::math;

/// The root mean square of the drawdowns at all bar closes, as a share (Martin 1987, who writes it in per cent): it grows
/// with the depth and with the length of drawdowns.
pub(super) fn ulcer_index(basis: &Basis<'_>) -> Outcome {
    let bars = basis.run.equity.len();
    if bars == 0 {
        return Err(Absent::NoBars);
    }
    Ok(math::sqrt(basis.drawdowns.squares / bars as f64))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn depth_and_length_count() {
        let value = |equity: &[f64]| ulcer_index(&Basis::new(&run(equity, &[], 3)));
        // drawdowns of 0, 20 %, 10 % and 0
        let expected = (0.05f64 / 4.0).sqrt();
        assert!((value(&[100.0, 80.0, 90.0, 100.0]).unwrap() - expected).abs() < 1e-15);
        assert_eq!(value(&[101.0]), Ok(0.0));
        assert_eq!(value(&[]), Err(Absent::NoBars));
    }
}
