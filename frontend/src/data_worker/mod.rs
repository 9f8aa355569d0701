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
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::data_protocol::{Answer, Ask, PROTOCOL, Reply, Request, pack, unpack};
use kept::Kept;

/// Starts the worker: says that it is ready, then answers.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let message = info.to_string();
        post(&Reply::Panicked { message }, None);
    }));
    let desks: Rc<RefCell<Desks>> = Rc::default();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Ok((request, attachment)) = unpack::<Request>(&event.data()) else {
            let message = crate::protocol::BadMessage.to_string();
            return post(&Reply::Panicked { message }, None);
        };
        let Request { number, file, ask } = request;
        let desk = Rc::clone(desks.borrow_mut().entry(file).or_default());
        if ask == Ask::Forget {
            desks.borrow_mut().remove(&file);
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
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&Reply::Ready { protocol: PROTOCOL }, None);
}

/// The files by their numbers.
type Desks = BTreeMap<u64, Rc<RefCell<Desk>>>;

/// What is kept of a file between two messages.
#[derive(Default)]
struct Desk {
    /// The files, in the order in which they are read as one.
    files: Vec<File>,
    /// How they were last looked into, by which choices and for which symbol.
    planned: Option<(Reading, String, Plan)>,
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
        Ask::Preview { reading, symbol } => {
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

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn buffer(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

fn post(reply: &Reply, attachment: Option<ArrayBuffer>) {
    if let Ok((parts, transfer)) = pack(reply, attachment.map(JsValue::from)) {
        // there is nobody else to tell if this fails
        drop(scope().post_message_with_transfer(&parts, &transfer));
    }
}
