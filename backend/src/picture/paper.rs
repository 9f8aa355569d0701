//! What a picture is drawn on: a plotters backend over an image in memory.
//!
//! It treats coordinates as the canvas of a browser does: a rectangle ends before its right and bottom edge, lines run
//! along the corners of pixels, and every edge that is not upright is smooth.

use std::cell::RefCell;
use std::rc::Rc;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect,
    Stroke, Transform,
};

use super::letters::{Letters, Weight};

/// An image in memory. A drawing area takes its backend for itself, so this is a handle: what is drawn through one clone
/// is seen through the other.
#[derive(Clone)]
pub(super) struct Paper {
    pixels: Rc<RefCell<Pixmap>>,
    letters: Rc<Letters>,
}

/// Never: an image in memory takes everything.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {}

type Done = Result<(), DrawingErrorKind<Refused>>;

impl Paper {
    /// A blank image, `None` where it has no size or does not fit in memory.
    pub(super) fn new(width: u32, height: u32) -> Option<Self> {
        Some(Self {
            pixels: Rc::new(RefCell::new(Pixmap::new(width, height)?)),
            letters: Rc::new(Letters::new()?),
        })
    }

    /// Red, green and blue of every pixel, row by row.
    pub(super) fn rgb(&self) -> Vec<u8> {
        let pixels = self.pixels.borrow();
        let channels = |pixel: &PremultipliedColorU8| [pixel.red(), pixel.green(), pixel.blue()];
        pixels.pixels().iter().flat_map(channels).collect()
    }

    fn fill(&mut self, path: Option<Path>, colour: BackendColor, transform: Transform) -> Done {
        if let Some(path) = path {
            let (paint, rule) = (paint(colour, true), FillRule::Winding);
            let mut pixels = self.pixels.borrow_mut();
            pixels.fill_path(&path, &paint, rule, transform, None);
        }
        Ok(())
    }

    /// Fills whole pixels.
    fn fill_rect(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        colour: BackendColor,
    ) -> Done {
        let (width, height) = self.get_size();
        let inside =
            |edge: i32, size: u32| edge.clamp(0, i32::try_from(size).unwrap_or(i32::MAX)) as f32;
        let (left, right) = (inside(left, width), inside(right, width));
        let (top, bottom) = (inside(top, height), inside(bottom, height));
        if left >= right || top >= bottom {
            return Ok(());
        }
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            let (paint, transform) = (paint(colour, false), Transform::identity());
            let mut pixels = self.pixels.borrow_mut();
            pixels.fill_rect(rect, &paint, transform, None);
        }
        Ok(())
    }

    fn stroke(&mut self, path: Option<Path>, style: &impl BackendStyle) -> Done {
        if let Some(path) = path {
            let stroke = Stroke {
                width: style.stroke_width() as f32,
                line_cap: LineCap::Butt,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            let (paint, transform) = (paint(style.color(), true), Transform::identity());
            let mut pixels = self.pixels.borrow_mut();
            pixels.stroke_path(&path, &paint, &stroke, transform, None);
        }
        Ok(())
    }
}

fn paint(colour: BackendColor, smooth: bool) -> Paint<'static> {
    let (red, green, blue) = colour.rgb;
    let mut paint = Paint::default();
    let alpha = (colour.alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
    paint.set_color_rgba8(red, green, blue, alpha);
    paint.anti_alias = smooth;
    paint
}

