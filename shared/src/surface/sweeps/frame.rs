//! Where things stand in pictures of a sweep, in pixels.

/// Where the cells of a plane stand: columns from left to right, rows from below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellFrame {
    /// The left edge of the first column.
    pub left: i32,
    /// The upper edge of the last row.
    pub top: i32,
    /// The right edge of the last column.
    pub right: i32,
    /// The lower edge of the first row.
    pub bottom: i32,
    /// How many columns.
    pub columns: u32,
    /// How many rows.
    pub rows: u32,
}

impl CellFrame {
    /// The edges of a cell: left, top, right, bottom. Neighbours share them, so that no line of pixels is left out.
    pub fn edges(&self, column: u32, row: u32) -> [i32; 4] {
        let x = |column: u32| self.left + share(self.right - self.left, column, self.columns);
        let y = |row: u32| self.bottom - share(self.bottom - self.top, row, self.rows);
        [x(column), y(row + 1), x(column + 1), y(row)]
    }

    /// The column and the row at a place.
    pub fn cell_at(&self, x: f64, y: f64) -> Option<(u32, u32)> {
        let along = |at: f64, from: i32, to: i32, count: u32| {
            let share = (at - f64::from(from)) / f64::from(to - from);
            let inside = (0.0..1.0).contains(&share);
            inside.then(|| ((share * f64::from(count)) as u32).min(count.saturating_sub(1)))
        };
        Some((
            along(x, self.left, self.right, self.columns)?,
            along(-y, -self.bottom, -self.top, self.rows)?,
        ))
    }
}

fn share(whole: i32, part: u32, of: u32) -> i32 {
    let at = i64::from(whole) * i64::from(part) / i64::from(of.max(1));
    i32::try_from(at).unwrap_or(0)
}

/// Every how many of `count` places have a label, where `room` is for all of them and a label takes `each`: 1, 2, 5, 10, 20, …
pub fn label_step(count: u32, room: f64, each: f64) -> u32 {
    let fitting = if each > 0.0 { room / each } else { 1.0 };
    let mut power = 1u32;
    loop {
        for step in [1, 2, 5].map(|times: u32| times.saturating_mul(power)) {
            if f64::from(count.div_ceil(step)) <= fitting || step >= count.max(1) {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The lowest and the highest value of each column of a line that is wider than its picture; `None` where a column has none. The
/// values stand evenly between `from` and `to` columns.
pub fn extremes(values: &[f64], from: f64, to: f64, columns: usize) -> Vec<Option<(f64, f64)>> {
    let mut all: Vec<Option<(f64, f64)>> = vec![None; columns];
    let last = values.len().saturating_sub(1).max(1) as f64;
    for (at, &value) in values.iter().enumerate() {
        let x = from + (to - from) * at as f64 / last;
        if !(x >= 0.0 && value.is_finite()) {
            continue;
        }
        let column = (x as usize).min(columns.saturating_sub(1));
        if let Some(slot) = all.get_mut(column) {
            let (low, high) = slot.unwrap_or((value, value));
            let low = if value < low { value } else { low };
            let high = if value > high { value } else { high };
            *slot = Some((low, high));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cover_the_frame_and_are_found_again() {
        let frame = CellFrame {
            left: 40,
            top: 10,
            right: 343,
            bottom: 211,
            columns: 7,
            rows: 13,
        };
        for column in 0..7 {
            for row in 0..13 {
                let [left, top, right, bottom] = frame.edges(column, row);
                let middle = (f64::from(left + right) / 2.0, f64::from(top + bottom) / 2.0);
                assert_eq!(frame.cell_at(middle.0, middle.1), Some((column, row)));
                assert_eq!(frame.edges(column + 1, row)[0], right);
                assert_eq!(frame.edges(column, row + 1)[3], top);
            }
        }
        assert_eq!(frame.edges(0, 0), [40, 196, 83, 211]);
        assert_eq!(frame.edges(6, 12)[2], 343);
        for outside in [(39.0, 50.0), (343.0, 50.0), (50.0, 9.0), (50.0, 212.0)] {
            assert_eq!(frame.cell_at(outside.0, outside.1), None);
        }
    }

    #[test]
    fn labels_are_as_many_as_fit() {
        assert_eq!(label_step(11, 600.0, 50.0), 1);
        assert_eq!(label_step(21, 600.0, 50.0), 2);
        assert_eq!(label_step(41, 400.0, 50.0), 10);
        assert_eq!(label_step(1_000, 400.0, 50.0), 200);
        assert_eq!(label_step(3, 10.0, 50.0), 5);
        assert_eq!(label_step(0, 10.0, 0.0), 1);
    }

    #[test]
    fn a_line_keeps_its_extremes() {
        let values = [1.0, 5.0, -2.0, 3.0, f64::NAN, 0.5];
        let two = extremes(&values, 0.0, 2.0, 2);
        assert_eq!(two, [Some((-2.0, 5.0)), Some((0.5, 3.0))]);
        let part = extremes(&values, 2.0, 4.0, 4);
        assert_eq!(part[..2], [None, None]);
        assert_eq!(extremes(&[], 0.0, 1.0, 2), [None, None]);
    }
}
