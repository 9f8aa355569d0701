//! Filling short gaps with flagged synthetic bars.

use serde::{Deserialize, Serialize};

use super::curated::CuratedRow;
use super::gaps::{Longest, gaps_of, pieces};
use super::grid::{Grid, Place};
use super::{Curated, Gap, GridOrigin};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::actions::Actions;
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::{Schedule, Session};

/// How the length of a gap is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMeasure {
    /// Minutes of sessions between the two real bars, nights and weekends not counted. A session that is missing as a whole
    /// is never filled.
    #[default]
    SessionMinutes,
    /// Minutes by the clock from the first missing bar to the end of the last one. Missing sessions are filled too.
    ClockMinutes,
}

/// Which gaps are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FillRule {
    /// The longest gap that is filled, in minutes; 0 fills none.
    pub max_fill_minutes: u32,
    /// How a gap is measured.
    pub measure: FillMeasure,
}

impl Default for FillRule {
    fn default() -> Self {
        Self {
            max_fill_minutes: 30,
            measure: FillMeasure::SessionMinutes,
        }
    }
}

impl FillRule {
    /// Up to 48 hours by the clock: what earlier tools did.
    pub const FORTY_EIGHT_HOURS: Self = Self {
        max_fill_minutes: 48 * 60,
        measure: FillMeasure::ClockMinutes,
    };
}

/// What was filled and what was left. Only expected bars of sessions between two real ones are ever filled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillReport {
    /// Gaps filled.
    pub gaps_filled: u64,
    /// Synthetic bars made.
    pub bars_added: u64,
    /// Gaps left.
    pub gaps_left: u64,
    /// Bars missing in them.
    pub bars_left: u64,
    /// Sessions without any real bar that were left.
    pub sessions_left: u32,
    /// The gaps left, by time; of very many only the longest.
    pub left: Vec<Gap>,
}

/// Fills short gaps: each missing bar becomes a synthetic one with the close before it as its four prices and no volume.
///
/// A gap is what is missing between two real bars of the regular hours; it is filled once the bar after it is there, so
/// nothing is filled at the end of the data, and more bars change nothing of what was filled. The close before it may be of
/// the extended hours. Synthetic bars that are there already are made anew. A gap that a bar off the
/// grid reaches into is left: none is ever put into the time of a real bar.
///
/// # Errors
/// [`BadSeries::Calendar`] where the calendar does not reach.
pub fn fill(
    bars: &Curated,
    schedule: &Schedule,
    rule: FillRule,
) -> Result<(Curated, FillReport), BadSeries> {
    let origin = GridOrigin::of(bars, schedule)?;
    let mut filler = Filler::new(schedule, bars.interval(), origin, rule);
    for row in bars.rows() {
        filler.take(row)?;
    }
    filler.finish(bars.actions().clone())
}

/// Fills gaps of bars that are handed in part by part, in order of time.
#[derive(Debug, Clone)]
pub struct Filler {
    grid: Grid,
    rule: FillRule,
    /// The first place after the last real bar of the regular hours; absent before the first.
    next: Option<(usize, u32)>,
    /// How far from the session's open, or from midnight UTC, a daily bar is stamped.
    stamp: Stamp,
    /// Bars of the extended hours since then, and until when each may hold what was traded.
    waiting: Vec<(CuratedRow, Timestamp)>,
    /// Until when the real bars given may hold what was traded.
    covered: Timestamp,
    done: Columns,
    left: Longest,
    report: FillReport,
}

#[derive(Debug, Clone, Copy)]
enum Stamp {
    MidnightUtc,
    FromOpen(i64),
}

/// Rows that are decided.
#[derive(Debug, Clone, Default)]
struct Columns {
    bars: BarColumns,
    synthetic: Vec<bool>,
    spread: Vec<f64>,
    /// The last close and spread.
    last: Option<(f64, Option<f64>)>,
}

