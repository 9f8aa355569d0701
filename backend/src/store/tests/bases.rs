//! On which basis prices come, and what may be merged.

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::actions::{
    ActionKind, Actions, CorporateAction, PriceBasis, factors_at,
};
use atrium_shared::market::bars::{BarColumns, Instrument};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::Conversion;
use atrium_shared::market::intake::{Rejected, RowSink, Rows};
use atrium_shared::surface::api::ImportDone;

use super::imports::{Import, SPY, incoming, rows, scaled};
use super::*;
use crate::testing::bars;

pub(super) const UNSTATED: Import<'static> = Import {
    basis: PriceBasis::Unstated,
    ..SPY
};

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn split(first_day: &str, ratio: f64) -> Actions {
    Actions::new(vec![CorporateAction {
        first_day: day(first_day),
        kind: ActionKind::Split { ratio },
    }])
    .unwrap()
}

pub(super) fn series(
    interval: BarInterval,
    rows: impl IntoIterator<Item = (Timestamp, f64)>,
) -> BarSeries {
    let mut columns = BarColumns::default();
    for (start, close) in rows {
        let prices = [close, close + 1.0, close - 1.0, close + 0.5];
        columns.push(start, prices, 1_000.0);
    }
    BarSeries::new(interval, columns).unwrap()
}

/// Daily bars of the sessions of 2020, as traded: a split 4:1 on 1 June.
pub(super) fn daily() -> BarSeries {
    let price = |index: usize| 400.0 + (index * 7 % 31) as f64 + (index % 9) as f64 / 4.0;
    let split = day("2020-06-01");
    let from = day("2020-01-02");
    let sessions = (from.0..from.0 + 300)
        .map(Day)
        .filter(|&day| Calendar::Nyse.session(day).unwrap().is_some());
    let rows = sessions.enumerate().map(|(index, day)| {
        let ratio = if day < split { 1.0 } else { 4.0 };
        (day.midnight_utc(), price(index) / ratio)
    });
    series(BarInterval::Day, rows)
}

/// The same bars adjusted for actions, rounded to four decimals as vendors do.
pub(super) fn adjusted(raw: &BarSeries, actions: &Actions) -> BarSeries {
    let bases = actions.bases(Calendar::Nyse, raw.interval());
    let mut columns = BarColumns::default();
    for (start, prices, volume) in raw.rows() {
        let (factor, split) = factors_at(&bases, start);
        let round = |price: f64| (price * factor * 10_000.0).round() / 10_000.0;
        columns.push(start, prices.map(round), volume / split);
    }
    BarSeries::new(raw.interval(), columns).unwrap()
}

pub(super) fn count_to(bars: &BarSeries, end: &str) -> usize {
    let end = day(end).midnight_utc();
    bars.start().partition_point(|&start| start < end)
}

pub(super) fn put(
    store: &Store,
    import: &Import<'_>,
    bars: &BarSeries,
    change: impl Fn(&mut Incoming),
) -> Result<ImportDone, StoreError> {
    let mut order = incoming(import);
    order.interval = bars.interval();
    change(&mut order);
    match store.begin(order)? {
        Begun::Unchanged(again) => Ok(again.done),
        Begun::Writing(mut writer) => {
            let all = rows(bars, 0, bars.len());
            // a writer that refuses rows says why at its end
            let _ = writer.rows(all);
            writer.finish()
        }
    }
}

pub(super) fn named<'a>(file: &'a str, basis: PriceBasis) -> Import<'a> {
    Import { file, basis, ..SPY }
}

pub(super) fn assert_raw(store: &Store, name: &str, raw: &BarSeries) {
    let stored = store.load(name).unwrap().bars;
    assert_eq!(stored.start(), raw.start());
    for (one, other) in stored.close().iter().zip(raw.close()) {
        assert!((one / other - 1.0).abs() < 1e-5, "{one} {other}");
    }
    for (one, other) in stored.volume().iter().zip(raw.volume()) {
        assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
    }
}

