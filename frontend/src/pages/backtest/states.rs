//! What is shown when something is missing or went wrong.

use leptos::prelude::*;

use crate::pages::Page;
use crate::state::Lab;
use crate::state::entries::{Catalogue, Server};

/// A line across the page where something went wrong.
#[component]
pub(super) fn Troubles() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let lost = move || {
        lab.lost.get().map(|why| {
            view! {
                <div class="banner" data-kind="error" role="alert">
                    <p><strong>"The engine could not be started. "</strong> {why}</p>
                    <button
                        type="button"
                        class="button"
                        on:click=|_| drop(gloo::utils::window().location().reload())
                    >
                        "Reload"
                    </button>
                </div>
            }
        })
    };
    let trouble = move || {
        lab.trouble.get().map(|trouble| {
            view! {
                <div class="banner" data-kind="error" role="alert">
                    <p><strong>{trouble.what}</strong> " " {trouble.remedy}</p>
                    <button type="button" class="button" on:click=move |_| lab.retry()>
                        "Try again"
                    </button>
                </div>
            }
        })
    };
    view! { {lost} {trouble} }
}

/// What is said over the chart where it does not belong to the parameters as they stand.
#[component]
pub(super) fn Stale() -> impl IntoView {
    let lab = expect_context::<Lab>();
    view! { <p class="stale" role="status">{move || lab.stale.get()}</p> }
}

/// What stands in place of the chart while there is nothing to draw.
#[component]
pub(super) fn Vacancy() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let kind = Memo::new(move |_| {
        let none = lab.entries.with(Vec::is_empty);
        lab.catalogue.with(|catalogue| match catalogue {
            Catalogue::Failed(_) if none => Kind::Unreachable,
            Catalogue::Known(_) if none => Kind::Empty,
            _ if lab.shown.with(Option::is_some) => Kind::Nothing,
            _ if lab.trouble.with(Option::is_some) || lab.lost.with(Option::is_some) => {
                Kind::Nothing
            }
            _ => Kind::Loading,
        })
    });
    move || match kind.get() {
        Kind::Nothing => ().into_any(),
        Kind::Loading => view! {
            <div class="vacancy loading" role="status">
                <div class="skeleton-chart" aria-hidden="true"></div>
                <p class="loading-words">"Loading bars"</p>
            </div>
        }
        .into_any(),
        Kind::Empty => view! { <Empty /> }.into_any(),
        Kind::Unreachable => view! { <Unreachable /> }.into_any(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Loading,
    Empty,
    Unreachable,
}

#[component]
fn Empty() -> impl IntoView {
    let lab = expect_context::<Lab>();
    view! {
        <div class="vacancy">
            <div class="notice">
                <h2>"No bars yet"</h2>
                <p>"Drop a file with bars of your own here, or store simulated bars of several instruments for a first look:"</p>
                <pre>"cargo atrium demo"</pre>
                <a class="button" href=Page::DATA>"Go to the data page"</a>
                <button type="button" class="button primary" on:click=move |_| lab.retry()>
                    "Look again"
                </button>
            </div>
        </div>
    }
}

#[component]
fn Unreachable() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let why = move || {
        lab.catalogue.with(|catalogue| match catalogue {
            Catalogue::Failed(why) => why.clone(),
            _ => String::new(),
        })
    };
    let away = move || lab.server.get() == Server::Away;
    view! {
        <div class="vacancy">
            <div class="notice">
                <h2>"The data sets cannot be listed"</h2>
                <p>{why}</p>
                <Show when=away>
                    <p>"Start the server; this page notices by itself."</p>
                    <pre>"cargo xtask start"</pre>
                </Show>
                <p>"Without it, a file with bars can be used in this browser alone: drop it here."</p>
                <button type="button" class="button primary" on:click=move |_| lab.retry()>
                    "Try again"
                </button>
            </div>
        </div>
    }
}
