mod bases;
mod closures;
mod database;
mod dividends;
mod found;
mod left;
mod imports;
mod jumps;
mod layouts;
mod owners;
mod replaced;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use atrium_shared::base::time::BarInterval;

use super::*;
use crate::testing::{Sandbox, first, set};

fn message<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_stored_is_read_back_to_the_bit() {
    let sandbox = Sandbox::new();
    let new = set("SPY", 3, 1);
    let (card, outcome) = sandbox.store().put(&new, false).unwrap();
    assert_eq!(outcome, Outcome::Stored);
    assert_eq!(
        (card.name.as_str(), card.rows),
        ("SPY-1min", new.bars.len() as u64)
    );
    let stored = sandbox.store().load("SPY-1min").unwrap();
    assert_eq!(stored.bars, new.bars);
    assert_eq!(stored.card, card);
    assert_eq!(sandbox.store().list().unwrap().sets, [card]);
}

#[test]
fn the_same_again_changes_nothing_and_other_bars_need_to_be_asked_for() {
    let sandbox = Sandbox::new();
    let (old, other) = (set("SPY", 3, 1), set("SPY", 3, 2));
    let store = sandbox.store();
    store.put(&old, false).unwrap();
    let before = sandbox.content();
    assert_eq!(store.put(&old, false).unwrap().1, Outcome::Unchanged);
    assert_eq!(store.put(&old, true).unwrap().1, Outcome::Unchanged);
    let refused = message(store.put(&other, false));
    assert!(
        refused.contains("--replace") && refused.contains("SPY-1min"),
        "{refused}"
    );
    let mut finer = old.clone();
    finer.instrument.tick_size = 0.005;
    assert!(message(store.put(&finer, false)).contains("--replace"));
    assert_eq!(sandbox.content(), before);
    assert_eq!(store.put(&other, true).unwrap().1, Outcome::Replaced);
    assert_eq!(store.load("SPY-1min").unwrap().bars, other.bars);
    // nothing else is left: the folder, its two files
    assert_eq!(sandbox.content().len(), before.len());
}

#[test]
fn an_interrupted_replacement_never_loses_the_old_set() {
    let sandbox = Sandbox::new();
    let old = set("SPY", 3, 1);
    sandbox.store().put(&old, false).unwrap();
    let data = sandbox.base().join("data");
    let (target, aside) = (data.join("SPY-1min"), data.join(".old-SPY-1min"));
    // stopped between the two renames
    fs::rename(&target, &aside).unwrap();
    fs::create_dir(data.join(".tmp-half")).unwrap();
    fs::write(data.join(".tmp-half").join(CARD_FILE), "{").unwrap();
    let store = sandbox.store();
    assert_eq!(store.load("SPY-1min").unwrap().bars, old.bars);
    assert!(!aside.exists());
    // stopped before the old one was removed
    copy(&target, &aside);
    let store = (store, sandbox.store()).1;
    assert!(!aside.exists());
    assert_eq!(store.load("SPY-1min").unwrap().bars, old.bars);
    // the new one cannot take its place
    let failed = message(store.swap_in(&data.join(".tmp-gone"), "SPY-1min", true));
    assert!(failed.contains("cannot be written"), "{failed}");
    let late = message(store.swap_in(&data.join(".tmp-half"), "SPY-1min", false));
    assert!(late.contains("in the meantime"), "{late}");
    assert_eq!(store.load("SPY-1min").unwrap().bars, old.bars);
    assert!(!aside.exists());
    let names: Vec<String> = store
        .list()
        .unwrap()
        .sets
        .into_iter()
        .map(|set| set.name)
        .collect();
    assert_eq!(names, ["SPY-1min"]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in [BARS_FILE, CARD_FILE] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

#[test]
fn a_reader_always_sees_one_whole_set_while_it_is_replaced() {
    let sandbox = Sandbox::new();
    let sets = [set("SPY", 2, 1), set("SPY", 2, 2)];
    let store = sandbox.store();
    store.put(&sets[0], false).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [0, 0];
            while !done.load(Ordering::Relaxed) {
                let bars = sandbox.store().load("SPY-1min").unwrap().bars;
                let which = sets.iter().position(|set| set.bars == bars).unwrap();
                seen[which] += 1;
                assert_eq!(store.list().unwrap().sets.len(), 1);
            }
            seen
        });
        for round in 0..40 {
            store.put(&sets[round % 2], true).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        let seen = reader.join().unwrap();
        assert!(seen[0] + seen[1] > 0);
    });
}

#[test]
fn damage_is_reported_and_other_bars_are_never_returned() {
    let sandbox = Sandbox::new();
    let new = set("SPY", 2, 1);
    let store = sandbox.store();
    store.put(&new, false).unwrap();
    let path = sandbox.base().join("data/SPY-1min").join(BARS_FILE);
    let intact = fs::read(&path).unwrap();
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let text = message(store.load("SPY-1min"));
        assert!(
            text.starts_with("the data set SPY-1min is damaged: bars.parquet"),
            "{text}"
        );
        assert!(text.contains("--replace"), "{text}");
    };
    for at in (0..intact.len()).step_by(101) {
        let mut bytes = intact.clone();
        bytes[at] ^= 0x10;
        check(&bytes);
        check(&intact[..at]);
    }
    fs::write(&path, &intact).unwrap();
    assert_eq!(store.load("SPY-1min").unwrap().bars, new.bars);
    // another file with its right checksum is still not what the card describes
    let other = set("QQQ", 2, 2);
    store.put(&other, false).unwrap();
    let folder = |name: &str| sandbox.base().join("data").join(name);
    fs::copy(folder("QQQ-1min").join(BARS_FILE), &path).unwrap();
    let card_of = |name: &str| fs::read_to_string(folder(name).join(CARD_FILE)).unwrap();
    let checksum = |card: String| card.rsplit_once("bars_sha256").unwrap().1.to_owned();
    let (spy, qqq) = (card_of("SPY-1min"), card_of("QQQ-1min"));
    let lie = spy.replace(&checksum(spy.clone()), &checksum(qqq));
    fs::write(folder("SPY-1min").join(CARD_FILE), lie).unwrap();
    assert!(message(store.load("SPY-1min")).contains("holds other bars"));
}

