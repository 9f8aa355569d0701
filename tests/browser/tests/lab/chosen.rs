//! Choices that cross one another: bars that are on their way when others are chosen, files that are read while another is
//! traded, links that meet a server away, fields that are gone while something is typed in them.

use serde_json::{Value, json};

use super::files::drop_on_backtest;
use super::share::{link_of, link_words, until_link};
use super::support::{Page, STUDENTS, Server};
use super::{assert_equals_command_line, digest, slide};

/// Keeps back the bars that the server sends for addresses with these words, until they are let go; they fail where the page is told
/// so.
fn hold(page: &Page, words: &str) {
    page.script(&format!(
        "window.held = 0; window.arrived = false; const plain = window.fetch; const gate = new Promise(open => {{ window.letGo = open; }});
         window.fetch = async (...all) => {{
           const address = String(all[0].url ?? all[0]);
           if (!address.includes('{words}')) return plain(...all);
           window.held += 1; await gate;
           if (window.fails) throw new TypeError('made by a test');
           const answer = await plain(all[0].url ?? all[0]); window.arrived = true; return answer;
         }};"
    ));
}

/// Lets them go, and gives the page time to make of them what it would.
fn let_go(page: &Page) {
    page.script("window.letGo();");
    page.until("window.arrived");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
}

/// Has them fail.
fn let_fail(page: &Page) {
    page.script("window.fails = true; window.letGo();");
    page.until("document.querySelector('.troubles .banner[data-kind=error]')");
}

fn interval(page: &Page, value: &str) {
    page.click(&format!("#interval input[value=\"{value}\"]"));
}

fn go(page: &Page, link: &str) {
    page.script(&format!("location.hash = '#/backtest?c={link}';"));
}

/// What is told of the run that is shown, as it is written out.
fn told(page: &Page) -> Value {
    page.until("document.querySelector('#backtest').dataset.study === 'done'");
    page.script("window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; }; document.getElementById('copy-json').click();");
    page.until("window.copied !== null");
    serde_json::from_str(&page.text("window.copied")).unwrap()
}

/// Everything tells of the run that is shown.
#[track_caller]
fn assert_told_of_what_is_shown(page: &Page) {
    page.settled();
    let told = told(page);
    assert_eq!(
        told.pointer("/digests/run").and_then(Value::as_str),
        Some(digest(page, "run").as_str())
    );
    let digests = page.text(
        "[...document.querySelectorAll('#sheet td, #sheet th')].map(cell => cell.innerText).join('|')",
    );
    assert!(!digests.is_empty());
}

#[test]
fn bars_that_are_on_their_way_do_not_come_over_what_was_chosen_later() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    slide(&page, "leverage", "2");
    page.settled();
    page.until("document.getElementById('undo').ariaDisabled !== 'true' && !document.getElementById('undo').disabled");
    hold(&page, "240min");
    interval(&page, "240min");
    page.until("window.held === 1");
    page.click("#undo");
    page.settled();
    let_go(&page);
    page.settled();
    page.until("document.querySelector('#interval input[value=\"60min\"]').checked");
    assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));

    // a link whose bars are on their way, and another one to those that are shown
    let [slow, quick] = ["15min", "60min"].map(|interval| {
        link_of(
            &server,
            &["--data", "SIM", "--interval", interval, "--leverage", "3"],
        )
    });
    hold(&page, "15min");
    go(&page, &slow);
    page.until("window.held === 1");
    go(&page, &quick);
    until_link(&page, "match");
    let_go(&page);
    page.settled();
    until_link(&page, "match");
    assert!(!link_words(&page).contains("changed since"));
    assert_equals_command_line(&page, &server.report(&["--data", "SIM", "--leverage", "3"]));
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_is_changed_while_bars_are_on_their_way_stands_where_they_do_not_come() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let stands = |page: &Page, leverage: &str| {
        page.until("document.querySelector('#interval input[value=\"60min\"]').checked");
        page.until(&format!(
            "Number(document.getElementById('sizing.leverage-typed').value) === {leverage}"
        ));
        page.until("document.getElementById('changes').dataset.pending === undefined");
        page.until(&format!(
            "document.getElementById('changes').innerText.includes('→ {leverage}')"
        ));
    };
    hold(&page, "240min");
    interval(&page, "240min");
    page.until("window.held === 1");
    slide(&page, "leverage", "3");
    // longer than it takes to count as chosen where nothing is on its way
    std::thread::sleep(std::time::Duration::from_millis(1_000));
    let_fail(&page);
    stands(&page, "3");
    assert_equals_command_line(&page, &server.report(&["--data", "SIM", "--leverage", "3"]));
    // what was set right before the link of an address whose bars do not come; the address names that still
    let flags = ["--data", "SIM", "--interval", "15min", "--leverage", "4"];
    let link = link_of(&server, &flags);
    hold(&page, "15min");
    page.script("window.letGo();");
    slide(&page, "leverage", "2");
    go(&page, &link);
    until_link(&page, "away");
    stands(&page, "2");
    assert!(page.text("location.hash").contains(&link));
    // the sweep page varies the run that is shown
    page.script(
        "window.fails = false; document.getElementById('link-dismiss').click();
         localStorage.setItem('atrium.sweep.1', JSON.stringify([[['initial_equity', '5000,10000']], 'grid', 1000, 1, 'sharpe']));
         location.hash = '#/sweep';",
    );
    page.until("document.querySelector('#sweep-run')?.disabled === false");
    super::sweep::run(&page);
    let command = page.text("document.getElementById('sweep-command').innerText");
    assert!(command.contains("leverage=2"), "{command}");
}

