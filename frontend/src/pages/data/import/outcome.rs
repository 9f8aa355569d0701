//! What came of an import: what is new, what changed, what was not used.

use std::sync::Arc;

use atrium_shared::base::digits::brief;
use atrium_shared::base::time::BarInterval;
use atrium_shared::market::curate::BarChange;
use atrium_shared::market::intake::Rejected;
use atrium_shared::surface::api::{ImportDone, ImportOutcome};
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::count;
use leptos::prelude::*;

use crate::pages::Page;
use crate::pages::data::history::merge_notes;
use crate::pages::data::words::{many, span_words};
use crate::state::entries::Place;
use crate::state::import::Outcome;
use crate::state::library::Library;

#[component]
pub(super) fn OutcomeView(library: Library) -> impl IntoView {
    move || {
        library
            .import
            .outcome
            .get()
            .map(|outcome| view! { <Result library outcome /> })
    }
}

/// The whole in a sentence.
fn headline(outcome: &Outcome) -> String {
    let name = &outcome.done.set.name;
    match (outcome.place, outcome.done.outcome) {
        (Place::Browser, _) if outcome.was_sent => format!(
            "{name} is in this browser. The file was sent to your server before, or was on its way there; the server keeps nothing of it."
        ),
        (Place::Browser, _) => {
            format!("{name} is in this browser. Nothing of the file was sent anywhere.")
        }
        (_, ImportOutcome::Stored) => format!("{name} is stored."),
        (_, ImportOutcome::Merged) if outcome.done.merge.added == 0 => {
            match outcome.done.merge.changed {
                0 => format!("No bar of {name} is another one than before."),
                _ => format!("Bars of {name} were changed to the file's."),
            }
        }
        (_, ImportOutcome::Merged) => format!("The bars were added to {name}."),
        (_, ImportOutcome::Unchanged) => {
            format!("{name} is as it was: this file was imported before, or nothing in it is new.")
        }
        (_, ImportOutcome::Replaced) => format!("{name} was replaced."),
    }
}

#[component]
fn Result(library: Library, outcome: Arc<Outcome>) -> impl IntoView {
    let done = &outcome.done;
    let key = outcome.key.clone();
    let open = move |_| library.shell.choose_data_set(key.clone());
    let look = Page::of_data_set(&outcome.key);
    let sought = outcome.key.clone();
    let on_look = move |_| {
        let sought = sought.clone();
        library
            .import
            .close(move || library.sought.set(Some(sought)));
    };
    view! {
        <div class="outcome" data-outcome=format!("{:?}", done.outcome).to_lowercase() data-key=outcome.key.clone()>
            <p role="status"><strong>{headline(&outcome)}</strong> " " {bars_words(done)} " " {gone_words(done)}</p>
            <div class="buttons">
                <a class="button primary" href=Page::BACKTEST on:click=open>"Open in backtest"</a>
                <a class="button" id="outcome-look" href=look on:click=on_look>"Look at its coverage"</a>
            </div>
            <Told done=done.clone() />
        </div>
    }
}

