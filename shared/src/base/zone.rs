//! Time zones by which days are told apart, compiled in: the host's own data never decides.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::time::{Day, Timestamp};

static NEW_YORK: TimeZone = jiff::tz::get!("America/New_York");
static LONDON: TimeZone = jiff::tz::get!("Europe/London");
static PRAGUE: TimeZone = jiff::tz::get!("Europe/Prague");
static TOKYO: TimeZone = jiff::tz::get!("Asia/Tokyo");

/// A zone in which days begin at 00:00 local time. The numbers are part of digests and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Zone {
    /// Coordinated universal time.
    #[default]
    #[serde(rename = "UTC")]
    Utc = 0,
    /// New York.
    #[serde(rename = "America/New_York")]
    NewYork = 1,
    /// London.
    #[serde(rename = "Europe/London")]
    London = 2,
    /// Prague, by which prop firms such as FTMO count days.
    #[serde(rename = "Europe/Prague")]
    Prague = 3,
    /// Tokyo.
    #[serde(rename = "Asia/Tokyo")]
    Tokyo = 4,
}

impl Zone {
    /// Every zone, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Utc,
        Self::NewYork,
        Self::London,
        Self::Prague,
        Self::Tokyo,
    ];

    /// The IANA name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::NewYork => "America/New_York",
            Self::London => "Europe/London",
            Self::Prague => "Europe/Prague",
            Self::Tokyo => "Asia/Tokyo",
        }
    }

    fn rules(self) -> Option<&'static TimeZone> {
        match self {
            Self::Utc => None,
            Self::NewYork => Some(&NEW_YORK),
            Self::London => Some(&LONDON),
            Self::Prague => Some(&PRAGUE),
            Self::Tokyo => Some(&TOKYO),
        }
    }

    /// The name that people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::NewYork => "New York",
            Self::London => "London",
            Self::Prague => "Prague",
            Self::Tokyo => "Tokyo",
        }
    }

    /// How far local time is ahead of UTC at a time, in seconds.
    pub fn offset_seconds(self, at: Timestamp) -> i32 {
        match (self.rules(), jiff::Timestamp::from_microsecond(at.0)) {
            (Some(zone), Ok(time)) => zone.to_offset(time).seconds(),
            _ => 0,
        }
    }

    /// The local day on which a time falls.
    pub fn day(self, at: Timestamp) -> Day {
        match (self.rules(), jiff::Timestamp::from_microsecond(at.0)) {
            (Some(zone), Ok(time)) => Day::from_date(zone.to_datetime(time).date()),
            _ => at.utc_day(),
        }
    }

    /// The time at which a local day begins: 00:00, or the first time after it where the clocks skip midnight.
    pub fn midnight(self, day: Day) -> Timestamp {
        let local = |zone: &TimeZone| {
            let at = zone.to_timestamp(day.date()?.to_datetime(jiff::civil::Time::midnight()));
            Some(Timestamp(at.ok()?.as_microsecond()))
        };
        self.rules()
            .and_then(local)
            .unwrap_or_else(|| day.midnight_utc())
    }
}

/// How far local time is ahead of UTC over a stretch of time: asked for once a day, so that reading millions of times by it
/// costs little. Without any entry it is UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalClock {
    /// From when on, and by how many seconds.
    offsets: Vec<(Timestamp, i32)>,
}

impl LocalClock {
    const DAY_S: i64 = 86_400;

    /// The clock from `first` to `last`, given its offset in seconds at any time. A change is found to the minute, unless the
    /// clocks change back within a day.
    pub fn between(
        first: Timestamp,
        last: Timestamp,
        offset_seconds: impl Fn(Timestamp) -> i32,
    ) -> Self {
        let mut now = offset_seconds(first);
        let mut offsets = vec![(first, now)];
        let mut at = first;
        while at < last {
            let next = at.plus_seconds(Self::DAY_S);
            let then = offset_seconds(next);
            if then != now {
                let (mut before, mut minutes) = (0, Self::DAY_S / 60);
                while minutes - before > 1 {
                    let middle = (before + minutes) / 2;
                    if offset_seconds(at.plus_seconds(middle * 60)) == now {
                        before = middle;
                    } else {
                        minutes = middle;
                    }
                }
                offsets.push((at.plus_seconds(minutes * 60), then));
                now = then;
            }
            at = next;
        }
        Self { offsets }
    }

    /// A time whose UTC reading is what local clocks showed at `at`.
    pub fn local(&self, at: Timestamp) -> Timestamp {
        let place = self.offsets.partition_point(|(from, _)| *from <= at);
        let offset = self.offsets.get(place.saturating_sub(1));
        at.plus_seconds(offset.map_or(0, |(_, seconds)| i64::from(*seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_read_as_the_zone_says_at_every_half_hour() {
        let first = Timestamp::from_seconds(1_704_067_200 + 600);
        let at = |half_hours: i64| first.plus_seconds(half_hours * 1_800);
        for zone in Zone::ALL {
            let clock = LocalClock::between(first, at(17_520), |at| zone.offset_seconds(at));
            for half_hours in 0..17_520 {
                let local = clock.local(at(half_hours));
                let offset = zone.offset_seconds(at(half_hours));
                assert_eq!(local, at(half_hours).plus_seconds(i64::from(offset)));
            }
            let changes = clock.offsets.len() - 1;
            assert_eq!(
                changes,
                if zone == Zone::Utc || zone == Zone::Tokyo {
                    0
                } else {
                    2
                }
            );
        }
        assert_eq!(LocalClock::default().local(first), first);
    }

    #[test]
    fn days_begin_at_local_midnight_on_both_sides_of_a_clock_change() {
        // Prague put the clocks forward on 2024-03-31: that day is 23 hours long
        let before = Zone::Prague.day(
            "2024-03-30T22:59:59Z"
                .parse::<jiff::Timestamp>()
                .map_or(Timestamp(0), |time| Timestamp(time.as_microsecond())),
        );
        assert_eq!(before.to_string(), "2024-03-30");
        let starts = [0, 1, 2].map(|days| Zone::Prague.midnight(Day(before.0 + days)).to_string());
        assert_eq!(
            starts,
            [
                "2024-03-29T23:00:00Z",
                "2024-03-30T23:00:00Z",
                "2024-03-31T22:00:00Z"
            ]
        );
        for zone in Zone::ALL {
            let midnight = zone.midnight(before);
            assert_eq!(zone.day(midnight), before);
            assert_eq!(zone.day(Timestamp(midnight.0 - 1)).0, before.0 - 1);
        }
    }
}
