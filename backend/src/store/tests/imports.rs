//! Imports: streaming, merging, quarantine, changes of basis, filling.

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::actions::{ActionKind, Actions, PriceBasis};
use atrium_shared::market::bars::{BarColumns, Instrument};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{Curated, FillRule, fill};
use atrium_shared::market::intake::{Rejected, RowSink, Rows};
use atrium_shared::surface::api::{ImportDone, StoredRows};

use super::super::change::Change;
use super::super::write::now;
use super::bases::put;
use super::*;
use crate::testing::{bars, first};

/// How an import of a test is made.
#[derive(Clone)]
pub(super) struct Import<'a> {
    pub(super) symbol: &'a str,
    pub(super) file: &'a str,
    pub(super) minutes: u32,
    pub(super) fill: u32,
    pub(super) replace: bool,
    pub(super) basis: PriceBasis,
}

pub(super) const SPY: Import<'static> = Import {
    symbol: "SPY",
    file: "one",
    minutes: 1,
    fill: 0,
    replace: false,
    basis: PriceBasis::Raw,
};

pub(super) fn incoming(import: &Import<'_>) -> Incoming {
    let instrument = Instrument::us_share(import.symbol);
    Incoming {
        step_assumed: false,
        interval: BarInterval::minutes(import.minutes),
        simulated: false,
        source: format!("{}.csv", import.file),
        file: Some(SourceFile {
            sha256: import.file.to_owned(),
            bytes: 1,
        }),
        reading: None,
        detection: None,
        basis: import.basis,
        actions: None,
        fill: FillRule {
            max_fill_minutes: import.fill,
            ..FillRule::default()
        },
        closures: None,
        replace: import.replace,
        accept: false,
        instrument,
    }
}

pub(super) fn rows(bars: &BarSeries, from: usize, to: usize) -> Rows {
    let mut rows = Rows::default();
    for (index, (start, prices, volume)) in bars.rows().enumerate().take(to).skip(from) {
        rows.bars.push(start, prices, volume);
        rows.line.push(index as u64 + 2);
    }
    rows
}

pub(super) fn take(
    store: &Store,
    import: &Import<'_>,
    batches: Vec<Rows>,
) -> Result<ImportDone, StoreError> {
    match store.begin(incoming(import))? {
        Begun::Unchanged(again) => Ok(again.done),
        Begun::Writing(mut writer) => {
            for rows in batches {
                writer.rows(rows).unwrap();
            }
            writer.finish()
        }
    }
}

pub(super) fn scaled(bars: &BarSeries, factor: f64) -> BarSeries {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in bars.rows() {
        columns.push(start, prices.map(|price| price * factor), volume / factor);
    }
    BarSeries::new(bars.interval(), columns).unwrap()
}

#[test]
fn rows_in_any_order_become_sorted_bars_of_the_digest_that_shared_gives() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    // five months, last first, every batch twice
    let all = bars(150, 1);
    let step = 1_000;
    let mut batches = Vec::new();
    for from in (0..all.len()).step_by(step).rev() {
        batches.push(rows(&all, from, from + step));
        batches.push(rows(&all, from, from + step));
    }
    let done = take(&store, &SPY, batches).unwrap();
    assert_eq!(done.outcome, Outcome::Stored);
    assert_eq!(store.load("SPY-1min").unwrap().bars, all);
    assert_eq!(done.set.digest, all.digest().unwrap());
    let clean = &done.clean;
    assert_eq!(
        (clean.rows, clean.kept),
        (2 * all.len() as u64, all.len() as u64)
    );
    assert_eq!(clean.exact_duplicates, all.len() as u64);
    let batches = all.len().div_ceil(step) as u64;
    assert_eq!(clean.out_of_order, 2 * batches - 1);
    let (report, duplicated) = store.cleaning("SPY-1min").unwrap().unwrap();
    assert_eq!((&report, duplicated.as_slice()), (clean, all.start()));
    let detail = store.detail("SPY-1min").unwrap();
    assert_eq!(detail.imports.len(), 1);
    assert!(detail.imports[0].at <= now() && detail.bytes > 0);
    let raw = sandbox.base().join("data/SPY-1min/raw/0001");
    let mut names: Vec<String> = fs::read_dir(raw)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "2024-01.parquet",
            "2024-02.parquet",
            "2024-03.parquet",
            "2024-04.parquet",
            "2024-05.parquet",
            "duplicated.parquet",
            "import.json"
        ]
    );
}

