//! How the file is read: what was found, why, and what a person says instead.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::intake::{
    Choice, ClockForm, ColumnNames, DateOrder, Decimal, Detection, Field as Column, Labels,
    Reading, Seen, Zone,
};
use leptos::prelude::*;

use super::fields::{Choose, Evidence, Field, Typed};
use crate::parts::header::interval_words;
use crate::state::import::Import;

/// Intervals that bars may be of, beside the one that was found.
const INTERVALS: [BarInterval; 9] = [
    BarInterval::Seconds(1),
    BarInterval::minutes(1),
    BarInterval::minutes(2),
    BarInterval::minutes(5),
    BarInterval::minutes(15),
    BarInterval::minutes(30),
    BarInterval::minutes(60),
    BarInterval::minutes(240),
    BarInterval::Day,
];

/// What stands for a field that is detected.
const DETECT: &str = "";

type Found = Memo<Option<Arc<Detection>>>;

/// How a choice is read from what was found.
type Read<T> = fn(&Detection) -> Option<&Choice<T>>;

#[component]
pub(super) fn ReadingFields(import: Import) -> impl IntoView {
    let found: Found = Memo::new(move |_| import.detection.get());
    // of a file that was refused nothing is known yet, and everything may be said
    let has = move |read: fn(&Detection) -> bool| {
        Memo::new(move |_| found.with(|found| found.as_deref().is_none_or(read)))
    };
    let zoned = has(|found| found.zone.is_some());
    let dated = has(|found| found.date_order.is_some());
    let clocked = has(|found| found.clock.is_some());
    let delimited = has(|found| found.delimiter.is_some());
    // tables are of files that the server reads, which names them
    let tabled = Memo::new(move |_| match found.with(Option::is_some) {
        true => found.with(|found| found.as_ref().is_some_and(|found| found.table.is_some())),
        false => import.is_sent(),
    });
    let columned = has(|found| !found.columns.is_empty());
    let refused = Memo::new(move |_| found.with(Option::is_none));
    view! {
        <fieldset class="group">
            <legend>"How the file is read"</legend>
            <Show when=move || zoned.get()><ZoneField import found /></Show>
            <LabelsField import found />
            <IntervalField import found />
            <Show when=move || dated.get()><DateOrderField import found /></Show>
            <Show when=move || clocked.get()><ClockField import found /></Show>
            <Show when=move || tabled.get()><TableField import found /></Show>
            <Show when=move || columned.get()>
                <details class="more-fields" open=true>
                    <summary>"Columns"</summary>
                    {Column::ALL.map(|column| view! { <ColumnField import found column /> })}
                </details>
            </Show>
            <Show when=move || delimited.get()>
                <details class="more-fields" open=move || refused.get()>
                    <summary>"Text"</summary>
                    <DelimiterField import found />
                    <HeaderField import found />
                    <DecimalField import found />
                </details>
            </Show>
        </fieldset>
    }
}

/// Why a choice is as it is.
fn evidence<T: 'static>(found: Found, read: Read<T>) -> Signal<Option<Evidence>> {
    Signal::derive(move || {
        found.with(|found| {
            let choice = read(found.as_deref()?)?;
            Some(Evidence {
                certainty: choice.certainty,
                words: choice.evidence.clone(),
            })
        })
    })
}

/// The value of a choice as a text: what was found, else what a person said.
fn value<T: 'static>(
    import: Import,
    found: Found,
    read: Read<T>,
    said: fn(&Reading) -> Option<T>,
    write: fn(&T) -> String,
) -> Signal<String> {
    Signal::derive(move || {
        let written = |found: &Detection| read(found).map(|choice| write(&choice.value));
        let found = found.with(|found| found.as_deref().and_then(written));
        let said = || import.choices.with(|choices| said(&choices.reading));
        found
            .or_else(|| said().as_ref().map(write))
            .unwrap_or_default()
    })
}

