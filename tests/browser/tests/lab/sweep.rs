//! The sweep page as a person uses it: ranges, a heatmap that fills, the best, dates, links, keys.

use std::time::Duration;

use serde_json::{Value, json};

use super::barriers::{assert_no_barriers, tab_stops};
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest};

pub(crate) const TO_SWEEP: &str = "location.hash = '#/sweep';";
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const UP: &str = "\u{e013}";

/// Opens the sweep page with bars and a form that can be run.
pub(crate) fn open(server: &Server, width: u32, dark: bool) -> Page {
    let page = Page::open(server, width, dark);
    page.settled();
    page.script(TO_SWEEP);
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    page
}

pub(crate) fn data(page: &Page, name: &str) -> String {
    page.text(&format!("document.getElementById('sweep').dataset.{name}"))
}

/// Waits until every trial was run and gone through.
pub(crate) fn done(page: &Page) {
    page.until("document.getElementById('sweep').dataset.state === 'done'");
    page.until("(s => s.found === s.trials)(document.getElementById('sweep').dataset)");
    // the list of the best is made later than what it lists is known
    page.until("document.querySelector('#top [data-seen]')?.dataset.seen === document.getElementById('sweep').dataset.trials");
    page.until("document.querySelector('#top tbody tr')");
    page.until("document.getElementById('sweep').dataset.digest");
}

pub(crate) fn run(page: &Page) {
    page.click("#sweep-run");
    done(page);
}

/// Has the browser remember a form: axes as keys and values, every combination of them, and what is ranked by. It is there when the
/// page is built next.
pub(crate) fn remember_form(page: &Page, axes: &Value, measure: &str) {
    let form = json!([axes, "grid", 1_000, 1, measure]).to_string();
    page.script(&format!(
        "for (const store of [sessionStorage, localStorage]) store.setItem('atrium.sweep.1', {});",
        json!(form)
    ));
}

