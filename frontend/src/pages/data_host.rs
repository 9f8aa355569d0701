//! Where the data page is shown, and what stands there until it is.

use leptos::html::Div;
use leptos::prelude::*;

use crate::data_page_client::{DataPageClient, Stage};
use crate::state::Lab;
use crate::state::entries::Server;

#[component]
pub(crate) fn DataHost() -> impl IntoView {
    let client = expect_context::<DataPageClient>();
    let lab = expect_context::<Lab>();
    let host = NodeRef::<Div>::new();
    // each answer of the server says anew that it is there: only that it came back is news
    let connected = Memo::new(move |_| lab.server.get() == Server::Connected);
    Effect::new(move |_| {
        // asked for at once, and again when the server comes back
        if connected.get() || client.stage.get_untracked() == Stage::Absent {
            client.load();
        }
    });
    Effect::new(move |_| {
        if let (Stage::Here, Some(host)) = (client.stage.get(), host.get()) {
            client.show(&host);
        }
    });
    on_cleanup(move || client.hide());
    let waiting = move || match client.stage.get() {
        Stage::Here => ().into_any(),
        Stage::Absent | Stage::Loading => view! { <Coming /> }.into_any(),
        Stage::Failed => view! { <Failed client /> }.into_any(),
    };
    view! { <div class="page-host" node_ref=host></div> {waiting} }
}

#[component]
fn Coming() -> impl IntoView {
    view! {
        <div class="data" data-coming="">
            <div class="data-head">
                <h1>"Data"</h1>
            </div>
            <div class="waiting" role="status">
                <div class="skeleton-years" aria-hidden="true"></div>
                <p class="loading-words">"Loading the data page"</p>
            </div>
        </div>
    }
}

#[component]
fn Failed(client: DataPageClient) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let away = move || lab.server.get() == Server::Away;
    view! {
        <div class="data" data-coming="failed">
            <div class="data-head">
                <h1>"Data"</h1>
            </div>
            <div class="notice" role="alert">
                <h2>"The data page could not be loaded"</h2>
                <Show
                    when=away
                    fallback=|| view! { <p>"A file of it did not come from the server. If that happens again, reload the page: what is in this browser only is then gone."</p> }
                >
                    <p>"It comes from the server, which is away. To start it, in a terminal; this page notices by itself:"</p>
                    <pre tabindex="0">"cargo xtask start"</pre>
                </Show>
                <button type="button" class="button primary" on:click=move |_| client.load()>"Try again"</button>
            </div>
        </div>
    }
}
