//! Which run a result of the sweep page is of: the bars, signals, dates and parameters by which it was made.

use serde_json::{Value, json};

use super::apart::{quarters, with_signals};
use super::barriers::assert_no_barriers;
use super::files::{ENDS_IN_NEW_YORK, Files, drop_on, drop_on_backtest};
use super::linked::with_signals_as_axis;
use super::share::{link_words, until_link};
use super::slide;
use super::support::{Page, Server};
use super::sweep::{TO_SWEEP, data, done, open, remember_form, run, type_into};

const STALE: &str = "document.getElementById('sweep-stale')";

fn until_stale(page: &Page, word: &str) {
    page.until(&format!("{STALE}?.innerText.includes('{word}')"));
}

/// Presses a button of the list of the best.
fn open_best(page: &Page) {
    page.click("#top tbody tr .link-button");
}

pub(crate) fn choose(page: &Page, word: &str) {
    page.script(&format!(
        "const sets = document.getElementById('data-set');
         sets.value = [...sets.options].find(one => one.textContent.includes('{word}')).value;
         sets.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

#[test]
fn results_of_other_signals_say_so_and_are_not_opened() {
    let server = Server::start(None);
    let page = with_signals(&server);
    let axes = [
        ("strategy.signals.stop_percent", "0.5,1,2"),
        ("strategy.signals.target_percent", "1,2,3"),
    ];
    remember_form(&page, &json!(axes), "total_return");
    page.script(TO_SWEEP);
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    run(&page);
    assert_eq!(data(&page, "trials"), "9");
    assert_eq!(page.text(&format!("String({STALE})")), "null");
    let digest = data(&page, "digest");
    page.script("location.hash = '#/backtest';");
    page.settled();
    drop_on_backtest(&page, "other.csv", &quarters("short"));
    page.until("document.querySelector('[data-signals=traded]')?.innerText.includes('other.csv')");
    page.settled();
    page.script(TO_SWEEP);
    until_stale(&page, "other signals");
    open_best(&page);
    assert_eq!(page.text("location.hash"), "#/sweep");
    page.keep_picture("sweep-other-signals-light-1440");
    // run again, it is of these
    page.script(&format!("{STALE}.querySelector('button').click();"));
    page.until(&format!(
        "document.getElementById('sweep').dataset.digest && document.getElementById('sweep').dataset.digest !== '{digest}'"
    ));
    done(&page);
    page.until(&format!("!{STALE}"));
    open_best(&page);
    page.until("location.hash.startsWith('#/backtest')");
    page.settled();
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn all_dates_are_all_and_the_curve_behind_is_of_the_same_trial() {
    let server = Server::start(None);
    server.import_coin();
    let page = open(&server, 1440, false);
    choose(&page, "SIM-1min");
    page.until("document.getElementById('estimate').innerText.includes('3,496 bars')");
    page.until("!document.getElementById('sweep-run').disabled");
    run(&page);
    let [whole, _] = words_of_equity(&page);
    let digest = data(&page, "digest");
    type_into(&page, "sweep-from", "2024-07-04");
    type_into(&page, "sweep-to", "2025-02-02");
    page.click("#run-dates");
    page.until(
        "document.getElementById('sweep-of').innerText.includes('2024-07-04 to 2025-02-02')",
    );
    done(&page);
    let [_, grey] = words_of_equity(&page);
    assert!(grey.contains("in grey"), "{grey}");
    // another trial has no curve behind it
    page.script("document.querySelectorAll('#top tbody .row-button')[3].click();");
    page.until("!document.querySelector('.equity-words').innerText.includes('in grey')");
    page.until("Number(document.querySelector('.equity-plot').dataset.partBars) > 0");
    open_best(&page);
    page.until("location.hash.startsWith('#/backtest')");
    page.settled();
    page.script(TO_SWEEP);
    page.until("document.querySelector('#all-dates')?.disabled === false");
    page.click("#all-dates");
    page.until(&format!(
        "document.getElementById('sweep').dataset.digest === '{digest}'"
    ));
    done(&page);
    assert!(
        page.text("document.getElementById('sweep-of').innerText")
            .contains("all dates")
    );
    page.click("#top tbody .row-button");
    page.until(&format!(
        "document.querySelector('.equity-words').innerText.startsWith('{whole}')"
    ));
    // another data set under a form that cannot be read
    choose(&page, "COIN");
    until_stale(&page, "another data set");
    type_into(&page, "strategy.predicted_move.k_atr_min_tp-step", "");
    until_stale(&page, "another data set");
    assert!(
        page.text("document.getElementById('sweep-of').innerText")
            .starts_with("SIM-1min")
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn dates_that_were_picked_on_other_bars_are_forgotten() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    choose(&page, "SIM-1min");
    page.until("document.getElementById('estimate').innerText.includes('3,496 bars')");
    page.until("!document.getElementById('sweep-run').disabled");
    run(&page);
    words_of_equity(&page);
    type_into(&page, "sweep-from", "2024-07-04");
    type_into(&page, "sweep-to", "2025-02-02");
    page.click("#run-dates");
    page.until("document.querySelector('.dates').dataset.dates === 'picked'");
    done(&page);
    // other bars are chosen where nothing of the sweep page is there to see it
    page.script("location.hash = '#/backtest';");
    page.settled();
    choose(&page, "SIMA-1min");
    page.until(
        "document.getElementById('data-set').selectedOptions[0].textContent.includes('SIMA-1min')",
    );
    page.settled();
    page.script(TO_SWEEP);
    until_stale(&page, "another data set");
    page.until("document.querySelector('.dates').dataset.dates !== 'picked'");
    run(&page);
    assert!(
        page.text("document.getElementById('sweep-of').innerText")
            .starts_with("SIMA-1min")
    );
    assert!(
        page.text("document.getElementById('sweep-of').innerText")
            .contains("all dates")
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_is_varied_is_that_of_the_trial_and_a_verdict_that_of_its_link() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    let axes = [("initial_equity", "5000,10000,40000")];
    remember_form(&page, &json!(axes), "final_equity");
    page.reload();
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    run(&page);
    page.until("document.querySelector('.equity-words').innerText.includes('equity 40,000.00 to')");
    let words = page.text("document.querySelector('.equity-words').innerText");
    let row = page.text("document.querySelector('#top tbody tr').innerText");
    let share = words
        .split(['(', ')'])
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    assert!(row.contains(&share), "{words}: {row}");
    // the link to what was run, and one to the same sweep that states other results
    let axes = "initial_equity=5000,10000,40000";
    let linked = |flags: &[&str]| -> String {
        let words = [
            &[
                "sweep",
                "--data",
                "SIM-1min",
                "--by",
                "final_equity",
                "--json",
            ],
            flags,
        ]
        .concat();
        let told: Value = serde_json::from_str(&server.atrium(&words)).unwrap();
        let link = told["link"].as_str().unwrap();
        link.split_once('#').unwrap().1.to_owned()
    };
    let same = linked(&["--param", axes]);
    page.script(&format!("location.hash = '#{same}';"));
    page.until("document.querySelector('#sweep-verdict[data-same=true]')");
    let other = linked(&["--param", "initial_equity=5000,10000"]);
    page.script(&format!("location.hash = '#{other}';"));
    page.until("!document.querySelector('#sweep-verdict')");
    run(&page);
    page.until("document.querySelector('#sweep-verdict[data-same=true]')");
    assert_eq!(data(&page, "trials"), "2");
    // the same axes around another run are another sweep, of which the link says nothing
    page.script("location.hash = '#/backtest';");
    page.settled();
    slide(&page, "leverage", "3");
    page.settled();
    page.script(TO_SWEEP);
    until_stale(&page, "other parameters");
    run(&page);
    page.until(&format!("!{STALE}"));
    assert_eq!(
        page.text("String(document.querySelector('#sweep-verdict'))"),
        "null"
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_link_to_a_sweep_of_signals_takes_their_file_where_it_is_opened() {
    let server = Server::start(None);
    let rows = quarters("long");
    let files = Files::new();
    let file = files.write("mine.csv", &rows);
    let sweep = |file: &str| -> Value {
        let words = [
            "sweep",
            "--data",
            "SIM-1min",
            "--interval",
            "15min",
            "--json",
        ];
        let varied = ["--signals", file, "--param", "leverage=1,2"];
        serde_json::from_str(&server.atrium(&[&words[..], &varied].concat())).unwrap()
    };
    let made = sweep(file.to_str().unwrap());
    let link = made["link"].as_str().unwrap().split_once('#').unwrap().1;
    let page = open(&server, 1440, false);
    page.script(&format!("location.hash = '#{link}';"));
    until_link(&page, "needs-file");
    let words = link_words(&page);
    assert!(
        words.contains("cargo atrium sweep --link '#/sweep?c="),
        "{words}"
    );
    page.until("document.querySelector('#link #choose-file')");
    assert_no_barriers(&page, "a link that needs a file");
    page.keep_picture("sweep-link-file-light-1440");
    // not the run that stood before
    page.click("#sweep-run");
    page.until("document.getElementById('sweep-failed')?.innerText.includes('is not here yet')");
    drop_on(&page, "sweep", "other.csv", &quarters("short"));
    page.until("document.getElementById('link')?.dataset.link !== 'needs-file'");
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    run(&page);
    page.until("document.querySelector('#sweep-verdict[data-same=false]')?.innerText.includes('the signals')");
    drop_on(&page, "sweep", "mine.csv", &rows);
    until_stale(&page, "other signals");
    run(&page);
    page.until("document.querySelector('#sweep-verdict[data-same=true]')");
    assert_eq!(data(&page, "digest"), made["digest"].as_str().unwrap());
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn signals_that_are_at_hand_are_read_for_a_sweep_that_trades_them() {
    let server = Server::start(None);
    let page = with_signals(&server);
    // taken back, the file is at hand and traded no more
    page.click("#undo");
    page.until("document.getElementById('trade-signals')");
    page.settled();
    choose(&page, "SIMA-1min");
    page.settled();
    let axes = json!([("strategy", "predicted_move,signals")]);
    remember_form(&page, &axes, "total_return");
    page.script(TO_SWEEP);
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    run(&page);
    assert_eq!(data(&page, "trials"), "2");
    page.until("document.querySelectorAll('#top tbody tr').length === 2");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_sweep_that_ended_while_the_server_was_away_is_kept_once_it_is_back() {
    let mut server = Server::start(None);
    let page = open(&server, 1440, false);
    // workers come from the server
    run(&page);
    page.until("document.getElementById('kept').innerText.includes('are kept on the server')");
    server.stop();
    // each of two, though the second takes the place of the first
    let mut trials = Vec::new();
    for step in ["0.25", "0.5"] {
        let estimate = "document.getElementById('estimate').innerText";
        let before = page.text(estimate);
        type_into(&page, "strategy.predicted_move.k_atr_min_tp-step", step);
        page.until(&format!("{estimate} !== {}", json!(before)));
        run(&page);
        page.until("document.getElementById('kept').innerText.includes('once it is back')");
        trials.push(data(&page, "trials"));
    }
    assert_ne!(trials.first(), trials.get(1));
    server.start_again();
    page.until("document.getElementById('kept').innerText.includes('are kept on the server')");
    // the first may be sent after the second
    let listed = |_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        server.atrium(&["sweep", "--data", "SIM-1min", "--list"])
    };
    let has_both = |listed: String| trials.iter().all(|trials| listed.contains(trials));
    assert!((0..50).map(listed).any(has_both), "{trials:?}");
}

/// Has a page take its time: its clock runs ahead, so that it packs a sweep a step at a time, and waits before each. `window.hurry`
/// has it go on as usual.
const SLOW: &str =
    "const now = performance.now.bind(performance), wait = window.setTimeout.bind(window);
    let ahead = 0;
    performance.now = () => now() + (ahead += 10);
    window.setTimeout = (act, after, ...more) => wait(act, after || 200, ...more);
    window.hurry = () => { performance.now = () => now() + ahead; window.setTimeout = wait; };";

#[test]
fn the_digest_that_is_told_is_that_of_the_sweep_that_is_shown() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    run(&page);
    let first = data(&page, "digest");
    let (field, estimate) = (
        "strategy.predicted_move.k_atr_min_tp-step",
        "document.getElementById('estimate').innerText",
    );
    let before = page.text(estimate);
    let was = page.text(&format!("document.getElementById('{field}').value"));
    type_into(&page, field, "0.25");
    page.until(&format!("{estimate} !== {}", json!(before)));
    page.script(SLOW);
    page.click("#sweep-run");
    page.until("document.getElementById('sweep').dataset.state === 'done'");
    // another one is still being packed when the first is run again
    page.script(
        "window.told = new Set();
         new MutationObserver(() => window.told.add(document.getElementById('sweep').dataset.digest ?? ''))
           .observe(document.getElementById('sweep'), {attributes: true, attributeFilter: ['data-digest']});",
    );
    type_into(&page, field, &was);
    page.click("#sweep-run");
    assert_eq!(
        page.text("document.getElementById('sweep').dataset.digest ?? 'none'"),
        "none"
    );
    page.script("window.hurry();");
    done(&page);
    page.until("document.getElementById('kept').innerText.includes('are kept on the server')");
    page.until("document.querySelectorAll('#kept tbody tr').length === 2");
    assert_eq!(data(&page, "digest"), first);
    assert_eq!(
        page.text("[...window.told].filter(one => one !== '').join()"),
        first
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_sweep_whose_workers_cannot_come_runs_once_the_server_is_back() {
    let mut server = Server::start(None);
    let page = open(&server, 1440, false);
    server.stop();
    page.click("#sweep-run");
    page.until("document.getElementById('sweep').dataset.state === 'error'");
    let said = page.text("document.getElementById('sweep').innerText");
    assert!(said.contains("see that it runs"), "{said}");
    server.start_again();
    run(&page);
    page.until("!document.getElementById('sweep-failed')");
}

#[test]
fn sweeps_that_are_kept_tell_what_they_were_run_on() {
    let server = Server::start(None);
    let base = ["--interval", "15min", "--from", "2024-03-01"];
    let varied = ["--leverage", "2", "--param", "k_sigma_err=0.25,0.5"];
    server.atrium(&[&["sweep", "--data", "SIM"], &base[..], &varied[..]].concat());
    let page = open(&server, 1440, false);
    run(&page);
    page.until("document.querySelectorAll('#kept tbody tr').length === 2");
    let cells = |row: usize| {
        page.text(&format!(
            "[...document.querySelectorAll('#kept tbody tr')[{row}].querySelectorAll('td')].slice(3).map(cell => cell.innerText).join('|')"
        ))
    };
    let [here, there] = [cells(0), cells(1)];
    assert!(
        here.starts_with("60min|all|") && here.ends_with("|–"),
        "{here}"
    );
    assert_eq!(
        there,
        "15min|from 2024-03-01|strategy.predicted_move.k_sigma_err=0.25,0.5|sizing.leverage=2"
    );
    page.script("document.getElementById('kept').scrollIntoView();");
    page.keep_picture("sweeps-kept-light-1440");
    // the outermost results lie beyond the ends of their axes, which say so
    let ends = |sign: &str| {
        page.text(&format!("[...document.querySelectorAll('#lines .axis-end')].filter(end => end.innerText.startsWith('{sign} ')).length > 0"))
    };
    assert_eq!([ends("≤"), ends("≥")], ["true", "true"]);
    // on a phone every cell is in sight, and what is chosen by does not lie over itself
    page.on_screen(320, 844, 1.0);
    page.until("[...document.querySelectorAll('#kept tbody tr > *')].every(cell => (box => box.width > 0 && box.left >= 0 && box.right <= innerWidth)(cell.getBoundingClientRect()))");
    let right = "document.getElementById('data-set').getBoundingClientRect().right";
    let left = "document.getElementById('interval').getBoundingClientRect().left";
    page.until(&format!("{right} < {left}"));
    page.until("document.documentElement.scrollWidth <= innerWidth");
    page.keep_picture("sweeps-kept-light-320");
}

#[test]
fn the_link_of_a_sweep_that_chooses_signals_says_how_their_times_are_read() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("mine.csv", ENDS_IN_NEW_YORK);
    let (_, fragment) = with_signals_as_axis(&server, &file);
    assert!(fragment.ends_with("&times=bar_end,exchange"), "{fragment}");

    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script(&format!("location.hash = '#{fragment}';"));
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    page.script("location.hash = '#/backtest';");
    page.settled();
    drop_on_backtest(&page, "mine.csv", ENDS_IN_NEW_YORK);
    page.until("document.getElementById('signals-times')?.value === 'end'");
    page.until("document.getElementById('signals-zone')?.value === 'exchange'");
    page.until("document.querySelector('[data-signals=traded]')?.innerText.includes('mine.csv')");
    page.settled();
    // the run that is varied is that of the link again
    page.click("#undo");
    page.until("document.getElementById('trade-signals')");
    page.settled();
    page.script(TO_SWEEP);
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    run(&page);
    page.until("document.querySelector('#sweep-verdict[data-same=true]')");
    page.script("window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; }; [...document.querySelectorAll('#take button')].find(one => one.innerText.includes('Copy link')).click();");
    page.until("window.copied !== null");
    let copied = page.text("window.copied");
    assert!(copied.ends_with(&fragment), "{copied} and {fragment}");
    assert_eq!(page.console(), Vec::<String>::new());
}

/// What is said of the equity that is shown, once it is: the dates, and all of it.
fn words_of_equity(page: &Page) -> [String; 2] {
    page.until("document.querySelector('.equity-words').innerText.includes(' to ')");
    page.until("Number(document.querySelector('.equity-plot').dataset.partBars) > 0");
    let words = page.text("document.querySelector('.equity-words').innerText");
    let dates = words.split(',').next().unwrap_or_default().to_owned();
    [dates, words]
}

#[test]
fn a_number_that_cannot_be_is_not_run_as_the_one_before() {
    let server = Server::start(None);
    let page = open(&server, 1440, false);
    page.click("[name=sweep-method][value=random]");
    page.until("document.getElementById('sweep-trials')");
    type_into(&page, "sweep-trials", "50");
    page.until("document.getElementById('estimate').innerText.startsWith('50 trials')");
    type_into(&page, "sweep-trials", "5,00");
    page.until("document.getElementById('sweep-run').disabled");
    type_into(&page, "sweep-trials", "5,000");
    page.until("document.getElementById('estimate').innerText.startsWith('5,000 trials')");
    page.until("!document.getElementById('sweep-run').disabled");
    type_into(&page, "sweep-seed", "18446744073709551616");
    page.until("document.getElementById('sweep-run').disabled");
    // what is not shown any more holds nothing up
    page.click("[name=sweep-method][value=grid]");
    page.until("!document.getElementById('sweep-run').disabled");
    assert_eq!(page.console(), Vec::<String>::new());
}
