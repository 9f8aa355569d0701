//! Quality in one pass over bars in order of time.

use super::offenders::Offenders;
use super::scale::{Largest, Move, Sizes, edge_above};
use super::{CleanReport, Coverage, Curated, GridOrigin, QualityReport, QualityRule};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::actions::{Actions, Basis};
use crate::market::calendar::{OutsideCalendar, Schedule};
use crate::market::curate::curated::{Bases, CuratedRow};
use crate::market::curate::grid::Place;
use crate::market::curate::{DayState, GapAnalysis};

/// Half hours of a day, then the moves over a break.
const GROUPS: usize = 48;
const HALF_HOUR: i64 = 1_800_000_000;
/// A group of fewer moves is judged by all.
const ENOUGH: u64 = 50;
/// Fewer moves than this tell nothing.
const TOO_FEW: u64 = 20;
/// Moves over a break are so many times as large as others, where there are too few breaks to tell: about the root of the
/// minutes of a trading day.
const BREAK_SCALE: f64 = 20.0;
/// Of daily bars a break is some sessions, not a night.
const DAILY_BREAK_SCALE: f64 = 2.0;
/// 1 over the third quartile of the normal distribution: turns a median of absolute values into a deviation.
const DEVIATION: f64 = 1.4826;

/// Judges bars that are handed in part by part, in order of time. Its memory grows with the days, not with the bars.
#[derive(Debug, Clone)]
pub struct QualityAnalysis {
    gaps: GapAnalysis,
    rule: QualityRule,
    interval: BarInterval,
    bases: Vec<Basis>,
    returns: Groups,
    /// Of bars of the regular hours and, apart, of others.
    prints: [Groups; 2],
    /// The last two real bars: what comes after the second tells whether it is a bad print.
    before: Option<Seen>,
    last: Option<Seen>,
    stale: Stale,
    rows: u64,
    synthetic: u64,
    duplicated: u64,
    zero_range: u64,
    zero_volume: u64,
    first_start: Option<Timestamp>,
    last_start: Option<Timestamp>,
}

/// A real bar as it is compared with its neighbours: adjusted prices.
#[derive(Debug, Clone, Copy)]
struct Seen {
    start: Timestamp,
    high: f64,
    low: f64,
    close: f64,
    /// Raw over adjusted prices.
    raw: f64,
    group: usize,
    regular: bool,
}

/// Moves by group.
#[derive(Debug, Clone)]
struct Groups {
    sizes: Vec<Sizes>,
    largest: Vec<Largest>,
}

impl Groups {
    fn new(room: usize) -> Self {
        Self {
            sizes: vec![Sizes::default(); GROUPS + 1],
            largest: vec![Largest::new(room); GROUPS + 1],
        }
    }

    fn add(&mut self, group: usize, found: Move) {
        if found.size <= 0.0 {
            return;
        }
        if let (Some(sizes), Some(largest)) =
            (self.sizes.get_mut(group), self.largest.get_mut(group))
        {
            sizes.add(found.size);
            largest.push(found);
        }
    }

    /// The limit of each group, `deviations` away from 0; `None` where too little is known.
    fn limits(&self, deviations: f64, break_scale: f64) -> Vec<Option<f64>> {
        let mut all = Sizes::default();
        let usual = self.sizes.iter().take(GROUPS);
        usual.for_each(|sizes| all.absorb(sizes));
        let pooled = all.median().filter(|_| all.total() >= TOO_FEW);
        let limit = |(group, sizes): (usize, &Sizes)| {
            let median = match (sizes.total() >= ENOUGH, group == GROUPS) {
                (true, _) => sizes.median(),
                (false, false) => pooled,
                (false, true) => pooled.map(|median| median * break_scale),
            };
            median.map(|median| edge_above(median * DEVIATION * deviations))
        };
        self.sizes.iter().enumerate().map(limit).collect()
    }

    /// How many moves are so many deviations or more from 0 for their group, and the largest of them with their limit.
    fn beyond(&self, deviations: f64, break_scale: f64) -> (u64, Vec<(Move, f64)>) {
        let limits = self.limits(deviations, break_scale);
        let mut count = 0;
        let mut found = Vec::new();
        for ((sizes, largest), limit) in self.sizes.iter().zip(&self.largest).zip(limits) {
            let Some(limit) = limit else { continue };
            count += sizes.beyond(limit);
            let beyond = largest.moves().iter().filter(|moved| moved.size >= limit);
            found.extend(beyond.map(|&moved| (moved, limit)));
        }
        (count, found)
    }
}

