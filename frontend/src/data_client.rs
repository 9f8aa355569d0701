//! The page's side of a data worker: one for each file, started for it and ended with it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::intake::{Detection, Format, Reading};
use atrium_shared::surface::api::StoredRows;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;

use crate::api::Bars;
use crate::data_protocol::{
    Answer, Ask, Doing, PROTOCOL, Reply, Request, Take, Taken, pack, unpack,
};
use crate::worker_host::Running;

/// Where the build puts the worker.
const WORKER: &str = "/data_worker_loader.js";
/// What is said where page and worker are of two builds.
const OTHER_VERSION: &str =
    "The page and its reader of files are of different versions: reload the page.";

/// A file that a worker reads. Copies are handles to the same; the worker ends with the last of them.
#[derive(Clone)]
pub(crate) struct FileReader(Rc<RefCell<Inner>>);

/// What is in a file.
pub(crate) enum Previewed {
    /// What was found out about it.
    Detected(Box<Detection>),
    /// It is of a kind that only the server reads.
    Foreign(Format),
}

type Answered = Result<(Answer, JsValue), String>;
type Waiting = Box<dyn FnOnce(Answered)>;

struct Inner {
    running: Option<Running>,
    ready: bool,
    /// The file, until the worker has it.
    file: Option<File>,
    /// What is posted once the worker is ready.
    unsent: Vec<(Request, Option<JsValue>)>,
    last: u64,
    waiting: BTreeMap<u64, Waiting>,
    on_progress: Rc<dyn Fn(Doing, f64)>,
    /// Why there is no worker, if it failed.
    lost: Option<String>,
}

impl FileReader {
    /// Starts a worker for a file.
    pub(crate) fn start(file: File, on_progress: impl Fn(Doing, f64) + 'static) -> Self {
        let reader = Self(Rc::new(RefCell::new(Inner {
            running: None,
            ready: false,
            file: Some(file),
            unsent: Vec::new(),
            last: 0,
            waiting: BTreeMap::new(),
            on_progress: Rc::new(on_progress),
            lost: None,
        })));
        // a worker must not keep alive what ends it
        let (hearing, failing) = (Rc::downgrade(&reader.0), Rc::downgrade(&reader.0));
        let running = Running::start(
            WORKER,
            move |data| {
                if let Some(inner) = hearing.upgrade() {
                    Self(inner).hear(data);
                }
            },
            move |what| {
                if let Some(inner) = failing.upgrade() {
                    Self(inner).lose(what);
                }
            },
        );
        match running {
            Ok(running) => reader.0.borrow_mut().running = Some(running),
            Err(_) => {
                reader.lose("This browser does not start module workers: use a current one.");
            }
        }
        reader
    }

    /// Finds out what is in the file.
    pub(crate) fn preview(
        &self,
        reading: Reading,
        then: impl FnOnce(Result<Previewed, String>) + 'static,
    ) -> u64 {
        let file = self.0.borrow_mut().file.take().map(JsValue::from);
        self.ask(Ask::Preview { reading }, file, move |answered| {
            then(answered.and_then(|answered| match answered {
                (Answer::Previewed(detection), _) => Ok(Previewed::Detected(detection)),
                (Answer::Foreign(format), _) => Ok(Previewed::Foreign(format)),
                _ => Err(OTHER_VERSION.to_owned()),
            }));
        })
    }

    /// Reads the file and keeps its bars.
    pub(crate) fn take(
        &self,
        take: Take,
        then: impl FnOnce(Result<Box<Taken>, String>) + 'static,
    ) -> u64 {
        self.ask(Ask::Take(Box::new(take)), None, move |answered| {
            then(answered.and_then(|answered| match answered {
                (Answer::Taken(taken), _) => Ok(taken),
                _ => Err(OTHER_VERSION.to_owned()),
            }));
        })
    }

    /// Cuts bars for a run.
    pub(crate) fn bars(
        &self,
        interval: BarInterval,
        then: impl FnOnce(Result<Bars, String>) + 'static,
    ) {
        self.ask(Ask::Bars { interval }, None, move |answered| {
            then(answered.and_then(|answered| match answered {
                (Answer::Bars { left_out, folded }, bytes) => Ok(Bars {
                    wire: bytes_of(bytes)?,
                    stored: String::new(),
                    left_out,
                    folded,
                }),
                _ => Err(OTHER_VERSION.to_owned()),
            }));
        });
    }

