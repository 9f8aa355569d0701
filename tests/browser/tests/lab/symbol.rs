//! The data page on what is said of an instrument and of files: units, splits, closures, what a refusal asks for, several files.

use serde_json::{Value, json};

use super::barriers::{assert_no_barriers, tab_stops};
use super::data::{inspected, look, open, set, use_here};
use super::files::{Files, choose, choose_into, drag_in, next_days, previewed, told, week};
use super::support::{Page, Server, test_data};

/// Waits until the file was looked into, whatever came of it.
fn looked_into(page: &Page, stage: &str) {
    page.until(&format!(
        "document.querySelector('#import')?.dataset.stage === '{stage}'
         && document.querySelector('#import').dataset.checking === undefined"
    ));
}

fn trouble(page: &Page) -> String {
    page.text("document.querySelector('#import-trouble')?.textContent ?? ''")
}

/// Presses a button of the panel about an instrument and waits for what comes of it.
fn apply(page: &Page, button: &str, step: &str) -> String {
    page.until(&format!(
        "document.getElementById('{button}') && !document.getElementById('{button}').matches(':disabled')"
    ));
    page.click(&format!("#{button}"));
    page.until(&format!(
        "document.querySelector('#symbol-panel').dataset.step === '{step}'"
    ));
    page.text("document.querySelector('#symbol-panel').innerText")
}

/// Ends it; says where the focus went.
fn close(page: &Page) -> String {
    page.until("document.querySelector('#data').dataset.state === 'done'");
    page.click("#symbol-close");
    page.until("!document.querySelector('#symbol-panel')");
    page.text("document.activeElement.id")
}

/// A server that has [`week`] stored as TEST-1min, and a page that looks at it.
fn with_week(files: &Files, width: u32) -> (Server, Page) {
    let file = files.write("TEST_1m.csv", week());
    let server = Server::start(Some((&file, "TEST")));
    let page = open(&server, width, false);
    inspected(&page, "TEST-1min");
    (server, page)
}

