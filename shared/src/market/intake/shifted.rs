//! Whether bars that were received again are those that are stored, at other times: read by another clock, or by the other side.

use super::clock::WallClock;
use super::hours::candidates;
use super::{Labels, Reading, Zone};
use crate::base::time::{BarInterval, Timestamp};

/// So many bars have to be the same at other times,
const LEAST: u64 = 20;
/// nine of ten of those that meet there,
const MOST_OF: u64 = 10;
/// and a fifth of those received, as files overlap in part only; as they were read hardly any may be.
const SHARE: u64 = 5;

/// How times have to be read for the bars to be those stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Shifted {
    /// The zone of the times; `None` where the one they were read in is right.
    pub zone: Option<Zone>,
    /// What the times stand for; `None` where that was right.
    pub labels: Option<Labels>,
    /// How many bars are those stored if times are read so.
    pub same: u64,
    /// How many of them are as they were read.
    pub same_now: u64,
    /// How many bars were compared.
    pub bars: u64,
}

/// The start of a bar, its open, high, low and close, and its volume.
pub type Priced = (Timestamp, [f64; 4], f64);

/// Says by which zone and side bars shorter than a day are those stored, where hardly any are as they were read. Of zones that do as
/// well as each other that of the exchange is named first. Both are by time; bars that repeat the one before them do not count, as
/// they are the same at any time. Where prices do not tell it, as minutes of a share at a few dollars are often those of another
/// minute, volumes count as well.
pub fn shifted(
    reading: &Reading,
    interval: BarInterval,
    stored: &[Priced],
    received: &[Priced],
) -> Option<Shifted> {
    let found = |by| shifted_by(by, reading, interval, stored, received);
    found(Told::Prices).or_else(|| found(Told::Volumes))
}

/// By what bars are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// By open, high, low and close,
    Prices,
    /// and by the volume, where both have one.
    Volumes,
}

fn shifted_by(
    told: Told,
    reading: &Reading,
    interval: BarInterval,
    stored: &[Priced],
    received: &[Priced],
) -> Option<Shifted> {
    let BarInterval::Seconds(seconds) = interval else {
        return None;
    };
    let has_none = |bars: &[Priced]| bars.iter().all(|(.., volume)| *volume <= 0.0);
    if told == Told::Volumes && (has_none(stored) || has_none(received)) {
        return None;
    }
    // times that are points in time may have been made of another clock's
    let zone = reading.zone.clone().unwrap_or(Zone::UTC);
    let side = reading.labels.unwrap_or(Labels::Start);
    let walls = |zone: &Zone, bars: &[Priced]| walls(told, reading, zone, bars);
    let received = walls(&zone, received)?;
    let bars = received.len() as u64;
    let now = walls(&zone, stored)?;
    let (same_now, _) = meeting(&now, &received, 0);
    if same_now * MOST_OF > bars {
        return None;
    }
    let (other, by) = other_side(side, seconds);
    let mut best: Option<(Shifted, u64)> = None;
    for candidate in core::iter::once(zone.clone()).chain(candidates()) {
        let Some(stored) = walls(&candidate, stored) else {
            continue;
        };
        for (labels, by) in [(None, 0), (Some(other), by)] {
            let (same, met) = meeting(&stored, &received, by);
            if best.as_ref().is_none_or(|(best, _)| same > best.same) {
                let zone = (candidate != zone).then(|| candidate.clone());
                let shifted = Shifted {
                    zone,
                    labels,
                    same,
                    same_now,
                    bars,
                };
                best = Some((shifted, met));
            }
        }
    }
    let (best, met) = best?;
    let is_told = best.same >= LEAST
        && best.same * MOST_OF >= met * (MOST_OF - 1)
        && best.same * SHARE >= bars
        && same_now * MOST_OF <= best.same;
    is_told.then_some(best)
}

/// Whether bars are those stored where their times are read as was found of them and of others: nine of ten of those that meet then.
pub fn are_shifted(
    reading: &Reading,
    interval: BarInterval,
    stored: &[Priced],
    received: &[Priced],
    found: &Shifted,
) -> bool {
    let BarInterval::Seconds(seconds) = interval else {
        return false;
    };
    let zone = reading.zone.clone().unwrap_or(Zone::UTC);
    let by = match (found.labels, reading.labels) {
        (None, _) => 0,
        (Some(_), side) => other_side(side.unwrap_or(Labels::Start), seconds).1,
    };
    [Told::Prices, Told::Volumes].into_iter().any(|told| {
        let stored = walls(told, reading, found.zone.as_ref().unwrap_or(&zone), stored);
        let met = stored.zip(walls(told, reading, &zone, received));
        let met = met.map(|(stored, received)| meeting(&stored, &received, by));
        met.is_some_and(|(same, met)| same > 0 && same * MOST_OF >= met * (MOST_OF - 1))
    })
}

/// The other side, and what it adds to a time, in microseconds.
fn other_side(side: Labels, seconds: u32) -> (Labels, i64) {
    let length = i64::from(seconds) * 1_000_000;
    match side {
        Labels::Start => (Labels::End, -length),
        Labels::End => (Labels::Start, length),
    }
}

/// A bar by what the file writes of its time, less what its side adds to a start; the volume is 0 where it does not count.
type Wall = (i64, [f64; 4], f64);

