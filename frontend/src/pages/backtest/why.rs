//! Why it was decided so at a bar, over a corner of the chart, and what would have come of a trade there.

use gloo::utils::document;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::results::sheet::{SheetView, blocks};
use crate::state::Lab;

/// Moves the focus to the panel once it is there.
pub(super) fn focus_why() {
    request_animation_frame(|| focus("why"));
}

fn focus(id: &str) {
    let found = document().get_element_by_id(id);
    if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        drop(element.focus());
    }
}

#[component]
pub(crate) fn Why() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let open = Memo::new(move |_| lab.asked_bar.with(Option::is_some));
    view! {
        <Show when=move || open.get()>
            <Panel lab />
        </Show>
    }
}

#[component]
fn Panel(lab: Lab) -> impl IntoView {
    let study = lab.study;
    let last = move || {
        lab.shown
            .with(|shown| shown.as_ref().map_or(0, |shown| shown.series.len()))
            .saturating_sub(1)
    };
    let step = move |by: isize| {
        let bar = lab.asked_bar.get_untracked().unwrap_or(0);
        lab.ask_bar(Some(bar.saturating_add_signed(by).min(last())));
    };
    let close = move || {
        lab.ask_bar(None);
        focus("chart");
    };
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Escape" => close(),
            "ArrowLeft" => step(-1),
            "ArrowRight" => step(1),
            _ => return,
        }
        event.prevent_default();
    };
    let title = move || {
        let asked = lab.asked_bar.get()?;
        lab.shown
            .with(|shown| shown.as_ref()?.chart.marks.stamp(asked))
    };
    // the panel keeps away from the bar that it tells of
    let side = move || match study.asked_right.get() {
        true => "left",
        false => "right",
    };
    let open = RwSignal::new(Vec::new());
    let forced = move || {
        let forced = study.forced.get()?;
        Some(
            view! { <div class="forced" data-counterfactual="">{blocks(&forced.blocks, open)}</div> },
        )
    };
    let has_told = move || study.bar.with(Option::is_some);
    // a button that is disabled while another bar is worked out would lose the focus
    let untold = move || (!has_told()).then_some("true");
    let force = move |long: bool| {
        if untrack(has_told) {
            lab.force(long);
        }
    };
    view! {
        <section
            class="why-panel"
            id="why"
            tabindex="-1"
            aria-labelledby="why-title"
            data-side=side
            data-bar=move || lab.asked_bar.get().map(|bar| bar.to_string())
            on:keydown=on_key
        >
            <header>
                <h2 id="why-title">"Why? " <span class="quiet">{title} " UTC"</span></h2>
                <button type="button" class="icon-button" aria-label="The bar before" on:click=move |_| step(-1)>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10 3L5 8l5 5" /></svg>
                </button>
                <button type="button" class="icon-button" aria-label="The bar after" on:click=move |_| step(1)>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 3l5 5-5 5" /></svg>
                </button>
                <button type="button" class="icon-button" aria-label="Close" on:click=move |_| close()>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
                </button>
            </header>
            <div class="why-body" aria-live="polite">
                <Show when=move || !has_told()>
                    <p class="quiet waiting">"Working it out"</p>
                </Show>
                <SheetView sheet=study.bar />
                <div class="force">
                    <span>"What if it had traded here?"</span>
                    <button type="button" class="button" aria-disabled=untold on:click=move |_| force(true)>
                        "▲ Force a long"
                    </button>
                    <button type="button" class="button" aria-disabled=untold on:click=move |_| force(false)>
                        "▼ Force a short"
                    </button>
                </div>
                {forced}
            </div>
        </section>
    }
}
