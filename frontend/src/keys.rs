//! Keys that work wherever the focus is, but for fields that take text.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventTarget, KeyboardEvent};

use crate::pages::Page;
use crate::state::{Asked, Lab};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Undo,
    Redo,
    Ask(Asked),
}

/// What a key does, with Ctrl or the command key and without.
fn act(key: &str, ctrl: bool, shift: bool) -> Option<Act> {
    match (key.to_ascii_lowercase().as_str(), ctrl, shift) {
        ("z", true, false) => Some(Act::Undo),
        ("z", true, true) | ("y", true, false) => Some(Act::Redo),
        ("k", true, false) => Some(Act::Ask(Asked::Palette)),
        ("?", false, _) => Some(Act::Ask(Asked::Help)),
        _ => None,
    }
}

/// Listens for as long as the document lives.
pub(crate) fn listen(lab: Lab, page: RwSignal<Page>) {
    let hear = move |event: &Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let ctrl = event.ctrl_key() || event.meta_key();
        let Some(act) = act(&event.key(), ctrl, event.shift_key()) else {
            return;
        };
        // an open dialog has the keys, and so has a field that is written into, but for the palette's
        let everywhere = act == Act::Ask(Asked::Palette);
        let taken = lab.asked.get_untracked().is_some()
            || event.alt_key()
            || (is_text(event.target()) && !everywhere);
        let on_backtest = page.get_untracked() == Page::Backtest;
        match act {
            _ if taken => return,
            Act::Undo if on_backtest => lab.undo(),
            Act::Redo if on_backtest => lab.redo(),
            Act::Undo | Act::Redo => return,
            Act::Ask(asked) => lab.asked.set(Some(asked)),
        }
        event.prevent_default();
    };
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&window(), "keydown", options, hear).forget();
}

/// The place in a list that an arrow key leads to; beyond an end is the other one.
pub(crate) fn next_in_list(key: &str, at: usize, last: usize) -> usize {
    match key {
        "ArrowDown" if at >= last => 0,
        "ArrowDown" => at + 1,
        "ArrowUp" => at.checked_sub(1).unwrap_or(last),
        _ => at,
    }
}

/// Whether an element takes text: there, keys are its own.
fn is_text(target: Option<EventTarget>) -> bool {
    let Some(element) = target.and_then(|target| target.dyn_into::<Element>().ok()) else {
        return false;
    };
    let kind = element.get_attribute("type").unwrap_or_default();
    match element.tag_name().as_str() {
        "TEXTAREA" => true,
        "INPUT" => !["range", "checkbox", "radio"].contains(&kind.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_the_help_says() {
        assert_eq!(act("z", true, false), Some(Act::Undo));
        assert_eq!(act("Z", true, true), Some(Act::Redo));
        assert_eq!(act("y", true, false), Some(Act::Redo));
        assert_eq!(act("k", true, false), Some(Act::Ask(Asked::Palette)));
        assert_eq!(act("?", false, true), Some(Act::Ask(Asked::Help)));
        assert_eq!(act("z", false, false), None);
        assert_eq!(act("k", false, false), None);
    }

    #[test]
    fn arrows_go_around_a_list() {
        let places = [
            ("ArrowDown", 0),
            ("ArrowDown", 2),
            ("ArrowUp", 0),
            ("ArrowUp", 2),
        ];
        let next = places.map(|(key, at)| next_in_list(key, at, 2));
        assert_eq!(next, [1, 0, 2, 1]);
        assert_eq!(next_in_list("ArrowDown", 0, 0), 0);
    }
}
