//! A button that puts a text on the clipboard and says whether it did.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;

/// What a copy button says after it was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// Not pressed lately.
    No,
    /// It is on the clipboard.
    Yes,
    /// The browser refused.
    Refused,
}

/// Copies a text, then shows for a moment how it went.
pub(crate) fn copy_text(text: String, state: RwSignal<Copied>) {
    spawn_local(async move {
        let copied = browser::copy(&text).await;
        state.set(if copied { Copied::Yes } else { Copied::Refused });
        Timeout::new(1_600, move || {
            // the button may be gone by then
            let _ = state.try_set(Copied::No);
        })
        .forget();
    });
}

#[component]
pub(crate) fn CopyButton(
    /// What to copy.
    #[prop(into)]
    text: Signal<String>,
    /// The button's words.
    label: &'static str,
    /// What is copied, where the words alone do not say it.
    #[prop(optional, into)]
    of: Option<String>,
    /// Whether there is something to copy.
    #[prop(into)]
    enabled: Signal<bool>,
) -> impl IntoView {
    let state = RwSignal::new(Copied::No);
    view! {
        <button
            type="button"
            class="button"
            aria-label=of
            disabled=move || !enabled.get()
            on:click=move |_| copy_text(text.get_untracked(), state)
        >
            <CopyWords state label />
        </button>
    }
}

/// The words of a copy button; its width does not change with them.
#[component]
pub(crate) fn CopyWords(state: RwSignal<Copied>, label: &'static str) -> impl IntoView {
    view! {
        <span class="copy-words" data-copied=move || format!("{:?}", state.get())>
            <span class="words">{label}</span>
            <span class="answer" role="status">
                {move || match state.get() {
                    Copied::No => "",
                    Copied::Yes => "Copied",
                    Copied::Refused => "Refused",
                }}
            </span>
        </span>
    }
}
