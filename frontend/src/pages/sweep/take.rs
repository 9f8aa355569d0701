//! Taking a sweep elsewhere: every trial as CSV or JSON, the command that repeats it, a link.

use atrium_shared::base::digest::NotFinite;
use atrium_shared::surface::share::{DataSetId, Link};
use atrium_shared::surface::sweeps::{SweepReport, command_line, csv_head, csv_rows};
use gloo::timers::future::TimeoutFuture;
use gloo::utils::window;
use js_sys::Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, BlobPropertyBag};

use super::scene::Scene;
use crate::browser;
use crate::parts::copy::CopyButton;
use crate::state::signals::trades_signals;

/// Trials that are written at a stretch: the page answers between two.
const STRETCH: u64 = 4_096;

#[component]
pub(super) fn Take(scene: Scene) -> impl IntoView {
    let desk = scene.desk;
    let ready = Signal::derive(move || scene.shown.with(Option::is_some));
    let command = Signal::derive(move || {
        let measure = scene.measure.get();
        scene.shown.with(|shown| {
            let Some(shown) = shown else {
                return String::new();
            };
            let held = &shown.held;
            let of = (&held.spec, measure);
            let read = held.times.into();
            let line = command_line(&held.data_set.name, held.window, of, &read);
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
            let trials = scene
                .shown
                .with(|shown| shown.as_ref().map_or(1, |shown| shown.spec().trials()));
            format!("Writing, {} %", 100 * done / trials.max(1))
        })
    };
    let link = Signal::derive(move || {
        // the digest of what was run is part of it once everything was
        desk.stage.track();
        desk.version.track();
        desk.setup.track();
        scene.shown.track();
        desk.fragment()
            .and_then(Result::ok)
            .map(|fragment| address(&fragment))
            .unwrap_or_default()
    });
    let no_link = move || ready.get() && link.with(String::is_empty);
    let save_json = move |_| {
        if let Some(text) = report(scene) {
            // the browser shows the download itself, or says why not
            drop(browser::download("atrium-sweep.json", &text));
        }
    };
    view! {
        <section class="sweep-part take" aria-labelledby="take-title" id="take">
            <div class="part-head"><h2 id="take-title">"Take it along"</h2></div>
            <div class="buttons">
                <button type="button" class="button" id="sweep-csv" disabled=move || !ready.get() on:click=save>"Download CSV"</button>
                <button type="button" class="button" id="sweep-json" disabled=move || !ready.get() on:click=save_json>"Download JSON"</button>
                <CopyButton text=link label="Copy link" enabled=Signal::derive(move || ready.get() && !no_link()) />
                <CopyButton text=command label="Copy command" enabled=ready />
                <span class="quiet" role="status">{busy}</span>
            </div>
            <p class="quiet note">"The CSV has every trial, the JSON the best as atrium sweep --json tells them. The link holds the form and the run that is varied; who opens it sees the same sweep, and whether it comes to the same results."</p>
            <Show when=no_link>
                <p class="quiet note">"These axes are too long to be written into a link: a range is shorter than a list."</p>
            </Show>
            <pre class="command" id="sweep-command" tabindex="0" aria-label="The command that repeats this sweep">{move || command.get()}</pre>
        </section>
    }
}

/// The address of a fragment on this page's server.
fn address(fragment: &str) -> String {
    let here = window().location();
    let (origin, path) = (
        here.origin().unwrap_or_default(),
        here.pathname().unwrap_or_default(),
    );
    format!("{origin}{path}{fragment}")
}

/// The report of the sweep, as `atrium sweep --json` tells it.
fn report(scene: Scene) -> Option<String> {
    let measure = scene.measure.get_untracked();
    let most = scene.look.with_untracked(|look| look.most);
    scene.desk.with(|sweep| {
        let sweep = sweep?;
        let link = |trial| {
            let config = sweep.spec.config(trial).map_err(|bad| bad.to_string())?;
            let link = Link {
                data: DataSetId {
                    name: sweep.data_set.name.clone(),
                    symbol: sweep.data_set.instrument.symbol.clone(),
                    content: (&sweep.data_set.digest).into(),
                },
                config,
                window: sweep.window,
                seal: None,
                view: None,
            };
            let fragment = link.fragment().map_err(|bad| bad.to_string())?;
            let behind = match trades_signals(&config) {
                true => sweep.times.behind_link(),
                false => String::new(),
            };
            Ok::<_, Refused>(address(&(fragment + &behind)))
        };
        let data = (sweep.data_set.name.as_str(), sweep.data_set.simulated);
        let told = SweepReport::new(data, &sweep.spec, &sweep.results, (measure, most), link);
        let told = told.ok()?;
        let fragment = scene.desk.fragment().and_then(Result::ok);
        let told = SweepReport {
            link: fragment.map(|fragment| address(&fragment)),
            // of what was not run nothing can be said
            same_as_link: (told.done == told.trials)
                .then(|| scene.desk.verdict(told.digest))
                .flatten()
                .map(|verdict| verdict.is_ok()),
            missing: told
                .first_without_data
                .and_then(|trial| sweep.lacks(trial))
                .map(|reason| reason.to_string()),
            ..told
        };
        serde_json::to_string_pretty(&told).ok()
    })
}

/// Why there is no report: a link or a digest cannot be made, which no sweep that was run can cause.
struct Refused;

impl From<String> for Refused {
    fn from(_: String) -> Self {
        Self
    }
}

impl From<NotFinite> for Refused {
    fn from(_: NotFinite) -> Self {
        Self
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
        drop(browser::download_blob(
            "atrium-sweep.csv",
            "text/csv",
            &blob,
        ));
    }
}