/// Runs of an unchanged price.
#[derive(Debug, Clone)]
pub(super) struct Stale {
    /// So many bars make a run.
    pub(super) limit: u64,
    price: f64,
    from: Timestamp,
    bars: u64,
    pub(super) runs: u64,
    in_runs: u64,
    /// The longest runs: bars, start, price.
    pub(super) longest: Vec<(u64, Timestamp, f64)>,
    room: usize,
}

impl Stale {
    fn new(rule: &QualityRule, interval: BarInterval) -> Self {
        let limit = match interval {
            BarInterval::Day => 3,
            BarInterval::Seconds(seconds) => {
                let seconds = u64::from(seconds.max(1));
                (u64::from(rule.stale_minutes) * 60)
                    .div_ceil(seconds)
                    .max(3)
            }
        };
        Self {
            limit,
            price: 0.0,
            from: Timestamp(0),
            bars: 0,
            runs: 0,
            in_runs: 0,
            longest: Vec::new(),
            room: rule.offenders.max(1) as usize,
        }
    }

    /// Takes a bar whose four prices are one, or `None` for one that ends a run.
    fn take(&mut self, still: Option<f64>, start: Timestamp) {
        let goes_on = still.is_some_and(|price| price.to_bits() == self.price.to_bits());
        if goes_on && self.bars > 0 {
            self.bars += 1;
            return;
        }
        self.end();
        if let Some(price) = still {
            self.price = price;
            self.from = start;
            self.bars = 1;
        }
    }

    fn end(&mut self) {
        if self.bars >= self.limit {
            self.runs += 1;
            self.in_runs += self.bars;
            self.longest.push((self.bars, self.from, self.price));
            if self.longest.len() >= 2 * self.room {
                self.prune();
            }
        }
        self.bars = 0;
    }

    fn prune(&mut self) {
        self.longest
            .sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        self.longest.truncate(self.room);
    }
}

impl QualityAnalysis {
    /// An analysis that has seen nothing yet. How bars are cut is told by [`GridOrigin::of`].
    pub fn new(
        schedule: &Schedule,
        interval: BarInterval,
        align: GridOrigin,
        actions: &Actions,
        rule: QualityRule,
    ) -> Self {
        let room = rule.offenders as usize;
        Self {
            gaps: GapAnalysis::new(schedule, interval, align),
            stale: Stale::new(&rule, interval),
            rule,
            interval,
            bases: actions.bases(schedule.calendar(), interval),
            returns: Groups::new(room),
            prints: [Groups::new(room), Groups::new(room)],
            before: None,
            last: None,
            rows: 0,
            synthetic: 0,
            duplicated: 0,
            zero_range: 0,
            zero_volume: 0,
            first_start: None,
            last_start: None,
        }
    }

    /// Takes the next bars, which start after those before. `duplicated`: the times among them that came more than once,
    /// sorted.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach.
    pub fn push(
        &mut self,
        bars: &Curated,
        duplicated: &[Timestamp],
    ) -> Result<(), OutsideCalendar> {
        let bases = self.bases.clone();
        let mut bases = Bases::new(&bases);
        let mut duplicated = duplicated.iter().peekable();
        for row in bars.rows() {
            let place = self.gaps.take(row.start, row.synthetic)?;
            self.rows += 1;
            self.first_start.get_or_insert(row.start);
            self.last_start = Some(row.start);
            if row.synthetic {
                self.synthetic += 1;
                continue;
            }
            let regular = matches!(place, Place::Slot { .. });
            while duplicated.next_if(|time| **time < row.start).is_some() {}
            if duplicated.next_if(|time| **time == row.start).is_some() && regular {
                self.duplicated += 1;
            }
            let (factor, _) = bases.at(row.start);
            self.take_real(&row, regular, factor);
        }
        Ok(())
    }

    fn take_real(&mut self, row: &CuratedRow, regular: bool, factor: f64) {
        let [_, high, low, close] = row.prices;
        let flat = high.to_bits() == low.to_bits();
        self.zero_range += u64::from(flat);
        self.zero_volume += u64::from(row.volume <= 0.0);
        if regular {
            self.stale.take(flat.then_some(close), row.start);
        }
        let seen = Seen {
            start: row.start,
            high: high * factor,
            low: low * factor,
            close: close * factor,
            raw: 1.0 / factor,
            group: self.group(row.start),
            regular,
        };
        if let Some(last) = self.last {
            let over_break = row.start.micros_since(last.start) > self.break_micros();
            let group = if over_break { GROUPS } else { seen.group };
            self.returns.add(
                group,
                Move {
                    at: row.start,
                    size: ratio(last.close, seen.close) - 1.0,
                    reference: last.close * seen.raw,
                    price: close,
                    over_break: over_break || self.interval == BarInterval::Day,
                },
            );
            self.judge_print(Some(seen.close));
        }
        self.before = self.last;
        self.last = Some(seen);
    }

