//! Bars that are handed in part by part give what the whole gives.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::curate::{
    Cleaning, FillRule, Filler, GapAnalysis, GridOrigin, QualityAnalysis, QualityRule, clean, fill,
    quality,
};
use atrium_tests::draws::Draws;

use super::*;

/// The bars in parts of any size, empty ones among them.
fn parts(source: Source, bars: &Curated) -> Vec<Curated> {
    let mut draws = Draws::new(source.seed, 96);
    let longest = draws.pick([3, 60, 700]);
    let rows: Vec<_> = bars.bars().rows().collect();
    let mut parts = Vec::new();
    let mut from = 0;
    while from < rows.len() {
        let to = (from + draws.whole(0, longest) as usize).min(rows.len());
        let mut columns = BarColumns::default();
        for &(start, prices, volume) in &rows[from..to] {
            columns.push(start, prices, volume);
        }
        let series = BarSeries::new(bars.interval(), columns).unwrap();
        let flags = bars.synthetic()[from..to].to_vec();
        let spread = bars.spread().map(|spread| spread[from..to].to_vec());
        parts.push(Curated::new(series, flags, spread, bars.actions().clone()).unwrap());
        from = to;
    }
    parts
}

#[test]
fn gaps_and_quality_of_parts_are_those_of_the_whole() {
    for_all(dirt::ALL, |source, received| {
        let schedule = schedule_of(received);
        let cleaned = clean(received.interval, &received.rows).unwrap();
        let duplicated = cleaned.duplicated;
        let bars = cleaned.bars.with_actions(received.actions.clone());
        let filled = fill(&bars, &schedule, FillRule::default()).unwrap().0;
        for bars in [&bars, &filled] {
            let origin = GridOrigin::of(bars, &schedule).unwrap();
            let rule = QualityRule::default();
            let mut gaps = GapAnalysis::new(&schedule, bars.interval(), origin);
            let mut judged =
                QualityAnalysis::new(&schedule, bars.interval(), origin, bars.actions(), rule);
            for part in parts(source, bars) {
                gaps.push(&part).unwrap();
                let starts = part.bars().start();
                let within = |time: &&Timestamp| starts.binary_search(time).is_ok();
                let again: Vec<Timestamp> = duplicated.iter().filter(within).copied().collect();
                judged.push(&part, &again).unwrap();
            }
            let cleaning = Cleaning {
                report: &cleaned.report,
                duplicated: &duplicated,
            };
            let (mut whole, coverage) = quality(bars, &schedule, rule, Some(cleaning)).unwrap();
            prop_assert_eq!(whole.digest, bars.digest().ok());
            whole.digest = None;
            let by_parts = judged.finish(Some(&cleaned.report)).unwrap();
            prop_assert_eq!(&by_parts.0.gaps, &whole.gaps);
            prop_assert_eq!(&by_parts, &(whole, coverage));
            prop_assert_eq!(
                gaps.finish().unwrap(),
                GapAnalysis::of(bars, &schedule).unwrap()
            );
        }
        Ok(())
    });
}

#[test]
fn parts_fill_as_the_whole() {
    for_all(dirt::ALL, |source, received| {
        let schedule = schedule_of(received);
        let bars = bars_of(received);
        let rule = FillRule::default();
        let origin = GridOrigin::of(&bars, &schedule).unwrap();
        let mut filler = Filler::new(&schedule, bars.interval(), origin, rule);
        let mut rows = Vec::new();
        let mut take = |filled: &Curated| {
            rows.extend(filled.bars().rows().zip(filled.synthetic().to_vec()));
        };
        for part in parts(source, &bars) {
            take(&filler.push(&part).unwrap());
        }
        let (rest, report) = filler.finish(bars.actions().clone()).unwrap();
        take(&rest);
        let (whole, expected) = fill(&bars, &schedule, rule).unwrap();
        let whole: Vec<_> = whole
            .bars()
            .rows()
            .zip(whole.synthetic().to_vec())
            .collect();
        prop_assert_eq!(rows, whole);
        prop_assert_eq!(report, expected);
        Ok(())
    });
}

/// Equal sources and equal markets give equal rows and bars.
#[test]
fn what_is_simulated_is_the_same_every_time() {
    for_all(dirt::ALL, |source, received| {
        prop_assert_eq!(format!("{:?}", source.received()), format!("{received:?}"));
        Ok(())
    });
    for demo in &atrium_shared::market::simulate::DEMO {
        let (one, other) = (demo.simulate().unwrap(), demo.simulate().unwrap());
        assert!(one == other, "{}", demo.symbol);
    }
}
