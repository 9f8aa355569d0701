//! The bar at the top: name, pages, data, server, look.

use atrium_shared::base::time::BarInterval;
use leptos::prelude::*;

use crate::choices::offered_intervals;
use crate::pages::Page;
use crate::state::Lab;
use crate::state::entries::{Entry, Place, Server};
use crate::theme::{Choice, Look};

#[component]
pub(crate) fn Header(
    /// The page that is shown.
    page: RwSignal<Page>,
) -> impl IntoView {
    let current = move |of: Page| move || (page.get() == of).then_some("page");
    let on_bars = Memo::new(move |_| matches!(page.get(), Page::Backtest | Page::Sweep));
    view! {
        <header class="top">
            <a class="brand" href=Page::BACKTEST>
                <Mark />
                <span>"Atrium"</span>
            </a>
            <nav aria-label="Pages">
                <a href=Page::DATA aria-current=current(Page::Data)>
                    "Data"
                </a>
                <a href=Page::BACKTEST aria-current=current(Page::Backtest)>
                    "Backtest"
                </a>
                <a href=Page::SWEEP aria-current=current(Page::Sweep)>
                    "Sweep"
                </a>
            </nav>
            <Show when=move || on_bars.get()>
                <DataChooser />
            </Show>
            <div class="top-end">
                <ServerState />
                <ThemeToggle />
            </div>
        </header>
    }
}

/// The mark of the house: a roof over three bars.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <path d="M5 26V12.5L16 5l11 7.5V26" />
            <path d="M11 26v-6M16 26V14M21 26v-9" />
        </svg>
    }
}

/// Which data set and which interval.
#[component]
fn DataChooser() -> impl IntoView {
    let lab = expect_context::<Lab>();
    // what stays the same is not built anew when the list is fetched again
    let sets = Memo::new(move |_| {
        let words = |entry: &Entry| (entry.key.clone(), entry_words(entry));
        lab.entries
            .with(|entries| entries.iter().map(words).collect::<Vec<_>>())
    });
    let options = move || {
        let option = |(key, words): (String, String)| {
            let value = key.clone();
            view! {
                <option value=value selected=move || lab.data_set.get().as_ref() == Some(&key)>
                    {words}
                </option>
            }
        };
        sets.get().into_iter().map(option).collect_view()
    };
    let none = move || sets.with(Vec::is_empty);
    view! {
        <div class="choosers">
            <label class="chooser">
                <span class="chooser-label">"Data"</span>
                <select
                    id="data-set"
                    disabled=none
                    prop:value=move || lab.data_set.get()
                    on:change=move |event| lab.choose_data_set(event_target_value(&event))
                >
                    {options}
                    {move || none().then(|| view! { <option>"No data sets"</option> })}
                </select>
            </label>
            <IntervalChooser />
        </div>
    }
}

/// A data set as it is called in a list.
fn entry_words(entry: &Entry) -> String {
    let simulated = if entry.set.simulated {
        " (simulated)"
    } else {
        ""
    };
    let place = match entry.place {
        Place::Server => "",
        Place::Browser => " (this browser only)",
    };
    format!("{}{simulated}{place}", entry.set.name)
}

/// The interval of the bars that are decided on.
#[component]
fn IntervalChooser() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let offered = Memo::new(move |_| {
        lab.chosen()
            .map(|entry| offered_intervals(entry.set.interval))
            .unwrap_or_default()
    });
    let interval = move || lab.draft.with(|config| config.interval);
    let choice = move |offer: BarInterval| {
        let (number, unit) = interval_words(offer);
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="interval"
                    value=offer.to_string()
                    prop:checked=move || interval() == offer
                    on:change=move |_| lab.choose_interval(offer)
                />
                <span>{number} <span class="unit">" " {unit}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="segments" id="interval" hidden=move || offered.with(Vec::is_empty)>
            <legend class="hidden">"Bar interval"</legend>
            {move || offered.get().into_iter().map(choice).collect_view()}
        </fieldset>
    }
}

/// An interval as its number and its unit.
pub(crate) fn interval_words(interval: BarInterval) -> (String, &'static str) {
    match interval {
        BarInterval::Day => ("1".to_owned(), "day"),
        BarInterval::Seconds(seconds) if seconds % 60 == 0 => ((seconds / 60).to_string(), "min"),
        BarInterval::Seconds(seconds) => (seconds.to_string(), "s"),
    }
}

/// Whether the server is there.
#[component]
fn ServerState() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let state = move || match lab.server.get() {
        Server::Unknown => ("unknown", "Connecting"),
        Server::Connected => ("connected", "Connected"),
        Server::Away => ("away", "Server away, local work goes on"),
    };
    view! {
        <p class="server" role="status" data-server=move || state().0>
            <span class="dot" aria-hidden="true"></span>
            <span>{move || state().1}</span>
        </p>
    }
}

/// Auto, light or dark.
#[component]
fn ThemeToggle() -> impl IntoView {
    let look = expect_context::<Look>();
    let option = move |choice: Choice| {
        let (name, path) = match choice {
            Choice::Auto => ("As the system", "M4 5h16v11H4zM9 20h6M12 16v4"),
            Choice::Light => (
                "Light",
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
            ),
            Choice::Dark => ("Dark", "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z"),
        };
        view! {
            <label class="segment icon" title=name>
                <input
                    type="radio"
                    name="theme"
                    value=choice.name()
                    prop:checked=move || look.choice.get() == choice
                    on:change=move |_| look.choice.set(choice)
                />
                <span>
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d=path /></svg>
                    <span class="hidden">{name}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="segments" id="theme">
            <legend class="hidden">"Colours"</legend>
            {Choice::ALL.map(option)}
        </fieldset>
    }
}
