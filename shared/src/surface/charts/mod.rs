//! Charts: drawings over any plotters backend, so that the same code paints the page's canvas and a picture.
//!
//! x is the bar's index, never its time, so closed sessions take no room. A drawing gets aggregates, never more than about
//! one column a pixel: [`Pyramid`] for bars, [`line`] for lines. What is drawn is chosen by a [`View`], laid out by a
//! [`Frame`], coloured by a [`Theme`]; nothing here keeps state between two drawings.

mod view;
mod pyramid;
mod ticks;
mod theme;
mod frame;
mod pen;
mod envelope;
mod line;
mod axes;
mod sessions;
mod candles;
mod equity;
mod drawdown;
mod indicators;
mod trades;
mod head;

pub use axes::draw_axes;
pub use candles::draw_candles;
pub use drawdown::{draw_drawdown, draw_drawdown_line, drawdowns};
pub use envelope::{Envelope, Trace};
pub use equity::{Line, draw_equity_beside, draw_equity_lines};
pub use frame::{Frame, Layout, Pane, PriceScale, ValueScale};
pub use head::draw_head;
pub use indicators::{draw_on_prices, draw_own, drawn_outputs};
pub use line::line;
pub use pyramid::{Candle, Column, Pyramid};
pub use sessions::{MissingBars, Sessions, draw_sessions};
pub use theme::Theme;
pub use ticks::{TimeMarks, stamp, value_ticks};
pub use trades::{TradeMark, TradeMarks, draw_trades};
pub use view::View;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::prelude::DrawingBackend;

/// A whole backend to draw on, in its pixels.
pub type Canvas<DB> = DrawingArea<DB, Shift>;

/// The outcome of a drawing: the backend may refuse.
pub type Drawn<E> = Result<(), DrawingAreaErrorKind<E>>;

/// The bars that are seen at once, prepared for drawing at any zoom.
#[derive(Debug, Clone)]
pub struct ChartBars {
    /// Candles at every power of two of bars.
    pub pyramid: Pyramid,
    /// Where labels of time may stand.
    pub marks: TimeMarks,
}

impl ChartBars {
    /// Prepares a series: linear in its length, done once when it is loaded.
    pub fn new(series: &crate::market::bars::BarSeries) -> Self {
        Self {
            pyramid: Pyramid::new(series),
            marks: TimeMarks::new(series.start(), series.interval()),
        }
    }
}

/// Draws everything that does not depend on a run: grid, axes and candles. Returns how many candles were drawn.
///
/// # Errors
/// What the backend refuses.
pub fn draw_base<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    bars: &ChartBars,
    theme: &Theme,
) -> Result<usize, DrawingAreaErrorKind<DB::ErrorType>> {
    draw_axes(canvas, frame, &bars.marks, theme)?;
    draw_candles(canvas, frame, &bars.pyramid, theme)
}

#[cfg(test)]
mod recorder;