#[test]
fn the_same_file_changes_nothing_and_an_overlap_says_what_it_changed() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(70, 1);
    let (half, late) = (all.len() / 2, all.len() / 3);
    take(&store, &SPY, vec![rows(&all, 0, half)]).unwrap();
    let before = sandbox.content();
    let again = take(&store, &SPY, vec![rows(&all, 0, half)]).unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    // another file with the same bars
    let copy = Import {
        file: "copy",
        ..SPY
    };
    let same = take(&store, &copy, vec![rows(&all, 0, half)]).unwrap();
    assert_eq!(
        (same.outcome, same.merge.unchanged),
        (Outcome::Unchanged, half as u64)
    );
    assert_eq!(sandbox.content(), before);
    // an overlap with one changed bar
    let mut more = rows(&all, late, all.len());
    more.bars.volume[5] += 1.0;
    let part = |name: &str| sandbox.base().join("data/SPY-1min/raw/0001").join(name);
    let first = fs::read(part("2024-01.parquet")).unwrap();
    let two = Import { file: "two", ..SPY };
    let done = take(&store, &two, vec![more]).unwrap();
    assert_eq!(done.outcome, Outcome::Merged);
    let merge = &done.merge;
    assert_eq!(
        (merge.kept, merge.unchanged, merge.changed, merge.added),
        (
            late as u64,
            (half - late - 1) as u64,
            1,
            (all.len() - half) as u64
        )
    );
    assert_eq!(merge.examples.len(), 1);
    assert_eq!(merge.examples[0].start, all.start()[late + 5]);
    let raised = all.volume()[late + 5] + 1.0;
    assert_eq!(merge.examples[0].received[4].to_bits(), raised.to_bits());
    let stored = store.load("SPY-1min").unwrap();
    assert_eq!(stored.bars.start(), all.start());
    assert_eq!(stored.bars.volume()[late + 5].to_bits(), raised.to_bits());
    // the first import is as it was, and still recognised
    assert_eq!(fs::read(part("2024-01.parquet")).unwrap(), first);
    assert_eq!(store.detail("SPY-1min").unwrap().imports.len(), 2);
    let before = sandbox.content();
    assert_eq!(
        take(&store, &SPY, Vec::new()).unwrap().outcome,
        Outcome::Unchanged
    );
    assert_eq!(sandbox.content(), before);
}

#[test]
fn rows_that_are_refused_go_to_the_quarantine_with_their_reason() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(3, 1);
    let Begun::Writing(mut writer) = store.begin(incoming(&SPY)).unwrap() else {
        panic!("nothing is stored")
    };
    writer.rows(rows(&all, 0, 100)).unwrap();
    let refused = |line: u64| Rejected {
        file: String::new(),
        line,
        reason: "high is \"n/a\", no number".to_owned(),
        text: "2024-01-02,1,n/a".to_owned(),
    };
    for line in 0..30 {
        writer.rejected(refused(line)).unwrap();
    }
    let mut bad = rows(&all, 100, 101);
    bad.bars.low[0] = -1.0;
    writer.rows(bad).unwrap();
    let done = writer.finish().unwrap();
    assert_eq!(
        (done.rejected, done.set.rejected, done.set.rows),
        (31, 31, 100)
    );
    assert_eq!(done.quarantine[0], refused(0));
    let path = sandbox.base().join("data/SPY-1min/raw/0001/quarantine.csv");
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "file,line,reason,text");
    assert_eq!(
        lines[1],
        ",0,\"high is \"\"n/a\"\", no number\",\"2024-01-02,1,n/a\""
    );
    assert!(
        lines[31].starts_with(",102,") && lines[31].contains("low is -1"),
        "{}",
        lines[31]
    );
    assert_eq!(lines.len(), 32);
}

