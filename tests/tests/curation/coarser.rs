//! Cutting coarser bars.

use std::collections::BTreeMap;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{
    Alignment, FillRule, Hours, ResampleError, Resampling, cut, fill, resample,
};
use atrium_tests::draws::Draws;

use super::*;

fn coarser(source: Source, received: &Received) -> BarInterval {
    let mut draws = Draws::new(source.seed, 94);
    match received.interval {
        BarInterval::Seconds(seconds) if draws.chance(0.8) => {
            BarInterval::Seconds(seconds * draws.pick([1, 2, 3, 4, 12, 60]))
        }
        _ => BarInterval::Day,
    }
}

fn all_hours(interval: BarInterval, align: Alignment) -> Resampling {
    Resampling {
        interval,
        align,
        hours: Hours::All,
    }
}

/// By the clock a bar holds what starts within it: first open, highest high, lowest low, last close, all volume.
#[test]
fn bars_by_the_clock_hold_what_starts_within_them() {
    for_all(dirt::ALL & !dirt::ACTIONS, |source, received| {
        let bars = bars_of(received);
        let interval = coarser(source, received);
        let how = all_hours(interval, Alignment::Clock);
        let (clock, report) = cut(&bars, how, received.calendar).unwrap();
        prop_assert_eq!((report.left_out, report.folded), (0, 0));
        let length = i64::from(interval.seconds()) * 1_000_000;
        let midnight = bars
            .bars()
            .start()
            .first()
            .map_or(0, |start| start.utc_day().midnight_utc().0);
        let mut cells: BTreeMap<i64, ([f64; 4], f64)> = BTreeMap::new();
        for (start, [open, high, low, close], volume) in bars.bars().rows() {
            let cell = cells
                .entry((start.0 - midnight).div_euclid(length))
                .or_insert(([open, high, low, close], 0.0));
            cell.0[1] = cell.0[1].max(high);
            cell.0[2] = cell.0[2].min(low);
            cell.0[3] = close;
            cell.1 += volume;
        }
        let expected: Vec<_> = cells
            .into_iter()
            .map(|(cell, (prices, volume))| (Timestamp(midnight + cell * length), prices, volume))
            .collect();
        let ours: Vec<_> = clock.bars().rows().collect();
        prop_assert_eq!(ours, expected);
        prop_assert_eq!(clock.synthetic_count(), 0);
        Ok(())
    });
}

/// Volume and extremes neither appear nor vanish; of the regular hours, what is left out and folded is counted.
#[test]
fn volume_and_extremes_are_kept() {
    for_all(
        dirt::ALL & !dirt::CLOCK & !dirt::OFF_GRID,
        |source, received| {
            let bars = bars_of(received);
            let interval = coarser(source, received);
            let how = all_hours(interval, Alignment::Session);
            let whole = match cut(&bars, how, received.calendar) {
                // one bar of 240 minutes may reach over a boundary that another of 480 does not
                Err(ResampleError::Misaligned { .. }) => return Ok(()),
                cut => cut.unwrap().0,
            };
            // the volumes are whole numbers: their sums are exact
            let sum = |volumes: &[f64]| volumes.iter().sum::<f64>();
            prop_assert_eq!(sum(whole.bars().volume()), sum(bars.bars().volume()));
            let top = |prices: &[f64]| prices.iter().copied().fold(0.0, f64::max);
            prop_assert_eq!(top(whole.bars().high()), top(bars.bars().high()));
            let bottom = |prices: &[f64]| prices.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert_eq!(bottom(whole.bars().low()), bottom(bars.bars().low()));
            prop_assert_eq!(whole.bars().open().first(), bars.bars().open().first());
            prop_assert_eq!(whole.bars().close().last(), bars.bars().close().last());
            prop_assert_eq!(
                whole.spread().map(<[f64]>::last),
                bars.spread().map(<[f64]>::last)
            );

            let regular = resample(bars.bars(), interval, received.calendar).unwrap();
            let same = Resampling {
                interval,
                align: Alignment::Session,
                hours: Hours::Regular,
            };
            let (curated, report) = cut(&bars, same, received.calendar).unwrap();
            prop_assert_eq!(
                (curated.bars(), report),
                (regular.bars.series(), regular.report)
            );
            let mut members = 0;
            for bar in regular.bars.bars() {
                let starts = bars.bars().start();
                let first = starts.partition_point(|start| *start < bar.start());
                let after = starts.partition_point(|start| *start < bar.end());
                let print = regular.report.folded > 0
                    && starts.get(after) == Some(&bar.end())
                    && received
                        .calendar
                        .session(received.calendar.local_day(bar.start()))
                        .unwrap()
                        .is_some_and(|session| session.close == bar.end());
                if received.interval == BarInterval::Day {
                    members += 1;
                    continue;
                }
                let after = after + usize::from(print);
                let series = bars.bars();
                prop_assert_eq!(bar.open(), series.open()[first]);
                prop_assert_eq!(bar.high(), top(&series.high()[first..after]));
                prop_assert_eq!(bar.low(), bottom(&series.low()[first..after]));
                prop_assert_eq!(bar.close(), series.close()[after - 1]);
                prop_assert_eq!(bar.volume(), sum(&series.volume()[first..after]));
                members += after - first;
            }
            prop_assert_eq!(members + regular.report.left_out, bars.bars().len());
            Ok(())
        },
    );
}

