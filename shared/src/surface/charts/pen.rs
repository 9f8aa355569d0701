//! The few shapes that the drawings are made of. Backends do not clip, so what is drawn is clipped here.

use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, RGBAColor};

use super::frame::Pane;
use super::{Canvas, Drawn};

/// A pixel: x to the right, y down.
pub(super) type Point = (i32, i32);

/// Fills `[left, right) × [top, bottom)`.
pub(super) fn fill<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    (left, top): Point,
    (right, bottom): Point,
    colour: RGBAColor,
) -> Drawn<DB::ErrorType> {
    canvas.draw(&Rectangle::new(
        [(left, top), (right, bottom)],
        colour.filled(),
    ))
}

/// A line `width` pixels wide along `points`.
pub(super) fn stroke<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    points: Vec<Point>,
    width: i32,
    colour: RGBAColor,
) -> Drawn<DB::ErrorType> {
    if points.len() < 2 {
        return Ok(());
    }
    let width = width.unsigned_abs().max(1);
    canvas.draw(&PathElement::new(points, colour.stroke_width(width)))
}

/// A filled polygon.
pub(super) fn polygon<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    points: Vec<Point>,
    colour: RGBAColor,
) -> Drawn<DB::ErrorType> {
    canvas.draw(&Polygon::new(points, colour.filled()))
}

/// A horizontal line one to two pixels thick, dashed.
pub(super) fn dashes<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    (left, right): (i32, i32),
    y: i32,
    (dash, gap): (i32, i32),
    colour: RGBAColor,
) -> Drawn<DB::ErrorType> {
    let thickness = (dash / 4).max(1);
    let mut x = left;
    while x < right {
        fill(
            canvas,
            (x, y),
            ((x + dash).min(right), y + thickness),
            colour,
        )?;
        x += dash + gap;
    }
    Ok(())
}

/// The part of a straight line that lies within a pane.
pub(super) fn clip(from: Point, to: Point, pane: &Pane) -> Option<(Point, Point)> {
    let (x, y) = (f64::from(from.0), f64::from(from.1));
    let (dx, dy) = (f64::from(to.0) - x, f64::from(to.1) - y);
    let (mut enter, mut leave) = (0.0, 1.0);
    let edges = [
        (-dx, x - f64::from(pane.left)),
        (dx, f64::from(pane.right) - x),
        (-dy, y - f64::from(pane.top)),
        (dy, f64::from(pane.bottom) - y),
    ];
    for (outward, distance) in edges {
        if outward < 0.0 {
            let at = distance / outward;
            enter = if at > enter { at } else { enter };
        } else if outward > 0.0 {
            let at = distance / outward;
            leave = if at < leave { at } else { leave };
        } else if distance < 0.0 {
            return None;
        }
    }
    let point = |at: f64| ((x + at * dx).round() as i32, (y + at * dy).round() as i32);
    (enter <= leave).then(|| (point(enter), point(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_edges() {
        let pane = Pane {
            left: 0,
            top: 0,
            right: 100,
            bottom: 50,
        };
        assert_eq!(clip((10, 10), (90, 40), &pane), Some(((10, 10), (90, 40))));
        assert_eq!(
            clip((-100, 25), (200, 25), &pane),
            Some(((0, 25), (100, 25)))
        );
        assert_eq!(clip((50, -50), (50, 100), &pane), Some(((50, 0), (50, 50))));
        assert_eq!(clip((-10, -10), (-10, 60), &pane), None);
        assert_eq!(clip((150, 0), (200, 50), &pane), None);
        assert_eq!(clip((5, 5), (5, 5), &pane), Some(((5, 5), (5, 5))));
    }
}
