//! Texts beside bars: splits and dividends as users and LEAN write them, and names of files. Whatever they hold, what is taken is
//! in range and in order, and what is refused is refused with a line that is there.

use std::cell::Cell;

use atrium_shared::base::time::Day;
use atrium_shared::market::actions::{
    ActionKind, Actions, BadFactorFile, CorporateAction, parse_actions, parse_factor_file,
};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::intake::guess_instrument;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::for_all;
use crate::mutate::{mutated, mutations};

const TEXTS: [&str; 2] = [
    include_str!("corpus/actions.txt"),
    include_str!("corpus/factors.csv"),
];

/// Lines that may be right where they stand, and such as break readers.
const LINES: [&str; 18] = [
    "2014-06-09,split,7",
    "2014-06-10,split,1000000",
    "2014-06-11,split,1:1000000",
    "2014-06-12,dividend,0.000001",
    "2014-06-13,dividend,1e6",
    "2020-08-31,split,0:0",
    "9999-12-31,split,2",
    "0000-01-01,dividend,0.5",
    "2024-02-30,split,2",
    "date,kind,value",
    "# none",
    "",
    "20140606,0.9,0.5",
    "20140605,0.9,1e-320",
    "99991230,1,0.25",
    "99991231,1e308,1000000",
    "00000101,1,1",
    "20140607,1,1,1,1,1",
];

/// A text of the corpus with some lines more, changed.
fn texts() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec((0.0..1.0f64, 0..LINES.len()), 0..5);
    let changes = prop_oneof![2 => Just(Vec::new()), 3 => mutations()];
    (0..TEXTS.len(), lines, changes).prop_map(|(seed, lines, changes)| {
        let mut all: Vec<&str> = TEXTS[seed].lines().collect();
        for (share, line) in lines {
            let at = (share * (all.len() + 1) as f64) as usize;
            all.insert(at, LINES[line]);
        }
        let bytes = mutated(all.join("\n").as_bytes(), &changes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// As a user would write them.
fn written(actions: &Actions) -> String {
    let line = |action: &CorporateAction| {
        let (kind, value) = match action.kind {
            ActionKind::Split { ratio } => ("split", ratio),
            ActionKind::Dividend { factor } => ("dividend", factor),
        };
        format!("{},{kind},{value}\n", action.first_day)
    };
    let lines: String = actions.list().iter().map(line).collect();
    format!("date,kind,value\n{lines}")
}

fn check_refused(text: &str, bad: &BadFactorFile) -> TestCaseResult {
    let line = bad.line.checked_sub(1).and_then(|at| text.lines().nth(at));
    prop_assert!(line.is_some_and(|line| line.contains(&bad.text)), "{bad}");
    prop_assert!(!bad.reason.is_empty() && bad.reason.len() < 400, "{bad}");
    prop_assert!(bad.text.chars().count() <= 80, "{bad}");
    Ok(())
}

fn check_taken(actions: &Actions, calendar: Calendar) -> TestCaseResult {
    let order = |action: &CorporateAction| {
        let is_dividend = matches!(action.kind, ActionKind::Dividend { .. });
        (action.first_day, is_dividend)
    };
    let list = actions.list();
    prop_assert!(list.is_sorted_by(|one, next| order(one) < order(next)));
    for action in list {
        let (ActionKind::Split { ratio: value } | ActionKind::Dividend { factor: value }) =
            action.kind;
        prop_assert!((1e-6..=1e6).contains(&value), "{action}");
        let before = Day(action.first_day.0 - 1);
        for factor in [actions.factor(before), actions.split_factor(before)] {
            prop_assert!(factor.is_finite() && factor > 1e-100, "{action}: {factor}");
        }
    }
    let parsed = parse_actions(&written(actions), calendar);
    prop_assert_eq!(parsed.as_ref(), Ok(actions));
    let json = serde_json::to_string(actions).unwrap_or_default();
    let again = serde_json::from_str::<Actions>(&json).ok();
    prop_assert_eq!(again.as_ref(), Some(actions));
    Ok(())
}

#[test]
fn whatever_a_file_of_actions_holds_is_taken_or_its_line_is_named() {
    let (taken, refused) = (Cell::new(0), Cell::new(0));
    let calendars = prop::sample::select(Calendar::ALL.to_vec());
    for_all((texts(), calendars), |(text, calendar)| {
        for read in [
            parse_actions(&text, calendar),
            parse_factor_file(&text, calendar),
        ] {
            match read {
                Ok(actions) => {
                    taken.set(taken.get() + usize::from(!actions.is_empty()));
                    check_taken(&actions, calendar)?;
                }
                Err(bad) => {
                    refused.set(refused.get() + 1);
                    check_refused(&text, &bad)?;
                }
            }
        }
        Ok(())
    });
    let (taken, refused) = (taken.get(), refused.get());
    assert!(
        taken > 50 && refused > 50,
        "{taken} taken, {refused} refused"
    );
}

#[test]
fn noise_is_no_file_of_actions() {
    let noise = prop_oneof![
        "\\PC{0,200}",
        "([0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})?[,:.splitdivn0-9eE+ \n#-]{0,200}",
    ];
    for_all(noise, |text| {
        for calendar in [Calendar::Nyse, Calendar::Crypto] {
            for read in [
                parse_actions(&text, calendar),
                parse_factor_file(&text, calendar),
            ] {
                match read {
                    Ok(actions) => check_taken(&actions, calendar)?,
                    Err(bad) => check_refused(&text, &bad)?,
                }
            }
        }
        Ok(())
    });
}

#[test]
fn whatever_a_file_is_called_an_instrument_can_be_what_is_proposed() {
    let names = prop_oneof![
        "\\PC{0,60}",
        "(NASDAQ|OANDA|DAT|FX|COM)?[_:]?[A-Za-z0-9]{0,8}[-._ /=]?[A-Z0-9]{0,8}[, _-]{0,2}[0-9A-Za-z]{0,6}(\\.(csv|txt|zip|gz|parquet))?",
        "(equity|forex|crypto|cfd)/[a-z]{0,6}/(minute|daily|hour)/[a-zA-Z0-9.]{0,12}/?[0-9]{0,8}(_trade|_quote)?(\\.zip)?",
    ];
    let proposed = Cell::new(0);
    for_all(names, |name| {
        if let Some(instrument) = guess_instrument(&name) {
            proposed.set(proposed.get() + 1);
            prop_assert_eq!(instrument.validate(), Ok(()));
            prop_assert_eq!(instrument.validate_description(), Ok(()));
            let symbol = &instrument.symbol;
            let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            let is_symbol = symbol.starts_with(|c: char| c.is_ascii_alphanumeric());
            prop_assert!(is_symbol && symbol.chars().all(allowed), "{symbol:?}");
        }
        Ok(())
    });
    assert!(proposed.get() > 30, "{}", proposed.get());
}