#[test]
fn a_card_that_lies_is_damage_and_hides_no_other_set() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    store.put(&set("SPY", 2, 1), false).unwrap();
    store.put(&set("QQQ", 2, 2), false).unwrap();
    let folder = sandbox.base().join("data/SPY-1min");
    let card = fs::read_to_string(folder.join(CARD_FILE)).unwrap();
    let lies = [
        ("", "is no card"),
        ("[]", "is no card"),
        (
            &card.replace("\"SPY-1min\"", "\"QQQ-1min\""),
            "describes QQQ-1min",
        ),
        (
            &card.replace("\"symbol\": \"SPY\"", "\"symbol\": \"QQQ\""),
            "describes",
        ),
        (
            &card.replace("\"tick_size\": 0.01", "\"tick_size\": -1"),
            "tick_size is -1",
        ),
        (
            &card.replace("\"interval\"", "\"intervall\""),
            "missing field",
        ),
    ];
    for (text, expected) in lies {
        assert_ne!(text, card);
        fs::write(folder.join(CARD_FILE), text).unwrap();
        let error = message(store.load("SPY-1min"));
        assert!(
            error.contains("is damaged: set.json") && error.contains(expected),
            "{error}"
        );
        let listing = store.list().unwrap();
        assert_eq!((listing.sets.len(), listing.damaged.len()), (1, 1));
    }
    let rows = card.replace("\"rows\": ", "\"rows\": 1");
    fs::write(folder.join(CARD_FILE), rows).unwrap();
    assert!(message(store.load("SPY-1min")).contains("holds other bars"));
    fs::remove_file(folder.join(CARD_FILE)).unwrap();
    assert!(message(store.load("SPY-1min")).contains("set.json cannot be read"));
    // damage is mended by importing again, if that is asked for
    let again = set("SPY", 2, 1);
    assert!(message(store.put(&again, false)).contains("is damaged"));
    assert_eq!(store.put(&again, true).unwrap().1, Outcome::Replaced);
    assert_eq!(store.load("SPY-1min").unwrap().bars, again.bars);
}

#[test]
fn a_set_is_found_by_name_or_by_a_symbol_that_has_only_one() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let nothing = message(store.find("SPY"));
    assert!(
        nothing.contains("atrium import") && nothing.contains("atrium demo"),
        "{nothing}"
    );
    let minutes = set("SPY", 2, 1);
    store.put(&minutes, false).unwrap();
    store.put(&set("SPYG", 2, 2), false).unwrap();
    assert_eq!(store.find("SPY").unwrap().name, "SPY-1min");
    assert_eq!(store.find("spy").unwrap().name, "SPY-1min");
    assert_eq!(store.find("SPYG-1min").unwrap().name, "SPYG-1min");
    let fives = NewSet {
        bars: first(&minutes.bars, 10, BarInterval::minutes(5)),
        ..minutes
    };
    store.put(&fives, false).unwrap();
    assert_eq!(
        message(store.find("SPY")),
        "SPY has several data sets: name one of SPY-1min, SPY-5min"
    );
    assert_eq!(
        message(store.find("QQQ")),
        "there is no data set QQQ: stored are SPY-1min, SPY-5min, SPYG-1min"
    );
    for path in ["../x", "/etc/passwd", "..", "", "a\0b"] {
        assert!(
            message(store.find(path)).contains("is no symbol"),
            "{path:?}"
        );
    }
}

#[test]
fn what_is_no_data_set_is_left_alone() {
    let sandbox = Sandbox::new();
    let data = sandbox.base().join("data");
    fs::create_dir_all(data.join("notes")).unwrap();
    fs::create_dir_all(data.join(".tmp-abc")).unwrap();
    fs::write(data.join("README.md"), "mine").unwrap();
    fs::write(data.join("SPY-1min"), "a file, no folder").unwrap();
    let before = sandbox.content();
    let listing = sandbox.store().list().unwrap();
    assert!(listing.sets.is_empty() && listing.damaged.is_empty());
    assert_eq!(sandbox.content(), before);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_base_directory_is_not_followed() {
    let (sandbox, elsewhere) = (Sandbox::new(), Sandbox::new());
    elsewhere.store().put(&set("SPY", 2, 1), false).unwrap();
    let data = sandbox.base().join("data");
    fs::create_dir_all(&data).unwrap();
    let target = elsewhere.base().join("data/SPY-1min");
    std::os::unix::fs::symlink(&target, data.join("SPY-1min")).unwrap();
    let store = sandbox.store();
    assert!(store.list().unwrap().sets.is_empty());
    assert!(message(store.load("SPY-1min")).contains("there is no data set"));
    let before = elsewhere.content();
    store.put(&set("SPY", 2, 2), true).unwrap();
    assert_eq!(elsewhere.content(), before);
}
