//! Links that meet what stands in the lab already: what a browser remembers, files that are dropped, links that were left.

use std::path::Path;

use serde_json::{Value, json};

use super::files::{ENDS_IN_NEW_YORK, Files, READ_AS_ENDS, choose_into, drop_all_on, plain};
use super::share::{link_of, until_link};
use super::support::{Page, Server};
use super::sweep::{TO_SWEEP, data, done, open, remember_form, run, type_into};
use super::sweep_of::choose;
use super::{assert_equals_command_line, digest, slide};

/// Runs a sweep by the command line: what came of it, and the fragment of its link.
pub(crate) fn swept(server: &Server, words: &[&str]) -> (Value, String) {
    let said = server.atrium(&[&["sweep"], words, &["--json"]].concat());
    let made: Value = serde_json::from_str(&said).unwrap();
    let link = made.get("link").and_then(Value::as_str).unwrap();
    let (_, fragment) = link.split_once('#').unwrap();
    let fragment = fragment.to_owned();
    (made, fragment)
}

/// The same of signals of a file beside predictions.
pub(crate) fn with_signals_as_axis(server: &Server, file: &Path) -> (Value, String) {
    let base = link_of(server, &["--data", "SIM", "--set", "sizing.mode=all_in"]);
    let of = ["--link", &base, "--signals", file.to_str().unwrap()];
    let varied = ["--param", "strategy=predicted_move,signals"];
    swept(server, &[&of[..], &READ_AS_ENDS, &varied].concat())
}

fn go(page: &Page, fragment: &str) {
    page.script(&format!("location.hash = '#{fragment}';"));
}

const READY: &str = "document.querySelector('#sweep-run')?.disabled === false";

#[test]
fn the_link_of_a_sweep_takes_the_place_of_a_form_that_is_remembered() {
    let server = Server::start(None);
    let varied = ["--data", "SIM", "--param", "k_sigma_err=0.25,0.5"];
    let (_, fragment) = swept(&server, &varied);
    let page = Page::open(&server, 1440, false);
    page.settled();
    remember_form(
        &page,
        &json!([("sizing.leverage", "1,2,3,4,5")]),
        "total_return",
    );
    page.reload();
    page.settled();
    go(&page, &fragment);
    page.until(READY);
    run(&page);
    assert_eq!(data(&page, "trials"), "2");
    page.until("document.querySelector('#sweep-verdict[data-same=true]')");
    // a form that is changed is not the link's any more, and outlives a reload
    type_into(
        &page,
        "strategy.predicted_move.k_sigma_err-list",
        "0.25,0.5,1",
    );
    page.until("!location.hash.includes('s=')");
    page.reload();
    page.until(READY);
    run(&page);
    assert_eq!(data(&page, "trials"), "3");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn the_link_of_a_sweep_that_cannot_be_read_leaves_the_run_that_stands() {
    let server = Server::start(None);
    let leverage = ["--data", "SIM", "--leverage", "3"];
    let varied = [&leverage[..], &["--param", "k_sigma_err=0.25,0.5"]].concat();
    let (_, fragment) = swept(&server, &varied);
    let (before, sweep) = fragment.split_once("&s=").unwrap();
    let page = Page::open(&server, 1440, false);
    page.settled();
    let shown = digest(&page, "run");
    for damaged in [
        format!("{before}&s=9.x"),
        format!("{before}&s={}", &sweep[2..]),
    ] {
        go(&page, &damaged);
        page.until("document.body.innerText.includes('This link cannot be opened')");
        go(&page, "/backtest");
        page.settled();
        assert_eq!(digest(&page, "run"), shown, "{damaged}");
        page.click("#link-dismiss");
        page.until("!document.getElementById('link')");
    }
}

#[test]
fn signals_dropped_for_an_axis_of_a_link_leave_the_run_that_is_varied() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("mine.csv", ENDS_IN_NEW_YORK);
    let (made, fragment) = with_signals_as_axis(&server, &file);
    let page = Page::open(&server, 1440, false);
    page.settled();
    go(&page, &fragment);
    page.until(READY);
    page.click("#sweep-run");
    page.until(
        "document.getElementById('sweep-failed')?.innerText.includes('drop it on this page')",
    );
    choose_into(&page, "#sweep-failed #own-file", &file);
    page.until("!document.getElementById('sweep-failed')");
    page.until("document.querySelector('[data-signals=swept]')");
    assert_eq!(
        page.text("document.getElementById('trade-signals') === null"),
        "true"
    );
    page.until(READY);
    run(&page);
    assert_eq!(
        Some(data(&page, "digest").as_str()),
        made.get("digest").and_then(Value::as_str),
        "{made}"
    );
    page.until("document.querySelector('#sweep-verdict[data-same=true]')");
    let address = page.text("location.hash");
    assert!(address.ends_with(&fragment), "{address}");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_a_link_was_refused_for_is_said_of_no_other_and_its_form_is_remembered() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("mine.csv", ENDS_IN_NEW_YORK);
    let (_, needs_file) = with_signals_as_axis(&server, &file);
    let varied = ["--data", "SIM", "--param", "k_sigma_err=0.25,0.5"];
    let (_, other) = swept(&server, &varied);
    let there = Server::start(None);
    there.import_coin();
    let more = ["--data", "COIN", "--param", "k_sigma_err=0.25,0.5,1"];
    let (_, elsewhere) = swept(&there, &more);
    let page = Page::open(&server, 1440, false);
    page.settled();
    go(&page, &needs_file);
    page.until(READY);
    page.click("#sweep-run");
    page.until("document.getElementById('sweep-failed')");
    go(&page, &other);
    page.until("!document.getElementById('sweep-failed')");
    // a page that is built with the form of a link has it when it is loaded again without the link, though its run is not made: bars
    // of that name are not here
    go(&page, "/backtest");
    page.settled();
    go(&page, &elsewhere);
    until_link(&page, "missing");
    page.until("document.getElementById('sweep-run')");
    go(&page, "/backtest");
    page.settled();
    page.script("window.before = true; location.hash = '#/sweep'; location.reload();");
    page.until("!window.before");
    page.until(READY);
    run(&page);
    assert_eq!(data(&page, "trials"), "3");
    assert_eq!(page.console(), Vec::<String>::new());
}

