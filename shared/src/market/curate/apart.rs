//! Setting bars aside that begin before the one before them has ended.

use std::collections::BTreeMap;

use super::Curated;
use super::clean::{Cleaned, row_text};
use crate::base::time::Timestamp;
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::Calendar;
use crate::market::intake::{Rejected, Rows};
use crate::market::succession::Succession;

impl Cleaned {
    /// The same without the bars that begin before the one before them has ended, which are no bars of the same series: they
    /// are rejected, with their reason and the line that they have among the rows that were cleaned. Daily bars are those of
    /// their sessions.
    ///
    /// # Errors
    /// [`BadSeries`] never occurs for bars that were cleaned.
    pub fn apart(self, calendar: Calendar, rows: &Rows) -> Result<Self, BadSeries> {
        self.apart_after(None, calendar, rows)
    }

    /// The same of a part, where `before` is the last bar of the part before it.
    ///
    /// # Errors
    /// As [`Cleaned::apart`].
    pub fn apart_after(
        mut self,
        before: Option<Timestamp>,
        calendar: Calendar,
        rows: &Rows,
    ) -> Result<Self, BadSeries> {
        let beside = Beside {
            before,
            after: None,
        };
        let (bars, rejected) = apart(self.bars, None, beside, calendar, rows)?;
        self.bars = bars;
        let set_aside = rejected.len() as u64;
        self.report.overlapping += set_aside;
        self.report.kept -= set_aside;
        self.rejected.extend(rejected);
        Ok(self)
    }
}

/// The bars beside a part: the last one before it and the first one after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    /// The start of the one before.
    pub before: Option<Timestamp>,
    /// The start of the one after.
    pub after: Option<Timestamp>,
}

/// Bars received without those that begin within a stored bar, or within which a stored one begins, and what was set aside.
/// Those that take the place of a stored bar, having its start, are no such. Both are a part of all bars, with stored ones beside it.
/// The lines of those set aside are those of `rows`.
///
/// # Errors
/// [`BadSeries`] never occurs for bars that were cleaned.
pub fn apart_from(
    stored: &Curated,
    received: Curated,
    beside: Beside,
    calendar: Calendar,
    rows: &Rows,
) -> Result<(Curated, Vec<Rejected>), BadSeries> {
    apart(received, Some(stored), beside, calendar, rows)
}

/// Where two bars overlap, the one that stays is the stored one, else the earlier one.
fn apart(
    received: Curated,
    stored: Option<&Curated>,
    beside: Beside,
    calendar: Calendar,
    rows: &Rows,
) -> Result<(Curated, Vec<Rejected>), BadSeries> {
    let bad = overlapping(&received, stored, beside, calendar);
    if bad.is_empty() {
        return Ok((received, Vec::new()));
    }
    // of one time the last row counts
    let lines = rows.bars.start.iter().zip(&rows.line);
    let lines: BTreeMap<Timestamp, u64> = lines.map(|(start, line)| (*start, *line)).collect();
    let mut bad = bad.into_iter().peekable();
    let mut rejected = Vec::new();
    let mut columns = BarColumns::with_capacity(received.bars().len());
    let mut spread = Vec::new();
    for (start, prices, volume, spread_then) in received.real_rows() {
        let Some((_, other, end)) = bad.next_if(|(at, ..)| *at == start) else {
            columns.push(start, prices, volume);
            spread.extend(spread_then);
            continue;
        };
        let [open, high, low, close] = prices;
        let whose = if stored.is_some() { "stored " } else { "" };
        rejected.push(Rejected {
            file: String::new(),
            line: lines.get(&start).copied().unwrap_or_default(),
            reason: format!(
                "it overlaps the {whose}bar at {other}, which lasts until {end}: not a bar of the same series"
            ),
            text: row_text(start, [open, high, low, close], volume),
        });
    }
    let series = BarSeries::new(received.interval(), columns)?;
    let synthetic = vec![false; series.len()];
    let spread = (received.spread().is_some() && !series.is_empty()).then_some(spread);
    let actions = received.actions().clone();
    Ok((
        Curated::of_parts(series, synthetic, spread, actions),
        rejected,
    ))
}