/// What became, or would become, of rows and bars.
#[component]
pub(super) fn Told(done: ImportDone) -> impl IntoView {
    let interval = done.set.interval;
    let fact = |name: &'static str, key: &'static str, value: u64| {
        view! { <div class="fact" data-done=key><dt>{name}</dt><dd data-zero=(value == 0).then_some("")>{count(value as f64)}</dd></div> }
    };
    // of a file that was imported before nothing is compared
    let merged = match done.outcome {
        ImportOutcome::Merged => true,
        ImportOutcome::Unchanged => done.merge.unchanged > 0,
        _ => false,
    };
    let merge = merged.then(|| {
        view! {
            {fact("Bars added", "added", done.merge.added)}
            {fact("Bars changed", "changed", done.merge.changed)}
            {fact("Bars that were the same", "unchanged", done.merge.unchanged)}
        }
    });
    let mut notes = merge_notes(done.rebase.as_ref(), &done.merge);
    let shared = done.shared.iter();
    notes.extend(shared.map(|split| format!("Found splits: {split}.")));
    let step = done.price_step.iter();
    notes.extend(step.map(|step| {
        format!("Smallest price step: {step}. Another one is said under “Edit…” on its page.")
    }));
    let notes = (!notes.is_empty()).then(|| {
        let line = |note: String| view! { <li>{note}</li> };
        view! { <ul id="merge-notes">{notes.into_iter().map(line).collect_view()}</ul> }
    });
    view! {
        <dl class="facts counts">
            {fact("Rows read", "rows", done.clean.rows + done.rejected)}
            {merge}
            {fact("Repeated rows dropped", "exact", done.clean.exact_duplicates)}
            {fact("Contradicting rows dropped", "conflicting", done.clean.conflicting_duplicates)}
            {fact("Rows out of order", "order", done.clean.out_of_order)}
            {(done.clean.overlapping > 0).then(|| fact("Bars that begin within another", "overlapping", done.clean.overlapping))}
            {fact("Rows not used", "rejected", done.rejected)}
            {fact("Bars filled in", "filled", done.fill.bars_added)}
        </dl>
        {notes}
        <Changes changes=done.merge.examples interval />
        <Quarantine rejected=done.quarantine all=done.rejected />
    }
}

/// What is gone with the data set that it takes the place of.
pub(super) fn gone_words(done: &ImportDone) -> Option<String> {
    let gone = done.replaced?;
    Some(format!(
        "Gone with what was there: {} in {}, {}.",
        many(gone.rows, "bar", "bars"),
        many(u64::from(gone.imports), "import", "imports"),
        span_words(gone.first, gone.last)
    ))
}

pub(super) fn bars_words(done: &ImportDone) -> String {
    format!(
        "It holds {}, {}.",
        many(done.set.rows, "bar", "bars"),
        span_words(done.set.first, done.set.last)
    )
}

/// Bars that came again with other values.
#[component]
fn Changes(changes: Vec<BarChange>, interval: BarInterval) -> impl IntoView {
    let row = |change: BarChange| {
        let cell = |(was, is): (f64, f64)| {
            let text = if was.to_bits() == is.to_bits() {
                brief(is)
            } else {
                format!("{} → {}", brief(was), brief(is))
            };
            view! { <td data-number="">{text}</td> }
        };
        let cells: Vec<_> = change
            .stored
            .into_iter()
            .zip(change.received)
            .map(cell)
            .collect();
        view! { <tr><th scope="row">{stamp(change.start, interval)}</th>{cells}</tr> }
    };
    (!changes.is_empty()).then(|| {
        view! {
            <h3>"Bars that changed, the first of them"</h3>
            <div class="table-window" tabindex="0" role="group" aria-label="Bars that changed">
                <table class="plain" id="changes">
                    <thead>
                        <tr>
                            <th scope="col">"Start, UTC"</th>
                            {["Open", "High", "Low", "Close", "Volume"].map(|head| view! { <th scope="col" data-number="">{head}</th> })}
                        </tr>
                    </thead>
                    <tbody>{changes.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    })
}

/// Rows that were kept apart.
#[component]
fn Quarantine(rejected: Vec<Rejected>, all: u64) -> impl IntoView {
    let listed = rejected.len();
    let row = |rejected: Rejected| {
        view! {
            <tr>
                <td data-number="">{count(rejected.line as f64)}</td>
                <td class="why">{rejected.reason}</td>
                <td class="source"><code>{rejected.text}</code></td>
            </tr>
        }
    };
    (listed > 0).then(|| {
        view! {
            <h3>"Rows not used " <span class="quiet">{count(listed as f64)} " of " {count(all as f64)}</span></h3>
            <div class="table-window" tabindex="0" role="group" aria-label="Rows not used">
                <table class="plain" id="quarantine">
                    <thead>
                        <tr>
                            <th scope="col" data-number="">"Line"</th>
                            <th scope="col">"Why"</th>
                            <th scope="col">"As it stands"</th>
                        </tr>
                    </thead>
                    <tbody>{rejected.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    })
}
