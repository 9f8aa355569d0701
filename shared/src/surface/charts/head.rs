//! The lines above a picture of a chart, which say what it shows.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::theme::Theme;
use super::{Canvas, Drawn};

/// From the left edge, in CSS pixels.
const LEFT_PX: f64 = 16.0;
/// The middles of the lines, in CSS pixels.
const MIDDLES_PX: [f64; 3] = [15.0, 35.0, 52.0];

/// Draws a title and two smaller lines beneath it, of which `scale` pixels make one CSS pixel.
///
/// # Errors
/// What the backend refuses.
pub fn draw_head<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    scale: f64,
    title: &str,
    [first, second]: &[String; 2],
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let large = Theme {
        label: theme.tag,
        font_px: theme.font_px * 1.5,
        ..theme.clone()
    };
    let texts = [title, first, second];
    for ((text, middle), theme) in texts
        .into_iter()
        .zip(MIDDLES_PX)
        .zip([&large, theme, theme])
    {
        let place = ((LEFT_PX * scale) as i32, (middle * scale) as i32);
        canvas.draw_text(text, &theme.text(scale, HPos::Left), place)?;
    }
    Ok(())
}
