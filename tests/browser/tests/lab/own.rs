//! Bars and signals of one's own on the backtest page: read in the browser alone, and what links say where such a file is missing.

use super::barriers::assert_no_barriers;
use super::data::use_here;
use super::files::{
    Files, choose_into, drop_on, drop_on_backtest, holds_back, plain, previewed, week,
};
use super::share::{link_of, link_words, shared, until_link, visit};
use super::support::{Page, Server};
use super::{assert_equals_command_line, digest, metric, slide};

/// Waits until bars of a file are used.
fn until_taken(page: &Page, symbol: &str) {
    page.until("document.querySelector('[data-intake=taken]')");
    page.until(&format!(
        "document.querySelector('.runline strong')?.textContent === '{symbol}'"
    ));
    page.settled();
}

/// The run of the command line on the bars of a file, at parameters at which something is traded.
fn by_command_line(file: &std::path::Path, symbol: &str) -> serde_json::Value {
    let server = Server::start(Some((file, symbol)));
    server.report(&[&["--data", symbol][..], &LOOSE].concat())
}

const LOOSE: [&str; 6] = [
    "--interval",
    "15min",
    "--k-sigma-err",
    "0",
    "--k-atr-min-tp",
    "0.1",
];

/// The same on the page.
fn loosen(page: &Page) {
    page.click("#interval input[value=\"15min\"]");
    page.until("document.getElementById('command').textContent.includes('interval=15min')");
    slide(page, "k_sigma_err", "0");
    slide(page, "k_atr_min_tp", "0.1");
    page.until("document.getElementById('command').textContent.includes('k_atr_min_tp=0.1')");
    page.settled();
}

/// Lets the same file go over the page as gzip packs it.
fn drop_packed(page: &Page, name: &str, text: &str) {
    let text = serde_json::to_string(text).unwrap();
    page.script(&format!(
        "window.packed = null;
         new Response(new Blob([{text}]).stream().pipeThrough(new CompressionStream('gzip'))).blob().then(blob => {{ window.packed = blob; }});"
    ));
    page.until("window.packed !== null");
    page.script(&format!(
        "const transfer = new DataTransfer(); transfer.items.add(new File([window.packed], '{name}'));
         document.getElementById('backtest').dispatchEvent(new DragEvent('drop', {{bubbles: true, cancelable: true, dataTransfer: transfer}}));"
    ));
}

/// Nothing was sent but questions.
fn assert_nothing_left(page: &Page) {
    for (method, address, body) in page.asked() {
        assert!(method == "GET" && !body, "{method} {address}");
    }
}

