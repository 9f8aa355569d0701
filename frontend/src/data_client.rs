//! The data page's side of the data worker: one for every file, started with that page's program, while the server is surely there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::intake::{Detection, Format, Reading};
use atrium_shared::surface::api::StoredRows;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;

use crate::data_protocol::{
    Answer, Ask, Doing, PROTOCOL, Reply, Request, Take, Taken, Unread, pack, unpack,
};
use crate::worker_host::Running;

/// Where the build puts the worker.
const WORKER: &str = "/data_worker_loader.js";
/// What is said where page and worker are of two builds.
const OTHER_VERSION: &str =
    "The page and its reader of files are of different versions: reload the page.";

/// Bars that were cut for a run.
pub(crate) struct Cut {
    /// The bars in wire form.
    pub(crate) wire: ArrayBuffer,
    /// Bars left out, because they lie outside the regular hours.
    pub(crate) left_out: u64,
    /// Closing prints folded into the last bar of their session.
    pub(crate) folded: u64,
}

/// What is in a file.
pub(crate) enum Previewed {
    /// What was found out about it.
    Detected(Box<Detection>),
    /// It is of a kind that only the server reads.
    Foreign(Format),
    /// It cannot be read so.
    Unread(Unread),
}

type Answered = Result<(Answer, JsValue), String>;
type OnProgress = Rc<dyn Fn(Doing, f64)>;

/// Who waits for an answer.
struct Waiting {
    then: Box<dyn FnOnce(Answered)>,
    on_progress: OnProgress,
}

/// The worker.
struct Host {
    running: Option<Running>,
    ready: bool,
    /// What is posted once the worker is ready.
    unsent: Vec<(Request, Option<JsValue>)>,
    last: u64,
    waiting: BTreeMap<u64, Waiting>,
    /// Why there is no worker, if it failed.
    lost: Option<String>,
}

thread_local! {
    static HOST: RefCell<Option<Rc<RefCell<Host>>>> = const { RefCell::new(None) };
}

/// Starts the worker, unless it runs: what it takes comes from the server, which may be away when a file comes.
pub(crate) fn warm() {
    host();
}

/// The worker; a new one where there is none or it was lost.
fn host() -> Rc<RefCell<Host>> {
    HOST.with_borrow_mut(|kept| match kept {
        Some(host) if host.borrow().lost.is_none() => Rc::clone(host),
        _ => {
            let host = start();
            *kept = Some(Rc::clone(&host));
            host
        }
    })
}

fn start() -> Rc<RefCell<Host>> {
    let host = Rc::new(RefCell::new(Host {
        running: None,
        ready: false,
        unsent: Vec::new(),
        last: 0,
        waiting: BTreeMap::new(),
        lost: None,
    }));
    // a worker must not keep alive what ends it
    let (hearing, failing) = (Rc::downgrade(&host), Rc::downgrade(&host));
    let running = Running::start(
        WORKER,
        move |data| {
            if let Some(host) = hearing.upgrade() {
                hear(&host, data);
            }
        },
        move |what| {
            if let Some(host) = failing.upgrade() {
                lose(&host, what);
            }
        },
    );
    match running {
        Ok(running) => host.borrow_mut().running = Some(running),
        Err(why) => lose(&host, &why),
    }
    host
}

fn hear(host: &Rc<RefCell<Host>>, data: &JsValue) {
    match unpack::<Reply>(data) {
        Ok((Reply::Ready { protocol }, _)) if protocol == PROTOCOL => {
            let mut host = host.borrow_mut();
            host.ready = true;
            for (request, attachment) in core::mem::take(&mut host.unsent) {
                host.post(&request, attachment);
            }
        }
        Ok((Reply::Ready { .. }, _)) | Err(_) => lose(host, OTHER_VERSION),
        Ok((
            Reply::Progress {
                number,
                share,
                doing,
            },
            _,
        )) => {
            let waiting = host.borrow();
            let tell = waiting.waiting.get(&number);
            let tell = tell.map(|waiting| Rc::clone(&waiting.on_progress));
            drop(waiting);
            if let Some(tell) = tell {
                tell(doing, share);
            }
        }
        Ok((Reply::Done { number, answer }, attachment)) => {
            hand_over(host, number, Ok((answer, attachment)));
        }
        Ok((Reply::Failed { number, message }, _)) => hand_over(host, number, Err(message)),
        Ok((Reply::Panicked { message }, _)) => lose(host, &message),
    }
}

fn hand_over(host: &Rc<RefCell<Host>>, number: u64, answered: Answered) {
    let waiting = host.borrow_mut().waiting.remove(&number);
    if let Some(waiting) = waiting {
        (waiting.then)(answered);
    }
}

/// The worker is gone: everyone who waits is told.
fn lose(host: &Rc<RefCell<Host>>, what: &str) {
    let why = format!(
        "The reader of files stopped. See that the server runs and choose the file again; if it happens again, please report what it said: {what}"
    );
    let waiting = {
        let mut host = host.borrow_mut();
        if let Some(running) = host.running.take() {
            running.retire();
        }
        host.lost = Some(why.clone());
        core::mem::take(&mut host.waiting)
    };
    for waiting in waiting.into_values() {
        (waiting.then)(Err(why.clone()));
    }
}

