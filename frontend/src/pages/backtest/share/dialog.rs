//! The run as a link, as a command line and as a configuration.

use atrium_shared::surface::share::{Link, command_line};
use gloo::utils::window;
use leptos::prelude::*;

use super::json::configuration;
use crate::parts::copy::CopyButton;
use crate::parts::dialog::Dialog;
use crate::state::Lab;
use crate::state::entries::Place;

/// The command line that makes the run of a link.
pub(in crate::pages::backtest) fn command(link: &Link) -> String {
    let line = command_line(&link.data.name, link.window, &link.config);
    format!("cargo {line}")
}

/// The address of a link on this page's server.
fn address(fragment: &str) -> String {
    let here = window().location();
    let (origin, path) = (
        here.origin().unwrap_or_default(),
        here.pathname().unwrap_or_default(),
    );
    format!("{origin}{path}{fragment}")
}

#[component]
pub(crate) fn ShareDialog() -> impl IntoView {
    let lab = expect_context::<Lab>();
    // what is shared stands: what would count as chosen in a moment does now, and takes no link out of the address then
    lab.commit();
    let link = Memo::new(move |_| lab.link());
    let with_view = RwSignal::new(false);
    let fragment = Memo::new(move |_| {
        let fragment = lab.fragment(with_view.get())?;
        Some(fragment.map_err(|bad| bad.to_string()))
    });
    let url = Signal::derive(move || match fragment.get() {
        Some(Ok(fragment)) => address(&fragment),
        _ => String::new(),
    });
    // what is being shared has its name in the address, too
    Effect::new(move |_| {
        if let Some(Ok(fragment)) = fragment.get() {
            lab.name_in_address(&fragment);
        }
    });
    let json = Signal::derive(move || {
        let config = |link: &Link| configuration(&link.config);
        link.with(|link| link.as_ref().map(config).unwrap_or_default())
    });
    let line =
        Signal::derive(move || link.with(|link| link.as_ref().map(command).unwrap_or_default()));
    let refused = move || match fragment.get() {
        Some(Err(why)) => Some(why),
        _ => None,
    };
    let local = move || {
        lab.shown.with(|shown| {
            shown
                .as_ref()
                .is_some_and(|shown| shown.place == Place::Browser)
        })
    };
    let none = move || link.with(Option::is_none);
    view! {
        <Dialog id="share-dialog" title="Share this run">
            <Show when=none>
                <p>"There is no run yet: once one was made, it can be shared."</p>
            </Show>
            <Text id="share-link" label="Link" of="Copy the link" text=url>
                "It holds every option, the hash of the data and the digests of the result. Whoever opens it with the same bars makes the run again and is told whether it is the same to the last bit. The part behind the # is sent to no server."
            </Text>
            <WithView with_view />
            <Text id="share-command" label="Command line" of="Copy the command line" text=line>
                "It makes the same run in a terminal."
            </Text>
            <Text id="share-json" label="Configuration" of="Copy the configuration" text=json>
                "Every option as JSON: cargo atrium backtest --config FILE reads it."
            </Text>
            <Show when=local>
                <p class="quiet">"These bars are in this browser only. Who opens the link needs the file that they came from, and a terminal has them once it is imported: cargo atrium import FILE."</p>
            </Show>
            <p class="complaint" role="alert">{refused}</p>
        </Dialog>
    }
}

/// Whether the link has what the chart shows in it: without it equal runs have equal links.
#[component]
fn WithView(with_view: RwSignal<bool>) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let words = move || lab.view_words();
    let none = move || words().is_none();
    let said = move || {
        words().unwrap_or_else(|| {
            "The chart shows everything: zoom in, or ask about a bar, to have that in the link."
                .to_owned()
        })
    };
    view! {
        <label class="option">
            <input
                type="checkbox"
                id="share-view"
                disabled=none
                prop:checked=move || with_view.get()
                on:change=move |event| with_view.set(event_target_checked(&event))
            />
            <span><strong>"With this view"</strong> " " <span class="quiet">{said}</span></span>
        </label>
    }
}

/// A text to be copied.
#[component]
fn Text(
    id: &'static str,
    label: &'static str,
    of: &'static str,
    text: Signal<String>,
    children: Children,
) -> impl IntoView {
    let some = Signal::derive(move || text.with(|text| !text.is_empty()));
    view! {
        <section class="shared" aria-label=label>
            <div class="shared-head">
                <h3>{label}</h3>
                <CopyButton text label="Copy" of enabled=some />
            </div>
            <pre class="command" id=id tabindex="0" aria-label=label>{move || text.get()}</pre>
            <p class="quiet">{children()}</p>
        </section>
    }
}