#[test]
fn a_file_that_is_read_is_traded_nowhere_before_it_is_taken_over() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.on_each_load(STUDENTS);
    page.command("refresh", &json!({}));
    page.settled();
    let rows =
        |side: &str| format!("time,side\n2024-07-02T14:30:00Z,{side}\n2024-07-09T14:30:00Z,flat\n");
    drop_on_backtest(&page, "mine.csv", &rows("long"));
    page.until("document.querySelector('[data-signals=traded]')?.innerText.includes('mine.csv')");
    assert_told_of_what_is_shown(&page);
    let mine = digest(&page, "run");
    // one that is overtaken while it is read, by one that is refused: what is said of the first is held up until then
    page.script(
        "const drop = (name, text) => {
           const transfer = new DataTransfer(); transfer.items.add(new File([text], name));
           document.getElementById('backtest').dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
         };
         const student = window.students.at(-1), hear = student.onmessage, held = []; let passes = false;
         student.onmessage = message => { passes ? hear.call(student, message) : held.push(message); };
         drop('theirs.csv', 'time,side\\n2024-07-02T14:30:00Z,short\\n');
         window.overtake = () => drop('bad.csv', 'time,side\\n2024-07-02T14:30:00Z,foo\\n');
         window.let_on = () => { passes = true; held.forEach(message => hear.call(student, message)); };",
    );
    let read = |file: &str| {
        page.until(&format!(
            "document.querySelector('[data-signals=reading]')?.innerText.includes('{file}')"
        ));
    };
    read("theirs.csv");
    page.script("window.overtake();");
    read("bad.csv");
    page.script("window.let_on();");
    page.until("document.querySelector('[data-signals=refused]')?.innerText.includes('bad.csv')");
    page.until("document.querySelector('[data-signals=traded]')?.innerText.includes('mine.csv')");
    page.settled();
    assert_eq!(digest(&page, "run"), mine);
    assert_told_of_what_is_shown(&page);
    slide(&page, "leverage", "2");
    page.until("document.getElementById('command').textContent.includes('leverage=2')");
    assert_told_of_what_is_shown(&page);
    assert_ne!(digest(&page, "run"), mine);
    page.click("#dismiss-signals");
    page.until("!document.querySelector('[data-signals=refused]')");
    // what times stand for is part of the command that repeats it
    for (value, flags) in [
        ("end", "--row-time bar_end"),
        ("known", "--row-time known_at"),
    ] {
        page.script(&format!(
            "const times = document.getElementById('signals-times'); times.value = '{value}';
             times.dispatchEvent(new Event('change', {{bubbles: true}}));"
        ));
        page.until(&format!(
            "document.getElementById('command').textContent.includes('{flags}')"
        ));
    }
    assert_told_of_what_is_shown(&page);
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_is_typed_when_its_field_goes_away_is_left_as_by_hand() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let type_into = |page: &Page, selector: &str, text: &str| {
        page.until(&format!("document.querySelector('{selector}')"));
        page.script(&format!(
            "const field = document.querySelector('{selector}'); field.scrollIntoView({{block: 'center'}}); field.focus(); field.select();"
        ));
        text.chars().for_each(|key| page.press(&key.to_string()));
    };
    let horizon = "#prediction\\\\.horizon_bars-typed";
    for (typed, left) in [("20", "20"), ("15000", "20"), ("9x", "20")] {
        page.script("location.hash = '#/data';");
        page.until("!document.getElementById('backtest')");
        page.script("location.hash = '#/backtest';");
        page.settled();
        type_into(&page, horizon, typed);
        page.script("history.back();");
        page.until("!document.getElementById('backtest')");
        page.script("location.hash = '#/backtest';");
        page.settled();
        page.until(&format!(
            "document.querySelector('{horizon}')?.value === '{left}'"
        ));
        assert_equals_command_line(
            &page,
            &server.report(&["--data", "SIM", "--horizon-bars", left]),
        );
        assert_eq!(page.console(), Vec::<String>::new(), "{typed}");
    }
    // the sweep page's fields
    for field in [
        "#sweep-workers",
        "#add-axis",
        "#sweep-trials, #sweep input[type=number]",
    ] {
        page.script("location.hash = '#/sweep';");
        type_into(&page, field, "2");
        page.script("history.back();");
        page.until("!document.getElementById('sweep')");
        page.settled();
        assert_eq!(page.console(), Vec::<String>::new(), "{field}");
    }
}

