//! The data page as a program of its own: loaded when it is wanted, and its state kept while another page is shown.

use serde_json::json;

use super::data::{inspected, set, use_here};
use super::files::{Files, choose, previewed, week};
use super::support::{Page, Server};

const GO_TO_DATA: &str = "location.hash = '#/data';";
const GO_TO_BACKTEST: &str = "location.hash = '#/backtest';";

fn block(page: &Page, addresses: &[&str]) {
    page.devtools("Network.setBlockedURLs", &json!({"urls": addresses}));
}

#[test]
fn a_page_that_cannot_be_loaded_says_so_and_is_tried_again() {
    let server = Server::start(None);
    let page = Page::open(&server, 900, false);
    page.devtools("Network.enable", &json!({}));
    block(&page, &["*/data_page*"]);
    page.command("refresh", &json!({}));
    // the rest works without it
    page.settled();
    page.script(GO_TO_DATA);
    page.until("document.querySelector('.data[data-coming=failed]')");
    let said = page.text("document.querySelector('main').innerText");
    assert!(said.contains("could not be loaded"), "{said}");
    page.keep_picture("data-failed-light-900");
    // the script comes, its program does not
    block(&page, &["*/data_page_bg.wasm"]);
    let again = "document.querySelector('.notice .button').click();";
    page.script(again);
    page.until("document.querySelector('.data[data-coming=failed]')");
    block(&page, &[]);
    page.script(again);
    page.until("document.querySelector('#sets tbody tr')");
    assert_eq!(page.text("document.querySelectorAll('h1').length"), "1");
    page.script(GO_TO_BACKTEST);
    page.settled();
    page.until("!document.querySelector('#data')");
}

#[test]
fn what_was_begun_goes_on_while_another_page_is_shown() {
    let server = Server::start(None);
    let files = Files::new();
    let page = Page::open(&server, 1440, false);
    page.script(GO_TO_DATA);
    page.until("document.querySelector('#sets tbody tr')");
    choose(&page, &files.write("TEST_1m.csv", week()));
    previewed(&page);
    set(&page, "import-symbol", "OTHER");
    page.script(GO_TO_BACKTEST);
    page.settled();
    page.script(GO_TO_DATA);
    page.until("document.querySelector('#import')?.dataset.stage === 'ready'");
    assert_eq!(
        page.text("document.getElementById('import-symbol').value"),
        "OTHER"
    );
    use_here(&page);
    page.script(GO_TO_BACKTEST);
    page.until("document.querySelector('#data-set option[value=\"browser:OTHER-1min\"]')");
    // bars of this browser are run on, also once its page is gone from the document
    set(&page, "data-set", "browser:OTHER-1min");
    page.until("document.querySelector('.runline')?.innerText.includes('This browser only')");
    page.settled();
    page.script("location.hash = '#/data/browser%3AOTHER-1min';");
    page.until("document.querySelector('#import')?.dataset.stage === 'done'");
    inspected(&page, "browser:OTHER-1min");
    // what is removed there is not offered here
    page.click("#remove");
    page.until("document.getElementById('remove-now')");
    page.click("#remove-now");
    page.until("!document.querySelector('tr[data-set=\"browser:OTHER-1min\"]')");
    page.script(GO_TO_BACKTEST);
    page.settled();
    assert_eq!(
        page.text("document.querySelector('#data-set option[value^=browser]') === null"),
        "true"
    );
    assert_eq!(page.console(), Vec::<String>::new());
}
