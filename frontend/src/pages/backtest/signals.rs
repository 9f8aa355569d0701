//! A file of signals of one's own: dropped on the page or chosen, read here, traded in place of predictions.

use std::rc::Rc;

use atrium_shared::signal::placing::RowTime;
use gloo::utils::document;
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File, HtmlInputElement, HtmlSelectElement};

use crate::pages::Page;
use crate::state::Lab;
use crate::state::study::{FileState, SignalFile};
use crate::study_protocol::SignalTimes;

/// Larger files are not read: no list of signals is.
const MOST_BYTES: f64 = 64e6;

/// A file over the page may be dropped.
pub(super) fn on_drag(event: &DragEvent, over: RwSignal<bool>) {
    let kinds = event.data_transfer().map(|data| data.types());
    if kinds.is_some_and(|kinds| kinds.includes(&"Files".into(), 0)) {
        event.prevent_default();
        over.set(true);
    }
}

/// A file that was dropped is read.
pub(super) fn on_drop(lab: Lab, event: &DragEvent, over: RwSignal<bool>) {
    over.set(false);
    let files = event.data_transfer().and_then(|data| data.files());
    if let Some(file) = files.and_then(|files| files.get(0)) {
        event.prevent_default();
        take(lab, file);
    }
}

fn take(lab: Lab, file: File) {
    if file.size() > MOST_BYTES {
        return lab.refuse_signals(
            file.name(),
            "it has more than 64 MB, which is more than is read: cut it to the span of the bars.",
        );
    }
    spawn_local(async move {
        // a file that went away meanwhile reads as an empty one, which is told as such
        let bytes: Rc<[u8]> = match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => Uint8Array::new(&buffer).to_vec().into(),
            Err(_) => Rc::from([]),
        };
        lab.use_signals(file.name(), bytes, SignalTimes::default());
    });
}

/// The way to a file for those who drop none.
#[component]
pub(super) fn ChooseSignals() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let input = NodeRef::<leptos::html::Input>::new();
    let on_change = move |event: web_sys::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            take(lab, file);
        }
        // the same file may be chosen again
        input.set_value("");
    };
    view! {
        <input
            type="file"
            id="signals-file"
            class="hidden"
            accept=".csv,.txt,text/csv"
            tabindex="-1"
            aria-label="A file of signals"
            node_ref=input
            on:change=on_change
        />
        <button
            type="button"
            class="button"
            id="choose-signals"
            disabled=move || lab.shown.with(Option::is_none)
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >
            "Own signals"
        </button>
    }
}

/// What became of the file, and the way back.
#[component]
pub(super) fn SignalsBanner() -> impl IntoView {
    let lab = expect_context::<Lab>();
    move || {
        let file = lab.study.signals.get()?;
        let (kind, words) = match &file.state {
            FileState::Reading => ("note", "Reading it for these bars.".to_owned()),
            FileState::Read(words) => (
                "note",
                format!(
                    "Its signals are traded in place of predictions: {words} Nothing of it leaves this browser."
                ),
            ),
            FileState::Bad(why) => ("error", why.clone()),
        };
        let bad = matches!(file.state, FileState::Bad(_));
        let role = if bad { "alert" } else { "status" };
        let name = file.name.clone();
        Some(view! {
            <div class="banner signals" data-kind=kind data-signals=kind role=role>
                <p>
                    <strong>{name} ": "</strong>
                    {words}
                    {bad.then(|| view! {
                        " "
                        <span>"Is it a file of bars? "</span>
                        <a href=Page::DATA>"Use it on the data page"</a>
                        "."
                    })}
                </p>
                <Times lab file />
                <button type="button" class="button" id="drop-signals" on:click=move |_| {
                    lab.drop_signals();
                    if let Some(chart) = document().get_element_by_id("choose-signals") {
                        drop(chart.unchecked_into::<web_sys::HtmlElement>().focus());
                    }
                }>
                    "Back to predictions"
                </button>
            </div>
        })
    }
}

/// How the times of the file are read.
#[component]
fn Times(lab: Lab, file: SignalFile) -> impl IntoView {
    let SignalTimes {
        row_time,
        of_exchange,
    } = file.times;
    let read = {
        let file = file.clone();
        move |times: SignalTimes| lab.use_signals(file.name.clone(), file.bytes.clone(), times)
    };
    let again = read.clone();
    let on_time = move |event: web_sys::Event| {
        let chosen: HtmlSelectElement = event_target(&event);
        let row_time = match chosen.value().as_str() {
            "end" => RowTime::BarEnd,
            "known" => RowTime::KnownAt,
            _ => RowTime::BarStart,
        };
        read(SignalTimes {
            row_time,
            of_exchange,
        });
    };
    let on_zone = move |event: web_sys::Event| {
        let chosen: HtmlSelectElement = event_target(&event);
        again(SignalTimes {
            row_time,
            of_exchange: chosen.value() == "exchange",
        });
    };
    view! {
        <label>
            "Times are "
            <select id="signals-times" on:change=on_time>
                <option value="start" selected=row_time == RowTime::BarStart>"starts of bars"</option>
                <option value="end" selected=row_time == RowTime::BarEnd>"ends of bars"</option>
                <option value="known" selected=row_time == RowTime::KnownAt>"when it is known"</option>
            </select>
        </label>
        <label>
            "in "
            <select id="signals-zone" on:change=on_zone>
                <option value="utc" selected=!of_exchange>"UTC"</option>
                <option value="exchange" selected=of_exchange>"exchange time"</option>
            </select>
        </label>
    }
}
