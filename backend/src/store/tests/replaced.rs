//! What of the corporate actions stays where bars are replaced, and what is told of bars that were brought to another basis.

use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction, PriceBasis};
use atrium_shared::market::curate::Conversion;

use super::bases::{adjust, adjusted, assert_raw, count_to, daily, day, named, put, split};
use super::imports::Import;
use super::*;

#[test]
fn a_replacement_keeps_the_actions_that_its_basis_does_not_cover() {
    let raw = daily();
    let dividend = CorporateAction {
        first_day: day("2020-03-02"),
        kind: ActionKind::Dividend { factor: 0.95 },
    };
    let dividend = Actions::new(vec![dividend]).unwrap();
    let given = split("2020-06-01", 4.0).joined(&dividend);
    let vendor = adjusted(&raw, &split("2020-06-01", 4.0));
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &named("v1", PriceBasis::Raw), &raw, |_| {}).unwrap();
    adjust(&store, &given, false).unwrap();
    let replace = |file, basis, bars: &BarSeries, change: &dyn Fn(&mut Incoming)| {
        let import = Import {
            replace: true,
            ..named(file, basis)
        };
        put(&store, &import, bars, change)
    };
    let longer = first(&raw, raw.len() - 1, BarInterval::Day);
    let done = replace("v2", PriceBasis::Raw, &longer, &|_| {}).unwrap();
    assert_eq!(
        (done.outcome, &done.set.actions),
        (Outcome::Replaced, &given)
    );
    // the same again, and the file that was replaced
    let again = replace("v2", PriceBasis::Raw, &longer, &|_| {}).unwrap();
    assert_eq!(
        (again.outcome, &again.set.actions),
        (Outcome::Unchanged, &given)
    );
    let done = replace("v1", PriceBasis::Unstated, &raw, &|_| {}).unwrap();
    assert_eq!(done.set.actions, given);
    // prices that do not jump would be adjusted twice
    let before = sandbox.content();
    let refused = message(replace("v3", PriceBasis::Unstated, &vendor, &|_| {}));
    assert!(
        refused.contains("do not jump at the split 4:1") && refused.contains("--basis splits"),
        "{refused}"
    );
    assert_eq!(sandbox.content(), before);
    // also where only the bars are damaged
    fs::write(sandbox.base().join("data/SPY-1day/bars.parquet"), "PAR1").unwrap();
    let done = replace("v3", PriceBasis::Splits, &vendor, &|_| {}).unwrap();
    assert_eq!(
        (done.outcome, &done.set.actions),
        (Outcome::Replaced, &dividend)
    );
    // what comes with its actions has these alone, and what is of another kind has none of them
    let own = split("2020-06-01", 4.0);
    let done = replace("v4", PriceBasis::Raw, &raw, &|it| {
        it.actions = Some(own.clone())
    });
    assert_eq!(done.unwrap().set.actions, own);
    let done = replace("v5", PriceBasis::Raw, &raw, &|it| it.simulated = true).unwrap();
    assert!(done.set.actions.is_empty());
}

#[test]
fn stretches_that_were_converted_are_told_by_their_factors() {
    let raw = daily();
    let dividend = |first_day: &str, factor| CorporateAction {
        first_day: day(first_day),
        kind: ActionKind::Dividend { factor },
    };
    let dividends = vec![dividend("2020-03-02", 0.9), dividend("2020-09-01", 0.8)];
    let known = split("2020-06-01", 4.0).joined(&Actions::new(dividends).unwrap());
    let count = |from: &str, to: &str| (count_to(&raw, to) - count_to(&raw, from)) as u64;
    let stretch = |before: &str, prices: f64, volumes: f64, bars: u64| Conversion {
        before: day(before),
        prices,
        volumes,
        bars,
    };
    for (basis, actions, expected) in [
        (
            PriceBasis::Splits,
            split("2020-06-01", 4.0),
            vec![stretch(
                "2020-06-01",
                4.0,
                0.25,
                count("2020-01-01", "2020-06-01"),
            )],
        ),
        (
            PriceBasis::SplitsAndDividends,
            known.clone(),
            vec![
                stretch(
                    "2020-03-02",
                    4.0 / 0.72,
                    0.25,
                    count("2020-01-01", "2020-03-02"),
                ),
                stretch(
                    "2020-06-01",
                    4.0 / 0.8,
                    0.25,
                    count("2020-03-02", "2020-06-01"),
                ),
                stretch(
                    "2020-09-01",
                    1.0 / 0.8,
                    1.0,
                    count("2020-06-01", "2020-09-01"),
                ),
            ],
        ),
        (PriceBasis::Raw, Actions::default(), Vec::new()),
    ] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        let half = first(&raw, count_to(&raw, "2020-10-15"), BarInterval::Day);
        let with = |it: &mut Incoming| it.actions = Some(known.clone());
        put(&store, &named("v1", PriceBasis::Raw), &half, with).unwrap();
        let vendor = adjusted(&raw, &actions);
        let done = put(&store, &named("v2", basis), &vendor, |_| {}).unwrap();
        let found = &done.merge.converted;
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((found.before, found.bars), (expected.before, expected.bars));
            assert!(
                (found.prices / expected.prices - 1.0).abs() < 1e-12,
                "{found:?}"
            );
            assert!(
                (found.volumes / expected.volumes - 1.0).abs() < 1e-12,
                "{found:?}"
            );
        }
        assert_raw(&store, "SPY-1day", &raw);
        // it is kept with the import
        let detail = store.detail("SPY-1day").unwrap();
        assert_eq!(&detail.imports[1].merge.converted, found);
    }
}
