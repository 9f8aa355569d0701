//! Links and saved runs: what one person shares, another one opens, and is told whether it is the same.

use serde_json::json;

use super::barriers::assert_no_barriers;
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest, slide};

/// Opens an address in a document of its own, as a link in a message does.
pub(crate) fn visit(page: &Page, address: &str) {
    page.command("url", &json!({"url": "about:blank"}));
    page.command("url", &json!({"url": address}));
}

/// Goes to an address in the document that is open.
fn go(page: &Page, fragment: &str) {
    page.script(&format!("location.hash = '{fragment}';"));
}

/// Waits until a link is as far as this.
pub(crate) fn until_link(page: &Page, state: &str) {
    page.until(&format!(
        "document.querySelector('#link[data-link={state}]')"
    ));
}

pub(crate) fn link_words(page: &Page) -> String {
    page.text("document.getElementById('link').innerText")
}

fn write(page: &Page, id: &str, text: &str) {
    page.script(&format!(
        "const field = document.getElementById('{id}'); field.value = '{text}';
         field.dispatchEvent(new Event('input', {{bubbles: true}}));"
    ));
}

/// The link that the command line makes, from its version on.
pub(crate) fn link_of(server: &Server, flags: &[&str]) -> String {
    let words = [&["link", "--as", "text"], flags].concat();
    server.atrium(&words).trim().to_owned()
}

/// Opens the dialog and gives the link in it.
pub(crate) fn shared(page: &Page) -> String {
    page.click("#share");
    page.until("document.getElementById('share-link')?.textContent.includes('c=1.')");
    page.text("document.getElementById('share-link').textContent")
}

#[test]
fn a_link_opened_in_a_fresh_profile_is_the_same_run() {
    let server = Server::start(None);
    let here = Page::open(&server, 1440, false);
    here.settled();
    slide(&here, "k_atr_min_tp", "0.75");
    slide(&here, "leverage", "3");
    here.settled();
    // while parameters move, the address does not
    assert_eq!(here.text("location.hash"), "");
    let link = shared(&here);
    here.keep_picture("share-light-1440");
    assert_no_barriers(&here, "share");
    let flags = ["--data", "SIM", "--k-atr-min-tp", "0.75", "--leverage", "3"];
    let (_, text) = link.split_once("c=").unwrap();
    assert_eq!(
        text,
        link_of(&server, &flags),
        "equal runs have equal links"
    );
    assert_eq!(here.text("location.href"), link);
    // the command line and the configuration make the same run
    let command = here.text("document.getElementById('share-command').textContent");
    let words: Vec<&str> = command
        .split_whitespace()
        .skip_while(|word| *word != "--data")
        .collect();
    assert_equals_command_line(&here, &server.report(&words));
    let config = here.text("document.getElementById('share-json').textContent");
    let file = server.folder().join("run.json");
    std::fs::write(&file, config).unwrap();
    let file = file.to_str().unwrap();
    assert_equals_command_line(&here, &server.report(&["--data", "SIM", "--config", file]));
    // copied to the letter
    here.script(
        "window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; };
         document.querySelector('#share-dialog [aria-label=\"Copy the link\"]').click();",
    );
    here.until("window.copied !== null");
    assert_eq!(here.text("window.copied"), link);

    let there = Page::open(&server, 900, true);
    visit(&there, &link);
    until_link(&there, "match");
    there.settled();
    assert_eq!(digest(&there, "run"), digest(&here, "run"));
    let words = link_words(&there);
    assert!(
        words.contains("✓ The run of the link") && words.contains("same engine"),
        "{words}"
    );
    there.keep_picture("link-match-dark-900");
    assert_no_barriers(&there, "a link's run");
    assert_eq!(
        there.text("document.getElementById('sizing.leverage-typed').value"),
        "3.0"
    );
    // once something else is set, the address names no link any more, and there is a way back
    slide(&there, "leverage", "2");
    there.until("document.getElementById('link-again')");
    there.until("location.hash === '#/backtest'");
    assert!(link_words(&there).contains("changed since"));
    there.click("#link-again");
    there.until("!document.getElementById('link-again')");
    until_link(&there, "match");
    there.settled();
    assert_eq!(digest(&there, "run"), digest(&here, "run"));
    there.click("#link-dismiss");
    there.until("!document.getElementById('link')");
    assert_eq!(there.console(), Vec::<String>::new());
}

