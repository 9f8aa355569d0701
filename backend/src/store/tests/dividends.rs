//! Dividends whose values are amounts, where factors are wanted.

use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};

use super::bases::{UNSTATED, daily, day, put, split};
use super::found::with_found;
use super::jumps::{TRUE_DAY, changed, give};
use super::*;

fn dividends(of: &[(&str, f64)]) -> Actions {
    let dividend = |&(first_day, factor): &(&str, f64)| CorporateAction {
        first_day: day(first_day),
        kind: ActionKind::Dividend { factor },
    };
    Actions::new(of.iter().map(dividend).collect()).unwrap()
}

#[test]
fn a_found_split_is_no_answer_to_the_amount_of_a_dividend() {
    let raw = daily();
    let sandbox = Sandbox::new();
    let store = with_found(&sandbox, &raw, &split(TRUE_DAY, 4.0));
    // within the time in which the split may have been
    let amount = dividends(&[("2020-05-20", 0.7)]);
    let refused = give(&store, &amount, false).unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("its value is an amount") && !said.contains("was found here"),
        "{said}"
    );
    assert!(refused.may_accept(), "{said}");
    give(&store, &amount, true).unwrap();
}

#[test]
fn amounts_that_are_no_tenth_each_are_seen_together() {
    const GIVEN: [(&str, f64); 4] = [
        ("2020-03-10", 0.95),
        ("2020-05-06", 0.95),
        ("2020-07-15", 0.95),
        ("2020-09-10", 0.95),
    ];
    let raw = daily();
    let given = dividends(&GIVEN);
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    put(&store, &UNSTATED, &raw, |_| {}).unwrap();
    let refused = give(&store, &given, false).unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("on the days of 4 dividends that take off 18.5 %")
            && said.contains("the first the dividend")
            && said.contains("on 2020-03-10")
            && said.contains("1 - amount / last close before it"),
        "{said}"
    );
    assert!(refused.may_accept(), "{said}");
    // nothing was changed
    assert!(store.card("SPY-1day").unwrap().actions.is_empty());
    // one of them alone is within what days move
    give(&store, &dividends(&GIVEN[..1]), false).unwrap();
    // those that prices fall by are taken
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let days = GIVEN.map(|(first_day, _)| day(first_day).midnight_utc());
    let starts = raw.start().to_vec();
    let paid = changed(&raw, |index, prices, volume| {
        let later = days.iter().filter(|it| starts.get(index) >= Some(it));
        let factor = 0.95_f64.powi(later.count() as i32);
        (prices.map(|price| price * factor), volume)
    });
    put(&store, &UNSTATED, &paid, |_| {}).unwrap();
    give(&store, &given, false).unwrap();
    assert_eq!(store.card("SPY-1day").unwrap().actions, given);
}
