//! How fast trials of a sweep are run by one and two workers beside the command line on one core, how long the page is held meanwhile,
//! and how soon a sweep that is stopped stands still.
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

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;
use support::{Page, Server};

/// Sweeps of simulated bars: a name, the interval, and the values of the two gates and the ratio.
const SWEEPS: [(&str, &str, [&str; 3]); 3] = [
    (
        "1,000 trials",
        "15min",
        ["0:0.9:0.1", "0:1.8:0.2", "0.5:5:0.5"],
    ),
    (
        "10,648 trials",
        "15min",
        ["0:2.1:0.1", "0:2.1:0.1", "0.5:4.7:0.2"],
    ),
    (
        "103,823 trials",
        "60min",
        ["0:2.3:0.05", "0:2.3:0.05", "0.5:5.1:0.1"],
    ),
];
const KEYS: [&str; 3] = [
    "strategy.predicted_move.k_sigma_err",
    "strategy.predicted_move.k_atr_min_tp",
    "strategy.predicted_move.reward_risk_ratio",
];

fn main() {
    let server = Server::start(None);
    println!("{}", workloads(&server));
    for (name, interval, values) in SWEEPS {
        let native = native(&server, interval, values);
        println!("{name} at {interval}: command line, one core: {native}");
        for workers in [1, 2] {
            let page = open(&server, interval, values);
            page.script(&format!(
                "const workers = document.getElementById('sweep-workers'); workers.value = '{workers}';
                 workers.dispatchEvent(new Event('input', {{bubbles: true}}));
                 workers.dispatchEvent(new Event('change', {{bubbles: true}}));"
            ));
            // the first one starts the workers and warms the browser's compiler up
            for round in ["cold", "warm"] {
                let (took, held) = run(&page);
                println!("    {workers} in Chromium, {round}: {took:8.0} ms; {held}");
            }
        }
    }
    println!("stopped halfway: {}", stop(&server));
}

/// The workloads of the example `sweep` in workers of their own, without the page's: what Chromium's WASM does.
fn workloads(server: &Server) -> String {
    let Some(folder) = std::env::var_os("ATRIUM_SWEEP_WASM") else {
        return "workloads: not run, ATRIUM_SWEEP_WASM names no folder".to_owned();
    };
    let folder = Path::new(&folder);
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/peers");
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let source = read(folder.join("peer_wasm.js")) + &read(peers.join("sweep_worker.js"));
    let wasm = BASE64.encode(std::fs::read(folder.join("peer_wasm_bg.wasm")).unwrap());
    let page = Page::open(server, 1440, false);
    // a page whose policy lets workers be made of what it is given
    page.command("url", &json!({"url": "about:blank"}));
    page.script(&format!(
        "{}
         const [source, text] = [{}, {}];
         const wasm = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
         const start = () => {{
           const worker = new Worker(URL.createObjectURL(new Blob([source], {{type: 'text/javascript'}})));
           return {{
             post: message => worker.postMessage(message),
             hear: take => worker.addEventListener('message', event => take(event.data), {{once: true}}),
             end: () => worker.terminate(),
           }};
         }};
         sweepTimes(start, wasm, ['dense', 'long', 'wide']).then(times => {{ window.times = times; }});",
        read(peers.join("sweep_times.js")),
        json!(source),
        json!(wasm),
    ));
    for _ in 0..600 {
        if page.text("String(window.times !== undefined)") == "true" {
            return page.text(
                "Object.entries(window.times).flatMap(([name, by]) => Object.entries(by).map(([workers, {milliseconds, orders}]) =>
                   `${name} in Chromium, ${workers} worker(s): ${milliseconds.toFixed(2)} ms, ${orders} orders`)).join('\\n')",
            );
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    "workloads: not over after five minutes".to_owned()
}