impl Columns {
    fn push(&mut self, row: &CuratedRow) {
        self.bars.push(row.start, row.prices, row.volume);
        self.synthetic.push(row.synthetic);
        self.spread.extend(row.spread);
        let [_, _, _, close] = row.prices;
        self.last = Some((close, row.spread));
    }

    fn push_synthetic(&mut self, start: Timestamp) {
        if let Some((close, spread)) = self.last {
            self.push(&CuratedRow {
                start,
                prices: [close; 4],
                volume: 0.0,
                spread,
                synthetic: true,
            });
        }
    }

    fn give(&mut self, interval: BarInterval, actions: Actions) -> Result<Curated, BadSeries> {
        let bars = BarSeries::new(interval, core::mem::take(&mut self.bars))?;
        let synthetic = core::mem::take(&mut self.synthetic);
        let spread = core::mem::take(&mut self.spread);
        let spread = (!bars.is_empty() && spread.len() == bars.len()).then_some(spread);
        Ok(Curated::of_parts(bars, synthetic, spread, actions))
    }
}

impl Filler {
    /// Nothing filled yet. How bars are cut is told by [`GridOrigin::of`].
    pub fn new(
        schedule: &Schedule,
        interval: BarInterval,
        origin: GridOrigin,
        rule: FillRule,
    ) -> Self {
        Self {
            grid: Grid::new(schedule.clone(), interval, origin),
            rule,
            next: None,
            stamp: Stamp::FromOpen(0),
            waiting: Vec::new(),
            covered: Timestamp::MIN,
            done: Columns::default(),
            left: Longest::default(),
            report: FillReport::default(),
        }
    }

    /// Takes the next bars, which start after those before, and gives what is decided: bars of the extended hours wait for
    /// the next one of the regular hours.
    ///
    /// # Errors
    /// [`BadSeries::Calendar`] where the calendar does not reach, [`BadSeries::Order`] for bars out of order.
    pub fn push(&mut self, bars: &Curated) -> Result<Curated, BadSeries> {
        for row in bars.rows() {
            self.take(row)?;
        }
        self.done.give(self.grid.interval(), bars.actions().clone())
    }

    /// Gives the bars that waited, and the report.
    ///
    /// # Errors
    /// [`BadSeries::Order`] for bars out of order.
    pub fn finish(mut self, actions: Actions) -> Result<(Curated, FillReport), BadSeries> {
        if let Some(next) = self.next {
            let end = (self.grid.sessions().len(), 0);
            for gap in gaps_of(pieces(&self.grid, next, end, &[]), true, false) {
                self.leave(gap);
            }
        }
        self.flush(&[]);
        let bars = self.done.give(self.grid.interval(), actions)?;
        let (left, _) = self.left.finish();
        Ok((
            bars,
            FillReport {
                left,
                ..self.report
            },
        ))
    }

    fn take(&mut self, row: CuratedRow) -> Result<(), BadSeries> {
        if row.synthetic {
            return Ok(());
        }
        let place = self.grid.place(row.start)?;
        let until = self.grid.covers_until(row.start, place);
        match place {
            Place::Outside { .. } if self.next.is_some() => self.waiting.push((row, until)),
            Place::Outside { .. } => self.give(&row, until),
            Place::Slot { session, slot, .. } => {
                self.reach((session, slot));
                self.give(&row, until);
                self.remember_stamp(row.start, session);
            }
        }
        Ok(())
    }

    fn give(&mut self, row: &CuratedRow, until: Timestamp) {
        self.done.push(row);
        self.covered = self.covered.max(until);
    }

