//! What was found in a file: how much, where it lies, what to look at, rows as they were read, rows that are not used.

use std::sync::Arc;

use atrium_shared::base::digits::brief;
use atrium_shared::market::intake::{
    DateOrder, Detection, Reason, SampleRow, Seen, Stretch, TimeForm,
};
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::count;
use leptos::prelude::*;

use crate::pages::data::words::many;
use crate::state::import::Import;
use crate::state::words::of_page;

#[component]
pub(super) fn Found(import: Import) -> impl IntoView {
    move || {
        import
            .detection
            .get()
            .map(|found| view! { <FoundIn found /> })
    }
}

/// How times are written, by an example.
fn form_words(form: TimeForm, day_first: bool) -> &'static str {
    match form {
        TimeForm::ShortDateTime if day_first => "26/3/2024 9:30",
        TimeForm::ShortDateTimeZoned if day_first => "26/3/2024 9:30 +00:00",
        TimeForm::ShortDate if day_first => "26/3/2024",
        TimeForm::DateTime => "2024-03-26 09:30:00",
        TimeForm::DateTimeZoned => "2024-03-26 09:30:00Z",
        TimeForm::Date => "2024-03-26",
        TimeForm::ShortDateTime => "3/26/2024 9:30",
        TimeForm::ShortDateTimeZoned => "3/26/2024 9:30 +00:00",
        TimeForm::ShortDate => "3/26/2024",
        TimeForm::CompactDateTime => "20240326 09:30",
        TimeForm::CompactDate => "20240326",
        TimeForm::NamedMonth => "26-Mar-2024",
        TimeForm::EpochSeconds => "seconds since 1970",
        TimeForm::EpochMillis => "milliseconds since 1970",
        TimeForm::EpochMicros => "microseconds since 1970",
        TimeForm::EpochNanos => "nanoseconds since 1970",
        TimeForm::Utc => "points in time",
        TimeForm::Wall => "dates with times",
        TimeForm::SinceMidnight => "milliseconds since midnight",
    }
}

#[component]
fn FoundIn(found: Arc<Detection>) -> impl IntoView {
    let counts = &found.counts;
    let interval = found.interval.value;
    let span = counts
        .first
        .zip(counts.last)
        .map(|(first, last)| format!("{} – {} UTC", stamp(first, interval), stamp(last, interval)));
    let fact = |name: &'static str, key: &'static str, value: String| {
        view! { <div class="fact" data-found=key><dt>{name}</dt><dd>{value}</dd></div> }
    };
    let order = found.date_order.as_ref().map(|order| order.value);
    let day_first = order == Some(DateOrder::Day);
    let forms = found.time_forms.iter().map(|(form, rows)| {
        format!(
            "as {} ({})",
            form_words(*form, day_first),
            many(*rows, "row", "rows")
        )
    });
    let forms = forms.collect::<Vec<_>>().join(", ");
    let files = (found.file_count > 1)
        .then(|| fact("Files", "files", many(found.file_count, "file", "files")));
    let symbols = (!found.symbols.is_empty())
        .then(|| fact("Symbols", "symbols", symbols_words(&found.symbols)));
    let odd = |name, key, rows: u64| (rows > 0).then(|| fact(name, key, count(rows as f64)));
    let hours = format!(
        "{} in sessions, {} outside their hours, {} on days without one",
        count(found.hours.regular as f64),
        count(found.hours.extended as f64),
        count(found.hours.closed as f64)
    );
    let warning = |words: String| view! { <li>{words}</li> };
    let passed = found.passed_over.iter().map(|passed| {
        format!(
            "The column {} is not used for the time, though {} of its {} values are times: {}.",
            passed.column,
            count(passed.times as f64),
            count(passed.rows as f64),
            passed.why
        )
    });
    let foreign = found.foreign.iter().map(foreign_words);
    let notes: Vec<String> = found
        .warnings
        .iter()
        .cloned()
        .chain(foreign)
        .chain(passed)
        .map(|note| of_page(&note))
        .collect();
    let notes = (!notes.is_empty()).then(|| {
        view! {
            <div class="notes">
                <h3>"Look at this"</h3>
                <ul>{notes.into_iter().map(warning).collect_view()}</ul>
            </div>
        }
    });
    let refusal = found.refusal.clone().map(|why| {
        view! { <p class="problem" role="alert" id="import-refusal">"The file cannot be used as it is read now: " {of_page(&why)} "."</p> }
    });
    view! {
        <div class="found">
            {refusal}
            <dl class="facts">
                {fact("Rows", "rows", count(counts.rows as f64))}
                {fact("Usable", "used", count(counts.used as f64))}
                {fact("Not usable", "rejected", count(counts.rejected as f64))}
                {fact("Not after the row before", "backwards", count(counts.backwards as f64))}
                {odd("Contradict another row", "contradicting", counts.contradicting)}
                {odd("Begin within another bar", "overlapping", counts.overlapping)}
                {symbols}
                {files}
                {fact("From – to", "span", span.unwrap_or_else(|| "–".to_owned()))}
                {fact("Where bars lie", "hours", hours)}
                {fact("Times are written", "forms", forms)}
            </dl>
            {notes}
            <Sample found=Arc::clone(&found) />
            <Reasons reasons=found.reasons.clone() />
        </div>
    }
}

