//! A file of signals of one's own, traded in place of predictions: what became of it, and how it is read.

use atrium_shared::signal::placing::RowTime;
use gloo::utils::document;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

use crate::state::Lab;
use crate::state::study::{FileState, SignalFile};
use crate::study_protocol::SignalTimes;

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
        let role = match file.state {
            FileState::Bad(_) => "alert",
            _ => "status",
        };
        let name = file.name.clone();
        Some(view! {
            <div class="banner signals" data-kind=kind data-signals=kind role=role>
                <p>
                    <strong>{name} ": "</strong>
                    {words}
                </p>
                <Times lab file />
                <button type="button" class="button" id="drop-signals" on:click=move |_| {
                    lab.drop_signals();
                    if let Some(chart) = document().get_element_by_id("choose-file") {
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
