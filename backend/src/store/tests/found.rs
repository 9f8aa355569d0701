//! Splits that were found: their day is corrected, told by other data sets, or not told.

use atrium_shared::market::actions::{Actions, CorporateAction, PriceBasis};
use atrium_shared::market::bars::BarColumns;
use atrium_shared::surface::api::{ImportDone, InTime, SharedSplit};

use super::bases::{UNSTATED, adjusted, assert_raw, daily, day, named, put, split};
use super::jumps::{TRUE_DAY, changed, give, hourly, largest_return, part, unstated};
use super::*;

/// A store of days into May, and then of a vendor's file over the splits, of which one was found too early.
pub(super) fn with_found(sandbox: &Sandbox, raw: &BarSeries, splits: &Actions) -> Store {
    let store = sandbox.store();
    let early = part(raw, "2020-01-01", "2020-05-15");
    put(&store, &UNSTATED, &early, |_| {}).unwrap();
    put(&store, &unstated("v2"), &adjusted(raw, splits), |_| {}).unwrap();
    store
}

fn both(one: &Actions, other: &Actions) -> Actions {
    one.joined(other)
}

#[test]
fn a_day_that_was_corrected_wrongly_is_set_right() {
    let raw = daily();
    let given = split(TRUE_DAY, 4.0);
    for wrong in ["2020-05-20", "2020-07-15"] {
        for replace in [false, true] {
            let sandbox = Sandbox::new();
            let store = with_found(&sandbox, &raw, &given);
            give(&store, &split(wrong, 4.0), false).unwrap();
            assert!(largest_return(&store, "SPY-1day") < 0.2, "{wrong}");
            let sets = store.adjust::<StoreError>("SPY", replace, false, |_| Ok(given.clone()));
            assert_eq!(sets.unwrap()[0].actions, given);
            assert!(largest_return(&store, "SPY-1day") < 0.2, "{wrong}");
            assert_raw(&store, "SPY-1day", &raw);
            // and back to the found day
            let found = split("2020-05-15", 4.0);
            give(&store, &found, false).unwrap();
            assert_eq!(store.card("SPY-1day").unwrap().actions, found);
            give(&store, &given, false).unwrap();
            assert_raw(&store, "SPY-1day", &raw);
        }
    }
    // prices that are taken as they are show a wrong day, too, and what is advised then works
    let sandbox = Sandbox::new();
    let store = with_found(&sandbox, &raw, &given);
    give(&store, &split("2020-05-20", 4.0), false).unwrap();
    let refused = put(&store, &unstated("raw"), &raw, |it| it.accept = true);
    let said = message(refused);
    assert!(
        said.contains("4:1 on 2020-05-20") && said.contains("its true day"),
        "{said}"
    );
    give(&store, &given, false).unwrap();
    put(&store, &unstated("raw"), &raw, |_| {}).unwrap();
    assert_raw(&store, "SPY-1day", &raw);
}

#[test]
fn several_given_splits_are_the_found_one_that_they_make_together() {
    let second = day("2020-09-01").midnight_utc();
    let raw = daily();
    let from = raw.start().partition_point(|start| *start < second);
    let raw = changed(&raw, |index, prices, volume| match index >= from {
        true => (prices.map(|price| price / 2.0), volume),
        false => (prices, volume),
    });
    let (four, two) = (split(TRUE_DAY, 4.0), split("2020-09-01", 2.0));
    let given = both(&four, &two);
    for basis in [PriceBasis::Unstated, PriceBasis::Splits] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        let early = part(&raw, "2020-01-01", "2020-05-15");
        put(&store, &named("v0", basis), &early, |_| {}).unwrap();
        put(&store, &named("v2", basis), &adjusted(&raw, &given), |_| {}).unwrap();
        let found = split("2020-05-15", 8.0);
        assert_eq!(store.card("SPY-1day").unwrap().actions, found);
        if basis == PriceBasis::Unstated {
            let refused = give(&store, &four, false).unwrap_err();
            let said = refused.to_string();
            assert!(
                said.contains("split 8:1 on 2020-05-15 was found here")
                    && said.contains("in one file"),
                "{said}"
            );
            assert!(
                !refused.may_accept() && !said.contains("--accept"),
                "{said}"
            );
        }
        // one of them on a wrong day at first
        let wrong = both(&four, &split("2020-09-15", 2.0));
        for splits in [&wrong, &given, &given] {
            give(&store, splits, false).unwrap();
            assert_eq!(store.card("SPY-1day").unwrap().actions, *splits);
            assert!(largest_return(&store, "SPY-1day") < 0.2, "{basis:?}");
        }
        assert_raw(&store, "SPY-1day", &raw);
    }
}

fn is_dated(done: &ImportDone, by: &str) -> bool {
    let mut shared = done.shared.iter();
    shared.any(|it| matches!(it, SharedSplit::Dated { by: its, .. } if its == by))
}