/// A line through points.
fn path(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        match index {
            0 => builder.move_to(x as f32, y as f32),
            _ => builder.line_to(x as f32, y as f32),
        }
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

fn weight(style: &impl BackendTextStyle) -> Weight {
    match style.style() {
        FontStyle::Bold => Weight::Semibold,
        FontStyle::Normal | FontStyle::Italic | FontStyle::Oblique => Weight::Regular,
    }
}

impl DrawingBackend for Paper {
    type ErrorType = Refused;

    fn get_size(&self) -> (u32, u32) {
        let pixels = self.pixels.borrow();
        (pixels.width(), pixels.height())
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Done {
        self.fill_rect((x, y), (x + 1, y + 1), colour)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.stroke(path([from, to], false), style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        filled: bool,
    ) -> Done {
        if filled {
            return self.fill_rect(upper_left, bottom_right, style.color());
        }
        let ((left, top), (right, bottom)) = (upper_left, bottom_right);
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        self.stroke(path(corners, true), style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Done {
        self.stroke(path(points, false), style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        filled: bool,
    ) -> Done {
        let circle = PathBuilder::from_circle(x as f32, y as f32, radius as f32);
        if filled {
            return self.fill(circle, style.color(), Transform::identity());
        }
        self.stroke(circle, style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Done {
        self.fill(path(points, true), style.color(), Transform::identity())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Done {
        let (weight, size) = (weight(style), style.size());
        let anchor = style.anchor();
        let width = self.letters.width(text, weight, size);
        let height = self.letters.capital_height(weight, size);
        let left = f64::from(x)
            - match anchor.h_pos {
                HPos::Left => 0.0,
                HPos::Center => width / 2.0,
                HPos::Right => width,
            };
        // letters stand on a row of pixels, so that they are sharp
        let foot = f64::from(y)
            + match anchor.v_pos {
                VPos::Top => height,
                VPos::Center => height / 2.0,
                VPos::Bottom => 0.0,
            };
        let place = Transform::from_translate(left as f32, foot.round() as f32);
        let outline = self.letters.outline(text, weight, size);
        self.fill(outline, style.color(), place)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Refused>> {
        let (weight, size) = (weight(style), style.size());
        let width = self.letters.width(text, weight, size).ceil() as u32;
        let height = self.letters.capital_height(weight, size).ceil() as u32;
        Ok((width, height))
    }
}

#[cfg(test)]
mod tests {
    use plotters::prelude::{IntoDrawingArea, Rectangle};
    use plotters::style::{Color, RED, TextStyle, WHITE};

    use super::*;

    #[test]
    fn a_rectangle_ends_before_its_right_and_bottom_edge() {
        let paper = Paper::new(8, 8).unwrap();
        let area = paper.clone().into_drawing_area();
        area.fill(&WHITE).unwrap();
        area.draw(&Rectangle::new([(2, 2), (4, 5)], RED.filled()))
            .unwrap();
        let rgb = paper.rgb();
        let red: Vec<usize> = (0..64)
            .filter(|at| rgb[3 * at..3 * at + 3] == [255, 0, 0])
            .collect();
        assert_eq!(red, [18, 19, 26, 27, 34, 35]);
        // upside down or far away it is nothing, and no failure
        for corners in [[(4, 4), (2, 2)], [(i32::MIN, 0), (i32::MIN + 1, 5)]] {
            area.draw(&Rectangle::new(corners, RED.filled())).unwrap();
        }
        assert_eq!(paper.rgb(), rgb);
    }

    #[test]
    fn letters_stand_about_their_anchor() {
        let paper = Paper::new(200, 40).unwrap();
        let area = paper.clone().into_drawing_area();
        area.fill(&WHITE).unwrap();
        let style = TextStyle::from(("Inter", 20)).pos(plotters_backend::text_anchor::Pos::new(
            HPos::Center,
            VPos::Center,
        ));
        area.draw_text("108", &style, (100, 20)).unwrap();
        let rgb = paper.rgb();
        let dark: Vec<(usize, usize)> = (0..200 * 40)
            .filter(|at| rgb[3 * at] < 128)
            .map(|at| (at % 200, at / 200))
            .collect();
        let (left, right) = (
            dark.iter().map(|at| at.0).min().unwrap(),
            dark.iter().map(|at| at.0).max().unwrap(),
        );
        let (top, bottom) = (dark[0].1, dark[dark.len() - 1].1);
        assert!((195..=205).contains(&(left + right)), "{left} {right}");
        assert!((38..=41).contains(&(top + bottom)), "{top} {bottom}");
        assert!(Paper::new(0, 10).is_none());
    }
}
