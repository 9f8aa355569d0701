//! Colours and letters. In the browser they come from the page's style sheet, so that both always agree.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, TextStyle};

/// How a chart looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Behind everything.
    pub ground: RGBAColor,
    /// Labels.
    pub label: RGBAColor,
    /// Gridlines.
    pub grid: RGBAColor,
    /// Lines between panes.
    pub hairline: RGBAColor,
    /// Bars that closed at or above their open.
    pub up: RGBAColor,
    /// Bars that closed below their open.
    pub down: RGBAColor,
    /// Trades that earned.
    pub win: RGBAColor,
    /// Trades that lost.
    pub loss: RGBAColor,
    /// The equity curve.
    pub equity: RGBAColor,
    /// Behind the labels of the crosshair, which are written in the colour of the ground.
    pub tag: RGBAColor,
    /// The font family, as the backend names it.
    pub font: String,
    /// The size of labels, in CSS pixels.
    pub font_px: f64,
}

impl Theme {
    /// The style of a label whose anchor is at its left, middle or right, half way up.
    pub(super) fn text(&self, scale: f64, horizontal: HPos) -> TextStyle<'_> {
        TextStyle {
            font: FontDesc::new(
                FontFamily::Name(&self.font),
                self.font_px * scale,
                FontStyle::Normal,
            ),
            color: self.label.to_backend_color(),
            pos: Pos::new(horizontal, VPos::Center),
        }
    }
}
