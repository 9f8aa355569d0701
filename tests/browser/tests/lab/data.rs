//! The data page on files that never leave the browser.

use serde_json::Value;

use super::barriers::{assert_no_barriers, tab_stops};
use super::files::{Files, choose, drag_in, previewed, told, week};
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest};

/// Opens the data page.
pub(crate) fn open(server: &Server, width: u32, dark: bool) -> Page {
    let page = Page::open(server, width, dark);
    page.script("location.hash = '#/data';");
    page.until("document.querySelector('#data')");
    page
}

/// Opens the data page where the server's data sets cannot be had.
pub(crate) fn without_data_sets(server: &Server, width: u32) -> Page {
    let page = Page::open(server, width, false);
    page.devtools("Network.enable", &serde_json::json!({}));
    page.devtools(
        "Network.setBlockedURLs",
        &serde_json::json!({"urls": ["*/api/datasets*"]}),
    );
    page.command(
        "url",
        &serde_json::json!({"url": format!("{}#/data", server.address)}),
    );
    page.command("refresh", &serde_json::json!({}));
    page.until("document.querySelector('#data')?.dataset.state === 'error' && document.querySelector('#simulate-here')");
    page
}

/// Sets a control as a person does who chooses or types.
pub(crate) fn set(page: &Page, id: &str, value: &str) {
    page.script(&format!(
        "const control = document.getElementById('{id}'); control.value = '{value}';
         control.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

/// Has the file of the preview used in this browser alone.
pub(crate) fn use_here(page: &Page) {
    page.click("#import-here");
    page.until("!document.getElementById('import-store').disabled");
    page.click("#import-store");
    page.until("document.querySelector('#import').dataset.stage === 'done'");
}

/// Looks at the data set that was just read.
pub(crate) fn look(page: &Page, key: &str) {
    page.click("#outcome-look");
    inspected(page, key);
    // a frame later than what is said of it
    page.until("document.activeElement.id === 'detail-title'");
}

/// Waits for the reports of a data set.
pub(crate) fn inspected(page: &Page, key: &str) {
    page.until(&format!(
        "document.querySelector('.detail')?.dataset.inspected === '{key}'
         && document.querySelector('#data').dataset.state === 'done' && document.querySelector('#coverage')"
    ));
}

/// A number of the coverage calendar.
fn days(page: &Page, state: &str) -> String {
    page.text(&format!(
        "document.querySelector('#coverage').dataset.{state}"
    ))
}

#[test]
fn a_dropped_file_is_told_used_and_never_sent() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", week());
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    page.asked();
    drag_in(&page, &file);
    previewed(&page);
    page.keep_picture("import-light-1440");
    for (what, value) in [("rows", "2,112"), ("used", "2,111"), ("rejected", "1")] {
        assert_eq!(
            told(&page, &format!("[data-found={what}]")),
            value,
            "{what}"
        );
    }
    let value = |id: &str| page.text(&format!("document.getElementById('{id}').value"));
    assert_eq!(value("import-symbol"), "TEST");
    assert_eq!(value("import-labels"), "start");
    assert_eq!(value("import-interval"), "1min");
    assert_eq!(value("column-time"), "Date");
    assert!(
        page.text("document.querySelector('#sample tbody').innerText")
            .contains("2024-06-27 13:30")
    );
    let reason = page.text("document.querySelector('#reasons tbody').innerText");
    assert!(reason.contains("7/5/2024 12:02"), "{reason}");
    assert_no_barriers(&page, "the preview of a file");

    use_here(&page);
    page.keep_picture("outcome-light-1440");
    assert_no_barriers(&page, "the outcome of an import");
    for (what, value) in [
        ("rows", "2,112"),
        ("exact", "1"),
        ("conflicting", "0"),
        ("rejected", "1"),
        ("filled", "5"),
    ] {
        assert_eq!(told(&page, &format!("[data-done={what}]")), value, "{what}");
    }
    let quarantine = page.text("document.querySelector('#quarantine tbody').innerText");
    assert!(
        quarantine.contains("7/5/2024 12:02") && quarantine.contains("high"),
        "{quarantine}"
    );

    look(&page, "browser:TEST-1min");
    for (state, number) in [
        ("complete", "3"),
        ("early", "1"),
        ("partial", "1"),
        ("missing", "0"),
        ("synthetic", "1"),
        ("closed", "3"),
    ] {
        assert_eq!(days(&page, state), number, "{state}");
    }
    let largest = "document.querySelector('#gaps tbody tr')";
    assert_eq!(page.text(&format!("{largest}.dataset.missing")), "45");
    assert_eq!(
        page.text(&format!("{largest}.dataset.from")),
        "2024-07-02T15:00:00Z"
    );
    page.script(&format!("{largest}.click();"));
    page.until("document.querySelector('#clip').dataset.bars === '120' && document.querySelector('#clip').dataset.barsDrawn === '120'");
    assert_eq!(
        page.text("document.querySelector('#clip').dataset.marked"),
        "60-60"
    );
    assert_eq!(
        page.text("document.querySelector('#imports tbody').rows.length"),
        "1"
    );
    page.keep_picture("data-light-1440");
    assert_no_barriers(&page, "a data set");

    // it is taken along as it was read
    page.script(
        "window.saved = null; const create = URL.createObjectURL;
         URL.createObjectURL = blob => { blob.text().then(text => { window.saved = text; }); return create.call(URL, blob); };
         document.querySelector('[data-export=csv]').click();",
    );
    page.until("window.saved !== null");
    let saved = page.text("window.saved");
    assert_eq!(saved.lines().count(), 2_111, "a header and the real bars");
    assert!(saved.starts_with("DateTime,Open,High,Low,Close,Volume\n2024-06-27T13:30:00Z,500,500.06,499.98,500.04,100\n"), "{}", &saved[..120]);

    // and it can be run on
    page.click("#open-backtest");
    page.until("document.querySelector('#interval input[value=\"5min\"]')");
    page.click("#interval input[value=\"5min\"]");
    page.settled();
    assert!(
        page.text("document.querySelector('.runline').innerText")
            .contains("This browser only")
    );

    let page_alone = |(method, address, body): &(String, String, bool)| {
        let known = [
            "/health",
            "/api/datasets",
            "/api/instruments",
            "/data_page",
            "/data_worker",
            "/engine_worker",
            "/study_worker",
        ];
        let path = address.strip_prefix(server.address.trim_end_matches('/'));
        let harmless = path.is_some_and(|path| known.iter().any(|known| path.starts_with(known)))
            && !address.contains("TEST");
        method == "GET" && !body && (harmless || address.starts_with("blob:"))
    };
    let asked = page.asked();
    let strange: Vec<_> = asked
        .iter()
        .filter(|request| !page_alone(request))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_file_in_the_browser_runs_as_the_same_bars_on_the_command_line() {
    let server = Server::start(None);
    // the demo is stored by the server's first start
    let page = open(&server, 1440, true);
    page.until("document.querySelector('#sets tbody tr')");
    let files = Files::new();
    let file = files.write("SIM.csv", "");
    server.atrium(&[
        "data",
        "export",
        "SIM",
        "--out",
        file.to_str().unwrap(),
        "--force",
    ]);
    choose(&page, &file);
    previewed(&page);
    use_here(&page);
    look(&page, "browser:SIM-1min");
    let stored = page.text("document.querySelector('tr[data-set=\"SIM-1min\"] code').textContent");
    let here = page.text("document.querySelector('[data-digest=bars]').dataset.full");
    assert!(here.starts_with(&stored), "{here} {stored}");
    page.click("#open-backtest");
    page.settled();
    page.until("document.querySelector('#data-set').value === 'browser:SIM-1min'");
    page.until("document.querySelector('.runline').innerText.includes('This browser only')");
    page.settled();
    assert_ne!(digest(&page, "run"), "");
    assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));
}

#[test]
fn a_split_in_the_browser_runs_as_on_the_command_line() {
    let server = Server::start(None);
    let page = without_data_sets(&server, 1440);
    page.click("#simulate-here");
    page.until("document.querySelector('tr[data-set=\"browser:SIMA-1min\"] a')");
    page.click("tr[data-set=\"browser:SIMA-1min\"] a");
    inspected(&page, "browser:SIMA-1min");
    page.click("#open-backtest");
    page.until("document.querySelector('#data-set')?.value === 'browser:SIMA-1min'");
    page.until("document.querySelector('.runline')?.innerText.includes('This browser only')");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIMA"]));
}

#[test]
fn what_the_server_knows_of_a_symbol_is_proposed() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    let changed = [
        "--tick-size",
        "0.25",
        "--multiplier",
        "50",
        "--currency",
        "EUR",
    ];
    server.atrium(&[["instrument", "set", "SIM"].as_slice(), &changed].concat());
    choose(&page, &files.write("SIM_1m.csv", week()));
    previewed(&page);
    let value = |id: &str| page.text(&format!("document.getElementById('{id}').value"));
    page.until("document.getElementById('import-tick').value === '0.25'");
    assert_eq!(value("import-currency"), "EUR");
    // it is not said of another symbol, and is there again with its own
    set(&page, "import-symbol", "TEST");
    page.until("document.getElementById('import-tick').value === '0.01'");
    assert_eq!(value("import-currency"), "USD");
    set(&page, "import-symbol", "sim");
    page.until("document.getElementById('import-tick').value === '0.25'");
    // what is not shown is kept, too: a set that gives way loses nothing of it
    page.click("#import-replace");
    page.click("#import-store");
    page.until("document.querySelector('#import').dataset.stage === 'done'");
    let shown = server.atrium(&["instrument", "show", "SIM", "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["SIM-1min"]["multiplier"], 50.0);
}

#[test]
fn what_was_detected_can_be_said_otherwise() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", week());
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &file);
    previewed(&page);
    let first = || page.text("document.querySelector('#sample tbody tr').innerText");
    let certainty = |id: &str| {
        page.text(&format!(
            "document.querySelector('#{id}-why .certainty')?.dataset.certainty ?? ''"
        ))
    };
    // the end of each bar: it began a minute before
    set(&page, "import-zone", "America/New_York");
    previewed(&page);
    set(&page, "import-labels", "end");
    page.until("document.querySelector('#sample tbody tr').innerText.includes('13:29')");
    previewed(&page);
    assert_eq!(certainty("import-labels"), "given");
    set(&page, "import-labels", "");
    page.until("document.querySelector('#sample tbody tr').innerText.includes('13:30')");
    // another zone, and one that there is not
    set(&page, "import-zone", "UTC");
    page.until("document.querySelector('#sample tbody tr').innerText.includes('2024-06-27 09:30')");
    previewed(&page);
    set(&page, "import-zone", "Mars/Olympus");
    page.until("document.querySelector('#import-trouble')?.textContent.includes('Mars/Olympus')");
    assert_eq!(
        page.text("document.getElementById('import-store').disabled"),
        "true"
    );
    set(&page, "import-zone", "");
    page.until("!document.querySelector('#import-trouble')");
    previewed(&page);
    assert!(first().contains("2024-06-27 13:30"), "{}", first());
    // other columns: low and high the other way round makes nonsense of every row
    set(&page, "column-high", "Low");
    set(&page, "column-low", "High");
    page.until("document.querySelector('#import-refusal')");
    previewed(&page);
    page.until("document.getElementById('import-store').disabled");
    set(&page, "column-high", "");
    set(&page, "column-low", "");
    page.until("!document.querySelector('#import-refusal')");
    previewed(&page);
    for (id, value) in [
        ("import-dates", "day"),
        ("import-interval", "5min"),
        ("import-market", "crypto"),
        ("import-delimiter", ";"),
        ("import-decimal", "comma"),
        ("import-header", "false"),
    ] {
        let before = page.text(&format!("document.getElementById('{id}').value"));
        assert_ne!(before, value);
        set(&page, id, value);
        page.until("document.querySelector('#import').dataset.checking === undefined");
        assert_eq!(
            page.text("document.querySelector('#import').dataset.stage"),
            "ready",
            "{id}"
        );
        set(&page, id, if id == "import-market" { "nyse" } else { "" });
        previewed(&page);
        page.until("!document.querySelector('#import-trouble')");
    }
    assert_eq!(told(&page, "[data-found=used]"), "2,111");
    set(&page, "import-symbol", "../x");
    page.until("document.getElementById('import-store').disabled");
    assert_eq!(
        page.text("document.getElementById('import-symbol').getAttribute('aria-invalid')"),
        "true"
    );
    page.click("#import-close");
    page.until("!document.querySelector('#import')");
    assert_eq!(page.text("document.activeElement.id"), "import-file");
}