#[test]
fn a_split_is_found_over_the_overlap_and_raw_prices_stay() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(40, 1);
    let half = all.len() / 2;
    take(&store, &SPY, vec![rows(&all, 0, half)]).unwrap();
    let old = store.load_curated("SPY-1min").unwrap().1;
    // the source now gives all on the basis after a split 10:1, with some bars before that were missing
    let adjusted = scaled(&all, 0.1);
    let two = Import {
        file: "two",
        basis: PriceBasis::Unstated,
        ..SPY
    };
    let late = half - 500;
    let done = take(&store, &two, vec![rows(&adjusted, late, all.len())]).unwrap();
    let action = done.rebase.expect("a split");
    assert!(
        matches!(action.kind, ActionKind::Split { ratio } if (ratio - 10.0).abs() < 1e-9),
        "{action}"
    );
    let last = Schedule::from(done.set.instrument.calendar)
        .calendar()
        .local_day(all.start()[half - 1]);
    assert!(action.first_day > last && action.first_day.0 <= last.0 + 4);
    assert_eq!(done.set.actions.list(), [action]);
    let (_, curated) = store.load_curated("SPY-1min").unwrap();
    // what was stored is untouched, what is new is on the new basis, and adjusted the two join
    assert_eq!(&curated.bars().close()[..half], old.bars().close());
    assert_eq!(curated.bars().close()[half..], adjusted.close()[half..]);
    let runs_on = store.load("SPY-1min").unwrap().bars;
    assert_eq!(runs_on.close(), curated.bars().close());
    let on_one_basis = curated.adjusted(done.set.instrument.calendar).unwrap();
    for (one, other) in on_one_basis.close().iter().zip(adjusted.close()) {
        assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
    }
    // a part of the history alone does not tell which basis is the later one
    let three = Import {
        file: "three",
        ..SPY
    };
    let refused = take(&store, &three, vec![rows(&scaled(&all, 0.5), 0, 300)]).unwrap_err();
    assert!(
        matches!(refused, StoreError::OtherBasis { .. }),
        "{refused}"
    );
    assert_eq!(store.load("SPY-1min").unwrap().bars, runs_on);
}

#[test]
fn short_gaps_are_filled_as_shared_fills_them_and_no_run_sees_it() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(70, 1);
    let keep = |index: usize| index % 50 > 4;
    let mut columns = BarColumns::default();
    for (index, (start, prices, volume)) in all.rows().enumerate() {
        if keep(index) {
            columns.push(start, prices, volume);
        }
    }
    let holes = BarSeries::new(all.interval(), columns).unwrap();
    let filled = Import { fill: 30, ..SPY };
    let done = take(&store, &filled, vec![rows(&holes, 0, usize::MAX)]).unwrap();
    let import = incoming(&filled);
    let usual = Schedule::from(import.instrument.calendar);
    let (expected, report) = fill(&Curated::plain(holes.clone()), &usual, import.fill).unwrap();
    let (card, curated) = store.load_curated("SPY-1min").unwrap();
    assert_eq!(curated, expected);
    assert_eq!(done.fill, report);
    assert!(report.bars_added > 1_000);
    assert_eq!(card.synthetic, report.bars_added);
    assert_eq!(card.digest, expected.digest().unwrap());
    assert_eq!(store.load("SPY-1min").unwrap().bars, holes);
    let rows = StoredRows::of(
        &curated,
        card.instrument.calendar,
        holes.start()[0],
        Timestamp(holes.start()[0].0 + 3_600_000_000),
    );
    assert!(rows.rows.iter().any(|row| row.synthetic) && !rows.more);
    // another rule, and none at all
    let none = Change {
        fill: Some(FillRule {
            max_fill_minutes: 0,
            ..FillRule::default()
        }),
        ..Change::default()
    };
    let (card, _) = store.change("SPY-1min", &none).unwrap();
    assert_eq!((card.synthetic, card.digest), (0, holes.digest().unwrap()));
    assert_eq!(
        store.load_curated("SPY-1min").unwrap().1,
        Curated::plain(holes)
    );
}

#[test]
fn what_does_not_fit_together_is_refused_and_nothing_changes() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(3, 1);
    take(&store, &SPY, vec![rows(&all, 0, 100)]).unwrap();
    let before = sandbox.content();
    let refused = |change: &dyn Fn(&mut Incoming)| {
        let mut other = incoming(&Import { file: "two", ..SPY });
        change(&mut other);
        store.begin(other).unwrap_err().to_string()
    };
    assert!(refused(&|it| it.simulated = true).contains("not merged"));
    let crypto = Instrument::crypto_pair("SPY").calendar;
    assert!(refused(&|it| it.instrument.calendar = crypto).contains("crypto calendar"));
    assert!(refused(&|it| it.instrument.symbol = "../x".to_owned()).contains("no symbol"));
    assert!(refused(&|it| it.instrument.tick_size = 0.0).contains("tick"));
    assert!(refused(&|it| it.instrument.currency = String::new()).contains("currency"));
    // one writer at a time; dropped, it leaves no trace
    let Begun::Writing(mut writer) = store
        .begin(incoming(&Import { file: "two", ..SPY }))
        .unwrap()
    else {
        panic!("it is another file")
    };
    writer.rows(rows(&all, 0, 200)).unwrap();
    assert!(refused(&|_| {}).contains("being written"));
    assert!(
        store
            .remove("SPY-1min")
            .unwrap_err()
            .to_string()
            .contains("being written")
    );
    drop(writer);
    assert_eq!(sandbox.content(), before);
    let empty = Import {
        file: "none",
        symbol: "NONE",
        ..SPY
    };
    assert!(matches!(
        take(&store, &empty, Vec::new()),
        Err(StoreError::Empty)
    ));
    assert_eq!(sandbox.content(), before);
}

