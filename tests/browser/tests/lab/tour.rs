//! The whole tour by keys alone: no mouse, the focus always seen and never lost.

use super::support::{Page, Server};
use super::{assert_equals_command_line, digest};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

/// What has the focus, in words; it must be something, in sight and seen to have it.
#[track_caller]
fn focused(page: &Page) -> String {
    let at = page.script(
        "const at = document.activeElement;
         if (!at || at === document.body) return [`nothing, after ${window.focusedLast},`, false];
         const box = at.getBoundingClientRect();
         const outlined = element => element && getComputedStyle(element).outlineStyle !== 'none';
         // the outline of a slider is that of its knob
         const seen = at.type === 'range' || outlined(at) || outlined(at.nextElementSibling);
         const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
         window.focusedLast = at.outerHTML.slice(0, 120);
         return [at.id || at.getAttribute('aria-label') || at.textContent.trim().slice(0, 40), !!(seen && inside)];",
    );
    let name = at.get(0).and_then(serde_json::Value::as_str).unwrap();
    assert_eq!(
        at.get(1).and_then(serde_json::Value::as_bool),
        Some(true),
        "{name} has the focus, and that is not seen"
    );
    name.to_owned()
}

/// Goes on by Tab, or back by Shift and Tab, until something has the focus; each stop on the way must be seen.
#[track_caller]
fn tab_to(page: &Page, selector: &str, forward: bool) {
    for _ in 0..250 {
        match forward {
            true => page.press(TAB),
            false => page.press_with_shift(TAB),
        }
        focused(page);
        if page.text(&format!("document.activeElement.matches('{selector}')")) == "true" {
            return;
        }
    }
    panic!("Tab does not reach {selector}");
}

/// Waits until something has the focus.
fn until_focused(page: &Page, selector: &str) {
    page.until(&format!("document.activeElement?.matches('{selector}')"));
    focused(page);
}

