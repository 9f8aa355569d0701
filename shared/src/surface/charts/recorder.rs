//! A backend that keeps what is drawn, so that drawings can be tested without pixels.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::cell::RefCell;
use std::rc::Rc;

use plotters::prelude::{DrawingBackend, IntoDrawingArea};
use plotters::style::RGBAColor;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

use super::*;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{BarColumns, BarSeries};
use crate::trading::orders::Side;

/// Points of every shape, and every text.
#[derive(Default)]
struct Drawing {
    shapes: Vec<(Vec<BackendCoord>, BackendColor)>,
    texts: Vec<String>,
}

struct Recorder {
    size: (u32, u32),
    drawing: Rc<RefCell<Drawing>>,
}

type Done = Result<(), DrawingErrorKind<core::fmt::Error>>;

impl Recorder {
    fn keep(&self, points: Vec<BackendCoord>, colour: BackendColor) -> Done {
        self.drawing.borrow_mut().shapes.push((points, colour));
        Ok(())
    }
}

impl DrawingBackend for Recorder {
    type ErrorType = core::fmt::Error;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Done {
        self.keep(vec![point], colour)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        _: bool,
    ) -> Done {
        self.keep(vec![from, to], style.color())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.keep(path.into_iter().collect(), style.color())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.keep(path.into_iter().collect(), style.color())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        _: u32,
        style: &S,
        _: bool,
    ) -> Done {
        self.keep(vec![centre], style.color())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, _: &S, _: BackendCoord) -> Done {
        self.drawing.borrow_mut().texts.push(text.to_owned());
        Ok(())
    }
}

fn theme() -> Theme {
    let colour = |red| RGBAColor(red, 0, 0, 1.0);
    Theme {
        ground: colour(0),
        label: colour(1),
        grid: colour(2),
        hairline: colour(3),
        up: colour(4),
        down: colour(5),
        win: colour(6),
        loss: colour(7),
        equity: colour(8),
        tag: colour(9),
        font: "sans-serif".to_owned(),
        font_px: 11.0,
    }
}

fn bars(count: i32) -> BarSeries {
    let mut columns = BarColumns::default();
    for i in 0..count {
        let open = 100.0 + f64::from(i % 50);
        let close = if i % 2 == 0 { open + 0.5 } else { open - 0.5 };
        columns.push(
            Timestamp::from_seconds(1_700_000_000 + i64::from(i) * 60),
            [open, open + 1.0, open - 1.0, close],
            1.0,
        );
    }
    BarSeries::new(BarInterval::minutes(1), columns).unwrap()
}

fn marks(count: usize, every: usize) -> Vec<TradeMark> {
    let mark = |index: usize| TradeMark {
        entry_bar: index * every,
        exit_bar: index * every + every / 2,
        entry_price: 110.0,
        exit_price: 120.0,
        target_price: Some(120.0),
        stop_price: Some(105.0),
        side: if index.is_multiple_of(2) {
            Side::Long
        } else {
            Side::Short
        },
        won: index.is_multiple_of(3),
    };
    (0..count).map(mark).collect()
}

/// Draws everything; the drawing, how many candles, and how trades were drawn.
fn draw(count: i32, view: View, trades: &[TradeMark]) -> (Drawing, usize, TradeMarks) {
    let size = (1_272, 724);
    let series = bars(count);
    let chart = ChartBars::new(&series);
    let frame = Frame::new(size, 1.0, view, &chart.pyramid);
    let drawing = Rc::new(RefCell::new(Drawing::default()));
    let recorder = Recorder {
        size,
        drawing: drawing.clone(),
    };
    let canvas = recorder.into_drawing_area();
    let candles = draw_base(&canvas, &frame, &chart, &theme()).unwrap();
    let equity: Vec<f64> = (0..count).map(|i| 10_000.0 + f64::from(i % 300)).collect();
    draw_equity_beside(&canvas, &frame, [&equity, &[]], 10_000.0, &theme()).unwrap();
    let how = draw_trades(&canvas, &frame, trades, Some(1), &theme()).unwrap();
    drop(canvas);
    let whole = drawing.take();
    // nothing but labels stands right of the panes, but for the rims of marks and lines across the whole canvas
    let beyond = frame.price.right + 12;
    for (points, colour) in &whole.shapes {
        let grid = colour.rgb.0 == 3;
        assert!(
            grid || points.iter().all(|(x, _)| *x <= beyond),
            "{points:?}"
        );
    }
    (whole, candles, how)
}

