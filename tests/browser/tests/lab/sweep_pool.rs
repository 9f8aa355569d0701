//! The workers of sweeps: what comes of a sweep, how it is stopped, that the page answers meanwhile, and that a worker may fail.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{PATIENCE, Page, Server};
use crate::sweep::remember_form;

/// The axes of a thousand trials.
const THOUSAND: [(&str, &str); 3] = [
    ("strategy.predicted_move.k_sigma_err", "0:0.9:0.1"),
    ("strategy.predicted_move.k_atr_min_tp", "0:1.8:0.2"),
    ("strategy.predicted_move.reward_risk_ratio", "0.5:5:0.5"),
];
/// Those of more than any of these tests waits for.
const MANY: [(&str, &str); 3] = [
    ("strategy.predicted_move.k_sigma_err", "0:2:0.02"),
    ("strategy.predicted_move.k_atr_min_tp", "0:2:0.02"),
    ("strategy.predicted_move.reward_risk_ratio", "0.5:5:0.1"),
];

/// Opens the sweep page at an interval, with axes in its form.
fn open(server: &Server, interval: &str, axes: &[(&str, &str)]) -> Page {
    let page = Page::open(server, 1440, false);
    page.settled();
    remember_form(&page, &json!(axes), "sharpe");
    page.click(&format!("#interval input[value=\"{interval}\"]"));
    page.until(&format!(
        "document.getElementById('command').textContent.includes('interval={interval}') || '{interval}' === '60min'"
    ));
    page.settled();
    page.script("location.hash = '#/sweep';");
    page.until("document.getElementById('sweep-run')?.disabled === false");
    page
}

fn of_sweep(page: &Page, name: &str) -> String {
    page.text(&format!(
        "document.getElementById('sweep').dataset.{name} ?? ''"
    ))
}

fn number(page: &Page, name: &str) -> u64 {
    of_sweep(page, name).parse().unwrap()
}

fn until_state(page: &Page, state: &str) {
    page.until(&format!(
        "document.getElementById('sweep').dataset.state === '{state}'"
    ));
    if state == "done" {
        page.until("document.getElementById('sweep').dataset.digest");
    }
}