/// What is chosen, or else what seems to be so in a file that is not read.
fn or_seen(
    import: Import,
    value: Signal<String>,
    seen: fn(&Seen) -> Option<String>,
) -> Signal<String> {
    Signal::derive(move || match value.get() {
        nothing if nothing.is_empty() => import
            .seen
            .with(|known| known.as_deref().and_then(seen))
            .unwrap_or_default(),
        chosen => chosen,
    })
}

/// Columns to choose from, each by its name, or by its place where several have that name.
fn column_options(columns: &[String]) -> Vec<(String, String)> {
    let option = |(index, name): (usize, &String)| {
        let is_one = columns.iter().filter(|other| *other == name).count() == 1;
        match is_one {
            true => (name.clone(), name.clone()),
            false => {
                let place = format!("#{}", index + 1);
                (place.clone(), format!("{name} ({place})"))
            }
        }
    };
    columns.iter().enumerate().map(option).collect()
}

/// Values and words, and before them what leaves the choice to the file.
fn options(of: &[(&str, &str)]) -> Signal<Vec<(String, String)>> {
    let detect = [(DETECT, "As the file tells")];
    let all = of.iter().chain(&detect);
    Signal::stored(
        all.map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
            .collect(),
    )
}

#[component]
fn ZoneField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.zone.as_ref();
    let on_type = move |text: String| {
        let text = text.trim().to_owned();
        import.reread(|choices| {
            choices.reading.zone = (!text.is_empty()).then(|| Zone::unchecked(&text));
        });
    };
    // what was typed stays, also where it is no zone
    let found_zone = value(
        import,
        found,
        read,
        |said| said.zone.clone(),
        Zone::to_string,
    );
    let shown = Signal::derive(move || {
        let typed = import
            .choices
            .with(|choices| choices.reading.zone.as_ref().map(Zone::to_string));
        typed.unwrap_or_else(|| found_zone.get())
    });
    let known = [
        "exchange",
        "UTC",
        "America/New_York",
        "America/Chicago",
        "America/Los_Angeles",
        "Europe/London",
        "Europe/Berlin",
        "Asia/Tokyo",
        "America/New_York+7h",
    ];
    view! {
        <Field id="import-zone" label="Time zone" evidence=evidence(found, read)>
            <input
                type="text"
                class="typed text"
                id="import-zone"
                list="zones"
                autocomplete="off"
                spellcheck="false"
                aria-describedby="import-zone-why"
                prop:value=move || shown.get()
                on:change=move |event| on_type(event_target_value(&event))
            />
            <datalist id="zones">{known.map(|zone| view! { <option value=zone></option> })}</datalist>
        </Field>
    }
}

#[component]
fn LabelsField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| Some(&found.labels);
    let on_choose = move |text: String| {
        import.reread(|choices| choices.reading.labels = text.parse::<Labels>().ok());
    };
    view! {
        <Field id="import-labels" label="Times are" evidence=evidence(found, read)>
            <Choose
                id="import-labels"
                options=options(&[("start", "The start of each bar"), ("end", "The end of each bar")])
                value=value(import, found, read, |said| said.labels, Labels::to_string)
                on_choose
                explained=true
            />
        </Field>
    }
}

#[component]
fn IntervalField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| Some(&found.interval);
    let options = Signal::derive(move || {
        let now = found.with(|found| found.as_ref().map(|found| found.interval.value));
        let mut all = INTERVALS.to_vec();
        if let Some(now) = now.filter(|now| !all.contains(now)) {
            all.insert(0, now);
        }
        let words = |interval: BarInterval| {
            let (number, unit) = interval_words(interval);
            (interval.to_string(), format!("{number} {unit}"))
        };
        let detect = (DETECT.to_owned(), "As the file tells".to_owned());
        all.into_iter()
            .map(words)
            .chain([detect])
            .collect::<Vec<_>>()
    });
    let on_choose = move |text: String| {
        import.reread(|choices| choices.reading.interval = text.parse().ok());
    };
    view! {
        <Field id="import-interval" label="Bars of" evidence=evidence(found, read)>
            <Choose id="import-interval" options value=value(import, found, read, |said| said.interval, BarInterval::to_string) on_choose explained=true />
        </Field>
    }
}

