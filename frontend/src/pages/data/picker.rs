//! A button that opens the browser's choice of files.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use crate::parts::files::files_of;

#[component]
pub(super) fn FilePicker(
    /// What the button is found by.
    id: &'static str,
    /// What the hidden control behind it is found by.
    input_id: &'static str,
    /// What the button is called.
    words: &'static str,
    /// Whether it is what a page is for.
    #[prop(optional)]
    primary: bool,
    /// Whether several files are taken at once.
    #[prop(optional)]
    several: bool,
    /// Hears which files were chosen.
    on_files: impl Fn(Vec<File>) + Copy + 'static,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let on_change = move |event: web_sys::Event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(target) = target else { return };
        let files = files_of(target.files());
        // the same file may be chosen again
        target.set_value("");
        if !files.is_empty() {
            on_files(files);
        }
    };
    view! {
        <input
            type="file"
            id=input_id
            class="hidden"
            tabindex="-1"
            aria-hidden="true"
            multiple=several
            node_ref=input
            on:change=on_change
        />
        <button
            type="button"
            class=if primary { "button primary" } else { "button" }
            id=id
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >
            {words}
        </button>
    }
}
