//! Keys of the whole page.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use crate::state::Lab;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Undo,
    Redo,
}

/// What a key with Ctrl, or with the command key, does.
fn act(key: &str, shift: bool) -> Option<Act> {
    match (key.to_lowercase().as_str(), shift) {
        ("z", false) => Some(Act::Undo),
        ("z", true) | ("y", false) => Some(Act::Redo),
        _ => None,
    }
}

/// Listens for as long as the page is shown.
pub(super) fn listen(lab: Lab) {
    let hear = move |event: &Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let with = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
        let Some(act) = act(&event.key(), event.shift_key()).filter(|_| with) else {
            return;
        };
        if lab.asked.get_untracked().is_some() || is_text(event.target()) {
            return;
        }
        event.prevent_default();
        match act {
            Act::Undo => lab.undo(),
            Act::Redo => lab.redo(),
        }
    };
    let options = EventListenerOptions::enable_prevent_default();
    let listener = EventListener::new_with_options(&window(), "keydown", options, hear);
    let listener = StoredValue::new_local(Some(listener));
    on_cleanup(move || drop(listener.try_update_value(Option::take)));
}

/// Whether an element takes text: there, keys are its own.
fn is_text(target: Option<web_sys::EventTarget>) -> bool {
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
    fn keys_go_back_and_forth() {
        assert_eq!(act("z", false), Some(Act::Undo));
        assert_eq!(act("Z", true), Some(Act::Redo));
        assert_eq!(act("y", false), Some(Act::Redo));
        assert_eq!(act("Y", true), None);
        assert_eq!(act("x", false), None);
    }
}
