//! A link that is opened, a file of signals and the run that is shown are three things: what is said of each is so.

use super::barriers::assert_no_barriers;
use super::files::drop_on_backtest;
use super::share::{link_of, link_words, until_link, visit};
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest, metric};

fn choose_interval(page: &Page, interval: &str) {
    page.click(&format!("#interval input[value=\"{interval}\"]"));
}

/// Signals that are decided on bars of 15 minutes and on none of an hour.
pub(crate) fn quarters(side: &str) -> String {
    let mut text = "time,side,size,weight\n".to_owned();
    for (day, side) in ["02", "09", "16", "23"]
        .into_iter()
        .zip([side, "flat"].into_iter().cycle())
    {
        let size = if side == "flat" { "" } else { "10" };
        text += &format!("2024-07-{day}T14:45:00Z,{side},{size},1\n");
    }
    text
}

/// The page with signals that are traded on bars of 15 minutes.
pub(crate) fn with_signals(server: &Server) -> Page {
    let page = Page::open(server, 1440, false);
    page.settled();
    choose_interval(&page, "15min");
    page.until("document.getElementById('command').textContent.includes('interval=15min')");
    page.settled();
    drop_on_backtest(&page, "mine.csv", &quarters("long"));
    page.until("document.querySelector('[data-signals=traded]')");
    page.until("document.getElementById('command').textContent.includes('--signals')");
    page.settled();
    page
}

#[test]
fn a_link_is_not_said_to_be_the_run_of_another_market() {
    let server = Server::start(None);
    server.import_coin();
    let link = link_of(&server, &["--data", "SIM", "--leverage", "2"]);
    let page = Page::open(&server, 1440, false);
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "match");
    page.settled();
    let linked = digest(&page, "run");
    page.script(
        "const sets = document.getElementById('data-set');
         sets.value = [...sets.options].find(one => one.textContent.includes('COIN')).value;
         sets.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    page.until("document.querySelector('.runline strong')?.textContent === 'COIN'");
    page.settled();
    assert_ne!(digest(&page, "run"), linked);
    let words = link_words(&page);
    assert!(words.contains("changed since"), "{words}");
    page.until("location.hash === '#/backtest'");
    page.click("#link-again");
    page.until("document.querySelector('.runline strong')?.textContent === 'SIM'");
    until_link(&page, "match");
    page.settled();
    assert_eq!(digest(&page, "run"), linked);
    assert!(!link_words(&page).contains("changed since"));
    // the run is the link's again, and so the address names it
    assert_eq!(page.text("location.hash"), format!("#/backtest?c={link}"));
}

#[test]
fn a_link_without_signals_is_made_while_a_file_of_them_is_here() {
    let server = Server::start(None);
    let flags = [
        "--data",
        "SIM",
        "--k-sigma-err",
        "0",
        "--k-atr-min-tp",
        "0.7",
    ];
    let link = link_of(&server, &flags);
    let page = with_signals(&server);
    page.script(&format!("location.hash = '#/backtest?c={link}';"));
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&flags));
    let linked = digest(&page, "run");
    let said = page.text("document.querySelector('[data-signals=aside]').innerText");
    assert!(said.contains("not traded now"), "{said}");
    assert_no_barriers(&page, "signals that are set aside");
    // letting the file go changes nothing that it was not part of
    page.click("#drop-signals");
    page.until("!document.querySelector('[data-signals]')");
    page.settled();
    assert_eq!(digest(&page, "run"), linked);
    until_link(&page, "match");
    assert!(!link_words(&page).contains("changed since"));
}

