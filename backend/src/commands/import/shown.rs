//! What `atrium import` prints.

use std::io::Write;
use std::path::Path;

use atrium_shared::base::digits::brief;
use atrium_shared::market::curate::Conversion;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{
    Certainty, Choice, Detection, Format, FoundColumn, Packing, Rejected, SampleRow, Seen, TimeForm,
};
use atrium_shared::market::price_step::PriceStep;
use atrium_shared::surface::api::{ImportDone, ImportOutcome, SharedSplit};

use super::rejected_line;
use crate::commands::Failure;
use crate::commands::words::{counted, number};
use crate::import::Imported;

/// So many rows of the quarantine are printed.
const SHOWN: usize = 5;

/// Open, high, low, close and volume of a bar.
fn values(bar: [f64; 5]) -> String {
    let [open, high, low, close, volume] = bar.map(brief);
    format!("{open} {high} {low} {close}, volume {volume}")
}

/// A choice with how sure it is, and why.
fn choice<T>(choice: &Choice<T>, value: impl std::fmt::Display) -> String {
    let sure = match choice.certainty {
        Certainty::Given => return format!("{value} (as given)"),
        Certainty::Sure => "",
        Certainty::Assumed => "assumed: ",
    };
    if choice.evidence.is_empty() {
        return value.to_string();
    }
    format!("{value} ({sure}{})", choice.evidence)
}

/// Says what is known of a file that is not read.
pub(super) fn seen(found: &Seen, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "Found so far, as {}:", kind(found.format))?;
    let mut line = |what: &str, text: String| writeln!(out, "  {what:<10} {text}");
    if let Some(mark) = found.delimiter {
        line(
            "values",
            format!("separated by '{}'", mark.escape_default()),
        )?;
    }
    let place = |(index, name): (usize, &String)| match format!("#{}", index + 1) {
        place if place == *name => place,
        place => format!("{place} {name}"),
    };
    let columns: Vec<String> = found.columns.iter().enumerate().map(place).collect();
    line("columns", columns.join(", "))?;
    for row in &found.sample {
        line("row", row.join(" | "))?;
    }
    Ok(())
}

/// What a file is, in words.
fn kind(format: Format) -> &'static str {
    match format {
        Format::Csv => "text",
        Format::Lean => "LEAN's text",
        Format::Parquet => "Parquet",
        Format::Sqlite => "SQLite",
    }
}

/// Says what was found out about files.
pub(super) fn detection(
    name: &str,
    instrument: &Instrument,
    found: &Detection,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut line = |what: &str, text: String| writeln!(out, "  {what:<10} {text}");
    let format = kind(found.format);
    let packing = match found.packing {
        Packing::None => "",
        Packing::Gzip => ", packed with gzip",
        Packing::Zip => ", packed with zip",
    };
    let files = match found.file_count {
        0 | 1 => String::new(),
        several => format!(", {several} files"),
    };
    line("file", format!("{name}: {format}{packing}{files}"))?;
    line(
        "instrument",
        format!(
            "{}: {}, {} calendar, price step {}, lot {}",
            instrument.symbol,
            instrument.security_type,
            instrument.calendar.name(),
            instrument.tick_size,
            instrument.lot_size
        ),
    )?;
    if let Some(table) = &found.table {
        line("table", choice(table, &table.value))?;
    }
    if let Some(delimiter) = &found.delimiter
        && found.format == Format::Csv
    {
        let decimal = found
            .decimal
            .as_ref()
            .map(|it| format!("; decimal {}", it.value));
        let value = delimiter.value.escape_default();
        line(
            "values",
            format!("separated by '{value}'{}", decimal.unwrap_or_default()),
        )?;
    }
    let columns: Vec<String> = found.fields.iter().map(column).collect();
    line("columns", columns.join(", "))?;
    let forms: Vec<String> = found
        .time_forms
        .iter()
        .map(|(form, rows)| format!("{} ({})", form_in_words(*form), number(*rows)))
        .collect();
    line("times", forms.join(", "))?;
    for passed in &found.passed_over {
        line(
            "",
            format!(
                "{} was passed over: {} of {} values are times; {}",
                passed.column,
                number(passed.times),
                number(passed.rows),
                passed.why
            ),
        )?;
    }
    if let Some(order) = &found.date_order {
        line("dates", choice(order, format!("{} first", order.value)))?;
    }
    if let Some(clock) = &found.clock {
        line("clock", choice(clock, clock.value))?;
    }
    if let Some(zone) = &found.zone {
        line("zone", choice(zone, &zone.value))?;
    }
    line(
        "labels",
        choice(&found.labels, format!("{}s of bars", found.labels.value)),
    )?;
    line("interval", choice(&found.interval, found.interval.value))?;
    counts(found, out)
}

