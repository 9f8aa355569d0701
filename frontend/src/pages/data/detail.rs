//! One data set: what it is, what can be done with it, how complete and how good it is.

use std::sync::Arc;

use atrium_shared::surface::report::count;
use leptos::html::H2;
use leptos::prelude::*;
use web_sys::HtmlElement;

use super::actions::{Actions, OwnClosures};
use super::clip::ClipView;
use super::coverage::CoverageCalendar;
use super::gaps::Gaps;
use super::history::History;
use super::list::tags;
use super::manage::Manage;
use super::quality::Quality;
use super::words::{basis_words, calendar_words, span_words};
use crate::parts::bubble::Explained;
use crate::parts::copy::{Copied, CopyWords, copy_text};
use crate::parts::header::interval_words;
use crate::state::entries::Entry;
use crate::state::library::{Asked, Library, Reports};

#[component]
pub(super) fn Detail(library: Library) -> impl IntoView {
    // reports belong to the bars: another digest is another data set
    let of = Memo::new(move |_| {
        library.inspected.with(|entry| {
            entry
                .as_ref()
                .map(|entry| (entry.key.clone(), entry.set.digest))
        })
    });
    Effect::new(move |_| {
        // a memo that nobody reads is not computed, and tells of no change
        drop(of.get());
        if let Some(entry) = library.inspected.get_untracked() {
            library.fetch_reports(&entry);
        }
    });
    move || {
        let entry = library.inspected.get()?;
        let key = entry.key.clone();
        Some(view! {
            <article class="detail" aria-labelledby="detail-title" data-inspected=key>
                <Head library entry />
                <Body library />
            </article>
        })
    }
}

/// Puts the focus on a title; where hardly anything beneath it would be in sight, the page is scrolled to it.
fn arrive(title: &HtmlElement) {
    /// Lower than this share of the window there is too little room.
    const LOW: f64 = 0.6;
    drop(title.focus());
    let height = window().inner_height().ok().and_then(|it| it.as_f64());
    if title.get_bounding_client_rect().top() > LOW * height.unwrap_or(0.0) {
        title.scroll_into_view_with_bool(true);
    }
}

#[component]
fn Head(library: Library, entry: Entry) -> impl IntoView {
    let set = &entry.set;
    let (number, unit) = interval_words(set.interval);
    let instrument = set.instrument.clone();
    let digest = set.digest.to_string();
    let short = set.digest.short();
    let copied = RwSignal::new(Copied::No);
    let full = digest.clone();
    let fact = |name: &'static str, value: String| {
        view! { <div class="fact" data-fact=name><dt>{name}</dt><dd>{value}</dd></div> }
    };
    let multiplier = match instrument.multiplier {
        1.0 => String::new(),
        multiplier => format!(", multiplier {multiplier}"),
    };
    let units = format!(
        "tick {}, lot {}, {}{multiplier}",
        instrument.tick_size, instrument.lot_size, instrument.currency
    );
    let tag_list = tags(&entry);
    let title = NodeRef::<H2>::new();
    let key = entry.key.clone();
    // whoever chose it goes on here, by eye and by keys
    Effect::new(move |_| {
        let is_sought = library.sought.with(|sought| sought.as_ref() == Some(&key));
        if is_sought && let Some(title) = title.get() {
            library.sought.set(None);
            request_animation_frame(move || arrive(&title));
        }
    });
    view! {
        <header class="detail-head">
            <h2 id="detail-title" tabindex="-1" node_ref=title>{set.name.clone()} " " {tag_list}</h2>
            <Manage library entry=entry.clone() />
        </header>
        <dl class="facts">
            {fact("Instrument", instrument.symbol.clone())}
            {fact("Market", calendar_words(instrument.calendar).to_owned())}
            {fact("Units", units)}
            {fact("Bars", format!("{} of {number} {unit}", count(set.rows as f64)))}
            {fact("From – to", span_words(set.first, set.last))}
            {fact("Prices", basis_words(set))}
            {fact("Source", set.source.clone())}
            <div class="fact">
                <dt>
                    <Explained text="A fingerprint of every bar. The same bars have the same hash on the command line, on the server and in the browser.".to_owned()>
                        "Hash"
                    </Explained>
                </dt>
                <dd>
                    <code data-digest="bars" data-full=digest.clone() title=digest>{short}</code>
                    <button type="button" class="button" aria-label="Copy the hash of the bars in full" on:click=move |_| copy_text(full.clone(), copied)>
                        <CopyWords state=copied label="Copy" />
                    </button>
                </dd>
            </div>
        </dl>
    }
}

#[component]
fn Body(library: Library) -> impl IntoView {
    move || {
        match library.reports.get() {
        Asked::Nothing | Asked::Loading => view! {
            <div class="waiting" role="status">
                <div class="skeleton-years" aria-hidden="true"></div>
                <p class="loading-words">"Looking through the bars"</p>
            </div>
        }
        .into_any(),
        Asked::Failed(why) => view! {
            <div class="notice" role="alert">
                <h3>"The reports cannot be had"</h3>
                <p>{why}</p>
                <button
                    type="button"
                    class="button"
                    on:click=move |_| if let Some(entry) = library.inspected.get_untracked() { library.fetch_reports(&entry) }
                >
                    "Try again"
                </button>
            </div>
        }
        .into_any(),
        Asked::Known(reports) => view! { <Findings library reports /> }.into_any(),
    }
    }
}

#[component]
fn Findings(library: Library, reports: Arc<Reports>) -> impl IntoView {
    let sessions = library
        .inspected
        .with_untracked(|entry| entry.as_ref().map(|entry| entry.set.instrument.calendar));
    let sessions = sessions.unwrap_or(atrium_shared::market::calendar::Calendar::Crypto);
    view! {
        <CoverageCalendar library sessions reports=Arc::clone(&reports) />
        <div class="findings">
            <ClipView library />
            <Gaps library reports=Arc::clone(&reports) />
            <Quality library reports=Arc::clone(&reports) />
            <Actions library />
            <OwnClosures library reports=Arc::clone(&reports) />
            <History library reports />
        </div>
    }
}