#[component]
fn DateOrderField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.date_order.as_ref();
    let on_choose = move |text: String| {
        import.reread(|choices| choices.reading.date_order = text.parse::<DateOrder>().ok());
    };
    view! {
        <Field id="import-dates" label="Dates are" evidence=evidence(found, read)>
            <Choose
                id="import-dates"
                options=options(&[("month", "Month first: 3/26/2024"), ("day", "Day first: 26/3/2024")])
                value=value(import, found, read, |said| said.date_order, DateOrder::to_string)
                on_choose
                explained=true
            />
        </Field>
    }
}

#[component]
fn ClockField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.clock.as_ref();
    let on_choose = move |text: String| {
        import.reread(|choices| choices.reading.clock = text.parse::<ClockForm>().ok());
    };
    view! {
        <Field id="import-clock" label="Times of day are" evidence=evidence(found, read)>
            <Choose
                id="import-clock"
                options=options(&[("hhmm", "Without seconds: 930"), ("hhmmss", "With seconds: 93000")])
                value=value(import, found, read, |said| said.clock, ClockForm::to_string)
                on_choose
                explained=true
            />
        </Field>
    }
}

#[component]
fn TableField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.table.as_ref();
    let on_type = move |text: String| {
        let text = text.trim().to_owned();
        import.reread(|choices| choices.reading.table = (!text.is_empty()).then_some(text));
    };
    view! {
        <Field id="import-table" label="Table" evidence=evidence(found, read)>
            <Typed id="import-table" value=value(import, found, read, |said| said.table.clone(), String::clone) valid=Signal::stored(true) on_type />
        </Field>
    }
}

#[component]
fn DelimiterField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.delimiter.as_ref();
    let on_choose = move |text: String| {
        let mark = if text == "tab" {
            Some('\t')
        } else {
            text.chars().next()
        };
        import.reread(|choices| choices.reading.delimiter = mark);
    };
    fn shown(mark: &char) -> String {
        match mark {
            '\t' => "tab".to_owned(),
            mark => mark.to_string(),
        }
    }
    let value = value(import, found, read, |said| said.delimiter, shown);
    let value = or_seen(import, value, |seen| seen.delimiter.as_ref().map(shown));
    view! {
        <Field id="import-delimiter" label="Values are separated by" evidence=evidence(found, read)>
            <Choose
                id="import-delimiter"
                options=options(&[(",", "Comma"), (";", "Semicolon"), ("tab", "Tab"), ("|", "Bar"), (" ", "Blank")])
                value
                on_choose
                explained=true
            />
        </Field>
    }
}

#[component]
fn HeaderField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.header.as_ref();
    let on_choose = move |text: String| {
        import.reread(|choices| choices.reading.header = text.parse().ok());
    };
    let value = value(import, found, read, |said| said.header, bool::to_string);
    let value = or_seen(import, value, |seen| {
        seen.delimiter.map(|_| seen.has_header.to_string())
    });
    view! {
        <Field id="import-header" label="The first line" evidence=evidence(found, read)>
            <Choose
                id="import-header"
                options=options(&[("true", "Names the columns"), ("false", "Is a row")])
                value
                on_choose
                explained=true
            />
        </Field>
    }
}

#[component]
fn DecimalField(import: Import, found: Found) -> impl IntoView {
    let read: Read<_> = |found| found.decimal.as_ref();
    let on_choose = move |text: String| {
        import.reread(|choices| choices.reading.decimal = text.parse::<Decimal>().ok());
    };
    view! {
        <Field id="import-decimal" label="Decimal mark" evidence=evidence(found, read)>
            <Choose
                id="import-decimal"
                options=options(&[
                    ("point", "Point: 1,234.5"),
                    ("comma", "Comma: 1.234,5"),
                    ("billionths", "Billionths: 1234500000000"),
                ])
                value=value(import, found, read, |said| said.decimal, Decimal::to_string)
                on_choose
                explained=true
            />
        </Field>
    }
}