fn walls(told: Told, reading: &Reading, zone: &Zone, bars: &[Priced]) -> Option<Vec<Wall>> {
    let (rules, shift) = zone.rules(reading.calendar).ok()?;
    let clock = WallClock::new(rules, shift);
    let mut walls: Vec<Wall> = Vec::with_capacity(bars.len());
    let mut before = None;
    for &(start, prices, volume) in bars {
        let volume = match told {
            Told::Prices => 0.0,
            Told::Volumes => volume,
        };
        let now = Some((prices.map(f64::to_bits), volume.to_bits()));
        if now != before {
            walls.push((clock.shows(start.0), prices, volume));
        }
        before = now;
    }
    walls.sort_by_key(|(wall, ..)| *wall);
    Some(walls)
}

/// How many bars have the same time, those received shifted by some microseconds, and how many of them are the same.
fn meeting(stored: &[Wall], received: &[Wall], by: i64) -> (u64, u64) {
    let (mut same, mut met) = (0, 0);
    let mut stored = stored.iter().peekable();
    for &(wall, prices, volume) in received {
        let at = wall + by;
        while stored.next_if(|row| row.0 < at).is_some() {}
        if let Some(&(_, known, traded)) = stored.next_if(|row| row.0 == at) {
            met += 1;
            same += u64::from(is_same((known, traded), (prices, volume)));
        }
    }
    (same, met)
}

/// But for the last digits of a number that was written and read.
fn is_same((stored, traded): ([f64; 4], f64), (received, volume): ([f64; 4], f64)) -> bool {
    let near = |(old, new): (f64, f64)| (new - old).abs() <= 1e-9 * old;
    let is_volume = traded <= 0.0 || volume <= 0.0 || (volume - traded).abs() <= 1e-7 * traded;
    is_volume && stored.into_iter().zip(received).all(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::calendar::Calendar;

    /// A price that is another one at each minute.
    fn price(minute: i64) -> f64 {
        let mixed = (minute as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        100.0 + mixed as f64 / 1e6
    }

    /// Bars of minutes since 1970 that carry the prices of those `earlier` minutes before.
    fn bars(minutes: core::ops::Range<i64>, earlier: impl Fn(i64) -> i64) -> Vec<Priced> {
        let bar = |minute: i64| {
            let start = Timestamp::from_seconds(minute * 60);
            (start, [price(minute - earlier(minute)); 4], 0.0)
        };
        minutes.map(bar).collect()
    }

    fn read(zone: &str, labels: Labels) -> Reading {
        Reading {
            zone: Some(zone.parse().unwrap()),
            labels: Some(labels),
            ..Reading::detect(Calendar::Crypto)
        }
    }

    const MINUTE: BarInterval = BarInterval::minutes(1);
    /// 2024-07-01
    const JULY: i64 = 19_905 * 1_440;

    fn told(zone: &str, labels: Labels, received: &[Priced]) -> Option<(String, Option<Labels>)> {
        let stored = bars(JULY..JULY + 3 * 1_440, |_| 0);
        let found = shifted(&read(zone, labels), MINUTE, &stored, received)?;
        assert_eq!(found.same_now, 0);
        assert!(found.same <= found.bars);
        let zone = found.zone.map_or_else(String::new, |zone| zone.to_string());
        Some((zone, found.labels))
    }

    #[test]
    fn bars_read_by_another_clock_are_known_by_those_stored() {
        // a day of New York's clock that was read as UTC's: each bar is four hours too early
        let day = JULY + 1_440..JULY + 2 * 1_440;
        let moved = bars(day.clone(), |_| -240);
        let in_new_york = Some(("America/New_York".to_owned(), None));
        assert_eq!(told("utc", Labels::Start, &moved), in_new_york);
        // as ends, each is a minute later than that; and as ends of UTC a minute too late
        let ends = bars(day.clone(), |_| -239);
        let both = Some(("America/New_York".to_owned(), Some(Labels::End)));
        assert_eq!(told("utc", Labels::Start, &ends), both);
        let late = bars(day.clone(), |_| 1);
        let is_end = Some((String::new(), Some(Labels::End)));
        assert_eq!(told("utc", Labels::Start, &late), is_end);
        let early = bars(day, |_| -1);
        let is_start = Some((String::new(), Some(Labels::Start)));
        assert_eq!(told("utc", Labels::End, &early), is_start);
        // half of the file goes on after what is stored
        let tail = bars(JULY + 2 * 1_440 + 800..JULY + 4 * 1_440, |_| 180);
        let of_brokers = told("utc", Labels::Start, &tail);
        assert_eq!(
            of_brokers.map(|it| it.0),
            Some("America/New_York+7h".to_owned())
        );
    }

    #[test]
    fn bars_that_fit_or_that_no_clock_explains_are_left() {
        let day = JULY + 1_440..JULY + 2 * 1_440;
        assert_eq!(
            told("utc", Labels::Start, &bars(day.clone(), |_| 100_000)),
            None
        );
        let few = bars(day.start..day.start + 15, |_| -240);
        assert_eq!(told("utc", Labels::Start, &few), None);
        let stored = bars(JULY..JULY + 3 * 1_440, |_| 0);
        let fit = shifted(&read("utc", Labels::Start), MINUTE, &stored, &stored);
        assert_eq!(fit, None);
        // one price all day is the same at any time
        let flat: Vec<Priced> = stored.iter().map(|(at, ..)| (*at, [5.0; 4], 0.0)).collect();
        let found = shifted(&read("utc", Labels::Start), MINUTE, &flat, &flat[240..]);
        assert_eq!(found, None);
        // a shift that is no zone's, and other prices at the times where a part is the same
        assert_eq!(
            told("utc", Labels::Start, &bars(day.clone(), |_| 137)),
            None
        );
        let mixed = bars(day, |minute| if minute % 2 == 0 { -240 } else { 77_777 });
        assert_eq!(told("utc", Labels::Start, &mixed), None);
    }
}
