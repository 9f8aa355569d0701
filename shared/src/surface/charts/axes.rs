//! The grid, the labels of price and time, the lines between panes.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::frame::{Frame, Pane, ValueScale};
use super::pen;
use super::theme::Theme;
use super::ticks::{TimeMarks, value_ticks};
use super::{Canvas, Drawn};
use crate::surface::report::fixed;

/// The least distance between two labels of values, in CSS pixels.
const VALUE_GAP_PX: f64 = 56.0;
/// The least distance between two labels of time, in CSS pixels.
const TIME_GAP_PX: f64 = 72.0;

/// Draws the grid with its labels, and the lines that divide the canvas.
///
/// # Errors
/// What the backend refuses.
pub fn draw_axes<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    marks: &TimeMarks,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    draw_values(
        canvas,
        frame,
        &frame.price,
        &frame.prices,
        VALUE_GAP_PX,
        "",
        theme,
    )?;
    let style = theme.text(frame.scale, HPos::Center);
    let foot = frame.panes_bottom();
    let middle = (foot + frame.bottom) / 2;
    let thin = frame.px(1.0);
    // a label must not be cut at the edges of the canvas
    let room = frame.px(18.0);
    for (bar, label) in marks.labels(frame, frame.px(TIME_GAP_PX)) {
        let x = frame.bar_x(bar);
        if x >= frame.price.right {
            continue;
        }
        pen::fill(canvas, (x, 0), (x + thin, foot), theme.grid)?;
        if (room..=frame.price.right - room).contains(&x) {
            canvas.draw_text(&label, &style, (x, middle))?;
        }
    }
    let line = |from, to| pen::fill(canvas, from, to, theme.hairline);
    let (right, edge) = (frame.price.right, frame.right);
    let lowest = frame.drawdown.map(|pane| pane.top);
    for y in [frame.equity.top, foot].into_iter().chain(lowest) {
        line((0, y), (edge, y + thin))?;
    }
    line((right, 0), (right + thin, foot))
}

/// Draws horizontal gridlines of a pane and their labels to its right, each with `unit` behind its number.
pub(super) fn draw_values<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    pane: &Pane,
    scale: &ValueScale,
    gap_px: f64,
    unit: &str,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let most = pane.height() / frame.px(gap_px);
    let (values, decimals) = value_ticks(
        scale.low,
        scale.high,
        usize::try_from(most).unwrap_or(0).max(2),
    );
    let step = match values.as_slice() {
        [first, second, ..] => second - first,
        _ => 0.0,
    };
    let style = theme.text(frame.scale, HPos::Right);
    let (thin, room) = (frame.px(1.0), frame.px(8.0));
    for value in values {
        let y = scale.y(value);
        // labels near an edge would run into the neighbouring pane
        if y < pane.top + room || y > pane.bottom - room {
            continue;
        }
        pen::fill(canvas, (pane.left, y), (pane.right, y + thin), theme.grid)?;
        let label = format!("{}{unit}", shortened(value, step, decimals));
        canvas.draw_text(&label, &style, (frame.right - room, y))?;
    }
    Ok(())
}

/// A value of an axis whose labels are `step` apart: from a step of 100,000 on in millions, and so on, as there is room for
/// about nine digits.
fn shortened(value: f64, step: f64, decimals: usize) -> String {
    const UNITS: [(f64, &str); 3] = [(1e12, "T"), (1e9, "B"), (1e6, "M")];
    let unit = UNITS.iter().find(|(unit, _)| step >= unit / 10.0);
    match unit {
        Some((unit, name)) if value.abs() > 0.0 => {
            let decimals = usize::from(step < *unit);
            format!("{} {name}", fixed(value / unit, decimals))
        }
        _ => fixed(value, decimals),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_values_are_short() {
        for (value, step, text) in [
            (0.0, 5e6, "0"),
            (15e6, 5e6, "15 M"),
            (-1.5e6, 5e5, "\u{2212}1.5 M"),
            (2e5, 1e5, "0.2 M"),
            (2e5, 5e4, "200,000"),
            (3e9, 1e9, "3 B"),
            (4e12, 2e12, "4 T"),
        ] {
            assert_eq!(shortened(value, step, 0), text);
        }
        assert_eq!(shortened(1.25, 0.25, 2), "1.25");
    }
}