/// The symbols of a file with their rows, the first ones of many.
fn symbols_words(symbols: &[(String, u64)]) -> String {
    const SHOWN: usize = 10;
    let words =
        |(symbol, rows): &(String, u64)| format!("{symbol} ({})", many(*rows, "row", "rows"));
    let mut all: Vec<String> = symbols.iter().take(SHOWN).map(words).collect();
    if symbols.len() > SHOWN {
        all.push(format!("{} more", symbols.len() - SHOWN));
    }
    all.join(", ")
}

/// The first rows of a file that is not read, value by value.
#[component]
pub(super) fn FirstRows(seen: Arc<Seen>) -> impl IntoView {
    let row = |row: &Vec<String>| {
        let cell = |value: &String| view! { <td class="source"><code>{value.clone()}</code></td> };
        view! { <tr>{row.iter().map(cell).collect_view()}</tr> }
    };
    let head = |(index, name): (usize, &String)| {
        let place = format!("#{}", index + 1);
        let number = (place != *name).then(|| view! { <span class="quiet">{place}</span> " " });
        view! { <th scope="col">{number} {name.clone()}</th> }
    };
    view! {
        <h3>"What was found in it so far"</h3>
        <div class="table-window" tabindex="0" role="group" aria-label="Columns and first rows">
            <table class="plain" id="seen">
                <thead><tr>{seen.columns.iter().enumerate().map(head).collect_view()}</tr></thead>
                <tbody>{seen.sample.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn foreign_words(stretch: &Stretch) -> String {
    let (line, interval) = (count(stretch.first_line as f64), stretch.interval);
    if stretch.rows == 1 {
        let at = &stretch.first;
        return format!(
            "Line {line} holds a row that seems to be a bar of {interval}, at {at}: it is not used."
        );
    }
    format!(
        "Lines {line} to {} hold {} that seem to be bars of {interval}, from {} to {}: they are not used.",
        count(stretch.last_line as f64),
        many(stretch.rows, "row", "rows"),
        stretch.first,
        stretch.last
    )
}

/// Rows as they were read.
#[component]
fn Sample(found: Arc<Detection>) -> impl IntoView {
    let interval = found.interval.value;
    let spread = found.sample.iter().any(|row| row.spread.is_some());
    let row = |row: &SampleRow| {
        let spread = spread.then(|| {
            let value = row.spread.map_or_else(|| "–".to_owned(), brief);
            view! { <td data-number="">{value}</td> }
        });
        view! {
            <tr>
                <td data-number="">{count(row.line as f64)}</td>
                <td class="source" title=row.text.clone()><code>{row.text.clone()}</code></td>
                <td>{stamp(row.start, interval)}</td>
                {row.prices.map(|value| view! { <td data-number="">{brief(value)}</td> })}
                <td data-number="">{brief(row.volume)}</td>
                {spread}
            </tr>
        }
    };
    view! {
        <h3>"Rows as they are read"</h3>
        <div class="table-window" tabindex="0" role="group" aria-label="Rows as they are read">
            <table class="plain" id="sample">
                <thead>
                    <tr>
                        <th scope="col" data-number="">"Line"</th>
                        <th scope="col">"As it stands"</th>
                        <th scope="col">"Start, UTC"</th>
                        {["Open", "High", "Low", "Close", "Volume"].map(|head| view! { <th scope="col" data-number="">{head}</th> })}
                        {spread.then(|| view! { <th scope="col" data-number="">"Spread"</th> })}
                    </tr>
                </thead>
                <tbody>{found.sample.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Rows that are not used.
#[component]
fn Reasons(reasons: Vec<Reason>) -> impl IntoView {
    let row = |reason: Reason| {
        view! {
            <tr>
                <td data-number="">{count(reason.rows as f64)}</td>
                <td>{reason.what}</td>
                <td data-number="">{count(reason.first.line as f64)}</td>
                <td class="why">{reason.first.reason}</td>
                <td class="source"><code>{reason.first.text}</code></td>
            </tr>
        }
    };
    (!reasons.is_empty()).then(|| {
        view! {
            <h3>"Rows that are not used"</h3>
            <div class="table-window" tabindex="0" role="group" aria-label="Rows that are not used">
                <table class="plain" id="reasons">
                    <thead>
                        <tr>
                            <th scope="col" data-number="">"Rows"</th>
                            <th scope="col">"What is wrong"</th>
                            <th scope="col" data-number="">"First line"</th>
                            <th scope="col">"Why"</th>
                            <th scope="col">"As it stands"</th>
                        </tr>
                    </thead>
                    <tbody>{reasons.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    })
}
