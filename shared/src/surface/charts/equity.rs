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
        Self::of(frame, [equity, &[]], initial)
    }

    fn of(frame: &Frame, lines: [&[f64]; 2], initial: f64) -> Option<Self> {
        let (mut low, mut high) = lines
            .into_iter()
            .filter_map(|line| range(frame, line))
            .reduce(|(low, high), (least, most)| {
                (
                    if least < low { least } else { low },
                    if most > high { most } else { high },
                )
            })?;
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

/// The lowest and the highest visible value.
fn range(frame: &Frame, line: &[f64]) -> Option<(f64, f64)> {
    let seen = frame.view.bars();
    let seen = line.get(seen.start..seen.end.min(line.len()))?;
    let (mut low, mut high) = (*seen.first()?, *seen.first()?);
    for &value in seen {
        low = if value < low { value } else { low };
        high = if value > high { value } else { high };
    }
    Some((low, high))
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
    draw_equity_beside(canvas, frame, [equity, &[]], initial, theme)
}

/// Draws equity and what it is compared with, in this order in `lines`, on one axis. The latter is a thin line in the
/// colour of labels.
///
/// # Errors
/// What the backend refuses.
pub fn draw_equity_beside<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    lines: [&[f64]; 2],
    initial: f64,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let Some(EquityScale(scale)) = EquityScale::of(frame, lines, initial) else {
        return Ok(());
    };
    let pane = &frame.equity;
    axes::draw_values(canvas, frame, pane, &scale, VALUE_GAP_PX, "", theme)?;
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
    let [equity, other] = lines.map(|values| line(values, frame, &scale));
    if let (Some(first), Some(last)) = (equity.first(), equity.last()) {
        let mut area = equity.clone();
        area.extend([(last.0, pane.bottom), (first.0, pane.bottom)]);
        pen::polygon(canvas, area, theme.equity.mix(0.12))?;
    }
    pen::stroke(canvas, other, frame.px(1.0), theme.label)?;
    pen::stroke(canvas, equity, frame.px(1.5), theme.equity)
}