/// Rows, samples and warnings.
fn counts(found: &Detection, out: &mut impl Write) -> Result<(), Failure> {
    let counts = &found.counts;
    let mut line = |what: &str, text: String| writeln!(out, "  {what:<10} {text}");
    let span = match (counts.first, counts.last) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    line(
        "rows",
        format!(
            "{}: {} can be used, {} cannot{span}",
            number(counts.rows),
            number(counts.used),
            number(counts.rejected)
        ),
    )?;
    let hours = &found.hours;
    line(
        "hours",
        format!(
            "{} in sessions, {} outside their hours, {} on days without a session",
            counted(hours.regular, "bar"),
            number(hours.extended),
            number(hours.closed)
        ),
    )?;
    if let Some(adjustment) = &found.adjustment {
        line("prices", adjustment.clone())?;
    }
    for row in &found.sample {
        line("sample", sample(row))?;
    }
    for reason in &found.reasons {
        let rows = counted(reason.rows, "row");
        line(
            "not used",
            format!("{rows}: {}; {}", reason.what, rejected_line(&reason.first)),
        )?;
    }
    for warning in &found.warnings {
        line("note", warning.clone())?;
    }
    Ok(())
}

/// A field with its column, and why it is that one unless its name says so.
fn column(found: &FoundColumn) -> String {
    let FoundColumn { field, column, why } = found;
    let name = field.name();
    if *why == format!("it is called {column}") {
        return format!("{name} = {column}");
    }
    format!("{name} = {column} ({why})")
}

fn sample(row: &SampleRow) -> String {
    let [open, high, low, close] = row.prices.map(brief);
    let spread = row
        .spread
        .map(|spread| format!(" spread {}", brief(spread)));
    let text = match row.text.as_str() {
        "" => String::new(),
        text => format!("{text} → "),
    };
    format!(
        "line {}: {text}{} O {open} H {high} L {low} C {close} V {}{}",
        row.line,
        row.start,
        brief(row.volume),
        spread.unwrap_or_default()
    )
}

fn form_in_words(form: TimeForm) -> &'static str {
    match form {
        TimeForm::DateTime => "dates and times such as 2024-03-26 09:30:00",
        TimeForm::DateTimeZoned => "dates and times with their zone",
        TimeForm::Date => "dates such as 2024-03-26",
        TimeForm::ShortDateTime => "dates and times such as 3/26/2024 9:30",
        TimeForm::ShortDateTimeZoned => "dates and times such as 3/26/2024 9:30 with their zone",
        TimeForm::ShortDate => "dates such as 3/26/2024",
        TimeForm::CompactDateTime => "dates and times such as 20240326 09:30",
        TimeForm::CompactDate => "dates such as 20240326",
        TimeForm::NamedMonth => "dates with the name of the month",
        TimeForm::EpochSeconds => "seconds since 1970",
        TimeForm::EpochMillis => "milliseconds since 1970",
        TimeForm::EpochMicros => "microseconds since 1970",
        TimeForm::EpochNanos => "nanoseconds since 1970",
        TimeForm::Utc => "points in time",
        TimeForm::Wall => "dates and times without a zone",
        TimeForm::SinceMidnight => "milliseconds since midnight",
    }
}

/// Says what an import did; `before` where the file was imported before, and whether a run can be made of the bars.
pub(super) fn outcome(
    file: &str,
    done: &ImportDone,
    (before, runs): (Option<(u32, u64)>, bool),
    quarantine: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let set = &done.set;
    let name = &set.name;
    match done.outcome {
        ImportOutcome::Stored => writeln!(out, "Stored {file} as {name}.")?,
        ImportOutcome::Merged => writeln!(out, "Merged {file} into {name}.")?,
        ImportOutcome::Replaced => {
            writeln!(out, "Stored {file} as {name}, in place of {}.", gone(done))?
        }
        ImportOutcome::Unchanged if before.is_some_and(|(_, changed)| changed > 0) => {
            let (import, changed) = before.unwrap_or_default();
            writeln!(
                out,
                "{file} was imported before, as import {import} of {name}: nothing was changed. Later imports changed {}, which may be some of its own; --replace keeps those of {file} alone.",
                counted(changed, "stored bar")
            )?;
        }
        ImportOutcome::Unchanged => {
            writeln!(
                out,
                "{name} holds all of {file} already: nothing was changed."
            )?;
        }
    }
    details(done, quarantine, out)?;
    let run = match runs {
        true => format!(", atrium backtest --data {name}"),
        false => String::new(),
    };
    writeln!(
        out,
        "  {name}: {}, {} to {}\nDigest {}\nNext: atrium quality {name}, atrium gaps {name}{run}",
        counted(set.rows, "bar"),
        set.first,
        set.last,
        set.digest
    )?;
    Ok(())
}

/// Says what an import would do that was tried.
pub(super) fn rehearsed(name: &str, tried: &Imported, out: &mut impl Write) -> Result<(), Failure> {
    let would = match (tried.done.outcome, tried.before) {
        (ImportOutcome::Stored, _) => format!("it would be stored as {name}"),
        (ImportOutcome::Merged, _) => format!("it would be merged into {name}"),
        (ImportOutcome::Replaced, _) => {
            let gone = gone(&tried.done);
            format!("it would be stored as {name}, in place of {gone}")
        }
        (ImportOutcome::Unchanged, Some((import, _))) => format!(
            "it was imported before, as import {import} of {name}, and would change nothing"
        ),
        (ImportOutcome::Unchanged, None) => format!("{name} holds all of it already"),
    };
    writeln!(out, "Nothing was stored (--dry-run); {would}.")?;
    details(&tried.done, tried.quarantine.as_deref(), out)
}

