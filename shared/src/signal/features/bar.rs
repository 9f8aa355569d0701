//! The bar as a feature sees it: on adjusted prices, with the exchange's clock.

use jiff::tz::TimeZone;

use crate::base::time::Timestamp;
use crate::market::actions::{Actions, Scale, scales};
use crate::market::bars::SessionBars;
use crate::signal::indicators::SessionBar;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const SECONDS_PER_HOUR: i64 = 3_600;
/// 1970-01-01 was a Thursday; Monday is 0.
const WEEKDAY_OF_DAY_0: i64 = 3;

/// One finished bar: everything that a feature may look at. It is known at the bar's end, never before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureBar {
    /// Its adjusted prices and volume, its start and its session.
    pub bar: SessionBar,
    /// The hour of the exchange's clock in which the bar begins, 0 to 23.
    pub hour: u8,
    /// The weekday at the exchange on which the bar begins, Monday = 0 to Sunday = 6.
    pub weekday: u8,
}

/// Every bar of a series as features see it: prices and volumes on the basis of the first bar, as the signals of a run see them,
/// so that no later action changes an earlier value.
pub fn feature_bars(bars: &SessionBars, actions: &Actions) -> impl Iterator<Item = FeatureBar> {
    let mut clock = LocalClock::new(bars.calendar().time_zone());
    let scales = scales(actions.changes(bars.session()));
    SessionBar::of(bars).zip(scales).map(move |(bar, scale)| {
        let Scale { price, shares } = scale;
        let (hour, weekday) = clock.shows(bar.start);
        FeatureBar {
            bar: SessionBar {
                open: bar.open * price,
                high: bar.high * price,
                low: bar.low * price,
                close: bar.close * price,
                volume: bar.volume / shares,
                ..bar
            },
            hour,
            weekday,
        }
    })
}

/// A local clock, which remembers until when its offset from UTC holds: bars that follow each other mostly share one.
struct LocalClock {
    zone: TimeZone,
    /// From and to which time, in microseconds, how many seconds it is ahead.
    known: Option<(i64, i64, i64)>,
}

impl LocalClock {
    fn new(zone: TimeZone) -> Self {
        Self { zone, known: None }
    }

    /// Hour and weekday.
    fn shows(&mut self, at: Timestamp) -> (u8, u8) {
        let offset = match self.known {
            Some((from, to, offset)) if (from..to).contains(&at.0) => offset,
            _ => self.look_up(at),
        };
        let local = at.0.div_euclid(MICROS_PER_SECOND) + offset;
        let hour = local.rem_euclid(SECONDS_PER_DAY) / SECONDS_PER_HOUR;
        let weekday = (local.div_euclid(SECONDS_PER_DAY) + WEEKDAY_OF_DAY_0).rem_euclid(7);
        (hour as u8, weekday as u8)
    }

    fn look_up(&mut self, at: Timestamp) -> i64 {
        let Ok(time) = jiff::Timestamp::from_microsecond(at.0) else {
            return 0;
        };
        let offset = i64::from(self.zone.to_offset(time).seconds());
        let change = self.zone.following(time).next();
        let to = change.map_or(i64::MAX, |change| change.timestamp().as_microsecond());
        self.known = Some((at.0, to, offset));
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::calendar::Calendar;

    fn clock(zone: &TimeZone, at: Timestamp) -> (u8, u8) {
        LocalClock::new(zone.clone()).shows(at)
    }

    #[test]
    fn the_clock_is_the_exchange_s_in_summer_and_in_winter() {
        let new_york = Calendar::Nyse.time_zone();
        // Friday 2024-03-08 14:30 UTC is 9:30 in winter; Monday 2024-03-11 13:30 UTC is 9:30 in summer
        assert_eq!(
            clock(&new_york, Timestamp::from_seconds(1_709_908_200)),
            (9, 4)
        );
        assert_eq!(
            clock(&new_york, Timestamp::from_seconds(1_710_163_800)),
            (9, 0)
        );
        // Sunday 1969-12-28 23:59:59.5 UTC, before the epoch
        let before = Timestamp(-259_200_500_000);
        assert_eq!(clock(&TimeZone::UTC, before), (23, 6));
        assert_eq!(clock(&new_york, before), (18, 6));
    }

    #[test]
    fn what_a_clock_remembers_changes_no_answer() {
        for calendar in [Calendar::Nyse, Calendar::Forex, Calendar::Crypto] {
            let zone = calendar.time_zone();
            let mut remembering = LocalClock::new(zone.clone());
            let first = Timestamp::from_seconds(1_640_995_200);
            // four years by the half hour, then back again
            let steps = (0..4 * 17_532).chain((0..4 * 17_532).rev().step_by(7));
            for step in steps {
                let at = Timestamp(first.0 + step * 1_800 * MICROS_PER_SECOND);
                assert_eq!(remembering.shows(at), clock(&zone, at), "{at}");
                let just_before = Timestamp(at.0 - 1);
                let told = LocalClock::new(zone.clone()).shows(just_before);
                assert_eq!(remembering.shows(just_before), told, "{just_before}");
            }
        }
    }
}