#[test]
fn what_cannot_be_read_is_told_with_a_remedy() {
    let mut server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 900, true);
    page.until("document.querySelector('#sets tbody tr')");
    let refused = |name: &str, content: &[u8]| {
        choose(&page, &files.write(name, content));
        page.until("document.querySelector('#import')?.dataset.stage === 'refused'");
        let said = page.text("document.querySelector('#import-trouble').textContent");
        assert!(said.contains(name), "{said}");
        page.click("#import-close");
        said
    };
    assert!(refused("empty.csv", b"").contains("empty"));
    assert!(refused("words.csv", b"a,b\nc,d\n").contains("column"));
    let picture: Vec<u8> = (0..4_096).map(|at| (at * 7 % 256) as u8).collect();
    refused("picture.csv", &picture);
    // of a kind that only the server reads
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    choose(&page, &files.write("SPY_1m.parquet", b"PAR1 and so on"));
    page.until("document.querySelector('#import')?.dataset.stage?.startsWith('foreign')");
    let said = page.text("document.querySelector('#import').innerText");
    assert!(
        said.contains("Parquet") && said.contains("cargo atrium import SPY_1m.parquet"),
        "{said}"
    );
    page.keep_picture("foreign-dark-900");
    // what is no secret of the server works without it
    page.click("#import-close");
    choose(&page, &files.write("TEST_1m.csv", week()));
    previewed(&page);
    page.until("document.getElementById('import-here').checked");
    use_here(&page);
    look(&page, "browser:TEST-1min");
    page.click("#remove");
    page.until("document.activeElement.textContent === 'Keep it'");
    page.press("\u{e00c}");
    page.until("!document.querySelector('.confirmation')");
    assert_eq!(page.text("document.activeElement.id"), "remove");
    page.click("#remove");
    page.until("document.getElementById('remove-now')");
    page.click("#remove-now");
    page.until("!document.querySelector('tr[data-set=\"browser:TEST-1min\"]')");
}

