//! A line of one value a bar, reduced to what its pixels can show.

use super::frame::{Frame, ValueScale};
use super::pen::Point;

/// The points of a line through the visible values: for every column of pixels the first, the lowest, the highest and the
/// last value, so that no extreme is lost and no column costs more than four points. The line is cut at the pane's edges.
pub fn line(values: &[f64], frame: &Frame, scale: &ValueScale) -> Vec<Point> {
    let seen = frame.view.bars();
    // one bar beyond each edge, so that the line reaches the edge
    let from = seen.start.saturating_sub(1);
    let mut points: Vec<Point> = Vec::new();
    let mut column: Option<(i32, [i32; 4])> = None;
    for (bar, &value) in values.iter().enumerate().take(seen.end + 1).skip(from) {
        let (x, y) = (frame.bar_x(bar), scale.y(value));
        column = Some(match column {
            Some((at, [first, low, high, _])) if at == x => {
                (at, [first, low.min(y), high.max(y), y])
            }
            other => {
                flush(&mut points, other);
                (x, [y; 4])
            }
        });
    }
    flush(&mut points, column);
    cut(points, frame)
}

fn flush(points: &mut Vec<Point>, column: Option<(i32, [i32; 4])>) {
    let Some((x, ys)) = column else { return };
    for y in ys {
        if points.last() != Some(&(x, y)) {
            points.push((x, y));
        }
    }
}

/// Cuts the first and the last stretch at the edges of the pane.
fn cut(mut points: Vec<Point>, frame: &Frame) -> Vec<Point> {
    let (left, right) = (frame.equity.left, frame.equity.right);
    if let [first, second, ..] = points.as_mut_slice()
        && first.0 < left
    {
        *first = (left, between(*first, *second, left));
    }
    if let [.., before, last] = points.as_mut_slice()
        && last.0 > right
    {
        *last = (right, between(*before, *last, right));
    }
    points
}

/// The height of a straight line at `x`.
fn between(a: Point, b: Point, x: i32) -> i32 {
    if a.0 == b.0 {
        return b.1;
    }
    let share = f64::from(x - a.0) / f64::from(b.0 - a.0);
    a.1 + (f64::from(b.1 - a.1) * share).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::BarInterval;
    use crate::market::bars::BarSeries;
    use crate::surface::charts::{Pyramid, View};

    fn frame(view: View) -> Frame {
        let none = BarSeries::new(BarInterval::Day, Default::default()).unwrap();
        Frame::new((1_072, 624), 1.0, view, &Pyramid::new(&none))
    }

    #[test]
    fn a_long_line_keeps_its_spike_and_stays_short() {
        let mut values: Vec<f64> = (0..100_000).map(|i| f64::from(i % 7)).collect();
        values[77_777] = 1_000.0;
        let frame = frame(View::all(values.len()));
        let scale = ValueScale::new(&frame.equity, 0.0, 1_000.0, 0.0, 0.0);
        let points = line(&values, &frame, &scale);
        assert!(points.len() <= 4 * 1_001, "{} points", points.len());
        assert!(points.contains(&(frame.bar_x(77_777), frame.equity.top)));
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn a_magnified_line_reaches_both_edges_and_no_further() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let frame = frame(View::all(100).zoomed(0.5, 0.1));
        let scale = ValueScale::new(&frame.equity, 0.0, 100.0, 0.0, 0.0);
        let points = line(&values, &frame, &scale);
        assert_eq!((points[0].0, points.last().unwrap().0), (0, 1_000));
        assert_eq!(line(&[], &frame, &scale), []);
    }
}
