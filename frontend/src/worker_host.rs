//! A worker that was started, with what listens to it; it ends when this is dropped.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// A worker and the closures that listen to it.
pub(crate) struct Running {
    pub(crate) worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Running {
    /// Starts the module at `script`. `hear` gets what it posts, `fail` what it stopped of.
    ///
    /// # Errors
    /// Where the browser starts no module workers.
    pub(crate) fn start(
        script: &'static str,
        hear: impl Fn(&JsValue) + 'static,
        fail: impl Fn(&str) + 'static,
    ) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(script, &options)?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            hear(&event.data());
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            fail(&error_text(&event, script));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Ends it. Its closures go later, because one of them may be what calls.
    pub(crate) fn retire(self) {
        self.worker.terminate();
        wasm_bindgen_futures::spawn_local(async move { drop(self) });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// What an error event says; a script that could not be loaded says nothing.
fn error_text(event: &ErrorEvent, script: &str) -> String {
    let message = js_sys::Reflect::get(event, &"message".into())
        .ok()
        .and_then(|text| text.as_string());
    message
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| format!("{script} could not be loaded."))
}
