//! Reading the file: twice through, chunk by chunk, by the rules that the server reads by.

use core::fmt::Display;
use core::mem;
use std::cell::RefCell;
use std::rc::Rc;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{Cleaning, MergeReport, clean, fill};
use atrium_shared::market::intake::{
    Detection, Feed, Format, Limits, Plan, READER_VERSION, Reader, Reading, Rejected, RowSink,
    Rows, Scout, SinkError,
};
use atrium_shared::market::price_step::{PriceStep, PriceSteps};
use atrium_shared::surface::api::{DataSet, ImportDone, ImportOrder, ImportOutcome, ImportRecord};
use web_sys::File;

use super::bytes::{chunk, chunks};
use super::kept::Kept;
use super::{Desk, post};
use crate::data_protocol::{Answer, Doing, Reply, Take, Taken, Unread};

/// So many rows are kept at most: beyond it a browser's memory ends before the file does.
const MOST_ROWS: usize = 10_000_000;
/// So many rows that are not used are told of.
const MOST_REJECTED: usize = 100;

/// A pass over the file on behalf of a request.
pub(super) struct Pass<'a> {
    desk: &'a Rc<RefCell<Desk>>,
    number: u64,
    files: Vec<File>,
}

impl<'a> Pass<'a> {
    fn new(desk: &'a Rc<RefCell<Desk>>, number: u64) -> Result<Self, String> {
        let files = desk.borrow().files.clone();
        if files.is_empty() {
            return Err("There is no file: choose it again.".to_owned());
        }
        Ok(Self {
            desk,
            number,
            files,
        })
    }

    /// What the file is, where only the server reads it.
    async fn foreign(&self) -> Result<Option<Format>, String> {
        for file in &self.files {
            let head = chunk(file, 0.0, 16.0).await?;
            let format = match head.as_slice() {
                head if head.starts_with(b"PAR1") => Format::Parquet,
                head if head.starts_with(b"SQLite format 3\0") => Format::Sqlite,
                _ => continue,
            };
            if self.files.len() > 1 {
                let why =
                    "only the server reads it, which takes one file at a time: choose it alone";
                return Err(told(file, why));
            }
            return Ok(Some(format));
        }
        Ok(None)
    }

    /// Hands the files over, whole, one after the other.
    async fn feed(&self, feed: &mut impl Feed, doing: Doing) -> Result<(), String> {
        let all: f64 = self.files.iter().map(|file| file.size()).sum();
        let mut done = 0.0;
        for file in &self.files {
            let told = |error: atrium_shared::market::intake::IntakeError| told(file, error);
            feed.open(&file.name()).map_err(told)?;
            let size = file.size();
            for (from, to) in chunks(size) {
                feed.push(&chunk(file, from, to).await?).map_err(told)?;
                // a request that came meanwhile has been heard by now
                if self.desk.borrow().cancelled >= self.number {
                    return Err("It was cancelled.".to_owned());
                }
                self.tell(doing, (done + to) / all);
            }
            done += size;
            feed.close().map_err(told)?;
        }
        Ok(())
    }

    fn tell(&self, doing: Doing, share: f64) {
        let number = self.number;
        post(
            &Reply::Progress {
                number,
                share,
                doing,
            },
            None,
        );
    }

    fn told(&self, error: impl Display) -> String {
        match self.files.as_slice() {
            [file] => told(file, error),
            files => format!("The {} files: {error}.", files.len()),
        }
    }

    async fn plan(
        &self,
        reading: Reading,
        (symbol, is_given): &(String, bool),
    ) -> Result<Plan, Unread> {
        let scout = Scout::new(reading, Limits::default());
        let mut scout = scout.with_symbol(symbol, *is_given);
        let fed = self.feed(&mut scout, Doing::Detecting).await;
        let seen = scout.so_far().map(Box::new);
        let plan = fed.and_then(|()| scout.finish().map_err(|error| self.told(error)));
        plan.map_err(|words| Unread { words, seen })
    }

    async fn read<S: RowSink>(&self, plan: &Plan, sink: S) -> Result<(Detection, S), String> {
        let mut reader = Reader::new(plan, sink).map_err(|error| self.told(error))?;
        self.feed(&mut reader, Doing::Reading).await?;
        reader.finish().map_err(|error| self.told(error))
    }
}

fn told(file: &File, error: impl Display) -> String {
    format!("{}: {error}.", file.name())
}

/// Takes rows and keeps none of them.
struct Looked;

impl RowSink for Looked {
    fn rows(&mut self, _: Rows) -> Result<(), SinkError> {
        Ok(())
    }

    fn rejected(&mut self, _: Rejected) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Takes rows as long as there is room, and the first of those that are not used.
#[derive(Default)]
struct Gathered {
    rows: Rows,
    rejected: u64,
    examples: Vec<Rejected>,
}

impl RowSink for Gathered {
    fn rows(&mut self, rows: Rows) -> Result<(), SinkError> {
        self.rows.absorb(rows);
        if self.rows.len() > MOST_ROWS {
            return Err(SinkError(format!(
                "it has more than {MOST_ROWS} bars, too many for a browser: store it on the server"
            )));
        }
        Ok(())
    }

