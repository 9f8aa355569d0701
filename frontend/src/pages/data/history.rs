//! Where the bars came from, import by import.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::actions::CorporateAction;
use atrium_shared::market::curate::MergeReport;
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
    let here = entry.is_some_and(|entry| entry.place == Place::Browser);
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
    view! {
        <section class="history" aria-labelledby="history-title">
            <h2 id="history-title">"Imports"</h2>
            <p class="lead">{imports}</p>
            {table}
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
    let notes = merge_notes(import.rebase.as_ref(), &import.merge);
    let notes = (!notes.is_empty()).then(|| {
        let line = |note: String| view! { <li>{note}</li> };
        view! {
            <tr class="import-notes" data-notes=import.number.to_string()>
                <td></td>
                <td colspan="7" class="why"><ul>{notes.into_iter().map(line).collect_view()}</ul></td>
            </tr>
        }
    });
    view! {
        <tr>
            <td data-number="">{import.number}</td>
            <td>{stamp(import.at, BarInterval::minutes(1))}</td>
            <td class="source" title=title>{import.source}</td>
            <td data-number="">{number(import.clean.rows + import.rejected)}</td>
            <td data-number="">{number(import.merge.added)}</td>
            <td data-number="">{number(import.merge.changed)}</td>
            <td data-number="">{number(import.rejected)}</td>
            <td class="source" title=reading.clone()>{reading.clone()}</td>
        </tr>
        {notes}
    }
}

/// What an import did to prices: another basis that was found, bars that were brought to the stored basis, and where prices jump.
pub(super) fn merge_notes(rebase: Option<&CorporateAction>, merge: &MergeReport) -> Vec<String> {
    let rebase = rebase.map(|action| {
        format!("Prices are on another basis than those stored: {action} was added to the splits and dividends.")
    });
    let converted = merge
        .converted
        .iter()
        .map(|conversion| format!("Brought to the stored basis: {conversion}."));
    let seams = merge
        .seams
        .iter()
        .map(|seam| format!("Look at this: {seam}."));
    let folded = (merge.folded > 0).then(|| {
        format!(
            "Left out, as a later one is of the same session: {} stored before.",
            many(merge.folded, "bar", "bars")
        )
    });
    let told = rebase.into_iter().chain(converted).chain(seams);
    told.chain(folded).collect()
}

/// A size in bytes, in the unit that suits it.
pub(super) fn bytes_words(bytes: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{} {name}", fixed(bytes / unit, 1)),
        None => format!("{} bytes", count(bytes)),
    }
}
