//! What the words around the charts are drawn with, in CSS pixels.

use atrium_shared::surface::charts::Canvas;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, TextStyle};

use super::paper::Paper;
use super::{PictureError, SCALE};

/// A part of the sheet, with its origin at its upper left corner.
pub(super) struct Brush<'a> {
    pub(super) canvas: &'a Canvas<Paper>,
}

/// How a text is written.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: RGBAColor,
}

/// A CSS length in pixels.
pub(super) fn px(css: f64) -> i32 {
    (css * f64::from(SCALE)).round() as i32
}

fn point((x, y): (f64, f64)) -> (i32, i32) {
    (px(x), px(y))
}

impl Ink {
    fn style(self, horizontal: HPos) -> TextStyle<'static> {
        let weight = if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let size = self.size * f64::from(SCALE);
        TextStyle {
            font: FontDesc::new(FontFamily::Name("Inter"), size, weight),
            color: self.colour.to_backend_color(),
            pos: Pos::new(horizontal, VPos::Center),
        }
    }
}

impl Brush<'_> {
    /// Writes a text whose left edge and half height are at a place; returns its width.
    pub(super) fn write(&self, text: &str, at: (f64, f64), ink: Ink) -> Result<f64, PictureError> {
        self.canvas
            .draw_text(text, &ink.style(HPos::Left), point(at))?;
        self.width(text, ink)
    }

    /// Writes a text whose right edge and half height are at a place.
    pub(super) fn write_left_of(
        &self,
        text: &str,
        at: (f64, f64),
        ink: Ink,
    ) -> Result<(), PictureError> {
        let style = ink.style(HPos::Right);
        Ok(self.canvas.draw_text(text, &style, point(at))?)
    }

    /// The width of a text.
    pub(super) fn width(&self, text: &str, ink: Ink) -> Result<f64, PictureError> {
        let (width, _) = self
            .canvas
            .estimate_text_size(text, &ink.style(HPos::Left))?;
        Ok(f64::from(width) / f64::from(SCALE))
    }

    /// A text that is no wider than `width`, cut at its end where it has to be.
    pub(super) fn cut(&self, text: &str, width: f64, ink: Ink) -> Result<String, PictureError> {
        if self.width(text, ink)? <= width {
            return Ok(text.to_owned());
        }
        let mut short: String = text.to_owned();
        while short.pop().is_some() {
            let cut = format!("{}…", short.trim_end());
            if self.width(&cut, ink)? <= width {
                return Ok(cut);
            }
        }
        Ok(short)
    }

    /// Fills a rectangle.
    pub(super) fn fill(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: RGBAColor,
    ) -> Result<(), PictureError> {
        let corners = [point(from), point(to)];
        Ok(self
            .canvas
            .draw(&Rectangle::new(corners, colour.filled()))?)
    }

    /// A line of a width.
    pub(super) fn line(
        &self,
        points: &[(f64, f64)],
        width: f64,
        colour: RGBAColor,
    ) -> Result<(), PictureError> {
        let points: Vec<_> = points.iter().copied().map(point).collect();
        let style = colour.stroke_width(px(width).unsigned_abs().max(1));
        Ok(self.canvas.draw(&PathElement::new(points, style))?)
    }

    /// A filled polygon.
    pub(super) fn polygon(
        &self,
        points: &[(f64, f64)],
        colour: RGBAColor,
    ) -> Result<(), PictureError> {
        let points: Vec<_> = points.iter().copied().map(point).collect();
        Ok(self.canvas.draw(&Polygon::new(points, colour.filled()))?)
    }

    /// A disc.
    pub(super) fn disc(
        &self,
        at: (f64, f64),
        radius: f64,
        colour: RGBAColor,
    ) -> Result<(), PictureError> {
        let circle = Circle::new(point(at), px(radius), colour.filled());
        Ok(self.canvas.draw(&circle)?)
    }
}
