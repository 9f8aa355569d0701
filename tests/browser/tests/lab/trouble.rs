//! What happens when something is missing, fails or contradicts itself.

use super::barriers::assert_no_barriers;
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest, slide};

const FIVE_MINUTES: &str = "document.querySelector('#interval input[value=\"5min\"]').click();";

#[test]
fn an_interval_that_cannot_be_had_leaves_what_is_shown() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let (before, expected) = (
        digest(&page, "run"),
        server.report(&["--data", "SIM", "--leverage", "2"]),
    );
    server.stop();
    page.script(FIVE_MINUTES);
    page.until("document.querySelector('.banner[data-kind=error]')");
    page.until("document.querySelector('[data-server=away]')");
    // that the server is away is said once, with what did not come
    let said = "[...document.querySelectorAll('.banner')].map(one => one.innerText).filter(text => text.includes('server does not answer'))";
    page.until(&format!(
        "{said}.length === 1 && {said}[0].includes('so the bars that were chosen did not come')"
    ));
    page.keep_picture("interval-away-1440");
    // the choice is taken back, and everything else is still there
    page.until("document.querySelector('#interval input[value=\"60min\"]').checked");
    page.until("document.querySelector('#chart').dataset.ready === 'true'");
    assert_eq!(digest(&page, "run"), before);
    slide(&page, "leverage", "2");
    page.settled();
    assert_equals_command_line(&page, &expected);
    page.until("document.getElementById('away')");
    // and works once the server is back, without a word
    page.script(FIVE_MINUTES);
    page.until("document.querySelector('.banner[data-kind=error]')");
    server.start_again();
    page.until("document.querySelector('[data-server=connected]')");
    page.until("!document.querySelector('.banner')");
    page.script(FIVE_MINUTES);
    page.until("document.getElementById('command').textContent.includes('--set interval=5min')");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--interval", "5min", "--leverage", "2"]),
    );
}

#[test]
fn a_page_that_was_opened_without_bars_gets_them_when_the_server_is_back() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    // the list comes, the bars do not
    page.script(
        "window.plain = window.fetch;
         window.fetch = request => request.url.includes('/bars') || request.url.includes('/health')
           ? Promise.reject(new TypeError('made by a test')) : window.plain.call(window, request);",
    );
    page.click("#interval input[value=\"5min\"]");
    page.until("document.querySelector('[data-server=away]')");
    server.stop();
    server.start_again();
    page.script("window.fetch = window.plain;");
    page.until("document.querySelector('[data-server=connected]')");
    page.until("document.getElementById('command').textContent.includes('interval=5min')");
    page.settled();
}

#[test]
fn results_of_earlier_parameters_are_told_as_such() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let before = digest(&page, "run");
    slide(&page, "horizon_bars", "1");
    page.until("document.querySelector('#backtest').dataset.state === 'stale'");
    page.until("document.querySelector('.stale').textContent.includes('earlier parameters')");
    assert_eq!(digest(&page, "run"), before);
    assert_no_barriers(&page, "results of earlier parameters");
    page.keep_picture("stale-1440");
    // other bars do not come out of nowhere: they are shown, and nothing is run
    page.script(FIVE_MINUTES);
    page.until("document.querySelector('.stale').textContent.includes('Nothing was run')");
    assert_eq!(
        page.text("document.querySelector('#backtest').dataset.state"),
        "stale"
    );
    slide(&page, "horizon_bars", "2");
    page.settled();
    page.until("document.querySelector('.stale').textContent === ''");
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--interval", "5min", "--horizon-bars", "2"]),
    );
}