impl Host {
    fn post(&self, request: &Request, attachment: Option<JsValue>) {
        if let Some(running) = &self.running {
            running.post(pack(request, attachment));
        }
    }

    fn send(&mut self, file: u64, ask: Ask, attachment: Option<JsValue>) -> u64 {
        self.last += 1;
        let number = self.last;
        let request = Request { number, file, ask };
        if self.ready {
            self.post(&request, attachment);
        } else {
            self.unsent.push((request, attachment));
        }
        number
    }
}

/// Files that the worker reads as one, or bars that it makes. Copies are handles to the same; with the last of them it is forgotten.
#[derive(Clone)]
pub(crate) struct FileReader(Rc<Inner>);

struct Inner {
    host: Rc<RefCell<Host>>,
    number: u64,
    /// The files, until the worker has them.
    files: RefCell<Vec<File>>,
    on_progress: OnProgress,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // who is told that the worker is lost may let go of a file meanwhile
        if let Ok(mut host) = self.host.try_borrow_mut() {
            host.send(self.number, Ask::Forget, None);
        }
    }
}

impl FileReader {
    /// For files, or for bars that are made.
    pub(crate) fn start(files: Vec<File>, on_progress: impl Fn(Doing, f64) + 'static) -> Self {
        let host = host();
        let number = {
            let mut host = host.borrow_mut();
            host.last += 1;
            host.last
        };
        Self(Rc::new(Inner {
            host,
            number,
            files: RefCell::new(files),
            on_progress: Rc::new(on_progress),
        }))
    }

    /// Finds out what is in the files, of a symbol where there are several, which a person gave or the file's name proposed.
    pub(crate) fn preview(
        &self,
        reading: Reading,
        (symbol, symbol_given): (String, bool),
        then: impl FnOnce(Result<Previewed, String>) + 'static,
    ) -> u64 {
        let files = self.0.files.take();
        let files = (!files.is_empty()).then(|| files.iter().collect::<Array>().into());
        let ask = Ask::Preview {
            reading,
            symbol,
            symbol_given,
        };
        self.ask(ask, files, move |answered| {
            then(answered.and_then(|answered| match answered {
                (Answer::Previewed(detection), _) => Ok(Previewed::Detected(detection)),
                (Answer::Foreign(format), _) => Ok(Previewed::Foreign(format)),
                (Answer::Unread(unread), _) => Ok(Previewed::Unread(unread)),
                _ => Err(OTHER_VERSION.to_owned()),
            }));
        })
    }

    /// Reads the files and keeps their bars.
    pub(crate) fn take(
        &self,
        take: Take,
        then: impl FnOnce(Result<Box<Taken>, String>) + 'static,
    ) -> u64 {
        self.ask(Ask::Take(Box::new(take)), None, |answered| {
            then(taken(answered))
        })
    }

    /// Makes bars of the demo and keeps them.
    pub(crate) fn simulate(
        &self,
        symbol: &str,
        then: impl FnOnce(Result<Box<Taken>, String>) + 'static,
    ) {
        let symbol = symbol.to_owned();
        self.ask(Ask::Simulate { symbol }, None, |answered| {
            then(taken(answered))
        });
    }

    /// Cuts bars for a run; without an interval all real ones as they are kept.
    pub(crate) fn bars(
        &self,
        interval: Option<BarInterval>,
        then: impl FnOnce(Result<Cut, String>) + 'static,
    ) {
        self.ask(Ask::Bars { interval }, None, move |answered| {
            then(answered.and_then(|answered| match answered {
                (Answer::Bars { left_out, folded }, bytes) => Ok(Cut {
                    wire: buffer_of(bytes)?,
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
        let mut host = self.0.host.borrow_mut();
        if host.waiting.remove(&number).is_some() {
            host.send(self.0.number, Ask::Cancel, None);
        }
    }

    fn ask(
        &self,
        ask: Ask,
        attachment: Option<JsValue>,
        then: impl FnOnce(Answered) + 'static,
    ) -> u64 {
        let mut host = self.0.host.borrow_mut();
        if let Some(why) = host.lost.clone() {
            drop(host);
            then(Err(why));
            return 0;
        }
        let number = host.send(self.0.number, ask, attachment);
        host.waiting.insert(
            number,
            Waiting {
                then: Box::new(then),
                on_progress: Rc::clone(&self.0.on_progress),
            },
        );
        number
    }
}

fn taken(answered: Answered) -> Result<Box<Taken>, String> {
    match answered? {
        (Answer::Taken(taken), _) => Ok(taken),
        _ => Err(OTHER_VERSION.to_owned()),
    }
}

fn bytes_of(attachment: JsValue) -> Result<Vec<u8>, String> {
    buffer_of(attachment).map(|buffer| Uint8Array::new(&buffer).to_vec())
}

fn buffer_of(attachment: JsValue) -> Result<ArrayBuffer, String> {
    attachment.dyn_into().map_err(|_| OTHER_VERSION.to_owned())
}
