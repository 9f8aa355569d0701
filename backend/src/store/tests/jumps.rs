//! Whether prices jump where they are adjusted, and what is asked where they do not fit.

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::actions::{
    ActionKind, Actions, CorporateAction, PriceBasis, parse_actions,
};
use atrium_shared::market::bars::BarColumns;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::OffenderKind;
use atrium_shared::surface::api::ImportDone;

use super::bases::{UNSTATED, adjusted, assert_raw, count_to, daily, day, named, put, split};
use super::imports::{Import, SPY};
use super::*;

pub(super) const TRUE_DAY: &str = "2020-06-01";

pub(super) fn unstated(file: &str) -> Import<'_> {
    named(file, PriceBasis::Unstated)
}

/// The bars of a series from one date on and before another.
pub(super) fn part(bars: &BarSeries, from: &str, to: &str) -> BarSeries {
    let (from, to) = (day(from).midnight_utc(), day(to).midnight_utc());
    let mut columns = BarColumns::default();
    let rows = bars.rows().filter(|row| from <= row.0 && row.0 < to);
    for (start, prices, volume) in rows {
        columns.push(start, prices, volume);
    }
    BarSeries::new(bars.interval(), columns).unwrap()
}

/// The bars of a series with other prices and volumes.
pub(super) fn changed(
    bars: &BarSeries,
    change: impl Fn(usize, [f64; 4], f64) -> ([f64; 4], f64),
) -> BarSeries {
    let mut columns = BarColumns::default();
    for (index, (start, prices, volume)) in bars.rows().enumerate() {
        let (prices, volume) = change(index, prices, volume);
        columns.push(start, prices, volume);
    }
    BarSeries::new(bars.interval(), columns).unwrap()
}

/// Seven bars of each session of daily ones, rising a little.
pub(super) fn hourly(days: &BarSeries) -> BarSeries {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in days.rows() {
        let session = Calendar::Nyse.session(start.utc_day()).unwrap().unwrap();
        for hour in 0..7 {
            let at = session.open.plus_seconds(3_600 * hour);
            if at < session.close {
                let moved = 1.0 + hour as f64 / 1_000.0;
                columns.push(at, prices.map(|price| price * moved), volume);
            }
        }
    }
    BarSeries::new(BarInterval::minutes(60), columns).unwrap()
}

pub(super) fn give(
    store: &Store,
    actions: &Actions,
    accept: bool,
) -> Result<Vec<ImportedActions>, StoreError> {
    let sets = store.adjust::<StoreError>("SPY", false, accept, |_| Ok(actions.clone()))?;
    Ok(sets
        .into_iter()
        .map(|set| (set.name, set.actions))
        .collect())
}

pub(super) type ImportedActions = (String, Actions);

/// The largest change of the adjusted close from bar to bar.
pub(super) fn largest_return(store: &Store, name: &str) -> f64 {
    let (_, curated) = store.load_curated(name).unwrap();
    let bars = curated.into_adjusted(Calendar::Nyse).unwrap();
    let pairs = bars.close().iter().zip(&bars.close()[1..]);
    let returns = pairs.map(|(one, next)| (next / one - 1.0).abs());
    returns.fold(0.0, |most: f64, it| if it > most { it } else { most })
}

#[test]
fn the_last_stored_session_alone_tells_a_split() {
    let raw = daily();
    let vendor = adjusted(&raw, &split(TRUE_DAY, 4.0));
    let until_august = part(&raw, "2020-01-01", "2020-09-01");
    for (name, interval, one, all, tail) in [
        (
            "SPY-1day",
            BarInterval::Day,
            part(&raw, "2020-01-01", TRUE_DAY),
            until_august.clone(),
            part(&vendor, "2020-05-29", "2020-09-01"),
        ),
        (
            "SPY-60min",
            BarInterval::minutes(60),
            hourly(&part(&raw, "2020-01-01", TRUE_DAY)),
            hourly(&until_august),
            hourly(&part(&vendor, "2020-05-29", "2020-09-01")),
        ),
    ] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        put(&store, &UNSTATED, &one, |_| {}).unwrap();
        let done = put(&store, &unstated("tail"), &tail, |_| {}).unwrap();
        assert_eq!(done.set.interval, interval);
        if interval == BarInterval::Day {
            assert_eq!(done.set.actions, split(TRUE_DAY, 4.0));
            assert_eq!(done.merge.changed, 0);
            assert_raw(&store, name, &all);
        }
        assert!(largest_return(&store, name) < 0.2);
    }
}

