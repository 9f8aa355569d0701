//! Splits and dividends of a data set, its own closures, and where files of them come in.

use std::sync::Arc;

use atrium_shared::base::utf16::as_utf8;
use atrium_shared::market::actions::{ActionKind, CorporateAction};
use atrium_shared::market::calendar::{Closures, ExceptionHours};
use atrium_shared::surface::report::fixed;
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::picker::FilePicker;
use super::words::{day_words, many};
use crate::state::entries::Place;
use crate::state::library::{Library, Reports};
use crate::state::symbol::{FileKind, SymbolFile, Target, Task};

/// The text of a file; `None` where it is none, or longer than what is said of an instrument.
pub(super) async fn text_of(file: &File) -> Option<String> {
    const MOST_BYTES: f64 = 4e6;
    if file.size() > MOST_BYTES {
        return None;
    }
    let read = JsFuture::from(file.array_buffer()).await.ok()?;
    let bytes = Uint8Array::new(&read).to_vec();
    let bytes = as_utf8(&bytes);
    let text = String::from_utf8_lossy(&bytes);
    Some(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// Takes a file that was chosen for a purpose: what is wrong with it is told by who reads it.
fn take(library: Library, kind: FileKind, target: Target, files: &[File], back: &'static str) {
    let Some(file) = files.first().cloned() else {
        return;
    };
    spawn_local(async move {
        let name = file.name();
        let text = text_of(&file).await.unwrap_or_default();
        let file = SymbolFile { kind, name, text };
        library.desk.begin(Task::Use(file), Some(target), back);
    });
}

#[component]
pub(super) fn Actions(library: Library) -> impl IntoView {
    let entry = library.inspected.get_untracked();
    let place = entry.as_ref().map(|entry| entry.place);
    let target = entry.as_ref().map(Target::of);
    let actions = entry.map_or_else(Vec::new, |entry| entry.set.actions.list().to_vec());
    let table = match actions.is_empty() {
        true => view! { <p class="lead">"No splits or dividends are known of these bars."</p> }
            .into_any(),
        false => view! { <ActionsTable actions /> }.into_any(),
    };
    let picker = match (place, target) {
        (Some(Place::Server), Some(target)) => {
            let on_files = move |files: Vec<File>| {
                let target = target.clone();
                take(library, FileKind::Actions, target, &files, "actions-file");
            };
            let on_files = StoredValue::new(on_files);
            view! {
                <p class="lead">"A file of them is one of LEAN's factor files, or lines such as 2020-08-31,split,4:1."</p>
                <div class="buttons">
                    <FilePicker
                        id="actions-file"
                        input_id="actions-input"
                        words="Import splits and dividends…"
                        on_files=move |files| on_files.with_value(|take| take(files))
                    />
                </div>
            }
            .into_any()
        }
        _ => view! {
            <p class="lead">"They are held against stored prices, which only the server does: store the bars there to import a file of them."</p>
        }
        .into_any(),
    };
    view! {
        <section class="actions" aria-labelledby="actions-title">
            <h2 id="actions-title">"Splits and dividends"</h2>
            {table}
            {picker}
        </section>
    }
}

#[component]
fn ActionsTable(actions: Vec<CorporateAction>) -> impl IntoView {
    let row = |action: CorporateAction| {
        let (kind, value) = match action.kind {
            ActionKind::Split { ratio } if ratio >= 1.0 => ("Split", format!("{ratio}:1")),
            ActionKind::Split { ratio } => ("Reverse split", format!("1:{}", 1.0 / ratio)),
            ActionKind::Dividend { factor } => ("Dividend", format!("factor {}", fixed(factor, 6))),
        };
        view! {
            <tr>
                <td>{action.first_day.to_string()}</td>
                <td>{kind}</td>
                <td data-number="">{value}</td>
            </tr>
        }
    };
    view! {
        <p class="lead">"Bars are stored as they were traded; prices before the first day are multiplied to fit those after it."</p>
        <div class="table-window" tabindex="0" role="group" aria-label="Splits and dividends">
            <table class="plain" id="actions">
                <thead>
                    <tr>
                        <th scope="col">"First day"</th>
                        <th scope="col">"What"</th>
                        <th scope="col" data-number="">"How much"</th>
                    </tr>
                </thead>
                <tbody>{actions.into_iter().rev().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The hours of a day in words.
fn hours_words(hours: ExceptionHours) -> String {
    let clock = |minutes: i32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    match hours {
        ExceptionHours::Closed => "closed".to_owned(),
        ExceptionHours::Usual => "the usual hours".to_owned(),
        ExceptionHours::Until(minutes) => format!("until {}", clock(minutes)),
        ExceptionHours::Between(from, to) => format!("{} to {}", clock(from), clock(to)),
    }
}

#[component]
pub(super) fn OwnClosures(library: Library, reports: Arc<Reports>) -> impl IntoView {
    let entry = library.inspected.get_untracked();
    // bars that were made here have no file that could be read again
    let fixed = entry.as_ref().is_some_and(|entry| {
        let local = library.local(&entry.key);
        local.is_some_and(|local| local.take.is_none())
    });
    let target = entry.as_ref().map(Target::of);
    // the server has read them before
    let closures = Closures::parse(&reports.closures).unwrap_or_default();
    let days = closures.days().to_vec();
    let some = !days.is_empty();
    let lead = match days.len() as u64 {
        0 => "None: the calendar's holidays and early closes alone say when bars are expected."
            .to_owned(),
        number => format!(
            "{} with hours of their own, in the market's local time. They say when bars are missing, and take none away.",
            many(number, "day", "days")
        ),
    };
    let row = |day: &atrium_shared::market::calendar::Exception| {
        view! {
            <tr>
                <td>{day_words(day.day)}</td>
                <td>{hours_words(day.hours)}</td>
                <td class="why">{day.name.clone()}</td>
            </tr>
        }
    };
    let table = some.then(|| {
        view! {
            <div class="table-window" tabindex="0" role="group" aria-label="Closures">
                <table class="plain" id="closures">
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col">"Hours"</th>
                            <th scope="col">"Why"</th>
                        </tr>
                    </thead>
                    <tbody>{days.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    let buttons = target.filter(|_| !fixed).map(|target| {
        let target = StoredValue::new(target);
        let on_files = move |files: Vec<File>| {
            let target = target.get_value();
            take(library, FileKind::Closures, target, &files, "closures-file");
        };
        let clear = move |_| {
            let target = Some(target.get_value());
            library.desk.begin(Task::ClearClosures, target, "closures-file");
        };
        view! {
            <div class="buttons">
                <FilePicker id="closures-file" input_id="closures-input" words="Use a closures file…" on_files />
                {some.then(|| view! { <button type="button" class="button" id="closures-clear" on:click=clear>"Remove the closures…"</button> })}
            </div>
        }
    });
    view! {
        <section class="closures" aria-labelledby="closures-title">
            <h2 id="closures-title">"Closures of your own"</h2>
            <p class="lead">{lead}</p>
            {table}
            {buttons}
        </section>
    }
}
