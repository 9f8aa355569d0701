//! Taking a sweep elsewhere: every trial as CSV or JSON, the command that repeats it, a link.

use atrium_shared::surface::sweeps::{command_line, csv_head, csv_rows};
use gloo::timers::future::TimeoutFuture;
use js_sys::Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, BlobPropertyBag};

use super::scene::Scene;
use crate::browser;
use crate::parts::copy::CopyButton;

/// Trials that are written at a stretch: the page answers between two.
const STRETCH: u64 = 4_096;

#[component]
pub(super) fn Take(scene: Scene) -> impl IntoView {
    let ready = Signal::derive(move || scene.shown.with(Option::is_some));
    let command = Signal::derive(move || {
        let measure = scene.measure.get();
        scene.shown.with(|shown| {
            let Some(shown) = shown else {
                return String::new();
            };
            let held = &shown.held;
            let line = command_line(&held.data_set.name, held.window, &held.spec, measure);
            format!("cargo {line}")
        })
    });
    let writing = RwSignal::new(None::<u64>);
    let save = move |_| {
        if writing.get_untracked().is_none() {
            spawn_local(save_csv(scene, writing));
        }
    };
    let busy = move || {
        writing.get().map(|done| {
            let trials = scene.shown.with(|shown| shown.as_ref().map_or(1, |shown| shown.spec().trials()));
            format!("Writing, {} %", 100 * done / trials.max(1))
        })
    };
    view! {
        <section class="sweep-part take" aria-labelledby="take-title" id="take">
            <div class="part-head"><h2 id="take-title">"Take it along"</h2></div>
            <div class="buttons">
                <button type="button" class="button" id="sweep-csv" disabled=move || !ready.get() on:click=save>"Download CSV"</button>
                <CopyButton text=command label="Copy command" of="Copy the command line that makes this sweep" enabled=ready />
                <span class="quiet" role="status">{busy}</span>
            </div>
            <pre class="command" id="sweep-command" tabindex="0" aria-label="The command that repeats this sweep">{move || command.get()}</pre>
        </section>
    }
}

/// Saves every trial that was run, written in stretches.
async fn save_csv(scene: Scene, writing: RwSignal<Option<u64>>) {
    let Some(shown) = scene.shown.get_untracked() else {
        return;
    };
    let spec = shown.spec();
    let parts = Array::of1(&csv_head(spec).into());
    let mut from = 0;
    while from < spec.trials() {
        let until = spec.trials().min(from + STRETCH);
        let rows = scene.desk.with(|sweep| {
            let sweep = sweep.filter(|sweep| sweep.spec == *spec)?;
            Some(csv_rows(spec, &sweep.results, from..until))
        });
        // another sweep was begun meanwhile
        let Some(rows) = rows else { break };
        parts.push(&rows.into());
        if writing.try_set(Some(until)).is_some() {
            return;
        }
        from = until;
        TimeoutFuture::new(0).await;
    }
    writing.set(None);
    if from < spec.trials() {
        return;
    }
    let options = BlobPropertyBag::new();
    options.set_type("text/csv");
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        // the browser shows the download itself, or says why not
        drop(browser::download_blob("atrium-sweep.csv", "text/csv", &blob));
    }
}