#[test]
fn without_a_server_simulated_bars_are_made_here_and_are_the_same() {
    let server = Server::start(None);
    let expected: Value =
        serde_json::from_str(&server.atrium(&["data", "list", "--json"])).unwrap();
    let page = without_data_sets(&server, 390);
    assert_no_barriers(&page, "no server and no bars");
    page.keep_picture("unreachable-light-390");
    page.click("#simulate-here");
    page.until("document.querySelectorAll('#sets tbody tr').length === 3");
    inspected(&page, "browser:SIM-1min");
    for symbol in ["SIM", "SIMA", "SIMB"] {
        let row = format!("document.querySelector('tr[data-set=\"browser:{symbol}-1min\"]')");
        assert!(page.text(&format!("{row}.innerText")).contains("Simulated"));
        let here = page.text(&format!("{row}.querySelector('code').textContent"));
        assert!(
            expected.to_string().contains(&here),
            "{symbol} is {here} here: {expected}"
        );
    }
    // the bad tick is the worst of SIMA, and its bars are shown
    page.click("tr[data-set=\"browser:SIMA-1min\"] a");
    inspected(&page, "browser:SIMA-1min");
    page.until("document.querySelector('#offenders tbody tr')");
    assert!(
        page.text("document.querySelector('#offenders tbody tr').innerText")
            .contains("Bad print")
    );
    page.click("#offenders tbody .row-button");
    page.until("document.querySelector('#clip').dataset.marked === '60-61'");
    page.keep_picture("simulated-light-390");
    let overflow = page.text("document.documentElement.scrollWidth - window.innerWidth");
    assert!(
        overflow.parse::<i64>().unwrap() <= 0,
        "{overflow} pixels too wide"
    );
}