#[test]
fn a_common_bar_far_away_is_never_a_correction() {
    let raw = daily();
    let stored = part(&raw, "2020-01-01", "2020-04-01");
    let tail = part(&raw, "2020-03-31", "2020-05-01");
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &UNSTATED, &stored, |_| {}).unwrap();
    let before = sandbox.content();
    for (ratio, part) in [
        (4.0, "by a constant ratio of 0.25"),
        (1.37, "1 of the 1 bars"),
    ] {
        // a bar that is wrong where the ones after it are right is no split either
        let wrong = changed(&tail, |index, prices, volume| match index {
            0 => (prices.map(|price| price / ratio), volume),
            _ => (prices, volume),
        });
        let two = format!("two {ratio}");
        let refused = put(&store, &unstated(&two), &wrong, |_| {}).unwrap_err();
        let said = refused.to_string();
        assert!(refused.may_accept() && said.contains(part), "{said}");
        assert!(
            said.contains("--accept") && said.contains("--replace"),
            "{said}"
        );
        assert_eq!(sandbox.content(), before);
    }
}

#[test]
fn corrections_are_taken_and_a_week_at_one_ratio_is_asked_about() {
    let raw = daily();
    let stored = part(&raw, "2020-01-01", "2020-05-30");
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &UNSTATED, &stored, |_| {}).unwrap();
    let higher = |count: usize| {
        move |index: usize, [open, high, low, close]: [f64; 4], volume: f64| {
            let high = if index < count { high + 3.0 } else { high };
            ([open, high, low, close], volume)
        }
    };
    // highs of two of nineteen, and of all of two
    for (file, from, to) in [
        ("two", "2020-05-04", "2020-05-30"),
        ("three", "2020-04-01", "2020-04-03"),
    ] {
        let file = unstated(file);
        let done = put(
            &store,
            &file,
            &changed(&part(&raw, from, to), higher(2)),
            |_| {},
        );
        let done = done.unwrap();
        assert_eq!((done.merge.changed, done.rebase), (2, None));
    }
    let week = part(&raw, "2020-03-02", "2020-03-07");
    let week = changed(&week, |_, prices, volume| {
        (prices.map(|price| (price * 101.0).round() / 100.0), volume)
    });
    let before = sandbox.content();
    let file = unstated("week");
    let refused = put(&store, &file, &week, |_| {}).unwrap_err();
    let said = refused.to_string();
    for part in ["5 of the 5 bars", "open in 5", "by one ratio", "--accept"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(refused.may_accept());
    assert_eq!(sandbox.content(), before);
    let done = put(&store, &file, &week, |it| it.accept = true).unwrap();
    assert_eq!((done.outcome, done.merge.changed), (Outcome::Merged, 5));
    let bars = store.load("SPY-1day").unwrap().bars;
    let at = count_to(&bars, "2020-03-02");
    assert_eq!(bars.close()[at..at + 5], *week.close());
    // the rows received before are still there
    assert_eq!(store.detail("SPY-1day").unwrap().imports.len(), 4);
}

