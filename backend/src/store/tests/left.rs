//! What programs that were stopped left, and who may change what when.

use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::market::calendar::Closures;
use atrium_shared::market::instrument::Instrument;

use super::imports::{Import, SPY, incoming};
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
    let described = store.describe("SPY", None, |it| Instrument {
        exchange: "ARCA".to_owned(),
        ..it.clone()
    });
    assert!(matches!(described, Err(StoreError::Busy(_))));
    let action = CorporateAction {
        first_day: minutes.bars.start()[500].utc_day(),
        kind: ActionKind::Dividend { factor: 0.99 },
    };
    let adjusted =
        store.adjust::<StoreError>("SPY", false, false, |_| Ok(Actions::new(vec![action])?));
    assert!(matches!(adjusted, Err(StoreError::Busy(_))));
    assert_eq!(sandbox.content(), before);
}

#[test]
fn a_symbol_in_another_case_is_another_and_is_not_changed() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    store.put(&set("VND", 2, 1), false).unwrap();
    let before = sandbox.content();
    let is_refused = |error: StoreError| {
        let said = error.to_string();
        assert!(said.contains("is stored already as VND"), "{said}");
    };
    is_refused(store.put(&set("vnd", 2, 2), true).unwrap_err());
    is_refused(
        store
            .begin(incoming(&Import {
                symbol: "Vnd",
                ..SPY
            }))
            .unwrap_err(),
    );
    is_refused(store.describe("vnd", None, Instrument::clone).unwrap_err());
    is_refused(store.closures_of_symbol("vnd").unwrap_err());
    let closures = Closures::parse("2024-01-03").unwrap();
    is_refused(
        store
            .describe("vnd", Some(&closures), Instrument::clone)
            .unwrap_err(),
    );
    let none = |_| Ok(Actions::default());
    is_refused(
        store
            .adjust::<StoreError>("vnd", true, false, none)
            .unwrap_err(),
    );
    assert_eq!(sandbox.content(), before);
    // it is found however it is written, and where both are there, each by its own letters
    assert_eq!(store.find("vnd").unwrap().name, "VND-1min");
    let (data, other) = (sandbox.base().join("data"), Sandbox::new());
    other.store().put(&set("vnd", 2, 2), false).unwrap();
    fs::rename(other.base().join("data/vnd-1min"), data.join("vnd-1min")).unwrap();
    if fs::read_dir(&data)
        .unwrap()
        .filter(|it| {
            let name = it.as_ref().unwrap().file_name();
            name.eq_ignore_ascii_case("VND-1min")
        })
        .count()
        < 2
    {
        return;
    }
    assert_eq!(store.find("vnd").unwrap().name, "vnd-1min");
    assert_eq!(store.find("VND").unwrap().name, "VND-1min");
    assert!(matches!(
        store.find("Vnd"),
        Err(StoreError::Ambiguous { .. })
    ));
    let upper = store.card("VND-1min").unwrap();
    let changed = store.describe("vnd", None, |it| Instrument {
        exchange: "ARCA".to_owned(),
        ..it.clone()
    });
    assert_eq!(changed.unwrap().len(), 1);
    assert_eq!(store.card("vnd-1min").unwrap().instrument.exchange, "ARCA");
    assert_eq!(store.card("VND-1min").unwrap(), upper);
}
