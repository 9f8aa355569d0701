//! A user's own closures: kept with a data set, and what gaps are filled by and held against.

use atrium_shared::base::time::Day;
use atrium_shared::market::bars::{BarColumns, Instrument};
use atrium_shared::market::calendar::{Calendar, Closures, Schedule};
use atrium_shared::market::curate::{Curated, FillRule, fill, gaps};
use atrium_shared::market::intake::RowSink;

use super::imports::{Import, SPY, incoming, rows, take};
use super::*;
use crate::testing::bars;

const FILLED: Import<'static> = Import { fill: 30, ..SPY };

/// Minutes with ten missing in each session, from 11:30 on.
fn holes(days: i32) -> BarSeries {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in bars(days, 1).rows() {
        let session = Calendar::Nyse.session(Calendar::Nyse.local_day(start));
        let minute = start.micros_since(session.unwrap().unwrap().open) / 60_000_000;
        if !(120..130).contains(&minute) {
            columns.push(start, prices, volume);
        }
    }
    BarSeries::new(BarInterval::minutes(1), columns).unwrap()
}

fn day_of(bars: &BarSeries, index: usize) -> Day {
    Calendar::Nyse.local_day(bars.start()[index])
}

/// The market closes at 11:00 on a day.
fn early(day: Day) -> Closures {
    Closures::parse(&format!("# mine\n{day},11:00,rest\n")).unwrap()
}

fn filled_by(bars: &BarSeries, closures: &Closures) -> Curated {
    let schedule = Schedule::new(Calendar::Nyse, closures.clone()).unwrap();
    let rule = FillRule {
        max_fill_minutes: 30,
        ..FillRule::default()
    };
    fill(&Curated::plain(bars.clone()), &schedule, rule)
        .unwrap()
        .0
}

fn set_closures(store: &Store, closures: &Closures) -> Result<Vec<DataSet>, StoreError> {
    store.describe("SPY", Some(closures), Instrument::clone)
}

#[test]
fn closures_are_kept_whole_and_gaps_are_filled_by_them_from_then_on() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = holes(20);
    let half = all.len() / 2;
    let none = take(&store, &FILLED, vec![rows(&all, 0, half)])
        .unwrap()
        .set;
    let path = sandbox.base().join("data/SPY-1min/closures.csv");
    assert!(!path.exists() && none.synthetic > 0);
    let own = early(day_of(&all, 0));
    let with = &set_closures(&store, &own).unwrap()[0];
    assert_eq!(with.synthetic, none.synthetic - 10);
    assert_eq!(fs::read_to_string(&path).unwrap(), own.text());
    let curated = |name: &str| store.load_curated(name).unwrap().1;
    let part = first(&all, half, BarInterval::minutes(1));
    assert_eq!(curated("SPY-1min"), filled_by(&part, &own));
    // it is what is told, and the same again changes nothing
    let before = sandbox.content();
    assert_eq!(store.schedule("SPY-1min").unwrap().closures(), &own);
    assert_eq!(store.closures_of_symbol("SPY").unwrap(), own);
    assert_eq!(store.detail("SPY-1min").unwrap().closures, own.text());
    set_closures(&store, &own).unwrap();
    take(&store, &FILLED, vec![rows(&all, 0, half)]).unwrap();
    assert_eq!(sandbox.content(), before);
    // later bars, another instrument's words, a replacement and another interval: all are filled by them
    let two = Import {
        file: "two",
        ..FILLED
    };
    take(&store, &two, vec![rows(&all, half, all.len())]).unwrap();
    assert_eq!(curated("SPY-1min"), filled_by(&all, &own));
    let described = store.describe("SPY", None, |it| Instrument {
        exchange: "ARCA".to_owned(),
        ..it.clone()
    });
    assert_eq!(
        described.unwrap()[0].digest,
        curated("SPY-1min").digest().unwrap()
    );
    assert_eq!(store.closures("SPY-1min").unwrap(), own);
    let replace = Import {
        file: "three",
        replace: true,
        ..FILLED
    };
    take(&store, &replace, vec![rows(&all, 0, half)]).unwrap();
    assert_eq!(curated("SPY-1min"), filled_by(&part, &own));
    let mut fives = incoming(&Import {
        file: "five",
        minutes: 5,
        ..FILLED
    });
    fives.instrument.exchange.clear();
    let Begun::Writing(mut writer) = store.begin(fives).unwrap() else {
        panic!("nothing is stored")
    };
    let coarse = first(&all, 40, BarInterval::minutes(5));
    let mut every_fifth = BarColumns::default();
    for (index, (start, prices, volume)) in coarse.rows().enumerate() {
        every_fifth.push(start.plus_seconds(240 * index as i64), prices, volume);
    }
    let coarse = BarSeries::new(BarInterval::minutes(5), every_fifth).unwrap();
    writer.rows(rows(&coarse, 0, 40)).unwrap();
    writer.finish().unwrap();
    assert_eq!(store.closures("SPY-5min").unwrap(), own);
    // taken away, they are gone everywhere
    let changed = set_closures(&store, &Closures::default()).unwrap();
    assert_eq!((changed.len(), changed[0].digest), (2, none.digest));
    assert!(!path.exists());
    assert_eq!(store.detail("SPY-1min").unwrap().closures, "");
}

