//! What programs that were stopped left, and who may change what when.

use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::instrument::Instrument;

use super::imports::{SPY, incoming};
use super::*;

#[test]
fn a_store_that_is_open_finds_a_set_that_stands_aside() {
    for ask in [
        |store: &Store| store.list().unwrap().sets.len() == 1,
        |store: &Store| store.card("SPY-1min").is_ok(),
        |store: &Store| store.find("SPY").is_ok(),
        |store: &Store| store.load("SPY-1min").is_ok(),
    ] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        store.put(&set("SPY", 2, 1), false).unwrap();
        let data = sandbox.base().join("data");
        fs::rename(data.join("SPY-1min"), data.join(".old-SPY-1min")).unwrap();
        assert!(ask(&store));
        assert!(data.join("SPY-1min").is_dir());
    }
}

#[test]
fn folders_of_stopped_writers_go_and_those_of_writers_at_work_stay() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    store.put(&set("QQQ", 2, 1), false).unwrap();
    let data = sandbox.base().join("data");
    let left = data.join(".tmp-QQQ-1min-aBc123");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("rows"), "half").unwrap();
    let Begun::Writing(writer) = store.begin(incoming(&SPY)).unwrap() else {
        panic!("nothing is stored")
    };
    let temporary = || {
        let names = fs::read_dir(&data).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        names
            .filter(|it| it.starts_with(".tmp-"))
            .collect::<Vec<_>>()
    };
    assert_eq!(temporary().len(), 2);
    let _other = sandbox.store();
    let names = temporary();
    assert!(
        names.len() == 1 && names[0].starts_with(".tmp-SPY-1min-"),
        "{names:?}"
    );
    drop(writer);
    assert!(temporary().is_empty());
}

#[test]
fn one_busy_set_keeps_all_of_its_symbol_as_they_are() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let minutes = set("SPY", 2, 1);
    store.put(&minutes, false).unwrap();
    let fives = NewSet {
        bars: first(&minutes.bars, 10, BarInterval::minutes(5)),
        ..minutes.clone()
    };
    store.put(&fives, false).unwrap();
    let before = sandbox.content();
    // the second by name
    let _busy = store.lock_set("SPY-5min").unwrap();
    let described = store.describe("SPY", |it| Instrument {
        exchange: "ARCA".to_owned(),
        ..it.clone()
    });
    assert!(matches!(described, Err(StoreError::Busy(_))));
    let action = CorporateAction {
        first_day: minutes.bars.start()[500].utc_day(),
        kind: ActionKind::Dividend { factor: 0.99 },
    };
    let adjusted = store.adjust::<StoreError>("SPY", false, |calendar| {
        let actions = Actions::new(vec![action])?;
        Ok((actions, Schedule::from(calendar)))
    });
    assert!(matches!(adjusted, Err(StoreError::Busy(_))));
    assert_eq!(sandbox.content(), before);
}