/// Both sets have the split on its day, and neither is adjusted twice.
fn assert_shared(store: &Store, raw: &BarSeries) {
    let given = split(TRUE_DAY, 4.0);
    for (name, raw) in [("SPY-1day", raw), ("SPY-60min", &hourly(raw))] {
        assert_eq!(store.card(name).unwrap().actions, given, "{name}");
        assert!(largest_return(store, name) < 0.2, "{name}");
        assert_raw(store, name, raw);
    }
}

#[test]
fn bars_of_another_interval_tell_the_day_of_a_found_split() {
    let raw = daily();
    let given = split(TRUE_DAY, 4.0);
    let vendor = adjusted(&raw, &given);
    let early = part(&raw, "2020-01-01", "2020-05-15");
    // found in days, then hours as they were traded
    let sandbox = Sandbox::new();
    let store = with_found(&sandbox, &raw, &given);
    let done = put(&store, &unstated("hours"), &hourly(&raw), |_| {}).unwrap();
    assert!(is_dated(&done, "SPY-60min"), "{:?}", done.shared);
    assert_eq!(done.set, store.card("SPY-60min").unwrap());
    assert_shared(&store, &raw);
    // once it is told, it stays, and a day that these prices do not have is refused
    let before = sandbox.content();
    let again = put(&store, &unstated("hours 2"), &hourly(&raw), |_| {}).unwrap();
    assert!(again.shared.is_empty());
    let later = split("2020-06-10", 4.0);
    assert!(message(give(&store, &later, false)).contains("do not jump"));
    assert_eq!(sandbox.content(), before);
    // hours first, then found in days
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &unstated("hours"), &hourly(&raw), |_| {}).unwrap();
    put(&store, &UNSTATED, &early, |_| {}).unwrap();
    let done = put(&store, &unstated("v2"), &vendor, |_| {}).unwrap();
    assert!(is_dated(&done, "SPY-60min"), "{:?}", done.shared);
    assert_eq!(done.set, store.card("SPY-1day").unwrap());
    assert_shared(&store, &raw);
    // found in hours, then days as they were traded
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &unstated("h0"), &hourly(&early), |_| {}).unwrap();
    put(&store, &unstated("h1"), &hourly(&vendor), |_| {}).unwrap();
    let done = put(&store, &UNSTATED, &raw, |_| {}).unwrap();
    assert!(is_dated(&done, "SPY-1day"), "{:?}", done.shared);
    assert_shared(&store, &raw);
    // and what a vendor adjusted comes to these, too
    put(&store, &unstated("h2"), &hourly(&vendor), |_| {}).unwrap();
    put(&store, &unstated("d2"), &vendor, |_| {}).unwrap();
    assert_shared(&store, &raw);
}

#[test]
fn a_day_is_told_when_the_bars_that_jump_come_in() {
    let raw = daily();
    let sandbox = Sandbox::new();
    let store = with_found(&sandbox, &raw, &split(TRUE_DAY, 4.0));
    let first = hourly(&part(&raw, "2020-01-01", "2020-05-20"));
    let done = put(&store, &unstated("h0"), &first, |_| {}).unwrap();
    let unseen = |it: &SharedSplit| {
        matches!(
            it,
            SharedSplit::Unseen {
                prices: InTime::LevelUntil { .. },
                ..
            }
        )
    };
    assert!(done.shared.iter().all(unseen) && done.shared.len() == 1);
    assert!(done.set.actions.is_empty());
    let rest = hourly(&part(&raw, "2020-05-19", "2020-12-31"));
    let done = put(&store, &unstated("h1"), &rest, |_| {}).unwrap();
    assert!(is_dated(&done, "SPY-60min"), "{:?}", done.shared);
    assert_shared(&store, &raw);
}

#[test]
fn adjusted_bars_of_another_interval_are_not_adjusted_again() {
    let raw = daily();
    let given = split(TRUE_DAY, 4.0);
    let vendor = hourly(&adjusted(&raw, &given));
    for basis in [PriceBasis::Unstated, PriceBasis::Splits] {
        for first in [true, false] {
            let sandbox = Sandbox::new();
            let put_hours = |store: &Store| {
                let done = put(store, &named("hours", basis), &vendor, |_| {});
                done.unwrap()
            };
            let (store, done) = if first {
                let store = sandbox.store();
                put_hours(&store);
                put(
                    &store,
                    &UNSTATED,
                    &part(&raw, "2020-01-01", "2020-05-15"),
                    |_| {},
                )
                .unwrap();
                let done = put(&store, &unstated("v2"), &adjusted(&raw, &given), |_| {});
                (store, done.unwrap())
            } else {
                let store = with_found(&sandbox, &raw, &given);
                let done = put_hours(&store);
                (store, done)
            };
            let said: Vec<String> = done.shared.iter().map(ToString::to_string).collect();
            assert_eq!(said.len(), usize::from(basis == PriceBasis::Unstated));
            assert!(
                said.iter()
                    .all(|it| it.contains("SPY-60min is taken as adjusted for it")),
                "{said:?}"
            );
            let hours = store.card("SPY-60min").unwrap();
            assert!(hours.actions.is_empty());
            assert_raw(&store, "SPY-60min", &vendor);
            for name in ["SPY-1day", "SPY-60min"] {
                assert!(largest_return(&store, name) < 0.2, "{name}");
            }
        }
    }
}

