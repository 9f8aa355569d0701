//! A file coming in: what was found in it and why, what may be changed, where it goes, what came of it.

mod fields;
mod found;
mod outcome;
mod place;
mod reading;
mod rehearsed;

use atrium_shared::market::intake::{Certainty, Choice, Format};
use atrium_shared::surface::report::fixed;
use leptos::html::Section;
use leptos::prelude::*;

use rehearsed::bring_into_sight;

use super::{focus, history::bytes_words};
use crate::state::entries::Server;
use crate::state::import::{Import, Stage, Trouble, TroubleKind};
use crate::state::library::Library;

#[component]
pub(super) fn ImportPanel(library: Library) -> impl IntoView {
    let import = library.import;
    let section = NodeRef::<Section>::new();
    let arrived = Memo::new(move |_| match import.stage.get() {
        Stage::Detecting | Stage::Ready | Stage::Refused | Stage::Storing => {
            (import.file_name.get(), false)
        }
        _ => (import.file_name.get(), true),
    });
    // who chose a file goes on here, by eye and by keys; and so does who pressed a button that is gone with its step
    Effect::new(move |_| {
        drop(arrived.get());
        if let Some(section) = section.get() {
            drop(section.focus());
        }
    });
    let size = move || bytes_words(import.file_bytes.get());
    let working = Memo::new(move |_| {
        import.progress.with(Option::is_some) || import.stage.get() == Stage::Storing
    });
    let stage = Memo::new(move |_| import.stage.get());
    // the choices stay, and what has the focus among them, while a file that was refused is read again
    let shown = Memo::new(move |_| match stage.get() {
        Stage::Idle | Stage::Detecting => Shown::Wait,
        Stage::Ready | Stage::Refused | Stage::Storing => Shown::Choices,
        Stage::Foreign(format) => Shown::Foreign(format),
        Stage::Done => Shown::Done,
    });
    let close_words = move || match stage.get() {
        Stage::Done => "Close",
        _ => "Cancel",
    };
    view! {
        <section
            class="import"
            id="import"
            tabindex="-1"
            aria-labelledby="import-title"
            data-stage=move || format!("{:?}", stage.get()).to_lowercase()
            data-working=move || working.get().then_some("")
            data-checking=move || import.checking.get().then_some("")
            node_ref=section
        >
            <div class="section-head">
                <h2 id="import-title">
                    {move || import.file_name.get()} " " <span class="quiet">{size}</span>
                </h2>
                <Working import />
                <button type="button" class="button" id="import-close" on:click=move |_| close(import)>
                    {close_words}
                </button>
            </div>
            <TroubleView library />
            <place::Asked library />
            {move || match shown.get() {
                Shown::Wait => view! { <p class="lead">{wait_words(import)}</p> }.into_any(),
                Shown::Choices => view! { <Preview library /> }.into_any(),
                Shown::Foreign(format) => view! { <Foreign library format /> }.into_any(),
                Shown::Done => view! { <outcome::OutcomeView library /> }.into_any(),
            }}
        </section>
    }
}

/// Whether a person is asked before the bars of a file are used in this browser: something of it is in doubt, or in the way.
pub(super) fn needs_a_look(library: Library) -> bool {
    is_doubtful(library) || place::obstacle_here(library).is_some()
}

/// Whether something of how a file is read is assumed or odd, or there is more to be said.
fn is_doubtful(library: Library) -> bool {
    fn is_assumed<T>(choice: &Choice<T>) -> bool {
        choice.certainty == Certainty::Assumed
    }
    library.import.detection.with(|found| {
        found.as_ref().is_none_or(|found| {
            !found.warnings.is_empty()
                || is_assumed(&found.labels)
                || is_assumed(&found.interval)
                || found.zone.as_ref().is_some_and(is_assumed)
                || found.date_order.as_ref().is_some_and(is_assumed)
                || found.decimal.as_ref().is_some_and(is_assumed)
                || found.delimiter.as_ref().is_some_and(is_assumed)
                || found.header.as_ref().is_some_and(is_assumed)
        })
    })
}

/// Ends the import; the focus goes to where it began.
fn close(import: Import) {
    import.close(|| focus("import-file"));
}

/// What is under way.
#[component]
fn Working(import: Import) -> impl IntoView {
    let words = move || {
        let progress = import.progress.get()?;
        let percent = progress
            .share
            .map(|share| format!(" {} %", fixed(share * 100.0, 0)));
        Some(format!("{}{}", progress.words, percent.unwrap_or_default()))
    };
    let share = move || import.progress.get().and_then(|progress| progress.share);
    view! {
        <p class="working" role="status">
            <progress
                aria-label="Progress"
                max="1"
                prop:value=move || share().unwrap_or(0.0)
                hidden=move || share().is_none()
            ></progress>
            <span>{words}</span>
        </p>
    }
}

/// What is said while a file is looked into.
fn wait_words(import: Import) -> &'static str {
    match import.was_sent.get() {
        true => "Your server looks into the file. Nothing is stored.",
        false => {
            "The file is read in this browser to see what is in it. Nothing is stored or sent."
        }
    }
}

/// What is shown of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Wait,
    Choices,
    Foreign(Format),
    Done,
}