    /// Holds the last bar's range against the closes before and after it.
    fn judge_print(&mut self, next: Option<f64>) {
        let (Some(before), Some(bar)) = (self.before, self.last) else {
            return;
        };
        let next = next.unwrap_or(bar.close);
        let (top, bottom) = if before.close > next {
            (before.close, next)
        } else {
            (next, before.close)
        };
        let (above, below) = (bar.high / top, bottom / bar.low);
        let (size, reference, price) = if above > below {
            (above - 1.0, top, bar.high)
        } else {
            (below - 1.0, bottom, bar.low)
        };
        let [regular, extended] = &mut self.prints;
        let groups = if bar.regular { regular } else { extended };
        groups.add(
            bar.group,
            Move {
                at: bar.start,
                size,
                reference: reference * bar.raw,
                price: price * bar.raw,
                over_break: false,
            },
        );
    }

    /// A break is longer than three hours and four bars.
    fn break_micros(&self) -> i64 {
        let bars = 4 * i64::from(self.interval.seconds()) * 1_000_000;
        bars.max(6 * HALF_HOUR)
    }

    /// The half hour since the nearest open, around the clock; daily bars are all of one group.
    fn group(&self, start: Timestamp) -> usize {
        if self.interval == BarInterval::Day {
            return 0;
        }
        let since = start.micros_since(self.gaps.grid.reference_open());
        (since.div_euclid(HALF_HOUR).rem_euclid(GROUPS as i64)) as usize
    }

    /// What was found; `cleaning`: what cleaning did to the rows before.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach.
    pub fn finish(
        mut self,
        cleaning: Option<&CleanReport>,
    ) -> Result<(QualityReport, Coverage), OutsideCalendar> {
        self.judge_print(None);
        self.stale.end();
        self.stale.prune();
        let calendar = self.gaps.grid.schedule().calendar();
        let (gaps, coverage) = self.gaps.finish()?;
        let mut closed = Vec::new();
        for day in coverage.days.iter().filter(|day| day.extended > 0) {
            // without the user's own closures the calendar would expect bars there
            if let (DayState::Closed, Some(session)) = (day.state, calendar.session(day.day)?) {
                closed.push((u64::from(day.extended), session));
            }
        }
        let on_closed_days = closed.iter().map(|(bars, _)| bars).sum();
        let mut offenders = Offenders::new(&self.rule);
        let break_scale = match self.interval {
            BarInterval::Day => DAILY_BREAK_SCALE,
            BarInterval::Seconds(_) => BREAK_SCALE,
        };
        let (outlier_returns, largest) = self
            .returns
            .beyond(self.rule.return_deviations, break_scale);
        offenders.returns(&largest, outlier_returns);
        let [regular, extended] = &self.prints;
        let [(regular_prints, of_sessions), (extended_prints, of_others)] = [regular, extended]
            .map(|prints| prints.beyond(self.rule.print_deviations, break_scale));
        offenders.prints(&of_sessions, regular_prints);
        offenders.prints(&of_others, extended_prints);
        offenders.stale(&self.stale);
        offenders.gaps(&gaps);
        offenders.conflicts(cleaning);
        offenders.closed_days(&closed, self.interval);
        let doubtful = self.duplicated + regular_prints + gaps.off_grid + on_closed_days;
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        let (offenders_by_kind, worst) = offenders.finish();
        let report = QualityReport {
            digest: None,
            rows: self.rows,
            first: self.first_start,
            last: self.last_start,
            score: share(gaps.real.saturating_sub(doubtful), gaps.expected),
            gaps,
            cleaning: cleaning.cloned(),
            duplicated: self.duplicated,
            on_closed_days,
            zero_range: self.zero_range,
            zero_volume: self.zero_volume,
            outlier_returns,
            bad_prints: regular_prints + extended_prints,
            stale_runs: self.stale.runs,
            stale_bars: self.stale.in_runs,
            synthetic_share: share(self.synthetic, self.rows).unwrap_or(0.0),
            offenders_by_kind,
            worst,
            rule: self.rule,
        };
        Ok((report, coverage))
    }
}

/// The larger of two prices over the smaller.
fn ratio(one: f64, other: f64) -> f64 {
    if one > other {
        one / other
    } else {
        other / one
    }
}
