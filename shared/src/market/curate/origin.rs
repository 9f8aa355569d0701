//! From where on the bars of a series are cut, told by the bars themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Curated;
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::base::zone::Zone;
use crate::market::calendar::{OutsideCalendar, Schedule, Session};

/// Where bars of one interval begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridOrigin {
    /// At each session's open, and whole intervals after it; so do daily bars.
    #[default]
    Session,
    /// At multiples of the interval since 1970 by UTC, whatever the sessions.
    Clock,
    /// Later than those, by the clock of a zone: a broker whose days begin at 17:00 in New York cuts its four hours from there.
    Local {
        /// Whose clock.
        zone: Zone,
        /// So many seconds later.
        seconds: u32,
    },
}

/// So many bars, spread evenly, tell how all are cut.
const SAMPLE: usize = 20_000;
/// Sessions begin on half hours, and so do those of any zone: bars of a part of that are cut in one way only.
const HALF_HOUR: u32 = 1_800;

impl GridOrigin {
    /// How real bars are cut, by the starts of those that reach into a session: an origin of a zone's clock where nine of ten
    /// begin by it (or at an open, where the first cell may be cut short), and more than by any other; else by UTC where
    /// more do than by their session's open. Most intervals fit several; then, and for daily bars, it is the session.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach.
    pub fn of(bars: &Curated, schedule: &Schedule) -> Result<Self, OutsideCalendar> {
        let starts = bars.bars().start();
        let all = starts.iter().zip(bars.synthetic());
        let real = all.filter(|(_, synthetic)| !**synthetic);
        let stride = starts.len().div_ceil(SAMPLE).max(1);
        let some = real.step_by(stride).map(|(start, _)| *start);
        Self::told(some, bars.interval(), schedule)
    }

    /// The same of real bars that are known by their starts alone.
    ///
    /// # Errors
    /// As [`GridOrigin::of`].
    pub fn among(
        starts: &[Timestamp],
        interval: BarInterval,
        schedule: &Schedule,
    ) -> Result<Self, OutsideCalendar> {
        let stride = starts.len().div_ceil(SAMPLE).max(1);
        Self::told(starts.iter().step_by(stride).copied(), interval, schedule)
    }

    fn told(
        starts: impl Iterator<Item = Timestamp>,
        interval: BarInterval,
        schedule: &Schedule,
    ) -> Result<Self, OutsideCalendar> {
        let BarInterval::Seconds(seconds) = interval else {
            return Ok(Self::Session);
        };
        let mut sight = Sight::new(schedule, seconds);
        for start in starts {
            sight.take(start)?;
        }
        Ok(sight.origin())
    }

    /// Whether the first bars of many tell as well as all do how they are cut.
    pub fn is_plain(interval: BarInterval) -> bool {
        match interval {
            BarInterval::Day => true,
            BarInterval::Seconds(seconds) => HALF_HOUR.checked_rem(seconds) == Some(0),
        }
    }

    /// The clock by which cells follow each other without a break: cells begin where it shows a multiple of the interval.
    /// From each session's open anew they do not; then it is UTC.
    pub(super) fn shows(self, at: Timestamp) -> i64 {
        match self {
            Self::Session | Self::Clock => at.0,
            Self::Local { zone, seconds } => wall(zone, at) - i64::from(seconds) * SECOND,
        }
    }

    /// When it shows a time; the first time, where it shows it twice, and where it never does, when it jumps over it.
    pub(super) fn when(self, shown: i64) -> Timestamp {
        let Self::Local { zone, seconds } = self else {
            return Timestamp(shown);
        };
        let local = shown + i64::from(seconds) * SECOND;
        let by = |at: Timestamp| Timestamp(local - i64::from(zone.offset_seconds(at)) * SECOND);
        let near = by(Timestamp(local));
        let at = by(near);
        if wall(zone, at) == local { at } else { near }
    }
}

const SECOND: i64 = 1_000_000;