#[test]
fn actions_and_instruments_change_without_touching_raw_rows() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(40, 1);
    take(&store, &SPY, vec![rows(&all, 0, usize::MAX)]).unwrap();
    let card = store.card("SPY-1min").unwrap();
    let raw = |content: std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>| {
        content
            .into_iter()
            .filter(|(path, _)| path.to_string_lossy().contains("/raw/"))
            .collect::<Vec<_>>()
    };
    let before = raw(sandbox.content());
    let day = Day(all.start()[0].utc_day().0 + 10);
    let split = atrium_shared::market::actions::CorporateAction {
        first_day: day,
        kind: ActionKind::Split { ratio: 4.0 },
    };
    let change = Change {
        actions: Some(Actions::new(vec![split]).unwrap()),
        ..Change::default()
    };
    let (changed, _) = store.change("SPY-1min", &change).unwrap();
    assert_ne!(changed.digest, card.digest);
    let curated = store.load_curated("SPY-1min").unwrap().1;
    assert_eq!(curated.bars(), &all);
    assert_eq!(store.load("SPY-1min").unwrap().bars, all);
    let adjusted = curated.adjusted(changed.instrument.calendar).unwrap();
    assert_eq!(
        adjusted.close()[0].to_bits(),
        (all.close()[0] * 0.25).to_bits()
    );
    assert_eq!(adjusted.close().last(), all.close().last());
    let calendar = changed.instrument.calendar;
    let rows = StoredRows::of(&curated, calendar, Timestamp::MIN, Timestamp::MAX);
    assert_eq!(
        (rows.rows[0].factor, rows.rows.len(), rows.more),
        (0.25, StoredRows::MOST, true)
    );
    let finer = Instrument {
        tick_size: 0.005,
        exchange: "ARCA".to_owned(),
        ..card.instrument.clone()
    };
    let change = Change {
        instrument: Some(finer.clone()),
        ..Change::default()
    };
    let (changed_again, _) = store.change("SPY-1min", &change).unwrap();
    assert_eq!(
        (changed_again.digest, &changed_again.instrument),
        (changed.digest, &finer)
    );
    assert_eq!(raw(sandbox.content()), before);
    // an import that is repeated is still recognised
    assert_eq!(
        take(&store, &SPY, Vec::new()).unwrap().outcome,
        Outcome::Unchanged
    );
    store.remove("SPY-1min").unwrap();
    let left: Vec<PathBuf> = sandbox.content().into_keys().collect();
    let data = sandbox.base().join("data");
    assert_eq!(left, [data.clone(), data.join("atrium.db")]);
}

/// Four-hour bars of a market that hardly closes, from a time on.
fn four_hours(from: &str, count: i64) -> BarSeries {
    let first: Timestamp = serde_json::from_str(&format!("\"{from}:00Z\"")).unwrap();
    let mut columns = BarColumns::default();
    for bar in 0..count {
        columns.push(first.plus_seconds(14_400 * bar), [10.0; 4], 1.0);
    }
    BarSeries::new(BarInterval::minutes(240), columns).unwrap()
}

#[test]
fn bars_that_overlap_over_the_end_of_a_month_are_seen() {
    let forex = |order: &mut Incoming| order.instrument.calendar = Calendar::Forex;
    // the last one, at 22:00 of 30 April, lasts until 2:00 of 1 May
    let april = four_hours("2024-04-01T02:00", 180);
    let may = four_hours("2024-05-01T00:00", 180);
    for (stored, received) in [(&april, &may), (&may, &april)] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        put(&store, &SPY, stored, forex).unwrap();
        let other = Import { file: "two", ..SPY };
        let done = put(&store, &other, received, forex).unwrap();
        assert_eq!((done.rejected, done.set.rows), (1, 359));
        let said = &done.quarantine[0].reason;
        assert!(said.contains("it overlaps the stored bar at"), "{said}");
    }
    // in one file
    let mut both = BarColumns::default();
    for (start, prices, volume) in april.rows().chain(may.rows()) {
        both.push(start, prices, volume);
    }
    let both = BarSeries::new(BarInterval::minutes(240), both).unwrap();
    let sandbox = Sandbox::new();
    let done = put(&sandbox.store(), &SPY, &both, forex).unwrap();
    let counts = (done.rejected, done.clean.overlapping, done.set.rows);
    assert_eq!(counts, (1, 1, 359));
}