    fn rejected(&mut self, rejected: Rejected) -> Result<(), SinkError> {
        self.rejected += 1;
        if self.examples.len() < MOST_REJECTED {
            self.examples.push(rejected);
        }
        Ok(())
    }
}

/// Goes through the file and says what is in it.
pub(super) async fn preview(
    desk: &Rc<RefCell<Desk>>,
    number: u64,
    reading: Reading,
    symbol: (String, bool),
) -> Result<Answer, String> {
    let pass = Pass::new(desk, number)?;
    if let Some(format) = pass.foreign().await? {
        return Ok(Answer::Foreign(format));
    }
    let plan = match pass.plan(reading, &symbol).await {
        Ok(plan) => plan,
        Err(unread) => return Ok(Answer::Unread(unread)),
    };
    let (detection, Looked) = pass.read(&plan, Looked).await?;
    desk.borrow_mut().planned = Some((detection.reading.clone(), symbol, plan));
    Ok(Answer::Previewed(Box::new(detection)))
}

/// Reads the file, cleans its bars and looks for what is missing or odd.
pub(super) async fn take(
    desk: &Rc<RefCell<Desk>>,
    number: u64,
    Take {
        order,
        source,
        closures,
    }: Take,
) -> Result<(Kept, Taken), String> {
    let pass = Pass::new(desk, number)?;
    let schedule = Schedule::read(order.instrument.calendar, &closures);
    let schedule = schedule.map_err(|bad| format!("The closures cannot be used: {bad}."))?;
    // what was seen is what is done: the plan of the preview, where it is that
    let planned = desk.borrow_mut().planned.take();
    let symbol = (order.instrument.symbol.clone(), order.symbol_given);
    let plan = match planned {
        Some((reading, of, plan)) if reading == order.reading && of == symbol => plan,
        _ => {
            let plan = pass.plan(order.reading.clone(), &symbol).await;
            plan.map_err(|unread| unread.words)?
        }
    };
    let read = pass.read(&plan, Gathered::default()).await;
    desk.borrow_mut().planned = Some((order.reading.clone(), symbol, plan));
    let (detection, gathered) = read?;
    if let Some(refusal) = detection.refusal {
        return Err(pass.told(refusal));
    }
    pass.tell(Doing::Curating, 0.0);
    curate(gathered, detection.interval.value, order, source, schedule)
}

fn curate(
    mut gathered: Gathered,
    interval: BarInterval,
    order: ImportOrder,
    source: String,
    schedule: Schedule,
) -> Result<(Kept, Taken), String> {
    let ImportOrder {
        mut instrument,
        step_given,
        reading,
        basis,
        fill: rule,
        ..
    } = order;
    let rows = mem::take(&mut gathered.rows);
    let mut steps = PriceSteps::new(instrument.tick_size);
    steps.look_at(&rows.bars);
    let price_step = steps.told(!step_given && PriceSteps::is_assumed(&instrument));
    if let Some(PriceStep::Taken { step, .. }) = price_step {
        instrument.tick_size = step;
    }
    let cleaned =
        clean(interval, &rows).and_then(|cleaned| cleaned.apart(instrument.calendar, &rows));
    let mut cleaned = cleaned.map_err(|error| error.to_string())?;
    drop(rows);
    let (bars, filled) = fill(&cleaned.bars, &schedule, rule).map_err(|error| error.to_string())?;
    let report = cleaned.report.clone().after(gathered.rejected);
    let cleaning = Cleaning {
        report: &report,
        duplicated: &cleaned.duplicated,
    };
    let kept = Kept {
        bars,
        instrument,
        schedule,
    };
    let (quality, coverage) = kept.judge(Some(cleaning))?;
    let rejected = gathered.rejected + cleaned.rejected.len() as u64;
    gathered.examples.append(&mut cleaned.rejected);
    gathered.examples.truncate(MOST_REJECTED);
    let set = DataSet {
        basis,
        fill: rule,
        rejected,
        ..kept.card(source.clone())?
    };
    let merge = MergeReport {
        added: cleaned.report.kept,
        ..MergeReport::default()
    };
    let record = ImportRecord {
        number: 1,
        at: Timestamp((js_sys::Date::now() * 1e3) as i64),
        source,
        sha256: None,
        reading: Some(reading),
        reader: READER_VERSION,
        clean: cleaned.report.clone(),
        merge: merge.clone(),
        rejected,
        rebase: None,
    };
    let done = ImportDone {
        outcome: ImportOutcome::Stored,
        set,
        clean: cleaned.report,
        merge,
        fill: filled,
        rebase: None,
        rejected,
        quarantine: gathered.examples,
        shared: Vec::new(),
        replaced: None,
        price_step,
    };
    let taken = Taken {
        done,
        record: Some(record),
        coverage,
        quality,
    };
    Ok((kept, taken))
}
