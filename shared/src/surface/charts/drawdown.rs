//! Drawdowns, beneath equity and on the same axis of time.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::envelope::{Envelope, Trace};
use super::frame::{Frame, Pane, ValueScale};
use super::theme::Theme;
use super::{Canvas, Drawn, axes, line, pen};

/// The least distance between two labels, in CSS pixels.
const VALUE_GAP_PX: f64 = 32.0;
/// Above the line of no drawdown, in CSS pixels.
const HEADROOM_PX: f64 = 30.0;
/// A run that hardly ever fell is shown on a scale down to here, as a share.
const LEAST_DEPTH: f64 = -0.001;

/// How far equity at each close lies below the highest so far: `equity / peak − 1`, a share of 0 or less. The initial
/// equity counts as the first peak.
pub fn drawdowns(equity: &[f64], initial: f64) -> Vec<f64> {
    let mut peak = initial;
    let below = |&equity: &f64| {
        if equity >= peak {
            peak = equity;
            return 0.0;
        }
        equity / peak - 1.0
    };
    equity.iter().map(below).collect()
}

/// Draws drawdowns, given as shares, in per cent below the line of no drawdown. Does nothing on a frame without their pane.
///
/// # Errors
/// What the backend refuses.
pub fn draw_drawdown<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    shares: &[f64],
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let envelope = &Envelope::new(shares);
    let trace = Trace {
        values: shares,
        envelope,
    };
    draw_drawdown_line(canvas, frame, trace, theme).map(|_| ())
}

/// The same for shares whose extremes are known. Returns their scale, `None` on a frame without their pane.
///
/// # Errors
/// What the backend refuses.
pub fn draw_drawdown_line<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    shares: Trace<'_>,
    theme: &Theme,
) -> Result<Option<ValueScale>, DrawingAreaErrorKind<DB::ErrorType>> {
    let Some(pane) = &frame.drawdown else {
        return Ok(None);
    };
    let deepest = match shares.range(frame.view.bars()) {
        Some((low, _)) if low < LEAST_DEPTH => low,
        _ => LEAST_DEPTH,
    };
    // room for a caption above the line of no drawdown
    let below = Pane {
        top: (pane.top + frame.px(HEADROOM_PX)).min(pane.bottom - 1),
        ..*pane
    };
    let scale = ValueScale::new(&below, deepest, 0.0, 0.0, 0.08);
    let seen = (scale.low * 100.0, scale.high * 100.0);
    let at = |percent: f64| scale.y(percent / 100.0);
    let labels = axes::labels(pane, seen, frame.px(VALUE_GAP_PX), at, " %");
    axes::draw_labels(canvas, frame, pane, labels, theme)?;
    let top = scale.y(0.0);
    for points in line(shares, frame, pane, &scale) {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            let mut area = points.clone();
            area.extend([(last.0, top), (first.0, top)]);
            pen::polygon(canvas, area, theme.loss.mix(0.16))?;
        }
        pen::stroke(canvas, points, frame.px(1.0), theme.loss)?;
    }
    Ok(Some(scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::research::metrics::{Metrics, RunData, Stat};

    #[test]
    fn drawdowns_are_those_of_the_metric() {
        let equity = [99.0, 110.0, 88.0, 104.5, 121.0, 120.0];
        let found = drawdowns(&equity, 100.0);
        for (found, expected) in found
            .iter()
            .zip([-0.01, 0.0, -0.2, -0.05, 0.0, -1.0 / 121.0])
        {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        let metrics = Metrics::of(&RunData::curve(100.0, &equity, &[], 252.0));
        let deepest = found.into_iter().reduce(|a, b| if b < a { b } else { a });
        assert_eq!(deepest.map(Stat::Value), Some(metrics.risk.max_drawdown));
    }
}
