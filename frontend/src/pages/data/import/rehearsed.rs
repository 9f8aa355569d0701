//! What storing would change, told before it is done.

use atrium_shared::surface::api::{ImportDone, ImportOutcome};
use atrium_shared::surface::report::count;
use leptos::prelude::*;

use super::outcome::{Told, gone_words};
use crate::pages::data::words::many;
use crate::state::import::{Import, Rehearsed, Stage};

/// The button that asks, and the answer.
#[component]
pub(super) fn Rehearsal(import: Import) -> impl IntoView {
    let is_tried = Memo::new(move |_| {
        import
            .rehearsal
            .with(|rehearsal| *rehearsal == Some(Rehearsed::Trying))
    });
    let is_busy = move || is_tried.get() || import.stage.get() == Stage::Storing;
    Effect::new(move |_| {
        let is_told = |now: &Option<Rehearsed>| matches!(now, Some(Rehearsed::Would(_)));
        if import.rehearsal.with(is_told) {
            bring_into_sight("rehearsal");
        }
    });
    let told = move || match import.rehearsal.get() {
        Some(Rehearsed::Would(done)) => Some(view! {
            <div class="rehearsed" id="rehearsal" data-outcome=format!("{:?}", done.outcome).to_lowercase()>
                <p><strong>{headline(&done)}</strong> " Nothing is stored yet. " {gone_words(&done)}</p>
                <Told done=(*done).clone() />
            </div>
        }),
        _ => None,
    };
    view! {
        <div class="buttons">
            <button
                type="button"
                class="button"
                id="import-rehearse"
                disabled=move || import.checking.get()
                aria-disabled=move || is_busy().then_some("true")
                on:click=move |_| if !untrack(is_busy) { import.rehearse() }
            >
                "See what it would change"
            </button>
        </div>
        <p class="quiet">"The file is sent to your server, which tries it to the last step and stores nothing."</p>
        <div role="status">{told}</div>
    }
}

/// Scrolls the page to an answer that is not in sight as a whole, once it is there: to its end, or to its beginning where it is longer
/// than the window.
pub(super) fn bring_into_sight(id: &'static str) {
    request_animation_frame(move || {
        let Some(answer) = document().get_element_by_id(id) else {
            return;
        };
        let height = window().inner_height().ok().and_then(|it| it.as_f64());
        let (rect, height) = (answer.get_bounding_client_rect(), height.unwrap_or(0.0));
        if rect.top() < 0.0 || rect.bottom() > height {
            answer.scroll_into_view_with_bool(rect.height() > height);
        }
    });
}

/// The whole in a sentence.
fn headline(done: &ImportDone) -> String {
    let name = &done.set.name;
    let merge = &done.merge;
    match done.outcome {
        ImportOutcome::Merged => format!(
            "{name} would get {}; {} would change and {} stay the same.",
            many(merge.added, "new bar", "new bars"),
            count(merge.changed as f64),
            count(merge.unchanged as f64)
        ),
        ImportOutcome::Unchanged => {
            format!("{name} would stay as it is: it holds all of this already.")
        }
        ImportOutcome::Replaced => format!("{name} would be replaced."),
        ImportOutcome::Stored => format!("{name} would be stored."),
    }
}
