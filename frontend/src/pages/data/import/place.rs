//! Where the bars go, and the button that sends them there.

use leptos::prelude::*;

use super::fields::is_symbol;
use super::is_doubtful;
use super::rehearsed::Rehearsal;
use crate::state::entries::{Place, Server};
use crate::state::import::{Choices, Import, Stage, Trouble, TroubleKind};
use crate::state::library::{Library, Onward};

/// The name of the data set that an import would make.
fn name(import: Import) -> Option<String> {
    let symbol = import
        .choices
        .with(|choices| choices.instrument.symbol.clone());
    let interval = import
        .detection
        .with(|found| found.as_ref().map(|found| found.interval.value))?;
    Some(format!("{symbol}-{interval}"))
}

#[component]
pub(super) fn PlaceFields(library: Library) -> impl IntoView {
    let import = library.import;
    let place = Memo::new(move |_| import.choices.with(|choices| choices.place));
    let connected = Memo::new(move |_| library.shell.server.get() == Server::Connected);
    // a file that the server had to read is not here as rows
    let sent = move || import.is_sent();
    let name = Memo::new(move |_| name(import).unwrap_or_default());
    let exists = Memo::new(move |_| {
        let key = key_of(place.get(), &name.get());
        library.shell.entry(&key).is_some()
    });
    let several = move || import.file_count.get() > 1;
    let option = move |offer: Place,
                       id: &'static str,
                       words: &'static str,
                       note: Signal<&'static str>,
                       possible: Signal<bool>| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name="import-place"
                    id=id
                    disabled=move || !possible.get()
                    prop:checked=move || place.get() == offer
                    on:change=move |_| import.choose(|choices| {
                        choices.place = offer;
                        // a word about the one is none about the other
                        choices.replace = false;
                    })
                />
                <span><strong>{words}</strong> " " <span class="quiet">{note}</span></span>
            </label>
        }
    };
    let here = option(
        Place::Browser,
        "import-here",
        "Use here only",
        Signal::derive(move || match import.was_sent.get() {
            true => {
                "The file was sent to your server, or was on its way, which keeps nothing of it. The bars are gone when the page is reloaded or closed."
            }
            false => {
                "Nothing of the file leaves this browser. It is gone when the page is reloaded or closed."
            }
        }),
        Signal::derive(move || !sent()),
    );
    let there = option(
        Place::Server,
        "import-server",
        "Store on the server",
        Signal::stored("On this machine, in the store that the command line uses, too."),
        Signal::derive(move || connected.get() && !several()),
    );
    let obstacle = Memo::new(move |_| {
        let keep = exists.get() && place.get() == Place::Browser;
        obstacle(import, place.get(), connected.get(), keep)
    });
    let words = move || match place.get() {
        Place::Server if exists.get() && import.choices.with(|choices| choices.replace) => {
            format!("Replace {}", name.get())
        }
        Place::Server if exists.get() => format!("Add to {}", name.get()),
        // a name begins with the symbol, which is not given yet
        Place::Server if name.with(|name| name.starts_with('-')) => "Store".to_owned(),
        Place::Browser if name.with(|name| name.starts_with('-')) => "Use here".to_owned(),
        Place::Server => format!("Store as {}", name.get()),
        Place::Browser if exists.get() => format!("Replace {} here", name.get()),
        Place::Browser => format!("Use {} here", name.get()),
    };
    // a button that is out of use loses the focus: not the one that was just pressed
    let storing = move || import.stage.get() == Stage::Storing;
    view! {
        <fieldset class="group">
            <legend>"Where the bars go"</legend>
            {there}
            {here}
            <Show when=several>
                <p class="evidence" id="import-several">"Several files are joined in this browser. The server takes one file at a time here; on the command line it takes them all: "<code>"cargo atrium import FOLDER --symbol SYMBOL"</code>"."</p>
            </Show>
            <Show when=move || exists.get() && place.get() == Place::Server><Existing import name=name.get() /></Show>
            <Show when=move || exists.get() && place.get() == Place::Browser><ExistingHere import name=name.get() /></Show>
            <Tick
                import
                id="import-fill"
                words="Fill gaps of up to 30 minutes"
                note="With flagged bars at the last price, for pictures; no run decides on them or trades on them."
                read=|choices| choices.fill
                write=|choices, fill| choices.fill = fill
            />
        </fieldset>
        <div class="go">
            <button
                type="button"
                class="button primary"
                id="import-store"
                disabled=move || import.checking.get() || obstacle.with(Option::is_some)
                aria-disabled=move || storing().then_some("true")
                aria-describedby="import-obstacle"
                on:click=move |_| if import.stage.get_untracked() != Stage::Storing { import.store(library, false) }
            >
                {words}
            </button>
            <p class="quiet" id="import-obstacle" role="status">{move || obstacle.get()}</p>
        </div>
    }
}

/// Why the file cannot be used in this browser as things stand.
pub(super) fn obstacle_here(library: Library) -> Option<&'static str> {
    obstacle(library.import, Place::Browser, true, is_here(library))
}

/// Whether there are bars of the name that those of the file would have in this browser.
fn is_here(library: Library) -> bool {
    let key = key_of(Place::Browser, &name(library.import).unwrap_or_default());
    library.shell.entry(&key).is_some()
}