#[test]
fn what_a_refusal_asks_for_can_be_given() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    // one row tells no interval
    let one = files.write(
        "one.csv",
        "Date,Open,High,Low,Close,Volume\n2024-06-27,1,2,0.5,1.5,10\n",
    );
    choose(&page, &one);
    looked_into(&page, "refused");
    assert!(trouble(&page).contains("interval"), "{}", trouble(&page));
    assert_no_barriers(&page, "a file that is refused");
    page.keep_picture("refused-light-1440");
    let stops = tab_stops(&page);
    for stop in [
        "import-symbol",
        "import-market",
        "import-zone",
        "import-labels",
        "import-interval",
        "import-dates",
        "column-time",
        "column-volume",
        "import-delimiter",
        "import-header",
        "import-decimal",
    ] {
        assert!(stops.iter().any(|reached| reached == stop), "{stop}");
    }
    // the focus stays where the choice was made
    page.script("document.getElementById('import-interval').focus();");
    set(&page, "import-interval", "1day");
    previewed(&page);
    assert_eq!(page.text("document.activeElement.id"), "import-interval");
    assert_eq!(told(&page, "[data-found=used]"), "1");
    assert_eq!(trouble(&page), "");
    // columns by other names: each refusal names what is left
    let names = "Date;Eröffnung;Hoch;Tief;Schluss;Stück";
    let other = week()
        .replace(',', ";")
        .replace("Date;Open;High;Low;Close;Volume", names);
    choose(&page, &files.write("other.csv", other));
    looked_into(&page, "refused");
    // what was found so far is there to choose from
    let seen = page.text("document.getElementById('seen').innerText");
    assert!(
        seen.contains("Eröffnung") && seen.contains("6/27/2024 9:30"),
        "{seen}"
    );
    assert_eq!(
        page.text("document.getElementById('import-delimiter').value"),
        ";"
    );
    let options = "[...document.getElementById('column-open').options].map(it => it.value).join()";
    assert_eq!(
        page.text(options),
        "Date,Eröffnung,Hoch,Tief,Schluss,Stück,"
    );
    assert_no_barriers(&page, "a refused file with its first rows");
    page.keep_picture("refused-seen-light-1440");
    for (column, name, left) in [
        ("column-open", "Eröffnung", "no column for high; low; close"),
        ("column-high", "Hoch", "no column for low; close"),
        ("column-low", "Tief", "no column for close"),
    ] {
        set(&page, column, name);
        page.until(&format!(
            "document.querySelector('#import-trouble')?.textContent.includes('{left} was')"
        ));
        looked_into(&page, "refused");
        assert_eq!(
            page.text(&format!("document.getElementById('{column}').value")),
            name
        );
    }
    set(&page, "column-close", "Schluss");
    previewed(&page);
    assert_eq!(told(&page, "[data-found=used]"), "2,111");
    assert_eq!(
        page.text("document.getElementById('column-open').value"),
        "Eröffnung"
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn rows_of_the_symbol_that_is_given_are_read() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 900, false);
    page.until("document.querySelector('#sets tbody tr')");
    let mut text = "Symbol,Date,Open,High,Low,Close,Volume\n".to_owned();
    for minute in 0..60 {
        for (symbol, price) in [("AAA", 100), ("BBB", 200)] {
            text += &format!(
                "{symbol},2024-06-27 {:02}:{:02}:00Z,{price},{price},{price},{price},5\n",
                14 + minute / 60,
                minute % 60
            );
        }
    }
    choose(&page, &files.write("all.csv", text));
    previewed(&page);
    let said = page.text("document.getElementById('import-refusal').textContent");
    assert!(said.contains("of 2 symbols"), "{said}");
    assert_eq!(
        told(&page, "[data-found=symbols]"),
        "AAA (60 rows), BBB (60 rows)"
    );
    for (symbol, price) in [("BBB", "200"), ("AAA", "100")] {
        set(&page, "import-symbol", symbol);
        page.until(&format!(
            "document.querySelector('#sample tbody td:nth-child(4)')?.textContent === '{price}'
             && !document.getElementById('import-refusal')"
        ));
        previewed(&page);
        assert_eq!(told(&page, "[data-found=used]"), "60");
    }
    use_here(&page);
    look(&page, "browser:AAA-1min");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn an_upload_that_is_not_read_waits_for_its_columns() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 900, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(
        &page,
        &files.write("ODD_1m.parquet", include_bytes!("odd_names.parquet")),
    );
    page.until("document.getElementById('import-send')");
    page.click("#import-send");
    looked_into(&page, "refused");
    assert!(
        trouble(&page).contains("no column for high; low; close"),
        "{}",
        trouble(&page)
    );
    let seen = page.text("document.getElementById('seen').innerText");
    assert!(seen.contains("bottom") && seen.contains("99.5"), "{seen}");
    for (column, name) in [
        ("column-open", "first"),
        ("column-high", "top"),
        ("column-low", "bottom"),
    ] {
        set(&page, column, name);
        page.until("document.querySelector('#import').dataset.checking === undefined");
        looked_into(&page, "refused");
    }
    set(&page, "column-close", "final");
    previewed(&page);
    set(&page, "column-volume", "traded");
    page.until("!document.querySelector('.notes')?.textContent.includes('volumes')");
    previewed(&page);
    assert_eq!(told(&page, "[data-found=used]"), "60");
    page.click("#import-store");
    page.until("document.querySelector('#import').dataset.stage === 'done'");
    look(&page, "ODD-1min");
    // the answer of the server that refuses is in the console, as every request that fails
    let odd = |line: &String| !line.contains("422");
    assert_eq!(page.console().into_iter().filter(odd).count(), 0);
}

