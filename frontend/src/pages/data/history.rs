//! Where the bars came from, import by import, and the corporate actions that adjust them.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::actions::{ActionKind, CorporateAction};
use atrium_shared::surface::api::ImportRecord;
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::{count, fixed};
use leptos::prelude::*;

use super::words::{calendar_words, many};
use crate::state::entries::Place;
use crate::state::library::{Library, Reports};

#[component]
pub(super) fn History(library: Library, reports: Arc<Reports>) -> impl IntoView {
    let entry = library.inspected.get_untracked();
    let here = entry
        .as_ref()
        .is_some_and(|entry| entry.place == Place::Browser);
    let actions = entry.map_or_else(Vec::new, |entry| entry.set.actions.list().to_vec());
    let size = reports
        .bytes
        .map(|bytes| format!(", {} on the server's disk", bytes_words(bytes as f64)));
    let imports = match reports.imports.len() as u64 {
        _ if here => {
            "In this browser only: these bars are gone when the page is reloaded.".to_owned()
        }
        number => format!(
            "{}{}.",
            many(number, "import", "imports"),
            size.unwrap_or_default()
        ),
    };
    let row = |import: &ImportRecord| view! { <ImportRow import=import.clone() /> };
    let table = (!reports.imports.is_empty()).then(|| {
        view! {
            <div class="table-window" tabindex="0" role="group" aria-label="Imports">
                <table class="plain" id="imports">
                    <thead>
                        <tr>
                            <th scope="col" data-number="">"#"</th>
                            <th scope="col">"When, UTC"</th>
                            <th scope="col">"From"</th>
                            <th scope="col" data-number="">"Rows"</th>
                            <th scope="col" data-number="">"Added"</th>
                            <th scope="col" data-number="">"Changed"</th>
                            <th scope="col" data-number="">"Not used"</th>
                            <th scope="col">"Read as"</th>
                        </tr>
                    </thead>
                    <tbody>{reports.imports.iter().rev().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    let actions_table = match actions.is_empty() {
        true => view! { <p class="lead">"No splits or dividends are known of these bars."</p> }
            .into_any(),
        false => view! { <Actions actions /> }.into_any(),
    };
    view! {
        <section class="history" aria-labelledby="history-title">
            <h2 id="history-title">"Imports"</h2>
            <p class="lead">{imports}</p>
            {table}
        </section>
        <section class="actions" aria-labelledby="actions-title">
            <h2 id="actions-title">"Splits and dividends"</h2>
            {actions_table}
        </section>
    }
}

#[component]
fn ImportRow(import: ImportRecord) -> impl IntoView {
    let hash = import.sha256.clone().unwrap_or_default();
    let title = match hash.is_empty() {
        true => import.source.clone(),
        false => format!("{}\nSHA-256 {hash}", import.source),
    };
    let reading = import.reading.as_ref().map_or_else(
        || "–".to_owned(),
        |reading| {
            let zone = reading.zone.as_ref().map(|zone| format!("zone {zone}"));
            let labels = reading.labels.map(|labels| format!("{labels} of bar"));
            let parts = [
                Some(calendar_words(reading.calendar).to_owned()),
                zone,
                labels,
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        },
    );
    let number = |value: u64| count(value as f64);
    view! {
        <tr>
            <td data-number="">{import.number}</td>
            <td>{stamp(import.at, BarInterval::minutes(1))}</td>
            <td class="source" title=title>{import.source}</td>
            <td data-number="">{number(import.clean.rows)}</td>
            <td data-number="">{number(import.merge.added)}</td>
            <td data-number="">{number(import.merge.changed)}</td>
            <td data-number="">{number(import.rejected)}</td>
            <td class="source" title=reading.clone()>{reading.clone()}</td>
        </tr>
    }
}

#[component]
fn Actions(actions: Vec<CorporateAction>) -> impl IntoView {
    let row = |action: CorporateAction| {
        let (kind, value) = match action.kind {
            ActionKind::Split { ratio } if ratio >= 1.0 => ("Split", format!("{ratio}:1")),
            ActionKind::Split { ratio } => ("Reverse split", format!("1:{}", 1.0 / ratio)),
            ActionKind::Dividend { factor } => ("Dividend", format!("factor {}", fixed(factor, 6))),
        };
        view! {
            <tr>
                <td>{action.first_day.to_string()}</td>
                <td>{kind}</td>
                <td data-number="">{value}</td>
            </tr>
        }
    };
    view! {
        <p class="lead">"Bars are stored as they were traded; prices before the first day are multiplied to fit those after it."</p>
        <div class="table-window" tabindex="0" role="group" aria-label="Splits and dividends">
            <table class="plain" id="actions">
                <thead>
                    <tr>
                        <th scope="col">"First day"</th>
                        <th scope="col">"What"</th>
                        <th scope="col" data-number="">"How much"</th>
                    </tr>
                </thead>
                <tbody>{actions.into_iter().rev().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// A size in bytes, in the unit that suits it.
pub(super) fn bytes_words(bytes: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{} {name}", fixed(bytes / unit, 1)),
        None => format!("{} bytes", count(bytes)),
    }
}
