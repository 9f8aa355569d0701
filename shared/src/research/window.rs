//! The sessions that a run is made over.

use serde::{Deserialize, Serialize};

use crate::base::time::Day;
use crate::market::bars::{BadSeries, BarColumns, BarSeries, SessionBars};

/// The sessions from which the bars of a run are taken, first and last included. Nothing outside is seen, so indicators warm up
/// inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// The first session.
    pub from: Option<Day>,
    /// The last session.
    pub to: Option<Day>,
}

impl Window {
    /// Whether a session lies in it.
    pub fn contains(&self, session: Day) -> bool {
        self.from.is_none_or(|from| from <= session) && self.to.is_none_or(|to| session <= to)
    }

    /// Whether all of it lies before the first or after the last of some days.
    pub fn misses(&self, first: Day, last: Day) -> bool {
        self.from.is_some_and(|from| from > last) || self.to.is_some_and(|to| to < first)
    }

    /// Whether no session can lie in it.
    pub fn is_empty(&self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if to < from)
    }

    /// Which sessions these are, in words; `None` where they are all.
    pub fn words(&self) -> Option<String> {
        Some(match (self.from, self.to) {
            (None, None) => return None,
            (Some(from), None) => format!("from {from}"),
            (None, Some(to)) => format!("up to {to}"),
            (Some(from), Some(to)) => format!("{from} to {to}"),
        })
    }

    /// The bars of its sessions.
    ///
    /// # Errors
    /// [`BadSeries`] never occurs for bars that are a series already.
    pub fn cut(&self, bars: SessionBars) -> Result<SessionBars, BadSeries> {
        if *self == Self::default() {
            return Ok(bars);
        }
        let mut columns = BarColumns::default();
        for ((start, prices, volume), &session) in bars.series().rows().zip(bars.session()) {
            if self.contains(session) {
                columns.push(start, prices, volume);
            }
        }
        let series = BarSeries::new(bars.series().interval(), columns)?;
        SessionBars::new(series, bars.calendar())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::calendar::Calendar;

    #[test]
    fn a_window_misses_days_that_all_lie_beside_it() {
        let misses = |from: Option<i32>, to: Option<i32>| {
            let [from, to] = [from, to].map(|day| day.map(Day));
            Window { from, to }.misses(Day(10), Day(20))
        };
        for (from, to) in [
            (None, None),
            (Some(20), None),
            (None, Some(10)),
            (Some(1), Some(30)),
            (Some(20), Some(30)),
            (Some(1), Some(10)),
        ] {
            assert!(!misses(from, to), "{from:?} to {to:?}");
        }
        for (from, to) in [
            (Some(21), None),
            (None, Some(9)),
            (Some(21), Some(30)),
            (Some(1), Some(9)),
        ] {
            assert!(misses(from, to), "{from:?} to {to:?}");
        }
    }

    #[test]
    fn whole_sessions_are_taken_first_and_last_included() {
        let mut columns = BarColumns::default();
        for day in 19_000..19_010 {
            for hour in [0, 23] {
                let start = Timestamp::from_seconds(day * 86_400 + hour * 3_600);
                columns.push(start, [day as f64; 4], 1.0);
            }
        }
        let series = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
        let bars = SessionBars::new(series, Calendar::Crypto).unwrap();
        let days = |from: Option<i32>, to: Option<i32>| {
            let window = Window {
                from: from.map(Day),
                to: to.map(Day),
            };
            let cut = window.cut(bars.clone()).unwrap();
            let days = cut.session().iter().map(|day| day.0);
            (cut.series().len(), days.clone().min(), days.max())
        };
        assert_eq!(days(None, None), (20, Some(19_000), Some(19_009)));
        assert_eq!(
            days(Some(19_003), Some(19_005)),
            (6, Some(19_003), Some(19_005))
        );
        assert_eq!(days(Some(19_009), None), (2, Some(19_009), Some(19_009)));
        assert_eq!(days(None, Some(19_000)), (2, Some(19_000), Some(19_000)));
        assert_eq!(days(Some(19_010), None), (0, None, None));
        assert_eq!(days(Some(19_005), Some(19_004)), (0, None, None));
    }
}