/// A page that followed a link to a run of some bars between two dates and left it by moving a slider.
fn left(server: &Server, (data, from, to): (&str, &str, &str)) -> Page {
    let link = link_of(server, &["--data", data, "--from", from, "--to", to]);
    let page = Page::open(server, 1440, false);
    page.settled();
    go(&page, &format!("/backtest?c={link}"));
    until_link(&page, "match");
    slide(&page, "strategy.predicted_move.k_sigma_err", "0.7");
    page.until("!location.hash.includes('c=')");
    page.settled();
    page
}

#[test]
fn a_link_that_is_taken_up_again_outlives_a_reload() {
    let server = Server::start(None);
    let page = left(&server, ("SIM", "2024-03-01", "2024-06-28"));
    page.script(
        "[...document.querySelectorAll('button')].find(one => one.innerText.includes(\"Back to the link's run\")).click();",
    );
    until_link(&page, "match");
    page.until("location.hash.includes('c=')");
    page.reload();
    until_link(&page, "match");
}

#[test]
fn a_browser_that_keeps_nothing_shows_the_lab() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let refuse = "for (const kind of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, kind, { get() { throw new DOMException('refused', 'SecurityError'); } });";
    page.on_each_load(refuse);
    page.reload();
    page.settled();
    slide(&page, "strategy.predicted_move.k_sigma_err", "0.7");
    page.settled();
    page.script(TO_SWEEP);
    page.until(READY);
    run(&page);
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn bars_and_signals_that_are_dropped_on_the_sweep_page_are_swept_there() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    let axes = json!([("strategy", "predicted_move,signals")]);
    remember_form(&page, &axes, "total_return");
    page.reload();
    page.until(READY);
    let signals = "time,side\n2024-07-01T14:30:00Z,long\n2024-07-02T17:30:00Z,flat\n";
    drop_all_on(
        &page,
        "sweep",
        &[("MINE_1m.csv", &plain(0)), ("mine.csv", signals)],
    );
    page.until("document.querySelector('#sweep [data-intake=taken]')");
    page.until(
        "document.querySelector('#data-set')?.selectedOptions[0]?.textContent.includes('MINE')",
    );
    page.until(READY);
    run(&page);
    assert_eq!(data(&page, "trials"), "2");
    assert_eq!(page.text("location.hash"), "#/sweep");
    let of = page.text("document.getElementById('sweep-of').innerText");
    assert!(of.contains("MINE"), "{of}");
    // both trials have results, and the run that is varied trades no signals
    page.until("document.querySelectorAll('#top tbody tr').length === 2");
    page.script("location.hash = '#/backtest';");
    page.settled();
    page.until("document.getElementById('trade-signals')");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn dates_outlive_a_reload_though_the_link_that_gave_them_is_left() {
    let server = Server::start(None);
    let dates = ["--from", "2024-03-01", "--to", "2024-06-28"];
    let flags = [&["--data", "SIM"], &dates[..]].concat();
    let varied = [&flags[..], &["--param", "k_sigma_err=0.25,0.5"]].concat();
    let (_, fragment) = swept(&server, &varied);
    let page = Page::open(&server, 1440, false);
    page.settled();
    go(&page, &fragment);
    page.until(READY);
    type_into(
        &page,
        "strategy.predicted_move.k_sigma_err-list",
        "0.25,0.5,1",
    );
    page.until("!location.hash.includes('s=')");
    let reload = |page: &Page| {
        page.reload();
        page.until(READY);
    };
    reload(&page);
    run(&page);
    let more = [&flags[..], &["--param", "k_sigma_err=0.25,0.5,1"]].concat();
    let (same, _) = swept(&server, &more);
    assert_eq!(
        Some(data(&page, "digest").as_str()),
        same.get("digest").and_then(Value::as_str)
    );
    // those that are picked on the page as well
    type_into(&page, "sweep-from", "2024-04-02");
    type_into(&page, "sweep-to", "2024-05-03");
    page.click("#run-dates");
    let picked =
        "document.getElementById('sweep-dates')?.innerText.includes('2024-04-02 to 2024-05-03')";
    page.until(picked);
    done(&page);
    // as long as it takes until a choice is kept
    std::thread::sleep(std::time::Duration::from_millis(600));
    reload(&page);
    page.until(picked);
    // another data set is run over all of it
    choose(&page, "SIMA-1min");
    page.until("!document.getElementById('sweep-dates')");
    page.until(READY);
    page.script("location.hash = '#/backtest';");
    page.settled();
    assert_eq!(
        page.text("document.getElementById('window') === null"),
        "true"
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn dates_are_left_where_other_bars_of_the_name_came_that_have_none_on_them() {
    let server = Server::start(None);
    server.import_coin();
    let page = left(&server, ("COIN", "2024-03-27", "2024-03-28"));
    page.script(TO_SWEEP);
    page.until(READY);
    // of few bars: no trial need have a result to be ranked by
    let is_run = "document.getElementById('sweep').dataset.digest";
    page.click("#sweep-run");
    page.until(is_run);
    type_into(&page, "sweep-from", "2024-03-28");
    type_into(&page, "sweep-to", "2024-03-28");
    page.click("#run-dates");
    let stands = "document.getElementById('sweep-dates')?.innerText";
    let one_day = format!("{stands}.includes('2024-03-28') && !{stands}.includes('2024-03-27')");
    page.until(&one_day);
    page.until(is_run);
    let reload = || {
        page.reload();
        page.until(READY);
    };
    // as long as it takes until a choice is kept
    std::thread::sleep(std::time::Duration::from_millis(600));
    reload();
    page.until(&one_day);
    server.atrium(&["data", "remove", "COIN-1min", "--yes"]);
    server.import_coin_from(1_719_792_000);
    reload();
    page.until("!document.getElementById('sweep-dates')");
    page.script("location.hash = '#/backtest';");
    page.settled();
    assert_eq!(
        page.text("document.getElementById('window') === null"),
        "true"
    );
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "COIN", "--k-sigma-err", "0.7"]),
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn bars_that_were_missed_while_the_server_was_away_come_once_it_is_back() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    choose(&page, "SIMA-1min");
    page.until("document.querySelector('.troubles .banner[data-kind=error] .button')");
    let chosen = "document.getElementById('data-set').value";
    assert_eq!(page.text(chosen), "SIM-1min");
    server.start_again();
    page.until(&format!("{chosen} === 'SIMA-1min'"));
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIMA"]));
    // not where something else was set meanwhile
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    choose(&page, "SIM-1min");
    page.until("document.querySelector('.troubles .banner[data-kind=error] .button')");
    slide(&page, "strategy.predicted_move.k_sigma_err", "0.7");
    page.settled();
    server.start_again();
    page.until("!document.querySelector('[data-server=away]')");
    page.until("!document.querySelector('.troubles .banner[data-kind=error]')");
    page.settled();
    assert_eq!(page.text(chosen), "SIMA-1min");
}