/// What went wrong, and what may be done in spite of it.
#[component]
fn TroubleView(library: Library) -> impl IntoView {
    let import = library.import;
    // what is said of a file as its choices are changed stands beside them
    Effect::new(move |_| {
        let is_answer = |now: &Option<Trouble>| {
            now.as_ref()
                .is_some_and(|trouble| trouble.kind != TroubleKind::Reading)
        };
        if import.trouble.with(is_answer) {
            request_animation_frame(focus_trouble);
            bring_into_sight("import-trouble");
        }
    });
    move || {
        let trouble = import.trouble.get()?;
        let question =
            (trouble.kind == TroubleKind::Question).then(|| Question::of(&trouble.words));
        let first = question.as_ref().and_then(|question| question.first);
        let accept = question.map(|question| {
            view! {
                <div class="buttons">
                    <button type="button" class="button" id="import-accept" on:click=move |_| { focus("import"); import.store(library, true); }>
                        {question.accept}
                    </button>
                </div>
            }
        });
        // the server may be back, or a reader of files that failed may do it now
        let again = (trouble.kind == TroubleKind::Reading).then(|| {
            view! {
                <div class="buttons">
                    <button type="button" class="button" id="import-again" on:click=move |_| { focus("import"); import.look_again(); }>
                        "Look into it again"
                    </button>
                </div>
            }
        });
        Some(view! {
            <div class="problem" role="alert">
                <p id="import-trouble" tabindex="-1">
                    {first.map(|first| view! { <strong>{first}</strong> " " })} {trouble.words}
                </p>
                {accept}
                {again}
            </div>
        })
    }
}

/// A question of the store, whose words are long.
struct Question {
    /// What is asked about, in a short sentence; none where the words begin with it.
    first: Option<&'static str>,
    /// What the button that says yes is called: as the words call it.
    accept: &'static str,
}

/// What such words call their yes, what they are about, and what the button is called.
const QUESTIONS: [(&str, &str, &str); 3] = [
    (
        "take them at these times",
        "These bars seem to be stored already, at other times.",
        "Take them at these times",
    ),
    (
        "take these, too",
        "This file is stored already, and its times were read otherwise then.",
        "Take these, too",
    ),
    (
        "take these beside them",
        "An older version of Atrium read the stored bars wrongly.",
        "Take these beside them",
    ),
];

impl Question {
    fn of(words: &str) -> Self {
        let known = QUESTIONS.iter().find(|(yes, ..)| words.contains(yes));
        Self {
            first: known.map(|(_, first, _)| *first),
            accept: known.map_or("Take the file's prices as they are", |(.., accept)| *accept),
        }
    }
}

/// Puts the focus on the answer to what was pressed, unless the person went on elsewhere meanwhile.
fn focus_trouble() {
    let now = document().active_element();
    let is_waiting = now.is_none_or(|now| {
        let pressed = now.closest("#import button").ok().flatten();
        pressed.is_some() || now.id() == "import" || now.tag_name() == "BODY"
    });
    if is_waiting {
        focus("import-trouble");
    }
}

#[component]
fn Preview(library: Library) -> impl IntoView {
    let import = library.import;
    let known = Memo::new(move |_| import.detection.with(Option::is_some));
    view! {
        <div class="preview">
            <div class="preview-choices">
                <fields::InstrumentFields import />
                <reading::ReadingFields import />
            </div>
            <Show when=move || known.get() fallback=move || view! { <Refused import /> }>
                <found::Found import />
                <div class="preview-choices">
                    <place::PlaceFields library />
                </div>
            </Show>
        </div>
    }
}

/// A file that only the server reads.
#[component]
fn Foreign(library: Library, format: Format) -> impl IntoView {
    let kind = match format {
        Format::Parquet => "Parquet",
        Format::Sqlite => "SQLite",
        Format::Csv | Format::Lean => "such",
    };
    let connected = move || library.shell.server.get() == Server::Connected;
    let import = library.import;
    let command = move || {
        format!(
            "cargo atrium import {} --symbol SYMBOL --dry-run",
            import.file_name.get()
        )
    };
    view! {
        <div class="foreign">
            <p>
                "The browser does not read " {kind} " files; your server does. It runs on this machine and keeps nothing before you have seen what was found in the file."
            </p>
            <Show
                when=connected
                fallback=move || view! {
                    <p>"The server is away. Start it, or use the command line:"</p>
                    <pre tabindex="0">{command}</pre>
                }
            >
                <button type="button" class="button primary" id="import-send" on:click=move |_| import.send()>
                    "Send it to your server and look into it"
                </button>
            </Show>
        </div>
    }
}

/// What can be done about a file that cannot be read by what is known of it.
#[component]
fn Refused(import: Import) -> impl IntoView {
    let seen = move || {
        import
            .seen
            .get()
            .map(|seen| view! { <found::FirstRows seen /> })
    };
    let kept = move || match import.was_sent.get() {
        true => {
            "Nothing was stored. The file was sent to your server, which forgets it when you cancel."
        }
        false => "Nothing was stored or sent.",
    };
    view! {
        <div class="foreign" id="import-refused">
            <p>{kept} " If it holds bars, say what is asked for in “How the file is read”: the file is read again with every choice. Files that can be read:"</p>
            <ul>
                <li>"CSV or other separated text with a time and open, high, low and close in each row, also as .gz or .zip"</li>
                <li>"LEAN's zips, several of one instrument at once"</li>
                <li>"Parquet and SQLite, by the server"</li>
                <li>"Files of splits and dividends, LEAN's factor files among them, and of closures"</li>
            </ul>
            {seen}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::QUESTIONS;
    use crate::state::words::of_page;

    #[test]
    fn buttons_are_called_what_the_questions_of_the_store_call_them() {
        let questions = of_page(include_str!("../../../../../backend/src/store/error.rs"));
        for (yes, _, button) in QUESTIONS {
            assert!(questions.contains(yes), "{yes}");
            // and no other button beside them
            assert!(!questions.contains(&format!("{yes} with")), "{yes}");
            assert!(!questions.contains(&format!("{yes}, with")), "{yes}");
            assert_eq!(button.to_lowercase(), yes);
        }
    }
}