/// Cutting twice is cutting once.
#[test]
fn cutting_in_two_steps_is_cutting_in_one() {
    for_all(
        dirt::ALL & !dirt::CLOCK & !dirt::OFF_GRID & !dirt::EXTENDED,
        |source, received| {
            let BarInterval::Seconds(seconds) = received.interval else {
                return Ok(());
            };
            let bars = bars_of(received);
            let mut draws = Draws::new(source.seed, 95);
            let step = BarInterval::Seconds(seconds * draws.pick([2, 3, 5]));
            let goal = BarInterval::Seconds(step.seconds() * draws.pick([2, 3, 4]));
            for align in [Alignment::Session, Alignment::Clock] {
                let by = |bars: &Curated, interval| {
                    cut(bars, all_hours(interval, align), received.calendar)
                };
                let Ok((between, _)) = by(&bars, step) else {
                    continue;
                };
                let (Ok((twice, _)), Ok((once, _))) = (by(&between, goal), by(&bars, goal)) else {
                    continue;
                };
                if align == Alignment::Clock
                    && between.bars().start().first().map(|start| start.utc_day())
                        != bars.bars().start().first().map(|start| start.utc_day())
                {
                    continue;
                }
                prop_assert_eq!(&twice, &once, "{} {:?}", goal, align);
            }
            Ok(())
        },
    );
}

/// Synthetic bars add nothing to what is real, and what is synthetic as a whole is flagged.
#[test]
fn synthetic_bars_change_no_coarser_one() {
    for_all(
        dirt::ALL & !dirt::CLOCK & !dirt::OFF_GRID,
        |source, received| {
            let bars = bars_of(received);
            let (filled, _) = fill(&bars, &schedule_of(received), FillRule::default()).unwrap();
            let interval = coarser(source, received);
            for align in [Alignment::Session, Alignment::Clock] {
                for hours in [Hours::Regular, Hours::All] {
                    let how = Resampling {
                        interval,
                        align,
                        hours,
                    };
                    let by = |bars: &Curated| cut(bars, how, received.calendar);
                    let (plain, with_synthetic) = match (by(&bars), by(&filled)) {
                        (Ok(plain), Ok(with_synthetic)) => (plain, with_synthetic),
                        // both, or neither
                        (plain, with_synthetic) => {
                            prop_assert_eq!(plain.is_err(), with_synthetic.is_err());
                            continue;
                        }
                    };
                    prop_assert_eq!(with_synthetic.1, plain.1);
                    let real = with_synthetic.0.real();
                    prop_assert_eq!(real.as_ref(), plain.0.bars(), "{:?}", how);
                }
            }
            Ok(())
        },
    );
}

/// What comes after a close never enters the last bar of the session, and what comes before an open is cut backwards from it.
#[test]
fn extended_hours_are_cut_apart_from_the_session() {
    // 2024-07-03 closes at 13:00 in New York
    let session = Calendar::Nyse
        .session("2024-07-03".parse().unwrap())
        .unwrap()
        .unwrap();
    let mut columns = BarColumns::default();
    for minute in -50..300 {
        columns.push(session.open.plus_seconds(minute * 60), [100.0; 4], 1.0);
    }
    let bars = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
    let how = all_hours(BarInterval::minutes(60), Alignment::Session);
    let (hours, report) = cut(&Curated::plain(bars), how, Calendar::Nyse).unwrap();
    let minutes: Vec<i64> = hours
        .bars()
        .start()
        .iter()
        .map(|start| start.micros_since(session.open) / 60_000_000)
        .collect();
    assert_eq!(minutes, [-60, 0, 60, 120, 180, 210, 240]);
    // the closing print is the session's
    assert_eq!(
        hours.bars().volume(),
        [50.0, 60.0, 60.0, 60.0, 31.0, 29.0, 60.0]
    );
    assert_eq!((report.left_out, report.folded), (0, 1));
}

/// By the clock a bar that would hold prices of two bases is refused, and no other is.
#[test]
fn no_bar_by_the_clock_reaches_over_an_action() {
    for_all(dirt::ALL, |source, received| {
        let bars = bars_of(received);
        let interval = coarser(source, received);
        let how = all_hours(interval, Alignment::Clock);
        let cut = cut(&bars, how, received.calendar);
        let length = i64::from(interval.seconds()) * 1_000_000;
        let starts = bars.bars().start();
        let first = starts.first().map_or(Timestamp(0), |start| *start);
        let midnight = first.utc_day().midnight_utc();
        let factors = bars.factors(received.calendar);
        let cells: Vec<(i64, f64)> = starts
            .iter()
            .map(|start| start.micros_since(midnight).div_euclid(length))
            .zip(factors)
            .collect();
        let over = |pair: &[(i64, f64)]| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1;
        let expected = cells.windows(2).any(over);
        let refused = matches!(cut, Err(ResampleError::AcrossAction { .. }));
        prop_assert_eq!(refused, expected);
        Ok(())
    });
}
