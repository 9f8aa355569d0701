//! Trades among the candles: where they entered, where they left, whether they earned.
//!
//! An entry is a triangle whose tip stands at its price, up for long and down for short; an exit is a disc where the trade
//! earned and a cross where it lost. Where there are too many to tell apart, a strip counts them instead.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::Circle;
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBAColor};

use super::frame::Frame;
use super::pen::{self, Point};
use super::theme::Theme;
use super::{Canvas, Drawn};
use crate::base::time::Timestamp;
use crate::trading::orders::Side;
use crate::trading::portfolio::Trade;

/// With less room than this for each visible trade, in CSS pixels, they are counted and not drawn one by one.
const ROOM_PX: f64 = 7.0;
/// With more room than this for each visible trade, in CSS pixels, all show their target and stop.
const LEVELS_ROOM_PX: f64 = 90.0;
/// The width of one count of the strip, in CSS pixels.
const BUCKET_PX: f64 = 4.0;

/// What a drawing needs of a trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeMark {
    /// The bar of the entry.
    pub entry_bar: usize,
    /// The bar of the exit.
    pub exit_bar: usize,
    /// The entry price.
    pub entry_price: f64,
    /// The exit price.
    pub exit_price: f64,
    /// The price of the target, if there is one.
    pub target_price: Option<f64>,
    /// The price of the stop, if there is one.
    pub stop_price: Option<f64>,
    /// Which way.
    pub side: Side,
    /// Whether it earned after costs.
    pub won: bool,
}

impl TradeMark {
    /// Finds the bars of a trade by their starts; `None` where it was not made on these bars.
    pub fn new(trade: &Trade, starts: &[Timestamp]) -> Option<Self> {
        Some(Self {
            entry_bar: starts.binary_search(&trade.entry_at).ok()?,
            exit_bar: starts.binary_search(&trade.exit_at).ok()?,
            entry_price: trade.entry_price,
            exit_price: trade.exit_price,
            target_price: trade.target_price,
            stop_price: trade.stop_price,
            side: trade.side,
            won: trade.net_profit > 0.0,
        })
    }
}

/// How trades were drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradeMarks {
    /// One by one.
    Single,
    /// Counted in a strip: there were too many.
    Counted,
}

/// Draws the visible trades, each with the time in which it was open shaded; `marks` are in order of time and do not overlap.
/// The `chosen` one also shows its levels, as all do where few are seen.
///
/// # Errors
/// What the backend refuses.
pub fn draw_trades<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    marks: &[TradeMark],
    chosen: Option<usize>,
    theme: &Theme,
) -> Result<TradeMarks, DrawingAreaErrorKind<DB::ErrorType>> {
    let bars = frame.view.bars();
    let from = marks.partition_point(|mark| mark.exit_bar < bars.start);
    let to = marks.partition_point(|mark| mark.entry_bar < bars.end);
    let seen = marks.get(from..to.max(from)).unwrap_or_default();
    let most = f64::from(frame.price.width()) / (ROOM_PX * frame.scale);
    let counted = seen.len() as f64 > most;
    if counted {
        draw_strip(canvas, frame, seen, theme)?;
    } else {
        for mark in seen {
            shade(
                canvas,
                frame,
                mark,
                frame.price.bottom,
                colour(mark, theme).mix(0.1),
            )?;
        }
        let few = f64::from(frame.price.width()) / (LEVELS_ROOM_PX * frame.scale);
        if seen.len() as f64 <= few {
            for mark in seen {
                draw_levels(canvas, frame, mark, theme)?;
            }
        }
        for mark in seen {
            draw_link(canvas, frame, mark, 1.5, theme)?;
        }
        for mark in seen {
            draw_ends(canvas, frame, mark, theme)?;
        }
    }
    if let Some(mark) = chosen.and_then(|index| marks.get(index)) {
        shade(
            canvas,
            frame,
            mark,
            frame.panes_bottom(),
            theme.equity.mix(0.12),
        )?;
        draw_levels(canvas, frame, mark, theme)?;
        draw_link(canvas, frame, mark, 2.5, theme)?;
        draw_ends(canvas, frame, mark, theme)?;
    }
    Ok(if counted {
        TradeMarks::Counted
    } else {
        TradeMarks::Single
    })
}

fn colour(mark: &TradeMark, theme: &Theme) -> RGBAColor {
    if mark.won { theme.win } else { theme.loss }
}

fn ends(frame: &Frame, mark: &TradeMark) -> (Point, Point) {
    (
        (
            frame.bar_x(mark.entry_bar),
            frame.prices.y(mark.entry_price),
        ),
        (frame.bar_x(mark.exit_bar), frame.prices.y(mark.exit_price)),
    )
}

/// The line from entry to exit.
fn draw_link<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    mark: &TradeMark,
    width: f64,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let (entry, exit) = ends(frame, mark);
    match pen::clip(entry, exit, &frame.price) {
        Some((from, to)) => {
            pen::stroke(canvas, vec![from, to], frame.px(width), colour(mark, theme))
        }
        None => Ok(()),
    }
}