/// The starts of bars received that overlap another, each with start and end of that one, by time.
fn overlapping(
    received: &Curated,
    stored: Option<&Curated>,
    beside: Beside,
    calendar: Calendar,
) -> Vec<(Timestamp, Timestamp, Timestamp)> {
    let mut found = Vec::new();
    let mut succession = Succession::new(calendar, received.interval());
    let Some(stored) = stored else {
        if let Some(before) = beside.before {
            // it was taken before
            let _ = succession.take(before);
        }
        for (start, ..) in received.real_rows() {
            if let Err((other, end)) = succession.take(start) {
                found.push((start, other, end));
            }
        }
        return found;
    };
    let mut old = stored.real_rows().map(|row| row.0).peekable();
    let mut before = beside.before;
    for (start, ..) in received.real_rows() {
        while let Some(earlier) = old.next_if(|at| *at < start) {
            before = Some(earlier);
        }
        let after = old.peek().copied().or(beside.after);
        if after == Some(start) {
            continue;
        }
        let with_before = before.and_then(|at| Some((at, succession.overlap(at, start)?)));
        let overlap = with_before.or_else(|| {
            let after = after.filter(|after| succession.overlap(start, *after).is_some())?;
            Some((after, succession.end(after)))
        });
        found.extend(overlap.map(|(other, end)| (start, other, end)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::BarInterval;
    use crate::market::curate::clean;
    use crate::market::intake::{TimeZoneChoice, parse_time};

    fn rows(times: &[&str]) -> Rows {
        let mut rows = Rows::default();
        for text in times {
            let start = parse_time(&format!("2024-03-{text}Z"), TimeZoneChoice::Utc).unwrap();
            rows.bars.push(start, [10.0, 11.0, 9.0, 10.5], 1.0);
            rows.line.push(rows.line.len() as u64 + 2);
        }
        rows
    }

    fn hours(times: &[&str]) -> Cleaned {
        clean(BarInterval::minutes(60), &rows(times)).unwrap()
    }

    fn starts(bars: &Curated) -> Vec<String> {
        let starts = bars.bars().start().iter();
        starts.map(|at| at.to_string()[11..16].to_owned()).collect()
    }

    #[test]
    fn bars_that_overlap_the_one_before_are_set_aside_with_their_reason() {
        let times = ["26T14:30:00", "26T15:30:00", "26T16:00:00", "26T16:30:00"];
        let cleaned = hours(&times).apart(Calendar::Nyse, &rows(&times)).unwrap();
        assert_eq!(starts(&cleaned.bars), ["14:30", "15:30", "16:30"]);
        assert_eq!((cleaned.report.kept, cleaned.report.overlapping), (3, 1));
        assert_eq!(cleaned.rejected[0].line, 4);
        let said = &cleaned.rejected[0].reason;
        assert!(
            said.contains("2024-03-26T15:30:00Z, which lasts until 2024-03-26T16:30:00Z"),
            "{said}"
        );
        let again = cleaned
            .clone()
            .apart(Calendar::Nyse, &rows(&times))
            .unwrap();
        assert_eq!(again, cleaned);
    }

    #[test]
    fn bars_that_overlap_stored_ones_are_set_aside_but_not_those_that_replace_them() {
        let stored = hours(&["26T14:00:00", "26T15:00:00", "26T18:00:00"]).bars;
        let times = ["26T15:00:00", "26T15:30:00", "26T16:30:00", "26T17:30:00"];
        let (received, beside) = (hours(&times).bars, Beside::default());
        let apart = apart_from(&stored, received, beside, Calendar::Nyse, &rows(&times));
        let (kept, rejected) = apart.unwrap();
        let lines: Vec<u64> = rejected.iter().map(|it| it.line).collect();
        assert_eq!(lines, [3, 5]);
        assert_eq!(starts(&kept), ["15:00", "16:30"]);
        let said: Vec<&str> = rejected.iter().map(|it| it.reason.as_str()).collect();
        assert!(
            said[0].contains("the stored bar at 2024-03-26T15:00:00Z"),
            "{said:?}"
        );
        assert!(
            said[1].contains("the stored bar at 2024-03-26T18:00:00Z"),
            "{said:?}"
        );
    }

    #[test]
    fn bars_beside_a_part_are_seen() {
        let none = hours(&[]).bars;
        let alone = hours(&["26T14:30:00", "26T15:30:00"]);
        let before = parse_time("2024-03-26T14:00:00Z", TimeZoneChoice::Utc).ok();
        let after = parse_time("2024-03-26T16:00:00Z", TimeZoneChoice::Utc).ok();
        let cleaned = alone.clone();
        let cleaned = cleaned.apart_after(before, Calendar::Nyse, &Rows::default());
        let cleaned = cleaned.unwrap();
        assert_eq!(starts(&cleaned.bars), ["15:30"]);
        for (beside, kept) in [
            (Beside::default(), ["14:30", "15:30"].as_slice()),
            (
                Beside {
                    before,
                    after: None,
                },
                &["15:30"],
            ),
            (
                Beside {
                    before: None,
                    after,
                },
                &["14:30"],
            ),
        ] {
            let apart = apart_from(
                &none,
                alone.bars.clone(),
                beside,
                Calendar::Nyse,
                &Rows::default(),
            );
            assert_eq!(starts(&apart.unwrap().0), kept, "{beside:?}");
        }
    }
}