#[test]
fn bars_of_this_browser_give_way_only_when_told_and_several_files_are_one() {
    let server = Server::start(None);
    let files = Files::new();
    let (first, second) = (
        files.write("TEST_1.csv", week()),
        files.write("TEST_2.csv", next_days()),
    );
    let page = open(&server, 1440, true);
    page.until("document.querySelector('#sets tbody tr')");
    // two files at once are one set; the server is said to take one at a time
    let both = format!("{}\n{}", second.display(), first.display());
    choose(&page, both.as_ref());
    previewed(&page);
    assert_eq!(told(&page, "[data-found=files]"), "2 files");
    assert!(
        page.text("document.getElementById('import-server').disabled && !!document.getElementById('import-several')")
            .contains("true")
    );
    page.until(
        "(([there, here]) => there.bottom <= here.top && there.width === here.width)([...document.querySelectorAll('.option')].map(one => one.getBoundingClientRect()))",
    );
    assert_no_barriers(&page, "several files");
    use_here(&page);
    let rows = |page: &Page| {
        page.text("document.querySelector('tr[data-set=\"browser:TEST-1min\"] [data-label=Rows]').textContent")
    };
    page.until("document.querySelector('tr[data-set=\"browser:TEST-1min\"]')");
    assert_eq!(rows(&page), "2,505");
    // one of them alone would take their place
    choose(&page, &first);
    previewed(&page);
    page.click("#import-here");
    page.until("document.getElementById('import-replace-here')");
    assert_no_barriers(&page, "a name that is taken in this browser");
    assert_eq!(
        page.text("document.getElementById('import-store').disabled"),
        "true"
    );
    // another name needs no word
    set(&page, "import-symbol", "OTHER");
    page.until("!document.getElementById('import-store').disabled");
    set(&page, "import-symbol", "TEST");
    page.until("document.getElementById('import-store').disabled");
    assert_eq!(rows(&page), "2,505");
    page.click("#import-replace-here");
    page.until("!document.getElementById('import-store').disabled");
    page.click("#import-store");
    looked_into(&page, "done");
    assert_eq!(rows(&page), "2,115");
    // files that are of two instruments by their names are asked about
    let strange = files.write("OTHER_1.csv", next_days());
    let both = format!("{}\n{}", first.display(), strange.display());
    choose(&page, both.as_ref());
    previewed(&page);
    let said = page.text("document.getElementById('import-refusal').textContent");
    assert!(
        said.contains("OTHER_1.csv is of OTHER by its name and TEST_1.csv of TEST"),
        "{said}"
    );
    page.until("document.getElementById('import-symbol').value === ''");
    page.until("document.getElementById('import-store').disabled");
    // one of the two is no answer; a symbol that no name says is one
    set(&page, "import-symbol", "TEST");
    previewed(&page);
    page.until("document.getElementById('import-refusal')");
    set(&page, "import-symbol", "BOTH");
    page.until("!document.getElementById('import-refusal')");
    previewed(&page);
    let said = page.text("document.getElementById('import').textContent");
    assert!(said.contains("all are read as BOTH, as given"), "{said}");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_series_of_leans_zips_is_one_data_set() {
    const FOLDER: &str = "lean_format_sample/crypto/binance/minute/btcusdt";
    let Some(folder) = test_data(FOLDER) else {
        return;
    };
    let server = Server::start(None);
    let page = open(&server, 900, false);
    page.until("document.querySelector('#sets tbody tr')");
    let days = (1..=7).map(|day| folder.join(format!("2024010{day}_trade.zip")));
    let days: Vec<String> = days.map(|day| day.display().to_string()).collect();
    choose(&page, days.join("\n").as_ref());
    page.until("document.getElementById('import-market')?.value === 'crypto'");
    previewed(&page);
    assert_eq!(
        page.text("document.getElementById('import-symbol').value"),
        "BTCUSDT"
    );
    assert_eq!(told(&page, "[data-found=used]"), "10,080");
    use_here(&page);
    look(&page, "browser:BTCUSDT-1min");
    assert_eq!(
        page.text("document.querySelector('#coverage').dataset.complete"),
        "7"
    );
}

#[test]
fn a_file_of_splits_is_known_used_and_questioned() {
    let files = Files::new();
    let (server, page) = with_week(&files, 1440);
    let dividend = files.write("test.csv", "date,kind,value\n2024-07-02,dividend,0.99\n");
    drag_in(&page, &dividend);
    page.until("document.querySelector('#symbol-panel')");
    assert_eq!(page.text("document.activeElement.id"), "symbol-panel");
    assert_eq!(
        page.text("document.getElementById('symbol-target').value"),
        "TEST",
        "it is of the symbol that its name says"
    );
    assert_no_barriers(&page, "a file of splits and dividends");
    page.keep_picture("splits-light-1440");
    let said = apply(&page, "symbol-apply", "done");
    assert!(
        said.contains("1 split or dividend, 1 of them new"),
        "{said}"
    );
    page.until("document.querySelector('#actions')?.innerText.includes('2024-07-02')");
    assert_eq!(close(&page), "import-file");
    // a split at which prices do not jump is a question
    let split = files.write("split.csv", "date,kind,value\n2024-07-03,split,4:1\n");
    choose_into(&page, "#actions-input", &split);
    let said = apply(&page, "symbol-apply", "failed");
    assert!(said.contains("do not jump at the split 4:1"), "{said}");
    assert!(!said.contains("--"), "{said}");
    assert_no_barriers(&page, "a split that prices do not show");
    let said = apply(&page, "symbol-accept", "done");
    assert!(
        said.contains("2 splits and dividends, 1 of them new"),
        "{said}"
    );
    page.until("document.querySelector('#actions')?.innerText.includes('4:1')");
    assert_eq!(close(&page), "actions-file");
    // instead of those known
    choose_into(&page, "#actions-input", &dividend);
    page.until("document.getElementById('symbol-replace')");
    page.click("#symbol-replace");
    let said = apply(&page, "symbol-apply", "done");
    assert!(said.contains("0 of them new; 1 gave way"), "{said}");
    page.until("!document.querySelector('#actions')?.innerText.includes('4:1')");
    close(&page);
    // what is no such file says so, and what one is
    let none = files.write("none.csv", week());
    choose_into(&page, "#actions-input", &none);
    page.until("document.querySelector('#symbol-unusable')?.textContent.includes('line 2')");
    let escape = "\u{e00c}";
    page.press(escape);
    page.until("!document.querySelector('#symbol-panel')");
    let listed: Value = serde_json::from_str(&server.atrium(&["data", "list", "--json"])).unwrap();
    assert!(listed.to_string().contains("2024-07-02"), "{listed}");
    // the browser tells of the question, too
    let errors = page.console();
    assert!(
        errors.iter().all(|error| error.contains("409")),
        "{errors:?}"
    );
}

#[test]
fn closures_are_used_shown_and_removed_here_and_there() {
    let files = Files::new();
    let (server, page) = with_week(&files, 1440);
    // as a spreadsheet saves it as "Unicode text"
    let units = "\u{feff}date,hours,name\n2024-07-05,12:00,my broker\n".encode_utf16();
    let text: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let file = files.write("closures.csv", text);
    let partial = |page: &Page| page.text("document.querySelector('#coverage').dataset.partial");
    assert_eq!(partial(&page), "1");
    let bad = files.write("bad.csv", "date,hours\n2024-07-05,noon\n");
    choose_into(&page, "#closures-input", &bad);
    page.until("document.querySelector('#symbol-unusable')?.textContent.includes('line 2')");
    close(&page);
    for key in ["TEST-1min", "browser:TEST-1min"] {
        if key != "TEST-1min" {
            choose(&page, &files.write("TEST_1m.csv", week()));
            previewed(&page);
            use_here(&page);
            look(&page, key);
        }
        choose_into(&page, "#closures-input", &file);
        let said = apply(&page, "symbol-apply", "done");
        assert!(said.contains("1 day with hours of their own"), "{said}");
        page.until("document.querySelector('#closures')?.innerText.includes('my broker')");
        page.until("document.querySelector('#coverage')?.dataset.early === '2'");
        assert_eq!(close(&page), "closures-file");
        assert_no_barriers(&page, "a data set with closures");
        page.click("#closures-clear");
        let said = apply(&page, "symbol-apply", "done");
        assert!(said.contains("by its calendar alone"), "{said}");
        page.until("!document.querySelector('#closures')");
        page.until("document.querySelector('#coverage')?.dataset.early === '1'");
        close(&page);
    }
    assert!(server.atrium(&["gaps", "TEST-1min"]).contains("TEST-1min"));
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn the_units_of_an_instrument_are_changed() {
    let files = Files::new();
    let (server, page) = with_week(&files, 390);
    page.click("#edit");
    page.until("document.getElementById('unit-tick')");
    assert_no_barriers(&page, "the units of an instrument");
    page.keep_picture("units-light-390");
    let overflow = page.text("document.documentElement.scrollWidth - window.innerWidth");
    assert!(overflow.parse::<i64>().unwrap() <= 0, "{overflow}");
    let typed = |id: &str, text: &str| {
        page.script(&format!(
            "const field = document.getElementById('{id}'); field.value = '{text}';
             field.dispatchEvent(new Event('input', {{bubbles: true}}));"
        ));
    };
    let wrong = |what: &str| {
        page.until(&format!(
            "document.querySelector('#unit-trouble')?.textContent.includes('{what}')
             && document.getElementById('symbol-apply').matches(':disabled')"
        ));
    };
    typed("unit-tick", "half");
    wrong("none: write it");
    typed("unit-tick", "-1");
    wrong("tick_size");
    typed("unit-tick", "0.05");
    typed("unit-zone", "Mars/Olympus");
    wrong("Mars/Olympus");
    typed("unit-zone", "");
    typed("unit-currency", "e");
    wrong("currency");
    typed("unit-currency", "eur");
    typed("unit-multiplier", "50");
    let said = apply(&page, "symbol-apply", "done");
    assert!(said.contains("TEST-1min is changed"), "{said}");
    page.until("document.querySelector('[data-fact=Units] dd').textContent === 'tick 0.05, lot 1, EUR, multiplier 50'");
    assert_eq!(close(&page), "edit");
    let shown: Value =
        serde_json::from_str(&server.atrium(&["instrument", "show", "TEST", "--json"])).unwrap();
    assert_eq!(
        shown.pointer("/TEST-1min/tick_size"),
        Some(&json!(0.05)),
        "{shown}"
    );
    // bars of this browser, too
    choose(&page, &files.write("HERE_1m.csv", week()));
    previewed(&page);
    use_here(&page);
    look(&page, "browser:HERE-1min");
    page.click("#edit");
    page.until("document.getElementById('unit-tick')");
    typed("unit-tick", "0.25");
    apply(&page, "symbol-apply", "done");
    page.until(
        "document.querySelector('[data-fact=Units] dd').textContent === 'tick 0.25, lot 1, USD'",
    );
    // the state of the server is read whole on a phone
    let cut = page.text(
        "(words => words.scrollWidth > words.clientWidth)(document.querySelector('.server span:last-child'))",
    );
    assert_eq!(cut, "false");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn prices_that_do_not_fit_are_asked_about_and_what_was_done_is_told() {
    let files = Files::new();
    let (_server, page) = with_week(&files, 1440);
    // every price one percent higher
    let higher = |line: &str| {
        let (time, rest) = line.split_once(',').unwrap();
        let values: Vec<String> = rest
            .split(',')
            .enumerate()
            .map(|(index, value)| match index {
                4 => value.to_owned(),
                _ => format!("{:.4}", value.parse::<f64>().unwrap() * 1.01),
            })
            .collect();
        format!("{time},{}\n", values.join(","))
    };
    let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
    text.extend(week().lines().skip(1).map(higher));
    choose(&page, &files.write("TEST_1m.csv", text));
    previewed(&page);
    page.click("#import-store");
    page.until("document.getElementById('import-accept')");
    assert!(
        trouble(&page).contains("by one ratio"),
        "{}",
        trouble(&page)
    );
    assert!(!trouble(&page).contains("--"), "{}", trouble(&page));
    assert_no_barriers(&page, "a question about prices");
    page.keep_picture("question-light-1440");
    // what the refusal names besides can be chosen, too
    assert_eq!(
        page.text("document.getElementById('import-store').disabled"),
        "false"
    );
    page.click("#import-accept");
    looked_into(&page, "done");
    assert_eq!(told(&page, "[data-done=changed]"), "2,110");
    look(&page, "TEST-1min");
    page.until("document.querySelectorAll('#imports tbody tr').length === 2");
    // the whole table is seen
    let cut = page.text(
        "(box => box.scrollWidth > box.clientWidth)(document.querySelector('#imports').parentElement)",
    );
    assert_eq!(cut, "false");
    // a stretch that is adjusted for a known dividend is brought back, which the history tells
    let dividend = files.write("TEST.csv", "date,kind,value\n2024-07-02,dividend,0.95\n");
    choose(&page, &dividend);
    apply(&page, "symbol-apply", "done");
    close(&page);
    let lower = |line: &str| {
        let (time, rest) = line.split_once(',').unwrap();
        let old = time.starts_with("6/") || time.starts_with("7/1/");
        let factor = if old { 1.01 * 0.95 } else { 1.01 };
        let values: Vec<String> = rest
            .split(',')
            .enumerate()
            .map(|(index, value)| match index {
                4 => value.to_owned(),
                _ => format!("{:.6}", value.parse::<f64>().unwrap() * factor),
            })
            .collect();
        format!("{time},{}\n", values.join(","))
    };
    let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
    text.extend(week().lines().skip(1).map(lower));
    text.extend(next_days().lines().skip(391).map(lower));
    choose(&page, &files.write("TEST_1m.csv", text));
    previewed(&page);
    page.click("#import-store");
    looked_into(&page, "done");
    let notes = page.text("document.querySelector('#merge-notes')?.textContent ?? ''");
    assert!(notes.contains("Brought to the stored basis: "), "{notes}");
    look(&page, "TEST-1min");
    page.until("document.querySelector('tr[data-notes=\"3\"]')?.textContent.includes('Brought to the stored basis')");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn reasons_that_did_not_occur_are_shown_on_demand() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let shown = |page: &Page| -> usize {
        page.text("[...document.querySelectorAll('#reasons tbody tr')].filter(line => !line.hidden).length")
            .parse()
            .unwrap()
    };
    let some = shown(&page);
    let none = page.text("[...document.querySelectorAll('#reasons tbody tr')].filter(line => !line.hidden && line.querySelector('td').dataset.decisions === '0').length");
    assert_eq!(none, "0");
    let all: usize = page
        .text("document.querySelectorAll('#reasons tbody tr').length")
        .parse()
        .unwrap();
    assert!((1..all).contains(&some), "{some} of {all}");
    page.script("document.getElementById('other-reasons').focus();");
    page.press("\u{e007}");
    page.until("document.getElementById('other-reasons').getAttribute('aria-expanded') === 'true'");
    assert_eq!(shown(&page), all);
    page.click("#other-reasons");
    page.until(
        "document.getElementById('other-reasons').getAttribute('aria-expanded') === 'false'",
    );
    assert_eq!(shown(&page), some);
    // what the head of a scrolled page half covers is no finding
    page.script("scrollTo(0, 0);");
    assert_no_barriers(&page, "reasons");
}
