//! What the read-me of the test data says of them, counted there by hand.

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{
    Alignment, Coverage, Curated, DayCoverage, DayState, GapKind, GapReport, Hours, Resampling,
    coverage, cut, gaps, quality, resample,
};

use super::{calendar, canonical_text, cleaned, source};

fn day(days: &Coverage, date: &str) -> DayCoverage {
    let date: Day = date.parse().unwrap();
    let found = days.days.iter().find(|day| day.day == date);
    *found.unwrap()
}

fn analysed(name: &str) -> Option<(Curated, GapReport, Coverage)> {
    let bars = cleaned(name)?.bars;
    let schedule = Schedule::from(calendar(name));
    let report = gaps(&bars, &schedule).unwrap();
    let days = coverage(&bars, &schedule).unwrap();
    Some((bars, report, days))
}

/// Kind, first and last instant, and number of bars of every gap.
fn listed(report: &GapReport) -> Vec<(GapKind, String, String, u64)> {
    let gap = report
        .gaps
        .iter()
        .map(|gap| (gap.kind, gap.from.to_string(), gap.to.to_string(), gap.bars));
    gap.collect()
}

#[test]
fn spy_s_sessions_early_closes_and_extended_hours() {
    let Some((bars, report, days)) = analysed("SPY_1m") else {
        return;
    };
    assert_eq!((bars.bars().len(), report.sessions), (102_236, 256));
    // the day of mourning has neither a session nor a bar
    let mourning = day(&days, "2025-01-09");
    assert_eq!((mourning.state, mourning.extended), (DayState::Closed, 0));
    for (date, after_close) in [
        ("2024-07-03", 139),
        ("2024-11-29", 135),
        ("2024-12-24", 122),
    ] {
        let early = day(&days, date);
        assert_eq!((early.expected, early.real), (210, 210), "{date}");
        assert_eq!((early.early_close, early.extended), (true, after_close));
    }
    assert_eq!(days.days.iter().filter(|day| day.early_close).count(), 3);
    // 15:23 in New York is the last minute
    assert_eq!(
        listed(&report),
        [(
            GapKind::EarlyEnd,
            "2025-04-02T19:24:00Z".to_owned(),
            "2025-04-02T20:00:00Z".to_owned(),
            36
        )]
    );
    // more than the closing print: the early closes, and the days from 2025-03-26 on
    let extended: Vec<String> = days
        .days
        .iter()
        .filter(|day| day.extended > 1)
        .map(|day| day.day.to_string())
        .collect();
    assert_eq!(
        extended,
        [
            "2024-07-03",
            "2024-11-29",
            "2024-12-24",
            "2025-03-26",
            "2025-03-27",
            "2025-03-28",
            "2025-03-31",
            "2025-04-01",
            "2025-04-02",
        ]
    );
    let before_open = |date: &str| {
        let midnight: Day = date.parse().unwrap();
        let (from, open) = (midnight.midnight_utc(), 13 * 3_600 + 1_800);
        let starts = bars.bars().start().iter();
        starts
            .filter(|start| {
                **start >= from.plus_seconds(8 * 3_600) && **start < from.plus_seconds(open)
            })
            .count()
    };
    assert_eq!(before_open("2025-03-26"), 0);
    assert!(before_open("2025-03-27") > 0);
    assert_eq!(report.extended.closing_prints, 255);
}

#[test]
fn spy_s_closing_prints_fold_and_extended_hours_are_left_out() {
    let Some((bars, ..)) = analysed("SPY_1m") else {
        return;
    };
    let hours = resample(bars.bars(), BarInterval::minutes(60), calendar("SPY_1m")).unwrap();
    assert_eq!((hours.report.left_out, hours.report.folded), (2_717, 255));
    assert_eq!(hours.bars.series().len(), 1_782);
}

#[test]
fn spy_by_the_clock_is_its_author_s_own_file() {
    let Some((bars, ..)) = analysed("SPY_1m") else {
        return;
    };
    for (file, interval) in [("SPY_5m.csv", 5), ("SPY_15m.csv", 15)] {
        let Some(theirs) = source::spy_cut_by_its_author(file, BarInterval::minutes(interval))
        else {
            return;
        };
        let how = Resampling {
            interval: BarInterval::minutes(interval),
            align: Alignment::Clock,
            hours: Hours::All,
        };
        let (ours, _) = cut(&bars, how, calendar("SPY_1m")).unwrap();
        assert_eq!(canonical_text(&ours, false), canonical_text(&theirs, false));
    }
}

#[test]
fn nvda_s_duplicates_missing_bars_and_early_close() {
    let Some(cleaned) = cleaned("NVDA_5m") else {
        return;
    };
    let found = &cleaned.report;
    assert_eq!(
        (found.exact_duplicates, found.conflicting_duplicates),
        (503, 0)
    );
    assert!(found.out_of_order > 0);
    let Some((_, report, days)) = analysed("NVDA_5m") else {
        return;
    };
    assert_eq!(
        listed(&report),
        [
            (
                GapKind::Inside,
                "2022-11-23T18:05:00Z".to_owned(),
                "2022-11-23T20:30:00Z".to_owned(),
                29
            ),
            (
                GapKind::MissingSessions,
                "2023-02-10T14:30:00Z".to_owned(),
                "2023-02-10T21:00:00Z".to_owned(),
                78
            ),
        ]
    );
    assert_eq!(day(&days, "2023-02-10").state, DayState::Missing);
    let early = day(&days, "2022-11-25");
    assert_eq!(
        (early.early_close, early.expected, early.extended),
        (true, 42, 30)
    );
}

#[test]
fn bitcoin_s_outage_and_its_minutes_without_volume() {
    let Some((bars, report, _)) = analysed("BTCUSDT_2023") else {
        return;
    };
    assert_eq!(bars.bars().len(), 525_520);
    // 12:40 to 13:59, both included
    assert_eq!(
        listed(&report),
        [(
            GapKind::Inside,
            "2023-03-24T12:40:00Z".to_owned(),
            "2023-03-24T14:00:00Z".to_owned(),
            80
        )]
    );
    let outage: Timestamp = report.gaps[0].from;
    assert_eq!(report.gaps[0].seconds, 80 * 60);
    assert!(!bars.bars().start().contains(&outage));
    let schedule = Schedule::from(calendar("BTCUSDT_2023"));
    let (judged, _) = quality(&bars, &schedule, Default::default(), None).unwrap();
    assert_eq!(judged.zero_volume, 72);
}
