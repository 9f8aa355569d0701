//! What is tried again, and what outlives a reload: links that met the server away, addresses that say how a file is read, numbers
//! that were being typed, choices of a tab.

use serde_json::{Value, json};

use super::files::{Files, drop_on_backtest};
use super::share::{link_of, link_words, until_link, visit};
use super::support::{Page, Server};
use super::{assert_equals_command_line, slide};

/// Ends of bars in New York's time, some of them of a session before the first of the run.
const ROWS: &str = "Closed,side,tp,sl\n2024-03-05 11:30,long,,\n2024-07-02 11:30,short,,\n2024-07-09 12:30,flat,,\n2024-07-16 10:30,long,,\n";

/// Has requests with these words in their address fail as those to a server that is away, until that is taken back. Whether the
/// server is there is answered no earlier: the page would try again by itself.
fn refuse(page: &Page, words: &str) {
    page.script(&format!(
        "window.plain = window.plain ?? window.fetch; window.refused = 0;
         const healed = new Promise(heal => {{ window.heal = heal; }});
         window.fetch = request => {{
           const address = String(request.url ?? request);
           if (address.includes('/health')) return healed.then(() => window.plain.call(window, request));
           return address.includes('{words}')
             ? (window.refused += 1, Promise.reject(new TypeError('made by a test'))) : window.plain.call(window, request);
         }};"
    ));
}

/// Lets requests through and clicks on an element, before the page can learn that the server is back.
fn let_through_and_click(page: &Page, selector: &str) {
    page.script(&format!(
        "window.fetch = window.plain; document.querySelector('{selector}').click(); window.heal();"
    ));
}

/// The button of the line that says what went wrong.
const TRY_AGAIN: &str = ".troubles .banner[data-kind=error] .button";

fn go(page: &Page, fragment: &str) {
    page.script(&format!("location.hash = '{fragment}';"));
}

/// The part of an address behind its `#`, with it.
fn fragment(address: &str) -> String {
    format!("#{}", address.split_once('#').unwrap().1)
}

#[test]
fn a_link_that_met_the_server_away_is_tried_again_by_hand() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let flags = [
        "--data",
        "SIM",
        "--interval",
        "15min",
        "--from",
        "2024-03-01",
        "--to",
        "2024-11-29",
        "--leverage",
        "2",
    ];
    let link = link_of(&server, &flags);
    for way in [TRY_AGAIN, "#link-again"] {
        refuse(&page, "/bars");
        go(&page, &format!("#/backtest?c={link}"));
        until_link(&page, "away");
        page.until("window.refused === 1");
        // in vain at first
        page.click(way);
        page.until("window.refused === 2");
        until_link(&page, "away");
        page.until(&format!("document.querySelector('{way}')"));
        let_through_and_click(&page, way);
        until_link(&page, "match");
        page.settled();
        assert_equals_command_line(&page, &server.report(&flags));
        assert_eq!(
            page.text("document.querySelector('.troubles .banner[data-kind=error]') === null"),
            "true"
        );
        page.until(
            "document.getElementById('window').innerText.includes('2024-03-01 to 2024-11-29')",
        );
        // and back to where it began
        page.click("#link-dismiss");
        page.click("#window .button");
        page.until("!document.getElementById('window')");
        page.click("#interval input[value=\"60min\"]");
        page.settled();
        page.click("#reset");
        page.settled();
        assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));
    }
    // with a server that is gone indeed
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    go(&page, &format!("#/backtest?c={link}"));
    until_link(&page, "away");
    page.click(TRY_AGAIN);
    until_link(&page, "away");
    server.start_again();
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&flags));
}