#[test]
fn a_number_that_is_refused_puts_back_what_stood_last() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let field = "document.getElementById('prediction.horizon_bars-typed')";
    slide(&page, "horizon_bars", "12");
    page.until(&format!("{field}.value === '12'"));
    let keys = |text: &str| text.chars().for_each(|key| page.press(&key.to_string()));
    page.script(&format!(
        "{field}.scrollIntoView({{block: 'center'}}); {field}.focus(); {field}.select();"
    ));
    // typed and made again what it was, of which a browser tells no change
    keys("9");
    page.press("\u{e003}");
    keys("12");
    page.script(&format!("{field}.blur();"));
    page.click("#reset");
    page.until(&format!("{field}.value === '4'"));
    page.script(&format!("{field}.focus(); {field}.select();"));
    keys("x");
    page.script(&format!("{field}.blur();"));
    page.until("document.getElementById('prediction.horizon_bars-message').textContent.includes('was not taken')");
    page.until(&format!("{field}.value === '4'"));
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));
    slide(&page, "horizon_bars", "12");
    page.until(&format!("{field}.value === '12'"));
    // what is typed is given up by Escape
    page.script(&format!("{field}.focus(); {field}.select();"));
    keys("7");
    page.until("document.getElementById('command').textContent.includes('horizon_bars=7')");
    page.press("\u{e00c}");
    page.until(&format!("{field}.value === '12'"));
    page.settled();
    assert_equals_command_line(
        &page,
        &server.report(&["--data", "SIM", "--horizon-bars", "12"]),
    );
}

#[test]
fn a_link_that_meets_a_server_away_is_opened_once_that_is_back() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let before = digest(&page, "run");
    let flags = [
        "--data",
        "SIM",
        "--interval",
        "15min",
        "--from",
        "2024-03-01",
        "--leverage",
        "2",
    ];
    let link = link_of(&server, &flags);
    server.stop();
    go(&page, &link);
    until_link(&page, "away");
    // what is shown is what was shown, with its parameters
    assert_eq!(digest(&page, "run"), before);
    assert_eq!(
        page.text("document.querySelector('[data-stale]') === null"),
        "true"
    );
    assert_eq!(
        page.text("document.getElementById('sizing.leverage-typed').value"),
        "1.0"
    );
    page.until("document.getElementById('link-again')");
    page.keep_picture("link-away-light-1440");
    server.start_again();
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&flags));
    page.until("location.hash.includes('c=1.')");
    // one step leads back
    page.click("#undo");
    page.until("document.getElementById('sizing.leverage-typed').value === '1.0'");
}

