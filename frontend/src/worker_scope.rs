//! A worker from within: it says that it is ready, hears and answers, and a panic is told before it stops.

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::protocol::BadMessage;

/// A message as `pack` of its protocol leaves it: its parts, and what of them is transferred.
pub(crate) type Packed = Result<(Array, Array), BadMessage>;

/// Says `ready`, then hands what comes to `hear`, for as long as the worker lives. `panicked` makes the message by which a
/// panic is told.
pub(crate) fn start(
    ready: Packed,
    panicked: fn(String) -> Packed,
    mut hear: impl FnMut(&JsValue) + 'static,
) {
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        post(panicked(info.to_string()));
    }));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        hear(&event.data());
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(ready);
}

/// Posts a message to the page.
pub(crate) fn post(packed: Packed) {
    if let Ok((parts, transfer)) = packed {
        // there is nobody else to tell if this fails
        drop(scope().post_message_with_transfer(&parts, &transfer));
    }
}

/// Milliseconds since the worker was started.
pub(crate) fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
