//! Cleaning and merging.

use std::collections::BTreeMap;

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::bars::check_bar;
use atrium_shared::market::curate::{CleanReport, MergeError, MergeReport, clean, merge};
use atrium_shared::market::intake::Rows;
use atrium_tests::draws::Draws;

use super::*;

/// Prices, volume and spread of a row, to the bit.
type Values = [u64; 6];

fn rows_of(rows: &Rows) -> Vec<(Timestamp, [f64; 4], f64, f64, u64)> {
    let bars = &rows.bars;
    (0..rows.len())
        .map(|at| {
            let prices = [bars.open[at], bars.high[at], bars.low[at], bars.close[at]];
            let spread = rows.spread.get(at).copied().unwrap_or(0.0);
            (
                bars.start[at],
                prices,
                bars.volume[at],
                spread,
                rows.line[at],
            )
        })
        .collect()
}

fn values([open, high, low, close]: [f64; 4], volume: f64, spread: f64) -> Values {
    [open, high, low, close, volume, spread].map(f64::to_bits)
}

/// What bars hold, by their start.
fn held(bars: &Curated) -> BTreeMap<Timestamp, Values> {
    let spreads = bars
        .spread()
        .map_or(vec![0.0; bars.bars().len()], <[f64]>::to_vec);
    let rows = bars.bars().rows().zip(spreads);
    rows.map(|((start, prices, volume), spread)| (start, values(prices, volume, spread)))
        .collect()
}

fn rows_again(rows: &[(Timestamp, [f64; 4], f64, f64, u64)], quoted: bool) -> Rows {
    let mut again = Rows::default();
    for &(start, prices, volume, spread, line) in rows {
        again.bars.push(start, prices, volume);
        again.line.push(line);
        if quoted {
            again.spread.push(spread);
        }
    }
    again
}

/// Of each time the last valid row counts, and the report counts the others.
#[test]
fn the_last_valid_row_of_each_time_counts() {
    for_all(dirt::ALL, |_, received| {
        let cleaned = clean(received.interval, &received.rows).unwrap();
        let mut last = BTreeMap::new();
        let mut times: BTreeMap<Timestamp, Vec<Values>> = BTreeMap::new();
        let (mut refused, mut backwards, mut before) = (Vec::new(), 0, None);
        for (start, prices, volume, spread, line) in rows_of(&received.rows) {
            if check_bar(start, prices, volume).is_err() || spread.is_nan() || spread < 0.0 {
                refused.push(line);
                continue;
            }
            backwards += u64::from(before.is_some_and(|before| start < before));
            before = Some(start);
            last.insert(start, values(prices, volume, spread));
            times
                .entry(start)
                .or_default()
                .push(values(prices, volume, spread));
        }
        prop_assert_eq!(held(&cleaned.bars), last);
        let found = &cleaned.report;
        let (mut exact, mut conflicting) = (0, 0);
        for same_time in times.values() {
            let (kept, dropped) = same_time.split_last().unwrap();
            let same = dropped.iter().filter(|row| *row == kept).count();
            exact += same as u64;
            conflicting += (dropped.len() - same) as u64;
        }
        let again: Vec<Timestamp> = times
            .iter()
            .filter(|(_, rows)| rows.len() > 1)
            .map(|(&start, _)| start)
            .collect();
        let counted = CleanReport {
            overlapping: 0,
            rows: received.rows.len() as u64,
            kept: times.len() as u64,
            exact_duplicates: exact,
            conflicting_duplicates: conflicting,
            duplicated_times: again.len() as u64,
            out_of_order: backwards,
            rejected: refused.len() as u64,
            conflicts: found.conflicts.clone(),
        };
        prop_assert_eq!(found, &counted);
        prop_assert_eq!(found.conflicts.len() as u64, conflicting.min(20));
        prop_assert_eq!(&cleaned.duplicated, &again);
        let lines: Vec<u64> = cleaned.rejected.iter().map(|row| row.line).collect();
        prop_assert_eq!(lines, refused);
        for conflict in &found.conflicts {
            let line = |line: u64| rows_of(&received.rows)[line as usize - 2];
            let (kept, dropped) = (line(conflict.kept_line), line(conflict.dropped_line));
            prop_assert_eq!((kept.0, dropped.0), (conflict.start, conflict.start));
            prop_assert!(conflict.kept_line > conflict.dropped_line);
            let [open, high, low, close, volume] = conflict.dropped;
            prop_assert_eq!((dropped.1, dropped.2), ([open, high, low, close], volume));
            let [open, high, low, close, volume] = conflict.kept;
            prop_assert_eq!((kept.1, kept.2), ([open, high, low, close], volume));
        }
        Ok(())
    });
}

