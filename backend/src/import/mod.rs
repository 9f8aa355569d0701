//! From files to the store. What a file says is decided by [`intake`](atrium_shared::market::intake), the same code that the
//! browser runs; here bytes and rows are fetched for it. Files are gone through twice, chunk by chunk: once to find out how
//! they are to be read, once to read them straight into the store's writer. Nothing is held as a whole, and nothing is stored
//! before the last row was read.
//!
//! Text, packed or not, is read in this process: `intake` is safe Rust that cannot panic on any input. Parquet and SQLite are
//! decoded by libraries that a damaged file can crash, so that is done in a process of its own, which hands over rows.

mod error;
mod input;
mod isolated;
mod tables;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Closures;
use atrium_shared::market::curate::FillRule;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{
    Choice, Detection, Feed, Habit, IntakeError, Limits, Plan, Reader, Reading, Rejected, RowSink,
    Rows, Scout, SinkError,
};
use atrium_shared::market::price_step::PriceSteps;
use atrium_shared::surface::api::ImportDone;
use sha2::{Digest as _, Sha256};

pub use error::ImportError;
pub use input::Input;
pub(crate) use isolated::{COMMAND as DECODE_COMMAND, answer as decode, end_with_parent};

use crate::store::{Begun, Incoming, SourceFile, Store, StoreError, Writer, data_set_name};
use input::{InputFile, Kind};

/// So many bytes are read at a time.
const CHUNK: usize = 1 << 18;
/// So long an import waits for its turn at a data set,
const PATIENCE: Duration = Duration::from_secs(10);
/// looking so often.
const PAUSE: Duration = Duration::from_millis(20);

/// What an import is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding out how the files are to be read.
    Looking,
    /// Reading rows.
    Reading,
    /// Sorting, merging, filling and writing what was read.
    Storing,
}

/// What is told while an import goes on.
#[derive(Debug)]
pub enum Step<'a> {
    /// So many bytes of the files were gone through in this stage.
    Progress {
        /// The stage.
        stage: Stage,
        /// Bytes so far.
        read: u64,
        /// Bytes of all files.
        bytes: u64,
    },
    /// The files were read, nothing is stored yet: what was found.
    Found(&'a Detection),
}

/// Who is told. To break ends the import; what was stored is then as it was.
pub type Watch<'w> = dyn FnMut(Step<'_>) -> ControlFlow<()> + 'w;

/// What is to be stored, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What was recorded. Its calendar is that of the reading.
    pub instrument: Instrument,
    /// Whether a person gave its symbol, so that a column that names another one is no question.
    pub symbol_given: bool,
    /// Whether a person gave its price step, which otherwise is that of the prices where it is only assumed.
    pub step_given: bool,
    /// What is fixed about the files; the rest is detected.
    pub reading: Reading,
    /// For what the prices were adjusted.
    pub basis: PriceBasis,
    /// Which gaps are filled.
    pub fill: FillRule,
    /// The user's own closures, by which gaps are filled; `None` takes those known of the symbol.
    pub closures: Option<Closures>,
    /// Whether a data set of that name is replaced; otherwise the bars are merged into it.
    pub replace: bool,
    /// Whether prices that do not fit those stored are taken as they are, where that is a question.
    pub accept: bool,
}