/// The label and the id of a column's control.
fn column_words(column: Column) -> (&'static str, &'static str) {
    match column {
        Column::Time => ("column-time", "Time"),
        Column::Clock => ("column-clock", "Time of day"),
        Column::Open => ("column-open", "Open"),
        Column::High => ("column-high", "High"),
        Column::Low => ("column-low", "Low"),
        Column::Close => ("column-close", "Close"),
        Column::Volume => ("column-volume", "Volume"),
    }
}

fn name_column(names: &mut ColumnNames, column: Column, name: Option<String>) {
    let slot = match column {
        Column::Time => &mut names.time,
        Column::Clock => &mut names.clock,
        Column::Open => &mut names.open,
        Column::High => &mut names.high,
        Column::Low => &mut names.low,
        Column::Close => &mut names.close,
        Column::Volume => &mut names.volume,
    };
    *slot = name;
}

#[component]
fn ColumnField(import: Import, found: Found, column: Column) -> impl IntoView {
    let (id, label) = column_words(column);
    let taken = Memo::new(move |_| {
        found.with(|found| {
            let mut fields = found.as_ref()?.fields.iter();
            let taken = fields.find(|taken| taken.field == column)?;
            Some((taken.column.clone(), taken.why.clone()))
        })
    });
    let columns = Memo::new(move |_| {
        let found = found.with(|found| found.as_ref().map(|found| found.columns.clone()));
        let seen = || {
            import
                .seen
                .with(|seen| seen.as_ref().map(|seen| seen.columns.clone()))
        };
        found.or_else(seen).filter(|columns| !columns.is_empty())
    });
    let options = Signal::derive(move || {
        let none = match found.with(Option::is_some) && taken.with(Option::is_none) {
            true => "None",
            false => "As the file tells",
        };
        let mut options = columns.with(|columns| column_options(columns.as_deref().unwrap_or(&[])));
        options.push((DETECT.to_owned(), none.to_owned()));
        options
    });
    let on_choose = move |name: String| {
        let name = (name != DETECT).then_some(name);
        import.reread(|choices| name_column(&mut choices.reading.columns, column, name));
    };
    let said = Signal::derive(move || {
        let names = import
            .choices
            .with(|choices| choices.reading.columns.clone());
        names.of(column).unwrap_or_default().to_owned()
    });
    let value = Signal::derive(move || {
        let said = said.get();
        let is_option = options.with(|options| options.iter().any(|(value, _)| *value == said));
        let taken = || taken.with(|taken| taken.as_ref().map(|(name, _)| name.clone()));
        match !said.is_empty() && is_option {
            true => said,
            false => taken().unwrap_or_else(|| DETECT.to_owned()),
        }
    });
    let why = move || taken.with(|taken| taken.as_ref().map(|(_, why)| why.clone()));
    let known = Memo::new(move |_| columns.with(Option::is_some));
    let on_type = move |name: String| {
        let name = name.trim().to_owned();
        let name = (!name.is_empty()).then_some(name);
        import.reread(|choices| name_column(&mut choices.reading.columns, column, name));
    };
    let control = move || {
        match known.get() {
        true => view! { <Choose id options value on_choose explained=true /> }.into_any(),
        // which columns there are is not known
        false => view! {
            <Typed id value=said valid=Signal::stored(true) on_type hint="Its name, or #2 for the second" />
        }
        .into_any(),
    }
    };
    view! {
        <div class="field column" data-field=id>
            <label for=id>{label}</label>
            {control}
            <p class="evidence" id=format!("{id}-why")>{why}</p>
        </div>
    }
}
