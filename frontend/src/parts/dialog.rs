//! A dialog over the page: it keeps the focus while it is open, and Escape, its button or a press beside it closes it.

use gloo::utils::document;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::state::Lab;

#[component]
pub(crate) fn Dialog(
    /// Its id.
    id: &'static str,
    /// Its heading.
    title: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let element = NodeRef::<leptos::html::Dialog>::new();
    // whatever closes it, work goes on where it was
    let before = document().active_element();
    let before = StoredValue::new_local(before.and_then(|at| at.dyn_into::<HtmlElement>().ok()));
    on_cleanup(move || {
        if let Some(before) = before.try_get_value().flatten() {
            drop(before.focus());
        }
    });
    Effect::new(move |_| {
        if let Some(dialog) = element.get()
            && !dialog.open()
        {
            // it fails only for one that is open or not in the document
            drop(dialog.show_modal());
        }
    });
    let close = move || {
        if let Some(dialog) = element.get_untracked() {
            dialog.close();
        }
    };
    let beside = move |event: web_sys::MouseEvent| {
        // what is in the dialog fills it: its own surface is what lies around it
        let dialog = element.get_untracked();
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let (Some(dialog), Some(target)) = (dialog, target)
            && target.is_same_node(Some(&dialog))
        {
            close();
        }
    };
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    view! {
        <dialog
            id=id
            class="dialog"
            node_ref=element
            aria-labelledby=labelled
            on:close=move |_| lab.asked.set(None)
            on:click=beside
        >
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2 id=heading>{title}</h2>
                    <button type="button" class="icon-button" aria-label="Close" on:click=move |_| close()>
                        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
                    </button>
                </div>
                {children()}
            </div>
        </dialog>
    }
}
