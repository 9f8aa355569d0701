//! Something that is said of an instrument: its units, a file of splits and dividends, a file of closures.

mod units;

use atrium_shared::market::actions::parse_actions;
use atrium_shared::market::calendar::{Calendar, Closures};
use leptos::html::Section;
use leptos::prelude::*;

use super::focus;
use super::words::many;
use crate::state::library::Library;
use crate::state::symbol::{FileKind, Step, SymbolFile, Target, Task};

#[component]
pub(super) fn SymbolPanel(library: Library) -> impl IntoView {
    let desk = library.desk;
    let section = NodeRef::<Section>::new();
    let done = Memo::new(move |_| matches!(desk.step.get(), Step::Done(_)));
    // who began it goes on here, and so does who pressed a button that is gone once it is done
    Effect::new(move |_| {
        drop(desk.task.get());
        let _ = done.get();
        if let Some(section) = section.get() {
            drop(section.focus());
        }
    });
    let title = move || match desk.task.get() {
        Some(Task::Describe(instrument)) => format!("What {} is", instrument.symbol),
        Some(Task::Use(file)) => file.name,
        Some(Task::ClearClosures) => "Remove the closures".to_owned(),
        None => String::new(),
    };
    let step = move || match desk.step.get() {
        Step::Asking => "asking",
        Step::Working => "working",
        Step::Failed { .. } => "failed",
        Step::Done(_) => "done",
    };
    let close = move || {
        let back = desk.close();
        let there = gloo::utils::document().get_element_by_id(back).is_some();
        // where what it belongs to is being asked for anew, it goes on at the top
        focus(if there { back } else { "data-title" });
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    let body = move || match desk.task.get() {
        Some(Task::Describe(instrument)) => {
            view! { <units::Units library instrument /> }.into_any()
        }
        Some(Task::Use(file)) => view! { <UseFile library file /> }.into_any(),
        Some(Task::ClearClosures) => view! { <Clear library /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <section
            class="import symbol-panel"
            id="symbol-panel"
            tabindex="-1"
            aria-labelledby="symbol-title"
            data-step=step
            node_ref=section
            on:keydown=on_key
        >
            <div class="section-head">
                <h2 id="symbol-title">{title}</h2>
                <button type="button" class="button" id="symbol-close" on:click=move |_| close()>
                    {move || if done.get() { "Close" } else { "Cancel" }}
                </button>
            </div>
            <Trouble library />
            {move || match done.get() {
                true => view! { <CameOf library /> }.into_any(),
                false => body().into_any(),
            }}
        </section>
    }
}

/// What went wrong, and what may be done in spite of it.
#[component]
fn Trouble(library: Library) -> impl IntoView {
    let desk = library.desk;
    move || {
        let Step::Failed { words, may_accept } = desk.step.get() else {
            return None;
        };
        let accept = may_accept.then(|| {
            view! {
                <button type="button" class="button" id="symbol-accept" on:click=move |_| desk.apply(library, true)>
                    "It is right: use it as it is"
                </button>
            }
        });
        Some(view! {
            <div class="problem" role="alert" id="symbol-trouble">
                <p>{words}</p>
                {accept}
            </div>
        })
    }
}

/// What came of it, data set by data set.
#[component]
fn CameOf(library: Library) -> impl IntoView {
    let lines = move || match library.desk.step.get() {
        Step::Done(lines) => lines,
        _ => Vec::new(),
    };
    view! {
        <ul id="symbol-done" role="status">
            {move || lines().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
        </ul>
    }
}

/// The button that does it.
#[component]
fn Apply(library: Library, #[prop(into)] words: Signal<String>) -> impl IntoView {
    let desk = library.desk;
    let working = move || desk.step.with(|step| *step == Step::Working);
    let nobody = move || desk.target.with(Option::is_none);
    view! {
        <div class="go">
            <button
                type="button"
                class="button primary"
                id="symbol-apply"
                disabled=move || working() || nobody()
                on:click=move |_| desk.apply(library, false)
            >
                {words}
            </button>
            <p class="quiet" role="status">{move || working().then_some("Working")}</p>
        </div>
    }
}

/// What stands in a file, and the first of it.
fn file_words(file: &SymbolFile) -> (String, Option<String>) {
    match file.kind {
        // the calendar decides on which days they count, not how many there are
        FileKind::Actions => match parse_actions(&file.text, Calendar::Nyse) {
            Ok(actions) => {
                let list = actions.list();
                let number = many(
                    list.len() as u64,
                    "split or dividend",
                    "splits and dividends",
                );
                let span = match list {
                    [] => String::new(),
                    [only] => format!(", of {}", only.first_day),
                    [first, .., last] => {
                        format!(", from {} to {}", first.first_day, last.first_day)
                    }
                };
                (format!("It holds {number}{span}."), None)
            }
            Err(bad) => (
                "It is no file of splits and dividends. Those are LEAN's factor files, or lines such as 2020-08-31,split,4:1.".to_owned(),
                Some(bad.to_string()),
            ),
        },
        FileKind::Closures => match Closures::parse(&file.text) {
            Ok(closures) => {
                let number = many(closures.days().len() as u64, "day", "days");
                (format!("It says of {number} when the market is open."), None)
            }
            Err(bad) => (
                "It is no file of closures. Those are lines such as 2024-12-26 for a closed day, or 2024-12-31,13:00 for an early close.".to_owned(),
                Some(bad.to_string()),
            ),
        },
    }
}

#[component]
fn UseFile(library: Library, file: SymbolFile) -> impl IntoView {
    let desk = library.desk;
    let (words, bad) = file_words(&file);
    let unusable = bad.is_some();
    let kind = file.kind;
    let targets = Memo::new(move |_| Targets(desk.targets(library)));
    let none = move || targets.with(|targets| targets.0.is_empty());
    let chosen = move || {
        desk.target
            .with(|target| target.as_ref().map(|it| it.key().to_owned()))
    };
    let on_choose = move |event: web_sys::Event| {
        let key = event_target_value(&event);
        let target = targets.with_untracked(|targets| {
            let mut targets = targets.0.iter();
            targets.find(|target| target.key() == key).cloned()
        });
        desk.target.set(target);
        desk.step.set(Step::Asking);
    };
    let option = move |target: Target| {
        let key = target.key().to_owned();
        let words = match &target {
            Target::Stored(symbol) => format!("{symbol} on the server"),
            Target::Here(_) => format!("{} in this browser", target.name()),
        };
        let value = key.clone();
        view! { <option value=value selected=move || chosen().as_deref() == Some(&key)>{words}</option> }
    };
    let apply_words = Signal::derive(move || {
        let of = desk
            .target
            .with(|target| target.as_ref().map(|it| it.name().to_owned()));
        match of {
            Some(of) => format!("Use it for {of}"),
            None => "Use it".to_owned(),
        }
    });
    let effect = match kind {
        FileKind::Actions => {
            "Stored bars stay as they were traded; what is shown adjusted and what runs decide on is adjusted anew, in all stored data sets of the symbol."
        }
        FileKind::Closures => {
            "They say when bars are expected, so gaps are found and filled anew. They take the place of those before, and take no bars away."
        }
    };
    let replacing = (kind == FileKind::Actions).then(|| {
        view! {
            <label class="option">
                <input
                    type="checkbox"
                    id="symbol-replace"
                    prop:checked=move || desk.replace.get()
                    on:change=move |event| desk.replace.set(event_target_checked(&event))
                />
                <span><strong>"Instead of those that are known"</strong> " " <span class="quiet">"Otherwise they are added; of one day the file's count."</span></span>
            </label>
        }
    });
    let choice = view! {
        <div class="field">
            <label for="symbol-target">"It is said of"</label>
            <select id="symbol-target" on:change=on_choose>
                {move || chosen().is_none().then(|| view! { <option value="" selected=true>"Choose one"</option> })}
                {move || targets.get().0.into_iter().map(option).collect_view()}
            </select>
        </div>
    };
    let nobody = match kind {
        FileKind::Actions => {
            "No bars are stored on the server yet. Store those of the symbol first, then drop this file again."
        }
        FileKind::Closures => {
            "There are no bars yet. Import those of the symbol first, then drop this file again."
        }
    };
    view! {
        <div class="preview-choices" data-file=format!("{kind:?}").to_lowercase()>
            <p>{words} {(!unusable).then_some(" ")} {(!unusable).then_some(effect)}</p>
            {bad.map(|bad| view! { <p class="problem" role="alert" id="symbol-unusable">{file.name.clone()} ": " {bad} "."</p> })}
            <Show when=move || !unusable && none()><p class="lead">{nobody}</p></Show>
            <div class="group-lines" hidden=move || unusable || none()>
                {choice}
                {replacing}
                <Apply library words=apply_words />
            </div>
        </div>
    }
}

/// Whom a file may be said of.
#[derive(Debug, Clone, PartialEq)]
struct Targets(Vec<Target>);

/// The second word before closures go.
#[component]
fn Clear(library: Library) -> impl IntoView {
    let of = library
        .desk
        .target
        .with_untracked(|target| target.as_ref().map(|it| it.name().to_owned()))
        .unwrap_or_default();
    let words = format!("Remove the closures of {of}");
    view! {
        <p>"The calendar alone will say when bars of " <strong>{of}</strong> " are expected, and gaps are filled anew. Your file stays where it is."</p>
        <Apply library words=Signal::stored(words) />
    }
}
