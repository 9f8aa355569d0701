//! Candles: single bars where there is room, aggregates where there is not.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::DrawingBackend;

use super::frame::Frame;
use super::pyramid::{Column, Pyramid};
use super::theme::Theme;
use super::{Canvas, Drawn, pen};

/// Below this width, in CSS pixels, a candle is only its range.
const BODY_PX: f64 = 3.0;
/// From this width of its body on, in CSS pixels, a rising candle is hollow: its direction is not told by colour alone.
const HOLLOW_PX: f64 = 5.0;

/// Draws what is seen of the bars, at most one candle a CSS pixel. Returns how many candles were drawn.
///
/// # Errors
/// What the backend refuses.
pub fn draw_candles<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    bars: &Pyramid,
    theme: &Theme,
) -> Result<usize, DrawingAreaErrorKind<DB::ErrorType>> {
    let most = (f64::from(frame.price.width()) / frame.scale) as usize;
    let mut drawn = 0;
    for column in bars.columns(&frame.view, most) {
        if column.bars as f64 * frame.bar_width() < BODY_PX * frame.scale {
            draw_range(canvas, frame, &column, theme)?;
        } else {
            draw_candle(canvas, frame, &column, theme)?;
        }
        drawn += 1;
    }
    Ok(drawn)
}

fn colour(column: &Column, theme: &Theme) -> plotters::style::RGBAColor {
    if column.candle.is_up() {
        theme.up
    } else {
        theme.down
    }
}

/// From low to high over the column's whole width.
fn draw_range<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    column: &Column,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let left = frame.x(column.first as f64).max(frame.price.left);
    let right = frame.x((column.first + column.bars) as f64).max(left + 1);
    let (top, bottom) = span(frame, column.candle.high, column.candle.low);
    pen::fill(
        canvas,
        (left, top),
        (right.min(frame.price.right), bottom),
        colour(column, theme),
    )
}

/// A wick from low to high and a body from open to close.
fn draw_candle<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    column: &Column,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let colour = colour(column, theme);
    let width = column.bars as f64 * frame.bar_width();
    let middle = frame.x(column.first as f64 + column.bars as f64 / 2.0);
    let thin = frame.px(1.0);
    let wick = middle - thin / 2;
    let inside = |x: i32| x.clamp(frame.price.left, frame.price.right);
    let candle = &column.candle;
    let (top, bottom) = span(frame, candle.high, candle.low);
    let (body_top, body_bottom) = if candle.is_up() {
        span(frame, candle.close, candle.open)
    } else {
        span(frame, candle.open, candle.close)
    };
    // the body stands evenly about its wick
    let side = (((width * 0.72) as i32 - thin) / 2).max(0);
    let (left, right) = (inside(wick - side), inside(wick + thin + side));
    let (wick, wick_end) = (inside(wick), inside(wick + thin));
    let hollow = candle.is_up() && f64::from(2 * side + thin) >= HOLLOW_PX * frame.scale;
    if hollow && body_bottom - body_top > 2 * thin {
        pen::fill(canvas, (wick, top), (wick_end, body_top), colour)?;
        pen::fill(canvas, (wick, body_bottom), (wick_end, bottom), colour)?;
        pen::fill(canvas, (left, body_top), (right, body_top + thin), colour)?;
        pen::fill(
            canvas,
            (left, body_bottom - thin),
            (right, body_bottom),
            colour,
        )?;
        pen::fill(
            canvas,
            (left, body_top),
            (inside(left + thin), body_bottom),
            colour,
        )?;
        return pen::fill(
            canvas,
            (inside(right - thin), body_top),
            (right, body_bottom),
            colour,
        );
    }
    pen::fill(canvas, (wick, top), (wick_end, bottom), colour)?;
    pen::fill(canvas, (left, body_top), (right, body_bottom), colour)
}

/// The pixels from a price down to another, at least one.
fn span(frame: &Frame, high: f64, low: f64) -> (i32, i32) {
    let top = frame.prices.y(high);
    (top, frame.prices.y(low).max(top + frame.px(1.0)))
}