#[test]
fn full_downloads_after_a_split_leave_history_raw() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let raw = daily();
    let vendor = adjusted(&raw, &split("2020-06-01", 4.0));
    let (may, august, october) = (
        count_to(&raw, "2020-05-30"),
        count_to(&raw, "2020-09-01"),
        raw.len(),
    );
    let part = |bars: &BarSeries, count| first(bars, count, BarInterval::Day);
    put(
        &store,
        &named("v1", PriceBasis::Unstated),
        &part(&raw, may),
        |_| {},
    )
    .unwrap();
    let v2 = put(
        &store,
        &named("v2", PriceBasis::Unstated),
        &part(&vendor, august),
        |_| {},
    );
    // dated with the session after the last stored bar, Friday 2020-05-29
    let v2 = v2.unwrap();
    assert_eq!(v2.set.actions, split("2020-06-01", 4.0));
    let converted = |bars: u64| Conversion {
        before: day("2020-06-01"),
        prices: 4.0,
        volumes: 0.25,
        bars,
    };
    assert_eq!(v2.merge.converted, [converted(may as u64)]);
    assert_raw(&store, "SPY-1day", &part(&raw, august));
    for file in ["v3", "v4"] {
        let done = put(&store, &named(file, PriceBasis::Unstated), &vendor, |_| {}).unwrap();
        assert_eq!((done.merge.changed, done.rebase), (0, None));
        assert_eq!(done.merge.converted, [converted(may as u64)]);
        assert_eq!(done.set.actions, split("2020-06-01", 4.0));
        assert_raw(&store, "SPY-1day", &part(&raw, october));
    }
}

#[test]
fn all_common_minutes_are_compared_not_the_last_ones() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    // more than fifty thousand bars after the split
    let adjusted = bars(300, 1);
    // in the midst of a session, whose rest is before the split too
    let at = adjusted.len() / 4 / 390 * 390 + 150;
    let day = |start: Timestamp| Calendar::Nyse.local_day(start);
    let last = day(adjusted.start()[at - 1]);
    let next = adjusted
        .start()
        .partition_point(|&start| day(start) <= last);
    assert!(next > at);
    let until = adjusted.start()[next];
    let mut columns = BarColumns::default();
    for (start, prices, volume) in adjusted.rows() {
        let (price, traded) = if start < until {
            (10.0, 0.1)
        } else {
            (1.0, 1.0)
        };
        columns.push(start, prices.map(|it| it * price), volume * traded);
    }
    let raw = BarSeries::new(adjusted.interval(), columns).unwrap();
    let minutes = BarInterval::minutes(1);
    put(&store, &UNSTATED, &first(&raw, at, minutes), |_| {}).unwrap();
    let most = adjusted.len() - 100;
    assert!(most - at > 50_000);
    let two = named("two", PriceBasis::Unstated);
    let done = put(&store, &two, &first(&adjusted, most, minutes), |_| {}).unwrap();
    assert!(done.rebase.is_some());
    let three = named("three", PriceBasis::Unstated);
    let done = put(&store, &three, &adjusted, |_| {}).unwrap();
    assert_eq!((done.merge.changed, done.set.actions.list().len()), (0, 1));
    assert_raw(&store, "SPY-1min", &raw);
}

#[test]
fn a_split_that_is_known_is_not_found_again() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let raw = daily();
    let known = split("2020-06-01", 4.0);
    let vendor = adjusted(&raw, &known);
    let may = first(&raw, count_to(&raw, "2020-05-15"), BarInterval::Day);
    put(&store, &named("v1", PriceBasis::Raw), &may, |it| {
        it.actions = Some(known.clone())
    })
    .unwrap();
    let done = put(&store, &named("v2", PriceBasis::Unstated), &vendor, |_| {}).unwrap();
    assert_eq!((done.rebase, &done.set.actions), (None, &known));
    assert_raw(&store, "SPY-1day", &raw);
    assert_eq!(done.set.basis, PriceBasis::Raw);
}

#[test]
fn nothing_but_shares_is_split_and_one_bar_is_a_correction() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let crypto = |it: &mut Incoming| {
        it.instrument = Instrument::crypto_pair("SPY");
    };
    let minute = |index: i64| Timestamp::from_seconds(1_600_000_000 + index * 60);
    let minutes = BarInterval::minutes(1);
    let flat = |from: i64, count: i64, price: f64| {
        let mut columns = BarColumns::default();
        for index in from..from + count {
            columns.push(minute(index), [price; 4], 1.0);
        }
        BarSeries::new(minutes, columns).unwrap()
    };
    put(&store, &UNSTATED, &flat(0, 50, 100.0), crypto).unwrap();
    let two = named("two", PriceBasis::Unstated);
    let done = put(&store, &two, &flat(49, 20, 100.3), crypto).unwrap();
    assert_eq!((done.rebase, done.merge.changed), (None, 1));
    assert!(done.set.actions.is_empty());
    // a constant ratio over many bars is no split of a coin, and no correction either
    let before = sandbox.content();
    let walk = |ratio: f64, count: i64| {
        let rows = (0..count).map(|at| (minute(1_000 + at), ratio * (100 + at % 13) as f64));
        let mut columns = BarColumns::default();
        rows.for_each(|(start, price)| columns.push(start, [price; 4], 1.0));
        BarSeries::new(minutes, columns).unwrap()
    };
    put(
        &store,
        &named("three", PriceBasis::Unstated),
        &walk(1.0, 60),
        crypto,
    )
    .unwrap();
    let after = sandbox.content();
    assert_ne!(before, after);
    let four = named("four", PriceBasis::Unstated);
    let refused = message(put(&store, &four, &walk(0.5, 80), crypto));
    assert!(refused.contains("60 of the 60 bars"), "{refused}");
    assert_eq!(sandbox.content(), after);
}

