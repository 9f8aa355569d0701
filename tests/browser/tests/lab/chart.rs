//! The chart under mouse, keys and fingers, in light and dark, on coarse and fine screens.

use serde_json::{Value, json};

use super::barriers::assert_no_barriers;
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
    let before = range(&page);
    page.press("+");
    settled_range(&page, |now| now != before);
    let coarse = page.text(STAMP);
    page.click("#interval input[value=\"15min\"]");
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
    page.click("#theme input[value=dark]");
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
    // what is told of the bar lies at the foot of the window: the chart above it can be looked at and moved
    page.until("document.querySelector('#why .told, #why table')");
    let free = page.text("String(document.getElementById('why').getBoundingClientRect().top - document.getElementById('chart').getBoundingClientRect().top)");
    assert!(free.parse::<f64>().unwrap() > height as f64 / 2.0, "{free}");
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

/// A note that the chart keeps of itself.
fn noted(page: &Page, name: &str) -> String {
    page.text(&format!(
        "document.getElementById('chart').dataset.{name} ?? ''"
    ))
}

/// The text of a value in a legend, by its selector.
fn legend(page: &Page, entry: &str) -> String {
    page.text(&format!(
        "document.querySelector('.legend {entry}')?.textContent ?? ''"
    ))
}

fn focus_chart(page: &Page) {
    page.script("document.getElementById('chart').focus();");
}

#[test]
fn panes_stand_on_one_axis_and_the_crosshair_reads_them_all() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let [left, top, width, height] = chart(&page);
    let told = |page: &Page| {
        ["equity", "benchmark", "drawdown"].map(|name| legend(page, &format!("[data-line={name}]")))
    };
    let at_end = told(&page);
    assert!(
        at_end
            .iter()
            .all(|text| text.chars().any(|c| c.is_ascii_digit())),
        "{at_end:?}"
    );
    assert!(at_end[2].contains('%'), "{at_end:?}");
    // the lowest pane is part of the crosshair's way
    page.hover((left + width / 4, top + height - 40));
    page.until(&format!(
        "document.querySelector('.legend [data-line=benchmark]').textContent !== `{}`",
        at_end[1]
    ));
    assert_ne!(told(&page)[0], at_end[0]);
    page.keep_picture("panes-1440");
}

#[test]
fn prices_are_scaled_by_keys_and_buttons_and_the_choice_stays() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    assert_eq!(noted(&page, "scale"), "linear");
    focus_chart(&page);
    for (key, scale) in [("l", "log"), ("p", "percent"), ("p", "linear")] {
        page.press(key);
        page.until(&format!(
            "document.getElementById('chart').dataset.scale === '{scale}'"
        ));
        page.until(&format!(
            "document.querySelector('#price-scale input:checked').value === '{scale}'"
        ));
    }
    page.click("#price-scale input[value=log]");
    page.script("document.getElementById('times').value = 'exchange'; document.getElementById('times').dispatchEvent(new Event('change', {bubbles: true}));");
    page.until("document.getElementById('chart').dataset.times === 'exchange'");
    let kept = page.text("JSON.parse(localStorage.getItem('atrium.chart.1'))");
    assert!(kept.starts_with("log;exchange"), "{kept}");
    page.reload();
    page.until("document.getElementById('chart')?.dataset.scale === 'log'");
    page.until("document.getElementById('chart').dataset.times === 'exchange'");
}

#[test]
fn times_are_read_by_the_clock_that_was_chosen() {
    let server = Server::start(None);
    let page = Page::open(&server, 900, false);
    page.settled();
    let utc = page.text(STAMP);
    assert!(utc.contains("UTC"), "{utc}");
    focus_chart(&page);
    page.press("z");
    page.until(&format!("{STAMP}.includes('New York')"));
    let exchange = page.text(STAMP);
    let hour = |text: &str| -> i64 {
        let clock = text.split(' ').nth(1).unwrap();
        clock.get(..2).unwrap().parse().unwrap()
    };
    let behind = (hour(&utc) - hour(&exchange)).rem_euclid(24);
    assert!(behind == 4 || behind == 5, "{utc} and {exchange}");
    let summary = "document.getElementById('chart-summary').textContent";
    page.until(&format!("{summary}.includes('New York')"));
    page.press("z");
    page.until(&format!("{STAMP}.includes('local')"));
}

