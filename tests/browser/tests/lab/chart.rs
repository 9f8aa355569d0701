//! The chart under mouse, keys and fingers, in light and dark, on coarse and fine screens.

use serde_json::{Value, json};

use super::support::{Page, Server};

const STAMP: &str = "document.querySelector('.legend .stamp').textContent";

/// The chart's box in the window.
fn chart(page: &Page) -> [i64; 4] {
    let place = page.script(
        "const box = document.getElementById('chart').getBoundingClientRect();
         return [box.left, box.top, box.width, box.height].map(Math.round);",
    );
    [0, 1, 2, 3].map(|index| place.get(index).and_then(Value::as_i64).unwrap())
}

/// The first bar in sight and the first that is not.
fn range(page: &Page) -> (i64, i64) {
    let range = page.text("document.getElementById('chart').dataset.visibleRange");
    let (from, to) = range.split_once('-').unwrap();
    (from.parse().unwrap(), to.parse().unwrap())
}

fn settled_range(page: &Page, of: impl Fn((i64, i64)) -> bool) -> (i64, i64) {
    let mut last = (-1, -1);
    for _ in 0..500 {
        let now = range(page);
        if now == last && of(now) {
            return now;
        }
        last = now;
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the range stays {last:?}");
}

#[test]
fn the_legend_tells_the_bar_under_the_crosshair_whatever_moves() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let [left, top, width, height] = chart(&page);
    let place = (left + width / 3, top + height / 3);
    let last_bar = page.text(STAMP);
    page.hover(place);
    page.until(&format!("{STAMP} !== '{last_bar}'"));
    page.script("document.getElementById('chart').focus();");
    for key in ["+", "+", "\u{e014}", "\u{e010}", "\u{e011}", "-"] {
        let before = (page.text(STAMP), range(&page));
        page.press(key);
        settled_range(&page, |now| now != before.1);
        let told = page.text(STAMP);
        // a mouse that comes anew to the same place is told the same
        page.hover((place.0, place.1 + 1));
        page.hover(place);
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert_eq!(page.text(STAMP), told, "after {key:?}");
    }
    // another interval keeps the dates
    page.press("+");
    let coarse = page.text(STAMP);
    page.script("document.querySelector('#interval input[value=\"15min\"]').click();");
    page.until("document.getElementById('command').textContent.includes('interval=15min')");
    page.settled();
    page.hover((place.0 + 1, place.1));
    page.until("document.getElementById('chart').dataset.ready === 'true'");
    let fine = page.text(STAMP);
    assert_eq!(
        coarse.get(..7),
        fine.get(..7),
        "the same month: {coarse} and {fine}"
    );
}

#[test]
fn keys_walk_through_trades_and_let_them_go() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let whole = range(&page);
    page.script(
        "const row = document.querySelector('.trades .row-button'); row.scrollIntoView({block: 'center'}); row.focus(); row.click();",
    );
    settled_range(&page, |now| now != whole);
    for _ in 0..30 {
        page.press("\u{e015}");
    }
    page.until("document.querySelector('[data-chosen] button').textContent.trim() === '31'");
    page.until("document.activeElement === document.querySelector('[data-chosen] button')");
    page.keep_picture("trade-31-1440");
    page.press("\u{e013}");
    page.until("document.querySelector('[data-chosen] button').textContent.trim() === '30'");
    page.press("\u{e00c}");
    page.until("!document.querySelector('[data-chosen]')");
}

#[test]
fn another_look_and_another_screen_are_painted_anew() {
    let server = Server::start(None);
    let page = Page::open(&server, 900, false);
    page.settled();
    let ground = "document.querySelector('#chart canvas').getContext('2d').getImageData(2, 60, 1, 1).data[0]";
    page.until(&format!("{ground} > 200"));
    page.script("document.querySelector('#theme input[value=dark]').click();");
    page.until(&format!("{ground} < 60"));
    // a picture makes the browser look at its screen
    for (scale, name) in [(2.0, "fine-dark-900"), (1.5, "between-dark-900")] {
        page.on_screen(900, 900, scale);
        page.keep_picture(name);
        page.until(&format!(
            "document.querySelector('#chart canvas').width === Math.round({scale} * document.getElementById('chart').clientWidth)"
        ));
    }
    // a choice that was stored is there before the program is
    let page_text = page.text("document.documentElement.outerHTML");
    assert!(page_text.contains("atrium.theme"));
}

#[test]
fn fingers_tap_pinch_and_pan() {
    let server = Server::start(None);
    let page = Page::open(&server, 390, false);
    page.settled();
    let [left, top, width, height] = chart(&page);
    let y = top + height / 3;
    let at = |share: f64| left + (width as f64 * share) as i64;
    let move_to = |x: i64, duration: i64| json!({"type": "pointerMove", "duration": duration, "x": x, "y": y});
    let last_bar = page.text(STAMP);
    page.point(
        "touch",
        &[json!([move_to(at(0.3), 0), {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}])],
    );
    page.until(&format!("{STAMP} !== '{last_bar}'"));
    page.keep_picture("tapped-390");
    let drag = |from: f64, to: f64| json!([move_to(at(from), 0), {"type": "pointerDown", "button": 0}, move_to(at(to), 100), {"type": "pointerUp", "button": 0}]);
    let whole = range(&page);
    page.point("touch", &[drag(0.35, 0.2), drag(0.45, 0.6)]);
    let near = settled_range(&page, |now| now != whole);
    assert!(near.1 - near.0 < (whole.1 - whole.0) / 2, "{near:?}");
    // two fingers that move together move what is between them
    page.point("touch", &[drag(0.3, 0.5), drag(0.4, 0.6)]);
    let moved = settled_range(&page, |now| now != near);
    assert!(moved.0 < near.0, "{near:?} {moved:?}");
    let spans = (near.1 - near.0, moved.1 - moved.0);
    assert!(
        (spans.0 - spans.1).abs() <= spans.0 / 5,
        "{near:?} {moved:?}"
    );
}
