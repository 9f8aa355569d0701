//! The data worker: reads the files of the user, or makes bars of the demo, keeps them and answers for them. Nothing of it
//! leaves the browser.

mod bytes;
mod demo;
mod kept;
mod reading;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use atrium_shared::market::intake::{Plan, Reading};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use crate::data_protocol::{Answer, Ask, PROTOCOL, Reply, Request, pack, unpack};
use crate::worker_scope;
use kept::Kept;

/// Starts the worker: says that it is ready, then answers.
pub fn start() {
    let ready = Reply::Ready { protocol: PROTOCOL };
    let mut desks = Desks::new();
    worker_scope::start(
        pack(&ready, None),
        |message| pack(&Reply::Panicked { message }, None),
        move |message| hear(&mut desks, message),
    );
}

fn hear(desks: &mut Desks, message: &JsValue) {
    let Ok((request, attachment)) = unpack::<Request>(message) else {
        let message = crate::protocol::BadMessage.to_string();
        return post(&Reply::Panicked { message }, None);
    };
    let Request { number, file, ask } = request;
    let desk = Rc::clone(desks.entry(file).or_default());
    if ask == Ask::Forget {
        desks.remove(&file);
    }
    if let Ok(files) = attachment.dyn_into::<Array>() {
        let files = files.iter().filter_map(|file| file.dyn_into().ok());
        desk.borrow_mut().files = files.collect();
    }
    spawn_local(async move {
        match answer(&desk, number, ask).await {
            Ok(Some((answer, bytes))) => {
                let attachment = bytes.map(|bytes| buffer(&bytes));
                post(&Reply::Done { number, answer }, attachment);
            }
            Ok(None) => {}
            Err(message) => post(&Reply::Failed { number, message }, None),
        }
    });
}

/// The files by their numbers.
type Desks = BTreeMap<u64, Rc<RefCell<Desk>>>;

/// What is kept of a file between two messages.
#[derive(Default)]
struct Desk {
    /// The files, in the order in which they are read as one.
    files: Vec<File>,
    /// How they were last looked into, by which choices and for which symbol, given or proposed.
    planned: Option<(Reading, (String, bool), Plan)>,
    kept: Option<Kept>,
    /// Requests up to this number are not gone on with: numbers only grow.
    cancelled: u64,
}

type Answered = Result<Option<(Answer, Option<Vec<u8>>)>, String>;

async fn answer(desk: &Rc<RefCell<Desk>>, number: u64, ask: Ask) -> Answered {
    let kept = |act: &dyn Fn(&Kept) -> kept::Answered| {
        let desk = desk.borrow();
        let kept = desk.kept.as_ref();
        kept.map_or(Err("The file has not been read yet.".to_owned()), act)
            .map(Some)
    };
    match ask {
        Ask::Cancel | Ask::Forget => {
            desk.borrow_mut().cancelled = number;
            Ok(None)
        }
        Ask::Preview {
            reading,
            symbol,
            symbol_given,
        } => {
            let symbol = (symbol, symbol_given);
            let found = reading::preview(desk, number, reading, symbol).await?;
            Ok(Some((found, None)))
        }
        Ask::Take(take) => {
            let (kept, taken) = reading::take(desk, number, *take).await?;
            desk.borrow_mut().kept = Some(kept);
            Ok(Some((Answer::Taken(Box::new(taken)), None)))
        }
        Ask::Simulate { symbol } => {
            let (kept, taken) = demo::make(&symbol)?;
            desk.borrow_mut().kept = Some(kept);
            Ok(Some((Answer::Taken(Box::new(taken)), None)))
        }
        Ask::Bars { interval } => kept(&|kept| kept.bars(interval)),
        Ask::Rows { from, to } => kept(&|kept| Ok(kept.rows(from, to))),
        Ask::Csv => kept(&|kept| Ok(kept.csv())),
    }
}

fn buffer(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

fn post(reply: &Reply, attachment: Option<ArrayBuffer>) {
    worker_scope::post(pack(reply, attachment.map(JsValue::from)));
}
