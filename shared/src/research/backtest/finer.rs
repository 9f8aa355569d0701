//! Finer bars inside the bars that are decided on: they show the path that one bar hides.

use core::ops::Range;

use super::RunError;
use super::closes::Closes;
use crate::base::digest::Digest;
use crate::base::time::{Day, Timestamp};
use crate::market::bars::{Bar, BarColumns, BarSeries, SessionBars};
use crate::trading::fills::Prices;

/// Finer bars and, for each bar that is decided on, which of them make it up.
#[derive(Debug, Clone)]
pub(super) struct FinerBars {
    prices: Vec<Prices>,
    pub(super) digest: Digest,
    /// One a bar; empty where the finer bars do not make up the bar.
    ranges: Vec<Range<usize>>,
    /// How many bars they do not make up.
    pub(super) unrefined: u64,
}

impl FinerBars {
    /// Finds the finer bars of each bar.
    ///
    /// # Errors
    /// [`RunError::NotFiner`] where they are not shorter.
    pub(super) fn new(bars: &SessionBars, series: &BarSeries) -> Result<Self, RunError> {
        let (finer, interval) = (series.interval(), bars.series().interval());
        if finer.seconds() >= interval.seconds() {
            return Err(RunError::NotFiner {
                finer,
                bars: interval,
            });
        }
        let digest = within(series, bars)?.digest()?;
        let mut closes = Closes::new(bars.calendar());
        let find = |(bar, day): (Bar, &Day)| {
            let close = closes.of(*day).filter(|close| close.at == bar.end());
            let prints = close.is_some_and(|close| !close.reopens_at_once);
            let has_print = prints && finer.seconds() <= 60;
            range_of(series, &bar, close.is_some(), has_print).unwrap_or_default()
        };
        let ranges: Vec<Range<usize>> = bars.bars().zip(bars.session()).map(find).collect();
        let unrefined = ranges.iter().filter(|range| range.is_empty()).count() as u64;
        let rows = series.rows();
        let prices = rows.map(|(_, [open, high, low, _], _)| Prices { open, high, low });
        Ok(Self {
            prices: prices.collect(),
            digest,
            ranges,
            unrefined,
        })
    }

    /// The finer bars of a bar, one at least; the closing print comes last.
    pub(super) fn of(&self, bar: usize) -> Option<&[Prices]> {
        let range = self.ranges.get(bar).filter(|range| !range.is_empty())?;
        self.prices.get(range.clone())
    }
}

/// The finer bars from the first bar's start to the last one's end: what comes before and after cannot decide anything.
fn within(series: &BarSeries, bars: &SessionBars) -> Result<BarSeries, RunError> {
    let (first, last) = (bars.series().start().first(), bars.end().last());
    let mut columns = BarColumns::default();
    let inside = |start: &Timestamp| Some(start) >= first && Some(start) <= last;
    for (start, prices, volume) in series.rows().filter(|(start, ..)| inside(start)) {
        columns.push(start, prices, volume);
    }
    Ok(BarSeries::new(series.interval(), columns)?)
}

/// The finer bars that start within a bar, with the closing print after it where the bar holds it; `None` where they do not
/// make up the bar, or reach beyond it although no close cuts them.
fn range_of(series: &BarSeries, bar: &Bar, is_cut: bool, has_print: bool) -> Option<Range<usize>> {
    let starts = series.start();
    let first = starts.partition_point(|start| *start < bar.start());
    let until = starts.partition_point(|start| *start < bar.end());
    let length = i64::from(series.interval().seconds());
    let last = starts.get(first..until)?.last()?;
    if !is_cut && last.plus_seconds(length) > bar.end() {
        return None;
    }
    let printed = has_print && starts.get(until) == Some(&bar.end());
    let folded = printed.then_some(first..until + 1);
    let mut candidates = folded.into_iter().chain(core::iter::once(first..until));
    candidates.find(|range| makes_up(series, range, bar))
}