#[test]
fn an_import_brings_closures_and_the_same_file_with_others_is_no_repetition() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = holes(5);
    let own = early(day_of(&all, 0));
    let import = |closures: &Closures| {
        let mut order = incoming(&FILLED);
        order.closures = Some(closures.clone());
        match store.begin(order).unwrap() {
            Begun::Unchanged(again) => again.done,
            Begun::Writing(mut writer) => {
                writer.rows(rows(&all, 0, all.len())).unwrap();
                writer.finish().unwrap()
            }
        }
    };
    assert_eq!(import(&own).outcome, Outcome::Stored);
    let curated = || store.load_curated("SPY-1min").unwrap().1;
    assert_eq!(curated(), filled_by(&all, &own));
    assert_eq!(import(&own).outcome, Outcome::Unchanged);
    let other = early(day_of(&all, 400));
    assert_eq!(import(&other).outcome, Outcome::Merged);
    assert_eq!(curated(), filled_by(&all, &other));
    assert_eq!(store.closures("SPY-1min").unwrap(), other);
    // also where they change no bar, what is expected changes
    let closed = Closures::parse(&format!("{},closed", day_of(&all, all.len() - 1))).unwrap();
    assert_ne!(import(&closed).outcome, Outcome::Unchanged);
    let report = |schedule: &Schedule| gaps(&curated(), schedule).unwrap();
    let told = store.quality("SPY-1min", None).unwrap().1.gaps;
    assert_eq!(told, report(&store.schedule("SPY-1min").unwrap()));
    assert_ne!(
        told.expected,
        report(&Schedule::from(Calendar::Nyse)).expected
    );
}

#[test]
fn closures_that_a_calendar_cannot_have_change_nothing_and_damaged_ones_are_told() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = holes(5);
    take(&store, &FILLED, vec![rows(&all, 0, all.len())]).unwrap();
    let before = sandbox.content();
    let late = Closures::parse("2024-01-03\n2036-01-02").unwrap();
    let refused = message(set_closures(&store, &late));
    for said in ["SPY-1min", "line 2", "nyse calendar", "--no-closures"] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let mut order = incoming(&Import {
        file: "two",
        ..FILLED
    });
    order.closures = Some(late);
    assert!(message(store.begin(order).map(drop)).contains("line 2"));
    assert_eq!(sandbox.content(), before);
    // they fit a market of other hours no more
    let own = early(day_of(&all, 0));
    set_closures(&store, &own).unwrap();
    let evening = Closures::parse("2024-01-03,17:30").unwrap();
    set_closures(&store, &evening).unwrap();
    let forex = |it: &Instrument| Instrument {
        calendar: Calendar::Forex,
        ..it.clone()
    };
    let refused = message(store.describe("SPY", None, forex));
    assert!(refused.contains("forex calendar"), "{refused}");
    assert_eq!(
        store.card("SPY-1min").unwrap().instrument.calendar,
        Calendar::Nyse
    );
    // a file that somebody damaged: said by who needs it, and mended by giving others
    let path = sandbox.base().join("data/SPY-1min/closures.csv");
    fs::write(&path, "2024-01-03\nsoon\n").unwrap();
    for refused in [
        message(store.schedule("SPY-1min")),
        message(store.quality("SPY-1min", None)),
        message(store.describe("SPY", None, Instrument::clone)),
    ] {
        assert!(
            refused.contains("closures.csv, line 2") && refused.contains("--closures FILE"),
            "{refused}"
        );
    }
    assert!(store.load("SPY-1min").is_ok());
    set_closures(&store, &own).unwrap();
    assert_eq!(store.closures("SPY-1min").unwrap(), own);
}
