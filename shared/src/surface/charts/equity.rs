//! The equity curve, beneath the candles and on their axis.

use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::frame::{Frame, ValueScale};
use super::theme::Theme;
use super::{Canvas, Drawn, axes, line, pen};

/// The least distance between two labels of equity, in CSS pixels.
const VALUE_GAP_PX: f64 = 36.0;

/// The scale of the equity pane for a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquityScale(pub ValueScale);

impl EquityScale {
    /// A scale that shows the visible equity and, where it is near, the initial equity; `None` without visible equity.
    pub fn new(frame: &Frame, equity: &[f64], initial: f64) -> Option<Self> {
        let seen = frame.view.bars();
        let seen = equity.get(seen.start..seen.end.min(equity.len()))?;
        let (mut low, mut high) = (*seen.first()?, *seen.first()?);
        for &value in seen {
            low = if value < low { value } else { low };
            high = if value > high { value } else { high };
        }
        let range = high - low;
        if initial < low && low - initial < range {
            low = initial;
        }
        if initial > high && initial - high < range {
            high = initial;
        }
        Some(Self(ValueScale::new(&frame.equity, low, high, 0.2, 0.1)))
    }
}

/// Draws equity at each bar's close with its own axis, and the initial equity as a dashed line.
///
/// # Errors
/// What the backend refuses.
pub fn draw_equity<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    equity: &[f64],
    initial: f64,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let Some(EquityScale(scale)) = EquityScale::new(frame, equity, initial) else {
        return Ok(());
    };
    let pane = &frame.equity;
    axes::draw_values(canvas, frame, pane, &scale, VALUE_GAP_PX, theme)?;
    let base = scale.y(initial);
    if (pane.top..pane.bottom).contains(&base) {
        let dash = frame.px(4.0);
        pen::dashes(
            canvas,
            (pane.left, pane.right),
            base,
            (dash, dash),
            theme.label.mix(0.6),
        )?;
    }
    let points = line(equity, frame, &scale);
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        let mut area = points.clone();
        area.extend([(last.0, pane.bottom), (first.0, pane.bottom)]);
        pen::polygon(canvas, area, theme.equity.mix(0.12))?;
    }
    pen::stroke(canvas, points, frame.px(1.5), theme.equity)
}