#[test]
fn a_given_day_takes_the_place_of_a_found_one() {
    let raw = daily();
    let vendor = adjusted(&raw, &split(TRUE_DAY, 4.0));
    let august = part(&vendor, "2020-01-01", "2020-09-01");
    for basis in [PriceBasis::Unstated, PriceBasis::Raw] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        let early = part(&raw, "2020-01-01", "2020-05-15");
        put(&store, &named("v0", basis), &early, |_| {}).unwrap();
        put(&store, &unstated("v2"), &august, |_| {}).unwrap();
        let found = split("2020-05-15", 4.0);
        assert_eq!(store.card("SPY-1day").unwrap().actions, found);
        let given = split(TRUE_DAY, 4.0);
        let actions = give(&store, &given, false).unwrap();
        assert_eq!(actions, [("SPY-1day".to_owned(), given.clone())]);
        assert_raw(&store, "SPY-1day", &part(&raw, "2020-01-01", "2020-09-01"));
        assert!(largest_return(&store, "SPY-1day") < 0.2, "{basis:?}");
        // again, and a longer download
        let before = sandbox.content();
        give(&store, &given, false).unwrap();
        assert_eq!(sandbox.content(), before);
        let done = put(&store, &unstated("v3"), &vendor, |_| {}).unwrap();
        assert_eq!((done.merge.changed, &done.set.actions), (0, &given));
        assert_raw(&store, "SPY-1day", &raw);
        // a second split of that ratio has no jump of its own
        let second = given.joined(&split("2020-06-02", 4.0));
        let refused = message(give(&store, &second, false));
        assert!(refused.contains("do not jump"), "{refused}");
    }
}

#[test]
fn the_day_of_a_found_split_is_corrected_where_the_basis_is_stated_to_cover_splits() {
    let raw = daily();
    let vendor = adjusted(&raw, &split(TRUE_DAY, 4.0));
    for basis in [PriceBasis::Splits, PriceBasis::SplitsAndDividends] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        // adjusted for splits when it was downloaded, before this one
        let early = part(&raw, "2020-01-01", "2020-05-15");
        put(&store, &named("v0", basis), &early, |_| {}).unwrap();
        put(&store, &named("v2", basis), &vendor, |_| {}).unwrap();
        let found = split("2020-05-15", 4.0);
        assert_eq!(store.card("SPY-1day").unwrap().actions, found);
        // another ratio is covered by the basis, and so is a day after the bars
        for other in [split(TRUE_DAY, 2.0), split("2021-02-01", 4.0)] {
            give(&store, &other, false).unwrap();
            assert_eq!(store.card("SPY-1day").unwrap().actions, found);
        }
        let given = split(TRUE_DAY, 4.0);
        for _ in 0..2 {
            let actions = give(&store, &given, false).unwrap();
            assert_eq!(actions, [("SPY-1day".to_owned(), given.clone())]);
            assert_raw(&store, "SPY-1day", &raw);
        }
        assert!(largest_return(&store, "SPY-1day") < 0.2, "{basis:?}");
    }
}

