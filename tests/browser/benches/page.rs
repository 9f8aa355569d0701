//! How long a visit takes until its run is shown, how long a slider takes to the end of its drawing, which tasks keep the page
//! from answering meanwhile, and how long a frame takes while the chart is moved.
//!
//! In headless Chromium against the real server on the simulated sample; run by `cargo xtask bench` on a release build.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot go on says why and stops"
)]
#![expect(dead_code, reason = "the tests use more of what they share")]

#[path = "../tests/lab/support.rs"]
mod support;

use std::time::Duration;

use support::{Page, Server};

/// How many positions of the slider are measured.
const POSITIONS: usize = 120;

fn main() {
    let server = Server::start(None);
    println!(
        "a visit, files in the browser's cache, to its first run shown: {}",
        summary(visits(&server))
    );
    for data_set in ["SIM-1min", "SIMBTCUSD-1min"] {
        let page = Page::open(&server, 1440, false);
        page.settled();
        page.script(&format!(
            "const sets = document.getElementById('data-set'); sets.value = '{data_set}';
             sets.dispatchEvent(new Event('change', {{bubbles: true}}));
             document.querySelector('#interval input[value=\"1min\"]').click();"
        ));
        page.until("document.getElementById('command').textContent.includes('interval=1min')");
        page.settled();
        let bars = page.text("document.getElementById('chart').dataset.visibleRange.split('-')[1]");
        println!(
            "{bars:>8} bars: a frame while the chart moves: {}",
            summary(pan(&page))
        );
    }
    for interval in ["60min", "15min", "5min", "1min"] {
        let page = Page::open(&server, 1440, false);
        page.settled();
        page.script(&format!(
            "document.querySelector('#interval input[value=\"{interval}\"]').click();"
        ));
        page.until(&format!(
            "document.querySelector('.runline .what .quiet')?.textContent === '{}'",
            interval.replace("min", " min")
        ));
        page.settled();
        let bars =
            page.text("document.querySelector('#backtest').innerText.match(/([0-9,]+) bars/)[1]");
        page.script(
            "window.longTasks = [];
             new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(task => task.duration)))
                 .observe({type: 'longtask'});",
        );
        let mut repaint = Vec::new();
        let mut engine = Vec::new();
        for position in 0..POSITIONS {
            let (repaint_ms, engine_ms) = measure(&page, position);
            // the first positions warm the browser's compiler up
            if position >= 20 {
                repaint.push(repaint_ms);
                engine.push(engine_ms);
            }
        }
        println!(
            "{bars:>8} bars of {interval:<6} slider to repaint: {}   engine: {}   tasks above 50 ms: {}",
            summary(repaint),
            summary(engine),
            page.text("window.longTasks.map(task => Math.round(task)).join(' ms, ') || 'none'")
        );
    }
}

/// Opens the page again and again in one browser; the time from the beginning of each visit but the first until the numbers of its
/// run are there, in milliseconds.
fn visits(server: &Server) -> Vec<f64> {
    let page = Page::open(server, 1440, false);
    page.settled();
    let mut times = Vec::new();
    for _ in 0..10 {
        page.script("window.before = true; location.reload();");
        page.until(
            "window.before === undefined && document.querySelector('[data-repaint-ms]') !== null",
        );
        let shown = page.text("document.querySelector('[data-repaint-at]').dataset.repaintAt");
        times.push(shown.parse().unwrap_or(f64::NAN));
    }
    times
}

/// Moves the chart to and fro, with an indicator on it; the time of each frame in milliseconds.
fn pan(page: &Page) -> Vec<f64> {
    page.script("document.getElementById('indicators').click();");
    page.until("document.getElementById('add-indicator') !== null");
    page.script(
        "const add = document.getElementById('add-indicator'); add.value = 'ema';
         add.dispatchEvent(new Event('change', {bubbles: true}));
         document.getElementById('indicators').click(); document.getElementById('chart').focus();",
    );
    page.until("document.getElementById('chart').dataset.lines === 'ema'");
    page.press("+");
    let mut frames = Vec::new();
    for step in 0..POSITIONS {
        let before = page.text("document.getElementById('chart').dataset.visibleRange");
        page.press(if step % 4 < 2 { "\u{e012}" } else { "\u{e014}" });
        page.until(&format!(
            "document.getElementById('chart').dataset.visibleRange !== '{before}'"
        ));
        let took = page.text("document.getElementById('chart').dataset.frameMs");
        // the first ones warm the browser's compiler up
        if step >= 20 {
            frames.push(took.parse().unwrap_or(f64::NAN));
        }
    }
    frames
}

/// Moves the slider and waits for the drawing of just that run; both times in milliseconds.
fn measure(page: &Page, position: usize) -> (f64, f64) {
    // another step of the slider each time: a value that it rounds to where it stands starts no run
    let value = 0.5 + 0.05 * (position % 60) as f64;
    let drawn =
        "document.querySelector('[data-repaint-generation]')?.dataset.repaintGeneration ?? ''";
    let before = page.text(drawn);
    page.script(&format!(
        "const slider = document.getElementById('strategy.predicted_move.k_atr_min_tp'); slider.value = '{value}';
         slider.dispatchEvent(new Event('input', {{bubbles: true}}));"
    ));
    page.until(&format!("({drawn}) !== '{before}'"));
    page.settled();
    std::thread::sleep(Duration::from_millis(5));
    let number = |expression: &str| {
        page.text(expression)
            .parse::<f64>()
            .unwrap_or_else(|_| panic!("{expression}"))
    };
    (
        number("document.querySelector('[data-repaint-ms]').dataset.repaintMs"),
        number("document.querySelector('#backtest').dataset.runMs"),
    )
}

fn summary(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        values
            .get((share * (values.len() - 1) as f64).round() as usize)
            .copied()
            .unwrap_or(f64::NAN)
    };
    format!("median {:6.2} ms, p95 {:6.2} ms", at(0.5), at(0.95))
}