#[test]
fn bars_dropped_on_the_backtest_page_run_at_once_and_never_leave_it() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.asked();
    // dropped before what reads files is here: it is fetched for it
    drop_on_backtest(&page, "TEST_1m.csv", &plain(0));
    until_taken(&page, "TEST");
    assert_eq!(page.text("location.hash"), "");
    let said = page.text("document.querySelector('[data-intake]').innerText");
    assert!(
        said.contains("2,160 bars, 2024-06-27 – 2024-07-05")
            && said.contains("nothing of it leaves"),
        "{said}"
    );
    page.keep_picture("own-bars-light-1440");
    assert_no_barriers(&page, "bars of one's own");
    loosen(&page);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", plain(0));
    assert!(metric(&page, "trades").unwrap() > 0.0);
    assert_equals_command_line(&page, &by_command_line(&file, "TEST"));
    assert_nothing_left(&page);
    // the data page tells how it was read
    page.click("[data-intake] a.button");
    page.until("document.querySelector('#import')?.dataset.stage === 'done'");
    page.until("document.querySelector('.outcome').dataset.key === 'browser:TEST-1min'");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_file_may_be_dropped_on_the_header_of_every_page() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    page.script("document.querySelector('header').id = 'top';");
    let header = "document.getElementById('top')";
    // nor does a file take the place of a page that takes none
    page.script("location.hash = '#/nowhere';");
    page.until("!document.getElementById('backtest')");
    assert!(holds_back(&page, header, true));
    // a page that was left takes none any more, so each file is taken once
    for (name, id) in [("ONE", "backtest"), ("TWO", "sweep"), ("FOUR", "backtest")] {
        page.script(&format!("location.hash = '#/{id}';"));
        page.until(&format!("document.getElementById('{id}')"));
        assert!(!holds_back(&page, header, false), "{id}: words are no file");
        assert!(holds_back(&page, header, true), "{id}");
        page.until("document.querySelector('.drop-hint')");
        page.script(&format!(
            "{header}.dispatchEvent(new DragEvent('dragleave', {{bubbles: true, relatedTarget: document.body}}));"
        ));
        page.text("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        page.until("document.querySelectorAll('.drop-hint').length === 1");
        page.keep_picture(&format!("held-over-{id}-light-1440"));
        page.script(&format!(
            "{header}.dispatchEvent(new DragEvent('dragleave', {{bubbles: true}}));"
        ));
        page.until("!document.querySelector('.drop-hint')");
        drop_on(&page, "top", &format!("{name}_1m.csv"), &plain(0));
        page.until(&format!(
            "document.querySelector('[data-intake=taken]')?.innerText.includes('{name}')"
        ));
        page.script("location.hash = '#/data';");
        page.until("document.getElementById('data')?.dataset.state");
    }
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn a_file_that_leaves_doubt_is_looked_at_before_it_is_used() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", week());
    let page = Page::open(&server, 390, true);
    page.settled();
    choose_into(&page, "#own-file", &file);
    // the data page shows what is odd, and has the place chosen
    previewed(&page);
    page.until("document.getElementById('import-asked')?.innerText.includes('assumed or odd')");
    assert_eq!(page.text("location.hash"), "#/data");
    assert_eq!(
        page.text("document.getElementById('import-here').checked"),
        "true"
    );
    page.until("document.activeElement?.closest('#import, #main')");
    page.keep_picture("own-bars-question-dark-390");
    page.click("#import-store");
    until_taken(&page, "TEST");
    assert_eq!(page.text("location.hash"), "#/backtest");
    page.until("document.activeElement?.id === 'main'");
    let said = page.text("document.querySelector('[data-intake]').innerText");
    assert!(
        said.contains("2,115 bars")
            && said.contains("5 fill gaps")
            && said.contains("1 row not used"),
        "{said}"
    );
    let overflow = "document.documentElement.scrollWidth - window.innerWidth";
    assert_eq!(page.text(overflow), "0");
    // a second one of the same name is asked about, where it can be seen; given up, nothing has changed
    let before = digest(&page, "run");
    drop_on_backtest(&page, "TEST_1m.csv", &plain(7));
    previewed(&page);
    page.until(
        "document.getElementById('import-asked')?.innerText.includes('There is a TEST-1min in this browser already')",
    );
    page.keep_picture("own-bars-again-dark-390");
    page.until("(box => box.top >= 0 && box.bottom <= innerHeight)(document.getElementById('import-replace-go').getBoundingClientRect())");
    page.click("#import-close");
    page.script("location.hash = '#/backtest';");
    page.settled();
    page.until("!document.querySelector('[data-intake]')");
    assert_eq!(digest(&page, "run"), before);
    // or it takes the place of the first
    drop_on_backtest(&page, "TEST_1m.csv", &plain(7));
    page.until("document.getElementById('import-replace-go')");
    page.click("#import-replace-go");
    page.until("location.hash === '#/backtest'");
    until_taken(&page, "TEST");
    page.settled();
    assert_ne!(digest(&page, "run"), before);
    // what is no table of bars says so there
    drop_on_backtest(&page, "notes.txt", "hello,world\n1,2\n");
    page.until("document.querySelector('#import')?.dataset.stage === 'refused'");
    page.until("document.getElementById('import-trouble')");
    page.script("location.hash = '#/backtest';");
    page.until("document.querySelector('[data-intake=question]')");
    page.click("#own-bars-end");
    page.until("!document.querySelector('[data-intake]')");
    page.settled();
}

