//! How bars of one series follow each other: which session a daily bar is of, and whether a bar begins before the one before it has
//! ended, so that the two are not of one series.

use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::{Calendar, Session};

/// The date of a daily bar: that of UTC where it is stamped with midnight UTC, as stored ones are, else the trade date at its
/// time ([`trade_date`]).
pub fn daily_bar_day(calendar: Calendar, start: Timestamp) -> Day {
    let day = start.utc_day();
    if day.midnight_utc() == start {
        return day;
    }
    trade_date(calendar, start)
}

/// The trade date of a daily bar that begins then, whose stamp is no date.
///
/// A bar that begins exactly an hour before a trade date does is that one's: its stamp has the summer's distance from UTC in
/// winter, too, and all but an hour of the bar lies in that date.
pub(crate) fn trade_date(calendar: Calendar, start: Timestamp) -> Day {
    const HOUR: i64 = 3_600;
    let day = calendar.local_day(start);
    let later = start.plus_seconds(HOUR);
    let next = calendar.local_day(later);
    match calendar.local_day(Timestamp(later.0.saturating_sub(1))) == day {
        true => next,
        false => day,
    }
}

/// Goes through bars of one interval in order of time.
///
/// A bar lasts its interval, but not beyond the close of its session, nor, where it begins before the open, beyond the open. A
/// bar that begins at the open may be what is traded of a clock hour, so that one may follow which begins at the next multiple
/// of the interval. A daily bar is that of its session, whatever the time of day it is stamped with.
#[derive(Debug, Clone)]
pub(crate) struct Succession {
    calendar: Calendar,
    interval: BarInterval,
    session: Option<(Day, Option<Session>)>,
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    start: Timestamp,
    end: Timestamp,
    /// When it ends instead, if it is what is traded of a clock hour.
    by_clock: Option<Timestamp>,
}

impl Succession {
    pub(crate) fn new(calendar: Calendar, interval: BarInterval) -> Self {
        Self {
            calendar,
            interval,
            session: None,
            last: None,
        }
    }

    /// Takes the next bar. Where it begins before the one before it has ended, start and end of that one, and the bar is not
    /// taken.
    pub(crate) fn take(&mut self, start: Timestamp) -> Result<(), (Timestamp, Timestamp)> {
        if let Some(last) = self.last
            && self.overlaps(&last, start)
        {
            return Err((last.start, last.end));
        }
        self.last = Some(self.lasts(start));
        Ok(())
    }

    /// The end of a bar, if the one after it begins before.
    pub(crate) fn overlap(&mut self, before: Timestamp, after: Timestamp) -> Option<Timestamp> {
        let last = self.lasts(before);
        self.overlaps(&last, after).then_some(last.end)
    }

    /// When a bar has ended.
    pub(crate) fn end(&mut self, start: Timestamp) -> Timestamp {
        self.lasts(start).end
    }

    fn overlaps(&self, last: &Last, start: Timestamp) -> bool {
        if self.interval == BarInterval::Day {
            let day = |at| daily_bar_day(self.calendar, at);
            return day(start) <= day(last.start);
        }
        start < last.end && last.by_clock != Some(start)
    }

    fn lasts(&mut self, start: Timestamp) -> Last {
        let seconds = i64::from(self.interval.seconds());
        let nominal = start.plus_seconds(seconds);
        let last = |end, by_clock| Last {
            start,
            end,
            by_clock,
        };
        let session = match self.interval {
            BarInterval::Day => None,
            BarInterval::Seconds(_) => self.session(start),
        };
        let Some(session) = session else {
            return last(nominal, None);
        };
        if start < session.open {
            return last(nominal.min(session.open), None);
        }
        if start >= session.close {
            return last(nominal, None);
        }
        let length = seconds.saturating_mul(1_000_000).max(1);
        let by_clock = (start == session.open)
            .then(|| Timestamp((start.0.div_euclid(length) + 1).saturating_mul(length)));
        last(nominal.min(session.close), by_clock)
    }

