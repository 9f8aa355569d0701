//! What keeps people out: barriers that axe-core finds, and what keys do not reach.

use std::io::Write;

use serde_json::{Value, json};

use super::support::Page;

/// The rules that a page has to keep.
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// Has axe-core look at the page in light and in dark; says so where it is not there.
#[track_caller]
pub(crate) fn assert_no_barriers(page: &Page, state: &str) {
    let Some(axe) = std::env::var_os("ATRIUM_AXE") else {
        // standard output itself: the test harness would keep a `println!` to itself
        let note = format!("SKIPPED axe-core on {state}: npm could not install it\n");
        std::io::stdout().write_all(note.as_bytes()).unwrap();
        return;
    };
    let source = std::fs::read_to_string(axe).unwrap();
    page.script(&format!("if (!window.axe) {{ {source} }}"));
    let before = page.text("document.documentElement.dataset.theme");
    for look in ["light", "dark"] {
        page.script(&format!(
            "document.documentElement.dataset.theme = '{look}';"
        ));
        let found = page.command(
            "execute/async",
            &json!({"args": [RULES], "script":
                "const [tags, done] = arguments;
                 axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(
                   result => done(result.violations.flatMap(rule => rule.nodes.map(
                     node => `${rule.id}: ${node.target} ${node.html.slice(0, 160)} ${node.failureSummary}`))),
                   error => done([String(error)]));"}),
        );
        assert_eq!(found, json!([]), "{state}, {look}: {found:#}");
    }
    page.script(&format!(
        "document.documentElement.dataset.theme = '{before}';"
    ));
}

/// What Tab comes by, from the top of the page to its end, by id, address or words.
pub(crate) fn tab_stops(page: &Page) -> Vec<String> {
    page.script("window.reached = new Set(); document.querySelector('.skip').focus();");
    let mut stops = Vec::new();
    for _ in 0..300 {
        page.press("\u{e004}");
        let stop = page.script(
            "const at = document.activeElement;
             if (!at || at === document.body || window.reached.has(at)) return null;
             window.reached.add(at);
             const box = at.getBoundingClientRect();
             // the outline of a slider is that of its knob
             const seen = at.type === 'range' || getComputedStyle(at).outlineStyle !== 'none'
               || (at.nextElementSibling && getComputedStyle(at.nextElementSibling).outlineStyle !== 'none');
             return [at.id || at.getAttribute('href') || at.getAttribute('aria-label') || at.textContent.trim(), !!seen, box.width > 0];",
        );
        let Some(name) = stop.get(0).and_then(Value::as_str) else {
            break;
        };
        assert_eq!(
            stop.get(1),
            Some(&Value::Bool(true)),
            "{name} has the focus, which is not seen"
        );
        assert_eq!(
            stop.get(2),
            Some(&Value::Bool(true)),
            "{name} has the focus and is not there"
        );
        stops.push(name.to_owned());
    }
    stops
}
