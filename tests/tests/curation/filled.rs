//! Filling.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::{FillMeasure, FillRule, Filler, GridOrigin, fill, gaps};
use atrium_tests::draws::Draws;

use super::expected::beyond;
use super::*;

fn rule(source: Source) -> FillRule {
    let mut draws = Draws::new(source.seed, 93);
    FillRule {
        max_fill_minutes: draws.pick([0, 1, 5, 30, 60, 600, 48 * 60]),
        measure: draws.pick([FillMeasure::SessionMinutes, FillMeasure::ClockMinutes]),
    }
}

/// No real bar is touched, what is added repeats the close before it, and what is left is said.
#[test]
fn filling_adds_flagged_bars_and_changes_none() {
    for_all(dirt::ALL, |source, received| {
        let (bars, schedule, rule) = (bars_of(received), schedule_of(received), rule(source));
        let (filled, report) = fill(&bars, &schedule, rule).unwrap();
        let real = filled.real();
        prop_assert_eq!(real.as_ref(), bars.bars());
        prop_assert_eq!(filled.synthetic_count() as u64, report.bars_added);
        prop_assert_eq!(
            filled.bars().len(),
            bars.bars().len() + filled.synthetic_count()
        );
        prop_assert_eq!(
            filled.spread().is_some(),
            bars.spread().is_some() && !bars.bars().is_empty()
        );
        prop_assert_eq!(filled.actions(), bars.actions());
        // the constructor checks that each synthetic bar carries the close before it and no volume
        let spread = filled.spread().map(<[f64]>::to_vec);
        let flags = filled.synthetic().to_vec();
        let checked = Curated::new(
            filled.bars().clone(),
            flags,
            spread,
            filled.actions().clone(),
        );
        prop_assert_eq!(checked.as_ref(), Ok(&filled));
        prop_assert_eq!(filled.synthetic().first().copied().unwrap_or(false), false);
        prop_assert_eq!(filled.synthetic().last().copied().unwrap_or(false), false);

        let before = gaps(&bars, &schedule).unwrap();
        let after = gaps(&filled, &schedule).unwrap();
        prop_assert_eq!(
            (after.real, after.expected, after.counts),
            (before.real, before.expected, before.counts)
        );
        prop_assert_eq!(after.synthetic, report.bars_added);
        let again = fill(&filled, &schedule, rule).unwrap();
        prop_assert_eq!(again, (filled.clone(), report.clone()));
        let left: u64 = report.left.iter().map(|gap| gap.bars).sum();
        prop_assert_eq!(left, report.bars_left);
        prop_assert_eq!(report.left.len() as u64, report.gaps_left);
        // what is missing before the first bar of the regular hours is no gap between two
        let lead = before.missing() - report.bars_added - report.bars_left;
        let first = before.gaps.first().map_or(0, |gap| gap.bars);
        let second = before.gaps.get(1).map_or(0, |gap| gap.bars);
        prop_assert!(lead == 0 || before.real == 0 || lead == first || lead == first + second);
        Ok(())
    });
}

/// Nothing is put into the time of a real bar, whatever grid bars are filled by.
#[test]
fn nothing_is_made_up_within_a_real_bar() {
    for_all(dirt::ALL, |source, received| {
        let length = match received.interval {
            BarInterval::Day => return Ok(()),
            BarInterval::Seconds(seconds) => i64::from(seconds),
        };
        let (bars, schedule, rule) = (bars_of(received), schedule_of(received), rule(source));
        let seconds = Draws::new(source.seed, 97).below(length as u64) as u32;
        let zone = received.calendar.zone();
        let origins = [
            GridOrigin::of(&bars, &schedule).unwrap(),
            GridOrigin::Session,
            GridOrigin::Clock,
            GridOrigin::Local { zone, seconds },
        ];
        for origin in origins {
            let mut filler = Filler::new(&schedule, received.interval, origin, rule);
            let filled = filler.push(&bars).unwrap();
            let rows: Vec<_> = filled
                .bars()
                .start()
                .iter()
                .zip(filled.synthetic())
                .collect();
            for pair in rows.windows(2) {
                let ((real, false), (made, true)) = (pair[0], pair[1]) else {
                    continue;
                };
                // from the open on, a bar ends with its session
                let session = schedule
                    .session(received.calendar.local_day(*real))
                    .unwrap();
                let close = session.filter(|session| {
                    let since = real.micros_since(session.open);
                    origin == GridOrigin::Session && since >= 0 && since % (length * 1_000_000) == 0
                });
                let end = real.plus_seconds(length);
                let end = close.map_or(end, |session| end.min(session.close));
                prop_assert!(*made >= end, "{origin:?}: {made} in the bar of {real}");
                prop_assert!(origin == GridOrigin::Session || beyond(origin, *made, length) == 0);
            }
        }
        Ok(())
    });
}

/// A gap is filled where it is short, and left where it is long.
#[test]
fn the_limit_decides() {
    for_all(dirt::GAPS | dirt::STILL | dirt::CALENDAR, |_, received| {
        if received.interval == BarInterval::Day {
            return Ok(());
        }
        let (bars, schedule) = (bars_of(received), schedule_of(received));
        let before = gaps(&bars, &schedule).unwrap();
        let starts = bars.bars().start();
        let measures = [FillMeasure::SessionMinutes, FillMeasure::ClockMinutes];
        let limits = [0, 5, 30, 100, 480].into_iter();
        for (minutes, measure) in limits.flat_map(|limit| measures.map(|by| (limit, by))) {
            let rule = FillRule {
                max_fill_minutes: minutes,
                measure,
            };
            let (filled, report) = fill(&bars, &schedule, rule).unwrap();
            let flagged = filled.bars().start().iter().zip(filled.synthetic());
            let made: Vec<Timestamp> = flagged
                .filter(|(_, synthetic)| **synthetic)
                .map(|(&start, _)| start)
                .collect();
            for gap in &before.gaps {
                let within = |start: &&Timestamp| **start >= gap.from && **start < gap.to;
                let filled = made.iter().filter(within).count() as u64;
                prop_assert!(filled == 0 || filled == gap.bars, "{gap:?}");
                let between = starts.first().is_some_and(|start| *start < gap.from)
                    && starts.last().is_some_and(|start| *start >= gap.to);
                let limit = u64::from(minutes) * 60;
                let short = match measure {
                    FillMeasure::SessionMinutes => gap.seconds <= limit && gap.sessions == 0,
                    FillMeasure::ClockMinutes => {
                        gap.to.micros_since(gap.from) <= limit as i64 * 1_000_000
                    }
                };
                prop_assert!(filled == 0 || (between && short), "{gap:?}");
                // without another gap between the same two bars it stands for itself
                let others = before.gaps.iter().filter(|other| {
                    let apart = |start: &Timestamp| {
                        *start >= gap.to.min(other.to) && *start < gap.from.max(other.from)
                    };
                    *other != gap && !starts.iter().any(apart)
                });
                let alone = others.count() == 0;
                prop_assert!(filled > 0 || !(between && short && alone), "{gap:?}");
            }
            if minutes == 0 {
                prop_assert_eq!((report.bars_added, report.gaps_filled), (0, 0));
            }
        }
        Ok(())
    });
}