#[test]
fn what_is_drawn_depends_on_the_width_and_not_on_the_bars() {
    let mut most = 0;
    for count in [10, 1_000, 10_000, 100_000] {
        let trades = marks(count as usize / 20, 20);
        let (drawing, candles, _) = draw(count, View::all(count as usize), &trades);
        assert!(candles <= 1_201, "{candles} candles of {count}");
        most = most.max(drawing.shapes.len());
    }
    assert!(most < 8_000, "{most} shapes");
}

#[test]
fn trades_are_drawn_one_by_one_until_they_are_too_many() {
    let trades = marks(500, 20);
    let (_, candles, how) = draw(10_000, View::all(10_000), &trades);
    assert_eq!((candles > 500, how), (true, TradeMarks::Counted));
    let (drawing, candles, how) = draw(10_000, View::all(10_000).zoomed(0.5, 0.02), &trades);
    assert_eq!((candles, how), (200, TradeMarks::Single));
    // the dashes of levels are as thin as a pixel
    let is_dash =
        |points: &[BackendCoord]| matches!(points, [(_, a), (_, b)] if (a - b).abs() <= 1);
    let shapes = |colour: u8| {
        let of_colour = drawing
            .shapes
            .iter()
            .filter(|(_, other)| other.rgb.0 == colour);
        of_colour.filter(|(points, _)| !is_dash(points)).count()
    };
    // about ten trades of which a third won: shade, triangle, line and disc; the others shade, triangle, line and two arms;
    // each with a level of many dashes, and the strokes of the chosen one
    assert!(
        (12..=20).contains(&shapes(6)),
        "{} marks of winners",
        shapes(6)
    );
    assert!(
        (30..=50).contains(&shapes(7)),
        "{} marks of losers",
        shapes(7)
    );
    assert!(
        drawing.texts.iter().any(|text| text.contains(':')),
        "{:?}",
        drawing.texts
    );
}

#[test]
fn an_empty_chart_draws_nothing_but_its_frame() {
    let (drawing, candles, how) = draw(0, View::all(0), &[]);
    assert_eq!((candles, how), (0, TradeMarks::Single));
    assert!(drawing.shapes.len() < 20);
}

#[test]
fn a_trade_is_found_by_the_starts_of_its_bars() {
    let series = bars(100);
    let at = |bar: usize| series.start()[bar];
    let trade = crate::trading::portfolio::Trade {
        inst: crate::trading::orders::InstId(0),
        order: crate::trading::orders::OrderId(1),
        side: Side::Short,
        quantity: 1.0,
        sized_by: crate::trading::orders::SizedBy::Risk,
        decided_at: at(9),
        entry_at: at(9),
        entry_price: 100.0,
        target_price: Some(90.0),
        stop_price: Some(105.0),
        exit_at: at(12),
        exit_price: 105.0,
        exit_reason: crate::trading::orders::ExitReason::Stop,
        gross_profit: 0.0,
        cost_parts: crate::trading::portfolio::CostParts::default(),
        initial_risk: None,
        costs: 0.0,
        net_profit: 0.0,
        mae: 0.0,
        mfe: 0.0,
        bars_held: 4,
    };
    let mark = TradeMark::new(&trade, series.start()).unwrap();
    assert_eq!((mark.entry_bar, mark.exit_bar, mark.won), (9, 12, false));
    let elsewhere = crate::trading::portfolio::Trade {
        exit_at: Timestamp(5),
        ..trade
    };
    assert_eq!(TradeMark::new(&elsewhere, series.start()), None);
}