#[test]
fn a_small_constant_ratio_leads_on_to_the_dividend_that_explains_it() {
    let raw = daily();
    let dividend = Actions::new(vec![CorporateAction {
        first_day: day("2020-04-01"),
        kind: ActionKind::Dividend { factor: 0.98 },
    }]);
    let vendor = adjusted(&raw, &dividend.unwrap());
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let early = part(&raw, "2020-01-01", "2020-03-20");
    let later = part(&raw, "2020-01-01", "2020-05-15");
    put(&store, &UNSTATED, &early, |_| {}).unwrap();
    let file = unstated("v2");
    let vendor = part(&vendor, "2020-01-01", "2020-05-15");
    let asked = put(&store, &file, &vendor, |_| {}).unwrap_err();
    let said = asked.to_string();
    for part in [
        "a dividend of 2 % of the price",
        "the line DATE,dividend,0.98",
        "first day without it",
        "then this file again",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(asked.may_accept());
    // what it says to do
    let text = "2020-04-01,dividend,0.98";
    let given = parse_actions(text, Calendar::Nyse).unwrap();
    give(&store, &given, false).unwrap();
    let done = put(&store, &file, &vendor, |_| {}).unwrap();
    assert_eq!((done.merge.changed, &done.set.actions), (0, &given));
    assert_raw(&store, "SPY-1day", &later);
    // adjusted the other way round it is no dividend that is wanting
    let other = Sandbox::new();
    let store = other.store();
    put(
        &store,
        &UNSTATED,
        &part(&vendor, "2020-01-01", "2020-03-20"),
        |_| {},
    )
    .unwrap();
    let said = message(put(&store, &file, &early, |_| {}));
    assert!(
        said.contains("by one ratio") && !said.contains("DATE,dividend"),
        "{said}"
    );
}

/// A store of days into May, and then of a vendor's file over the split, which was found too early.
fn with_found_split(sandbox: &Sandbox, raw: &BarSeries) -> Store {
    let vendor = adjusted(raw, &split(TRUE_DAY, 4.0));
    let store = sandbox.store();
    let early = part(raw, "2020-01-01", "2020-05-15");
    put(&store, &UNSTATED, &early, |_| {}).unwrap();
    put(&store, &unstated("v2"), &vendor, |_| {}).unwrap();
    store
}

#[test]
fn raw_bars_of_the_days_after_a_found_split_need_its_true_day() {
    let raw = daily();
    let sandbox = Sandbox::new();
    let store = with_found_split(&sandbox, &raw);
    let before = sandbox.content();
    let asked = put(&store, &unstated("v4"), &raw, |_| {}).unwrap_err();
    assert!(asked.may_accept());
    let refused = put(&store, &unstated("v4"), &raw, |it| it.accept = true).unwrap_err();
    let said = refused.to_string();
    assert!(
        !refused.may_accept() && said.contains("its true day"),
        "{said}"
    );
    assert_eq!(sandbox.content(), before);
    give(&store, &split(TRUE_DAY, 4.0), false).unwrap();
    let done = put(&store, &unstated("v4"), &raw, |_| {}).unwrap();
    assert!(done.merge.examples.is_empty() || largest_return(&store, "SPY-1day") < 0.2);
    assert_raw(&store, "SPY-1day", &raw);
}

#[test]
fn prices_that_are_called_raw_must_jump_too() {
    let raw = daily();
    let given = split(TRUE_DAY, 4.0);
    let vendor = adjusted(&raw, &given);
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &named("v1", PriceBasis::Raw), &vendor, |_| {}).unwrap();
    let before = sandbox.content();
    let refused = give(&store, &given, false).unwrap_err();
    assert!(refused.may_accept());
    let said = refused.to_string();
    assert!(
        said.contains("do not jump at the split 4:1 on 2020-06-01"),
        "{said}"
    );
    assert_eq!(sandbox.content(), before);
    give(&store, &given, true).unwrap();
    assert_eq!(store.card("SPY-1day").unwrap().actions, given);
}

#[test]
fn one_bad_print_before_the_open_does_not_hide_a_split() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let days = part(&daily(), "2020-05-27", "2020-06-05");
    let mut columns = BarColumns::default();
    for (start, prices, volume) in hourly(&days).rows() {
        let session = Calendar::Nyse.session(start.utc_day()).unwrap().unwrap();
        if start == session.open && start.utc_day() == day(TRUE_DAY) {
            let [open, ..] = prices;
            // the price before the split, hours before the open
            let print = [open * 4.0, open * 4.0, open, open * 4.0];
            columns.push(start.plus_seconds(-3_600 * 5), print, 1.0);
        }
        columns.push(start, prices, volume);
    }
    let bars = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
    put(&store, &UNSTATED, &bars, |_| {}).unwrap();
    let actions = give(&store, &split(TRUE_DAY, 4.0), false).unwrap();
    assert_eq!(actions[0].1, split(TRUE_DAY, 4.0));
}