#[test]
fn a_pinned_run_is_gone_back_to_with_its_sessions() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let flags = ["--data", "SIM", "--from", "2024-06-03"];
    go(&page, &link_of(&server, &flags));
    until_link(&page, "match");
    page.settled();
    page.click("#pin");
    page.click("#window button");
    page.until("!document.getElementById('window')");
    page.settled();
    assert_equals_command_line(&page, &server.report(&["--data", "SIM"]));
    page.click("#tab-compare");
    page.until("document.getElementById('sheet').innerText.includes('60min, from 2024-06-03')");
    page.until("document.getElementById('sheet').innerText.includes('equal; the data are not')");
    page.click(".pins [aria-label=\"Go back to Pin 1\"]");
    page.until("document.getElementById('window')?.innerText.includes('2024-06-03')");
    page.settled();
    assert_equals_command_line(&page, &server.report(&flags));
}

#[test]
fn a_pin_of_signals_says_where_its_file_is_another_now() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let rows =
        |side: &str| format!("time,side\n2024-07-02T14:30:00Z,{side}\n2024-07-09T14:30:00Z,flat\n");
    let trade = |side: &str| {
        let before = digest(&page, "run");
        drop_on_backtest(&page, "mine.csv", &rows(side));
        page.until(&format!(
            "document.querySelector('[data-digest=run]').dataset.full !== '{before}'"
        ));
        page.settled();
        digest(&page, "run")
    };
    let of_long = trade("long");
    page.click("#pin");
    page.click("#tab-compare");
    page.until("document.querySelector('.pins li')?.innerText.includes('signals of mine.csv (')");
    assert!(
        !page
            .text("document.querySelector('.pins li').innerText")
            .contains("another")
    );
    // a file of the same name
    let of_short = trade("short");
    let another = "its file of signals is another than the one here now";
    page.until(&format!(
        "document.querySelector('.pins li').innerText.includes('{another}')"
    ));
    page.until("document.querySelector('#backtest').dataset.study === 'done'");
    page.until(&format!(
        "document.querySelector('#sheet [data-table=compared-metrics]').innerText.includes('{another}')"
    ));
    page.until("document.getElementById('sheet').innerText.includes('equal; the data are not')");
    let go_back = "document.querySelector('.pins [aria-label=\"Go back to Pin 1\"]').click();";
    page.script(go_back);
    page.until("document.querySelector('.troubles .banner')?.innerText.includes('Pin 1 cannot be made again')");
    assert_eq!(digest(&page, "run"), of_short);
    // that file again
    assert_eq!(trade("long"), of_long);
    page.until("!document.querySelector('.pins li').innerText.includes('another')");
    slide(&page, "leverage", "2");
    page.until(&format!(
        "document.querySelector('[data-digest=run]').dataset.full !== '{of_long}'"
    ));
    page.settled();
    page.script(go_back);
    page.until(&format!(
        "document.querySelector('[data-digest=run]').dataset.full === '{of_long}'"
    ));
    page.settled();
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn presets_that_another_tab_kept_stay() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let keep = |name: &str| {
        page.script(&format!(
            "const field = document.getElementById('preset-name'); field.value = '{name}';
             field.dispatchEvent(new Event('input', {{bubbles: true}}));"
        ));
        page.click("#keep-preset");
        page.until(&format!("document.querySelector('[data-preset={name}]')"));
    };
    page.click("#presets");
    page.until("document.getElementById('preset-name')");
    keep("here");
    // as another tab does: the list is stored anew, by which this one is told
    let stored = "JSON.parse(localStorage.getItem('atrium.presets.1'))";
    let there = json!({"name": "there", "settings": []});
    page.script(&format!(
        "const list = {stored}; list.push({there}); localStorage.setItem('atrium.presets.1', JSON.stringify(list));"
    ));
    keep("again");
    assert_eq!(
        page.text(&format!("{stored}.map(one => one.name).join()")),
        "here,there,again"
    );
    page.script(
        "localStorage.setItem('atrium.presets.1', '[]');
         window.dispatchEvent(new StorageEvent('storage', {key: 'atrium.presets.1'}));",
    );
    page.until("!document.querySelector('[data-preset=here]')");
}