#[test]
fn indicators_are_added_changed_and_removed_by_keys_alone() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let add = |name: &str| {
        page.script(&format!(
            "const add = document.getElementById('add-indicator'); add.value = '{name}';
             add.dispatchEvent(new Event('change', {{bubbles: true}}));"
        ));
    };
    focus_chart(&page);
    page.press("i");
    page.until("document.activeElement?.id === 'add-indicator'");
    add("ema");
    page.until("document.getElementById('chart').dataset.lines === 'ema'");
    let price_height = |page: &Page| -> f64 {
        let top = page.text("String(document.querySelector('.equity-legend').offsetTop / document.getElementById('chart').clientHeight)");
        top.parse().unwrap()
    };
    let before = price_height(&page);
    add("rsi");
    page.until("document.getElementById('chart').dataset.lines === 'ema,rsi'");
    page.until("document.querySelectorAll('.own-legend').length === 1");
    let after = price_height(&page);
    assert!((before - after).abs() < 0.2, "{before} {after}");
    let of = |name: &str| legend(&page, &format!("[data-indicator={name}]"));
    let (ema, rsi) = (of("ema"), of("rsi"));
    assert!(
        ema.contains("ema 20") && rsi.contains("rsi 14"),
        "{ema} {rsi}"
    );
    // a parameter out of its bounds is refused in words, one within them is taken
    let typed = |text: &str| {
        page.script(&format!(
            "const field = document.querySelector('.indicator[data-indicator=ema] input'); field.value = '{text}';
             field.dispatchEvent(new Event('change', {{bubbles: true}}));"
        ));
    };
    let mut said = String::new();
    for bad in ["0", "2.5", "x"] {
        typed(bad);
        let refused =
            "document.querySelector('.indicator[data-indicator=ema] .wrong')?.textContent ?? ''";
        page.until(&format!("({refused}) !== {}", serde_json::json!(said)));
        said = page.text(refused);
        page.until("document.querySelector('.indicator[data-indicator=ema] input').getAttribute('aria-invalid') === 'true'");
        page.until("document.querySelector('.indicator[data-indicator=ema] .wrong').textContent.length > 8");
    }
    typed("200");
    page.until(
        "document.querySelector('.legend [data-indicator=ema]').textContent.includes('ema 200')",
    );
    page.until("document.getElementById('chart').dataset.lines === 'ema,rsi'");
    page.keep_picture("indicators-1440");
    assert_no_barriers(&page, "the menu of indicators");
    page.press("\u{e00c}");
    page.until("document.activeElement?.id === 'indicators'");
    page.press("\u{e007}");
    page.until("document.activeElement?.id === 'add-indicator'");
    page.click(".indicator[data-indicator=ema] .icon-button");
    page.until("document.getElementById('chart').dataset.lines === 'rsi'");
    let stretch: f64 = noted(&page, "stretchMs").parse().unwrap();
    assert!(stretch > 0.0, "{stretch}");
}

