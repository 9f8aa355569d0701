//! The data page on what is stored: imports by the server, what they change, export, removal.

use serde_json::Value;

use super::barriers::assert_no_barriers;
use super::data::{inspected, look, open, set};
use super::files::{Files, choose, next_days, previewed, told, week};
use super::support::{Page, Server, test_data};

/// Has the server store the file of the preview.
fn store(page: &Page) {
    page.until("document.getElementById('import-server').checked");
    page.until("!document.getElementById('import-store').disabled");
    page.click("#import-store");
    page.until("document.querySelector('#import').dataset.stage === 'done'");
}

fn outcome(page: &Page) -> String {
    page.text("document.querySelector('.outcome').dataset.outcome")
}

#[test]
fn a_file_is_stored_added_to_and_removed() {
    let server = Server::start(None);
    let files = Files::new();
    let first = files.write("TEST_1m.csv", week());
    let page = open(&server, 1440, true);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &first);
    previewed(&page);
    store(&page);
    assert_eq!(outcome(&page), "stored");
    for (what, value) in [
        ("rows", "2,112"),
        ("exact", "1"),
        ("rejected", "1"),
        ("filled", "5"),
    ] {
        assert_eq!(told(&page, &format!("[data-done={what}]")), value, "{what}");
    }
    assert!(
        page.text("document.querySelector('#quarantine tbody').innerText")
            .contains("7/5/2024 12:02")
    );
    page.keep_picture("stored-dark-1440");
    let digest =
        || page.text("document.querySelector('tr[data-set=\"TEST-1min\"] code').textContent");
    page.until("document.querySelector('tr[data-set=\"TEST-1min\"]')");
    let before = digest();

    // the same again changes nothing
    page.click("#import-close");
    choose(&page, &first);
    previewed(&page);
    store(&page);
    assert_eq!(outcome(&page), "unchanged");
    assert_eq!(digest(), before);

    // an overlap is merged, and it is said what changed
    page.click("#import-close");
    choose(&page, &files.write("TEST_more.csv", next_days()));
    previewed(&page);
    // two sessions are too few to tell the zone by
    set(&page, "import-zone", "America/New_York");
    previewed(&page);
    assert!(
        page.text("document.getElementById('import-store').textContent")
            .contains("Add to TEST-1min")
    );
    // what that would change is told before it is done, and another choice is asked about anew
    let rehearsed = |outcome: &str| {
        page.until("document.querySelector('#import-rehearse:not(:disabled)')");
        page.click("#import-rehearse");
        page.until(&format!(
            "document.getElementById('rehearsal')?.dataset.outcome === '{outcome}'"
        ));
    };
    rehearsed("merged");
    for (what, value) in [("added", "395"), ("changed", "10"), ("unchanged", "375")] {
        let selector = format!("#rehearsal [data-done={what}]");
        assert_eq!(told(&page, &selector), value, "{what}");
    }
    assert_no_barriers(&page, "rehearsed");
    page.until("(() => { const box = document.getElementById('rehearsal').getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; })()");
    page.keep_picture("rehearsed-dark-1440");
    page.click("#import-replace");
    page.until("!document.getElementById('rehearsal')");
    rehearsed("replaced");
    let gone = page.text("document.getElementById('rehearsal').innerText");
    assert!(gone.contains("bars in 1 import"), "{gone}");
    page.click("#import-merge");
    assert_eq!(digest(), before);
    store(&page);
    assert_eq!(outcome(&page), "merged");
    for (what, value) in [("added", "395"), ("changed", "10"), ("unchanged", "375")] {
        assert_eq!(told(&page, &format!("[data-done={what}]")), value, "{what}");
    }
    let change = page.text("document.querySelector('#changes tbody tr').innerText");
    assert!(
        change.contains("2024-07-05 13:30") && change.contains("100 → 1009"),
        "{change}"
    );
    assert_no_barriers(&page, "bars that changed");
    page.until(&format!(
        "document.querySelector('tr[data-set=\"TEST-1min\"] code').textContent !== '{before}'"
    ));

    // its history, its coverage, its files
    look(&page, "TEST-1min");
    assert_eq!(
        page.text("document.querySelector('#imports tbody').rows.length"),
        "2"
    );
    assert_eq!(
        page.text("document.querySelector('#coverage').dataset.partial"),
        "1"
    );
    let address = |format: &str| {
        page.text(&format!(
            "document.querySelector('[data-export={format}]').href"
        ))
    };
    let csv = page.script(&format!(
        "const request = new XMLHttpRequest(); request.open('GET', '{}', false); request.send();
         return [request.status, request.responseText.split('\\n').length, request.getResponseHeader('content-disposition')];",
        address("csv")
    ));
    // a header, the real bars of eight sessions, an end
    assert_eq!(
        csv,
        serde_json::json!([
            200,
            1 + 2_110 + 395 + 1,
            "attachment; filename=\"TEST-1min.csv\""
        ])
    );
    assert!(address("parquet").ends_with("format=parquet"));
    let listed: Value = serde_json::from_str(&server.atrium(&["data", "list", "--json"])).unwrap();
    assert!(listed.to_string().contains(&digest()), "{listed}");

    // removed only after a second word
    page.click("#remove");
    page.until("document.getElementById('remove-now')");
    assert_no_barriers(&page, "a removal");
    page.click("#remove-now");
    page.until("!document.querySelector('tr[data-set=\"TEST-1min\"]')");
    assert!(
        !server
            .atrium(&["data", "list", "--json"])
            .contains("TEST-1min")
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn the_faults_of_the_demo_are_found_and_shown() {
    let server = Server::start(None);
    let page = open(&server, 900, false);
    page.until("document.querySelectorAll('#sets tbody tr').length === 5");
    assert_eq!(
        page.text("document.querySelectorAll('#sets .tag').length"),
        "5"
    );
    assert_no_barriers(&page, "the list of data sets");
    let inspect = |name: &str| {
        page.click(&format!("tr[data-set=\"{name}\"] a"));
        inspected(&page, name);
    };
    let shown = |what: &str| {
        page.click(&format!("#{what} tbody .row-button"));
        page.until("document.querySelector('#clip').dataset.barsDrawn > 0");
    };
    inspect("SIMA-1min");
    assert!(
        page.text("document.querySelector('#offenders tbody tr').innerText")
            .contains("Bad print")
    );
    shown("offenders");
    assert_eq!(
        page.text("document.querySelector('#clip').dataset.marked"),
        "60-61"
    );
    assert!(
        page.text("document.querySelector('.actions').innerText")
            .contains("10:1")
    );
    inspect("SIMB-1min");
    assert_eq!(
        page.text("document.querySelector('#gaps tbody tr').dataset.missing"),
        "35"
    );
    shown("gaps");
    page.until("document.querySelector('#clip').dataset.marked === '60-60'");
    inspect("SIMBTCUSD-1min");
    assert_eq!(
        page.text("document.querySelector('.gaps').dataset.gaps"),
        "1"
    );
    inspect("SIM-1min");
    assert_eq!(
        page.text("document.querySelector('.score').dataset.score"),
        "1"
    );
    assert_eq!(
        page.text("document.querySelector('#coverage').dataset.complete"),
        "496"
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn parquet_is_looked_into_by_the_server() {
    let Some(file) = test_data(super::SPY) else {
        return;
    };
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &file);
    page.until("document.getElementById('import-send')");
    page.click("#import-send");
    previewed(&page);
    assert_eq!(
        page.text("document.getElementById('import-here').disabled"),
        "true"
    );
    store(&page);
    look(&page, "SPY-1min");
    page.keep_picture("spy-data-light-1440");
    // the closure of 2025-01-09 is no session, and nothing is missing there
    page.script("document.querySelector('.twin').open = true;");
    assert_eq!(
        page.text("document.querySelector('#coverage').dataset.early"),
        "3"
    );
    assert_eq!(
        page.text("document.querySelector('#coverage').dataset.missing"),
        "0"
    );
}

#[test]
fn a_column_that_names_another_symbol_is_answered_by_either() {
    let server = Server::start(None);
    let files = Files::new();
    let rows = week();
    let (head, rows) = rows.split_once('\n').unwrap();
    let rows: Vec<String> = rows.lines().map(|row| format!("FB,{row}")).collect();
    let file = files.write(
        "META_1m.csv",
        format!("Symbol,{head}\n{}\n", rows.join("\n")),
    );
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &file);
    previewed(&page);
    let refusal = || page.text("document.getElementById('import-refusal')?.textContent ?? ''");
    let asked = refusal();
    assert!(
        asked.contains("all rows are of FB") && !asked.contains("--"),
        "{asked}"
    );
    let notes = || page.text("document.querySelector('.found')?.innerText ?? ''");
    // the one of the column, another one, and that of the file's name, which is typed anew where it stands
    set(&page, "import-symbol", "FB");
    page.until("!document.getElementById('import-refusal')");
    page.until("!document.getElementById('import-store').disabled");
    previewed(&page);
    assert!(!notes().contains("all rows are of"), "{}", notes());
    set(&page, "import-symbol", "METAX");
    page.until(
        "document.querySelector('.found')?.innerText.includes('as those of METAX, as given')",
    );
    page.click("#import-close");
    choose(&page, &file);
    previewed(&page);
    assert!(!refusal().is_empty());
    page.script(
        "const control = document.getElementById('import-symbol'); control.focus(); control.value = 'META';
         control.dispatchEvent(new Event('input', {bubbles: true})); control.blur();",
    );
    page.until(
        "document.querySelector('.found')?.innerText.includes('as those of META, as given')",
    );
    store(&page);
    assert_eq!(outcome(&page), "stored");
    page.until("document.querySelector('tr[data-set=\"META-1min\"]')");
    assert_eq!(page.console(), Vec::<String>::new());
}