#[test]
fn a_new_set_of_a_symbol_has_the_actions_that_were_given_to_the_others() {
    let raw = daily();
    let given = split(TRUE_DAY, 4.0);
    let vendor = adjusted(&raw, &given);
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &UNSTATED, &raw, |_| {}).unwrap();
    give(&store, &given, false).unwrap();
    let before = sandbox.content();
    let refused = put(&store, &unstated("hours"), &hourly(&vendor), |_| {}).unwrap_err();
    let said = refused.to_string();
    assert!(
        !refused.may_accept() && said.contains("SPY-60min"),
        "{said}"
    );
    assert!(said.contains("--basis splits"), "{said}");
    // which is not answered by taking them as they are, unless they are called raw
    let accept = |it: &mut Incoming| it.accept = true;
    put(&store, &unstated("hours"), &hourly(&vendor), accept).unwrap_err();
    let called = named("hours", PriceBasis::Raw);
    let asked = put(&store, &called, &hourly(&vendor), |_| {}).unwrap_err();
    assert!(asked.may_accept());
    assert_eq!(sandbox.content(), before);
    let done = put(&store, &called, &hourly(&vendor), accept).unwrap();
    assert_eq!(done.set.actions, given);
    store.remove("SPY-60min").unwrap();
    let done = put(&store, &unstated("hours"), &hourly(&raw), |_| {}).unwrap();
    assert_eq!((done.outcome, &done.set.actions), (Outcome::Stored, &given));
    assert!(largest_return(&store, "SPY-60min") < 0.2);
    // what its basis covers it does not have, and simulated bars have none of recorded ones
    store.remove("SPY-60min").unwrap();
    let stated = named("hours", PriceBasis::Splits);
    let done = put(&store, &stated, &hourly(&vendor), |_| {}).unwrap();
    assert!(done.set.actions.is_empty());
    store.remove("SPY-60min").unwrap();
    let made = put(&store, &UNSTATED, &hourly(&raw), |it| it.simulated = true);
    assert!(made.unwrap().set.actions.is_empty());
}

#[test]
fn volumes_are_corrected_after_a_split_as_before_it() {
    let raw = daily();
    let known = split(TRUE_DAY, 4.0);
    let vendor = adjusted(&raw, &known);
    let corrected = changed(&vendor, |index, prices, volume| match index {
        10..60 => (prices, volume + 40.0),
        _ => (prices, volume),
    });
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(
        &store,
        &UNSTATED,
        &part(&raw, "2020-01-01", TRUE_DAY),
        |_| {},
    )
    .unwrap();
    put(&store, &unstated("full"), &vendor, |_| {}).unwrap();
    let done = put(&store, &unstated("volumes"), &corrected, |_| {}).unwrap();
    assert_eq!((done.outcome, done.merge.changed), (Outcome::Merged, 50));
    let bars = store.load("SPY-1day").unwrap().bars;
    assert_eq!(bars.close()[..60], raw.close()[..60]);
    for index in 0..raw.len() {
        let more = if (10..60).contains(&index) { 10.0 } else { 0.0 };
        let expected = raw.volume()[index] + more;
        assert!((bars.volume()[index] - expected).abs() < 1e-6, "{index}");
    }
}

#[test]
fn volumes_that_come_unadjusted_stay() {
    let raw = daily();
    let vendor = adjusted(&raw, &split(TRUE_DAY, 4.0));
    let vendor = changed(&vendor, |_, prices, _| (prices, 1_000.0));
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(
        &store,
        &UNSTATED,
        &part(&raw, "2020-01-01", TRUE_DAY),
        |_| {},
    )
    .unwrap();
    let done = put(&store, &unstated("full"), &vendor, |_| {}).unwrap();
    assert_eq!(done.set.actions, split(TRUE_DAY, 4.0));
    assert_raw(&store, "SPY-1day", &raw);
}

#[test]
fn prices_that_are_taken_as_they_are_are_held_against_those_beside_them() {
    let raw = daily();
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let stored = part(&raw, "2020-01-01", "2020-05-01");
    put(&store, &UNSTATED, &stored, |_| {}).unwrap();
    let other = changed(
        &part(&raw, "2020-04-01", "2020-05-30"),
        |_, prices, volume| (prices.map(|price| price / 1.37), volume),
    );
    let done = put(&store, &unstated("two"), &other, |it| it.accept = true).unwrap();
    assert_eq!(done.rebase, None);
    let (_, next, change) = seam(&done).unwrap();
    assert_eq!(next, day("2020-04-01").midnight_utc());
    assert!((change * 1.37 - 1.0).abs() < 0.1, "{change}");
}

