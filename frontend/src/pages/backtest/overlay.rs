//! The crosshair, with the values it points at on the axes.

use atrium_shared::surface::charts::{Frame, Pane, ValueScale, value_ticks};
use atrium_shared::surface::report::{fixed, percent};
use atrium_shared::surface::words::price;
use js_sys::Array;
use plotters::style::RGBAColor;
use web_sys::CanvasRenderingContext2d;

use super::drawing::{Scales, Subject};

/// The height of a label on an axis, in CSS pixels.
const TAG_PX: f64 = 18.0;
/// About how wide a character of a label is, in CSS pixels: measuring it would force a layout in every frame.
const CHARACTER_PX: f64 = 6.4;

/// Draws the crosshair where the pointer is, if it is over a bar, else on the close of the bar that keys chose. Returns the bar.
pub(super) fn draw(
    context: &CanvasRenderingContext2d,
    frame: &Frame,
    subject: &Subject,
    scales: &Scales,
) -> Option<usize> {
    let foot = frame.panes_bottom();
    let (bar, y) = match subject.pointer {
        Some((x, y)) => {
            let (x, y) = (x * frame.scale, y * frame.scale);
            let inside = y >= 0.0 && y < f64::from(foot);
            (frame.bar_at(x).filter(|_| inside)?, y)
        }
        None => {
            let bar = subject.cursor?;
            let inside = (frame.price.left..frame.price.right).contains(&frame.bar_x(bar));
            let series = &subject.shown.as_ref().filter(|_| inside)?.series;
            (bar, f64::from(frame.prices.y(*series.close().get(bar)?)))
        }
    };
    let thin = f64::from(frame.px(1.0));
    // half a line's width in, so that it covers whole pixels
    let half = thin / 2.0;
    let bar_x = f64::from(frame.bar_x(bar)) + half;
    let line_y = y.floor() + half;
    context.set_stroke_style_str(&css(subject.theme.label));
    context.set_line_width(thin);
    let dash = 3.0 * thin;
    drop(context.set_line_dash(&Array::of2(&dash.into(), &dash.into())));
    context.begin_path();
    context.move_to(bar_x, 0.0);
    context.line_to(bar_x, f64::from(foot));
    context.move_to(0.0, line_y);
    context.line_to(f64::from(frame.price.right), line_y);
    context.stroke();
    if let Some(text) = value_at(frame, subject, scales, y) {
        let width = f64::from(frame.right - frame.price.right);
        tag(
            context,
            frame,
            subject,
            &text,
            (f64::from(frame.price.right) + width / 2.0, y),
            width,
        );
    }
    let stamp = subject.axis.as_ref().and_then(|axis| axis.marks.stamp(bar));
    if let Some(text) = stamp {
        let width = (text.len() as f64 * CHARACTER_PX + 12.0) * frame.scale;
        let right = f64::from(frame.price.right) - width / 2.0;
        let middle = bar_x.clamp(
            width / 2.0,
            if right > width / 2.0 {
                right
            } else {
                width / 2.0
            },
        );
        let y = f64::from(foot + frame.bottom) / 2.0;
        tag(context, frame, subject, &text, (middle, y), width);
    }
    Some(bar)
}

/// What the axis would say at a height.
fn value_at(frame: &Frame, subject: &Subject, scales: &Scales, y: f64) -> Option<String> {
    let within = |pane: &Pane| y < f64::from(pane.bottom);
    if within(&frame.price) {
        let tick_size = subject.shown.as_ref()?.data_set.instrument.tick_size;
        let value = frame.prices.value(y);
        return Some(match frame.percent_of {
            Some(base) => percent(value / base - 1.0),
            None => price(value, tick_size),
        });
    }
    let own = frame.own.iter().flatten().position(within);
    if let Some(pane) = own {
        return scales
            .own
            .get(pane)
            .copied()
            .flatten()
            .map(|scale| told(&scale, y));
    }
    if within(&frame.equity) {
        return scales.equity.map(|scale| told(&scale, y));
    }
    scales.drawdown.map(|scale| percent(scale.value(y)))
}

/// A value as precisely as the labels of its axis.
fn told(scale: &ValueScale, y: f64) -> String {
    let (_, decimals) = value_ticks(scale.low, scale.high, 4);
    fixed(scale.value(y), decimals)
}

/// A label on an axis, about its middle.
fn tag(
    context: &CanvasRenderingContext2d,
    frame: &Frame,
    subject: &Subject,
    text: &str,
    (x, y): (f64, f64),
    width: f64,
) {
    let height = TAG_PX * frame.scale;
    let theme = &subject.theme;
    context.set_fill_style_str(&css(theme.tag));
    context.fill_rect(
        (x - width / 2.0).round(),
        (y - height / 2.0).round(),
        width.round(),
        height.round(),
    );
    context.set_fill_style_str(&css(theme.ground));
    context.set_font(&format!(
        "500 {}px {}",
        theme.font_px * frame.scale,
        theme.font
    ));
    context.set_text_align("center");
    context.set_text_baseline("middle");
    drop(context.fill_text(text, x, y + frame.scale * 0.5));
}

fn css(RGBAColor(red, green, blue, alpha): RGBAColor) -> String {
    format!("rgba({red}, {green}, {blue}, {alpha})")
}
