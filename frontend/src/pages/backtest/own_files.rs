//! Files of one's own, dropped on the page or chosen: signals and bars, told apart by their columns.

use atrium_shared::signal::signal_file::names_a_side;
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, HtmlInputElement};

use crate::bridge::Intake;
use crate::pages::Page;
use crate::parts::files::{drops, files_of};
use crate::state::Lab;
use crate::state::intake::OwnBars;
use crate::state::signals::SignalFile;

/// Larger files of signals are not read: no list of signals is so long.
const MOST_BYTES: f64 = 64e6;
/// How much of a file is looked at to tell what it is.
const HEAD_BYTES: f64 = 4_096.0;

/// Takes files that are dropped anywhere in the window, and says so while one is held over it.
#[component]
pub(crate) fn DropHint() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let over = drops(move |files| take(lab, files));
    view! {
        <Show when=move || over.get()>
            <p class="drop-hint" aria-hidden="true">
                "Drop a file of bars or of signals to use it here. Nothing of it leaves this browser."
            </p>
        </Show>
    }
}

/// Signals are traded on the bars that come with them, or on those that are shown; anything else is bars, or what the data page
/// knows it for.
fn take(lab: Lab, files: Vec<File>) {
    spawn_local(async move {
        let (mut bars, mut signals) = (Vec::new(), Vec::new());
        for file in files {
            let head = match file.slice_with_f64_and_f64(0.0, HEAD_BYTES) {
                Ok(head) => bytes_of(&head).await,
                Err(_) => Vec::new(),
            };
            match names_a_side(&head) {
                true => signals.push(file),
                false => bars.push(file),
            }
        }
        let file = match signals.as_slice() {
            [] => return lab.use_bars(&bars, None),
            [file] => file,
            [first, more @ ..] => {
                return lab.refuse_signals(
                    format!("{} and {} more", first.name(), more.len()),
                    "they hold signals, and those of one file are traded at a time: drop one of them.",
                );
            }
        };
        if bars.is_empty() && lab.shown.with_untracked(Option::is_none) {
            return lab.refuse_signals(
                file.name(),
                "it holds signals, and there are no bars to trade them on: drop a file of bars first, or both together.",
            );
        }
        if file.size() > MOST_BYTES {
            return lab.refuse_signals(
                file.name(),
                "it has more than 64 MB, which is more than is read: cut it to the span of the bars.",
            );
        }
        let file = SignalFile {
            name: file.name(),
            bytes: bytes_of(file).await.into(),
            times: lab.times_of_link().unwrap_or_default(),
        };
        match bars.is_empty() {
            true => lab.use_signals(file),
            false => lab.use_bars(&bars, Some(file)),
        }
    });
}

/// The bytes of a file; one that went away meanwhile reads as an empty one, which is told as such.
async fn bytes_of(file: &Blob) -> Vec<u8> {
    let read = JsFuture::from(file.array_buffer()).await;
    read.map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec())
}

/// The way to a file for those who drop none.
#[component]
pub(crate) fn ChooseFile() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let input = NodeRef::<leptos::html::Input>::new();
    let on_change = move |event: web_sys::Event| {
        let input: HtmlInputElement = event_target(&event);
        let files = files_of(input.files());
        if !files.is_empty() {
            take(lab, files);
        }
        // the same file may be chosen again
        input.set_value("");
    };
    view! {
        <input
            type="file"
            id="own-file"
            class="hidden"
            tabindex="-1"
            aria-label="A file of bars or of signals"
            multiple=true
            node_ref=input
            on:change=on_change
        />
        <button
            type="button"
            class="button"
            id="choose-file"
            title="Bars or signals (time, side) from a file of yours: read in this browser, sent nowhere"
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >
            "Own file"
        </button>
    }
}

/// How a file of bars stands.
#[component]
pub(super) fn BarsBanner() -> impl IntoView {
    let lab = expect_context::<Lab>();
    move || {
        let OwnBars { name, state, .. } = lab.intake.get()?;
        let (kind, word) = match &state {
            Intake::Failed => ("error", "failed"),
            Intake::Reading { .. } => ("info", "reading"),
            Intake::Question => ("info", "question"),
            Intake::Taken { .. } | Intake::GivenUp => ("info", "taken"),
        };
        let role = if kind == "error" { "alert" } else { "status" };
        let looks =
            move |words: &'static str| view! { <a class="button" href=Page::DATA>{words}</a> };
        let (words, share, actions) = match state {
            Intake::Reading { words, share } => (format!("{words}."), share, ().into_any()),
            Intake::Question => (
                "Before it is used, the data page asks something.".to_owned(),
                None,
                looks("Look at it").into_any(),
            ),
            Intake::Taken { words, .. } => (
                format!("{words} It is gone when the page is reloaded."),
                None,
                looks("How it was read").into_any(),
            ),
            Intake::GivenUp => (String::new(), None, ().into_any()),
            Intake::Failed => (
                "what reads files of bars could not be loaded, because the server did not answer: drop the file again once it is back.".to_owned(),
                None,
                ().into_any(),
            ),
        };
        let reads = word == "reading" || word == "question";
        Some(view! {
            <div class="banner own-bars" data-kind=kind data-intake=word role=role>
                <p><strong>{name} ": "</strong> {words}</p>
                {share.map(|share| view! { <progress max="1" value=share.to_string() aria-label="Progress"></progress> })}
                <div class="banner-end">
                    {actions}
                    <button type="button" class="button" id="own-bars-end" on:click=move |_| match reads {
                        true => lab.give_bars_up(),
                        false => lab.intake.set(None),
                    }>
                        {if reads { "Cancel" } else { "Dismiss" }}
                    </button>
                </div>
            </div>
        })
    }
}
