//! Going to anything by its name: pages, data sets, parameters, actions.

use atrium_shared::research::parameters;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::dialog::Dialog;
use crate::keys::next_in_list;
use crate::pages::Page;
use crate::state::{Asked, Lab};

/// How many are offered at once.
const OFFERED: usize = 12;
/// How long the page takes to show what was looked for, in milliseconds.
const SHOWN_MS: u32 = 80;

/// Something to go to.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    kind: &'static str,
    label: String,
    goal: Goal,
}

#[derive(Debug, Clone, PartialEq)]
enum Goal {
    Page(&'static str),
    DataSet(String),
    Parameter(&'static str),
    Ask(Asked),
    Undo,
    Redo,
    Reset,
}

fn items(data_sets: Vec<String>) -> Vec<Item> {
    let item = |kind, label: &str, goal| Item {
        kind,
        label: label.to_owned(),
        goal,
    };
    let mut items = vec![
        item("Page", "Backtest", Goal::Page(Page::BACKTEST)),
        item("Page", "Sweep", Goal::Page(Page::SWEEP)),
        item("Page", "Data", Goal::Page(Page::DATA)),
        item("Action", "Share this run", Goal::Ask(Asked::Share)),
        item("Action", "Saved runs", Goal::Ask(Asked::Runs)),
        item("Action", "Presets", Goal::Ask(Asked::Presets)),
        item("Action", "Undo", Goal::Undo),
        item("Action", "Redo", Goal::Redo),
        item("Action", "Reset every parameter", Goal::Reset),
        item("Action", "Keys", Goal::Ask(Asked::Help)),
    ];
    let data_set = |key: String| item("Data set", &key.clone(), Goal::DataSet(key));
    items.extend(data_sets.into_iter().map(data_set));
    let parameter =
        |one: &parameters::Parameter| item("Parameter", one.label, Goal::Parameter(one.key));
    items.extend(parameters::all().map(parameter));
    items
}

/// What every word of the query is in; what begins with the query comes first.
fn fitting(items: &[Item], query: &str) -> Vec<Item> {
    let query = query.trim().to_ascii_lowercase();
    let fits = |item: &&Item| {
        let key = match item.goal {
            Goal::Parameter(key) => key,
            _ => "",
        };
        let text = format!("{} {} {key}", item.label, item.kind).to_ascii_lowercase();
        query.split_whitespace().all(|word| text.contains(word))
    };
    let begins = |item: &&Item| item.label.to_ascii_lowercase().starts_with(&query);
    let (mut first, others): (Vec<&Item>, Vec<&Item>) = items.iter().filter(fits).partition(begins);
    first.extend(others);
    first.into_iter().take(OFFERED).cloned().collect()
}

fn go(lab: Lab, goal: Goal) {
    lab.asked.set(None);
    match goal {
        Goal::Page(address) => open(address),
        Goal::DataSet(key) => {
            open_backtest();
            lab.choose_data_set(key);
        }
        Goal::Parameter(key) => {
            // where it has an effect its section opens; else the search says that it has none
            let applies = parameters::named(key).is_some_and(|parameter| {
                lab.draft.with_untracked(|config| parameter.applies(config))
            });
            match applies {
                true => {
                    lab.query.set(String::new());
                    lab.sought.set(Some(key));
                }
                false => lab.query.set(key.to_owned()),
            }
            open_backtest();
            Timeout::new(SHOWN_MS, move || focus(key)).forget();
        }
        Goal::Ask(Asked::Help) => lab.asked.set(Some(Asked::Help)),
        // what they speak of is shown on that page
        Goal::Ask(asked) if open_backtest() => {
            Timeout::new(SHOWN_MS, move || lab.asked.set(Some(asked))).forget();
        }
        Goal::Ask(asked) => lab.asked.set(Some(asked)),
        Goal::Undo => lab.undo(),
        Goal::Redo => lab.redo(),
        Goal::Reset => lab.reset(),
    }
}

/// Goes to the backtest page, unless it is shown; says whether it was not.
fn open_backtest() -> bool {
    let elsewhere = document().get_element_by_id("backtest").is_none();
    if elsewhere {
        open(Page::BACKTEST);
    }
    elsewhere
}

fn open(address: &str) {
    // it fails for an address that is none only
    drop(window().location().set_hash(address));
}

/// Moves the focus to the control of a parameter, or to the search where it has no effect now.
fn focus(key: &str) {
    let named = |id: &str| document().get_element_by_id(id);
    let control = named(key)
        .or_else(|| named(&format!("{key}-on")))
        .or_else(|| named("parameter-search"));
    if let Some(control) = control.and_then(|control| control.dyn_into::<HtmlElement>().ok()) {
        drop(control.focus());
    }
}

#[component]
pub(crate) fn Palette() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let keys = lab.entries.with_untracked(|entries| {
        let keys = entries.iter().map(|entry| entry.key.clone());
        keys.collect()
    });
    let items = StoredValue::new(items(keys));
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0usize);
    let found =
        Memo::new(move |_| query.with(|query| items.with_value(|items| fitting(items, query))));
    let field = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // the dialog took it when it opened
            Timeout::new(0, move || drop(field.focus())).forget();
        }
    });
    let press = move |event: KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            key @ ("ArrowDown" | "ArrowUp") => at.update(|at| *at = next_in_list(key, *at, last)),
            "Enter" => {
                if let Some(item) =
                    found.with_untracked(|found| found.get(at.get_untracked()).cloned())
                {
                    go(lab, item.goal);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let option = |(index, item): (usize, Item)| {
            let goal = item.goal;
            view! {
                <li
                    role="option"
                    id=format!("goal-{index}")
                    aria-selected=move || (at.get() == index).to_string()
                    on:click=move |_| go(lab, goal.clone())
                >
                    <span>{item.label}</span>
                    <span class="quiet">{item.kind}</span>
                </li>
            }
        };
        found
            .get()
            .into_iter()
            .enumerate()
            .map(option)
            .collect_view()
    };
    view! {
        <Dialog id="palette" title="Go to">
            <input
                class="search"
                type="text"
                id="palette-query"
                node_ref=field
                role="combobox"
                aria-label="Go to a page, a data set, a parameter or an action"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=move || format!("goal-{}", at.get())
                autocomplete="off"
                spellcheck="false"
                prop:value=move || query.get()
                on:input=move |event| {
                    at.set(0);
                    query.set(event_target_value(&event));
                }
                on:keydown=press
            />
            <ul class="goals" id="palette-list" role="listbox" aria-label="What fits">{options}</ul>
            <p class="quiet" role="status">{move || found.with(Vec::is_empty).then_some("Nothing is called so.")}</p>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_is_found_by_its_name() {
        let items = items(vec!["SPY-1min".to_owned(), "browser:MINE".to_owned()]);
        let first = |query: &str| fitting(&items, query).first().map(|item| item.goal.clone());
        assert_eq!(first("data"), Some(Goal::Page(Page::DATA)));
        assert_eq!(first("spy"), Some(Goal::DataSet("SPY-1min".to_owned())));
        assert_eq!(first("lever"), Some(Goal::Parameter("sizing.leverage")));
        assert_eq!(
            first("k_sigma_err"),
            Some(Goal::Parameter("strategy.predicted_move.k_sigma_err"))
        );
        assert_eq!(first("share this"), Some(Goal::Ask(Asked::Share)));
        assert_eq!(first("no such thing"), None);
        assert_eq!(fitting(&items, "").len(), OFFERED);
    }
}