#[test]
fn a_bar_is_asked_about_by_a_click_and_by_keys_but_not_by_a_drag() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let [left, top, width, height] = chart(&page);
    let (x, y) = (left + width / 2, top + height / 3);
    let at = |x: i64, duration: i64| json!({"type": "pointerMove", "duration": duration, "x": x, "y": y});
    let (down, up) = (
        json!({"type": "pointerDown", "button": 0}),
        json!({"type": "pointerUp", "button": 0}),
    );
    focus_chart(&page);
    page.press("+");
    page.press("+");
    let near = settled_range(&page, |_| true);
    page.point("mouse", &[json!([at(x, 0), down, at(x + 60, 100), up])]);
    settled_range(&page, |now| now != near);
    assert_eq!(noted(&page, "asked"), "");
    page.point("mouse", &[json!([at(x, 0), down, up])]);
    page.until("document.getElementById('chart').dataset.asked !== undefined");
    let first: i64 = noted(&page, "asked").parse().unwrap();
    // the crosshair goes a bar on, and is asked about
    focus_chart(&page);
    page.press("\u{e00c}");
    page.until("document.getElementById('chart').dataset.asked === undefined");
    let before = page.text(STAMP);
    page.script(
        "document.getElementById('chart').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', shiftKey: true, bubbles: true, cancelable: true}));",
    );
    page.until(&format!("{STAMP} !== '{before}'"));
    page.press("\u{e007}");
    page.until(&format!(
        "document.getElementById('chart').dataset.asked === '{}'",
        first + 1
    ));
}

/// That the bar which is asked about is in sight: on the panes, and not under what is told of it.
#[track_caller]
fn assert_asked_bar_is_seen(page: &Page, about: &str) {
    // what is moved out of the way is so in the frame after
    page.script("window.frames_left = 3; const next = () => { if (--window.frames_left > 0) requestAnimationFrame(next); }; requestAnimationFrame(next);");
    page.until("window.frames_left === 0");
    let (first, end) = range(page);
    let seen = page.script(&format!(
        "const chart = document.getElementById('chart').getBoundingClientRect(), told = document.getElementById('why').getBoundingClientRect();
         const bar = Number(document.getElementById('why').dataset.bar), bar_px = (chart.width - 72) / ({end} - {first});
         const x = chart.left + (bar + 0.5 - {first}) * bar_px, y = chart.top + chart.height / 4, near = 1.5 * bar_px;
         const covered = x > told.left + near && x < told.right - near && y > told.top && y < told.bottom;
         return [bar >= {first} && bar < {end}, covered, bar, told.left, told.right, x];"
    ));
    let flag = |index: usize| seen.get(index).and_then(Value::as_bool);
    assert_eq!(
        (flag(0), flag(1)),
        (Some(true), Some(false)),
        "{about}: bars {first} to {end}, {seen}"
    );
}

#[test]
fn a_bar_that_is_asked_about_is_not_covered_by_what_is_told_of_it() {
    let server = Server::start(None);
    for width in [900, 1140, 1440] {
        let page = Page::open(&server, width, false);
        page.settled();
        page.until("document.querySelector('#backtest').dataset.study === 'done'");
        for share in [0.2, 0.45, 0.55, 0.8] {
            let [left, top, width_px, height] = chart(&page);
            let x = left + ((width_px - 72) as f64 * share) as i64;
            let go = json!({"type": "pointerMove", "duration": 0, "x": x, "y": top + height / 4});
            let (down, up) = (
                json!({"type": "pointerDown", "button": 0}),
                json!({"type": "pointerUp", "button": 0}),
            );
            page.point("mouse", &[json!([go, down, up])]);
            page.until("document.getElementById('why')");
            assert_asked_bar_is_seen(&page, &format!("{width}, a click at {share}"));
            page.click("#why [aria-label=Close]");
            page.until("!document.getElementById('why')");
        }
        // from bar to bar, further than is seen
        focus_chart(&page);
        for _ in 0..16 {
            page.press("+");
        }
        settled_range(&page, |(first, end)| end - first < 150);
        page.press("\u{e007}");
        page.until("document.activeElement.id === 'why'");
        for (key, steps) in [("\u{e014}", 150), ("\u{e012}", 170)] {
            for step in 1..=steps {
                page.press(key);
                if step % 10 == 0 {
                    assert_asked_bar_is_seen(&page, &format!("{width}, {key:?} {step}"));
                }
            }
        }
        if width == 900 {
            page.until("document.querySelector('#why [data-table=decision]')");
            page.keep_picture("why-light-900");
            assert_no_barriers(&page, "why at 900");
        }
        // where nothing can be moved
        page.press("\u{e00c}");
        page.until("document.activeElement.id === 'chart'");
        let before = range(&page);
        page.press("\u{e010}");
        settled_range(&page, |now| now != before);
        page.press("\u{e007}");
        page.until("document.activeElement.id === 'why'");
        for step in 0..80 {
            page.press("\u{e014}");
            if step % 10 == 0 {
                assert_asked_bar_is_seen(&page, &format!("{width}, at the end {step}"));
            }
        }
        assert_eq!(page.console(), Vec::<String>::new());
    }
}

