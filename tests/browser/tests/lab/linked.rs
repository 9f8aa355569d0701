//! Links that meet what stands in the lab already: what a browser remembers, files that are dropped, links that were left.

use serde_json::{Value, json};

use super::files::{Files, drop_on};
use super::share::{link_of, until_link};
use super::support::{Page, Server};
use super::sweep::{TO_SWEEP, data, run, type_into};
use super::{digest, slide};

/// Runs a sweep by the command line: what came of it, and the fragment of its link.
fn swept(server: &Server, words: &[&str]) -> (Value, String) {
    let said = server.atrium(&[&["sweep"], words, &["--json"]].concat());
    let made: Value = serde_json::from_str(&said).unwrap();
    let link = made.get("link").and_then(Value::as_str).unwrap();
    let (_, fragment) = link.split_once('#').unwrap();
    let fragment = fragment.to_owned();
    (made, fragment)
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
    let setup = json!([
        [("sizing.leverage", "1,2,3,4,5")],
        "grid",
        1_000,
        1,
        "total_return"
    ]);
    page.script(&format!(
        "localStorage.setItem('atrium.sweep.1', {}); location.reload();",
        json!(setup.to_string())
    ));
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
    page.script("window.before = true; location.reload();");
    page.until("!window.before");
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
    }
}

#[test]
fn signals_dropped_for_an_axis_of_a_link_leave_the_run_that_is_varied() {
    let server = Server::start(None);
    let files = Files::new();
    // ends of bars in New York's time
    let rows = "time,side\n2024-07-02 11:30,short\n2024-07-09 12:30,flat\n2024-07-16 10:30,long\n";
    let file = files.write("mine.csv", rows);
    let base = link_of(&server, &["--data", "SIM", "--set", "sizing.mode=all_in"]);
    let (made, fragment) = swept(
        &server,
        &[
            "--link",
            &base,
            "--signals",
            file.to_str().unwrap(),
            "--row-time",
            "bar_end",
            "--time-zone",
            "exchange",
            "--param",
            "strategy=predicted_move,signals",
        ],
    );
    let page = Page::open(&server, 1440, false);
    page.settled();
    go(&page, &fragment);
    page.until(READY);
    page.script("document.getElementById('sweep-run').click();");
    page.until(
        "document.getElementById('sweep-failed')?.innerText.includes('drop it on this page')",
    );
    drop_on(&page, "sweep", "mine.csv", rows);
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
fn a_link_that_is_taken_up_again_outlives_a_reload() {
    let server = Server::start(None);
    let dates = [
        "--data",
        "SIM",
        "--from",
        "2024-03-01",
        "--to",
        "2024-06-28",
    ];
    let link = link_of(&server, &dates);
    let page = Page::open(&server, 1440, false);
    page.settled();
    go(&page, &format!("/backtest?c={link}"));
    until_link(&page, "match");
    slide(&page, "strategy.predicted_move.k_sigma_err", "0.7");
    page.until("!location.hash.includes('c=')");
    page.settled();
    page.script(
        "[...document.querySelectorAll('button')].find(one => one.innerText.includes(\"Back to the link's run\")).click();",
    );
    until_link(&page, "match");
    page.until("location.hash.includes('c=')");
    page.script("window.before = true; location.reload();");
    page.until("!window.before");
    until_link(&page, "match");
}

#[test]
fn a_browser_that_keeps_nothing_shows_the_lab() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let refuse = "for (const kind of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, kind, { get() { throw new DOMException('refused', 'SecurityError'); } });";
    page.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({"source": refuse}),
    );
    page.script("window.before = true; location.reload();");
    page.until("!window.before");
    page.settled();
    slide(&page, "strategy.predicted_move.k_sigma_err", "0.7");
    page.settled();
    page.script(TO_SWEEP);
    page.until(READY);
    run(&page);
    assert_eq!(page.console(), Vec::<String>::new());
}