/// What the clock of a zone shows, as if it were UTC.
fn wall(zone: Zone, at: Timestamp) -> i64 {
    at.0 + i64::from(zone.offset_seconds(at)) * SECOND
}

/// What is seen of how bars are cut.
struct Sight<'a> {
    schedule: &'a Schedule,
    length: i64,
    /// The last sessions that were asked for.
    known: [Option<(Day, Option<Session>)>; 2],
    bars: u64,
    /// Those that begin whole intervals after their session's open, and exactly at it.
    from_open: u64,
    at_open: u64,
    /// How many begin so much later than a multiple of the interval, by the clock of a zone.
    later: Vec<(Zone, BTreeMap<i64, u64>)>,
}

impl<'a> Sight<'a> {
    fn new(schedule: &'a Schedule, seconds: u32) -> Self {
        // of clocks that do equally well the first counts: that of the exchange, those of brokers, which change with New York
        // or with Europe, and UTC
        let mut zones = vec![schedule.calendar().zone()];
        if !GridOrigin::is_plain(BarInterval::Seconds(seconds)) {
            zones.extend([Zone::NewYork, Zone::Prague]);
        }
        zones.push(Zone::Utc);
        let mut later: Vec<(Zone, BTreeMap<i64, u64>)> = Vec::new();
        for zone in zones {
            if later.iter().all(|(known, _)| *known != zone) {
                later.push((zone, BTreeMap::new()));
            }
        }
        Self {
            schedule,
            length: i64::from(seconds.max(1)) * SECOND,
            known: [None, None],
            bars: 0,
            from_open: 0,
            at_open: 0,
            later,
        }
    }

    fn take(&mut self, start: Timestamp) -> Result<(), OutsideCalendar> {
        let calendar = self.schedule.calendar();
        let end = Timestamp(start.0 + self.length);
        let first = calendar.local_day(start);
        let last = match self.length > SECOND {
            true => calendar.local_day(Timestamp(end.0 - 1)),
            false => first,
        };
        let mut is_within = false;
        // a bar on the last day of a calendar may reach beyond it
        let next = (last > first).then(|| self.session(last).ok().flatten());
        for session in [self.session(first)?, next.flatten()].into_iter().flatten() {
            is_within |= start < session.close && end > session.open;
            if session.open <= start && start < session.close {
                let since = start.micros_since(session.open);
                self.from_open += u64::from(since % self.length == 0);
                self.at_open += u64::from(since == 0);
            }
        }
        if is_within {
            self.bars += 1;
            let length = self.length;
            for (zone, later) in &mut self.later {
                let over = wall(*zone, start).rem_euclid(length);
                *later.entry(over).or_default() += 1;
            }
        }
        Ok(())
    }

    fn session(&mut self, day: Day) -> Result<Option<Session>, OutsideCalendar> {
        let known = self.known.iter().flatten().find(|known| known.0 == day);
        if let Some((_, session)) = known {
            return Ok(*session);
        }
        let session = self.schedule.session(day)?;
        let [last, _] = self.known;
        self.known = [Some((day, session)), last];
        Ok(session)
    }

    fn origin(&self) -> GridOrigin {
        let by_clock = self.later.iter().find(|(zone, _)| *zone == Zone::Utc);
        let by_clock = by_clock.and_then(|(_, later)| later.get(&0));
        let by_clock = by_clock.copied().unwrap_or(0);
        let (plain, fits) = if by_clock > self.from_open {
            (GridOrigin::Clock, by_clock)
        } else {
            (GridOrigin::Session, self.from_open)
        };
        let mut best = (plain, fits);
        for (zone, later) in &self.later {
            for (&over, &fits) in later {
                let are_most = (fits + self.at_open).min(self.bars) * 10 >= self.bars * 9;
                if let Ok(seconds) = u32::try_from(over / SECOND)
                    && over % SECOND == 0
                    && fits > best.1
                    && are_most
                {
                    let zone = *zone;
                    best = (GridOrigin::Local { zone, seconds }, fits);
                }
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests;