fn native(server: &Server, interval: &str, values: [&str; 3]) -> String {
    let params = KEYS
        .iter()
        .zip(values)
        .map(|(key, values)| format!("{key}={values}"));
    let params: Vec<String> = params
        .flat_map(|text| ["--param".to_owned(), text])
        .collect();
    let mut words = vec!["sweep", "--data", "SIM-1min", "--interval", interval];
    words.extend(params.iter().map(String::as_str));
    words.extend(["--afresh", "--threads", "1", "--top", "1"]);
    let said = server.atrium(&words);
    let line = said.lines().find(|line| line.contains("trials on"));
    line.unwrap_or_else(|| panic!("{said}")).to_owned()
}

fn open(server: &Server, interval: &str, values: [&str; 3]) -> Page {
    let page = Page::open(server, 1440, false);
    page.settled();
    let axes: Vec<(&str, &str)> = KEYS.into_iter().zip(values).collect();
    let setup = json!([axes, "grid", 1_000, 1, "sharpe"]).to_string();
    page.script(&format!(
        "localStorage.setItem('atrium.sweep.1', {});
         document.querySelector('#interval input[value=\"{interval}\"]').click();",
        json!(setup)
    ));
    page.until(&format!(
        "document.querySelector('.runline .what .quiet')?.textContent === '{}'",
        interval.replace("min", " min")
    ));
    page.settled();
    page.script("location.hash = '#/sweep';");
    page.until("document.getElementById('sweep-run')?.disabled === false");
    page.script(
        "window.held = [];
         new PerformanceObserver(list => list.getEntries().forEach(entry => window.held.push(entry.duration)))
           .observe({entryTypes: ['longtask']});
         window.until = (ready, then) => {
           const look = () => ready(document.getElementById('sweep').dataset) ? then() : setTimeout(look, 1);
           look();
         };
         window.begin = () => {
           document.getElementById('sweep-run').click();
           document.getElementById('sweep-ask-run')?.click();
         };",
    );
    page
}

/// Runs the sweep of the form; how long that took in milliseconds, and what held the page.
fn run(page: &Page) -> (f64, String) {
    page.script(
        "window.took = undefined; window.held.length = 0; const begun = performance.now(); window.begin();
         setTimeout(() => document.getElementById('sweep-ask-run')?.click(), 0);
         window.until(sweep => sweep.state !== 'done' && sweep.state !== 'idle', () =>
           window.until(sweep => sweep.state === 'done', () => { window.took = performance.now() - begun; }));",
    );
    page.until("window.took !== undefined");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let took = page.text("String(window.took)").parse().unwrap_or(f64::NAN);
    let held = page.text(
        "window.held.length === 0 ? 'the page was never held for 50 ms'
          : `the page was held ${window.held.length} times for 50 ms or more, ${Math.max(...window.held)} ms at most`",
    );
    (took, held)
}

/// Stops a long sweep, and says how soon the page says so and no worker runs any more.
fn stop(server: &Server) -> String {
    let page = open(server, "15min", ["0:2:0.01", "0:2:0.01", "0.5:5:0.1"]);
    let mut all = Vec::new();
    for _ in 0..5 {
        page.script(
            "window.stopped = undefined; window.begin();
             setTimeout(() => document.getElementById('sweep-ask-run')?.click(), 0);",
        );
        page.until("document.getElementById('sweep').dataset.state === 'running'");
        std::thread::sleep(std::time::Duration::from_millis(2_500));
        page.script(
            "const begun = performance.now(); document.getElementById('sweep-cancel').click();
             window.until(sweep => sweep.state === 'cancelled', () => {
               const said = performance.now() - begun;
               window.until(sweep => sweep.busy === '0', () => {
                 window.stopped = `${said.toFixed(1)} ms until it is said, ${(performance.now() - begun).toFixed(1)} ms until no worker runs`;
               });
             });",
        );
        page.until("window.stopped !== undefined");
        all.push(page.text("window.stopped"));
    }
    all.join("; ")
}
