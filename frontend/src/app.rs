//! The shell: header, banners, the page that the address names.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::data_page_client::DataPageClient;
use crate::keys;
use crate::late::{File, Which};
use crate::pages::sweep::look::SweepLook;
use crate::pages::{Page, backtest::BacktestPage, data_host::DataHost, unknown::UnknownPage};
use crate::parts::bubble::{BubbleLayer, Bubbles};
use crate::parts::files::drops;
use crate::parts::header::Header;
use crate::parts::later::{Late, Later, Stage};
use crate::state::Lab;
use crate::state::entries::{Catalogue, Server};
use crate::theme::Look;

/// Starts the page in place of what the document shows while it loads.
pub(crate) fn start(file: File) {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        browser::show_panic(&info.to_string());
    }));
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    leptos::mount::mount_to_body(move || view! { <App file /> });
}

#[component]
fn App(file: File) -> impl IntoView {
    let lab = Lab::start();
    provide_context(lab);
    let late = Late::start(file, lab);
    provide_context(late);
    let look = Look::new();
    provide_context(look);
    provide_context(look.version);
    provide_context(Bubbles::new());
    provide_context(SweepLook::new());
    provide_context(DataPageClient::start(lab, look.version));
    let page = RwSignal::new(Page::from_hash(&hash()));
    keys::listen(lab, page);
    settle_at_the_end(lab);
    // a file that no page takes, as where one is still on its way, must not take the place of all
    drops(|_| ());
    EventListener::new(&window(), "hashchange", move |_| {
        let named = Page::from_hash(&hash());
        // another spelling of the same page does not build it anew
        if page.with_untracked(|page| *page != named) {
            page.set(named);
            request_animation_frame(keep_focus);
        }
        lab.follow_address();
    })
    .forget();
    view! {
        <a class="skip" href="#main" on:click=skip_to_page>"Skip to the page"</a>
        <Header page />
        <Banners lab late page />
        <main id="main" tabindex="-1">
            {move || match page.get() {
                Page::Backtest => view! { <BacktestPage /> }.into_any(),
                Page::Data => view! { <DataHost /> }.into_any(),
                Page::Sweep => view! { <SweepHost late /> }.into_any(),
                Page::Unknown(name) => view! { <UnknownPage name /> }.into_any(),
            }}
        </main>
        {move || lab.asked.get().map(|asked| view! { <Later which=Which::Dialog(asked) /> })}
        <BubbleLayer />
    }
}

/// Whoever reloads or closes the page leaves the field that they type in by that: the number in it counts, or what stood before where
/// it is none, and is remembered, as is what was chosen a moment ago.
fn settle_at_the_end(lab: Lab) {
    // browsers of phones tell of the second only
    for event in ["beforeunload", "pagehide"] {
        EventListener::new(&window(), event, move |_| {
            if let Some(at) = document().active_element()
                && let Some(field) = at.dyn_ref::<HtmlElement>()
                && field.matches(".typed").unwrap_or(false)
            {
                drop(field.blur());
            }
            lab.save_now();
            lab.note_left();
        })
        .forget();
    }
}

/// The sweep page, which comes late.
#[component]
fn SweepHost(late: Late) -> impl IntoView {
    let coming = move || {
        (late.stage.get() == Stage::Loading)
            .then(|| view! { <p class="boot-note" role="status">"Loading the page"</p> })
    };
    view! { {coming} <Later which=Which::SweepPage /> }
}

/// Moves the focus to the page where what had it went with another one.
fn keep_focus() {
    let lost = document()
        .active_element()
        .is_none_or(|at| at.tag_name() == "BODY");
    if lost {
        focus_main();
    }
}

/// Moves the focus past the header; the address, which names the page, stays.
fn skip_to_page(event: web_sys::MouseEvent) {
    event.prevent_default();
    focus_main();
}

fn focus_main() {
    let main = document().get_element_by_id("main");
    if let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) {
        drop(main.focus());
    }
}

fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// What concerns the whole lab.
#[component]
fn Banners(lab: Lab, late: Late, page: RwSignal<Page>) -> impl IntoView {
    let outdated = move || {
        lab.outdated.get().then(|| {
            view! {
                <div class="banner" data-kind="warning" role="alert">
                    <strong>"Reload the page. "</strong>
                    "The page, its engine and the server are of different versions, so results could differ."
                    <button type="button" class="button" on:click=|_| drop(window().location().reload())>
                        "Reload"
                    </button>
                </div>
            }
        })
    };
    let damaged = move || {
        let damaged = lab.catalogue.with(|catalogue| match catalogue {
            Catalogue::Known(sets) => sets.damaged.clone(),
            _ => Vec::new(),
        });
        (!damaged.is_empty()).then(|| {
            view! {
                <div class="banner" data-kind="warning" role="alert">
                    <div>{damaged.into_iter().map(|what| view! { <p><strong>"Not listed: "</strong> {what}</p> }).collect_view()}</div>
                    <button type="button" class="button" on:click=move |_| lab.fetch_catalogue()>
                        "Look again"
                    </button>
                </div>
            }
        })
    };
    let told = RwSignal::new(false);
    Effect::new(move |_| {
        if lab.server.get() != Server::Away {
            told.set(false);
        }
    });
    // what a page says of bars that did not come says it, too
    let is_said = Memo::new(move |_| {
        let by_page = page.with(|page| matches!(page, Page::Backtest | Page::Sweep));
        by_page
            && lab
                .trouble
                .with(|trouble| trouble.as_ref().is_some_and(|trouble| trouble.away))
    });
    let away = move || {
        (lab.server.get() == Server::Away && !told.get() && !is_said.get()).then(|| {
            view! {
                <div class="banner" id="away" data-kind="info" role="status">
                    <p><strong>"The server does not answer. "</strong> "What is loaded here goes on working: parameters, runs, links to copy, files of your own. Other bars and saved runs come back with it."</p>
                    <button type="button" class="button" on:click=move |_| told.set(true)>"Dismiss"</button>
                </div>
            }
        })
    };
    let half = move || {
        (late.stage.get() == Stage::Failed).then(|| {
            view! {
                <div class="banner" id="half" data-kind="error" role="alert">
                    <p>
                        <strong>"Half of the page did not come. "</strong>
                        "A file of it could not be loaded from the server: parameters, results, trades, dialogs and links are missing; the chart works."
                    </p>
                    <button type="button" class="button" on:click=move |_| late.load()>"Try again"</button>
                </div>
            }
        })
    };
    view! { {outdated} {damaged} {away} {half} }
}