/// Waits until the command line lists what was kept.
fn until_kept(server: &Server, begin: &str) {
    let patience = Instant::now() + PATIENCE;
    loop {
        let listed = server.atrium(&["sweep", "--data", "SIM-1min", "--list"]);
        if listed.starts_with(begin) {
            return;
        }
        assert!(Instant::now() < patience, "{listed}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the command line says of the same sweep.
fn native(server: &Server, axes: &[(&str, &str)], more: &[&str]) -> Value {
    let params: Vec<String> = axes
        .iter()
        .flat_map(|(key, values)| ["--param".to_owned(), format!("{key}={values}")])
        .collect();
    let mut words = vec!["sweep", "--data", "SIM-1min"];
    words.extend(params.iter().map(String::as_str));
    words.extend(more);
    words.push("--json");
    serde_json::from_str(&server.atrium(&words)).unwrap()
}

#[test]
fn a_sweep_of_the_page_is_that_of_the_command_line_and_is_kept_for_it() {
    let server = Server::start(None);
    let page = open(&server, "15min", &THOUSAND);
    let bars = page.text("document.getElementById('estimate').textContent");
    assert!(bars.starts_with("1,000 trials × 1"), "{bars}");
    page.click("#sweep-run");
    until_state(&page, "done");
    assert_eq!(
        (number(&page, "done"), number(&page, "trials")),
        (1_000, 1_000)
    );
    // every number of every trial, to the last bit
    let report = native(&server, &THOUSAND, &["--interval", "15min", "--afresh"]);
    assert_eq!(report["done"], 1_000);
    assert_eq!(
        of_sweep(&page, "digest"),
        report["digest"].as_str().unwrap()
    );
    assert!(report["best"][0]["metrics"]["trades"].as_u64().unwrap() > 10);

    // the same trials by other workers, resumed in the middle
    page.script(
        "const workers = document.getElementById('sweep-workers'); workers.value = '3';
         workers.dispatchEvent(new Event('input', {bubbles: true}));
         workers.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    page.click("#sweep-run");
    // asked for where it may take long
    page.script("document.getElementById('sweep-ask-run')?.click();");
    until_state(&page, "done");
    assert_eq!(
        of_sweep(&page, "digest"),
        report["digest"].as_str().unwrap()
    );

    // the server has it where the command line goes on from it
    until_kept(&server, "SIM-1min: 1 sweep kept, 1,000 trials run");
    let words = [
        "sweep",
        "--data",
        "SIM-1min",
        "--interval",
        "15min",
        "--param",
        "k_sigma_err=0:0.9:0.1",
        "--param",
        "k_atr_min_tp=0:1.8:0.2",
        "--param",
        "reward_risk_ratio=0.5:5:0.5",
    ];
    let again = server.atrium(&words);
    assert!(again.contains("1,000 kept from before"), "{again}");
    assert_eq!(page.console(), [""; 0]);
}

#[test]
fn a_long_sweep_is_stopped_halfway_and_goes_on_while_the_page_answers() {
    let server = Server::start(None);
    let page = open(&server, "60min", &MANY);
    page.click("#sweep-run");
    page.until("document.getElementById('sweep').dataset.state === 'running' || document.getElementById('sweep-ask') !== null");
    page.script("document.getElementById('sweep-ask-run')?.click();");
    until_state(&page, "running");
    page.until("Number(document.getElementById('sweep').dataset.done) > 500");
    // the page answers: what is chosen is seen at once, frames come, and it goes on being filled
    let before = number(&page, "done");
    page.script(
        "window.frames = 0; const count = () => { window.frames += 1; requestAnimationFrame(count); }; requestAnimationFrame(count);
         const measure = document.getElementById('sweep-measure'); measure.value = 'trades';
         measure.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    page.until("document.getElementById('plane-title').textContent.includes('Trades')");
    page.until("window.frames > 5");
    page.until(&format!(
        "Number(document.getElementById('sweep').dataset.done) > {before}"
    ));
    assert_eq!(of_sweep(&page, "state"), "running");

    page.click("#sweep-cancel");
    until_state(&page, "cancelled");
    page.until("document.getElementById('sweep').dataset.busy === '0'");
    let stopped = number(&page, "done");
    assert!(
        stopped > before && stopped < number(&page, "trials") / 2,
        "{stopped}"
    );
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(number(&page, "done"), stopped, "nothing is run any more");
    assert_eq!(of_sweep(&page, "state"), "cancelled");
    // what was done is there, and what is missing is run from there
    until_kept(&server, "SIM-1min: 1 sweep kept, ");
    page.click("#sweep-resume");
    page.until(&format!(
        "Number(document.getElementById('sweep').dataset.done) > {}",
        stopped + 100
    ));
    page.click("#sweep-cancel");
    until_state(&page, "cancelled");
    assert_eq!(page.console(), [""; 0]);
}

#[test]
fn a_worker_that_fails_is_replaced_and_the_sweep_is_whole() {
    let server = Server::start(None);
    let page = open(&server, "60min", &THOUSAND);
    let report = native(&server, &THOUSAND, &["--interval", "60min", "--afresh"]);
    // a worker of the sweep stops in the middle
    page.script(
        "const post = Worker.prototype.postMessage; window.failed = 0; const asked = new Map();
         Worker.prototype.postMessage = function (parts, transfer) {
           const count = (asked.get(this) ?? 0) + 1; asked.set(this, count);
           if (window.failed === 0 && count === 5 && this.onerror) {
             window.failed += 1; this.terminate();
             // as a browser tells of it, which is never within the call
             setTimeout(() => this.onerror(new ErrorEvent('error', {message: 'made to fail', cancelable: true})), 0);
             return;
           }
           return post.call(this, parts, transfer);
         };",
    );
    page.click("#sweep-run");
    until_state(&page, "done");
    assert_eq!(page.text("String(window.failed)"), "1");
    assert_eq!(
        of_sweep(&page, "digest"),
        report["digest"].as_str().unwrap()
    );
}
