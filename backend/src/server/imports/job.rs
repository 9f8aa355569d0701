//! What is done with an upload: looking into it, storing it.

use std::ops::ControlFlow;
use std::path::Path;

use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{Detection, Habit, Reading, guess_instrument, of_symbol};
use atrium_shared::surface::api::{ImportDone, ImportOrder, ImportPreview, Rehearsal};

use super::super::problem::Failure;
use super::asker::Waiting;
use super::uploads::Upload;
use crate::import::{self, Input, Stage, Step};
use crate::store::{Store, StoreError, check_symbol, data_set_name};

/// Where the program is that decodes Parquet and SQLite; `None` decodes in this process.
pub(super) type Decoder<'a> = Option<&'a Path>;

/// Checks that an order makes sense before its file is looked at.
pub(super) fn check(order: &ImportOrder) -> Result<(), Failure> {
    let instrument = &order.instrument;
    let wrong = |bad: StoreError| Failure::unprocessable(bad.to_string());
    // who is asked for the symbol has a look at the columns first
    if !(order.dry_run && instrument.symbol.is_empty()) {
        check_symbol(&instrument.symbol).map_err(wrong)?;
    }
    instrument.validate().map_err(|bad| wrong(bad.into()))?;
    let described = instrument.validate_description();
    described.map_err(|bad| wrong(bad.into()))
}

/// Looks into an upload that just came: what it is of is guessed from its name.
pub(super) fn first_look(
    store: &Store,
    upload: &Upload,
    waiting: &Waiting,
    decoder: Decoder<'_>,
) -> Result<ImportPreview, Failure> {
    let guessed = guess_instrument(upload.name()).unwrap_or_else(|| of_symbol(""));
    let guessed = store.instrument(&guessed.symbol)?.unwrap_or(guessed);
    let reading = Reading::detect(guessed.calendar);
    let habits = |sha256: &str| store.habits(&guessed.symbol, sha256);
    let symbol = (guessed.symbol.as_str(), false);
    let detection = look(upload, &reading, symbol, &habits, waiting, decoder)?;
    Ok(told(store, upload, detection, guessed))
}

/// Looks into an upload by an order.
pub(super) fn preview(
    store: &Store,
    upload: &Upload,
    order: &ImportOrder,
    waiting: &Waiting,
    decoder: Decoder<'_>,
) -> Result<ImportPreview, Failure> {
    upload.check_waiting()?;
    let reading = Reading {
        calendar: order.instrument.calendar,
        ..order.reading.clone()
    };
    let symbol = &order.instrument.symbol;
    let habits = |sha256: &str| import::habits(store, symbol, sha256, order.replace);
    let wanted = (symbol.as_str(), order.symbol_given);
    let detection = look(upload, &reading, wanted, &habits, waiting, decoder)?;
    Ok(told(store, upload, detection, order.instrument.clone()))
}

fn look(
    upload: &Upload,
    reading: &Reading,
    symbol: (&str, bool),
    habits: &dyn Fn(&str) -> Vec<Habit>,
    waiting: &Waiting,
    decoder: Decoder<'_>,
) -> Result<Detection, Failure> {
    let input = Input::file(&upload.path(), upload.name(), decoder)?;
    let mut watch = |_: Step<'_>| match waiting.is_over() {
        true => ControlFlow::Break(()),
        false => go_on(upload),
    };
    Ok(import::preview(
        &input, reading, symbol, habits, &mut watch,
    )?)
}

fn told(
    store: &Store,
    upload: &Upload,
    detection: Detection,
    instrument: Instrument,
) -> ImportPreview {
    let name = data_set_name(&instrument.symbol, detection.interval.value);
    ImportPreview {
        id: upload.id().to_owned(),
        file: upload.name().to_owned(),
        bytes: upload.bytes(),
        // what is damaged, or has no name yet, is none
        stored: store.card(&name).ok(),
        name,
        detection,
        instrument,
    }
}

fn wanted(order: ImportOrder) -> import::Order {
    import::Order {
        basis: order.basis,
        fill: order.fill,
        replace: order.replace,
        accept: order.accept,
        reading: order.reading,
        symbol_given: order.symbol_given,
        step_given: order.step_given,
        ..import::Order::of(order.instrument)
    }
}

/// Tries to store an upload, and stores nothing.
pub(super) fn rehearse(
    store: &Store,
    upload: &Upload,
    order: ImportOrder,
    waiting: &Waiting,
    decoder: Decoder<'_>,
) -> Result<Rehearsal, Failure> {
    upload.check_waiting()?;
    let input = Input::file(&upload.path(), upload.name(), decoder)?;
    let mut watch = |_: Step<'_>| match waiting.is_over() {
        true => ControlFlow::Break(()),
        false => go_on(upload),
    };
    match import::rehearse(&input, &wanted(order), store, &mut watch) {
        Ok(tried) => Ok(Rehearsal::Would(Box::new(tried.done))),
        Err(refused) => {
            let failure = Failure::from(refused);
            match failure.is_of_the_file() {
                true => Ok(Rehearsal::Refused {
                    detail: failure.detail().to_owned(),
                    may_accept: failure.may_accept(),
                }),
                false => Err(failure),
            }
        }
    }
}

/// Stores an upload.
pub(super) fn store(
    store: &Store,
    upload: &Upload,
    order: ImportOrder,
    decoder: Decoder<'_>,
) -> Result<ImportDone, Failure> {
    let input = Input::file(&upload.path(), upload.name(), decoder)?;
    let order = wanted(order);
    let mut watch = |step: Step<'_>| {
        if let Step::Progress { stage, read, bytes } = step {
            // the file is gone through twice
            upload.progress(match stage {
                Stage::Looking => read / 2,
                Stage::Reading => bytes / 2 + read / 2,
                Stage::Storing => bytes,
            });
            if stage == Stage::Storing && !upload.begin_storing() {
                return ControlFlow::Break(());
            }
        }
        go_on(upload)
    };
    Ok(import::import(&input, &order, store, &mut watch)?.done)
}

fn go_on(upload: &Upload) -> ControlFlow<()> {
    if upload.is_given_up() {
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(())
}
