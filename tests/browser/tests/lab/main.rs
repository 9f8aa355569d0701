//! The lab in headless Chromium against the real server, as a person uses it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod again;
mod apart;
mod barriers;
mod chart;
mod chosen;
#[path = "../../../../backend/src/testing/coin.rs"]
mod coin;
mod data;
mod files;
mod intake;
mod linked;
mod own;
mod pages;
mod parameters;
mod results;
mod share;
mod steps;
mod stored;
mod support;
mod sweep;
mod sweep_of;
mod sweep_pool;
mod symbol;
mod tour;
mod trouble;

use serde_json::Value;
use support::{Page, Server, test_data};

const SPY: &str = "spy_1m_admf/SPY_1m.parquet";
/// The key of the ATR gate, by which the page knows its slider.
const ATR_GATE: &str = "strategy.predicted_move.k_atr_min_tp";

/// A digest as the page shows it.
fn digest(page: &Page, name: &str) -> String {
    page.text(&format!(
        "document.querySelector('[data-digest={name}]').dataset.full"
    ))
}

/// A metric with every digit.
fn metric(page: &Page, key: &str) -> Option<f64> {
    page.text(&format!(
        "document.querySelector('[data-metric={key}]').dataset.value ?? ''"
    ))
    .parse()
    .ok()
}

/// Sets a slider as a drag does: by an `input` event, without the `change` of letting go. The parameter is named by the end of
/// its key.
fn slide(page: &Page, name: &str, value: &str) {
    page.script(&format!(
        "const slider = document.querySelector('input[type=range][id$=\"{name}\"]'); slider.value = '{value}';
         slider.dispatchEvent(new Event('input', {{bubbles: true}}));"
    ));
}

/// The page's result must be the command line's: both digests and every headline metric to the last digit.
#[track_caller]
fn assert_equals_command_line(page: &Page, report: &Value) {
    for name in ["result", "run"] {
        assert_eq!(
            report.pointer(&format!("/digests/{name}")).unwrap(),
            &Value::String(digest(page, name))
        );
    }
    let Value::Object(headline) = report.get("headline").unwrap() else {
        panic!("the headline is an object")
    };
    for (key, value) in headline {
        let by_command_line = value
            .as_f64()
            .or_else(|| value.get("value").and_then(Value::as_f64));
        assert_eq!(
            metric(page, key).map(f64::to_bits),
            by_command_line.map(f64::to_bits),
            "{key}"
        );
    }
    assert_eq!(headline.len(), 8);
}

#[test]
fn spy_in_the_browser_is_spy_on_the_command_line() {
    let Some(file) = test_data(SPY) else { return };
    let server = Server::start(Some((&file, "SPY")));
    let page = Page::open(&server, 1440, false);
    page.settled();
    let at_first = server.report(&["--data", "SPY-1min"]);
    assert_eq!(at_first.get("bars").unwrap(), 1_782);
    assert_equals_command_line(&page, &at_first);
    let first_trades = metric(&page, "trades").unwrap();
    page.keep_picture("spy-light-1440");

    // a hand on the slider changes trades and metrics, to what the command line says at the same parameters
    page.drag_slider(ATR_GATE, -60);
    page.until(&format!(
        "document.getElementById('{ATR_GATE}').value < 1.5"
    ));
    page.settled();
    let value = page.text(&format!("document.getElementById('{ATR_GATE}').value"));
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SPY", "--k-atr-min-tp", &value]),
    );
    assert!(metric(&page, "trades").unwrap() > first_trades);

    for (name, value, typed) in [
        ("k_sigma_err", "0.25", "0.25"),
        ("reward_risk_ratio", "3", "3"),
        ("risk_per_trade", "0.3", "0.003"),
        ("leverage", "4", "4"),
    ] {
        slide(&page, name, value);
        page.settled();
        let command = page.text("document.getElementById('command').textContent");
        assert!(command.contains(&format!("{name}={typed}")), "{command}");
        let words: Vec<&str> = command
            .split_whitespace()
            .skip_while(|word| *word != "--data")
            .collect();
        assert_equals_command_line(&page, &server.report(&words));
    }
}