#[test]
fn a_jump_of_another_size_tells_no_day() {
    let raw = daily();
    // found as 4:1, while the other prices halve on that day
    let halved = changed(&raw, |_, prices, volume| (prices, volume));
    let at = halved
        .start()
        .partition_point(|start| *start < day(TRUE_DAY).midnight_utc());
    let halved = changed(&halved, |index, prices, volume| match index >= at {
        true => (prices.map(|price| price * 2.0), volume),
        false => (prices, volume),
    });
    let sandbox = Sandbox::new();
    let store = with_found(&sandbox, &raw, &split(TRUE_DAY, 4.0));
    let done = put(&store, &unstated("hours"), &hourly(&halved), |_| {}).unwrap();
    assert!(done.set.actions.is_empty());
    assert!(done.shared[0].to_string().contains("no price of SPY-60min"));
    let found: CorporateAction = split("2020-05-15", 4.0).list()[0];
    assert_eq!(store.card("SPY-1day").unwrap().actions.list(), [found]);
}

#[test]
fn two_bars_of_a_session_are_said_and_folded_with_their_number() {
    let raw = part(&daily(), "2020-03-02", "2020-04-01");
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &UNSTATED, &raw, |_| {}).unwrap();
    // as a former version stored what was stamped in two ways
    let mut columns = BarColumns::default();
    for (index, (start, prices, volume)) in raw.rows().enumerate() {
        columns.push(start, prices, volume);
        if (5..8).contains(&index) {
            let open = start.plus_seconds(13 * 3_600 + 1_800);
            columns.push(open, prices.map(|price| price + 0.25), volume);
        }
    }
    let old = Curated::plain(BarSeries::new(BarInterval::Day, columns).unwrap());
    let folder = sandbox.base().join("data/SPY-1day");
    let path = folder.join(BARS_FILE);
    fs::remove_file(&path).unwrap();
    let mut file = frames::CuratedWriter::create(&path, false).unwrap();
    file.write(&old, &vec![1.0; old.bars().len()]).unwrap();
    file.finish().unwrap();
    let mut card: Card = read_json(&folder.join(CARD_FILE)).unwrap();
    card.set.rows = old.bars().len() as u64;
    card.set.digest = old.digest().unwrap();
    card.bars_sha256 = frames::checksum(&path).unwrap();
    fs::remove_file(folder.join(CARD_FILE)).unwrap();
    write_json(&card, &folder.join(CARD_FILE)).unwrap();
    // they can be looked at, but not run on
    assert_eq!(store.load_curated("SPY-1day").unwrap().1, old);
    let said = message(store.load("SPY-1day"));
    assert!(
        said.contains("two bars of 3 sessions (the first 2020-03-09)")
            && said.contains("--replace"),
        "{said}"
    );
    let newer = part(&daily(), "2020-03-30", "2020-04-03");
    let done = put(&store, &unstated("newer"), &newer, |_| {}).unwrap();
    assert_eq!((done.merge.folded, done.merge.added), (3, 2));
    let bars = store.load("SPY-1day").unwrap().bars;
    assert_eq!(bars.len(), raw.len() + 2);
    assert!((bars.close()[5] - raw.close()[5] - 0.25).abs() < 1e-9);
    let imports = store.detail("SPY-1day").unwrap().imports;
    assert_eq!(imports[1].merge.folded, 3);
}

#[test]
fn several_splits_within_the_time_of_a_found_one_are_told_apart_from_adjusted_prices() {
    let raw = daily();
    let sandbox = Sandbox::new();
    let store = with_found(&sandbox, &raw, &split(TRUE_DAY, 4.0));
    // the hours as they were traded, with 2:1 on the true day and on a later one
    let first = day(TRUE_DAY).midnight_utc();
    let second = day("2020-06-22").midnight_utc();
    let start = hourly(&raw).start().to_vec();
    let stepped = changed(&hourly(&raw), |index, prices, volume| {
        match first <= start[index] && start[index] < second {
            true => (prices.map(|price| price * 2.0), volume / 2.0),
            false => (prices, volume),
        }
    });
    let done = put(&store, &unstated("hours"), &stepped, |_| {}).unwrap();
    let days = vec![day(TRUE_DAY), day("2020-06-22")];
    let [SharedSplit::Unseen { set, prices, .. }] = done.shared.as_slice() else {
        panic!("{:?}", done.shared)
    };
    assert_eq!(
        (set.as_str(), prices),
        ("SPY-60min", &InTime::Steps { days })
    );
    let said = done.shared[0].to_string();
    assert!(said.contains("on 2020-06-01 and 2020-06-22"), "{said}");
    assert!(done.set.actions.is_empty());
}
