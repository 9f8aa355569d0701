//! Where the days of a coverage calendar stand, and the shapes that tell their states apart without colour.
//!
//! Weeks are columns and begin on Monday; a year takes one row of weeks, or two where there is no room for 53. All cells
//! of one state and year are one path, so that decades of days are a few elements.

use atrium_shared::base::time::Day;

/// Free space between two cells, in pixels.
const GAP: i32 = 3;
/// Weeks of the longest year, counted from the Monday before its first day.
const WEEKS: i32 = 54;
/// Room above the cells for the names of months.
pub(super) const HEAD: i32 = 16;
/// Cells are never larger or smaller than this, with the gap.
const PITCH: (i32, i32) = (10, 20);
/// With less than this the weeks of a year take two rows.
const ONE_ROW: i32 = 11;

/// How the days of every year are laid out at one width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// From one cell to the next, in pixels.
    pub(super) pitch: i32,
    /// The weeks of one row.
    weeks: i32,
}

impl Layout {
    /// The layout for `width` pixels: cells as large as fit, two rows a year where they would be too small.
    pub(super) fn new(width: i32) -> Self {
        let weeks = if width / WEEKS >= ONE_ROW {
            WEEKS
        } else {
            WEEKS / 2
        };
        Self {
            pitch: (width / weeks).clamp(PITCH.0, PITCH.1),
            weeks,
        }
    }

    /// The size of a year.
    pub(super) fn size(&self) -> (i32, i32) {
        let rows = WEEKS / self.weeks;
        (self.weeks * self.pitch, rows * self.row_height())
    }

    fn row_height(&self) -> i32 {
        HEAD + 7 * self.pitch
    }

    /// The side of a cell.
    pub(super) fn side(&self) -> i32 {
        self.pitch - GAP
    }

    /// The corner of a day's cell in the drawing of its year.
    pub(super) fn place(&self, year: &Year, day: Day) -> (i32, i32) {
        let offset = day.0 - year.monday.0;
        let (week, weekday) = (offset.div_euclid(7), offset.rem_euclid(7));
        let (row, column) = (week / self.weeks, week % self.weeks);
        (
            column * self.pitch,
            row * self.row_height() + HEAD + weekday * self.pitch,
        )
    }

    /// The day at a place in the drawing of a year.
    pub(super) fn day_at(&self, year: &Year, x: f64, y: f64) -> Option<Day> {
        let (x, y) = (x.floor() as i32, y.floor() as i32);
        let row = y.div_euclid(self.row_height());
        let within = y.rem_euclid(self.row_height()) - HEAD;
        let column = x.div_euclid(self.pitch);
        let inside = (0..self.weeks).contains(&column)
            && (0..WEEKS / self.weeks).contains(&row)
            && within >= 0;
        let day = year.monday.0 + (row * self.weeks + column) * 7 + within / self.pitch;
        (inside && year.first.0 <= day && day <= year.last.0).then_some(Day(day))
    }
}

/// One calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Year {
    /// Its number.
    pub(super) number: i16,
    /// 1 January.
    pub(super) first: Day,
    /// 31 December.
    pub(super) last: Day,
    /// The Monday on or before 1 January.
    monday: Day,
}

impl Year {
    /// The year that a day belongs to.
    pub(super) fn of(day: Day) -> Option<Self> {
        let date = day.date()?;
        let number = date.year();
        let first = Day::from_date(date.first_of_year());
        let last = Day::from_date(date.last_of_year());
        // 1970-01-01 was a Thursday, the fourth day of its week
        let monday = Day(first.0 - (first.0 + 3).rem_euclid(7));
        Some(Self {
            number,
            first,
            last,
            monday,
        })
    }

