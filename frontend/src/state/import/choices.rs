//! What a person chose for the files of an import, and what is said of how it stands.

use std::sync::Arc;

use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::curate::FillRule;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{Format, Reading};
use atrium_shared::surface::api::{ImportDone, ImportOrder};

use crate::state::entries::Place;
use crate::state::instruments;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is none.
    Idle,
    /// The file is looked into for the first time.
    Detecting,
    /// What is in it is shown, and may be changed.
    Ready,
    /// The file is of a kind that only the server reads.
    Foreign(Format),
    /// It is read and stored.
    Storing,
    /// It is done.
    Done,
    /// It cannot be read by what is known of it: more may be said.
    Refused,
}

/// What is under way, in words, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Progress {
    pub(crate) words: &'static str,
    /// 0 to 1; `None` where it is not known.
    pub(crate) share: Option<f64>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) words: String,
    pub(crate) kind: TroubleKind,
}

/// What is to be done about what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TroubleKind {
    /// The file cannot be read so.
    Reading,
    /// Its bars were not stored; other choices may help.
    Storing,
    /// Its bars were not stored: prices do not fit, and may be taken as they are.
    Question,
}

/// What storing would do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rehearsed {
    /// The server tries it.
    Trying,
    /// It would be stored so.
    Would(Arc<ImportDone>),
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) place: Place,
    /// Whether anything of the file was sent to the server.
    pub(crate) was_sent: bool,
    /// What the data set is chosen by.
    pub(crate) key: String,
    pub(crate) done: ImportDone,
}

/// What a person chose for a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choices {
    pub(crate) instrument: Instrument,
    /// Whether the person gave its symbol.
    pub(crate) symbol_given: bool,
    /// Whether the person gave its price step, be it the usual one.
    pub(crate) step_given: bool,
    /// What is fixed of the reading; the rest is detected.
    pub(crate) reading: Reading,
    pub(crate) basis: PriceBasis,
    pub(crate) fill: bool,
    pub(crate) place: Place,
    /// Whether a data set of the same name gives way instead of being added to.
    pub(crate) replace: bool,
}

impl Choices {
    pub(super) fn new(instrument: Instrument, place: Place) -> Self {
        Self {
            reading: Reading::detect(instrument.calendar),
            instrument,
            symbol_given: false,
            step_given: false,
            basis: PriceBasis::default(),
            fill: true,
            place,
            replace: false,
        }
    }

    fn rule(&self) -> FillRule {
        let usual = FillRule::default();
        let max_fill_minutes = if self.fill { usual.max_fill_minutes } else { 0 };
        FillRule {
            max_fill_minutes,
            ..usual
        }
    }

    /// The order of what was chosen; `known` are the instruments that the server knows, whose price steps are no assumptions.
    pub(super) fn order(
        &self,
        known: &[Instrument],
        reading: Reading,
        dry_run: bool,
    ) -> ImportOrder {
        ImportOrder {
            instrument: self.instrument.clone(),
            symbol_given: self.symbol_given,
            step_given: self.step_given || instruments::is_step_known(&self.instrument, known),
            reading,
            basis: self.basis,
            fill: self.rule(),
            replace: self.replace,
            accept: false,
            dry_run,
            rehearse: false,
        }
    }
}
