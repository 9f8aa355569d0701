//! From what a clock on the wall shows to UTC.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

const SECOND: i64 = 1_000_000;

/// The point in time at which a clock shows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Local {
    /// Microseconds since 1970 UTC.
    One(i64),
    /// Never: clocks were set forward over it.
    Gap,
    /// Twice: clocks were set back.
    Twice {
        /// Before they were.
        early: i64,
        /// After.
        late: i64,
    },
}

/// A clock of a zone, shifted by a fixed amount. It remembers between which changes of clocks it read last.
#[derive(Debug, Clone)]
pub(super) struct WallClock {
    rules: TimeZone,
    /// How much more the clock shows, in microseconds.
    shift: i64,
    /// From and to which time of the unshifted clock an offset holds without doubt.
    known: Option<(i64, i64, i64)>,
}

impl WallClock {
    /// A clock that shows `shift` seconds more than the zone's.
    pub(super) fn new(rules: TimeZone, shift: i32) -> Self {
        Self {
            rules,
            shift: i64::from(shift) * SECOND,
            known: None,
        }
    }

    /// The point in time at which it shows `wall`, in microseconds since 1970 of a clock that shows UTC.
    pub(super) fn local(&mut self, wall: i64) -> Local {
        let wall = wall.saturating_sub(self.shift);
        if let Some((from, to, offset)) = self.known
            && (from..to).contains(&wall)
        {
            return Local::One(wall - offset);
        }
        // what lies beyond the years that are read is refused by its bar
        let Some(shown) = civil(wall) else {
            return Local::One(wall);
        };
        match self.rules.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let offset = micros(offset);
                self.known = self.span(wall - offset, offset);
                Local::One(wall - offset)
            }
            AmbiguousOffset::Gap { .. } => Local::Gap,
            AmbiguousOffset::Fold { before, after } => Local::Twice {
                early: wall - micros(before),
                late: wall - micros(after),
            },
        }
    }

    /// What the clock shows at a point in time.
    pub(super) fn shows(&self, at: i64) -> i64 {
        let offset = jiff::Timestamp::from_microsecond(at).map(|at| self.rules.to_offset(at));
        at + offset.map_or(0, micros) + self.shift
    }

    /// What it never shows between two points in time, as clocks are set forward over it: from and to what, by time.
    pub(super) fn gaps(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let Ok(first) = jiff::Timestamp::from_microsecond(from) else {
            return Vec::new();
        };
        let changes = self.rules.following(first);
        let changes = changes.map(|change| (change.timestamp().as_microsecond(), change.offset()));
        let changes = changes.take_while(|(at, _)| *at < to);
        let of_change = |(at, offset): (i64, Offset)| {
            let before = self.shows(at - 1) + 1;
            let after = at + micros(offset) + self.shift;
            (before < after).then_some((before, after))
        };
        changes.filter_map(of_change).collect()
    }

    fn span(&self, at: i64, offset: i64) -> Option<(i64, i64, i64)> {
        let at = jiff::Timestamp::from_microsecond(at).ok()?;
        let change = |instant: jiff::Timestamp| {
            let instant = instant.as_microsecond();
            let before = jiff::Timestamp::from_microsecond(instant - 1).ok()?;
            Some((instant, micros(self.rules.to_offset(before))))
        };
        // at the change itself the new offset holds already
        let next_up = jiff::Timestamp::from_microsecond(at.as_microsecond() + 1).ok()?;
        let from = match self.rules.preceding(next_up).next() {
            Some(change_before) => {
                let (instant, before) = change(change_before.timestamp())?;
                instant + before.max(offset)
            }
            None => i64::MIN,
        };
        let to = match self.rules.following(at).next() {
            Some(next) => {
                let instant = next.timestamp().as_microsecond();
                instant + micros(next.offset()).min(offset)
            }
            None => i64::MAX,
        };
        Some((from, to, offset))
    }
}

fn micros(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * SECOND
}

fn civil(wall: i64) -> Option<DateTime> {
    let at = jiff::Timestamp::from_microsecond(wall).ok()?;
    Some(Offset::UTC.to_datetime(at))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    /// Every half hour of some years as jiff has it, whatever was asked before.
    #[test]
    fn the_remembered_span_never_changes_an_answer() {
        for name in [
            "America/New_York",
            "Europe/London",
            "Australia/Lord_Howe",
            "Asia/Tokyo",
            "UTC",
        ] {
            let rules = TimeZoneDatabase::bundled().get(name).unwrap();
            let mut clock = WallClock::new(rules.clone(), 0);
            let mut seen = [0; 3];
            for half_hour in 0..4 * 17_520 {
                let wall = (1_640_995_200 + half_hour * 1_800) * SECOND;
                let fresh = WallClock::new(rules.clone(), 0).local(wall);
                assert_eq!(clock.local(wall), fresh, "{name} {wall}");
                match fresh {
                    Local::One(at) => {
                        assert_eq!(clock.shows(at), wall);
                        seen[0] += 1;
                    }
                    Local::Gap => seen[1] += 1,
                    Local::Twice { early, late } => {
                        assert!(early < late);
                        assert_eq!((clock.shows(early), clock.shows(late)), (wall, wall));
                        seen[2] += 1;
                    }
                }
            }
            let expected = match name {
                "America/New_York" | "Europe/London" => [8, 8],
                "Australia/Lord_Howe" => [4, 4],
                _ => [0, 0],
            };
            assert_eq!(seen[1..], expected, "{name}");
        }
    }

    #[test]
    fn a_shifted_clock_changes_with_its_zone() {
        let new_york = TimeZoneDatabase::bundled().get("America/New_York").unwrap();
        let mut broker = WallClock::new(new_york, 7 * 3_600);
        // midnight of 2018-03-12 is 17:00 in New York the day before, an hour nearer to UTC than a week earlier
        assert_eq!(
            broker.local(1_520_812_800 * SECOND),
            Local::One(1_520_802_000 * SECOND)
        );
        assert_eq!(
            broker.local(1_520_208_000 * SECOND),
            Local::One(1_520_200_800 * SECOND)
        );
    }
}
