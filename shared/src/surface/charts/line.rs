//! A line of one value a bar, reduced to what its pixels can show.

use super::envelope::Trace;
use super::frame::{Frame, Pane, ValueScale};
use super::pen::{self, Point};

/// The stretches of a line through the visible values, which end where bars have no value and at the edges of the pane: for
/// every column of pixels the lowest and the highest value, in the order in which the column goes, so that no extreme is lost
/// and no column costs more than two points.
pub fn line(trace: Trace<'_>, frame: &Frame, pane: &Pane, scale: &ValueScale) -> Vec<Vec<Point>> {
    let seen = frame.view.bars();
    // one bar beyond each edge, so that the line reaches the edge
    let wanted = seen.start.saturating_sub(1)..seen.end + 1;
    let mut stretches = Vec::new();
    let mut points: Vec<Point> = Vec::new();
    let mut column: Option<(i32, [i32; 4])> = None;
    for (bar, bars, node) in trace.nodes(wanted, 1.0 / frame.bar_width()) {
        if node.iter().any(|value| value.is_nan()) {
            flush(&mut points, column.take());
            stretches.push(core::mem::take(&mut points));
            continue;
        }
        let x = frame.x(bar as f64 + bars as f64 / 2.0);
        let [first, low, high, last] = node.map(|value| scale.y(value));
        column = Some(match column {
            Some((at, [before, lowest, highest, _])) if at == x => {
                (at, [before, lowest.max(low), highest.min(high), last])
            }
            other => {
                flush(&mut points, other);
                (x, [first, low, high, last])
            }
        });
    }
    flush(&mut points, column);
    stretches.push(points);
    stretches.retain(|points| points.len() > 1);
    stretches
        .into_iter()
        .flat_map(|points| clipped(points, pane))
        .collect()
}

fn flush(points: &mut Vec<Point>, column: Option<(i32, [i32; 4])>) {
    let Some((x, [first, low, high, last])) = column else {
        return;
    };
    // a line that is long costs the browser much more than its points do here
    let ys = if first > last {
        [low, high]
    } else {
        [high, low]
    };
    for y in ys {
        if points.last() != Some(&(x, y)) {
            points.push((x, y));
        }
    }
}

/// The parts of a line that lie within a pane.
fn clipped(points: Vec<Point>, pane: &Pane) -> Vec<Vec<Point>> {
    let inside = |(x, y): &Point| {
        (pane.left..=pane.right).contains(x) && (pane.top..=pane.bottom).contains(y)
    };
    if points.iter().all(inside) {
        return vec![points];
    }
    let mut parts: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let &[from, to] = pair else { continue };
        let Some((from, to)) = pen::clip(from, to, pane) else {
            continue;
        };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&from) => part.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::BarInterval;
    use crate::market::bars::BarSeries;
    use crate::surface::charts::{Envelope, Pyramid, View};

    fn frame(view: View) -> Frame {
        let none = BarSeries::new(BarInterval::Day, Default::default()).unwrap();
        Frame::new((1_072, 624), 1.0, view, &Pyramid::new(&none))
    }

    fn drawn(values: &[f64], frame: &Frame, high: f64) -> Vec<Vec<Point>> {
        let scale = ValueScale::new(&frame.equity, 0.0, high, 0.0, 0.0);
        let envelope = &Envelope::new(values);
        line(Trace { values, envelope }, frame, &frame.equity, &scale)
    }

    #[test]
    fn a_long_line_keeps_its_spike_and_stays_short() {
        for count in [9_000, 100_000, 1_000_000] {
            let mut values: Vec<f64> = (0..count).map(|i| f64::from(i % 7)).collect();
            values[7_777] = 1_000.0;
            let frame = frame(View::all(values.len()));
            let stretches = drawn(&values, &frame, 1_000.0);
            assert_eq!(stretches.len(), 1);
            let points = &stretches[0];
            assert!(points.len() <= 2 * 1_001, "{} points", points.len());
            let spike = points.iter().find(|(_, y)| *y == frame.equity.top).unwrap();
            assert!((spike.0 - frame.bar_x(7_777)).abs() <= 1, "{spike:?}");
            assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        }
    }

    #[test]
    fn a_magnified_line_reaches_both_edges_and_no_further() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let frame = frame(View::all(100).zoomed(0.5, 0.1));
        let points = drawn(&values, &frame, 100.0).concat();
        assert_eq!((points[0].0, points.last().unwrap().0), (0, 1_000));
        assert_eq!(drawn(&[], &frame, 100.0), Vec::<Vec<Point>>::new());
    }

    #[test]
    fn a_line_ends_where_it_has_no_value_and_where_its_pane_ends() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values[20] = f64::NAN;
        values[60] = 1_000.0;
        let frame = frame(View::all(100));
        let stretches = drawn(&values, &frame, 100.0);
        // before the gap, up to the spike that leaves the pane, and after it
        assert_eq!(stretches.len(), 3);
        let gap = frame.bar_x(20);
        assert!(
            stretches
                .iter()
                .all(|points| points.iter().all(|(x, _)| *x != gap))
        );
        let pane = frame.equity;
        for (x, y) in stretches.concat() {
            assert!((pane.left..=pane.right).contains(&x));
            assert!((pane.top..=pane.bottom).contains(&y));
        }
    }
}
