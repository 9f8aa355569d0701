//! Where gridlines stand and what their labels say.

use super::frame::{Frame, ValueScale};
use crate::base::time::{BarInterval, Timestamp};
use crate::base::zone::LocalClock;

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// Round values within `[low, high]`, at most about `most`, and the decimals that tell them apart. Steps are 1, 2 or 5
/// times a power of ten.
pub fn value_ticks(low: f64, high: f64, most: usize) -> (Vec<f64>, usize) {
    let range = high - low;
    if !(range.is_finite() && range > 0.0) || most == 0 {
        return (Vec::new(), 2);
    }
    let least = range / most as f64;
    let magnitude = libm::floor(libm::log10(least));
    let power = libm::pow(10.0, magnitude);
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power);
    let decimals = (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 8.0) as usize;
    let first = (low / step).ceil();
    let count = (high / step).floor() - first;
    let values =
        (0..=count.clamp(0.0, 1_000.0) as usize).map(|index| (first + index as f64) * step);
    let inside = values.filter(|value| (low..=high).contains(value));
    (inside.collect(), decimals)
}

/// Round values on a logarithmic scale, at least `gap` pixels apart, the roundest first; and the decimals that tell them
/// apart.
pub(super) fn log_ticks(scale: &ValueScale, gap: i32) -> (Vec<f64>, usize) {
    /// Below this ratio of the ends equal steps look about equal.
    const NARROW: f64 = 4.0;
    /// More multiples of one step than this cannot all be apart.
    const MOST: usize = 60;
    let ValueScale { low, high, .. } = *scale;
    if !(low > 0.0 && high > low && high.is_finite()) {
        return (Vec::new(), 0);
    }
    let apart = |chosen: &[f64], value: f64| {
        let y = scale.y(value);
        chosen
            .iter()
            .all(|other| (scale.y(*other) - y).abs() >= gap)
    };
    let mut chosen: Vec<f64> = Vec::new();
    if high / low < NARROW {
        let height = (scale.y(low) - scale.y(high)) / gap.max(1);
        let (values, decimals) =
            value_ticks(low, high, usize::try_from(height).unwrap_or(0).max(2));
        for value in values {
            if apart(&chosen, value) {
                chosen.push(value);
            }
        }
        return (chosen, decimals);
    }
    let (mut decimals, finest) = (0, libm::floor(libm::log10(low)));
    let mut power = libm::floor(libm::log10(high));
    while power >= finest {
        for factor in [1.0, 5.0, 2.0] {
            // 1, 5 and 2 times the powers, which are the roundest, and what lies between them
            let step = factor * libm::pow(10.0, power);
            let first = (low / step).ceil();
            let values = (0..MOST).map(|index| (first + index as f64) * step);
            for value in values.take_while(|value| *value <= high) {
                if apart(&chosen, value) {
                    chosen.push(value);
                    decimals = (-power).clamp(0.0, 8.0) as usize;
                }
            }
        }
        power -= 1.0;
    }
    (chosen, decimals)
}

/// How much a bar changes the calendar against the bar before: the more, the sooner it gets a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Year,
    Month,
    Day,
    SixHours,
    Hour,
    Quarter,
    Minute,
}

const RANKS: usize = 7;

/// A rank with so many times more bars in sight than there is room for labels gets none, nor do those below it: looking at
/// each would cost what the bars and not what the width is.
const CROWD: i64 = 24;

/// The bars that may carry a label of time, by rank.
#[derive(Debug, Clone)]
pub struct TimeMarks {
    /// As local clocks showed them.
    starts: Vec<Timestamp>,
    interval: BarInterval,
    /// Bars of each rank, ascending.
    ranked: [Vec<usize>; RANKS],
}

impl TimeMarks {
    /// Ranks every bar, in UTC.
    pub fn new(starts: &[Timestamp], interval: BarInterval) -> Self {
        Self::by_clock(starts, interval, &LocalClock::default())
    }

