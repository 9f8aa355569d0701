//! The data page while a file comes in: what is said of where it went, ways on, what a symbol brings, where it may be dropped, and
//! whether there is a server.

use super::barriers::assert_no_barriers;
use super::data::{inspected, open, set, use_here, without_data_sets};
use super::files::{Files, choose, drop_on, holds_back, next_days, plain, previewed, week};
use super::support::{Page, Server};

fn value(page: &Page, id: &str) -> String {
    page.text(&format!("document.getElementById('{id}').value"))
}

#[test]
fn a_file_that_the_server_had_is_not_told_as_never_sent() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &files.write("TEST_1m.csv", week()));
    previewed(&page);
    page.until("document.getElementById('import-here')");
    let note = || page.text("document.getElementById('import-here').closest('label').innerText");
    assert!(note().contains("Nothing of the file leaves"), "{}", note());
    page.until("!document.getElementById('import-store').disabled");
    page.click("#import-store");
    page.until("document.querySelector('#import').dataset.stage === 'done'");
    page.click("#import-close");
    // to tell what storing would change, the server has to have it
    choose(&page, &files.write("TEST_more.csv", next_days()));
    previewed(&page);
    set(&page, "import-zone", "America/New_York");
    previewed(&page);
    page.until("document.querySelector('#import-rehearse:not(:disabled)')");
    page.asked();
    page.script("document.getElementById('import-rehearse').focus(); document.getElementById('import-rehearse').click();");
    page.until("document.getElementById('rehearsal')");
    assert_eq!(page.text("document.activeElement.id"), "import-rehearse");
    assert!(!note().contains("Nothing of the file leaves"), "{}", note());
    use_here(&page);
    let said = page.text("document.querySelector('.outcome > p').innerText");
    assert!(
        said.contains("was sent to your server") && !said.contains("Nothing"),
        "{said}"
    );
    // and is told to forget it at once
    let mut sent = page.asked();
    for _ in 0..200 {
        if sent.iter().any(|(method, ..)| method == "DELETE") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        sent.extend(page.asked());
    }
    assert!(sent.iter().any(|(method, ..)| method == "DELETE"));
    assert!(
        sent.iter()
            .any(|(method, _, body)| method == "POST" && *body)
    );
    assert!(
        !page
            .text("document.querySelector('#sets .tag.here').title")
            .contains("sent"),
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_symbol_that_is_given_while_a_file_cannot_be_read_leads_on() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(
        &page,
        &files.write("broken.parquet", "PAR1 and no more PAR1"),
    );
    let is_foreign = "document.querySelector('#import')?.dataset.stage.startsWith('foreign')";
    let send = || {
        page.until(&format!(
            "{is_foreign} && document.getElementById('import-send')"
        ));
        page.click("#import-send");
        page.until("document.querySelector('#import').dataset.stage === 'refused'");
    };
    send();
    let said = page.text("document.getElementById('import-refused').innerText");
    assert!(
        said.contains("was sent to your server") && !said.contains("stored or sent"),
        "{said}"
    );
    assert_no_barriers(&page, "a file that the server cannot read");
    set(&page, "import-symbol", "TSLA");
    send();
    // the same symbol again, and the button
    page.until("document.getElementById('import-again')");
    page.click("#import-again");
    page.until(is_foreign);
}

#[test]
fn a_symbol_that_is_typed_brings_its_market_and_units() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    let file = files.write("prices_1m.csv", plain(0));
    let step = ["import-market", "import-tick", "import-lot"];
    let preview = || {
        choose(&page, &file);
        previewed(&page);
        assert_eq!(value(&page, "import-symbol"), "");
    };
    preview();
    for (symbol, expected) in [
        ("ETHUSDT", ["crypto", "0.01", "0.0001"]),
        ("EURUSD", ["forex", "0.00001", "1"]),
        ("XYZ", ["nyse", "0.01", "1"]),
    ] {
        set(&page, "import-symbol", symbol);
        page.until(&format!(
            "document.getElementById('import-market').value === '{}'",
            expected[0]
        ));
        previewed(&page);
        assert_eq!(step.map(|id| value(&page, id)), expected, "{symbol}");
    }
    page.click("#import-close");
    // what was said of it stays
    preview();
    set(&page, "import-market", "metals");
    previewed(&page);
    set(&page, "import-symbol", "ETHUSDT");
    page.until("document.getElementById('import-store').textContent.includes('ETHUSDT')");
    previewed(&page);
    assert_eq!(value(&page, "import-market"), "metals");
}