#[test]
fn bars_that_could_not_be_run_do_not_come_up_under_another_run() {
    let there = Server::start(None);
    there.import_coin();
    let link = link_of(
        &there,
        &[
            "--data",
            "COIN",
            "--from",
            "2024-03-27",
            "--to",
            "2024-03-28",
        ],
    );
    let server = Server::start(None);
    server.import_coin_from(1_719_792_000);
    let page = Page::open(&server, 1440, false);
    page.settled();
    // the data set of that name has no bars on these dates
    go(&page, &link);
    page.until("document.getElementById('data-set').value.startsWith('COIN')");
    page.until("document.querySelector('.troubles').innerText.includes('no bars')");
    page.script(
        "const sets = document.getElementById('data-set');
         sets.value = [...sets.options].find(one => one.textContent.includes('SIMA-1min')).value;
         sets.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    page.settled();
    page.until("document.getElementById('chart-summary').innerText.includes('SIMA')");
    page.until("document.getElementById('command').textContent.includes('--data SIMA-1min')");
    let command = page.text("document.getElementById('command').textContent");
    assert!(!command.contains("--from"), "{command}");
    assert_equals_command_line(&page, &server.report(&["--data", "SIMA"]));
    // and the dates are left by the way that the page names
    go(&page, &link);
    page.until("document.getElementById('data-set').value.startsWith('COIN')");
    page.until("document.querySelector('.troubles').innerText.includes('no bars')");
    page.until("document.querySelector('#window button')");
    page.click("#window button");
    page.settled();
    page.until("document.getElementById('command').textContent.includes('--data COIN')");
    let command = page.text("document.getElementById('command').textContent");
    assert!(!command.contains("--from"), "{command}");
    assert_equals_command_line(&page, &server.report(&["--data", "COIN"]));
    assert_eq!(page.console(), Vec::<String>::new());
}

/// Finer bars of the market that is still shown are asked for, then another comes up and its own are: what comes first is the first
/// market's.
#[test]
fn finer_bars_of_one_market_are_not_taken_for_those_of_another() {
    let server = Server::start(None);
    server.import_coin();
    let link = link_of(
        &server,
        &[
            "--data",
            "COIN",
            "--interval",
            "60min",
            "--set",
            "fills.intrabar=refined",
            "--k-sigma-err",
            "0",
            "--k-atr-min-tp",
            "0",
        ],
    );
    let page = Page::open(&server, 1440, false);
    page.settled();
    go(&page, &link_of(&server, &["--data", "SIM"]));
    until_link(&page, "match");
    page.settled();
    page.script(
        "const plain = window.fetch; window.gates = {};
         for (const name of ['coarse', 'first', 'second']) {
           const gate = { asked: 0, come: 0 }; gate.open = new Promise(open => { gate.letGo = open; }); window.gates[name] = gate;
         }
         window.fetch = async (...all) => {
           const address = String(all[0].url ?? all[0]);
           if (!address.includes('/bars')) return plain(...all);
           const isCoin = address.includes('COIN'), isFiner = address.includes('hours=all');
           const name = isFiner ? (isCoin ? 'second' : 'first') : (isCoin ? 'coarse' : null);
           if (!name) return plain(...all);
           const gate = window.gates[name]; gate.asked += 1; await gate.open;
           const answer = await plain(all[0].url ?? all[0]); gate.come += 1; return answer;
         };",
    );
    go(&page, &link);
    page.until("window.gates.coarse.asked === 1");
    // another run is set before the bars come, on those that are still shown
    slide(&page, "leverage", "2");
    page.until("window.gates.first.asked === 1");
    page.script("window.gates.coarse.letGo();");
    page.until("document.querySelector('.runline strong')?.textContent === 'COIN'");
    page.until("window.gates.second.asked === 1");
    page.script("window.gates.first.letGo();");
    page.until("window.gates.first.come === 1");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    page.script("window.gates.second.letGo();");
    page.until("window.gates.second.come === 1");
    page.settled();
    page.until("document.getElementById('command').textContent.includes('--data COIN')");
    let command = page.text("document.getElementById('command').textContent");
    let (_, flags) = command.split_once(" backtest ").unwrap();
    let flags: Vec<&str> = flags.split_whitespace().collect();
    assert!(flags.contains(&"fills.intrabar=refined"), "{command}");
    assert_equals_command_line(&page, &server.report(&flags));
    assert_eq!(page.console(), Vec::<String>::new());
}