    /// Ranks every bar by a local clock. Daily bars are named by their date and know no clock.
    pub fn by_clock(starts: &[Timestamp], interval: BarInterval, clock: &LocalClock) -> Self {
        let starts: Vec<Timestamp> = match interval {
            BarInterval::Day => starts.to_vec(),
            BarInterval::Seconds(_) => starts.iter().map(|at| clock.local(*at)).collect(),
        };
        let mut ranked: [Vec<usize>; RANKS] = Default::default();
        let mut previous: Option<(Timestamp, Option<jiff::civil::Date>)> = None;
        for (index, &start) in starts.iter().enumerate() {
            // the date is asked for once a day: it costs more than all the rest
            let date = match previous {
                Some((before, date)) if before.utc_day() == start.utc_day() => date,
                _ => start.utc_day().date(),
            };
            if let Some((before, date_before)) = previous
                && let Some(bucket) =
                    ranked.get_mut(rank((before, date_before), (start, date)) as usize)
            {
                bucket.push(index);
            }
            previous = Some((start, date));
        }
        Self {
            starts,
            interval,
            ranked,
        }
    }

    /// The labels that fit: `(bar, label)`, at least `gap` pixels apart, the greatest changes of the calendar first.
    pub fn labels(&self, frame: &Frame, gap: i32) -> Vec<(usize, String)> {
        let seen = frame.view.bars();
        let mut chosen: Vec<(i32, usize, Rank)> = Vec::new();
        for (rank, bars) in ALL_RANKS.into_iter().zip(&self.ranked) {
            let from = bars.partition_point(|bar| *bar < seen.start);
            let to = bars.partition_point(|bar| *bar < seen.end).max(from);
            let most = frame.price.width() / gap.max(1) + 1;
            // where so many crowd, what is rarer has taken all the room
            if (to - from) as i64 > i64::from(most) * CROWD {
                break;
            }
            for &bar in bars.get(from..to).unwrap_or_default() {
                let x = frame.bar_x(bar);
                let place = chosen.partition_point(|(other, _, _)| *other < x);
                let clear = |index: usize| {
                    chosen
                        .get(index)
                        .is_none_or(|(other, _, _)| (other - x).abs() >= gap)
                };
                if clear(place) && place.checked_sub(1).is_none_or(clear) {
                    chosen.insert(place, (x, bar, rank));
                }
            }
        }
        let label = |(_, bar, rank): (i32, usize, Rank)| {
            Some((bar, self.label(*self.starts.get(bar)?, rank)?))
        };
        chosen.into_iter().filter_map(label).collect()
    }

    fn label(&self, start: Timestamp, rank: Rank) -> Option<String> {
        let date = start.utc_day().date()?;
        Some(match rank {
            Rank::Year => date.year().to_string(),
            Rank::Month => month(date.month()).to_owned(),
            Rank::Day => format!("{} {}", date.day(), month(date.month())),
            _ => clock(start),
        })
    }

    /// The time of a bar in full.
    pub fn stamp(&self, bar: usize) -> Option<String> {
        Some(stamp(*self.starts.get(bar)?, self.interval))
    }
}

const ALL_RANKS: [Rank; RANKS] = [
    Rank::Year,
    Rank::Month,
    Rank::Day,
    Rank::SixHours,
    Rank::Hour,
    Rank::Quarter,
    Rank::Minute,
];

fn rank(
    (before, date_before): (Timestamp, Option<jiff::civil::Date>),
    (at, date): (Timestamp, Option<jiff::civil::Date>),
) -> Rank {
    let year_and_month =
        |date: Option<jiff::civil::Date>| date.map(|date| (date.year(), date.month()));
    match (year_and_month(date_before), year_and_month(date)) {
        (Some((year, _)), Some((other, _))) if year != other => return Rank::Year,
        (Some((_, month)), Some((_, other))) if month != other => return Rank::Month,
        _ if before.utc_day() != at.utc_day() => return Rank::Day,
        _ => {}
    }
    let passes = |minutes: i64| {
        let length = minutes * MICROS_PER_MINUTE;
        before.0.div_euclid(length) != at.0.div_euclid(length)
    };
    match () {
        () if passes(360) => Rank::SixHours,
        () if passes(60) => Rank::Hour,
        () if passes(15) => Rank::Quarter,
        () => Rank::Minute,
    }
}