    fn session(&mut self, start: Timestamp) -> Option<Session> {
        if let Some((_, Some(session))) = self.session
            && session.open <= start
            && start < session.close
        {
            return Some(session);
        }
        let day = self.calendar.local_day(start);
        match self.session {
            Some((known, session)) if known == day => session,
            _ => {
                let session = self.calendar.session(day).ok().flatten();
                self.session = Some((day, session));
                session
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these bars begin before the one taken before them has ended.
    fn overlapping(calendar: Calendar, interval: &str, starts: &[&str]) -> Vec<String> {
        let mut succession = Succession::new(calendar, interval.parse().unwrap());
        let time = |text: &&str| -> Timestamp {
            let midnight = if text.len() == 10 { "T00:00:00Z" } else { "" };
            serde_json::from_str(&format!("\"{text}{midnight}\"")).unwrap()
        };
        let starts = starts.iter().map(time);
        let bad = starts.filter(|start| succession.take(*start).is_err());
        bad.map(|start| start.to_string()).collect()
    }

    #[test]
    fn bars_last_their_interval_but_for_the_edges_of_sessions() {
        let none: [&str; 0] = [];
        let of = |interval, starts: &[&str]| overlapping(Calendar::Nyse, interval, starts);
        // by session, the last one half an hour long, and one after the close
        let by_session = [
            "2024-03-26T18:30:00Z",
            "2024-03-26T19:30:00Z",
            "2024-03-26T20:00:00Z",
        ];
        assert_eq!(of("60min", &by_session), none);
        // before the open, from it on, and by the clock
        let before = [
            "2024-03-26T13:00:00Z",
            "2024-03-26T13:30:00Z",
            "2024-03-26T14:30:00Z",
        ];
        assert_eq!(of("60min", &before), none);
        let clock_hours = [
            "2024-03-26T13:30:00Z",
            "2024-03-26T14:00:00Z",
            "2024-03-26T15:00:00Z",
        ];
        assert_eq!(of("60min", &clock_hours), none);
        // two grids at once
        let both = [
            "2024-03-26T14:00:00Z",
            "2024-03-26T14:30:00Z",
            "2024-03-26T15:00:00Z",
            "2024-03-26T15:30:00Z",
            "2024-03-26T16:00:00Z",
        ];
        assert_eq!(
            of("60min", &both),
            ["2024-03-26T14:30:00Z", "2024-03-26T15:30:00Z"]
        );
        // half a second later than the minute that is there
        let late = [
            "2024-03-26T13:30:00Z",
            "2024-03-26T13:30:00.5Z",
            "2024-03-26T13:31:00Z",
        ];
        assert_eq!(of("1min", &late).len(), 1);
    }

    #[test]
    fn a_day_has_one_daily_bar_whatever_its_stamp() {
        let stamps = [
            "2024-03-25T13:30:00Z",
            "2024-03-26",
            "2024-03-26T13:30:00Z",
            "2024-03-27T04:00:00Z",
        ];
        assert_eq!(
            overlapping(Calendar::Nyse, "1day", &stamps),
            ["2024-03-26T13:30:00Z"]
        );
        // midnight in New York by the summer's offset, in summer and in winter
        let offset = [
            "2024-11-01T04:00:00Z",
            "2024-11-04T04:00:00Z",
            "2024-11-05T04:00:00Z",
        ];
        assert_eq!(overlapping(Calendar::Nyse, "1day", &offset), [""; 0]);
        let day = |calendar, text: &str| {
            let start = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            daily_bar_day(calendar, start).to_string()
        };
        for (calendar, stamp, date) in [
            (Calendar::Nyse, "2024-11-05T04:00:00Z", "2024-11-05"),
            (Calendar::Nyse, "2024-11-05T05:00:00Z", "2024-11-05"),
            (Calendar::Nyse, "2024-11-05T03:59:59Z", "2024-11-04"),
            (Calendar::Nyse, "2024-11-05T04:59:59Z", "2024-11-04"),
            (Calendar::Nyse, "2024-07-02T05:00:00Z", "2024-07-02"),
            (Calendar::Forex, "2024-11-05T21:00:00Z", "2024-11-06"),
            (Calendar::Forex, "2024-07-02T21:00:00Z", "2024-07-03"),
            (Calendar::Metals, "2024-11-05T22:00:00Z", "2024-11-06"),
            (Calendar::Crypto, "2024-07-02T23:00:00Z", "2024-07-03"),
            (Calendar::Crypto, "2024-07-02T23:59:59Z", "2024-07-02"),
        ] {
            assert_eq!(day(calendar, stamp), date, "{stamp}");
        }
        // a forex day begins the evening before, and Sunday is Monday's
        let forex = [
            "2024-03-24T21:00:00Z",
            "2024-03-25T21:00:00Z",
            "2024-03-26T20:59:00Z",
        ];
        assert_eq!(
            overlapping(Calendar::Forex, "1day", &forex),
            ["2024-03-26T20:59:00Z"]
        );
    }
}