#[test]
fn the_table_holds_what_is_seen_a_page_at_a_time() {
    let server = Server::start(None);
    let page = Page::open(&server, 900, false);
    page.settled();
    focus_chart(&page);
    page.press("t");
    let rows = "document.querySelectorAll('#chart-table tbody tr').length";
    page.until(&format!("{rows} === 50"));
    let first = "document.querySelector('#chart-table tbody th').textContent";
    let before = page.text(first);
    page.script("[...document.querySelectorAll('#chart-table button')].find(b => b.textContent === 'Later').click();");
    page.until(&format!("{first} !== '{before}'"));
    // what stands in the legend stands in the table
    page.press("\u{e010}");
    for _ in 0..40 {
        page.press("+");
    }
    settled_range(&page, |(from, to)| to - from <= 12);
    page.until(&format!("{rows} <= 12"));
    let last = page.text(
        "[...document.querySelectorAll('#chart-table tbody tr:last-child > *')].map(cell => cell.textContent).join('|')",
    );
    let stamp = page.text(STAMP);
    assert!(
        stamp.starts_with(last.split('|').next().unwrap()),
        "{stamp} {last}"
    );
    let equity = legend(&page, "[data-line=equity]");
    let in_table = last.split('|').nth(6).unwrap();
    assert!(equity.ends_with(in_table), "{equity} {last}");
    page.keep_picture("chart-table-900");
    assert_no_barriers(&page, "the table of the chart");
}

#[test]
fn a_picture_is_saved_at_the_pixels_of_the_screen() {
    let server = Server::start(None);
    let page = Page::open(&server, 900, false);
    page.settled();
    page.on_screen(900, 900, 2.0);
    // a picture makes the browser look at its screen
    page.keep_picture("fine-picture-900");
    page.until("document.querySelector('#chart canvas').width === 2 * document.getElementById('chart').clientWidth");
    page.script(
        "window.saved = []; const make = URL.createObjectURL;
         URL.createObjectURL = (blob) => { window.saved.push(blob); return make.call(URL, blob); };",
    );
    page.click("#save-picture");
    page.until("document.getElementById('chart').dataset.picture !== undefined");
    let expected = page.text(
        "`${2 * document.getElementById('chart').clientWidth}x${2 * (document.getElementById('chart').clientHeight + 64)}`",
    );
    assert_eq!(noted(&page, "picture"), expected);
    page.script(
        "createImageBitmap(window.saved[0]).then((image) => { window.size = `${image.width}x${image.height}`; });",
    );
    page.until("window.size !== undefined");
    assert_eq!(page.text("window.size"), expected);
    assert_eq!(page.text("window.saved[0].type"), "image/png");
}

#[test]
fn sessions_are_marked_where_there_is_room() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    assert_eq!(noted(&page, "sessionsDrawn"), "0");
    focus_chart(&page);
    for _ in 0..14 {
        page.press("+");
    }
    page.until("Number(document.getElementById('chart').dataset.sessionsDrawn) > 0");
    // the simulated sample has no gaps within its sessions
    assert_eq!(noted(&page, "gapsDrawn"), "0");
}