#[test]
fn a_link_that_cannot_be_opened_says_why_and_leaves_everything() {
    let server = Server::start(None);
    let link = link_of(&server, &["--data", "SIM", "--leverage", "2"]);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let before = digest(&page, "run");
    let broken = format!("{}x{}", link.get(..20).unwrap(), link.get(21..).unwrap());
    let newer = link.replacen("1.", "7.", 1);
    let long = format!("1.{}", "A".repeat(9_000));
    for (text, part) in [
        (broken.as_str(), "damaged"),
        (link.get(..40).unwrap(), "damaged"),
        (newer.as_str(), "newer"),
        (long.as_str(), "bytes"),
        ("hello", "no link of Atrium"),
        ("1.%3Cscript%3Ealert(1)%3C/script%3E.00000000", "damaged"),
    ] {
        go(&page, &format!("#/backtest?c={text}"));
        until_link(&page, "bad");
        page.until(&format!(
            "document.getElementById('link').innerText.includes('{part}')"
        ));
        page.settled();
        assert_eq!(digest(&page, "run"), before, "{text}");
        page.click("#link-dismiss");
    }
    // a page that begins with one begins as ever
    visit(&page, &format!("{}#/backtest?c={broken}", server.address));
    until_link(&page, "bad");
    page.settled();
    assert_eq!(digest(&page, "run"), before);
    page.keep_picture("link-bad-light-1440");
    assert_no_barriers(&page, "a damaged link");
    // the whole one is opened in the same document
    go(&page, &format!("#/backtest?c={link}"));
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM", "--leverage", "2"]));
}

#[test]
fn a_run_that_is_another_one_is_told_with_what_differs() {
    let server = Server::start(None);
    let link = link_of(&server, &["--data", "SIM"]);
    server.atrium(&["instrument", "set", "SIM", "--lot-size", "10"]);
    let page = Page::open(&server, 390, false);
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "differs");
    let words = link_words(&page);
    assert!(
        words.contains("✗ Not the run of the link") && words.contains("the configuration"),
        "{words}"
    );
    page.keep_picture("link-differs-light-390");
    assert_no_barriers(&page, "another run than the link's");
    let overflow = "document.documentElement.scrollWidth - window.innerWidth";
    assert_eq!(page.text(overflow), "0");
}

#[test]
fn a_link_waits_for_its_data() {
    let there = Server::start(None);
    there.import_coin();
    let link = link_of(&there, &["--data", "COIN", "--interval", "5min"]);
    let server = Server::start(None);
    let page = Page::open(&server, 1440, true);
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "missing");
    page.settled();
    let words = link_words(&page);
    assert!(
        words.contains("COIN-1min") && words.contains("import it"),
        "{words}"
    );
    page.keep_picture("link-missing-dark-1440");
    assert_no_barriers(&page, "a link without its data");
    server.import_coin();
    page.script("window.dispatchEvent(new Event('focus'));");
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "COIN", "--interval", "5min"]),
    );
}

#[test]
fn a_long_run_is_not_made_without_asking() {
    let server = Server::start(None);
    let link = link_of(&server, &["--data", "SIM", "--leverage", "2"]);
    let page = Page::open(&server, 1440, false);
    // the list says that there is a hundred times as much
    let lie = "const plain = window.fetch;
        window.fetch = async request => {
          const answer = await plain.call(window, request);
          if (!String(request.url ?? request).endsWith('/api/datasets')) return answer;
          const text = (await answer.text()).replace(/\"rows\":\\d+/g, '\"rows\":900000000');
          return new Response(text, {status: 200});
        };";
    page.on_each_load(lie);
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "ask");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));
    let words = link_words(&page);
    assert!(words.contains("15,000,000 bars"), "{words}");
    page.click("#link-run");
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM", "--leverage", "2"]));
}

#[test]
fn a_link_of_some_sessions_runs_over_them_alone() {
    let server = Server::start(None);
    let flags = [
        "--data",
        "SIM",
        "--from",
        "2024-03-04",
        "--to",
        "2024-09-30",
    ];
    let link = link_of(&server, &flags);
    let page = Page::open(&server, 1440, false);
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&flags));
    page.until("document.getElementById('window').innerText.includes('2024-03-04 to 2024-09-30')");
    let command = page.text("document.getElementById('command').textContent");
    assert!(
        command.contains("--from 2024-03-04 --to 2024-09-30"),
        "{command}"
    );
    // parameters change over the same sessions
    slide(&page, "leverage", "2");
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&[&flags[..], &["--leverage", "2"]].concat()),
    );
    page.click("#window .button");
    page.until("!document.getElementById('window')");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM", "--leverage", "2"]));
}

