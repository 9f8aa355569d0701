//! The letters of pictures: Inter in two weights, compiled in, so that a picture is the same on every machine.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/inter-regular.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/inter-semibold.ttf");

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// For labels.
    Regular,
    /// For titles and values.
    Semibold,
}

/// The letters of both weights.
pub(super) struct Letters {
    regular: Face<'static>,
    semibold: Face<'static>,
}

impl Letters {
    /// Reads the fonts; `None` is a defect of the build, as they are part of the program.
    pub(super) fn new() -> Option<Self> {
        let face = |bytes| Face::parse(bytes, 0).ok();
        Some(Self {
            regular: face(REGULAR)?,
            semibold: face(SEMIBOLD)?,
        })
    }

    /// The outlines of a text whose capitals stand on (0, 0), in pixels with y down, and its width. `None` where nothing of
    /// it is to be seen.
    pub(super) fn outline(&self, text: &str, weight: Weight, size: f64) -> Option<Path> {
        let face = self.face(weight);
        let mut pen = Pen {
            path: PathBuilder::new(),
            scale: scale(face, size),
            x: 0.0,
        };
        for (glyph, advance) in glyphs(face, text) {
            // a glyph without an outline, such as a space, draws nothing
            let _ = face.outline_glyph(glyph, &mut pen);
            pen.x += advance * pen.scale;
        }
        pen.path.finish()
    }

    /// The width of a text in pixels.
    pub(super) fn width(&self, text: &str, weight: Weight, size: f64) -> f64 {
        let face = self.face(weight);
        let advances = glyphs(face, text).map(|(_, advance)| f64::from(advance));
        advances.sum::<f64>() * f64::from(scale(face, size))
    }

    /// The height of capitals and digits in pixels.
    pub(super) fn capital_height(&self, weight: Weight, size: f64) -> f64 {
        let face = self.face(weight);
        let height = face.capital_height().unwrap_or_else(|| face.ascender());
        f64::from(height) * f64::from(scale(face, size))
    }

    fn face(&self, weight: Weight) -> &Face<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Semibold => &self.semibold,
        }
    }
}

/// Pixels for one unit of the font.
fn scale(face: &Face<'_>, size: f64) -> f32 {
    (size / f64::from(face.units_per_em())) as f32
}

/// The glyphs of a text with their advances; a letter that the font does not have is a box.
fn glyphs<'a>(face: &'a Face<'_>, text: &'a str) -> impl Iterator<Item = (GlyphId, f32)> + 'a {
    text.chars().map(|letter| {
        let glyph = face.glyph_index(letter).unwrap_or(GlyphId(0));
        let advance = face.glyph_hor_advance(glyph).unwrap_or(0);
        (glyph, f32::from(advance))
    })
}

/// Takes outlines in units of the font, y up.
struct Pen {
    path: PathBuilder,
    scale: f32,
    x: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_of_one_width_and_every_sign_of_a_report_is_there() {
        let letters = Letters::new().unwrap();
        for weight in [Weight::Regular, Weight::Semibold] {
            let width = |text: &str| letters.width(text, weight, 20.0);
            for digit in '0'..='9' {
                assert!(
                    (width(&digit.to_string()) - width("0")).abs() < 1e-9,
                    "{digit}"
                );
            }
            assert!((width("10") - 2.0 * width("0")).abs() < 1e-4);
            let face = letters.face(weight);
            for sign in "\u{2212}–·×%,.()/:".chars() {
                assert!(face.glyph_index(sign).is_some(), "{sign}");
            }
            assert!(letters.capital_height(weight, 20.0) > 12.0);
            let outline = letters.outline("8", weight, 20.0).unwrap().bounds();
            assert!(outline.left() >= 0.0 && f64::from(outline.right()) <= width("8"));
            assert!(outline.bottom() < 1.0 && outline.top() < -12.0);
        }
        assert!(letters.outline("  ", Weight::Regular, 20.0).is_none());
    }
}
