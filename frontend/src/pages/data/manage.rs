//! What can be done with a data set: run on it, take it along, say what it is of, remove it.

use leptos::html::Button;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::focus;
use crate::pages::Page;
use crate::state::entries::{Entry, Place};
use crate::state::library::Library;
use crate::state::symbol::{Target, Task};
use crate::{api, browser};

#[component]
pub(super) fn Manage(library: Library, entry: Entry) -> impl IntoView {
    let asking = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let key = entry.key.clone();
    let open = move |_| library.shell.choose_data_set(key.clone());
    let exports = match entry.place {
        Place::Server => view! { <StoredExports name=entry.set.name.clone() /> }.into_any(),
        Place::Browser => view! { <LocalExport library entry=entry.clone() trouble /> }.into_any(),
    };
    let removing = entry.clone();
    let (instrument, target) = (entry.set.instrument.clone(), Target::of(&entry));
    let edit = move |_| {
        let task = Task::Describe(instrument.clone());
        library.desk.begin(task, Some(target.clone()), "edit");
    };
    // bars that were made here have no file that could be read again
    let fixed = library
        .local(&entry.key)
        .is_some_and(|local| local.take.is_none());
    view! {
        <div class="buttons manage">
            <a class="button primary" id="open-backtest" href=Page::BACKTEST on:click=open>"Open in backtest"</a>
            {exports}
            {(!fixed).then(|| view! { <button type="button" class="button" id="edit" on:click=edit>"Edit…"</button> })}
            <button
                type="button"
                class="button"
                id="remove"
                aria-expanded=move || asking.get().to_string()
                on:click=move |_| asking.update(|asking| *asking = !*asking)
            >
                "Remove…"
            </button>
        </div>
        {move || asking.get().then(|| view! { <Confirmation library entry=removing.clone() asking trouble /> })}
        {move || trouble.get().map(|what| view! { <p class="problem" role="alert">{what}</p> })}
    }
}

#[component]
fn StoredExports(name: String) -> impl IntoView {
    let link = |format: &'static str, words: &'static str| {
        view! {
            <a class="button" data-export=format download="" title="As they are stored. On the command line --adjusted adjusts them for the splits and dividends that are known here." href=api::export_address(&name, format)>{words}</a>
        }
    };
    view! { {link("csv", "Export CSV")} {link("parquet", "Export Parquet")} }
}

#[component]
fn LocalExport(library: Library, entry: Entry, trouble: RwSignal<Option<String>>) -> impl IntoView {
    let name = format!("{}.csv", entry.set.name);
    let save = move |_| {
        let name = name.clone();
        if let Some(local) = library.local(&entry.key) {
            local.reader.csv(move |answer| match answer {
                Ok(bytes) => {
                    if browser::download_bytes(&name, "text/csv", &bytes).is_err() {
                        trouble.set(Some("The browser refused the download.".to_owned()));
                    }
                }
                Err(what) => trouble.set(Some(what)),
            });
        }
    };
    view! {
        <button type="button" class="button" data-export="csv" on:click=save>"Export CSV"</button>
    }
}

#[component]
fn Confirmation(
    library: Library,
    entry: Entry,
    asking: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
) -> impl IntoView {
    let keep = NodeRef::<Button>::new();
    Effect::new(move |_| {
        if let Some(keep) = keep.get() {
            drop(keep.focus());
        }
    });
    let what = match entry.place {
        Place::Server => {
            "with all its imports from the server's store? The files that it was imported from stay where they are."
        }
        Place::Browser => "from this browser? Your file stays where it is.",
    };
    let name = entry.set.name.clone();
    let words = format!("Remove {name}");
    let label = words.clone();
    let working = RwSignal::new(false);
    let refrain = move || {
        asking.set(false);
        focus("remove");
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            refrain();
        }
    };
    let remove = move |_| {
        if entry.place == Place::Browser {
            library.forget(&entry.key);
            return gone();
        }
        let name = entry.set.name.clone();
        working.set(true);
        spawn_local(async move {
            match api::remove(&name).await {
                Ok(()) => {
                    library.shell.fetch_catalogue();
                    gone();
                }
                Err(error) => {
                    trouble.set(Some(error.to_string()));
                    asking.set(false);
                }
            }
        });
    };
    view! {
        <div class="confirmation" role="group" aria-label=label on:keydown=on_key>
            <p>"Remove " <strong>{name}</strong> " " {what} " This cannot be undone."</p>
            <div class="buttons">
                <button type="button" class="button" node_ref=keep on:click=move |_| refrain()>"Keep it"</button>
                <button type="button" class="button danger" id="remove-now" disabled=move || working.get() on:click=remove>{words}</button>
            </div>
        </div>
    }
}

/// What had the focus is gone: it goes on at the top, and the address names it no more.
fn gone() {
    drop(gloo::utils::window().location().set_hash(Page::DATA));
    focus("data-title");
}
