//! The data page on price steps: what the prices of a new coin show is taken, and what a person states stands.

use super::coin::at_8_cents;
use super::data::{look, open, set, use_here};
use super::files::{Files, choose, previewed};
use super::support::{Page, Server};

/// Waits until the data set that is looked at has this price step.
fn until_step(page: &Page, step: &str) {
    page.until(&format!(
        "document.querySelector('[data-fact=Units] dd').textContent.startsWith('tick {step},')"
    ));
}

/// Uses a file in this browser alone and looks at it.
fn looked_at(page: &Page, symbol: &str) {
    use_here(page);
    look(page, &format!("browser:{symbol}-5min"));
}

#[test]
fn a_price_step_that_is_stated_stands_though_it_is_the_usual_one() {
    let server = Server::start(None);
    let files = Files::new();
    let page = open(&server, 1440, false);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &files.write("DOGEUSDT_5m.csv", at_8_cents()));
    previewed(&page);
    looked_at(&page, "DOGEUSDT");
    until_step(&page, "0.00001");
    // said of bars that are there: the file is read again
    page.click("#edit");
    page.until("document.getElementById('unit-tick')");
    page.script(
        "const field = document.getElementById('unit-tick'); field.value = '0.01';
         field.dispatchEvent(new Event('input', {bubbles: true}));
         document.getElementById('symbol-apply').click();",
    );
    page.until("document.querySelector('#symbol-panel').dataset.step === 'done'");
    until_step(&page, "0.01");
    page.click("#symbol-close");
    // said before they are: what stands there already, typed again
    choose(&page, &files.write("SHIBUSDT_5m.csv", at_8_cents()));
    previewed(&page);
    set(&page, "import-tick", "0.01");
    looked_at(&page, "SHIBUSDT");
    until_step(&page, "0.01");
    // and so it is on the server
    for (symbol, stated, tick) in [
        ("XRPUSDT", None, "tick size      0.00001"),
        ("ADAUSDT", Some("0.01"), "tick size      0.01\n"),
    ] {
        choose(
            &page,
            &files.write(&format!("{symbol}_5m.csv"), at_8_cents()),
        );
        previewed(&page);
        if let Some(step) = stated {
            set(&page, "import-tick", step);
        }
        page.until("document.getElementById('import-server').checked");
        page.until("!document.getElementById('import-store').disabled");
        page.click("#import-store");
        page.until("document.querySelector('#import').dataset.stage === 'done'");
        page.click("#import-close");
        let shown = server.atrium(&["instrument", "show", symbol]);
        assert!(shown.contains(tick), "{shown}");
    }
    assert_eq!(page.console(), Vec::<String>::new());
}