/// The marks at entry and exit, each on a rim of ground so that it stands out from the candles.
fn draw_ends<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    mark: &TradeMark,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let (entry, exit) = ends(frame, mark);
    let inside = |x: i32| (frame.price.left..=frame.price.right).contains(&x);
    let colour = colour(mark, theme);
    let rim = frame.px(1.5);
    if inside(entry.0) {
        polygon_with_rim(canvas, entry, mark.side, frame.px(4.0), rim, colour, theme)?;
    }
    if !inside(exit.0) {
        return Ok(());
    }
    let size = frame.px(3.0);
    if mark.won {
        canvas.draw(&Circle::new(exit, size + rim, theme.ground.filled()))?;
        return canvas.draw(&Circle::new(exit, size, colour.filled()));
    }
    let (x, y) = exit;
    let arms = [
        vec![(x - size, y - size), (x + size, y + size)],
        vec![(x - size, y + size), (x + size, y - size)],
    ];
    for arm in &arms {
        pen::stroke(canvas, arm.clone(), frame.px(2.0) + 2 * rim, theme.ground)?;
    }
    arms.into_iter()
        .try_for_each(|arm| pen::stroke(canvas, arm, frame.px(2.0), colour))
}

fn polygon_with_rim<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    (x, y): Point,
    side: Side,
    size: i32,
    rim: i32,
    colour: RGBAColor,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    // a long entry points up from beneath its price, a short one down from above
    let down = match side {
        Side::Long => 1,
        Side::Short => -1,
    };
    let triangle = |tip: i32, half: i32, height: i32| {
        vec![
            (x, y + down * tip),
            (x - half, y + down * height),
            (x + half, y + down * height),
        ]
    };
    pen::polygon(
        canvas,
        triangle(-2 * rim, size + 2 * rim, 2 * size + rim),
        theme.ground,
    )?;
    pen::polygon(canvas, triangle(0, size, 2 * size), colour)
}

/// Tints the stretch of time in which a trade was open, from the top down to `bottom`.
fn shade<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    mark: &TradeMark,
    bottom: i32,
    colour: RGBAColor,
) -> Drawn<DB::ErrorType> {
    let (left, right) = stretch(frame, mark);
    pen::fill(canvas, (left, frame.price.top), (right, bottom), colour)
}

/// The pixels from the entry bar to the exit bar.
fn stretch(frame: &Frame, mark: &TradeMark) -> (i32, i32) {
    let inside = |x: i32| x.clamp(frame.price.left, frame.price.right);
    (
        inside(frame.x(mark.entry_bar as f64)),
        inside(frame.x(mark.exit_bar as f64 + 1.0)),
    )
}

/// Target and stop of a trade while it was open, a little longer so that those of a short one are seen.
fn draw_levels<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    mark: &TradeMark,
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let (left, right) = stretch(frame, mark);
    if left == right {
        return Ok(());
    }
    let room = frame.px(12.0);
    let (left, right) = (
        (left - room).max(frame.price.left),
        (right + room).min(frame.price.right),
    );
    for (price, colour) in [
        (mark.target_price, theme.win),
        (mark.stop_price, theme.loss),
    ] {
        let Some(y) = price.map(|price| frame.prices.y(price)) else {
            continue;
        };
        if (frame.price.top..frame.price.bottom).contains(&y) {
            pen::dashes(
                canvas,
                (left, right),
                y,
                (frame.px(4.0), frame.px(3.0)),
                colour,
            )?;
        }
    }
    Ok(())
}

/// Counts of trades by their exit along the foot of the pane: those that earned upwards, those that lost downwards.
fn draw_strip<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    marks: &[TradeMark],
    theme: &Theme,
) -> Drawn<DB::ErrorType> {
    let width = frame.px(BUCKET_PX);
    let buckets = usize::try_from(frame.price.width() / width + 1).unwrap_or(1);
    let mut counts = vec![[0u32; 2]; buckets];
    for mark in marks {
        let x = frame.bar_x(mark.exit_bar).max(0) / width;
        let bucket = usize::try_from(x).ok().and_then(|x| counts.get_mut(x));
        if let Some([won, lost]) = bucket {
            *(if mark.won { won } else { lost }) += 1;
        }
    }
    let tallest = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let (half, thin) = (frame.px(16.0), frame.px(1.0));
    let base = frame.price.bottom - half - frame.px(4.0);
    let height =
        |count: u32| (f64::from(count) / f64::from(tallest) * f64::from(half)).ceil() as i32;
    pen::fill(
        canvas,
        (frame.price.left, base - half - thin),
        (frame.price.right, frame.price.bottom),
        theme.ground.mix(0.75),
    )?;
    pen::fill(
        canvas,
        (frame.price.left, base),
        (frame.price.right, base + thin),
        theme.hairline,
    )?;
    for (left, [won, lost]) in (frame.price.left..)
        .step_by(width.unsigned_abs() as usize)
        .zip(counts)
    {
        let right = (left + width - thin).min(frame.price.right);
        if won > 0 {
            pen::fill(canvas, (left, base - height(won)), (right, base), theme.win)?;
        }
        if lost > 0 {
            pen::fill(
                canvas,
                (left, base + thin),
                (right, base + thin + height(lost)),
                theme.loss,
            )?;
        }
    }
    Ok(())
}