#[test]
fn keys_alone_reach_and_work_everything() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &files.write("TEST_1m.csv", week()));
    previewed(&page);
    assert_eq!(page.text("document.activeElement.id"), "import");
    let stops = tab_stops(&page);
    for stop in [
        "import-file",
        "import-close",
        "import-symbol",
        "import-market",
        "import-basis",
        "import-zone",
        "import-labels",
        "import-interval",
        "import-dates",
        "column-time",
        "column-volume",
        "import-fill",
        "import-store",
        "open-backtest",
        "remove",
    ] {
        assert!(
            stops.iter().any(|reached| reached == stop),
            "{stop} is not among {stops:?}"
        );
    }
    use_here(&page);
    assert_eq!(page.text("document.activeElement.id"), "import");
    look(&page, "browser:TEST-1min");
    let stops = tab_stops(&page);
    for stop in [
        "#/data/browser%3ATEST-1min",
        "coverage",
        "clip",
        "Gaps",
        "Imports",
    ] {
        assert!(
            stops.iter().any(|reached| reached == stop),
            "{stop} is not among {stops:?}"
        );
    }
    // days, weeks, what lacks bars, and its bars
    let cursor = || page.text("document.querySelector('#coverage').dataset.cursor ?? ''");
    page.script("document.getElementById('coverage').focus();");
    for (key, day) in [
        ("\u{e011}", "2024-06-27"),
        ("\u{e015}", "2024-06-28"),
        ("\u{e010}", "2024-07-05"),
        ("p", "2024-07-02"),
        ("n", "2024-07-05"),
        ("\u{e012}", "2024-06-28"),
        ("\u{e014}", "2024-07-05"),
        ("p", "2024-07-02"),
    ] {
        page.press(key);
        page.until(&format!(
            "document.querySelector('#coverage').dataset.cursor === '{day}'"
        ));
    }
    let said = page.text("document.getElementById('coverage-day').textContent");
    assert_eq!(said, "Tue 2024-07-02: partial, 345 of 390 bars");
    page.press("\u{e007}");
    page.until("document.querySelector('#clip').dataset.marked === '60-405'");
    page.press("\u{e00c}");
    page.until("document.querySelector('#coverage').dataset.cursor === undefined");
    assert_eq!(cursor(), "");
    page.script("document.getElementById('clip').focus();");
    page.press("\u{e011}");
    page.until("document.getElementById('clip-legend').textContent.includes('2024-07-01 19:00')");
    page.press("\u{e014}");
    page.until("document.getElementById('clip-legend').textContent.includes('2024-07-01 19:01')");
    // a gap by its button
    page.script("document.querySelector('#gaps .row-button').focus();");
    page.press("\u{e007}");
    page.until(
        "document.querySelector('#gaps .row-button').getAttribute('aria-pressed') === 'true'",
    );
}

#[test]
fn the_page_fits_every_width_in_light_and_dark() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", week());
    for (width, dark) in [(1440, true), (900, false), (390, true)] {
        let name = format!("{}-{width}", if dark { "dark" } else { "light" });
        let page = open(&server, width, dark);
        page.until("document.querySelector('#sets tbody tr')");
        choose(&page, &file);
        previewed(&page);
        let fits = |what: &str| {
            let overflow = page.text("document.documentElement.scrollWidth - window.innerWidth");
            assert!(
                overflow.parse::<i64>().unwrap() <= 0,
                "{what}-{name} is {overflow} pixels too wide"
            );
            page.keep_picture(&format!("{what}-{name}"));
        };
        fits("import");
        use_here(&page);
        fits("outcome");
        look(&page, "browser:TEST-1min");
        page.script("document.querySelector('#gaps tbody tr').click(); document.querySelector('.coverage').scrollIntoView();");
        page.until("document.querySelector('#clip').dataset.barsDrawn");
        fits("data");
        assert_eq!(page.console(), Vec::<String>::new());
    }
}
