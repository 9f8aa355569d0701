//! The data page: what there is, how complete and how good it is, and how a file comes in.

mod clip;
mod clip_painter;
mod coverage;
mod detail;
mod gaps;
mod grid;
mod history;
mod import;
mod list;
mod manage;
mod quality;
mod words;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, HtmlInputElement};

use crate::pages::Page;
use crate::state::entries::{Catalogue, Place, Server};
use crate::state::import::Stage;
use crate::state::library::{Asked, Library};

#[component]
pub(crate) fn DataPage() -> impl IntoView {
    let library = expect_context::<Library>();
    let over = RwSignal::new(false);
    let begin = move |file: File| {
        let away = library.shell.server.get_untracked() == Server::Away;
        let place = if away { Place::Browser } else { Place::Server };
        library.import.begin(file, place);
    };
    let on_over = move |event: DragEvent| {
        // without this the browser would open the file in place of the page
        event.prevent_default();
        over.set(true);
    };
    let on_drop = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = first_file(event.data_transfer().and_then(|data| data.files())) {
            begin(file);
        }
    };
    let on_leave = move |event: DragEvent| {
        // from one element of the page to another is not away
        if event.related_target().is_none() {
            over.set(false);
        }
    };
    let importing = Memo::new(move |_| library.import.stage.get() != Stage::Idle);
    view! {
        <div
            id="data"
            class="data"
            data-state=move || word(library)
            data-import=move || format!("{:?}", library.import.stage.get()).to_lowercase()
            data-over=move || over.get().then_some("")
            on:dragover=on_over
            on:dragleave=on_leave
            on:drop=on_drop
        >
            <div class="data-head">
                <h1 id="data-title" tabindex="-1">"Data"</h1>
                <p class="quiet">"Drop a file with bars anywhere on this page."</p>
                <FilePicker begin />
            </div>
            <Show when=move || importing.get()>
                <import::ImportPanel library />
            </Show>
            <Sets library />
            <Show when=move || over.get()>
                <p class="drop-hint" aria-hidden="true">"Drop the file to look into it. Nothing is stored or sent before you say so."</p>
            </Show>
        </div>
    }
}

/// The state as one word, for the page and its tests.
fn word(library: Library) -> &'static str {
    let some = library.shell.entries.with(|entries| !entries.is_empty());
    library.shell.catalogue.with(|catalogue| match catalogue {
        _ if some => library.reports.with(|reports| reports.word()),
        Catalogue::Loading => "loading",
        Catalogue::Failed(_) => "error",
        Catalogue::Known(_) => "empty",
    })
}

/// Moves the focus to an element that is known to be there.
fn focus(id: &str) {
    let element = gloo::utils::document().get_element_by_id(id);
    if let Some(element) =
        element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        drop(element.focus());
    }
}

fn first_file(files: Option<web_sys::FileList>) -> Option<File> {
    files?.get(0)
}

#[component]
fn FilePicker(begin: impl Fn(File) + Copy + 'static) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let on_change = move |event: web_sys::Event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(target) = target else { return };
        if let Some(file) = first_file(target.files()) {
            begin(file);
        }
        // the same file may be chosen again
        target.set_value("");
    };
    view! {
        <input
            type="file"
            id="file"
            class="hidden"
            tabindex="-1"
            aria-hidden="true"
            node_ref=input
            on:change=on_change
        />
        <button
            type="button"
            class="button primary"
            id="import-file"
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >
            "Import a file…"
        </button>
    }
}

/// The data sets, or what to do where there is none.
#[component]
fn Sets(library: Library) -> impl IntoView {
    let lab = library.shell;
    let kind = Memo::new(move |_| {
        let some = lab.entries.with(|entries| !entries.is_empty());
        lab.catalogue.with(|catalogue| match catalogue {
            _ if some => Kind::Some,
            Catalogue::Loading => Kind::Loading,
            Catalogue::Failed(_) => Kind::Unreachable,
            Catalogue::Known(_) => Kind::Empty,
        })
    });
    move || match kind.get() {
        Kind::Some => view! {
            <Away library />
            <list::List library />
            <Unknown library />
            <detail::Detail library />
        }
        .into_any(),
        Kind::Loading => {
            view! { <p class="waiting-words" role="status">"Asking for the list of data sets"</p> }
                .into_any()
        }
        Kind::Empty => view! { <Empty library /> }.into_any(),
        Kind::Unreachable => view! { <Unreachable library /> }.into_any(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Some,
    Loading,
    Unreachable,
    Empty,
}

/// Said over the list where the server is away.
#[component]
fn Away(library: Library) -> impl IntoView {
    let away = move || library.shell.server.get() == Server::Away;
    view! {
        <Show when=away>
            <div class="banner" data-kind="warning" role="status">
                <p><strong>"The server is away. "</strong> "A file can still be used in this browser alone; what is stored comes back with the server."</p>
            </div>
        </Show>
    }
}

/// Said where the address names a data set that is not there.
#[component]
fn Unknown(library: Library) -> impl IntoView {
    move || {
        let named = library.unknown()?;
        Some(view! {
            <div class="banner" data-kind="warning" role="status">
                <p>
                    <strong>"There is no data set “" {named.clone()} "”. "</strong>
                    "One of this browser is gone once the page is reloaded: drop its file again. Below is another one."
                </p>
                <a class="button" href=Page::DATA>"All data sets"</a>
            </div>
        })
    }
}

#[component]
fn Empty(library: Library) -> impl IntoView {
    view! {
        <div class="notice">
            <h2>"No bars yet"</h2>
            <p>"Drop a file with bars on this page: CSV, also as .gz or .zip, LEAN's zips, Parquet or SQLite. You see what was found in it before anything is stored."</p>
            <SimulateHere library />
            <p>"Or store simulated bars of several instruments, in another terminal:"</p>
            <pre tabindex="0">"cargo atrium demo"</pre>
            <p>"Or import on the command line:"</p>
            <pre tabindex="0">"cargo atrium import FILE --symbol SPY"</pre>
            <button type="button" class="button" on:click=move |_| library.shell.fetch_catalogue()>"Look again"</button>
        </div>
    }
}

/// Simulated bars at one press, without a server.
#[component]
fn SimulateHere(library: Library) -> impl IntoView {
    let busy = move || library.simulating.with(|asked| *asked == Asked::Loading);
    let failed = move || {
        library.simulating.with(|asked| match asked {
            Asked::Failed(why) => Some(view! { <p class="problem" role="alert">{why.clone()}</p> }),
            _ => None,
        })
    };
    view! {
        <p>"Or look around with simulated bars, made in this browser:"</p>
        <button
            type="button"
            class="button primary"
            id="simulate-here"
            disabled=busy
            on:click=move |_| library.simulate()
        >
            {move || if busy() { "Making simulated bars" } else { "Try simulated bars" }}
        </button>
        {failed}
    }
}

#[component]
fn Unreachable(library: Library) -> impl IntoView {
    let why = move || {
        library.shell.catalogue.with(|catalogue| match catalogue {
            Catalogue::Failed(why) => why.clone(),
            _ => String::new(),
        })
    };
    view! {
        <div class="notice">
            <h2>"The data sets cannot be listed"</h2>
            <p>{why}</p>
            <p>"Without the server, drop a CSV file (also as .gz or .zip) here and use it in this browser alone: nothing of it leaves the browser."</p>
            <SimulateHere library />
            <p>"To start the server, in a terminal; this page notices by itself:"</p>
            <pre tabindex="0">"cargo xtask start"</pre>
            <button type="button" class="button" on:click=move |_| library.shell.fetch_catalogue()>"Try again"</button>
        </div>
    }
}