#[test]
fn bars_of_ones_own_are_used_while_the_server_is_away() {
    let mut server = Server::start(None);
    let page = Page::open(&server, 1440, true);
    page.on_each_load(
        "const Before = Worker;
         window.Worker = class extends Before { constructor(...all) {
           super(...all);
           if (String(all[0]).includes('data_worker')) this.addEventListener('message', () => { window.reads = true; }, {once: true}); } };",
    );
    page.command("refresh", &serde_json::json!({}));
    page.settled();
    // what reads files has come whole: it says so
    page.until("window.reads");
    server.stop();
    page.until("document.querySelector('[data-server=away]')");
    drop_packed(&page, "TEST_1m.csv.gz", &plain(0));
    until_taken(&page, "TEST");
    loosen(&page);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", plain(0));
    assert_equals_command_line(&page, &by_command_line(&file, "TEST"));
    page.keep_picture("own-bars-away-dark-1440");
}

#[test]
fn finer_bars_decide_inside_bars_of_the_store_and_of_a_file() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    let refine = |page: &Page| {
        page.script(
            "document.querySelectorAll('.group-head[aria-expanded=false]').forEach(head => head.click());",
        );
        page.until("document.getElementById('fills.intrabar')");
        page.script(
            "const choice = document.getElementById('fills.intrabar'); choice.value = '3';
             choice.dispatchEvent(new Event('change', {bubbles: true}));",
        );
        page.until("document.getElementById('command').textContent.includes('intrabar=refined')");
    };
    slide(&page, "k_atr_min_tp", "0.3");
    refine(&page);
    page.settled();
    let flags = ["--set", "fills.intrabar=refined"];
    let wanted = [&["--data", "SIM", "--k-atr-min-tp", "0.3"][..], &flags].concat();
    let report = server.report(&wanted);
    assert!(
        report
            .pointer("/digests/finer")
            .is_some_and(serde_json::Value::is_string),
        "{report}"
    );
    assert_equals_command_line(&page, &report);
    // what is told of the run is told of the same one
    page.until("document.querySelector('#backtest').dataset.study === 'done'");
    page.script("window.copied = null; navigator.clipboard.writeText = async text => { window.copied = text; }; document.getElementById('copy-json').click();");
    page.until("window.copied !== null");
    let told: serde_json::Value = serde_json::from_str(&page.text("window.copied")).unwrap();
    assert_eq!(told.get("digests"), report.get("digests"));
    // bars that are as fine as what is stored have none inside
    page.click("#interval input[value=\"1min\"]");
    page.until("document.querySelector('.banner[data-kind=error]')?.textContent.includes('none that are shorter')");
    page.click("#interval input[value=\"60min\"]");
    page.settled();
    assert_equals_command_line(&page, &report);
    // the link is opened elsewhere
    let link = link_of(&server, &wanted);
    let there = Page::open(&server, 1440, false);
    visit(&there, &format!("{}#/backtest?c={link}", server.address));
    until_link(&there, "match");
    // and a file of one's own has finer bars, too
    drop_on_backtest(&page, "TEST_1m.csv", &plain(0));
    page.until("document.querySelector('[data-intake=taken]')");
    page.settled();
    loosen(&page);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", plain(0));
    let own = Server::start(Some((&file, "TEST")));
    let report = own.report(&[&["--data", "TEST"][..], &LOOSE, &flags].concat());
    assert_equals_command_line(&page, &report);
}