#[test]
fn a_history_that_drifted_is_refused_with_what_differs() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let raw = daily();
    let april = day("2020-02-05").midnight_utc();
    let mut columns = BarColumns::default();
    for (start, prices, volume) in raw.rows() {
        let factor = if start < april { 0.95 } else { 1.0 };
        columns.push(start, prices.map(|price| price * factor), volume);
    }
    let drifted = BarSeries::new(raw.interval(), columns).unwrap();
    let may = first(&raw, count_to(&raw, "2020-05-15"), BarInterval::Day);
    put(&store, &UNSTATED, &may, |_| {}).unwrap();
    let before = sandbox.content();
    let two = named("two", PriceBasis::Unstated);
    let refused = message(put(&store, &two, &drifted, |_| {}));
    for said in [
        "SPY-1day",
        "differ in price",
        "0.950000",
        "2020-01-02",
        "--replace",
        "factors import",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    assert_eq!(sandbox.content(), before);
    let replace = Import {
        replace: true,
        ..two
    };
    assert_eq!(
        put(&store, &replace, &drifted, |_| {}).unwrap().outcome,
        Outcome::Replaced
    );
}

pub(super) fn adjust(
    store: &Store,
    actions: &Actions,
    replace: bool,
) -> Result<Vec<Actions>, StoreError> {
    let changed = store.adjust::<StoreError>("SPY", replace, false, |_| Ok(actions.clone()))?;
    Ok(changed.into_iter().map(|set| set.actions).collect())
}

#[test]
fn what_a_stated_basis_covers_is_not_adjusted_for_again() {
    let raw = daily();
    let dividend = CorporateAction {
        first_day: day("2020-03-02"),
        kind: ActionKind::Dividend { factor: 0.95 },
    };
    let given = split("2020-06-01", 4.0).joined(&Actions::new(vec![dividend]).unwrap());
    let vendor = adjusted(&raw, &split("2020-06-01", 4.0));
    for (basis, bars, kept) in [
        (PriceBasis::Raw, &raw, 2),
        (PriceBasis::Unstated, &raw, 2),
        (PriceBasis::Splits, &vendor, 1),
        (PriceBasis::SplitsAndDividends, &vendor, 0),
    ] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        put(&store, &named("v1", basis), bars, |_| {}).unwrap();
        for replace in [false, true] {
            let actions = adjust(&store, &given, replace).unwrap();
            assert_eq!(actions[0].list().len(), kept, "{basis:?}");
        }
    }
    // prices of which nothing is stated, and which do not jump
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &named("v1", PriceBasis::Unstated), &vendor, |_| {}).unwrap();
    let before = sandbox.content();
    let refused = message(adjust(&store, &given, false));
    assert!(
        refused.contains("do not jump at the split 4:1 on 2020-06-01")
            && refused.contains("--basis splits"),
        "{refused}"
    );
    // an amount that was given for a factor, of which prices know nothing
    let amount = CorporateAction {
        kind: ActionKind::Dividend { factor: 0.75 },
        ..dividend
    };
    let amount = Actions::new(vec![amount]).unwrap();
    let refused = message(adjust(&store, &amount, false));
    let words = "do not jump at the dividend, factor 0.75, on 2020-03-02";
    assert!(
        refused.contains(words) && refused.contains("its value is an amount"),
        "{refused}"
    );
    assert_eq!(sandbox.content(), before);
}

#[test]
fn bases_that_were_stated_and_differ_are_not_merged() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let raw = daily();
    let vendor = adjusted(&raw, &split("2020-06-01", 4.0));
    let half = first(&vendor, 100, BarInterval::Day);
    let stated = PriceBasis::SplitsAndDividends;
    put(&store, &named("v1", stated), &half, |_| {}).unwrap();
    let before = sandbox.content();
    let refused = message(put(&store, &named("v2", PriceBasis::Raw), &vendor, |_| {}));
    assert!(refused.contains("stated as adjusted for splits and dividends, these as raw"));
    assert_eq!(sandbox.content(), before);
    // the same file again, with another basis: what was stated last counts
    let again = Import {
        replace: true,
        ..named("v1", PriceBasis::Splits)
    };
    let done = put(&store, &again, &half, |_| {}).unwrap();
    assert_eq!(
        (done.outcome, done.set.basis),
        (Outcome::Replaced, PriceBasis::Splits)
    );
    assert_eq!(store.card("SPY-1day").unwrap().basis, PriceBasis::Splits);
    let done = put(&store, &again, &half, |_| {}).unwrap();
    assert_eq!(done.outcome, Outcome::Unchanged);
    // what nothing is stated of, and no common bar tells
    let late = {
        let mut columns = BarColumns::default();
        for (start, prices, volume) in vendor.rows().skip(120) {
            columns.push(start, prices, volume);
        }
        BarSeries::new(BarInterval::Day, columns).unwrap()
    };
    let refused = message(put(
        &store,
        &named("v3", PriceBasis::Unstated),
        &late,
        |_| {},
    ));
    assert!(refused.contains("state --basis"), "{refused}");
    let done = put(&store, &named("v3", PriceBasis::Splits), &late, |_| {}).unwrap();
    assert_eq!(done.outcome, Outcome::Merged);
    assert_eq!(done.set.basis, PriceBasis::Splits);
}

