//! Painting the bars about a moment.

use core::ops::Range;

use atrium_shared::market::bars::BarSeries;
use atrium_shared::surface::charts::{ChartBars, Frame, Pane, Theme, ValueScale, View, draw_base};
use gloo::utils::window;
use plotters::drawing::IntoDrawingArea;
use plotters::style::RGBAColor;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

use crate::state::library::Clip;

/// Shares of the height kept free above the highest and below the lowest price.
const FREE: (f64, f64) = (0.18, 0.06);
/// How strongly a moment is tinted.
const TINT: f64 = 0.14;

/// What was painted.
#[derive(Clone, PartialEq)]
pub(super) struct Painted {
    frame: Frame,
    /// How many candles.
    pub(super) drawn: usize,
    /// The bars of the moment; none where it is the bars that are missing.
    pub(super) marked: Range<usize>,
}

impl Painted {
    /// The bar at a CSS x.
    pub(super) fn bar_at(&self, x: f64) -> Option<usize> {
        self.frame.bar_at(x * self.frame.scale)
    }

    /// The CSS x of a bar.
    pub(super) fn x_of(&self, bar: usize) -> Option<f64> {
        Some(f64::from(self.frame.bar_x(bar)) / self.frame.scale)
    }
}

/// The bars of the moment by their places: an empty range between two bars where nothing is there.
pub(super) fn marked(clip: &Clip) -> Range<usize> {
    let starts = clip.series.start();
    let first = starts.partition_point(|start| *start < clip.moment.from);
    let end = starts.partition_point(|start| *start < clip.moment.to);
    first..end
}

/// Paints a clip into a canvas of the host's size; nothing where there is none.
pub(super) fn paint(
    host: &HtmlElement,
    canvas: &HtmlCanvasElement,
    clip: Option<&Clip>,
    theme: &Theme,
) -> Option<Painted> {
    let scale = window().device_pixel_ratio().clamp(1.0, 4.0);
    let px = |css: i32| (f64::from(css) * scale).round() as u32;
    let size = (px(host.client_width()), px(host.client_height()));
    // setting the size also clears
    canvas.set_width(size.0);
    canvas.set_height(size.1);
    let clip = clip.filter(|clip| !clip.series.is_empty() && size.0 > 1 && size.1 > 1)?;
    let bars = ChartBars::new(&clip.series);
    let frame = frame(size, scale, &bars, &clip.series);
    let area = CanvasBackend::with_canvas_object(canvas.clone())?.into_drawing_area();
    area.fill(&theme.ground).ok()?;
    let drawn = draw_base(&area, &frame, &bars, theme).ok()?;
    let marked = marked(clip);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    draw_moment(&context, &frame, &marked, theme);
    Some(Painted {
        frame,
        drawn,
        marked,
    })
}

/// Prices take the whole height above the labels of time.
fn frame(size: (u32, u32), scale: f64, bars: &ChartBars, series: &BarSeries) -> Frame {
    let base = Frame::new(size, scale, View::all(series.len()), &bars.pyramid);
    let foot = base.equity.bottom;
    let price = Pane {
        bottom: foot,
        ..base.price
    };
    let extreme = |values: &[f64], pick: fn(f64, f64) -> bool| {
        let better = |best: f64, value: &f64| if pick(*value, best) { *value } else { best };
        values
            .first()
            .map(|first| values.iter().fold(*first, better))
    };
    let low = extreme(series.low(), |value, best| value < best).unwrap_or(0.0);
    let high = extreme(series.high(), |value, best| value > best).unwrap_or(1.0);
    Frame {
        price,
        equity: Pane {
            top: foot,
            bottom: foot,
            ..base.equity
        },
        prices: ValueScale::new(&price, low, high, FREE.0, FREE.1),
        ..base
    }
}

/// Tints the bars of the moment, or draws a dashed line where bars are missing.
fn draw_moment(
    context: &CanvasRenderingContext2d,
    frame: &Frame,
    marked: &Range<usize>,
    theme: &Theme,
) {
    let (left, right) = (frame.x(marked.start as f64), frame.x(marked.end as f64));
    let height = f64::from(frame.price.bottom);
    let thin = f64::from(frame.px(1.0));
    let RGBAColor(red, green, blue, _) = if marked.is_empty() {
        theme.loss
    } else {
        theme.equity
    };
    let css = |alpha: f64| format!("rgba({red}, {green}, {blue}, {alpha})");
    if marked.is_empty() {
        let dash = 4.0 * thin;
        context.set_stroke_style_str(&css(1.0));
        context.set_line_width(2.0 * thin);
        drop(context.set_line_dash(&js_sys::Array::of2(&dash.into(), &dash.into())));
        context.begin_path();
        context.move_to(f64::from(left), 0.0);
        context.line_to(f64::from(left), height);
        context.stroke();
    } else {
        let width = f64::from((right - left).max(frame.px(3.0)));
        context.set_fill_style_str(&css(TINT));
        context.fill_rect(f64::from(left), 0.0, width, height);
        context.set_fill_style_str(&css(1.0));
        context.fill_rect(f64::from(left), 0.0, width, 2.0 * thin);
    }
}