fn seam(done: &ImportDone) -> Option<(Timestamp, Timestamp, f64)> {
    let [seam] = done.merge.seams.as_slice() else {
        return None;
    };
    Some((seam.last, seam.next, seam.after / seam.before))
}

#[test]
fn bars_that_meet_without_a_common_one_are_held_against_each_other() {
    let raw = daily();
    let midnight = |text: &str| day(text).midnight_utc();
    let (early, late) = (
        part(&raw, "2020-01-01", TRUE_DAY),
        part(&raw, "2020-07-01", "2020-12-31"),
    );
    for (one, other) in [(&early, &late), (&late, &early)] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        put(&store, &UNSTATED, one, |_| {}).unwrap();
        let done = put(&store, &unstated("two"), other, |_| {}).unwrap();
        let (last, next, change) = seam(&done).unwrap();
        assert_eq!(
            (last, next),
            (midnight("2020-05-29"), midnight("2020-07-01"))
        );
        assert!((change - 0.25).abs() < 0.05, "{change}");
        // it is kept with the import, and the quality report says it too
        let detail = store.detail("SPY-1day").unwrap();
        assert_eq!(detail.imports[1].merge.seams, done.merge.seams);
        let (_, report) = store.quality("SPY-1day", None).unwrap();
        let odd = report.worst.iter().find(|odd| odd.at == next).unwrap();
        assert!(
            matches!(
                odd.kind,
                OffenderKind::PossibleSplit | OffenderKind::OutlierReturn
            ),
            "{odd:?}"
        );
        // and is gone where the actions explain it
        let actions = split(TRUE_DAY, 4.0);
        let second = Sandbox::new();
        let store = second.store();
        let known = |it: &mut Incoming| it.actions = Some(actions.clone());
        put(&store, &named("one", PriceBasis::Raw), one, known).unwrap();
        let done = put(&store, &named("two", PriceBasis::Raw), other, |_| {}).unwrap();
        assert_eq!(seam(&done), None);
    }
}

#[test]
fn a_hole_in_the_middle_has_two_seams_and_a_plain_tail_none() {
    let raw = daily();
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let year = part(&raw, "2020-07-01", "2020-12-31");
    let hole = |start: Timestamp| {
        let day = start.utc_day();
        (super::bases::day("2020-09-01")..super::bases::day("2020-10-01")).contains(&day)
    };
    let keep = |inside: bool| {
        let mut columns = BarColumns::default();
        for (start, prices, volume) in year.rows().filter(|row| hole(row.0) == inside) {
            columns.push(start, prices, volume);
        }
        BarSeries::new(BarInterval::Day, columns).unwrap()
    };
    put(&store, &SPY, &keep(false), |_| {}).unwrap();
    let wrong = changed(&keep(true), |_, prices, volume| {
        (prices.map(|price| price * 2.0), volume)
    });
    let done = put(&store, &named("two", PriceBasis::Raw), &wrong, |_| {}).unwrap();
    assert_eq!(done.merge.seams.len(), 2);
    let tail: Vec<Day> = done
        .merge
        .seams
        .iter()
        .map(|it| it.next.utc_day())
        .collect();
    assert_eq!(tail, [day("2020-09-01"), day("2020-10-01")]);
    let plain = Sandbox::new();
    let store = plain.store();
    put(
        &store,
        &SPY,
        &part(&raw, "2020-07-01", "2020-09-01"),
        |_| {},
    )
    .unwrap();
    let rest = part(&raw, "2020-09-01", "2020-10-01");
    let done = put(&store, &named("two", PriceBasis::Raw), &rest, |_| {}).unwrap();
    assert!(done.merge.seams.is_empty());
}