#[test]
fn a_link_to_bars_of_a_file_is_proved_once_the_file_is_dropped() {
    let server = Server::start(None);
    let here = Page::open(&server, 1440, false);
    here.settled();
    drop_on_backtest(&here, "TEST_1m.csv", &plain(0));
    until_taken(&here, "TEST");
    loosen(&here);
    let link = shared(&here);
    let said = here.text("document.getElementById('share-dialog').innerText");
    assert!(said.contains("in this browser only"), "{said}");

    let there = Page::open(&server, 900, true);
    visit(&there, &link);
    until_link(&there, "missing");
    there.settled();
    let words = link_words(&there);
    let content =
        there.text("document.getElementById('link').innerText.match(/content ([0-9a-f]{16})/)[1]");
    assert!(
        words.contains("TEST-1min") && words.contains("Drop the file") && content.len() == 16,
        "{words}"
    );
    there.keep_picture("link-missing-file-dark-900");
    // another instrument is no help, and the link waits on
    drop_on_backtest(&there, "OTHER_1m.csv", &plain(500));
    until_taken(&there, "OTHER");
    until_link(&there, "missing");
    // bars of that name with other prices are another run, and it is said what differs
    drop_on_backtest(&there, "TEST_1m.csv", &plain(500));
    until_link(&there, "differs");
    there.settled();
    let words = link_words(&there);
    assert!(words.contains("the bars"), "{words}");
    // a fresh profile with the right file
    let there = Page::open(&server, 1440, false);
    visit(&there, &link);
    until_link(&there, "missing");
    drop_on_backtest(&there, "TEST_1m.csv", &plain(0));
    until_link(&there, "match");
    there.settled();
    assert_eq!(digest(&there, "run"), digest(&here, "run"));
    there.keep_picture("link-file-match-light-1440");
    assert_no_barriers(&there, "a link to bars of a file");
}

#[test]
fn a_link_to_signals_of_a_file_waits_for_it_and_tells_another_one() {
    let server = Server::start(None);
    let files = Files::new();
    let signals = |side: &str| {
        let mut text = "time,side\n".to_owned();
        for (day, side) in ["02", "09", "16", "23"]
            .into_iter()
            .zip([side, "flat"].into_iter().cycle())
        {
            text += &format!("2024-07-{day}T14:30:00Z,{side}\n");
        }
        text
    };
    let (right, other) = (signals("long"), signals("short"));
    let file = files.write("mine.csv", &right);
    let file = file.to_str().unwrap();
    let flags = ["--data", "SIM", "--signals", file];
    let link = link_of(&server, &flags);
    let page = Page::open(&server, 1440, false);
    visit(&page, &format!("{}#/backtest?c={link}", server.address));
    until_link(&page, "needs-file");
    page.settled();
    let words = link_words(&page);
    assert!(
        words.contains("drop it here") && words.contains("--signals FILE"),
        "{words}"
    );
    page.keep_picture("link-needs-file-light-1440");
    assert_no_barriers(&page, "a link whose file is missing");
    drop_on_backtest(&page, "theirs.csv", &other);
    until_link(&page, "differs");
    let words = link_words(&page);
    assert!(
        words.contains("Signals: they are from another file"),
        "{words}"
    );
    drop_on_backtest(&page, "mine.csv", &right);
    until_link(&page, "match");
    page.settled();
    assert_equals_command_line(&page, &server.report(&flags));
    // read in another way it is another run; and back
    page.script(
        "const times = document.getElementById('signals-times'); times.value = 'end';
         times.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    until_link(&page, "differs");
    page.script(
        "const times = document.getElementById('signals-times'); times.value = 'start';
         times.dispatchEvent(new Event('change', {bubbles: true}));",
    );
    until_link(&page, "match");
    assert_eq!(page.console(), Vec::<String>::new());
    // predictions of a file are for the command line, which is said
    let file = files.write(
        "predictions.csv",
        "time,log_return,out_of_sample\n2024-07-02T14:30:00Z,0.01,true\n",
    );
    let file = file.to_str().unwrap();
    let link = link_of(&server, &["--data", "SIM", "--predictions", file]);
    page.script(&format!("location.hash = '#/backtest?c={link}';"));
    page.until("document.querySelector('#link[data-link=needs-file]')?.innerText.includes('--predictions FILE')");
}

#[test]
fn a_file_is_used_from_the_data_page_as_before() {
    let server = Server::start(None);
    let files = Files::new();
    let file = files.write("TEST_1m.csv", plain(0));
    let page = super::data::open(&server, 1440, false);
    super::files::choose(&page, &file);
    previewed(&page);
    // where nobody waits for it nothing goes on by itself
    use_here(&page);
    assert_eq!(page.text("location.hash"), "#/data");
}
