//! The run as a link, as a command line and as a configuration.

use atrium_shared::signal::placing::RowTime;
use atrium_shared::surface::share::{Link, SignalTimes, command_line_of_file};
use gloo::utils::window;
use leptos::prelude::*;

use super::json::configuration;
use crate::parts::copy::CopyButton;
use crate::parts::dialog::Dialog;
use crate::state::Lab;
use crate::state::entries::Place;

/// The command line that makes the run of a link, as its signals are read here where it trades some.
pub(in crate::pages::backtest) fn command(lab: Lab, link: &Link) -> String {
    let times = lab.traded_times(&link.config).unwrap_or_default();
    let line = command_line_of_file(&link.data.name, link.window, &link.config, &times.into());
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
    let line = Signal::derive(move || {
        link.with(|link| link.as_ref().map(|link| command(lab, link)))
            .unwrap_or_default()
    });
    let of_file = move || {
        let trades = link.with(|link| {
            link.as_ref()
                .and_then(|link| lab.traded_times(&link.config))
        });
        trades.map(of_file_words)
    };
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
            {move || of_file().map(|words| view! { <p class="quiet" id="share-file">{words}</p> })}
            <WithView with_view />
            <Text id="share-command" label="Command line" of="Copy the command line" text=line>
                {move || match local() {
                    true => "It makes the same run in a terminal, once the file of these bars is imported there.",
                    false => "It makes the same run in a terminal.",
                }}
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

/// What is said of a run that trades the signals of a file.
fn of_file_words(times: SignalTimes) -> String {
    let stand_for = match times.row_time {
        RowTime::BarStart => "starts of bars",
        RowTime::BarEnd => "ends of bars",
        RowTime::KnownAt => "when it is known",
    };
    let zone = if times.of_exchange {
        "exchange time"
    } else {
        "UTC"
    };
    let flags: String = times
        .flags()
        .iter()
        .map(|(flag, value)| format!(" {flag} {value}"))
        .collect();
    let flags = match flags.is_empty() {
        true => String::new(),
        false => format!(", as by{flags}; the address has that behind the link"),
    };
    format!(
        "The run trades the signals of a file, which no link holds: send it along. Its times are read as {stand_for} in {zone}{flags}."
    )
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
