//! The equity curve, beneath the candles and on their axis, with what it is compared with.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBAColor};

use super::envelope::{Envelope, Trace};
use super::frame::{Frame, ValueScale};
use super::theme::Theme;
use super::{Canvas, Drawn, axes, line, pen};

/// The least distance between two labels of equity, in CSS pixels.
const VALUE_GAP_PX: f64 = 36.0;

/// A line of a pane, with how it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its values.
    pub trace: Trace<'a>,
    /// Its colour.
    pub colour: RGBAColor,
    /// Its width in CSS pixels.
    pub width_px: f64,
}

/// The lowest and the highest visible value of all lines.
pub(super) fn range<'a>(
    frame: &Frame,
    traces: impl Iterator<Item = Trace<'a>>,
) -> Option<(f64, f64)> {
    traces
        .filter_map(|trace| trace.range(frame.view.bars()))
        .reduce(|(low, high), (least, most)| {
            (
                if least < low { least } else { low },
                if most > high { most } else { high },
            )
        })
}

/// Strokes the visible stretches of a line.
pub(super) fn draw_line<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    pane: &super::Pane,
    scale: &ValueScale,
    drawn: &Line<'_>,
) -> Drawn<DB::ErrorType> {
    line(drawn.trace, frame, pane, scale)
        .into_iter()
        .try_for_each(|points| pen::stroke(canvas, points, frame.px(drawn.width_px), drawn.colour))
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
    let envelopes = lines.map(Envelope::new);
    let [equity, other] = [0, 1].map(|index| {
        let parts = lines.get(index).zip(envelopes.get(index));
        parts.map(|(values, envelope)| Trace { values, envelope })
    });
    let Some(equity) = equity else { return Ok(()) };
    let beside = other.map(|trace| Line {
        trace,
        colour: theme.label,
        width_px: 1.0,
    });
    draw_equity_lines(canvas, frame, equity, beside.as_slice(), initial, theme).map(|_| ())
}

/// Draws equity at each bar's close with its own axis, the initial equity as a dashed line, and other lines beneath it on the
/// same axis. Returns the scale, `None` where nothing of the equity is seen.
///
/// # Errors
/// What the backend refuses.
pub fn draw_equity_lines<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    equity: Trace<'_>,
    beside: &[Line<'_>],
    initial: f64,
    theme: &Theme,
) -> Result<Option<ValueScale>, DrawingAreaErrorKind<DB::ErrorType>> {
    let traces = core::iter::once(equity).chain(beside.iter().map(|line| line.trace));
    let Some((mut low, mut high)) = range(frame, traces) else {
        return Ok(None);
    };
    let span = high - low;
    if initial < low && low - initial < span {
        low = initial;
    }
    if initial > high && initial - high < span {
        high = initial;
    }
    let pane = &frame.equity;
    let scale = ValueScale::new(pane, low, high, 0.2, 0.1);
    let seen = (scale.low, scale.high);
    let gap = frame.px(VALUE_GAP_PX);
    let labels = axes::labels(pane, seen, gap, |value| scale.y(value), "");
    axes::draw_labels(canvas, frame, pane, labels, theme)?;
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
    let stretches = line(equity, frame, pane, &scale);
    for points in &stretches {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            let mut area = points.clone();
            area.extend([(last.0, pane.bottom), (first.0, pane.bottom)]);
            pen::polygon(canvas, area, theme.equity.mix(0.12))?;
        }
    }
    for other in beside {
        draw_line(canvas, frame, pane, &scale, other)?;
    }
    for points in stretches {
        pen::stroke(canvas, points, frame.px(1.5), theme.equity)?;
    }
    Ok(Some(scale))
}