#[test]
fn an_engine_that_fails_is_started_anew() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let fail = "window.workers.at(-1).dispatchEvent(new ErrorEvent('error', {message: 'made by a test'}));";
    page.script(fail);
    page.until("document.querySelector('.banner')?.textContent.includes('made by a test')");
    page.until("window.workers.length === 2");
    slide(&page, "leverage", "3");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM", "--leverage", "3"]));
    // while bars are being loaded, too; the worker that tells of runs may be asked of the one before meanwhile
    page.script(&format!(
        "const post = Worker.prototype.postMessage; let first = true;
         Worker.prototype.postMessage = function (...all) {{
           if (first && this === window.workers.at(-1)) {{ first = false; queueMicrotask(() => {{ {fail} }}); return; }}
           return post.apply(this, all);
         }};
         {FIVE_MINUTES}"
    ));
    page.until("window.workers.length === 3");
    page.until("document.querySelector('.banner')?.textContent.includes('Choose another data set or interval')");
    page.click(".banner .button");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--interval", "5min", "--leverage", "3"]),
    );
}

#[test]
fn what_is_imported_appears_and_may_be_chosen_during_a_run() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, true);
    page.settled();
    server.import_coin();
    page.script("window.dispatchEvent(new Event('focus'));");
    page.until("document.querySelector('#data-set option[value=COIN-1min]')");
    page.script(
        "const slider = document.getElementById('strategy.predicted_move.k_atr_min_tp'); slider.value = '0.1';
         slider.dispatchEvent(new Event('input', {bubbles: true}));
         const chooser = document.getElementById('data-set'); chooser.value = 'COIN-1min';
         chooser.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    page.until("document.getElementById('command').textContent.includes('--data COIN-1min')");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "COIN", "--k-atr-min-tp", "0.1"]),
    );
    // prices, volumes and quantities in the units of the instrument
    let legend = page.text("document.querySelector('.legend').textContent");
    assert!(
        legend.contains("O 0.08") && legend.split("C 0.").nth(1).unwrap().starts_with("08"),
        "{legend}"
    );
    let close = legend.split("C ").nth(1).unwrap();
    let close = close
        .split_whitespace()
        .next()
        .unwrap()
        .trim_end_matches("Vol");
    assert_eq!(close.split('.').nth(1).map(str::len), Some(5), "{legend}");
    assert!(legend.ends_with("Vol 24"), "60 minutes of 0.4: {legend}");
    page.keep_picture("coin-dark-1440");
    // a card that is damaged is told
    let card = server.folder().join("data/SIM-1min/set.json");
    std::fs::write(card, "{").unwrap();
    page.script("window.dispatchEvent(new Event('focus'));");
    page.until("document.querySelector('.banner')?.textContent.includes('SIM-1min is damaged')");
    page.keep_picture("damaged-dark-1440");
}

#[test]
fn a_typed_number_runs_as_it_is_shown() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script(
        "const field = document.getElementById('strategy.predicted_move.k_sigma_err-typed'); field.focus(); field.value = '0.12345';
         field.dispatchEvent(new Event('input', {bubbles: true}));
         field.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    page.until("document.getElementById('command').textContent.includes('k_sigma_err=0.12345')");
    page.settled();
    let shown =
        page.text("document.getElementById('strategy.predicted_move.k_sigma_err-typed').value");
    assert_eq!(shown, "0.12345");
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--k-sigma-err", &shown]),
    );
}

#[test]
fn controls_keep_their_names_on_a_narrow_page() {
    let server = Server::start(None);
    for width in [1440, 900, 390] {
        let page = Page::open(&server, width, false);
        page.settled();
        assert_eq!(page.accessible_name("#data-set"), "Data", "{width}");
        let minutes = page.accessible_name("#interval input[value='5min']");
        assert_eq!(minutes.split_whitespace().collect::<Vec<_>>(), ["5", "min"]);
        assert_eq!(page.accessible_name("[id='sizing.leverage']"), "Leverage");
        // the longest symbol that a store takes
        page.script("document.querySelector('.runline strong').textContent = 'W'.repeat(32);");
        let overflow = "document.documentElement.scrollWidth - window.innerWidth";
        assert_eq!(page.text(overflow), "0", "{width}");
    }
}