/// What is gone with the data set that another takes the place of.
fn gone(done: &ImportDone) -> String {
    match &done.replaced {
        Some(gone) => format!(
            "what was there: {}, {}, {} to {}",
            counted(u64::from(gone.imports), "import"),
            counted(gone.rows, "bar"),
            gone.first,
            gone.last
        ),
        None => "what was there".to_owned(),
    }
}

/// What became of rows and bars, a line each.
fn details(
    done: &ImportDone,
    quarantine: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let ImportDone {
        set, clean, merge, ..
    } = done;
    let name = &set.name;
    if merge.added + merge.unchanged + merge.changed > 0 {
        writeln!(
            out,
            "  bars       {} added, {} unchanged, {} changed",
            number(merge.added),
            number(merge.unchanged),
            number(merge.changed)
        )?;
    }
    for change in merge.examples.iter().take(SHOWN) {
        writeln!(
            out,
            "  changed    {}: {} was {}",
            change.start,
            values(change.received),
            values(change.stored)
        )?;
    }
    if clean.exact_duplicates + clean.conflicting_duplicates + clean.out_of_order > 0 {
        writeln!(
            out,
            "  cleaned    {} out of order, {}, {} that another row with the same time took the place of",
            counted(clean.out_of_order, "row"),
            counted(clean.exact_duplicates, "exact duplicate"),
            number(clean.conflicting_duplicates)
        )?;
    }
    if clean.overlapping > 0 {
        writeln!(
            out,
            "  overlap    {}, each begun before the one before had ended: in the quarantine",
            counted(clean.overlapping, "bar")
        )?;
    }
    if merge.folded > 0 {
        writeln!(
            out,
            "  folded     {} of sessions that had two: the one stamped later stays",
            counted(merge.folded, "stored bar")
        )?;
    }
    if let Some(step) = &done.price_step {
        let symbol = &set.instrument.symbol;
        let flag = match step {
            PriceStep::Taken { .. } => "another one is stated with",
            PriceStep::Coarse { .. } => "state a finer one with",
        };
        writeln!(
            out,
            "  price step {step}; {flag} --tick-size, or later with `atrium instrument set {symbol} --tick-size PRICE`"
        )?;
    }
    if let Some(action) = &done.rebase {
        writeln!(
            out,
            "  basis      the prices differ from those stored by a constant ratio: kept as {action}"
        )?;
    }
    converted(&merge.converted, out)?;
    for split in &done.shared {
        writeln!(out, "  split      {split}")?;
    }
    for seam in &merge.seams {
        writeln!(
            out,
            "  seam       {seam}: if that was a split or another basis, import the actions (`atrium factors import`) or the bars again (--replace, --basis)"
        )?;
    }
    let given =
        |split: &&SharedSplit| matches!(split, SharedSplit::Given { set, .. } if set == name);
    let given = done.shared.iter().filter(given).count() as u64;
    let known = (set.actions.list().len() as u64).saturating_sub(given);
    if matches!(
        done.outcome,
        ImportOutcome::Replaced | ImportOutcome::Stored
    ) && known > 0
    {
        writeln!(
            out,
            "  actions    {} known before of {} adjust these bars; `atrium factors import --replace` has others",
            counted(known, "corporate action"),
            set.instrument.symbol
        )?;
    }
    if done.fill.bars_added + done.fill.bars_left > 0 {
        writeln!(
            out,
            "  gaps       {} filled with {}; {} left, {} missing in them",
            number(done.fill.gaps_filled),
            counted(done.fill.bars_added, "synthetic bar"),
            number(done.fill.gaps_left),
            counted(done.fill.bars_left, "bar")
        )?;
    }
    rejected(done, quarantine, out)
}

/// Says which bars were brought to the basis of those stored.
fn converted(stretches: &[Conversion], out: &mut impl Write) -> Result<(), Failure> {
    for (index, stretch) in stretches.iter().take(SHOWN).enumerate() {
        let why = match index {
            0 => "adjusted for known actions, so stored as traded: ",
            _ => "",
        };
        writeln!(out, "  converted  {why}{stretch}")?;
    }
    if stretches.len() > SHOWN {
        let more = (stretches.len() - SHOWN) as u64;
        writeln!(out, "             and {}", counted(more, "later stretch"))?;
    }
    Ok(())
}

fn rejected(
    done: &ImportDone,
    quarantine: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if done.rejected == 0 {
        return Ok(());
    }
    let place = match quarantine {
        Some(path) => format!("see {}", path.display()),
        None => "not kept".to_owned(),
    };
    writeln!(
        out,
        "  quarantine {} could not be used; {place}",
        counted(done.rejected, "row")
    )?;
    let first: Vec<&Rejected> = done.quarantine.iter().take(SHOWN).collect();
    for row in first {
        writeln!(out, "             {}", rejected_line(row))?;
    }
    Ok(())
}