    /// The first day of each month, with its name.
    pub(super) fn months(&self) -> Vec<(Day, &'static str)> {
        let mut first = self.first;
        let mut months = Vec::with_capacity(MONTHS.len());
        for name in MONTHS {
            months.push((first, name));
            let Some(date) = first.date() else { break };
            first = Day(Day::from_date(date.last_of_month()).0 + 1);
        }
        months
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How a day looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// The whole session is there: a full cell.
    Complete,
    /// The same of a session that ended early: a cell without its upper right corner.
    EarlyClose,
    /// A part of the session is there: an outline filled from its foot by that share.
    Partial(f64),
    /// There was a session and nothing is there: a crossed outline.
    Missing,
    /// Bars were filled in: a cell of stripes.
    Synthetic,
    /// There was no session: a dot.
    Closed,
}

impl Mark {
    /// What a path of such cells is called in the page.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::EarlyClose => "early",
            Self::Partial(_) => "partial",
            Self::Missing => "missing",
            Self::Synthetic => "synthetic",
            Self::Closed => "closed",
        }
    }

    /// Adds a cell at a corner to a path that is filled by the even-odd rule.
    pub(super) fn draw(self, path: &mut String, (x, y): (i32, i32), side: i32) {
        match self {
            Self::Complete => rectangle(path, (x, y), (side, side)),
            Self::EarlyClose => {
                let cut = side * 3 / 5;
                *path += &format!(
                    "M{x} {y}h{}l{cut} {cut}v{}h-{side}z",
                    side - cut,
                    side - cut
                );
            }
            Self::Partial(share) => {
                outline(path, (x, y), side);
                let inner = side - 2;
                let full = (share.clamp(0.0, 1.0) * f64::from(inner)).round() as i32;
                // a day that lacks anything is never drawn full, one that has anything never empty
                let filled = full.clamp(1, (inner - 1).max(1));
                rectangle(path, (x + 1, y + 1 + inner - filled), (inner, filled));
            }
            Self::Missing => {
                outline(path, (x, y), side);
                let inner = side - 2;
                let (left, top) = (x + 1, y + 1);
                *path += &format!("M{left} {top}h1l{0} {0}v1h-1l-{0} -{0}z", inner - 1);
                *path += &format!(
                    "M{} {top}h-1l-{1} {1}v1h1l{1} -{1}z",
                    left + inner,
                    inner - 1
                );
            }
            Self::Synthetic => {
                for stripe in (0..side).step_by(3) {
                    rectangle(path, (x, y + stripe), (side, (side - stripe).min(2)));
                }
            }
            Self::Closed => {
                let dot = if side > 11 { 3 } else { 2 };
                let inset = (side - dot) / 2;
                rectangle(path, (x + inset, y + inset), (dot, dot));
            }
        }
    }
}

fn rectangle(path: &mut String, (x, y): (i32, i32), (width, height): (i32, i32)) {
    *path += &format!("M{x} {y}h{width}v{height}h-{width}z");
}

/// A frame one pixel wide: the inner rectangle is taken out of the outer.
fn outline(path: &mut String, (x, y): (i32, i32), side: i32) {
    rectangle(path, (x, y), (side, side));
    rectangle(path, (x + 1, y + 1), (side - 2, side - 2));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        let at: atrium_shared::base::time::Timestamp =
            serde_json::from_str(&format!("\"{text}T00:00:00Z\"")).unwrap();
        at.utc_day()
    }

    #[test]
    fn every_day_is_found_where_it_is_drawn_at_any_width() {
        for width in [300, 390, 620, 900, 1_400] {
            let layout = Layout::new(width);
            assert!(layout.pitch >= 10 && layout.size().0 <= width.max(27 * 10));
            for number in ["2023", "2024", "2000", "1990"] {
                let year = Year::of(day(&format!("{number}-06-15"))).unwrap();
                assert_eq!(year.number.to_string(), number);
                for at in year.first.0..=year.last.0 {
                    let (x, y) = layout.place(&year, Day(at));
                    let (width, height) = layout.size();
                    assert!(x >= 0 && x + layout.side() <= width);
                    assert!(y >= HEAD && y + layout.side() <= height);
                    for within in [0.0, f64::from(layout.side()) - 0.5] {
                        let (x, y) = (f64::from(x) + within, f64::from(y) + within);
                        assert_eq!(layout.day_at(&year, x, y), Some(Day(at)), "{number} {at}");
                    }
                }
                assert_eq!(layout.day_at(&year, -1.0, 30.0), None);
                assert_eq!(layout.day_at(&year, 4.0, 2.0), None, "the names of months");
                assert_eq!(layout.day_at(&year, 1e6, 30.0), None);
            }
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first() {
        let year = Year::of(day("2024-03-26")).unwrap();
        let layout = Layout::new(1_000);
        assert_eq!(
            layout.place(&year, day("2024-01-01")),
            (0, HEAD),
            "a Monday"
        );
        let (_, y) = layout.place(&year, day("2024-03-31"));
        assert_eq!(y, HEAD + 6 * layout.pitch, "a Sunday");
        let months = year.months();
        assert_eq!(months.len(), 12);
        assert_eq!(months[2], (day("2024-03-01"), "Mar"));
        assert_eq!(months[11], (day("2024-12-01"), "Dec"));
    }

    #[test]
    fn a_part_is_never_drawn_as_the_whole_nor_as_nothing() {
        let drawn = |share| {
            let mut path = String::new();
            Mark::Partial(share).draw(&mut path, (0, 0), 12);
            path
        };
        assert_eq!(drawn(0.0), drawn(0.001));
        assert_ne!(drawn(0.999), drawn(0.5));
        assert!(!drawn(1.0).contains("M1 1h10v10h-10z M1 1h10v10"));
        let height = |path: &str| {
            path.rsplit_once('v')
                .unwrap()
                .1
                .split('h')
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            (height(&drawn(0.0)), height(&drawn(1.0))),
            ("1".to_owned(), "9".to_owned())
        );
    }
}
