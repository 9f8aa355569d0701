//! Files for the data page, and how a person hands them over.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::Page;

/// Signals whose times are ends of bars in New York's time.
pub(crate) const ENDS_IN_NEW_YORK: &str =
    "time,side\n2024-07-02 11:30,short\n2024-07-09 12:30,flat\n2024-07-16 10:30,long\n";

/// How the command line is told so.
pub(crate) const READ_AS_ENDS: [&str; 4] = ["--row-time", "bar_end", "--time-zone", "exchange"];

/// A folder of a test's own files.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// The sessions of [`week`]: date, first minute after midnight, how many.
const SESSIONS: [(&str, i64, i64); 6] = [
    ("6/27/2024", 570, 390),
    ("6/28/2024", 570, 390),
    ("7/1/2024", 570, 390),
    ("7/2/2024", 570, 390),
    ("7/3/2024", 570, 210),
    ("7/5/2024", 570, 390),
];

const TUESDAY: usize = 3;
const FRIDAY: usize = 5;

/// A made-up price in cents: a walk that is the same for everyone.
fn cents(session: i64, minute: i64) -> i64 {
    let at = session * 390 + minute;
    50_000 + (at * 37) % 11 + (at / 30 * 53) % 97
}

/// A row of a session's minute, without its newline.
fn row(session: usize, minute: i64) -> String {
    let (date, open, _) = *SESSIONS.get(session).unwrap();
    let at = open + minute;
    let [first, last] = [0, 1].map(|later| cents(session as i64, minute + later));
    let price = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
    format!(
        "{date} {}:{:02},{},{},{},{},{}",
        at / 60,
        at % 60,
        price(first),
        price(first.max(last) + 2),
        price(first.min(last) - 2),
        price(last),
        100 + minute
    )
}

/// The rows of six sessions with an early close and a holiday among them: on Tuesday 45 minutes are missing from 11:00 on, on Friday five from
/// 12:00 on, of which one is there as a row that makes no sense; one row of the first comes twice.
pub(crate) fn week() -> String {
    let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
    for (session, (_, _, minutes)) in SESSIONS.iter().enumerate() {
        for minute in 0..*minutes {
            let missing = match session {
                TUESDAY => (90..135).contains(&minute),
                FRIDAY => (150..155).contains(&minute),
                _ => false,
            };
            if !missing {
                text += &row(session, minute);
                text.push('\n');
            }
            if (session, minute) == (0, 5) {
                text += &row(session, minute);
                text.push('\n');
            }
            if (session, minute) == (FRIDAY, 152) {
                text += "7/5/2024 12:02,500,499,501,500,7\n";
            }
        }
    }
    text
}

/// Six whole sessions with times that leave no doubt, each price so much higher.
pub(crate) fn plain(higher: i64) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for (session, (date, open, minutes)) in SESSIONS.iter().enumerate() {
        let mut parts = date.split('/').map(|part| part.parse::<i64>().unwrap());
        let (month, day) = (parts.next().unwrap(), parts.next().unwrap());
        for minute in 0..*minutes {
            let [first, last] = [0, 1].map(|later| cents(session as i64, minute + later) + higher);
            let price = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
            // New York is four hours behind in summer
            let at = open + minute + 240;
            text += &format!(
                "2024-{month:02}-{day:02}T{:02}:{:02}:00Z,{},{},{},{},{}\n",
                at / 60,
                at % 60,
                price(first),
                price(first.max(last) + 2),
                price(first.min(last) - 2),
                price(last),
                100 + minute
            );
        }
    }
    text
}

/// Two sessions: Friday again, its first ten minutes with other volumes and without a gap, and then Monday.
pub(crate) fn next_days() -> String {
    let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
    for minute in 0..390 {
        let line = row(FRIDAY, minute);
        let line = match minute {
            0..10 => format!("{line}9"),
            _ => line,
        };
        text += &line;
        text.push('\n');
    }
    for minute in 0..390 {
        text += &row(FRIDAY, minute).replace("7/5/2024", "7/8/2024");
        text.push('\n');
    }
    text
}

/// Chooses a file by the button's dialogue; several are given one a line.
pub(crate) fn choose(page: &Page, path: &Path) {
    choose_into(page, "#file", path);
}

/// Chooses a file by the dialogue of a control.
pub(crate) fn choose_into(page: &Page, control: &str, path: &Path) {
    page.until(&format!("document.querySelector('{control}')"));
    let found = page.command(
        "element",
        &json!({"using": "css selector", "value": control}),
    );
    let id = found
        .as_object()
        .and_then(|object| object.values().next())
        .and_then(Value::as_str)
        .unwrap()
        .to_owned();
    page.command(&format!("element/{id}/value"), &json!({"text": path}));
}

/// Drags a file over the page and lets it go there, as a hand does.
pub(crate) fn drag_in(page: &Page, path: &Path) {
    let event = |kind: &str| {
        let data = json!({"items": [], "files": [path], "dragOperationsMask": 1});
        page.devtools(
            "Input.dispatchDragEvent",
            &json!({"type": kind, "x": 300, "y": 300, "data": data}),
        );
    };
    event("dragEnter");
    event("dragOver");
    page.until("document.querySelector('.drop-hint')");
    event("drop");
}

/// Lets a file go over the backtest page, as a hand does.
pub(crate) fn drop_on_backtest(page: &Page, name: &str, text: &str) {
    drop_on(page, "backtest", name, text);
}

/// Drops a file on the page whose element has this id.
pub(crate) fn drop_on(page: &Page, id: &str, name: &str, text: &str) {
    drop_all_on(page, id, &[(name, text)]);
}

/// Holds something over an element, a file or words; whether the page keeps the browser from opening it in its place.
pub(crate) fn holds_back(page: &Page, element: &str, is_file: bool) -> bool {
    let held = page.text(&format!(
        "(() => {{ const transfer = new DataTransfer();
           if ({is_file}) transfer.items.add(new File(['time'], 'some.csv')); else transfer.setData('text/plain', 'words');
           const over = new DragEvent('dragover', {{bubbles: true, cancelable: true, dataTransfer: transfer}});
           {element}.dispatchEvent(over); return over.defaultPrevented; }})()"
    ));
    held == "true"
}

/// Drops several files at once, each a name and a text.
pub(crate) fn drop_all_on(page: &Page, id: &str, files: &[(&str, &str)]) {
    let files = json!(files);
    page.script(&format!(
        "const transfer = new DataTransfer();
         for (const [name, text] of {files}) transfer.items.add(new File([text], name));
         document.getElementById('{id}').dispatchEvent(new DragEvent('drop', {{bubbles: true, cancelable: true, dataTransfer: transfer}}));"
    ));
}

/// Waits until the preview is there and nothing is looked into any more.
pub(crate) fn previewed(page: &Page) {
    page.until(
        "document.querySelector('#import')?.dataset.stage === 'ready'
         && document.querySelector('#import').dataset.checking === undefined",
    );
}

/// A value of the preview or the outcome.
pub(crate) fn told(page: &Page, selector: &str) -> String {
    page.text(&format!(
        "document.querySelector('{selector} dd')?.textContent ?? ''"
    ))
}