#[test]
fn a_run_is_saved_opened_and_forgotten() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 900, false);
    page.settled();
    slide(&page, "leverage", "3");
    page.settled();
    let kept = digest(&page, "run");
    let state = |state: &str| format!("document.querySelector('[data-runs={state}]')");
    page.click("#saved-runs");
    page.until(&state("empty"));
    write(&page, "run-name", "with more leverage");
    write(&page, "run-note", "to be tried on other years");
    page.click("#save-run");
    page.until(&state("known"));
    assert_eq!(page.text("document.getElementById('run-name').value"), "");
    page.keep_picture("saved-runs-light-900");
    assert_no_barriers(&page, "saved runs");
    page.click("#runs-dialog .icon-button");
    page.until("!document.getElementById('runs-dialog')");
    page.click("#reset");
    page.settled();
    assert_ne!(digest(&page, "run"), kept);
    // another browser opens it
    let other = Page::open(&server, 1440, true);
    other.settled();
    other.click("#saved-runs");
    other.until(&state("known"));
    let words = other.text("document.querySelector('[data-runs]').innerText");
    assert!(
        words.contains("with more leverage") && words.contains("to be tried on other years"),
        "{words}"
    );
    other.click("[data-run] [data-open]");
    until_link(&other, "match");
    other.settled();
    assert_eq!(digest(&other, "run"), kept);
    // it is forgotten after a second thought only
    page.click("#saved-runs");
    page.until(&state("known"));
    page.click("[data-run] [data-forget]");
    page.until("document.querySelector('[data-forget-now]')");
    page.until(&state("known"));
    page.click("[data-forget-now]");
    page.until(&state("empty"));
    // without a server there is no list, which is said
    server.stop();
    page.click("#runs-dialog .icon-button");
    page.until("!document.getElementById('runs-dialog')");
    page.click("#saved-runs");
    page.until(&state("error"));
    page.until("document.getElementById('away')");
    assert_no_barriers(&page, "saved runs without a server");
    server.start_again();
    page.click("#runs-again");
    page.until(&state("empty"));
}

/// The bars in sight, by the chart itself.
fn in_sight(page: &Page) -> String {
    page.text("document.getElementById('chart').dataset.visibleRange")
}

#[test]
fn a_view_and_a_bar_travel_with_a_link_where_that_is_wanted() {
    let server = Server::start(None);
    let here = Page::open(&server, 1440, false);
    here.settled();
    let plain = shared(&here);
    assert_eq!(
        here.text("document.getElementById('share-view').disabled"),
        "true",
        "everything is seen"
    );
    here.press("\u{e00c}");
    here.until("!document.getElementById('share-dialog')");
    let whole = in_sight(&here);
    here.script("document.getElementById('chart').focus();");
    for key in ["+", "+", "+", "+", "+", "+", "\u{e012}", "\u{e007}"] {
        here.press(key);
    }
    here.until(&format!(
        "document.getElementById('chart').dataset.visibleRange !== '{whole}'"
    ));
    here.until("document.querySelector('#why .told, #why table')");
    let asked = here.text("document.getElementById('chart').dataset.asked");
    here.drawn();
    let seen = in_sight(&here);
    assert_eq!(
        shared(&here),
        plain,
        "equal runs have equal links, whatever is seen"
    );
    here.click("#share-view");
    here.until(&format!(
        "document.getElementById('share-link').textContent !== '{plain}'"
    ));
    let link = here.text("document.getElementById('share-link').textContent");
    assert!(link.contains("&bar="), "{link}");
    here.keep_picture("share-view-light-1440");
    assert_no_barriers(&here, "a link with a view");

    let there = Page::open(&server, 1440, false);
    visit(&there, &link);
    until_link(&there, "match");
    there.settled();
    there.until(&format!(
        "document.getElementById('chart').dataset.visibleRange === '{seen}'"
    ));
    there.until(&format!(
        "document.getElementById('why')?.dataset.bar === '{asked}'"
    ));
    there.until("document.querySelector('#why .told, #why table')");
    assert_eq!(digest(&there, "run"), digest(&here, "run"));
    // the command line takes the whole address, too
    let answer = server.atrium(&["backtest", "--link", &link]);
    assert!(answer.contains('✓'), "{answer}");
    // and without them everything is seen
    let there = Page::open(&server, 1440, false);
    visit(&there, &plain);
    until_link(&there, "match");
    there.settled();
    assert_eq!(in_sight(&there), whole);
    assert_eq!(
        there.text("document.getElementById('why') === null"),
        "true"
    );
}
