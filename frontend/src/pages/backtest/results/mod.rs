//! What is told of the run that stands: one tab a sheet.

pub(super) mod sheet;
mod trade_list;
pub(super) mod trades;

use std::sync::Arc;

use atrium_shared::surface::sheets::Sheet;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use self::sheet::SheetView;
use crate::state::Lab;
use crate::state::study::{BAND, COMPARE, warnings_in};

/// The tabs: keys of sheets, and their names.
const TABS: [(&str, &str); 7] = [
    ("metrics", "Metrics"),
    ("returns", "Returns"),
    ("excursions", "MAE and MFE"),
    ("drawdowns", "Drawdowns"),
    ("warnings", "Warnings"),
    (BAND, "Fill conventions"),
    (COMPARE, "Comparison"),
];

#[component]
pub(super) fn Results() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let study = lab.study;
    let find = move |key: &str| -> Option<Arc<Sheet>> {
        study.sheets.with(|sheets| {
            let mut sheets = sheets.as_ref()?.iter();
            sheets.find(|sheet| sheet.key == key).cloned().map(Arc::new)
        })
    };
    let shown = Signal::derive(move || match study.tab.get().as_str() {
        BAND => study.band.get(),
        COMPARE => study.comparison.get(),
        key => find(key),
    });
    let many = move |key: &str| match key {
        "warnings" => find(key).map_or(0, |sheet| warnings_in(&sheet)),
        COMPARE => lab.pins.with(Vec::len),
        _ => 0,
    };
    let tab = move |(key, name): (&'static str, &'static str)| {
        let chosen = move || study.tab.with(|tab| tab == key);
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=format!("tab-{key}")
                aria-controls="sheet"
                aria-selected=move || chosen().to_string()
                tabindex=move || if chosen() { "0" } else { "-1" }
                on:click=move |_| lab.look_at_sheet(key)
            >
                {name}
                {move || (many(key) > 0).then(|| view! { " " <span class="count">{many(key)}</span> })}
            </button>
        }
    };
    let waiting = move || match () {
        () if shown.with(Option::is_some) => None,
        () if study.trouble.with(Option::is_some) => None,
        () if lab.run.with(Option::is_none) => Some("Nothing was run yet."),
        () => Some("Working it out"),
    };
    view! {
        <section
            class="results"
            aria-label="Results"
            data-working=move || study.working.get().then_some("")
        >
            <div class="tabs" role="tablist" aria-label="Results" on:keydown=move |event| on_key(lab, &event)>
                {TABS.map(tab).into_iter().collect_view()}
            </div>
            <div
                class="sheet"
                id="sheet"
                role="tabpanel"
                tabindex="0"
                aria-labelledby=move || format!("tab-{}", study.tab.get())
                data-sheet=move || study.tab.get()
            >
                {move || study.trouble.get().map(|what| view! { <p class="sheet-trouble" role="alert">{what}</p> })}
                <Show when=move || study.tab.with(|tab| tab == COMPARE)>
                    <Pins lab />
                </Show>
                {move || waiting().map(|words| view! { <p class="quiet waiting">{words}</p> })}
                <SheetView sheet=shown />
            </div>
        </section>
    }
}

/// Arrow keys go from tab to tab.
fn on_key(lab: Lab, event: &KeyboardEvent) {
    let now = lab.study.tab.get_untracked();
    let at = TABS.iter().position(|(key, _)| *key == now).unwrap_or(0);
    let last = TABS.len() - 1;
    let next = match event.key().as_str() {
        "ArrowRight" => (at + 1) % TABS.len(),
        "ArrowLeft" => at.checked_sub(1).unwrap_or(last),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    if let Some((key, _)) = TABS.get(next) {
        lab.look_at_sheet(key);
        focus(&format!("tab-{key}"));
    }
}

fn focus(id: &str) {
    let found = gloo::utils::document().get_element_by_id(id);
    if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        drop(element.focus());
    }
}

/// The pinned runs, each with a way to let it go.
#[component]
fn Pins(lab: Lab) -> impl IntoView {
    let pins = move || {
        lab.pins.with(|pins| {
            let pin = |pin: &crate::state::pins::Pin| {
                let (number, name) = (pin.number, pin.name());
                let since = lab.pin_since(pin).map(|since| format!(" ({since})"));
                view! {
                    <li data-pin=number.to_string()>
                        <span class="pin-key" aria-hidden="true"></span>
                        <strong>{name.clone()}</strong>
                        " "
                        <span class="quiet">{pin.data.clone()} {since}</span>
                        <button
                            type="button"
                            class="button"
                            aria-label=format!("Go back to {name}")
                            on:click=move |_| lab.go_to_pin(number)
                        >
                            "Go back"
                        </button>
                        <button
                            type="button"
                            class="button"
                            aria-label=format!("Unpin {name}")
                            on:click=move |_| {
                                lab.unpin(number);
                                focus("tab-compare");
                            }
                        >
                            "Unpin"
                        </button>
                    </li>
                }
            };
            pins.iter().map(pin).collect_view()
        })
    };
    view! { <ul class="pins">{pins}</ul> }
}