#[test]
fn bars_before_a_known_action_need_a_basis_that_something_tells() {
    let raw = daily();
    let known = split("2020-06-01", 4.0);
    let vendor = adjusted(&raw, &known);
    let from = count_to(&raw, "2020-07-01");
    let mut columns = BarColumns::default();
    for (start, prices, volume) in raw.rows().skip(from) {
        columns.push(start, prices, volume);
    }
    let late = BarSeries::new(BarInterval::Day, columns).unwrap();
    let early = |bars: &BarSeries| first(bars, from, BarInterval::Day);
    for (basis, bars) in [(PriceBasis::Raw, &raw), (PriceBasis::Splits, &vendor)] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        let known = |it: &mut Incoming| it.actions = Some(known.clone());
        put(&store, &UNSTATED, &late, known).unwrap();
        let unsaid = named("v2", PriceBasis::Unstated);
        let refused = message(put(&store, &unsaid, &early(bars), |_| {}));
        assert!(refused.contains("state it: --basis"), "{refused}");
        put(&store, &named("v2", basis), &early(bars), |_| {}).unwrap();
        assert_raw(&store, "SPY-1day", &raw);
    }
}

#[test]
fn refused_rows_are_kept_although_the_bars_are_known() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(3, 1);
    put(&store, &SPY, &all, |_| {}).unwrap();
    let bad = || Rejected {
        file: String::new(),
        line: 7,
        reason: "no number".to_owned(),
        text: "x".to_owned(),
    };
    let two = Import { file: "two", ..SPY };
    let Begun::Writing(mut writer) = store.begin(incoming(&two)).unwrap() else {
        panic!("another file")
    };
    writer.rows(rows(&all, 0, all.len())).unwrap();
    writer.rejected(bad()).unwrap();
    let done = writer.finish().unwrap();
    assert_eq!(
        (done.outcome, done.rejected, done.set.rejected),
        (Outcome::Merged, 1, 1)
    );
    let path = store.quarantine("SPY-1min", 2).unwrap();
    assert!(fs::read_to_string(path).unwrap().contains("no number"));
    // again: nothing new, and the quarantine of its own import is named, not that of the last
    let three = Import {
        file: "three",
        ..SPY
    };
    let changed = scaled(&first(&all, 1, BarInterval::minutes(1)), 1.01);
    put(&store, &three, &changed, |it| it.accept = true).unwrap();
    let Begun::Unchanged(again) = store.begin(incoming(&two)).unwrap() else {
        panic!("imported before")
    };
    assert_eq!((again.import, again.changed_since), (2, 1));
    let Begun::Unchanged(again) = store.begin(incoming(&three)).unwrap() else {
        panic!("imported before")
    };
    assert_eq!((again.import, again.changed_since), (3, 0));
}

#[test]
fn bars_with_spreads_and_without_are_not_mixed() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(40, 1);
    put(&store, &SPY, &first(&all, 100, all.interval()), |_| {}).unwrap();
    let before = sandbox.content();
    let quoted = |from, to| {
        let mut rows: Rows = rows(&all, from, to);
        rows.spread = vec![0.02; rows.len()];
        rows
    };
    let two = Import { file: "two", ..SPY };
    let take = |batches: Vec<Rows>| {
        let Begun::Writing(mut writer) = store.begin(incoming(&two)).unwrap() else {
            panic!("another file")
        };
        for rows in batches {
            let _ = writer.rows(rows);
        }
        message(writer.finish())
    };
    // also where no month is common to both
    for batches in [
        vec![quoted(50, 200)],
        vec![quoted(all.len() - 10, all.len())],
        vec![quoted(0, 10), rows(&all, 10, 20)],
    ] {
        let refused = take(batches);
        assert!(refused.contains("a spread for each bar"), "{refused}");
    }
    assert_eq!(sandbox.content(), before);
}
