//! Cleaning, gaps, coverage, filling and clock-aligned bars of every file, against the golden file.

use std::fmt::Write as _;

use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{
    Alignment, CleanReport, Coverage, Curated, DayState, FillRule, GapKind, GapReport, Hours,
    QualityRule, Resampling, coverage, cut, fill, gaps, quality,
};
use serde_json::{Value, json};

use super::{calendar, canonical_text, cleaned, golden, sha256};

#[test]
fn every_file_is_curated_as_pandas_does() {
    for (name, expected) in &golden().files {
        let Some(cleaned) = cleaned(name) else { return };
        let bars = cleaned.bars;
        let schedule = Schedule::from(calendar(name));
        assert_eq!(cleaning_of(&cleaned.report), expected["cleaning"], "{name}");
        assert_eq!(
            sha256(&canonical_text(&bars, false)),
            expected["sha256"],
            "{name}"
        );
        let report = gaps(&bars, &schedule).unwrap();
        let days = coverage(&bars, &schedule).unwrap();
        assert_eq!(gaps_of(&report, &days), expected["gaps"], "{name}");
        assert_eq!(extended_of(&report, &days), expected["extended"], "{name}");
        assert_eq!(filled(&bars, &schedule), expected["filled"], "{name}");
        assert_eq!(oddities(&bars, &schedule), expected["oddities"], "{name}");
        by_clock(name, &bars, &expected["clock"]);
    }
}

fn cleaning_of(report: &CleanReport) -> Value {
    assert_eq!(report.rejected, 0);
    json!({
        "rows": report.rows,
        "kept": report.kept,
        "exact_duplicates": report.exact_duplicates,
        "conflicting_duplicates": report.conflicting_duplicates,
        "duplicated_times": report.duplicated_times,
        "out_of_order": report.out_of_order,
    })
}

fn kind(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Inside => "inside",
        GapKind::LateOpen => "late_open",
        GapKind::EarlyEnd => "early_end",
        GapKind::MissingSessions => "missing_sessions",
    }
}

fn gaps_of(report: &GapReport, days: &Coverage) -> Value {
    assert_eq!((report.off_grid, report.unlisted), (0, 0));
    let seconds = |at: atrium_shared::base::time::Timestamp| at.0 / 1_000_000;
    let mut lines = String::new();
    for gap in &report.gaps {
        let (from, to) = (seconds(gap.from), seconds(gap.to));
        writeln!(lines, "{} {from} {to} {}", kind(gap.kind), gap.bars).unwrap();
    }
    let mut longest: Vec<_> = report.gaps.iter().collect();
    longest.sort_by_key(|gap| (core::cmp::Reverse(gap.bars), gap.from));
    longest.truncate(5);
    let longest: Vec<Value> = longest
        .iter()
        .map(|gap| json!([kind(gap.kind), gap.from, gap.to, gap.bars]))
        .collect();
    let missing: Vec<String> = days
        .days
        .iter()
        .filter(|day| day.state == DayState::Missing)
        .map(|day| day.day.to_string())
        .collect();
    assert_eq!(missing.len(), report.missing_sessions as usize);
    json!({
        "sessions": report.sessions,
        "complete": report.complete,
        "partial": report.partial,
        "missing_sessions": missing,
        "expected": report.expected,
        "real": report.real,
        "counts": report.counts,
        "longest": longest,
        "sha256": sha256(&lines),
    })
}

fn extended_of(report: &GapReport, days: &Coverage) -> Value {
    let found = report.extended;
    let after_early_close: serde_json::Map<String, Value> = days
        .days
        .iter()
        .filter(|day| day.early_close && day.extended > 0)
        .map(|day| (day.day.to_string(), json!(day.extended)))
        .collect();
    json!({
        "before_open": found.before_open,
        "after_close": found.after_close,
        "no_session": found.no_session,
        "closing_prints": found.closing_prints,
        "days": found.days,
        "after_early_close": after_early_close,
    })
}

fn filled(bars: &Curated, schedule: &Schedule) -> Value {
    let (filled, report) = fill(bars, schedule, FillRule::default()).unwrap();
    assert_eq!(filled.real().as_ref(), bars.bars());
    json!({
        "gaps": report.gaps_filled,
        "bars": report.bars_added,
        "sha256": sha256(&canonical_text(&filled, true)),
    })
}

fn oddities(bars: &Curated, schedule: &Schedule) -> Value {
    let (report, _) = quality(bars, schedule, QualityRule::default(), None).unwrap();
    json!({
        "zero_range": report.zero_range,
        "zero_volume": report.zero_volume,
        "stale_runs": report.stale_runs,
        "stale_bars": report.stale_bars,
    })
}

fn by_clock(name: &str, bars: &Curated, expected: &Value) {
    for (rule, expected) in expected.as_object().unwrap() {
        let interval = if rule == "1D" { "1day" } else { rule };
        let how = Resampling {
            interval: interval.parse().unwrap(),
            align: Alignment::Clock,
            hours: Hours::All,
        };
        let (clock, report) = cut(bars, how, calendar(name)).unwrap();
        assert_eq!((report.left_out, report.folded), (0, 0));
        let ours = json!({
            "bars": clock.bars().len(),
            "sha256": sha256(&canonical_text(&clock, false)),
        });
        assert_eq!(&ours, expected, "{name} {rule}");
    }
}
