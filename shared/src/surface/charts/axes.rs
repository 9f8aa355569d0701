//! The grid, the labels of price and time, the lines between panes.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::frame::{Frame, Pane};
use super::pen;
use super::theme::Theme;
use super::ticks::{TimeMarks, log_ticks, value_ticks};
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
    draw_labels(canvas, frame, &frame.price, price_labels(frame), theme)?;
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
    for pane in frame.panes() {
        line((0, pane.bottom), (edge, pane.bottom + thin))?;
    }
    line((right, 0), (right + thin, foot))
}

/// Heights and texts of the labels of prices.
fn price_labels(frame: &Frame) -> Vec<(i32, String)> {
    let (pane, scale) = (&frame.price, &frame.prices);
    if let Some(base) = frame.percent_of {
        let change = |price: f64| (price / base - 1.0) * 100.0;
        let seen = (change(scale.low), change(scale.high));
        let at = |percent: f64| scale.y(base * (1.0 + percent / 100.0));
        return labels(pane, seen, frame.px(VALUE_GAP_PX), at, " %");
    }
    if scale.is_logarithmic() {
        let (values, decimals) = log_ticks(scale, frame.px(VALUE_GAP_PX) * 3 / 4);
        let label = |value: f64| (scale.y(value), fixed(value, decimals));
        return values.into_iter().map(label).collect();
    }
    let seen = (scale.low, scale.high);
    labels(
        pane,
        seen,
        frame.px(VALUE_GAP_PX),
        |value| scale.y(value),
        "",
    )
}

/// Heights and texts of round values between `low` and `high`, about `gap` pixels apart, each with `unit` behind its number.
pub(super) fn labels(
    pane: &Pane,
    (low, high): (f64, f64),
    gap: i32,
    y: impl Fn(f64) -> i32,
    unit: &str,
) -> Vec<(i32, String)> {
    let most = usize::try_from(pane.height() / gap).unwrap_or(0).max(2);
    let (values, decimals) = value_ticks(low, high, most);
    let step = match values.as_slice() {
        [first, second, ..] => second - first,
        _ => 0.0,
    };
    let label = |value: f64| format!("{}{unit}", shortened(value, step, decimals));
    values
        .into_iter()
        .map(|value| (y(value), label(value)))
        .collect()
}

/// Draws horizontal gridlines of a pane and their labels to its right.
pub(super) fn draw_labels<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    pane: &Pane,
    labels: Vec<(i32, String)>,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let style = theme.text(frame.scale, HPos::Right);
    let (thin, room) = (frame.px(1.0), frame.px(8.0));
    for (y, label) in labels {
        // labels near an edge would run into the neighbouring pane
        if y < pane.top + room || y > pane.bottom - room {
            continue;
        }
        pen::fill(canvas, (pane.left, y), (pane.right, y + thin), theme.grid)?;
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