#[test]
fn signals_that_fit_no_bar_are_said_and_run_again_where_they_fit() {
    let server = Server::start(None);
    let page = with_signals(&server);
    let traded = digest(&page, "run");
    let said = page.text("document.querySelector('[data-signals=traded]').innerText");
    assert!(said.contains("Passed over: weight."), "{said}");
    choose_interval(&page, "60min");
    page.until("document.querySelector('#backtest').dataset.state === 'stale'");
    page.until("document.querySelector('[data-signals=unfit]')");
    let said = page.text("document.querySelector('.stale').innerText");
    assert!(said.contains("Nothing was run"), "{said}");
    page.keep_picture("signals-unfit-light-1440");
    choose_interval(&page, "15min");
    page.until("document.querySelector('[data-signals=traded]')");
    page.settled();
    assert_eq!(digest(&page, "run"), traded);
    // a bad file is told beside the one that goes on
    drop_on_backtest(&page, "bad.csv", "time,side\n2024-07-02T14:45:00Z,up\n");
    page.until("document.querySelector('[data-signals=refused]')");
    let said = page.text("document.querySelector('[data-signals=traded]').innerText");
    assert!(
        said.contains("mine.csv") && said.contains("still traded"),
        "{said}"
    );
    page.keep_picture("signals-bad-beside-light-1440");
    assert_no_barriers(&page, "a bad file of signals beside a good one");
    page.click("#dismiss-signals");
    page.until("!document.querySelector('[data-signals=refused]')");
    page.settled();
    assert_eq!(digest(&page, "run"), traded);
    // so is one of another instrument
    drop_on_backtest(
        &page,
        "other.csv",
        "time,symbol,side\n2024-07-02T14:45:00Z,SIM,long\n2024-07-09T14:45:00Z,MSFT,long\n",
    );
    page.until("document.querySelector('[data-signals=refused]')?.innerText.includes('MSFT')");
    // predictions are traded after a reset, which is said
    page.click("#reset");
    page.until("document.querySelector('[data-signals=aside]')");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--interval", "15min"]),
    );
    page.click("#trade-signals");
    page.until("document.querySelector('[data-signals=traded]')");
    page.settled();
    assert_eq!(digest(&page, "run"), traded);
    // without the file there is nothing to trade, which is said as well
    page.click("#drop-signals");
    page.settled();
    page.click("#undo");
    page.until("document.querySelector('#backtest').dataset.state === 'stale'");
    let said = page.text("document.querySelector('.stale').innerText");
    assert!(said.contains("there is none"), "{said}");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn signals_without_stops_come_with_their_bars_and_with_what_helps() {
    let server = Server::start(None);
    let page = Page::open(&server, 390, true);
    page.settled();
    let bars = serde_json::to_string(&super::files::plain(0)).unwrap();
    page.script(&format!(
        "const transfer = new DataTransfer();
         transfer.items.add(new File(['time,side\\n2024-06-28T14:30:00Z,long\\n2024-07-01T14:30:00Z,flat\\n'], 'mine.csv'));
         transfer.items.add(new File([{bars}], 'TEST_1m.csv'));
         document.getElementById('backtest').dispatchEvent(new DragEvent('drop', {{bubbles: true, cancelable: true, dataTransfer: transfer}}));"
    ));
    page.until("document.querySelector('.runline strong')?.textContent === 'TEST'");
    page.until("document.querySelector('[data-signals=traded]')");
    page.until("document.getElementById('without-stop')");
    assert_eq!(metric(&page, "trades"), Some(0.0));
    page.keep_picture("signals-without-stop-dark-390");
    assert_no_barriers(&page, "signals without a stop");
    let overflow = "document.documentElement.scrollWidth - window.innerWidth";
    assert_eq!(page.text(overflow), "0");
    page.click("#size-by-share");
    page.until("!document.getElementById('without-stop')");
    page.settled();
    assert_eq!(metric(&page, "trades"), Some(1.0));
}

#[test]
fn what_is_refused_leaves_nothing_of_itself() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script("document.querySelectorAll('.group-head[aria-expanded=false]').forEach(head => head.click());");
    page.until("document.getElementById('initial_equity-typed')");
    let before = digest(&page, "run");
    for (key, typed, words) in [
        ("initial_equity", "50,000", "50000 or 50"),
        ("prediction.horizon_bars", "15000", "15000"),
    ] {
        let stood = page.text(&format!("document.getElementById('{key}-typed').value"));
        page.script(&format!(
            "const field = document.getElementById('{key}-typed'); field.focus(); field.select();"
        ));
        for letter in typed.chars() {
            page.press(&letter.to_string());
        }
        page.press("\u{e004}");
        page.until(&format!(
            "document.getElementById('{key}-typed').value === '{stood}'"
        ));
        page.settled();
        page.until(&format!(
            "document.getElementById('{key}-message').textContent.includes('was not taken')"
        ));
        let said = page.text(&format!(
            "document.getElementById('{key}-message').textContent"
        ));
        assert!(said.contains(words), "{said}");
        page.until(&format!(
            "document.querySelector('[data-digest=run]').dataset.full === '{before}'"
        ));
    }
}
