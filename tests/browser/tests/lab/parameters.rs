//! The column of parameters: everything that the command line has, the way back, presets, the search, the keys.

use super::barriers::{assert_no_barriers, tab_stops};
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest, slide};

/// Unfolds every group.
pub(crate) const UNFOLD: &str =
    "document.querySelectorAll('.group-head[aria-expanded=false]').forEach(head => head.click());";

/// Chooses an option of a parameter by its words.
fn choose(page: &Page, key: &str, words: &str) {
    page.script(&format!(
        "const list = document.getElementById('{key}');
         list.value = [...list.options].find(option => option.textContent === '{words}').value;
         list.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

/// Types a value as a hand does that then leaves the field.
fn write(page: &Page, id: &str, value: &str) {
    page.script(&format!(
        "const field = document.getElementById('{id}'); field.value = '{value}';
         field.dispatchEvent(new Event('input', {{bubbles: true}}));
         field.dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

/// Lets a slider go at a value.
fn drop_at(page: &Page, name: &str, value: &str) {
    slide(page, name, value);
    page.script(&format!(
        "document.querySelector('input[type=range][id$=\"{name}\"]').dispatchEvent(new Event('change', {{bubbles: true}}));"
    ));
}

fn value(page: &Page, id: &str) -> String {
    page.text(&format!("document.getElementById('{id}').value"))
}

fn there(key: &str) -> String {
    format!("document.querySelector('[data-parameter=\"{key}\"]')")
}

/// The command line that the page gives for its run, as words.
fn report_of_command(server: &Server, page: &Page) -> serde_json::Value {
    let command = page.text("document.getElementById('command').textContent");
    let words: Vec<&str> = command
        .split_whitespace()
        .skip_while(|word| *word != "--data")
        .collect();
    server.report(&words)
}

#[test]
fn what_the_command_line_can_set_can_be_set_here() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script(UNFOLD);
    // a choice brings its parts and takes those of the other one away
    page.until(&there("costs.commission.per_share.rate"));
    choose(&page, "costs.commission", "Per cent of the notional");
    page.until(&there("costs.commission.percent.fixed"));
    page.until(&format!("!{}", there("costs.commission.per_share.rate")));
    write(&page, "costs.commission.percent.percent-typed", "0.05");
    choose(&page, "costs.slippage", "Ticks");
    page.until("document.getElementById('costs.slippage.ticks')");
    choose(&page, "policy.entry", "Limit at the close");
    // what may be absent is switched on
    page.click("[id='policy.max_hold_bars-on']");
    page.until("document.getElementById('policy.max_hold_bars-typed')");
    write(&page, "policy.max_hold_bars-typed", "12");
    // a flag brings what has an effect with it only
    page.until(&format!("!{}", there("policy.exit_lead_s")));
    page.click("[id='policy.exit_at_session_end']");
    page.until(&there("policy.exit_lead_s"));
    write(&page, "policy.exit_lead_s-typed", "900");
    // a share is typed in per cent
    page.click("[id='limits.total_loss-on']");
    write(&page, "limits.total_loss-typed", "7,5");
    write(&page, "initial_equity-typed", "25000");
    assert_eq!(page.accessible_name("#bars-interval"), "Bars");
    page.settled();
    let command = page.text("document.getElementById('command').textContent");
    for setting in [
        "costs.commission.percent.percent=0.05",
        "costs.slippage.ticks=1",
        "policy.entry=limit",
        "policy.max_hold_bars=12",
        "policy.exit_lead_s=900",
        "limits.total_loss=0.075",
        "initial_equity=25000",
    ] {
        assert!(command.contains(setting), "{setting}: {command}");
    }
    assert_equals_command_line(&page, &report_of_command(&server, &page));
    // each way back to a default is offered where something differs, and nowhere else
    let revert = |key: &str| format!("{}.querySelector('.revert')", there(key));
    let seen = |key: &str| format!("getComputedStyle({}).visibility === 'visible'", revert(key));
    page.until(&seen("initial_equity"));
    assert_eq!(page.text(&seen("fx")), "false");
    page.script(&format!("{}.click();", revert("initial_equity")));
    page.until("document.getElementById('initial_equity-typed').value === '10000'");
    assert_eq!(page.text(&seen("initial_equity")), "false");
    // and all of them at once
    page.click("#reset");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_was_done_is_taken_back_and_done_again() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let first = digest(&page, "run");
    assert_eq!(
        page.text("document.getElementById('undo').ariaDisabled"),
        "true"
    );
    drop_at(&page, "leverage", "3");
    page.settled();
    let second = digest(&page, "run");
    drop_at(&page, "k_sigma_err", "0.25");
    page.settled();
    let third = digest(&page, "run");
    assert!(first != second && second != third);
    let until_run = |run: &str| {
        page.until(&format!(
            "document.querySelector('[data-digest=run]').dataset.full === '{run}'"
        ));
    };
    // by keys, with the focus on a slider
    page.script("document.getElementById('sizing.leverage').focus();");
    page.press_with_ctrl("z", false);
    until_run(&second);
    page.press_with_ctrl("z", false);
    until_run(&first);
    assert_eq!(value(&page, "sizing.leverage-typed"), "1.0");
    page.press_with_ctrl("z", true);
    until_run(&second);
    page.press_with_ctrl("y", false);
    until_run(&third);
    // by buttons
    page.click("#undo");
    until_run(&second);
    page.click("#redo");
    until_run(&third);
    assert_eq!(
        page.text("document.getElementById('redo').ariaDisabled"),
        "true"
    );
    // in a field that takes text the keys are the field's
    page.script("document.getElementById('sizing.leverage-typed').focus();");
    page.press_with_ctrl("z", false);
    page.settled();
    assert_eq!(digest(&page, "run"), third);
    // what contradicts itself never stood, and is taken back all the same
    slide(&page, "horizon_bars", "1");
    page.until("document.querySelector('.contradiction').textContent !== ''");
    page.script("document.getElementById('sizing.leverage').focus();");
    page.press_with_ctrl("z", false);
    page.until("document.querySelector('.contradiction').textContent === ''");
    page.settled();
    until_run(&third);
    assert_eq!(value(&page, "prediction.horizon_bars-typed"), "4");
    // an interval is a step, too
    page.click("#interval input[value=\"30min\"]");
    page.until("document.getElementById('command').textContent.includes('interval=30min')");
    page.settled();
    page.click("#undo");
    until_run(&third);
    page.until("document.querySelector('#interval input[value=\"60min\"]').checked");
}

#[test]
fn what_changes_is_told_while_it_changes_and_nothing_moves() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, true);
    page.settled();
    let top = "document.querySelector('.group').getBoundingClientRect().top";
    let before = page.text(top);
    // it stands for half a second, which a busy machine may need for a question to the page
    page.script(&format!(
        "window.seen = [];
         new MutationObserver(() => {{
           const changes = document.getElementById('changes');
           if (changes?.dataset.pending !== undefined) window.seen.push([changes.innerText, String({top})]);
         }}).observe(document.body, {{subtree: true, childList: true, attributes: true, characterData: true}});
         for (const [name, value] of [['k_sigma_err', '0.25'], ['risk_per_trade', '0.5']]) {{
           const slider = document.querySelector(`input[type=range][id$=\"${{name}}\"]`);
           slider.value = value;
           slider.dispatchEvent(new Event('input', {{bubbles: true}}));
         }}"
    ));
    page.until(
        "window.seen.some(([told]) => told.includes('Error gate 0.5 σ → 0.25 σ') && told.includes('Risk per trade 1 % → 0.5 %'))",
    );
    let moved = format!("window.seen.some(([, top]) => top !== '{before}')");
    assert_eq!(page.text(&moved), "false");
    // half a second later it stands, and is the last change
    page.until("!document.querySelector('#changes[data-pending]')");
    let told = page.text("document.getElementById('changes').innerText");
    assert!(
        told.contains("Last change") && told.contains("Error gate"),
        "{told}"
    );
    assert_eq!(page.text(top), before);
}

#[test]
fn a_parameter_is_found_by_what_it_is_about() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let listed = "[...document.querySelectorAll('[data-parameter]')].map(row => row.dataset.parameter).join()";
    let search = |words: &str| write(&page, "parameter-search", words);
    search("slippage");
    page.until("document.querySelector('[data-parameter=\"costs.slippage\"]')");
    assert_eq!(page.text(listed), "costs.slippage");
    let not_now = "document.querySelector('.not-now').textContent";
    assert!(page.text(not_now).contains("Slippage in ticks"));
    search("buying power");
    page.until(&format!("{listed} === 'sizing.leverage'"));
    search("no such thing");
    page.until(&format!("{not_now} === 'No parameter is called so.'"));
    search("");
    page.until(&there("prediction.source"));
    assert_eq!(page.text(not_now), "");
    // only the essentials are unfolded
    assert_eq!(
        page.text("[...document.querySelectorAll('.group-head[aria-expanded=true] span')].map(name => name.textContent).join()"),
        "Essentials,"
    );
}

#[test]
fn presets_are_used_kept_and_forgotten() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let dialog = "document.getElementById('preset-dialog')";
    let take = |name: &str| {
        page.click("#presets");
        page.until(dialog);
        page.click(&format!("[data-preset=\"{name}\"] [data-take]"));
        page.until(&format!("!{dialog}"));
        page.settled();
    };
    take("Wide stops, few trades");
    assert_equals_command_line(
        &page,
        &server.report(&[
            "--data",
            "SIM",
            "--k-sigma-err",
            "1",
            "--k-atr-min-tp",
            "2.5",
            "--reward-risk-ratio",
            "1",
            "--risk-per-trade",
            "0.005",
        ]),
    );
    // one of somebody's own, which is there after a reload
    page.script("document.getElementById('presets').focus();");
    page.click("#presets");
    page.until(dialog);
    page.keep_picture("presets-light-1440");
    assert_no_barriers(&page, "presets");
    write(&page, "preset-name", "mine");
    page.click("#keep-preset");
    page.until("document.querySelector('[data-preset=mine]')");
    page.press("\u{e00c}");
    page.until(&format!("!{dialog}"));
    // the focus is where it was
    assert_eq!(page.text("document.activeElement.id"), "presets");
    let kept = digest(&page, "run");
    take("Baseline");
    assert_ne!(digest(&page, "run"), kept);
    page.command("refresh", &serde_json::json!({}));
    page.settled();
    take("mine");
    assert_eq!(digest(&page, "run"), kept);
    page.click("#presets");
    page.until("document.querySelector('[data-preset=mine] [data-forget]')");
    page.click("[data-preset=mine] [data-forget]");
    page.until("!document.querySelector('[data-preset=mine]')");
    page.command("refresh", &serde_json::json!({}));
    page.settled();
    page.click("#presets");
    page.until(dialog);
    assert_eq!(
        page.text("document.querySelector('[data-preset=mine]') === null"),
        "true"
    );
}

#[test]
fn everything_is_reached_by_keys_and_read_out() {
    let server = Server::start(None);
    for width in [1440, 390] {
        let page = Page::open(&server, width, width == 390);
        page.settled();
        page.script(UNFOLD);
        page.until("document.getElementById('fx')");
        assert_no_barriers(&page, &format!("all parameters, {width}"));
        let overflow = "document.documentElement.scrollWidth - window.innerWidth";
        assert_eq!(page.text(overflow), "0", "{width}");
        page.keep_picture(&format!("parameters-all-{width}"));
        let stops = tab_stops(&page);
        for stop in [
            "redo",
            "reset",
            "presets",
            "share",
            "saved-runs",
            "parameter-search",
            "prediction.source",
            "sizing.leverage",
            "policy.max_hold_bars-on",
            "limits.rate",
            "initial_equity-typed",
        ] {
            // what is switched off takes no focus
            let off = page.text(&format!("document.getElementById('{stop}').disabled"));
            let reached = stops.iter().any(|name| name == stop);
            assert!(reached || off == "true", "{stop} is not among {stops:?}");
        }
    }
}

#[test]
fn keys_are_told_and_anything_is_gone_to_by_its_name() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script("document.getElementById('sizing.leverage').focus();");
    page.press("?");
    page.until("document.getElementById('help-dialog')");
    assert_no_barriers(&page, "keys");
    page.press("\u{e00c}");
    page.until("!document.getElementById('help-dialog')");
    let go = |words: &str| {
        page.press_with_ctrl("k", false);
        page.until("document.activeElement.id === 'palette-query'");
        page.script(&format!(
            "const field = document.activeElement; field.value = '{words}';
             field.dispatchEvent(new Event('input', {{bubbles: true}}));"
        ));
        page.press("\u{e007}");
        page.until("!document.getElementById('palette')");
    };
    go("trailing stop");
    page.until("document.activeElement.id === 'policy.trailing_stop_atr-on'");
    page.press_with_ctrl("k", false);
    page.until("document.activeElement.id === 'palette-query'");
    assert_no_barriers(&page, "palette");
    page.keep_picture("palette-light-1440");
    page.press("\u{e00c}");
    page.until("!document.getElementById('palette')");
    go("SIMB");
    page.until("document.getElementById('command').textContent.includes('SIMB-1min')");
    page.settled();
    go("data");
    page.until("document.querySelector('#data')");
    // from another page, too
    go("leverage");
    page.until("document.activeElement.id === 'sizing.leverage'");
    go("share");
    page.until("document.getElementById('share-dialog')");
    page.press("\u{e00c}");
    page.until("!document.getElementById('share-dialog')");
    // what is said of a run is said where it is shown
    page.script("location.hash = '#/data';");
    page.until("document.querySelector('#data')");
    go("share");
    page.until("document.getElementById('share-dialog') && document.getElementById('backtest')");
    page.until("location.hash.includes('?c=')");
    assert_eq!(
        page.text("document.getElementById('link') === null"),
        "true"
    );
}