#[test]
fn the_whole_tour_by_keys_alone() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script(
        "window.pointed = 0; window.copied = null;
         for (const kind of ['pointerdown', 'mousedown', 'touchstart']) addEventListener(kind, () => { window.pointed += 1; }, true);
         navigator.clipboard.writeText = async text => { window.copied = text; };",
    );
    // the data set
    tab_to(&page, "#data-set", true);
    let first = page.text("document.getElementById('data-set').value");
    page.press(DOWN);
    page.until(&format!(
        "document.getElementById('data-set').value !== '{first}'"
    ));
    page.settled();
    focused(&page);
    page.press("\u{e013}");
    page.until(&format!(
        "document.getElementById('data-set').value === '{first}'"
    ));
    page.until("document.querySelector('.runline strong').textContent === 'SIM'");
    page.settled();

    // a parameter
    let before = digest(&page, "run");
    tab_to(&page, "[id=\"strategy.predicted_move.k_atr_min_tp\"]", true);
    for _ in 0..6 {
        page.press(LEFT);
    }
    page.until(&format!(
        "document.querySelector('[data-digest=run]').dataset.full !== '{before}'"
    ));
    page.settled();
    focused(&page);
    let changed =
        page.text("document.getElementById('strategy.predicted_move.k_atr_min_tp').value");
    let data = page.text("document.getElementById('data-set').value");
    assert_equals_command_line(
        &page,
        &server.report(&["--data", &data, "--k-atr-min-tp", &changed]),
    );

    // the run is pinned
    tab_to(&page, "#pin", false);
    page.press(ENTER);
    page.until("document.getElementById('pin').ariaDisabled === 'true'");
    focused(&page);

    // why not?
    tab_to(&page, "#chart", true);
    page.press("+");
    page.press_with_shift(RIGHT);
    page.press(ENTER);
    until_focused(&page, "#why");
    page.until("document.querySelector('#why .told, #why table')");
    let asked = page.text("document.getElementById('why').dataset.bar");
    page.press(RIGHT);
    page.until(&format!(
        "document.getElementById('why').dataset.bar !== '{asked}'"
    ));
    page.until("document.querySelector('#why .told, #why table')");
    focused(&page);
    // a trade is forced there
    tab_to(&page, "#why .force button", true);
    page.press(ENTER);
    page.until("document.querySelector('#why .forced')");
    focused(&page);
    page.press(ESCAPE);
    page.until("!document.getElementById('why')");
    until_focused(&page, "#chart");

    // the trades
    tab_to(&page, ".trades .row-button", true);
    page.press(ENTER);
    page.until("document.querySelector('[data-chosen] button')");
    let chosen = page.text("document.querySelector('[data-chosen] button').textContent");
    // the chart, which shows it, is brought into sight; the row keeps the focus
    page.until("document.activeElement?.matches('[data-chosen] button')");
    page.press(DOWN);
    page.until(&format!(
        "document.querySelector('[data-chosen] button')?.textContent !== '{chosen}'"
    ));
    page.until("document.activeElement?.matches('[data-chosen] button')");
    page.press(ESCAPE);
    page.until("!document.querySelector('[data-chosen]')");
    page.until("document.activeElement?.matches('.trades .row-button')");

    // the run is shared
    tab_to(&page, "#share", false);
    page.press(ENTER);
    page.until("document.getElementById('share-link')?.textContent.includes('c=1.')");
    tab_to(&page, "#share-dialog [aria-label=\"Copy the link\"]", true);
    page.press(ENTER);
    page.until("window.copied !== null");
    assert_eq!(
        page.text("window.copied"),
        page.text("document.getElementById('share-link').textContent")
    );
    focused(&page);
    page.press(ESCAPE);
    page.until("!document.getElementById('share-dialog')");
    until_focused(&page, "#share");

    // anything by its name
    page.press_with_ctrl("k", false);
    until_focused(&page, "#palette-query");
    for letter in ["l", "e", "v", "e", "r"] {
        page.press(letter);
    }
    page.until("document.querySelector('#palette-list [aria-selected=true]').textContent.includes('Leverage')");
    page.press(ENTER);
    page.until("!document.getElementById('palette')");
    until_focused(&page, "[id=\"sizing.leverage\"]");
    // and given up, it leaves the focus where it was
    page.press_with_ctrl("k", false);
    until_focused(&page, "#palette-query");
    page.press(ESCAPE);
    page.until("!document.getElementById('palette')");
    until_focused(&page, "[id=\"sizing.leverage\"]");

    // the keys
    page.press("?");
    page.until("document.getElementById('help-dialog')");
    focused(&page);
    page.press(ESCAPE);
    page.until("!document.getElementById('help-dialog')");
    until_focused(&page, "[id=\"sizing.leverage\"]");

    assert_eq!(page.text("window.pointed"), "0");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_chosen_trade_is_explained_by_the_bar_that_decided_it() {
    let server = Server::start(None);
    let page = Page::open(&server, 390, false);
    page.settled();
    page.click(".trades .row-button");
    page.until("document.querySelector('[data-chosen] button')");
    page.script("document.getElementById('chart').focus();");
    page.press(ENTER);
    until_focused(&page, "#why");
    page.until("document.querySelector('#why .told, #why table')");
    let report = server.report(&["--data", "SIM"]);
    let decided = report.pointer("/round_trips/0/decided_at").unwrap();
    let stamp = page.text("document.querySelector('#why h2 .quiet').textContent");
    let day = decided.as_str().unwrap().get(..10).unwrap();
    assert!(stamp.contains(day), "{stamp} and {decided}");
    let words = page.text("document.getElementById('why').innerText");
    assert!(!words.contains("No trade"), "{words}");
    // the chart above the sheet can be seen
    page.until("document.getElementById('why').getBoundingClientRect().top - document.getElementById('chart').getBoundingClientRect().top > 200");
    page.keep_picture("why-390");
}
