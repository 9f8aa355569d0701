//! An address that names no page.

use leptos::prelude::*;

use super::Page;

#[component]
pub(crate) fn UnknownPage(
    /// What the address says.
    name: String,
) -> impl IntoView {
    view! {
        <section class="notice">
            <h1>"No such page"</h1>
            <p>"There is no page named “" {name} "”."</p>
            <a class="button" href=Page::BACKTEST>"Go to the backtest"</a>
        </section>
    }
}