/// Types into a field.
pub(crate) fn type_into(page: &Page, id: &str, value: &str) {
    page.script(&format!(
        "const field = document.getElementById('{id}'); field.value = '{value}';
         field.dispatchEvent(new Event('input', {{bubbles: true}}));
         field.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

/// Where an element is in the window: left, top, width, height.
fn place(page: &Page, selector: &str) -> [f64; 4] {
    let found = page.script(&format!(
        "const host = document.querySelector('{selector}'); host.scrollIntoView({{block: 'center'}});
         const box = host.getBoundingClientRect(); return [box.left, box.top, box.width, box.height];"
    ));
    [0, 1, 2, 3].map(|at: usize| found.get(at).and_then(Value::as_f64).unwrap())
}

fn drag(page: &Page, from: (f64, f64), to: (f64, f64)) {
    let at = |(x, y): (f64, f64), duration: u32| json!({"type": "pointerMove", "duration": duration, "x": x as i64, "y": y as i64});
    page.point(
        "mouse",
        &[
            json!([at(from, 0), {"type": "pointerDown", "button": 0}, at(to, 80), {"type": "pointerUp", "button": 0}]),
        ],
    );
}

#[test]
fn a_first_visit_proposes_a_sweep_and_a_cell_opens_exactly_its_run() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    let vacant = page.text("document.querySelector('.sweep-vacancy').innerText");
    assert!(vacant.contains("Nothing was run yet"), "{vacant}");
    let estimate = page.text("document.getElementById('estimate').innerText");
    assert!(estimate.starts_with("110 trials × "), "{estimate}");
    page.keep_picture("sweep-idle-light-1440");
    run(&page);
    assert_eq!(
        (data(&page, "done"), data(&page, "trials")),
        ("110".into(), "110".into())
    );
    let cells = page.text("document.getElementById('heatmap').dataset.cells");
    assert_eq!(cells, "110");
    let valued = page.text("document.getElementById('heatmap').dataset.valued");
    let absent = page.text("document.getElementById('heatmap').dataset.absent");
    let sum = valued.parse::<u32>().unwrap() + absent.parse::<u32>().unwrap();
    assert_eq!(sum, 110, "every cell has a value or says why not");
    page.keep_picture("sweep-done-light-1440");

    // what is listed is what the command lists
    let command = page.text("document.getElementById('sweep-command').innerText");
    let words: Vec<&str> = command.split_whitespace().skip(3).collect();
    let told: Value = serde_json::from_str(
        &server.atrium(&[&["sweep", "--json", "--afresh"], &words[..]].concat()),
    )
    .unwrap();
    let listed = page.script("return [...document.querySelectorAll('#top tbody tr')].map(row => Number(row.dataset.trial));");
    let best: Vec<Value> = told
        .get("best")
        .and_then(Value::as_array)
        .unwrap()
        .iter()
        .map(|trial| trial.get("trial").unwrap().clone())
        .collect();
    assert_eq!(listed, Value::Array(best));
    assert_eq!(
        told.get("digest"),
        Some(&Value::String(data(&page, "digest")))
    );

    // a press looks at a cell, another one opens its run
    let [left, top, width, height] = place(&page, "#heatmap");
    let at = (left + width * 0.45, top + height * 0.55);
    drag(&page, at, at);
    page.until("document.getElementById('heatmap-read').dataset.trial === document.getElementById('sweep').dataset.focus");
    let trial = data(&page, "focus");
    page.until("Number(document.querySelector('.equity-plot').dataset.partBars) > 0");
    let words = page.text("document.getElementById('heatmap-read').innerText");
    assert!(
        words.contains("ATR gate") && words.contains("Sharpe ratio"),
        "{words}"
    );
    drag(&page, at, at);
    page.until("location.hash.startsWith('#/backtest')");
    page.until("document.querySelector('#backtest')?.dataset.state === 'done'");
    let command = page.text("document.getElementById('command').textContent");
    let words: Vec<&str> = command
        .split_whitespace()
        .skip_while(|word| *word != "--data")
        .collect();
    assert_equals_command_line(&page, &server.report(&words));
    // and the sweep is still there
    page.script(TO_SWEEP);
    page.until("document.querySelector('#top tbody tr')");
    assert_eq!(data(&page, "focus"), trial);
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn ranges_say_what_is_wrong_and_other_axes_have_choosers() {
    let server = Server::start(None);
    let page = open(&server, 1440, true);
    let step = "strategy.predicted_move.k_atr_min_tp-step";
    type_into(&page, step, "0");
    page.until("document.getElementById('sweep-run').disabled");
    let wrong = page.text("document.querySelector('.axis .complaint:not(:empty)').innerText");
    assert!(wrong.contains("the step is 0"), "{wrong}");
    type_into(&page, step, "2.5");
    page.until("!document.getElementById('sweep-run').disabled");
    // a third axis, by its name and keys
    page.script("document.getElementById('add-axis').focus();");
    type_into(&page, "add-axis", "error gate");
    page.until("document.querySelector('#axis-options [role=option]')");
    assert_no_barriers(&page, "the parameters that are offered");
    page.press(ENTER);
    page.until("document.querySelector('[data-axis=\"strategy.predicted_move.k_sigma_err\"]')");
    type_into(&page, "strategy.predicted_move.k_sigma_err-step", "1");
    run(&page);
    assert_eq!(data(&page, "trials"), "120");
    // the value of the axis that is not shown is changed, and the cells with it
    page.until("document.querySelector('.other input')");
    let before = data(&page, "focus");
    page.script(
        "const slider = document.querySelector('.other input'); slider.value = slider.value === '0' ? '1' : '0';
         slider.dispatchEvent(new Event('input', {bubbles: true}));",
    );
    page.until(&format!(
        "document.getElementById('sweep').dataset.focus !== '{before}'"
    ));
    page.click("[name=plane-others][value=median]");
    page.until("!document.querySelector('.other')");
    // the axes change places
    let x = "document.getElementById('plane-x').value";
    let (was_x, was_y) = (
        page.text(x),
        page.text("document.getElementById('plane-y').value"),
    );
    page.script(&format!(
        "const chooser = document.getElementById('plane-x'); chooser.value = '{was_y}';
         chooser.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
    page.until(&format!(
        "document.getElementById('plane-y').value === '{was_x}'"
    ));
    assert_eq!(page.text(x), was_y);
    page.click("#plane-table");
    page.until("document.querySelector('.plane-table td button')");
    assert_no_barriers(&page, "a sweep with its table");
    page.keep_picture("sweep-three-axes-dark-1440");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_is_picked_out_is_listed_and_dates_recompute_everything() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    run(&page);
    let held = "document.getElementById('lines').dataset.held";
    assert_eq!(page.text(held), "110");
    // a stretch of the first axis, by keys and then by the mouse
    page.script("document.querySelectorAll('.handle')[1].focus();");
    page.press(UP);
    page.until(&format!("{held} === '100'"));
    let [left, top, _, height] = place(&page, ".lines");
    let x = left + 56.0;
    drag(&page, (x, top + height * 0.25), (x, top + height * 0.55));
    page.until(&format!("Number({held}) < 100 && Number({held}) > 0"));
    page.until("document.querySelectorAll('#top tbody tr').length > 0");
    page.click("#clear-brush");
    page.until(&format!("{held} === '110'"));

    // dates over the curve of the best
    page.until("Number(document.querySelector('.equity-plot').dataset.partBars) > 0");
    let all = page.text("document.querySelector('.equity-plot').dataset.bars");
    let before = data(&page, "digest");
    let [left, top, width, height] = place(&page, ".equity-plot");
    let y = top + height * 0.4;
    drag(&page, (left + width * 0.25, y), (left + width * 0.75, y));
    page.until("document.querySelector('.dates').dataset.dates === 'picked'");
    page.until(&format!("document.getElementById('sweep').dataset.digest && document.getElementById('sweep').dataset.digest !== '{before}'"));
    done(&page);
    page.until(&format!(
        "Number(document.querySelector('.equity-plot').dataset.partBars) < {all}"
    ));
    let command = page.text("document.getElementById('sweep-command').innerText");
    assert!(
        command.contains("--from ") && command.contains("--to "),
        "{command}"
    );
    let words: Vec<&str> = command.split_whitespace().skip(3).collect();
    let told: Value = serde_json::from_str(
        &server.atrium(&[&["sweep", "--json", "--afresh"], &words[..]].concat()),
    )
    .unwrap();
    assert_eq!(
        told.get("digest"),
        Some(&Value::String(data(&page, "digest")))
    );
    page.keep_picture("sweep-dates-light-1440");
    page.click("#all-dates");
    page.until(&format!(
        "document.getElementById('sweep').dataset.digest === '{before}'"
    ));
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_link_brings_the_sweep_to_another_page_that_comes_to_the_same() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    page.click("[name=sweep-method][value=latin]");
    page.until("document.getElementById('sweep-trials')");
    type_into(&page, "sweep-trials", "80");
    run(&page);
    assert_eq!(data(&page, "trials"), "80");
    page.keep_picture("sweep-drawn-light-1440");
    page.script(
        "window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; };
         [...document.querySelectorAll('#take button')].find(button => button.innerText.startsWith('Copy link')).click();",
    );
    page.until("window.copied");
    let link = page.text("window.copied");
    let results = data(&page, "digest");
    let other = Page::open(&server, 1440, false);
    other.settled();
    other.script(&format!("location.hash = new URL('{link}').hash;"));
    other.until("document.querySelector('#sweep-run')?.disabled === false");
    other.until("document.getElementById('sweep-trials')?.value === '80'");
    assert_eq!(
        data(&other, "state"),
        "idle",
        "a link runs no sweep by itself"
    );
    run(&other);
    assert_eq!(data(&other, "digest"), results);
    // what came of a run is no part of this link, and nobody says that it lacks
    assert_eq!(
        other.text("String(document.getElementById('link'))"),
        "null"
    );
    other.until("document.querySelector('#sweep-verdict')?.dataset.same === 'true'");
}

#[test]
fn the_page_is_reached_by_keys_and_keeps_nobody_out() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    assert_no_barriers(&page, "the sweep page before a run");
    run(&page);
    page.until("Number(document.querySelector('.equity-plot').dataset.partBars) > 0");
    assert_no_barriers(&page, "the sweep page after a run");
    // a field of a date has stops within it, at which the walk ends
    let stops = tab_stops(&page);
    for wanted in ["sweep-run", "heatmap", "top-count", "sweep-from", "plane-x"] {
        assert!(
            stops.iter().any(|stop| stop == wanted),
            "{wanted}: {stops:?}"
        );
    }
    page.script("document.getElementById('heatmap').focus();");
    page.press("b");
    page.until("document.getElementById('heatmap-read').dataset.trial");
    page.press(RIGHT);
    page.press("t");
    page.until("document.querySelector('.plane-table')");
    page.press(" ");
    page.until("document.getElementById('heatmap-read').dataset.trial === document.getElementById('sweep').dataset.focus");
    page.press(ENTER);
    page.until("location.hash.startsWith('#/backtest')");
    page.settled();
    assert!(!digest(&page, "run").is_empty());
}

#[test]
fn a_narrow_window_holds_it_all() {
    let server = Server::start(None);
    for (name, width, dark) in [
        ("sweep-light-900", 900, false),
        ("sweep-dark-390", 390, true),
    ] {
        let page = open(&server, width, dark);
        run(&page);
        page.until("Number(document.querySelector('.equity-plot').dataset.partBars) > 0");
        let overflow = page.text("document.documentElement.scrollWidth - window.innerWidth");
        assert!(
            overflow.parse::<i64>().unwrap() <= 0,
            "{name} is {overflow} pixels too wide"
        );
        page.script("document.getElementById('plane').scrollIntoView();");
        std::thread::sleep(Duration::from_millis(100));
        page.keep_picture(name);
        assert_no_barriers(&page, name);
    }
}

#[test]
fn a_sweep_that_is_stopped_says_so_and_goes_on() {
    let server = Server::start(None);
    let page = open(&server, 1440, true);
    type_into(&page, "strategy.predicted_move.k_atr_min_tp-step", "0.01");
    type_into(
        &page,
        "strategy.predicted_move.reward_risk_ratio-step",
        "0.01",
    );
    page.until("document.getElementById('estimate').innerText.startsWith('225,951 trials')");
    page.click("#sweep-run");
    page.until("Number(document.getElementById('sweep').dataset.done) > 0");
    page.click("#sweep-cancel");
    page.until("document.getElementById('sweep').dataset.state === 'cancelled'");
    page.until("document.getElementById('sweep').dataset.busy === '0'");
    let stopped = data(&page, "done").parse::<u64>().unwrap();
    assert!(stopped < 225_951, "it was over before it was stopped");
    page.until("document.querySelector('#top tbody tr')");
    page.keep_picture("sweep-stopped-dark-1440");
    assert_no_barriers(&page, "a sweep that was stopped");
    page.click("#sweep-resume");
    page.until(&format!(
        "Number(document.getElementById('sweep').dataset.done) > {stopped}"
    ));
    page.script("document.getElementById('sweep-cancel')?.click();");
    page.until("['cancelled', 'done'].includes(document.getElementById('sweep').dataset.state)");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn it_goes_on_without_the_server() {
    let mut server = Server::start(None);
    let page = open(&server, 900, false);
    run(&page);
    page.until("document.querySelector('#kept tbody tr')");
    // workers that are here go on without the server
    server.stop();
    type_into(&page, "strategy.predicted_move.k_atr_min_tp-step", "1");
    page.until("document.getElementById('estimate').innerText.startsWith('60 trials')");
    page.until("document.getElementById('sweep-stale')");
    run(&page);
    page.until("document.getElementById('sweep').dataset.trials === '60'");
    page.until("document.getElementById('kept').innerText.includes('once it is back')");
    page.until("document.getElementById('kept').innerText.includes('as this browser notes; those that the server keeps are not known')");
}