#[test]
fn a_file_may_be_dropped_beside_the_page_and_on_the_header() {
    let server = Server::start(None);
    let page = without_data_sets(&server, 1440);
    let ends =
        page.text("document.getElementById('data').getBoundingClientRect().bottom < innerHeight");
    assert_eq!(ends, "true");
    page.script("document.querySelector('header').id = 'top'; document.body.id = 'body';");
    for place in ["top", "body"] {
        let element = format!("document.getElementById('{place}')");
        assert!(holds_back(&page, &element, true), "{place}");
        page.until("document.querySelector('.drop-hint')");
        drop_on(&page, place, "TEST_1m.csv", &plain(0));
        previewed(&page);
        page.until("!document.querySelector('.drop-hint')");
        page.click("#import-close");
        page.until("!document.getElementById('import')");
    }
}

#[test]
fn only_an_answer_of_atriums_is_a_server_and_one_that_is_lost_is_told_at_once() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('[data-server=connected]')");
    // that it is there is all it answers
    choose(&page, &files.write("TEST_1m.csv", plain(0)));
    previewed(&page);
    page.until("document.getElementById('import-server').checked && !document.getElementById('import-store').disabled");
    page.script(
        "window.plain = window.fetch;
         window.fetch = request => request.url.includes('/api/')
           ? Promise.reject(new TypeError('made by a test')) : window.plain.call(window, request);
         document.getElementById('import-store').focus(); document.getElementById('import-store').click();",
    );
    page.until("document.querySelector('[data-server=away]')");
    page.until("document.activeElement.id === 'import-trouble'");
    // a host of files answers with a page of its own
    for (status, name) in [(404, "OTHER_1m.csv"), (200, "THIRD_1m.csv")] {
        let answer = format!(
            "const plain{status} = window.fetch;
             window.fetch = (request, ...more) => /[/](health|api[/])/.test(request.url ?? request)
               ? Promise.resolve(new Response('<p>no such page', {{status: {status}}})) : plain{status}(request, ...more);"
        );
        page.on_each_load(&answer);
        page.command("refresh", &serde_json::json!({}));
        page.until("document.querySelector('[data-server=away]')");
        choose(&page, &files.write(name, plain(0)));
        previewed(&page);
        assert_eq!(
            page.text("[document.getElementById('import-here').checked, document.getElementById('import-server').disabled]"),
            "[true,true]"
        );
    }
}

#[test]
fn what_is_chosen_on_a_narrow_page_comes_into_sight() {
    let server = Server::start(None);
    let page = open(&server, 390, false);
    page.until("document.querySelectorAll('#sets tbody tr').length === 5");
    let is_in_sight = |id: &str| {
        page.until(&format!(
            "(() => {{ const box = document.getElementById('{id}').getBoundingClientRect();
               return box.top >= document.querySelector('header').offsetHeight && box.bottom <= innerHeight; }})()"
        ));
    };
    page.click("tr[data-set=\"SIMA-1min\"] a");
    inspected(&page, "SIMA-1min");
    page.until("document.activeElement.id === 'detail-title'");
    is_in_sight("detail-title");
    page.click("#offenders tbody .row-button");
    is_in_sight("clip");
    // the day that keys reach stays in sight
    page.script("document.getElementById('coverage').focus();");
    for key in ["\u{e011}", "\u{e010}"] {
        page.press(key);
        page.until(
            "(() => { const box = document.querySelector('#coverage .cursor')?.getBoundingClientRect();
               const years = document.getElementById('coverage').getBoundingClientRect();
               return box && box.top >= years.top && box.bottom <= years.bottom && box.bottom <= innerHeight; })()",
        );
    }
}