#[test]
fn the_exported_report_is_the_command_lines_to_the_letter() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, true);
    page.settled();
    page.script("window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; };");
    page.script(
        "window.saved = 0; const create = URL.createObjectURL;
         URL.createObjectURL = blob => { window.saved += 1; return create.call(URL, blob); };
         document.getElementById('copy-json').click();
         document.getElementById('download-json').click();",
    );
    // asked for at once, both are answered
    page.until("window.copied !== null && window.saved === 1");
    assert_eq!(page.console(), Vec::<String>::new());
    let exported = page.text("window.copied");
    assert_eq!(
        exported.trim_end(),
        server
            .atrium(&["backtest", "--json", "--data", "SIM-1min"])
            .trim_end()
    );
}

#[test]
fn a_first_start_shows_simulated_data_and_says_so_and_nothing_leaves_the_machine() {
    let server = Server::start(None);
    for (name, width, dark) in [
        ("first-light-1440", 1440, false),
        ("first-dark-1440", 1440, true),
        ("first-light-900", 900, false),
        ("first-light-390", 390, false),
        ("first-dark-390", 390, true),
    ] {
        let page = Page::open(&server, width, dark);
        page.settled();
        page.until("document.querySelector('[data-bars-drawn]')?.dataset.ready !== undefined");
        assert!(metric(&page, "trades").unwrap() > 0.0);
        assert!(
            page.text("document.body.innerText")
                .to_lowercase()
                .contains("simulated")
        );
        let overflow = page.text("document.documentElement.scrollWidth - window.innerWidth");
        assert!(
            overflow.parse::<i64>().unwrap() <= 0,
            "{name} is {overflow} pixels too wide"
        );
        page.keep_picture(name);
        let requests = page.requests();
        assert!(
            requests
                .iter()
                .any(|url| url.contains("/api/datasets/SIM-1min/bars")),
            "{requests:?}"
        );
        let local = |url: &String| {
            url.starts_with(&server.address) || url.starts_with("data:") || url.starts_with("blob:")
        };
        let strange: Vec<_> = requests.iter().filter(|url| !local(url)).collect();
        assert!(strange.is_empty(), "{strange:?}");
        assert_eq!(page.console(), Vec::<String>::new());
    }
}

#[test]
fn the_latest_of_many_changes_wins() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script(
        "const slider = document.getElementById('strategy.predicted_move.k_atr_min_tp');
         for (let i = 0; i <= 100; i++) {
           slider.value = String(i / 20);
           slider.dispatchEvent(new Event('input', {bubbles: true}));
         }
         slider.value = '0.7';
         slider.dispatchEvent(new Event('input', {bubbles: true}));",
    );
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--k-atr-min-tp", "0.7"]),
    );
}

#[test]
fn work_goes_on_when_the_server_is_gone() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 900, true);
    page.settled();
    let expected = server.report(&["--data", "SIM", "--reward-risk-ratio", "1.5"]);
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    slide(&page, "reward_risk_ratio", "1.5");
    page.settled();
    assert_equals_command_line(&page, &expected);
    // what is said of the server leaves room for what can be chosen
    let width = page.text("document.getElementById('data-set').offsetWidth");
    assert!(width.parse::<u32>().unwrap() >= 90, "{width}");
    page.keep_picture("server-away-dark-900");
}

#[test]
fn a_number_out_of_bounds_is_explained_and_the_last_run_stays() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let before = digest(&page, "run");
    let typed = |value: &str| {
        page.script(&format!(
            "const field = document.getElementById('sizing.leverage-typed'); field.focus(); field.value = '{value}';
             field.dispatchEvent(new Event('input', {{bubbles: true}}));"
        ));
    };
    typed("1000000");
    page.until("document.getElementById('sizing.leverage-message').textContent.includes('10')");
    assert_eq!(digest(&page, "run"), before);
    typed("2.5");
    page.until("document.getElementById('sizing.leverage-message').textContent === ''");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--leverage", "2.5"]),
    );
}

#[test]
fn another_interval_and_another_prediction_rerun_everything() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.click("#interval input[value=\"5min\"]");
    page.until("document.getElementById('command').textContent.includes('--set interval=5min')");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--interval", "5min"]),
    );
    assert!(
        page.text("document.querySelector('[data-bars-drawn]').dataset.barsDrawn")
            .parse::<u64>()
            .unwrap()
            > 100
    );
}