/// Why a file that was dropped on another page is not used there yet.
#[component]
pub(super) fn Asked(library: Library) -> impl IntoView {
    let import = library.import;
    let replace = move |_| {
        import.choose(|choices| choices.replace = true);
        import.store(library, false);
    };
    move || {
        let asks = library.onward.get() == Onward::Asked && import.stage.get() == Stage::Ready;
        if !asks || import.trouble.with(Option::is_some) {
            return None;
        }
        let doubtful = is_doubtful(library);
        let (place, may_replace) = import
            .choices
            .with(|choices| (choices.place, choices.replace));
        let stands = place == Place::Browser && !may_replace && is_here(library);
        let words = match obstacle_here(library) {
            _ if stands => format!(
                "There is a {} in this browser already: the same file was used before, or this is another one of that name. Bars are not joined here.",
                name(import)?
            ),
            Some(why) => why.to_owned(),
            None if doubtful => {
                "Something of how the file is read is assumed or odd: look at it before its bars are used.".to_owned()
            }
            None => return None,
        };
        // what is in doubt is looked at before
        let button = (stands && !doubtful).then(|| {
            view! {
                <div class="buttons">
                    <button type="button" class="button" id="import-replace-go" on:click=replace>"Replace it and go on"</button>
                </div>
            }
        });
        Some(view! {
            <div class="notes" role="note" id="import-asked">
                <p>{words}</p>
                {button}
            </div>
        })
    }
}

/// Why the file cannot be stored as things stand.
fn obstacle(import: Import, place: Place, connected: bool, is_there: bool) -> Option<&'static str> {
    let unread = |trouble: &Trouble| trouble.kind == TroubleKind::Reading;
    if import
        .trouble
        .with(|trouble| trouble.as_ref().is_some_and(unread))
    {
        return Some("The file cannot be read this way: change what is fixed above.");
    }
    let refused = import
        .detection
        .with(|found| found.as_ref().is_some_and(|found| found.refusal.is_some()));
    let used = import
        .detection
        .with(|found| found.as_ref().map_or(0, |found| found.counts.used));
    import.choices.with(|choices| match place {
        _ if !is_symbol(&choices.instrument.symbol) => {
            Some("Give a symbol: letters, digits, and . _ - within.")
        }
        _ if choices.instrument.validate().is_err() => {
            Some("The smallest steps of price and quantity must be numbers above 0.")
        }
        _ if refused => Some("The file cannot be used as it is read now: see beside."),
        _ if used == 0 => Some("No row of the file can be used: look at the reasons."),
        Place::Browser if is_there && !choices.replace => {
            Some("Bars of this name are in this browser: say above that they may go, or give another symbol.")
        }
        Place::Server if !connected => Some("The server is away: use the bars here, or start it."),
        _ => None,
    })
}

/// What a data set is chosen by.
fn key_of(place: Place, name: &str) -> String {
    match place {
        Place::Server => name.to_owned(),
        Place::Browser => format!("browser:{name}"),
    }
}

/// A choice that is made or not.
#[component]
fn Tick(
    import: Import,
    id: &'static str,
    words: &'static str,
    note: &'static str,
    read: fn(&Choices) -> bool,
    write: fn(&mut Choices, bool),
) -> impl IntoView {
    view! {
        <label class="option">
            <input
                type="checkbox"
                id=id
                prop:checked=move || import.choices.with(read)
                on:change=move |event| {
                    let ticked = event_target_checked(&event);
                    import.choose(|choices| write(choices, ticked));
                }
            />
            <span><strong>{words}</strong> " " <span class="quiet">{note}</span></span>
        </label>
    }
}

/// Bars of the same name in this browser go only after a word.
#[component]
fn ExistingHere(import: Import, name: String) -> impl IntoView {
    view! {
        <div class="existing" role="group" aria-label="What becomes of the bars of this name">
            <p>"There is a " <strong>{name}</strong> " in this browser already. Bars are not joined here."</p>
            <Tick
                import
                id="import-replace-here"
                words="Replace it"
                note="Those bars are gone from this browser; their file stays where it is."
                read=|choices| choices.replace
                write=|choices, replace| choices.replace = replace
            />
        </div>
    }
}

/// What becomes of a data set of the same name.
#[component]
fn Existing(import: Import, name: String) -> impl IntoView {
    let option = move |replace: bool, id: &'static str, words: &'static str, note: &'static str| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name="import-existing"
                    id=id
                    prop:checked=move || import.choices.with(|choices| choices.replace) == replace
                    on:change=move |_| import.choose(|choices| choices.replace = replace)
                />
                <span><strong>{words}</strong> " " <span class="quiet">{note}</span></span>
            </label>
        }
    };
    view! {
        <div class="existing" role="group" aria-label="What becomes of the data set of this name">
            <p>"There is a " <strong>{name}</strong> " already."</p>
            {option(false, "import-merge", "Add to it", "Bars of the same time are replaced by the file's where these are corrections, and you are told which; where prices do not fit, you are asked.")}
            {option(true, "import-replace", "Replace it", "What is stored under this name is removed, with all its imports.")}
            <Rehearsal import />
        </div>
    }
}