    /// Decides what is missing before the bar at a place.
    fn reach(&mut self, to: (usize, u32)) {
        let missing = self.next.filter(|next| *next < to);
        let mut made = Vec::new();
        if let Some(next) = missing {
            let found = pieces(&self.grid, next, to, &[]);
            if !found.is_empty() && self.is_short(&found) {
                made = self.starts(next, to);
            }
            if self.are_free(&made) {
                self.report.gaps_filled += if made.is_empty() {
                    0
                } else {
                    found.len() as u64
                };
            } else {
                made.clear();
            }
            if made.is_empty() {
                for gap in gaps_of(found, true, true) {
                    self.leave(gap);
                }
            }
        }
        self.flush(&made);
        let after = (to.0, to.1 + 1);
        self.next = self.next.max(Some(after));
    }

    /// The starts of synthetic bars for a stretch of places.
    fn starts(
        &self,
        (first, first_slot): (usize, u32),
        (last, last_slot): (usize, u32),
    ) -> Vec<Timestamp> {
        let mut starts = Vec::new();
        let sessions = self.grid.sessions().iter().enumerate().skip(first);
        for (index, session) in sessions.take_while(|(index, _)| *index <= last) {
            let from = if index == first { first_slot } else { 0 };
            let to = if index == last {
                last_slot
            } else {
                self.grid.slots(session)
            };
            starts.extend((from..to).map(|slot| self.stamp(session, slot)));
        }
        starts
    }

    /// Whether no real bar before the next one may hold what would be made up: one that is off the grid reaches over the begin
    /// of a place.
    fn are_free(&self, made: &[Timestamp]) -> bool {
        if self.grid.interval() == BarInterval::Day {
            return true;
        }
        let mut waiting = self.waiting.iter().peekable();
        let mut covered = self.covered;
        made.iter().all(|start| {
            while let Some((_, until)) = waiting.next_if(|(row, _)| row.start < *start) {
                covered = covered.max(*until);
            }
            *start >= covered
        })
    }

    fn is_short(&self, found: &[super::gaps::Piece]) -> bool {
        let limit = u64::from(self.rule.max_fill_minutes) * 60;
        match (self.rule.measure, found.first(), found.last()) {
            (FillMeasure::SessionMinutes, ..) => {
                let seconds: u64 = found.iter().map(|piece| piece.seconds).sum();
                seconds <= limit && found.iter().all(|piece| piece.whole == 0)
            }
            (FillMeasure::ClockMinutes, Some(first), Some(last)) => {
                last.to.micros_since(first.from) / 1_000_000 <= limit as i64
            }
            _ => false,
        }
    }

    fn leave(&mut self, gap: Gap) {
        self.report.gaps_left += 1;
        self.report.bars_left += gap.bars;
        self.report.sessions_left += gap.sessions;
        self.left.push(gap);
    }

    /// Gives the waiting bars, with synthetic ones that start then between them.
    fn flush(&mut self, made: &[Timestamp]) {
        let waiting = core::mem::take(&mut self.waiting);
        let mut waiting = waiting.iter().peekable();
        for &start in made {
            while let Some((row, until)) = waiting.next_if(|(row, _)| row.start < start) {
                self.give(row, *until);
            }
            self.done.push_synthetic(start);
            self.report.bars_added += 1;
        }
        for (row, until) in waiting {
            self.give(row, *until);
        }
    }

    /// The start of a synthetic bar, stamped as the real ones are.
    fn stamp(&self, session: &Session, slot: u32) -> Timestamp {
        match (self.grid.interval(), self.stamp) {
            (BarInterval::Day, Stamp::MidnightUtc) => session.day.midnight_utc(),
            (BarInterval::Day, Stamp::FromOpen(micros)) => Timestamp(session.open.0 + micros),
            _ => self.grid.slot_start(session, slot),
        }
    }

    fn remember_stamp(&mut self, start: Timestamp, session: usize) {
        if self.grid.interval() != BarInterval::Day {
            return;
        }
        if let Some(session) = self.grid.sessions().get(session) {
            self.stamp = if session.day.midnight_utc() == start {
                Stamp::MidnightUtc
            } else {
                Stamp::FromOpen(start.micros_since(session.open))
            };
        }
    }
}