#[test]
fn daily_bars_that_were_stored_with_other_stamps_are_merged_by_their_day() {
    let by_date = super::bases::daily();
    let stamped = |seconds: i64| {
        let mut columns = BarColumns::default();
        for (start, prices, volume) in by_date.rows() {
            columns.push(start.plus_seconds(seconds), prices, volume);
        }
        BarSeries::new(BarInterval::Day, columns).unwrap()
    };
    // half past nine in New York in summer, and its midnight by the summer's offset the whole year
    for seconds in [48_600, 14_400] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        let old = NewSet {
            instrument: Instrument::us_share("SPY"),
            bars: stamped(seconds),
            actions: Actions::default(),
            simulated: false,
            source: "an earlier version".to_owned(),
        };
        store.put(&old, false).unwrap();
        let part = first(&by_date, 100, BarInterval::Day);
        let done = put(&store, &SPY, &part, |_| {}).unwrap();
        let counts = (done.merge.unchanged, done.merge.kept, done.merge.added);
        assert_eq!(counts, (100, by_date.len() as u64 - 100, 0), "{seconds}");
        assert_eq!(store.load("SPY-1day").unwrap().bars, by_date);
    }
}

#[test]
fn a_file_that_another_version_of_the_reader_stored_is_read_again() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(4, 1);
    take(&store, &SPY, vec![rows(&all, 0, 300)]).unwrap();
    assert!(matches!(
        store.begin(incoming(&SPY)).unwrap(),
        Begun::Unchanged(_)
    ));
    let path = sandbox.base().join("data/SPY-1min/raw/0001/import.json");
    let mut card: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    // as before there were versions
    let record = card.as_object_mut().unwrap();
    assert!(record.remove("reader").is_some());
    fs::write(&path, serde_json::to_vec(&card).unwrap()).unwrap();
    let again = store.begin(incoming(&SPY)).unwrap();
    assert!(matches!(again, Begun::Writing(_)), "it is read again");
    drop(again);
    // that version took the rows for those of a day earlier, say
    let mended = rows(&all, 390, 690);
    let replacing = Import {
        replace: true,
        ..SPY
    };
    let done = take(&store, &replacing, vec![mended]).unwrap();
    assert_eq!(done.outcome, Outcome::Replaced);
    let stored = store.load("SPY-1min").unwrap().bars;
    assert_eq!(stored.start(), &all.start()[390..690]);
    assert!(matches!(
        store.begin(incoming(&SPY)).unwrap(),
        Begun::Unchanged(_)
    ));
}

#[test]
fn a_file_that_is_read_otherwise_than_before_is_asked_about() {
    use atrium_shared::market::intake::{DateOrder, Reading};
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(4, 1);
    let by = |order| {
        let reading = Reading {
            date_order: Some(order),
            ..Reading::detect(Calendar::Nyse)
        };
        Incoming {
            reading: Some(reading),
            ..incoming(&SPY)
        }
    };
    let write = |incoming: Incoming, from| match store.begin(incoming)? {
        Begun::Unchanged(again) => Ok(again.done),
        Begun::Writing(mut writer) => {
            writer.rows(rows(&all, from, from + 300)).unwrap();
            writer.finish()
        }
    };
    write(by(DateOrder::Month), 0).unwrap();
    let refused = write(by(DateOrder::Day), 390).unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("import 1") && said.contains("order of dates month then, day now"),
        "{said}"
    );
    assert!(refused.may_accept() && said.contains("--replace"), "{said}");
    assert_eq!(store.card("SPY-1min").unwrap().rows, 300);
    let mut replacing = by(DateOrder::Day);
    replacing.replace = true;
    assert_eq!(write(replacing, 390).unwrap().set.rows, 300);
    let mut accepted = by(DateOrder::Month);
    accepted.accept = true;
    assert_eq!(write(accepted, 0).unwrap().set.rows, 600);
}