#[test]
fn an_address_that_says_how_times_are_read_is_opened_so() {
    let mut server = Server::start(None);
    let files = Files::new();
    let file = files.write("mine.csv", ROWS);
    let flags = [
        "--data",
        "SIM",
        "--from",
        "2024-03-04",
        "--to",
        "2024-10-31",
        "--set",
        "sizing.mode=all_in",
        "--signals",
        file.to_str().unwrap(),
        "--row-time",
        "bar_end",
        "--time-zone",
        "exchange",
        "--column",
        "time=Closed",
    ];
    // the page reads columns by the names that are known for times
    let rows = ROWS.replace("Closed", "time");
    let plain = files.write("plain.csv", &rows);
    let mut of_plain = flags;
    of_plain[9] = plain.to_str().unwrap();
    let of_plain = &of_plain[..14];
    let address = server.atrium(&[&["link"], of_plain].concat());
    let behind = "&times=bar_end,exchange";
    assert!(address.trim().ends_with(behind), "{address}");
    assert_eq!(server.atrium(&[&["link"], &flags[..]].concat()), address);
    let fragment = fragment(address.trim());
    let expected = server.report(of_plain);

    let page = Page::open(&server, 1440, false);
    let open = |page: &Page| {
        until_link(page, "needs-file");
        page.settled();
        let words = link_words(page);
        assert!(
            words.contains("--signals FILE --row-time bar_end --time-zone exchange"),
            "{words}"
        );
    };
    let chosen = |page: &Page| {
        page.until("document.getElementById('signals-times')?.value === 'end'");
        page.until("document.getElementById('signals-zone')?.value === 'exchange'");
    };
    visit(&page, &format!("{}{fragment}", server.address));
    open(&page);
    drop_on_backtest(&page, "mine.csv", &rows);
    until_link(&page, "match");
    page.settled();
    chosen(&page);
    assert_equals_command_line(&page, &expected);
    assert_eq!(page.text("location.hash"), fragment);
    let command = page.text("document.getElementById('command').textContent");
    assert!(
        command.contains("--from 2024-03-04 --to 2024-10-31 --signals FILE --row-time bar_end --time-zone exchange"),
        "{command}"
    );
    // the report says of the file what the command line says
    page.until("document.querySelector('#backtest').dataset.study === 'done'");
    page.script("window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; }; document.getElementById('copy-json').click();");
    page.until("window.copied !== null");
    let json = server.atrium(&[&["backtest", "--json"], of_plain].concat());
    let path = serde_json::to_string(plain.to_str().unwrap()).unwrap();
    assert_eq!(
        page.text("window.copied").trim_end(),
        json.replace(&path, "\"mine.csv\"").trim_end()
    );
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report.pointer("/read/row_time"), Some(&json!("bar_end")));
    // what is varied on the sweep page has it, too
    page.script(
        "localStorage.setItem('atrium.sweep.1', JSON.stringify([[['sizing.leverage', '1,2,3']], 'grid', 1000, 1, 'sharpe']));
         location.hash = '#/sweep';",
    );
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    super::sweep::run(&page);
    let command = page.text("document.getElementById('sweep-command').innerText");
    assert!(
        command.contains("--signals FILE --row-time bar_end --time-zone exchange"),
        "{command}"
    );
    let command = command.replace("FILE", plain.to_str().unwrap());
    let words = command.split_whitespace().skip(2);
    let words: Vec<&str> = words.chain(["--json", "--afresh"]).collect();
    let told: Value = serde_json::from_str(&server.atrium(&words)).unwrap();
    assert_eq!(
        told.get("digest").and_then(Value::as_str),
        Some(super::sweep::data(&page, "digest").as_str())
    );
    page.script("window.copied = null; [...document.querySelectorAll('#take button')].find(one => one.innerText.includes('Copy link')).click();");
    page.until("window.copied !== null");
    let copied = page.text("window.copied");
    assert!(
        copied.ends_with(behind) && copied.contains("&s=1."),
        "{copied}"
    );
    // whoever opens that is asked for the file, which is read so
    visit(&page, &copied);
    page.until("document.querySelector('#sweep .banner, #link')");

    // a reload asks for the file again and reads it as before
    visit(&page, &format!("{}{fragment}", server.address));
    open(&page);
    page.command("refresh", &json!({}));
    open(&page);
    drop_on_backtest(&page, "mine.csv", &rows);
    until_link(&page, "match");
    chosen(&page);
    page.settled();
    assert_equals_command_line(&page, &expected);

    // the server is away when it is opened, and the file comes before the bars
    let page = Page::open(&server, 1440, false);
    page.settled();
    // what reads files of signals comes from the server, too
    page.until("document.querySelector('#backtest').dataset.study === 'done'");
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    go(&page, &fragment);
    until_link(&page, "away");
    drop_on_backtest(&page, "mine.csv", &rows);
    page.until("document.querySelector('[data-signals=reading]')?.innerText.includes('kept for the bars of the link')");
    page.click(TRY_AGAIN);
    until_link(&page, "away");
    server.start_again();
    until_link(&page, "match");
    chosen(&page);
    page.settled();
    assert_equals_command_line(&page, &expected);
}