    /// The kept bars from `from` on and before `to` as they are.
    pub(crate) fn rows(
        &self,
        (from, to): (Timestamp, Timestamp),
        then: impl FnOnce(Result<StoredRows, String>) + 'static,
    ) {
        self.ask(Ask::Rows { from, to }, None, move |answered| {
            then(answered.and_then(|answered| match answered {
                (Answer::Rows(rows), _) => Ok(rows),
                _ => Err(OTHER_VERSION.to_owned()),
            }));
        });
    }

    /// The kept bars as CSV.
    pub(crate) fn csv(&self, then: impl FnOnce(Result<Vec<u8>, String>) + 'static) {
        self.ask(Ask::Csv, None, move |answered| {
            then(answered.and_then(|(_, bytes)| bytes_of(bytes)));
        });
    }

    /// Has the worker stop what a request began; who waits for it hears no more.
    pub(crate) fn cancel(&self, number: u64) {
        let known = self.0.borrow_mut().waiting.remove(&number).is_some();
        if known {
            self.0.borrow_mut().post(
                &Request {
                    number,
                    ask: Ask::Cancel { number },
                },
                None,
            );
        }
    }

    fn ask(
        &self,
        ask: Ask,
        attachment: Option<JsValue>,
        then: impl FnOnce(Answered) + 'static,
    ) -> u64 {
        let mut inner = self.0.borrow_mut();
        if let Some(why) = inner.lost.clone() {
            drop(inner);
            then(Err(why));
            return 0;
        }
        inner.last += 1;
        let number = inner.last;
        inner.waiting.insert(number, Box::new(then));
        let request = Request { number, ask };
        if inner.ready {
            inner.post(&request, attachment);
        } else {
            inner.unsent.push((request, attachment));
        }
        number
    }

    fn hear(&self, data: &JsValue) {
        match unpack::<Reply>(data) {
            Ok((Reply::Ready { protocol }, _)) if protocol == PROTOCOL => {
                let mut inner = self.0.borrow_mut();
                inner.ready = true;
                for (request, attachment) in core::mem::take(&mut inner.unsent) {
                    inner.post(&request, attachment);
                }
            }
            Ok((Reply::Ready { .. }, _)) | Err(_) => self.lose(OTHER_VERSION),
            Ok((
                Reply::Progress {
                    number,
                    share,
                    doing,
                },
                _,
            )) => {
                let inner = self.0.borrow();
                let awaited = inner.waiting.contains_key(&number);
                let tell = Rc::clone(&inner.on_progress);
                drop(inner);
                if awaited {
                    tell(doing, share);
                }
            }
            Ok((Reply::Done { number, answer }, attachment)) => {
                self.answer(number, Ok((answer, attachment)));
            }
            Ok((Reply::Failed { number, message }, _)) => self.answer(number, Err(message)),
            Ok((Reply::Panicked { message }, _)) => self.lose(&message),
        }
    }

    fn answer(&self, number: u64, answered: Answered) {
        let waiting = self.0.borrow_mut().waiting.remove(&number);
        if let Some(then) = waiting {
            then(answered);
        }
    }

    /// The worker is gone: everyone who waits is told.
    fn lose(&self, what: &str) {
        let why = format!(
            "The reader of this file stopped. Choose the file again; if it happens again, please report what it said: {what}"
        );
        let waiting = {
            let mut inner = self.0.borrow_mut();
            if let Some(running) = inner.running.take() {
                running.retire();
            }
            inner.lost = Some(why.clone());
            core::mem::take(&mut inner.waiting)
        };
        for then in waiting.into_values() {
            then(Err(why.clone()));
        }
    }
}

impl Inner {
    fn post(&self, request: &Request, attachment: Option<JsValue>) {
        if let (Some(running), Ok((parts, transfer))) = (&self.running, pack(request, attachment)) {
            // it fails only for what cannot be cloned, and files can
            drop(running.worker.post_message_with_transfer(&parts, &transfer));
        }
    }
}

fn bytes_of(attachment: JsValue) -> Result<Vec<u8>, String> {
    let buffer: ArrayBuffer = attachment
        .dyn_into()
        .map_err(|_| OTHER_VERSION.to_owned())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