/// Whether rows have the first open, highest high, lowest low and last close of a bar, to the last bit.
fn makes_up(series: &BarSeries, range: &Range<usize>, bar: &Bar) -> bool {
    fn part<'a>(column: &'a [f64], range: &Range<usize>) -> impl Iterator<Item = f64> + use<'a> {
        column
            .get(range.clone())
            .unwrap_or_default()
            .iter()
            .copied()
    }
    let made = [
        series.open().get(range.start).copied(),
        part(series.high(), range).reduce(|a, b| if b > a { b } else { a }),
        part(series.low(), range).reduce(|a, b| if b < a { b } else { a }),
        part(series.close(), range).last(),
    ];
    let wanted = [bar.open(), bar.high(), bar.low(), bar.close()];
    let same = |(made, wanted): (Option<f64>, f64)| {
        made.is_some_and(|made| made.to_bits() == wanted.to_bits())
    };
    made.into_iter().zip(wanted).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::bars::BarColumns;
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;

    /// Minute bars of the NYSE sessions of 2024-07-02 and 2024-07-03 (early close at 13:00), with a closing print each.
    fn minutes() -> BarSeries {
        let mut columns = BarColumns::default();
        for (open, minutes) in [(1_719_927_000, 391), (1_720_013_400, 211)] {
            for minute in 0..minutes {
                let price = 100.0 + f64::from(minute * 37 % 101) / 100.0;
                let start = Timestamp::from_seconds(open + i64::from(minute) * 60);
                columns.push(start, [price, price + 0.5, price - 0.5, price + 0.25], 10.0);
            }
        }
        BarSeries::new(BarInterval::minutes(1), columns).unwrap()
    }

    fn without(series: &BarSeries, left_out: impl Fn(usize) -> bool) -> BarSeries {
        let mut columns = BarColumns::default();
        for (index, (start, prices, volume)) in series.rows().enumerate() {
            if !left_out(index) {
                columns.push(start, prices, volume);
            }
        }
        BarSeries::new(series.interval(), columns).unwrap()
    }

    #[test]
    fn finer_bars_make_up_every_bar_they_were_cut_into() {
        let minutes = minutes();
        let intervals = [5, 30, 60, 240].map(BarInterval::minutes);
        for interval in intervals.into_iter().chain([BarInterval::Day]) {
            let bars = resample(&minutes, interval, Calendar::Nyse).unwrap().bars;
            let finer = FinerBars::new(&bars, &minutes).unwrap();
            assert_eq!(finer.unrefined, 0, "{interval}");
            let count = bars.series().len();
            let walked: Vec<f64> = (0..count)
                .flat_map(|index| finer.of(index).unwrap())
                .map(|prices| prices.open)
                .collect();
            // every minute once, the closing prints too
            assert_eq!(walked, minutes.open(), "{interval}");
        }
    }

    #[test]
    fn a_bar_that_they_do_not_make_up_is_counted_and_left() {
        let minutes = minutes();
        let hour = BarInterval::minutes(60);
        let bars = resample(&minutes, hour, Calendar::Nyse).unwrap().bars;
        let found = |finer: &FinerBars| -> Vec<usize> {
            (0..bars.series().len())
                .map(|index| finer.of(index).map_or(0, <[_]>::len))
                .collect()
        };
        // the first minute of the second bar, the closing print of the first day, all of the last bar
        let holes = without(&minutes, |index| {
            index == 60 || index == 390 || index >= 571
        });
        let finer = FinerBars::new(&bars, &holes).unwrap();
        assert_eq!(found(&finer), [60, 0, 60, 60, 60, 60, 0, 60, 60, 60, 0]);
        assert_eq!((finer.unrefined, finer.of(99)), (3, None));
        // bars that were made without the closing print have no part of it
        let quiet = without(&minutes, |index| index == 390 || index == 601);
        let cut = resample(&quiet, hour, Calendar::Nyse).unwrap().bars;
        let finer = FinerBars::new(&cut, &minutes).unwrap();
        assert_eq!(found(&finer), [60, 60, 60, 60, 60, 60, 30, 60, 60, 60, 30]);
    }

    #[test]
    fn the_close_cuts_the_last_finer_bar_and_nothing_else_may_reach_beyond() {
        let minutes = minutes();
        let cut = |each| {
            let interval = BarInterval::minutes(each);
            resample(&minutes, interval, Calendar::Nyse).unwrap().bars
        };
        // 210 minutes of the half-day in pieces of 60: the last has 30
        let finer = FinerBars::new(&cut(240), cut(60).series()).unwrap();
        assert_eq!((finer.unrefined, finer.of(2).map(<[_]>::len)), (0, Some(4)));
        // 45 minutes do not fit into an hour
        let hours = cut(60);
        let crooked = FinerBars::new(&hours, cut(45).series()).unwrap();
        assert_eq!(crooked.of(0), None);
        assert!(crooked.unrefined as usize >= hours.series().len() - 2);
        let same = FinerBars::new(&hours, cut(60).series());
        assert!(matches!(same, Err(RunError::NotFiner { .. })));
    }

    #[test]
    fn where_the_market_never_closes_the_next_bar_is_no_closing_print() {
        let mut columns = BarColumns::default();
        for minute in 0..2_880i64 {
            let price = 100.0 + (minute % 7) as f64;
            let start = Timestamp::from_seconds(1_700_006_400 + minute * 60);
            columns.push(start, [price; 4], 1.0);
        }
        let minutes = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
        let hour = BarInterval::minutes(60);
        let bars = resample(&minutes, hour, Calendar::Crypto).unwrap().bars;
        let finer = FinerBars::new(&bars, &minutes).unwrap();
        let mut lengths = (0..48).map(|index| finer.of(index).map(<[_]>::len));
        assert!(lengths.all(|length| length == Some(60)));
    }
}