fn month(number: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    usize::try_from(number - 1)
        .ok()
        .and_then(|index| NAMES.get(index).copied())
        .unwrap_or("")
}

/// Hours and minutes.
fn clock(at: Timestamp) -> String {
    let minutes = at.0.div_euclid(MICROS_PER_MINUTE).rem_euclid(1_440);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A time as it is shown beside bars of an interval, UTC: the date alone for daily bars, else with hours and minutes, and
/// seconds where bars are shorter than a minute.
pub fn stamp(at: Timestamp, interval: BarInterval) -> String {
    let date = at.utc_day().to_string();
    match interval {
        BarInterval::Day => date,
        BarInterval::Seconds(seconds) if seconds % 60 == 0 => format!("{date} {}", clock(at)),
        BarInterval::Seconds(_) => {
            let second = at.0.div_euclid(1_000_000).rem_euclid(60);
            format!("{date} {}:{second:02}", clock(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::charts::{Pyramid, View};

    #[test]
    fn values_are_round_and_inside() {
        assert_eq!(
            value_ticks(98.0, 123.0, 6),
            (vec![100.0, 105.0, 110.0, 115.0, 120.0], 0)
        );
        let (values, decimals) = value_ticks(0.013, 0.021, 4);
        assert_eq!(decimals, 3);
        let shown: Vec<String> = values.iter().map(|value| format!("{value:.3}")).collect();
        assert_eq!(shown, ["0.014", "0.016", "0.018", "0.020"]);
        assert_eq!(value_ticks(1.0, 1.0, 5).0, Vec::<f64>::new());
        assert_eq!(value_ticks(f64::NAN, 1.0, 5).0, Vec::<f64>::new());
        assert_eq!(value_ticks(0.0, 1e300, 5).0.len(), 6);
    }

    #[test]
    fn great_changes_of_the_calendar_are_labelled_first_and_apart() {
        // hourly around New Year 2024-12-30T00:00Z to 2025-01-03
        let starts: Vec<Timestamp> = (0..96i64)
            .map(|hour| Timestamp::from_seconds(1_735_516_800 + hour * 3_600))
            .collect();
        let marks = TimeMarks::new(&starts, BarInterval::minutes(60));
        let frame = Frame::new(
            (1_000, 600),
            1.0,
            View::all(96),
            &Pyramid::new(
                &crate::market::bars::BarSeries::new(BarInterval::minutes(60), Default::default())
                    .unwrap(),
            ),
        );
        let labels = marks.labels(&frame, 80);
        let texts: Vec<&str> = labels.iter().map(|(_, text)| text.as_str()).collect();
        assert!(texts.contains(&"2025"), "{texts:?}");
        assert!(
            texts.contains(&"31 Dec") && texts.contains(&"2 Jan"),
            "{texts:?}"
        );
        let xs: Vec<i32> = labels.iter().map(|(bar, _)| frame.bar_x(*bar)).collect();
        assert!(xs.windows(2).all(|pair| pair[1] - pair[0] >= 80), "{xs:?}");
    }

    #[test]
    fn a_million_minutes_are_labelled_by_what_is_rare() {
        let starts: Vec<Timestamp> = (0..1_000_000i64)
            .map(|minute| Timestamp::from_seconds(1_735_516_800 + minute * 60))
            .collect();
        let marks = TimeMarks::new(&starts, BarInterval::minutes(1));
        let none = crate::market::bars::BarSeries::new(BarInterval::minutes(1), Default::default());
        let pyramid = Pyramid::new(&none.unwrap());
        for (factor, least) in [(1.0, 5), (0.1, 5), (0.01, 5), (0.001, 5), (0.000_1, 5)] {
            let view = View::all(starts.len()).zoomed(0.5, factor);
            let frame = Frame::new((1_000, 600), 1.0, view, &pyramid);
            let labels = marks.labels(&frame, 80);
            let xs: Vec<i32> = labels.iter().map(|(bar, _)| frame.bar_x(*bar)).collect();
            assert!((least..=12).contains(&xs.len()), "{factor}: {labels:?}");
            assert!(xs.windows(2).all(|pair| pair[1] - pair[0] >= 80), "{xs:?}");
        }
    }

    #[test]
    fn labels_and_times_follow_the_clock() {
        // 2024-03-26, 20:00 to 23:00 New York, which is 27 March in UTC
        let starts: Vec<Timestamp> = (0..4)
            .map(|hour| Timestamp::from_seconds(1_711_497_600 + hour * 3_600))
            .collect();
        let clock = LocalClock::between(starts[0], starts[3], |_| -4 * 3_600);
        let hours = BarInterval::minutes(60);
        let marks = TimeMarks::by_clock(&starts, hours, &clock);
        assert_eq!(marks.stamp(0).unwrap(), "2024-03-26 20:00");
        assert_eq!(marks.stamp(3).unwrap(), "2024-03-26 23:00");
        let utc = TimeMarks::new(&starts, hours);
        assert_eq!(utc.stamp(0).unwrap(), "2024-03-27 00:00");
        // a day is named by its date, wherever it is looked at
        let days = TimeMarks::by_clock(&starts, BarInterval::Day, &clock);
        assert_eq!(days.stamp(0).unwrap(), "2024-03-27");
    }

    #[test]
    fn labels_of_a_logarithmic_scale_are_round_and_apart() {
        let pane = crate::surface::charts::Pane {
            left: 0,
            top: 0,
            right: 10,
            bottom: 400,
        };
        for (low, high, must) in [
            (0.8, 1_200.0, vec![1.0, 10.0, 100.0, 1_000.0]),
            (95.0, 110.0, vec![100.0, 110.0]),
            (0.000_02, 0.003, vec![0.001, 0.000_1]),
            (4_321.0, 4_323.0, vec![4_321.0]),
            (9.0, 5e7, vec![10.0, 1e4, 1e7]),
        ] {
            let scale = ValueScale::logarithmic(&pane, low, high, 0.0, 0.0);
            let (values, decimals) = log_ticks(&scale, 40);
            assert!((2..=11).contains(&values.len()), "{values:?}");
            let near = |wanted: f64| {
                values
                    .iter()
                    .any(|value| (value / wanted - 1.0).abs() < 1e-9)
            };
            assert!(must.iter().all(|value| near(*value)), "{values:?}");
            let shown: Vec<String> = values
                .iter()
                .map(|value| format!("{value:.decimals$}"))
                .collect();
            for (text, value) in shown.iter().zip(&values) {
                let read: f64 = text.parse().unwrap();
                assert!((read / value - 1.0).abs() < 1e-6, "{text} for {value}");
            }
            let mut ys: Vec<i32> = values.iter().map(|value| scale.y(*value)).collect();
            ys.sort_unstable();
            assert!(ys.windows(2).all(|pair| pair[1] - pair[0] >= 40), "{ys:?}");
        }
    }

    #[test]
    fn times_are_shown_as_precisely_as_their_bars() {
        let at = Timestamp::from_seconds(1_711_459_845);
        assert_eq!(stamp(at, BarInterval::Day), "2024-03-26");
        assert_eq!(stamp(at, BarInterval::minutes(1)), "2024-03-26 13:30");
        assert_eq!(stamp(at, BarInterval::Seconds(15)), "2024-03-26 13:30:45");
    }
}
