//! Candle tables: a handful of bars, a configuration, and the fills that a trader would expect.
//!
//! They are text, in `tables/`, one file a group of rules, each table with the section of `strategy.md` that it pins; the
//! numbers are worked out by hand beside it. `README.md` says how to read and write them.

#![cfg(not(target_arch = "wasm32"))]

mod expected;
mod table;
mod run;

use std::fs;
use std::path::Path;

use table::Table;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/candles/tables");

/// Every table of every file, in order of their names.
fn tables() -> Result<Vec<Table>, String> {
    let entries = fs::read_dir(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut tables = Vec::new();
    for path in files {
        tables.extend(read(&path)?);
    }
    Ok(tables)
}

fn read(path: &Path) -> Result<Vec<Table>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path.file_name().unwrap_or_default();
    table::read(&name.to_string_lossy(), &text)
}

#[test]
fn every_table_comes_out_as_a_trader_expects() -> Result<(), String> {
    let tables = tables()?;
    let mut wrong = String::new();
    for table in &tables {
        let differences = run::differences(table);
        if !differences.is_empty() {
            let differences = differences.join("\n    ");
            wrong += &format!("{} {}\n    {differences}\n", table.place, table.title);
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("of {} tables these fail:\n{wrong}", tables.len()))
    }
}

#[test]
fn every_section_has_tables_and_no_title_comes_twice() -> Result<(), String> {
    let tables = tables()?;
    assert!(tables.len() >= 280, "only {} tables", tables.len());
    for section in ["§2", "§3", "§4", "§5", "§6", "§7", "§8"] {
        let of_it = |table: &&Table| table.title.starts_with(section);
        assert!(tables.iter().any(|table| of_it(&table)), "{section}");
    }
    let mut titles: Vec<&str> = tables.iter().map(|table| table.title.as_str()).collect();
    titles.sort_unstable();
    for (title, next) in titles.iter().zip(titles.iter().skip(1)) {
        assert_ne!(title, next);
    }
    Ok(())
}

/// What is said of a table with these lines after its title.
fn said(lines: &str) -> String {
    let text = format!("table §4 a table of this test\n{lines}\n");
    match table::read("here", &text) {
        Err(why) => why,
        Ok(tables) => tables.iter().flat_map(run::differences).collect(),
    }
}

#[test]
fn a_reason_that_is_not_listed_must_not_occur() {
    let lines = "with policy.on_opposite = exit\npredict 104\nbar 100.5 101 99 100\npredict 99\n\
        bar 100 104 99 103\nexpect long 50 in 100.5 bar 1, out 104 bar 2 by target, net 175, costs 0";
    assert_eq!(said(lines), "BelowAtrGate 1 times, not 0");
}

const BARS: &str = "predict 104\nbar 100.5 101 99 100\nbar 100 104 99 103\n";

#[test]
fn what_is_no_table_is_an_error_with_file_and_line() {
    for (lines, words) in [
        ("bat 1 2 3 4", "here:2: \"bat 1 2 3 4\": \"bat\" is no word"),
        ("bar 1 2 3", "prices are"),
        ("bar 1 2 3 x", "\"x\" is no number"),
        ("bar 1 2 3 4 5", "a bar is"),
        ("with policy.entri = limit", "entri"),
        ("with policy.entry = limits", "limits"),
        ("instrument tick_siz = 1", "tick_siz"),
        ("predict 104 sure", "\"sure\" stands alone"),
        ("signal up", "up"),
        ("finer 1 2 3 4", "say first"),
        ("expect profit", "nothing that a table can expect"),
        ("expect long 50 in 100 bar 1", "a trade is"),
        (
            "expect long 5 in 1 bar 1, out 1 bar 1 by luck, net 0, costs 0",
            "luck",
        ),
        (
            "expect long 5 in 1 bar 1, out 1 bar 1 by stop, net 0",
            "its `costs`",
        ),
        ("expect reason boredom 1", "boredom"),
        ("bar 1 2 3 4", "here:1: a table expects"),
        ("expect no trade", "the table says why"),
    ] {
        let found = said(lines);
        assert!(found.contains(words), "{lines:?}: {found:?}");
    }
    let untitled = table::read("here", "bar 1 2 3 4").err().unwrap_or_default();
    assert_eq!(untitled, "here:1: a file begins with a table");
}

#[test]
fn a_table_that_expects_something_else_fails() {
    let right = "expect long 50 in 100.5 bar 1, out 104 bar 2 by target, net 175, costs 0";
    assert_eq!(said(&format!("{BARS}{right}")), "");
    for (lines, words) in [
        (right.replace("50 in", "49 in"), "made: Long 50"),
        (right.replace("long", "short"), "made: Long 50"),
        (right.replace("100.5", "100.51"), "made: Long 50"),
        (right.replace("104", "104.01"), "made: Long 50"),
        (right.replace("bar 2", "bar 1"), "made: Long 50"),
        (right.replace("target", "stop"), "made: Long 50"),
        (right.replace("175", "175.01"), "Net is 175"),
        (right.replace("costs 0", "costs 1"), "Costs is 0"),
        (format!("{right}, sized_by asked"), "sized by Risk"),
        (format!("{right}\n{right}"), "1 trades, not 2"),
        (format!("{right}\nexpect equity 9976 bar 1"), "equity at"),
        (format!("{right}\nexpect reason halted 1"), "Halted 0 times"),
        (format!("{right}\nexpect halt ruin bar 1"), "halted: None"),
        (
            format!("{right}\nexpect breach ruin bar 1 equity 0 limit 0"),
            "breaches: []",
        ),
        (format!("{right}\nexpect unrefined 1"), "0 bars"),
        (
            "expect no trade\nexpect unfilled".to_owned(),
            "1 trades, not 0",
        ),
        ("expect refused nonsense".to_owned(), "should be refused"),
    ] {
        let found = said(&format!("{BARS}{lines}"));
        assert!(found.contains(words), "{lines:?}: {found:?}");
    }
}