#[test]
fn a_reload_leaves_the_field_that_is_typed_in_as_by_hand() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    let field = "document.getElementById('prediction.horizon_bars-typed')";
    let type_in = |text: &str| {
        page.script(&format!(
            "{field}.scrollIntoView({{block: 'center'}}); {field}.focus(); {field}.select();"
        ));
        text.chars().for_each(|key| page.press(&key.to_string()));
        assert_eq!(page.text(&format!("{field}.value")), text);
    };
    let link = link_of(&server, &["--data", "SIM", "--leverage", "2"]);
    // what is a number counts at once, what begins with one and is none is nothing
    for (typed, left, waits_ms) in [
        ("12", "12", 0),
        ("9x", "12", 0),
        ("7x", "12", 1_200),
        ("15000", "12", 1_200),
        ("20", "20", 1_200),
    ] {
        page.settled();
        type_in(typed);
        std::thread::sleep(std::time::Duration::from_millis(waits_ms));
        page.command("refresh", &json!({}));
        page.settled();
        page.until(&format!("{field}?.value === '{left}'"));
        let flags = ["--data", "SIM", "--horizon-bars", left];
        assert_equals_command_line(&page, &server.report(&flags));
    }
    // where the address names a link, what was changed is another run than that, and outlives the reload, too
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "match");
    page.settled();
    for (typed, waits_ms) in [("8", 0), ("6", 1_200)] {
        type_in(typed);
        // whether it counts as chosen or not yet
        std::thread::sleep(std::time::Duration::from_millis(waits_ms));
        page.command("refresh", &json!({}));
        page.settled();
        page.until(&format!("{field}?.value === '{typed}'"));
        assert_eq!(page.text("location.hash"), "#/backtest");
        let flags = ["--data", "SIM", "--horizon-bars", typed, "--leverage", "2"];
        assert_equals_command_line(&page, &server.report(&flags));
        visit(&page, &format!("{}#/backtest?c={link}", server.address));
        until_link(&page, "match");
        page.settled();
    }
    // whoever follows the link anew has its run, and what is refused leaves it; what it begins with is the number that stands
    type_in("8");
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "match");
    page.settled();
    type_in("4x");
    page.command("refresh", &json!({}));
    until_link(&page, "match");
    page.settled();
    let flags = ["--data", "SIM", "--leverage", "2"];
    assert_equals_command_line(&page, &server.report(&flags));
}

#[test]
fn a_tab_has_its_own_choices_again_however_another_one_chose() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    slide(&page, "leverage", "2");
    page.click("#interval input[value=\"15min\"]");
    page.until("localStorage.getItem('atrium.backtest.2')?.includes('15min')");
    page.settled();
    let of_first = ["--data", "SIM", "--interval", "15min", "--leverage", "2"];
    assert_equals_command_line(&page, &server.report(&of_first));
    // a new one begins with what was chosen last
    let [first, second] = page.other_tab(&server.address);
    page.settled();
    assert_equals_command_line(&page, &server.report(&of_first));
    slide(&page, "leverage", "3");
    page.until("localStorage.getItem('atrium.backtest.2')?.includes('\"3\"')");
    page.settled();
    page.go_to_tab(&first);
    page.command("refresh", &json!({}));
    page.settled();
    assert_equals_command_line(&page, &server.report(&of_first));
    page.go_to_tab(&second);
    page.command("refresh", &json!({}));
    page.settled();
    let of_second = ["--data", "SIM", "--interval", "15min", "--leverage", "3"];
    assert_equals_command_line(&page, &server.report(&of_second));
}
