//! What is missing, gap by gap: choose one to see the bars about it.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::curate::{Gap, GapKind, GapReport, LongGap};
use atrium_shared::surface::report::count;
use leptos::prelude::*;

use super::words::{gap_words, length_words, many, outside_words, time_words};
use crate::state::library::{Library, Moment, Reports};

/// Rows that are there at first, and that come with each wish for more.
const ROWS: usize = 50;

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Longest,
    Time,
}

impl Order {
    const ALL: [(Self, &str); 2] = [(Self::Longest, "Longest first"), (Self::Time, "By time")];

    fn sort(self, gaps: &[Gap]) -> Vec<Gap> {
        let mut gaps = gaps.to_vec();
        if self == Self::Longest {
            gaps.sort_by_key(|gap| (core::cmp::Reverse(gap.bars), gap.from));
        }
        gaps
    }
}

#[component]
pub(super) fn Gaps(library: Library, reports: Arc<Reports>) -> impl IntoView {
    let report = reports.quality.gaps.clone();
    let interval = report.interval;
    let summary = summary(&report);
    let weekdays = weekday_lines(&report.long_weekday, interval);
    let weekdays = (!weekdays.is_empty()).then(|| {
        let line = |words: String| view! { <li>{words}</li> };
        view! { <ul class="notes-list" id="weekday-gaps">{weekdays.into_iter().map(line).collect_view()}</ul> }
    });
    let unlisted = report.unlisted;
    let total = report.gaps.len();
    let all: u64 = report.counts.iter().sum();
    let gaps = StoredValue::new(report.gaps);
    let order = RwSignal::new(Order::Longest);
    let shown = RwSignal::new(ROWS);
    let rows = move || {
        let sorted = gaps.with_value(|gaps| order.get().sort(gaps));
        let row = |gap: Gap| view! { <GapRow library gap interval /> };
        sorted.into_iter().take(shown.get()).map(row).collect_view()
    };
    let more = move || total > shown.get();
    let choice = move |(offer, words): (Order, &'static str)| {
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="gap-order"
                    prop:checked=move || order.get() == offer
                    on:change=move |_| order.set(offer)
                />
                <span>{words}</span>
            </label>
        }
    };
    let table = move || {
        view! {
            <div class="table-window" tabindex="0" role="group" aria-label="Gaps">
                <table class="plain" id="gaps">
                    <thead>
                        <tr>
                            <th scope="col">"From, UTC"</th>
                            <th scope="col">"To, UTC"</th>
                            <th scope="col">"Where"</th>
                            <th scope="col" data-number="">"Missing bars"</th>
                            <th scope="col" data-number="">"Market time"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <Show when=more>
                    <button type="button" class="button more" on:click=move |_| shown.update(|shown| *shown += ROWS)>
                        "Show more"
                    </button>
                </Show>
            </div>
        }
    };
    let unlisted = (unlisted > 0).then(|| {
        let words = many(unlisted, "shorter gap is", "shorter gaps are");
        view! { <p class="quiet">{words} " counted, but not listed."</p> }
    });
    view! {
        <section class="gaps" aria-labelledby="gaps-title" data-gaps=all.to_string()>
            <div class="section-head">
                <h2 id="gaps-title">"Gaps " <span class="quiet">{count(all as f64)}</span></h2>
                <fieldset class="segments" hidden=total < 2>
                    <legend class="hidden">"Order of the gaps"</legend>
                    {Order::ALL.map(choice)}
                </fieldset>
            </div>
            <p class="lead">{summary}</p>
            {weekdays}
            {(total > 0).then(table)}
            {unlisted}
        </section>
    }
}

/// The long times on weekdays without a bar within which the calendar expects some, the first of them.
fn weekday_lines(gaps: &[LongGap], interval: BarInterval) -> Vec<String> {
    const SHOWN: usize = 10;
    let unexplained = || gaps.iter().filter(|gap| !gap.explained);
    let line = |gap: &LongGap| {
        format!(
            "{} of weekdays without a bar, {} – {} UTC, and the calendar expects bars within.",
            many(u64::from(gap.weekday_hours), "hour", "hours"),
            time_words(gap.from, interval),
            time_words(gap.to, interval)
        )
    };
    let mut lines: Vec<String> = unexplained().take(SHOWN).map(line).collect();
    let more = unexplained().count().saturating_sub(SHOWN) as u64;
    if more > 0 {
        lines.push(format!("{} of that kind.", many(more, "more", "more")));
    }
    lines
}

/// The whole in a sentence or two.
fn summary(report: &GapReport) -> String {
    let sessions = many(u64::from(report.sessions), "session", "sessions");
    let missing = report.missing();
    let [inside, late, early, _] = report.counts;
    let count_of = |number: u64, words: &str| format!("{} {words}", count(number as f64));
    let parts = [
        (inside, count_of(inside, "inside a session")),
        (late, count_of(late, "from an open on")),
        (early, count_of(early, "up to a close")),
        (
            u64::from(report.missing_sessions),
            many(
                u64::from(report.missing_sessions),
                "whole session",
                "whole sessions",
            ),
        ),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(number, words)| (number > 0).then_some(words))
        .collect();
    let outside = match outside_words(&report.extended) {
        none if none.is_empty() => none,
        words => format!(" {words}"),
    };
    match missing {
        0 => format!("Nothing is missing in {sessions}.{outside}"),
        missing => format!(
            "{} of {} expected in {sessions} {} missing: {}.{outside}",
            many(missing, "bar", "bars"),
            count(report.expected as f64),
            if missing == 1 { "is" } else { "are" },
            parts.join(", ")
        ),
    }
}

#[component]
fn GapRow(library: Library, gap: Gap, interval: BarInterval) -> impl IntoView {
    let (from, to) = (time_words(gap.from, interval), time_words(gap.to, interval));
    let place = match gap.kind {
        GapKind::MissingSessions => {
            many(u64::from(gap.sessions), "whole session", "whole sessions")
        }
        kind => gap_words(kind).to_owned(),
    };
    let length = length_words(gap.seconds);
    let filled = match gap.synthetic {
        0 => String::new(),
        filled => format!(" ({} filled in)", count(filled as f64)),
    };
    let missing = format!("{}{filled}", count(gap.bars as f64));
    let title = format!(
        "Missing: {}{filled} ({length} of market time), {from} – {to} UTC",
        many(gap.bars, "bar", "bars")
    );
    let moment = Moment {
        title,
        from: gap.from,
        to: gap.to,
    };
    let is_shown = {
        let moment = moment.clone();
        Memo::new(move |_| library.moment.with(|shown| shown.as_ref() == Some(&moment)))
    };
    let label = format!("Show the bars about the gap from {from}");
    let show = move |_: web_sys::MouseEvent| library.show(moment.clone());
    view! {
        <tr data-chosen=move || is_shown.get().then_some("") on:click=show data-from=gap.from.to_string() data-missing=gap.bars.to_string()>
            <td>
                <button type="button" class="row-button" aria-label=label aria-pressed=move || is_shown.get().to_string()>
                    {from.clone()}
                </button>
            </td>
            <td>{to}</td>
            <td>{place}</td>
            <td data-number="">{missing}</td>
            <td data-number="">{length}</td>
        </tr>
    }
}