impl Order {
    /// Bars of an instrument, everything detected, merged into what is stored.
    pub fn of(instrument: Instrument) -> Self {
        Self {
            reading: Reading::detect(instrument.calendar),
            instrument,
            symbol_given: false,
            step_given: false,
            basis: PriceBasis::default(),
            closures: None,
            fill: FillRule::default(),
            replace: false,
            accept: false,
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// What was found out about the files. Where they were imported before, so that their rows were not read again, it has no
    /// counts and no sample.
    pub detection: Detection,
    /// What became of the data set.
    pub done: ImportDone,
    /// Where the rows are that could not be used; `None` where there are none, or nothing was stored.
    pub quarantine: Option<PathBuf>,
    /// Where the files were imported before: as which import, and how many stored bars later ones changed.
    pub before: Option<(u32, u64)>,
}

/// Goes through all of the files and says what they are. Where [`Detection::refusal`] says why, they cannot be imported so.
/// Where a column names several symbols, the rows of `symbol` are read, which is given by a person or proposed. `habits` are those of the store by the checksum of the
/// files ([`Store::habits`]), which are proposed where the times do not tell.
///
/// # Errors
/// [`ImportError`] where they cannot be read, or tell no way to read them.
pub fn preview(
    input: &Input,
    reading: &Reading,
    symbol: (&str, bool),
    habits: &dyn Fn(&str) -> Vec<Habit>,
    watch: &mut Watch<'_>,
) -> Result<Detection, ImportError> {
    let (plan, _) = look(input, reading, symbol, habits, watch)?;
    read(input, &plan, Unstored, watch)
}

/// The only symbol that the files themselves name, as it would be stored, for files whose names tell none; `None` too where they
/// cannot be read so, which reading them says better.
///
/// # Errors
/// [`ImportError::Refused`] where they name several.
pub fn named_symbol(
    input: &Input,
    reading: &Reading,
    watch: &mut Watch<'_>,
) -> Result<Option<String>, ImportError> {
    let mut scout = Scout::new(reading.clone(), Limits::default());
    match hand_over(input, reading, &mut scout, None, Stage::Looking, watch) {
        Ok(_) => {}
        Err(ImportError::Cancelled) => return Err(ImportError::Cancelled),
        Err(_) => return Ok(None),
    }
    scout.symbol().map_err(|reason| ImportError::Refused {
        name: input.name(),
        reason,
    })
}

/// How the times of a symbol's files were read before; nothing where what was stored is replaced.
pub fn habits(store: &Store, symbol: &str, sha256: &str, replace: bool) -> Vec<Habit> {
    match replace {
        true => Vec::new(),
        false => store.habits(symbol, sha256),
    }
}

/// Does all that [`import`] does but the last step: what it would do. Nothing is stored.
///
/// # Errors
/// As [`import`].
pub fn rehearse(
    input: &Input,
    order: &Order,
    store: &Store,
    watch: &mut Watch<'_>,
) -> Result<Imported, ImportError> {
    let (detection, writer) = match prepare(input, order, store, watch)? {
        Prepared::Known(known) => return Ok(*known),
        Prepared::Written(detection, writer) => (*detection, writer),
    };
    let (bytes, watch) = (input.bytes(), RefCell::new(watch));
    let is_over = || step(&mut **watch.borrow_mut(), Stage::Storing, bytes, bytes).is_err();
    let done = writer.rehearse(&is_over).map_err(|error| match error {
        StoreError::GivenUp => ImportError::Cancelled,
        error => error.into(),
    })?;
    Ok(Imported {
        detection,
        done,
        quarantine: None,
        before: None,
    })
}

/// Imports files: all or nothing.
///
/// # Errors
/// [`ImportError`] where they cannot be read or not be stored; then the store is as it was.
pub fn import(
    input: &Input,
    order: &Order,
    store: &Store,
    watch: &mut Watch<'_>,
) -> Result<Imported, ImportError> {
    let (detection, writer) = match prepare(input, order, store, watch)? {
        Prepared::Known(known) => return Ok(*known),
        Prepared::Written(detection, writer) => (*detection, writer),
    };
    let done = writer.finish()?;
    Ok(Imported {
        detection,
        quarantine: store.quarantine(&done.set.name, done.set.imports),
        before: None,
        done,
    })
}

/// Files that were read.
enum Prepared {
    /// They were imported before.
    Known(Box<Imported>),
    /// Their rows are ready to be stored.
    Written(Box<Detection>, Box<Writer>),
}

/// Reads files and hands their rows to the store, which stores nothing yet.
fn prepare(
    input: &Input,
    order: &Order,
    store: &Store,
    watch: &mut Watch<'_>,
) -> Result<Prepared, ImportError> {
    let reading = Reading {
        calendar: order.instrument.calendar,
        ..order.reading.clone()
    };
    let symbol = &order.instrument.symbol;
    store.check_case(symbol)?;
    let habits = |sha256: &str| habits(store, symbol, sha256, order.replace);
    let wanted = (symbol.as_str(), order.symbol_given);
    let (plan, sha256) = look(input, &reading, wanted, &habits, watch)?;
    let found = plan.detection();
    // a step that is stored of the symbol is no assumption, whatever a preset says
    let stored_step = store.instrument(symbol)?.map(|known| known.tick_size);
    let is_open = !order.step_given && PriceSteps::is_assumed(&order.instrument);
    let step_assumed = is_open && stored_step.is_none();
    let mut instrument = order.instrument.clone();
    if let Some(stored) = stored_step.filter(|_| is_open) {
        instrument.tick_size = stored;
    }
    let incoming = Incoming {
        instrument,
        step_assumed,
        interval: found.interval.value,
        simulated: false,
        source: format!("imported from {}", input.name()),
        file: Some(SourceFile {
            sha256,
            bytes: input.bytes(),
        }),
        reading: Some(found.reading.clone()),
        detection: None,
        basis: order.basis,
        actions: None,
        fill: order.fill,
        closures: order.closures.clone(),
        replace: order.replace,
        accept: order.accept,
    };
    let mut writer = match begin_in_turn(store, &incoming, input.bytes(), watch)? {
        Begun::Writing(writer) => writer,
        Begun::Unchanged(again) => {
            return Ok(Prepared::Known(Box::new(Imported {
                detection: found.clone(),
                quarantine: store.quarantine(&again.done.set.name, again.import),
                before: Some((again.import, again.changed_since)),
                done: again.done,
            })));
        }
    };
    let detection = match read(input, &plan, &mut *writer, watch) {
        // the store says it better
        Err(ImportError::File {
            source: IntakeError::Sink(_),
            ..
        }) => {
            return Err(writer
                .finish()
                .err()
                .map_or(ImportError::Stopped, Into::into));
        }
        read => read?,
    };
    if let Some(reason) = detection.refusal {
        return Err(ImportError::Refused {
            name: input.name(),
            reason,
        });
    }
    check_kind(order, store, &detection)?;
    step(watch, Stage::Storing, input.bytes(), input.bytes())?;
    writer.describe(detection.clone());
    Ok(Prepared::Written(Box::new(detection), writer))
}

/// Begins to store as soon as nobody else is at the data set, within a time: another import ends, and so does what somebody tried.
fn begin_in_turn(
    store: &Store,
    incoming: &Incoming,
    bytes: u64,
    watch: &mut Watch<'_>,
) -> Result<Begun, ImportError> {
    let patience = Instant::now() + PATIENCE;
    loop {
        match store.begin(incoming.clone()) {
            Err(StoreError::Busy(_)) if Instant::now() < patience => {
                step(watch, Stage::Looking, bytes, bytes)?;
                thread::sleep(PAUSE);
            }
            begun => return Ok(begun?),
        }
    }
}

/// Trades and quotes are not merged: each would change the other's prices.
fn check_kind(order: &Order, store: &Store, found: &Detection) -> Result<(), ImportError> {
    let name = data_set_name(&order.instrument.symbol, found.interval.value);
    let Ok(stored) = store.card(&name) else {
        return Ok(());
    };
    let has_spread = found.sample.first().is_some_and(|row| row.spread.is_some());
    if order.replace || stored.spread == has_spread {
        return Ok(());
    }
    Err(ImportError::OtherKind {
        name,
        is_quoted: stored.spread,
    })
}

/// The first pass: the plan, and the checksum that tells the same files again.
fn look(
    input: &Input,
    reading: &Reading,
    (symbol, is_given): (&str, bool),
    habits: &dyn Fn(&str) -> Vec<Habit>,
    watch: &mut Watch<'_>,
) -> Result<(Plan, String), ImportError> {
    let scout = Scout::new(reading.clone(), Limits::default());
    let mut scout = scout.with_symbol(symbol, is_given);
    let mut sums = Vec::new();
    let handed = hand_over(
        input,
        reading,
        &mut scout,
        Some(&mut sums),
        Stage::Looking,
        watch,
    );
    let seen = scout.so_far();
    let table = match handed {
        Ok(table) => table,
        Err(error) => return Err(error.having_seen(seen)),
    };
    let sha256 = one_sum(input, sums);
    let plan = scout.with_habits(habits(&sha256)).finish();
    let mut plan =
        plan.map_err(|source| ImportError::of(&input.name(), source).having_seen(seen))?;
    if let Some(table) = table {
        plan.set_table(table);
    }
    Ok((plan, sha256))
}

/// The second pass.
fn read(
    input: &Input,
    plan: &Plan,
    sink: impl RowSink,
    watch: &mut Watch<'_>,
) -> Result<Detection, ImportError> {
    let failed = |source| ImportError::of(&input.name(), source);
    let mut reader = Reader::new(plan, sink).map_err(failed)?;
    let reading = &plan.detection().reading;
    hand_over(input, reading, &mut reader, None, Stage::Reading, watch)?;
    let (detection, _) = reader.finish().map_err(failed)?;
    if watch(Step::Found(&detection)).is_break() {
        return Err(ImportError::Cancelled);
    }
    Ok(detection)
}

/// Hands all files to a pass. The table that was taken, where a file is a database.
fn hand_over(
    input: &Input,
    reading: &Reading,
    feed: &mut impl Feed,
    mut sums: Option<&mut Vec<Sha256>>,
    stage: Stage,
    watch: &mut Watch<'_>,
) -> Result<Option<Choice<String>>, ImportError> {
    let all = input.bytes();
    let (mut before, mut table) = (0, None);
    step(watch, stage, 0, all)?;
    for file in input.files() {
        let mut progress = |read: u64| step(watch, stage, before + read.min(file.bytes), all);
        let mut sum = Sha256::new();
        if sums.is_some() || file.kind == Kind::Text {
            let text = (file.kind == Kind::Text).then_some(&mut *feed);
            let hashed = sums.is_some().then_some(&mut sum);
            hand_over_bytes(file, text, hashed, &mut progress)?;
        }
        if let Some(sums) = &mut sums {
            sums.push(sum);
        }
        if let Some(format) = file.kind.table() {
            let taken =
                tables::hand_over(input.decoder(), file, format, reading, feed, &mut progress)?;
            table = table.or(taken);
        }
        // both passes must see the same bytes
        if !file.is_as_found() {
            return Err(ImportError::of(&file.name, IntakeError::Changed));
        }
        before += file.bytes;
    }
    Ok(table)
}

fn step(watch: &mut Watch<'_>, stage: Stage, read: u64, bytes: u64) -> Result<(), ImportError> {
    match watch(Step::Progress { stage, read, bytes }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ImportError::Cancelled),
    }
}

/// Reads a file from its beginning to its end.
fn hand_over_bytes<F: Feed>(
    file: &InputFile,
    mut feed: Option<&mut F>,
    mut sum: Option<&mut Sha256>,
    progress: &mut dyn FnMut(u64) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let unreadable = |source| ImportError::read(&file.path, source);
    let failed = |source| ImportError::of(&file.name, source);
    let mut open = File::open(&file.path).map_err(unreadable)?;
    if let Some(feed) = &mut feed {
        feed.open(&file.name).map_err(failed)?;
    }
    let (mut buffer, mut read) = (vec![0; CHUNK], 0);
    loop {
        let count = open.read(&mut buffer).map_err(unreadable)?;
        let chunk = buffer.get(..count).unwrap_or_default();
        if chunk.is_empty() {
            break;
        }
        if let Some(sum) = &mut sum {
            sum.update(chunk);
        }
        if let Some(feed) = &mut feed {
            feed.push(chunk).map_err(failed)?;
        }
        read += count as u64;
        progress(read)?;
    }
    if read != file.bytes {
        return Err(failed(IntakeError::Changed));
    }
    match feed {
        Some(feed) => feed.close().map_err(failed),
        None => Ok(()),
    }
}

/// The checksum of a file; of several one of their names and checksums.
fn one_sum(input: &Input, sums: Vec<Sha256>) -> String {
    let hexadecimal = |sum: Sha256| {
        let mut digits = String::with_capacity(64);
        for byte in sum.finalize() {
            // a string takes everything
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    };
    let mut sums: Vec<String> = sums.into_iter().map(hexadecimal).collect();
    if sums.len() == 1 {
        return sums.pop().unwrap_or_default();
    }
    let mut all = Sha256::new();
    for (file, sum) in input.files().iter().zip(&sums) {
        all.update(format!("{}\n{sum}\n", file.name));
    }
    hexadecimal(all)
}

/// Rows of a preview go nowhere.
struct Unstored;

impl RowSink for Unstored {
    fn rows(&mut self, _: Rows) -> Result<(), SinkError> {
        Ok(())
    }

    fn rejected(&mut self, _: Rejected) -> Result<(), SinkError> {
        Ok(())
    }
}

impl RowSink for &mut Writer {
    fn rows(&mut self, rows: Rows) -> Result<(), SinkError> {
        (**self).rows(rows)
    }

    fn rejected(&mut self, rejected: Rejected) -> Result<(), SinkError> {
        (**self).rejected(rejected)
    }
}

#[cfg(test)]
mod tests;