/// Clean bars stay as they are, and rows in any order give the same bars while those of one time keep theirs.
#[test]
fn cleaning_again_or_in_another_order_gives_the_same() {
    for_all(dirt::ALL, |source, received| {
        let cleaned = clean(received.interval, &received.rows).unwrap();
        let mut rows = Rows::default();
        for (start, prices, volume) in cleaned.bars.bars().rows() {
            rows.bars.push(start, prices, volume);
        }
        rows.spread = cleaned.bars.spread().unwrap_or_default().to_vec();
        let again = clean(received.interval, &rows).unwrap();
        prop_assert_eq!(&again.bars, &cleaned.bars);
        let count = cleaned.report.kept;
        let untouched = CleanReport {
            rows: count,
            kept: count,
            ..CleanReport::default()
        };
        prop_assert_eq!((again.report, again.rejected.len()), (untouched, 0));

        let mut draws = Draws::new(source.seed, 90);
        let mut order: BTreeMap<Timestamp, u64> = BTreeMap::new();
        let mut shuffled = rows_of(&received.rows);
        for (start, ..) in &shuffled {
            order.entry(*start).or_insert_with(|| draws.below(1 << 40));
        }
        shuffled.sort_by_key(|(start, ..)| order[start]);
        let shuffled = rows_again(&shuffled, !received.rows.spread.is_empty());
        let shuffled = clean(received.interval, &shuffled).unwrap();
        prop_assert_eq!(&shuffled.bars, &cleaned.bars);
        prop_assert_eq!(&shuffled.duplicated, &cleaned.duplicated);
        let alike = CleanReport {
            out_of_order: cleaned.report.out_of_order,
            ..shuffled.report
        };
        prop_assert_eq!(&alike, &cleaned.report);
        Ok(())
    });
}

/// Parts that share no time may be cleaned one by one.
#[test]
fn parts_clean_as_the_whole() {
    for_all(dirt::ALL & !dirt::DISORDER, |source, received| {
        let cleaned = clean(received.interval, &received.rows).unwrap();
        let mut draws = Draws::new(source.seed, 91);
        let rows = rows_of(&received.rows);
        let border = rows.get(draws.below(rows.len() as u64) as usize);
        let border = border.map_or(Timestamp(0), |row| row.0);
        let (early, late): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.0 < border);
        let quoted = !received.rows.spread.is_empty();
        let part = |rows: &[_]| clean(received.interval, &rows_again(rows, quoted)).unwrap();
        let (early, late) = (part(&early), part(&late));
        let (both, _) = merge(&early.bars, &late.bars).unwrap();
        prop_assert_eq!(both.bars(), cleaned.bars.bars());
        let mut report = early.report;
        report.absorb(&late.report);
        // a row behind one of the other part
        report.out_of_order = cleaned.report.out_of_order;
        prop_assert_eq!(report, cleaned.report);
        Ok(())
    });
}

