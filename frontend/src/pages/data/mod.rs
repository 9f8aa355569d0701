//! The data page: what there is, how complete and how good it is, and how a file comes in.

mod actions;
mod clip;
mod clip_painter;
mod coverage;
mod detail;
mod gaps;
mod grid;
mod history;
mod import;
pub(crate) mod intake;
mod list;
mod manage;
mod picker;
mod quality;
mod symbol;
mod words;

use leptos::prelude::*;
use leptos::task::spawn_local;
use picker::FilePicker;
use wasm_bindgen::JsCast;
use web_sys::File;

use crate::pages::Page;
use crate::parts::files::drops;
use crate::state::entries::{Catalogue, Entry, Place, Server};
use crate::state::import::Stage;
use crate::state::library::{Asked, Library};
use crate::state::symbol::{FileKind, SymbolFile, Target, Task};

#[component]
pub(crate) fn DataPage() -> impl IntoView {
    let library = expect_context::<Library>();
    let over = drops(move |files| begin(library, files));
    let telling = Memo::new(move |_| library.desk.task.with(Option::is_some));
    let importing = Memo::new(move |_| library.import.stage.get() != Stage::Idle);
    view! {
        <div
            id="data"
            class="data"
            data-state=move || word(library)
            data-import=move || format!("{:?}", library.import.stage.get()).to_lowercase()
        >
            <div class="data-head">
                <h1 id="data-title" tabindex="-1">"Data"</h1>
                <p class="quiet">"Drop a file with bars anywhere on this page."</p>
                <FilePicker
                    id="import-file"
                    input_id="file"
                    words="Import a file…"
                    primary=true
                    several=true
                    on_files=move |files| begin(library, files)
                />
            </div>
            <Show when=move || telling.get()>
                <symbol::SymbolPanel library />
            </Show>
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

/// Takes files that were dropped or chosen: bars to be imported, or what is said of an instrument.
fn begin(library: Library, files: Vec<File>) {
    intake::leave(library);
    let away = library.shell.server.get_untracked() == Server::Away;
    let place = if away { Place::Browser } else { Place::Server };
    look_into(library, files, place);
}

/// Looks into files, which are bars unless they are known to be something else.
fn look_into(library: Library, files: Vec<File>, place: Place) {
    spawn_local(async move {
        let mut about = None;
        if let [file] = files.as_slice()
            && let Some(text) = actions::text_of(file).await
        {
            about = SymbolFile::recognise(&file.name(), &text);
        }
        match about {
            Some(file) => {
                let target = target_of(library, &file);
                library.desk.begin(Task::Use(file), target, "import-file");
            }
            None => {
                library.desk.close();
                library.import.begin(files, place);
            }
        }
    });
}

/// Whom a file may mean by its name, as in LEAN's `factor_files/aapl.csv`.
fn target_of(library: Library, file: &SymbolFile) -> Option<Target> {
    let word = file.name.split(|c: char| "._- ".contains(c)).next()?;
    library.shell.entries.with_untracked(|entries| {
        let usable =
            |entry: &&Entry| file.kind == FileKind::Closures || entry.place == Place::Server;
        let named = |entry: &&Entry| entry.set.instrument.symbol.eq_ignore_ascii_case(word);
        entries.iter().filter(usable).find(named).map(Target::of)
    })
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
    let press = move |_| {
        if !untrack(busy) {
            library.simulate();
        }
    };
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
            aria-disabled=move || busy().then_some("true")
            on:click=press
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
