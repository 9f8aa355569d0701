//! The head of the column: the way back and forth, presets, links, saved runs, and a search.

use leptos::prelude::*;

use super::changes::Changes;
use crate::state::{Asked, Lab};

#[component]
pub(super) fn Head(query: RwSignal<String>) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let contradiction = move || {
        lab.draft
            .with(|config| config.validate().err().map(|error| error.to_string()))
    };
    let can_undo = move || {
        lab.history.with(|history| history.can_undo())
            || lab
                .draft
                .with(|draft| lab.committed.with(|committed| draft != committed))
    };
    let can_redo = move || lab.history.with(|history| history.can_redo());
    view! {
        <div class="parameters-head">
            <div class="head-line">
                <h2>"Parameters"</h2>
                <IconButton id="undo" label="Undo (Ctrl+Z)" path="M3 6h6.5a3.5 3.5 0 0 1 0 7H6M6 3L3 6l3 3" enabled=Signal::derive(can_undo) press=move || lab.undo() />
                <IconButton id="redo" label="Redo (Ctrl+Shift+Z)" path="M13 6H6.5a3.5 3.5 0 0 0 0 7H10M10 3l3 3-3 3" enabled=Signal::derive(can_redo) press=move || lab.redo() />
                <button type="button" class="button" id="reset" title="Every parameter back to its default" on:click=move |_| lab.reset()>"Reset"</button>
            </div>
            <div class="head-line">
                <AskButton id="presets" asked=Asked::Presets label="Presets" />
                <AskButton id="share" asked=Asked::Share label="Share" />
                <AskButton id="saved-runs" asked=Asked::Runs label="Saved runs" />
            </div>
            <input
                class="search"
                type="search"
                id="parameter-search"
                placeholder="Find a parameter"
                aria-label="Find a parameter"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || query.get()
                on:input=move |event| query.set(event_target_value(&event))
            />
            <Changes />
            <p class="complaint contradiction" role="alert">{contradiction}</p>
        </div>
    }
}

#[component]
fn IconButton(
    id: &'static str,
    label: &'static str,
    path: &'static str,
    enabled: Signal<bool>,
    press: impl Fn() + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            id=id
            aria-label=label
            title=label
            // one that is disabled would lose the focus when its last step is made
            aria-disabled=move || (!enabled.get()).then_some("true")
            on:click=move |_| press()
        >
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d=path /></svg>
        </button>
    }
}

/// A button that opens a dialog.
#[component]
fn AskButton(id: &'static str, asked: Asked, label: &'static str) -> impl IntoView {
    let lab = expect_context::<Lab>();
    view! {
        <button type="button" class="button" id=id on:click=move |_| lab.asked.set(Some(asked))>
            {label}
        </button>
    }
}