/// Of two bars of one time the received one counts; the report counts what was added, changed and left.
#[test]
fn merging_goes_by_time_and_the_received_counts() {
    for_all(dirt::ALL, |source, received| {
        let bars = bars_of(received);
        let (same, report) = merge(&bars, &bars).unwrap();
        prop_assert_eq!(&same, &bars);
        let unchanged = MergeReport {
            unchanged: bars.bars().len() as u64,
            ..MergeReport::default()
        };
        prop_assert_eq!(report, unchanged);

        // an overlap of which some bars changed
        let mut draws = Draws::new(source.seed, 92);
        let (mut stored, mut new) = (Vec::new(), Vec::new());
        for mut row in rows_of(&with_lines(&bars)) {
            if draws.chance(0.7) {
                stored.push(row);
            }
            if draws.chance(0.3) {
                row.2 += 1.0;
            }
            if draws.chance(0.5) {
                new.push(row);
            }
        }
        let quoted = bars.spread().is_some();
        // one side may know spreads that the other does not
        let (old_quoted, new_quoted) = (quoted && draws.chance(0.7), quoted && draws.chance(0.7));
        let of = |rows: &[_], quoted| {
            clean(received.interval, &rows_again(rows, quoted))
                .unwrap()
                .bars
        };
        let (stored, new) = (of(&stored, old_quoted), of(&new, new_quoted));
        let first = received.actions.list().first();
        let later = CorporateAction {
            first_day: first.map_or(Day(16_223), |action| action.first_day),
            kind: match first.map(|action| action.kind) {
                Some(ActionKind::Dividend { .. }) => ActionKind::Dividend { factor: 0.5 },
                _ => ActionKind::Split { ratio: 3.0 },
            },
        };
        let later = Actions::new(vec![later]).unwrap();
        let (stored, new) = (
            stored.with_actions(received.actions.clone()),
            new.with_actions(later),
        );
        // a bar without a spread among bars with one would trade for free
        if stored.spread().is_some() != new.spread().is_some()
            && !stored.bars().is_empty()
            && !new.bars().is_empty()
        {
            let refused = merge(&stored, &new).unwrap_err();
            prop_assert_eq!(
                refused,
                MergeError::Spread {
                    stored: stored.spread().is_some()
                }
            );
            return Ok(());
        }
        let (merged, report) = merge(&stored, &new).unwrap();
        let joined = received.actions.joined(new.actions());
        prop_assert_eq!(merged.actions(), &joined);
        prop_assert!(joined.list().contains(&new.actions().list()[0]));
        let (old, newer) = (held(&stored), held(&new));
        let mut expected = old.clone();
        expected.extend(newer.clone());
        prop_assert_eq!(held(&merged), expected);
        prop_assert_eq!(
            merged.spread().is_some(),
            stored.spread().is_some() || new.spread().is_some()
        );
        let both = || {
            newer
                .iter()
                .filter_map(|(start, now)| Some((start, old.get(start)?, now)))
        };
        let changed = both().filter(|(_, before, now)| before != now).count() as u64;
        let counted = MergeReport {
            added: newer
                .keys()
                .filter(|start| !old.contains_key(start))
                .count() as u64,
            unchanged: both().count() as u64 - changed,
            changed,
            kept: old
                .keys()
                .filter(|start| !newer.contains_key(start))
                .count() as u64,
            examples: report.examples.clone(),
            converted: Vec::new(),
            folded: 0,
            seams: Vec::new(),
        };
        prop_assert_eq!(&report, &counted);
        prop_assert_eq!(report.examples.len() as u64, changed.min(20));
        let differs = both().filter(|(_, before, now)| before != now);
        for (example, (start, before, now)) in report.examples.iter().zip(differs) {
            prop_assert_eq!(example.start, *start);
            prop_assert_eq!(example.stored.map(f64::to_bits), &before[..5]);
            prop_assert_eq!(example.received.map(f64::to_bits), &now[..5]);
        }
        // once merged, nothing is left to do
        let (again, report) = merge(&merged, &new).unwrap();
        prop_assert_eq!(again, merged);
        prop_assert_eq!((report.added, report.changed), (0, 0));
        Ok(())
    });
}

fn with_lines(bars: &Curated) -> Rows {
    let mut rows = Rows::default();
    for (start, prices, volume) in bars.bars().rows() {
        rows.bars.push(start, prices, volume);
        rows.line.push(rows.line.len() as u64 + 2);
    }
    rows.spread = bars.spread().unwrap_or_default().to_vec();
    rows
}
